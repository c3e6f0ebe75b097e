/* persea-shared-engine.c - the one engine of all operations of a process
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-shared-engine.h"

#include <malloc.h>
#include <stdlib.h>

#include "persea-error.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

/* a task, as the engine sees it; its fields are under the lock but for those that never change */
typedef struct
{
  PerseaTaskOrder  order;
  GCancellable    *cancellable;
  GPtrArray       *shares;    /* of PerseaTask */
  gboolean         done;
  PerseaRendering *rendering; /* (nullable) */
  GError          *error;     /* (nullable) */
  char            *what;      /* (nullable) */
  double           fraction;
} Work;

struct _PerseaTask
{
  Work           *work;
  PerseaTaskWake  wake; /* (nullable) */
  gpointer        user_data;
  GDestroyNotify  free_data;
};

static struct
{
  GMutex                lock;
  GCond                 changed;
  GThread              *thread;   /* (nullable) */
  gboolean              stopping; /* the process ends */
  gboolean              guarded;  /* shared_stop() is registered */
  GQueue                waiting;  /* of Work, with references */
  Work                 *current;  /* (nullable) */
  GHashTable           *active;   /* (nullable): key -> Work, of those that have shares */
  PerseaEngine         *engine;   /* (nullable): the thread's own */
  PerseaRenderingStore *store;    /* (nullable) */
  int64_t               engine_used, store_used; /* monotonic time, µs */
  uint64_t              number;
} shared;

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL
};

void
persea_task_order_clear (PerseaTaskOrder *order)
{
  if (order->free_data)
    order->free_data (order->data);
  g_free (order->key);
  *order = (PerseaTaskOrder) { NULL };
}

static void
work_clear (gpointer data)
{
  Work *work = data;

  persea_task_order_clear (&work->order);
  g_object_unref (work->cancellable);
  g_ptr_array_unref (work->shares);
  persea_rendering_unref (work->rendering);
  g_clear_error (&work->error);
  g_free (work->what);
}

static void
work_unref (Work *work)
{
  g_atomic_rc_box_release_full (work, work_clear);
}

/* The lock is held. */
static void
work_wake (Work *work)
{
  for (unsigned i = 0; i < work->shares->len; i++)
    {
      PerseaTask *task = g_ptr_array_index (work->shares, i);

      if (task->wake)
        task->wake (task->user_data);
    }
  g_cond_broadcast (&shared.changed);
}

/* a PerseaProgressFunc, of the engine and of tasks */
static void
shared_progress (const char *what, double fraction, gpointer user_data)
{
  Work *work;

  g_mutex_lock (&shared.lock);
  work = shared.current;
  if (work)
    {
      g_free (work->what);
      work->what = g_strdup (what);
      work->fraction = CLAMP (fraction, 0, 1);
      work_wake (work);
    }
  g_mutex_unlock (&shared.lock);
}

/* The engine's thread */

static PerseaRendering *
shared_work (Work *work, GError **error)
{
  const PerseaEngineOptions options = {
    .drivers = drivers,
    .device_options = { .progress = shared_progress },
  };
  PerseaRendering *rendering;

  if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
    return NULL;
  if (!shared.engine)
    shared.engine = persea_engine_new (&options, error);
  if (!shared.engine)
    return NULL;
  rendering = work->order.run (work->order.data, shared.engine, shared_progress, NULL,
                               work->cancellable, error);
  if (!rendering && g_error_matches (*error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST))
    g_clear_pointer (&shared.engine, persea_engine_unref);
  return rendering;
}

/* The lock is held, and let go of meanwhile. */
static void
shared_do (Work *work)
{
  PerseaRendering *rendering;
  GError *error = NULL;

  shared.current = work;
  g_mutex_unlock (&shared.lock);
  g_debug ("begins: %s", work->order.key);
  rendering = shared_work (work, &error);
  g_mutex_lock (&shared.lock);
  shared.current = NULL;
  shared.engine_used = shared.store_used = g_get_monotonic_time ();
  if (rendering)
    persea_rendering_store_put (shared.store, work->order.key, rendering);
  if (g_hash_table_lookup (shared.active, work->order.key) == work)
    g_hash_table_remove (shared.active, work->order.key);
  work->done = TRUE;
  work->rendering = rendering;
  work->error = error;
  work_wake (work);
  work_unref (work);
}

/* Gives back what has not been used for long.  The lock is held, and let go of meanwhile.
 *
 * Returns: when to look again; 0 if nothing is left */
static int64_t
shared_give_back (void)
{
  const int64_t rest = PERSEA_SHARED_ENGINE_REST * G_TIME_SPAN_SECOND;
  int64_t now = g_get_monotonic_time ();
  int64_t next = G_MAXINT64;
  PerseaEngine *engine = NULL;

  if (shared.engine && now >= shared.engine_used + rest)
    engine = g_steal_pointer (&shared.engine);
  else if (shared.engine)
    next = shared.engine_used + rest;
  if (now >= shared.store_used + rest)
    persea_rendering_store_clear (shared.store);
  else if (!persea_rendering_store_is_empty (shared.store))
    next = MIN (next, shared.store_used + rest);
  if (engine || next == G_MAXINT64)
    {
      g_mutex_unlock (&shared.lock);
      g_debug ("nothing was drawn for a while: memory is given back");
      persea_engine_unref (engine);
      malloc_trim (0);
      g_mutex_lock (&shared.lock);
    }
  return next == G_MAXINT64 ? 0 : next;
}

static gpointer
shared_run (gpointer unused)
{
  g_mutex_lock (&shared.lock);
  while (!shared.stopping)
    {
      Work *work = g_queue_pop_head (&shared.waiting);
      int64_t next;

      if (work)
        {
          shared_do (work);
          continue;
        }
      next = shared_give_back ();
      if (!g_queue_is_empty (&shared.waiting))
        continue;
      if (next == 0)
        break;
      g_cond_wait_until (&shared.changed, &shared.lock, next);
    }
  if (!shared.stopping)
    g_clear_pointer (&shared.thread, g_thread_unref);
  g_mutex_unlock (&shared.lock);
  return NULL;
}

/* At the end of the process: a driver must not be taken apart while it computes. */
static void
shared_stop (void)
{
  GThread *thread;

  g_mutex_lock (&shared.lock);
  shared.stopping = TRUE;
  if (shared.current)
    g_cancellable_cancel (shared.current->cancellable);
  g_cond_broadcast (&shared.changed);
  thread = g_steal_pointer (&shared.thread);
  g_mutex_unlock (&shared.lock);
  if (thread)
    g_thread_join (thread);
}

/* The lock is held. */
static void
shared_start (void)
{
  if (!shared.store)
    shared.store = persea_rendering_store_new (PERSEA_SHARED_ENGINE_MAX_RENDERINGS);
  if (!shared.active)
    shared.active = g_hash_table_new (g_str_hash, g_str_equal);
  if (!shared.guarded)
    atexit (shared_stop);
  shared.guarded = TRUE;
  if (!shared.thread && !shared.stopping)
    shared.thread = g_thread_new ("persea", shared_run, NULL);
}

/* Everybody else's threads */

PerseaRendering *
persea_shared_engine_find (const char *key)
{
  PerseaRendering *rendering = NULL;

  g_mutex_lock (&shared.lock);
  if (shared.store)
    rendering = persea_rendering_store_find (shared.store, key);
  if (rendering)
    shared.store_used = g_get_monotonic_time ();
  g_mutex_unlock (&shared.lock);
  return rendering;
}

PerseaTask *
persea_shared_engine_submit (PerseaTaskOrder *order,
                             PerseaTaskWake   wake,
                             gpointer         user_data,
                             GDestroyNotify   free_data)
{
  PerseaTask *task = g_new0 (PerseaTask, 1);
  Work *work;

  task->wake = wake;
  task->user_data = user_data;
  task->free_data = free_data;
  g_mutex_lock (&shared.lock);
  shared_start ();
  work = g_hash_table_lookup (shared.active, order->key);
  if (work)
    {
      g_atomic_rc_box_acquire (work);
    }
  else
    {
      work = g_atomic_rc_box_new0 (Work);
      work->order = *order;
      *order = (PerseaTaskOrder) { NULL };
      work->cancellable = g_cancellable_new ();
      work->shares = g_ptr_array_new ();
      g_hash_table_insert (shared.active, work->order.key, work);
      g_queue_push_tail (&shared.waiting, g_atomic_rc_box_acquire (work));
      g_cond_broadcast (&shared.changed);
    }
  task->work = work;
  g_ptr_array_add (work->shares, task);
  g_mutex_unlock (&shared.lock);
  persea_task_order_clear (order);
  return task;
}

void
persea_task_release (PerseaTask *task)
{
  Work *work;
  gboolean was_waiting = FALSE;

  if (!task)
    return;

  work = task->work;
  g_mutex_lock (&shared.lock);
  g_ptr_array_remove (work->shares, task);
  if (work->shares->len == 0 && !work->done)
    {
      g_cancellable_cancel (work->cancellable);
      if (g_hash_table_lookup (shared.active, work->order.key) == work)
        g_hash_table_remove (shared.active, work->order.key);
      was_waiting = g_queue_remove (&shared.waiting, work);
    }
  g_mutex_unlock (&shared.lock);
  if (was_waiting)
    work_unref (work);
  work_unref (work);
  if (task->free_data)
    task->free_data (task->user_data);
  g_free (task);
}

gboolean
persea_task_get_progress (PerseaTask *task, char **what, double *fraction)
{
  gboolean done;

  g_mutex_lock (&shared.lock);
  *what = g_strdup (task->work->what);
  *fraction = task->work->fraction;
  done = task->work->done;
  g_mutex_unlock (&shared.lock);
  return done;
}

PerseaRendering *
persea_task_wait (PerseaTask          *task,
                  PerseaProgressFunc   progress,
                  gpointer             progress_data,
                  GError             **error)
{
  Work *work = task->work;
  PerseaRendering *rendering = NULL;
  double shown = -1;

  g_mutex_lock (&shared.lock);
  while (!work->done && !shared.stopping)
    {
      if (progress && work->fraction != shown)
        {
          g_autofree char *what = g_strdup (work->what);

          shown = work->fraction;
          g_mutex_unlock (&shared.lock);
          progress (what, shown, progress_data);
          g_mutex_lock (&shared.lock);
          continue;
        }
      g_cond_wait (&shared.changed, &shared.lock);
    }
  if (work->rendering)
    rendering = persea_rendering_ref (work->rendering);
  else if (work->error)
    g_propagate_error (error, g_error_copy (work->error));
  else
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_CANCELLED, "the process ends");
  g_mutex_unlock (&shared.lock);
  return rendering;
}

uint64_t
persea_shared_engine_make_number (void)
{
  uint64_t number;

  g_mutex_lock (&shared.lock);
  number = ++shared.number;
  g_mutex_unlock (&shared.lock);
  return number;
}
