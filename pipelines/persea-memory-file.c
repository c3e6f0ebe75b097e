/* persea-memory-file.c - bytes as a file in memory that nobody can change
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static gboolean
memory_file_write (int file, GBytes *bytes)
{
  size_t size;
  const char *data = g_bytes_get_data (bytes, &size);

  while (size > 0)
    {
      ssize_t n = write (file, data, size);

      if (n < 0 && errno != EINTR)
        return FALSE;
      data += MAX (n, 0);
      size -= MAX (n, 0);
    }
  return lseek (file, 0, SEEK_SET) == 0;
}

int
persea_memory_file_new (const char *name, GBytes *bytes, GError **error)
{
  int file = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (file >= 0 && memory_file_write (file, bytes)
      && fcntl (file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
    return file;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", name, g_strerror (errno));
  if (file >= 0)
    close (file);
  return -1;
}
