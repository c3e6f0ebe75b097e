/* tiny-picture.c - pictures by the thousand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "tiny-picture.h"

#include <stdint.h>
#include <string.h>

#define SIDE 24    /* pixels */
#define BITS 124   /* where in a picture file the bits per sample are */
#define PIXELS 132 /* where the pixels are */

static void
put_entry (uint8_t *entry, uint16_t tag, uint16_t type, uint32_t count, uint32_t value)
{
  const uint16_t head[] = { GUINT16_TO_LE (tag), GUINT16_TO_LE (type) };
  const uint32_t tail[] = { GUINT32_TO_LE (count), GUINT32_TO_LE (value) };

  memcpy (entry, head, 4);
  memcpy (entry + 4, tail, 8);
}

/* An uncompressed TIFF file: header, directory, bits per sample, pixels. */
static void
put_headers (uint8_t *bytes)
{
  static const uint8_t start[] = { 'I', 'I', 42, 0, 8, 0, 0, 0, 9, 0 };
  static const uint8_t bits[] = { 8, 0, 8, 0, 8, 0 };
  uint8_t *entry = bytes + sizeof start;

  memset (bytes, 0, PIXELS);
  memcpy (bytes, start, sizeof start);
  put_entry (entry, 256, 3, 1, SIDE);
  put_entry (entry + 12, 257, 3, 1, SIDE);
  put_entry (entry + 24, 258, 3, 3, BITS);
  put_entry (entry + 36, 259, 3, 1, 1);
  put_entry (entry + 48, 262, 3, 1, 2);
  put_entry (entry + 60, 273, 4, 1, PIXELS);
  put_entry (entry + 72, 277, 3, 1, 3);
  put_entry (entry + 84, 278, 3, 1, SIDE);
  put_entry (entry + 96, 279, 4, 1, SIDE * SIDE * 3);
  memcpy (bytes + BITS, bits, sizeof bits);
}

void
tiny_picture_write (const char *path, GRand *rand)
{
  uint8_t bytes[PIXELS + SIDE * SIDE * 3];
  g_autoptr (GError) error = NULL;

  put_headers (bytes);
  for (size_t i = PIXELS; i < sizeof bytes; i++)
    bytes[i] = rand != NULL ? g_rand_int_range (rand, 0, 256) : 42;
  g_file_set_contents (path, (const char *) bytes, sizeof bytes, &error);
  g_assert_no_error (error);
}
