/* persea-bus-service.c - GetInfo and pauses
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-service.h"

#include "persea-bus-error.h"
#include "persea-error.h"

#include <string.h>

#include <glib/gi18n.h>

#define SERVICE_MAX_REASON 200 /* bytes */

struct _PerseaBusService
{
  PerseaDBusPersea1 *skeleton;
  GDBusConnection   *connection;
  PerseaManners     *manners;
  PerseaBusInfoFunc  get_info;
  gpointer           user_data;
  GPtrArray         *watches; /* of (owned) Watch: pauses that end with a program */
};

typedef struct
{
  PerseaBusService *service; /* (unowned) */
  unsigned          cookie;
  unsigned          watch; /* of the program's name */
} Watch;

static void
watch_free (Watch *watch)
{
  g_bus_unwatch_name (watch->watch);
  g_free (watch);
}

static void
service_forget_watch (PerseaBusService *service, unsigned cookie)
{
  for (unsigned i = 0; i < service->watches->len; i++)
    {
      const Watch *watch = g_ptr_array_index (service->watches, i);

      if (watch->cookie == cookie)
        {
          g_ptr_array_remove_index_fast (service->watches, i);
          return;
        }
    }
}

static void
on_program_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  const Watch *watch = user_data;
  PerseaBusService *service = watch->service;
  unsigned cookie = watch->cookie;

  g_debug ("pause %u: %s has left the bus", cookie, name);
  service_forget_watch (service, cookie);
  persea_manners_resume (service->manners, cookie);
}

/* Returns: the cookie, or 0 */
static unsigned
service_pause (PerseaBusService *service, const char *reason, gboolean lasting, GError **error)
{
  unsigned cookie;

  if (reason[0] == '\0' || strlen (reason) > SERVICE_MAX_REASON)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("reason: expected 1 to %d bytes, found %zu"), SERVICE_MAX_REASON,
                   strlen (reason));
      return 0;
    }
  cookie = persea_manners_pause (service->manners, reason, lasting);
  if (cookie == 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
                 _("there are too many pauses; end some of them"));
  return cookie;
}

static gboolean
on_handle_pause (PerseaDBusPersea1     *skeleton,
                 GDBusMethodInvocation *invocation,
                 const char            *reason,
                 gpointer               user_data)
{
  g_autoptr (GError) error = NULL;
  unsigned cookie = service_pause (user_data, reason, TRUE, &error);

  if (cookie != 0)
    persea_dbus_persea1_complete_pause (skeleton, invocation, cookie);
  else
    persea_bus_error_return (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_pause_for_process (PerseaDBusPersea1     *skeleton,
                             GDBusMethodInvocation *invocation,
                             const char            *reason,
                             gpointer               user_data)
{
  PerseaBusService *service = user_data;
  g_autoptr (GError) error = NULL;
  unsigned cookie = service_pause (service, reason, FALSE, &error);
  Watch *watch;

  if (cookie == 0)
    {
      persea_bus_error_return (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  watch = g_new (Watch, 1);
  watch->service = service;
  watch->cookie = cookie;
  watch->watch = g_bus_watch_name_on_connection (
    service->connection, g_dbus_method_invocation_get_sender (invocation),
    G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_program_vanished, watch, NULL);
  g_ptr_array_add (service->watches, watch);
  persea_dbus_persea1_complete_pause_for_process (skeleton, invocation, cookie);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_resume (PerseaDBusPersea1     *skeleton,
                  GDBusMethodInvocation *invocation,
                  guint                  cookie,
                  gpointer               user_data)
{
  PerseaBusService *service = user_data;

  service_forget_watch (service, cookie);
  if (persea_manners_resume (service->manners, cookie))
    persea_dbus_persea1_complete_resume (skeleton, invocation);
  else
    g_dbus_method_invocation_return_error (invocation, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                                           _("there is no pause %u"), cookie);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_handle_get_info (PerseaDBusPersea1     *skeleton,
                    GDBusMethodInvocation *invocation,
                    gpointer               user_data)
{
  PerseaBusService *service = user_data;
  g_autoptr (GError) error = NULL;
  GVariant *info = service->get_info (service->user_data, &error);

  if (info != NULL)
    persea_dbus_persea1_complete_get_info (skeleton, invocation, info);
  else
    persea_bus_error_return (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PerseaBusService *
persea_bus_service_new (PerseaDBusPersea1 *skeleton,
                        GDBusConnection   *connection,
                        PerseaManners     *manners,
                        PerseaBusInfoFunc  get_info,
                        gpointer           user_data)
{
  PerseaBusService *service = g_new0 (PerseaBusService, 1);

  service->skeleton = g_object_ref (skeleton);
  service->connection = g_object_ref (connection);
  service->manners = manners;
  service->get_info = get_info;
  service->user_data = user_data;
  service->watches = g_ptr_array_new_with_free_func ((GDestroyNotify) watch_free);
  g_signal_connect (skeleton, "handle-pause", G_CALLBACK (on_handle_pause), service);
  g_signal_connect (skeleton, "handle-pause-for-process", G_CALLBACK (on_handle_pause_for_process),
                    service);
  g_signal_connect (skeleton, "handle-resume", G_CALLBACK (on_handle_resume), service);
  g_signal_connect (skeleton, "handle-get-info", G_CALLBACK (on_handle_get_info), service);
  return service;
}

void
persea_bus_service_free (PerseaBusService *service)
{
  if (service == NULL)
    return;
  g_signal_handlers_disconnect_by_data (service->skeleton, service);
  g_ptr_array_unref (service->watches);
  g_object_unref (service->skeleton);
  g_object_unref (service->connection);
  g_free (service);
}
