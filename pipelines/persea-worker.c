/* persea-worker.c - one thread, and what waits for it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-worker.h"

#include "persea-backlog.h"
#include "persea-error.h"
#include "persea-request-private.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORKER_NICE 10
/* after a failure that every picture would meet: when to try again, doubled each time, s */
#define WORKER_FIRST_RETRY 10
#define WORKER_LAST_RETRY (60 * 60)
/* how long a request may keep others of its priority waiting, µs */
#define WORKER_SLICE (G_USEC_PER_SEC / 2)

/* linux/ioprio.h, which glibc does not wrap */
#define WORKER_IOPRIO_WHO_PROCESS 1
#define WORKER_IOPRIO_NORMAL 0
#define WORKER_IOPRIO_IDLE (3 << 13)

struct _PerseaWorker
{
  PerseaLoader             *loader; /* the thread's */
  PerseaLibrary            *library;
  const PerseaWorkerEvents *events;
  gpointer                  user_data;
  GMainContext             *context;
  GThread                  *thread;
  GHashTable               *runs; /* the thread's, as the following; see PerseaBacklog */
  PerseaWatchMode           last;
  unsigned                  outer;    /* priority of the present work: a PerseaPriority, or
                                       * PERSEA_N_PRIORITIES for watched folders */
  gint64                    way_next; /* when others of that priority are let in, monotonic, µs */

  GMutex          lock; /* of all below */
  GCond           changed;
  PerseaSettings *settings;
  gboolean        new_settings;
  GQueue          requests[PERSEA_N_PRIORITIES]; /* of (owned) PerseaRequest */
  GQueue          running; /* of (unowned) PerseaRequest: one, and one in the middle of it */
  gboolean        inside; /* in the middle of other work, which made way */
  GCancellable   *backlog_cancellable;
  gboolean        backlog; /* the library's queue may have something */
  gint64          retry_at; /* not before, monotonic, µs */
  unsigned        retry;    /* s */
  gboolean        quit;
};

typedef struct
{
  PerseaWorker *worker;
  GVariant     *devices;
  GVariant     *models;
} LoadedNews;

static void
loaded_news_free (gpointer data)
{
  LoadedNews *news = data;

  g_variant_unref (news->devices);
  g_variant_unref (news->models);
  g_free (news);
}

static gboolean
loaded_news_deliver (gpointer data)
{
  LoadedNews *news = data;

  news->worker->events->loaded (news->worker, news->devices, news->models,
                                news->worker->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
idle_news_deliver (gpointer data)
{
  PerseaWorker *worker = data;

  worker->events->idle (worker, worker->user_data);
  return G_SOURCE_REMOVE;
}

/* The main loop does not outlive the worker's callbacks: persea_worker_free() removes them. */
static void
worker_tell (PerseaWorker *worker, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_set_static_name (source, "persea-worker");
  g_source_attach (source, worker->context);
}

/* Called by the loader. */
static void
worker_tell_loaded (gpointer data)
{
  PerseaWorker *worker = data;
  LoadedNews *news = g_new0 (LoadedNews, 1);

  news->worker = worker;
  news->devices = persea_loader_describe_devices (worker->loader);
  news->models = persea_loader_describe_models (worker->loader);
  worker_tell (worker, loaded_news_deliver, news, loaded_news_free);
}

static void
worker_set_disk_priority (int priority)
{
  /* no harm if it fails: some file systems and kernels have none */
  syscall (SYS_ioprio_set, WORKER_IOPRIO_WHO_PROCESS, 0, priority);
}

/* Whether watched folders may be worked on now. */
static gboolean
worker_may_work (PerseaWorker *worker)
{
  return worker->backlog && g_get_monotonic_time () >= worker->retry_at;
}

/* (transfer none) (nullable): in its queue, the first request of a priority below @end that can be
 * done now.  With the lock held. */
static GList *
worker_find_request (PerseaWorker *worker, unsigned end, GQueue **queue)
{
  for (unsigned i = 0; i < end; i++)
    for (GList *link = worker->requests[i].head; link != NULL; link = link->next)
      if (!worker->inside || !persea_request_draws (link->data))
        {
          *queue = &worker->requests[i];
          return link;
        }
  return NULL;
}

static gboolean
worker_has_request (PerseaWorker *worker, unsigned end)
{
  GQueue *queue;

  return worker_find_request (worker, end, &queue) != NULL;
}

/* Whether the backlog has to make room. */
static gboolean
worker_should_stop (gpointer user_data)
{
  PerseaWorker *worker = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  return worker->quit || worker->new_settings || worker_has_request (worker, PERSEA_N_PRIORITIES);
}

/* a PerseaYieldFunc: to more urgent requests at once, to others after a while, and to work that it
 * is in the middle of. */
static gboolean
worker_should_yield (PerseaPriority priority, gint64 since, gpointer user_data)
{
  PerseaWorker *worker = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  if (worker_has_request (worker, priority))
    return TRUE;
  return g_get_monotonic_time () - since > WORKER_SLICE
         && (worker_has_request (worker, priority + 1)
             || (worker->inside && worker->outer <= priority));
}

/* The following are called with the lock held, and let it go while they work. */

static void
worker_take_settings (PerseaWorker *worker)
{
  g_autoptr (PerseaSettings) settings = persea_settings_ref (worker->settings);

  worker->new_settings = FALSE;
  worker->backlog = TRUE;
  worker->retry_at = 0;
  worker->retry = 0;
  g_mutex_unlock (&worker->lock);
  persea_loader_set_settings (worker->loader, settings);
  g_hash_table_remove_all (worker->runs);
  g_mutex_lock (&worker->lock);
}

/* @link: of @queue */
static void
worker_run_request (PerseaWorker *worker, GQueue *queue, GList *link)
{
  g_autoptr (PerseaRequest) request = link->data;
  gboolean more = FALSE;
  gboolean ok;

  g_queue_delete_link (queue, link);
  g_queue_push_tail (&worker->running, request);
  if (!worker->inside)
    worker->outer = persea_request_get_priority (request);
  g_mutex_unlock (&worker->lock);
  ok = persea_request_run (request, worker->loader, worker_should_yield, worker, &more);
  g_mutex_lock (&worker->lock);
  g_queue_pop_tail (&worker->running);
  if (more)
    g_queue_push_tail (queue, g_steal_pointer (&request));
  if (ok || worker->inside) /* the work around it finds out by itself */
    return;
  /* the next one opens it again */
  g_mutex_unlock (&worker->lock);
  persea_loader_drop (worker->loader);
  g_mutex_lock (&worker->lock);
}

static gboolean
worker_has_drawing_request (PerseaWorker *worker)
{
  for (unsigned i = 0; i < PERSEA_N_PRIORITIES; i++)
    for (GList *link = worker->requests[i].head; link != NULL; link = link->next)
      if (persea_request_draws (link->data))
        return TRUE;
  return FALSE;
}

/* Called by the loader, between two codes that are drawn, say, without the lock: requests need not
 * wait for the end of a drawing.  Those of its own priority get no more time than the drawing. */
static void
worker_make_way (gpointer data)
{
  PerseaWorker *worker = data;
  gint64 begin = g_get_monotonic_time ();
  unsigned end = begin < worker->way_next ? worker->outer : worker->outer + 1;
  GQueue *queue;
  GList *link;

  if (worker->inside)
    return;
  g_mutex_lock (&worker->lock);
  worker->inside = TRUE;
  /* what a folder draws can be drawn later, and will be the same */
  if (worker->outer == PERSEA_N_PRIORITIES && worker_has_drawing_request (worker))
    g_cancellable_cancel (worker->backlog_cancellable);
  end = MIN (end, PERSEA_N_PRIORITIES);
  while (!worker->quit && (link = worker_find_request (worker, end, &queue)) != NULL)
    {
      worker_set_disk_priority (WORKER_IOPRIO_NORMAL);
      worker_run_request (worker, queue, link);
      if (worker->outer == PERSEA_N_PRIORITIES)
        worker_set_disk_priority (WORKER_IOPRIO_IDLE);
      if (g_get_monotonic_time () - begin > WORKER_SLICE)
        end = MIN (worker->outer, PERSEA_N_PRIORITIES);
    }
  worker->inside = FALSE;
  g_mutex_unlock (&worker->lock);
  worker->way_next = 2 * g_get_monotonic_time () - begin;
}

static void
worker_put_off (PerseaWorker *worker, const GError *error)
{
  worker->retry = CLAMP (2 * worker->retry, WORKER_FIRST_RETRY, WORKER_LAST_RETRY);
  worker->retry_at = g_get_monotonic_time () + (gint64) worker->retry * G_USEC_PER_SEC;
  g_warning ("%s; trying again in %u seconds", error->message, worker->retry);
}

static void
worker_run_backlog (PerseaWorker *worker)
{
  g_autoptr (PerseaSettings) settings = persea_settings_ref (worker->settings);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  PerseaBacklog backlog = {
    .library = worker->library,
    .loader = worker->loader,
    .settings = settings,
    .stop = worker_should_stop,
    .user_data = worker,
    .cancellable = cancellable,
    .runs = worker->runs,
    .last = &worker->last,
  };
  gboolean empty = FALSE;
  gboolean ok;

  g_set_object (&worker->backlog_cancellable, cancellable);
  worker->outer = PERSEA_N_PRIORITIES;
  /* what is offered from here on is found by the next round */
  worker->backlog = FALSE;
  g_mutex_unlock (&worker->lock);
  worker_set_disk_priority (WORKER_IOPRIO_IDLE);
  ok = persea_backlog_round (&backlog, &empty, &error);
  worker_set_disk_priority (WORKER_IOPRIO_NORMAL);
  if (g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST))
    persea_loader_drop (worker->loader);
  g_mutex_lock (&worker->lock);

  if (ok && empty)
    return;
  worker->backlog = TRUE;
  if (ok)
    worker->retry = 0;
  else if (!persea_error_is_cancelled (error))
    worker_put_off (worker, error);
}

/* Waits for something to do; lets go of the model when that takes too long. */
static void
worker_wait (PerseaWorker *worker, gint64 idle_since)
{
  gint64 drop_at = idle_since + (gint64) worker->settings->drop_after * G_USEC_PER_SEC;
  gboolean loaded = persea_loader_is_loaded (worker->loader);
  gint64 until = loaded ? drop_at : G_MAXINT64;

  if (worker->backlog)
    until = MIN (until, worker->retry_at);
  if (until == G_MAXINT64)
    g_cond_wait (&worker->changed, &worker->lock);
  else
    g_cond_wait_until (&worker->changed, &worker->lock, until);
  if (!loaded || g_get_monotonic_time () < drop_at
      || worker_has_request (worker, PERSEA_N_PRIORITIES))
    return;
  g_mutex_unlock (&worker->lock);
  g_debug ("idle: the model is let go");
  persea_loader_drop (worker->loader);
  g_hash_table_remove_all (worker->runs);
  g_mutex_lock (&worker->lock);
}

static gpointer
worker_main (gpointer data)
{
  PerseaWorker *worker = data;
  gint64 idle_since = 0; /* 0: not idle */
  GQueue *queue;
  GList *link;

  /* threads that drivers and decoders start inherit it */
  if (setpriority (PRIO_PROCESS, syscall (SYS_gettid), WORKER_NICE) != 0)
    g_debug ("setpriority: %s", g_strerror (errno));

  g_mutex_lock (&worker->lock);
  while (!worker->quit)
    {
      if (worker->new_settings)
        worker_take_settings (worker);
      else if ((link = worker_find_request (worker, PERSEA_N_PRIORITIES, &queue)) != NULL)
        worker_run_request (worker, queue, link);
      else if (worker_may_work (worker))
        worker_run_backlog (worker);
      else
        {
          if (idle_since == 0)
            {
              idle_since = g_get_monotonic_time ();
              worker_tell (worker, idle_news_deliver, worker, NULL);
            }
          worker_wait (worker, idle_since);
          if (!worker_has_request (worker, PERSEA_N_PRIORITIES) && !worker_may_work (worker))
            continue;
        }
      idle_since = 0;
    }
  g_mutex_unlock (&worker->lock);
  return NULL;
}

PerseaWorker *
persea_worker_new (const PerseaLoaderOptions *options,
                   PerseaSettings            *settings,
                   const PerseaWorkerEvents  *events,
                   gpointer                   user_data)
{
  PerseaWorker *worker = g_new0 (PerseaWorker, 1);
  PerseaLoaderOptions loader_options = *options;

  loader_options.changed = worker_tell_loaded;
  loader_options.changed_data = worker;
  loader_options.make_way = worker_make_way;
  loader_options.make_way_data = worker;
  worker->loader = persea_loader_new (&loader_options);
  worker->library = persea_library_ref (options->library);
  worker->events = events;
  worker->user_data = user_data;
  worker->context = g_main_context_ref_thread_default ();
  worker->runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_init (&worker->lock);
  g_cond_init (&worker->changed);
  for (unsigned i = 0; i < PERSEA_N_PRIORITIES; i++)
    g_queue_init (&worker->requests[i]);
  g_queue_init (&worker->running);
  worker->settings = persea_settings_ref (settings);
  worker->new_settings = TRUE;
  worker->last = PERSEA_WATCH_GENERATE;
  worker->backlog_cancellable = g_cancellable_new ();
  worker->thread = g_thread_new ("persea-worker", worker_main, worker);
  return worker;
}

void
persea_worker_free (PerseaWorker *worker)
{
  PerseaRequest *request;

  if (worker == NULL)
    return;
  g_mutex_lock (&worker->lock);
  worker->quit = TRUE;
  g_cancellable_cancel (worker->backlog_cancellable);
  for (GList *link = worker->running.head; link != NULL; link = link->next)
    persea_request_cancel (link->data);
  g_cond_signal (&worker->changed);
  g_mutex_unlock (&worker->lock);
  g_thread_join (worker->thread);

  for (unsigned i = 0; i < PERSEA_N_PRIORITIES; i++)
    while ((request = g_queue_pop_head (&worker->requests[i])) != NULL)
      {
        persea_request_tell_cancelled (request);
        persea_request_unref (request);
      }
  /* deliver what was told, for nobody can afterwards */
  while (g_main_context_iteration (worker->context, FALSE))
    ;
  persea_loader_free (worker->loader);
  persea_library_unref (worker->library);
  persea_settings_unref (worker->settings);
  g_hash_table_unref (worker->runs);
  g_object_unref (worker->backlog_cancellable);
  g_main_context_unref (worker->context);
  g_cond_clear (&worker->changed);
  g_mutex_clear (&worker->lock);
  g_free (worker);
}

void
persea_worker_set_settings (PerseaWorker *worker, PerseaSettings *settings)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  persea_settings_ref (settings);
  persea_settings_unref (worker->settings);
  worker->settings = settings;
  worker->new_settings = TRUE;
  g_cond_signal (&worker->changed);
}

void
persea_worker_wake (PerseaWorker *worker)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  worker->backlog = TRUE;
  g_cond_signal (&worker->changed);
}

void
persea_worker_submit (PerseaWorker *worker, PerseaRequest *request)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  if (worker->quit)
    persea_request_tell_cancelled (request);
  else
    g_queue_push_tail (&worker->requests[persea_request_get_priority (request)],
                       persea_request_ref (request));
  g_cond_signal (&worker->changed);
}

void
persea_worker_cancel (PerseaWorker *worker, PerseaRequest *request)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  persea_request_cancel (request);
  if (!g_queue_remove (&worker->requests[persea_request_get_priority (request)], request))
    return; /* running, and it ends by the cancellable; or it has ended */
  persea_request_tell_cancelled (request);
  persea_request_unref (request);
}
