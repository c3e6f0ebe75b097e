/* persea-vqgan-private.h - the parts of a VQGAN on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shared by persea-vqgan-load.c, which fills it, and persea-vqgan.c, which computes with it.
 */
#pragma once

#include "persea-codebook-impl.h"
#include "persea-vqgan-config.h"
#include "persea-weight-loader.h"

G_BEGIN_DECLS

typedef struct
{
  PerseaNorm   norm1;
  PerseaLinear conv1; /* 3×3 */
  PerseaNorm   norm2;
  PerseaLinear conv2;    /* 3×3 */
  PerseaLinear shortcut; /* 1×1, or NULLs where the input fits as it is */
} VqganBlock;

typedef struct
{
  PerseaNorm   norm;
  PerseaLinear qkv; /* [3C, C] */
  PerseaLinear proj_out;
} VqganAttention;

typedef struct
{
  VqganBlock     *blocks;
  VqganAttention *attentions; /* behind each block, or NULL */
  unsigned        n_blocks;
  PerseaPhases    upsample;   /* decoder, but for level 0 */
  PerseaLinear    downsample; /* encoder, but for the last level */
} VqganLevel;

/* the encoder or the decoder */
typedef struct
{
  PerseaLinear   conv_in;
  VqganLevel     levels[PERSEA_VQGAN_MAX_LEVELS];
  VqganBlock     mid[2];
  VqganAttention mid_attention;
  PerseaNorm     norm_out;
  PerseaLinear   conv_out;
  unsigned       n_groups; /* of all norms */
  PerseaDtype    input;    /* what products take */
} VqganHalf;

typedef struct
{
  PerseaCodebook    base;
  PerseaVqganConfig config;

  PerseaTensor *table; /* [entries, E] f32 */
  PerseaLinear  post_quant_conv;
  VqganHalf     decoder;

  VqganHalf    encoder;
  PerseaLinear quant_conv;
  PerseaLinear nearest; /* [entries, E]: the table, and minus half of its rows' squares */
} Vqgan;

/* Fills the halves of @vqgan, whose base and config are set. */
gboolean vqgan_load (Vqgan                 *vqgan,
                     PerseaWeights         *weights,
                     const PerseaModelLoad *load,
                     GError               **error);

/* releases what was loaded, however far that got */
void vqgan_clear (gpointer vqgan);

G_END_DECLS
