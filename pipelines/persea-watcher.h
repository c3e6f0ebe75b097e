/* persea-watcher.h - tells of files that arrive in a folder
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One watcher for each folder of the configuration.  It tells of every picture
 * (persea-folder-rules.h), or whatever else is wanted, at least once after it has settled (persea-settling.h): new ones, ones
 * that were moved or renamed into place, changed ones, and at the start, and at every scan
 * afterwards, all that are there.  Whoever is told has to know which ones are old; the watcher
 * remembers nothing.
 *
 * What it watches for: files that arrive in a folder that was just made (each folder is scanned
 * after it is watched), lost events (a new beginning after an overflow, and a scan now and then),
 * watches that have run out and file systems without events (scans only; the state says so), folders
 * that come later, vanish, are unmounted and mounted again, volumes below the folder, markers and
 * ignore files (persea-ignore-file.h).  Links are not followed, so it neither leaves the folder nor
 * runs in circles.
 *
 * Threads: everything happens on the thread of the main context that was the default one when it
 * was made.
 */
#pragma once

#include "persea-file-stamp.h"

G_BEGIN_DECLS

typedef struct _PerseaWatcher PerseaWatcher;

/**
 * PerseaWatcherState:
 * @PERSEA_WATCHER_ABSENT: the folder is not there (yet)
 * @PERSEA_WATCHER_WATCHING: pictures are told of as they arrive
 * @PERSEA_WATCHER_LIMITED: some or all folders can only be scanned now and then
 */
typedef enum
{
  PERSEA_WATCHER_ABSENT,
  PERSEA_WATCHER_WATCHING,
  PERSEA_WATCHER_LIMITED,
} PerseaWatcherState;

/**
 * PerseaWatcherOptions:
 * @wants_file: whether to tell of a file with this name
 * @recursive: folders below are watched, too
 * @steady: how long a file must not change before it is told of, ms
 * @rescan: time between scans, s
 * @limited_rescan: the same while the state is %PERSEA_WATCHER_LIMITED, s
 * @retry: time between looks for a folder that is not there, s; it is noticed at once, too, but on
 *   some file systems
 * @max_watches: folders to watch at most; 0: half of what the system grants one user
 */
typedef struct
{
  gboolean (*wants_file) (const char *name);
  gboolean recursive;
  unsigned steady;
  unsigned rescan;
  unsigned limited_rescan;
  unsigned retry;
  unsigned max_watches;
} PerseaWatcherOptions;

/* pictures, recursive, 1500 ms, 4 hours, 10 minutes, 5 minutes */
extern const PerseaWatcherOptions persea_watcher_default_options;

/**
 * PerseaWatcherEvents:
 * @settled: a picture is there; its path begins with the folder, links in the folder's own path
 *   resolved
 * @state_changed: @reason is for people, %NULL if all is well
 * @vanished: a picture, or a folder with all that is in it, was deleted or moved away; it may be
 *   there again by now.  What vanishes while nobody watches is not told of
 * @ignored: other files may be wanted in @folder and below it than before; those that are there
 *   will be told of again
 * @problem: something below the folder cannot be watched or read, or events were lost
 * @scanned: a scan has ended that found @n_pictures; @whole: in the whole folder, not only in
 *   folders that have come
 *
 * What the watcher tells; all are required.  None may free the watcher.
 */
typedef struct
{
  void (*settled) (PerseaWatcher         *watcher,
                   const char            *path,
                   const PerseaFileStamp *stamp,
                   gpointer               user_data);
  void (*state_changed) (PerseaWatcher      *watcher,
                         PerseaWatcherState  state,
                         const char         *reason,
                         gpointer            user_data);
  void (*vanished) (PerseaWatcher *watcher, const char *path, gpointer user_data);
  void (*ignored) (PerseaWatcher *watcher, const char *folder, gpointer user_data);
  void (*problem) (PerseaWatcher *watcher, const GError *error, gpointer user_data);
  void (*scanned) (PerseaWatcher *watcher,
                   unsigned       n_pictures,
                   gboolean       whole,
                   gpointer       user_data);
} PerseaWatcherEvents;

/**
 * persea_watcher_new:
 * @folder: (type filename): absolute; need not exist
 * @options: copied
 * @events: must stay
 *
 * Begins at once; the first event comes from the main loop.
 *
 * Returns: (transfer full): a watcher
 */
PerseaWatcher *persea_watcher_new (const char                 *folder,
                                   const PerseaWatcherOptions *options,
                                   const PerseaWatcherEvents  *events,
                                   gpointer                    user_data);

void persea_watcher_free (PerseaWatcher *watcher);

PerseaWatcherState persea_watcher_get_state (PerseaWatcher *watcher);

/* number of folders that are watched at the moment */
unsigned persea_watcher_count_folders (PerseaWatcher *watcher);

/* Scans everything, soon. */
void persea_watcher_rescan (PerseaWatcher *watcher);

/* (transfer none) (nullable) (type filename): where the paths that are told begin, while it is there */
const char *persea_watcher_get_root (PerseaWatcher *watcher);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWatcher, persea_watcher_free)

G_END_DECLS
