/* persea-bus-job.c - from a request's events to signals and properties
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-job.h"

#include "persea-bus-error.h"
#include "persea-bus-results.h"
#include "persea-dbus.h"
#include "persea-error.h"
#include "persea-shared-memory.h"

#include <glib/gi18n.h>

#define JOB_INTERFACE "org.persea.Persea1.Job"
#define JOB_PERCENTAGE_UNKNOWN 101
#define JOB_TIME_UNKNOWN (-1)
/* until then nobody can know how long it takes, µs */
#define JOB_TIME_GUESSED (G_USEC_PER_SEC / 2)
/* calls of Wait that are not answered yet */
#define JOB_MAX_WAITING 64

struct _PerseaBusJob
{
  PerseaBusJobOptions    options;
  char                  *path;
  char                  *owner;
  PerseaBusCall         *call;
  PerseaRequest         *request;
  unsigned               n_items;
  PerseaDBusPersea1Job  *skeleton;
  PerseaBusResults      *results;
  GBytes                *preview; /* (nullable): the last one */
  unsigned               n_previews;
  GQueue                 waiting; /* of (owned) GDBusMethodInvocation */
  GVariant              *end;     /* (nullable): (ua{sv}): as Finished tells it */
  unsigned               watch;   /* of the owner */
  unsigned               n_done;
  unsigned               n_failed;
  double                 fraction; /* of the work that is done */
  gint64                 begin;    /* when it began, monotonic, µs; 0: not yet */
  gboolean               finished;
};

/* To the owner only; to everybody if the job may outlive its owner. */
static void
job_emit (PerseaBusJob *job, const char *signal, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  if (!g_dbus_connection_emit_signal (job->options.connection,
                                      job->call->lasting ? NULL : job->owner, job->path,
                                      JOB_INTERFACE, signal, parameters, &error))
    g_debug ("%s: %s: %s", job->path, signal, error->message);
}

static void
job_insert_error (GVariantDict *values, const GError *error)
{
  g_autofree char *message = persea_bus_error_message (error);

  g_variant_dict_insert (values, "error-name", "s", persea_bus_error_name (error));
  g_variant_dict_insert (values, "error-message", "s", message);
}

/* Results */

/* @error: (inout) (nullable): set if there is no room for its picture */
static void
job_keep_picture (PerseaBusJob *job, const PerseaRequestItem *item, GError **error)
{
  if (item->picture == NULL
      || persea_bus_results_add_picture (job->results, item->index, item->picture))
    return;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
               _("there is no room for more pictures that nobody has fetched"));
}

/* (transfer full): (ua{sv}) */
static GVariant *
job_describe_item (PerseaBusJob *job, const PerseaRequestItem *item)
{
  const char *uri = NULL;
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (item->values);
  g_autoptr (GError) no_room = NULL;
  const GError *error = item->error;

  if (item->index < persea_pictures_get_length (job->call->pictures))
    uri = persea_pictures_get_uri (job->call->pictures, item->index);
  if (uri != NULL && !g_variant_dict_contains (&values, "uri"))
    g_variant_dict_insert (&values, "uri", "s", uri);
  job_keep_picture (job, item, &no_room);
  if (no_room != NULL)
    error = no_room;
  if (error != NULL)
    job_insert_error (&values, error);
  job->n_done++;
  job->n_failed += error != NULL;
  return g_variant_ref_sink (g_variant_new ("(u@a{sv})", item->index, g_variant_dict_end (&values)));
}

static void
job_show_progress (PerseaBusJob *job)
{
  gint64 elapsed = g_get_monotonic_time () - job->begin;
  double fraction = MAX (job->fraction, (double) job->n_done / MAX (job->n_items, 1));
  gint64 left = JOB_TIME_UNKNOWN;

  if (fraction > 0 && (elapsed >= JOB_TIME_GUESSED || fraction >= 1))
    left = (gint64) (elapsed * (1 - fraction) / fraction / G_USEC_PER_SEC + 0.5);
  persea_dbus_persea1_job_set_items_done (job->skeleton, job->n_done);
  persea_dbus_persea1_job_set_items_failed (job->skeleton, job->n_failed);
  persea_dbus_persea1_job_set_percentage (job->skeleton, (unsigned) (100 * fraction));
  persea_dbus_persea1_job_set_time_left (job->skeleton, left);
}

/* Events of the request */

static void
on_loading (PerseaRequest *request, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  persea_dbus_persea1_job_set_state (job->skeleton, "loading");
}

static void
on_running (PerseaRequest *request, const char *model, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  if (job->begin != 0)
    return;
  job->begin = g_get_monotonic_time ();
  persea_dbus_persea1_job_set_state (job->skeleton, "running");
  persea_dbus_persea1_job_set_model (job->skeleton, model);
  job_show_progress (job);
}

static void
on_progress (PerseaRequest *request, double fraction, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  job->fraction = MAX (job->fraction, fraction);
  job_show_progress (job);
}

static void
on_items (PerseaRequest *request, GPtrArray *results, gpointer user_data)
{
  PerseaBusJob *job = user_data;
  GVariantBuilder items;

  g_variant_builder_init (&items, G_VARIANT_TYPE ("a(ua{sv})"));
  for (unsigned i = 0; i < results->len; i++)
    {
      g_autoptr (GVariant) item = job_describe_item (job, g_ptr_array_index (results, i));

      persea_bus_results_add (job->results, item);
      g_variant_builder_add_value (&items, item);
    }
  job_emit (job, "Items", g_variant_new ("(a(ua{sv}))", &items));
  job_show_progress (job);
}

static void
on_preview (PerseaRequest *request, GBytes *picture, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  g_clear_pointer (&job->preview, g_bytes_unref);
  job->preview = g_bytes_ref (picture);
  job_emit (job, "Preview", g_variant_new ("(u)", ++job->n_previews));
}

static void
job_answer_waiting (PerseaBusJob *job)
{
  GDBusMethodInvocation *invocation;

  while ((invocation = g_queue_pop_head (&job->waiting)) != NULL)
    g_dbus_method_invocation_return_value (invocation, job->end);
}

static void
on_finished (PerseaRequest *request, GVariant *more, const GError *error, gpointer user_data)
{
  PerseaBusJob *job = user_data;
  unsigned code = error == NULL ? 0 : persea_error_is_cancelled (error) ? 1 : 2;
  static const char *const states[] = { "done", "cancelled", "failed" };
  g_auto (GVariantDict) details = G_VARIANT_DICT_INIT (more);

  job->finished = TRUE;
  g_clear_handle_id (&job->watch, g_bus_unwatch_name);
  g_clear_pointer (&job->preview, g_bytes_unref);
  g_variant_dict_insert (&details, "items-failed", "u", job->n_failed);
  if (code == 2)
    {
      g_info ("%s: %s", job->path, error->message);
      job_insert_error (&details, error);
    }
  job->end = g_variant_ref_sink (g_variant_new ("(u@a{sv})", code, g_variant_dict_end (&details)));
  persea_dbus_persea1_job_set_state (job->skeleton, states[code]);
  persea_dbus_persea1_job_set_time_left (job->skeleton, 0);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (job->skeleton));
  job_emit (job, "Finished", job->end);
  job_answer_waiting (job);
  job->options.finished (job, job->options.user_data);
  persea_bus_call_drop_pictures (job->call);
  g_clear_pointer (&job->request, persea_request_unref);
}

static const PerseaRequestEvents job_events = {
  .loading = on_loading,
  .running = on_running,
  .progress = on_progress,
  .items = on_items,
  .preview = on_preview,
  .finished = on_finished,
};

/* Methods */

static gboolean
on_handle_cancel (PerseaDBusPersea1Job  *skeleton,
                  GDBusMethodInvocation *invocation,
                  gpointer               user_data)
{
  persea_bus_job_cancel (user_data);
  persea_dbus_persea1_job_complete_cancel (skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_wait (PerseaDBusPersea1Job  *skeleton,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  PerseaBusJob *job = user_data;

  if (job->waiting.length >= JOB_MAX_WAITING)
    g_dbus_method_invocation_return_error (invocation, PERSEA_ERROR, PERSEA_ERROR_BUSY,
                                           _("%u calls wait for this job already"),
                                           job->waiting.length);
  else
    g_queue_push_tail (&job->waiting, invocation);
  if (job->finished)
    job_answer_waiting (job);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_get_items (PerseaDBusPersea1Job  *skeleton,
                     GDBusMethodInvocation *invocation,
                     unsigned               skip,
                     gpointer               user_data)
{
  PerseaBusJob *job = user_data;

  persea_dbus_persea1_job_complete_get_items (skeleton, invocation,
                                              persea_bus_results_list (job->results, skip));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* @picture: (nullable): what to give out */
static void
job_return_picture (GDBusMethodInvocation *invocation, GBytes *picture, const char *what)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GError) error = NULL;
  int file;

  if (picture == NULL)
    {
      g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: there is no such picture"), what);
      persea_bus_error_return (invocation, error);
      return;
    }
  file = persea_shared_memory_new_sealed (picture, &error);
  if (file < 0)
    {
      persea_bus_error_return (invocation, error);
      return;
    }
  list = g_unix_fd_list_new_from_array (&file, 1);
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", 0),
                                                           list);
}

static gboolean
on_handle_open_picture (PerseaDBusPersea1Job  *skeleton,
                        GDBusMethodInvocation *invocation,
                        GUnixFDList           *fd_list,
                        unsigned               index,
                        gpointer               user_data)
{
  PerseaBusJob *job = user_data;
  g_autofree char *what = g_strdup_printf ("%u", index);

  job_return_picture (invocation, persea_bus_results_find_picture (job->results, index), what);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_open_preview (PerseaDBusPersea1Job  *skeleton,
                        GDBusMethodInvocation *invocation,
                        GUnixFDList           *fd_list,
                        gpointer               user_data)
{
  PerseaBusJob *job = user_data;

  job_return_picture (invocation, job->preview, "preview");
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_owner_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  g_debug ("%s: %s has left the bus", job->path, name);
  persea_bus_job_cancel (job);
}

static PerseaDBusPersea1Job *
job_make_skeleton (PerseaBusJob *job, const PerseaWork *work)
{
  PerseaDBusPersea1Job *skeleton = persea_dbus_persea1_job_skeleton_new ();

  persea_dbus_persea1_job_set_role (skeleton, work->kind->role);
  persea_dbus_persea1_job_set_state (skeleton, "queued");
  persea_dbus_persea1_job_set_model (skeleton, "");
  persea_dbus_persea1_job_set_percentage (skeleton, JOB_PERCENTAGE_UNKNOWN);
  persea_dbus_persea1_job_set_items_total (skeleton, work->n_items);
  persea_dbus_persea1_job_set_time_left (skeleton, JOB_TIME_UNKNOWN);
  g_signal_connect (skeleton, "handle-cancel", G_CALLBACK (on_handle_cancel), job);
  g_signal_connect (skeleton, "handle-wait", G_CALLBACK (on_handle_wait), job);
  g_signal_connect (skeleton, "handle-get-items", G_CALLBACK (on_handle_get_items), job);
  g_signal_connect (skeleton, "handle-open-picture", G_CALLBACK (on_handle_open_picture), job);
  g_signal_connect (skeleton, "handle-open-preview", G_CALLBACK (on_handle_open_preview), job);
  return skeleton;
}

PerseaBusJob *
persea_bus_job_new (const PerseaBusJobOptions  *options,
                    const char                 *path,
                    const char                 *owner,
                    PerseaBusCall              *call,
                    PerseaWork                 *work,
                    GError                    **error)
{
  PerseaBusJob *job = g_new0 (PerseaBusJob, 1);

  job->options = *options;
  g_object_ref (options->connection);
  job->path = g_strdup (path);
  job->owner = g_strdup (owner);
  job->call = call;
  job->n_items = work->n_items;
  job->results = persea_bus_results_new (options->kept);
  g_queue_init (&job->waiting);
  job->skeleton = job_make_skeleton (job, work);
  job->request = persea_request_new (work, call->priority, &job_events, job);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (job->skeleton),
                                         options->connection, path, error))
    {
      job->finished = TRUE;
      persea_bus_job_free (job);
      return NULL;
    }
  persea_worker_submit (options->worker, job->request);
  if (!call->lasting)
    job->watch = g_bus_watch_name_on_connection (options->connection, owner,
                                                 G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                 on_owner_vanished, job, NULL);
  return job;
}

void
persea_bus_job_free (PerseaBusJob *job)
{
  if (job == NULL)
    return;
  g_return_if_fail (job->finished);
  g_clear_handle_id (&job->watch, g_bus_unwatch_name);
  g_signal_handlers_disconnect_by_data (job->skeleton, job);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (job->skeleton)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (job->skeleton));
  g_object_unref (job->skeleton);
  persea_request_unref (job->request);
  persea_bus_results_free (job->results);
  persea_bus_call_free (job->call);
  g_clear_pointer (&job->end, g_variant_unref);
  g_object_unref (job->options.connection);
  g_free (job->owner);
  g_free (job->path);
  g_free (job);
}

void
persea_bus_job_cancel (PerseaBusJob *job)
{
  if (!job->finished)
    persea_worker_cancel (job->options.worker, job->request);
}

const char *
persea_bus_job_get_path (PerseaBusJob *job)
{
  return job->path;
}

const char *
persea_bus_job_get_owner (PerseaBusJob *job)
{
  return job->owner;
}

unsigned
persea_bus_job_count_files (PerseaBusJob *job)
{
  return persea_bus_call_count_files (job->call);
}
