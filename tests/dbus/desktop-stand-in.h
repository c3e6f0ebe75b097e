/* desktop-stand-in.h - the services of a desktop that persead looks at, as far as it does
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * UPower, the power profiles, systemd's manager and the notifications, with their real names, paths
 * and interfaces, on the bus of the test.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _DesktopStandIn DesktopStandIn;

/**
 * desktop_stand_in_new:
 * @connection: to the bus; served by the default main context
 *
 * A machine on mains whose batteries are full, with the profile "balanced".
 */
DesktopStandIn *desktop_stand_in_new (GDBusConnection *connection);
void            desktop_stand_in_free (DesktopStandIn *desktop);

/* as UPower tells them; @warning is of UpDeviceLevel, 1 is none and 3 is low */
void desktop_stand_in_set_battery (DesktopStandIn *desktop, gboolean on_battery, unsigned warning);

/* "power-saver", "balanced" or "performance" */
void desktop_stand_in_set_profile (DesktopStandIn *desktop, const char *profile);

/* UPower ends */
void desktop_stand_in_drop_upower (DesktopStandIn *desktop);

/* what the unit persead.service was set to last, of all times; -1 before */
int desktop_stand_in_get_cpu_weight (DesktopStandIn *desktop);

/* whether the weight was ever the idle one */
gboolean desktop_stand_in_was_idle (DesktopStandIn *desktop);

/* notifications that were shown */
unsigned desktop_stand_in_count_notifications (DesktopStandIn *desktop);

G_END_DECLS
