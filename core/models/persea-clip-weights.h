/* persea-clip-weights.h - the weights of a CLIP, whoever published it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Three layouts of CLIP checkpoints differ in names, in transposed projections and in whether
 * query, key and value are one matrix or three.  This makes one of them: the names and shapes
 * of persea_clip_list_tensors(), as f32.
 *
 * Everything is checked when the model opens: each tensor the model needs is there, has floating
 * point elements and the right shape, and there is none that it does not know what to do with.
 *
 * Threads: immutable once opened, may be shared.
 */
#pragma once

#include "persea-checkpoint.h"
#include "persea-clip-config.h"
#include "persea-registry.h"

G_BEGIN_DECLS

typedef struct _PerseaClipWeights PerseaClipWeights;

/**
 * persea_clip_weights_open:
 * @path: a model's folder, or a checkpoint file (its configuration lies beside it)
 * @error: return location; %PERSEA_ERROR_NOT_FOUND, %PERSEA_ERROR_INVALID_DATA for what is
 *   damaged, %PERSEA_ERROR_UNSUPPORTED for other families.  The message names the file, the
 *   tensor, what was expected and what was found
 *
 * Returns: (transfer full) (nullable): the weights
 */
PerseaClipWeights *persea_clip_weights_open (const char *path, GError **error);

/**
 * persea_clip_weights_open_collecting:
 * @problems: (nullable) (element-type utf8): all that is wrong with the tensors is added here,
 *   one sentence each; in @error there is only the first
 *
 * As persea_clip_weights_open(), for those who want to know everything.
 */
PerseaClipWeights *persea_clip_weights_open_collecting (const char *path,
                                                        GPtrArray  *problems,
                                                        GError    **error);

PerseaClipWeights *persea_clip_weights_ref (PerseaClipWeights *weights);
void               persea_clip_weights_unref (PerseaClipWeights *weights);

/* (transfer none) */
const PerseaClipConfig *persea_clip_weights_get_config (PerseaClipWeights *weights);

/* (transfer none) */
PerseaCheckpoint *persea_clip_weights_get_checkpoint (PerseaClipWeights *weights);

/* (transfer none) (element-type PerseaClipTensor): what persea_clip_list_tensors() says */
GPtrArray *persea_clip_weights_get_tensors (PerseaClipWeights *weights);

/**
 * persea_clip_weights_read:
 * @name: a name of persea_clip_list_tensors()
 * @out: (array length=n): row-major
 * @n: elements that the caller expects
 * @error: return location; %PERSEA_ERROR_NOT_FOUND for a name that this model does not have,
 *   %PERSEA_ERROR_INVALID_ARGUMENT when it has another number of elements,
 *   %PERSEA_ERROR_INVALID_DATA when the file changed underneath
 */
gboolean persea_clip_weights_read (PerseaClipWeights *weights,
                                   const char        *name,
                                   float             *out,
                                   size_t             n,
                                   GError           **error);

/**
 * persea_clip_weights_check_finite:
 * @sum: (out) (optional): sum of all elements, in double precision, in the order of the list
 * @cancellable: (nullable)
 *
 * Reads every tensor and looks for NaN and infinities, which takes about a second per gigabyte.
 */
gboolean persea_clip_weights_check_finite (PerseaClipWeights *weights,
                                           double            *sum,
                                           GCancellable      *cancellable,
                                           GError           **error);

/* for the registry; describes itself by persea_clip_weights_open() */
extern const PerseaModelFamily persea_family_clip;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaClipWeights, persea_clip_weights_unref)

G_END_DECLS
