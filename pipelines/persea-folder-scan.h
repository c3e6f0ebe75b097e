/* persea-folder-scan.h - reads many folders, a little at a time
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A list of folders, each of which is read once when its turn comes.  What is found may be added to
 * the list.  The main loop gets its turn every few milliseconds.
 *
 * Threads: everything happens on the thread of the main context that was the default one when it
 * was made.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaFolderScan PerseaFolderScan;

/**
 * PerseaFolderScanEvents:
 * @open: the turn of @folder has come; %FALSE passes it over
 * @found: a @name in the folder, and its @path; @type is one of DT_DIR, DT_REG and so on
 * @failed: a folder cannot be read; one that is not there any more is passed over silently
 * @ended: the list is empty
 *
 * All are required.  They may add and remove folders, but not free.
 */
typedef struct
{
  gboolean (*open) (const char *folder, gpointer user_data);
  void (*found) (const char *path, const char *name, unsigned char type, gpointer user_data);
  void (*failed) (const GError *error, gpointer user_data);
  void (*ended) (gpointer user_data);
} PerseaFolderScanEvents;

/* @events must stay. */
PerseaFolderScan *persea_folder_scan_new (const PerseaFolderScanEvents *events, gpointer user_data);
void              persea_folder_scan_free (PerseaFolderScan *scan);

/* Puts @folder at the end of the list, unless it is there already. */
void persea_folder_scan_add (PerseaFolderScan *scan, const char *folder);

/* Forgets @folder and all below it, also if it is being read. */
void persea_folder_scan_remove_tree (PerseaFolderScan *scan, const char *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaFolderScan, persea_folder_scan_free)

G_END_DECLS
