/* persea-queue.c - the job table of the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-queue.h"

#include "persea-library-private.h"

#include "persea-error.h"

#include <string.h>

#include <glib/gi18n.h>

/* Deaths of the program in the middle of one file before it is given up.  Generous: a file may be
 * there by chance when somebody kills the program. */
#define QUEUE_MAX_ATTEMPTS 5

#define QUEUE_JOB_COLUMNS \
  "job.id, file.id, path, watch, ifnull (run, 0), attempts," \
  " device, inode, size, mtime_ns, job.content"

void
persea_queue_job_free (PerseaQueueJob *job)
{
  if (job == NULL)
    return;
  g_free (job->path);
  g_free (job->watch);
  g_free (job->content);
  g_free (job);
}

static int64_t
queue_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static PerseaQueueJob *
queue_read_job (sqlite3_stmt *statement)
{
  PerseaQueueJob *job = g_new0 (PerseaQueueJob, 1);

  job->id = sqlite3_column_int64 (statement, 0);
  job->file = sqlite3_column_int64 (statement, 1);
  job->path = persea_library_column_path (statement, 2);
  job->watch = persea_library_column_text (statement, 3);
  job->run = sqlite3_column_int64 (statement, 4);
  job->attempts = sqlite3_column_int (statement, 5);
  job->stamp.device = (uint64_t) sqlite3_column_int64 (statement, 6);
  job->stamp.inode = (uint64_t) sqlite3_column_int64 (statement, 7);
  job->stamp.size = sqlite3_column_int64 (statement, 8);
  job->stamp.mtime_ns = sqlite3_column_int64 (statement, 9);
  job->content = persea_library_column_text (statement, 10);
  return job;
}

static gboolean
queue_give_up (PerseaLibrary *library, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'failed', error_code = 'failed', error_message = ?1, program = ?2,"
    " changed = ?3 WHERE state = 'running' AND attempts >= ?4",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, _("the program died each time that it read this file"));
  persea_library_bind_text (statement, 2, PERSEA_VERSION);
  sqlite3_bind_int64 (statement, 3, queue_now ());
  sqlite3_bind_int (statement, 4, QUEUE_MAX_ATTEMPTS);
  return persea_library_step (library, statement, NULL, error);
}

static gboolean
queue_requeue (PerseaLibrary *library, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'queued', changed = ?2,"
    " attempts = CASE state WHEN 'running' THEN attempts ELSE 0 END"
    " WHERE state = 'running' OR (state = 'failed' AND (program IS NOT ?1"
    "  OR (attempts < ?3 AND error_code NOT IN ('invalid-data', 'unsupported'))))",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, PERSEA_VERSION);
  sqlite3_bind_int64 (statement, 2, queue_now ());
  sqlite3_bind_int (statement, 3, QUEUE_MAX_ATTEMPTS);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_queue_recover (PerseaLibrary *library, GError **error)
{
  if (!persea_library_begin (library, error))
    return FALSE;
  if (queue_give_up (library, error) && queue_requeue (library, error))
    return persea_library_commit (library, error);
  persea_library_rollback (library);
  return FALSE;
}

gboolean
persea_queue_keep_watches (PerseaLibrary *library, const char *const *watches, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GString) sql = g_string_new ("DELETE FROM job WHERE state = 'queued'"
                                          " AND watch NOT IN (");
  size_t n = g_strv_length ((char **) watches);
  sqlite3_stmt *statement;

  for (size_t i = 0; i < n; i++)
    g_string_append_printf (sql, "%s?%" G_GSIZE_FORMAT, i == 0 ? "" : ", ", i + 1);
  g_string_append_c (sql, ')');
  statement = persea_library_statement (library, sql->str, error);
  if (statement == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    persea_library_bind_text (statement, i + 1, watches[i]);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_queue_peek (PerseaLibrary   *library,
                   GPtrArray       *passed_over,
                   PerseaQueueJob **job,
                   GError         **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (PerseaQueueJob) found = NULL;
  gboolean row = TRUE;
  sqlite3_stmt *statement;

  /* those that the program died with come last */
  statement = persea_library_statement (
    library,
    "SELECT " QUEUE_JOB_COLUMNS " FROM job JOIN file ON file.id = job.file"
    " WHERE state = 'queued' ORDER BY attempts, job.id",
    error);
  if (statement == NULL)
    return FALSE;
  while (found == NULL && row)
    {
      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      found = queue_read_job (statement);
      if (passed_over
          && g_ptr_array_find_with_equal_func (passed_over, found->watch, g_str_equal, NULL))
        g_clear_pointer (&found, persea_queue_job_free);
    }
  sqlite3_reset (statement);
  *job = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
queue_read_jobs (PerseaLibrary   *library,
                 sqlite3_stmt    *statement,
                 GPtrArray      **jobs,
                 GError         **error)
{
  g_autoptr (GPtrArray) found = NULL;
  gboolean row = FALSE;

  found = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_queue_job_free);
  for (;;)
    {
      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      g_ptr_array_add (found, queue_read_job (statement));
    }
  *jobs = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
queue_claim_one (PerseaLibrary *library, PerseaQueueJob *job, int64_t run, GError **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'running', attempts = attempts + 1, run = nullif (?2, 0), changed = ?3"
    " WHERE id = ?1",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, job->id);
  sqlite3_bind_int64 (statement, 2, run);
  sqlite3_bind_int64 (statement, 3, queue_now ());
  job->run = run;
  job->attempts++;
  return persea_library_step (library, statement, NULL, error);
}

static gboolean
queue_claim (PerseaLibrary         *library,
             const PerseaQueueJob  *like,
             int64_t                run,
             unsigned               max,
             GPtrArray            **jobs,
             GError               **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT " QUEUE_JOB_COLUMNS " FROM job JOIN file ON file.id = job.file"
    " WHERE state = 'queued' AND watch = ?1 AND ifnull (run, 0) = ?2 AND attempts = ?3"
    " ORDER BY job.id LIMIT ?4",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, like->watch);
  sqlite3_bind_int64 (statement, 2, like->run);
  sqlite3_bind_int (statement, 3, like->attempts);
  sqlite3_bind_int (statement, 4, like->attempts > 0 ? 1 : max);
  if (!queue_read_jobs (library, statement, jobs, error))
    return FALSE;
  for (unsigned i = 0; i < (*jobs)->len; i++)
    if (!queue_claim_one (library, g_ptr_array_index (*jobs, i),
                          like->run != 0 ? like->run : run, error))
      return FALSE;
  return TRUE;
}

gboolean
persea_queue_claim (PerseaLibrary         *library,
                    const PerseaQueueJob  *like,
                    int64_t                run,
                    unsigned               max,
                    GPtrArray            **jobs,
                    GError               **error)
{
  g_autoptr (GPtrArray) claimed = NULL;

  if (!persea_library_begin (library, error))
    return FALSE;
  if (!queue_claim (library, like, run, max, &claimed, error))
    {
      persea_library_rollback (library);
      return FALSE;
    }
  /* A power cut may cost what was entered last, but never to which run the pictures belong that
   * have keywords of it. */
  if (!persea_library_commit (library, error) || !persea_library_sync (library, error))
    return FALSE;
  *jobs = g_steal_pointer (&claimed);
  return TRUE;
}

static gboolean
queue_finish (PerseaLibrary         *library,
              const PerseaQueueJob  *job,
              const char            *content,
              gboolean              *finished,
              GError               **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'done', content = ?2, program = ?3, error_code = NULL,"
    " error_message = NULL, changed = ?4 WHERE id = ?1 AND state = 'running'",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, job->id);
  persea_library_bind_text (statement, 2, content);
  persea_library_bind_text (statement, 3, PERSEA_VERSION);
  sqlite3_bind_int64 (statement, 4, queue_now ());
  if (!persea_library_step (library, statement, NULL, error))
    return FALSE;
  *finished = sqlite3_changes (sqlite3_db_handle (statement)) > 0;
  return TRUE;
}

gboolean
persea_queue_finish (PerseaLibrary          *library,
                     const PerseaQueueJob   *job,
                     const PerseaFileStamp  *stamp,
                     const char             *content,
                     GError                **error)
{
  gboolean finished = FALSE;
  int64_t file = 0;

  if (!persea_library_begin (library, error))
    return FALSE;
  if (queue_finish (library, job, content, &finished, error)
      && (!finished
          || persea_library_ensure_file (library, job->path, stamp, content, &file, error)))
    return persea_library_commit (library, error);
  persea_library_rollback (library);
  return FALSE;
}

gboolean
persea_queue_fail (PerseaLibrary         *library,
                   const PerseaQueueJob  *job,
                   const GError          *reason,
                   GError               **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'failed', attempts = 0, error_code = ?2, error_message = ?3,"
    " program = ?4, changed = ?5 WHERE id = ?1 AND state = 'running'",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, job->id);
  persea_library_bind_text (statement, 2, persea_error_code_name (reason));
  persea_library_bind_text (statement, 3, reason->message);
  persea_library_bind_text (statement, 4, PERSEA_VERSION);
  sqlite3_bind_int64 (statement, 5, queue_now ());
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_queue_release (PerseaLibrary *library, const PerseaQueueJob *job, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'queued', attempts = attempts - 1, changed = ?2"
    " WHERE id = ?1 AND state = 'running'",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, job->id);
  sqlite3_bind_int64 (statement, 2, queue_now ());
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_queue_put_back (PerseaLibrary *library, const PerseaQueueJob *job, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "UPDATE job SET state = 'queued', attempts = 0, changed = ?2"
    " WHERE id = ?1 AND state = 'running'",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, job->id);
  sqlite3_bind_int64 (statement, 2, queue_now ());
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_queue_leave_run (PerseaLibrary *library, int64_t run, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "UPDATE job SET run = NULL WHERE run = ?1 AND state = 'queued'", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, run);
  return persea_library_step (library, statement, NULL, error);
}

static gboolean
queue_count (PerseaLibrary      *library,
             const char         *sql,
             const char         *watch,
             PerseaQueueCounts  *counts,
             GError            **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement = persea_library_statement (library, sql, error);
  gboolean row = FALSE;

  if (statement == NULL)
    return FALSE;
  if (watch != NULL)
    persea_library_bind_text (statement, 1, watch);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  counts->queued = sqlite3_column_int (statement, 0);
  counts->running = sqlite3_column_int (statement, 1);
  counts->done = sqlite3_column_int (statement, 2);
  counts->failed = sqlite3_column_int (statement, 3);
  sqlite3_reset (statement);
  return TRUE;
}

#define QUEUE_COUNT \
  "SELECT count (*) FILTER (WHERE state = 'queued'), count (*) FILTER (WHERE state = 'running')," \
  " count (*) FILTER (WHERE state = 'done'), count (*) FILTER (WHERE state = 'failed')" \
  " FROM job JOIN file ON file.id = job.file WHERE gone IS NULL"

gboolean
persea_queue_count (PerseaLibrary *library, PerseaQueueCounts *counts, GError **error)
{
  return queue_count (library, QUEUE_COUNT, NULL, counts, error);
}

gboolean
persea_queue_count_watch (PerseaLibrary      *library,
                          const char         *watch,
                          PerseaQueueCounts  *counts,
                          GError            **error)
{
  return queue_count (library, QUEUE_COUNT " AND watch = ?1", watch, counts, error);
}

void
persea_queue_failure_free (PerseaQueueFailure *failure)
{
  if (failure == NULL)
    return;
  g_free (failure->path);
  g_free (failure->code);
  g_free (failure->message);
  g_free (failure);
}

gboolean
persea_queue_list_failed (PerseaLibrary  *library,
                          const char     *watch,
                          unsigned        max,
                          GPtrArray     **failures,
                          GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GPtrArray) found = NULL;
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT path, ifnull (error_code, 'failed'), ifnull (error_message, '')"
    " FROM job JOIN file ON file.id = job.file"
    " WHERE watch = ?1 AND state = 'failed' AND gone IS NULL ORDER BY changed DESC, job.id LIMIT ?2",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, watch);
  sqlite3_bind_int64 (statement, 2, max);
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_queue_failure_free);
  for (;;)
    {
      PerseaQueueFailure *failure;

      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        break;
      failure = g_new0 (PerseaQueueFailure, 1);
      failure->path = persea_library_column_path (statement, 0);
      failure->code = persea_library_column_text (statement, 1);
      failure->message = persea_library_column_text (statement, 2);
      g_ptr_array_add (found, failure);
    }
  *failures = g_steal_pointer (&found);
  return TRUE;
}
