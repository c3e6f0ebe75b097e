/* persea-bus-watch.h - watched folders on the session bus
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * AddWatch and Watches of the interface org.persea.Persea1, and an object with the interface
 * org.persea.Persea1.Watch for each watched folder.  What is changed here is changed in
 * persea.conf, which is then read again: there is one truth about watched folders.
 */
#pragma once

#include "persea-bus.h"
#include "persea-watches.h"

G_BEGIN_DECLS

typedef struct _PerseaBusWatch PerseaBusWatch;

/* The settings have been changed and are to be read again, before this returns. */
typedef void (*PerseaBusWatchFunc) (gpointer user_data);

/**
 * persea_bus_watch_new:
 * @bus: must stay
 * @watches: must stay
 * @settings_path: (type filename): what to change
 * @changed: told after a change
 *
 * Returns: (transfer full): shows what is watched at the moment
 */
PerseaBusWatch *persea_bus_watch_new (GDBusConnection    *connection,
                                      PerseaBus          *bus,
                                      PerseaWatches      *watches,
                                      const char         *settings_path,
                                      PerseaBusWatchFunc  changed,
                                      gpointer            user_data);

void persea_bus_watch_free (PerseaBusWatch *bus_watch);

/* The watch @name has another status; or, with %NULL, there are other watches. */
void persea_bus_watch_update (PerseaBusWatch *bus_watch, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusWatch, persea_bus_watch_free)

G_END_DECLS
