/* persea-dvae-config.c - what a discrete VAE is made of, and what its tensors are called
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The names are those of openai/DALL-E, dall_e/encoder.py and decoder.py.
 */
#include "config.h"

#include "persea-dvae-config.h"

#include "persea-error.h"

#define MAX_BLOCKS 32
#define MAX_CHANNELS 16384

static const char *
half_name (gboolean of_encoder)
{
  return of_encoder ? "encoder" : "decoder";
}

unsigned
persea_dvae_get_kernel (gboolean of_encoder, unsigned conv)
{
  if (of_encoder)
    return conv == 4 ? 1 : 3;
  return conv == 1 ? 1 : 3;
}

unsigned
persea_dvae_get_hidden (unsigned channels)
{
  return channels / 4;
}

/* the first kernel of a block tells the halves apart */
static gboolean
checkpoint_is_encoder (PerseaCheckpoint *checkpoint)
{
  const PerseaCheckpointTensor *tensor
    = persea_checkpoint_find (checkpoint, "blocks.group_1.block_1.res_path.conv_1.w");

  return tensor != NULL && tensor->n_dims == 4 && tensor->shape[3] != 1;
}

gboolean
persea_dvae_recognize (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints)
{
  for (size_t i = 0; i < n_checkpoints; i++)
    if (persea_checkpoint_find (checkpoints[i], "blocks.group_1.block_1.res_path.conv_1.w") == NULL
        || persea_checkpoint_find (checkpoints[i], "blocks.output.conv.w") == NULL)
      return FALSE;
  return n_checkpoints == 1 || n_checkpoints == 2;
}

static gboolean
dvae_open_files (PerseaWeights *weights, const PerseaModelFiles *files, PerseaDvaeConfig *config,
                 GError **error)
{
  gboolean has_decoder = FALSE;

  for (guint i = 0; files->weights[i] != NULL; i++)
    {
      g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (files->weights[i], error);
      if (!checkpoint)
        return FALSE;

      gboolean is_encoder = checkpoint_is_encoder (checkpoint);
      gboolean *there = is_encoder ? &config->has_encoder : &has_decoder;
      if (*there)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "%s: expected the %s of a discrete VAE, found a second %s",
                       files->weights[i], half_name (!is_encoder), half_name (is_encoder));
          return FALSE;
        }
      *there = TRUE;
      persea_weights_add_checkpoint (weights, checkpoint, is_encoder ? "encoder." : "decoder.");
    }
  if (has_decoder)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
               "%s: the encoder of a discrete VAE without its decoder", files->folder);
  return FALSE;
}

G_GNUC_PRINTF (2, 3) static gboolean
dvae_has (PerseaWeights *weights, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return persea_weights_find (weights, name) != NULL;
}

static gboolean
dvae_infer_half (PerseaWeights *weights, const PerseaDvaeConfig *config, gboolean of_encoder,
                 PerseaDvaeHalf *half, GError **error)
{
  g_autofree char *input = g_strconcat (half_name (of_encoder), ".blocks.input.w", NULL);
  size_t shape[4];

  if (!persea_weights_get_shape (weights, input, 4, shape, error))
    return FALSE;
  half->first = shape[0];
  for (unsigned i = 0; i < config->n_groups; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.blocks.group_%u.block_1.res_path.conv_4.w",
                                               half_name (of_encoder), i + 1);

      if (!persea_weights_get_shape (weights, name, 4, shape, error))
        return FALSE;
      half->channels[i] = shape[0];
      if (shape[0] >= 4 && shape[0] % 4 == 0 && shape[0] <= MAX_CHANNELS)
        continue;
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: tensor %s: expected a multiple of 4 channels, at most %d, found %zu",
                   persea_weights_get_file (weights, persea_weights_find (weights, name)), name,
                   MAX_CHANNELS, shape[0]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
dvae_infer (PerseaWeights *weights, PerseaDvaeConfig *config, GError **error)
{
  size_t shape[4];

  if (!persea_weights_get_shape (weights, "decoder.blocks.input.w", 4, shape, error))
    return FALSE;
  config->n_entries = shape[1];
  while (config->n_groups < PERSEA_DVAE_MAX_GROUPS
         && dvae_has (weights, "decoder.blocks.group_%u.block_1.res_path.conv_1.w",
                      config->n_groups + 1))
    config->n_groups++;
  while (config->n_blocks < MAX_BLOCKS
         && dvae_has (weights, "decoder.blocks.group_1.block_%u.res_path.conv_1.w",
                      config->n_blocks + 1))
    config->n_blocks++;
  return dvae_infer_half (weights, config, FALSE, &config->decoder, error)
         && (!config->has_encoder
             || dvae_infer_half (weights, config, TRUE, &config->encoder, error));
}

/* what a walk over the layers hands on */
typedef struct
{
  gboolean        of_encoder;
  PerseaDvaeVisit visit;
  gpointer        user_data;
} Visitor;

G_GNUC_PRINTF (3, 4) static void
visit (const Visitor *visitor, PerseaDvaeLayer layer, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *leaf = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *name = g_strconcat (half_name (visitor->of_encoder), ".blocks.", leaf, NULL);
  layer.name = name;
  visitor->visit (&layer, visitor->user_data);
}

static void
visit_block (const Visitor *visitor, unsigned group, unsigned block, unsigned in, unsigned out,
             unsigned level)
{
  unsigned hidden = persea_dvae_get_hidden (out);

  if (in != out)
    visit (visitor, (PerseaDvaeLayer) { NULL, in, out, 1, level }, "group_%u.block_%u.id_path",
           group, block);
  for (unsigned i = 1; i <= 4; i++)
    visit (visitor, (PerseaDvaeLayer) { NULL, i == 1 ? in : hidden, i == 4 ? out : hidden,
                                        persea_dvae_get_kernel (visitor->of_encoder, i), level },
           "group_%u.block_%u.res_path.conv_%u", group, block, i);
}

void
persea_dvae_visit (const PerseaDvaeConfig *config,
                   gboolean                of_encoder,
                   PerseaDvaeVisit         visit_layer,
                   gpointer                user_data)
{
  const Visitor visitor = { of_encoder, visit_layer, user_data };
  const PerseaDvaeHalf *half = of_encoder ? &config->encoder : &config->decoder;
  unsigned last = config->n_groups - 1, channels = half->first;

  visit (&visitor,
         of_encoder ? (PerseaDvaeLayer) { NULL, 3, channels, 7, 0 }
                    : (PerseaDvaeLayer) { NULL, config->n_entries, channels, 1, last },
         "input");
  for (unsigned group = 0; group <= last; group++)
    for (unsigned block = 0; block < config->n_blocks; block++)
      {
        visit_block (&visitor, group + 1, block + 1, channels, half->channels[group],
                     of_encoder ? group : last - group);
        channels = half->channels[group];
      }
  visit (&visitor,
         of_encoder ? (PerseaDvaeLayer) { NULL, channels, config->n_entries, 1, last }
                    : (PerseaDvaeLayer) { NULL, channels, 6, 1, 0 },
         "output.conv");
}

static void
want_layer (const PerseaDvaeLayer *layer, gpointer user_data)
{
  g_autofree char *w = g_strconcat (layer->name, ".w", NULL);
  g_autofree char *b = g_strconcat (layer->name, ".b", NULL);

  persea_weights_want (user_data,
                       &(PerseaWeight) { .name = w, .n_dims = 4,
                                         .shape = { layer->out, layer->in, layer->kernel,
                                                    layer->kernel } });
  persea_weights_want (user_data,
                       &(PerseaWeight) { .name = b, .n_dims = 1, .shape = { layer->out } });
}

PerseaWeights *
persea_dvae_weights_open (const PerseaModelFiles *files,
                          PerseaDvaeConfig       *config,
                          GPtrArray              *problems,
                          GError                **error)
{
  g_autoptr (PerseaWeights) weights = persea_weights_new ("discrete VAE");

  *config = (PerseaDvaeConfig) { 0 };
  if (!dvae_open_files (weights, files, config, error) || !dvae_infer (weights, config, error))
    return NULL;
  if (config->n_groups == 0 || config->n_blocks == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: no blocks (blocks.group_1.block_1) in the decoder", files->folder);
      return NULL;
    }
  persea_dvae_visit (config, FALSE, want_layer, weights);
  if (config->has_encoder)
    persea_dvae_visit (config, TRUE, want_layer, weights);
  return persea_weights_check (weights, problems, error) ? g_steal_pointer (&weights) : NULL;
}
