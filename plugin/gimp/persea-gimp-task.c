/* persea-gimp-task.c - work that takes its time, in a thread of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-task.h"

#include "persea-gimp.h"

#define INTERVAL 80 /* ms between two looks at the progress */

struct _PerseaGimpTask
{
  gatomicrefcount    ref_count;
  PerseaGimpWorkFunc work;
  PerseaGimpShowFunc show; /* (nullable) */
  PerseaGimpDoneFunc done; /* (nullable) */
  gpointer           user_data;
  GCancellable      *cancellable;
  GThread           *thread;

  GMutex   mutex; /* for all below */
  GCond    ended;
  char    *what;
  double   fraction;
  gboolean changed;
  gboolean has_ended;
  GError  *error;
};

static PerseaGimpTask *
task_new (PerseaGimpWorkFunc work, gpointer user_data)
{
  PerseaGimpTask *task = g_new0 (PerseaGimpTask, 1);

  g_atomic_ref_count_init (&task->ref_count);
  task->work = work;
  task->user_data = user_data;
  task->cancellable = g_cancellable_new ();
  task->fraction = -1;
  g_mutex_init (&task->mutex);
  g_cond_init (&task->ended);
  return task;
}

static PerseaGimpTask *
task_ref (PerseaGimpTask *task)
{
  g_atomic_ref_count_inc (&task->ref_count);
  return task;
}

void
persea_gimp_task_unref (PerseaGimpTask *task)
{
  if (!task || !g_atomic_ref_count_dec (&task->ref_count))
    return;

  g_object_unref (task->cancellable);
  g_mutex_clear (&task->mutex);
  g_cond_clear (&task->ended);
  g_free (task->what);
  g_clear_error (&task->error);
  g_free (task);
}

GCancellable *
persea_gimp_task_get_cancellable (PerseaGimpTask *task)
{
  return task->cancellable;
}

void
persea_gimp_task_cancel (PerseaGimpTask *task)
{
  g_cancellable_cancel (task->cancellable);
}

void
persea_gimp_task_report (const char *what, double fraction, gpointer data)
{
  PerseaGimpTask *task = data;

  g_mutex_lock (&task->mutex);
  if (what && g_strcmp0 (what, task->what) != 0)
    {
      g_free (task->what);
      task->what = g_strdup (what);
    }
  task->fraction = fraction;
  task->changed = TRUE;
  g_mutex_unlock (&task->mutex);
}

static gpointer
task_thread (gpointer data)
{
  PerseaGimpTask *task = data;
  GError *error = NULL;

  if (!task->work (task, task->user_data, &error) && !error)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "no reason given");
  g_mutex_lock (&task->mutex);
  task->error = error;
  task->has_ended = TRUE;
  g_cond_signal (&task->ended);
  g_mutex_unlock (&task->mutex);
  persea_gimp_task_unref (task);
  return NULL;
}

static void
task_begin (PerseaGimpTask *task)
{
  task->thread = g_thread_new ("persea-work", task_thread, task_ref (task));
}

/* (transfer full) (nullable): what is being done, if there is something new about it */
static char *
task_take_news (PerseaGimpTask *task)
{
  char *what = NULL;

  if (task->changed)
    {
      what = g_strdup (task->what ? task->what : "");
      task->changed = FALSE;
    }
  return what;
}

static gboolean
task_look (gpointer data)
{
  PerseaGimpTask *task = data;
  g_autofree char *what = NULL;
  double fraction;
  gboolean has_ended;

  g_mutex_lock (&task->mutex);
  what = task_take_news (task);
  fraction = task->fraction;
  has_ended = task->has_ended;
  g_mutex_unlock (&task->mutex);

  if (!has_ended && task->show)
    task->show (what, fraction, task->user_data);
  if (!has_ended)
    return G_SOURCE_CONTINUE;
  g_thread_join (g_steal_pointer (&task->thread));
  task->done (task->error, task->user_data);
  return G_SOURCE_REMOVE;
}

PerseaGimpTask *
persea_gimp_task_start (PerseaGimpWorkFunc work,
                        PerseaGimpShowFunc show,
                        PerseaGimpDoneFunc done,
                        gpointer           user_data)
{
  PerseaGimpTask *task = task_new (work, user_data);

  task->show = show;
  task->done = done;
  g_timeout_add_full (G_PRIORITY_DEFAULT, INTERVAL, task_look, task_ref (task),
                      (GDestroyNotify) persea_gimp_task_unref);
  task_begin (task);
  return task;
}

gboolean
persea_gimp_task_run (PerseaGimpWorkFunc work, gpointer user_data, GError **error)
{
  g_autoptr (PerseaGimpTask) task = task_new (work, user_data);
  gboolean has_ended = FALSE;

  persea_gimp_progress_begin ("Persea");
  task_begin (task);
  while (!has_ended)
    {
      g_autofree char *what = NULL;
      double fraction;

      g_mutex_lock (&task->mutex);
      if (!task->has_ended)
        g_cond_wait_until (&task->ended, &task->mutex, g_get_monotonic_time () + INTERVAL * G_TIME_SPAN_MILLISECOND);
      what = task_take_news (task);
      fraction = task->fraction;
      has_ended = task->has_ended;
      g_mutex_unlock (&task->mutex);
      if (what)
        persea_gimp_progress_update (what, fraction);
    }
  g_thread_join (g_steal_pointer (&task->thread));
  persea_gimp_progress_end ();
  if (task->error)
    g_propagate_error (error, g_steal_pointer (&task->error));
  else
    return TRUE;
  return FALSE;
}
