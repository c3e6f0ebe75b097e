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
#include "persea-inotify.h"
#include "persea-settling.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <gio/gunixmounts.h>
#include <glib/gi18n.h>

/* how much of a scan is done before other events get their turn */
#define WATCHER_SCAN_SLICE 5000 /* µs */
/* Deeper trees are made by machines; also a limit for folders mounted into themselves. */
#define WATCHER_MAX_DEPTH 64

#define WATCHER_LOST_MASK (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

const PerseaWatcherOptions persea_watcher_default_options = {
  .wants_file = persea_folder_rules_wants_file,
  .recursive = TRUE,
  .steady = 1500,
  .rescan = 4 * 60 * 60,
  .limited_rescan = 10 * 60,
  .retry = 10,
};

struct _PerseaWatcher
{
  char                      *folder;
  PerseaWatcherOptions       options;
  const PerseaWatcherEvents *events;
  gpointer                   user_data;
  PerseaWatcherState         state;
  gboolean                   told; /* of the first state */
  GUnixMountMonitor         *mounts;

  char           *root; /* (nullable): while it is there */
  dev_t           root_device;
  ino_t           root_inode;
  PerseaInotify  *inotify; /* (nullable) */
  PerseaSettling *settling;
  unsigned        timer;

  GQueue      to_scan;  /* of (owned) paths */
  GHashTable *awaiting; /* the same, as a set; not owned */
  DIR        *scan;     /* (nullable): the folder that is being read */
  char       *scan_path;
  unsigned    scan_source;
  unsigned    n_pictures;
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
    watcher_limit (watcher, error->message);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
           && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY))
    watcher->events->problem (watcher, error, watcher->user_data);
}

static void
watcher_open_folder (PerseaWatcher *watcher, const char *path)
{
  g_autoptr (GError) error = NULL;

  watcher_watch_folder (watcher, path);
  /* a marked folder is watched all the same, for the marker may go */
  if (persea_folder_rules_is_marked (path))
    return;
  watcher->scan = opendir (path);
  if (watcher->scan != NULL)
    {
      watcher->scan_path = g_strdup (path);
      return;
    }
  if (errno == ENOENT || errno == ENOTDIR)
    return;
  error = g_error_new (G_IO_ERROR, g_io_error_from_errno (errno), _("%s: cannot be read: %s"), path,
                       g_strerror (errno));
  watcher->events->problem (watcher, error, watcher->user_data);
}

static void watcher_add_folder (PerseaWatcher *watcher, const char *path);

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
watcher_found_entry (PerseaWatcher *watcher, const struct dirent *entry)
{
  g_autofree char *path = g_build_filename (watcher->scan_path, entry->d_name, NULL);
  unsigned char type = entry->d_type;
  struct stat status;

  if (type == DT_UNKNOWN && lstat (path, &status) == 0)
    type = IFTODT (status.st_mode);
  if (type == DT_DIR && persea_folder_rules_wants_folder (entry->d_name))
    watcher_add_folder (watcher, path);
  else if (type == DT_REG && watcher->options.wants_file (entry->d_name))
    watcher_found_file (watcher, path);
}

static void
watcher_close_folder (PerseaWatcher *watcher)
{
  g_clear_pointer (&watcher->scan, closedir);
  g_clear_pointer (&watcher->scan_path, g_free);
}

/* One step of a scan.  Returns: FALSE at its end */
static gboolean
watcher_scan_step (PerseaWatcher *watcher)
{
  const struct dirent *entry;
  g_autofree char *path = NULL;

  if (watcher->scan != NULL)
    {
      entry = readdir (watcher->scan);
      if (entry != NULL)
        watcher_found_entry (watcher, entry);
      else
        watcher_close_folder (watcher);
      return TRUE;
    }
  path = g_queue_pop_head (&watcher->to_scan);
  if (path == NULL)
    return FALSE;
  g_hash_table_remove (watcher->awaiting, path);
  watcher_open_folder (watcher, path);
  return TRUE;
}

static gboolean
watcher_scan (gpointer user_data)
{
  PerseaWatcher *watcher = user_data;
  gint64 end = g_get_monotonic_time () + WATCHER_SCAN_SLICE;
  unsigned n_pictures;

  while (g_get_monotonic_time () < end)
    if (!watcher_scan_step (watcher))
      {
        n_pictures = watcher->n_pictures;
        watcher->scan_source = 0;
        watcher->n_pictures = 0;
        watcher->events->scanned (watcher, n_pictures, watcher->user_data);
        return G_SOURCE_REMOVE;
      }
  return G_SOURCE_CONTINUE;
}

/* A folder that is to be watched, and scanned when its turn comes. */
static void
watcher_add_folder (PerseaWatcher *watcher, const char *path)
{
  char *copy;

  if (g_hash_table_contains (watcher->awaiting, path))
    return;
  if (strcmp (path, watcher->root) != 0
      && (!watcher->options.recursive || watcher_depth (watcher, path) > WATCHER_MAX_DEPTH))
    return;
  copy = g_strdup (path);
  g_queue_push_tail (&watcher->to_scan, copy);
  g_hash_table_add (watcher->awaiting, copy);
  if (watcher->scan_source == 0)
    watcher->scan_source = g_idle_add (watcher_scan, watcher);
}

static void
watcher_remove_folder (PerseaWatcher *watcher, const char *path)
{
  GList *next;

  for (GList *link = watcher->to_scan.head; link != NULL; link = next)
    {
      next = link->next;
      if (!persea_inotify_path_is_below (link->data, path))
        continue;
      g_hash_table_remove (watcher->awaiting, link->data);
      g_free (link->data);
      g_queue_delete_link (&watcher->to_scan, link);
    }
  if (watcher->scan_path != NULL && persea_inotify_path_is_below (watcher->scan_path, path))
    watcher_close_folder (watcher);
  persea_inotify_remove_tree (watcher->inotify, path);
  persea_settling_remove_tree (watcher->settling, path);
}

/* Events */

static void
watcher_folder_event (PerseaWatcher *watcher, const char *path, uint32_t mask)
{
  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0)
    watcher_remove_folder (watcher, path);
  else if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0)
    watcher_add_folder (watcher, path);
  else if ((mask & IN_ATTRIB) != 0 && !persea_inotify_has (watcher->inotify, path))
    watcher_add_folder (watcher, path); /* perhaps it can be read now */
}

static void
watcher_marker_event (PerseaWatcher *watcher, const char *folder, uint32_t mask)
{
  if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0)
    {
      watcher_remove_folder (watcher, folder);
      watcher_watch_folder (watcher, folder);
    }
  else if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0)
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
  g_clear_handle_id (&watcher->scan_source, g_source_remove);
  g_hash_table_remove_all (watcher->awaiting);
  g_queue_clear_full (&watcher->to_scan, g_free);
  watcher_close_folder (watcher);
  g_clear_pointer (&watcher->settling, persea_settling_free);
  g_clear_pointer (&watcher->root, g_free);
  watcher->n_pictures = 0;
}

static gboolean
watcher_root_lost (gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->timer = 0;
  watcher_look_for_root (watcher);
  return G_SOURCE_REMOVE;
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
      persea_watcher_rescan (watcher);
      return;
    }
  if (name == NULL)
    {
      /* not here: inotify is in the middle of its events */
      if ((mask & WATCHER_LOST_MASK) != 0 && strcmp (folder, watcher->root) == 0)
        {
          g_clear_handle_id (&watcher->timer, g_source_remove);
          watcher->timer = g_idle_add (watcher_root_lost, watcher);
        }
      return;
    }

  path = g_build_filename (folder, name, NULL);
  if (persea_folder_rules_is_marker (name))
    watcher_marker_event (watcher, folder, mask);
  else if (persea_folder_rules_is_marked (folder))
    return;
  else if ((mask & IN_ISDIR) != 0 && persea_folder_rules_wants_folder (name))
    watcher_folder_event (watcher, path, mask);
  else if ((mask & IN_ISDIR) == 0 && watcher->options.wants_file (name))
    watcher_file_event (watcher, path, mask);
}

static void
watcher_settled (const char *path, const PerseaFileStamp *stamp, gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->events->settled (watcher, path, stamp, watcher->user_data);
}

/* The root */

static gboolean
watcher_has_events (const char *path)
{
  static const uint32_t remote[] = {
    0x6969,     /* NFS */
    0x517b,     /* SMB */
    0xfe534d42, /* SMB 2 */
    0xff534d42, /* CIFS */
    0x65735546, /* FUSE */
    0x01021997, /* 9P */
    0x00c36400, /* Ceph */
    0x5346414f, /* AFS */
  };
  struct statfs status;

  if (statfs (path, &status) != 0)
    return TRUE;
  for (size_t i = 0; i < G_N_ELEMENTS (remote); i++)
    if ((uint32_t) status.f_type == remote[i])
      return FALSE;
  return TRUE;
}

static void
watcher_start (PerseaWatcher *watcher, const char *root, const struct stat *status)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *remote = NULL;

  watcher->root = g_strdup (root);
  watcher->root_device = status->st_dev;
  watcher->root_inode = status->st_ino;
  watcher->settling = persea_settling_new (watcher->options.steady, watcher_settled, watcher);
  watcher->inotify = persea_inotify_new (watcher->options.max_watches, watcher_event, watcher,
                                         &error);
  if (watcher->inotify == NULL)
    watcher_set_state (watcher, PERSEA_WATCHER_LIMITED, error->message);
  else if (!watcher_has_events (root))
    {
      remote = g_strdup_printf (_("%s: the file system does not tell of changes made elsewhere"),
                                root);
      watcher_set_state (watcher, PERSEA_WATCHER_LIMITED, remote);
    }
  else
    watcher_set_state (watcher, PERSEA_WATCHER_WATCHING, NULL);
  watcher_watch_folder (watcher, root);
  watcher_add_folder (watcher, root);
}

/* Starts, stops or starts again, as the folder is there, is not, or is another one. */
static void
watcher_look_for_root (PerseaWatcher *watcher)
{
  g_autofree char *reason = NULL;
  char *root = realpath (watcher->folder, NULL); /* free (), not g_free () */
  struct stat status;
  gboolean there = root != NULL && stat (root, &status) == 0 && S_ISDIR (status.st_mode);
  gboolean same = there && watcher->root != NULL && strcmp (root, watcher->root) == 0
                  && status.st_dev == watcher->root_device
                  && status.st_ino == watcher->root_inode
                  && (watcher->state == PERSEA_WATCHER_LIMITED
                      || persea_inotify_has (watcher->inotify, root));

  if (!same)
    {
      watcher_stop (watcher);
      g_clear_pointer (&watcher->inotify, persea_inotify_free);
    }
  if (there && !same)
    watcher_start (watcher, root, &status);
  else if (!there)
    {
      reason = g_strdup_printf (_("%s: the folder is not there"), watcher->folder);
      watcher_set_state (watcher, PERSEA_WATCHER_ABSENT, reason);
    }
  watcher_set_timer (watcher);
  free (root);
}

static void
watcher_mounts_changed (GUnixMountMonitor *mounts, gpointer user_data)
{
  watcher_look_for_root (user_data);
}

static gboolean
watcher_begin (gpointer user_data)
{
  PerseaWatcher *watcher = user_data;

  watcher->timer = 0;
  watcher_look_for_root (watcher);
  return G_SOURCE_REMOVE;
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
  watcher->awaiting = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&watcher->to_scan);
  watcher->mounts = g_unix_mount_monitor_get ();
  g_signal_connect (watcher->mounts, "mounts-changed", G_CALLBACK (watcher_mounts_changed),
                    watcher);
  watcher->timer = g_idle_add (watcher_begin, watcher);
  return watcher;
}

void
persea_watcher_free (PerseaWatcher *watcher)
{
  if (watcher == NULL)
    return;
  g_signal_handlers_disconnect_by_data (watcher->mounts, watcher);
  g_object_unref (watcher->mounts);
  g_clear_handle_id (&watcher->timer, g_source_remove);
  watcher_stop (watcher);
  persea_inotify_free (watcher->inotify);
  g_hash_table_unref (watcher->awaiting);
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
  watcher_add_folder (watcher, watcher->root);
  if (watcher->state != PERSEA_WATCHER_ABSENT)
    watcher_set_timer (watcher);
}
