/* persea-rendering.c - what came of a task: pixels at their place
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-rendering.h"

typedef struct
{
  char            *key;
  PerseaRendering *rendering;
  GList            link; /* in the order of use */
} Entry;

struct _PerseaRenderingStore
{
  GHashTable *entries; /* key -> Entry */
  GQueue      order;   /* of Entry, last used first */
  size_t      size;
  size_t      max_size;
};

PerseaRendering *
persea_rendering_new (const GeglRectangle *place, const Babl *format, double score)
{
  PerseaRendering *rendering = g_atomic_rc_box_new0 (PerseaRendering);

  rendering->place = *place;
  rendering->format = format;
  rendering->score = score;
  rendering->pixels = g_malloc (persea_rendering_get_size (rendering));
  return rendering;
}

PerseaRendering *
persea_rendering_ref (PerseaRendering *rendering)
{
  return g_atomic_rc_box_acquire (rendering);
}

static void
rendering_clear (gpointer data)
{
  PerseaRendering *rendering = data;

  g_free (rendering->pixels);
}

void
persea_rendering_unref (PerseaRendering *rendering)
{
  if (rendering)
    g_atomic_rc_box_release_full (rendering, rendering_clear);
}

size_t
persea_rendering_get_size (const PerseaRendering *rendering)
{
  return (size_t) rendering->place.width * rendering->place.height
         * babl_format_get_bytes_per_pixel (rendering->format);
}

static void
rendering_close (gpointer rendering)
{
  persea_rendering_unref (rendering);
}

GeglBuffer *
persea_rendering_open (PerseaRendering *rendering)
{
  return gegl_buffer_linear_new_from_data (rendering->pixels, rendering->format, &rendering->place,
                                           GEGL_AUTO_ROWSTRIDE, rendering_close,
                                           persea_rendering_ref (rendering));
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->key);
  persea_rendering_unref (entry->rendering);
  g_free (entry);
}

PerseaRenderingStore *
persea_rendering_store_new (size_t max_size)
{
  PerseaRenderingStore *store = g_new0 (PerseaRenderingStore, 1);

  store->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  store->max_size = max_size;
  return store;
}

void
persea_rendering_store_free (PerseaRenderingStore *store)
{
  if (!store)
    return;

  g_hash_table_unref (store->entries);
  g_free (store);
}

static void
store_drop (PerseaRenderingStore *store, Entry *entry)
{
  store->size -= persea_rendering_get_size (entry->rendering);
  g_queue_unlink (&store->order, &entry->link);
  g_hash_table_remove (store->entries, entry->key);
}

PerseaRendering *
persea_rendering_store_find (PerseaRenderingStore *store, const char *key)
{
  Entry *entry = g_hash_table_lookup (store->entries, key);

  if (!entry)
    return NULL;
  g_queue_unlink (&store->order, &entry->link);
  g_queue_push_head_link (&store->order, &entry->link);
  return persea_rendering_ref (entry->rendering);
}

void
persea_rendering_store_put (PerseaRenderingStore *store, const char *key, PerseaRendering *rendering)
{
  size_t size = persea_rendering_get_size (rendering);
  Entry *old = g_hash_table_lookup (store->entries, key);
  Entry *entry;

  if (old)
    store_drop (store, old);
  if (size > store->max_size)
    return;
  while (store->size > store->max_size - size)
    store_drop (store, g_queue_peek_tail (&store->order));
  entry = g_new0 (Entry, 1);
  entry->key = g_strdup (key);
  entry->rendering = persea_rendering_ref (rendering);
  entry->link.data = entry;
  g_hash_table_insert (store->entries, entry->key, entry);
  g_queue_push_head_link (&store->order, &entry->link);
  store->size += size;
}

void
persea_rendering_store_clear (PerseaRenderingStore *store)
{
  g_hash_table_remove_all (store->entries);
  g_queue_init (&store->order);
  store->size = 0;
}

gboolean
persea_rendering_store_is_empty (const PerseaRenderingStore *store)
{
  return store->size == 0;
}
