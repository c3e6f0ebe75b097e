/* persea-pickle-values.c - values out of the bytes of a pickle
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-pickle-private.h"

#include <string.h>

#include "persea-error.h"

gboolean
persea_pickle_fail (PickleMachine *machine, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "pickle, byte %" G_GSIZE_FORMAT ": %s", machine->position, message);
  return FALSE;
}

const uint8_t *
persea_pickle_take (PickleMachine *machine, size_t n, GError **error)
{
  const uint8_t *bytes = machine->data + machine->position;

  if (n > machine->size - machine->position)
    {
      persea_pickle_fail (machine, error, "expected %" G_GSIZE_FORMAT " more bytes, found %" G_GSIZE_FORMAT,
                   n, machine->size - machine->position);
      return NULL;
    }
  machine->position += n;
  return bytes;
}

gboolean
persea_pickle_take_number (PickleMachine *machine, size_t n, uint64_t *number, GError **error)
{
  const uint8_t *bytes = persea_pickle_take (machine, n, error);

  if (bytes == NULL)
    return FALSE;
  *number = 0;
  for (size_t i = 0; i < n; i++)
    *number |= (uint64_t) bytes[i] << (8 * i);
  return TRUE;
}

gboolean
persea_pickle_push (PickleMachine *machine, PerseaPickleNode *node, GError **error)
{
  if (machine->stack->len >= PERSEA_PICKLE_MAX_STACK)
    return persea_pickle_fail (machine, error, "more than %d values on the stack", PERSEA_PICKLE_MAX_STACK);
  g_ptr_array_add (machine->stack, node);
  return TRUE;
}

PerseaPickleNode *
persea_pickle_make (PickleMachine *machine, PerseaPickleKind kind, GError **error)
{
  PerseaPickleNode *node;

  if (machine->pickle->nodes->len >= PERSEA_PICKLE_MAX_NODES)
    {
      persea_pickle_fail (machine, error, "more than %d values", PERSEA_PICKLE_MAX_NODES);
      return NULL;
    }
  node = g_new0 (PerseaPickleNode, 1);
  node->kind = kind;
  g_ptr_array_add (machine->pickle->nodes, node);
  return persea_pickle_push (machine, node, error) ? node : NULL;
}

size_t
persea_pickle_floor (PickleMachine *machine)
{
  return machine->marks->len > 0
           ? g_array_index (machine->marks, size_t, machine->marks->len - 1) : 0;
}

PerseaPickleNode *
persea_pickle_pop (PickleMachine *machine, GError **error)
{
  if (machine->stack->len <= persea_pickle_floor (machine))
    {
      persea_pickle_fail (machine, error, "the stack is empty");
      return NULL;
    }
  return g_ptr_array_remove_index (machine->stack, machine->stack->len - 1);
}

gboolean
persea_pickle_constant (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *node;

  node = persea_pickle_make (machine, machine->opcode == 'N' ? PERSEA_PICKLE_NONE : PERSEA_PICKLE_BOOL, error);
  if (node == NULL)
    return FALSE;
  node->integer = machine->opcode == 0x88;
  return TRUE;
}

gboolean
persea_pickle_int (PickleMachine *machine, GError **error)
{
  size_t n = machine->opcode == 'J' ? 4 : machine->opcode == 'M' ? 2 : 1;
  PerseaPickleNode *node;
  uint64_t number;

  if (!persea_pickle_take_number (machine, n, &number, error))
    return FALSE;
  node = persea_pickle_make (machine, PERSEA_PICKLE_INT, error);
  if (node == NULL)
    return FALSE;
  node->integer = n == 4 ? (int32_t) (uint32_t) number : (int64_t) number;
  return TRUE;
}

/* LONG1 and LONG4: the length in bytes, then a little-endian number in two's complement */
gboolean
persea_pickle_long (PickleMachine *machine, GError **error)
{
  uint64_t n, number = 0;
  const uint8_t *bytes;
  PerseaPickleNode *node;

  if (!persea_pickle_take_number (machine, machine->opcode == 0x8a ? 1 : 4, &n, error))
    return FALSE;
  bytes = persea_pickle_take (machine, n, error);
  if (bytes == NULL)
    return FALSE;
  node = persea_pickle_make (machine, n > 8 ? PERSEA_PICKLE_BIG_INT : PERSEA_PICKLE_INT, error);
  if (node == NULL)
    return FALSE;

  node->text = (PerseaPickleText){ (const char *) bytes, n };
  if (n > 0 && n <= 8 && bytes[n - 1] >= 0x80)
    number = G_MAXUINT64;
  for (size_t i = n; i-- > 0 && n <= 8;)
    number = number << 8 | bytes[i];
  node->integer = (int64_t) number;
  return TRUE;
}

gboolean
persea_pickle_float (PickleMachine *machine, GError **error)
{
  const uint8_t *bytes = persea_pickle_take (machine, 8, error);
  PerseaPickleNode *node;
  uint64_t bits = 0;

  if (bytes == NULL)
    return FALSE;
  node = persea_pickle_make (machine, PERSEA_PICKLE_FLOAT, error);
  if (node == NULL)
    return FALSE;
  for (int i = 0; i < 8; i++)
    bits = bits << 8 | bytes[i];
  memcpy (&node->real, &bits, sizeof bits);
  return TRUE;
}

gboolean
persea_pickle_text (PickleMachine *machine, GError **error)
{
  PerseaPickleKind kind = PERSEA_PICKLE_STRING;
  PerseaPickleNode *node;
  const uint8_t *bytes;
  uint64_t length;
  size_t n = 4;

  if (strchr ("UC\x8c", machine->opcode) != NULL)
    n = 1;
  else if (strchr ("\x8d\x8e\x96", machine->opcode) != NULL)
    n = 8;
  if (strchr ("BC\x8e\x96", machine->opcode) != NULL)
    kind = PERSEA_PICKLE_BYTES;

  if (!persea_pickle_take_number (machine, n, &length, error))
    return FALSE;
  bytes = persea_pickle_take (machine, length, error);
  if (bytes == NULL)
    return FALSE;
  node = persea_pickle_make (machine, kind, error);
  if (node == NULL)
    return FALSE;
  node->text = (PerseaPickleText){ (const char *) bytes, length };
  return TRUE;
}

static gboolean
pickle_take_line (PickleMachine *machine, PerseaPickleText *text, GError **error)
{
  const uint8_t *start = machine->data + machine->position;
  const uint8_t *end = memchr (start, '\n', machine->size - machine->position);

  if (end == NULL)
    return persea_pickle_fail (machine, error, "a name without an end");
  *text = (PerseaPickleText){ (const char *) start, (size_t) (end - start) };
  machine->position += text->length + 1;
  return TRUE;
}

gboolean
persea_pickle_global (PickleMachine *machine, GError **error)
{
  PerseaPickleText module, name;
  PerseaPickleNode *node;

  if (machine->opcode == 'c')
    {
      if (!pickle_take_line (machine, &module, error) || !pickle_take_line (machine, &name, error))
        return FALSE;
    }
  else
    {
      PerseaPickleNode *second = persea_pickle_pop (machine, error);
      PerseaPickleNode *first = second != NULL ? persea_pickle_pop (machine, error) : NULL;

      if (first == NULL)
        return FALSE;
      if (first->kind != PERSEA_PICKLE_STRING || second->kind != PERSEA_PICKLE_STRING)
        return persea_pickle_fail (machine, error, "a global whose name is no string");
      module = first->text;
      name = second->text;
    }

  node = persea_pickle_make (machine, PERSEA_PICKLE_GLOBAL, error);
  if (node == NULL)
    return FALSE;
  node->module = module;
  node->text = name;
  return TRUE;
}
