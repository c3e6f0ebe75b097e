/* persea-cmd-index.c - persea index: pictures get into the library, for persea search
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-embeddings.h"
#include "persea-error.h"
#include "persea-inputs.h"
#include "persea-json-line.h"
#include "persea-picture-stream.h"

typedef struct
{
  PerseaCommand *command;
  char          *list;
  char         **inputs;
  PerseaInputs  *files;
  PerseaLibrary *library;
  PerseaClip    *clip;
  size_t         n_done;
  size_t         n_failed;
} IndexCommand;

static gboolean
index_parse (IndexCommand *index, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "files-from", 0, 0, G_OPTION_ARG_FILENAME, &index->list,
      N_("Read more names from FILE, one a line; -: standard input"), N_("FILE") },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &index->inputs, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (index->command, argc, argv, entries, _("FOLDER|PICTURE…"),
                               _("Remembers how pictures look, so that 'persea search' finds them."),
                               _("Folders are looked into, with the folders in them.  What is known already, "
                                 "from an earlier time, from tagging or from a copy, takes next to no time."));
}

static void
index_fail_input (const char *path, const GError *error, gpointer user_data)
{
  IndexCommand *index = user_data;

  index->n_failed++;
  persea_command_fail_input (index->command, path, error);
}

/* Links and standard input have no place in the library. */
static char *
index_next (gpointer *item, gpointer user_data)
{
  IndexCommand *index = user_data;
  char *path;

  while ((path = persea_inputs_next (index->files)) != NULL)
    {
      g_autoptr (GError) error = NULL;
      PerseaFileStamp stamp;

      if (persea_file_stamp_read (path, &stamp, &error))
        return path;
      index->n_done++;
      index_fail_input (path, error, index);
      g_free (path);
    }
  return NULL;
}

static gboolean
index_done (const char    *path,
            gpointer       item,
            const float   *embedding,
            const GError  *failure,
            gpointer       user_data,
            GError       **error)
{
  IndexCommand *index = user_data;
  size_t total = persea_inputs_get_total (index->files);
  g_autofree char *text = NULL;

  index->n_done++;
  if (!embedding && !persea_error_is_cancelled (failure))
    index_fail_input (path, failure, index);
  else if (embedding && index->command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_file (line, path);
      persea_json_line_add_string (line, "model", persea_clip_get_name (index->clip));
      persea_command_print (index->command, persea_json_line_finish (line));
    }
  text = g_strdup_printf (_("%zu of %zu pictures"), index->n_done, total);
  persea_progress_set (index->command->progress, text, (double) index->n_done / total);
  return TRUE;
}

static gboolean
index_run (IndexCommand *index, GError **error)
{
  PerseaCommand *command = index->command;
  g_autoptr (PerseaPictureMemory) memory = persea_picture_memory_new (index->library, index->clip, FALSE, error);
  const PerseaPictureStreamOptions stream = { .clip = index->clip, .memory = memory };
  size_t before = 0, after = 0;

  if (!memory
      || !persea_embeddings_count (index->library, persea_clip_get_identity (index->clip), &before, error)
      || !persea_picture_stream_run (&stream, index_next, index_done, index, command->cancellable, error)
      || !persea_embeddings_count (index->library, persea_clip_get_identity (index->clip), &after, error))
    return FALSE;
  persea_progress_clear (command->progress);
  /* TRANSLATORS: %zu pictures are known now, %zu of them since just now */
  persea_command_remark (command, _("the library knows %zu pictures, %zu of them new"), after, after - before);
  return TRUE;
}

static int
index_load_and_run (IndexCommand *index)
{
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  PerseaCommand *command = index->command;

  index->files = persea_inputs_new ((const char *const *) index->inputs, index->list, TRUE, index_fail_input,
                                    index, command->cancellable, &error);
  if (!index->files)
    return persea_command_usage_error (command, "%s", error->message);
  index->library = persea_command_open_library (command);
  if (!index->library)
    return PERSEA_EXIT_SOME_FAILED;
  engine = persea_command_open_engine (command);
  index->clip = engine ? persea_command_load_clip (command, engine) : NULL;
  if (!index->clip)
    return persea_command_get_load_status (command);
  if (!index_run (index, &error) && !persea_error_is_cancelled (error))
    {
      persea_command_error (command, "%s", error->message);
      index->n_failed++;
    }
  persea_progress_clear (command->progress);
  persea_command_show_profile (command, engine);
  return persea_command_flush (command) && index->n_failed == 0 ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_index (PerseaCommand *command, int argc, char **argv)
{
  IndexCommand index = { .command = command };
  int status;

  if (!index_parse (&index, &argc, &argv))
    status = PERSEA_EXIT_USAGE;
  else if (!index.inputs && !index.list)
    status = persea_command_usage_error (command, _("name at least one folder or picture"));
  else
    status = index_load_and_run (&index);

  g_clear_pointer (&index.clip, persea_clip_unref);
  g_clear_pointer (&index.library, persea_library_unref);
  g_clear_pointer (&index.files, persea_inputs_free);
  g_strfreev (index.inputs);
  g_free (index.list);
  return status;
}
