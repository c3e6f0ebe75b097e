/* test-cmd-search.c - persea index and search, from outside
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A tiny model with random weights on the reference device: what is alike is chance, but the same
 * picture is like itself.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

typedef struct
{
  char *folder;
  char *samples;
  int   status;
  char *output;
  char *errors;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-search-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->samples = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "samples", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", fixture->folder);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->folder);
  g_free (fixture->samples);
  g_free (fixture->output);
  g_free (fixture->errors);
}

static void
copy_sample (Fixture *fixture, const char *sample, const char *name)
{
  g_autofree char *from = g_build_filename (fixture->samples, sample, NULL);
  g_autofree char *to = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (to);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_mkdir_with_parents (folder, 0700);
  g_file_get_contents (from, &contents, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (to, contents, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static void
set_environment (GSubprocessLauncher *launcher, Fixture *fixture)
{
  g_autofree char *home = g_build_filename (fixture->folder, ".home", NULL);
  g_autofree char *models = g_test_build_filename (G_TEST_DIST, "..", "golden", "clip", NULL);
  g_autofree char *vocabularies = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "vocabularies", NULL);

  g_subprocess_launcher_set_cwd (launcher, fixture->folder);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_setenv (launcher, "TZ", "UTC", TRUE);
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere", TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "PERSEA_MODEL_PATH", models, TRUE);
  g_subprocess_launcher_setenv (launcher, "PERSEA_VOCABULARY_PATH", vocabularies, TRUE);
  g_subprocess_launcher_setenv (launcher, "PERSEA_MODEL", "hf-quick", TRUE);
}

/* @line: the command and its arguments, separated by blanks; "_" in an argument is a blank */
static void
run (Fixture *fixture, const char *line)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *whole = g_strdup_printf ("%s %s --device=reference", g_getenv ("PERSEA"), line);
  g_auto (GStrv) arguments = g_strsplit (whole, " ", -1);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  for (char **argument = arguments + 2; *argument; argument++)
    g_strdelimit (*argument, "_", ' ');
  set_environment (launcher, fixture);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, &error);
  g_assert_no_error (error);
  g_clear_pointer (&fixture->output, g_free);
  g_clear_pointer (&fixture->errors, g_free);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &fixture->output, &fixture->errors, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  fixture->status = g_subprocess_get_exit_status (process);
  g_test_message ("%s: %d\n%s%s", line, fixture->status, fixture->output, fixture->errors);
}

static void
assert_run (Fixture *fixture, const char *line, int status, const char *said)
{
  run (fixture, line);
  g_assert_cmpint (fixture->status, ==, status);
  if (said && !strstr (fixture->errors, said))
    g_error ("'%s' is not said by %s: %s", said, line, fixture->errors);
}

static unsigned
count_lines (const char *text)
{
  unsigned n = 0;

  for (; *text; text++)
    n += *text == '\n';
  return n;
}

static void
make_collection (Fixture *fixture)
{
  copy_sample (fixture, "armchair-avocado.png", "pictures/chair.png");
  copy_sample (fixture, "fish-rainbow.png", "pictures/far/fish.png");
  copy_sample (fixture, "lamp-wool.png", "pictures/far/lamp.png");
}

static void
test_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *broken = g_build_filename (fixture->folder, "pictures", "broken.png", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "link.png", NULL);

  make_collection (fixture);
  assert_run (fixture, "index pictures", 0, "knows 3 pictures, 3 of them new");
  copy_sample (fixture, "lamp-wool.png", "pictures/again.png");
  g_assert_true (g_file_set_contents (broken, "no picture", -1, NULL));
  assert_run (fixture, "index pictures --json", 1, "broken.png");
  g_assert_nonnull (strstr (fixture->errors, "knows 3 pictures, 0 of them new"));
  g_assert_cmpuint (count_lines (fixture->output), ==, 5);

  g_assert_cmpint (symlink (broken, link), ==, 0);
  assert_run (fixture, "index link.png", 1, "link");
  assert_run (fixture, "index", 2, "--help'");
  assert_run (fixture, "index pictures --model=nothing", 3, "nothing");
}

static void
test_search (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sheet = g_build_filename (fixture->folder, "found.png", NULL);

  make_collection (fixture);
  assert_run (fixture, "search a_lamp", 0, "persea index");
  g_assert_cmpstr (fixture->output, ==, "");
  run (fixture, "index pictures");

  assert_run (fixture, "search a_lamp --json", 0, NULL);
  g_assert_cmpuint (count_lines (fixture->output), ==, 3);
  g_assert_true (g_str_has_prefix (fixture->output, "{\"file\":\"/"));
  g_assert_nonnull (strstr (fixture->output, "\",\"score\":"));
  assert_run (fixture, "search a_lamp --minus=wool --top=2", 0, NULL);
  g_assert_cmpuint (count_lines (fixture->output), ==, 2);
  assert_run (fixture, "search a_lamp --folder=pictures/far", 0, NULL);
  g_assert_cmpuint (count_lines (fixture->output), ==, 2);
  assert_run (fixture, "search a_lamp --until=1999-12", 0, NULL);
  g_assert_cmpstr (fixture->output, ==, "");
  assert_run (fixture, "search a_lamp --since=1999 --tag=nothing", 0, NULL);
  g_assert_cmpstr (fixture->output, ==, "");

  /* a copy that is not in the library is like the one that is; the picture itself is not shown */
  copy_sample (fixture, "fish-rainbow.png", "asked.png");
  assert_run (fixture, "search asked.png --top=1", 0, NULL);
  g_assert_true (g_str_has_prefix (fixture->output, "1.000  "));
  g_assert_nonnull (strstr (fixture->output, "far/fish.png"));
  assert_run (fixture, "search pictures/far/fish.png", 0, NULL);
  g_assert_null (strstr (fixture->output, "fish.png"));
  g_assert_cmpuint (count_lines (fixture->output), ==, 2);

  assert_run (fixture, "search a_lamp --sheet=found.png", 0, NULL);
  g_assert_true (g_file_test (sheet, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (sheet), ==, 0);
  assert_run (fixture, "search a_lamp --sheet=found.txt", 2, "found.txt");
}

static void
test_duplicates (Fixture *fixture, gconstpointer data)
{
  make_collection (fixture);
  copy_sample (fixture, "lamp-wool.png", "pictures/again.png");
  run (fixture, "index pictures");
  assert_run (fixture, "search --duplicates --threshold=1", 0, NULL);
  g_assert_cmpuint (count_lines (fixture->output), ==, 2);
  assert_run (fixture, "search --duplicates --threshold=1 --json", 0, NULL);
  g_assert_nonnull (strstr (fixture->output, "\"group\":1"));
  assert_run (fixture, "search --duplicates a_lamp", 2, "--duplicates");
}

/* What was tagged can be found, and what was indexed is tagged without being decoded. */
static void
test_shared (Fixture *fixture, gconstpointer data)
{
  g_autofree char *chair = g_build_filename (fixture->folder, "pictures", "chair.png", NULL);
  g_autofree char *scores = NULL;

  make_collection (fixture);
  assert_run (fixture, "tag --tags=lamp,fish --threshold=0 --json pictures/chair.png", 0, NULL);
  scores = g_strdup (fixture->output);
  assert_run (fixture, "search a_lamp", 0, NULL);
  g_assert_nonnull (strstr (fixture->output, "chair.png"));
  assert_run (fixture, "tag --tags=lamp,fish --threshold=0 --json pictures/chair.png", 0, NULL);
  g_assert_cmpstr (fixture->output, ==, scores);
  assert_run (fixture, "tag --tags=lamp,fish --threshold=0 --json --no-library pictures/chair.png", 0, NULL);
  g_assert_cmpstr (fixture->output, ==, scores);

  run (fixture, "tag --tags=lamp,fish --threshold=0 --write=embed pictures/chair.png");
  assert_run (fixture, "index pictures/chair.png", 0, "0 of them new");
  assert_run (fixture, "search a_lamp --tag=lamp", 0, NULL);
  g_assert_cmpuint (count_lines (fixture->output), ==, 1);

  /* one that cannot be read any more is still known */
  if (geteuid () != 0)
    {
      g_assert_cmpint (g_chmod (chair, 0), ==, 0);
      assert_run (fixture, "tag --tags=lamp,fish --threshold=0 pictures/chair.png", 0, NULL);
    }
}

static void
test_usage (Fixture *fixture, gconstpointer data)
{
  assert_run (fixture, "search", 2, "--help'");
  assert_run (fixture, "search a_lamp --top=0", 2, "--top");
  assert_run (fixture, "search a_lamp --threshold=7", 2, "--threshold");
  assert_run (fixture, "search a_lamp --since=yesterday", 2, "yesterday");
  assert_run (fixture, "search away/lamp.png", 2, "no such file");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/cmd-search/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("index", test_index);
  ADD ("search", test_search);
  ADD ("duplicates", test_duplicates);
  ADD ("shared", test_shared);
  ADD ("usage", test_usage);
  return g_test_run ();
}
