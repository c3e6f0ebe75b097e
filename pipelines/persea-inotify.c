/* persea-inotify.c - inotify(7) in a main loop
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-inotify.h"

#include "persea-error.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#define INOTIFY_MASK \
  (IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY \
   | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)
#define INOTIFY_LIMIT_FILE "/proc/sys/fs/inotify/max_user_watches"
#define INOTIFY_LIMIT_UNKNOWN 8192 /* the default of old kernels */
/* room for many events at once, and for at least one of the longest name */
#define INOTIFY_BUFFER_SIZE (64 * (sizeof (struct inotify_event) + NAME_MAX + 1))

struct _PerseaInotify
{
  int               file;
  unsigned          source;
  unsigned          max_watches;
  PerseaInotifyFunc func;
  gpointer          user_data;
  GHashTable       *paths;   /* watch descriptor → (owned) path */
  GHashTable       *watches; /* path, owned by paths → watch descriptor */
};

gboolean
persea_inotify_path_is_below (const char *path, const char *folder)
{
  size_t length = strlen (folder);

  return strncmp (path, folder, length) == 0
         && (path[length] == '\0' || path[length] == '/' || strcmp (folder, "/") == 0);
}

static unsigned
inotify_read_limit (void)
{
  g_autofree char *text = NULL;
  guint64 limit = INOTIFY_LIMIT_UNKNOWN;

  if (g_file_get_contents (INOTIFY_LIMIT_FILE, &text, NULL, NULL)
      && !g_ascii_string_to_unsigned (g_strstrip (text), 10, 1, INT_MAX, &limit, NULL))
    limit = INOTIFY_LIMIT_UNKNOWN;
  return MAX (1, limit / 2);
}

static void
inotify_dispatch_event (PerseaInotify *inotify, const struct inotify_event *event)
{
  g_autofree char *folder = NULL;
  const char *path;

  if ((event->mask & IN_Q_OVERFLOW) != 0)
    {
      inotify->func (NULL, NULL, event->mask, inotify->user_data);
      return;
    }
  path = g_hash_table_lookup (inotify->paths, GINT_TO_POINTER (event->wd));
  if (path == NULL)
    return; /* removed by us while the event was on its way */
  folder = g_strdup (path);
  if ((event->mask & IN_IGNORED) != 0)
    {
      g_hash_table_remove (inotify->watches, path);
      g_hash_table_remove (inotify->paths, GINT_TO_POINTER (event->wd));
    }
  inotify->func (folder, event->len > 0 ? event->name : NULL, event->mask, inotify->user_data);
}

static gboolean
inotify_ready (int file, GIOCondition condition, gpointer user_data)
{
  PerseaInotify *inotify = user_data;
  _Alignas (struct inotify_event) char buffer[INOTIFY_BUFFER_SIZE];
  ssize_t size = read (file, buffer, sizeof buffer);

  for (ssize_t offset = 0; offset < size;)
    {
      const struct inotify_event *event = (const struct inotify_event *) (buffer + offset);

      inotify_dispatch_event (inotify, event);
      offset += sizeof (struct inotify_event) + event->len;
    }
  return G_SOURCE_CONTINUE;
}

PerseaInotify *
persea_inotify_new (unsigned            max_watches,
                    PerseaInotifyFunc   func,
                    gpointer            user_data,
                    GError            **error)
{
  PerseaInotify *inotify;
  int file = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (file < 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY, _("inotify cannot be used: %s"),
                   g_strerror (errno));
      return NULL;
    }
  inotify = g_new0 (PerseaInotify, 1);
  inotify->file = file;
  inotify->max_watches = max_watches != 0 ? max_watches : inotify_read_limit ();
  inotify->func = func;
  inotify->user_data = user_data;
  inotify->paths = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  inotify->watches = g_hash_table_new (g_str_hash, g_str_equal);
  inotify->source = g_unix_fd_add (file, G_IO_IN, inotify_ready, inotify);
  return inotify;
}

void
persea_inotify_free (PerseaInotify *inotify)
{
  if (inotify == NULL)
    return;
  g_source_remove (inotify->source);
  close (inotify->file);
  g_hash_table_unref (inotify->watches);
  g_hash_table_unref (inotify->paths);
  g_free (inotify);
}

static void
inotify_set_add_error (const char *folder, int reason, unsigned n_watches, GError **error)
{
  if (reason == ENOSPC || reason == ENOMEM)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
                 _("%s: no inotify watches left after %u; the system's limit is in %s"),
                 folder, n_watches, INOTIFY_LIMIT_FILE);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason), "%s: %s", folder,
                 g_strerror (reason));
}

static void
inotify_forget (PerseaInotify *inotify, int watch)
{
  inotify_rm_watch (inotify->file, watch);
  g_hash_table_remove (inotify->paths, GINT_TO_POINTER (watch));
}

gboolean
persea_inotify_add (PerseaInotify *inotify, const char *folder, GError **error)
{
  unsigned n_watches = g_hash_table_size (inotify->paths);
  gpointer known = NULL;
  gboolean is_known = g_hash_table_lookup_extended (inotify->watches, folder, NULL, &known);
  const char *old;
  char *path;
  int watch;

  if (!is_known && n_watches >= inotify->max_watches)
    {
      inotify_set_add_error (folder, ENOSPC, n_watches, error);
      return FALSE;
    }
  watch = inotify_add_watch (inotify->file, folder, INOTIFY_MASK);
  if (watch < 0)
    {
      inotify_set_add_error (folder, errno, n_watches, error);
      return FALSE;
    }
  if (is_known && GPOINTER_TO_INT (known) == watch)
    return TRUE;
  /* another folder under this name: the old one was replaced, or something is mounted over it */
  if (is_known)
    {
      g_hash_table_remove (inotify->watches, folder);
      inotify_forget (inotify, GPOINTER_TO_INT (known));
    }
  /* the same folder under its old name, if it has moved */
  old = g_hash_table_lookup (inotify->paths, GINT_TO_POINTER (watch));
  if (old != NULL)
    g_hash_table_remove (inotify->watches, old);
  path = g_strdup (folder);
  g_hash_table_replace (inotify->paths, GINT_TO_POINTER (watch), path);
  g_hash_table_replace (inotify->watches, path, GINT_TO_POINTER (watch));
  return TRUE;
}

void
persea_inotify_remove_tree (PerseaInotify *inotify, const char *folder)
{
  GHashTableIter iter;
  gpointer watch;
  gpointer path;

  g_hash_table_iter_init (&iter, inotify->paths);
  while (g_hash_table_iter_next (&iter, &watch, &path))
    if (persea_inotify_path_is_below (path, folder))
      {
        inotify_rm_watch (inotify->file, GPOINTER_TO_INT (watch));
        g_hash_table_remove (inotify->watches, path);
        g_hash_table_iter_remove (&iter);
      }
}

gboolean
persea_inotify_has (PerseaInotify *inotify, const char *folder)
{
  return g_hash_table_contains (inotify->watches, folder);
}

unsigned
persea_inotify_count (PerseaInotify *inotify)
{
  return g_hash_table_size (inotify->paths);
}
