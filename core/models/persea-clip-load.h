/* persea-clip-load.h - from a checkpoint to a CLIP on a device, for the engine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Users of CLIP ask the engine (persea-engine.h), which knows where models and caches are.
 */
#pragma once

#include "persea-clip-weights.h"
#include "persea-clip.h"
#include "persea-tensor.h"

G_BEGIN_DECLS

/**
 * PerseaClipLoad:
 * @weights: the checkpoint
 * @pack_path: (nullable): where the packed weights are or will be kept; %NULL: in memory only
 * @progress: (nullable): told about packing
 */
typedef struct
{
  PerseaClipWeights *weights;
  const char        *pack_path;
  PerseaProgressFunc progress;
  gpointer           progress_data;
  GCancellable      *cancellable;
} PerseaClipLoad;

/**
 * persea_clip_choose_precision:
 * @precision: what was asked for
 *
 * Returns: @precision, or what %PERSEA_PRECISION_AUTO means for a model of @config on @device:
 *   f32 for ResNets, which amplify rounding (docs/NUMERICS.md) and gain no speed from bf16
 */
PerseaPrecision persea_clip_choose_precision (PerseaDevice           *device,
                                              const PerseaClipConfig *config,
                                              PerseaPrecision         precision);

/**
 * persea_clip_new:
 * @name: for people
 * @identity: of the weights
 * @tokenizer: (transfer full) (nullable): for texts
 * @no_tokenizer: (nullable): why there is none
 *
 * For the engine.
 *
 * Returns: (transfer full) (nullable): a model on @device
 */
PerseaClip *persea_clip_new (PerseaDevice          *device,
                             PerseaPrecision        precision,
                             const char            *name,
                             const char            *identity,
                             PerseaTokenizer       *tokenizer,
                             const char            *no_tokenizer,
                             const PerseaClipLoad  *load,
                             GError               **error);

/* whether the caller's reference is the only one */
gboolean persea_clip_is_unshared (PerseaClip *clip);

G_END_DECLS
