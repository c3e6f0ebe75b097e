/* persea-msgpack.c - msgpack, an item at a time
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reference: msgpack/msgpack, spec.md.
 */
#include "config.h"

#include "persea-msgpack-private.h"

#include <string.h>

/* How the item goes on after a first byte of 0xc0 to 0xdf: @width bytes of a big-endian number,
 * which is the value or a length; or, of an EXT, a fixed length and then its type.  0xc1 is never
 * used. */
static const struct
{
  PerseaMsgpackKind kind;
  uint8_t           width;
  uint8_t           fixed; /* EXT: its length, if there is no number */
  gboolean          is_signed;
} msgpack_forms[32] = {
  [0x00] = { PERSEA_MSGPACK_NIL, 0 },
  [0x02] = { PERSEA_MSGPACK_BOOL, 0 },
  [0x03] = { PERSEA_MSGPACK_BOOL, 0 },
  [0x04] = { PERSEA_MSGPACK_TEXT, 1 },
  [0x05] = { PERSEA_MSGPACK_TEXT, 2 },
  [0x06] = { PERSEA_MSGPACK_TEXT, 4 },
  [0x07] = { PERSEA_MSGPACK_EXT, 1 },
  [0x08] = { PERSEA_MSGPACK_EXT, 2 },
  [0x09] = { PERSEA_MSGPACK_EXT, 4 },
  [0x0a] = { PERSEA_MSGPACK_FLOAT, 4 },
  [0x0b] = { PERSEA_MSGPACK_FLOAT, 8 },
  [0x0c] = { PERSEA_MSGPACK_INT, 1 },
  [0x0d] = { PERSEA_MSGPACK_INT, 2 },
  [0x0e] = { PERSEA_MSGPACK_INT, 4 },
  [0x0f] = { PERSEA_MSGPACK_INT, 8 },
  [0x10] = { PERSEA_MSGPACK_INT, 1, .is_signed = TRUE },
  [0x11] = { PERSEA_MSGPACK_INT, 2, .is_signed = TRUE },
  [0x12] = { PERSEA_MSGPACK_INT, 4, .is_signed = TRUE },
  [0x13] = { PERSEA_MSGPACK_INT, 8, .is_signed = TRUE },
  [0x14] = { PERSEA_MSGPACK_EXT, .fixed = 1 },
  [0x15] = { PERSEA_MSGPACK_EXT, .fixed = 2 },
  [0x16] = { PERSEA_MSGPACK_EXT, .fixed = 4 },
  [0x17] = { PERSEA_MSGPACK_EXT, .fixed = 8 },
  [0x18] = { PERSEA_MSGPACK_EXT, .fixed = 16 },
  [0x19] = { PERSEA_MSGPACK_TEXT, 1 },
  [0x1a] = { PERSEA_MSGPACK_TEXT, 2 },
  [0x1b] = { PERSEA_MSGPACK_TEXT, 4 },
  [0x1c] = { PERSEA_MSGPACK_ARRAY, 2 },
  [0x1d] = { PERSEA_MSGPACK_ARRAY, 4 },
  [0x1e] = { PERSEA_MSGPACK_MAP, 2 },
  [0x1f] = { PERSEA_MSGPACK_MAP, 4 },
};

static gboolean
msgpack_take (PerseaMsgpackReader *reader, size_t n, const uint8_t **bytes)
{
  if (n > reader->size - reader->position)
    return FALSE;
  *bytes = reader->data + reader->position;
  reader->position += n;
  return TRUE;
}

static gboolean
msgpack_take_number (PerseaMsgpackReader *reader, size_t width, uint64_t *number)
{
  const uint8_t *bytes;

  if (!msgpack_take (reader, width, &bytes))
    return FALSE;
  *number = 0;
  for (size_t i = 0; i < width; i++)
    *number = *number << 8 | bytes[i];
  return TRUE;
}

/* The number in front of everything but the smallest items */
static gboolean
msgpack_take_form (PerseaMsgpackReader *reader, uint8_t first, PerseaMsgpackItem *item,
                   uint64_t *number)
{
  unsigned form = first - 0xc0;
  unsigned width = msgpack_forms[form].width;

  if (first == 0xc1 || !msgpack_take_number (reader, width, number))
    return FALSE;
  item->kind = msgpack_forms[form].kind;
  if (item->kind == PERSEA_MSGPACK_BOOL)
    *number = first & 1;
  if (msgpack_forms[form].is_signed && *number >> (8 * width - 1))
    *number |= width < 8 ? G_MAXUINT64 << (8 * width) : 0;
  else if (item->kind == PERSEA_MSGPACK_INT)
    *number = MIN (*number, G_MAXINT64);
  if (msgpack_forms[form].fixed)
    *number = msgpack_forms[form].fixed;
  return TRUE;
}

static gboolean
msgpack_take_header (PerseaMsgpackReader *reader, PerseaMsgpackItem *item, uint64_t *number)
{
  const uint8_t *bytes;
  uint8_t first;

  if (!msgpack_take (reader, 1, &bytes))
    return FALSE;
  first = *bytes;
  if (first >= 0xc0 && first < 0xe0)
    return msgpack_take_form (reader, first, item, number);

  /* the number is in the byte itself */
  if (first < 0x80 || first >= 0xe0)
    {
      item->kind = PERSEA_MSGPACK_INT;
      *number = first < 0x80 ? first : G_MAXUINT64 << 8 | first;
    }
  else
    {
      item->kind = first < 0x90   ? PERSEA_MSGPACK_MAP
                   : first < 0xa0 ? PERSEA_MSGPACK_ARRAY
                                  : PERSEA_MSGPACK_TEXT;
      *number = first & (item->kind == PERSEA_MSGPACK_TEXT ? 0x1f : 0x0f);
    }
  return TRUE;
}

gboolean
persea_msgpack_next (PerseaMsgpackReader *reader, PerseaMsgpackItem *item)
{
  const uint8_t *type;
  uint64_t number = 0;

  *item = (PerseaMsgpackItem){ 0 };
  if (!msgpack_take_header (reader, item, &number))
    return FALSE;

  switch (item->kind)
    {
    case PERSEA_MSGPACK_EXT:
      if (!msgpack_take (reader, 1, &type))
        return FALSE;
      item->number = (int8_t) *type;
      item->length = number;
      return msgpack_take (reader, number, &item->bytes);
    case PERSEA_MSGPACK_TEXT:
      item->length = number;
      return msgpack_take (reader, number, &item->bytes);
    case PERSEA_MSGPACK_ARRAY:
    case PERSEA_MSGPACK_MAP:
      item->number = (int64_t) number;
      return number <= (reader->size - reader->position) / (item->kind == PERSEA_MSGPACK_MAP ? 2 : 1);
    default:
      item->number = (int64_t) number;
      return TRUE;
    }
}

/* Without recursion: all that matters is how many items are still to come */
gboolean
persea_msgpack_skip (PerseaMsgpackReader *reader, const PerseaMsgpackItem *item)
{
  PerseaMsgpackItem inner = *item;
  uint64_t pending = 0;

  for (;;)
    {
      if (inner.kind == PERSEA_MSGPACK_ARRAY || inner.kind == PERSEA_MSGPACK_MAP)
        pending += (uint64_t) inner.number * (inner.kind == PERSEA_MSGPACK_MAP ? 2 : 1);
      if (pending == 0)
        return TRUE;
      pending--;
      if (!persea_msgpack_next (reader, &inner))
        return FALSE;
    }
}

gboolean
persea_msgpack_is (const PerseaMsgpackItem *item, const char *text)
{
  return item->kind == PERSEA_MSGPACK_TEXT && item->length == strlen (text)
         && memcmp (item->bytes, text, item->length) == 0;
}
