/* persea-model-match.c - the codebook that a generator was made for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-match.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "models/persea-registry.h"
#include "persea-error.h"
#include "persea-model-store.h"

static gboolean
match_describe (const PerseaModelFiles *files, PerseaModelFacts *facts, GError **error)
{
  return files->family->describe (files, facts, NULL, error);
}

static gboolean
facts_fit (const PerseaModelFacts *generator, const PerseaModelFacts *codebook)
{
  return generator->n_entries == codebook->n_entries && generator->grid == codebook->grid;
}

/* (transfer full) (nullable): the model's codebook, if it fits */
static PerseaModelFiles *
match_take_codebook (const PerseaModel *model, const PerseaModelFacts *generator,
                     PerseaModelFacts *facts)
{
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (model->path, NULL);
  PerseaModelFiles *files = parts ? parts->files[PERSEA_ROLE_CODEBOOK] : NULL;
  PerseaModelFacts found;

  if (!files || !match_describe (files, &found, NULL) || !facts_fit (generator, &found))
    return NULL;
  g_free (files->name);
  files->name = g_strdup (model->name);
  parts->files[PERSEA_ROLE_CODEBOOK] = NULL;
  *facts = found;
  return files;
}

/* (transfer full) (nullable): the only installed codebook that fits */
static PerseaModelFiles *
match_find_installed (const PerseaModelFacts *generator, const char *name, PerseaModelFacts *facts,
                      GError **error)
{
  g_autoptr (GPtrArray) models = persea_model_store_list ();
  g_autoptr (PerseaModelFiles) found = NULL;

  for (unsigned i = 0; i < models->len; i++)
    {
      g_autoptr (PerseaModelFiles) files = match_take_codebook (models->pdata[i], generator, facts);

      if (files && found && strcmp (files->weights[0], found->weights[0]) == 0)
        continue; /* the same one, beside several models */
      if (files && found)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                       _("%s comes without a codebook, and the installed models %s and %s both have "
                         "one that fits; put the right one into a folder “vqgan” in the model’s"),
                       name, found->name, files->name);
          return NULL;
        }
      if (files)
        found = g_steal_pointer (&files);
    }
  if (!found)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("%s comes without a codebook, and no installed one has %u codes, %u × %u of them "
                   "a picture; put the one it was made for into a folder “vqgan” in the model’s"),
                 name, generator->n_entries, generator->grid, generator->grid);
  return g_steal_pointer (&found);
}

/* The size of pictures is often a guess, and any grid can be decoded: only the codes must be as many */
static gboolean
match_own (const PerseaModelFiles *files, const PerseaModelFacts *generator, const char *name,
           PerseaModelFacts *facts, GError **error)
{
  if (!match_describe (files, facts, error))
    return FALSE;
  if (generator->n_entries == facts->n_entries)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               _("%s: the generator draws with %u codes, but the codebook beside it has %u: it was "
                 "not made for this generator"),
               name, generator->n_entries, facts->n_entries);
  return FALSE;
}

gboolean
persea_model_match (PerseaModelParts *parts, PerseaModelFacts *facts, GError **error)
{
  const PerseaModelFiles *generator = parts->files[PERSEA_ROLE_GENERATOR];
  PerseaModelFiles **codebook = &parts->files[PERSEA_ROLE_CODEBOOK];
  PerseaModelFacts found[PERSEA_N_ROLES] = { 0 };

  if (!match_describe (generator, &found[PERSEA_ROLE_GENERATOR], error))
    return FALSE;
  if (*codebook && !match_own (*codebook, &found[PERSEA_ROLE_GENERATOR], generator->name,
                               &found[PERSEA_ROLE_CODEBOOK], error))
    return FALSE;
  if (!*codebook)
    *codebook = match_find_installed (&found[PERSEA_ROLE_GENERATOR], generator->name,
                                      &found[PERSEA_ROLE_CODEBOOK], error);
  for (int role = 0; facts && *codebook && role < PERSEA_N_ROLES; role++)
    facts[role] = found[role];
  return *codebook != NULL;
}
