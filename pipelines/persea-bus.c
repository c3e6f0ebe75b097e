/* persea-bus.c - methods, and the list of jobs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus.h"

#include "persea-bus-error.h"
#include "persea-bus-job.h"
#include "persea-bus-options.h"
#include "persea-dbus.h"
#include "persea-error.h"

#include <string.h>

#include <glib/gi18n.h>

#define BUS_MAX_JOBS 1024
#define BUS_MAX_JOBS_OF_ONE 64
/* how long, and how many, finished jobs can be looked at */
#define BUS_KEEP_FINISHED 60 /* s */
#define BUS_MAX_FINISHED 100

struct _PerseaBus
{
  GDBusConnection   *connection;
  PerseaWorker      *worker;
  PerseaBusFunc      jobs_changed;
  gpointer           user_data;
  PerseaDBusPersea1 *skeleton;
  GQueue             jobs;     /* of (owned) PerseaBusJob, in the order of the calls */
  GQueue             finished; /* of (owned) PerseaBusJob, the oldest first */
  unsigned           sweep;    /* timer */
  unsigned           n_tokens; /* made by us */
};

static void
bus_show_jobs (PerseaBus *bus)
{
  g_autofree const char **paths = g_new0 (const char *, bus->jobs.length + 1);
  size_t n = 0;

  for (GList *link = bus->jobs.head; link != NULL; link = link->next)
    paths[n++] = persea_bus_job_get_path (link->data);
  persea_dbus_persea1_set_jobs (bus->skeleton, paths);
}

static gboolean
bus_sweep (gpointer user_data)
{
  PerseaBus *bus = user_data;

  bus->sweep = 0;
  g_queue_clear_full (&bus->finished, (GDestroyNotify) persea_bus_job_free);
  return G_SOURCE_REMOVE;
}

static void
on_job_finished (PerseaBusJob *job, gpointer user_data)
{
  PerseaBus *bus = user_data;

  g_queue_remove (&bus->jobs, job);
  g_queue_push_tail (&bus->finished, job);
  while (bus->finished.length > BUS_MAX_FINISHED)
    persea_bus_job_free (g_queue_pop_head (&bus->finished));
  /* one timer for all: the last one is there for a minute, others a little longer */
  g_clear_handle_id (&bus->sweep, g_source_remove);
  bus->sweep = g_timeout_add_seconds (BUS_KEEP_FINISHED, bus_sweep, bus);
  bus_show_jobs (bus);
  if (bus->jobs.length == 0)
    bus->jobs_changed (bus, bus->user_data);
}

static char *
bus_make_path (PerseaBus *bus, const char *sender, const char *token)
{
  g_autofree char *owner = g_strdelimit (g_strdup (sender + (sender[0] == ':')), ".", '_');

  if (token != NULL)
    return g_strconcat (PERSEA_BUS_PATH "/job/", owner, "/", token, NULL);
  return g_strdup_printf (PERSEA_BUS_PATH "/job/%s/persea_%u", owner, bus->n_tokens++);
}

/* Whether there is room for one more job of @sender under @path. */
static gboolean
bus_check_room (PerseaBus *bus, const char *sender, const char *path, GError **error)
{
  unsigned n = 0;

  for (GList *link = bus->jobs.head; link != NULL; link = link->next)
    {
      if (strcmp (persea_bus_job_get_path (link->data), path) == 0)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       _("token: a job at %s is not finished yet"), path);
          return FALSE;
        }
      n += strcmp (persea_bus_job_get_owner (link->data), sender) == 0;
    }
  if (n < BUS_MAX_JOBS_OF_ONE && bus->jobs.length < BUS_MAX_JOBS)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
               _("%u jobs are waiting, %u of them yours; wait until some have finished"),
               bus->jobs.length, n);
  return FALSE;
}

/* A finished job makes way for a new one of the same name. */
static void
bus_clear_path (PerseaBus *bus, const char *path)
{
  for (GList *link = bus->finished.head; link != NULL; link = link->next)
    if (strcmp (persea_bus_job_get_path (link->data), path) == 0)
      {
        persea_bus_job_free (link->data);
        g_queue_delete_link (&bus->finished, link);
        return;
      }
}

static char *
bus_tag (PerseaBus          *bus,
         const char         *sender,
         const char *const  *uris,
         GVariant           *options,
         GUnixFDList        *fd_list,
         GError            **error)
{
  g_autoptr (PerseaBusTagCall) call = NULL;
  g_autofree char *path = NULL;
  PerseaBusJob *job;

  call = persea_bus_tag_call_parse (uris, options, fd_list, error);
  if (call == NULL)
    return NULL;
  path = bus_make_path (bus, sender, call->token);
  if (!bus_check_room (bus, sender, path, error))
    return NULL;
  bus_clear_path (bus, path);
  job = persea_bus_job_new (bus->connection, path, sender, g_steal_pointer (&call), bus->worker,
                            on_job_finished, bus, error);
  if (job == NULL)
    return NULL;
  g_queue_push_tail (&bus->jobs, job);
  bus_show_jobs (bus);
  if (bus->jobs.length == 1)
    bus->jobs_changed (bus, bus->user_data);
  return g_steal_pointer (&path);
}

static gboolean
on_handle_tag (PerseaDBusPersea1     *skeleton,
               GDBusMethodInvocation *invocation,
               GUnixFDList           *fd_list,
               const char *const     *uris,
               GVariant              *options,
               gpointer               user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  path = bus_tag (user_data, g_dbus_method_invocation_get_sender (invocation), uris, options,
                  fd_list, &error);
  if (path != NULL)
    persea_dbus_persea1_complete_tag (skeleton, invocation, NULL, path);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PerseaBus *
persea_bus_new (GDBusConnection  *connection,
                PerseaWorker     *worker,
                PerseaBusFunc     jobs_changed,
                gpointer          user_data,
                GError          **error)
{
  PerseaBus *bus = g_new0 (PerseaBus, 1);
  GVariant *nothing = g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
  static const char *const no_jobs[] = { NULL };

  persea_bus_error_register ();
  bus->connection = g_object_ref (connection);
  bus->worker = worker;
  bus->jobs_changed = jobs_changed;
  bus->user_data = user_data;
  g_queue_init (&bus->jobs);
  g_queue_init (&bus->finished);
  bus->skeleton = persea_dbus_persea1_skeleton_new ();
  persea_dbus_persea1_set_version (bus->skeleton, PERSEA_VERSION);
  persea_dbus_persea1_set_devices (bus->skeleton, nothing);
  persea_dbus_persea1_set_models (bus->skeleton, nothing);
  persea_dbus_persea1_set_jobs (bus->skeleton, no_jobs);
  g_signal_connect (bus->skeleton, "handle-tag", G_CALLBACK (on_handle_tag), bus);
  if (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (bus->skeleton), connection,
                                        PERSEA_BUS_PATH, error))
    return bus;
  persea_bus_free (bus);
  return NULL;
}

void
persea_bus_free (PerseaBus *bus)
{
  if (bus == NULL)
    return;
  g_clear_handle_id (&bus->sweep, g_source_remove);
  g_signal_handlers_disconnect_by_data (bus->skeleton, bus);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (bus->skeleton)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (bus->skeleton));
  g_queue_clear_full (&bus->finished, (GDestroyNotify) persea_bus_job_free);
  g_warn_if_fail (bus->jobs.length == 0);
  g_object_unref (bus->skeleton);
  g_object_unref (bus->connection);
  g_free (bus);
}

void
persea_bus_cancel_all (PerseaBus *bus)
{
  for (GList *link = bus->jobs.head; link != NULL; link = link->next)
    persea_bus_job_cancel (link->data);
}

unsigned
persea_bus_count_jobs (PerseaBus *bus)
{
  return bus->jobs.length;
}

void
persea_bus_set_loaded (PerseaBus *bus, GVariant *devices, GVariant *models)
{
  persea_dbus_persea1_set_devices (bus->skeleton, devices);
  persea_dbus_persea1_set_models (bus->skeleton, models);
}
