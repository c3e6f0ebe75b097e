/* persea-bus-results.c - what came of a job, for those who ask afterwards
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bus-results.h"

struct _PerseaBusResults
{
  GPtrArray  *items;    /* of GVariant, as they came */
  GHashTable *pictures; /* of GBytes, by number */
  uint64_t    size;     /* bytes of both */
  uint64_t   *kept;
};

PerseaBusResults *
persea_bus_results_new (uint64_t *kept)
{
  PerseaBusResults *results = g_new0 (PerseaBusResults, 1);

  results->items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  results->pictures = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  results->kept = kept;
  return results;
}

void
persea_bus_results_free (PerseaBusResults *results)
{
  if (results == NULL)
    return;
  *results->kept -= results->size;
  g_ptr_array_unref (results->items);
  g_hash_table_unref (results->pictures);
  g_free (results);
}

static gboolean
results_take_room (PerseaBusResults *results, uint64_t size)
{
  if (size > PERSEA_BUS_MAX_KEPT - MIN (*results->kept, PERSEA_BUS_MAX_KEPT))
    return FALSE;
  results->size += size;
  *results->kept += size;
  return TRUE;
}

gboolean
persea_bus_results_add (PerseaBusResults *results, GVariant *item)
{
  if (!results_take_room (results, g_variant_get_size (item)))
    return FALSE;
  g_ptr_array_add (results->items, g_variant_ref (item));
  return TRUE;
}

gboolean
persea_bus_results_add_picture (PerseaBusResults *results, unsigned index, GBytes *picture)
{
  GBytes *old = g_hash_table_lookup (results->pictures, GUINT_TO_POINTER (index));
  uint64_t old_size = old != NULL ? g_bytes_get_size (old) : 0;

  results->size -= old_size;
  *results->kept -= old_size;
  g_hash_table_remove (results->pictures, GUINT_TO_POINTER (index));
  if (!results_take_room (results, g_bytes_get_size (picture)))
    return FALSE;
  g_hash_table_insert (results->pictures, GUINT_TO_POINTER (index), g_bytes_ref (picture));
  return TRUE;
}

GVariant *
persea_bus_results_list (PerseaBusResults *results, unsigned skip)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ua{sv})"));
  for (unsigned n = 0; n < PERSEA_BUS_MAX_GIVEN && skip < results->items->len; n++, skip++)
    g_variant_builder_add_value (&list, g_ptr_array_index (results->items, skip));
  return g_variant_builder_end (&list);
}

GBytes *
persea_bus_results_find_picture (PerseaBusResults *results, unsigned index)
{
  return g_hash_table_lookup (results->pictures, GUINT_TO_POINTER (index));
}
