/* test-cmd-tag.c - persea tag and rank, from outside, with bad input
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whatever is wrong: one sentence that names it, the right exit status, the other inputs done and
 * nothing half-written.  The reference device and a tiny model will do.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

typedef struct
{
  char    *folder;  /* where the test may write; the program's working directory */
  char    *model;   /* a tiny one, with a tokenizer */
  char    *picture; /* a good one */
  gboolean disk_is_full; /* for the program, which then cannot write to any file */
  int      status; /* of the last run */
  char    *out;
  char    *err;
} Fixture;

static char *
golden_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", "clip", name, NULL);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-test-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->model = golden_path ("hf-quick");
  fixture->picture = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "samples",
                                             "armchair-avocado.png", NULL);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->model);
  g_free (fixture->picture);
  g_free (fixture->out);
  g_free (fixture->err);
}

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
write_file (Fixture *fixture, const char *name, const char *contents)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, contents, -1, &error);
  g_assert_no_error (error);
}

static void
copy_picture (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (fixture->picture, &contents, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents (path, contents, (gssize) size, &error);
  g_assert_no_error (error);
}

/* Ends the program if it hangs; @data: the #Fixture */
static void
child_set_limits (gpointer data)
{
  const struct rlimit no_bytes = { 0, 0 };

  alarm (60);
  if (((Fixture *) data)->disk_is_full)
    setrlimit (RLIMIT_FSIZE, &no_bytes);
}

/* Runs "persea VERB --model … --device reference" with more arguments, up to a %NULL. */
static void
run (Fixture *fixture, const char *verb, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  const char *argument;
  int wait_status;
  va_list arguments;

  g_ptr_array_add (argv, (char *) g_getenv ("PERSEA"));
  g_ptr_array_add (argv, (char *) verb);
  g_ptr_array_add (argv, "--device");
  g_ptr_array_add (argv, "reference");
  g_ptr_array_add (argv, "--model");
  g_ptr_array_add (argv, fixture->model);
  va_start (arguments, verb);
  while ((argument = va_arg (arguments, const char *)) != NULL)
    g_ptr_array_add (argv, (char *) argument);
  va_end (arguments);
  g_ptr_array_add (argv, NULL);

  g_clear_pointer (&fixture->out, g_free);
  g_clear_pointer (&fixture->err, g_free);
  g_spawn_sync (fixture->folder, (char **) argv->pdata, NULL, G_SPAWN_CHILD_INHERITS_STDIN, child_set_limits, fixture,
                &fixture->out, &fixture->err, &wait_status, &error);
  g_assert_no_error (error);
  if (!WIFEXITED (wait_status))
    g_error ("the program was ended by signal %d", WTERMSIG (wait_status));
  fixture->status = WEXITSTATUS (wait_status);
  g_test_message ("%s", fixture->err);
}

static void
assert_has (const char *text, const char *word)
{
  if (strstr (text, word) == NULL)
    g_error ("expected a text with \"%s\", found: %s", word, text);
}

static void
test_vocabularies (Fixture *fixture, gconstpointer data)
{
  g_autofree char *fifo = in_folder (fixture, "fifo");

  write_file (fixture, "words.txt", "a dog\n| cat\n");
  run (fixture, "tag", "--vocabulary", "words.txt", fixture->picture, NULL);
  g_assert_cmpint (fixture->status, ==, 2);
  assert_has (fixture->err, "words.txt:2: a level of the hierarchy has no name");

  run (fixture, "tag", "--vocabulary", ".", fixture->picture, NULL);
  g_assert_cmpint (fixture->status, ==, 2);
  assert_has (fixture->err, ".: not a regular file");

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  run (fixture, "tag", "--vocabulary", "fifo", fixture->picture, NULL);
  g_assert_cmpint (fixture->status, ==, 2);
  assert_has (fixture->err, "fifo: not a regular file");
}

/* The model is at fault, not the command line. */
static void
test_no_tokenizer (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->model);
  fixture->model = golden_path ("hf-gelu");
  run (fixture, "tag", "--tags", "cat,dog", fixture->picture, NULL);
  g_assert_cmpint (fixture->status, ==, 3);
  assert_has (fixture->err, "cannot read texts");
}

static void
test_odd_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *fifo = in_folder (fixture, "fifo.png");

  copy_picture (fixture, "good.png");
  write_file (fixture, "empty.png", "");
  write_file (fixture, "cut.png", "\211PNG\r\n\032\n");
  write_file (fixture, "text.png", "This is no picture.");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  run (fixture, "tag", "--json", "--tags", "cat,dog", "empty.png", "cut.png", "text.png", "fifo.png",
       ".", "", "gone.png", "good.png", NULL);
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "persea tag: empty.png: the file is empty\n");
  assert_has (fixture->err, "persea tag: cut.png: the picture cannot be decoded");
  assert_has (fixture->err, "persea tag: text.png: no picture of a kind that is read");
  assert_has (fixture->err, "persea tag: fifo.png: is not a file\n");
  assert_has (fixture->err, "persea tag: .: this is a folder; use -r to look into it\n");
  assert_has (fixture->err, "persea tag: '': there is no such file\n");
  assert_has (fixture->err, "persea tag: gone.png: there is no such file\n");
  assert_has (fixture->out, "{\"file\":\"good.png\",\"model\"");
}

/* A file's name may be a word of the message. */
static void
test_short_name (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = in_folder (fixture, "a");

  write_file (fixture, "t", "This is no picture.");
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  run (fixture, "tag", "--tags", "cat,dog", "a", "t", NULL);
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "persea tag: a: this is a folder");
  assert_has (fixture->err, "persea tag: t: no picture");
}

static void
test_deep_folders (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) path = g_string_new (fixture->folder);

  copy_picture (fixture, "good.png");
  for (int i = 0; i < 110; i++)
    g_string_append (path, "/d");
  g_assert_cmpint (g_mkdir_with_parents (path->str, 0700), ==, 0);
  run (fixture, "tag", "-r", "--tags", "cat,dog", ".", NULL);
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "folders are nested deeper than 100");
  assert_has (fixture->out, "good.png");
}

/* What a folder leaves alone is passed over, unless somebody names it. */
static void
test_ignore_file (Fixture *fixture, gconstpointer data)
{
  copy_picture (fixture, "one.png");
  copy_picture (fixture, "two.png");
  write_file (fixture, ".perseaignore", "t*.png\n");
  run (fixture, "tag", "-r", "--tags", "cat,dog", "./", NULL);
  g_assert_cmpint (fixture->status, ==, 0);
  assert_has (fixture->out, "one.png");
  g_assert_null (strstr (fixture->out, "two.png"));
  run (fixture, "tag", "--tags", "cat,dog", "two.png", NULL);
  assert_has (fixture->out, "two.png");
}

/* A grey picture of 2 × 2 as Windows writes it; in Debian, libvips leaves these to ImageMagick. */
static const char bitmap[] =
  "BM\106\0\0\0\0\0\0\0\066\0\0\0\050\0\0\0\2\0\0\0\2\0\0\0\1\0\030\0\0\0\0\0\020\0\0\0"
  "\023\013\0\0\023\013\0\0\0\0\0\0\0\0\0\0\177\177\177\177\177\177\0\0\177\177\177\177\177\177\0\0";

static void
test_untrusted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = in_folder (fixture, "old.bmp");

  copy_picture (fixture, "new.png");
  g_assert_true (g_file_set_contents (path, bitmap, sizeof bitmap - 1, NULL));
  run (fixture, "tag", "-r", "--tags", "cat,dog", "./", NULL);
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_null (strstr (fixture->out, "old.bmp"));
  run (fixture, "tag", "--tags", "cat,dog", "old.bmp", NULL);
  assert_has (fixture->err, "old.bmp: no picture of a kind that is read");
  run (fixture, "tag", "-r", "--allow-untrusted", "--tags", "cat,dog", "./", NULL);
  g_assert_cmpint (fixture->status, ==, 0);
  assert_has (fixture->out, "new.png");
  assert_has (fixture->out, "old.bmp");
}

static void
test_list_of_names (Fixture *fixture, gconstpointer data)
{
  run (fixture, "tag", "--tags", "cat,dog", "--files-from", ".", NULL);
  g_assert_cmpint (fixture->status, ==, 2);
  assert_has (fixture->err, ".: Is a directory");
}

/* Damaged sidecars stay as they are; other pictures get theirs. */
static void
test_sidecars (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sidecar = in_folder (fixture, "one.png.xmp");
  g_autofree char *other = in_folder (fixture, "two.png.xmp");
  g_autofree char *contents = NULL;

  copy_picture (fixture, "one.png");
  copy_picture (fixture, "two.png");
  write_file (fixture, "one.png.xmp", "no XML");
  run (fixture, "tag", "--no-library", "--threshold", "0", "--write", "sidecar", "--tags", "cat,dog", "one.png", "two.png", NULL);
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "one.png.xmp: the sidecar is no well-formed XML");
  g_assert_true (g_file_get_contents (sidecar, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "no XML");
  g_assert_true (g_file_test (other, G_FILE_TEST_IS_REGULAR));
}

/* A link is read, but not written to. */
static void
test_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = in_folder (fixture, "link.png");

  copy_picture (fixture, "one.png");
  g_assert_cmpint (symlink ("one.png", link), ==, 0);
  run (fixture, "tag", "--tags", "cat,dog", "link.png", NULL);
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "tag", "--threshold", "0", "--write", "sidecar", "--tags", "cat,dog", "link.png", NULL);
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "link.png: is a symbolic link; name the file that it points to");
}

/* Nothing is written, nothing is left behind, and the sentence says why. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;

  copy_picture (fixture, "one.png");
  fixture->disk_is_full = TRUE;
  run (fixture, "tag", "--no-library", "--threshold", "0", "--write", "sidecar", "--tags", "cat,dog", "one.png", NULL);
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "one.png.xmp: cannot be written: ");
  dir = g_dir_open (fixture->folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "one.png");
  g_assert_null (g_dir_read_name (dir));
}

static void
test_standard_input_has_no_sidecar (Fixture *fixture, gconstpointer data)
{
  g_assert_nonnull (freopen (fixture->picture, "r", stdin));
  run (fixture, "tag", "--no-library", "--threshold", "0", "--write", "sidecar", "--tags", "cat,dog", "-", NULL);
  g_assert_nonnull (freopen ("/dev/null", "r", stdin));
  g_assert_cmpint (fixture->status, ==, 1);
  assert_has (fixture->err, "-: the picture comes from standard input");
}

static void
test_usage (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[][2] = {
    { "--language", "\xff" },
    { "--bogus", "" },      { "--top", "-1" },     { "--threshold", "nan" }, { "--write", "nowhere" },
    { "--top", "1000000" }, { "--root-tag", "|" }, { "--precision", "f64" }, { "--files-from", "gone" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      run (fixture, "tag", "--tags", "cat", wrong[i][0], wrong[i][1], fixture->picture, NULL);
      g_assert_cmpint (fixture->status, ==, 2);
      g_assert_cmpstr (fixture->out, ==, "");
    }
  run (fixture, "tag", "--device", "no such device", "--tags", "cat", fixture->picture, NULL);
  g_assert_cmpint (fixture->status, ==, 3);
  assert_has (fixture->err, "no device matches");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void      (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/cmd-tag/vocabularies", test_vocabularies },
    { "/cmd-tag/no-tokenizer", test_no_tokenizer },
    { "/cmd-tag/odd-files", test_odd_files },
    { "/cmd-tag/short-name", test_short_name },
    { "/cmd-tag/deep-folders", test_deep_folders },
    { "/cmd-tag/ignore-file", test_ignore_file },
    { "/cmd-tag/untrusted", test_untrusted },
    { "/cmd-tag/list-of-names", test_list_of_names },
    { "/cmd-tag/sidecars", test_sidecars },
    { "/cmd-tag/link", test_link },
    { "/cmd-tag/full-disk", test_full_disk },
    { "/cmd-tag/standard-input", test_standard_input_has_no_sidecar },
    { "/cmd-tag/usage", test_usage },
  };
  g_autofree char *home = g_dir_make_tmp ("persea-home-XXXXXX", NULL);
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
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, fixture_set_up, tests[i].test, fixture_tear_down);
  status = g_test_run ();
  remove_tree (home);
  return status;
}
