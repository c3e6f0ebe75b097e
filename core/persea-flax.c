/* persea-flax.c - the msgpack files of Flax
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Nested maps; an array is an extension of type 1 that holds shape, type and elements, or, above a
 * gigabyte, a map of several such.  Names of tensors are the paths to them, joined by ".".
 * Reference: google/flax, flax/serialization.py.
 */
#include "config.h"

#include "persea-checkpoint-private.h"

#include <string.h>

#include "persea-error.h"
#include "persea-msgpack-private.h"

#define FLAX_MAX_DEPTH  32
#define FLAX_MAX_CHUNKS 4096 /* of at most 4 GiB each */
#define FLAX_CHUNKED    "__msgpack_chunked_array__"

/* types of extensions */
#define FLAX_ARRAY  1
#define FLAX_SCALAR 3

typedef struct
{
  PerseaCheckpoint   *checkpoint;
  PerseaMsgpackReader reader;
  GString            *path;
  unsigned            depth;
} FlaxWalk;

static const struct
{
  const char *name;
  PerseaDtype dtype;
} flax_dtypes[] = {
  { "float32", PERSEA_DTYPE_F32 }, { "float16", PERSEA_DTYPE_F16 },
  { "bfloat16", PERSEA_DTYPE_BF16 }, { "float64", PERSEA_DTYPE_F64 },
  { "int8", PERSEA_DTYPE_I8 },     { "uint8", PERSEA_DTYPE_U8 },
  { "int16", PERSEA_DTYPE_I16 },   { "int32", PERSEA_DTYPE_I32 },
  { "int64", PERSEA_DTYPE_I64 },   { "bool", PERSEA_DTYPE_BOOL },
};

/* Returns: FALSE */
static gboolean
flax_fail (const FlaxWalk *walk, const char *message, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "msgpack, byte %" G_GSIZE_FORMAT "%s%s: %s", walk->reader.position,
               walk->path->len > 0 ? ", in " : "", walk->path->str, message);
  return FALSE;
}

static gboolean
flax_next (FlaxWalk *walk, PerseaMsgpackItem *item, GError **error)
{
  return persea_msgpack_next (&walk->reader, item)
         || flax_fail (walk, "the file is damaged, or ends too early", error);
}

static gboolean
flax_skip (FlaxWalk *walk, const PerseaMsgpackItem *item, GError **error)
{
  return persea_msgpack_skip (&walk->reader, item)
         || flax_fail (walk, "the file is damaged, or ends too early", error);
}

static gboolean
flax_find_dtype (const PerseaMsgpackItem *item, PerseaDtype *dtype)
{
  for (size_t i = 0; i < G_N_ELEMENTS (flax_dtypes); i++)
    if (persea_msgpack_is (item, flax_dtypes[i].name))
      {
        *dtype = flax_dtypes[i].dtype;
        return TRUE;
      }
  return FALSE;
}

/* What is inside an extension: [shape, type, elements].  Returns NULL or what is wrong. */
static const char *
flax_parse_array (const PerseaMsgpackItem *extension, PerseaCheckpointTensor *tensor,
                  PerseaMsgpackItem *elements)
{
  PerseaMsgpackReader reader = { .data = extension->bytes, .size = extension->length };
  PerseaMsgpackItem item;

  if (!persea_msgpack_next (&reader, &item) || item.kind != PERSEA_MSGPACK_ARRAY || item.number != 3
      || !persea_msgpack_next (&reader, &item) || item.kind != PERSEA_MSGPACK_ARRAY)
    return "expected shape, type and elements of an array, found other";
  if (item.number > PERSEA_CHECKPOINT_MAX_DIMS)
    return "too many dimensions";
  tensor->n_dims = (unsigned) item.number;
  for (unsigned i = 0; i < tensor->n_dims; i++)
    {
      if (!persea_msgpack_next (&reader, &item) || item.kind != PERSEA_MSGPACK_INT
          || item.number < 0)
        return "expected sizes from 0 up";
      tensor->shape[i] = (size_t) item.number;
    }
  if (!persea_msgpack_next (&reader, &item) || !flax_find_dtype (&item, &tensor->dtype))
    return "its element type is not supported";
  if (!persea_msgpack_next (&reader, elements) || elements->kind != PERSEA_MSGPACK_TEXT
      || reader.position != reader.size)
    return "expected its elements and nothing behind them";
  if (elements->length % persea_dtype_size (tensor->dtype) != 0)
    return "its last element is cut";
  return NULL;
}

/* Whether a shape stands for @n_elements; overflow is found where the tensor is added */
static gboolean
flax_has_elements (const PerseaCheckpointTensor *tensor, size_t n_elements)
{
  size_t n = 1;

  for (unsigned i = 0; i < tensor->n_dims; i++)
    if (!g_size_checked_mul (&n, n, tensor->shape[i]))
      return FALSE;
  return n == n_elements;
}

static gboolean
flax_add (FlaxWalk                    *walk,
          PerseaCheckpointTensor      *tensor,
          const PerseaCheckpointPiece *pieces,
          size_t                       n_pieces,
          GError                     **error)
{
  size_t n_elements = 0;

  for (size_t i = 0; i < n_pieces; i++)
    n_elements += pieces[i].n_elements;
  if (!flax_has_elements (tensor, n_elements))
    return flax_fail (walk, "its shape and its elements do not agree", error);
  tensor->name = walk->path->str;
  tensor->contiguous = TRUE;
  return persea_checkpoint_add_pieces (walk->checkpoint, tensor, pieces, n_pieces, error);
}

static gboolean
flax_read_array (FlaxWalk *walk, const PerseaMsgpackItem *extension, GError **error)
{
  PerseaCheckpointTensor tensor = { 0 };
  PerseaMsgpackItem elements;
  const char *wrong = flax_parse_array (extension, &tensor, &elements);

  if (wrong != NULL)
    return flax_fail (walk, wrong, error);
  return flax_add (walk, &tensor,
                   &(PerseaCheckpointPiece){ .data = elements.bytes,
                                             .n_elements = elements.length
                                                           / persea_dtype_size (tensor.dtype) },
                   1, error);
}

/* A key "0" … "n-1" of a tuple that became a map */
static gboolean
flax_next_index (FlaxWalk *walk, size_t n, size_t *index, GError **error)
{
  PerseaMsgpackItem key;
  g_autofree char *text = NULL;
  guint64 number = n;

  if (!flax_next (walk, &key, error))
    return FALSE;
  if (key.kind == PERSEA_MSGPACK_TEXT && key.length < 8)
    text = g_strndup ((const char *) key.bytes, key.length);
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL)
      || number >= n)
    return flax_fail (walk, "expected the numbers of its parts", error);
  *index = number;
  return TRUE;
}

/* {"0": 24, "1": 2048, …} */
static gboolean
flax_read_sizes (FlaxWalk *walk, PerseaCheckpointTensor *tensor, GError **error)
{
  PerseaMsgpackItem item;
  size_t index;

  if (!flax_next (walk, &item, error))
    return FALSE;
  if (item.kind != PERSEA_MSGPACK_MAP || item.number > PERSEA_CHECKPOINT_MAX_DIMS)
    return flax_fail (walk, "expected a map of at most 8 sizes", error);
  tensor->n_dims = (unsigned) item.number;
  for (unsigned i = 0; i < tensor->n_dims; i++)
    {
      if (!flax_next_index (walk, tensor->n_dims, &index, error) || !flax_next (walk, &item, error))
        return FALSE;
      if (item.kind != PERSEA_MSGPACK_INT || item.number < 0)
        return flax_fail (walk, "expected sizes from 0 up", error);
      tensor->shape[index] = (size_t) item.number;
    }
  return TRUE;
}

/* {"0": array, "1": array, …}, all of one type */
static gboolean
flax_read_chunks (FlaxWalk *walk, PerseaDtype *dtype, GArray *pieces, GError **error)
{
  PerseaMsgpackItem item;
  size_t n;

  if (!flax_next (walk, &item, error))
    return FALSE;
  if (item.kind != PERSEA_MSGPACK_MAP || item.number < 1 || item.number > FLAX_MAX_CHUNKS)
    return flax_fail (walk, "expected a map of chunks", error);
  n = (size_t) item.number;
  g_array_set_size (pieces, n);
  for (size_t i = 0; i < n; i++)
    {
      PerseaCheckpointTensor chunk = { 0 };
      PerseaMsgpackItem elements;
      PerseaCheckpointPiece *piece;
      const char *wrong = "expected an array";
      size_t index;

      if (!flax_next_index (walk, n, &index, error) || !flax_next (walk, &item, error))
        return FALSE;
      if (item.kind == PERSEA_MSGPACK_EXT && item.number == FLAX_ARRAY)
        wrong = flax_parse_array (&item, &chunk, &elements);
      piece = &g_array_index (pieces, PerseaCheckpointPiece, index);
      if (wrong == NULL && (piece->data != NULL || (i > 0 && chunk.dtype != *dtype)))
        wrong = "two chunks of one number, or of two types";
      if (wrong != NULL)
        return flax_fail (walk, wrong, error);
      *dtype = chunk.dtype;
      piece->data = elements.bytes;
      piece->n_elements = elements.length / persea_dtype_size (chunk.dtype);
    }
  return TRUE;
}

/* The three entries of the map, whose header has been read */
static gboolean
flax_read_chunked (FlaxWalk *walk, GError **error)
{
  PerseaCheckpointTensor tensor = { 0 };
  g_autoptr (GArray) pieces
    = g_array_new (FALSE, TRUE, sizeof (PerseaCheckpointPiece));

  for (int i = 0; i < 3; i++)
    {
      PerseaMsgpackItem item;

      if (!flax_next (walk, &item, error))
        return FALSE;
      if (persea_msgpack_is (&item, "shape"))
        {
          if (!flax_read_sizes (walk, &tensor, error))
            return FALSE;
        }
      else if (persea_msgpack_is (&item, "chunks"))
        {
          if (!flax_read_chunks (walk, &tensor.dtype, pieces, error))
            return FALSE;
        }
      else if (!flax_skip (walk, &item, error) || !flax_next (walk, &item, error)
               || !flax_skip (walk, &item, error))
        {
          return FALSE;
        }
    }
  return flax_add (walk, &tensor, (const PerseaCheckpointPiece *) (void *) pieces->data, pieces->len,
                   error);
}

/* Whether a map has @key; the walk stays where it is, at the first entry */
static gboolean
flax_has (const FlaxWalk *walk, const PerseaMsgpackItem *map, const char *key)
{
  PerseaMsgpackReader reader = walk->reader;

  for (int64_t i = 0; i < map->number; i++)
    {
      PerseaMsgpackItem item;

      if (!persea_msgpack_next (&reader, &item))
        return FALSE;
      if (persea_msgpack_is (&item, key))
        return TRUE;
      if (!persea_msgpack_skip (&reader, &item) || !persea_msgpack_next (&reader, &item)
          || !persea_msgpack_skip (&reader, &item))
        return FALSE;
    }
  return FALSE;
}

static gboolean flax_read_map (FlaxWalk *walk, const PerseaMsgpackItem *map, GError **error);

/* The value that comes next; what is neither array nor map is of no interest */
static gboolean
flax_read_value (FlaxWalk *walk, GError **error)
{
  PerseaMsgpackItem item;
  gboolean done;

  if (!flax_next (walk, &item, error))
    return FALSE;
  if (item.kind == PERSEA_MSGPACK_EXT && (item.number == FLAX_ARRAY || item.number == FLAX_SCALAR))
    return flax_read_array (walk, &item, error);
  if (item.kind != PERSEA_MSGPACK_MAP)
    return flax_skip (walk, &item, error);
  if (item.number == 3 && flax_has (walk, &item, FLAX_CHUNKED))
    return flax_read_chunked (walk, error);

  if (walk->depth >= FLAX_MAX_DEPTH)
    return flax_fail (walk, "nested deeper than 32", error);
  walk->depth++;
  done = flax_read_map (walk, &item, error);
  walk->depth--;
  return done;
}

static gboolean
flax_read_map (FlaxWalk *walk, const PerseaMsgpackItem *map, GError **error)
{
  size_t length = walk->path->len;

  for (int64_t i = 0; i < map->number; i++)
    {
      PerseaMsgpackItem key;

      if (!flax_next (walk, &key, error))
        return FALSE;
      if (key.kind != PERSEA_MSGPACK_TEXT || key.length + length >= PERSEA_CHECKPOINT_MAX_NAME
          || memchr (key.bytes, '\0', key.length) != NULL)
        return flax_fail (walk, "expected a name as key, of sensible length", error);
      if (length > 0)
        g_string_append_c (walk->path, '.');
      g_string_append_len (walk->path, (const char *) key.bytes, key.length);
      if (!flax_read_value (walk, error))
        return FALSE;
      g_string_truncate (walk->path, length);
    }
  return TRUE;
}

/* What training programs save beside the parameters is left out. */
static gboolean
flax_read_top (FlaxWalk *walk, GError **error)
{
  PerseaMsgpackItem map, item;

  if (!flax_next (walk, &map, error))
    return FALSE;
  if (map.kind != PERSEA_MSGPACK_MAP)
    return flax_fail (walk, "expected a map", error);
  if (!flax_has (walk, &map, "params"))
    return flax_read_map (walk, &map, error);

  for (int64_t i = 0; i < map.number; i++)
    {
      if (!flax_next (walk, &item, error))
        return FALSE;
      if (persea_msgpack_is (&item, "params"))
        {
          if (!flax_read_value (walk, error))
            return FALSE;
        }
      else if (!flax_skip (walk, &item, error) || !flax_next (walk, &item, error)
               || !flax_skip (walk, &item, error))
        {
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
persea_flax_begins (const uint8_t *data, size_t size)
{
  PerseaMsgpackReader reader = { .data = data, .size = size };
  PerseaMsgpackItem item;

  /* of the maps, the empty one also begins pickles */
  return persea_msgpack_next (&reader, &item) && item.kind == PERSEA_MSGPACK_MAP && item.number > 0
         && size > reader.position && persea_msgpack_next (&reader, &item)
         && item.kind == PERSEA_MSGPACK_TEXT;
}

gboolean
persea_flax_read (PerseaCheckpoint *checkpoint, const uint8_t *data, size_t size, GError **error)
{
  FlaxWalk walk = { .checkpoint = checkpoint, .reader = { .data = data, .size = size } };
  gboolean done;

  walk.path = g_string_new (NULL);
  done = flax_read_top (&walk, error);
  if (done && walk.reader.position != size)
    done = flax_fail (&walk, "expected the end of the file", error);
  g_string_free (walk.path, TRUE);
  return done;
}
