/* persea-folder-wait.c - a watch on the nearest folder above
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-folder-wait.h"

#include "persea-inotify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

/* parts of the path may appear, and vanish, while they are being looked for */
#define WAIT_MAX_LOOKS 100

struct _PerseaFolderWait
{
  char                *folder;
  PerseaFolderWaitFunc func;
  gpointer             user_data;
  PerseaInotify       *inotify; /* (nullable) */
  char                *above;   /* (nullable): what is watched, without links */
  char                *next;    /* the name that is waited for in it */
  unsigned             source;
};

static void wait_watch (PerseaFolderWait *wait);

static gboolean
wait_look (gpointer user_data)
{
  PerseaFolderWait *wait = user_data;

  wait->source = 0;
  if (g_file_test (wait->folder, G_FILE_TEST_IS_DIR))
    wait->func (wait->user_data);
  else
    wait_watch (wait);
  return G_SOURCE_REMOVE;
}

static void
wait_event (const char *folder, const char *name, uint32_t mask, gpointer user_data)
{
  PerseaFolderWait *wait = user_data;
  gboolean is_next = name != NULL && g_strcmp0 (name, wait->next) == 0;

  if ((mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0 || (name != NULL && !is_next))
    return;
  /* not here: inotify is in the middle of its events */
  if (wait->source == 0)
    wait->source = g_idle_add (wait_look, wait);
}

/* The nearest folder above @folder that is there, without links; *next is what it lacks. */
static char *
wait_find_above (const char *folder, char **next)
{
  g_autofree char *path = g_strdup (folder);

  for (;;)
    {
      g_autofree char *above = g_path_get_dirname (path);
      char *real = realpath (above, NULL);

      if (real != NULL || strcmp (above, path) == 0)
        {
          char *result = g_strdup (real != NULL ? real : "/");

          *next = g_path_get_basename (path);
          free (real);
          return result;
        }
      g_free (path);
      path = g_steal_pointer (&above);
    }
}

/* Watches, and looks once more: the folder may have come in between. */
static void
wait_watch (PerseaFolderWait *wait)
{
  g_clear_pointer (&wait->inotify, persea_inotify_free);
  wait->inotify = persea_inotify_new (1, wait_event, wait, NULL);
  for (unsigned i = 0; wait->inotify != NULL && i < WAIT_MAX_LOOKS; i++)
    {
      g_autofree char *next = NULL;
      g_autofree char *above = wait_find_above (wait->folder, &next);

      if (i > 0 && strcmp (above, wait->above) == 0 && strcmp (next, wait->next) == 0)
        break;
      if (wait->above != NULL)
        persea_inotify_remove_tree (wait->inotify, wait->above);
      g_free (wait->above);
      g_free (wait->next);
      wait->above = g_steal_pointer (&above);
      wait->next = g_steal_pointer (&next);
      persea_inotify_add (wait->inotify, wait->above, NULL);
    }
  if (wait->source == 0 && g_file_test (wait->folder, G_FILE_TEST_IS_DIR))
    wait->source = g_idle_add (wait_look, wait);
}

PerseaFolderWait *
persea_folder_wait_new (const char *folder, PerseaFolderWaitFunc func, gpointer user_data)
{
  PerseaFolderWait *wait = g_new0 (PerseaFolderWait, 1);

  wait->folder = g_strdup (folder);
  wait->func = func;
  wait->user_data = user_data;
  wait_watch (wait);
  return wait;
}

void
persea_folder_wait_free (PerseaFolderWait *wait)
{
  if (wait == NULL)
    return;
  g_clear_handle_id (&wait->source, g_source_remove);
  persea_inotify_free (wait->inotify);
  g_free (wait->above);
  g_free (wait->next);
  g_free (wait->folder);
  g_free (wait);
}
