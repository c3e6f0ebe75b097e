/* persea-inputs.c - the pictures that a command line names
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-inputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "persea-error.h"
#include "persea-folder-rules.h"
#include "persea-ignore-file.h"
#include "persea-image-file.h"

/* folders within folders; deeper trees are a mistake or an attack */
#define MAX_DEPTH 100

struct _PerseaInputs
{
  GPtrArray            *paths; /* of char *; %NULL where one was given out */
  size_t                next;
  GHashTable           *visited; /* "device:inode" of folders */
  PerseaIgnoreFiles    *ignores; /* (nullable): of the named folder that is looked into */
  PerseaInputsFailFunc  fail;
  gpointer              user_data;
  GCancellable         *cancellable;
};

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
inputs_fail (PerseaInputs *inputs, const char *path, int number)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, g_io_error_from_errno (number),
                                                  g_strerror (number));

  inputs->fail (path, error, inputs->user_data);
}

static gboolean
inputs_is_new_folder (PerseaInputs *inputs, const struct stat *status)
{
  return g_hash_table_add (inputs->visited,
                           g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                            (guint64) status->st_dev, (guint64) status->st_ino));
}

static void inputs_add_folder (PerseaInputs *inputs, const char *folder, unsigned depth);

static gboolean
inputs_wants_file (const char *name)
{
  return persea_folder_rules_wants_file (name)
         || (persea_image_is_untrusted_allowed () && persea_folder_rules_wants_untrusted (name));
}

/* Something that was found in a folder, not named by the user. */
static void
inputs_add_found (PerseaInputs *inputs, char *path, const char *name, unsigned depth)
{
  struct stat status;

  if (lstat (path, &status) != 0)
    return; /* it has just vanished */
  if (persea_ignore_files_cover (inputs->ignores, path, S_ISDIR (status.st_mode)))
    return;
  if (S_ISDIR (status.st_mode) && persea_folder_rules_wants_folder (name))
    inputs_add_folder (inputs, path, depth + 1);
  else if (S_ISREG (status.st_mode) && inputs_wants_file (name))
    g_ptr_array_add (inputs->paths, g_strdup (path));
}

static void
inputs_add_folder (PerseaInputs *inputs, const char *folder, unsigned depth)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  struct stat status;
  GDir *dir;
  const char *name;

  if (g_cancellable_is_cancelled (inputs->cancellable)
      || stat (folder, &status) != 0 || !inputs_is_new_folder (inputs, &status)
      || persea_folder_rules_is_marked (folder))
    return;
  if (depth > MAX_DEPTH)
    {
      g_autoptr (GError) error = g_error_new (PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                                              _("folders are nested deeper than %d"), MAX_DEPTH);

      inputs->fail (folder, error, inputs->user_data);
      return;
    }

  errno = 0;
  dir = g_dir_open (folder, 0, NULL);
  if (!dir)
    {
      inputs_fail (inputs, folder, errno ? errno : EIO);
      return;
    }
  persea_ignore_files_read (inputs->ignores, folder);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_dir_close (dir);
  g_ptr_array_sort (names, compare_names);
  for (unsigned i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);

      inputs_add_found (inputs, path, names->pdata[i], depth);
    }
}

static void
inputs_add_named (PerseaInputs *inputs, const char *path, gboolean recursive)
{
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    g_ptr_array_add (inputs->paths, g_strdup (path));
  else if (recursive)
    {
      inputs->ignores = persea_ignore_files_new (path);
      inputs_add_folder (inputs, path, 0);
      g_clear_pointer (&inputs->ignores, persea_ignore_files_free);
    }
  else
    {
      g_autoptr (GError) error = g_error_new_literal (PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                                                      _("this is a folder; use -r to look into it"));

      inputs->fail (path, error, inputs->user_data);
    }
}

static void
list_set_error (const char *list, int number, GError **error)
{
  g_autofree char *name = g_filename_display_name (list);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", name, g_strerror (number));
}

/* one name a line, as find(1) writes them */
static gboolean
inputs_add_list (PerseaInputs *inputs, const char *list, gboolean recursive, GError **error)
{
  FILE *file = strcmp (list, "-") == 0 ? stdin : g_fopen (list, "re");
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  gboolean read = FALSE;

  if (!file)
    {
      list_set_error (list, errno, error);
      return FALSE;
    }
  while (!g_cancellable_is_cancelled (inputs->cancellable) && (length = getline (&line, &size, file)) >= 0)
    {
      if (length > 0 && line[length - 1] == '\n')
        line[length - 1] = '\0';
      if (*line)
        inputs_add_named (inputs, line, recursive);
    }
  if (ferror (file) && !g_cancellable_is_cancelled (inputs->cancellable))
    list_set_error (list, errno, error);
  else
    read = TRUE;
  free (line);
  if (file != stdin)
    fclose (file);
  return read;
}

PerseaInputs *
persea_inputs_new (const char *const     *names,
                   const char            *list,
                   gboolean               recursive,
                   PerseaInputsFailFunc   fail,
                   gpointer               user_data,
                   GCancellable          *cancellable,
                   GError               **error)
{
  g_autoptr (PerseaInputs) inputs = g_new0 (PerseaInputs, 1);

  inputs->paths = g_ptr_array_new_with_free_func (g_free);
  inputs->visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  inputs->fail = fail;
  inputs->user_data = user_data;
  inputs->cancellable = cancellable;
  for (; names && *names; names++)
    inputs_add_named (inputs, *names, recursive);
  if (list && !inputs_add_list (inputs, list, recursive, error))
    return NULL;
  return g_steal_pointer (&inputs);
}

void
persea_inputs_free (PerseaInputs *inputs)
{
  if (!inputs)
    return;

  g_ptr_array_unref (inputs->paths);
  g_hash_table_unref (inputs->visited);
  g_free (inputs);
}

size_t
persea_inputs_get_total (PerseaInputs *inputs)
{
  return inputs->paths->len;
}

char *
persea_inputs_next (PerseaInputs *inputs)
{
  if (inputs->next >= inputs->paths->len)
    return NULL;
  return g_steal_pointer (&inputs->paths->pdata[inputs->next++]);
}
