/* persea-upkeep.c - the library does not grow for ever
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * On a thread, since looking for a file may take as long as a disk needs to spin up; in slices, since
 * others want the library meanwhile.
 */
#include "config.h"

#include "persea-upkeep.h"

#include "persea-embeddings.h"

#define DAY (24 * 60 * 60) /* s */
/* after the start, when there are better things to do, s */
#define UPKEEP_FIRST (10 * 60)
/* files, or embeddings, that are looked at at once; and the rest in between, µs */
#define UPKEEP_SLICE 200
#define UPKEEP_REST 20000

struct _PerseaUpkeep
{
  PerseaLibrary *library;
  GCancellable  *cancellable;
  GThread       *thread; /* (nullable) */
  unsigned       timer;
};

static gboolean
upkeep_rest (GCancellable *cancellable)
{
  if (g_cancellable_is_cancelled (cancellable))
    return FALSE;
  g_usleep (UPKEEP_REST);
  return TRUE;
}

/* @gone: what the library thinks of @file */
static gboolean
upkeep_look_for (PerseaLibrary *library, const PerseaFileRecord *file, gboolean gone, GError **error)
{
  PerseaFileStamp stamp;

  if (!gone)
    return !persea_file_stamp_is_gone (file->path, &file->stamp)
           || persea_library_mark_gone (library, file->path, error);
  return !persea_file_stamp_read (file->path, &stamp, NULL)
         || !persea_file_stamp_equal_remounted (&file->stamp, &stamp)
         || persea_library_mark_there (library, file->path, error);
}

static gboolean
upkeep_check_files (PerseaLibrary *library, gboolean gone, GCancellable *cancellable, GError **error)
{
  g_autofree char *after = NULL;

  do
    {
      g_autoptr (GPtrArray) files = NULL;

      /* whatever begins with a slash */
      if (!persea_library_list_files (library, gone, "", after, UPKEEP_SLICE, &files, error))
        return FALSE;
      for (unsigned i = 0; i < files->len; i++)
        if (!upkeep_look_for (library, g_ptr_array_index (files, i), gone, error))
          return FALSE;
      if (files->len == 0)
        return TRUE;
      g_free (after);
      after = g_strdup (((PerseaFileRecord *) g_ptr_array_index (files, files->len - 1))->path);
    }
  while (upkeep_rest (cancellable));
  return TRUE;
}

static gboolean
upkeep_forget (PerseaLibrary *library, GCancellable *cancellable, GError **error)
{
  int64_t after = 0;

  do
    if (!persea_embeddings_forget (library, &after, UPKEEP_SLICE, PERSEA_UPKEEP_DAYS * DAY, error))
      return FALSE;
  while (after != 0 && upkeep_rest (cancellable));
  return g_cancellable_is_cancelled (cancellable)
         || persea_library_forget_gone (library, PERSEA_UPKEEP_FILE_DAYS * DAY, error);
}

gboolean
persea_upkeep_run (PerseaLibrary *library, GCancellable *cancellable, GError **error)
{
  return upkeep_check_files (library, FALSE, cancellable, error)
         && upkeep_check_files (library, TRUE, cancellable, error)
         && (g_cancellable_is_cancelled (cancellable) || upkeep_forget (library, cancellable, error));
}

static gpointer
upkeep_work (gpointer user_data)
{
  PerseaUpkeep *upkeep = user_data;
  g_autoptr (GError) error = NULL;

  if (!persea_upkeep_run (upkeep->library, upkeep->cancellable, &error))
    g_warning ("%s", error->message);
  return NULL;
}

static gboolean
upkeep_elapsed (gpointer user_data)
{
  PerseaUpkeep *upkeep = user_data;

  /* it has long ended, a day ago */
  g_clear_pointer (&upkeep->thread, g_thread_join);
  upkeep->thread = g_thread_new ("persead-upkeep", upkeep_work, upkeep);
  upkeep->timer = g_timeout_add_seconds (DAY, upkeep_elapsed, upkeep);
  return G_SOURCE_REMOVE;
}

PerseaUpkeep *
persea_upkeep_new (PerseaLibrary *library)
{
  PerseaUpkeep *upkeep = g_new0 (PerseaUpkeep, 1);

  upkeep->library = persea_library_ref (library);
  upkeep->cancellable = g_cancellable_new ();
  upkeep->timer = g_timeout_add_seconds (UPKEEP_FIRST, upkeep_elapsed, upkeep);
  return upkeep;
}

void
persea_upkeep_free (PerseaUpkeep *upkeep)
{
  if (upkeep == NULL)
    return;
  g_clear_handle_id (&upkeep->timer, g_source_remove);
  g_cancellable_cancel (upkeep->cancellable);
  g_clear_pointer (&upkeep->thread, g_thread_join);
  g_object_unref (upkeep->cancellable);
  persea_library_unref (upkeep->library);
  g_free (upkeep);
}
