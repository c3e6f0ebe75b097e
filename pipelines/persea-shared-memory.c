/* persea-shared-memory.c - memory that another process fills in, or reads
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-shared-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "persea-error.h"

static gboolean
memory_fails (GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, "shared memory: %s", g_strerror (errno));
  return FALSE;
}

int
persea_shared_memory_new (size_t size, GError **error)
{
  int memory = memfd_create ("persea", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (memory >= 0 && ftruncate (memory, size) == 0
      && fcntl (memory, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0)
    return memory;
  memory_fails (error);
  if (memory >= 0)
    close (memory);
  return -1;
}

int
persea_shared_memory_new_growing (GError **error)
{
  int memory = memfd_create ("persea", MFD_CLOEXEC);

  if (memory < 0)
    memory_fails (error);
  return memory;
}

gboolean
persea_shared_memory_write (int          memory,
                            const void  *data,
                            size_t       size,
                            size_t      *offset,
                            GError     **error)
{
  for (size_t done = 0; done < size;)
    {
      ssize_t n = pwrite (memory, (const char *) data + done, size - done, *offset + done);

      if (n > 0)
        done += n;
      else if (n == 0 || errno == EPERM || errno == EFBIG)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                       "%zu bytes at %zu are more than the shared memory has room for", size, *offset);
          return FALSE;
        }
      else if (errno != EINTR)
        return memory_fails (error);
    }
  *offset += size;
  return TRUE;
}

gboolean
persea_shared_memory_seal (int memory, GError **error)
{
  if (fcntl (memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "shared memory cannot be sealed: %s",
               g_strerror (errno));
  return FALSE;
}

int
persea_shared_memory_new_sealed (GBytes *bytes, GError **error)
{
  size_t size, end = 0;
  const void *data = g_bytes_get_data (bytes, &size);
  int memory = persea_shared_memory_new (size, error);

  if (memory >= 0 && persea_shared_memory_write (memory, data, size, &end, error)
      && persea_shared_memory_seal (memory, error))
    return memory;
  if (memory >= 0)
    close (memory);
  return -1;
}

gboolean
persea_shared_memory_read (int memory, void *data, size_t size, GError **error)
{
  for (size_t done = 0; done < size;)
    {
      ssize_t n = pread (memory, (char *) data + done, size - done, done);

      if (n > 0)
        done += n;
      else if (n == 0)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "expected %zu bytes of shared memory, found %zu", size, done);
          return FALSE;
        }
      else if (errno != EINTR)
        return memory_fails (error);
    }
  return TRUE;
}

GBytes *
persea_shared_memory_copy (int memory, size_t size, GError **error)
{
  g_autofree uint8_t *bytes = g_malloc (MAX (size, 1));

  return persea_shared_memory_read (memory, bytes, size, error)
           ? g_bytes_new_take (g_steal_pointer (&bytes), size) : NULL;
}
