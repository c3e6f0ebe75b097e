/* persea-engine.c - one device with the models that are loaded on it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Puts together what knows nothing of each other: the store of models, checkpoints, tokenizers,
 * the cache of packed weights, and the device.
 */
#include "config.h"

#include "persea-engine-private.h"

#include "models/persea-clip-load.h"
#include "persea-cache.h"
#include "persea-codebook-impl.h"
#include "persea-error.h"
#include "persea-generator-impl.h"
#include "persea-model-files.h"
#include "persea-model-identity.h"
#include "persea-model-store.h"
#include "persea-tokenizer.h"

PerseaEngine *
persea_engine_new (const PerseaEngineOptions *options, GError **error)
{
  g_autoptr (PerseaDevice) device = persea_device_open (options->drivers, options->device,
                                                        &options->device_options, error);
  if (!device)
    return NULL;

  PerseaEngine *engine = g_atomic_rc_box_new0 (PerseaEngine);
  engine->precision = options->precision;
  engine->device = g_steal_pointer (&device);
  engine->no_weight_cache = options->no_weight_cache;
  engine->progress = options->device_options.progress;
  engine->progress_data = options->device_options.progress_data;
  g_mutex_init (&engine->lock);
  engine->clips = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) persea_clip_unref);
  engine->generators = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                              (GDestroyNotify) persea_generator_unref);
  engine->codebooks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify) persea_codebook_unref);
  return engine;
}

static void
engine_clear (gpointer data)
{
  PerseaEngine *engine = data;

  g_hash_table_unref (engine->clips);
  g_hash_table_unref (engine->generators);
  g_hash_table_unref (engine->codebooks);
  persea_device_unref (engine->device);
  g_mutex_clear (&engine->lock);
}

PerseaEngine *
persea_engine_ref (PerseaEngine *engine)
{
  return g_atomic_rc_box_acquire (engine);
}

void
persea_engine_unref (PerseaEngine *engine)
{
  if (engine)
    g_atomic_rc_box_release_full (engine, engine_clear);
}

PerseaDevice *
persea_engine_get_device (PerseaEngine *engine)
{
  return engine->device;
}

PerseaPrecision
persea_engine_get_precision (PerseaEngine *engine)
{
  return persea_device_resolve_precision (engine->device, engine->precision);
}

char *
persea_engine_get_cache_folder (PerseaEngine *engine)
{
  return engine->no_weight_cache ? NULL : persea_cache_get_folder ("weights");
}

/* beside the weights, or in the folder of another model of the same vocabulary */
static PerseaTokenizer *
engine_find_tokenizer (PerseaClipWeights *weights, const PerseaModel *model, GError **error)
{
  g_autoptr (GPtrArray) models = persea_model_store_list ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, model->folder);
  for (unsigned i = 0; i < models->len; i++)
    g_strv_builder_add (builder, ((const PerseaModel *) models->pdata[i])->folder);
  g_auto (GStrv) folders = g_strv_builder_end (builder);
  return persea_tokenizer_find ((const char *const *) folders,
                                persea_clip_weights_get_config (weights)->vocab_size, error);
}

static char *
engine_identify (PerseaEngine *engine, PerseaClipWeights *weights, const PerseaModel *model,
                 GCancellable *cancellable, GError **error)
{
  static const char *const configurations[] = { "config.json", "preprocessor_config.json",
                                                "open_clip_config.json", "persea.json" };
  PerseaCheckpoint *checkpoint = persea_clip_weights_get_checkpoint (weights);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **) persea_checkpoint_get_files (checkpoint));
  for (unsigned i = 0; i < G_N_ELEMENTS (configurations); i++)
    {
      g_autofree char *path = g_build_filename (model->folder, configurations[i], NULL);

      g_strv_builder_add (builder, path);
    }
  g_auto (GStrv) files = g_strv_builder_end (builder);
  return persea_model_identity ((const char *const *) files, engine->progress,
                                engine->progress_data, cancellable, error);
}

static PerseaClip *
engine_open_clip (PerseaEngine *engine, const PerseaModel *model, GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (PerseaClipWeights) weights = persea_clip_weights_open (model->path, error);
  if (!weights)
    return NULL;
  g_autofree char *identity = engine_identify (engine, weights, model, cancellable, error);
  if (!identity)
    return NULL;

  /* A model without a tokenizer still knows pictures; encoding texts says what is missing. */
  g_autoptr (GError) tokenizer_error = NULL;
  PerseaTokenizer *tokenizer = engine_find_tokenizer (weights, model, &tokenizer_error);
  if (!tokenizer && !g_error_matches (tokenizer_error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&tokenizer_error));
      return NULL;
    }

  PerseaPrecision precision = persea_clip_choose_precision (
    engine->device, persea_clip_weights_get_config (weights), engine->precision);
  g_autofree char *cache_folder = persea_engine_get_cache_folder (engine);
  g_autofree char *pack_path = persea_model_load_get_pack_path (
    &(PerseaModelLoad) { .identity = identity, .cache_folder = cache_folder }, engine->device,
    precision);
  return persea_clip_new (engine->device, precision, model->name, identity, tokenizer,
                          tokenizer_error ? tokenizer_error->message : NULL,
                          &(PerseaClipLoad) { .weights = weights, .pack_path = pack_path,
                                              .progress = engine->progress,
                                              .progress_data = engine->progress_data,
                                              .cancellable = cancellable },
                          error);
}

PerseaClip *
persea_engine_load_clip (PerseaEngine  *engine,
                         const char    *name,
                         GCancellable  *cancellable,
                         GError       **error)
{
  g_autoptr (PerseaModel) model = persea_model_store_find (name, error);
  if (!model)
    return NULL;

  g_mutex_lock (&engine->lock);
  PerseaClip *clip = g_hash_table_lookup (engine->clips, model->path);
  if (clip)
    {
      persea_clip_ref (clip);
    }
  else
    {
      clip = engine_open_clip (engine, model, cancellable, error);
      if (clip)
        g_hash_table_insert (engine->clips, g_strdup (model->path), persea_clip_ref (clip));
    }
  g_mutex_unlock (&engine->lock);
  return clip;
}

static gboolean
clip_is_unused (gpointer path, gpointer clip, gpointer user_data)
{
  return persea_clip_is_unshared (clip);
}

static gboolean
generator_is_unused (gpointer path, gpointer generator, gpointer user_data)
{
  return persea_generator_is_unshared (generator);
}

static gboolean
codebook_is_unused (gpointer path, gpointer codebook, gpointer user_data)
{
  return persea_codebook_is_unshared (codebook);
}

void
persea_engine_drop_unused (PerseaEngine *engine)
{
  g_mutex_lock (&engine->lock);
  g_hash_table_foreach_remove (engine->clips, clip_is_unused, NULL);
  g_hash_table_foreach_remove (engine->generators, generator_is_unused, NULL);
  g_hash_table_foreach_remove (engine->codebooks, codebook_is_unused, NULL);
  g_mutex_unlock (&engine->lock);
}
