/* persea-bus-jobs.c - the job objects on the bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-jobs.h"

#include "persea-bus-error.h"
#include "persea-bus-job.h"
#include "persea-bus-results.h"
#include "persea-bus.h"
#include "persea-error.h"

#include <string.h>
#include <sys/resource.h>

#include <glib/gi18n.h>

#define JOBS_MAX 1024
#define JOBS_MAX_OF_ONE 64
#define JOBS_MAX_FILES 4096 /* and a half of what the process may have */
/* how long, and how many, finished jobs can be looked at; fewer if their results are large */
#define JOBS_KEEP_FINISHED 60 /* s */
#define JOBS_MAX_FINISHED 100
#define JOBS_MAX_FINISHED_SIZE (PERSEA_BUS_MAX_KEPT / 2)

struct _PerseaBusJobs
{
  GDBusConnection   *connection;
  PerseaWorker      *worker;
  PerseaBusJobsFunc  changed;
  gpointer           user_data;
  GQueue             active;   /* of (owned) PerseaBusJob, in the order of the calls */
  GQueue             finished; /* of (owned) PerseaBusJob, the oldest first */
  uint64_t           kept;     /* bytes of their results */
  unsigned           n_files;  /* descriptors that active jobs hold */
  unsigned           max_files;
  unsigned           n_tokens; /* made by us */
  unsigned           sweep;    /* timer */
};

PerseaBusJobs *
persea_bus_jobs_new (GDBusConnection   *connection,
                     PerseaWorker      *worker,
                     PerseaBusJobsFunc  changed,
                     gpointer           user_data)
{
  PerseaBusJobs *jobs = g_new0 (PerseaBusJobs, 1);
  struct rlimit limit = { .rlim_cur = JOBS_MAX_FILES };

  getrlimit (RLIMIT_NOFILE, &limit);
  jobs->max_files = MIN (limit.rlim_cur / 2, JOBS_MAX_FILES);
  jobs->connection = g_object_ref (connection);
  jobs->worker = worker;
  jobs->changed = changed;
  jobs->user_data = user_data;
  g_queue_init (&jobs->active);
  g_queue_init (&jobs->finished);
  return jobs;
}

void
persea_bus_jobs_free (PerseaBusJobs *jobs)
{
  if (jobs == NULL)
    return;
  g_clear_handle_id (&jobs->sweep, g_source_remove);
  g_queue_clear_full (&jobs->finished, (GDestroyNotify) persea_bus_job_free);
  g_warn_if_fail (jobs->active.length == 0);
  g_object_unref (jobs->connection);
  g_free (jobs);
}

static gboolean
jobs_sweep (gpointer user_data)
{
  PerseaBusJobs *jobs = user_data;

  jobs->sweep = 0;
  g_queue_clear_full (&jobs->finished, (GDestroyNotify) persea_bus_job_free);
  return G_SOURCE_REMOVE;
}

static void
on_job_finished (PerseaBusJob *job, gpointer user_data)
{
  PerseaBusJobs *jobs = user_data;

  g_queue_remove (&jobs->active, job);
  jobs->n_files -= persea_bus_job_count_files (job);
  g_queue_push_tail (&jobs->finished, job);
  while (jobs->finished.length > JOBS_MAX_FINISHED
         || (jobs->finished.length > 1 && jobs->kept > JOBS_MAX_FINISHED_SIZE))
    persea_bus_job_free (g_queue_pop_head (&jobs->finished));
  /* one timer for all: the last one is there for a minute, others a little longer */
  g_clear_handle_id (&jobs->sweep, g_source_remove);
  jobs->sweep = g_timeout_add_seconds (JOBS_KEEP_FINISHED, jobs_sweep, jobs);
  jobs->changed (jobs, jobs->user_data);
}

static char *
jobs_make_path (PerseaBusJobs *jobs, const char *sender, const char *token)
{
  g_autofree char *owner = g_strdelimit (g_strdup (sender + (sender[0] == ':')), ".", '_');

  if (token != NULL)
    return g_strconcat (PERSEA_BUS_PATH "/job/", owner, "/", token, NULL);
  return g_strdup_printf (PERSEA_BUS_PATH "/job/%s/persea_%u", owner, jobs->n_tokens++);
}

/* Whether there is room for one more job of @sender under @path. */
static gboolean
jobs_check_room (PerseaBusJobs *jobs, const char *sender, const char *path, GError **error)
{
  unsigned n = 0;

  for (GList *link = jobs->active.head; link != NULL; link = link->next)
    {
      if (strcmp (persea_bus_job_get_path (link->data), path) == 0)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       _("token: a job at %s is not finished yet"), path);
          return FALSE;
        }
      n += strcmp (persea_bus_job_get_owner (link->data), sender) == 0;
    }
  if (n < JOBS_MAX_OF_ONE && jobs->active.length < JOBS_MAX)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
               _("%u jobs are waiting, %u of them yours; wait until some have finished"),
               jobs->active.length, n);
  return FALSE;
}

static gboolean
jobs_check_files (PerseaBusJobs *jobs, const PerseaBusCall *call, GError **error)
{
  unsigned n = persea_bus_call_count_files (call);

  if (jobs->n_files + n <= jobs->max_files)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
               _("jobs that wait hold %u open files, there is no room for %u more"), jobs->n_files, n);
  return FALSE;
}

/* A finished job makes way for a new one of the same name. */
static void
jobs_clear_path (PerseaBusJobs *jobs, const char *path)
{
  for (GList *link = jobs->finished.head; link != NULL; link = link->next)
    if (strcmp (persea_bus_job_get_path (link->data), path) == 0)
      {
        persea_bus_job_free (link->data);
        g_queue_delete_link (&jobs->finished, link);
        return;
      }
}

const char *
persea_bus_jobs_start (PerseaBusJobs  *jobs,
                       const char     *sender,
                       PerseaBusCall  *call,
                       PerseaWork     *work,
                       GError        **error)
{
  g_autoptr (PerseaBusCall) own_call = call;
  g_autoptr (PerseaWork) own_work = work;
  g_autofree char *path = jobs_make_path (jobs, sender, call->token);
  const PerseaBusJobOptions options = {
    .connection = jobs->connection,
    .worker = jobs->worker,
    .kept = &jobs->kept,
    .finished = on_job_finished,
    .user_data = jobs,
  };
  PerseaBusJob *job;

  if (!jobs_check_room (jobs, sender, path, error) || !jobs_check_files (jobs, call, error))
    return NULL;
  jobs_clear_path (jobs, path);
  job = persea_bus_job_new (&options, path, sender, g_steal_pointer (&own_call),
                            g_steal_pointer (&own_work), error);
  if (job == NULL)
    return NULL;
  g_queue_push_tail (&jobs->active, job);
  jobs->n_files += persea_bus_job_count_files (job);
  jobs->changed (jobs, jobs->user_data);
  return persea_bus_job_get_path (job);
}

void
persea_bus_jobs_handle (PerseaBusJobs         *jobs,
                        GDBusMethodInvocation *invocation,
                        PerseaBusParseFunc     parse)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  PerseaBusCall *call = persea_bus_call_new (g_dbus_message_get_unix_fd_list (message));
  g_autoptr (GError) error = NULL;
  PerseaWork *work = parse (call, arguments, &error);
  const char *path = NULL;

  call->fd_list = NULL; /* goes with the message */
  if (work != NULL)
    path = persea_bus_jobs_start (jobs, g_dbus_method_invocation_get_sender (invocation), call,
                                  work, &error);
  else
    persea_bus_call_free (call);
  if (path != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
  else
    persea_bus_error_return (invocation, error);
}

void
persea_bus_jobs_cancel_all (PerseaBusJobs *jobs)
{
  for (GList *link = jobs->active.head; link != NULL; link = link->next)
    persea_bus_job_cancel (link->data);
}

unsigned
persea_bus_jobs_count (PerseaBusJobs *jobs)
{
  return jobs->active.length;
}

const char **
persea_bus_jobs_list (PerseaBusJobs *jobs)
{
  const char **paths = g_new0 (const char *, jobs->active.length + 1);
  size_t n = 0;

  for (GList *link = jobs->active.head; link != NULL; link = link->next)
    paths[n++] = persea_bus_job_get_path (link->data);
  return paths;
}
