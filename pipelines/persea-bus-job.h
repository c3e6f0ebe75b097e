/* persea-bus-job.h - a job object on the bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Translates between a request to the worker and the interface org.persea.Persea1.Job, and does
 * nothing else.
 */
#pragma once

#include "persea-bus-call.h"
#include "persea-worker.h"

G_BEGIN_DECLS

typedef struct _PerseaBusJob PerseaBusJob;

/**
 * PerseaBusJobFunc:
 *
 * Told once, when @job has finished.  Must not free it.
 */
typedef void (*PerseaBusJobFunc) (PerseaBusJob *job, gpointer user_data);

/**
 * PerseaBusJobOptions:
 * @connection: the bus
 * @worker: who does it
 * @kept: (inout): see persea-bus-results.h
 * @finished: told at the end
 */
typedef struct
{
  GDBusConnection  *connection;
  PerseaWorker     *worker;
  uint64_t         *kept;
  PerseaBusJobFunc  finished;
  gpointer          user_data;
} PerseaBusJobOptions;

/**
 * persea_bus_job_new:
 * @path: object path
 * @owner: unique name of the caller
 * @call: (transfer full): how to do it
 * @work: (transfer full): what to do
 * @error: return location; if @path is in use
 *
 * Exports the object, submits the request, and cancels it when @owner leaves the bus, unless the
 * call says otherwise.
 *
 * Returns: (transfer full) (nullable): the job
 */
PerseaBusJob *persea_bus_job_new (const PerseaBusJobOptions  *options,
                                  const char                 *path,
                                  const char                 *owner,
                                  PerseaBusCall              *call,
                                  PerseaWork                 *work,
                                  GError                    **error);

/* Only after it has finished. */
void persea_bus_job_free (PerseaBusJob *job);

void        persea_bus_job_cancel (PerseaBusJob *job);
const char *persea_bus_job_get_path (PerseaBusJob *job);
const char *persea_bus_job_get_owner (PerseaBusJob *job);

/* how many descriptors it holds */
unsigned persea_bus_job_count_files (PerseaBusJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusJob, persea_bus_job_free)

G_END_DECLS
