/* persea-notifier.c - org.freedesktop.Notifications
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-notifier.h"

#include <glib/gi18n.h>

#define NOTIFICATIONS_NAME "org.freedesktop.Notifications"
#define NOTIFICATIONS_PATH "/org/freedesktop/Notifications"

struct _PerseaNotifier
{
  GDBusConnection *connection; /* (nullable) */
  GCancellable    *cancellable;
  gboolean         enabled;
  gboolean         counted; /* the numbers below are known */
  unsigned         n_done;
  unsigned         n_failed;
  guint32          id; /* of the last notification, 0 for none */
};

PerseaNotifier *
persea_notifier_new (GDBusConnection *connection)
{
  PerseaNotifier *notifier = g_new0 (PerseaNotifier, 1);

  notifier->connection = connection != NULL ? g_object_ref (connection) : NULL;
  notifier->cancellable = g_cancellable_new ();
  return notifier;
}

void
persea_notifier_free (PerseaNotifier *notifier)
{
  if (notifier == NULL)
    return;
  g_cancellable_cancel (notifier->cancellable);
  g_object_unref (notifier->cancellable);
  g_clear_object (&notifier->connection);
  g_free (notifier);
}

void
persea_notifier_set_enabled (PerseaNotifier *notifier, gboolean enabled)
{
  notifier->enabled = enabled;
}

static void
on_notified (GObject *object, GAsyncResult *result, gpointer user_data)
{
  PerseaNotifier *notifier = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);

  if (reply != NULL)
    g_variant_get (reply, "(u)", &notifier->id);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_debug (NOTIFICATIONS_NAME ": %s", error->message);
}

static void
notifier_show (PerseaNotifier *notifier, const char *title, const char *text)
{
  static const char *const no_actions[] = { NULL };
  GVariantBuilder hints;

  g_variant_builder_init (&hints, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&hints, "{sv}", "urgency", g_variant_new_byte (0)); /* low */
  g_dbus_connection_call (notifier->connection, NOTIFICATIONS_NAME, NOTIFICATIONS_PATH,
                          NOTIFICATIONS_NAME, "Notify",
                          g_variant_new ("(susss^asa{sv}i)", "Persea", notifier->id, "", title, text,
                                         no_actions, &hints, -1),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          notifier->cancellable, on_notified, notifier);
}

static void
notifier_tell (PerseaNotifier *notifier, unsigned n_done, unsigned n_failed)
{
  g_autofree char *title =
    g_strdup_printf (ngettext ("%u file is done", "%u files are done", n_done), n_done);
  g_autofree char *text = NULL;

  if (n_failed > 0)
    text = g_strdup_printf (ngettext ("%u could not be done; the log says why",
                                      "%u could not be done; the log says why", n_failed),
                            n_failed);
  notifier_show (notifier, title, text != NULL ? text : _("The watched folders are up to date."));
}

void
persea_notifier_worked_off (PerseaNotifier *notifier, unsigned n_done, unsigned n_failed)
{
  /* fewer than before if files were deleted */
  unsigned new_done = n_done > notifier->n_done ? n_done - notifier->n_done : 0;
  unsigned new_failed = n_failed > notifier->n_failed ? n_failed - notifier->n_failed : 0;
  gboolean first = !notifier->counted;

  notifier->counted = TRUE;
  notifier->n_done = n_done;
  notifier->n_failed = n_failed;
  if (!first && notifier->enabled && notifier->connection != NULL && new_done + new_failed > 0)
    notifier_tell (notifier, new_done, new_failed);
}
