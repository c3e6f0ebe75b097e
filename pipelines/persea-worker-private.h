/* persea-worker-private.h - the worker, as its own files see it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All functions are for the worker's thread, and are called with the lock held, unless they say
 * otherwise.
 */
#pragma once

#include "persea-worker.h"

G_BEGIN_DECLS

/* at a slow pace: rest so many times as long as the work before, this long at most, µs */
#define WORKER_REST 3
#define WORKER_MAX_REST (30 * G_USEC_PER_SEC)

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
  gint64                    rested;   /* when a drawing began again, or 0, monotonic, µs */
  PerseaScheduling         *scheduling; /* (unowned) */

  GMutex          lock; /* of all below */
  GCond           changed;
  PerseaSettings *settings;
  gboolean        new_settings;
  GQueue          requests[PERSEA_N_PRIORITIES]; /* of (owned) PerseaRequest */
  GQueue          running; /* of (unowned) PerseaRequest: one, and one in the middle of it */
  gboolean        inside; /* in the middle of other work, which made way */
  GCancellable   *backlog_cancellable;
  GCancellable   *tag_cancellable; /* ends the tagging of the backlog alone */
  gboolean        backlog; /* the library's queue may have something */
  PerseaPace      pace;
  guint64         search_memory; /* bytes that searches hold */
  gint64          rest_until; /* not before, either, monotonic, µs */
  gint64          asked;      /* when somebody asked last for something to wait for, monotonic, µs; 0: never */
  gboolean        relieve;    /* let go of everything at the next moment */
  gboolean        idle;       /* that there is nothing to do has been told */
  gint64          retry_at; /* not before, monotonic, µs */
  unsigned        retry;    /* s */
  gboolean        quit;
};

/* for PerseaBacklog; without the lock */
gboolean persea_worker_should_stop (gpointer worker);

/* @priority: a PerseaPriority, or %PERSEA_N_PRIORITIES for watched folders.  Also on other threads. */
void persea_worker_set_urgency (PerseaWorker *worker, unsigned priority);

/* Works on watched folders for a while; lets the lock go meanwhile. */
void persea_worker_run_round (PerseaWorker *worker);

/* When that may be done next, monotonic, µs; %G_MAXINT64: not before something changes. */
gint64 persea_worker_get_round_time (PerseaWorker *worker);

G_END_DECLS
