/* persea-vocabulary-files.c - where vocabularies are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-vocabulary-files.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "persea-error.h"

static char *
find_file (const char *name)
{
  const char *search_path = g_getenv ("PERSEA_VOCABULARY_PATH");
  g_auto (GStrv) folders = g_strsplit (search_path ? search_path : "", ":", -1);
  g_autofree char *file = g_strconcat (name, ".txt", NULL);
  char *path;

  for (char **folder = folders; *folder; folder++)
    {
      path = g_build_filename (*folder, file, NULL);
      if (**folder && g_file_test (path, G_FILE_TEST_EXISTS))
        return path;
      g_free (path);
    }
  path = g_build_filename (g_get_user_data_dir (), "persea", "vocabularies", file, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);
  path = g_build_filename (PERSEA_PKGDATADIR, "vocabularies", file, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);
  return NULL;
}

static char *
find_for_model (const char *model)
{
  g_autofree char *family = g_strndup (model, strcspn (model, "-"));
  char *path = strchr (model, '/') ? NULL : find_file (model);

  if (!path && *family && !strchr (family, '/'))
    path = find_file (family);
  return path ? path : find_file ("default");
}

PerseaVocabulary *
persea_vocabulary_files_load (const char *vocabulary, const char *model, GError **error)
{
  g_autofree char *path = NULL;

  if (!vocabulary)
    path = find_for_model (model);
  else if (strchr (vocabulary, '/') || g_file_test (vocabulary, G_FILE_TEST_EXISTS))
    path = g_strdup (vocabulary);
  else
    path = find_file (vocabulary);

  if (!path)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                   _("%s: there is no such vocabulary, neither as a file nor by name in %s"),
                   vocabulary ? vocabulary : "default", PERSEA_PKGDATADIR "/vocabularies");
      return NULL;
    }
  return persea_vocabulary_load (path, error);
}

char **
persea_vocabulary_files_load_background (void)
{
  g_autofree char *path = find_file ("background");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  if (path && g_file_get_contents (path, &text, NULL, NULL) && g_utf8_validate (text, -1, NULL))
    lines = g_strsplit (text, "\n", PERSEA_VOCABULARY_MAX_TEXTS);
  for (char **line = lines; line && *line; line++)
    {
      g_strstrip (*line);
      if (**line && **line != '#' && strlen (*line) <= PERSEA_VOCABULARY_MAX_TEXT)
        g_strv_builder_add (words, *line);
    }
  return g_strv_builder_end (words);
}
