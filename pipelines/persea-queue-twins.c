/* persea-queue-twins.c - files with the same content, and files that have moved
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-queue.h"

#include "persea-library-private.h"

gboolean
persea_queue_find_twin (PerseaLibrary         *library,
                        const PerseaQueueJob  *job,
                        const char            *content,
                        int64_t               *twin,
                        int64_t               *run,
                        GError               **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT job.file, job.run FROM job JOIN run AS old ON old.id = job.run JOIN run AS new ON new.id = ?1"
    " WHERE state = 'done' AND content = ?2 AND file <> ?3 AND old.undone IS NULL"
    " AND old.model_identity = new.model_identity"
    " AND old.vocabulary_identity = new.vocabulary_identity AND old.options = new.options"
    " ORDER BY job.id DESC LIMIT 1",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, job->run);
  persea_library_bind_text (statement, 2, content);
  sqlite3_bind_int64 (statement, 3, job->file);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *twin = row ? sqlite3_column_int64 (statement, 0) : 0;
  *run = row ? sqlite3_column_int64 (statement, 1) : 0;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_queue_find_drawn (PerseaLibrary         *library,
                         const PerseaQueueJob  *job,
                         const char            *content,
                         GArray               **twins,
                         GError               **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (int64_t));
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT file FROM job WHERE state = 'done' AND content = ?1 AND file <> ?2 AND run IS NULL"
    " ORDER BY id DESC",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, content);
  sqlite3_bind_int64 (statement, 2, job->file);
  for (;;)
    {
      int64_t file;

      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      file = sqlite3_column_int64 (statement, 0);
      g_array_append_val (found, file);
    }
  *twins = g_steal_pointer (&found);
  return TRUE;
}

/* The twin's job runs from now on.  Its content is forgotten until it is done: if the program
 * dies before, the file is tagged in earnest, in the same run. */
static gboolean
twins_run_again (PerseaLibrary *library, int64_t file, int64_t *id, GError **error)
{
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'running', attempts = 1, content = NULL, changed = ?2"
    " WHERE file = ?1 RETURNING id",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  sqlite3_bind_int64 (statement, 2, g_get_real_time () / G_USEC_PER_SEC);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *id = row ? sqlite3_column_int64 (statement, 0) : 0;
  return !row || persea_library_step (library, statement, &row, error);
}

gboolean
persea_queue_adopt (PerseaLibrary          *library,
                    PerseaQueueJob         *job,
                    int64_t                 twin,
                    int64_t                 run,
                    const PerseaFileStamp  *stamp,
                    GError                **error)
{
  int64_t id = 0;
  int64_t file = 0;

  if (!persea_library_begin (library, error))
    return FALSE;
  if (!persea_library_move_file (library, twin, job->path, error)
      || !persea_library_ensure_file (library, job->path, stamp, NULL, &file, error)
      || !twins_run_again (library, twin, &id, error))
    {
      persea_library_rollback (library);
      return FALSE;
    }
  if (!persea_library_commit (library, error))
    return FALSE;
  job->id = id;
  job->file = twin;
  job->run = run;
  job->attempts = 1;
  g_clear_pointer (&job->content, g_free);
  return TRUE;
}
