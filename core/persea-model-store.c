/* persea-model-store.c - where models are, by name
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-store.h"

#include "persea-error.h"
#include "persea-model-parts.h"

#include <string.h>

#include <glib/gi18n-lib.h>

void
persea_model_free (PerseaModel *model)
{
  if (!model)
    return;
  g_free (model->name);
  g_free (model->path);
  g_free (model->folder);
  g_free (model);
}

char *
persea_model_store_get_own_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "persea", "models", NULL);
}

static int
model_compare (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(PerseaModel *const *) a)->name, (*(PerseaModel *const *) b)->name);
}

static gboolean
models_have (GPtrArray *models, const char *name)
{
  for (unsigned i = 0; i < models->len; i++)
    if (strcmp (((PerseaModel *) models->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

static void
store_list (const char *store, gboolean is_own, GPtrArray *models)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  g_autoptr (GDir) folder = g_dir_open (store, 0, NULL);

  for (const char *name; folder && (name = g_dir_read_name (folder));)
    {
      g_autofree char *path = g_build_filename (store, name, NULL);

      if (name[0] == '.' || !g_file_test (path, G_FILE_TEST_IS_DIR) || models_have (models, name))
        continue;
      PerseaModel *model = g_new0 (PerseaModel, 1);
      model->name = g_strdup (name);
      model->folder = g_strdup (path);
      model->path = g_steal_pointer (&path);
      model->is_own = is_own;
      g_ptr_array_add (found, model);
    }
  g_ptr_array_sort (found, model_compare);
  for (unsigned i = 0; i < found->len; i++)
    g_ptr_array_add (models, found->pdata[i]);
}

GPtrArray *
persea_model_store_list (void)
{
  GPtrArray *models = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_model_free);
  const char *variable = g_getenv ("PERSEA_MODEL_PATH");
  g_auto (GStrv) stores = g_strsplit (variable ? variable : "", G_SEARCHPATH_SEPARATOR_S, -1);
  g_autofree char *own = persea_model_store_get_own_folder ();
  g_autofree char *shipped = g_build_filename (PERSEA_PKGDATADIR, "models", NULL);

  for (char **store = stores; *store; store++)
    if (**store)
      store_list (*store, FALSE, models);
  store_list (own, TRUE, models);
  store_list (shipped, FALSE, models);
  return models;
}

static PerseaModel *
model_new_for_path (const char *path)
{
  PerseaModel *model = g_new0 (PerseaModel, 1);
  g_autofree char *name = g_path_get_basename (path);
  char *suffix = strrchr (name, '.');

  model->path = g_canonicalize_filename (path, NULL);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      model->folder = g_strdup (model->path);
      g_free (name);
      name = g_path_get_basename (model->path); /* "." has no name of its own */
    }
  else
    {
      model->folder = g_path_get_dirname (model->path);
      if (suffix && suffix != name)
        *suffix = '\0';
    }
  model->name = g_steal_pointer (&name);
  return model;
}

static char *
models_describe (GPtrArray *models)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < models->len; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", ((PerseaModel *) models->pdata[i])->name);
  if (models->len == 0)
    g_string_append (text, _("none"));
  return g_string_free (text, FALSE);
}

static PerseaModel *
models_steal (GPtrArray *models, const char *name)
{
  for (unsigned i = 0; i < models->len; i++)
    if (strcmp (((PerseaModel *) models->pdata[i])->name, name) == 0)
      return g_ptr_array_steal_index (models, i);
  return NULL;
}

/* For each role, who says what the default is, and the model that comes with Persea */
static const struct
{
  const char *variable;
  const char *orchard;
} store_defaults[PERSEA_N_ROLES] = {
  [PERSEA_ROLE_CLIP] = { "PERSEA_MODEL", PERSEA_MODEL_ORCHARD },
  [PERSEA_ROLE_GENERATOR] = { "PERSEA_DRAWING_MODEL", PERSEA_MODEL_ORCHARD_DALLE },
  [PERSEA_ROLE_CODEBOOK] = { "PERSEA_DRAWING_MODEL", PERSEA_MODEL_ORCHARD_DALLE },
};

static gboolean
model_is_orchard (const PerseaModel *model)
{
  return strcmp (model->name, PERSEA_MODEL_ORCHARD) == 0
         || strcmp (model->name, PERSEA_MODEL_ORCHARD_DALLE) == 0;
}

/* Whether a model may be the default for a role.  One that cannot be told is taken for a CLIP: to
 * say what is wrong with it is better than to take another in silence. */
static gboolean
model_may_be (const PerseaModel *model, PerseaModelRole role)
{
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (model->path, NULL);

  /* a codebook that was installed alone is nobody's default */
  if (role == PERSEA_ROLE_CODEBOOK)
    role = PERSEA_ROLE_GENERATOR;
  return parts ? parts->files[role] != NULL : role == PERSEA_ROLE_CLIP;
}

static PerseaModel *
models_steal_default (GPtrArray *models, PerseaModelRole role)
{
  for (unsigned i = 0; i < models->len; i++)
    if (!model_is_orchard (models->pdata[i]) && model_may_be (models->pdata[i], role))
      return g_ptr_array_steal_index (models, i);
  return models_steal (models, store_defaults[role].orchard);
}

/* (transfer full): where models are looked for, as store_list () is called above */
static char *
store_describe_folders (void)
{
  const char *variable = g_getenv ("PERSEA_MODEL_PATH");
  g_auto (GStrv) stores = g_strsplit (variable ? variable : "", G_SEARCHPATH_SEPARATOR_S, -1);
  g_autofree char *own = persea_model_store_get_own_folder ();
  GString *text = g_string_new (NULL);

  for (char **store = stores; *store; store++)
    if (**store)
      g_string_append_printf (text, "%s, ", *store);
  g_string_append_printf (text, "%s, %s/models", own, PERSEA_PKGDATADIR);
  return g_string_free (text, FALSE);
}

PerseaModel *
persea_model_store_find_for (const char *name, PerseaModelRole role, GError **error)
{
  g_autoptr (GPtrArray) models = persea_model_store_list ();
  const char *variable = g_getenv (store_defaults[role].variable);
  PerseaModel *model = NULL;

  if (!name && variable && *variable)
    name = variable;
  if (!name)
    model = models_steal_default (models, role);
  else if (!strchr (name, G_DIR_SEPARATOR))
    model = models_steal (models, name);
  if (!model && name && g_file_test (name, G_FILE_TEST_EXISTS))
    model = model_new_for_path (name);
  if (model)
    return model;

  g_autofree char *found = models_describe (models);
  g_autofree char *folders = store_describe_folders ();
  if (name)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("no model “%s”: neither a path nor one of the installed models (%s)"), name, found);
  else if (role == PERSEA_ROLE_CLIP)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("no model is installed that looks at pictures (there is: %s; looked for in %s). “persea models add "
                   "PATH” in a terminal installs one."),
                 found, folders);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("no model that draws is installed (there is: %s; looked for in %s). “persea models add PATH” in a "
                   "terminal installs one."),
                 found, folders);
  return NULL;
}

PerseaModel *
persea_model_store_find (const char *name, GError **error)
{
  return persea_model_store_find_for (name, PERSEA_ROLE_CLIP, error);
}
