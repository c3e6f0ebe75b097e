/* persea-daemon.h - the parts of persead, wired together
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Settings, library, watchers, worker and bus do not know each other; this does.  Only one daemon
 * may run on a library: it holds a lock on a file beside it.
 */
#pragma once

#include "persea-device.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaDaemon PerseaDaemon;

/**
 * PerseaDaemonOptions:
 * @drivers: (array zero-terminated=1): whom to ask for devices
 * @settings_path: (type filename) (nullable): %NULL: the user's persea.conf
 * @library_path: (type filename) (nullable): %NULL: the user's library
 * @connection: (nullable): the session bus; without it folders are watched all the same
 * @leave: told once, when there is no more reason to stay
 * @damaged: told once, when the library turns out to be damaged: the daemon is to be freed, and a new
 *   one will mend the library or set it aside
 */
typedef struct
{
  const PerseaDriver *const *drivers;
  const char                *settings_path;
  const char                *library_path;
  GDBusConnection           *connection;
  void (*leave) (PerseaDaemon *daemon, gpointer user_data);
  void (*damaged) (PerseaDaemon *daemon, gpointer user_data);
} PerseaDaemonOptions;

/**
 * persea_daemon_new:
 * @error: return location; %PERSEA_ERROR_BUSY if another daemon runs on the library
 *
 * Begins to work; needs a running main loop.
 */
PerseaDaemon *persea_daemon_new (const PerseaDaemonOptions  *options,
                                 gpointer                    user_data,
                                 GError                    **error);

/* Ends all work within a second or so.  What was not done is done next time. */
void persea_daemon_free (PerseaDaemon *daemon);

/* Reads the settings again; it is done unasked whenever the file changes. */
void persea_daemon_reload (PerseaDaemon *daemon);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDaemon, persea_daemon_free)

G_END_DECLS
