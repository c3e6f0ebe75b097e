/* persea-bus-job.c - from a request's events to signals and properties
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-job.h"

#include "persea-bus-error.h"
#include "persea-dbus.h"
#include "persea-error.h"

#define JOB_INTERFACE "org.persea.Persea1.Job"
#define JOB_PERCENTAGE_UNKNOWN 101

struct _PerseaBusJob
{
  GDBusConnection       *connection;
  char                  *path;
  char                  *owner;
  PerseaBusTagCall      *call;
  PerseaWorker          *worker;
  PerseaRequest         *request;
  PerseaDBusPersea1Job  *skeleton;
  PerseaBusJobFunc       finished_func;
  gpointer               user_data;
  char                  *model; /* (nullable): known while it runs */
  unsigned               watch; /* of the owner */
  unsigned               n_done;
  unsigned               n_failed;
  gboolean               finished;
};

/* To the owner only; to everybody if the job may outlive its owner. */
static void
job_emit (PerseaBusJob *job, const char *signal, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  if (!g_dbus_connection_emit_signal (job->connection, job->call->lasting ? NULL : job->owner,
                                      job->path, JOB_INTERFACE, signal, parameters, &error))
    g_debug ("%s: %s: %s", job->path, signal, error->message);
}

static void
job_add_error (GVariantBuilder *dictionary, const GError *error)
{
  g_variant_builder_add (dictionary, "{sv}", "error-name",
                         g_variant_new_string (persea_bus_error_name (error)));
  g_variant_builder_add (dictionary, "{sv}", "error-message",
                         g_variant_new_take_string (g_utf8_make_valid (error->message, -1)));
}

static GVariant *
job_describe_tags (GPtrArray *tags)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sd)"));
  for (unsigned i = 0; i < tags->len; i++)
    {
      const PerseaTagRecord *tag = g_ptr_array_index (tags, i);

      g_variant_builder_add (&list, "(sd)", tag->name, tag->score);
    }
  return g_variant_builder_end (&list);
}

static void
job_add_item (PerseaBusJob    *job,
              GVariantBuilder *items,
              unsigned         index,
              GPtrArray       *tags,
              const GError    *error)
{
  const char *uri = g_ptr_array_index (job->call->uris, index);

  g_variant_builder_open (items, G_VARIANT_TYPE ("(ua{sv})"));
  g_variant_builder_add (items, "u", index);
  g_variant_builder_open (items, G_VARIANT_TYPE_VARDICT);
  if (uri != NULL)
    g_variant_builder_add (items, "{sv}", "uri", g_variant_new_string (uri));
  if (job->model != NULL)
    g_variant_builder_add (items, "{sv}", "model", g_variant_new_string (job->model));
  if (error != NULL)
    job_add_error (items, error);
  else
    g_variant_builder_add (items, "{sv}", "tags", job_describe_tags (tags));
  g_variant_builder_close (items);
  g_variant_builder_close (items);
  job->n_done++;
  job->n_failed += error != NULL;
}

static void
job_show_progress (PerseaBusJob *job)
{
  unsigned total = job->call->paths->len;

  persea_dbus_persea1_job_set_items_done (job->skeleton, job->n_done);
  persea_dbus_persea1_job_set_percentage (job->skeleton, 100 * job->n_done / total);
}

static void
on_loading (PerseaRequest *request, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  persea_dbus_persea1_job_set_state (job->skeleton, "loading");
}

/* The pictures that were in error from the beginning. */
static void
job_emit_early_errors (PerseaBusJob *job)
{
  GPtrArray *errors = job->call->errors;
  GVariantBuilder items;

  g_variant_builder_init (&items, G_VARIANT_TYPE ("a(ua{sv})"));
  for (unsigned i = 0; i < errors->len; i++)
    if (g_ptr_array_index (errors, i) != NULL)
      job_add_item (job, &items, i, NULL, g_ptr_array_index (errors, i));
  if (job->n_failed > 0)
    job_emit (job, "Items", g_variant_new ("(a(ua{sv}))", &items));
  else
    g_variant_builder_clear (&items);
}

static void
on_running (PerseaRequest *request, const char *model, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  persea_dbus_persea1_job_set_state (job->skeleton, "running");
  job_emit_early_errors (job);
  job->model = g_strdup (model);
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
      const PerseaRequestItem *item = g_ptr_array_index (results, i);

      job_add_item (job, &items, item->index, item->tags, item->error);
    }
  job_emit (job, "Items", g_variant_new ("(a(ua{sv}))", &items));
  job_show_progress (job);
}

static void
on_finished (PerseaRequest *request, const char *run, const GError *error, gpointer user_data)
{
  PerseaBusJob *job = user_data;
  unsigned code = error == NULL ? 0 : persea_error_is_cancelled (error) ? 1 : 2;
  static const char *const states[] = { "done", "cancelled", "failed" };
  GVariantBuilder details;

  job->finished = TRUE;
  g_clear_handle_id (&job->watch, g_bus_unwatch_name);
  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "items-failed", g_variant_new_uint32 (job->n_failed));
  if (run != NULL)
    g_variant_builder_add (&details, "{sv}", "run", g_variant_new_string (run));
  if (code == 2)
    {
      g_warning ("%s: %s", job->path, error->message);
      job_add_error (&details, error);
    }
  persea_dbus_persea1_job_set_state (job->skeleton, states[code]);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (job->skeleton));
  job_emit (job, "Finished", g_variant_new ("(ua{sv})", code, &details));
  job->finished_func (job, job->user_data);
}

static const PerseaRequestEvents job_events = {
  .loading = on_loading,
  .running = on_running,
  .items = on_items,
  .finished = on_finished,
};

static gboolean
on_handle_cancel (PerseaDBusPersea1Job  *skeleton,
                  GDBusMethodInvocation *invocation,
                  gpointer               user_data)
{
  persea_bus_job_cancel (user_data);
  persea_dbus_persea1_job_complete_cancel (skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_owner_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  PerseaBusJob *job = user_data;

  g_debug ("%s: %s has left the bus", job->path, name);
  persea_bus_job_cancel (job);
}

PerseaBusJob *
persea_bus_job_new (GDBusConnection    *connection,
                    const char         *path,
                    const char         *owner,
                    PerseaBusTagCall   *call,
                    PerseaWorker       *worker,
                    PerseaBusJobFunc    finished,
                    gpointer            user_data,
                    GError            **error)
{
  PerseaBusJob *job = g_new0 (PerseaBusJob, 1);

  job->connection = g_object_ref (connection);
  job->path = g_strdup (path);
  job->owner = g_strdup (owner);
  job->call = call;
  job->worker = worker;
  job->finished_func = finished;
  job->user_data = user_data;
  job->skeleton = persea_dbus_persea1_job_skeleton_new ();
  persea_dbus_persea1_job_set_role (job->skeleton, "tag");
  persea_dbus_persea1_job_set_state (job->skeleton, "queued");
  persea_dbus_persea1_job_set_percentage (job->skeleton, JOB_PERCENTAGE_UNKNOWN);
  persea_dbus_persea1_job_set_items_total (job->skeleton, call->paths->len);
  g_signal_connect (job->skeleton, "handle-cancel", G_CALLBACK (on_handle_cancel), job);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (job->skeleton), connection,
                                         path, error))
    {
      job->finished = TRUE;
      persea_bus_job_free (job);
      return NULL;
    }
  job->request = persea_request_new (g_ptr_array_ref (call->paths), call->model, &call->tag,
                                     &job_events, job);
  persea_worker_submit (worker, job->request);
  if (!call->lasting)
    job->watch = g_bus_watch_name_on_connection (connection, owner, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                 NULL, on_owner_vanished, job, NULL);
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
  persea_bus_tag_call_free (job->call);
  g_object_unref (job->connection);
  g_free (job->model);
  g_free (job->owner);
  g_free (job->path);
  g_free (job);
}

void
persea_bus_job_cancel (PerseaBusJob *job)
{
  if (!job->finished)
    persea_worker_cancel (job->worker, job->request);
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
