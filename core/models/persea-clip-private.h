/* persea-clip-private.h - the parts of a CLIP on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shared by persea-clip-load.c, which fills it, and by persea-clip-blocks.c, -images.c and
 * persea-clip.c, which compute with it.
 * Letters: W width, E embedding, C channels.
 */
#pragma once

#include "persea-clip-config.h"
#include "persea-clip-load.h"
#include "persea-ops.h"
#include "persea-weight-loader.h"

G_BEGIN_DECLS

typedef struct
{
  PerseaNorm   ln_1;
  PerseaLinear in_proj;  /* [3W, W]: query, key, value */
  PerseaLinear out_proj; /* [W, W] */
  PerseaNorm   ln_2;
  PerseaLinear c_fc;     /* [mlp, W] */
  PerseaLinear c_proj;   /* [W, mlp] */
} ClipBlock;

typedef struct
{
  PerseaLinear  conv1;           /* [W, 3 · patch²] */
  PerseaTensor *class_embedding; /* [W] */
  PerseaTensor *positions;       /* [1 + grid², W] */
  PerseaNorm    ln_pre;          /* or NULLs */
  ClipBlock    *blocks;
  PerseaNorm    ln_post;
  PerseaLinear  proj;            /* [E, W] */
} ClipVision;

/* Convolutions with their batch norms folded in. */
typedef struct
{
  PerseaLinear conv[3];    /* 1×1, 3×3, 1×1 */
  PerseaLinear downsample; /* 1×1, or NULLs where the identity fits as it is */
  unsigned     stride;
} ClipBottleneck;

typedef struct
{
  PerseaLinear    stem[3];
  ClipBottleneck *blocks;
  unsigned        n_blocks;
  PerseaTensor   *positions; /* [1 + grid², C] */
  PerseaLinear    q_proj;    /* [C, C] */
  PerseaLinear    kv_proj;   /* [2C, C] */
  PerseaLinear    c_proj;    /* [E, C] */
} ClipResnet;

typedef struct
{
  PerseaTensor *token_embedding; /* [vocabulary, W] */
  PerseaTensor *positions;       /* [context, W] */
  ClipBlock    *blocks;
  PerseaNorm    ln_final;
  PerseaLinear  proj;            /* [E, W] */
} ClipText;

struct _PerseaClip
{
  gatomicrefcount  ref_count;
  PerseaDevice    *device;
  PerseaPrecision  precision;
  PerseaDtype      input_dtype; /* what products take */
  PerseaClipConfig config;
  float            logit_scale; /* already exponentiated */
  char            *name;
  char            *identity;
  PerseaTokenizer *tokenizer; /* or NULL, and then */
  char            *no_tokenizer; /* why not, for people */

  PerseaPack *pack; /* of all below */
  ClipVision vision; /* a ViT, or */
  ClipResnet resnet; /* a ResNet */
  ClipText   text;
};

/* Fills the towers and the logit scale of @clip, whose device, precision and config are set. */
gboolean clip_load (PerseaClip            *clip,
                    const PerseaClipLoad  *load,
                    GError               **error);

/* frees the towers, however far they were filled */
void clip_clear_towers (PerseaClip *clip);

/* persea-clip-blocks.c */

void clip_norm (PerseaPass         *pass,
                PerseaTensor       *y,
                const PerseaTensor *x,
                const PerseaNorm   *norm,
                float               eps);
void clip_linear (PerseaPass         *pass,
                  PerseaTensor       *y,
                  const PerseaTensor *x,
                  const PerseaLinear *linear,
                  PerseaActivation    activation,
                  const PerseaTensor *residual);

/* [n] i32: first, first + step, … */
PerseaTensor *clip_steps (PerseaPass *pass,
                          size_t      n,
                          size_t      first,
                          size_t      step);

/**
 * ClipSequences:
 * @n: how many
 * @n_rows: of all together
 * @longest: rows of the longest
 * @offsets: [n + 1] i32: where each begins and ends
 * @ends: [n] i32 (nullable): the row of each that becomes the embedding; %NULL if all are needed
 * @alone: [n_rows + 1] i32 (nullable): 0, 1, …: each row a sequence of its own for the attention of
 *   the last block, so that its value is what becomes of it
 * @causal: a row sees only those before it
 */
typedef struct
{
  size_t              n;
  size_t              n_rows;
  size_t              longest;
  const PerseaTensor *offsets;
  const PerseaTensor *ends;
  const PerseaTensor *alone;
  gboolean            causal;
} ClipSequences;

/* Residual attention blocks on x [n_rows, W] f32, in place.  Returns x, or if sequences->ends is
 * there the rows that it names [n, W]. */
PerseaTensor *clip_transformer (PerseaPass                  *pass,
                                const PerseaClip            *clip,
                                const ClipBlock             *blocks,
                                const PerseaClipTransformer *config,
                                const ClipSequences         *sequences,
                                PerseaTensor                *x);

G_END_DECLS
