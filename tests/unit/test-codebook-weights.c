/* test-codebook-weights.c - damaged, incomplete and strange codebooks
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Starts from a small VQGAN and a small discrete VAE of our own and breaks them, one thing at a time.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "checkpoint-builder.h"
#include "models/persea-dvae-config.h"
#include "models/persea-dvae.h"
#include "models/persea-vqgan-config.h"
#include "models/persea-vqgan.h"
#include "persea-codebook.h"
#include "persea-error.h"

static const PerseaDriver *const drivers[] = { &persea_cpu_driver, NULL };

/* how a tensor differs from what it should be */
typedef struct
{
  const char *name;
  gboolean    missing;
  gboolean    longer; /* its last size by one */
  gboolean    not_a_number;
  PerseaDtype dtype;
} Damage;

typedef struct
{
  CheckpointBuilder *builder;
  const Damage      *damage; /* or NULL */
} Maker;

static void
add_tensor (const Maker *maker, const char *name, unsigned n_dims, const size_t *given)
{
  const Damage *damage = maker->damage;
  gboolean hit = damage && strcmp (damage->name, name) == 0;
  size_t shape[4], n = 1;

  if (hit && damage->missing)
    return;
  for (unsigned i = 0; i < n_dims; i++)
    {
      shape[i] = given[i] + (hit && damage->longer && i + 1 == n_dims);
      n *= shape[i];
    }

  g_autofree float *values = g_new (float, 2 * n); /* room for wider types */
  for (size_t i = 0; i < n; i++)
    values[i] = ((i * 37) % 19) * 0.01f - 0.09f;
  if (hit && damage->not_a_number)
    values[n / 2] = NAN;
  checkpoint_builder_add (maker->builder, name, hit ? damage->dtype : PERSEA_DTYPE_F32, n_dims,
                          shape, values);
}

static void
add_vqgan_layer (const PerseaVqganLayer *layer, gpointer user_data)
{
  g_autofree char *weight = g_strconcat (layer->name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (layer->name, ".bias", NULL);

  if (layer->kind == PERSEA_VQGAN_LAYER_ATTENTION)
    return;
  add_tensor (user_data, weight, layer->kind == PERSEA_VQGAN_LAYER_NORM ? 1 : 4,
              (size_t[]) { layer->out, layer->in, layer->kernel, layer->kernel });
  add_tensor (user_data, bias, 1, (size_t[]) { layer->out });
}

static const PerseaVqganConfig small_vqgan = {
  .n_levels = 2, .channels = { 32, 64 }, .attention = { FALSE, TRUE },
  .encoder_attention = { FALSE, TRUE }, .n_res_blocks = 1, .stem_channels = 32, .z_channels = 6,
  .embed_dim = 4, .n_embed = 10, .has_encoder = TRUE,
};

static const PerseaDvaeConfig small_dvae = {
  .n_groups = 2, .n_blocks = 1, .n_entries = 7, .has_encoder = TRUE,
  .encoder = { .channels = { 4, 8 }, .first = 4 }, .decoder = { .channels = { 8, 8 }, .first = 5 },
};

typedef struct
{
  char             *folder;
  PerseaModelFiles *files;
} Fixture;

/* writes a VQGAN, with @damage and a config.json of @text, both perhaps NULL */
static Fixture
make_vqgan (const PerseaVqganConfig *config, const Damage *damage, const char *text)
{
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  const Maker maker = { builder, damage };
  Fixture fixture = { test_folder_new (), g_new0 (PerseaModelFiles, 1) };

  add_tensor (&maker, "quantize.embedding.weight", 2,
              (size_t[]) { config->n_embed, config->embed_dim });
  persea_vqgan_visit_decoder (config, add_vqgan_layer, (gpointer) &maker);
  if (config->has_encoder)
    persea_vqgan_visit_encoder (config, add_vqgan_layer, (gpointer) &maker);
  g_autoptr (GBytes) bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (fixture.folder, "model.safetensors", bytes);
  if (text)
    test_folder_write (fixture.folder, "config.json", text, -1);

  fixture.files->family = &persea_family_vqgan.family;
  fixture.files->name = g_strdup ("small");
  fixture.files->folder = g_strdup (fixture.folder);
  fixture.files->weights = g_new0 (char *, 2);
  fixture.files->weights[0] = g_build_filename (fixture.folder, "model.safetensors", NULL);
  if (text)
    fixture.files->config = g_build_filename (fixture.folder, "config.json", NULL);
  return fixture;
}

static void
add_dvae_layer (const PerseaDvaeLayer *layer, gpointer user_data)
{
  const char *leaf = layer->name + strlen ("encoder.");
  g_autofree char *w = g_strconcat (leaf, ".w", NULL);
  g_autofree char *b = g_strconcat (leaf, ".b", NULL);

  add_tensor (user_data, w, 4, (size_t[]) { layer->out, layer->in, layer->kernel, layer->kernel });
  add_tensor (user_data, b, 1, (size_t[]) { layer->out });
}

/* @halves: letters of the files, in order: e, d */
static Fixture
make_dvae (const Damage *damage, const char *halves)
{
  Fixture fixture = { test_folder_new (), g_new0 (PerseaModelFiles, 1) };

  fixture.files->family = &persea_family_dvae.family;
  fixture.files->name = g_strdup ("small");
  fixture.files->folder = g_strdup (fixture.folder);
  fixture.files->weights = g_new0 (char *, strlen (halves) + 1);
  for (unsigned i = 0; halves[i]; i++)
    {
      g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
      const Maker maker = { builder, damage };
      g_autofree char *name = g_strdup_printf ("%u-%c.safetensors", i, halves[i]);

      persea_dvae_visit (&small_dvae, halves[i] == 'e', add_dvae_layer, (gpointer) &maker);
      g_autoptr (GBytes) bytes = checkpoint_builder_finish (builder);
      test_folder_write_bytes (fixture.folder, name, bytes);
      fixture.files->weights[i] = g_build_filename (fixture.folder, name, NULL);
    }
  return fixture;
}

static void
fixture_clear (Fixture *fixture)
{
  test_folder_remove (fixture->folder);
  persea_model_files_free (fixture->files);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static PerseaCodebook *
load (const Fixture *fixture, GError **error)
{
  const PerseaCodebookFamily *family = (const PerseaCodebookFamily *) fixture->files->family;
  g_autoptr (PerseaDevice) device = persea_device_open (drivers, "reference", NULL, NULL);

  return family->load (device, PERSEA_PRECISION_F32,
                       &(PerseaModelLoad) { .files = fixture->files, .identity = "small" }, error);
}

static void
assert_refused (const Fixture *fixture, int code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load (fixture, &error));
  g_assert_error (error, PERSEA_ERROR, code);
  if (!strstr (error->message, message))
    g_error ("expected \"%s\" in \"%s\"", message, error->message);
}

/* both go through: codes to pixels and back, no number lost */
static void
assert_works (const Fixture *fixture, unsigned n_entries, unsigned factor)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaCodebook) codebook = load (fixture, &error);
  int32_t codes[6] = { 0, 1, 2, 3, 4, 5 };
  float pixels[3 * 6 * 16];

  g_assert_no_error (error);
  g_assert_cmpuint (persea_codebook_get_n_entries (codebook), ==, n_entries);
  g_assert_cmpuint (persea_codebook_get_factor (codebook), ==, factor);
  g_assert_cmpfloat (persea_codebook_get_decode_flops (codebook, 2, 3), >, 1000);
  persea_codebook_decode (codebook, codes, 1, 2, 3, pixels, NULL, &error);
  g_assert_no_error (error);
  persea_codebook_encode (codebook, pixels, 1, 2 * factor, 3 * factor, codes, NULL, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < 6; i++)
    g_assert_true (codes[i] >= 0 && (unsigned) codes[i] < n_entries);
}

static void
test_vqgan_whole (void)
{
  g_auto (Fixture) bare = make_vqgan (&small_vqgan, NULL, NULL);
  g_auto (Fixture) told = make_vqgan (&small_vqgan, NULL,
                                      "{\"n_embed\": 10, \"embed_dim\": 4, \"z_channels\": 6,"
                                      " \"num_res_blocks\": 1, \"resolution\": 64}");
  g_autoptr (GError) error = NULL;

  assert_works (&bare, 10, 2);
  g_autoptr (PerseaCodebook) codebook = load (&told, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (persea_codebook_get_size (codebook), ==, 64);
}

static void
test_vqgan_damaged (void)
{
  static const struct
  {
    Damage      damage;
    int         code;
    const char *message;
  } cases[] = {
    { { .name = "quantize.embedding.weight", .missing = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "tensor quantize.embedding.weight: expected, but not there" },
    { { .name = "decoder.up.1.block.0.conv2.weight", .missing = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "tensor decoder.up.1.block.0.conv2.weight: expected, but not there" },
    { { .name = "decoder.up.1.upsample.conv.weight", .missing = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "tensor decoder.up.1.upsample.conv.weight: expected [64, 64, 3, 3], but not there" },
    { { .name = "encoder.down.0.block.0.norm1.bias", .longer = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "tensor encoder.down.0.block.0.norm1.bias: expected [32], found [33]" },
    { { .name = "decoder.mid.attn_1.q.weight", .longer = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "expected [64, 64, 1, 1], found [64, 64, 1, 2]" },
    { { .name = "decoder.conv_out.bias", .dtype = PERSEA_DTYPE_I64 }, PERSEA_ERROR_INVALID_DATA,
      "expected floating point elements, found i64" },
    { { .name = "quant_conv.weight", .not_a_number = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "tensor quant_conv.weight: expected finite numbers" },
    { { .name = "decoder.up.1.attn.1.v.weight", .not_a_number = TRUE }, PERSEA_ERROR_INVALID_DATA,
      "tensor decoder.up.1.attn.1.v.weight: expected finite numbers" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Fixture) fixture = make_vqgan (&small_vqgan, &cases[i].damage, NULL);

      assert_refused (&fixture, cases[i].code, cases[i].message);
    }
}

static void
test_vqgan_config (void)
{
  static const struct
  {
    int         code;
    const char *text;
    const char *message;
  } cases[] = {
    { PERSEA_ERROR_INVALID_DATA, "{\"n_embed\": 16384}",
      "n_embed is 16384, but the weights have 10" },
    { PERSEA_ERROR_INVALID_DATA, "{\"z_channels\": 5}", "z_channels is 5" },
    { PERSEA_ERROR_INVALID_DATA, "{\"num_res_blocks\": \"two\"}", "num_res_blocks" },
    { PERSEA_ERROR_INVALID_DATA, "{\"resolution\": 0}", "resolution" },
    { PERSEA_ERROR_INVALID_DATA, "{\"norm_num_groups\": 0}", "norm_num_groups" },
    { PERSEA_ERROR_UNSUPPORTED, "{\"norm_num_groups\": 5}", "expected a multiple of 5 channels" },
    { PERSEA_ERROR_UNSUPPORTED, "{\"resamp_with_conv\": false}", "resamp_with_conv" },
    { PERSEA_ERROR_INVALID_DATA, "{\"pixel_range\": [1, 0]}", "pixel_range" },
    { PERSEA_ERROR_INVALID_DATA, "{\"ch\": ", "config.json" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Fixture) fixture = make_vqgan (&small_vqgan, NULL, cases[i].text);

      assert_refused (&fixture, cases[i].code, cases[i].message);
    }
}

static void
test_vqgan_odd_channels (void)
{
  PerseaVqganConfig config = small_vqgan;

  config.channels[1] = 48;
  g_auto (Fixture) odd = make_vqgan (&config, NULL, NULL);
  assert_refused (&odd, PERSEA_ERROR_UNSUPPORTED, "resolution 1: expected a multiple of 32 channels");
  g_auto (Fixture) told = make_vqgan (&config, NULL, "{\"norm_num_groups\": 8}");
  assert_works (&told, 10, 2);
}

static void
test_dvae (void)
{
  static const Damage missing = { .name = "blocks.group_2.block_1.res_path.conv_3.w",
                                  .missing = TRUE };
  static const Damage longer = { .name = "blocks.output.conv.b", .longer = TRUE };
  static const Damage not_a_number = { .name = "blocks.input.b", .not_a_number = TRUE };
  g_auto (Fixture) whole = make_dvae (NULL, "ed");
  g_auto (Fixture) turned = make_dvae (NULL, "de");
  g_auto (Fixture) twice = make_dvae (NULL, "dd");
  g_auto (Fixture) no_decoder = make_dvae (NULL, "e");
  g_auto (Fixture) without = make_dvae (&missing, "ed");
  g_auto (Fixture) too_long = make_dvae (&longer, "ed");
  g_auto (Fixture) nan = make_dvae (&not_a_number, "ed");

  assert_works (&whole, 7, 2);
  assert_works (&turned, 7, 2);
  assert_refused (&twice, PERSEA_ERROR_INVALID_DATA, "found a second decoder");
  assert_refused (&no_decoder, PERSEA_ERROR_NOT_FOUND, "without its decoder");
  assert_refused (&without, PERSEA_ERROR_INVALID_DATA, "blocks.group_2.block_1.res_path.conv_3.w");
  assert_refused (&too_long, PERSEA_ERROR_INVALID_DATA, "blocks.output.conv.b: expected [");
  assert_refused (&nan, PERSEA_ERROR_INVALID_DATA, "expected finite numbers");
}

/* one of many problems becomes the error, all are collected */
static void
test_collected (void)
{
  PerseaVqganConfig found, config = small_vqgan;
  static const Damage damage = { .name = "decoder.norm_out.weight", .longer = TRUE };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  config.has_encoder = FALSE; /* quant_conv is missing then as well, which is no problem */
  g_auto (Fixture) fixture = make_vqgan (&config, &damage, NULL);
  g_assert_null (persea_vqgan_weights_open (fixture.files, &found, problems, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_false (found.has_encoder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codebook-weights/vqgan/whole", test_vqgan_whole);
  g_test_add_func ("/codebook-weights/vqgan/damaged", test_vqgan_damaged);
  g_test_add_func ("/codebook-weights/vqgan/config", test_vqgan_config);
  g_test_add_func ("/codebook-weights/vqgan/odd-channels", test_vqgan_odd_channels);
  g_test_add_func ("/codebook-weights/dvae", test_dvae);
  g_test_add_func ("/codebook-weights/collected", test_collected);
  return g_test_run ();
}
