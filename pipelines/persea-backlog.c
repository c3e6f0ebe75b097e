/* persea-backlog.c - rounds
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is written for a picture comes first, that it is done second: if the program dies in
 * between, the picture is tagged again in the same run, which changes nothing.
 */
#include "config.h"

#include "persea-backlog-private.h"

#include "persea-embeddings.h"
#include "persea-error.h"

#include <glib/gi18n.h>

typedef struct
{
  PerseaBacklog       *backlog;
  PerseaTagJob        *tag_job;
  GPtrArray           *jobs; /* of PerseaQueueJob, to be tagged */
  unsigned             next;
  GError              *error; /* of the library */
} Round;

/* Whether the file cannot be read because it is not there any more. */
static gboolean
backlog_is_gone (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
}

/* Whether every other picture would fail as well. */
static gboolean
backlog_is_general (const GError *error)
{
  return g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_BUSY)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

gboolean
persea_backlog_fail (PerseaBacklog         *backlog,
                     const PerseaQueueJob  *job,
                     const GError          *reason,
                     GError               **error)
{
  if (persea_error_is_cancelled (reason))
    return persea_queue_release (backlog->library, job, error);
  if (backlog_is_general (reason))
    {
      if (persea_queue_release (backlog->library, job, error))
        g_propagate_error (error, g_error_copy (reason));
      return FALSE;
    }
  if (backlog_is_gone (reason))
    {
      g_debug ("%s: gone before it was done", job->path);
      if (persea_file_stamp_is_gone (job->path, &job->stamp))
        return persea_library_mark_gone (backlog->library, job->path, error);
      return persea_queue_withdraw (backlog->library, job->path, error);
    }
  g_warning ("%s", reason->message);
  return persea_queue_fail (backlog->library, job, reason, error);
}

/* @job's stamp and content are those of the file when the work on it began. */
static gboolean
backlog_finish (PerseaBacklog *backlog, const PerseaQueueJob *job, GError **error)
{
  const PerseaWatchSettings *watch = persea_settings_find_watch (backlog->settings, job->watch);
  g_autoptr (GError) reason = NULL;
  g_autofree char *content = NULL;
  PerseaFileStamp stamp;

  if (!persea_file_stamp_read (job->path, &stamp, &reason))
    return persea_backlog_fail (backlog, job, reason, error);
  if (persea_file_stamp_equal (&stamp, &job->stamp))
    return persea_queue_finish (backlog->library, job, &stamp, job->content, error);
  /* somebody changed the file meanwhile, so these may be the tags of what it was */
  if (watch == NULL || watch->tag.write != PERSEA_WRITE_EMBED)
    return persea_queue_release (backlog->library, job, error);
  content = persea_file_stamp_sum_content (job->path, NULL, &reason);
  if (content == NULL)
    return persea_backlog_fail (backlog, job, reason, error);
  return persea_queue_finish (backlog->library, job, &stamp, content, error);
}

static void
backlog_set_content (PerseaQueueJob *job, const PerseaFileStamp *stamp, const char *content)
{
  job->stamp = *stamp;
  g_free (job->content);
  job->content = g_strdup (content);
}

static void
backlog_log_tags (const char *path, GPtrArray *tags)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; i < tags->len; i++)
    {
      const PerseaTagRecord *tag = g_ptr_array_index (tags, i);

      g_string_append_printf (text, "%s%s %.2f", i == 0 ? "" : ", ", tag->name, tag->score);
    }
  g_info ("%s: %s", path, tags->len > 0 ? text->str : "no tag fits");
}

/* Pictures that need no look */

static gboolean
backlog_write_known (PerseaBacklog   *backlog,
                     PerseaTagJob    *tag_job,
                     PerseaQueueJob  *job,
                     int64_t          twin,
                     int64_t          twin_run,
                     GError         **error)
{
  g_autoptr (GPtrArray) tags = NULL;
  g_autoptr (GError) reason = NULL;
  int64_t run = job->run;
  gboolean ok;

  if (!persea_library_get_tags (backlog->library, twin_run, twin, &tags, error))
    return FALSE;
  if (!persea_tag_job_continue_run (tag_job, run, error))
    return FALSE;
  ok = persea_tag_job_write (tag_job, job->path, tags, backlog->cancellable, &reason);
  if (!ok)
    return persea_backlog_fail (backlog, job, reason, error);
  g_debug ("%s: has the content of file %" G_GINT64_FORMAT ", which was tagged", job->path, twin);
  return backlog_finish (backlog, job, error);
}

/* Tags @job's picture from what the library knows of its content.  *known: whether it could; if
 * not, @job has the file's present stamp and content. */
static gboolean
backlog_try_known (PerseaBacklog   *backlog,
                   PerseaTagJob    *tag_job,
                   PerseaQueueJob  *job,
                   gboolean        *known,
                   GError         **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *content = NULL;
  g_autofree char *twin_path = NULL;
  PerseaFileStamp stamp;
  int64_t twin = 0;
  int64_t run = 0;

  *known = TRUE;
  if (persea_file_stamp_read (job->path, &stamp, &reason))
    content = persea_file_stamp_sum_content (job->path, backlog->cancellable, &reason);
  if (content == NULL)
    return persea_backlog_fail (backlog, job, reason, error);
  if (!persea_embeddings_set_content (backlog->library, job->path, &stamp, content, error))
    return FALSE;
  if (g_strcmp0 (content, job->content) == 0)
    return persea_queue_finish (backlog->library, job, &stamp, content, error);

  if (!persea_queue_find_twin (backlog->library, job, content, &twin, &run, error))
    return FALSE;
  *known = twin != 0;
  if (twin == 0)
    {
      backlog_set_content (job, &stamp, content);
      return TRUE;
    }
  twin_path = persea_library_get_file_path (backlog->library, twin, error);
  if (twin_path == NULL)
    return FALSE;
  if (!g_file_test (twin_path, G_FILE_TEST_EXISTS)
      && !persea_queue_adopt (backlog->library, job, twin, run, &stamp, error))
    return FALSE;
  backlog_set_content (job, &stamp, content);
  return backlog_write_known (backlog, tag_job, job, twin, run, error);
}

/* The others */

static char *
round_next (gpointer *item, gpointer user_data)
{
  Round *round = user_data;
  PerseaBacklog *backlog = round->backlog;
  PerseaQueueJob *job;

  if (round->next >= round->jobs->len || round->error != NULL
      || backlog->stop (backlog->user_data))
    return NULL;
  job = g_ptr_array_index (round->jobs, round->next++);
  *item = job;
  return g_strdup (job->path);
}

static void
round_done (const PerseaTagResult *result, gpointer user_data)
{
  Round *round = user_data;
  PerseaQueueJob *job = result->item;
  GError **error = round->error == NULL ? &round->error : NULL;

  if (result->error != NULL)
    {
      persea_backlog_fail (round->backlog, job, result->error, error);
      return;
    }
  backlog_log_tags (result->path, result->tags);
  backlog_finish (round->backlog, job, error);
}

static gboolean
backlog_tag (PerseaBacklog *backlog, PerseaTagJob *tag_job, GPtrArray *jobs, GError **error)
{
  Round round = { .backlog = backlog, .tag_job = tag_job, .jobs = jobs };
  gboolean ok = TRUE;

  persea_tag_job_set_gentle (tag_job, backlog->gentle);
  if (jobs->len > 0)
    ok = persea_tag_job_run (tag_job, round_next, round_done, &round, backlog->tag_cancellable,
                             error);
  /* what was never given out */
  for (unsigned i = round.next; i < jobs->len; i++)
    persea_queue_release (backlog->library, g_ptr_array_index (jobs, i), NULL);
  if (ok && round.error != NULL)
    {
      g_propagate_error (error, round.error);
      return FALSE;
    }
  g_clear_error (&round.error);
  return ok;
}

/* Sorts out what is known and tags the rest.  All of @jobs belong to one run. */
static gboolean
backlog_work (PerseaBacklog *backlog, PerseaTagJob *tag_job, GPtrArray *jobs, GError **error)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();
  int64_t run = jobs->len > 0 ? ((PerseaQueueJob *) g_ptr_array_index (jobs, 0))->run : 0;
  gboolean ok = TRUE;

  for (unsigned i = 0; i < jobs->len; i++)
    {
      PerseaQueueJob *job = g_ptr_array_index (jobs, i);
      gboolean known = FALSE;

      if (!ok || backlog->stop (backlog->user_data))
        persea_queue_release (backlog->library, job, NULL);
      else if (!backlog_try_known (backlog, tag_job, job, &known, error))
        {
          ok = FALSE;
          persea_queue_release (backlog->library, job, NULL);
        }
      else if (!known)
        g_ptr_array_add (unknown, job);
    }
  ok = ok && (unknown->len == 0 || persea_tag_job_continue_run (tag_job, run, error));
  if (ok)
    return backlog_tag (backlog, tag_job, unknown, error);
  for (unsigned i = 0; i < unknown->len; i++)
    persea_queue_release (backlog->library, g_ptr_array_index (unknown, i), NULL);
  return FALSE;
}

/* The run for what is claimed next, and that of @like if it has one that can be gone on with. */
static gboolean
backlog_choose_run (PerseaBacklog   *backlog,
                    PerseaTagJob    *tag_job,
                    PerseaQueueJob  *like,
                    int64_t         *run,
                    GError         **error)
{
  g_autoptr (GError) reason = NULL;
  int64_t *known;

  if (like->run != 0)
    {
      *run = like->run;
      if (persea_tag_job_continue_run (tag_job, like->run, &reason))
        return TRUE;
      /* of a model or of options that are not the configured ones any more */
      g_debug ("%s", reason->message);
      if (!persea_queue_leave_run (backlog->library, like->run, error))
        return FALSE;
      like->run = 0;
    }
  known = g_hash_table_lookup (backlog->runs, like->watch);
  if (known != NULL && persea_tag_job_continue_run (tag_job, *known, NULL))
    {
      *run = *known;
      return TRUE;
    }
  if (!persea_tag_job_begin_run (tag_job, run, error))
    return FALSE;
  g_message (_("[watch %s]: run %s"), like->watch, persea_tag_job_get_run_name (tag_job));
  known = g_new (int64_t, 1);
  *known = *run;
  g_hash_table_replace (backlog->runs, g_strdup (like->watch), known);
  return TRUE;
}

/* What is not the fault of one watch alone. */
static gboolean
backlog_is_hopeless (const GError *error)
{
  return persea_error_is_cancelled (error)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST);
}

/* (transfer full) (element-type utf8): watches for which nothing is to be done now */
static GPtrArray *
backlog_list_paused (PerseaBacklog *backlog)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const PerseaSettings *settings = backlog->settings;

  for (unsigned i = 0; i < settings->watches->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (settings->watches, i);

      if (watch->paused)
        g_ptr_array_add (names, g_strdup (watch->name));
    }
  for (unsigned i = 0; i < settings->broken->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (settings->broken, i);

      g_ptr_array_add (names, g_strdup (watch->name));
    }
  return names;
}

/* The next job.  Drawing and tagging take turns, whatever came first: neither holds up the other.
 * @unusable: (element-type utf8): watches that cannot be worked for */
static gboolean
backlog_peek (PerseaBacklog   *backlog,
              GPtrArray       *unusable,
              PerseaQueueJob **job,
              GError         **error)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  for (unsigned i = 0; i < unusable->len; i++)
    g_ptr_array_add (others, g_ptr_array_index (unusable, i));
  for (unsigned i = 0; i < backlog->settings->watches->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (backlog->settings->watches, i);

      if (watch->mode == *backlog->last)
        g_ptr_array_add (others, watch->name);
    }
  if (!persea_queue_peek (backlog->library, others, job, error))
    return FALSE;
  return *job != NULL || persea_queue_peek (backlog->library, unusable, job, error);
}

static gboolean
backlog_tag_round (PerseaBacklog              *backlog,
                   const PerseaWatchSettings  *watch,
                   PerseaQueueJob             *like,
                   gboolean                   *unusable,
                   GError                    **error)
{
  g_autoptr (GPtrArray) jobs = NULL;
  PerseaTagJob *tag_job;
  int64_t run = 0;

  tag_job = persea_loader_get_tag_job (backlog->loader, watch->name, NULL, &watch->tag,
                                       backlog->cancellable, error);
  if (tag_job == NULL)
    {
      *unusable = TRUE;
      return FALSE;
    }
  return backlog_choose_run (backlog, tag_job, like, &run, error)
         && persea_queue_claim (backlog->library, like, run, backlog->max, &jobs, error)
         && backlog_work (backlog, tag_job, jobs, error);
}

static gboolean
backlog_draw_round (PerseaBacklog              *backlog,
                    const PerseaWatchSettings  *watch,
                    PerseaQueueJob             *like,
                    gboolean                   *unusable,
                    GError                    **error)
{
  g_autoptr (GPtrArray) jobs = NULL;

  if (!persea_queue_claim (backlog->library, like, 0, 1, &jobs, error))
    return FALSE;
  return jobs->len == 0
         || persea_backlog_draw (backlog, watch, g_ptr_array_index (jobs, 0), unusable, error);
}

static gboolean (*const backlog_rounds[PERSEA_N_WATCH_MODES]) (PerseaBacklog             *backlog,
                                                               const PerseaWatchSettings *watch,
                                                               PerseaQueueJob            *like,
                                                               gboolean                  *unusable,
                                                               GError                   **error) = {
  [PERSEA_WATCH_TAG] = backlog_tag_round,
  [PERSEA_WATCH_GENERATE] = backlog_draw_round,
};

/* A watch whose model or vocabulary cannot be loaded does not hold up the others.  If there are
 * only such, the first one's reason is the error. */
gboolean
persea_backlog_round (PerseaBacklog *backlog, gboolean *empty, GError **error)
{
  g_autoptr (GPtrArray) unusable = backlog_list_paused (backlog);
  g_autoptr (GError) reason = NULL;

  for (;;)
    {
      g_autoptr (PerseaQueueJob) like = NULL;
      g_autoptr (GError) round_error = NULL;
      const PerseaWatchSettings *watch;
      gboolean is_unusable = FALSE;

      if (!backlog_peek (backlog, unusable, &like, error))
        return FALSE;
      if (like == NULL && reason != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
      *empty = like == NULL;
      if (like == NULL)
        return TRUE;
      watch = persea_settings_find_watch (backlog->settings, like->watch);
      if (watch == NULL) /* no longer configured */
        return persea_queue_withdraw (backlog->library, like->path, error);
      *backlog->last = watch->mode;
      if (backlog_rounds[watch->mode] (backlog, watch, like, &is_unusable, &round_error))
        return TRUE;
      if (is_unusable)
        g_prefix_error (&round_error, "[watch %s]: ", watch->name);
      if (!is_unusable || backlog_is_hopeless (round_error))
        {
          g_propagate_error (error, g_steal_pointer (&round_error));
          return FALSE;
        }
      g_ptr_array_add (unusable, g_strdup (watch->name));
      if (reason == NULL)
        reason = g_steal_pointer (&round_error);
    }
}
