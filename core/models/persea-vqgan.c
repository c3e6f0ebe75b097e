/* persea-vqgan.c - VQGAN: the forward passes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Esser, Rombach and Ommer, "Taming Transformers for High-Resolution Image Synthesis", 2021, as in
 * CompVis/taming-transformers, taming/modules/diffusionmodules/model.py.  Loading is in
 * persea-vqgan-load.c.
 *
 * The stream x is f32 [n, height, width, channels]; what enters a product is in its input type.  A
 * function that makes the next x releases the one it was given.
 */
#include "config.h"

#include "persea-vqgan.h"

#include "persea-vqgan-private.h"

#include <math.h>

static PerseaTensor *
tensor_like (PerseaPass *pass, PerseaDtype dtype, const PerseaTensor *x, size_t channels)
{
  return persea_pass_tensor (pass, dtype, x->shape[0], x->shape[1], x->shape[2], channels);
}

/* x as products take it: x itself, or a copy, which the caller releases if it is another */
static PerseaTensor *
as_input (PerseaPass *pass, PerseaDtype input, PerseaTensor *x)
{
  if (x->dtype == input)
    return x;

  PerseaTensor *converted = tensor_like (pass, input, x, x->shape[3]);
  persea_convert (pass, converted, x);
  return converted;
}

static PerseaTensor *
vqgan_conv (PerseaPass *pass, const PerseaTensor *x, const PerseaLinear *conv, unsigned kernel,
            const PerseaTensor *residual)
{
  PerseaTensor *y = tensor_like (pass, PERSEA_DTYPE_F32, x, conv->w->n);

  persea_conv2d (pass, y, x, &(PerseaConv2d) { .w = conv->w, .bias = conv->bias, .kernel = kernel,
                                               .stride = 1, .padding = kernel / 2, .upsample = 1,
                                               .residual = residual });
  return y;
}

static PerseaTensor *
vqgan_norm (PerseaPass *pass, const VqganHalf *half, const PerseaTensor *x, const PerseaNorm *norm,
            PerseaActivation activation)
{
  PerseaTensor *y = tensor_like (pass, half->input, x, x->shape[3]);

  persea_group_norm (pass, y, x, norm->weight, norm->bias, half->n_groups, PERSEA_VQGAN_EPS,
                     activation);
  return y;
}

/* ResnetBlock.forward */
static PerseaTensor *
vqgan_block (PerseaPass *pass, const VqganHalf *half, PerseaTensor *x, const VqganBlock *block)
{
  PerseaTensor *h = vqgan_norm (pass, half, x, &block->norm1, PERSEA_ACTIVATION_SILU);
  PerseaTensor *a = vqgan_conv (pass, h, &block->conv1, 3, NULL);
  PerseaTensor *skip = x;

  persea_pass_release (pass, h);
  h = vqgan_norm (pass, half, a, &block->norm2, PERSEA_ACTIVATION_SILU);
  persea_pass_release (pass, a);
  if (block->shortcut.w)
    {
      PerseaTensor *input = as_input (pass, half->input, x);

      skip = vqgan_conv (pass, input, &block->shortcut, 1, NULL);
      if (input != x)
        persea_pass_release (pass, input);
      persea_pass_release (pass, x);
    }

  PerseaTensor *y = vqgan_conv (pass, h, &block->conv2, 3, skip);
  persea_pass_release (pass, h);
  persea_pass_release (pass, skip);
  return y;
}

/* [n + 1] i32: 0, step, … */
static PerseaTensor *
vqgan_offsets (PerseaPass *pass, size_t n, size_t step)
{
  PerseaTensor *offsets = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n + 1);
  g_autofree int32_t *values = g_new (int32_t, n + 1);

  for (size_t i = 0; i <= n; i++)
    values[i] = i * step;
  persea_pass_upload (pass, offsets, values);
  return offsets;
}

/* AttnBlock.forward: one head as wide as the stream, over all cells of a picture */
static PerseaTensor *
vqgan_attention (PerseaPass *pass, const VqganHalf *half, PerseaTensor *x,
                 const VqganAttention *attention)
{
  size_t cells = x->shape[1] * x->shape[2], channels = x->shape[3];
  PerseaTensor *offsets = vqgan_offsets (pass, x->shape[0], cells);
  PerseaTensor *h = vqgan_norm (pass, half, x, &attention->norm, PERSEA_ACTIVATION_NONE);
  PerseaTensor *qkv = tensor_like (pass, half->input, x, 3 * channels);

  persea_matmul (pass, qkv, h, &(PerseaMatmul) { .w = attention->qkv.w,
                                                 .bias = attention->qkv.bias });
  persea_attention (pass, h, qkv, persea_pass_view (pass, qkv, channels, 1, channels),
                    persea_pass_view (pass, qkv, 2 * channels, 1, channels),
                    &(PerseaAttention) { .n_heads = 1,
                                         .head_dim = channels,
                                         .scale = 1 / sqrtf (channels),
                                         .q_stride = 3 * channels,
                                         .k_stride = 3 * channels,
                                         .v_stride = 3 * channels,
                                         .q_offsets = offsets,
                                         .k_offsets = offsets,
                                         .max_queries = cells,
                                         .max_keys = cells });

  PerseaTensor *y = vqgan_conv (pass, h, &attention->proj_out, 1, x);
  persea_pass_release (pass, qkv);
  persea_pass_release (pass, h);
  persea_pass_release (pass, x);
  return y;
}

static PerseaTensor *
vqgan_middle (PerseaPass *pass, const VqganHalf *half, PerseaTensor *x)
{
  x = vqgan_block (pass, half, x, &half->mid[0]);
  x = vqgan_attention (pass, half, x, &half->mid_attention);
  return vqgan_block (pass, half, x, &half->mid[1]);
}

static PerseaTensor *
vqgan_level (PerseaPass *pass, const VqganHalf *half, PerseaTensor *x, const VqganLevel *level)
{
  for (unsigned i = 0; i < level->n_blocks; i++)
    {
      x = vqgan_block (pass, half, x, &level->blocks[i]);
      if (level->attentions)
        x = vqgan_attention (pass, half, x, &level->attentions[i]);
    }
  return x;
}

/* Upsample.forward: each pixel four times, then a 3×3 convolution, in one */
static PerseaTensor *
vqgan_upsample (PerseaPass *pass, const VqganHalf *half, PerseaTensor *x,
                const PerseaPhases *phases)
{
  PerseaTensor *input = as_input (pass, half->input, x);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, x->shape[0], 2 * x->shape[1],
                                        2 * x->shape[2], x->shape[3]);

  persea_conv2d (pass, y, input, &(PerseaConv2d) { .phases = phases->w, .bias = phases->bias,
                                                   .kernel = 3, .stride = 1, .padding = 1,
                                                   .upsample = 2 });
  if (input != x)
    persea_pass_release (pass, input);
  persea_pass_release (pass, x);
  return y;
}

/* Downsample.forward: zeros at the right and below only */
static PerseaTensor *
vqgan_downsample (PerseaPass *pass, PerseaTensor *x, const PerseaLinear *conv)
{
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, x->shape[0], x->shape[1] / 2,
                                        x->shape[2] / 2, x->shape[3]);

  persea_conv2d (pass, y, x, &(PerseaConv2d) { .w = conv->w, .bias = conv->bias, .kernel = 3,
                                               .stride = 2, .upsample = 1 });
  persea_pass_release (pass, x);
  return y;
}

/* VQModel.decode_code, Decoder.forward: codes [n · cells] -> pixels [n, height, width, 3] */
static void
vqgan_decode (PerseaCodebook *codebook, PerseaPass *pass, PerseaTensor *pixels,
              const PerseaTensor *codes, size_t grid_height, size_t grid_width)
{
  Vqgan *vqgan = (Vqgan *) codebook;
  const VqganHalf *decoder = &vqgan->decoder;
  PerseaTensor *entries = persea_pass_tensor (pass, decoder->input, pixels->shape[0], grid_height,
                                              grid_width, vqgan->config.embed_dim);
  PerseaTensor *z = tensor_like (pass, decoder->input, entries, vqgan->config.z_channels);

  persea_gather_rows (pass, entries, vqgan->table, codes);
  persea_matmul (pass, z, entries, &(PerseaMatmul) { .w = vqgan->post_quant_conv.w,
                                                     .bias = vqgan->post_quant_conv.bias });

  PerseaTensor *x = vqgan_conv (pass, z, &decoder->conv_in, 3, NULL);
  x = vqgan_middle (pass, decoder, x);
  for (unsigned i = vqgan->config.n_levels; i-- > 0;)
    {
      x = vqgan_level (pass, decoder, x, &decoder->levels[i]);
      if (i > 0)
        x = vqgan_upsample (pass, decoder, x, &decoder->levels[i].upsample);
    }

  PerseaTensor *h = vqgan_norm (pass, decoder, x, &decoder->norm_out, PERSEA_ACTIVATION_SILU);
  persea_pass_release (pass, x);
  persea_conv2d (pass, pixels, h, &(PerseaConv2d) { .w = decoder->conv_out.w,
                                                    .bias = decoder->conv_out.bias, .kernel = 3,
                                                    .stride = 1, .padding = 1, .upsample = 1 });
  persea_pass_release (pass, h);
}

/* VQModel.encode, VectorQuantizer.forward: pixels [n, 3, height, width] -> codes [n · cells] */
static void
vqgan_encode (PerseaCodebook *codebook, PerseaPass *pass, PerseaTensor *codes,
              const PerseaTensor *pixels)
{
  Vqgan *vqgan = (Vqgan *) codebook;
  const VqganHalf *encoder = &vqgan->encoder;
  PerseaTensor *picture = persea_pass_tensor (pass, PERSEA_DTYPE_F32, pixels->shape[0],
                                              pixels->shape[2], pixels->shape[3], 3);

  persea_channels_last (pass, picture, pixels);
  PerseaTensor *x = vqgan_conv (pass, picture, &encoder->conv_in, 3, NULL);
  persea_pass_release (pass, picture);
  for (unsigned i = 0; i < vqgan->config.n_levels; i++)
    {
      x = vqgan_level (pass, encoder, x, &encoder->levels[i]);
      if (i + 1 < vqgan->config.n_levels)
        x = vqgan_downsample (pass, x, &encoder->levels[i].downsample);
    }
  x = vqgan_middle (pass, encoder, x);

  PerseaTensor *h = vqgan_norm (pass, encoder, x, &encoder->norm_out, PERSEA_ACTIVATION_SILU);
  PerseaTensor *z = vqgan_conv (pass, h, &encoder->conv_out, 3, NULL);
  PerseaTensor *entry = vqgan_conv (pass, z, &vqgan->quant_conv, 1, NULL);
  PerseaTensor *nearness = tensor_like (pass, PERSEA_DTYPE_F32, entry, vqgan->config.n_embed);

  persea_matmul (pass, nearness, entry, &(PerseaMatmul) { .w = vqgan->nearest.w,
                                                          .bias = vqgan->nearest.bias });
  persea_arg_max (pass, codes, nearness);
}

/* what is counted, and where: pixels of level 0 */
typedef struct
{
  double n_pixels;
  double flops;
} Count;

static void
count_layer (const PerseaVqganLayer *layer, gpointer user_data)
{
  Count *count = user_data;
  double n = ldexp (count->n_pixels, -2 * (int) layer->level);

  if (layer->kind == PERSEA_VQGAN_LAYER_CONV)
    count->flops += 2 * n * layer->in * layer->out * layer->kernel * layer->kernel;
  else if (layer->kind == PERSEA_VQGAN_LAYER_ATTENTION)
    count->flops += 4 * n * n * layer->out;
}

static double
vqgan_decode_flops (PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  Count count = { (double) grid_height * grid_width * codebook->factor * codebook->factor, 0 };

  persea_vqgan_visit_decoder (&((Vqgan *) codebook)->config, count_layer, &count);
  return count.flops;
}

static double
vqgan_encode_flops (PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  Count count = { (double) grid_height * grid_width * codebook->factor * codebook->factor, 0 };

  persea_vqgan_visit_encoder (&((Vqgan *) codebook)->config, count_layer, &count);
  return count.flops;
}

static void
vqgan_free (PerseaCodebook *codebook)
{
  vqgan_clear (codebook);
  persea_codebook_clear (codebook);
  g_free (codebook);
}

static const PerseaCodebookClass vqgan_class = {
  .free = vqgan_free,
  .encode = vqgan_encode,
  .decode = vqgan_decode,
  .decode_flops = vqgan_decode_flops,
  .encode_flops = vqgan_encode_flops,
};

static PerseaCodebook *
vqgan_new (PerseaDevice *device, PerseaPrecision precision, const PerseaModelLoad *load,
           GError **error)
{
  PerseaVqganConfig config;
  g_autoptr (PerseaWeights) weights = persea_vqgan_weights_open (load->files, &config, NULL, error);
  if (!weights)
    return NULL;

  Vqgan *vqgan = g_new0 (Vqgan, 1);
  g_autoptr (PerseaCodebook) codebook = &vqgan->base;

  persea_codebook_init (codebook, &vqgan_class, device,
                        persea_device_resolve_precision (device, precision), load->files->name,
                        load->identity);
  vqgan->config = config;
  codebook->n_entries = config.n_embed;
  codebook->factor = 1 << (config.n_levels - 1);
  codebook->size = config.size;
  codebook->has_encoder = config.has_encoder;
  codebook->low = config.low;
  codebook->high = config.high;
  for (unsigned i = 0; i < config.n_levels; i++)
    codebook->cell_bytes = MAX (codebook->cell_bytes, (sizeof (float) * config.channels[i])
                                                        << 2 * (config.n_levels - 1 - i));
  return vqgan_load (vqgan, weights, load, error) ? g_steal_pointer (&codebook) : NULL;
}

static gboolean
vqgan_describe (const PerseaModelFiles *files, PerseaModelFacts *facts, GPtrArray *problems,
                GError **error)
{
  static const char *const layouts[] = {
    [PERSEA_VQGAN_TAMING] = "taming-transformers",
    [PERSEA_VQGAN_MIN_DALLE] = "min-dalle",
    [PERSEA_VQGAN_FLAX] = "vqgan-jax",
  };
  PerseaVqganConfig config;
  g_autoptr (PerseaWeights) weights = persea_vqgan_weights_open (files, &config, problems, error);
  if (!weights)
    return FALSE;

  *facts = (PerseaModelFacts) {
    .layout = layouts[config.layout],
    .n_tensors = persea_weights_count_tensors (weights),
    .n_parameters = persea_weights_count_elements (weights),
    .n_entries = config.n_embed,
    .grid = config.size >> (config.n_levels - 1),
    .size = config.size,
    .has_encoder = config.has_encoder,
  };
  return TRUE;
}

const PerseaCodebookFamily persea_family_vqgan = {
  .family = {
    .name = "VQGAN",
    .role = PERSEA_ROLE_CODEBOOK,
    .recognize = persea_vqgan_recognize,
    .describe = vqgan_describe,
  },
  .load = vqgan_new,
};
