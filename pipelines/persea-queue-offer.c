/* persea-queue-offer.c - files come into the queue, and leave it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-queue.h"

#include "persea-library-private.h"

#include <string.h>

/* What the library has of a path; @watch is %NULL if the file has no job. */
typedef struct
{
  int64_t         file; /* 0: nothing */
  PerseaFileStamp stamp;
  gboolean        gone;
  char           *watch;
} Known;

static void
known_clear (Known *known)
{
  g_free (known->watch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Known, known_clear)

static int64_t
offer_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
offer_look_up (PerseaLibrary *library, const char *path, Known *known, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT file.id, device, inode, size, mtime_ns, gone IS NOT NULL, watch"
    " FROM file LEFT JOIN job ON job.file = file.id WHERE path = ?1",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  known->file = sqlite3_column_int64 (statement, 0);
  known->stamp.device = (uint64_t) sqlite3_column_int64 (statement, 1);
  known->stamp.inode = (uint64_t) sqlite3_column_int64 (statement, 2);
  known->stamp.size = sqlite3_column_int64 (statement, 3);
  known->stamp.mtime_ns = sqlite3_column_int64 (statement, 4);
  known->gone = sqlite3_column_int (statement, 5);
  known->watch = persea_library_column_text (statement, 6);
  sqlite3_reset (statement);
  return TRUE;
}

static gboolean
offer_put (PerseaLibrary *library, int64_t file, const char *watch, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  /* One that is running becomes queued, and what its present attempt finds does not count as the
   * end of it.  The run stays: a picture that turns out to be unchanged still belongs to it. */
  statement = persea_library_statement (
    library,
    "INSERT INTO job (file, watch, state, changed) VALUES (?1, ?2, 'queued', ?3)"
    " ON CONFLICT (file) DO UPDATE SET watch = ?2, changed = ?3, attempts = 0,"
    " state = 'queued', program = NULL, error_code = NULL, error_message = NULL",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  persea_library_bind_text (statement, 2, watch);
  sqlite3_bind_int64 (statement, 3, offer_now ());
  return persea_library_step (library, statement, NULL, error);
}

/* The file has come back, or its file system or its watch has another number or name. */
static gboolean
offer_welcome (PerseaLibrary          *library,
               const Known            *known,
               const PerseaFileStamp  *stamp,
               const char             *watch,
               GError                **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "UPDATE file SET device = ?2, inode = ?3, seen = ?4, gone = NULL WHERE id = ?1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, known->file);
  sqlite3_bind_int64 (statement, 2, (int64_t) stamp->device);
  sqlite3_bind_int64 (statement, 3, (int64_t) stamp->inode);
  sqlite3_bind_int64 (statement, 4, offer_now ());
  if (!persea_library_step (library, statement, NULL, error))
    return FALSE;

  statement = persea_library_statement (library, "UPDATE job SET watch = ?2 WHERE file = ?1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, known->file);
  persea_library_bind_text (statement, 2, watch);
  return persea_library_step (library, statement, NULL, error);
}

static gboolean
offer_is_unchanged (const Known *known, const PerseaFileStamp *stamp)
{
  return known->watch != NULL && persea_file_stamp_equal_remounted (&known->stamp, stamp);
}

static gboolean
offer_enter (PerseaLibrary          *library,
             const char             *path,
             const PerseaFileStamp  *stamp,
             const char             *watch,
             gboolean               *queued,
             GError                **error)
{
  g_auto (Known) known = { 0 };
  int64_t file = 0;

  if (!offer_look_up (library, path, &known, error))
    return FALSE;
  *queued = !offer_is_unchanged (&known, stamp);
  if (!*queued)
    return offer_welcome (library, &known, stamp, watch, error);
  return persea_library_ensure_file (library, path, stamp, NULL, &file, error)
         && offer_put (library, file, watch, error);
}

gboolean
persea_queue_offer (PerseaLibrary          *library,
                    const char             *path,
                    const PerseaFileStamp  *stamp,
                    const char             *watch,
                    gboolean               *queued,
                    GError                **error)
{
  g_auto (Known) known = { 0 };
  gboolean result = FALSE;

  /* nearly all files of a scan are old, and need no transaction */
  if (!offer_look_up (library, path, &known, error))
    return FALSE;
  if (offer_is_unchanged (&known, stamp) && !known.gone && strcmp (known.watch, watch) == 0
      && persea_file_stamp_equal (&known.stamp, stamp))
    {
      *queued = FALSE;
      return TRUE;
    }
  if (!persea_library_begin (library, error))
    return FALSE;
  if (!offer_enter (library, path, stamp, watch, &result, error))
    {
      persea_library_rollback (library);
      return FALSE;
    }
  if (!persea_library_commit (library, error))
    return FALSE;
  *queued = result;
  return TRUE;
}

gboolean
persea_queue_withdraw (PerseaLibrary *library, const char *path, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "DELETE FROM job WHERE state IN ('queued', 'running')"
    " AND file = (SELECT id FROM file WHERE path = ?1)",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_queue_withdraw_folder (PerseaLibrary *library, const char *folder, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "DELETE FROM job WHERE state = 'queued'"
    " AND file IN (SELECT id FROM file WHERE path >= ?2 AND path < ?3)",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_folder (statement, 2, folder);
  return persea_library_step (library, statement, NULL, error);
}
