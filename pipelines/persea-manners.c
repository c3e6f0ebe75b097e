/* persea-manners.c - power, memory and pauses, and the pace that follows
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-manners.h"

#include "persea-power.h"
#include "persea-pressure.h"

/* after a warning that memory is short, s */
#define MANNERS_MEMORY_REST 60

struct _PerseaManners
{
  const PerseaMannersEvents *events;
  gpointer                   user_data;
  PerseaPower               *power;
  PerseaPressure            *pressure;
  unsigned                   memory_rest; /* timer, while memory counts as short */
  PerseaPauses              *pauses;
};

/* what each state of the power means */
static const struct
{
  const char *reason; /* (nullable): none to be told */
  PerseaPace  pace;
} power_rules[] = {
  [PERSEA_POWER_MAINS] = { NULL, PERSEA_PACE_FULL },
  [PERSEA_POWER_BATTERY] = { "battery", PERSEA_PACE_SLOW },
  [PERSEA_POWER_SAVER] = { "power-saver", PERSEA_PACE_STOP },
  [PERSEA_POWER_LOW] = { "battery-low", PERSEA_PACE_STOP },
  [PERSEA_POWER_UNKNOWN] = { NULL, PERSEA_PACE_STOP },
};

const char *
persea_pace_name (PerseaPace pace)
{
  static const char *const names[] = {
    [PERSEA_PACE_FULL] = "full",
    [PERSEA_PACE_SLOW] = "slow",
    [PERSEA_PACE_STOP] = "stop",
  };

  return names[pace];
}

PerseaPace
persea_manners_get_pace (PerseaManners *manners)
{
  if (persea_pauses_get_list (manners->pauses)->len > 0 || manners->memory_rest != 0)
    return PERSEA_PACE_STOP;
  return power_rules[persea_power_get_state (manners->power)].pace;
}

char **
persea_manners_get_reasons (PerseaManners *manners)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *power = power_rules[persea_power_get_state (manners->power)].reason;

  if (persea_pauses_get_list (manners->pauses)->len > 0)
    g_strv_builder_add (builder, "paused");
  if (power != NULL)
    g_strv_builder_add (builder, power);
  if (manners->memory_rest != 0)
    g_strv_builder_add (builder, "memory");
  return g_strv_builder_end (builder);
}

static void
manners_tell_changed (PerseaManners *manners)
{
  g_auto (GStrv) reasons = persea_manners_get_reasons (manners);
  g_autofree char *list = g_strjoinv (", ", reasons);

  g_info ("watched folders: pace %s%s%s", persea_pace_name (persea_manners_get_pace (manners)),
          list[0] != '\0' ? ": " : "", list);
  manners->events->changed (manners, manners->user_data);
}

static void
on_power_changed (PerseaPower *power, gpointer user_data)
{
  manners_tell_changed (user_data);
}

static gboolean
manners_memory_rest_elapsed (gpointer user_data)
{
  PerseaManners *manners = user_data;

  manners->memory_rest = 0;
  manners_tell_changed (manners);
  return G_SOURCE_REMOVE;
}

static void
on_memory_short (PerseaPressure *pressure, gpointer user_data)
{
  PerseaManners *manners = user_data;
  gboolean resting = manners->memory_rest != 0;

  g_clear_handle_id (&manners->memory_rest, g_source_remove);
  manners->memory_rest =
    g_timeout_add_seconds (MANNERS_MEMORY_REST, manners_memory_rest_elapsed, manners);
  manners->events->memory_short (manners, manners->user_data);
  if (!resting)
    manners_tell_changed (manners);
}

PerseaManners *
persea_manners_new (const char                *pauses_path,
                    const PerseaMannersEvents *events,
                    gpointer                   user_data)
{
  PerseaManners *manners = g_new0 (PerseaManners, 1);

  manners->events = events;
  manners->user_data = user_data;
  manners->pauses = persea_pauses_new (pauses_path);
  manners->power = persea_power_new (on_power_changed, manners);
  manners->pressure = persea_pressure_new (on_memory_short, manners);
  return manners;
}

void
persea_manners_free (PerseaManners *manners)
{
  if (manners == NULL)
    return;
  g_clear_handle_id (&manners->memory_rest, g_source_remove);
  persea_pressure_free (manners->pressure);
  persea_power_free (manners->power);
  persea_pauses_free (manners->pauses);
  g_free (manners);
}

unsigned
persea_manners_pause (PerseaManners *manners, const char *reason, gboolean lasting)
{
  unsigned cookie = persea_pauses_add (manners->pauses, reason, lasting);

  if (cookie != 0)
    manners_tell_changed (manners);
  return cookie;
}

gboolean
persea_manners_resume (PerseaManners *manners, unsigned cookie)
{
  if (!persea_pauses_remove (manners->pauses, cookie))
    return FALSE;
  manners_tell_changed (manners);
  return TRUE;
}

GPtrArray *
persea_manners_get_pauses (PerseaManners *manners)
{
  return persea_pauses_get_list (manners->pauses);
}
