/* persea-model-parts.c - which of a model's roles lies in which files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-parts.h"

#include <string.h>

#include "models/persea-registry.h"
#include "persea-error.h"
#include "persea-model-directory.h"

#define PARTS_MAX_WEIGHTS 2
#define PARTS_VQGAN       "vqgan"

static const char *const parts_suffixes[] = {
  ".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".msgpack",
};

/* Names that are tried, without suffixes, in this order.  What lies beside the weights is tried
 * with the names in turn: a folder may hold more than one generator. */
static const struct
{
  PerseaModelRole role;
  const char     *weights[PARTS_MAX_WEIGHTS];
  const char     *configs[2];
  const char     *vocabularies[2];
  const char     *merges[2];
  const char     *words[2];
} parts_rows[] = {
  { PERSEA_ROLE_GENERATOR, { "encoder", "decoder" }, { "config.json" }, { "vocab.json" },
    { "merges.txt" } },
  { PERSEA_ROLE_GENERATOR, { "encoder_mini", "decoder_mini" }, { "config_mini.json" },
    { "vocab_mini.json", "vocab.json" }, { "merges_mini.txt", "merges.txt" } },
  { PERSEA_ROLE_GENERATOR, { "flax_model" }, { "config.json" }, { "vocab.json" }, { "merges.txt" },
    { "enwiki-words-frequency.txt" } },
  { PERSEA_ROLE_CODEBOOK, { "detoker" } },
  { PERSEA_ROLE_CODEBOOK, { "vqgan" }, { "vqgan.yaml" } },
  { PERSEA_ROLE_CODEBOOK, { "flax_model" }, { "config.json" } },
  { PERSEA_ROLE_CODEBOOK, { "model" }, { "config.json", "model.yaml" } },
  { PERSEA_ROLE_CODEBOOK, { "last" }, { "config.json", "model.yaml" } },
  { PERSEA_ROLE_CODEBOOK, { "encoder", "decoder" } },
  { PERSEA_ROLE_CODEBOOK, { "decoder" } },
};

static const char *const role_names[PERSEA_N_ROLES] = {
  [PERSEA_ROLE_CLIP] = "clip",
  [PERSEA_ROLE_GENERATOR] = "generator",
  [PERSEA_ROLE_CODEBOOK] = "codebook",
};

/* One search: in a folder, perhaps for the one file that was named */
typedef struct
{
  const char      *folder;
  const char      *only;  /* (nullable) */
  PerseaModelRole  role;
  GError          *error; /* the first thing that was wrong; it counts if nothing is found */
  gboolean         in_pair; /* it was wrong with one of two files, whose names say what they are */
} PartsSearch;

const char *
persea_model_role_name (PerseaModelRole role)
{
  g_return_val_if_fail (role < PERSEA_N_ROLES, "?");

  return role_names[role];
}

void
persea_model_parts_free (PerseaModelParts *parts)
{
  if (!parts)
    return;
  for (int role = 0; role < PERSEA_N_ROLES; role++)
    persea_model_files_free (parts->files[role]);
  g_free (parts);
}

static char *
parts_find_file (const char *folder, const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

static char *
parts_find_first (const char *folder, const char *const names[2])
{
  char *path = names[0] ? parts_find_file (folder, names[0], "") : NULL;

  return path || !names[1] ? path : parts_find_file (folder, names[1], "");
}

/* Takes @error */
static void
parts_note (PartsSearch *search, GError *error, gboolean in_pair)
{
  search->in_pair |= in_pair;
  if (search->error)
    g_error_free (error);
  else
    search->error = error;
}

/* Whom the files are of, judged by their tensors */
static const PerseaModelFamily *
parts_recognize (PartsSearch *search, const char *const *weights)
{
  g_autoptr (GPtrArray) checkpoints
    = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_checkpoint_unref);

  for (size_t i = 0; weights[i]; i++)
    {
      GError *error = NULL;
      PerseaCheckpoint *checkpoint = persea_checkpoint_open (weights[i], &error);

      if (!checkpoint)
        {
          parts_note (search, error, weights[0] && weights[1]);
          return NULL;
        }
      g_ptr_array_add (checkpoints, checkpoint);
    }
  for (size_t i = 0; persea_families[i]; i++)
    if (persea_families[i]->role == search->role
        && persea_families[i]->recognize ((PerseaCheckpoint *const *) checkpoints->pdata,
                                          checkpoints->len))
      return persea_families[i];
  return NULL;
}

static PerseaModelFiles *
parts_try_weights (PartsSearch *search, GStrv weights)
{
  const PerseaModelFamily *family = parts_recognize (search, (const char *const *) weights);

  if (!family)
    return NULL;
  PerseaModelFiles *files = g_new0 (PerseaModelFiles, 1);
  files->family = family;
  files->folder = g_strdup (search->folder);
  files->weights = g_strdupv (weights);
  return files;
}

/* One half of a pair without the other: a mistake if nothing else is found */
static void
parts_note_half (PartsSearch *search, const char *there, const char *missing, const char *suffix)
{
  parts_note (search,
              g_error_new (PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "%s: expected %s%s beside it, found no such file", there, missing,
                           suffix),
              TRUE);
}

/* (transfer full) (nullable): all files of a row with this suffix */
static GStrv
parts_find_weights (PartsSearch *search, size_t row, const char *suffix)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *missing = NULL;
  gboolean chosen = search->only == NULL;
  g_autofree char *there = NULL;

  for (size_t i = 0; i < PARTS_MAX_WEIGHTS && parts_rows[row].weights[i]; i++)
    {
      g_autofree char *path = parts_find_file (search->folder, parts_rows[row].weights[i], suffix);
      g_autofree char *name = path ? g_path_get_basename (path) : NULL;

      chosen = chosen || g_strcmp0 (name, search->only) == 0;
      if (!path)
        {
          missing = parts_rows[row].weights[i];
          continue;
        }
      g_strv_builder_add (builder, path);
      g_free (there);
      there = g_steal_pointer (&path);
    }
  if (!there || !chosen)
    return NULL;
  if (missing)
    {
      /* of OpenAI's .pkl files, which are no generator, the decoder alone will do */
      if (search->role == PERSEA_ROLE_GENERATOR && strcmp (suffix, ".pkl") != 0)
        parts_note_half (search, there, missing, suffix);
      return NULL;
    }
  return g_strv_builder_end (builder);
}

static PerseaModelFiles *
parts_try_row (PartsSearch *search, size_t row)
{
  PerseaModelFiles *files = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (parts_suffixes) && !files; i++)
    {
      g_auto (GStrv) weights = parts_find_weights (search, row, parts_suffixes[i]);

      if (weights)
        files = parts_try_weights (search, weights);
    }
  if (files)
    {
      files->config = parts_find_first (search->folder, parts_rows[row].configs);
      files->vocabulary = parts_find_first (search->folder, parts_rows[row].vocabularies);
      files->merges = parts_find_first (search->folder, parts_rows[row].merges);
      files->words = parts_find_first (search->folder, parts_rows[row].words);
    }
  return files;
}

/* The file that was named, or the only one in the folder, whatever its name */
static PerseaModelFiles *
parts_try_any (PartsSearch *search)
{
  static const char *const configs[] = { "config.json", "model.yaml" };
  g_autoptr (PerseaModelDirectory) directory = NULL;
  g_autofree char *path
    = search->only ? g_build_filename (search->folder, search->only, NULL) : NULL;

  directory = persea_model_directory_open (path ? path : search->folder, NULL);
  if (!directory)
    return NULL;
  PerseaModelFiles *files
    = parts_try_weights (search, (char *[]) { directory->weights, NULL });
  if (files)
    files->config = parts_find_first (search->folder, configs);
  return files;
}

/* All rows of a role are asked, since two that match are one too many */
static PerseaModelFiles *
parts_search (PartsSearch *search)
{
  g_autoptr (PerseaModelFiles) found = NULL;

  for (size_t row = 0; row < G_N_ELEMENTS (parts_rows); row++)
    {
      if (parts_rows[row].role != search->role || (found && search->role == PERSEA_ROLE_CODEBOOK))
        continue;
      g_autoptr (PerseaModelFiles) files = parts_try_row (search, row);
      if (files && found)
        {
          g_autofree char *first = g_path_get_basename (found->weights[0]);
          g_autofree char *second = g_path_get_basename (files->weights[0]);

          g_clear_error (&search->error);
          parts_note (search,
                      g_error_new (PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                                   "%s: two generators, one with %s and one with %s; choose one by "
                                   "the path of that file", search->folder, first, second),
                      TRUE);
          return NULL;
        }
      if (files)
        found = g_steal_pointer (&files);
    }
  if (!found && search->role != PERSEA_ROLE_GENERATOR)
    found = parts_try_any (search);
  if (found)
    {
      g_clear_error (&search->error);
      search->in_pair = FALSE;
    }
  return g_steal_pointer (&found);
}

/* @relative: (nullable): a folder as seen from @folder; @error gets what was wrong, if it is still
 * NULL.  Returns: whether nothing was wrong with files whose names say what they are */
static gboolean
parts_search_in (const char *folder, const char *relative, const char *only, PerseaModelRole role,
                 PerseaModelFiles **files, GError **error)
{
  g_autofree char *joined = relative ? g_build_filename (folder, relative, NULL) : g_strdup (folder);
  g_autofree char *place = g_canonicalize_filename (joined, NULL);
  PartsSearch search = { .folder = place, .only = only, .role = role };

  if (!*files && (!relative || g_file_test (place, G_FILE_TEST_IS_DIR)))
    *files = parts_search (&search);
  if (search.error && !*error)
    *error = g_steal_pointer (&search.error);
  g_clear_error (&search.error);
  return !search.in_pair;
}

/* Nothing was recognised: says why, as somebody who looked for a CLIP would */
static void
parts_explain (const char *path, GError **error)
{
  g_autoptr (PerseaModelDirectory) directory = NULL;
  g_autoptr (PerseaCheckpoint) checkpoint = NULL;

  if (*error)
    return;
  directory = persea_model_directory_open (path, error);
  checkpoint = directory ? persea_checkpoint_open (directory->weights, error) : NULL;
  if (checkpoint)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                 "%s: neither a CLIP, nor a generator, nor a codebook that we know",
                 directory->weights);
}

PerseaModelParts *
persea_model_parts_find (const char *path, GError **error)
{
  g_autoptr (PerseaModelParts) parts = g_new0 (PerseaModelParts, 1);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  gboolean is_folder = g_file_test (absolute, G_FILE_TEST_IS_DIR);
  g_autofree char *folder = is_folder ? g_strdup (absolute) : g_path_get_dirname (absolute);
  g_autofree char *only = is_folder ? NULL : g_path_get_basename (absolute);
  g_autoptr (GError) wrong = NULL;
  gboolean found = FALSE;

  PerseaModelFiles **files = parts->files;
  if (!parts_search_in (folder, NULL, only, PERSEA_ROLE_GENERATOR, &files[PERSEA_ROLE_GENERATOR],
                        &wrong))
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return NULL;
    }

  /* a generator's codebook is with it, in a folder of its own, or beside it */
  gboolean has_generator = files[PERSEA_ROLE_GENERATOR] != NULL;
  parts_search_in (folder, NULL, has_generator ? NULL : only, PERSEA_ROLE_CODEBOOK,
                   &files[PERSEA_ROLE_CODEBOOK], &wrong);
  if (has_generator || is_folder)
    parts_search_in (folder, PARTS_VQGAN, NULL, PERSEA_ROLE_CODEBOOK, &files[PERSEA_ROLE_CODEBOOK],
                     &wrong);
  if (has_generator)
    parts_search_in (folder, "../" PARTS_VQGAN, NULL, PERSEA_ROLE_CODEBOOK,
                     &files[PERSEA_ROLE_CODEBOOK], &wrong);
  else
    parts_search_in (folder, NULL, only, PERSEA_ROLE_CLIP, &files[PERSEA_ROLE_CLIP], &wrong);

  for (int role = 0; role < PERSEA_N_ROLES; role++)
    if (files[role])
      {
        files[role]->name = g_path_get_basename (absolute);
        found = TRUE;
      }
  if (found)
    return g_steal_pointer (&parts);
  parts_explain (path, &wrong);
  g_propagate_error (error, g_steal_pointer (&wrong));
  return NULL;
}
