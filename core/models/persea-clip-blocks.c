/* persea-clip-blocks.c - CLIP: what both of its towers are made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-clip-private.h"

#include <math.h>

void
clip_norm (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, const PerseaNorm *norm,
           float eps)
{
  persea_layer_norm (pass, y, x, norm->weight, norm->bias, eps);
}

void
clip_linear (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, const PerseaLinear *linear,
             PerseaActivation activation, const PerseaTensor *residual)
{
  persea_matmul (pass, y, x, &(PerseaMatmul) { .w = linear->w, .bias = linear->bias,
                                               .activation = activation, .residual = residual });
}

PerseaTensor *
clip_steps (PerseaPass *pass, size_t n, size_t first, size_t step)
{
  PerseaTensor *steps = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n);
  g_autofree int32_t *values = g_new (int32_t, n);

  for (size_t i = 0; i < n; i++)
    values[i] = first + i * step;
  persea_pass_upload (pass, steps, values);
  return steps;
}

PerseaTensor *
clip_transformer (PerseaPass *pass, const PerseaClip *clip, const ClipBlock *blocks,
                  const PerseaClipTransformer *config, const ClipSequences *sequences,
                  PerseaTensor *x)
{
  PerseaDtype dtype = clip->input_dtype;
  size_t rows = sequences->n_rows, width = config->width;
  PerseaTensor *h = persea_pass_tensor (pass, dtype, rows, width);
  PerseaTensor *qkv = persea_pass_tensor (pass, dtype, rows, 3 * width);
  PerseaTensor *hidden = persea_pass_tensor (pass, dtype, rows, config->mlp_width);
  PerseaAttention attention = {
    .n_heads = config->n_heads,
    .head_dim = config->head_dim,
    .scale = 1 / sqrtf (config->head_dim),
    .causal = sequences->causal,
    .q_stride = 3 * width,
    .k_stride = 3 * width,
    .v_stride = 3 * width,
    .q_offsets = sequences->offsets,
    .k_offsets = sequences->offsets,
    .max_queries = sequences->longest,
    .max_keys = sequences->longest,
  };

  for (unsigned i = 0; i < config->n_layers; i++)
    {
      const ClipBlock *block = &blocks[i];

      clip_norm (pass, h, x, &block->ln_1, config->eps);
      clip_linear (pass, qkv, h, &block->in_proj, PERSEA_ACTIVATION_NONE, NULL);
      if (i + 1 == config->n_layers && sequences->alone)
        {
          attention.q_offsets = attention.k_offsets = sequences->alone;
          attention.max_queries = attention.max_keys = 1;
        }
      persea_attention (pass, h, qkv, persea_pass_view (pass, qkv, width, 1, width),
                        persea_pass_view (pass, qkv, 2 * width, 1, width), &attention);
      if (i + 1 == config->n_layers && sequences->ends)
        {
          PerseaTensor *all_x = x, *all_h = h;

          x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, sequences->n, width);
          h = persea_pass_tensor (pass, dtype, sequences->n, width);
          hidden = persea_pass_view (pass, hidden, 0, sequences->n, config->mlp_width);
          persea_gather_rows (pass, x, all_x, sequences->ends);
          persea_gather_rows (pass, h, all_h, sequences->ends);
        }
      clip_linear (pass, x, h, &block->out_proj, PERSEA_ACTIVATION_NONE, x);

      clip_norm (pass, h, x, &block->ln_2, config->eps);
      clip_linear (pass, hidden, h, &block->c_fc, config->activation, NULL);
      clip_linear (pass, x, hidden, &block->c_proj, PERSEA_ACTIVATION_NONE, x);
    }
  return x;
}
