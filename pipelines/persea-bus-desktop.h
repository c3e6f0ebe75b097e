/* persea-bus-desktop.h - pictures in the search of GNOME Shell and KRunner
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Answers from tags and file names, whether a model is loaded or not: it is asked at every key that
 * is pressed, mostly for something else, and for a model there is no word that no picture is near to.
 * Results are shown in the file manager.
 */
#pragma once

#include "persea-library.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define PERSEA_BUS_SHELL_PATH "/org/persea/Persea1/SearchProvider"
#define PERSEA_BUS_KRUNNER_PATH "/org/persea/Persea1/Runner"

typedef struct _PerseaBusDesktop PerseaBusDesktop;

PerseaBusDesktop *persea_bus_desktop_new (GDBusConnection  *connection,
                                          PerseaLibrary    *library,
                                          GError          **error);

void persea_bus_desktop_free (PerseaBusDesktop *desktop);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBusDesktop, persea_bus_desktop_free)

G_END_DECLS
