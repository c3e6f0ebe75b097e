/* persea-library-gone.c - files that are not there any more
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-library-private.h"

/* see persea_library_bind_folder() */
#define GONE_BELOW "path >= ?2 AND path < ?3"

void
persea_file_record_free (PerseaFileRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->path);
  g_free (record);
}

/* Runs @sql for the file or folder @path; ?4, if it is there, is the time. */
static gboolean
gone_run (PerseaLibrary *library, const char *sql, const char *path, GError **error)
{
  sqlite3_stmt *statement = persea_library_statement (library, sql, error);

  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  persea_library_bind_folder (statement, 2, path);
  sqlite3_bind_int64 (statement, 4, g_get_real_time () / G_USEC_PER_SEC);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_library_mark_gone (PerseaLibrary *library, const char *path, GError **error)
{
  if (!persea_library_begin (library, error))
    return FALSE;
  if (gone_run (library,
                "DELETE FROM job WHERE state IN ('queued', 'running') AND file IN"
                " (SELECT id FROM file WHERE path = ?1 OR (" GONE_BELOW "))",
                path, error)
      && gone_run (library,
                   "UPDATE file SET gone = ?4 WHERE gone IS NULL AND (path = ?1 OR (" GONE_BELOW "))",
                   path, error))
    return persea_library_commit (library, error);
  persea_library_rollback (library);
  return FALSE;
}

gboolean
persea_library_mark_there (PerseaLibrary *library, const char *path, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (library, "UPDATE file SET gone = NULL WHERE path = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  return persea_library_step (library, statement, NULL, error);
}

static PerseaFileRecord *
gone_read_record (sqlite3_stmt *statement)
{
  PerseaFileRecord *record = g_new0 (PerseaFileRecord, 1);

  record->path = persea_library_column_path (statement, 0);
  record->stamp.device = (uint64_t) sqlite3_column_int64 (statement, 1);
  record->stamp.inode = (uint64_t) sqlite3_column_int64 (statement, 2);
  record->stamp.size = sqlite3_column_int64 (statement, 3);
  record->stamp.mtime_ns = sqlite3_column_int64 (statement, 4);
  return record;
}

gboolean
persea_library_list_files (PerseaLibrary  *library,
                           gboolean        gone,
                           const char     *folder,
                           const char     *after,
                           unsigned        max,
                           GPtrArray     **files,
                           GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GPtrArray) found = NULL;
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT path, device, inode, size, mtime_ns FROM file"
    " WHERE (gone IS NOT NULL) = ?5 AND " GONE_BELOW " AND path > ?1 ORDER BY path LIMIT ?4",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, after != NULL ? after : "");
  persea_library_bind_folder (statement, 2, folder);
  sqlite3_bind_int64 (statement, 4, max);
  sqlite3_bind_int (statement, 5, gone ? 1 : 0);
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_file_record_free);
  for (;;)
    {
      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      g_ptr_array_add (found, gone_read_record (statement));
    }
  *files = g_steal_pointer (&found);
  return TRUE;
}

gboolean
persea_library_forget_gone (PerseaLibrary *library, int64_t age, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "DELETE FROM file WHERE gone < ?1"
    " AND NOT EXISTS (SELECT 1 FROM rejection WHERE rejection.file = file.id)",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, g_get_real_time () / G_USEC_PER_SEC - age);
  return persea_library_step (library, statement, NULL, error);
}
