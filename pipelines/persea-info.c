/* persea-info.c - the answer of GetInfo
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-info.h"

#include "persea-embeddings.h"
#include "persea-memory.h"
#include "persea-queue.h"

#include <unistd.h>

static const char *
info_find_state (const PerseaInfoSources *sources, const PerseaQueueCounts *counts)
{
  if (sources->n_jobs > 0 || sources->busy)
    return "working";
  return counts->queued > 0 ? "waiting" : "idle";
}

static void
info_add_pauses (GVariantBuilder *info, PerseaManners *manners)
{
  GPtrArray *pauses = persea_manners_get_pauses (manners);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(us)"));
  for (unsigned i = 0; i < pauses->len; i++)
    {
      const PerseaPause *pause = g_ptr_array_index (pauses, i);

      g_variant_builder_add (&list, "(us)", pause->cookie, pause->reason);
    }
  g_variant_builder_add (info, "{sv}", "pauses", g_variant_builder_end (&list));
}

static void
info_add_manners (GVariantBuilder *info, PerseaManners *manners)
{
  g_auto (GStrv) reasons = persea_manners_get_reasons (manners);

  g_variant_builder_add (info, "{sv}", "pace",
                         g_variant_new_string (persea_pace_name (persea_manners_get_pace (manners))));
  g_variant_builder_add (info, "{sv}", "reasons",
                         g_variant_new_strv ((const char *const *) reasons, -1));
  info_add_pauses (info, manners);
}

static void
info_add_counts (GVariantBuilder *info, const PerseaQueueCounts *counts)
{
  g_variant_builder_add (info, "{sv}", "queued", g_variant_new_uint64 (counts->queued));
  g_variant_builder_add (info, "{sv}", "running", g_variant_new_uint64 (counts->running));
  g_variant_builder_add (info, "{sv}", "done", g_variant_new_uint64 (counts->done));
  g_variant_builder_add (info, "{sv}", "failed", g_variant_new_uint64 (counts->failed));
}

static const char *
info_find_device (GVariant *devices)
{
  for (size_t i = 0; devices != NULL && i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);
      gboolean in_use = FALSE;
      const char *name = NULL;

      if (g_variant_lookup (device, "in-use", "b", &in_use) && in_use
          && g_variant_lookup (device, "name", "&s", &name))
        return name; /* of @devices */
    }
  return NULL;
}

static void
info_add_loaded (GVariantBuilder *info, GVariant *devices, GVariant *models, guint64 search_memory)
{
  const char *device = info_find_device (devices);
  guint64 memory = search_memory;

  if (device != NULL)
    g_variant_builder_add (info, "{sv}", "device", g_variant_new_string (device));
  for (size_t i = 0; models != NULL && i < g_variant_n_children (models); i++)
    {
      g_autoptr (GVariant) model = g_variant_get_child_value (models, i);
      guint64 own = 0;

      if (g_variant_lookup (model, "memory", "t", &own))
        memory += own;
    }
  g_variant_builder_add (info, "{sv}", "models",
                         models != NULL ? models
                                        : g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
  g_variant_builder_add (info, "{sv}", "search-memory", g_variant_new_uint64 (search_memory));
  g_variant_builder_add (info, "{sv}", "memory", g_variant_new_uint64 (memory));
  g_variant_builder_add (info, "{sv}", "resident",
                         g_variant_new_uint64 (persea_memory_get_resident ()));
}

static void
info_add_settings (GVariantBuilder *info, const char *path, const PerseaSettings *settings)
{
  g_autofree char *name = g_filename_display_name (path);
  GVariantBuilder list;

  g_variant_builder_add (info, "{sv}", "settings", g_variant_new_string (name));
  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  for (unsigned i = 0; i < settings->errors->len; i++)
    g_variant_builder_add_value (&list, g_variant_new_take_string (
                                          g_utf8_make_valid (g_ptr_array_index (settings->errors, i), -1)));
  g_variant_builder_add (info, "{sv}", "settings-errors", g_variant_builder_end (&list));
  g_variant_builder_add (info, "{sv}", "settings-device",
                         g_variant_new_string (settings->device != NULL ? settings->device : ""));
  g_variant_builder_add (info, "{sv}", "settings-precision",
                         g_variant_new_string (persea_precision_name (settings->precision)));
}

static void
info_add_library (GVariantBuilder *info, PerseaLibrary *library)
{
  g_autofree char *path = g_canonicalize_filename (persea_library_get_path (library), NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  g_variant_builder_add (info, "{sv}", "library", g_variant_new_string (uri));
}

GVariant *
persea_info_describe (const PerseaInfoSources *sources, GError **error)
{
  PerseaQueueCounts counts;
  GVariantBuilder info;
  uint64_t embeddings = 0;
  uint64_t unheld = 0;

  if (!persea_queue_count (sources->library, &counts, error)
      || !persea_embeddings_count_all (sources->library, &embeddings, &unheld, error))
    return NULL;
  g_variant_builder_init (&info, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&info, "{sv}", "version", g_variant_new_string (PERSEA_VERSION));
  g_variant_builder_add (&info, "{sv}", "pid", g_variant_new_uint32 ((guint32) getpid ()));
  g_variant_builder_add (&info, "{sv}", "state",
                         g_variant_new_string (info_find_state (sources, &counts)));
  info_add_manners (&info, sources->manners);
  g_variant_builder_add (&info, "{sv}", "jobs", g_variant_new_uint32 (sources->n_jobs));
  g_variant_builder_add (&info, "{sv}", "watches", g_variant_new_uint32 (sources->n_watches));
  info_add_counts (&info, &counts);
  g_variant_builder_add (&info, "{sv}", "embeddings", g_variant_new_uint64 (embeddings));
  g_variant_builder_add (&info, "{sv}", "embeddings-unheld", g_variant_new_uint64 (unheld));
  info_add_loaded (&info, sources->devices, sources->models, sources->search_memory);
  info_add_settings (&info, sources->settings_path, sources->settings);
  info_add_library (&info, sources->library);
  return g_variant_builder_end (&info);
}
