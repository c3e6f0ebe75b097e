/* persea-library-tags.c - files, runs, tags and rejections in the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-library-private.h"

#include "persea-error.h"

#include <inttypes.h>

#include <glib/gi18n.h>

/* Runs a statement that gives no rows. */
static gboolean
library_run (PerseaLibrary *library, sqlite3_stmt *statement, GError **error)
{
  return persea_library_step (library, statement, NULL, error);
}

static int64_t
library_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

gboolean
persea_library_ensure_file (PerseaLibrary          *library,
                            const char             *path,
                            const PerseaFileStamp  *stamp,
                            const char             *content,
                            int64_t                *id,
                            GError                **error)
{
  static const char sql[] =
    "INSERT INTO file (path, device, inode, size, mtime_ns, content, seen)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    " ON CONFLICT (path) DO UPDATE SET"
    "  content = CASE WHEN ?6 IS NOT NULL THEN ?6"
    "    WHEN device = ?2 AND inode = ?3 AND size = ?4 AND mtime_ns = ?5 THEN content END,"
    "  device = ?2, inode = ?3, size = ?4, mtime_ns = ?5, seen = ?7, gone = NULL"
    " RETURNING id";
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement = persea_library_statement (library, sql, error);
  int64_t found;

  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  sqlite3_bind_int64 (statement, 2, (int64_t) stamp->device);
  sqlite3_bind_int64 (statement, 3, (int64_t) stamp->inode);
  sqlite3_bind_int64 (statement, 4, stamp->size);
  sqlite3_bind_int64 (statement, 5, stamp->mtime_ns);
  persea_library_bind_text (statement, 6, content);
  sqlite3_bind_int64 (statement, 7, library_now ());
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  found = sqlite3_column_int64 (statement, 0);
  /* the row is there before the change is: only the end of the statement commits it */
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *id = found;
  return TRUE;
}

gboolean
persea_library_enter_file (PerseaLibrary          *library,
                           const char             *path,
                           const PerseaFileStamp  *stamp,
                           int64_t                *id,
                           GError                **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE file SET gone = NULL, seen = ?2 WHERE path = ?1"
    " AND EXISTS (SELECT 1 FROM job WHERE job.file = file.id) RETURNING id",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  sqlite3_bind_int64 (statement, 2, library_now ());
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  if (!row)
    return persea_library_ensure_file (library, path, stamp, NULL, id, error);
  *id = sqlite3_column_int64 (statement, 0);
  return persea_library_step (library, statement, &row, error);
}

gboolean
persea_library_find_file (PerseaLibrary    *library,
                          const char       *path,
                          int64_t          *id,
                          PerseaFileStamp  *stamp,
                          GError          **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT id, device, inode, size, mtime_ns FROM file WHERE path = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;

  *id = row ? sqlite3_column_int64 (statement, 0) : 0;
  if (row && stamp != NULL)
    *stamp = (PerseaFileStamp) {
      .device = (uint64_t) sqlite3_column_int64 (statement, 1),
      .inode = (uint64_t) sqlite3_column_int64 (statement, 2),
      .size = sqlite3_column_int64 (statement, 3),
      .mtime_ns = sqlite3_column_int64 (statement, 4),
    };
  sqlite3_reset (statement);
  return TRUE;
}

char *
persea_library_get_file_path (PerseaLibrary *library, int64_t id, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;
  char *path;

  statement = persea_library_statement (library, "SELECT path FROM file WHERE id = ?1", error);
  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, id);
  if (!persea_library_step (library, statement, &row, error))
    return NULL;
  if (!row)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                   "%s: no file %" G_GINT64_FORMAT, persea_library_get_path (library), id);
      return NULL;
    }
  path = persea_library_column_path (statement, 0);
  sqlite3_reset (statement);
  return path;
}

static gboolean
library_move_file (PerseaLibrary *library, int64_t id, const char *path, GError **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "DELETE FROM file WHERE path = ?1 AND id <> ?2", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  sqlite3_bind_int64 (statement, 2, id);
  if (!library_run (library, statement, error))
    return FALSE;

  statement = persea_library_statement (
    library, "UPDATE file SET path = ?1, gone = NULL WHERE id = ?2", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  sqlite3_bind_int64 (statement, 2, id);
  return library_run (library, statement, error);
}

/* A sidecar that stays behind has tags of the picture that has moved, whatever comes there next. */
static gboolean
library_remember_moved (PerseaLibrary *library, int64_t id, const char *old_path, GError **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT OR IGNORE INTO file (path, device, inode, size, mtime_ns, seen, gone, tagged)"
    " SELECT ?1, 0, 0, 0, 0, seen, ?3, tagged FROM file WHERE id = ?2 AND tagged IS NOT NULL",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, old_path);
  sqlite3_bind_int64 (statement, 2, id);
  sqlite3_bind_int64 (statement, 3, library_now ());
  return library_run (library, statement, error);
}

gboolean
persea_library_move_file (PerseaLibrary *library, int64_t id, const char *path, GError **error)
{
  g_autofree char *old_path = NULL;

  if (!persea_library_begin (library, error))
    return FALSE;
  old_path = persea_library_get_file_path (library, id, error);
  if (old_path != NULL && library_move_file (library, id, path, error)
      && library_remember_moved (library, id, old_path, error))
    return persea_library_commit (library, error);
  persea_library_rollback (library);
  return FALSE;
}

char *
persea_library_new_run_name (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = g_date_time_format (now, "%Y%m%d-%H%M%S");

  return g_strdup_printf ("%s-%04x", when, (unsigned) g_random_int_range (0, 0x10000));
}

gboolean
persea_library_add_run (PerseaLibrary *library, const PerseaRun *run, int64_t *id, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT INTO run (name, started, program, model, model_identity, vocabulary,"
    " vocabulary_identity, options) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, run->name);
  sqlite3_bind_int64 (statement, 2, library_now ());
  persea_library_bind_text (statement, 3, run->program);
  persea_library_bind_text (statement, 4, run->model);
  persea_library_bind_text (statement, 5, run->model_identity);
  persea_library_bind_text (statement, 6, run->vocabulary);
  persea_library_bind_text (statement, 7, run->vocabulary_identity);
  persea_library_bind_text (statement, 8, run->options);
  if (!library_run (library, statement, error))
    return FALSE;
  *id = sqlite3_last_insert_rowid (sqlite3_db_handle (statement));
  return TRUE;
}

gboolean
persea_library_find_run (PerseaLibrary  *library,
                         const char     *name,
                         int64_t        *id,
                         char          **options,
                         gboolean       *undone,
                         GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT id, options, undone IS NOT NULL FROM run WHERE name = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, name);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  if (!row)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: no such run"), name);
      return FALSE;
    }
  *id = sqlite3_column_int64 (statement, 0);
  if (options != NULL)
    *options = persea_library_column_text (statement, 1);
  if (undone != NULL)
    *undone = sqlite3_column_int (statement, 2);
  sqlite3_reset (statement);
  return TRUE;
}

char *
persea_library_resume_run (PerseaLibrary    *library,
                           int64_t           id,
                           const PerseaRun  *like,
                           GError          **error)
{
  static const char sql[] =
    "SELECT name, undone IS NULL AND model_identity = ?2 AND vocabulary_identity = ?3"
    " AND options = ?4 FROM run WHERE id = ?1";
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement = persea_library_statement (library, sql, error);
  g_autofree char *name = NULL;
  gboolean row = FALSE;
  gboolean fits;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, id);
  persea_library_bind_text (statement, 2, like->model_identity);
  persea_library_bind_text (statement, 3, like->vocabulary_identity);
  persea_library_bind_text (statement, 4, like->options);
  if (!persea_library_step (library, statement, &row, error))
    return NULL;
  if (!row)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                   _("run %" PRId64 ": no such run"), id);
      return NULL;
    }
  name = persea_library_column_text (statement, 0);
  fits = sqlite3_column_int (statement, 1);
  sqlite3_reset (statement);
  if (fits)
    return g_steal_pointer (&name);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("run %s: was taken back, or had another model, vocabulary or options"), name);
  return NULL;
}

gboolean
persea_library_mark_undone (PerseaLibrary *library, int64_t run, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "UPDATE run SET undone = ?2 WHERE id = ?1 AND undone IS NULL", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, run);
  sqlite3_bind_int64 (statement, 2, library_now ());
  return library_run (library, statement, error);
}

gboolean
persea_library_get_run_files (PerseaLibrary *library, int64_t run, GArray **ids, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (int64_t));
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT id FROM file WHERE id IN (SELECT file FROM tag WHERE run = ?1) ORDER BY path", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, run);
  for (;;)
    {
      int64_t id;

      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      id = sqlite3_column_int64 (statement, 0);
      g_array_append_val (found, id);
    }
  *ids = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
library_set_tags (PerseaLibrary  *library,
                  int64_t         run,
                  int64_t         file,
                  GPtrArray      *tags,
                  GError        **error)
{
  sqlite3_stmt *statement;

  /* Done again after a crash, a run finds its own keywords there already; that they were
   * written by it must not be forgotten, or undo would leave them. */
  statement = persea_library_statement (
    library, "DELETE FROM tag WHERE run = ?1 AND file = ?2 AND NOT written", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, run);
  sqlite3_bind_int64 (statement, 2, file);
  if (!library_run (library, statement, error))
    return FALSE;

  for (unsigned i = 0; i < tags->len; i++)
    {
      const PerseaTagRecord *record = g_ptr_array_index (tags, i);

      statement = persea_library_statement (
        library,
        "INSERT INTO tag (run, file, name, score, written) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO UPDATE SET score = ?4, written = written OR ?5",
        error);
      if (statement == NULL)
        return FALSE;
      sqlite3_bind_int64 (statement, 1, run);
      sqlite3_bind_int64 (statement, 2, file);
      persea_library_bind_text (statement, 3, record->name);
      sqlite3_bind_double (statement, 4, record->score);
      sqlite3_bind_int (statement, 5, record->written ? 1 : 0);
      if (!library_run (library, statement, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
persea_library_set_tags (PerseaLibrary  *library,
                         int64_t         run,
                         int64_t         file,
                         GPtrArray      *tags,
                         GError        **error)
{
  if (!persea_library_begin (library, error))
    return FALSE;
  if (library_set_tags (library, run, file, tags, error))
    return persea_library_commit (library, error);
  persea_library_rollback (library);
  return FALSE;
}

gboolean
persea_library_forget_tags (PerseaLibrary *library, int64_t file, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement = persea_library_statement (library, "DELETE FROM tag WHERE file = ?1", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  return library_run (library, statement, error);
}

gboolean
persea_library_get_tags (PerseaLibrary  *library,
                         int64_t         run,
                         int64_t         file,
                         GPtrArray     **tags,
                         GError        **error)
{
  /* SQLite takes score from the row that has max (run) */
  static const char sql[] =
    "SELECT name, score, sum (written) > 0, max (run) FROM tag WHERE file = ?2 AND run IN"
    " (SELECT id FROM run WHERE id = ?1 OR (?1 = 0 AND undone IS NULL))"
    " GROUP BY name ORDER BY score DESC, name";
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GPtrArray) found = NULL;
  gboolean row = FALSE;
  sqlite3_stmt *statement = persea_library_statement (library, sql, error);

  if (statement == NULL)
    return FALSE;
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tag_record_free);
  sqlite3_bind_int64 (statement, 1, run);
  sqlite3_bind_int64 (statement, 2, file);
  for (;;)
    {
      PerseaTagRecord *record;

      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      record = g_new0 (PerseaTagRecord, 1);
      record->name = persea_library_column_text (statement, 0);
      record->score = sqlite3_column_double (statement, 1);
      record->written = sqlite3_column_int (statement, 2);
      g_ptr_array_add (found, record);
    }
  *tags = g_steal_pointer (&found);
  return TRUE;
}

gboolean
persea_library_reject (PerseaLibrary *library, int64_t file, const char *name, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "INSERT OR IGNORE INTO rejection (file, name, since) VALUES (?1, ?2, ?3)", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  persea_library_bind_text (statement, 2, name);
  sqlite3_bind_int64 (statement, 3, library_now ());
  return library_run (library, statement, error);
}

gboolean
persea_library_get_rejected (PerseaLibrary  *library,
                             int64_t         file,
                             GHashTable    **names,
                             GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT name FROM rejection WHERE file = ?1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  for (;;)
    {
      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      g_hash_table_add (found, persea_library_column_text (statement, 0));
    }
  *names = g_steal_pointer (&found);
  return TRUE;
}
