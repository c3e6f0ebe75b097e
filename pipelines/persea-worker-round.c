/* persea-worker-round.c - watched folders: when, how much, at what priority
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-worker-private.h"

#include "persea-backlog.h"
#include "persea-error.h"

/* after a failure that every picture would meet: when to try again, doubled each time, s */
#define WORKER_FIRST_RETRY 10
#define WORKER_LAST_RETRY (60 * 60)
/* pictures of a round: a few batches, so that decoding and encoding overlap; at a slow pace */
#define WORKER_ROUND 64
#define WORKER_SLOW_ROUND 16
/* who has asked so lately may do so again, before a large batch is through, µs */
#define WORKER_LATELY (30 * G_USEC_PER_SEC)

gint64
persea_worker_get_round_time (PerseaWorker *worker)
{
  if (!worker->backlog || worker->pace == PERSEA_PACE_STOP)
    return G_MAXINT64;
  return MAX (worker->retry_at, worker->rest_until);
}

void
persea_worker_set_urgency (PerseaWorker *worker, unsigned priority)
{
  persea_scheduling_set (worker->scheduling, priority == PERSEA_PRIORITY_INTERACTIVE
                                               ? PERSEA_URGENCY_NORMAL
                                               : PERSEA_URGENCY_BACKGROUND);
}

static void
worker_put_off (PerseaWorker *worker, const GError *error)
{
  worker->retry = CLAMP (2 * worker->retry, WORKER_FIRST_RETRY, WORKER_LAST_RETRY);
  worker->retry_at = g_get_monotonic_time () + (gint64) worker->retry * G_USEC_PER_SEC;
  g_warning ("%s; trying again in %u seconds", error->message, worker->retry);
}

/* How the next round of the backlog is begun and ended from outside. */
static void
worker_begin_round (PerseaWorker *worker)
{
  g_object_unref (worker->backlog_cancellable);
  worker->backlog_cancellable = g_cancellable_new ();
  g_object_unref (worker->tag_cancellable);
  worker->tag_cancellable = g_cancellable_new ();
  worker->outer = PERSEA_N_PRIORITIES;
  worker->rested = g_get_monotonic_time ();
  /* what is offered from here on is found by the next round */
  worker->backlog = FALSE;
  persea_worker_set_urgency (worker, PERSEA_N_PRIORITIES);
}

static void
worker_end_round (PerseaWorker *worker, gint64 begin, const GError *error)
{
  gint64 now = g_get_monotonic_time ();

  worker->backlog = TRUE;
  if (worker->pace == PERSEA_PACE_SLOW)
    worker->rest_until = now + MIN (WORKER_REST * (now - begin), WORKER_MAX_REST);
  if (error == NULL)
    worker->retry = 0;
  else if (!persea_error_is_cancelled (error))
    worker_put_off (worker, error);
}

void
persea_worker_run_round (PerseaWorker *worker)
{
  g_autoptr (PerseaSettings) settings = persea_settings_ref (worker->settings);
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();
  PerseaBacklog backlog = {
    .library = worker->library,
    .loader = worker->loader,
    .settings = settings,
    .stop = persea_worker_should_stop,
    .user_data = worker,
    .runs = worker->runs,
    .last = &worker->last,
    .max = worker->pace == PERSEA_PACE_SLOW ? WORKER_SLOW_ROUND : WORKER_ROUND,
    .gentle = worker->asked != 0 && begin - worker->asked < WORKER_LATELY,
  };
  gboolean empty = FALSE;
  gboolean ok;

  worker_begin_round (worker);
  backlog.cancellable = g_object_ref (worker->backlog_cancellable);
  backlog.tag_cancellable = g_object_ref (worker->tag_cancellable);
  g_mutex_unlock (&worker->lock);
  ok = persea_backlog_round (&backlog, &empty, &error);
  if (g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST))
    persea_loader_drop (worker->loader);
  g_object_unref (backlog.cancellable);
  g_object_unref (backlog.tag_cancellable);
  g_mutex_lock (&worker->lock);

  if (!ok || !empty)
    worker_end_round (worker, begin, error);
}
