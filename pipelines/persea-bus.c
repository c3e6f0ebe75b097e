/* persea-bus.c - methods and properties
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus.h"

#include "persea-bus-compare.h"
#include "persea-bus-draw.h"
#include "persea-bus-error.h"
#include "persea-bus-library.h"
#include "persea-bus-tag.h"
#include "persea-dbus.h"

struct _PerseaBus
{
  PerseaBusFunc      jobs_changed;
  gpointer           user_data;
  PerseaDBusPersea1 *skeleton;
  PerseaBusJobs     *jobs;
  unsigned           n_jobs;
};

static void
on_jobs_changed (PerseaBusJobs *jobs, gpointer user_data)
{
  PerseaBus *bus = user_data;
  g_autofree const char **paths = persea_bus_jobs_list (jobs);
  unsigned before = bus->n_jobs;

  persea_dbus_persea1_set_jobs (bus->skeleton, paths);
  bus->n_jobs = persea_bus_jobs_count (jobs);
  if ((before == 0) != (bus->n_jobs == 0))
    bus->jobs_changed (bus, bus->user_data);
}

static gboolean
on_handle_tag (PerseaDBusPersea1     *skeleton,
               GDBusMethodInvocation *invocation,
               GUnixFDList           *fd_list,
               const char *const     *uris,
               GVariant              *options,
               gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_tag_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_rank (PerseaDBusPersea1     *skeleton,
                GDBusMethodInvocation *invocation,
                GUnixFDList           *fd_list,
                const char *const     *uris,
                const char *const     *texts,
                GVariant              *options,
                gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_rank_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_embed (PerseaDBusPersea1     *skeleton,
                 GDBusMethodInvocation *invocation,
                 GUnixFDList           *fd_list,
                 const char *const     *uris,
                 GVariant              *options,
                 gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_embed_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_index (PerseaDBusPersea1     *skeleton,
                 GDBusMethodInvocation *invocation,
                 const char *const     *uris,
                 GVariant              *options,
                 gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_index_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_list_duplicates (PerseaDBusPersea1     *skeleton,
                           GDBusMethodInvocation *invocation,
                           GVariant              *options,
                           gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_duplicates_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_generate (PerseaDBusPersea1     *skeleton,
                    GDBusMethodInvocation *invocation,
                    const char            *prompt,
                    GVariant              *options,
                    gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_generate_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_complete (PerseaDBusPersea1     *skeleton,
                    GDBusMethodInvocation *invocation,
                    GUnixFDList           *fd_list,
                    const char            *uri,
                    const char            *prompt,
                    GVariant              *options,
                    gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_complete_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_vary (PerseaDBusPersea1     *skeleton,
                GDBusMethodInvocation *invocation,
                GUnixFDList           *fd_list,
                const char            *uri,
                GVariant              *options,
                gpointer               user_data)
{
  persea_bus_jobs_handle (user_data, invocation, persea_bus_vary_parse);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static PerseaDBusPersea1 *
bus_make_skeleton (PerseaBusJobs *jobs)
{
  PerseaDBusPersea1 *skeleton = persea_dbus_persea1_skeleton_new ();
  GVariant *nothing = g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
  static const char *const no_jobs[] = { NULL };

  persea_dbus_persea1_set_version (skeleton, PERSEA_VERSION);
  persea_dbus_persea1_set_devices (skeleton, nothing);
  persea_dbus_persea1_set_models (skeleton, nothing);
  persea_dbus_persea1_set_jobs (skeleton, no_jobs);
  g_signal_connect (skeleton, "handle-tag", G_CALLBACK (on_handle_tag), jobs);
  g_signal_connect (skeleton, "handle-rank", G_CALLBACK (on_handle_rank), jobs);
  g_signal_connect (skeleton, "handle-embed", G_CALLBACK (on_handle_embed), jobs);
  g_signal_connect (skeleton, "handle-index", G_CALLBACK (on_handle_index), jobs);
  g_signal_connect (skeleton, "handle-list-duplicates", G_CALLBACK (on_handle_list_duplicates), jobs);
  g_signal_connect (skeleton, "handle-generate", G_CALLBACK (on_handle_generate), jobs);
  g_signal_connect (skeleton, "handle-complete", G_CALLBACK (on_handle_complete), jobs);
  g_signal_connect (skeleton, "handle-vary", G_CALLBACK (on_handle_vary), jobs);
  return skeleton;
}

PerseaBus *
persea_bus_new (GDBusConnection  *connection,
                PerseaWorker     *worker,
                PerseaBusFunc     jobs_changed,
                gpointer          user_data,
                GError          **error)
{
  PerseaBus *bus = g_new0 (PerseaBus, 1);

  persea_bus_error_register ();
  bus->jobs_changed = jobs_changed;
  bus->user_data = user_data;
  bus->jobs = persea_bus_jobs_new (connection, worker, on_jobs_changed, bus);
  bus->skeleton = bus_make_skeleton (bus->jobs);
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
  g_signal_handlers_disconnect_by_data (bus->skeleton, bus->jobs);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (bus->skeleton)) != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (bus->skeleton));
  persea_bus_jobs_free (bus->jobs);
  g_object_unref (bus->skeleton);
  g_free (bus);
}

void
persea_bus_cancel_all (PerseaBus *bus)
{
  persea_bus_jobs_cancel_all (bus->jobs);
}

unsigned
persea_bus_count_jobs (PerseaBus *bus)
{
  return persea_bus_jobs_count (bus->jobs);
}

void
persea_bus_set_loaded (PerseaBus *bus, GVariant *devices, GVariant *models)
{
  persea_dbus_persea1_set_devices (bus->skeleton, devices);
  persea_dbus_persea1_set_models (bus->skeleton, models);
}

PerseaDBusPersea1 *
persea_bus_get_skeleton (PerseaBus *bus)
{
  return bus->skeleton;
}

PerseaBusJobs *
persea_bus_get_jobs (PerseaBus *bus)
{
  return bus->jobs;
}
