/* persea-engine-artist.c - the drawing models of an engine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Both halves of a drawing model are loaded here, each once, after persea-model-match.h has put
 * them together.
 */
#include "config.h"

#include "persea-engine-private.h"

#include <glib/gi18n-lib.h>

#include "models/persea-registry.h"
#include "persea-codebook.h"
#include "persea-error.h"
#include "persea-generator.h"
#include "persea-model-identity.h"
#include "persea-model-match.h"
#include "persea-model-store.h"

/* (transfer full) (nullable): the identity of all that @files names */
static char *
artist_identify (PerseaEngine *engine, const PerseaModelFiles *files, GCancellable *cancellable,
                 GError **error)
{
  g_auto (GStrv) paths = persea_model_files_list (files, error);

  return paths ? persea_model_identity ((const char *const *) paths, engine->progress,
                                        engine->progress_data, cancellable, error)
               : NULL;
}

static PerseaGenerator *
artist_load_generator (PerseaEngine *engine, const PerseaModelFiles *files,
                       GCancellable *cancellable, GError **error)
{
  const PerseaGeneratorFamily *family = (const PerseaGeneratorFamily *) files->family;
  PerseaGenerator *generator = g_hash_table_lookup (engine->generators, files->weights[0]);
  if (generator)
    return persea_generator_ref (generator);

  g_autofree char *identity = artist_identify (engine, files, cancellable, error);
  g_autofree char *cache_folder = persea_engine_get_cache_folder (engine);
  if (!identity)
    return NULL;
  generator = family->load (engine->device, engine->precision,
                            &(PerseaModelLoad) { .files = files, .identity = identity,
                                                 .cache_folder = cache_folder,
                                                 .progress = engine->progress,
                                                 .progress_data = engine->progress_data,
                                                 .cancellable = cancellable },
                            error);
  if (generator)
    g_hash_table_insert (engine->generators, g_strdup (files->weights[0]),
                         persea_generator_ref (generator));
  return generator;
}

static PerseaCodebook *
artist_load_codebook (PerseaEngine *engine, const PerseaModelFiles *files,
                      GCancellable *cancellable, GError **error)
{
  const PerseaCodebookFamily *family = (const PerseaCodebookFamily *) files->family;
  PerseaCodebook *codebook = g_hash_table_lookup (engine->codebooks, files->weights[0]);
  if (codebook)
    return persea_codebook_ref (codebook);

  g_autofree char *identity = artist_identify (engine, files, cancellable, error);
  g_autofree char *cache_folder = persea_engine_get_cache_folder (engine);
  if (!identity)
    return NULL;
  codebook = family->load (engine->device, engine->precision,
                           &(PerseaModelLoad) { .files = files, .identity = identity,
                                                .cache_folder = cache_folder,
                                                .progress = engine->progress,
                                                .progress_data = engine->progress_data,
                                                .cancellable = cancellable },
                           error);
  if (codebook)
    g_hash_table_insert (engine->codebooks, g_strdup (files->weights[0]),
                         persea_codebook_ref (codebook));
  return codebook;
}

/* The parts of a model that was named, or of the default; the name is the model's */
static PerseaModelParts *
artist_find_parts (const char *name, PerseaModelRole role, GError **error)
{
  g_autoptr (PerseaModel) model = persea_model_store_find_for (name, role, error);
  g_autoptr (PerseaModelParts) parts = model ? persea_model_parts_find (model->path, error) : NULL;

  if (!parts)
    return NULL;
  for (int i = 0; i < PERSEA_N_ROLES; i++)
    if (parts->files[i])
      {
        g_free (parts->files[i]->name);
        parts->files[i]->name = g_strdup (model->name);
      }
  if (role == PERSEA_ROLE_GENERATOR && !parts->files[role])
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: this model does not draw: expected encoder and decoder of a DALL·E mini, "
                     "found %s"),
                   model->name,
                   parts->files[PERSEA_ROLE_CODEBOOK]
                     ? parts->files[PERSEA_ROLE_CODEBOOK]->family->name
                     : parts->files[PERSEA_ROLE_CLIP]->family->name);
      return NULL;
    }
  return g_steal_pointer (&parts);
}

PerseaGenerator *
persea_engine_load_generator (PerseaEngine *engine, const char *name, GCancellable *cancellable,
                              GError **error)
{
  g_autoptr (PerseaModelParts) parts = artist_find_parts (name, PERSEA_ROLE_GENERATOR, error);
  PerseaGenerator *generator;

  if (!parts)
    return NULL;
  g_mutex_lock (&engine->lock);
  generator
    = artist_load_generator (engine, parts->files[PERSEA_ROLE_GENERATOR], cancellable, error);
  g_mutex_unlock (&engine->lock);
  return generator;
}

PerseaCodebook *
persea_engine_load_codebook (PerseaEngine *engine, const char *name, GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (PerseaModelParts) parts = artist_find_parts (name, PERSEA_ROLE_CODEBOOK, error);
  PerseaCodebook *codebook;

  if (!parts)
    return NULL;
  if (parts->files[PERSEA_ROLE_GENERATOR] && !persea_model_match (parts, NULL, error))
    return NULL;
  if (!parts->files[PERSEA_ROLE_CODEBOOK])
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: this model has no codebook; it is a %s"),
                   parts->files[PERSEA_ROLE_CLIP]->name,
                   parts->files[PERSEA_ROLE_CLIP]->family->name);
      return NULL;
    }
  g_mutex_lock (&engine->lock);
  codebook = artist_load_codebook (engine, parts->files[PERSEA_ROLE_CODEBOOK], cancellable, error);
  g_mutex_unlock (&engine->lock);
  return codebook;
}

gboolean
persea_engine_load_artist (PerseaEngine     *engine,
                           const char       *name,
                           GCancellable     *cancellable,
                           PerseaGenerator **generator,
                           PerseaCodebook  **codebook,
                           GError          **error)
{
  g_autoptr (PerseaModelParts) parts = artist_find_parts (name, PERSEA_ROLE_GENERATOR, error);
  g_autoptr (PerseaGenerator) drawing = NULL;
  g_autoptr (PerseaCodebook) book = NULL;

  if (!parts || !persea_model_match (parts, NULL, error))
    return FALSE;
  g_mutex_lock (&engine->lock);
  drawing
    = artist_load_generator (engine, parts->files[PERSEA_ROLE_GENERATOR], cancellable, error);
  if (drawing)
    book = artist_load_codebook (engine, parts->files[PERSEA_ROLE_CODEBOOK], cancellable, error);
  g_mutex_unlock (&engine->lock);
  if (!book)
    return FALSE;
  *generator = g_steal_pointer (&drawing);
  *codebook = g_steal_pointer (&book);
  return TRUE;
}
