/* persea-worker.c - one thread, and what waits for it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-worker-private.h"

#include "persea-memory.h"
#include "persea-request-private.h"

/* how long a request may keep others of its priority waiting, µs */
#define WORKER_SLICE (G_USEC_PER_SEC / 2)
/* how long folders wait after what somebody waited for: the next of a row of calls may follow, µs */
#define WORKER_QUIET (G_USEC_PER_SEC / 4)

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

static gboolean
busy_news_deliver (gpointer data)
{
  PerseaWorker *worker = data;

  worker->events->busy (worker, worker->user_data);
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

/* Whether watched folders may be worked on now. */
static gboolean
worker_may_work (PerseaWorker *worker)
{
  return g_get_monotonic_time () >= persea_worker_get_round_time (worker);
}

/* The end of the priorities that are served. */
static unsigned
worker_get_end (PerseaWorker *worker)
{
  return worker->pace == PERSEA_PACE_STOP ? PERSEA_PRIORITY_BACKGROUND : PERSEA_N_PRIORITIES;
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
gboolean
persea_worker_should_stop (gpointer user_data)
{
  PerseaWorker *worker = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  return worker->quit || worker->new_settings || worker->relieve
         || worker->pace == PERSEA_PACE_STOP || worker_has_request (worker, PERSEA_N_PRIORITIES);
}

/* a PerseaYieldFunc: to more urgent requests at once, to others after a while, and to work that it
 * is in the middle of. */
static gboolean
worker_should_yield (PerseaPriority priority, gint64 since, gpointer user_data)
{
  PerseaWorker *worker = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  if (worker_has_request (worker, priority) || priority >= worker_get_end (worker))
    return TRUE;
  return g_get_monotonic_time () - since > WORKER_SLICE
         && (worker_has_request (worker, priority + 1)
             || (worker->inside && worker->outer <= priority));
}

/* The following are called with the lock held, and let it go while they work. */

static void
worker_note_memory (PerseaWorker *worker)
{
  worker->search_memory = persea_loader_get_search_memory (worker->loader);
}

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
  worker_note_memory (worker);
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
  persea_worker_set_urgency (worker, persea_request_get_priority (request));
  g_mutex_unlock (&worker->lock);
  ok = persea_request_run (request, worker->loader, worker_should_yield, worker, &more);
  g_mutex_lock (&worker->lock);
  worker_note_memory (worker);
  g_queue_pop_tail (&worker->running);
  if (persea_request_get_priority (request) == PERSEA_PRIORITY_INTERACTIVE)
    worker->rest_until = MAX (worker->rest_until, g_get_monotonic_time () + WORKER_QUIET);
  if (more)
    g_queue_push_tail (queue, g_steal_pointer (&request));
  if (ok || worker->inside) /* the work around it finds out by itself */
    return;
  /* the next one opens it again */
  g_mutex_unlock (&worker->lock);
  persea_loader_drop (worker->loader);
  g_mutex_lock (&worker->lock);
  worker_note_memory (worker);
}

/* of a priority below @end */
static gboolean
worker_has_drawing_request (PerseaWorker *worker, unsigned end)
{
  for (unsigned i = 0; i < end; i++)
    for (GList *link = worker->requests[i].head; link != NULL; link = link->next)
      if (persea_request_draws (link->data))
        return TRUE;
  return FALSE;
}

/* Requests of a priority below @end, for WORKER_SLICE; after that, only those that are more urgent than
 * the work around them. */
static void
worker_serve_inside (PerseaWorker *worker, unsigned end)
{
  gint64 begin = g_get_monotonic_time ();
  GQueue *queue;
  GList *link;

  while (!worker->quit && (link = worker_find_request (worker, end, &queue)) != NULL)
    {
      worker_run_request (worker, queue, link);
      if (g_get_monotonic_time () - begin > WORKER_SLICE)
        end = MIN (end, worker->outer);
    }
  persea_worker_set_urgency (worker, worker->outer);
}

/* The drawing of a watched folder keeps to the pace.  One that has to stop is given up when it has
 * waited as long as models are kept: it will be drawn again, and be the same. */
static void
worker_rest_inside (PerseaWorker *worker)
{
  gint64 now = g_get_monotonic_time ();
  gint64 work = worker->rested != 0 ? now - worker->rested : 0;
  gint64 until = now + MIN (WORKER_REST * work, WORKER_MAX_REST);
  gint64 give_up = now + (gint64) worker->settings->drop_after * G_USEC_PER_SEC;

  while (!worker->quit && !worker->relieve && worker->pace != PERSEA_PACE_FULL
         && !g_cancellable_is_cancelled (worker->backlog_cancellable))
    {
      gboolean stop = worker->pace == PERSEA_PACE_STOP;

      if (!g_cond_wait_until (&worker->changed, &worker->lock, stop ? give_up : until))
        {
          if (stop)
            g_cancellable_cancel (worker->backlog_cancellable);
          break;
        }
      worker_serve_inside (worker, worker_get_end (worker));
    }
  worker->rested = g_get_monotonic_time ();
}

/* Whether the work that is made way in can be done later, and will come to the same, but stands in the
 * way now: of a drawing that somebody waits for, which cannot be done inside, or of a pause. */
static gboolean
worker_should_put_off (PerseaWorker *worker)
{
  if (worker->outer == PERSEA_N_PRIORITIES) /* a pause is waited for: worker_rest_inside() */
    return worker->relieve || worker_has_drawing_request (worker, PERSEA_N_PRIORITIES);
  return worker->outer == PERSEA_PRIORITY_BACKGROUND
         && (worker_has_drawing_request (worker, PERSEA_PRIORITY_BACKGROUND)
             || worker->pace == PERSEA_PACE_STOP);
}

static void
worker_put_off (PerseaWorker *worker)
{
  if (worker->outer == PERSEA_N_PRIORITIES)
    g_cancellable_cancel (worker->backlog_cancellable);
  else
    persea_request_put_off (g_queue_peek_head (&worker->running));
}

/* Called by the loader, between two codes that are drawn, say, without the lock: requests need not
 * wait for the end of a drawing.  Those of its own priority get no more time than the drawing. */
static void
worker_make_way (gpointer data)
{
  PerseaWorker *worker = data;
  gint64 begin = g_get_monotonic_time ();
  unsigned end = begin < worker->way_next ? worker->outer : worker->outer + 1;

  if (worker->inside)
    return;
  g_mutex_lock (&worker->lock);
  worker->inside = TRUE;
  if (worker_should_put_off (worker))
    worker_put_off (worker);
  worker_serve_inside (worker, MIN (end, worker_get_end (worker)));
  if (worker->outer == PERSEA_N_PRIORITIES)
    worker_rest_inside (worker);
  worker->inside = FALSE;
  g_mutex_unlock (&worker->lock);
  worker->way_next = 2 * g_get_monotonic_time () - begin;
}

/* Lets go of models and device, and of the memory that they leave behind. */
static void
worker_let_go (PerseaWorker *worker)
{
  worker->relieve = FALSE;
  if (!persea_loader_is_loaded (worker->loader))
    return;
  g_mutex_unlock (&worker->lock);
  g_debug ("the models are let go");
  persea_loader_drop (worker->loader);
  g_hash_table_remove_all (worker->runs);
  persea_memory_give_back ();
  g_mutex_lock (&worker->lock);
  worker_note_memory (worker);
}

/* Waits for something to do; lets go of the models when that takes too long. */
static void
worker_wait (PerseaWorker *worker, gint64 idle_since)
{
  gint64 drop_at = idle_since + (gint64) worker->settings->drop_after * G_USEC_PER_SEC;
  gboolean loaded = persea_loader_is_loaded (worker->loader);
  gint64 until = MIN (loaded ? drop_at : G_MAXINT64, persea_worker_get_round_time (worker));

  persea_worker_set_urgency (worker, PERSEA_PRIORITY_INTERACTIVE);
  if (until == G_MAXINT64)
    g_cond_wait (&worker->changed, &worker->lock);
  else
    g_cond_wait_until (&worker->changed, &worker->lock, until);
  if (g_get_monotonic_time () >= drop_at && !worker_has_request (worker, worker_get_end (worker)))
    worker_let_go (worker);
}

/* Rests and quiet moments are no end; a wait for a better time is. */
static void
worker_tell_idle (PerseaWorker *worker)
{
  if (worker->idle || (persea_worker_get_round_time (worker) != G_MAXINT64
                       && worker->retry_at <= g_get_monotonic_time ()))
    return;
  worker->idle = TRUE;
  worker_tell (worker, idle_news_deliver, worker, NULL);
}

static void
worker_tell_busy (PerseaWorker *worker)
{
  if (worker->idle)
    worker_tell (worker, busy_news_deliver, worker, NULL);
  worker->idle = FALSE;
}

/* Does one thing, the most urgent.  Returns: whether there was one */
static gboolean
worker_work (PerseaWorker *worker)
{
  GQueue *queue;
  GList *link = worker_find_request (worker, worker_get_end (worker), &queue);

  if (worker->new_settings)
    worker_take_settings (worker);
  else if (worker->relieve)
    worker_let_go (worker);
  else if (link != NULL || worker_may_work (worker))
    {
      worker_tell_busy (worker);
      if (link != NULL)
        worker_run_request (worker, queue, link);
      else
        persea_worker_run_round (worker);
    }
  else
    return FALSE;
  return TRUE;
}

static gpointer
worker_main (gpointer data)
{
  PerseaWorker *worker = data;
  gint64 idle_since = 0; /* 0: not idle */

  /* it hands out the work, and holds the library meanwhile; who computes are drivers and decoders */
  persea_scheduling_keep_class (worker->scheduling);
  g_mutex_lock (&worker->lock);
  while (!worker->quit)
    {
      if (worker_work (worker))
        {
          idle_since = 0;
          continue;
        }
      if (idle_since == 0)
        idle_since = g_get_monotonic_time ();
      worker_tell_idle (worker);
      worker_wait (worker, idle_since);
    }
  g_mutex_unlock (&worker->lock);
  return NULL;
}

PerseaWorker *
persea_worker_new (const PerseaLoaderOptions *options,
                   PerseaSettings            *settings,
                   PerseaScheduling          *scheduling,
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
  worker->scheduling = scheduling;
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
  worker->pace = PERSEA_PACE_STOP;
  worker->backlog_cancellable = g_cancellable_new ();
  worker->tag_cancellable = g_cancellable_new ();
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
  g_cancellable_cancel (worker->tag_cancellable);
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
  g_object_unref (worker->tag_cancellable);
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
persea_worker_set_pace (PerseaWorker *worker, PerseaPace pace)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  worker->pace = pace;
  if (pace == PERSEA_PACE_FULL)
    worker->rest_until = 0;
  if (pace == PERSEA_PACE_STOP)
    g_cancellable_cancel (worker->tag_cancellable);
  g_cond_signal (&worker->changed);
}

void
persea_worker_relieve (PerseaWorker *worker)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  worker->relieve = TRUE;
  g_cancellable_cancel (worker->tag_cancellable);
  g_cond_signal (&worker->changed);
}

guint64
persea_worker_get_search_memory (PerseaWorker *worker)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  return worker->search_memory;
}

void
persea_worker_wake (PerseaWorker *worker)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  worker->backlog = TRUE;
  worker->idle = FALSE;
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
  if (persea_request_get_priority (request) == PERSEA_PRIORITY_INTERACTIVE)
    {
      /* what is decoded and half encoded will be so again; at an idle priority even its end could be
       * far */
      g_cancellable_cancel (worker->tag_cancellable);
      persea_worker_set_urgency (worker, PERSEA_PRIORITY_INTERACTIVE);
      worker->asked = g_get_monotonic_time ();
    }
  g_cond_signal (&worker->changed);
}

void
persea_worker_cancel (PerseaWorker *worker, PerseaRequest *request)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&worker->lock);

  persea_request_cancel (request);
  if (!g_queue_remove (&worker->requests[persea_request_get_priority (request)], request))
    {
      /* running, and it ends by the cancellable; or it has ended */
      persea_request_give_up (request);
      return;
    }
  persea_request_tell_cancelled (request);
  persea_request_unref (request);
}
