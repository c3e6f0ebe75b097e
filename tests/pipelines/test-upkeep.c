/* test-upkeep.c - what the library forgets, and what it never does
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bad-pictures.h"
#include "persea-embeddings.h"
#include "persea-upkeep.h"

#include <sqlite3.h>

#include <glib/gstdio.h>

#define DIM 4

typedef struct
{
  char          *folder;
  char          *database;
  PerseaLibrary *library;
  int64_t        model;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-upkeep-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->database = g_build_filename (fixture->folder, "library.db", NULL);
  fixture->library = persea_library_open (fixture->database, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (persea_embeddings_ensure_model (fixture->library, "abc", "tiny", DIM, &fixture->model, &error));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  persea_library_unref (fixture->library);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->database);
  g_free (fixture->folder);
}

/* (transfer full): a file that is there, and known with its embedding and date; @device: 0 for its own */
static char *
add_picture (Fixture *fixture, const char *name, const char *content, uint64_t device)
{
  static const uint16_t half[DIM] = { 0x3c00 };
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  PerseaFileStamp stamp;

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  g_assert_true (persea_file_stamp_read (path, &stamp, &error));
  if (device != 0)
    stamp.device = device;
  g_assert_true (persea_embeddings_set_content (fixture->library, path, &stamp, content, &error));
  g_assert_true (persea_embeddings_put_date (fixture->library, content, TRUE, 1, &error));
  g_assert_true (persea_embeddings_put (fixture->library, fixture->model, content, "f32", half, DIM, &error));
  return path;
}

/* A day passes; with more than one, all that was noticed before is so much older. */
static void
pass (Fixture *fixture, unsigned days)
{
  g_autofree char *sql = g_strdup_printf ("UPDATE embedding SET unheld = unheld - %u * 86400;"
                                          "UPDATE bad_picture SET since = since - %u * 86400;"
                                          "UPDATE file SET gone = gone - %u * 86400", days, days, days);
  g_autoptr (GError) error = NULL;
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open (fixture->database, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (database);
  persea_upkeep_run (fixture->library, NULL, &error);
  g_assert_no_error (error);
}

static void
assert_counts (Fixture *fixture, unsigned n, unsigned n_unheld)
{
  g_autoptr (GError) error = NULL;
  uint64_t found = 0, found_unheld = 0;

  g_assert_true (persea_embeddings_count_all (fixture->library, &found, &found_unheld, &error));
  g_assert_cmpuint (found, ==, n);
  g_assert_cmpuint (found_unheld, ==, n_unheld);
}

static gboolean
knows_date (Fixture *fixture, const char *content)
{
  g_autoptr (GError) error = NULL;
  gboolean known = FALSE;

  g_assert_true (persea_embeddings_knows_date (fixture->library, content, &known, &error));
  return known;
}

static gboolean
knows_file (Fixture *fixture, const char *path)
{
  g_autoptr (GError) error = NULL;
  int64_t id = 0;

  g_assert_true (persea_library_find_file (fixture->library, path, &id, NULL, &error));
  return id != 0;
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gone = add_picture (fixture, "gone", "one", 0);
  g_autofree char *stays = add_picture (fixture, "stays", "two", 0);
  g_autofree char *copy = add_picture (fixture, "copy", "two", 0);
  g_autoptr (GError) error = NULL;
  int64_t file = 0;

  pass (fixture, 100);
  assert_counts (fixture, 2, 0);
  g_assert_cmpint (g_unlink (gone), ==, 0);
  g_assert_cmpint (g_unlink (copy), ==, 0);
  pass (fixture, 0);
  assert_counts (fixture, 2, 1);
  pass (fixture, 29);
  assert_counts (fixture, 2, 1);
  pass (fixture, 2);
  assert_counts (fixture, 1, 0);
  g_assert_false (knows_date (fixture, "one"));
  g_assert_true (knows_date (fixture, "two"));

  /* what a person decided stays */
  g_assert_true (persea_library_find_file (fixture->library, copy, &file, NULL, &error));
  g_assert_true (persea_library_reject (fixture->library, file, "cat", &error));
  g_assert_true (knows_file (fixture, gone));
  pass (fixture, 150);
  g_assert_false (knows_file (fixture, gone));
  g_assert_true (knows_file (fixture, copy));
  g_assert_true (knows_file (fixture, stays));
}

/* The path is there no more, nor is its file system. */
static void
test_unmounted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = add_picture (fixture, "away", "one", 12345);

  g_assert_cmpint (g_unlink (path), ==, 0);
  pass (fixture, 0);
  pass (fixture, 1000);
  pass (fixture, 1000);
  assert_counts (fixture, 1, 0);
  g_assert_true (knows_file (fixture, path));
}

static void
test_back (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = add_picture (fixture, "picture", "one", 0);
  g_autofree char *elsewhere = g_strconcat (path, ".away", NULL);

  g_assert_cmpint (g_rename (path, elsewhere), ==, 0);
  pass (fixture, 0);
  assert_counts (fixture, 1, 1);
  g_assert_cmpint (g_rename (elsewhere, path), ==, 0);
  pass (fixture, 29);
  assert_counts (fixture, 1, 0);
  pass (fixture, 1000);
  assert_counts (fixture, 1, 0);
}

/* The file is another picture now. */
static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = add_picture (fixture, "picture", "one", 0);
  g_autofree char *again = add_picture (fixture, "picture", "two", 0);

  pass (fixture, 0);
  assert_counts (fixture, 2, 1);
  pass (fixture, 31);
  assert_counts (fixture, 1, 0);
  g_assert_true (knows_date (fixture, "two"));
}

static gboolean
has_bad (Fixture *fixture, int64_t size)
{
  g_autoptr (GError) error = NULL;
  gboolean has = FALSE;

  g_assert_true (persea_bad_pictures_has_size (fixture->library, size, &has, &error));
  return has;
}

/* What an older program could not read is forgotten when there is more of it, but not at once. */
static void
test_bad_pictures (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (persea_bad_pictures_add (fixture->library, "one", 1, "old", "crash", &error));
  g_assert_true (persea_bad_pictures_add (fixture->library, "two", 2, "new", "crash", &error));
  g_assert_true (has_bad (fixture, 1));
  pass (fixture, 31);
  g_assert_true (persea_bad_pictures_add (fixture->library, "three", 3, "new", "crash", &error));
  g_assert_false (has_bad (fixture, 1));
  g_assert_true (has_bad (fixture, 2) && has_bad (fixture, 3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/upkeep/gone", Fixture, NULL, set_up, test_gone, tear_down);
  g_test_add ("/upkeep/unmounted", Fixture, NULL, set_up, test_unmounted, tear_down);
  g_test_add ("/upkeep/back", Fixture, NULL, set_up, test_back, tear_down);
  g_test_add ("/upkeep/replaced", Fixture, NULL, set_up, test_replaced, tear_down);
  g_test_add ("/upkeep/bad-pictures", Fixture, NULL, set_up, test_bad_pictures, tear_down);
  return g_test_run ();
}
