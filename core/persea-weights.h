/* persea-weights.h - the tensors that a model asks for, found in its checkpoints
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A family says which tensors a model of a configuration has, with their shapes, and under which
 * name and in which order the checkpoint at hand keeps each.  Everything is checked at once, before
 * anything is computed: each tensor is there, has floating point elements and the right shape, and
 * there is none that nobody asked for.  Then they are read by the family's own names:
 *
 *     PerseaWeights *weights = persea_weights_new ("VQGAN");
 *     persea_weights_add_checkpoint (weights, checkpoint, "");
 *     persea_weights_want (weights, &(PerseaWeight) { .name = "decoder.conv_in.weight", .n_dims = 4,
 *                                                     .shape = { 512, 256, 3, 3 } });
 *     ...
 *     if (!persea_weights_check (weights, NULL, &error))
 *
 * Threads: may be shared once persea_weights_check() has succeeded.
 */
#pragma once

#include "persea-checkpoint.h"

G_BEGIN_DECLS

typedef struct _PerseaWeights PerseaWeights;

typedef enum
{
  PERSEA_WEIGHT_AS_LISTED, /* torch: [out, in], [out, in, kernel_y, kernel_x], vectors, tables */
  PERSEA_WEIGHT_REVERSED,  /* Flax: [in, out], [kernel_y, kernel_x, in, out] */
} PerseaWeightOrder;

/**
 * PerseaWeight:
 * @name: the family's name for it, unique
 * @stored: (nullable): its name in the checkpoint; %NULL: the same
 * @order: how the checkpoint has it, of 2 or 4 dimensions if reversed
 * @n_stacked: 0; or the number of layers that the checkpoint has in one tensor, along a dimension
 *   in front of the others (Flax's scan)
 * @layer: which of them
 * @n_dims: 1 to 4, without that of the layers
 * @shape: as persea_weights_read() gives it
 */
typedef struct
{
  const char       *name;
  const char       *stored;
  PerseaWeightOrder order;
  unsigned          n_stacked;
  unsigned          layer;
  unsigned          n_dims;
  size_t            shape[4];
} PerseaWeight;

/* @family: for messages ("VQGAN") */
PerseaWeights *persea_weights_new (const char *family);
PerseaWeights *persea_weights_ref (PerseaWeights *weights);
void           persea_weights_unref (PerseaWeights *weights);

/**
 * persea_weights_add_checkpoint:
 * @prefix: its tensors are seen with this in front of their names ("encoder."), perhaps ""
 *
 * Models may come in several files.
 */
void persea_weights_add_checkpoint (PerseaWeights    *weights,
                                    PerseaCheckpoint *checkpoint,
                                    const char       *prefix);

/* (transfer none) (nullable): a tensor by the name it is stored under, for families that tell their
 * configuration from shapes */
const PerseaCheckpointTensor *persea_weights_find (PerseaWeights *weights, const char *stored);

/* (transfer none): the file that a tensor lies in, for messages */
const char *persea_weights_get_file (PerseaWeights *weights, const PerseaCheckpointTensor *tensor);

/**
 * persea_weights_get_shape:
 * @stored: as for persea_weights_find()
 * @n_dims: dimensions that are expected
 * @shape: (out caller-allocates): as in the checkpoint, each from 1 to 2^20
 * @error: return location; %PERSEA_ERROR_INVALID_DATA if it is not there, or of another shape
 */
gboolean persea_weights_get_shape (PerseaWeights *weights,
                                   const char    *stored,
                                   unsigned       n_dims,
                                   size_t         shape[4],
                                   GError       **error);

/* tensors whose stored names begin so may be there, unused (the loss of a training program) */
void persea_weights_ignore (PerseaWeights *weights, const char *prefix);

/* adds to the list; @weight is copied.  To want a name twice is an error of the caller. */
void persea_weights_want (PerseaWeights *weights, const PerseaWeight *weight);

/**
 * persea_weights_check:
 * @problems: (nullable) (element-type utf8): all that is wrong is added here, one sentence each;
 *   in @error there is only the first
 * @error: return location; %PERSEA_ERROR_INVALID_DATA for what is missing or of another shape or
 *   type, %PERSEA_ERROR_UNSUPPORTED if there are only strangers.  The message names the file, the
 *   tensor, what was expected and what was found
 */
gboolean persea_weights_check (PerseaWeights *weights, GPtrArray *problems, GError **error);

size_t persea_weights_count_tensors (PerseaWeights *weights); /* in the list */

/* numbers in all tensors of the list together */
size_t persea_weights_count_elements (PerseaWeights *weights);

/**
 * persea_weights_read:
 * @weights: a #PerseaWeights; untyped so that this is a #PerseaWeightRead (persea-weight-loader.h)
 * @name: of the list
 * @out: (array length=n): row-major, in the list's order
 * @n: elements that the caller expects
 * @error: return location; %PERSEA_ERROR_NOT_FOUND for a name that is not in the list,
 *   %PERSEA_ERROR_INVALID_ARGUMENT when it has another number of elements,
 *   %PERSEA_ERROR_INVALID_DATA when the file changed underneath
 */
gboolean persea_weights_read (gpointer     weights,
                              const char  *name,
                              float       *out,
                              size_t       n,
                              GError     **error);

/**
 * persea_weights_check_finite:
 * @cancellable: (nullable)
 *
 * Reads every tensor and looks for NaN and infinities, which takes about a second per gigabyte.
 */
gboolean persea_weights_check_finite (PerseaWeights *weights,
                                      GCancellable  *cancellable,
                                      GError       **error);

/* (transfer full) (array zero-terminated=1): the files of all checkpoints */
char **persea_weights_get_files (PerseaWeights *weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWeights, persea_weights_unref)

G_END_DECLS
