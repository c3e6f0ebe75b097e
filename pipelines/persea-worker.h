/* persea-worker.h - the one thread that owns the engine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two things wait for it: requests of programs (persea-request.h, in memory) and the pictures of
 * watched folders (persea-queue.h, in the library).  Requests come first, the interactive ones
 * before those in the background: what a batch has begun is done before, no more.  Requests of
 * the same priority take turns, so that nobody waits for somebody else's ten thousand pictures.
 * A drawing lets others have their turn in its middle; two drawings follow one another.  When
 * there was nothing to do for a while, models and device are let go.
 *
 * The thread runs at a lower priority (nice), for good: Linux does not let it take back what it
 * gave.  While it works on watched folders its disk priority is idle.  Whether the machine is on
 * battery or short of memory will be asked in worker_may_work().
 *
 * Threads: all functions are for the thread of the main context that was the default one when the
 * worker was made, and all callbacks come there.
 */
#pragma once

#include "persea-loader.h"
#include "persea-request.h"

G_BEGIN_DECLS

typedef struct _PerseaWorker PerseaWorker;

/**
 * PerseaWorkerEvents:
 * @loaded: other devices or models are in use: the properties of org.persea.Persea1
 * @idle: everything is done that there was to do
 */
typedef struct
{
  void (*loaded) (PerseaWorker *worker,
                  GVariant     *devices,
                  GVariant     *models,
                  gpointer      user_data);
  void (*idle) (PerseaWorker *worker, gpointer user_data);
} PerseaWorkerEvents;

/**
 * persea_worker_new:
 * @options: copied
 * @settings: at first; see persea_worker_set_settings()
 * @events: must stay
 *
 * Returns: (transfer full): a worker that looks at the queue at once
 */
PerseaWorker *persea_worker_new (const PerseaLoaderOptions *options,
                                 PerseaSettings            *settings,
                                 const PerseaWorkerEvents  *events,
                                 gpointer                   user_data);

/* Ends what is being done and waits for it; what was not done is queued again, requests finish
 * as cancelled. */
void persea_worker_free (PerseaWorker *worker);

void persea_worker_set_settings (PerseaWorker *worker, PerseaSettings *settings);

/* There is something new in the library's queue. */
void persea_worker_wake (PerseaWorker *worker);

void persea_worker_submit (PerseaWorker *worker, PerseaRequest *request);

/* Ends @request soon, be it queued, loading or running; its @finished comes later. */
void persea_worker_cancel (PerseaWorker *worker, PerseaRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWorker, persea_worker_free)

G_END_DECLS
