/* persea-loader.c - a few tag jobs, most recently used first
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-loader.h"

#include "persea-error.h"

#include <string.h>

#include <glib/gi18n.h>

/* Each holds the embeddings of a vocabulary, a few MiB. */
#define LOADER_MAX_READY 4

typedef struct
{
  char         *key;
  PerseaClip   *clip;
  guint64       memory; /* bytes of the model, shared with others that have the same */
  PerseaTagJob *job;
} Ready;

/* what draws; one is enough, for it is large */
typedef struct
{
  char            *key; /* (nullable): of the model and the CLIP; %NULL: nothing is loaded */
  PerseaGenerator *generator;
  PerseaCodebook  *codebook;
  PerseaClip      *clip; /* (nullable) */
  guint64          memory;      /* bytes of generator and codebook */
  guint64          clip_memory; /* bytes, 0 if a tag job had it already */
  PerseaDrawJob   *job;
} Artist;

struct _PerseaLoader
{
  PerseaLoaderOptions options;
  PerseaSettings     *settings; /* (nullable) */
  PerseaEngine       *engine;   /* (nullable) */
  GQueue              ready;    /* of (owned) Ready, the last used first */
  Artist              artist;
  PerseaSearch       *search;   /* (nullable) */
};

static void
ready_free (Ready *ready)
{
  persea_tag_job_free (ready->job);
  persea_clip_unref (ready->clip);
  g_free (ready->key);
  g_free (ready);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ready, ready_free)

static void
artist_clear (Artist *artist)
{
  g_clear_pointer (&artist->job, persea_draw_job_free);
  g_clear_pointer (&artist->generator, persea_generator_unref);
  g_clear_pointer (&artist->codebook, persea_codebook_unref);
  g_clear_pointer (&artist->clip, persea_clip_unref);
  g_clear_pointer (&artist->key, g_free);
}

PerseaLoader *
persea_loader_new (const PerseaLoaderOptions *options)
{
  PerseaLoader *loader = g_new0 (PerseaLoader, 1);

  loader->options = *options;
  persea_library_ref (loader->options.library);
  g_queue_init (&loader->ready);
  return loader;
}

void
persea_loader_free (PerseaLoader *loader)
{
  if (loader == NULL)
    return;
  loader->options.changed = NULL; /* nobody is left to be told */
  persea_loader_drop (loader);
  persea_settings_unref (loader->settings);
  persea_library_unref (loader->options.library);
  g_free (loader);
}

static void
loader_tell_changed (PerseaLoader *loader)
{
  if (loader->options.changed != NULL)
    loader->options.changed (loader->options.changed_data);
}

void
persea_loader_drop (PerseaLoader *loader)
{
  if (loader->engine == NULL)
    return;
  g_queue_clear_full (&loader->ready, (GDestroyNotify) ready_free);
  artist_clear (&loader->artist);
  g_clear_pointer (&loader->search, persea_search_unref);
  g_clear_pointer (&loader->engine, persea_engine_unref);
  loader_tell_changed (loader);
}

gboolean
persea_loader_is_loaded (PerseaLoader *loader)
{
  return loader->engine != NULL;
}

void
persea_loader_set_settings (PerseaLoader *loader, PerseaSettings *settings)
{
  PerseaSettings *old = loader->settings;

  if (old != NULL
      && (g_strcmp0 (old->device, settings->device) != 0 || old->precision != settings->precision))
    persea_loader_drop (loader);
  loader->settings = persea_settings_ref (settings);
  persea_settings_unref (old);
}

/* Everything that decides what a tag job does.  A vocabulary that was edited is another one. */
static char *
loader_make_key (const char *watch, const char *model, const PerseaTagOptions *tag)
{
  g_autofree char *json = persea_tag_options_to_json (tag);
  PerseaFileStamp stamp = { 0 };

  if (tag->vocabulary != NULL)
    persea_file_stamp_read (tag->vocabulary, &stamp, NULL);
  return g_strdup_printf ("%s\n%s\n%s\n%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          "\n%s",
                          watch != NULL ? watch : "", model != NULL ? model : "",
                          tag->vocabulary != NULL ? tag->vocabulary : "", stamp.inode, stamp.size,
                          stamp.mtime_ns, json);
}

static Ready *
loader_find_ready (PerseaLoader *loader, const char *key)
{
  for (GList *link = loader->ready.head; link != NULL; link = link->next)
    {
      Ready *ready = link->data;

      if (strcmp (ready->key, key) != 0)
        continue;
      g_queue_unlink (&loader->ready, link);
      g_queue_push_head_link (&loader->ready, link);
      return ready;
    }
  return NULL;
}

static gboolean
loader_ensure_engine (PerseaLoader *loader, GError **error)
{
  const PerseaSettings *settings = loader->settings;
  const PerseaEngineOptions options = {
    .drivers = loader->options.drivers,
    .device = settings != NULL ? settings->device : NULL,
    .precision = settings != NULL ? settings->precision : PERSEA_PRECISION_AUTO,
  };

  if (loader->engine == NULL)
    loader->engine = persea_engine_new (&options, error);
  return loader->engine != NULL;
}

void
persea_loader_make_way (const char *what, double fraction, gpointer data)
{
  PerseaLoader *loader = data;

  if (loader->options.make_way != NULL)
    loader->options.make_way (loader->options.make_way_data);
}

static guint64
loader_get_memory (PerseaLoader *loader)
{
  return persea_device_get_memory_held (persea_engine_get_device (loader->engine));
}

/* Bytes of @clip, if it is loaded already. */
static guint64
loader_find_clip_memory (PerseaLoader *loader, const PerseaClip *clip)
{
  for (GList *link = loader->ready.head; link != NULL; link = link->next)
    {
      const Ready *ready = link->data;

      if (ready->clip == clip)
        return ready->memory;
    }
  return loader->artist.clip == clip ? loader->artist.clip_memory : 0;
}

/* @tag: (nullable): %NULL: only the model is needed */
static Ready *
loader_make_ready (PerseaLoader            *loader,
                   const char              *model,
                   const PerseaTagOptions  *tag,
                   GCancellable            *cancellable,
                   GError                 **error)
{
  g_autoptr (Ready) ready = g_new0 (Ready, 1);
  PerseaTagJobOptions options = {
    .tag = tag,
    .library = loader->options.library,
    .program = "persead",
    .progress = persea_loader_make_way,
    .progress_data = loader,
  };
  guint64 before;

  if (!loader_ensure_engine (loader, error))
    return NULL;
  before = loader_get_memory (loader);
  ready->clip = persea_engine_load_clip (loader->engine, model, cancellable, error);
  if (ready->clip == NULL)
    return NULL;
  ready->memory = loader_get_memory (loader) - before;
  if (ready->memory == 0)
    ready->memory = loader_find_clip_memory (loader, ready->clip);
  if (tag == NULL)
    return g_steal_pointer (&ready);
  options.clip = ready->clip;
  ready->job = persea_tag_job_new (&options, cancellable, error);
  return ready->job != NULL ? g_steal_pointer (&ready) : NULL;
}

/* @key: (transfer full): of what is wanted */
static Ready *
loader_ensure_ready (PerseaLoader            *loader,
                     char                    *key,
                     const char              *model,
                     const PerseaTagOptions  *tag,
                     GCancellable            *cancellable,
                     GError                 **error)
{
  g_autofree char *own_key = key;
  Ready *ready = loader_find_ready (loader, key);

  if (ready != NULL)
    return ready;
  ready = loader_make_ready (loader, model, tag, cancellable, error);
  if (ready == NULL)
    return NULL;
  ready->key = g_steal_pointer (&own_key);
  g_queue_push_head (&loader->ready, ready);
  while (loader->ready.length > LOADER_MAX_READY)
    ready_free (g_queue_pop_tail (&loader->ready));
  persea_engine_drop_unused (loader->engine);
  loader_tell_changed (loader);
  return ready;
}

PerseaTagJob *
persea_loader_get_tag_job (PerseaLoader            *loader,
                           const char              *watch,
                           const char              *model,
                           const PerseaTagOptions  *tag,
                           GCancellable            *cancellable,
                           GError                 **error)
{
  Ready *ready;

  if (model == NULL && loader->settings != NULL)
    model = loader->settings->model;
  ready = loader_ensure_ready (loader, loader_make_key (watch, model, tag), model, tag, cancellable,
                               error);
  return ready != NULL ? ready->job : NULL;
}

PerseaClip *
persea_loader_get_clip (PerseaLoader  *loader,
                        const char    *model,
                        GCancellable  *cancellable,
                        GError       **error)
{
  Ready *ready;

  if (model == NULL && loader->settings != NULL)
    model = loader->settings->model;
  ready = loader_ensure_ready (loader, g_strconcat ("clip\n", model, NULL), model, NULL, cancellable,
                               error);
  return ready != NULL ? persea_clip_ref (ready->clip) : NULL;
}

PerseaSearch *
persea_loader_get_search (PerseaLoader *loader, PerseaClip *clip)
{
  const char *identity = persea_clip_get_identity (clip);

  if (loader->search == NULL || strcmp (persea_search_get_identity (loader->search), identity) != 0)
    {
      g_clear_pointer (&loader->search, persea_search_unref);
      loader->search = persea_search_new (loader->options.library, identity,
                                          persea_clip_get_embed_dim (clip));
    }
  return persea_search_ref (loader->search);
}

guint64
persea_loader_get_search_memory (PerseaLoader *loader)
{
  return loader->search != NULL ? persea_search_get_memory (loader->search) : 0;
}

PerseaLibrary *
persea_loader_get_library (PerseaLoader *loader)
{
  return loader->options.library;
}

/* Without a CLIP, pictures are drawn all the same, and none is better than another. */
static gboolean
loader_load_judge (PerseaLoader *loader, GCancellable *cancellable, GError **error)
{
  const char *model = loader->settings != NULL ? loader->settings->model : NULL;
  g_autoptr (GError) reason = NULL;

  loader->artist.clip = persea_engine_load_clip (loader->engine, model, cancellable, &reason);
  if (loader->artist.clip != NULL)
    return TRUE;
  if (!g_error_matches (reason, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  g_warning (_("pictures are not ranked: %s"), reason->message);
  return TRUE;
}

static void
loader_describe_artist (PerseaLoader *loader, PerseaDrawJobOptions *options)
{
  options->generator = loader->artist.generator;
  options->codebook = loader->artist.codebook;
  options->clip = loader->artist.clip;
  options->device_name = persea_device_get_info (persea_engine_get_device (loader->engine))->name;
}

static gboolean
loader_load_artist (PerseaLoader  *loader,
                    const char    *model,
                    GCancellable  *cancellable,
                    GError       **error)
{
  Artist *artist = &loader->artist;
  PerseaDrawJobOptions options = { .progress = persea_loader_make_way, .progress_data = loader };
  guint64 before;

  if (!loader_ensure_engine (loader, error))
    return FALSE;
  before = loader_get_memory (loader);
  if (!persea_engine_load_artist (loader->engine, model, cancellable, &artist->generator,
                                  &artist->codebook, error))
    return FALSE;
  artist->memory = loader_get_memory (loader) - before;
  before = loader_get_memory (loader);
  if (!loader_load_judge (loader, cancellable, error))
    return FALSE;
  artist->clip_memory = loader_get_memory (loader) - before;
  if (artist->clip != NULL && artist->clip_memory == 0)
    artist->clip_memory = loader_find_clip_memory (loader, artist->clip);
  loader_describe_artist (loader, &options);
  artist->job = persea_draw_job_new (&options);
  return TRUE;
}

static gboolean
loader_ensure_artist (PerseaLoader  *loader,
                      const char    *model,
                      GCancellable  *cancellable,
                      GError       **error)
{
  const PerseaSettings *settings = loader->settings;
  Artist *artist = &loader->artist;
  g_autofree char *key = NULL;

  if (model == NULL && settings != NULL)
    model = settings->drawing_model;
  key = g_strdup_printf ("%s\n%s", model != NULL ? model : "",
                         settings != NULL && settings->model != NULL ? settings->model : "");
  if (g_strcmp0 (artist->key, key) == 0)
    return TRUE;
  artist_clear (artist);
  if (loader->engine != NULL)
    persea_engine_drop_unused (loader->engine);
  if (!loader_load_artist (loader, model, cancellable, error))
    {
      artist_clear (artist);
      return FALSE;
    }
  artist->key = g_steal_pointer (&key);
  loader_tell_changed (loader);
  return TRUE;
}

PerseaDrawJob *
persea_loader_get_draw_job (PerseaLoader  *loader,
                            const char    *model,
                            gboolean      *ranked,
                            GCancellable  *cancellable,
                            GError       **error)
{
  if (!loader_ensure_artist (loader, model, cancellable, error))
    return NULL;
  *ranked = loader->artist.clip != NULL;
  return loader->artist.job;
}

gboolean
persea_loader_get_artist (PerseaLoader          *loader,
                          const char            *model,
                          PerseaDrawJobOptions  *options,
                          GCancellable          *cancellable,
                          GError               **error)
{
  if (!loader_ensure_artist (loader, model, cancellable, error))
    return FALSE;
  loader_describe_artist (loader, options);
  return TRUE;
}

const char *
persea_loader_get_model_name (PerseaLoader *loader)
{
  const Ready *ready = g_queue_peek_head (&loader->ready);

  return ready != NULL ? persea_clip_get_name (ready->clip) : "";
}

static const char *
loader_kind_name (PerseaDeviceKind kind)
{
  static const char *const names[] = {
    [PERSEA_DEVICE_KIND_GPU] = "gpu",
    [PERSEA_DEVICE_KIND_ACCELERATOR] = "accelerator",
    [PERSEA_DEVICE_KIND_CPU] = "cpu",
    [PERSEA_DEVICE_KIND_REFERENCE] = "reference",
  };

  return names[kind];
}

GVariant *
persea_loader_describe_devices (PerseaLoader *loader)
{
  g_autoptr (GPtrArray) devices = NULL;
  const PerseaDeviceInfo *used = NULL;
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  if (loader->engine != NULL)
    {
      devices = persea_devices_list (loader->options.drivers,
                                     loader->settings != NULL ? loader->settings->device : NULL);
      used = persea_device_get_info (persea_engine_get_device (loader->engine));
    }
  for (unsigned i = 0; devices != NULL && i < devices->len; i++)
    {
      const PerseaDeviceInfo *info = g_ptr_array_index (devices, i);

      g_variant_builder_open (&list, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&list, "{sv}", "name", g_variant_new_string (info->name));
      g_variant_builder_add (&list, "{sv}", "platform", g_variant_new_string (info->platform));
      g_variant_builder_add (&list, "{sv}", "kind",
                             g_variant_new_string (loader_kind_name (info->kind)));
      g_variant_builder_add (&list, "{sv}", "in-use",
                             g_variant_new_boolean (used->driver == info->driver
                                                    && used->index == info->index));
      if (info->unusable != NULL)
        g_variant_builder_add (&list, "{sv}", "unusable", g_variant_new_string (info->unusable));
      g_variant_builder_close (&list);
    }
  return g_variant_ref_sink (g_variant_builder_end (&list));
}

static void
loader_describe_model (GVariantBuilder *list,
                       const char      *name,
                       PerseaPrecision  precision,
                       guint64          memory)
{
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "name", g_variant_new_string (name));
  g_variant_builder_add (list, "{sv}", "precision",
                         g_variant_new_string (persea_precision_name (precision)));
  g_variant_builder_add (list, "{sv}", "memory", g_variant_new_uint64 (memory));
  g_variant_builder_close (list);
}

GVariant *
persea_loader_describe_models (PerseaLoader *loader)
{
  const Artist *artist = &loader->artist;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (GList *link = loader->ready.head; link != NULL; link = link->next)
    {
      const Ready *ready = link->data;

      if (g_hash_table_add (seen, ready->clip))
        loader_describe_model (&list, persea_clip_get_name (ready->clip),
                               persea_clip_get_precision (ready->clip), ready->memory);
    }
  if (artist->clip != NULL && g_hash_table_add (seen, artist->clip))
    loader_describe_model (&list, persea_clip_get_name (artist->clip),
                           persea_clip_get_precision (artist->clip), artist->clip_memory);
  if (artist->generator != NULL)
    loader_describe_model (&list, persea_generator_get_name (artist->generator),
                           persea_generator_get_precision (artist->generator), artist->memory);
  return g_variant_ref_sink (g_variant_builder_end (&list));
}
