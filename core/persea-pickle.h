/* persea-pickle.h - Python pickles, looked at and not run
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A pickle is a program for a stack machine that can call any Python function.  This machine
 * knows the opcodes that tensors need and calls nothing: what a program would call becomes a
 * node that says so.  The result is a graph of plain nodes; since a program can refer to earlier
 * nodes, nodes may have several parents and may even contain themselves, so whoever walks the
 * graph must bound both depth and steps.
 *
 * Sizes, counts and nesting have limits; at the very worst a pickle takes some 500 MB, a real
 * one a few.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_PICKLE_MAX_SIZE  (64 * 1024 * 1024)
#define PERSEA_PICKLE_MAX_NODES (1000 * 1000)
#define PERSEA_PICKLE_MAX_STACK (4 * 1000 * 1000)
#define PERSEA_PICKLE_MAX_DEPTH 1000 /* of open marks */

typedef enum
{
  PERSEA_PICKLE_NONE,
  PERSEA_PICKLE_BOOL,
  PERSEA_PICKLE_INT,
  PERSEA_PICKLE_BIG_INT, /* beyond 64 bits: little-endian bytes */
  PERSEA_PICKLE_FLOAT,
  PERSEA_PICKLE_STRING, /* UTF-8 as far as the program says, unchecked */
  PERSEA_PICKLE_BYTES,
  PERSEA_PICKLE_LIST, /* also sets */
  PERSEA_PICKLE_TUPLE,
  PERSEA_PICKLE_DICT,
  PERSEA_PICKLE_GLOBAL,     /* a function or class */
  PERSEA_PICKLE_OBJECT,     /* what calling something would give */
  PERSEA_PICKLE_PERSISTENT, /* something outside of the pickle */
} PerseaPickleKind;

/* Not terminated; points into the input */
typedef struct
{
  const char *text;
  size_t      length;
} PerseaPickleText;

typedef struct _PerseaPickleNode PerseaPickleNode;

/**
 * PerseaPickleNode:
 * @integer: BOOL, INT
 * @real: FLOAT
 * @text: STRING, BYTES, BIG_INT; the name of a GLOBAL
 * @module: of a GLOBAL
 * @callee: OBJECT: what would be called
 * @arguments: OBJECT: with what; PERSISTENT: the identifier
 * @state: (nullable): OBJECT: what it would be told afterwards, usually a DICT of attributes
 * @items: (array length=n_items): LIST, TUPLE: the elements; DICT: keys and values in turn;
 *   OBJECT: what would be put into it
 * @pairs: whether @items are keys and values in turn
 */
struct _PerseaPickleNode
{
  PerseaPickleKind   kind;
  gboolean           pairs;
  int64_t            integer;
  double             real;
  PerseaPickleText   text;
  PerseaPickleText   module;
  PerseaPickleNode  *callee;
  PerseaPickleNode  *arguments;
  PerseaPickleNode  *state;
  PerseaPickleNode **items;
  size_t             n_items;
  size_t             n_allocated;
};

typedef struct _PerseaPickle PerseaPickle;

/**
 * persea_pickle_parse:
 * @data: (array length=size): begins with a pickle; must stay as long as the result lives
 * @size: bytes there are, which may be more than the pickle has
 * @consumed: (out) (optional): bytes of the pickle
 * @error: return location; %PERSEA_ERROR_INVALID_DATA, or %PERSEA_ERROR_UNSUPPORTED for an
 *   opcode that tensors do not need
 *
 * Returns: (transfer full) (nullable): the graph
 */
PerseaPickle *persea_pickle_parse (const uint8_t *data,
                                   size_t         size,
                                   size_t        *consumed,
                                   GError       **error);

void persea_pickle_free (PerseaPickle *pickle);

/* (transfer none): the object that was pickled */
const PerseaPickleNode *persea_pickle_get_root (const PerseaPickle *pickle);

/* (transfer none) (array length=n): every node there is, in the order of the program */
const PerseaPickleNode *const *persea_pickle_get_nodes (const PerseaPickle *pickle, size_t *n);

/* whether @text says exactly @string */
gboolean persea_pickle_text_is (const PerseaPickleText *text, const char *string);

/* whether @node is the GLOBAL @module.@name */
gboolean persea_pickle_is_global (const PerseaPickleNode *node,
                                  const char             *module,
                                  const char             *name);

/**
 * persea_pickle_find:
 * @node: any node
 * @key: a string
 *
 * Returns: (transfer none) (nullable): the value of @key if @node is a DICT or an OBJECT that
 *   items were put into; the last one if there are several
 */
const PerseaPickleNode *persea_pickle_find (const PerseaPickleNode *node, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPickle, persea_pickle_free)

G_END_DECLS
