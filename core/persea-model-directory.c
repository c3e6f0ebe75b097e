/* persea-model-directory.c - the files of one model
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-directory.h"

#include <string.h>

#include "persea-error.h"

static const char *const directory_weights[] = {
  "open_clip_model.safetensors",
  "open_clip_pytorch_model.safetensors",
  "open_clip_model.safetensors.index.json",
  "open_clip_pytorch_model.bin",
  "open_clip_pytorch_model.bin.index.json",
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
};

static const char *const directory_suffixes[] = { ".safetensors", ".pt", ".pth", ".bin", ".ckpt" };

void
persea_model_directory_free (PerseaModelDirectory *directory)
{
  if (directory == NULL)
    return;
  g_free (directory->name);
  g_free (directory->folder);
  g_free (directory->weights);
  g_free (directory);
}

char *
persea_model_directory_find (const PerseaModelDirectory *directory, const char *file_name)
{
  g_autofree char *path = g_build_filename (directory->folder, file_name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

char *
persea_model_directory_strip_suffix (const char *file_name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (directory_suffixes); i++)
    if (g_str_has_suffix (file_name, directory_suffixes[i]) && *file_name != '.')
      return g_strndup (file_name, strlen (file_name) - strlen (directory_suffixes[i]));
  return NULL;
}

/* Takes the only checkpoint in the folder */
static gboolean
directory_take_only (PerseaModelDirectory *directory, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (directory->folder, 0, error);
  g_autofree char *found = NULL;
  const char *name;

  if (folder == NULL)
    return FALSE;
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *stripped = persea_model_directory_strip_suffix (name);

      if (stripped == NULL)
        continue;
      if (found != NULL)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       "%s: expected one checkpoint, found %s and %s", directory->folder, found,
                       name);
          return FALSE;
        }
      found = g_strdup (name);
    }
  if (found == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                   "%s: no checkpoint in this folder (.safetensors, .pt, .pth, .bin, .ckpt)",
                   directory->folder);
      return FALSE;
    }
  directory->weights = g_build_filename (directory->folder, found, NULL);
  return TRUE;
}

PerseaModelDirectory *
persea_model_directory_open (const char *path, GError **error)
{
  g_autoptr (PerseaModelDirectory) directory = g_new0 (PerseaModelDirectory, 1);
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  if (!g_file_test (absolute, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, "%s: no such file or folder",
                   path);
      return NULL;
    }
  directory->is_folder = g_file_test (absolute, G_FILE_TEST_IS_DIR);
  directory->name = g_path_get_basename (absolute);
  if (!directory->is_folder)
    {
      char *stripped = persea_model_directory_strip_suffix (directory->name);

      if (stripped != NULL)
        {
          g_free (directory->name);
          directory->name = stripped;
        }
      directory->folder = g_path_get_dirname (absolute);
      directory->weights = g_steal_pointer (&absolute);
      return g_steal_pointer (&directory);
    }

  directory->folder = g_steal_pointer (&absolute);
  for (size_t i = 0; i < G_N_ELEMENTS (directory_weights) && directory->weights == NULL; i++)
    directory->weights = persea_model_directory_find (directory, directory_weights[i]);
  if (directory->weights == NULL && !directory_take_only (directory, error))
    return NULL;
  return g_steal_pointer (&directory);
}
