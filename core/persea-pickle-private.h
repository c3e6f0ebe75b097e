/* persea-pickle-private.h - the machine that looks at pickles
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The machine's state and what its operations share.  Operations that make values out of bytes
 * are in persea-pickle-values.c, those that move values about in persea-pickle.c.
 */
#pragma once

#include "persea-pickle.h"

G_BEGIN_DECLS

struct _PerseaPickle
{
  GPtrArray        *nodes; /* owns all nodes */
  PerseaPickleNode *root;
};

typedef struct
{
  const uint8_t *data;
  size_t         size;
  size_t         position;
  uint8_t        opcode;
  PerseaPickle  *pickle;
  GPtrArray     *stack;
  GArray        *marks; /* of size_t: height of the stack when the mark was set */
  GHashTable    *memo;  /* number -> node */
  gboolean       stopped;
} PickleMachine;

/* All of these set @error and return FALSE or NULL when the program is wrong. */

gboolean persea_pickle_fail (PickleMachine *machine, GError **error, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

/* the next @n bytes of the program */
const uint8_t *persea_pickle_take (PickleMachine *machine, size_t n, GError **error);

/* a little-endian number of @n bytes, at most 8 */
gboolean persea_pickle_take_number (PickleMachine *machine, size_t n, uint64_t *number, GError **error);

gboolean persea_pickle_push (PickleMachine *machine, PerseaPickleNode *node, GError **error);

/* a new node, pushed */
PerseaPickleNode *persea_pickle_make (PickleMachine *machine, PerseaPickleKind kind, GError **error);

/* height below which an operation may not take values */
size_t persea_pickle_floor (PickleMachine *machine);

PerseaPickleNode *persea_pickle_pop (PickleMachine *machine, GError **error);

/* operations; which opcode it is, they see in the machine */
gboolean persea_pickle_constant (PickleMachine *machine, GError **error);
gboolean persea_pickle_int (PickleMachine *machine, GError **error);
gboolean persea_pickle_long (PickleMachine *machine, GError **error);
gboolean persea_pickle_float (PickleMachine *machine, GError **error);
gboolean persea_pickle_text (PickleMachine *machine, GError **error);
gboolean persea_pickle_global (PickleMachine *machine, GError **error);

G_END_DECLS
