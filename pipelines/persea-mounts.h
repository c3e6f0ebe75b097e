/* persea-mounts.h - what is mounted where
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * persea_mounts_tell_of_changes:
 * @path: (type filename): a folder
 *
 * Returns: whether inotify(7) tells of everything that happens to its file system; %FALSE for
 *   those of the network, which others change
 */
gboolean persea_mounts_tell_of_changes (const char *path);

/**
 * persea_mounts_list_below:
 * @folder: (type filename): a folder without links in its path
 *
 * Returns: (transfer full) (element-type filename filename): where something is mounted below
 *   @folder, and what
 */
GHashTable *persea_mounts_list_below (const char *folder);

G_END_DECLS
