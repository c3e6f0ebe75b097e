/* test-cmd-models.c - persea models, from outside
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

typedef struct
{
  int   status; /* of the exit */
  char *out;
  char *err;
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->out, g_free);
  g_clear_pointer (&run->err, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Runs "persea models" with up to three arguments */
static Run
models (const char *verb, const char *first, const char *second, const char *third)
{
  const char *argv[] = { g_getenv ("PERSEA"), "models", verb, first, second, third, NULL };
  g_autoptr (GError) error = NULL;
  Run run = { 0 };
  int wait_status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &run.out, &run.err,
                &wait_status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (wait_status, &error);
  run.status = error != NULL ? error->code : 0;
  return run;
}

static char *
golden_path (const char *family, const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", family, name, NULL);
}

static void
assert_has (const char *text, const char *word)
{
  if (strstr (text, word) == NULL)
    g_error ("expected a text with \"%s\", found: %s", word, text);
}

static void
test_life (void)
{
  g_autofree char *path = golden_path ("clip", "openclip-custom");
  g_auto (Run) added = models ("add", path, "--name", "custom");
  g_auto (Run) again = models ("add", path, "--name", "custom");
  g_auto (Run) list = models ("list", NULL, NULL, NULL);
  g_auto (Run) show = models ("show", "custom", "--json", NULL);
  g_auto (Run) check = models ("check", "custom", NULL, NULL);
  g_auto (Run) removed = models ("remove", "custom", NULL, NULL);
  g_auto (Run) gone = models ("show", "custom", NULL, NULL);

  g_assert_cmpint (added.status, ==, 0);
  assert_has (added.out, "OpenCLIP (safetensors)");
  g_assert_cmpint (again.status, ==, 1);
  assert_has (again.err, "there already");
  assert_has (list.out, "custom");
  assert_has (show.out, "\"layout\":\"OpenCLIP\"");
  assert_has (show.out, "\"embed_dim\":48");
  g_assert_cmpint (check.status, ==, 0);
  assert_has (check.out, "custom: whole; 70 tensors");
  g_assert_cmpint (removed.status, ==, 0);
  g_assert_cmpint (gone.status, ==, 1);
  assert_has (gone.err, "no model “custom”");
}

/* A checkpoint that was cut, and one without its last tensors */
static void
test_damaged (void)
{
  g_autofree char *source = golden_path ("clip", "openai-vit-state/openai-vit-state.pt");
  g_autofree char *path = g_build_filename (g_getenv ("XDG_DATA_HOME"), "cut.pt", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Run) check = { 0 };
  g_auto (Run) add = { 0 };
  gsize length;

  g_file_get_contents (source, &content, &length, &error);
  g_assert_no_error (error);
  g_file_set_contents (path, content, (gssize) length / 2, &error);
  g_assert_no_error (error);
  check = models ("check", path, "--json", NULL);
  g_assert_cmpint (check.status, ==, 1);
  assert_has (check.err, "cut.pt: zip archive: its end is missing");
  assert_has (check.out, "\"code\":\"invalid-data\"");
  add = models ("add", path, NULL, NULL);
  g_assert_cmpint (add.status, ==, 1);
  g_assert_cmpstr (add.out, ==, "");
}

static void
test_codebook (void)
{
  g_autofree char *path = golden_path ("codebook", "taming/last.ckpt");
  g_auto (Run) added = models ("add", path, "--name", "codes");
  g_auto (Run) list = models ("list", NULL, NULL, NULL);
  g_auto (Run) entry = models ("list", "--json", NULL, NULL);
  g_auto (Run) show = models ("show", "codes", "--json", NULL);
  g_auto (Run) check = models ("check", "codes", NULL, NULL);
  g_auto (Run) removed = models ("remove", "codes", NULL, NULL);

  g_assert_cmpint (added.status, ==, 0);
  assert_has (added.out, "VQGAN, as published by taming-transformers");
  assert_has (added.out, "16 pixels, 8 × 8 codes out of 24");
  assert_has (list.out, "codes for 16 pixels");
  assert_has (entry.out, "\"usable\":true,\"roles\":[\"codebook\"]");
  assert_has (show.out, "\"encoder\":true");
  g_assert_cmpint (check.status, ==, 0);
  assert_has (check.out, "codes: whole; ");
  g_assert_cmpint (removed.status, ==, 0);
}

/* It is described as far as it is there, and what it lacks is said, all of it */
static void
test_half_an_artist (void)
{
  g_autofree char *path = golden_path ("dalle", "min-dalle");
  g_auto (Run) show = models ("show", path, NULL, NULL);
  g_auto (Run) check = models ("check", path, "--json", NULL);
  g_auto (Run) added = models ("add", path, NULL, NULL);
  g_auto (Run) entry = models ("list", "--json", NULL, NULL);
  g_auto (Run) removed = models ("remove", "min-dalle", NULL, NULL);

  g_assert_cmpint (show.status, ==, 1);
  assert_has (show.out, "DALL·E mini, as published by min-dalle");
  assert_has (show.out, "16 × 16 codes out of 50");
  assert_has (show.err, "no installed one has 50 codes");
  assert_has (show.err, "expected vocab.json and merges.txt");
  g_assert_cmpint (check.status, ==, 1);
  assert_has (check.out, "\"ok\":false,\"problems\":[");
  g_assert_cmpint (added.status, ==, 0);
  assert_has (added.err, "no installed one has 50 codes");
  assert_has (entry.out, "\"usable\":false");
  assert_has (entry.out, "\"roles\":[\"generator\"]");
  g_assert_cmpint (removed.status, ==, 0);
}

static void
test_usage (void)
{
  g_auto (Run) nothing = models (NULL, NULL, NULL, NULL);
  g_auto (Run) unknown = models ("bogus", NULL, NULL, NULL);
  g_auto (Run) nameless = models ("show", NULL, NULL, NULL);
  g_auto (Run) misplaced = models ("list", "--link", NULL, NULL);

  g_assert_cmpint (nothing.status, ==, 2);
  g_assert_cmpint (unknown.status, ==, 2);
  g_assert_cmpint (nameless.status, ==, 2);
  g_assert_cmpint (misplaced.status, ==, 2);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("persea-test-XXXXXX", NULL);
  g_autofree char *own = g_build_filename (home, "persea", "models", NULL);
  g_autofree char *persea = g_build_filename (home, "persea", NULL);
  g_autofree char *cut = g_build_filename (home, "cut.pt", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("PERSEA") == NULL)
    {
      g_print ("1..0 # SKIP PERSEA does not name the program\n");
      return 0;
    }
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_unsetenv ("PERSEA_MODEL_PATH");
  g_test_add_func ("/cmd-models/life", test_life);
  g_test_add_func ("/cmd-models/damaged", test_damaged);
  g_test_add_func ("/cmd-models/codebook", test_codebook);
  g_test_add_func ("/cmd-models/half-an-artist", test_half_an_artist);
  g_test_add_func ("/cmd-models/usage", test_usage);
  status = g_test_run ();
  g_unlink (cut);
  g_rmdir (own);
  g_rmdir (persea);
  g_rmdir (home);
  return status;
}
