/* persea-power.c - UPower and the power profile, in one word
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-power.h"

#include <gio/gio.h>

#define UPOWER_NAME "org.freedesktop.UPower"
#define UPOWER_WARNING_LOW 3 /* of UpDeviceLevel; critical and action follow */

typedef enum
{
  SOURCE_ON_BATTERY,
  SOURCE_WARNING,
  N_SOURCES,
} SourceIndex;

/* a property of UPower */
static const struct
{
  const char *path;
  const char *interface;
  const char *property;
} sources[N_SOURCES] = {
  [SOURCE_ON_BATTERY] = { "/org/freedesktop/UPower", UPOWER_NAME, "OnBattery" },
  /* all batteries of the machine as one */
  [SOURCE_WARNING] = { "/org/freedesktop/UPower/devices/DisplayDevice", UPOWER_NAME ".Device",
                       "WarningLevel" },
};

struct _PerseaPower
{
  PerseaPowerFunc       changed;
  gpointer              user_data;
  GCancellable         *cancellable;
  GDBusProxy           *proxies[N_SOURCES]; /* (nullable): there is no system bus */
  unsigned              n_pending;          /* proxies that are being made */
  GPowerProfileMonitor *profile;
  PerseaPowerState      state;
};

typedef struct
{
  PerseaPower *power; /* gone if the call was cancelled */
  SourceIndex  index;
} Opening;

/* (transfer full) (nullable) */
static GVariant *
power_get (PerseaPower *power, SourceIndex index, const GVariantType *type)
{
  GDBusProxy *proxy = power->proxies[index];
  g_autoptr (GVariant) value = NULL;

  if (proxy != NULL)
    value = g_dbus_proxy_get_cached_property (proxy, sources[index].property);
  return value != NULL && g_variant_is_of_type (value, type) ? g_steal_pointer (&value) : NULL;
}

static PerseaPowerState
power_find_state (PerseaPower *power)
{
  g_autoptr (GVariant) on_battery = power_get (power, SOURCE_ON_BATTERY, G_VARIANT_TYPE_BOOLEAN);
  g_autoptr (GVariant) warning = power_get (power, SOURCE_WARNING, G_VARIANT_TYPE_UINT32);
  gboolean battery = on_battery != NULL && g_variant_get_boolean (on_battery);

  if (power->n_pending > 0)
    return PERSEA_POWER_UNKNOWN;
  if (battery && warning != NULL && g_variant_get_uint32 (warning) >= UPOWER_WARNING_LOW)
    return PERSEA_POWER_LOW;
  if (g_power_profile_monitor_get_power_saver_enabled (power->profile))
    return PERSEA_POWER_SAVER;
  return battery ? PERSEA_POWER_BATTERY : PERSEA_POWER_MAINS;
}

static void
power_update (PerseaPower *power)
{
  PerseaPowerState state = power_find_state (power);

  if (state == power->state)
    return;
  power->state = state;
  power->changed (power, power->user_data);
}

/* also when UPower comes or goes: the proxy then has other properties, or none */
static void
on_properties_changed (GDBusProxy  *proxy,
                       GVariant    *changed,
                       const char  *const *invalidated,
                       gpointer     user_data)
{
  power_update (user_data);
}

static void
on_proxy_ready (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autofree Opening *opening = user_data;
  g_autoptr (GError) error = NULL;
  GDBusProxy *proxy = g_dbus_proxy_new_for_bus_finish (result, &error);
  PerseaPower *power = opening->power;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (proxy == NULL)
    g_debug ("%s: %s", UPOWER_NAME, error->message);
  else
    g_signal_connect (proxy, "g-properties-changed", G_CALLBACK (on_properties_changed), power);
  power->proxies[opening->index] = proxy;
  power->n_pending--;
  power_update (power);
}

PerseaPower *
persea_power_new (PerseaPowerFunc changed, gpointer user_data)
{
  PerseaPower *power = g_new0 (PerseaPower, 1);

  power->changed = changed;
  power->user_data = user_data;
  power->state = PERSEA_POWER_UNKNOWN;
  power->cancellable = g_cancellable_new ();
  power->profile = g_power_profile_monitor_dup_default ();
  g_signal_connect_swapped (power->profile, "notify::power-saver-enabled",
                            G_CALLBACK (power_update), power);
  for (SourceIndex i = 0; i < N_SOURCES; i++)
    {
      Opening *opening = g_new (Opening, 1);

      *opening = (Opening) { .power = power, .index = i };
      power->n_pending++;
      g_dbus_proxy_new_for_bus (G_BUS_TYPE_SYSTEM, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL,
                                UPOWER_NAME, sources[i].path, sources[i].interface,
                                power->cancellable, on_proxy_ready, opening);
    }
  return power;
}

void
persea_power_free (PerseaPower *power)
{
  if (power == NULL)
    return;
  g_cancellable_cancel (power->cancellable);
  g_object_unref (power->cancellable);
  g_signal_handlers_disconnect_by_data (power->profile, power);
  g_object_unref (power->profile);
  for (SourceIndex i = 0; i < N_SOURCES; i++)
    if (power->proxies[i] != NULL)
      {
        g_signal_handlers_disconnect_by_data (power->proxies[i], power);
        g_object_unref (power->proxies[i]);
      }
  g_free (power);
}

PerseaPowerState
persea_power_get_state (PerseaPower *power)
{
  return power->state;
}
