/* persea-power.h - what the machine runs on
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Listens to UPower on the system bus, and to the power profile that the user has chosen.  Neither
 * is started if it does not run; a machine that says nothing runs on mains.  Nothing is polled.
 *
 * Threads: all functions are for the thread of the main context that was the default one when the
 * object was made, and the callback comes there.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaPower PerseaPower;

/**
 * PerseaPowerState:
 * @PERSEA_POWER_MAINS: nothing to be careful about
 * @PERSEA_POWER_BATTERY: on battery
 * @PERSEA_POWER_SAVER: the power-saver profile is on, on whatever power
 * @PERSEA_POWER_LOW: on battery, and it is low
 * @PERSEA_POWER_UNKNOWN: not answered yet, for the first moment only
 *
 * If several are true, the last of them is the state.
 */
typedef enum
{
  PERSEA_POWER_MAINS,
  PERSEA_POWER_BATTERY,
  PERSEA_POWER_SAVER,
  PERSEA_POWER_LOW,
  PERSEA_POWER_UNKNOWN,
} PerseaPowerState;

typedef void (*PerseaPowerFunc) (PerseaPower *power, gpointer user_data);

/**
 * persea_power_new:
 * @changed: told when the state has changed; never before this returns
 *
 * Returns: (transfer full): an object whose state is %PERSEA_POWER_UNKNOWN until the system bus has
 *   answered
 */
PerseaPower *persea_power_new (PerseaPowerFunc changed, gpointer user_data);
void         persea_power_free (PerseaPower *power);

PerseaPowerState persea_power_get_state (PerseaPower *power);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPower, persea_power_free)

G_END_DECLS
