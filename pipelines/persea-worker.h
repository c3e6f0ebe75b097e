/* persea-worker.h - the one thread that owns the engine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two things wait for it: requests of programs (persea-request.h, in memory) and the pictures of
 * watched folders (persea-queue.h, in the library).  Requests come first, the interactive ones
 * before those in the background: what a batch has begun is done before, no more.  Requests of
 * the same priority take turns, so that nobody waits for somebody else's ten thousand pictures.
 * A drawing lets others have their turn in its middle; two drawings follow one another, but one in the
 * background is put off, and drawn anew, for one that somebody waits for.  When
 * there was nothing to do for a while, models and device are let go.
 *
 * Watched folders, and requests in the background, are worked on at the pace that is set
 * (persea-manners.h) and at a low priority (persea-scheduling.h).  An interactive request ends the
 * tagging of a folder in the middle of a batch, and takes the priority back at once.
 *
 * Threads: all functions are for the thread of the main context that was the default one when the
 * worker was made, and all callbacks come there.
 */
#pragma once

#include "persea-loader.h"
#include "persea-manners.h"
#include "persea-request.h"
#include "persea-scheduling.h"

G_BEGIN_DECLS

typedef struct _PerseaWorker PerseaWorker;

/**
 * PerseaWorkerEvents:
 * @loaded: other devices or models are in use: the properties of org.persea.Persea1
 * @idle: everything is done that there was to do, or may be done now
 * @busy: no longer so
 */
typedef struct
{
  void (*loaded) (PerseaWorker *worker,
                  GVariant     *devices,
                  GVariant     *models,
                  gpointer      user_data);
  void (*idle) (PerseaWorker *worker, gpointer user_data);
  void (*busy) (PerseaWorker *worker, gpointer user_data);
} PerseaWorkerEvents;

/**
 * persea_worker_new:
 * @options: copied
 * @settings: at first; see persea_worker_set_settings()
 * @scheduling: must stay
 * @events: must stay
 *
 * Returns: (transfer full): a worker whose pace is %PERSEA_PACE_STOP at first
 */
PerseaWorker *persea_worker_new (const PerseaLoaderOptions *options,
                                 PerseaSettings            *settings,
                                 PerseaScheduling          *scheduling,
                                 const PerseaWorkerEvents  *events,
                                 gpointer                   user_data);

/* Ends what is being done and waits for it; what was not done is queued again, requests finish
 * as cancelled. */
void persea_worker_free (PerseaWorker *worker);

void persea_worker_set_settings (PerseaWorker *worker, PerseaSettings *settings);

/* How watched folders, and requests in the background, are worked on from now on. */
void persea_worker_set_pace (PerseaWorker *worker, PerseaPace pace);

/* Memory is short: lets go of what is not needed this moment. */
void persea_worker_relieve (PerseaWorker *worker);

/* bytes of embeddings that are kept for searches */
guint64 persea_worker_get_search_memory (PerseaWorker *worker);

/* There is something new in the library's queue. */
void persea_worker_wake (PerseaWorker *worker);

void persea_worker_submit (PerseaWorker *worker, PerseaRequest *request);

/* Ends @request soon, be it queued, loading or running; its @finished comes later, but within a
 * second, even if the worker is in something that cannot be stopped: the next request waits for that. */
void persea_worker_cancel (PerseaWorker *worker, PerseaRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWorker, persea_worker_free)

G_END_DECLS
