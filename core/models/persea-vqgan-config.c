/* persea-vqgan-config.c - what a VQGAN is made of, and what its tensors are called
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The names are those of taming/modules/diffusionmodules/model.py; the Flax ones of
 * patil-suraj/vqgan-jax, vqgan_jax/modeling_flax_vqgan.py.
 */
#include "config.h"

#include "persea-vqgan-config.h"

#include <string.h>

#include "persea-error.h"
#include "persea-json.h"
#include "persea-ops.h"

#define MAX_RES_BLOCKS 32

/* vqgan-jax's default, and what all published models have */
#define USUAL_SIZE 256

static gboolean
layout_is_flax (PerseaVqganLayout layout)
{
  return layout == PERSEA_VQGAN_FLAX;
}

/* Taming's name in another layout: in Flax, members of lists are joined to the list's name, kernels
 * and scales are called so. */
static char *
vqgan_stored_name (PerseaVqganLayout layout, const char *name)
{
  GString *stored = g_string_new (NULL);

  if (strcmp (name, "quantize.embedding.weight") == 0)
    return g_string_free (g_string_assign (stored, layout_is_flax (layout)
                                                     ? "quantize.embedding.embedding"
                                                   : layout == PERSEA_VQGAN_MIN_DALLE
                                                     ? "embedding.weight"
                                                     : name), FALSE);
  if (!layout_is_flax (layout))
    return g_string_free (g_string_assign (stored, name), FALSE);

  g_auto (GStrv) words = g_strsplit (name, ".", -1);
  guint n = g_strv_length (words);
  for (guint i = 0; i < n; i++)
    {
      gboolean is_last = i + 1 == n && strcmp (words[i], "weight") == 0;
      gboolean of_norm = i > 0 && g_str_has_prefix (words[i - 1], "norm");

      if (i > 0)
        g_string_append_c (stored, g_ascii_isdigit (words[i][0]) ? '_' : '.');
      g_string_append (stored, !is_last ? words[i] : of_norm ? "scale" : "kernel");
    }
  return g_string_free (stored, FALSE);
}

/* whether the first of the checkpoints has a tensor that taming calls so */
G_GNUC_PRINTF (3, 4) static gboolean
vqgan_has (PerseaWeights *weights, PerseaVqganLayout layout, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *stored = vqgan_stored_name (layout, name);
  return persea_weights_find (weights, stored) != NULL;
}

/* outputs and inputs of a convolution; 1 × 1 or 3 × 3, which is judged later */
static gboolean
vqgan_get_conv (PerseaWeights *weights, PerseaVqganLayout layout, const char *name, unsigned *out,
                unsigned *in, GError **error)
{
  g_autofree char *stored = vqgan_stored_name (layout, name);
  size_t shape[4];

  if (!persea_weights_get_shape (weights, stored, 4, shape, error))
    return FALSE;
  *out = shape[layout_is_flax (layout) ? 3 : 0];
  *in = shape[layout_is_flax (layout) ? 2 : 1];
  return TRUE;
}

gboolean
persea_vqgan_recognize (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints)
{
  PerseaCheckpoint *checkpoint = checkpoints[0];

  return n_checkpoints == 1
         && (persea_checkpoint_find (checkpoint, "decoder.conv_in.weight") != NULL
             || persea_checkpoint_find (checkpoint, "decoder.conv_in.kernel") != NULL)
         && (persea_checkpoint_find (checkpoint, "post_quant_conv.weight") != NULL
             || persea_checkpoint_find (checkpoint, "post_quant_conv.kernel") != NULL);
}

static PerseaVqganLayout
vqgan_detect_layout (PerseaWeights *weights)
{
  if (persea_weights_find (weights, "decoder.conv_in.kernel") != NULL)
    return PERSEA_VQGAN_FLAX;
  if (persea_weights_find (weights, "embedding.weight") != NULL)
    return PERSEA_VQGAN_MIN_DALLE;
  return PERSEA_VQGAN_TAMING;
}

/* What has the same names but another network: said before shapes are compared */
static gboolean
vqgan_check_structure (PerseaWeights *weights, const char *file, GError **error)
{
  const char *found = NULL;

  if (persea_weights_find (weights, "quantize.embed.weight") != NULL)
    found = "a Gumbel quantizer (quantize.embed.weight)";
  else if (persea_weights_find (weights, "quantize.used") != NULL)
    found = "a remapped codebook";
  if (found == NULL)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED, "%s: %s is not supported", file,
               found);
  return FALSE;
}

static gboolean
vqgan_infer_levels (PerseaWeights *weights, PerseaVqganConfig *config, GError **error)
{
  PerseaVqganLayout layout = config->layout;

  while (config->n_levels < PERSEA_VQGAN_MAX_LEVELS
         && vqgan_has (weights, layout, "decoder.up.%u.block.0.conv1.weight", config->n_levels))
    {
      unsigned level = config->n_levels++, in;
      g_autofree char *name = g_strdup_printf ("decoder.up.%u.block.0.conv2.weight", level);

      if (!vqgan_get_conv (weights, layout, name, &config->channels[level], &in, error))
        return FALSE;
      config->attention[level] = vqgan_has (weights, layout, "decoder.up.%u.attn.0.q.weight",
                                            level);
      config->encoder_attention[level] = vqgan_has (weights, layout,
                                                    "encoder.down.%u.attn.0.q.weight", level);
    }
  while (config->n_res_blocks < MAX_RES_BLOCKS
         && vqgan_has (weights, layout, "decoder.up.0.block.%u.conv1.weight",
                       config->n_res_blocks + 1))
    config->n_res_blocks++;
  return TRUE;
}

static gboolean
vqgan_infer (PerseaWeights *weights, PerseaVqganConfig *config, GError **error)
{
  PerseaVqganLayout layout = config->layout;
  g_autofree char *table = vqgan_stored_name (layout, "quantize.embedding.weight");
  size_t shape[4];
  unsigned ignored;

  if (!persea_weights_get_shape (weights, table, 2, shape, error)
      || !vqgan_get_conv (weights, layout, "decoder.conv_in.weight", &ignored, &config->z_channels,
                          error)
      || !vqgan_infer_levels (weights, config, error))
    return FALSE;
  config->n_embed = shape[0];
  config->embed_dim = shape[1];
  config->has_encoder = vqgan_has (weights, layout, "encoder.conv_in.weight");
  if (config->has_encoder
      && !vqgan_get_conv (weights, layout, "encoder.conv_in.weight", &config->stem_channels,
                          &ignored, error))
    return FALSE;
  return TRUE;
}

static gboolean
vqgan_check_config (const PerseaVqganConfig *config, const char *file, GError **error)
{
  if (config->n_levels == 0 || config->n_levels == PERSEA_VQGAN_MAX_LEVELS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: expected 1 to %d resolutions (decoder.up.0 and so on), found %s", file,
                   PERSEA_VQGAN_MAX_LEVELS - 1, config->n_levels ? "more" : "none");
      return FALSE;
    }
  for (unsigned i = 0; i < config->n_levels; i++)
    if (config->channels[i] % config->n_groups != 0 || config->channels[i] > 8192)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                     "%s: resolution %u: expected a multiple of %u channels, found %u", file, i,
                     config->n_groups, config->channels[i]);
        return FALSE;
      }
  /* the middle has attention at the lowest resolution */
  for (unsigned i = 0; i < config->n_levels; i++)
    if ((config->attention[i] || config->encoder_attention[i] || i + 1 == config->n_levels)
        && config->channels[i] > PERSEA_MAX_HEAD_DIM)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                     "%s: resolution %u: attention over %u channels; at most %d are supported",
                     file, i, config->channels[i], PERSEA_MAX_HEAD_DIM);
        return FALSE;
      }
  return TRUE;
}

/* Flax, min-dalle's and our own models take 0 … 1 as DALL·E mini's does; what comes out of taming's
 * training program, with its loss or a model.yaml beside it, takes -1 … 1 */
static void
vqgan_assume_range (PerseaWeights *weights, const PerseaModelFiles *files,
                    PerseaVqganConfig *config)
{
  gboolean from_training = persea_weights_find (weights, "loss.logvar") != NULL
                           || persea_weights_find (weights, "loss.discriminator.main.0.weight")
                                != NULL
                           || (files->config && !g_str_has_suffix (files->config, ".json"));

  config->size = USUAL_SIZE;
  config->low = from_training ? -1 : 0;
  config->high = 1;
}

/* @name of the configuration, if it is there, says what the shapes say */
static gboolean
vqgan_agree (JsonObject *object, const char *name, unsigned found, GError **error)
{
  unsigned said = found;

  if (!persea_json_get_uint (object, name, 0, G_MAXINT, &said, error))
    return FALSE;
  if (said == found)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "%s is %u, but the weights have %u",
               name, said, found);
  return FALSE;
}

static gboolean
vqgan_apply_object (JsonObject *object, PerseaVqganConfig *config, GError **error)
{
  float range[2] = { config->low, config->high };
  gboolean with_conv = TRUE;

  if (!vqgan_agree (object, "num_res_blocks", config->n_res_blocks, error)
      || !vqgan_agree (object, "z_channels", config->z_channels, error)
      || !vqgan_agree (object, "embed_dim", config->embed_dim, error)
      || !vqgan_agree (object, "n_embed", config->n_embed, error)
      || !vqgan_agree (object, "in_channels", 3, error) || !vqgan_agree (object, "out_ch", 3, error)
      || !persea_json_get_uint (object, "norm_num_groups", 1, 1024, &config->n_groups, error)
      || !persea_json_get_uint (object, "resolution", 1, 1 << 14, &config->size, error)
      || !persea_json_get_boolean (object, "resamp_with_conv", &with_conv, error)
      || !persea_json_get_floats (object, "pixel_range", range, 2, error))
    return FALSE;
  if (!with_conv)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "resamp_with_conv is false, which is not supported");
      return FALSE;
    }
  if (!(range[0] < range[1]))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "pixel_range: expected two numbers in order, found %g and %g",
                   (double) range[0], (double) range[1]);
      return FALSE;
    }
  config->low = range[0];
  config->high = range[1];
  return TRUE;
}

static gboolean
vqgan_apply_file (const PerseaModelFiles *files, PerseaVqganConfig *config, GError **error)
{
  if (!files->config || !g_str_has_suffix (files->config, ".json"))
    return TRUE;

  g_autoptr (JsonObject) object = persea_json_load (files->config, error);
  if (!object)
    return FALSE;
  if (vqgan_apply_object (object, config, error))
    return TRUE;
  g_prefix_error (error, "%s: ", files->config);
  return FALSE;
}

/* what a walk over the layers hands on */
typedef struct
{
  PerseaVqganVisit visit;
  gpointer         user_data;
} Visitor;

G_GNUC_PRINTF (3, 4) static void
visit (const Visitor *visitor, PerseaVqganLayer layer, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  layer.name = name;
  visitor->visit (&layer, visitor->user_data);
}

#define CONV(n_in, n_out, window, at) \
  (PerseaVqganLayer) { PERSEA_VQGAN_LAYER_CONV, NULL, (n_in), (n_out), (window), (at) }
#define NORM(n, at) (PerseaVqganLayer) { PERSEA_VQGAN_LAYER_NORM, NULL, (n), (n), 1, (at) }
#define ATTENTION(n, at) \
  (PerseaVqganLayer) { PERSEA_VQGAN_LAYER_ATTENTION, NULL, (n), (n), 1, (at) }

/* ResnetBlock */
static void
visit_block (const Visitor *visitor, const char *prefix, unsigned in, unsigned out, unsigned level)
{
  visit (visitor, NORM (in, level), "%s.norm1", prefix);
  visit (visitor, CONV (in, out, 3, level), "%s.conv1", prefix);
  visit (visitor, NORM (out, level), "%s.norm2", prefix);
  visit (visitor, CONV (out, out, 3, level), "%s.conv2", prefix);
  if (in != out)
    visit (visitor, CONV (in, out, 1, level), "%s.nin_shortcut", prefix);
}

/* AttnBlock */
static void
visit_attention (const Visitor *visitor, const char *prefix, unsigned channels, unsigned level)
{
  visit (visitor, NORM (channels, level), "%s.norm", prefix);
  visit (visitor, CONV (channels, channels, 1, level), "%s.q", prefix);
  visit (visitor, CONV (channels, channels, 1, level), "%s.k", prefix);
  visit (visitor, CONV (channels, channels, 1, level), "%s.v", prefix);
  visit (visitor, ATTENTION (channels, level), "%s", prefix);
  visit (visitor, CONV (channels, channels, 1, level), "%s.proj_out", prefix);
}

static void
visit_middle (const Visitor *visitor, const char *half, unsigned channels, unsigned level)
{
  g_autofree char *first = g_strconcat (half, ".mid.block_1", NULL);
  g_autofree char *attention = g_strconcat (half, ".mid.attn_1", NULL);
  g_autofree char *second = g_strconcat (half, ".mid.block_2", NULL);

  visit_block (visitor, first, channels, channels, level);
  visit_attention (visitor, attention, channels, level);
  visit_block (visitor, second, channels, channels, level);
}

/* blocks of a level, each perhaps with attention behind it; @list: "decoder.up", "encoder.down" */
static void
visit_level (const Visitor *visitor, const char *list, unsigned level, unsigned n_blocks,
             unsigned in, unsigned out, gboolean attention)
{
  for (unsigned i = 0; i < n_blocks; i++)
    {
      g_autofree char *block = g_strdup_printf ("%s.%u.block.%u", list, level, i);
      g_autofree char *attn = g_strdup_printf ("%s.%u.attn.%u", list, level, i);

      visit_block (visitor, block, i == 0 ? in : out, out, level);
      if (attention)
        visit_attention (visitor, attn, out, level);
    }
}

void
persea_vqgan_visit_decoder (const PerseaVqganConfig *config,
                            PerseaVqganVisit         visit_layer,
                            gpointer                 user_data)
{
  const Visitor visitor = { visit_layer, user_data };
  unsigned last = config->n_levels - 1, channels = config->channels[last];

  visit (&visitor, CONV (config->embed_dim, config->z_channels, 1, last), "post_quant_conv");
  visit (&visitor, CONV (config->z_channels, channels, 3, last), "decoder.conv_in");
  visit_middle (&visitor, "decoder", channels, last);
  for (unsigned level = config->n_levels; level-- > 0;)
    {
      visit_level (&visitor, "decoder.up", level, config->n_res_blocks + 1, channels,
                   config->channels[level], config->attention[level]);
      channels = config->channels[level];
      if (level > 0)
        visit (&visitor, CONV (channels, channels, 3, level - 1), "decoder.up.%u.upsample.conv",
               level);
    }
  visit (&visitor, NORM (channels, 0), "decoder.norm_out");
  visit (&visitor, CONV (channels, 3, 3, 0), "decoder.conv_out");
}

void
persea_vqgan_visit_encoder (const PerseaVqganConfig *config,
                            PerseaVqganVisit         visit_layer,
                            gpointer                 user_data)
{
  const Visitor visitor = { visit_layer, user_data };
  unsigned last = config->n_levels - 1, channels = config->stem_channels;

  visit (&visitor, CONV (3, channels, 3, 0), "encoder.conv_in");
  for (unsigned level = 0; level <= last; level++)
    {
      visit_level (&visitor, "encoder.down", level, config->n_res_blocks, channels,
                   config->channels[level], config->encoder_attention[level]);
      if (config->n_res_blocks > 0)
        channels = config->channels[level];
      if (level < last)
        visit (&visitor, CONV (channels, channels, 3, level + 1), "encoder.down.%u.downsample.conv",
               level);
    }
  visit_middle (&visitor, "encoder", channels, last);
  visit (&visitor, NORM (channels, last), "encoder.norm_out");
  visit (&visitor, CONV (channels, config->z_channels, 3, last), "encoder.conv_out");
  visit (&visitor, CONV (config->z_channels, config->embed_dim, 1, last), "quant_conv");
}

typedef struct
{
  PerseaWeights    *weights;
  PerseaVqganLayout layout;
} Wanted;

static void
want (const Wanted *wanted, const char *prefix, const char *leaf, PerseaWeight weight)
{
  g_autofree char *name = g_strconcat (prefix, leaf, NULL);
  g_autofree char *stored = vqgan_stored_name (wanted->layout, name);

  weight.name = name;
  weight.stored = stored;
  persea_weights_want (wanted->weights, &weight);
}

static void
want_layer (const PerseaVqganLayer *layer, gpointer user_data)
{
  const Wanted *wanted = user_data;

  if (layer->kind == PERSEA_VQGAN_LAYER_ATTENTION)
    return;
  if (layer->kind == PERSEA_VQGAN_LAYER_NORM)
    want (wanted, layer->name, ".weight", (PerseaWeight) { .n_dims = 1, .shape = { layer->out } });
  else
    want (wanted, layer->name, ".weight",
          (PerseaWeight) { .n_dims = 4, .order = layout_is_flax (wanted->layout)
                                                   ? PERSEA_WEIGHT_REVERSED
                                                   : PERSEA_WEIGHT_AS_LISTED,
                           .shape = { layer->out, layer->in, layer->kernel, layer->kernel } });
  want (wanted, layer->name, ".bias", (PerseaWeight) { .n_dims = 1, .shape = { layer->out } });
}

static void
vqgan_want_all (PerseaWeights *weights, const PerseaVqganConfig *config)
{
  Wanted wanted = { weights, config->layout };

  want (&wanted, "quantize.embedding", ".weight",
        (PerseaWeight) { .n_dims = 2, .shape = { config->n_embed, config->embed_dim } });
  persea_vqgan_visit_decoder (config, want_layer, &wanted);
  if (config->has_encoder)
    persea_vqgan_visit_encoder (config, want_layer, &wanted);
  persea_weights_ignore (weights, "loss.");
  if (!config->has_encoder) /* of no use without it */
    persea_weights_ignore (weights, "quant_conv.");
}

PerseaWeights *
persea_vqgan_weights_open (const PerseaModelFiles *files,
                           PerseaVqganConfig      *config,
                           GPtrArray              *problems,
                           GError                **error)
{
  g_autoptr (PerseaWeights) weights = persea_weights_new ("VQGAN");
  g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (files->weights[0], error);

  if (!checkpoint)
    return NULL;
  persea_weights_add_checkpoint (weights, checkpoint, "");
  *config = (PerseaVqganConfig) { .layout = vqgan_detect_layout (weights),
                                  .n_groups = PERSEA_VQGAN_GROUPS };
  vqgan_assume_range (weights, files, config);
  if (!vqgan_check_structure (weights, files->weights[0], error)
      || !vqgan_infer (weights, config, error)
      || !vqgan_apply_file (files, config, error)
      || !vqgan_check_config (config, files->weights[0], error))
    return NULL;
  vqgan_want_all (weights, config);
  return persea_weights_check (weights, problems, error) ? g_steal_pointer (&weights) : NULL;
}
