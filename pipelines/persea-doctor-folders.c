/* persea-doctor-folders.c - configuration, data, caches and watched folders
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-doctor.h"

#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "persea-settings.h"

#define SCARCE ((uint64_t) 1 << 30) /* bytes: below that a disk counts as full */

static void
folders_add (GPtrArray *findings, PerseaFindingState state, const char *about, char *text, char *mend)
{
  persea_doctor_add (findings, PERSEA_DOCTOR_FOLDERS, state, about, text, mend);
}

/* (transfer full): the folder, or the nearest one above it that is there */
static char *
folders_find_existing (const char *path)
{
  char *folder = g_strdup (path);

  while (!g_file_test (folder, G_FILE_TEST_EXISTS))
    {
      char *above = g_path_get_dirname (folder);

      g_free (folder);
      folder = above;
    }
  return folder;
}

/* %FALSE if the file system does not say */
static gboolean
folders_get_free (const char *path, uint64_t *n_bytes)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, NULL);

  if (!info || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    return FALSE;
  *n_bytes = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  return TRUE;
}

static void
folders_look_at_space (GPtrArray *findings, const char *path, const char *folder)
{
  uint64_t n_bytes = 0;
  g_autofree char *size = NULL;

  if (!folders_get_free (folder, &n_bytes))
    {
      folders_add (findings, PERSEA_FINDING_WELL, path, g_strdup (_("can be written to")), NULL);
      return;
    }
  size = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
  if (n_bytes < SCARCE)
    folders_add (findings, PERSEA_FINDING_PROBLEM, path, g_strdup_printf (_("only %s are free on its disk"), size),
                 g_strdup (_("Make room; 'persea cache clear' removes what Persea can make again.")));
  else
    folders_add (findings, PERSEA_FINDING_WELL, path, g_strdup_printf (_("can be written to; %s are free"), size),
                 NULL);
}

/* A folder that is not there yet is made when it is needed. */
static void
folders_look_at_own (GPtrArray *findings, const char *path)
{
  g_autofree char *folder = folders_find_existing (path);
  g_autofree char *shown = g_filename_display_name (folder);

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    folders_add (findings, PERSEA_FINDING_PROBLEM, path, g_strdup_printf (_("%s is no folder"), shown),
                 g_strdup_printf (_("Move it away: mv %s %s.old"), shown, shown));
  else if (g_access (folder, R_OK | W_OK | X_OK) != 0)
    folders_add (findings, PERSEA_FINDING_PROBLEM, path, g_strdup_printf (_("you may not write to %s"), shown),
                 g_strdup_printf (_("Make it yours: sudo chown -R %s %s"), g_get_user_name (), shown));
  else
    folders_look_at_space (findings, path, folder);
}

static void
folders_look_at_settings (GPtrArray *findings, const char *path, const PerseaSettings *settings)
{
  for (unsigned i = 0; i < settings->errors->len; i++)
    folders_add (findings, PERSEA_FINDING_PROBLEM, path, g_strdup (settings->errors->pdata[i]),
                 g_strdup (_("persea.conf(5) explains what may stand there.")));
  if (settings->errors->len > 0)
    return;
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    folders_add (findings, PERSEA_FINDING_WELL, path, g_strdup (_("has no mistakes")), NULL);
  else
    folders_add (findings, PERSEA_FINDING_WELL, path,
                 g_strdup (_("is not there, so everything is as it comes and no folder is watched")), NULL);
}

static void
folders_look_at_watch (GPtrArray *findings, const PerseaWatchSettings *watch)
{
  if (!g_file_test (watch->folder, G_FILE_TEST_IS_DIR))
    folders_add (findings, PERSEA_FINDING_PROBLEM, watch->folder,
                 g_strdup_printf (_("the watched folder “%s” is not there"), watch->name),
                 g_strdup (_("Make it, connect its disk, or take it out of persea.conf.")));
  else if (g_access (watch->folder, R_OK | X_OK) != 0)
    folders_add (findings, PERSEA_FINDING_PROBLEM, watch->folder,
                 g_strdup_printf (_("you may not look into the watched folder “%s”"), watch->name),
                 g_strdup (_("Ask its owner for the permission.")));
  else if (g_access (watch->folder, W_OK) != 0)
    folders_add (findings, PERSEA_FINDING_PROBLEM, watch->folder,
                 g_strdup_printf (_("nothing can be written to the watched folder “%s”"), watch->name),
                 g_strdup (_("Ask its owner for the permission.")));
  else
    folders_add (findings, PERSEA_FINDING_WELL, watch->folder,
                 g_strdup_printf (_("the watched folder “%s” can be read and written"), watch->name), NULL);
}

void
persea_doctor_folders_look (GPtrArray *findings)
{
  g_autofree char *conf = persea_settings_default_path ();
  g_autofree char *data = g_build_filename (g_get_user_data_dir (), "persea", NULL);
  g_autofree char *cache = g_build_filename (g_get_user_cache_dir (), "persea", NULL);
  g_autoptr (PerseaSettings) settings = persea_settings_load (conf);

  folders_look_at_settings (findings, conf, settings);
  folders_look_at_own (findings, data);
  folders_look_at_own (findings, cache);
  for (unsigned i = 0; i < settings->watches->len; i++)
    folders_look_at_watch (findings, settings->watches->pdata[i]);
}
