/* persea-notifier.h - tells the user on the desktop, if the user wants that
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One notification when the watched folders have been worked off, none in the middle, and never two
 * at once: a new one takes the place of the last.
 *
 * Threads: belongs to the main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaNotifier PerseaNotifier;

/**
 * persea_notifier_new:
 * @connection: (nullable): the session bus
 */
PerseaNotifier *persea_notifier_new (GDBusConnection *connection);
void            persea_notifier_free (PerseaNotifier *notifier);

/* off at first */
void persea_notifier_set_enabled (PerseaNotifier *notifier, gboolean enabled);

/**
 * persea_notifier_worked_off:
 * @n_done: files of watched folders that are done, of all times
 * @n_failed: those that could not be done
 *
 * To be called whenever nothing is left to do.  Says what has been done since the last call; the
 * first one only remembers the numbers.
 */
void persea_notifier_worked_off (PerseaNotifier *notifier, unsigned n_done, unsigned n_failed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaNotifier, persea_notifier_free)

G_END_DECLS
