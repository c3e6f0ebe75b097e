/* persea-file-stamp.c - stamps by lstat(), sums by reading
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-file-stamp.h"

#include "persea-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define CONTENT_READ_SIZE (256 * 1024)

gboolean
persea_file_stamp_read (const char *path, PerseaFileStamp *stamp, GError **error)
{
  struct stat status;

  if (lstat (path, &status) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  if (S_ISLNK (status.st_mode))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: is a symbolic link; name the file that it points to"), path);
      return FALSE;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: not a regular file"), path);
      return FALSE;
    }
  *stamp = (PerseaFileStamp) {
    .device = status.st_dev,
    .inode = status.st_ino,
    .size = status.st_size,
    .mtime_ns = status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec,
  };
  return TRUE;
}

gboolean
persea_file_stamp_equal (const PerseaFileStamp *a, const PerseaFileStamp *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size
         && a->mtime_ns == b->mtime_ns;
}

gboolean
persea_file_stamp_equal_remounted (const PerseaFileStamp *a, const PerseaFileStamp *b)
{
  return a->size == b->size && a->mtime_ns == b->mtime_ns
         && (a->device != b->device || a->inode == b->inode);
}

gboolean
persea_file_stamp_is_gone (const char *path, const PerseaFileStamp *stamp)
{
  g_autofree char *folder = g_strdup (path);
  struct stat status;
  char *slash;

  if (lstat (path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR))
    return FALSE;
  /* what is left of its path lies on another file system where its own one is not mounted */
  while ((slash = strrchr (folder, '/')) != NULL && slash != folder)
    {
      *slash = '\0';
      if (lstat (folder, &status) == 0)
        return status.st_dev == stamp->device;
      if (errno != ENOENT && errno != ENOTDIR)
        return FALSE;
    }
  return FALSE;
}

static gboolean
file_stamp_check_size (int file, const char *path, GError **error)
{
  struct stat status;

  if (fstat (file, &status) == 0 && status.st_size <= PERSEA_FILE_STAMP_MAX_SIZE)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED, _("%s: expected at most %d GiB, found more"), path,
               (int) (PERSEA_FILE_STAMP_MAX_SIZE >> 30));
  return FALSE;
}

static gboolean
file_stamp_read_all (int            file,
                     const char    *path,
                     GChecksum     *sum,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_autofree guchar *buffer = g_malloc (CONTENT_READ_SIZE);

  if (!file_stamp_check_size (file, path, error))
    return FALSE;
  /* it may still be growing */
  for (off_t offset = 0; offset <= PERSEA_FILE_STAMP_MAX_SIZE;)
    {
      ssize_t n = pread (file, buffer, CONTENT_READ_SIZE, offset);

      if (n == 0)
        return TRUE;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                       g_strerror (errno));
          return FALSE;
        }
      g_checksum_update (sum, buffer, n);
      offset += n;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  return file_stamp_check_size (file, path, error);
}

char *
persea_file_stamp_sum_open_file (int file, GCancellable *cancellable, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  return file_stamp_read_all (file, "an open file", sum, cancellable, error)
           ? g_strdup (g_checksum_get_string (sum))
           : NULL;
}

char *
persea_file_stamp_sum_content (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  /* not blocking: a name may have become a pipe since it was looked at */
  int file = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  gboolean ok;

  if (file < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                   g_strerror (errno));
      return NULL;
    }
  ok = file_stamp_read_all (file, path, sum, cancellable, error);
  close (file);
  return ok ? g_strdup (g_checksum_get_string (sum)) : NULL;
}
