/* persea-replacement.c - a file that is replaced as a whole or not at all
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-error.h"

/* names of temporary files: this and eight hexadecimal digits */
#define TEMPORARY_PREFIX ".persea-"
#define TEMPORARY_DIGITS 8

struct _PerseaReplacement
{
  char            *path;   /* no link */
  char            *folder;
  char            *temporary;
  gboolean         is_new;
  PerseaFileStamp  expected;
  gboolean         committed;
};

static gboolean
set_error_from_errno (GError **error, const char *path)
{
  int number = errno;
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), _("%s: cannot be written: %s"), name,
               g_strerror (number));
  return FALSE;
}

/* The umask decides about the mode, as for any new file. */
static gboolean
replacement_make_temporary (PerseaReplacement *replacement, GError **error)
{
  for (int attempt = 0; attempt < 100; attempt++)
    {
      g_autofree char *name = g_strdup_printf (TEMPORARY_PREFIX "%08x", g_random_int ());
      g_autofree char *temporary = g_build_filename (replacement->folder, name, NULL);
      int file = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

      if (file >= 0)
        {
          close (file);
          replacement->temporary = g_steal_pointer (&temporary);
          return TRUE;
        }
      if (errno != EEXIST)
        break;
    }
  return set_error_from_errno (error, replacement->folder);
}

PerseaReplacement *
persea_replacement_new (const char *path, const PerseaFileStamp *expected, GError **error)
{
  g_autoptr (PerseaReplacement) replacement = g_new0 (PerseaReplacement, 1);

  if (expected)
    {
      char *target = realpath (path, NULL);

      if (!target)
        {
          set_error_from_errno (error, path);
          return NULL;
        }
      replacement->path = g_strdup (target);
      replacement->expected = *expected;
      free (target);
      if (access (replacement->path, W_OK) != 0)
        {
          set_error_from_errno (error, replacement->path);
          return NULL;
        }
    }
  else
    replacement->path = g_strdup (path);

  replacement->is_new = !expected;
  replacement->folder = g_path_get_dirname (replacement->path);
  if (!replacement_make_temporary (replacement, error))
    return NULL;
  return g_steal_pointer (&replacement);
}

static gboolean
is_abandoned (const char *folder, const char *name, int age)
{
  const char *digits = name + strlen (TEMPORARY_PREFIX);
  g_autofree char *path = NULL;
  struct stat status;

  if (!g_str_has_prefix (name, TEMPORARY_PREFIX) || strlen (digits) != TEMPORARY_DIGITS
      || strspn (digits, "0123456789abcdef") != TEMPORARY_DIGITS)
    return FALSE;
  path = g_build_filename (folder, name, NULL);
  /* a copy of a picture has that picture's times, but the time of its last change is its own */
  return lstat (path, &status) == 0 && S_ISREG (status.st_mode) && status.st_uid == geteuid ()
         && status.st_nlink == 1 && time (NULL) - status.st_ctim.tv_sec > age;
}

void
persea_replacement_sweep (const char *folder, int age)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (is_abandoned (folder, name, age))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        g_debug ("%s: left behind by a killed process; removed", path);
        unlink (path);
      }
}

const char *
persea_replacement_get_path (PerseaReplacement *replacement)
{
  return replacement->temporary;
}

gboolean
persea_replacement_write (PerseaReplacement *replacement, GBytes *bytes, GError **error)
{
  int file = open (replacement->temporary, O_WRONLY | O_APPEND | O_CLOEXEC);
  gsize size, n_done = 0;
  const char *data = g_bytes_get_data (bytes, &size);

  if (file < 0)
    return set_error_from_errno (error, replacement->path);
  while (n_done < size)
    {
      ssize_t n = write (file, data + n_done, size - n_done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_error_from_errno (error, replacement->path);
          close (file);
          return FALSE;
        }
      n_done += n;
    }
  return close (file) == 0 || set_error_from_errno (error, replacement->path);
}

gboolean
persea_replacement_check_space (PerseaReplacement *replacement, GError **error)
{
  static const char zeros[65536];
  int file = open (replacement->temporary, O_WRONLY | O_APPEND | O_CLOEXEC);
  gboolean written;
  int number;

  errno = file >= 0 ? 0 : errno;
  written = file >= 0 && write (file, zeros, sizeof zeros) == sizeof zeros && fsync (file) == 0;
  /* writing less than asked for is how a full disk begins */
  number = errno ? errno : ENOSPC;

  if (file >= 0)
    close (file);
  errno = number;
  return written || set_error_from_errno (error, replacement->path);
}

gboolean
persea_replacement_copy_old (PerseaReplacement *replacement, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) from = g_file_new_for_path (replacement->path);
  g_autoptr (GFile) to = g_file_new_for_path (replacement->temporary);

  return g_file_copy (from, to, G_FILE_COPY_OVERWRITE | G_FILE_COPY_ALL_METADATA, cancellable, NULL, NULL, error);
}

/* Mode and owner of the old file, and everything on the disk. */
static gboolean
replacement_finish_temporary (PerseaReplacement *replacement, GError **error)
{
  int file = open (replacement->temporary, O_RDWR | O_CLOEXEC);
  struct stat old;

  if (file < 0)
    return set_error_from_errno (error, replacement->temporary);
  if (!replacement->is_new && stat (replacement->path, &old) == 0)
    {
      /* only root may give files away; others keep what they can */
      if (fchown (file, old.st_uid, old.st_gid) != 0 && fchown (file, (uid_t) -1, old.st_gid) != 0)
        g_debug ("%s: the owner could not be kept", replacement->path);
      if (fchmod (file, old.st_mode & 07777) != 0)
        g_debug ("%s: the mode could not be kept", replacement->path);
    }
  if (fsync (file) != 0)
    {
      set_error_from_errno (error, replacement->path);
      close (file);
      return FALSE;
    }
  if (close (file) != 0)
    return set_error_from_errno (error, replacement->path);
  return TRUE;
}

static gboolean
replacement_set_changed (PerseaReplacement *replacement, GError **error)
{
  g_autofree char *name = g_filename_display_name (replacement->path);

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_BUSY,
               "%s was changed by another program in the meantime; it is left as it is", name);
  return FALSE;
}

static gboolean
replacement_rename (PerseaReplacement *replacement, GError **error)
{
  PerseaFileStamp now;

  if (replacement->is_new)
    {
      if (renameat2 (AT_FDCWD, replacement->temporary, AT_FDCWD, replacement->path, RENAME_NOREPLACE) == 0)
        return TRUE;
      if (errno == EEXIST)
        return replacement_set_changed (replacement, error);
      if (errno != EINVAL && errno != ENOSYS)
        return set_error_from_errno (error, replacement->path);
      /* a file system without RENAME_NOREPLACE */
      if (access (replacement->path, F_OK) == 0)
        return replacement_set_changed (replacement, error);
    }
  else if (!persea_file_stamp_read (replacement->path, &now, NULL)
           || !persea_file_stamp_equal (&now, &replacement->expected))
    return replacement_set_changed (replacement, error);

  if (rename (replacement->temporary, replacement->path) != 0)
    return set_error_from_errno (error, replacement->path);
  return TRUE;
}

gboolean
persea_replacement_commit (PerseaReplacement *replacement, GError **error)
{
  int folder;

  if (!replacement_finish_temporary (replacement, error) || !replacement_rename (replacement, error))
    return FALSE;

  replacement->committed = TRUE;
  folder = open (replacement->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0)
    {
      fsync (folder);
      close (folder);
    }
  return TRUE;
}

void
persea_replacement_free (PerseaReplacement *replacement)
{
  if (!replacement)
    return;

  if (replacement->temporary && !replacement->committed)
    unlink (replacement->temporary);
  g_free (replacement->path);
  g_free (replacement->folder);
  g_free (replacement->temporary);
  g_free (replacement);
}
