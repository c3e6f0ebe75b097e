/* persea-safetensors.c - the safetensors container
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Eight bytes length, that many bytes of JSON, then the elements.  The rules are those of the
 * format's own reader (huggingface/safetensors, safetensors/src/tensor.rs): the tensors tile the
 * buffer from its first byte to its last, without holes or overlap.
 */
#include "config.h"

#include "persea-checkpoint-private.h"

#include <string.h>

#include "persea-error.h"
#include "persea-json.h"

#define SAFETENSORS_MAX_HEADER 100000000

typedef struct
{
  const char *name;
  uint64_t    begin;
  uint64_t    end;
} SafetensorsRange;

static const struct
{
  const char *name;
  PerseaDtype dtype;
} safetensors_dtypes[] = {
  { "F32", PERSEA_DTYPE_F32 },   { "F16", PERSEA_DTYPE_F16 }, { "BF16", PERSEA_DTYPE_BF16 },
  { "F64", PERSEA_DTYPE_F64 },   { "I8", PERSEA_DTYPE_I8 },   { "U8", PERSEA_DTYPE_U8 },
  { "I16", PERSEA_DTYPE_I16 },   { "I32", PERSEA_DTYPE_I32 }, { "I64", PERSEA_DTYPE_I64 },
  { "BOOL", PERSEA_DTYPE_BOOL },
};

static gboolean
safetensors_find_dtype (const char *name, PerseaDtype *dtype)
{
  for (size_t i = 0; i < G_N_ELEMENTS (safetensors_dtypes); i++)
    if (g_strcmp0 (name, safetensors_dtypes[i].name) == 0)
      {
        *dtype = safetensors_dtypes[i].dtype;
        return TRUE;
      }
  return FALSE;
}

/* Takes the member @name, an array of integers from 0 up */
static gboolean
safetensors_get_sizes (JsonObject *entry, const char *name, uint64_t *sizes, size_t max, size_t *n)
{
  JsonNode *node = json_object_get_member (entry, name);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  *n = json_array_get_length (array);
  if (*n > max)
    return FALSE;
  for (size_t i = 0; i < *n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64
          || json_node_get_int (element) < 0)
        return FALSE;
      sizes[i] = (uint64_t) json_node_get_int (element);
    }
  return TRUE;
}

static gboolean
safetensors_wrong (const char *name, const char *expected, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "tensor %s: expected %s", name,
               expected);
  return FALSE;
}

/* Reads one entry of the header and adds its tensor */
static gboolean
safetensors_read_entry (PerseaCheckpoint *checkpoint,
                        SafetensorsRange *range,
                        JsonObject       *entry,
                        const uint8_t    *buffer,
                        size_t            buffer_size,
                        GError          **error)
{
  PerseaCheckpointTensor tensor = { .name = range->name, .contiguous = TRUE };
  const char *dtype_name = NULL;
  uint64_t shape[PERSEA_CHECKPOINT_MAX_DIMS];
  uint64_t offsets[2];
  size_t n_dims, n_offsets;
  size_t size;

  if (!persea_json_get_string (entry, "dtype", &dtype_name, error))
    {
      g_prefix_error (error, "tensor %s: ", range->name);
      return FALSE;
    }
  if (!safetensors_find_dtype (dtype_name, &tensor.dtype))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "tensor %s: element type %s is not supported", range->name,
                   dtype_name != NULL ? dtype_name : "(none)");
      return FALSE;
    }
  if (!safetensors_get_sizes (entry, "shape", shape, G_N_ELEMENTS (shape), &n_dims))
    return safetensors_wrong (range->name, "a \"shape\" of at most 8 sizes", error);
  if (!safetensors_get_sizes (entry, "data_offsets", offsets, 2, &n_offsets) || n_offsets != 2
      || offsets[0] > offsets[1] || offsets[1] > buffer_size)
    return safetensors_wrong (range->name, "two \"data_offsets\" inside the file", error);

  size = persea_dtype_size (tensor.dtype);
  tensor.n_dims = (unsigned) n_dims;
  for (size_t i = 0; i < n_dims; i++)
    {
      tensor.shape[i] = shape[i];
      if (!g_size_checked_mul (&size, size, shape[i]))
        return safetensors_wrong (range->name, "a smaller shape", error);
    }
  if (size != offsets[1] - offsets[0])
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "tensor %s: expected %" G_GSIZE_FORMAT " bytes, found %" G_GUINT64_FORMAT,
                   range->name, size, offsets[1] - offsets[0]);
      return FALSE;
    }

  range->begin = offsets[0];
  range->end = offsets[1];
  return persea_checkpoint_add (checkpoint, &tensor,
                                &(PerseaStorage){ .data = buffer + offsets[0], .size = size },
                                error);
}

static int
safetensors_compare_ranges (const void *first, const void *second)
{
  const SafetensorsRange *a = first;
  const SafetensorsRange *b = second;

  if (a->begin != b->begin)
    return a->begin < b->begin ? -1 : 1;
  return (a->end > b->end) - (a->end < b->end);
}

static gboolean
safetensors_check_tiling (GArray *ranges, size_t buffer_size, GError **error)
{
  const SafetensorsRange *range = (const SafetensorsRange *) (void *) ranges->data;
  uint64_t end = 0;

  g_array_sort (ranges, safetensors_compare_ranges);
  for (size_t i = 0; i < ranges->len; i++)
    {
      if (range[i].begin != end)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "tensor %s: expected to begin at byte %" G_GUINT64_FORMAT
                       " of the data, found %" G_GUINT64_FORMAT,
                       range[i].name, end, range[i].begin);
          return FALSE;
        }
      end = range[i].end;
    }
  if (end != buffer_size)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected %" G_GUINT64_FORMAT " bytes of data, found %" G_GSIZE_FORMAT, end,
                   buffer_size);
      return FALSE;
    }
  return TRUE;
}

gboolean
persea_safetensors_read (PerseaCheckpoint *checkpoint,
                         const uint8_t    *data,
                         size_t            size,
                         GError          **error)
{
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (SafetensorsRange));
  g_autoptr (JsonObject) header = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  uint64_t length;

  memcpy (&length, data, sizeof length);
  length = GUINT64_FROM_LE (length);
  if (length > SAFETENSORS_MAX_HEADER || length > size - 8)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected a header of %" G_GUINT64_FORMAT " bytes, found a file of %"
                   G_GSIZE_FORMAT, length, size);
      return FALSE;
    }
  header = persea_json_parse ((const char *) data + 8, length, error);
  if (header == NULL)
    {
      g_prefix_error (error, "header: ");
      return FALSE;
    }

  json_object_iter_init_ordered (&iter, header);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      SafetensorsRange range = { .name = name };

      if (strcmp (name, "__metadata__") == 0)
        continue;
      if (!JSON_NODE_HOLDS_OBJECT (node))
        return safetensors_wrong (name, "an object in the header", error);
      if (!safetensors_read_entry (checkpoint, &range, json_node_get_object (node),
                                   data + 8 + length, size - 8 - length, error))
        return FALSE;
      g_array_append_val (ranges, range);
    }
  return safetensors_check_tiling (ranges, size - 8 - length, error);
}
