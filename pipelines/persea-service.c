/* persea-service.c - calls to the daemon
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-service.h"

#include "persea-bus-error.h"

GVariant *
persea_service_call (const char          *interface,
                     const char          *method,
                     GVariant            *arguments,
                     const GVariantType  *reply_type,
                     PerseaServiceStart   start,
                     GCancellable        *cancellable,
                     GError             **error)
{
  g_autoptr (GVariant) owned = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, cancellable, error);
  GVariant *reply;

  if (connection == NULL)
    return NULL;
  persea_bus_error_register ();
  reply = g_dbus_connection_call_sync (connection, PERSEA_SERVICE_NAME, PERSEA_SERVICE_PATH,
                                       interface, method, owned, reply_type,
                                       start == PERSEA_SERVICE_ASK ? G_DBUS_CALL_FLAGS_NO_AUTO_START
                                                                   : G_DBUS_CALL_FLAGS_NONE,
                                       -1, cancellable, error);
  if (reply == NULL && error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return reply;
}

gboolean
persea_service_is_missing (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || error->domain == G_SPAWN_ERROR;
}
