/* desktop-stand-in.c - services of a desktop, for tests
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "desktop-stand-in.h"

#include <string.h>

#define UPOWER_PATH "/org/freedesktop/UPower"
#define DEVICE_PATH UPOWER_PATH "/devices/DisplayDevice"
#define UNIT_PATH "/org/freedesktop/systemd1/unit/persead_2eservice"

static const char *const names[] = {
  "org.freedesktop.UPower",
  /* the second is the newer one */
  "net.hadess.PowerProfiles",
  "org.freedesktop.UPower.PowerProfiles",
  "org.freedesktop.systemd1",
  "org.freedesktop.Notifications",
};

static const struct
{
  const char *path;
  const char *interface;
} objects[] = {
  { UPOWER_PATH, "org.freedesktop.UPower" },
  { DEVICE_PATH, "org.freedesktop.UPower.Device" },
  { "/net/hadess/PowerProfiles", "net.hadess.PowerProfiles" },
  { "/org/freedesktop/UPower/PowerProfiles", "org.freedesktop.UPower.PowerProfiles" },
  { "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager" },
  { UNIT_PATH, "org.freedesktop.systemd1.Unit" },
  { "/org/freedesktop/Notifications", "org.freedesktop.Notifications" },
};

static const char xml[] =
  "<node>"
  "<interface name='org.freedesktop.UPower'><property name='OnBattery' type='b' access='read'/></interface>"
  "<interface name='org.freedesktop.UPower.Device'>"
  "  <property name='WarningLevel' type='u' access='read'/></interface>"
  "<interface name='net.hadess.PowerProfiles'><property name='ActiveProfile' type='s' access='read'/></interface>"
  "<interface name='org.freedesktop.UPower.PowerProfiles'>"
  "  <property name='ActiveProfile' type='s' access='read'/></interface>"
  "<interface name='org.freedesktop.systemd1.Manager'><method name='GetUnitByPID'>"
  "  <arg type='u' direction='in'/><arg type='o' direction='out'/></method></interface>"
  "<interface name='org.freedesktop.systemd1.Unit'><property name='Id' type='s' access='read'/>"
  "  <method name='SetProperties'><arg type='b' direction='in'/><arg type='a(sv)' direction='in'/></method>"
  "</interface>"
  "<interface name='org.freedesktop.Notifications'><method name='Notify'>"
  "  <arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>"
  "  <arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/>"
  "  <arg type='a{sv}' direction='in'/><arg type='i' direction='in'/><arg type='u' direction='out'/>"
  "</method></interface>"
  "</node>";

struct _DesktopStandIn
{
  GDBusConnection *connection;
  GDBusNodeInfo   *info;
  unsigned         owned[G_N_ELEMENTS (names)];
  unsigned         n_owned; /* that the bus has confirmed */
  unsigned         registered[G_N_ELEMENTS (objects)];
  gboolean         on_battery;
  unsigned         warning;
  char            *profile;
  int              cpu_weight;
  gboolean         was_idle;
  unsigned         n_notifications;
};

static GVariant *
on_get_property (GDBusConnection *connection,
                 const char      *sender,
                 const char      *path,
                 const char      *interface,
                 const char      *property,
                 GError         **error,
                 gpointer         user_data)
{
  DesktopStandIn *desktop = user_data;

  if (strcmp (property, "OnBattery") == 0)
    return g_variant_new_boolean (desktop->on_battery);
  if (strcmp (property, "WarningLevel") == 0)
    return g_variant_new_uint32 (desktop->warning);
  if (strcmp (property, "ActiveProfile") == 0)
    return g_variant_new_string (desktop->profile);
  return g_variant_new_string ("persead.service");
}

static void
stand_in_set_unit (DesktopStandIn *desktop, GVariant *arguments)
{
  g_autoptr (GVariant) properties = g_variant_get_child_value (arguments, 1);

  for (size_t i = 0; i < g_variant_n_children (properties); i++)
    {
      g_autoptr (GVariant) value = NULL;
      const char *name;

      g_variant_get_child (properties, i, "(&sv)", &name, &value);
      if (strcmp (name, "CPUWeight") != 0)
        continue;
      desktop->cpu_weight = (int) g_variant_get_uint64 (value);
      desktop->was_idle = desktop->was_idle || desktop->cpu_weight == 0;
    }
}

static void
on_method_call (GDBusConnection       *connection,
                const char            *sender,
                const char            *path,
                const char            *interface,
                const char            *method,
                GVariant              *arguments,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  DesktopStandIn *desktop = user_data;
  GVariant *answer = NULL;

  if (strcmp (method, "GetUnitByPID") == 0)
    answer = g_variant_new ("(o)", UNIT_PATH);
  else if (strcmp (method, "Notify") == 0)
    answer = g_variant_new ("(u)", ++desktop->n_notifications);
  else
    stand_in_set_unit (desktop, arguments);
  g_dbus_method_invocation_return_value (invocation, answer);
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
  ((DesktopStandIn *) user_data)->n_owned++;
}

DesktopStandIn *
desktop_stand_in_new (GDBusConnection *connection)
{
  static const GDBusInterfaceVTable table = {
    .method_call = on_method_call,
    .get_property = on_get_property,
  };
  DesktopStandIn *desktop = g_new0 (DesktopStandIn, 1);
  g_autoptr (GError) error = NULL;

  desktop->connection = g_object_ref (connection);
  desktop->warning = 1;
  desktop->profile = g_strdup ("balanced");
  desktop->cpu_weight = -1;
  desktop->info = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      desktop->registered[i] = g_dbus_connection_register_object (
        connection, objects[i].path,
        g_dbus_node_info_lookup_interface (desktop->info, objects[i].interface), &table, desktop,
        NULL, &error);
      g_assert_no_error (error);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    desktop->owned[i] = g_bus_own_name_on_connection (
      connection, names[i], G_BUS_NAME_OWNER_FLAGS_NONE, on_name_acquired, NULL, desktop, NULL);
  while (desktop->n_owned < G_N_ELEMENTS (names))
    g_main_context_iteration (NULL, TRUE);
  return desktop;
}

void
desktop_stand_in_free (DesktopStandIn *desktop)
{
  if (desktop == NULL)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (objects); i++)
    g_dbus_connection_unregister_object (desktop->connection, desktop->registered[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (desktop->owned[i] != 0)
      g_bus_unown_name (desktop->owned[i]);
  g_dbus_node_info_unref (desktop->info);
  g_object_unref (desktop->connection);
  g_free (desktop->profile);
  g_free (desktop);
}

static void
stand_in_tell (DesktopStandIn *desktop,
               const char     *path,
               const char     *interface,
               const char     *property,
               GVariant       *value)
{
  GVariantBuilder changed;
  g_autoptr (GError) error = NULL;

  g_variant_builder_init (&changed, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&changed, "{sv}", property, value);
  g_dbus_connection_emit_signal (desktop->connection, NULL, path, "org.freedesktop.DBus.Properties",
                                 "PropertiesChanged",
                                 g_variant_new ("(sa{sv}as)", interface, &changed, NULL), &error);
  g_assert_no_error (error);
}

void
desktop_stand_in_set_battery (DesktopStandIn *desktop, gboolean on_battery, unsigned warning)
{
  desktop->on_battery = on_battery;
  desktop->warning = warning;
  stand_in_tell (desktop, UPOWER_PATH, "org.freedesktop.UPower", "OnBattery",
                 g_variant_new_boolean (on_battery));
  stand_in_tell (desktop, DEVICE_PATH, "org.freedesktop.UPower.Device", "WarningLevel",
                 g_variant_new_uint32 (warning));
}

void
desktop_stand_in_set_profile (DesktopStandIn *desktop, const char *profile)
{
  g_free (desktop->profile);
  desktop->profile = g_strdup (profile);
  for (size_t i = 0; i < G_N_ELEMENTS (objects); i++)
    if (g_str_has_suffix (objects[i].interface, "PowerProfiles"))
      stand_in_tell (desktop, objects[i].path, objects[i].interface, "ActiveProfile",
                     g_variant_new_string (profile));
}

void
desktop_stand_in_drop_upower (DesktopStandIn *desktop)
{
  g_bus_unown_name (desktop->owned[0]);
  desktop->owned[0] = 0;
}

int
desktop_stand_in_get_cpu_weight (DesktopStandIn *desktop)
{
  return desktop->cpu_weight;
}

gboolean
desktop_stand_in_was_idle (DesktopStandIn *desktop)
{
  return desktop->was_idle;
}

unsigned
desktop_stand_in_count_notifications (DesktopStandIn *desktop)
{
  return desktop->n_notifications;
}
