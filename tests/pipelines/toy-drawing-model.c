/* toy-drawing-model.c - a drawing model for tests, small enough for the reference device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "toy-drawing-model.h"

#include <gio/gio.h>

#include "checkpoint-builder.h"

#define N_ENTRIES 64
#define EMBED 8
#define Z 8
#define CHANNELS 32 /* as many as there are groups in a norm */

/* the same on every machine: between -scale and scale, about center */
static void
add (CheckpointBuilder *builder, const char *name, unsigned n_dims, const size_t *shape, float center, float scale)
{
  size_t n = 1;
  guint32 state = g_str_hash (name);
  g_autofree float *values = NULL;

  for (unsigned i = 0; i < n_dims; i++)
    n *= shape[i];
  values = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    {
      state = state * 1664525 + 1013904223;
      values[i] = center + scale * ((float) (state >> 8) / (1 << 23) - 1);
    }
  checkpoint_builder_add (builder, name, PERSEA_DTYPE_F32, n_dims, shape, values);
}

static void
add_conv (CheckpointBuilder *builder, const char *name, size_t in, size_t out, size_t kernel)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (name, ".bias", NULL);

  add (builder, weight, 4, (size_t[]) { out, in, kernel, kernel }, 0, 1.5f / (float) (kernel * kernel));
  add (builder, bias, 1, &out, 0, 0.2f);
}

static void
add_norm (CheckpointBuilder *builder, const char *prefix, const char *name)
{
  static const size_t channels = CHANNELS;
  g_autofree char *weight = g_strdup_printf ("%s.%s.weight", prefix, name);
  g_autofree char *bias = g_strdup_printf ("%s.%s.bias", prefix, name);

  add (builder, weight, 1, &channels, 1, 0.2f);
  add (builder, bias, 1, &channels, 0, 0.2f);
}

static void
add_block (CheckpointBuilder *builder, const char *prefix)
{
  for (int i = 1; i <= 2; i++)
    {
      g_autofree char *norm = g_strdup_printf ("norm%d", i);
      g_autofree char *conv = g_strdup_printf ("%s.conv%d", prefix, i);

      add_norm (builder, prefix, norm);
      add_conv (builder, conv, CHANNELS, CHANNELS, 3);
    }
}

static void
add_middle (CheckpointBuilder *builder, const char *half)
{
  static const char *const products[] = { "q", "k", "v", "proj_out" };
  g_autofree char *first = g_strdup_printf ("%s.mid.block_1", half);
  g_autofree char *attention = g_strdup_printf ("%s.mid.attn_1", half);
  g_autofree char *second = g_strdup_printf ("%s.mid.block_2", half);

  add_block (builder, first);
  add_norm (builder, attention, "norm");
  for (size_t i = 0; i < G_N_ELEMENTS (products); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.%s", attention, products[i]);

      add_conv (builder, name, CHANNELS, CHANNELS, 1);
    }
  add_block (builder, second);
}

static GBytes *
make_codebook (void)
{
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();

  add_conv (builder, "encoder.conv_in", 3, CHANNELS, 3);
  add_conv (builder, "encoder.down.0.downsample.conv", CHANNELS, CHANNELS, 3);
  add_middle (builder, "encoder");
  add_norm (builder, "encoder", "norm_out");
  add_conv (builder, "encoder.conv_out", CHANNELS, Z, 3);
  add_conv (builder, "quant_conv", Z, EMBED, 1);
  add (builder, "quantize.embedding.weight", 2, (size_t[]) { N_ENTRIES, EMBED }, 0, 1);
  add_conv (builder, "post_quant_conv", EMBED, Z, 1);
  add_conv (builder, "decoder.conv_in", Z, CHANNELS, 3);
  add_middle (builder, "decoder");
  add_block (builder, "decoder.up.1.block.0");
  add_conv (builder, "decoder.up.1.upsample.conv", CHANNELS, CHANNELS, 3);
  add_block (builder, "decoder.up.0.block.0");
  add_norm (builder, "decoder", "norm_out");
  add_conv (builder, "decoder.conv_out", CHANNELS, 3, 3);
  return checkpoint_builder_finish (builder);
}

static void
copy (const char *golden, const char *from, const char *folder, const char *name)
{
  g_autofree char *source = g_build_filename (golden, from, name, NULL);
  g_autofree char *target = g_build_filename (folder, name, NULL);
  g_autofree char *contents = NULL;
  gsize size;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (source, &contents, &size, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (target, contents, size, NULL));
}

void
toy_drawing_model_make (const char *folder, const char *golden)
{
  static const char *const generator[] = { "config.json", "encoder.safetensors", "decoder.safetensors" };
  g_autofree char *vqgan = g_build_filename (folder, "vqgan", NULL);
  g_autoptr (GBytes) codebook = make_codebook ();

  g_assert_cmpint (g_mkdir_with_parents (vqgan, 0700), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (generator); i++)
    copy (golden, "dalle/orchard", folder, generator[i]);
  copy (golden, "tokens/dalle", folder, "vocab.json");
  copy (golden, "tokens/dalle", folder, "merges.txt");
  test_folder_write (vqgan, "config.json", "{\"resolution\": 16}", -1);
  test_folder_write_bytes (vqgan, "model.safetensors", codebook);
}
