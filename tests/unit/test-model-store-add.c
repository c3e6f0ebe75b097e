/* test-model-store-add.c - models come to the store and go
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-store-add.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "checkpoint-builder.h"
#include "models/persea-clip-weights.h"
#include "persea-error.h"

/* Returns: (transfer full): a folder with a model called "small" in it, and strangers */
static char *
make_source (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  char *folder = test_folder_new ();
  g_autofree char *model = g_build_filename (folder, "small", NULL);

  checkpoint_builder_add_openai (builder, config, PERSEA_DTYPE_F32, FALSE);
  bytes = checkpoint_builder_finish (builder);
  g_assert_cmpint (g_mkdir (model, 0700), ==, 0);
  test_folder_write_bytes (model, "open_clip_model.safetensors", bytes);
  test_folder_write (model, "open_clip_config.json",
                     "{\"model_cfg\": {\"embed_dim\": 20, \"vision_cfg\": {\"head_width\": 8},"
                     " \"text_cfg\": {\"heads\": 2}}}", -1);
  test_folder_write (model, "merges.txt", "#version: 0.2\n", -1);
  test_folder_write (model, "flax_model.msgpack", "not wanted", -1);
  return folder;
}

static gboolean
store_has (const char *name, const char *file)
{
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autofree char *path = g_build_filename (own, name, file, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Nothing half-made may lie about */
static void
assert_no_leftovers (void)
{
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autoptr (GDir) dir = g_dir_open (own, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_assert_cmpint (name[0], !=, '.');
}

static void
test_copy (void)
{
  char *source = make_source ();
  g_autofree char *path = g_build_filename (source, "small", NULL);
  g_autoptr (PerseaModel) model = NULL;
  g_autoptr (PerseaModel) again = NULL;
  g_autoptr (PerseaClipWeights) weights = NULL;
  g_autoptr (GError) error = NULL;

  model = persea_model_store_add (path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (model->name, ==, "small");
  g_assert_true (model->is_own);
  g_assert_true (store_has ("small", "merges.txt"));
  g_assert_true (store_has ("small", "open_clip_config.json"));
  g_assert_false (store_has ("small", "flax_model.msgpack"));
  assert_no_leftovers ();

  again = persea_model_store_add (path, NULL, NULL, &error);
  g_assert_null (again);
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  test_folder_remove (source); /* the copy must stand alone */
  weights = persea_clip_weights_open (model->path, &error);
  g_assert_no_error (error);

  persea_model_store_remove ("small", &error);
  g_assert_no_error (error);
  g_assert_false (store_has ("small", NULL));
  assert_no_leftovers ();
}

static void
test_link (void)
{
  char *source = make_source ();
  g_autofree char *path = g_build_filename (source, "small", NULL);
  g_autofree char *file = g_build_filename (path, "open_clip_model.safetensors", NULL);
  const PerseaModelAddOptions folder_options = { .name = "linked", .link = TRUE };
  const PerseaModelAddOptions file_options = { .name = "one-file", .link = TRUE };
  g_autoptr (PerseaModel) folder = NULL;
  g_autoptr (PerseaModel) single = NULL;
  g_autoptr (PerseaClipWeights) weights = NULL;
  g_autoptr (GError) error = NULL;

  folder = persea_model_store_add (path, &folder_options, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (folder->path, G_FILE_TEST_IS_SYMLINK));
  single = persea_model_store_add (file, &file_options, NULL, &error);
  g_assert_no_error (error);
  weights = persea_clip_weights_open (single->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (persea_clip_weights_get_config (weights)->vision.n_heads, ==, 3);

  persea_model_store_remove ("linked", &error);
  g_assert_no_error (error);
  persea_model_store_remove ("one-file", &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS)); /* only the links are gone */
  test_folder_remove (source);
}

static void
test_refused (void)
{
  static const char *const names[] = { "", ".hidden", "../up", "a/b", "-x", "ümlaut", "a b" };
  char *source = make_source ();
  g_autofree char *path = g_build_filename (source, "small", NULL);
  g_autofree char *weights = g_build_filename (path, "open_clip_model.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const PerseaModelAddOptions options = { .name = names[i] };

      g_assert_null (persea_model_store_add (path, &options, NULL, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }

  g_assert_cmpint (truncate (weights, 1000), ==, 0);
  g_assert_null (persea_model_store_add (path, NULL, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_false (store_has ("small", NULL));

  g_assert_false (persea_model_store_remove ("not-there", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  test_folder_remove (source);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  char *source = make_source ();
  g_autofree char *path = g_build_filename (source, "small", NULL);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (persea_model_store_add (path, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (store_has ("small", NULL));
  assert_no_leftovers ();
  test_folder_remove (source);
}

int
main (int argc, char **argv)
{
  char *home = test_folder_new ();
  int status;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_unsetenv ("PERSEA_MODEL_PATH");
  g_test_add_func ("/model-store-add/copy", test_copy);
  g_test_add_func ("/model-store-add/link", test_link);
  g_test_add_func ("/model-store-add/refused", test_refused);
  g_test_add_func ("/model-store-add/cancelled", test_cancelled);
  status = g_test_run ();
  test_folder_remove (home);
  return status;
}
