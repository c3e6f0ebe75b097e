/* persea-image-source.c - where a picture comes from
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image-source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include "persea-error.h"

#define MAX_INPUT_SIZE (1 << 30) /* bytes of a picture from standard input */
#define READ_SIZE 65536

const char *
persea_image_source_get_name (const PerseaImageSource *source)
{
  const char *name = source->name ? source->name : source->path ? source->path : _("the picture");

  return *name ? name : "''";
}

static gboolean
source_check_descriptor (const PerseaImageSource *source, int fd, GError **error)
{
  const char *name = persea_image_source_get_name (source);
  struct stat status;

  if (fstat (fd, &status) != 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: cannot be read: %s"),
                 name, g_strerror (errno));
  else if (S_ISDIR (status.st_mode))
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("%s: is a folder, not a picture"), name);
  else if (!S_ISREG (status.st_mode))
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("%s: is not a file"), name);
  else if (status.st_size == 0)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("%s: the file is empty"), name);
  else
    return TRUE;
  return FALSE;
}

static void
source_set_open_error (const PerseaImageSource *source, int reason, GError **error)
{
  const char *name = persea_image_source_get_name (source);

  if (reason == ENOENT || reason == ENOTDIR)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("%s: there is no such file"), name);
  else if (reason == ENXIO) /* a socket, or a device that is not there */
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: is not a file"), name);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: cannot be opened: %s"),
                 name, g_strerror (reason));
}

int
persea_image_source_open (const PerseaImageSource *source, GError **error)
{
  int fd;

  if (!source->path && source->bytes)
    {
      if (g_bytes_get_size (source->bytes) > 0)
        return -2;
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("%s: the file is empty"),
                   persea_image_source_get_name (source));
      return -1;
    }

  fd = source->path ? open (source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                    : fcntl (source->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    {
      source_set_open_error (source, errno, error);
      return -1;
    }
  if (source_check_descriptor (source, fd, error))
    return fd;
  close (fd);
  return -1;
}

GBytes *
persea_image_source_read_stdin (GCancellable *cancellable, GError **error)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  g_autofree uint8_t *buffer = g_malloc (READ_SIZE);
  gssize n;

  while ((n = g_input_stream_read (stream, buffer, READ_SIZE, cancellable, error)) > 0)
    {
      g_byte_array_append (contents, buffer, n);
      if (contents->len > MAX_INPUT_SIZE)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                       _("expected a picture of at most %d bytes, found more"), MAX_INPUT_SIZE);
          return NULL;
        }
    }
  return n < 0 ? NULL : g_byte_array_free_to_bytes (g_steal_pointer (&contents));
}
