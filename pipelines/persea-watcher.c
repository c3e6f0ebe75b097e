/* persea-watcher.c - inotify, scans and the cases between them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A scan and an event may tell of the same file; that does no harm.  The other way round it would:
 * therefore a folder is watched before it is read, and everything that makes events doubtful ends
 * in a scan.
 */
#include "config.h"

#include "persea-watcher.h"

#include "persea-error.h"
#include "persea-folder-rules.h"
#include "persea-folder-scan.h"
#include "persea-folder-wait.h"
#include "persea-ignore-file.h"
#include "persea-inotify.h"
#include "persea-mounts.h"
#include "persea-settling.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixmounts.h>
#include <glib/gi18n.h>

/* Deeper trees are made by machines; also a limit for folders mounted into themselves. */
#define WATCHER_MAX_DEPTH 64

#define WATCHER_LOST_MASK (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

const PerseaWatcherOptions persea_watcher_default_options = {
  .wants_file = persea_folder_rules_wants_file,
  .recursive = TRUE,
  .steady = 1500,
  .rescan = 4 * 60 * 60,
  .limited_rescan = 10 * 60,
  .retry = 5 * 60,
};

struct _PerseaWatcher
{
  char                      *folder;
  PerseaWatcherOptions       options;
  const PerseaWatcherEvents *events;
  gpointer                   user_data;
  PerseaWatcherState         state;
  gboolean                   told;    /* of the first state */
  const char                *absence; /* (nullable): how the last absence was put */
  GUnixMountMonitor         *monitor;
  PerseaFolderWait          *wait; /* (nullable): while the folder is absent */
  unsigned                   timer;

  char              *root; /* (nullable): while it is there */
  dev_t              root_device;
  ino_t              root_inode;
  GHashTable        *mounts;  /* below root */
  PerseaInotify     *inotify; /* (nullable) */
  PerseaSettling    *settling;
  PerseaIgnoreFiles *ignores;
  PerseaFolderScan  *scan;
  GHashTable        *marked;   /* (owned) folders that have a marker */
  gboolean           distrust; /* events were lost, so nothing that they told counts */

  /* the scan that goes on */
  unsigned n_pictures;
  gboolean scans_root;         /* it will have seen all */
  unsigned n_unwatched;        /* folders for which there was no watch */
  gboolean limited_by_watches; /* and by nothing else */
};

static void watcher_look_for_root (PerseaWatcher *watcher);

static void
watcher_set_state (PerseaWatcher *watcher, PerseaWatcherState state, const char *reason)
{
  if (watcher->state == state && watcher->told)
    return;
  watcher->state = state;
  watcher->told = TRUE;
  watcher->events->state_changed (watcher, state, reason, watcher->user_data);
}

static gboolean
watcher_timer_elapsed (gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->timer = 0;
  /* somebody may have given an instance of inotify back */
  watcher->distrust |= watcher->root != NULL && watcher->inotify == NULL;
  watcher_look_for_root (watcher);
  if (watcher->root != NULL)
    persea_watcher_rescan (watcher);
  return G_SOURCE_REMOVE;
}

static void
watcher_set_timer (PerseaWatcher *watcher)
{
  const PerseaWatcherOptions *options = &watcher->options;
  unsigned seconds = watcher->state == PERSEA_WATCHER_ABSENT    ? options->retry
                     : watcher->state == PERSEA_WATCHER_LIMITED ? options->limited_rescan
                                                                : options->rescan;

  g_clear_handle_id (&watcher->timer, g_source_remove);
  watcher->timer = g_timeout_add_seconds (seconds, watcher_timer_elapsed, watcher);
}

/* Scans */

static unsigned
watcher_depth (PerseaWatcher *watcher, const char *path)
{
  unsigned depth = 0;

  for (const char *p = path + strlen (watcher->root); *p != '\0'; p++)
    depth += *p == '/';
  return depth;
}

static void
watcher_limit (PerseaWatcher *watcher, const char *reason)
{
  watcher_set_state (watcher, PERSEA_WATCHER_LIMITED, reason);
  watcher_set_timer (watcher);
}

static void
watcher_watch_folder (PerseaWatcher *watcher, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (watcher->inotify == NULL || persea_inotify_add (watcher->inotify, path, &error))
    return;
  if (g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_BUSY))
    {
      watcher->n_unwatched++;
      watcher->limited_by_watches |= watcher->state == PERSEA_WATCHER_WATCHING;
      watcher_limit (watcher, error->message);
    }
  /* that it cannot be read is told by the scan that follows */
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
           && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
           && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    watcher->events->problem (watcher, error, watcher->user_data);
}

static gboolean
watcher_wants_folder (PerseaWatcher *watcher, const char *path, const char *name)
{
  return persea_folder_rules_wants_folder (name)
         && !persea_ignore_files_cover (watcher->ignores, path, TRUE);
}

static gboolean
watcher_wants_file (PerseaWatcher *watcher, const char *path, const char *name)
{
  return watcher->options.wants_file (name)
         && !persea_ignore_files_cover (watcher->ignores, path, FALSE);
}

/* A folder that is to be watched, and scanned when its turn comes. */
static void
watcher_add_folder (PerseaWatcher *watcher, const char *path)
{
  if (strcmp (path, watcher->root) == 0
      || (watcher->options.recursive && watcher_depth (watcher, path) <= WATCHER_MAX_DEPTH))
    persea_folder_scan_add (watcher->scan, path);
}

static gboolean
watcher_open_folder (const char *folder, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;
  gboolean marked;

  watcher_watch_folder (watcher, folder);
  persea_ignore_files_read (watcher->ignores, folder);
  /* a marked folder is watched all the same, for the marker may go */
  marked = persea_folder_rules_is_marked (folder);
  if (marked)
    g_hash_table_add (watcher->marked, g_strdup (folder));
  else
    g_hash_table_remove (watcher->marked, folder);
  return !marked;
}

static void
watcher_found_file (PerseaWatcher *watcher, const char *path)
{
  gint64 now = g_get_real_time ();
  PerseaFileStamp stamp;

  if (!persea_file_stamp_read (path, &stamp, NULL))
    return;
  watcher->n_pictures++;
  if (persea_settling_has (watcher->settling, path))
    return;
  /* what is old has settled; a time in the future says nothing */
  if (now - stamp.mtime_ns / 1000 >= watcher->options.steady * G_GINT64_CONSTANT (1000))
    watcher->events->settled (watcher, path, &stamp, watcher->user_data);
  else
    persea_settling_add (watcher->settling, path, FALSE);
}

static void
watcher_found (const char *path, const char *name, unsigned char type, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  if (type == DT_DIR && watcher_wants_folder (watcher, path, name))
    watcher_add_folder (watcher, path);
  else if (type == DT_REG && watcher_wants_file (watcher, path, name))
    watcher_found_file (watcher, path);
}

static void
watcher_scan_failed (const GError *error, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->events->problem (watcher, error, watcher->user_data);
}

static void
watcher_scan_ended (gpointer user_data)
{
  PerseaWatcher *watcher = user_data;
  unsigned n_pictures = watcher->n_pictures;
  gboolean whole = watcher->scans_root;

  /* somebody may have given watches back since the last time */
  if (whole && watcher->n_unwatched == 0 && watcher->limited_by_watches)
    {
      watcher->limited_by_watches = FALSE;
      watcher_set_state (watcher, PERSEA_WATCHER_WATCHING, NULL);
      watcher_set_timer (watcher);
    }
  watcher->n_pictures = 0;
  watcher->scans_root = FALSE;
  watcher->events->scanned (watcher, n_pictures, whole, watcher->user_data);
}

static const PerseaFolderScanEvents scan_events = {
  .open = watcher_open_folder,
  .found = watcher_found,
  .failed = watcher_scan_failed,
  .ended = watcher_scan_ended,
};

static void
watcher_remove_folder (PerseaWatcher *watcher, const char *path)
{
  persea_folder_scan_remove_tree (watcher->scan, path);
  persea_inotify_remove_tree (watcher->inotify, path);
  persea_settling_remove_tree (watcher->settling, path);
}

/* Events */

static void
watcher_folder_event (PerseaWatcher *watcher, const char *path, const char *name, uint32_t mask)
{
  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0)
    {
      watcher_remove_folder (watcher, path);
      watcher->events->vanished (watcher, path, watcher->user_data);
    }
  else if (!watcher_wants_folder (watcher, path, name))
    return;
  else if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0)
    watcher_add_folder (watcher, path);
  else if ((mask & IN_ATTRIB) != 0 && !persea_inotify_has (watcher->inotify, path))
    watcher_add_folder (watcher, path); /* perhaps it can be read now */
}

/* A marker or an ignore file: what is wanted of @folder is found out anew. */
static void
watcher_rules_event (PerseaWatcher *watcher, const char *folder, uint32_t mask)
{
  if ((mask & (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)) == 0)
    return;
  watcher_remove_folder (watcher, folder);
  watcher->events->ignored (watcher, folder, watcher->user_data);
  watcher_watch_folder (watcher, folder);
  watcher_add_folder (watcher, folder);
}

static void
watcher_file_event (PerseaWatcher *watcher, const char *path, uint32_t mask)
{
  struct stat status;
  gboolean writing = FALSE;

  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0)
    {
      persea_settling_remove_tree (watcher->settling, path);
      watcher->events->vanished (watcher, path, watcher->user_data);
      return;
    }
  if ((mask & IN_ATTRIB) != 0 && persea_settling_has (watcher->settling, path))
    return;
  if ((mask & IN_MODIFY) != 0)
    writing = TRUE;
  else if ((mask & IN_CREATE) != 0) /* a link to a complete file is complete */
    writing = lstat (path, &status) == 0 && status.st_nlink == 1;
  persea_settling_add (watcher->settling, path, writing);
}

static void
watcher_stop (PerseaWatcher *watcher)
{
  g_clear_pointer (&watcher->scan, persea_folder_scan_free);
  g_clear_pointer (&watcher->marked, g_hash_table_unref);
  g_clear_pointer (&watcher->settling, persea_settling_free);
  g_clear_pointer (&watcher->ignores, persea_ignore_files_free);
  g_clear_pointer (&watcher->mounts, g_hash_table_unref);
  g_clear_pointer (&watcher->inotify, persea_inotify_free);
  g_clear_pointer (&watcher->root, g_free);
  watcher->n_pictures = 0;
  watcher->scans_root = FALSE;
  watcher->limited_by_watches = FALSE;
  watcher->distrust = FALSE;
}

static gboolean
watcher_look_again (gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->timer = 0;
  watcher_look_for_root (watcher);
  return G_SOURCE_REMOVE;
}

/* Not at once: inotify is in the middle of its events. */
static void
watcher_look_soon (PerseaWatcher *watcher)
{
  g_clear_handle_id (&watcher->timer, g_source_remove);
  watcher->timer = g_idle_add (watcher_look_again, watcher);
}

static void
watcher_lost_events (PerseaWatcher *watcher)
{
  g_autoptr (GError) error = NULL;

  if (watcher->distrust)
    return;
  g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
               _("%s: more happened at once than the system can tell; everything is looked through"
                 " again"),
               watcher->root);
  watcher->events->problem (watcher, error, watcher->user_data);
  watcher->distrust = TRUE;
  watcher_look_soon (watcher);
}

static void
watcher_event (const char *folder, const char *name, uint32_t mask, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;
  g_autofree char *path = NULL;

  if (watcher->root == NULL)
    return;
  if ((mask & IN_Q_OVERFLOW) != 0)
    {
      watcher_lost_events (watcher);
      return;
    }
  if (name == NULL)
    {
      if ((mask & WATCHER_LOST_MASK) != 0 && strcmp (folder, watcher->root) == 0)
        watcher_look_soon (watcher);
      return;
    }

  path = g_build_filename (folder, name, NULL);
  if (persea_folder_rules_is_marker (name) || strcmp (name, PERSEA_IGNORE_FILE_NAME) == 0)
    watcher_rules_event (watcher, folder, mask);
  else if (g_hash_table_contains (watcher->marked, folder))
    return;
  else if ((mask & IN_ISDIR) != 0)
    watcher_folder_event (watcher, path, name, mask);
  else if (watcher_wants_file (watcher, path, name))
    watcher_file_event (watcher, path, mask);
}

static void
watcher_settled (const char *path, const PerseaFileStamp *stamp, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->events->settled (watcher, path, stamp, watcher->user_data);
}

/* The root */

/* A file system, the root's or one below it, that does not tell of everything. */
static const char *
watcher_find_silent (PerseaWatcher *watcher)
{
  GHashTableIter iter;
  gpointer path;

  if (!persea_mounts_tell_of_changes (watcher->root))
    return watcher->root;
  g_hash_table_iter_init (&iter, watcher->mounts);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (!persea_mounts_tell_of_changes (path))
      return path;
  return NULL;
}

static void
watcher_set_first_state (PerseaWatcher *watcher, const GError *no_inotify)
{
  const char *silent = watcher_find_silent (watcher);
  g_autofree char *reason = NULL;

  if (no_inotify != NULL)
    watcher_set_state (watcher, PERSEA_WATCHER_LIMITED, no_inotify->message);
  else if (silent != NULL)
    {
      reason = g_strdup_printf (_("%s: the file system does not tell of changes made elsewhere"),
                                silent);
      watcher_set_state (watcher, PERSEA_WATCHER_LIMITED, reason);
    }
  else
    watcher_set_state (watcher, PERSEA_WATCHER_WATCHING, NULL);
}

static void
watcher_start (PerseaWatcher *watcher, const char *root, const struct stat *status)
{
  g_autoptr (GError) error = NULL;

  watcher->root = g_strdup (root);
  watcher->root_device = status->st_dev;
  watcher->root_inode = status->st_ino;
  watcher->mounts = persea_mounts_list_below (root);
  watcher->ignores = persea_ignore_files_new (root);
  watcher->settling = persea_settling_new (watcher->options.steady, watcher_settled, watcher);
  watcher->inotify = persea_inotify_new (watcher->options.max_watches, watcher_event, watcher, &error);
  watcher->scan = persea_folder_scan_new (&scan_events, watcher);
  watcher->marked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  watcher_set_first_state (watcher, error);
  watcher_watch_folder (watcher, root);
  persea_watcher_rescan (watcher);
}

static void
watcher_folder_came (gpointer user_data)
{
  watcher_look_for_root (user_data);
}

static void
watcher_set_absent (PerseaWatcher *watcher)
{
  const char *format = g_file_test (watcher->folder, G_FILE_TEST_IS_DIR)   ? _("%s: the folder cannot be read")
                       : g_file_test (watcher->folder, G_FILE_TEST_EXISTS) ? _("%s: is no folder")
                                                                           : _("%s: the folder is not there");
  g_autofree char *reason = g_strdup_printf (format, watcher->folder);

  watcher->told &= watcher->absence == format;
  watcher->absence = format;
  if (watcher->wait == NULL)
    watcher->wait = persea_folder_wait_new (watcher->folder, watcher_folder_came, watcher);
  watcher_set_state (watcher, PERSEA_WATCHER_ABSENT, reason);
}

/* Starts, stops or starts again, as the folder is there, is not, or is another one. */
static void
watcher_look_for_root (PerseaWatcher *watcher)
{
  char *root = realpath (watcher->folder, NULL); /* free (), not g_free () */
  struct stat status;
  gboolean there = root != NULL && stat (root, &status) == 0 && S_ISDIR (status.st_mode)
                   && access (root, R_OK | X_OK) == 0;
  gboolean same = there && watcher->root != NULL && strcmp (root, watcher->root) == 0
                  && status.st_dev == watcher->root_device
                  && status.st_ino == watcher->root_inode && !watcher->distrust
                  && (watcher->state == PERSEA_WATCHER_LIMITED
                      || persea_inotify_has (watcher->inotify, root));

  if (!same)
    watcher_stop (watcher);
  if (there)
    g_clear_pointer (&watcher->wait, persea_folder_wait_free);
  if (there && !same)
    watcher_start (watcher, root, &status);
  else if (!there)
    watcher_set_absent (watcher);
  watcher_set_timer (watcher);
  free (root);
}

static gboolean
mounts_equal (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer path;
  gpointer device;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &path, &device))
    if (g_strcmp0 (g_hash_table_lookup (b, path), device) != 0)
      return FALSE;
  return TRUE;
}

static void
watcher_mounts_changed (GUnixMountMonitor *monitor, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;
  g_autoptr (GHashTable) mounts = NULL;

  if (watcher->root != NULL)
    {
      /* a volume that comes or goes below the root: all watches there are for other folders now */
      mounts = persea_mounts_list_below (watcher->root);
      watcher->distrust |= !mounts_equal (mounts, watcher->mounts);
    }
  watcher_look_for_root (watcher);
}

PerseaWatcher *
persea_watcher_new (const char                 *folder,
                    const PerseaWatcherOptions *options,
                    const PerseaWatcherEvents  *events,
                    gpointer                    user_data)
{
  PerseaWatcher *watcher = g_new0 (PerseaWatcher, 1);

  watcher->folder = g_strdup (folder);
  watcher->options = *options;
  watcher->events = events;
  watcher->user_data = user_data;
  watcher->monitor = g_unix_mount_monitor_get ();
  g_signal_connect (watcher->monitor, "mounts-changed", G_CALLBACK (watcher_mounts_changed), watcher);
  watcher_look_soon (watcher);
  return watcher;
}

void
persea_watcher_free (PerseaWatcher *watcher)
{
  if (watcher == NULL)
    return;
  g_signal_handlers_disconnect_by_data (watcher->monitor, watcher);
  g_object_unref (watcher->monitor);
  persea_folder_wait_free (watcher->wait);
  g_clear_handle_id (&watcher->timer, g_source_remove);
  watcher_stop (watcher);
  g_free (watcher->folder);
  g_free (watcher);
}

PerseaWatcherState
persea_watcher_get_state (PerseaWatcher *watcher)
{
  return watcher->state;
}

unsigned
persea_watcher_count_folders (PerseaWatcher *watcher)
{
  return watcher->inotify != NULL ? persea_inotify_count (watcher->inotify) : 0;
}

void
persea_watcher_rescan (PerseaWatcher *watcher)
{
  if (watcher->root == NULL)
    return;
  /* what is left of a scan becomes part of this one */
  watcher->scans_root = TRUE;
  watcher->n_unwatched = 0;
  watcher_add_folder (watcher, watcher->root);
  watcher_set_timer (watcher);
}

const char *
persea_watcher_get_root (PerseaWatcher *watcher)
{
  return watcher->root;
}
