/* persea-doctor-service.c - whether persead can be reached
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-doctor.h"

#include <string.h>

#include <glib/gi18n.h>

#define NAME "org.persea.Persea1"
#define PATIENCE 5000 /* ms */

static void
service_add (GPtrArray *findings, PerseaFindingState state, char *text, char *mend)
{
  persea_doctor_add (findings, PERSEA_DOCTOR_SERVICE, state, "persead", text, mend);
}

/* whether @method, which lists names, has ours among them */
static gboolean
service_is_listed (GDBusConnection *bus, const char *method)
{
  g_autofree const char **names = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                            "org.freedesktop.DBus", method, NULL,
                                                            G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE,
                                                            PATIENCE, NULL, NULL);

  if (!reply)
    return FALSE;
  g_variant_get (reply, "(^a&s)", &names);
  return g_strv_contains (names, NAME);
}

void
persea_doctor_service_look (GPtrArray *findings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);

  if (!bus)
    service_add (findings, PERSEA_FINDING_REMARK,
                 g_strdup_printf (_("there is no session bus, so other programs cannot call it: %s"), error->message),
                 g_strdup (_("Log in to a desktop, or start programs with dbus-run-session.")));
  else if (service_is_listed (bus, "ListNames"))
    service_add (findings, PERSEA_FINDING_WELL, g_strdup (_("is running, and answers on the bus")), NULL);
  else if (service_is_listed (bus, "ListActivatableNames"))
    service_add (findings, PERSEA_FINDING_WELL, g_strdup (_("starts when a program calls it")), NULL);
  else
    service_add (findings, PERSEA_FINDING_REMARK,
                 g_strdup_printf (_("is not known to the bus; the file %s.service is not where the bus looks"), NAME),
                 g_strdup (_("Install Persea with the prefix /usr or $HOME/.local, or set XDG_DATA_DIRS.")));
}
