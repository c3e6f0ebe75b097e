/* persea-png-text.c - text chunks of PNG files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A PNG file is a signature and chunks: length (big-endian), type, data, CRC-32 of type and data.
 */
#include "config.h"

#include "persea-png-text.h"

#include <stdint.h>
#include <string.h>

#define SIGNATURE "\211PNG\r\n\032\n"
#define SIGNATURE_SIZE 8
#define CHUNK_FRAME 12                      /* length, type and CRC */
#define HEADER_SIZE (CHUNK_FRAME + 13)      /* IHDR */
#define MAX_TEXT (1024 * 1024)

static uint32_t
png_crc (const uint8_t *data, size_t size)
{
  uint32_t crc = 0xffffffff;

  for (size_t i = 0; i < size; i++)
    {
      crc ^= data[i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  return ~crc;
}

static void
png_append_number (GByteArray *bytes, uint32_t number)
{
  uint32_t big = GUINT32_TO_BE (number);

  g_byte_array_append (bytes, (const uint8_t *) &big, sizeof big);
}

static void
png_append_chunk (GByteArray *bytes, const char *type, GByteArray *data)
{
  size_t start;

  png_append_number (bytes, data->len);
  start = bytes->len;
  g_byte_array_append (bytes, (const uint8_t *) type, 4);
  g_byte_array_append (bytes, data->data, data->len);
  png_append_number (bytes, png_crc (bytes->data + start, bytes->len - start));
}

static void
png_append_text (GByteArray *bytes, const PerseaPngText *text)
{
  g_autofree char *latin = text->is_international
                             ? NULL
                             : g_convert (text->text, -1, "ISO-8859-1", "UTF-8", NULL, NULL, NULL);
  g_autoptr (GByteArray) data = g_byte_array_new ();

  g_byte_array_append (data, (const uint8_t *) text->keyword, strlen (text->keyword) + 1);
  if (latin)
    g_byte_array_append (data, (const uint8_t *) latin, strlen (latin));
  else
    {
      /* not compressed, in no language, the keyword not translated */
      static const uint8_t plain[4] = { 0 };

      g_byte_array_append (data, plain, sizeof plain);
      g_byte_array_append (data, (const uint8_t *) text->text, strlen (text->text));
    }
  png_append_chunk (bytes, latin ? "tEXt" : "iTXt", data);
}

GBytes *
persea_png_text_insert (GBytes *png, const PerseaPngText *texts, size_t n_texts)
{
  gsize size;
  const uint8_t *data = g_bytes_get_data (png, &size);
  GByteArray *bytes = g_byte_array_sized_new (size + 4096);
  size_t head = SIGNATURE_SIZE + HEADER_SIZE;

  g_return_val_if_fail (size >= head, NULL);

  g_byte_array_append (bytes, data, head);
  for (size_t i = 0; i < n_texts; i++)
    png_append_text (bytes, &texts[i]);
  g_byte_array_append (bytes, data + head, size - head);
  return g_byte_array_free_to_bytes (bytes);
}

/* @data: behind the keyword and its zero */
static char *
png_read_text (gboolean international, const char *data, size_t size)
{
  g_autofree char *text = NULL;

  if (!international)
    return g_convert (data, size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  if (size < 2 || data[0] != 0) /* compressed */
    return NULL;
  data += 2;
  size -= 2;
  for (int i = 0; i < 2; i++) /* language, translated keyword */
    {
      const char *end = memchr (data, 0, size);

      if (!end)
        return NULL;
      size -= end + 1 - data;
      data = end + 1;
    }
  text = g_strndup (data, size);
  return g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : NULL;
}

char *
persea_png_text_find (GBytes *png, const char *keyword)
{
  gsize size;
  const uint8_t *data = g_bytes_get_data (png, &size);
  size_t length = strlen (keyword) + 1;

  if (size < SIGNATURE_SIZE || memcmp (data, SIGNATURE, SIGNATURE_SIZE) != 0)
    return NULL;
  for (size_t at = SIGNATURE_SIZE; size - at >= CHUNK_FRAME;)
    {
      uint32_t n = (uint32_t) data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
      const char *type = (const char *) data + at + 4;
      const char *content = type + 4;
      gboolean international = memcmp (type, "iTXt", 4) == 0;

      if (n > size - at - CHUNK_FRAME || memcmp (type, "IEND", 4) == 0)
        break;
      if ((international || memcmp (type, "tEXt", 4) == 0)
          && n >= length && n <= MAX_TEXT && memcmp (content, keyword, length) == 0)
        return png_read_text (international, content + length, n - length);
      at += n + CHUNK_FRAME;
    }
  return NULL;
}
