/* persea-texts-file.c - captions from a file or from the command line
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-texts-file.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include "persea-error.h"

static GBytes *
texts_read (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GInputStream) from = NULL;
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  gssize n = 1;

  if (strcmp (path, "-") == 0)
    from = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  else
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);

      from = G_INPUT_STREAM (g_file_read (file, cancellable, error));
      if (!from)
        return NULL;
    }
  while (n > 0)
    {
      uint8_t chunk[65536];

      n = g_input_stream_read (from, chunk, sizeof chunk, cancellable, error);
      if (n < 0)
        return NULL;
      g_byte_array_append (contents, chunk, n);
      if (contents->len > PERSEA_TEXTS_MAX_BYTES)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       _("more than %d bytes of texts"), PERSEA_TEXTS_MAX_BYTES);
          return NULL;
        }
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&contents));
}

/* %FALSE with the reason */
static gboolean
texts_add_line (GPtrArray *texts, const char *line, size_t length, GError **error)
{
  g_autofree char *text = NULL;

  if (length > PERSEA_TEXTS_MAX_LENGTH)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   _("a text of %zu bytes, at most %d are allowed"), length,
                   PERSEA_TEXTS_MAX_LENGTH);
      return FALSE;
    }
  if (!g_utf8_validate_len (line, length, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("this line is not valid UTF-8"));
      return FALSE;
    }
  text = g_strstrip (g_strndup (line, length));
  if (*text)
    g_ptr_array_add (texts, g_steal_pointer (&text));
  return TRUE;
}

gboolean
persea_texts_file_load (const char *path, GPtrArray *texts, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autoptr (GBytes) bytes = texts_read (path, cancellable, error);
  const char *text;
  const char *end;
  gsize size;
  size_t number = 0;

  if (!bytes)
    {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  text = g_bytes_get_data (bytes, &size);
  end = text + size;
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    text += 3;
  while (text < end)
    {
      const char *stop = memchr (text, '\n', end - text);
      size_t length = (stop ? stop : end) - text;

      number++;
      if (!texts_add_line (texts, text, length, error))
        {
          g_prefix_error (error, "%s:%zu: ", name, number);
          return FALSE;
        }
      text += length + 1;
    }
  return TRUE;
}
