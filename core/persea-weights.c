/* persea-weights.c - the tensors that a model asks for, found in its checkpoints
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-weights.h"

#include <math.h>
#include <string.h>

#include "persea-error.h"

/* No published model comes near; keeps all later arithmetic within 64 bits */
#define MAX_SIZE (1 << 20)

typedef struct
{
  PerseaCheckpoint *checkpoint;
  char             *prefix;
} WeightsPart;

/* one of the list */
typedef struct
{
  char                         *name;
  char                         *stored;
  PerseaWeightOrder             order;
  unsigned                      n_stacked;
  unsigned                      layer;
  unsigned                      n_dims;
  size_t                        shape[4];
  size_t                        n_elements;
  const WeightsPart            *part;
  const PerseaCheckpointTensor *tensor; /* NULL until it is found */
} WeightsEntry;

struct _PerseaWeights
{
  char       *family;
  GPtrArray  *parts;   /* of WeightsPart */
  GPtrArray  *entries; /* of WeightsEntry */
  GHashTable *by_name; /* name -> WeightsEntry */
  GPtrArray  *ignored; /* of char *: prefixes */
};

static void
part_free (gpointer data)
{
  WeightsPart *part = data;

  persea_checkpoint_unref (part->checkpoint);
  g_free (part->prefix);
  g_free (part);
}

static void
entry_free (gpointer data)
{
  WeightsEntry *entry = data;

  g_free (entry->name);
  g_free (entry->stored);
  g_free (entry);
}

PerseaWeights *
persea_weights_new (const char *family)
{
  PerseaWeights *weights = g_atomic_rc_box_new0 (PerseaWeights);

  weights->family = g_strdup (family);
  weights->parts = g_ptr_array_new_with_free_func (part_free);
  weights->entries = g_ptr_array_new_with_free_func (entry_free);
  weights->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  weights->ignored = g_ptr_array_new_with_free_func (g_free);
  return weights;
}

PerseaWeights *
persea_weights_ref (PerseaWeights *weights)
{
  return g_atomic_rc_box_acquire (weights);
}

static void
weights_clear (gpointer data)
{
  PerseaWeights *weights = data;

  g_hash_table_unref (weights->by_name);
  g_ptr_array_unref (weights->entries);
  g_ptr_array_unref (weights->parts);
  g_ptr_array_unref (weights->ignored);
  g_free (weights->family);
}

void
persea_weights_unref (PerseaWeights *weights)
{
  if (weights != NULL)
    g_atomic_rc_box_release_full (weights, weights_clear);
}

void
persea_weights_add_checkpoint (PerseaWeights *weights, PerseaCheckpoint *checkpoint,
                               const char *prefix)
{
  WeightsPart *part = g_new0 (WeightsPart, 1);

  part->checkpoint = persea_checkpoint_ref (checkpoint);
  part->prefix = g_strdup (prefix);
  g_ptr_array_add (weights->parts, part);
}

static const PerseaCheckpointTensor *
weights_find (PerseaWeights *weights, const char *stored, const WeightsPart **found_in)
{
  for (guint i = 0; i < weights->parts->len; i++)
    {
      const WeightsPart *part = g_ptr_array_index (weights->parts, i);
      const PerseaCheckpointTensor *tensor = NULL;

      if (g_str_has_prefix (stored, part->prefix))
        tensor = persea_checkpoint_find (part->checkpoint, stored + strlen (part->prefix));
      if (tensor == NULL)
        continue;
      if (found_in != NULL)
        *found_in = part;
      return tensor;
    }
  return NULL;
}

const PerseaCheckpointTensor *
persea_weights_find (PerseaWeights *weights, const char *stored)
{
  return weights_find (weights, stored, NULL);
}

static const char *
part_get_file (const WeightsPart *part, const PerseaCheckpointTensor *tensor)
{
  return persea_checkpoint_get_files (part->checkpoint)[tensor->file];
}

/* where a tensor should have been */
static const char *
weights_get_likely_file (PerseaWeights *weights, const char *stored)
{
  const WeightsPart *likely = g_ptr_array_index (weights->parts, 0);

  for (guint i = 0; i < weights->parts->len; i++)
    {
      const WeightsPart *part = g_ptr_array_index (weights->parts, i);

      if (g_str_has_prefix (stored, part->prefix))
        likely = part;
    }
  return persea_checkpoint_get_files (likely->checkpoint)[0];
}

const char *
persea_weights_get_file (PerseaWeights *weights, const PerseaCheckpointTensor *tensor)
{
  for (guint i = 0; i < weights->parts->len; i++)
    {
      const WeightsPart *part = g_ptr_array_index (weights->parts, i);

      if (persea_checkpoint_find (part->checkpoint, tensor->name) == tensor)
        return part_get_file (part, tensor);
    }
  return weights->family;
}

gboolean
persea_weights_get_shape (PerseaWeights *weights,
                          const char    *stored,
                          unsigned       n_dims,
                          size_t         shape[4],
                          GError       **error)
{
  const WeightsPart *part = NULL;
  const PerseaCheckpointTensor *tensor = weights_find (weights, stored, &part);
  gboolean fits = tensor != NULL && tensor->n_dims == n_dims && n_dims <= 4;

  if (tensor == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: tensor %s: expected, but not there",
                   weights_get_likely_file (weights, stored), stored);
      return FALSE;
    }
  for (unsigned i = 0; fits && i < n_dims; i++)
    fits = tensor->shape[i] >= 1 && tensor->shape[i] <= MAX_SIZE;
  if (!fits)
    {
      g_autofree char *found = persea_checkpoint_format_shape (tensor->shape, tensor->n_dims);

      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: tensor %s: found the shape %s, which no %s has", part_get_file (part, tensor),
                   stored, found, weights->family);
      return FALSE;
    }
  memcpy (shape, tensor->shape, n_dims * sizeof *shape);
  return TRUE;
}

void
persea_weights_ignore (PerseaWeights *weights, const char *prefix)
{
  g_ptr_array_add (weights->ignored, g_strdup (prefix));
}

void
persea_weights_want (PerseaWeights *weights, const PerseaWeight *weight)
{
  WeightsEntry *entry = g_new0 (WeightsEntry, 1);

  g_return_if_fail (weight->n_dims >= 1 && weight->n_dims <= 4);
  g_return_if_fail (weight->n_stacked == 0 || weight->layer < weight->n_stacked);
  entry->name = g_strdup (weight->name);
  entry->stored = g_strdup (weight->stored != NULL ? weight->stored : weight->name);
  entry->order = weight->order;
  entry->n_stacked = weight->n_stacked;
  entry->layer = weight->layer;
  entry->n_dims = weight->n_dims;
  entry->n_elements = 1;
  for (unsigned i = 0; i < weight->n_dims; i++)
    {
      entry->shape[i] = weight->shape[i];
      entry->n_elements *= weight->shape[i];
    }
  g_ptr_array_add (weights->entries, entry);
  g_warn_if_fail (g_hash_table_insert (weights->by_name, entry->name, entry));
}

/* the dimension of the list that is the @i-th in the checkpoint: [out, in] as [in, out], and
 * [out, in, y, x] as [y, x, in, out] */
static unsigned
entry_stored_dim (const WeightsEntry *entry, unsigned i)
{
  static const unsigned reversed[4] = { 2, 3, 1, 0 };

  if (entry->order == PERSEA_WEIGHT_AS_LISTED || entry->n_dims == 1)
    return i;
  return entry->n_dims == 4 ? reversed[i] : entry->n_dims - 1 - i;
}

static gboolean
dtype_is_floating (PerseaDtype dtype)
{
  return dtype == PERSEA_DTYPE_F32 || dtype == PERSEA_DTYPE_F16 || dtype == PERSEA_DTYPE_BF16
         || dtype == PERSEA_DTYPE_F64;
}

/* What is wrong with the tensor that @entry was found in, or NULL.  Shapes are those of the file. */
static char *
entry_judge (const WeightsEntry *entry, PerseaWeights *weights)
{
  const PerseaCheckpointTensor *tensor = entry->tensor;
  g_autofree char *expected = NULL, *found = NULL;
  unsigned n_dims = 0;
  size_t shape[5];

  if (entry->layer > 0) /* the same tensor */
    return NULL;
  if (entry->n_stacked > 0)
    shape[n_dims++] = entry->n_stacked;
  for (unsigned i = 0; i < entry->n_dims; i++)
    shape[n_dims++] = entry->shape[entry_stored_dim (entry, i)];
  expected = persea_checkpoint_format_shape (shape, n_dims);
  if (tensor == NULL)
    return g_strdup_printf ("%s: tensor %s: expected %s, but not there",
                            weights_get_likely_file (weights, entry->stored), entry->stored,
                            expected);

  found = persea_checkpoint_format_shape (tensor->shape, tensor->n_dims);
  if (strcmp (expected, found) != 0)
    return g_strdup_printf ("%s: tensor %s: expected %s, found %s",
                            part_get_file (entry->part, tensor), tensor->name, expected, found);
  if (!dtype_is_floating (tensor->dtype))
    return g_strdup_printf ("%s: tensor %s: expected floating point elements, found %s",
                            part_get_file (entry->part, tensor), tensor->name,
                            persea_dtype_name (tensor->dtype));
  return NULL;
}

static gboolean
weights_is_ignored (PerseaWeights *weights, const char *stored)
{
  for (guint i = 0; i < weights->ignored->len; i++)
    if (g_str_has_prefix (stored, g_ptr_array_index (weights->ignored, i)))
      return TRUE;
  return FALSE;
}

static void
weights_find_strangers (PerseaWeights *weights, GHashTable *used, GPtrArray *problems)
{
  for (guint p = 0; p < weights->parts->len; p++)
    {
      const WeightsPart *part = g_ptr_array_index (weights->parts, p);
      size_t n;
      const PerseaCheckpointTensor *tensors = persea_checkpoint_get_tensors (part->checkpoint, &n);

      for (size_t i = 0; i < n; i++)
        {
          g_autofree char *stored = g_strconcat (part->prefix, tensors[i].name, NULL);

          if (!g_hash_table_contains (used, &tensors[i]) && !weights_is_ignored (weights, stored))
            g_ptr_array_add (problems, g_strdup_printf ("%s: tensor %s: no part of a %s of this "
                                                        "structure",
                                                        part_get_file (part, &tensors[i]),
                                                        tensors[i].name, weights->family));
        }
    }
}

gboolean
persea_weights_check (PerseaWeights *weights, GPtrArray *given_problems, GError **error)
{
  g_autoptr (GPtrArray) own_problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) used = g_hash_table_new (g_direct_hash, g_direct_equal);
  GPtrArray *problems = given_problems != NULL ? given_problems : own_problems;
  guint n_before = problems->len;

  for (guint i = 0; i < weights->entries->len; i++)
    {
      WeightsEntry *entry = g_ptr_array_index (weights->entries, i);

      entry->tensor = weights_find (weights, entry->stored, &entry->part);
      if (entry->tensor != NULL)
        g_hash_table_add (used, (gpointer) entry->tensor);

      char *problem = entry_judge (entry, weights);
      if (problem != NULL)
        g_ptr_array_add (problems, problem);
    }

  guint n_damaged = problems->len - n_before;
  weights_find_strangers (weights, used, problems);
  guint n = problems->len - n_before;
  if (n == 0)
    return TRUE;

  const char *first = g_ptr_array_index (problems, n_before);
  PerseaError code = n_damaged > 0 ? PERSEA_ERROR_INVALID_DATA : PERSEA_ERROR_UNSUPPORTED;
  if (n == 1)
    g_set_error_literal (error, PERSEA_ERROR, code, first);
  else
    g_set_error (error, PERSEA_ERROR, code, "%s (and %u more)", first, n - 1);
  return FALSE;
}

size_t
persea_weights_count_tensors (PerseaWeights *weights)
{
  return weights->entries->len;
}

size_t
persea_weights_count_elements (PerseaWeights *weights)
{
  size_t n = 0;

  for (guint i = 0; i < weights->entries->len; i++)
    n += ((const WeightsEntry *) g_ptr_array_index (weights->entries, i))->n_elements;
  return n;
}

/* @stored in the checkpoint's order to @out in the list's: [taps][in][out] to [out][in][taps] */
static void
entry_restore_order (const WeightsEntry *entry, float *out, const float *stored)
{
  size_t n_out = entry->shape[0], n_in = entry->shape[1];
  size_t n_taps = entry->n_elements / n_out / n_in;

  for (size_t tap = 0; tap < n_taps; tap++)
    for (size_t i = 0; i < n_in; i++)
      for (size_t o = 0; o < n_out; o++)
        out[(o * n_in + i) * n_taps + tap] = stored[(tap * n_in + i) * n_out + o];
}

/* the elements as they are stored, of the one layer */
static gboolean
entry_read (const WeightsEntry *entry, float *out, GError **error)
{
  return persea_checkpoint_read_f32_part (entry->part->checkpoint, entry->tensor,
                                          entry->layer * entry->n_elements, entry->n_elements, out,
                                          error);
}

gboolean
persea_weights_read (gpointer data, const char *name, float *out, size_t n, GError **error)
{
  PerseaWeights *weights = data;
  const WeightsEntry *entry = g_hash_table_lookup (weights->by_name, name);

  if (entry == NULL || entry->tensor == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, "no tensor %s in this %s", name,
                   weights->family);
      return FALSE;
    }
  if (entry->n_elements != n)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "%s: expected %zu elements, found %zu", name, n, entry->n_elements);
      return FALSE;
    }
  if (entry->order == PERSEA_WEIGHT_AS_LISTED || entry->n_dims == 1)
    return entry_read (entry, out, error);

  g_autofree float *stored = g_try_new (float, n);
  if (stored == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   "no memory for the %zu elements of %s", n, name);
      return FALSE;
    }
  if (!entry_read (entry, stored, error))
    return FALSE;
  entry_restore_order (entry, out, stored);
  return TRUE;
}

gboolean
persea_weights_check_finite (PerseaWeights *weights, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < weights->entries->len; i++)
    {
      const WeightsEntry *entry = g_ptr_array_index (weights->entries, i);
      g_autofree float *elements = g_new (float, entry->n_elements);

      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !persea_weights_read (weights, entry->name, elements, entry->n_elements, error))
        return FALSE;
      for (size_t j = 0; j < entry->n_elements; j++)
        if (!isfinite (elements[j]))
          {
            g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                         "%s: tensor %s: expected finite numbers, found %g at element %zu",
                         part_get_file (entry->part, entry->tensor), entry->tensor->name,
                         (double) elements[j], j);
            return FALSE;
          }
    }
  return TRUE;
}

char **
persea_weights_get_files (PerseaWeights *weights)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < weights->parts->len; i++)
    {
      const WeightsPart *part = g_ptr_array_index (weights->parts, i);

      g_strv_builder_addv (builder,
                           (const char **) persea_checkpoint_get_files (part->checkpoint));
    }
  return g_strv_builder_end (builder);
}
