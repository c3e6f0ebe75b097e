/* persea-folder-wait.h - waiting for a folder that is not there
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Somebody who asked every few seconds, for years, would wake up the machine each time.  Instead the
 * nearest folder above that is there is watched for the next part of the path.  File systems that
 * are mounted are not noticed: see GUnixMountMonitor.
 *
 * Threads: everything happens on the thread of the main context that was the default one when it
 * was made.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaFolderWait PerseaFolderWait;

/* May free the one that calls. */
typedef void (*PerseaFolderWaitFunc) (gpointer user_data);

/**
 * persea_folder_wait_new:
 * @folder: (type filename): absolute
 * @func: told, once, when @folder is there; from the main loop
 *
 * Returns: (transfer full): a wait; without inotify it never tells
 */
PerseaFolderWait *persea_folder_wait_new (const char          *folder,
                                          PerseaFolderWaitFunc func,
                                          gpointer             user_data);

void persea_folder_wait_free (PerseaFolderWait *wait);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaFolderWait, persea_folder_wait_free)

G_END_DECLS
