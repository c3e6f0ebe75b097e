/* persea-weight-loader.h - from a checkpoint to the weights of a model on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A family writes one walk over its model, which names every weight with its shape and says where
 * it goes:
 *
 *     static void
 *     block_load (PerseaWeightLoader *loader, const char *prefix, size_t width, Block *block)
 *     {
 *       persea_weight_loader_norm (loader, prefix, "ln_1", width, &block->ln_1);
 *       persea_weight_loader_linear (loader, "mlp.c_fc.weight", "mlp.c_fc.bias", …);
 *     }
 *
 * The walk serves two purposes: the first time it reads the checkpoint and writes the pack
 * (persea-pack.h); then, and every later time, it binds the pack's entries to the members of the
 * model.  What is folded (batch norms into convolutions, layer scale into projections) is folded
 * while packing.  The first failure sticks, and what follows does nothing.
 *
 * Threads: a loader belongs to the call of persea_weight_loader_run() that made it.
 */
#pragma once

#include "persea-pack.h"
#include "persea-tensor.h"

G_BEGIN_DECLS

typedef struct _PerseaWeightLoader PerseaWeightLoader;

/**
 * PerseaLinear:
 * @w: [out, in]; of a convolution [out, kernel · kernel · channels]
 * @bias: (nullable): [out] f32
 */
typedef struct
{
  PerseaMatrix *w;
  PerseaTensor *bias;
} PerseaLinear;

/**
 * PerseaPhases:
 * @w: [out, 2 · 2 · channels] each, for PerseaConv2d.phases
 * @bias: (nullable): [out] f32
 */
typedef struct
{
  PerseaMatrix *w[4];
  PerseaTensor *bias;
} PerseaPhases;

/* scale and shift of a layer or group norm: [width] f32 both */
typedef struct
{
  PerseaTensor *weight;
  PerseaTensor *bias;
} PerseaNorm;

void persea_linear_clear (PerseaLinear *linear);
void persea_norm_clear (PerseaNorm *norm);
void persea_phases_clear (PerseaPhases *phases);

/**
 * PerseaWeightRead:
 * @weights: the family's own
 * @name: as in the walk
 * @out: (array length=n): row-major
 *
 * Reads one tensor of the checkpoint as f32.
 */
typedef gboolean (*PerseaWeightRead) (gpointer     weights,
                                      const char  *name,
                                      float       *out,
                                      size_t       n,
                                      GError     **error);

/**
 * PerseaWeightLoad:
 * @read: how to read what is not packed yet
 * @weights: for @read
 * @name: of the model, for messages
 * @n_parameters: in all, for the progress
 * @pack_path: (nullable): where the packed weights are or will be kept; %NULL: in memory only
 * @pack: (out) (optional) (transfer full): what the weights lie in, if they are loaded
 * @progress: (nullable): told about packing
 * @cancellable: (nullable)
 */
typedef struct
{
  PerseaWeightRead   read;
  gpointer           weights;
  const char        *name;
  size_t             n_parameters;
  const char        *pack_path;
  PerseaPack       **pack;
  PerseaProgressFunc progress;
  gpointer           progress_data;
  GCancellable      *cancellable;
} PerseaWeightLoad;

/**
 * PerseaWeightWalk:
 * @model: as given to persea_weight_loader_run()
 *
 * Names all weights, the same in the same order each time.  Allocates what it fills (lists of
 * blocks) only where it is not there yet.
 */
typedef void (*PerseaWeightWalk) (PerseaWeightLoader *loader, gpointer model);

/**
 * persea_weight_loader_run:
 * @format: of matrices
 * @walk: called once or twice
 * @clear: releases whatever a walk has bound to @model so far
 * @error: return location; what @read says, %PERSEA_ERROR_INVALID_DATA for numbers that are not
 *   finite
 *
 * Returns: %FALSE with @model in any state on failure; the caller clears it
 */
gboolean persea_weight_loader_run (PerseaDevice             *device,
                                   const PerseaMatrixFormat *format,
                                   const PerseaWeightLoad   *load,
                                   PerseaWeightWalk          walk,
                                   GDestroyNotify            clear,
                                   gpointer                  model,
                                   GError                  **error);

/* For walks.  Names are those of the checkpoint and of the pack at once. */

/* a tensor [n_rows, n_columns] of @dtype, or a vector [n_columns] if @n_rows is 0 */
void persea_weight_loader_tensor (PerseaWeightLoader *loader,
                                  const char         *name,
                                  PerseaDtype         dtype,
                                  size_t              n_rows,
                                  size_t              n_columns,
                                  PerseaTensor      **tensor);

/* a matrix [n, k] with a @bias (nullable) [n]; both multiplied, for each output, by @scale
 * (nullable) [n] (layer scale) */
void persea_weight_loader_linear (PerseaWeightLoader *loader,
                                  const char         *weight,
                                  const char         *bias,
                                  const char         *scale,
                                  size_t              n,
                                  size_t              k,
                                  PerseaLinear       *linear);

/* PREFIX NAME.weight and PREFIX NAME.bias, [width] each */
void persea_weight_loader_norm (PerseaWeightLoader *loader,
                                const char         *prefix,
                                const char         *name,
                                size_t              width,
                                PerseaNorm         *norm);

/* a convolution [n, channels, kernel, kernel], turned to what persea_conv2d() takes, with a @bias
 * (nullable) [n] */
void persea_weight_loader_conv (PerseaWeightLoader *loader,
                                const char         *weight,
                                const char         *bias,
                                size_t              n,
                                size_t              channels,
                                size_t              kernel,
                                PerseaLinear       *linear);

/* @n_parts matrices PREFIX PART.weight [n, k] with PREFIX PART.bias [n], one below the other: a fused
 * projection [n_parts · n, k]; 1 × 1 convolutions are such matrices, too */
void persea_weight_loader_stack (PerseaWeightLoader *loader,
                                 const char         *prefix,
                                 const char *const  *parts,
                                 unsigned            n_parts,
                                 size_t              n,
                                 size_t              k,
                                 PerseaLinear       *linear);

/* a convolution [n, channels, 3, 3] of a doubled picture, folded into four for persea_conv2d()'s
 * phases; @channels must be a multiple of the format's group.  bias (nullable) as before */
void persea_weight_loader_phases (PerseaWeightLoader *loader,
                                  const char         *weight,
                                  const char         *bias,
                                  size_t              n,
                                  size_t              channels,
                                  PerseaPhases       *phases);

/* what is loaded from here on is packed so; at first it is what persea_weight_loader_run() was
 * given.  For parts of a model that need more precision than the rest */
void persea_weight_loader_set_format (PerseaWeightLoader       *loader,
                                      const PerseaMatrixFormat *format);

/* For what is folded or put together otherwise: while is_packing(), read, compute and put;
 * otherwise bind under the names that were put.  None does anything unless go_on(). */

gboolean persea_weight_loader_go_on (PerseaWeightLoader *loader);
gboolean persea_weight_loader_is_packing (const PerseaWeightLoader *loader);

/* (transfer full) (nullable): @n elements, all of them finite; %NULL after a failure */
float *persea_weight_loader_read (PerseaWeightLoader *loader, const char *name, size_t n);

void persea_weight_loader_put_tensor (PerseaWeightLoader *loader,
                                      const char         *name,
                                      PerseaDtype         dtype,
                                      const float        *values,
                                      size_t              n);
void persea_weight_loader_put_matrix (PerseaWeightLoader *loader,
                                      const char         *name,
                                      const float        *rows,
                                      size_t              n,
                                      size_t              k);

void persea_weight_loader_bind_linear (PerseaWeightLoader *loader,
                                       const char         *weight,
                                       const char         *bias,
                                       size_t              n,
                                       size_t              k,
                                       PerseaLinear       *linear);

/* rows [n, channels · n_taps], as checkpoints have convolutions, to [n, n_taps · channels], as
 * persea_conv2d() takes them */
void persea_weight_loader_turn_conv (float       *out,
                                     const float *rows,
                                     size_t       n,
                                     size_t       channels,
                                     size_t       n_taps);

/* @out [n, 2, 2, channels]: the @phase of rows [n, 3, 3, channels] (persea_conv2d()'s order): the
 * weights that see the same pixel of a doubled picture, added up */
void persea_weight_loader_fold_phase (float       *out,
                                      const float *rows,
                                      size_t       n,
                                      size_t       channels,
                                      unsigned     phase);

G_END_DECLS
