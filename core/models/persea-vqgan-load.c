/* persea-vqgan-load.c - from a checkpoint to the halves of a VQGAN on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The walk over the model that persea-weight-loader.h asks for.  Query, key and value become one
 * matrix; convolutions behind an upsampling are folded into their phases.  The encoder is in f32
 * whatever the precision: it ends in a choice between neighbours, which rounding would change.
 */
#include "config.h"

#include "persea-vqgan-private.h"

#include <string.h>

static void
load_conv (PerseaWeightLoader *loader, const char *prefix, const char *name, size_t out, size_t in,
           size_t kernel, PerseaLinear *linear)
{
  g_autofree char *weight = g_strconcat (prefix, name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, name, ".bias", NULL);

  persea_weight_loader_conv (loader, weight, bias, out, in, kernel, linear);
}

static void
load_block (PerseaWeightLoader *loader, const char *prefix, size_t in, size_t out,
            VqganBlock *block)
{
  persea_weight_loader_norm (loader, prefix, "norm1", in, &block->norm1);
  load_conv (loader, prefix, "conv1", out, in, 3, &block->conv1);
  persea_weight_loader_norm (loader, prefix, "norm2", out, &block->norm2);
  load_conv (loader, prefix, "conv2", out, out, 3, &block->conv2);
  if (in != out)
    load_conv (loader, prefix, "nin_shortcut", out, in, 1, &block->shortcut);
}

static void
load_attention (PerseaWeightLoader *loader, const char *prefix, size_t channels,
                VqganAttention *attention)
{
  static const char *const parts[] = { "q", "k", "v" };

  persea_weight_loader_norm (loader, prefix, "norm", channels, &attention->norm);
  persea_weight_loader_stack (loader, prefix, parts, G_N_ELEMENTS (parts), channels, channels,
                              &attention->qkv);
  load_conv (loader, prefix, "proj_out", channels, channels, 1, &attention->proj_out);
}

/* @list: "decoder.up", "encoder.down" */
static void
load_level (PerseaWeightLoader *loader, const char *list, unsigned index, unsigned n_blocks,
            size_t in, size_t out, gboolean attention, VqganLevel *level)
{
  level->n_blocks = n_blocks;
  if (!level->blocks)
    level->blocks = g_new0 (VqganBlock, n_blocks);
  if (!level->attentions && attention)
    level->attentions = g_new0 (VqganAttention, n_blocks);
  for (unsigned i = 0; i < n_blocks; i++)
    {
      g_autofree char *block = g_strdup_printf ("%s.%u.block.%u.", list, index, i);
      g_autofree char *attn = g_strdup_printf ("%s.%u.attn.%u.", list, index, i);

      load_block (loader, block, i == 0 ? in : out, out, &level->blocks[i]);
      if (attention)
        load_attention (loader, attn, out, &level->attentions[i]);
    }
}

static void
load_middle (PerseaWeightLoader *loader, const char *half_name, size_t channels, VqganHalf *half)
{
  g_autofree char *first = g_strconcat (half_name, ".mid.block_1.", NULL);
  g_autofree char *attention = g_strconcat (half_name, ".mid.attn_1.", NULL);
  g_autofree char *second = g_strconcat (half_name, ".mid.block_2.", NULL);

  load_block (loader, first, channels, channels, &half->mid[0]);
  load_attention (loader, attention, channels, &half->mid_attention);
  load_block (loader, second, channels, channels, &half->mid[1]);
}

static void
load_decoder (PerseaWeightLoader *loader, const PerseaVqganConfig *config, VqganHalf *decoder)
{
  size_t channels = config->channels[config->n_levels - 1];

  load_conv (loader, "decoder.", "conv_in", channels, config->z_channels, 3, &decoder->conv_in);
  load_middle (loader, "decoder", channels, decoder);
  for (unsigned i = config->n_levels; i-- > 0;)
    {
      g_autofree char *weight = g_strdup_printf ("decoder.up.%u.upsample.conv.weight", i);
      g_autofree char *bias = g_strdup_printf ("decoder.up.%u.upsample.conv.bias", i);

      load_level (loader, "decoder.up", i, config->n_res_blocks + 1, channels, config->channels[i],
                  config->attention[i], &decoder->levels[i]);
      channels = config->channels[i];
      if (i > 0)
        persea_weight_loader_phases (loader, weight, bias, channels, channels,
                                     &decoder->levels[i].upsample);
    }
  persea_weight_loader_norm (loader, "decoder.", "norm_out", channels, &decoder->norm_out);
  load_conv (loader, "decoder.", "conv_out", 3, channels, 3, &decoder->conv_out);
}

static void
load_encoder (PerseaWeightLoader *loader, const PerseaVqganConfig *config, VqganHalf *encoder)
{
  size_t channels = config->stem_channels;

  load_conv (loader, "encoder.", "conv_in", channels, 3, 3, &encoder->conv_in);
  for (unsigned i = 0; i < config->n_levels; i++)
    {
      g_autofree char *name = g_strdup_printf ("encoder.down.%u.downsample.", i);

      load_level (loader, "encoder.down", i, config->n_res_blocks, channels, config->channels[i],
                  config->encoder_attention[i], &encoder->levels[i]);
      if (config->n_res_blocks > 0)
        channels = config->channels[i];
      if (i + 1 < config->n_levels)
        load_conv (loader, name, "conv", channels, channels, 3, &encoder->levels[i].downsample);
    }
  load_middle (loader, "encoder", channels, encoder);
  persea_weight_loader_norm (loader, "encoder.", "norm_out", channels, &encoder->norm_out);
  load_conv (loader, "encoder.", "conv_out", config->z_channels, channels, 3, &encoder->conv_out);
}

/* The nearest row to z is that with the largest z · row - |row|² / 2. */
static void
load_nearest (PerseaWeightLoader *loader, size_t n, size_t k, PerseaLinear *nearest)
{
  static const char *const weight = "quantize.embedding.nearest";
  static const char *const bias = "quantize.embedding.squares";

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!persea_weight_loader_is_packing (loader))
    {
      persea_weight_loader_bind_linear (loader, weight, bias, n, k, nearest);
      return;
    }

  g_autofree float *rows = persea_weight_loader_read (loader, "quantize.embedding.weight", n * k);
  if (!rows)
    return;

  g_autofree float *squares = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    {
      double sum = 0;

      for (size_t c = 0; c < k; c++)
        sum += (double) rows[i * k + c] * rows[i * k + c];
      squares[i] = (float) (-sum / 2);
    }
  persea_weight_loader_put_matrix (loader, weight, rows, n, k);
  persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, squares, n);
}

static void
vqgan_walk (PerseaWeightLoader *loader, gpointer data)
{
  Vqgan *vqgan = data;
  const PerseaVqganConfig *config = &vqgan->config;
  size_t n_embed = config->n_embed, embed_dim = config->embed_dim;
  const PerseaMatrixFormat exact = persea_device_get_matrix_format (vqgan->base.device,
                                                                    PERSEA_PRECISION_F32);

  persea_weight_loader_tensor (loader, "quantize.embedding.weight", PERSEA_DTYPE_F32, n_embed,
                               embed_dim, &vqgan->table);
  load_conv (loader, "", "post_quant_conv", config->z_channels, embed_dim, 1,
             &vqgan->post_quant_conv);
  load_decoder (loader, config, &vqgan->decoder);
  if (!config->has_encoder)
    return;

  persea_weight_loader_set_format (loader, &exact);
  load_encoder (loader, config, &vqgan->encoder);
  load_conv (loader, "", "quant_conv", embed_dim, config->z_channels, 1, &vqgan->quant_conv);
  load_nearest (loader, n_embed, embed_dim, &vqgan->nearest);
}

gboolean
vqgan_load (Vqgan *vqgan, PerseaWeights *weights, const PerseaModelLoad *load, GError **error)
{
  PerseaDevice *device = vqgan->base.device;
  PerseaPrecision precision = vqgan->base.precision;
  const PerseaMatrixFormat format = persea_device_get_matrix_format (device, precision);
  g_autofree char *pack_path = persea_model_load_get_pack_path (load, device, precision);

  vqgan->decoder.input = persea_device_get_input_dtype (device, precision);
  vqgan->encoder.input = PERSEA_DTYPE_F32;
  vqgan->decoder.n_groups = vqgan->encoder.n_groups = vqgan->config.n_groups;
  return persea_weight_loader_run (device, &format,
                                   &(PerseaWeightLoad) {
                                     .read = persea_weights_read,
                                     .weights = weights,
                                     .name = vqgan->base.name,
                                     .n_parameters = persea_weights_count_elements (weights),
                                     .pack_path = pack_path,
                                     .progress = load->progress,
                                     .progress_data = load->progress_data,
                                     .cancellable = load->cancellable,
                                   },
                                   vqgan_walk, vqgan_clear, vqgan, error);
}

static void
block_clear (VqganBlock *block)
{
  persea_norm_clear (&block->norm1);
  persea_linear_clear (&block->conv1);
  persea_norm_clear (&block->norm2);
  persea_linear_clear (&block->conv2);
  persea_linear_clear (&block->shortcut);
}

static void
attention_clear (VqganAttention *attention)
{
  persea_norm_clear (&attention->norm);
  persea_linear_clear (&attention->qkv);
  persea_linear_clear (&attention->proj_out);
}

static void
half_clear (VqganHalf *half)
{
  persea_linear_clear (&half->conv_in);
  for (unsigned l = 0; l < PERSEA_VQGAN_MAX_LEVELS; l++)
    {
      VqganLevel *level = &half->levels[l];

      for (unsigned i = 0; level->blocks && i < level->n_blocks; i++)
        block_clear (&level->blocks[i]);
      for (unsigned i = 0; level->attentions && i < level->n_blocks; i++)
        attention_clear (&level->attentions[i]);
      g_clear_pointer (&level->blocks, g_free);
      g_clear_pointer (&level->attentions, g_free);
      persea_phases_clear (&level->upsample);
      persea_linear_clear (&level->downsample);
    }
  block_clear (&half->mid[0]);
  block_clear (&half->mid[1]);
  attention_clear (&half->mid_attention);
  persea_norm_clear (&half->norm_out);
  persea_linear_clear (&half->conv_out);
}

void
vqgan_clear (gpointer data)
{
  Vqgan *vqgan = data;

  g_clear_pointer (&vqgan->table, persea_tensor_unref);
  persea_linear_clear (&vqgan->post_quant_conv);
  half_clear (&vqgan->decoder);
  half_clear (&vqgan->encoder);
  persea_linear_clear (&vqgan->quant_conv);
  persea_linear_clear (&vqgan->nearest);
}
