/* persea-dalle-weights.h - the weights of a DALL·E mini, whoever published it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * min-dalle's files (torch) and dalle-mini's (Flax) differ in names, in transposed matrices, and in
 * whether all layers are stacked in one tensor.  This makes one of them: min-dalle's names with
 * "encoder." or "decoder." in front, as f32.  Everything is checked when the model opens.
 *
 * Threads: immutable once opened, may be shared.
 */
#pragma once

#include "persea-dalle-config.h"
#include "persea-model-files.h"

G_BEGIN_DECLS

typedef struct _PerseaDalleWeights PerseaDalleWeights;

/* by the names of tensors alone */
gboolean persea_dalle_weights_recognize (PerseaCheckpoint *const *checkpoints,
                                         size_t                   n_checkpoints);

/**
 * persea_dalle_weights_open:
 * @problems: (nullable) (element-type utf8): all that is wrong with the tensors is added here; in
 *   @error there is only the first
 * @error: return location; %PERSEA_ERROR_INVALID_DATA for what is damaged,
 *   %PERSEA_ERROR_UNSUPPORTED for structures that we do not compute
 *
 * Returns: (transfer full) (nullable): the weights
 */
PerseaDalleWeights *persea_dalle_weights_open (const PerseaModelFiles *files,
                                               GPtrArray              *problems,
                                               GError                **error);

void persea_dalle_weights_free (PerseaDalleWeights *weights);

/* (transfer none) */
const PerseaDalleConfig *persea_dalle_weights_get_config (const PerseaDalleWeights *weights);

/* numbers in all tensors together, and the tensors in the files */
size_t persea_dalle_weights_count_parameters (const PerseaDalleWeights *weights);
size_t persea_dalle_weights_count_tensors (const PerseaDalleWeights *weights);

/**
 * persea_dalle_weights_read:
 * @weights: a #PerseaDalleWeights; untyped so that this is a #PerseaWeightRead
 * @name: "decoder.layers.3.glu.fc0.weight"
 * @out: (array length=n): row-major; matrices [out, in]
 *
 * The scale of a layer norm that the checkpoint leaves out, as all do where a product follows, is
 * read as ones.
 */
gboolean persea_dalle_weights_read (gpointer     weights,
                                    const char  *name,
                                    float       *out,
                                    size_t       n,
                                    GError     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDalleWeights, persea_dalle_weights_free)

G_END_DECLS
