/* persea-dvae-load.c - from checkpoints to the halves of a discrete VAE on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The walk over the model that persea-weight-loader.h asks for.  A block's gain becomes part of its
 * last convolution, the decoder's first convolution of a one-hot vector a table with its bias added,
 * and of its last one only the outputs that are used are kept: means, not scales.  The encoder is in
 * f32 whatever the precision: it ends in a choice, which rounding would change.
 */
#include "config.h"

#include "persea-dvae-private.h"

#include <string.h>

static void
load_conv (PerseaWeightLoader *loader, const char *name, size_t out, size_t in, size_t kernel,
           PerseaLinear *linear)
{
  g_autofree char *w = g_strconcat (name, ".w", NULL);
  g_autofree char *b = g_strconcat (name, ".b", NULL);

  persea_weight_loader_conv (loader, w, b, out, in, kernel, linear);
}

/* a convolution multiplied by @gain, of which the first @n_kept outputs are kept */
static void
load_changed_conv (PerseaWeightLoader *loader, const char *name, size_t out, size_t n_kept,
                   size_t in, size_t kernel, float gain, PerseaLinear *linear)
{
  g_autofree char *w = g_strconcat (name, ".w", NULL);
  g_autofree char *b = g_strconcat (name, ".b", NULL);
  size_t n_taps = kernel * kernel, k = in * n_taps;

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!persea_weight_loader_is_packing (loader))
    {
      persea_weight_loader_bind_linear (loader, w, b, n_kept, k, linear);
      return;
    }

  g_autofree float *rows = persea_weight_loader_read (loader, w, out * k);
  g_autofree float *offsets = persea_weight_loader_read (loader, b, out);
  if (!rows || !offsets)
    return;

  g_autofree float *turned = g_new (float, n_kept * k);
  for (size_t i = 0; i < n_kept * k; i++)
    rows[i] *= gain;
  for (size_t i = 0; i < n_kept; i++)
    offsets[i] *= gain;
  persea_weight_loader_turn_conv (turned, rows, n_kept, in, n_taps);
  persea_weight_loader_put_matrix (loader, w, turned, n_kept, k);
  persea_weight_loader_put_tensor (loader, b, PERSEA_DTYPE_F32, offsets, n_kept);
}

static void
load_block (PerseaWeightLoader *loader, const Dvae *dvae, const char *prefix, gboolean of_encoder,
            size_t in, size_t out, DvaeBlock *block)
{
  const PerseaDvaeConfig *config = &dvae->config;
  float gain = 1.0f / ((float) config->n_groups * config->n_blocks * config->n_groups
                       * config->n_blocks);
  size_t hidden = persea_dvae_get_hidden (out);
  g_autofree char *identity = g_strconcat (prefix, "id_path", NULL);

  if (in != out)
    load_conv (loader, identity, out, in, 1, &block->identity);
  for (unsigned i = 1; i <= 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("%sres_path.conv_%u", prefix, i);
      g_autofree char *w = g_strconcat (name, ".w", NULL);
      g_autofree char *b = g_strconcat (name, ".b", NULL);
      unsigned kernel = persea_dvae_get_kernel (of_encoder, i);
      size_t inputs = i == 1 ? in : hidden;

      if (i == 4)
        load_changed_conv (loader, name, out, out, inputs, kernel, gain, &block->conv[3]);
      else if (i == 2 && block->doubles && hidden % 2 == 0)
        persea_weight_loader_phases (loader, w, b, hidden, inputs, &block->phases);
      else
        load_conv (loader, name, hidden, inputs, kernel, &block->conv[i - 1]);
    }
}

static void
load_blocks (PerseaWeightLoader *loader, const Dvae *dvae, gboolean of_encoder, DvaeHalf *half)
{
  const PerseaDvaeConfig *config = &dvae->config;
  const PerseaDvaeHalf *sizes = of_encoder ? &config->encoder : &config->decoder;
  size_t channels = sizes->first;

  if (!half->blocks)
    half->blocks = g_new0 (DvaeBlock, config->n_groups * config->n_blocks);
  for (unsigned group = 0; group < config->n_groups; group++)
    for (unsigned i = 0; i < config->n_blocks; i++)
      {
        DvaeBlock *block = &half->blocks[group * config->n_blocks + i];
        g_autofree char *prefix = g_strdup_printf ("%s.blocks.group_%u.block_%u.",
                                                   of_encoder ? "encoder" : "decoder", group + 1,
                                                   i + 1);

        block->doubles = !of_encoder && group > 0 && i == 0;
        load_block (loader, dvae, prefix, of_encoder, channels, sizes->channels[group], block);
        channels = sizes->channels[group];
      }
}

/* rows [entries, channels] of w [channels, entries, 1, 1] + b */
static void
load_table (PerseaWeightLoader *loader, size_t n_entries, size_t channels, PerseaTensor **table)
{
  static const char *const name = "decoder.blocks.input";

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!persea_weight_loader_is_packing (loader))
    {
      persea_weight_loader_tensor (loader, name, PERSEA_DTYPE_F32, n_entries, channels, table);
      return;
    }

  g_autofree float *w = persea_weight_loader_read (loader, "decoder.blocks.input.w",
                                                   n_entries * channels);
  g_autofree float *b = persea_weight_loader_read (loader, "decoder.blocks.input.b", channels);
  if (!w || !b)
    return;

  g_autofree float *rows = g_new (float, n_entries * channels);
  for (size_t i = 0; i < n_entries * channels; i++)
    rows[i] = w[i % channels * n_entries + i / channels] + b[i % channels];
  persea_weight_loader_put_tensor (loader, name, PERSEA_DTYPE_F32, rows, n_entries * channels);
}

static void
dvae_walk (PerseaWeightLoader *loader, gpointer data)
{
  Dvae *dvae = data;
  const PerseaDvaeConfig *config = &dvae->config;
  unsigned last = config->n_groups - 1;
  const PerseaMatrixFormat exact = persea_device_get_matrix_format (dvae->base.device,
                                                                    PERSEA_PRECISION_F32);

  load_table (loader, config->n_entries, config->decoder.first, &dvae->table);
  load_blocks (loader, dvae, FALSE, &dvae->decoder);
  load_changed_conv (loader, "decoder.blocks.output.conv", 6, 3, config->decoder.channels[last], 1,
                     1, &dvae->decoder.output);
  if (!config->has_encoder)
    return;

  persea_weight_loader_set_format (loader, &exact);
  load_conv (loader, "encoder.blocks.input", config->encoder.first, 3, 7, &dvae->encoder.input);
  load_blocks (loader, dvae, TRUE, &dvae->encoder);
  load_conv (loader, "encoder.blocks.output.conv", config->n_entries,
             config->encoder.channels[last], 1, &dvae->encoder.output);
}

gboolean
dvae_load (Dvae *dvae, PerseaWeights *weights, const PerseaModelLoad *load, GError **error)
{
  PerseaDevice *device = dvae->base.device;
  PerseaPrecision precision = dvae->base.precision;
  const PerseaMatrixFormat format = persea_device_get_matrix_format (device, precision);
  g_autofree char *pack_path = persea_model_load_get_pack_path (load, device, precision);

  dvae->decoder.dtype = persea_device_get_input_dtype (device, precision);
  dvae->encoder.dtype = PERSEA_DTYPE_F32;
  return persea_weight_loader_run (device, &format,
                                   &(PerseaWeightLoad) {
                                     .read = persea_weights_read,
                                     .weights = weights,
                                     .name = dvae->base.name,
                                     .n_parameters = persea_weights_count_elements (weights),
                                     .pack_path = pack_path,
                                     .progress = load->progress,
                                     .progress_data = load->progress_data,
                                     .cancellable = load->cancellable,
                                   },
                                   dvae_walk, dvae_clear, dvae, error);
}

static void
half_clear (DvaeHalf *half, unsigned n_blocks)
{
  persea_linear_clear (&half->input);
  for (unsigned i = 0; half->blocks && i < n_blocks; i++)
    {
      for (unsigned j = 0; j < 4; j++)
        persea_linear_clear (&half->blocks[i].conv[j]);
      persea_phases_clear (&half->blocks[i].phases);
      persea_linear_clear (&half->blocks[i].identity);
    }
  g_clear_pointer (&half->blocks, g_free);
  persea_linear_clear (&half->output);
}

void
dvae_clear (gpointer data)
{
  Dvae *dvae = data;
  unsigned n_blocks = dvae->config.n_groups * dvae->config.n_blocks;

  g_clear_pointer (&dvae->table, persea_tensor_unref);
  half_clear (&dvae->decoder, n_blocks);
  half_clear (&dvae->encoder, n_blocks);
}
