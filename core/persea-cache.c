/* persea-cache.c - the files that save time, and for how long they are kept
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

static const char *const kinds_of_things[] = { "weights", "vocabularies", "kernels", "identities", NULL };

static void
cache_file_free (gpointer data)
{
  PerseaCacheFile *file = data;

  g_free (file->path);
  g_free (file->kind);
  g_free (file);
}

char *
persea_cache_get_folder (const char *kind)
{
  return g_build_filename (g_get_user_cache_dir (), "persea", kind, NULL);
}

/* Plain files only: what else may be there is none of ours. */
static void
list_folder (const char *kind, GPtrArray *files)
{
  g_autofree char *folder = persea_cache_get_folder (kind);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      PerseaCacheFile *file;
      GStatBuf status;

      if (g_lstat (path, &status) != 0 || !S_ISREG (status.st_mode))
        continue;
      file = g_new0 (PerseaCacheFile, 1);
      file->path = g_steal_pointer (&path);
      file->kind = g_strdup (kind);
      file->size = (uint64_t) status.st_size;
      file->used = (int64_t) status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000;
      g_ptr_array_add (files, file);
    }
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const PerseaCacheFile *first = *(PerseaCacheFile *const *) a;
  const PerseaCacheFile *second = *(PerseaCacheFile *const *) b;

  if (first->used != second->used)
    return first->used > second->used ? -1 : 1;
  return strcmp (first->path, second->path);
}

GPtrArray *
persea_cache_list (void)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (cache_file_free);

  for (size_t i = 0; kinds_of_things[i]; i++)
    list_folder (kinds_of_things[i], files);
  g_ptr_array_sort (files, compare_used);
  return files;
}

gboolean
persea_cache_is_fresh (const char *path)
{
  GStatBuf status;

  return g_stat (path, &status) == 0
         && g_get_real_time () - (int64_t) status.st_mtim.tv_sec * G_USEC_PER_SEC < G_TIME_SPAN_DAY;
}

void
persea_cache_mark (const char *path)
{
  if (!persea_cache_is_fresh (path) && utimensat (AT_FDCWD, path, NULL, 0) != 0)
    g_debug ("%s: cannot be marked as used: %s", path, g_strerror (errno));
}

/* What is being written has a name of its own: that of the file and six characters that
 * mkstemp() chose, or GIO's. */
static gboolean
is_temporary (const char *path)
{
  const char *name = strrchr (path, '/') + 1;
  const char *dot = strrchr (name, '.');

  return g_str_has_prefix (name, ".goutputstream-") || (dot && dot > name && strlen (dot) == 7);
}

void
persea_cache_tidy (const char *kept)
{
  g_autoptr (GPtrArray) files = persea_cache_list ();
  int64_t now = g_get_real_time ();
  uint64_t size = 0;

  for (unsigned i = 0; i < files->len; i++)
    {
      const PerseaCacheFile *file = files->pdata[i];
      int64_t age = now - file->used;

      size += file->size;
      if (age < G_TIME_SPAN_DAY || (kept && strcmp (file->path, kept) == 0))
        continue;
      if (age > PERSEA_CACHE_MAX_AGE || size > PERSEA_CACHE_MAX_SIZE || is_temporary (file->path))
        {
          g_debug ("%s: removed, not used for %d days", file->path, (int) (age / G_TIME_SPAN_DAY));
          if (g_unlink (file->path) == 0)
            size -= file->size;
        }
    }
}

gboolean
persea_cache_clear (const char *const *kinds, uint64_t *n_bytes, GError **error)
{
  g_autoptr (GPtrArray) files = persea_cache_list ();
  gboolean ok = TRUE;

  *n_bytes = 0;
  for (unsigned i = 0; i < files->len; i++)
    {
      const PerseaCacheFile *file = files->pdata[i];

      if (kinds && !g_strv_contains (kinds, file->kind))
        continue;
      if (g_unlink (file->path) == 0 || errno == ENOENT)
        *n_bytes += file->size;
      else if (ok)
        {
          g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", file->path,
                       g_strerror (errno));
          ok = FALSE;
        }
    }
  return ok;
}
