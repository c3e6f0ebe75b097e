/* persea-watches.h - the watched folders of the settings, and what becomes of their files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Stands between the watchers (persea-watcher.h) and the queue of the library: offers what arrives,
 * marks what is gone.  After each scan of a whole folder it looks through the library for files
 * that went while nobody watched.  A volume that is not mounted takes nothing with it: its files
 * stay as they are, and are known when it comes back.
 *
 * Threads: everything happens on the thread of the main context that was the default one when it
 * was made.
 */
#pragma once

#include "persea-queue.h"
#include "persea-settings.h"

G_BEGIN_DECLS

typedef struct _PerseaWatches PerseaWatches;

/**
 * PerseaWatchState:
 * @PERSEA_WATCH_ABSENT: the folder is not there (yet)
 * @PERSEA_WATCH_WATCHING: all is well
 * @PERSEA_WATCH_LIMITED: some or all of it can only be looked through now and then
 * @PERSEA_WATCH_PAUSED: files are queued, but nothing is done
 * @PERSEA_WATCH_BROKEN: there is an error in its settings, so nothing is done
 */
typedef enum
{
  PERSEA_WATCH_ABSENT,
  PERSEA_WATCH_WATCHING,
  PERSEA_WATCH_LIMITED,
  PERSEA_WATCH_PAUSED,
  PERSEA_WATCH_BROKEN,
} PerseaWatchState;

/* (transfer none): "absent", "watching", "limited", "paused" or "broken" */
const char *persea_watch_state_get_name (PerseaWatchState state);

/**
 * PerseaWatchStatus:
 * @settings: what it is
 * @state: how it is
 * @reason: (nullable): why, for people, or what is wrong with the settings that came after those in
 *   force; %NULL if all is well
 * @counts: its files, by what is done with them
 */
typedef struct
{
  const PerseaWatchSettings *settings;
  PerseaWatchState           state;
  const char                *reason;
  PerseaQueueCounts          counts;
} PerseaWatchStatus;

/**
 * PerseaWatchesEvents:
 * @queued: there is something new in the queue
 * @changed: the status of the watch @name is another one
 * @listed: there are other watches than before
 */
typedef struct
{
  void (*queued) (PerseaWatches *watches, gpointer user_data);
  void (*changed) (PerseaWatches *watches, const char *name, gpointer user_data);
  void (*listed) (PerseaWatches *watches, gpointer user_data);
} PerseaWatchesEvents;

/**
 * persea_watches_new:
 * @events: must stay; all are required.  None may free the watches
 *
 * Returns: (transfer full): without any
 */
PerseaWatches *persea_watches_new (PerseaLibrary             *library,
                                   const PerseaWatchesEvents *events,
                                   gpointer                   user_data);

void persea_watches_free (PerseaWatches *watches);

/**
 * persea_watches_set:
 *
 * Watches the folders of @settings.  Those that are watched already go on undisturbed; what is
 * queued for those that are left out is forgotten.
 */
void persea_watches_set (PerseaWatches *watches, PerseaSettings *settings);

/* those that are watched or waited for; paused ones count, broken ones do not */
unsigned persea_watches_count (PerseaWatches *watches);

/* (transfer container) (element-type utf8): the names of all, broken ones last */
GPtrArray *persea_watches_list (PerseaWatches *watches);

/**
 * persea_watches_get_status:
 * @status: (out caller-allocates): valid until persea_watches_set()
 *
 * Returns: whether there is a watch of that name
 */
gboolean persea_watches_get_status (PerseaWatches     *watches,
                                    const char        *name,
                                    PerseaWatchStatus *status);

/* Scans the folder of the watch @name, or of all with %NULL, soon. */
void persea_watches_rescan (PerseaWatches *watches, const char *name);

/* The worker has nothing to do: counts stay what they are from here on. */
void persea_watches_rest (PerseaWatches *watches);

/* What failed for the watch @name: persea_queue_list_failed(). */
gboolean persea_watches_list_failed (PerseaWatches *watches,
                                     const char    *name,
                                     unsigned       max,
                                     GPtrArray    **failures,
                                     GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWatches, persea_watches_free)

G_END_DECLS
