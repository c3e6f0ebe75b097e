/* test-library.c - the library: tables, undo, rejections, damage
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-library.h"

#include "persea-error.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

typedef struct
{
  char          *folder;
  char          *path;
  PerseaLibrary *library;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-library-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "new", "library.db", NULL);
  fixture->library = persea_library_open (fixture->path, PERSEA_LIBRARY_CHECK, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  g_clear_pointer (&fixture->library, persea_library_unref);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
reopen (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  persea_library_unref (fixture->library);
  fixture->library = persea_library_open (fixture->path, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_no_error (error);
}

static int64_t
add_file (Fixture *fixture, const char *path, int64_t size, const char *content)
{
  PerseaFileStamp stamp = { .device = UINT64_MAX, .inode = 7, .size = size, .mtime_ns = -5 };
  g_autoptr (GError) error = NULL;
  int64_t id = 0;

  persea_library_ensure_file (fixture->library, path, &stamp, content, &id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

static int64_t
add_run (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  int64_t id = 0;
  PerseaRun run = { name, "test", "tiny", "abc", "default", "def", "{}" };

  persea_library_add_run (fixture->library, &run, &id, &error);
  g_assert_no_error (error);
  return id;
}

static void
set_tag (Fixture *fixture, int64_t run, int64_t file, const char *name, double score, gboolean written)
{
  g_autoptr (GPtrArray) tags = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  PerseaTagRecord record = { (char *) name, score, written };

  g_ptr_array_add (tags, &record);
  persea_library_set_tags (fixture->library, run, file, tags, &error);
  g_assert_no_error (error);
}

static GPtrArray *
get_tags (Fixture *fixture, int64_t run, int64_t file)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *tags = NULL;

  persea_library_get_tags (fixture->library, run, file, &tags, &error);
  g_assert_no_error (error);
  return tags;
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  static const char odd[] = "/p/not \xff utf-8.jpg";
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  PerseaFileStamp stamp;
  int64_t first = add_file (fixture, odd, 10, "c1");
  int64_t id = 0;

  g_assert_cmpint (add_file (fixture, odd, 10, NULL), ==, first);
  g_assert_cmpint (add_file (fixture, "/p/b.jpg", 10, NULL), !=, first);
  reopen (fixture);

  g_assert_true (persea_library_find_file (fixture->library, odd, &id, &stamp, &error));
  g_assert_cmpint (id, ==, first);
  g_assert_cmpuint (stamp.device, ==, UINT64_MAX);
  g_assert_cmpint (stamp.mtime_ns, ==, -5);
  path = persea_library_get_file_path (fixture->library, id, &error);
  g_assert_cmpstr (path, ==, odd);

  g_assert_true (persea_library_find_file (fixture->library, "/p/c.jpg", &id, NULL, &error));
  g_assert_cmpint (id, ==, 0);
  g_assert_null (persea_library_get_file_path (fixture->library, 99, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
}

static void
test_move (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) rejected = NULL;
  int64_t a = add_file (fixture, "/p/a.jpg", 1, "c1");
  int64_t id = 0;

  add_file (fixture, "/p/b.jpg", 2, "c2");
  g_assert_true (persea_library_reject (fixture->library, a, "animal|cat", &error));
  g_assert_true (persea_library_reject (fixture->library, a, "animal|cat", &error));
  g_assert_true (persea_library_move_file (fixture->library, a, "/p/b.jpg", &error));

  g_assert_true (persea_library_find_file (fixture->library, "/p/b.jpg", &id, NULL, &error));
  g_assert_cmpint (id, ==, a);
  g_assert_true (persea_library_find_file (fixture->library, "/p/a.jpg", &id, NULL, &error));
  g_assert_cmpint (id, ==, 0);
  g_assert_true (persea_library_get_rejected (fixture->library, a, &rejected, &error));
  g_assert_cmpuint (g_hash_table_size (rejected), ==, 1);
  g_assert_true (g_hash_table_contains (rejected, "animal|cat"));
}

static void
test_runs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) tags = NULL;
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GArray) ids = NULL;
  g_autofree char *options = NULL;
  int64_t file = add_file (fixture, "/p/a.jpg", 1, NULL);
  int64_t one = add_run (fixture, "one");
  int64_t two = add_run (fixture, "two");
  int64_t found = 0;
  gboolean undone = TRUE;
  const PerseaTagRecord *record;

  set_tag (fixture, one, file, "cat", 0.5, TRUE);
  /* the same run again after a crash: the keyword is there already */
  set_tag (fixture, one, file, "cat", 0.5, FALSE);
  set_tag (fixture, two, file, "cat", 0.25, FALSE);

  tags = get_tags (fixture, 0, file);
  g_assert_cmpuint (tags->len, ==, 1);
  record = g_ptr_array_index (tags, 0);
  g_assert_cmpfloat (record->score, ==, 0.25);
  g_assert_true (record->written);

  g_assert_true (persea_library_find_run (fixture->library, "one", &found, &options, &undone, &error));
  g_assert_cmpint (found, ==, one);
  g_assert_cmpstr (options, ==, "{}");
  g_assert_false (undone);
  g_assert_true (persea_library_get_run_files (fixture->library, one, &ids, &error));
  g_assert_cmpuint (ids->len, ==, 1);
  g_assert_cmpint (g_array_index (ids, int64_t, 0), ==, file);

  g_assert_true (persea_library_mark_undone (fixture->library, one, &error));
  g_assert_true (persea_library_find_run (fixture->library, "one", &found, NULL, &undone, &error));
  g_assert_true (undone);
  left = get_tags (fixture, 0, file);
  record = g_ptr_array_index (left, 0);
  g_assert_false (record->written);
  g_assert_false (persea_library_find_run (fixture->library, "none", &found, NULL, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
}

static void
test_transactions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int64_t id = 0;

  g_assert_true (persea_library_begin (fixture->library, &error));
  add_file (fixture, "/p/a.jpg", 1, NULL);
  g_assert_true (persea_library_begin (fixture->library, &error));
  add_file (fixture, "/p/b.jpg", 1, NULL);
  persea_library_rollback (fixture->library);
  g_assert_false (persea_library_commit (fixture->library, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED);
  g_clear_error (&error);

  g_assert_true (persea_library_find_file (fixture->library, "/p/a.jpg", &id, NULL, &error));
  g_assert_cmpint (id, ==, 0);
  add_file (fixture, "/p/c.jpg", 1, NULL);
  reopen (fixture);
  g_assert_true (persea_library_find_file (fixture->library, "/p/c.jpg", &id, NULL, &error));
  g_assert_cmpint (id, !=, 0);
}

/* Writes @size bytes of rubbish at @offset. */
static void
damage (const char *path, size_t offset, size_t size)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  size_t length = 0;

  g_file_get_contents (path, &contents, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, >=, offset + size);
  memset (contents + offset, 0xa5, size);
  g_file_set_contents (path, contents, length, &error);
  g_assert_no_error (error);
}

static void
assert_set_aside (Fixture *fixture)
{
  g_autofree char *aside = NULL;
  g_autoptr (GError) error = NULL;

  fixture->library = persea_library_open (fixture->path, PERSEA_LIBRARY_CHECK, &aside, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->library);
  g_assert_nonnull (aside);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  add_file (fixture, "/p/after.jpg", 1, NULL);
}

static void
test_damaged_header (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->library, persea_library_unref);
  damage (fixture->path, 0, 64);
  assert_set_aside (fixture);
}

static int
expect_ok (gpointer data, int n_columns, char **values, char **names)
{
  g_assert_cmpstr (values[0], ==, "ok");
  return 0;
}

/* An index that does not fit its table: only a start that suspects something sees it. */
static void
test_damaged_index (Fixture *fixture, gconstpointer data)
{
  static const char bend[] =
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace (sql, 'IS NOT NULL', 'IS NULL')"
    " WHERE name = 'file_gone'";
  g_autofree char *mark = g_strconcat (fixture->path, ".suspect", NULL);
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;
  sqlite3 *database = NULL;
  int64_t id = add_file (fixture, "/p/a.jpg", 1, "c1");
  int64_t found = 0;

  g_clear_pointer (&fixture->library, persea_library_unref);
  g_assert_cmpint (sqlite3_open (fixture->path, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (database, bend, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (database);
  g_assert_true (g_file_set_contents (mark, "", 0, NULL));

  fixture->library = persea_library_open (fixture->path, PERSEA_LIBRARY_CHECK, &set_aside, &error);
  g_assert_no_error (error);
  g_assert_null (set_aside); /* it could be made anew */
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  g_assert_true (persea_library_find_file (fixture->library, "/p/a.jpg", &found, NULL, &error));
  g_assert_cmpint (found, ==, id);
  g_assert_cmpint (sqlite3_open (fixture->path, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (database, "PRAGMA integrity_check", expect_ok, NULL, NULL), ==,
                   SQLITE_OK);
  sqlite3_close (database);
}

static void
test_damaged_page (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->library, persea_library_unref);
  damage (fixture->path, 4096, 2048);
  assert_set_aside (fixture);
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sqlite3 *database = NULL;

  g_clear_pointer (&fixture->library, persea_library_unref);
  g_assert_cmpint (sqlite3_open (fixture->path, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (database, "PRAGMA user_version = 99", NULL, NULL, NULL), ==,
                   SQLITE_OK);
  sqlite3_close (database);
  fixture->library = persea_library_open (fixture->path, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_assert_null (fixture->library);
}

static void
test_stamp (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "abc", NULL);
  g_autofree char *sum = NULL;
  g_autoptr (GError) error = NULL;
  PerseaFileStamp before;
  PerseaFileStamp after;

  g_assert_true (g_file_set_contents (path, "abc", 3, &error));
  g_assert_true (persea_file_stamp_read (path, &before, &error));
  g_assert_true (persea_file_stamp_read (path, &after, &error));
  g_assert_true (persea_file_stamp_equal (&before, &after));
  g_assert_cmpint (before.size, ==, 3);
  sum = persea_file_stamp_sum_content (path, NULL, &error);
  /* FIPS 180-2, B.1 */
  g_assert_cmpstr (sum, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  /* a hole that would take an hour to read */
  g_assert_cmpint (truncate (path, INT64_C (1) << 40), ==, 0);
  g_assert_null (persea_file_stamp_sum_content (path, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_clear_error (&error);

  g_assert_false (persea_file_stamp_read (fixture->folder, &after, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_false (persea_file_stamp_read ("/nowhere/at/all", &after, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/library/files", test_files);
  ADD ("/library/move", test_move);
  ADD ("/library/runs", test_runs);
  ADD ("/library/transactions", test_transactions);
  ADD ("/library/damaged-header", test_damaged_header);
  ADD ("/library/damaged-page", test_damaged_page);
  ADD ("/library/damaged-index", test_damaged_index);
  ADD ("/library/newer", test_newer);
  ADD ("/library/stamp", test_stamp);
#undef ADD
  return g_test_run ();
}
