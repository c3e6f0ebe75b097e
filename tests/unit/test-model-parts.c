/* test-model-parts.c - models that draw: found, put together, installed, loaded
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The toy models of tests/golden under the names that publishers use.
 */
#include "config.h"

#include "persea-model-parts.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint-builder.h"
#include "models/persea-registry.h"
#include "persea-checkpoint.h"
#include "persea-codebook.h"
#include "persea-engine.h"
#include "persea-error.h"
#include "persea-generator.h"
#include "persea-model-match.h"
#include "persea-model-store-add.h"

#define N_CODES 64 /* of the generator in golden/dalle/orchard, 8 × 8 in a picture */

static void
copy_golden (const char *golden, const char *folder, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "golden", golden, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  size_t length;

  g_file_get_contents (path, &content, &length, &error);
  g_assert_no_error (error);
  test_folder_write (folder, name, content, (gssize) length);
}

/* A generator of 64 codes, called encoder.safetensors and so on, with @suffix in the names */
static void
put_generator (const char *folder, const char *suffix)
{
  static const char *const files[][3] = {
    { "dalle/orchard/encoder.safetensors", "encoder", ".safetensors" },
    { "dalle/orchard/decoder.safetensors", "decoder", ".safetensors" },
    { "dalle/orchard/config.json", "config", ".json" },
    { "tokens/dalle/vocab.json", "vocab", ".json" },
    { "tokens/dalle/merges.txt", "merges", ".txt" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strconcat (files[i][1], suffix, files[i][2], NULL);

      copy_golden (files[i][0], folder, name);
    }
}

/* The codebook of golden/codebook/taming, but with @n_codes: of 16 pixels, 8 × 8 codes */
static void
put_codebook (const char *folder, const char *place, unsigned n_codes)
{
  g_autofree char *path
    = g_test_build_filename (G_TEST_DIST, "..", "golden", "codebook", "taming", "last.ckpt", NULL);
  g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (path, NULL);
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autofree char *inner = g_build_filename (folder, place, NULL);
  g_autoptr (GBytes) bytes = NULL;
  size_t n;
  const PerseaCheckpointTensor *tensors = persea_checkpoint_get_tensors (checkpoint, &n);

  for (size_t i = 0; i < n; i++)
    {
      gboolean is_table = strcmp (tensors[i].name, "quantize.embedding.weight") == 0;
      size_t shape[PERSEA_CHECKPOINT_MAX_DIMS];
      g_autofree float *values = NULL;

      if (g_str_has_prefix (tensors[i].name, "loss."))
        continue;
      memcpy (shape, tensors[i].shape, sizeof shape);
      if (is_table)
        shape[0] = n_codes;
      values = g_new0 (float, MAX (tensors[i].n_elements, n_codes * shape[1]));
      persea_checkpoint_read_f32 (checkpoint, &tensors[i], values, NULL);
      checkpoint_builder_add (builder, tensors[i].name, PERSEA_DTYPE_F32, tensors[i].n_dims, shape,
                              values);
    }
  bytes = checkpoint_builder_finish (builder);
  g_mkdir (inner, 0700);
  test_folder_write_bytes (inner, "model.safetensors", bytes);
  test_folder_write (inner, "config.json", "{\"resolution\": 16}", -1);
}

static PerseaModelParts *
find_parts (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return persea_model_parts_find (path, error);
}

static void
assert_error (GError *error, PerseaError code, const char *words)
{
  g_assert_error (error, PERSEA_ERROR, (int) code);
  if (strstr (error->message, words) == NULL)
    g_error ("expected “%s” in “%s”", words, error->message);
}

static void
assert_basename (const char *path, const char *name)
{
  g_autofree char *base = g_path_get_basename (path);

  g_assert_cmpstr (base, ==, name);
}

static void
test_layouts (void)
{
  static const struct
  {
    const char *golden, *name, *family;
    PerseaModelRole role;
  } layouts[] = {
    { "dalle/dalle-mini/flax_model.msgpack", "flax_model.msgpack", "DALL·E mini",
      PERSEA_ROLE_GENERATOR },
    { "codebook/flax/flax_model.msgpack", "flax_model.msgpack", "VQGAN", PERSEA_ROLE_CODEBOOK },
    { "codebook/min-dalle/detoker.pt", "detoker.pt", "VQGAN", PERSEA_ROLE_CODEBOOK },
    { "codebook/taming/last.ckpt", "last.ckpt", "VQGAN", PERSEA_ROLE_CODEBOOK },
    { "codebook/taming/last.ckpt", "whatever.ckpt", "VQGAN", PERSEA_ROLE_CODEBOOK },
    { "codebook/dvae/decoder.pkl", "decoder.pkl", "dVAE", PERSEA_ROLE_CODEBOOK },
    { "clip/hf-quick/model.safetensors", "model.safetensors", "CLIP", PERSEA_ROLE_CLIP },
    { "clip/openai-vit-state/openai-vit-state.pt", "mine.pt", "CLIP", PERSEA_ROLE_CLIP },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (layouts); i++)
    for (int by_file = 0; by_file < 2; by_file++)
      {
        char *folder = test_folder_new ();
        g_autoptr (PerseaModelParts) parts = NULL;
        g_autoptr (GError) error = NULL;

        copy_golden (layouts[i].golden, folder, layouts[i].name);
        parts = find_parts (folder, by_file ? layouts[i].name : "", &error);
        g_assert_no_error (error);
        for (int role = 0; role < PERSEA_N_ROLES; role++)
          g_assert_cmpint (parts->files[role] != NULL, ==, role == (int) layouts[i].role);
        g_assert_cmpstr (parts->files[layouts[i].role]->family->name, ==, layouts[i].family);
        assert_basename (parts->files[layouts[i].role]->weights[0], layouts[i].name);
        test_folder_remove (folder);
      }
}

static void
test_pair (void)
{
  char *folder = test_folder_new ();
  g_autoptr (PerseaModelParts) parts = NULL;
  g_autoptr (GError) error = NULL;

  put_generator (folder, "");
  put_codebook (folder, "vqgan", N_CODES);
  parts = persea_model_parts_find (folder, &error);
  g_assert_no_error (error);
  g_assert_null (parts->files[PERSEA_ROLE_CLIP]);

  const PerseaModelFiles *generator = parts->files[PERSEA_ROLE_GENERATOR];
  const PerseaModelFiles *codebook = parts->files[PERSEA_ROLE_CODEBOOK];
  assert_basename (generator->weights[0], "encoder.safetensors");
  assert_basename (generator->weights[1], "decoder.safetensors");
  assert_basename (generator->config, "config.json");
  assert_basename (generator->vocabulary, "vocab.json");
  assert_basename (generator->merges, "merges.txt");
  assert_basename (codebook->folder, "vqgan");
  assert_basename (codebook->config, "config.json");
  g_assert_true (persea_model_match (parts, NULL, &error));
  test_folder_remove (folder);
}

/* The folder of min-dalle's hub has two generators and one codebook */
static void
test_two_generators (void)
{
  char *folder = test_folder_new ();
  g_autoptr (PerseaModelParts) none = NULL, mini = NULL, mega = NULL;
  g_autoptr (GError) error = NULL;

  put_generator (folder, "");
  put_generator (folder, "_mini");
  copy_golden ("codebook/min-dalle/detoker.pt", folder, "detoker.pt");
  none = persea_model_parts_find (folder, &error);
  g_assert_null (none);
  assert_error (error, PERSEA_ERROR_INVALID_ARGUMENT,
                "one with encoder.safetensors and one with encoder_mini.safetensors");

  mini = find_parts (folder, "encoder_mini.safetensors", NULL);
  assert_basename (mini->files[PERSEA_ROLE_GENERATOR]->weights[1], "decoder_mini.safetensors");
  assert_basename (mini->files[PERSEA_ROLE_GENERATOR]->vocabulary, "vocab_mini.json");
  assert_basename (mini->files[PERSEA_ROLE_CODEBOOK]->weights[0], "detoker.pt");
  mega = find_parts (folder, "decoder.safetensors", NULL);
  assert_basename (mega->files[PERSEA_ROLE_GENERATOR]->weights[0], "encoder.safetensors");
  assert_basename (mega->files[PERSEA_ROLE_GENERATOR]->config, "config.json");
  test_folder_remove (folder);
}

static void
test_damaged (void)
{
  char *folder = test_folder_new ();
  g_autofree char *decoder = g_build_filename (folder, "decoder.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_model_parts_find (folder, &error));
  assert_error (error, PERSEA_ERROR_NOT_FOUND, "no checkpoint in this folder");
  g_clear_error (&error);

  put_generator (folder, "");
  copy_golden ("codebook/min-dalle/detoker.pt", folder, "detoker.pt");
  g_assert_cmpint (truncate (decoder, 1000), ==, 0);
  g_assert_null (persea_model_parts_find (folder, &error));
  assert_error (error, PERSEA_ERROR_INVALID_DATA, "decoder.safetensors: ");
  g_clear_error (&error);

  g_remove (decoder);
  g_assert_null (persea_model_parts_find (folder, &error));
  assert_error (error, PERSEA_ERROR_INVALID_DATA, "expected decoder.safetensors beside it");
  g_clear_error (&error);
  test_folder_remove (folder);

  folder = test_folder_new ();
  copy_golden ("torch/zip.pt", folder, "last.ckpt");
  g_assert_null (find_parts (folder, "last.ckpt", &error));
  assert_error (error, PERSEA_ERROR_UNSUPPORTED, "nor a codebook that we know");
  test_folder_remove (folder);
}

/* With @n_own codes in the model's own codebook, or none if 0 */
static gboolean
match_with (unsigned n_own, GError **error)
{
  char *folder = test_folder_new ();
  g_autoptr (PerseaModelParts) parts = NULL;
  gboolean matched;

  put_generator (folder, "");
  if (n_own > 0)
    put_codebook (folder, "", n_own);
  parts = persea_model_parts_find (folder, NULL);
  matched = persea_model_match (parts, NULL, error);
  test_folder_remove (folder);
  return matched;
}

static void
test_match (void)
{
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autofree char *first = g_build_filename (own, "first", NULL);
  g_autofree char *second = g_build_filename (own, "second", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (match_with (N_CODES - 1, &error));
  assert_error (error, PERSEA_ERROR_INVALID_DATA, "draws with 64 codes, but the codebook beside it has 63");
  g_clear_error (&error);
  g_assert_false (match_with (0, &error));
  assert_error (error, PERSEA_ERROR_NOT_FOUND, "no installed one has 64 codes, 8 × 8");
  g_clear_error (&error);

  g_mkdir_with_parents (own, 0700);
  put_codebook (own, "first", N_CODES);
  g_assert_true (match_with (0, &error));
  put_codebook (own, "second", N_CODES - 1);
  g_assert_true (match_with (0, &error));
  put_codebook (own, "second", N_CODES);
  g_assert_false (match_with (0, &error));
  assert_error (error, PERSEA_ERROR_NOT_FOUND, "first and second both have one that fits");
  g_assert_true (persea_model_store_remove ("first", NULL));
  g_assert_true (persea_model_store_remove ("second", NULL));
}

static void
test_store (void)
{
  char *folder = test_folder_new ();
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autofree char *table = g_build_filename (own, "sister", "vqgan", "model.safetensors", NULL);
  g_autofree char *merges = g_build_filename (own, "sister", "merges.txt", NULL);
  g_autofree char *named = g_build_filename (folder, "encoder.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) first = NULL, second = NULL, found = NULL, clip = NULL;

  put_generator (folder, "");
  put_codebook (folder, "vqgan", N_CODES);
  first = persea_model_store_add (folder, &(PerseaModelAddOptions){ .link = TRUE }, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first->name, ==, name);
  g_assert_true (g_file_test (first->path, G_FILE_TEST_IS_SYMLINK));
  second = persea_model_store_add (named, &(PerseaModelAddOptions){ .name = "sister" }, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (table, G_FILE_TEST_IS_REGULAR));
  g_assert_true (g_file_test (merges, G_FILE_TEST_IS_REGULAR));

  found = persea_model_store_find_for (NULL, PERSEA_ROLE_GENERATOR, &error);
  g_assert_cmpstr (found->name, ==, first->name);
  clip = persea_model_store_find_for (NULL, PERSEA_ROLE_CLIP, &error);
  g_assert_null (clip);
  assert_error (error, PERSEA_ERROR_NOT_FOUND, "no model is installed");
  g_assert_true (persea_model_store_remove (name, NULL));
  g_assert_true (persea_model_store_remove ("sister", NULL));
  test_folder_remove (folder);
}

static void
test_engine (void)
{
  static const PerseaDriver *const drivers[] = { &persea_cpu_driver, NULL };
  g_autoptr (PerseaEngine) engine
    = persea_engine_new (&(PerseaEngineOptions){ .drivers = drivers, .device = "reference" }, NULL);
  char *folder = test_folder_new ();
  g_autoptr (PerseaGenerator) generator = NULL, again = NULL;
  g_autoptr (PerseaCodebook) codebook = NULL, same = NULL;
  g_autoptr (GError) error = NULL;

  put_generator (folder, "");
  put_codebook (folder, "vqgan", N_CODES);
  persea_engine_load_artist (engine, folder, NULL, &generator, &codebook, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (persea_generator_get_n_entries (generator), ==, N_CODES);
  g_assert_cmpuint (persea_generator_get_grid (generator), ==, 8);
  g_assert_cmpuint (persea_codebook_get_n_entries (codebook), ==, N_CODES);
  g_assert_cmpuint (strlen (persea_generator_get_identity (generator)), ==, 64);
  g_assert_cmpstr (persea_generator_get_identity (generator), !=,
                   persea_codebook_get_identity (codebook));

  again = persea_engine_load_generator (engine, folder, NULL, &error);
  same = persea_engine_load_codebook (engine, folder, NULL, &error);
  g_assert_true (again == generator && same == codebook);
  persea_engine_drop_unused (engine);
  g_clear_pointer (&again, persea_generator_unref);
  again = persea_engine_load_generator (engine, folder, NULL, &error);
  g_assert_true (again == generator);
  test_folder_remove (folder);
}

/* Asked to draw, a CLIP says what it is; nothing was loaded for a pair that does not fit */
static void
test_engine_refuses (void)
{
  static const PerseaDriver *const drivers[] = { &persea_cpu_driver, NULL };
  g_autoptr (PerseaEngine) engine
    = persea_engine_new (&(PerseaEngineOptions){ .drivers = drivers, .device = "reference" }, NULL);
  char *folder = test_folder_new ();
  PerseaGenerator *generator = NULL;
  PerseaCodebook *codebook = NULL;
  g_autoptr (GError) error = NULL;

  copy_golden ("clip/hf-quick/model.safetensors", folder, "model.safetensors");
  g_assert_false (persea_engine_load_artist (engine, folder, NULL, &generator, &codebook, &error));
  assert_error (error, PERSEA_ERROR_UNSUPPORTED, "found CLIP");
  g_clear_error (&error);
  g_assert_null (persea_engine_load_codebook (engine, folder, NULL, &error));
  assert_error (error, PERSEA_ERROR_UNSUPPORTED, "no codebook");
  g_clear_error (&error);

  put_generator (folder, "");
  put_codebook (folder, "vqgan", 2 * N_CODES);
  g_assert_false (persea_engine_load_artist (engine, folder, NULL, &generator, &codebook, &error));
  assert_error (error, PERSEA_ERROR_INVALID_DATA, "64 codes, but the codebook beside it has 128");
  g_clear_error (&error);
  g_assert_false (persea_engine_load_artist (engine, NULL, NULL, &generator, &codebook, &error));
  assert_error (error, PERSEA_ERROR_NOT_FOUND, "no model that draws is installed");
  g_assert_null (generator);
  g_assert_null (codebook);
  test_folder_remove (folder);
}

int
main (int argc, char **argv)
{
  char *home = test_folder_new ();
  int status;

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_unsetenv ("PERSEA_MODEL_PATH");
  g_unsetenv ("PERSEA_MODEL");
  g_unsetenv ("PERSEA_DRAWING_MODEL");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-parts/layouts", test_layouts);
  g_test_add_func ("/model-parts/pair", test_pair);
  g_test_add_func ("/model-parts/two-generators", test_two_generators);
  g_test_add_func ("/model-parts/damaged", test_damaged);
  g_test_add_func ("/model-parts/match", test_match);
  g_test_add_func ("/model-parts/store", test_store);
  g_test_add_func ("/model-parts/engine", test_engine);
  g_test_add_func ("/model-parts/engine-refuses", test_engine_refuses);
  status = g_test_run ();
  test_folder_remove (home);
  return status;
}
