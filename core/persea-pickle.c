/* persea-pickle.c - Python pickles, looked at and not run
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One small function per kind of opcode, and a table that says which opcode uses which.
 * Reference for the opcodes: cpython, Lib/pickletools.py.  The text opcodes of protocol 0 and
 * those that name code by number are left out on purpose.
 */
#include "config.h"

#include "persea-pickle-private.h"

#include <string.h>

#include "persea-error.h"

typedef gboolean (*PickleOperation) (PickleMachine *machine, GError **error);

static void
pickle_node_free (PerseaPickleNode *node)
{
  g_free (node->items);
  g_free (node);
}

static PerseaPickleNode *
pickle_top (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *node = persea_pickle_pop (machine, error);

  if (node != NULL)
    g_ptr_array_add (machine->stack, node);
  return node;
}

/* Takes the mark off; the values above it are those from @first on */
static gboolean
pickle_pop_mark (PickleMachine *machine, size_t *first, GError **error)
{
  if (machine->marks->len == 0)
    return persea_pickle_fail (machine, error, "no mark on the stack");
  *first = persea_pickle_floor (machine);
  g_array_set_size (machine->marks, machine->marks->len - 1);
  return TRUE;
}

static void
pickle_append (PerseaPickleNode *node, gpointer *items, size_t n)
{
  if (n > node->n_allocated - node->n_items)
    {
      node->n_allocated = MAX (node->n_items + n, 2 * node->n_allocated);
      node->items = g_renew (PerseaPickleNode *, node->items, node->n_allocated);
    }
  if (n > 0)
    memcpy (node->items + node->n_items, items, n * sizeof *items);
  node->n_items += n;
}

/* Moves the values from @first on into @node, which must be able to hold them */
static gboolean
pickle_fill (PickleMachine    *machine,
             PerseaPickleNode *node,
             size_t            first,
             gboolean          pairs,
             GError          **error)
{
  size_t n = machine->stack->len - first;

  if (node->kind != PERSEA_PICKLE_OBJECT
      && node->kind != (pairs ? PERSEA_PICKLE_DICT : PERSEA_PICKLE_LIST))
    return persea_pickle_fail (machine, error, "items for something that holds none");
  if (pairs && n % 2 != 0)
    return persea_pickle_fail (machine, error, "a key without a value");
  if (n > 0 && node->n_items > 0 && node->pairs != pairs)
    return persea_pickle_fail (machine, error, "items and keys for the same object");

  node->pairs = pairs;
  pickle_append (node, machine->stack->pdata + first, n);
  g_ptr_array_set_size (machine->stack, (gint) first);
  return TRUE;
}

static gboolean
pickle_proto (PickleMachine *machine, GError **error)
{
  uint64_t version;

  if (!persea_pickle_take_number (machine, 1, &version, error))
    return FALSE;
  if (version > 5)
    return persea_pickle_fail (machine, error, "expected protocol 2 to 5, found %d", (int) version);
  return TRUE;
}

static gboolean
pickle_frame (PickleMachine *machine, GError **error)
{
  return persea_pickle_take (machine, 8, error) != NULL;
}

static gboolean
pickle_stop (PickleMachine *machine, GError **error)
{
  machine->pickle->root = persea_pickle_pop (machine, error);
  machine->stopped = TRUE;
  return machine->pickle->root != NULL;
}

static gboolean
pickle_mark (PickleMachine *machine, GError **error)
{
  size_t height = machine->stack->len;

  if (machine->marks->len >= PERSEA_PICKLE_MAX_DEPTH)
    return persea_pickle_fail (machine, error, "nested deeper than %d", PERSEA_PICKLE_MAX_DEPTH);
  g_array_append_val (machine->marks, height);
  return TRUE;
}

static gboolean
pickle_discard (PickleMachine *machine, GError **error)
{
  size_t first = 0;

  if (machine->opcode == '0' && machine->stack->len > persea_pickle_floor (machine))
    return persea_pickle_pop (machine, error) != NULL;
  if (!pickle_pop_mark (machine, &first, error))
    return FALSE;
  g_ptr_array_set_size (machine->stack, (gint) first);
  return TRUE;
}

static gboolean
pickle_duplicate (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *node = pickle_top (machine, error);

  return node != NULL && persea_pickle_push (machine, node, error);
}

static gboolean
pickle_empty (PickleMachine *machine, GError **error)
{
  PerseaPickleKind kind = PERSEA_PICKLE_LIST;
  PerseaPickleNode *node;

  if (machine->opcode == '}')
    kind = PERSEA_PICKLE_DICT;
  else if (machine->opcode == ')')
    kind = PERSEA_PICKLE_TUPLE;
  node = persea_pickle_make (machine, kind, error);
  if (node == NULL)
    return FALSE;
  node->pairs = kind == PERSEA_PICKLE_DICT;
  return TRUE;
}

/* Everything from @first on becomes one new node */
static gboolean
pickle_gather (PickleMachine *machine, PerseaPickleKind kind, size_t first, GError **error)
{
  PerseaPickleNode *node;
  size_t n = machine->stack->len - first;

  if (kind == PERSEA_PICKLE_DICT && n % 2 != 0)
    return persea_pickle_fail (machine, error, "a key without a value");
  node = persea_pickle_make (machine, kind, error);
  if (node == NULL)
    return FALSE;
  node->pairs = kind == PERSEA_PICKLE_DICT;
  pickle_append (node, machine->stack->pdata + first, n);
  g_ptr_array_set_size (machine->stack, (gint) first);
  g_ptr_array_add (machine->stack, node);
  return TRUE;
}

static gboolean
pickle_tuple_n (PickleMachine *machine, GError **error)
{
  size_t n = machine->opcode - 0x84;

  if (machine->stack->len - persea_pickle_floor (machine) < n)
    return persea_pickle_fail (machine, error, "the stack is empty");
  return pickle_gather (machine, PERSEA_PICKLE_TUPLE, machine->stack->len - n, error);
}

static gboolean
pickle_gather_marked (PickleMachine *machine, GError **error)
{
  PerseaPickleKind kind = PERSEA_PICKLE_LIST;
  size_t first = 0;

  if (machine->opcode == 't')
    kind = PERSEA_PICKLE_TUPLE;
  else if (machine->opcode == 'd')
    kind = PERSEA_PICKLE_DICT;
  return pickle_pop_mark (machine, &first, error) && pickle_gather (machine, kind, first, error);
}

/* SETITEMS, APPENDS, ADDITEMS: into the value below the mark */
static gboolean
pickle_fill_marked (PickleMachine *machine, GError **error)
{
  size_t first = 0;

  if (!pickle_pop_mark (machine, &first, error))
    return FALSE;
  if (first <= persea_pickle_floor (machine))
    return persea_pickle_fail (machine, error, "the stack is empty");
  return pickle_fill (machine, g_ptr_array_index (machine->stack, first - 1), first,
                      machine->opcode == 'u', error);
}

/* SETITEM, APPEND */
static gboolean
pickle_fill_one (PickleMachine *machine, GError **error)
{
  size_t n = machine->opcode == 's' ? 2 : 1;
  size_t first = 0;

  if (machine->stack->len - persea_pickle_floor (machine) < n + 1)
    return persea_pickle_fail (machine, error, "the stack is empty");
  first = machine->stack->len - n;
  return pickle_fill (machine, g_ptr_array_index (machine->stack, first - 1), first, n == 2, error);
}

/* REDUCE, NEWOBJ, NEWOBJ_EX: noted, not done */
static gboolean
pickle_call (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *arguments, *callee, *node;

  if (machine->opcode == 0x92 && persea_pickle_pop (machine, error) == NULL) /* keyword arguments */
    return FALSE;
  arguments = persea_pickle_pop (machine, error);
  callee = arguments != NULL ? persea_pickle_pop (machine, error) : NULL;
  if (callee == NULL)
    return FALSE;
  if (arguments->kind != PERSEA_PICKLE_TUPLE)
    return persea_pickle_fail (machine, error, "arguments that are no tuple");

  node = persea_pickle_make (machine, PERSEA_PICKLE_OBJECT, error);
  if (node == NULL)
    return FALSE;
  node->callee = callee;
  node->arguments = arguments;
  return TRUE;
}

/* State for anything but an object is of no interest: an ordered dictionary has its metadata
 * there. */
static gboolean
pickle_build (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *state = persea_pickle_pop (machine, error);
  PerseaPickleNode *node = state != NULL ? pickle_top (machine, error) : NULL;

  if (node == NULL)
    return FALSE;
  if (node->kind == PERSEA_PICKLE_OBJECT)
    node->state = state;
  return TRUE;
}

static gboolean
pickle_persistent (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *identifier = persea_pickle_pop (machine, error);
  PerseaPickleNode *node;

  if (identifier == NULL)
    return FALSE;
  node = persea_pickle_make (machine, PERSEA_PICKLE_PERSISTENT, error);
  if (node == NULL)
    return FALSE;
  node->arguments = identifier;
  return TRUE;
}

static gboolean
pickle_put (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *node = pickle_top (machine, error);
  uint64_t number = g_hash_table_size (machine->memo); /* for MEMOIZE */

  if (node == NULL
      || (machine->opcode != 0x94
          && !persea_pickle_take_number (machine, machine->opcode == 'q' ? 1 : 4, &number, error)))
    return FALSE;
  g_hash_table_insert (machine->memo, GSIZE_TO_POINTER (number), node);
  return TRUE;
}

static gboolean
pickle_get (PickleMachine *machine, GError **error)
{
  PerseaPickleNode *node;
  uint64_t number;

  if (!persea_pickle_take_number (machine, machine->opcode == 'h' ? 1 : 4, &number, error))
    return FALSE;
  node = g_hash_table_lookup (machine->memo, GSIZE_TO_POINTER (number));
  if (node == NULL)
    return persea_pickle_fail (machine, error, "nothing was remembered as %" G_GUINT64_FORMAT, number);
  return persea_pickle_push (machine, node, error);
}

static const PickleOperation pickle_operations[256] = {
  [0x80] = pickle_proto,         [0x95] = pickle_frame,        ['.'] = pickle_stop,
  ['('] = pickle_mark,           ['0'] = pickle_discard,       ['1'] = pickle_discard,
  ['2'] = pickle_duplicate,      ['N'] = persea_pickle_constant,      [0x88] = persea_pickle_constant,
  [0x89] = persea_pickle_constant,      ['J'] = persea_pickle_int,           ['K'] = persea_pickle_int,
  ['M'] = persea_pickle_int,            [0x8a] = persea_pickle_long,         [0x8b] = persea_pickle_long,
  ['G'] = persea_pickle_float,          ['X'] = persea_pickle_text,          [0x8c] = persea_pickle_text,
  [0x8d] = persea_pickle_text,          ['T'] = persea_pickle_text,          ['U'] = persea_pickle_text,
  ['B'] = persea_pickle_text,           ['C'] = persea_pickle_text,          [0x8e] = persea_pickle_text,
  [0x96] = persea_pickle_text,          [']'] = pickle_empty,         [')'] = pickle_empty,
  ['}'] = pickle_empty,          [0x8f] = pickle_empty,        ['l'] = pickle_gather_marked,
  ['t'] = pickle_gather_marked,  ['d'] = pickle_gather_marked, [0x91] = pickle_gather_marked,
  [0x85] = pickle_tuple_n,       [0x86] = pickle_tuple_n,      [0x87] = pickle_tuple_n,
  ['e'] = pickle_fill_marked,    ['u'] = pickle_fill_marked,   [0x90] = pickle_fill_marked,
  ['a'] = pickle_fill_one,       ['s'] = pickle_fill_one,      ['c'] = persea_pickle_global,
  [0x93] = persea_pickle_global,        ['R'] = pickle_call,          [0x81] = pickle_call,
  [0x92] = pickle_call,          ['b'] = pickle_build,         ['Q'] = pickle_persistent,
  ['q'] = pickle_put,            ['r'] = pickle_put,           [0x94] = pickle_put,
  ['h'] = pickle_get,            ['j'] = pickle_get,
};

static gboolean
pickle_run (PickleMachine *machine, GError **error)
{
  while (!machine->stopped)
    {
      const uint8_t *opcode = persea_pickle_take (machine, 1, error);

      if (opcode == NULL)
        return FALSE;
      machine->opcode = *opcode;
      if (pickle_operations[*opcode] == NULL)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                       "pickle, byte %" G_GSIZE_FORMAT ": opcode 0x%02x, which no tensor needs",
                       machine->position - 1, *opcode);
          return FALSE;
        }
      if (!pickle_operations[*opcode] (machine, error))
        return FALSE;
    }
  return TRUE;
}

PerseaPickle *
persea_pickle_parse (const uint8_t *data, size_t size, size_t *consumed, GError **error)
{
  g_autoptr (PerseaPickle) pickle = g_new0 (PerseaPickle, 1);
  PickleMachine machine = { .data = data, .size = MIN (size, PERSEA_PICKLE_MAX_SIZE) };
  gboolean done;

  pickle->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) pickle_node_free);
  machine.pickle = pickle;
  machine.stack = g_ptr_array_new ();
  machine.marks = g_array_new (FALSE, FALSE, sizeof (size_t));
  machine.memo = g_hash_table_new (g_direct_hash, g_direct_equal);

  done = pickle_run (&machine, error);

  g_ptr_array_unref (machine.stack);
  g_array_unref (machine.marks);
  g_hash_table_unref (machine.memo);
  if (!done)
    return NULL;
  if (consumed != NULL)
    *consumed = machine.position;
  return g_steal_pointer (&pickle);
}

void
persea_pickle_free (PerseaPickle *pickle)
{
  if (pickle == NULL)
    return;
  g_ptr_array_unref (pickle->nodes);
  g_free (pickle);
}

const PerseaPickleNode *
persea_pickle_get_root (const PerseaPickle *pickle)
{
  return pickle->root;
}

const PerseaPickleNode *const *
persea_pickle_get_nodes (const PerseaPickle *pickle, size_t *n)
{
  *n = pickle->nodes->len;
  return (const PerseaPickleNode *const *) pickle->nodes->pdata;
}

gboolean
persea_pickle_text_is (const PerseaPickleText *text, const char *string)
{
  return strlen (string) == text->length && memcmp (string, text->text, text->length) == 0;
}

gboolean
persea_pickle_is_global (const PerseaPickleNode *node, const char *module, const char *name)
{
  return node->kind == PERSEA_PICKLE_GLOBAL && persea_pickle_text_is (&node->module, module)
         && persea_pickle_text_is (&node->text, name);
}

const PerseaPickleNode *
persea_pickle_find (const PerseaPickleNode *node, const char *key)
{
  if (!node->pairs)
    return NULL;
  for (size_t i = node->n_items; i >= 2; i -= 2)
    if (node->items[i - 2]->kind == PERSEA_PICKLE_STRING
        && persea_pickle_text_is (&node->items[i - 2]->text, key))
      return node->items[i - 1];
  return NULL;
}
