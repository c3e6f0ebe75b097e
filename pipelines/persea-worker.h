/* persea-worker.h - the one thread that owns the engine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two things wait for it: requests of programs (PerseaRequest, in memory) and the pictures of
 * watched folders (persea-queue.h, in the library).  Requests come first: the pictures of a batch
 * that has begun are done before, no others; a drawing waits in the middle.  When there was nothing to do for a while, models and
 * device are let go.
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

G_BEGIN_DECLS

typedef struct _PerseaWorker PerseaWorker;
typedef struct _PerseaRequest PerseaRequest;

/**
 * PerseaRequestItem:
 * @index: of the picture in the request
 * @tags: (element-type PerseaTagRecord) (nullable): its tags, %NULL if it failed
 * @error: (nullable): why
 */
typedef struct
{
  unsigned   index;
  GPtrArray *tags;
  GError    *error;
} PerseaRequestItem;

/**
 * PerseaRequestEvents:
 * @loading: its turn has come, and the model and vocabulary are being loaded
 * @running: they are there; @model is the model's name
 * @items: (element-type PerseaRequestItem): some results; every picture has one unless the request
 *   fails or is cancelled
 * @finished: the end; @error is %NULL if it went well, %PERSEA_ERROR_CANCELLED after
 *   persea_worker_cancel(); @run is the name of the run, if something was written
 */
typedef struct
{
  void (*loading) (PerseaRequest *request, gpointer user_data);
  void (*running) (PerseaRequest *request, const char *model, gpointer user_data);
  void (*items) (PerseaRequest *request, GPtrArray *items, gpointer user_data);
  void (*finished) (PerseaRequest *request,
                    const char    *run,
                    const GError  *error,
                    gpointer       user_data);
} PerseaRequestEvents;

/**
 * persea_request_new:
 * @paths: (transfer full) (element-type filename): pictures; an item may be %NULL for one that is
 *   in error already and will be passed over
 * @model: (nullable): name or path
 * @tag: which tags, and where to; copied
 * @events: must stay; called until @finished has been
 *
 * Returns: (transfer full): something to submit
 */
PerseaRequest *persea_request_new (GPtrArray                 *paths,
                                   const char                *model,
                                   const PerseaTagOptions    *tag,
                                   const PerseaRequestEvents *events,
                                   gpointer                   user_data);

PerseaRequest *persea_request_ref (PerseaRequest *request);
void           persea_request_unref (PerseaRequest *request);

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaRequest, persea_request_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWorker, persea_worker_free)

G_END_DECLS
