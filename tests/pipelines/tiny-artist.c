/* tiny-artist.c - a drawing model for tests: random, whole, and quick
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "tiny-artist.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define CHANNELS 32 /* as many as there are groups */
#define LATENT 8
#define ENTRIES 64

typedef struct
{
  GString    *header; /* JSON */
  GByteArray *data;
  GRand      *rand;
} Weights;

/* @mean, @deviation: of the values */
static void
add_tensor (Weights *weights, const char *name, const size_t *shape, unsigned n_dims, double mean, double deviation)
{
  size_t start = weights->data->len;
  size_t n = 1;

  g_string_append_printf (weights->header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[",
                          weights->header->len > 1 ? "," : "", name);
  for (unsigned i = 0; i < n_dims; i++)
    {
      n *= shape[i];
      g_string_append_printf (weights->header, "%s%zu", i > 0 ? "," : "", shape[i]);
    }
  for (size_t i = 0; i < n; i++)
    {
      float value = (float) (mean + deviation * g_rand_double_range (weights->rand, -1.7, 1.7));

      g_byte_array_append (weights->data, (const uint8_t *) &value, sizeof value);
    }
  g_string_append_printf (weights->header, "],\"data_offsets\":[%zu,%u]}", start, weights->data->len);
}

static void
add_conv (Weights *weights, const char *name, size_t out, size_t in, size_t side, double bias)
{
  const size_t shape[] = { out, in, side, side };
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);

  add_tensor (weights, weight_name, shape, 4, 0, 1 / sqrt ((double) (in * side * side)));
  add_tensor (weights, bias_name, shape, 1, bias, 0.05);
}

static void
add_norm (Weights *weights, const char *name)
{
  const size_t shape[] = { CHANNELS };
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);

  add_tensor (weights, weight_name, shape, 1, 1, 0.1);
  add_tensor (weights, bias_name, shape, 1, 0, 0.1);
}

static void
add_block (Weights *weights, const char *name)
{
  static const char *const norms[] = { "norm1", "norm2" };
  static const char *const convs[] = { "conv1", "conv2" };

  for (unsigned i = 0; i < 2; i++)
    {
      g_autofree char *norm = g_strdup_printf ("%s.%s", name, norms[i]);
      g_autofree char *conv = g_strdup_printf ("%s.%s", name, convs[i]);

      add_norm (weights, norm);
      add_conv (weights, conv, CHANNELS, CHANNELS, 3, 0);
    }
}

static void
add_attention (Weights *weights, const char *name)
{
  static const char *const convs[] = { "q", "k", "v", "proj_out" };
  g_autofree char *norm = g_strconcat (name, ".norm", NULL);

  add_norm (weights, norm);
  for (unsigned i = 0; i < G_N_ELEMENTS (convs); i++)
    {
      g_autofree char *conv = g_strdup_printf ("%s.%s", name, convs[i]);

      add_conv (weights, conv, CHANNELS, CHANNELS, 1, 0);
    }
}

static void
add_middle (Weights *weights, const char *side)
{
  g_autofree char *first = g_strconcat (side, ".mid.block_1", NULL);
  g_autofree char *attention = g_strconcat (side, ".mid.attn_1", NULL);
  g_autofree char *second = g_strconcat (side, ".mid.block_2", NULL);

  add_block (weights, first);
  add_attention (weights, attention);
  add_block (weights, second);
}

static void
add_encoder (Weights *weights)
{
  add_conv (weights, "encoder.conv_in", CHANNELS, 3, 3, 0);
  add_block (weights, "encoder.down.0.block.0");
  add_conv (weights, "encoder.down.0.downsample.conv", CHANNELS, CHANNELS, 3, 0);
  add_block (weights, "encoder.down.1.block.0");
  add_middle (weights, "encoder");
  add_norm (weights, "encoder.norm_out");
  add_conv (weights, "encoder.conv_out", LATENT, CHANNELS, 3, 0);
  add_conv (weights, "quant_conv", LATENT, LATENT, 1, 0);
}

static void
add_decoder (Weights *weights)
{
  const size_t table[] = { ENTRIES, LATENT };

  add_tensor (weights, "quantize.embedding.weight", table, 2, 0, 0.7);
  add_conv (weights, "post_quant_conv", LATENT, LATENT, 1, 0);
  add_conv (weights, "decoder.conv_in", CHANNELS, LATENT, 3, 0);
  add_middle (weights, "decoder");
  for (unsigned level = 0; level < 2; level++)
    for (unsigned block = 0; block < 2; block++)
      {
        g_autofree char *name = g_strdup_printf ("decoder.up.%u.block.%u", level, block);

        add_block (weights, name);
      }
  add_conv (weights, "decoder.up.1.upsample.conv", CHANNELS, CHANNELS, 3, 0);
  add_norm (weights, "decoder.norm_out");
  add_conv (weights, "decoder.conv_out", 3, CHANNELS, 3, 0.5);
}

static void
save_weights (Weights *weights, const char *path)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  uint64_t length;

  g_string_append_c (weights->header, '}');
  while (weights->header->len % 8 != 0)
    g_string_append_c (weights->header, ' ');
  length = GUINT64_TO_LE (weights->header->len);
  g_byte_array_append (file, (const uint8_t *) &length, sizeof length);
  g_byte_array_append (file, (const uint8_t *) weights->header->str, weights->header->len);
  g_byte_array_append (file, weights->data->data, weights->data->len);
  g_file_set_contents (path, (const char *) file->data, file->len, &error);
  g_assert_no_error (error);
}

static void
make_codebook (const char *folder, gboolean with_encoder)
{
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  g_autoptr (GString) header = g_string_new ("{");
  g_autoptr (GByteArray) data = g_byte_array_new ();
  Weights weights = { header, data, g_rand_new_with_seed (8) };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  add_decoder (&weights);
  if (with_encoder)
    add_encoder (&weights);
  save_weights (&weights, path);
  g_rand_free (weights.rand);
  g_file_set_contents (config, "{\"resolution\": 16}\n", -1, &error);
  g_assert_no_error (error);
}

static void
copy_file (const char *from_folder, const char *name, const char *folder)
{
  g_autofree char *from_path = g_build_filename (from_folder, name, NULL);
  g_autofree char *to_path = g_build_filename (folder, name, NULL);
  g_autoptr (GFile) from = g_file_new_for_path (from_path);
  g_autoptr (GFile) to = g_file_new_for_path (to_path);
  g_autoptr (GError) error = NULL;

  g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

void
tiny_artist_make (const char *source_dir, const char *folder, gboolean with_encoder)
{
  static const char *const files[] = { "config.json", "encoder.safetensors", "decoder.safetensors" };
  g_autofree char *generator = g_build_filename (source_dir, "..", "golden", "dalle", "orchard", NULL);
  g_autofree char *words = g_build_filename (source_dir, "..", "golden", "tokens", "dalle", NULL);
  g_autofree char *codebook = g_build_filename (folder, "vqgan", NULL);

  make_codebook (codebook, with_encoder);
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    copy_file (generator, files[i], folder);
  copy_file (words, "vocab.json", folder);
  copy_file (words, "merges.txt", folder);
}
