/* persea-bus-job.h - a job object on the bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Translates between a request to the worker and the interface org.persea.Persea1.Job, and does
 * nothing else.
 */
#pragma once

#include "persea-bus-options.h"
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
 * persea_bus_job_new:
 * @path: object path
 * @owner: unique name of the caller
 * @call: (transfer full): what to do
 * @error: return location; if @path is in use
 *
 * Exports the object, submits the request, and cancels it when @owner leaves the bus, unless the
 * call says otherwise.
 *
 * Returns: (transfer full) (nullable): the job
 */
PerseaBusJob *persea_bus_job_new (GDBusConnection    *connection,
                                  const char         *path,
                                  const char         *owner,
                                  PerseaBusTagCall   *call,
                                  PerseaWorker       *worker,
                                  PerseaBusJobFunc    finished,
                                  gpointer            user_data,
                                  GError            **error);

/* Only after it has finished. */
void persea_bus_job_free (PerseaBusJob *job);

void        persea_bus_job_cancel (PerseaBusJob *job);
const char *persea_bus_job_get_path (PerseaBusJob *job);
const char *persea_bus_job_get_owner (PerseaBusJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusJob, persea_bus_job_free)

G_END_DECLS
