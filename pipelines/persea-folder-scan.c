/* persea-folder-scan.c - readdir(3) in an idle source
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-folder-scan.h"

#include "persea-inotify.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include <glib/gi18n.h>

/* how much is done before others get their turn */
#define SCAN_SLICE 5000 /* µs */

struct _PerseaFolderScan
{
  const PerseaFolderScanEvents *events;
  gpointer                      user_data;
  GQueue                        waiting;  /* of (owned) paths */
  GHashTable                   *awaiting; /* the same, as a set; not owned */
  DIR                          *folder;   /* (nullable): the one that is being read */
  char                         *path;     /* of folder */
  unsigned                      source;
};

PerseaFolderScan *
persea_folder_scan_new (const PerseaFolderScanEvents *events, gpointer user_data)
{
  PerseaFolderScan *scan = g_new0 (PerseaFolderScan, 1);

  scan->events = events;
  scan->user_data = user_data;
  scan->awaiting = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&scan->waiting);
  return scan;
}

static void
scan_close_folder (PerseaFolderScan *scan)
{
  g_clear_pointer (&scan->folder, closedir);
  g_clear_pointer (&scan->path, g_free);
}

void
persea_folder_scan_free (PerseaFolderScan *scan)
{
  if (scan == NULL)
    return;
  g_clear_handle_id (&scan->source, g_source_remove);
  scan_close_folder (scan);
  g_hash_table_unref (scan->awaiting);
  g_queue_clear_full (&scan->waiting, g_free);
  g_free (scan);
}

static void
scan_open_folder (PerseaFolderScan *scan, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (!scan->events->open (path, scan->user_data))
    return;
  scan->folder = opendir (path);
  if (scan->folder != NULL)
    scan->path = g_strdup (path);
  else if (errno != ENOENT && errno != ENOTDIR)
    {
      error = g_error_new (G_IO_ERROR, g_io_error_from_errno (errno), _("%s: cannot be read: %s"),
                           path, g_strerror (errno));
      scan->events->failed (error, scan->user_data);
    }
}

static void
scan_found (PerseaFolderScan *scan, const struct dirent *entry)
{
  g_autofree char *path = g_build_filename (scan->path, entry->d_name, NULL);
  unsigned char type = entry->d_type;
  struct stat status;

  if (type == DT_UNKNOWN && lstat (path, &status) == 0)
    type = IFTODT (status.st_mode);
  scan->events->found (path, entry->d_name, type, scan->user_data);
}

/* Returns: FALSE at the end */
static gboolean
scan_step (PerseaFolderScan *scan)
{
  const struct dirent *entry;
  g_autofree char *path = NULL;

  if (scan->folder != NULL)
    {
      entry = readdir (scan->folder);
      if (entry != NULL)
        scan_found (scan, entry);
      else
        scan_close_folder (scan);
      return TRUE;
    }
  path = g_queue_pop_head (&scan->waiting);
  if (path == NULL)
    return FALSE;
  g_hash_table_remove (scan->awaiting, path);
  scan_open_folder (scan, path);
  return TRUE;
}

static gboolean
scan_go_on (gpointer user_data)
{
  PerseaFolderScan *scan = user_data;
  gint64 end = g_get_monotonic_time () + SCAN_SLICE;

  while (g_get_monotonic_time () < end)
    if (!scan_step (scan))
      {
        scan->source = 0;
        scan->events->ended (scan->user_data);
        return G_SOURCE_REMOVE;
      }
  return G_SOURCE_CONTINUE;
}

void
persea_folder_scan_add (PerseaFolderScan *scan, const char *folder)
{
  char *copy;

  if (g_hash_table_contains (scan->awaiting, folder))
    return;
  copy = g_strdup (folder);
  g_queue_push_tail (&scan->waiting, copy);
  g_hash_table_add (scan->awaiting, copy);
  if (scan->source == 0)
    scan->source = g_idle_add (scan_go_on, scan);
}

void
persea_folder_scan_remove_tree (PerseaFolderScan *scan, const char *folder)
{
  GList *next;

  for (GList *link = scan->waiting.head; link != NULL; link = next)
    {
      next = link->next;
      if (!persea_inotify_path_is_below (link->data, folder))
        continue;
      g_hash_table_remove (scan->awaiting, link->data);
      g_free (link->data);
      g_queue_delete_link (&scan->waiting, link);
    }
  if (scan->path != NULL && persea_inotify_path_is_below (scan->path, folder))
    scan_close_folder (scan);
}
