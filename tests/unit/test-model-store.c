/* test-model-store.c - models by name, and telling their weights apart
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-error.h"
#include "persea-model-identity.h"
#include "persea-model-store.h"

#include <glib/gstdio.h>
#include <string.h>

static char *extra; /* a store in $PERSEA_MODEL_PATH */

static void
make_model (const char *store, const char *name)
{
  g_autofree char *path = g_build_filename (store, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

static void
test_order (void)
{
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autoptr (GError) error = NULL;

  make_model (extra, "zebra");
  make_model (extra, "shared");
  make_model (own, "shared");
  make_model (own, "apple");
  make_model (own, ".hidden");

  g_autoptr (GPtrArray) models = persea_model_store_list ();
  g_assert_cmpuint (models->len, >=, 3);
  PerseaModel *first = models->pdata[0], *second = models->pdata[1], *third = models->pdata[2];
  g_assert_cmpstr (first->name, ==, "shared");
  g_assert_true (g_str_has_prefix (first->path, extra));
  g_assert_false (first->is_own);
  g_assert_cmpstr (second->name, ==, "zebra");
  g_assert_cmpstr (third->name, ==, "apple");
  g_assert_true (third->is_own);

  g_autoptr (PerseaModel) found = persea_model_store_find ("shared", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->path, ==, first->path);
}

static void
test_default (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) first = persea_model_store_find (NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (first->name, ==, "shared");
  g_setenv ("PERSEA_MODEL", "apple", TRUE);
  g_autoptr (PerseaModel) chosen = persea_model_store_find (NULL, &error);
  g_unsetenv ("PERSEA_MODEL");
  g_assert_no_error (error);
  g_assert_cmpstr (chosen->name, ==, "apple");
}

static void
test_path (void)
{
  g_autofree char *file = g_build_filename (extra, "ViT-B.32.pt", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_autoptr (PerseaModel) model = persea_model_store_find (file, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (model->name, ==, "ViT-B.32");
  g_assert_cmpstr (model->path, ==, file);
  g_assert_cmpstr (model->folder, ==, extra);

  g_assert_null (persea_model_store_find ("nowhere", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "nowhere"));
  g_assert_nonnull (strstr (error->message, "zebra"));
}

static char *
identify (const char *first, const char *second)
{
  const char *files[] = { first, second, NULL };
  g_autoptr (GError) error = NULL;
  char *identity = persea_model_identity (files, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (identity), ==, 64);
  return identity;
}

/* Content counts, not name or time; large files are remembered, and a change is noticed. */
static void
test_identity (void)
{
  size_t size = 2 << 20;
  g_autofree char *a = g_build_filename (extra, "a", NULL), *b = g_build_filename (extra, "b", NULL);
  g_autofree char *memory = g_build_filename (g_get_user_cache_dir (), "persea", "identities", NULL);
  g_autofree char *contents = g_malloc0 (size);

  g_assert_true (g_file_set_contents (a, contents, size, NULL));
  g_assert_true (g_file_set_contents (b, contents, size, NULL));
  g_autofree char *of_a = identify (a, "/nowhere/config.json");
  g_autofree char *of_b = identify (b, "/nowhere/config.json");
  g_autofree char *again = identify (a, "/nowhere/config.json");
  g_assert_cmpstr (of_a, ==, of_b);
  g_assert_cmpstr (of_a, ==, again);
  g_assert_true (g_file_test (memory, G_FILE_TEST_IS_DIR));

  contents[size / 2] = 1;
  g_assert_true (g_file_set_contents (a, contents, size, NULL));
  g_autofree char *changed = identify (a, "/nowhere/config.json");
  g_assert_cmpstr (of_a, !=, changed);
  g_autofree char *both = identify (a, b);
  g_assert_cmpstr (both, !=, changed);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("persea-store-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  extra = g_build_filename (home, "extra", NULL);
  g_setenv ("PERSEA_MODEL_PATH", extra, TRUE);

  g_test_add_func ("/model-store/order", test_order);
  g_test_add_func ("/model-store/default", test_default);
  g_test_add_func ("/model-store/path", test_path);
  g_test_add_func ("/model-store/identity", test_identity);
  int status = g_test_run ();
  g_autofree char *clean_up = g_strdup_printf ("rm -rf %s", home);
  g_assert_true (g_spawn_command_line_sync (clean_up, NULL, NULL, NULL, NULL));
  g_free (extra);
  return status;
}
