/* persea-msgpack-private.h - msgpack, an item at a time
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A reader of our own and not msgpack-c, although that copies nothing either: it allocates what a
 * header claims before it has seen it, 48 bytes for each entry of a map, and a whole tree of
 * objects; here nothing is allocated at all.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PERSEA_MSGPACK_NIL,
  PERSEA_MSGPACK_BOOL,
  PERSEA_MSGPACK_INT,
  PERSEA_MSGPACK_FLOAT,
  PERSEA_MSGPACK_TEXT, /* str or bin: which of the two depends on the writer's options */
  PERSEA_MSGPACK_ARRAY,
  PERSEA_MSGPACK_MAP,
  PERSEA_MSGPACK_EXT,
} PerseaMsgpackKind;

/**
 * PerseaMsgpackItem:
 * @number: BOOL, INT: the value (beyond int64_t: %G_MAXINT64); ARRAY: elements; MAP: pairs;
 *   EXT: its type
 * @bytes: (array length=length): TEXT, EXT: in the input
 */
typedef struct
{
  PerseaMsgpackKind kind;
  int64_t           number;
  const uint8_t    *bytes;
  size_t            length;
} PerseaMsgpackItem;

typedef struct
{
  const uint8_t *data;
  size_t         size;
  size_t         position;
} PerseaMsgpackReader;

/**
 * persea_msgpack_next:
 * @item: (out caller-allocates)
 *
 * Reads an item: of an array or a map its header, after which its elements, or keys and values in
 * turn, are read the same way.  There are never more of them than bytes are left.
 *
 * Returns: %FALSE at the end of the input, or if it is damaged
 */
gboolean persea_msgpack_next (PerseaMsgpackReader *reader, PerseaMsgpackItem *item);

/* Passes over what follows in @item if it is an array or a map */
gboolean persea_msgpack_skip (PerseaMsgpackReader *reader, const PerseaMsgpackItem *item);

/* Whether @item is a TEXT that says exactly @text */
gboolean persea_msgpack_is (const PerseaMsgpackItem *item, const char *text);

G_END_DECLS
