/* persea-inotify.h - inotify watches on many folders, by path
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Why not GFileMonitor: it drops IN_Q_OVERFLOW and hides that the watches have run out, the two
 * things that somebody who must miss nothing has to know.
 *
 * Threads: everything happens on the thread of the main context that was the default one when it
 * was made.
 */
#pragma once

#include <stdint.h>

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaInotify PerseaInotify;

/**
 * PerseaInotifyFunc:
 * @folder: (type filename) (nullable): a watched folder; %NULL with IN_Q_OVERFLOW
 * @name: (type filename) (nullable): what in @folder the event is about; %NULL: @folder itself
 * @mask: as inotify(7) has it
 *
 * May add and remove watches, but not free.
 */
typedef void (*PerseaInotifyFunc) (const char *folder,
                                   const char *name,
                                   uint32_t    mask,
                                   gpointer    user_data);

/**
 * persea_inotify_new:
 * @max_watches: how many folders to watch at most; 0: half of what the system grants one user
 * @error: return location; %PERSEA_ERROR_BUSY if the system has no more instances for this user
 *
 * Returns: (transfer full) (nullable): without watches
 */
PerseaInotify *persea_inotify_new (unsigned            max_watches,
                                   PerseaInotifyFunc   func,
                                   gpointer            user_data,
                                   GError            **error);

void persea_inotify_free (PerseaInotify *inotify);

/**
 * persea_inotify_add:
 * @folder: (type filename): a folder; not followed if it is a link
 * @error: return location; %PERSEA_ERROR_BUSY if there are no more watches, otherwise the
 *   system's reason
 *
 * Watches @folder, not what is in folders below it.  If it is watched already, this makes sure that
 * it is still the folder of this name.
 */
gboolean persea_inotify_add (PerseaInotify *inotify, const char *folder, GError **error);

/* Stops watching @folder and all below it. */
void persea_inotify_remove_tree (PerseaInotify *inotify, const char *folder);

gboolean persea_inotify_has (PerseaInotify *inotify, const char *folder);
unsigned persea_inotify_count (PerseaInotify *inotify);

/* whether @path is @folder or below it */
gboolean persea_inotify_path_is_below (const char *path, const char *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaInotify, persea_inotify_free)

G_END_DECLS
