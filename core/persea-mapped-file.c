/* persea-mapped-file.c - small files from outside, mapped for reading
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-mapped-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#include "persea-error.h"

GMappedFile *
persea_mapped_file_open (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  GMappedFile *file = NULL;
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", name,
                   g_strerror (number));
    }
  else if (!S_ISREG (status.st_mode))
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "%s: not a regular file", name);
  else
    file = g_mapped_file_new_from_fd (fd, FALSE, error);
  if (fd >= 0)
    close (fd);
  return file;
}
