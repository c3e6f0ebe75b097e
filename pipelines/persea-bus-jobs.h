/* persea-bus-jobs.h - the job objects on the bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Who calls may have a bounded number of jobs, and all together, too.  A job can be looked at for a
 * minute after its end.
 */
#pragma once

#include "persea-bus-call.h"
#include "persea-worker.h"

G_BEGIN_DECLS

typedef struct _PerseaBusJobs PerseaBusJobs;

/* Told when there is one more or one less that has not finished. */
typedef void (*PerseaBusJobsFunc) (PerseaBusJobs *jobs, gpointer user_data);

PerseaBusJobs *persea_bus_jobs_new (GDBusConnection   *connection,
                                    PerseaWorker      *worker,
                                    PerseaBusJobsFunc  changed,
                                    gpointer           user_data);

/* Only after all jobs have finished: call persea_bus_jobs_cancel_all() and free the worker before. */
void persea_bus_jobs_free (PerseaBusJobs *jobs);

/**
 * persea_bus_jobs_start:
 * @sender: unique name of the caller
 * @call: (transfer full): how to do it
 * @work: (transfer full): what to do
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if the token is in use,
 *   %PERSEA_ERROR_BUSY if there are too many jobs or open descriptors
 *
 * Returns: (transfer none) (nullable): the path of the new job; good until it has finished
 */
const char *persea_bus_jobs_start (PerseaBusJobs  *jobs,
                                   const char     *sender,
                                   PerseaBusCall  *call,
                                   PerseaWork     *work,
                                   GError        **error);

/**
 * PerseaBusParseFunc:
 * @call: (inout): empty; gets what is not about the work itself
 * @arguments: of the method, as its signature says
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT that names the option
 *
 * Returns: (transfer full) (nullable): what to do
 */
typedef PerseaWork *(*PerseaBusParseFunc) (PerseaBusCall *call, GVariant *arguments, GError **error);

/* Answers a call that gives out work with the path of its job, or with an error.  @invocation:
 * (transfer full) */
void persea_bus_jobs_handle (PerseaBusJobs         *jobs,
                             GDBusMethodInvocation *invocation,
                             PerseaBusParseFunc     parse);

void persea_bus_jobs_cancel_all (PerseaBusJobs *jobs);

/* jobs that have not finished */
unsigned persea_bus_jobs_count (PerseaBusJobs *jobs);

/* (transfer container) (array zero-terminated=1): their paths, in the order of the calls */
const char **persea_bus_jobs_list (PerseaBusJobs *jobs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusJobs, persea_bus_jobs_free)

G_END_DECLS
