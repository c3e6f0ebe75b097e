/* persea-cmd-undo.c - persea undo: takes back what a tagging run wrote
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which pictures a run has touched is in the library; what it added is recorded beside the
 * keywords.  Without the library the pictures can be named.
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include "persea-error.h"
#include "persea-inputs.h"
#include "persea-json-line.h"
#include "persea-tag-options.h"
#include "persea-tag-writer.h"
#include "persea-xmp.h"

typedef struct
{
  PerseaCommand          *command;
  PerseaTagWriterOptions  writer;
  char                   *where; /* --write */
  gboolean                recursive;
  gboolean                dry_run;
  char                  **arguments;
  PerseaInputs           *files;
  size_t                  n_files;
  size_t                  n_tags;
  size_t                  n_failed;
} UndoCommand;

static gboolean
undo_parse (UndoCommand *undo, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "recursive", 'r', 0, G_OPTION_ARG_NONE, &undo->recursive, N_("Look into the named folders"), NULL },
    { "write", 0, 0, G_OPTION_ARG_STRING, &undo->where,
      N_("Where the run wrote, if the library does not know: sidecar, embed or xattr"), N_("WHERE") },
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &undo->dry_run,
      N_("Show what would be taken back, change nothing"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &undo->arguments, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (undo->command, argc, argv, entries, _("RUN [PICTURE|FOLDER…]"),
                               _("Takes back the tags that a run has written, and nothing else."),
                               _("The name of a run is shown when it ends.  Without pictures, all that the "
                                 "library remembers of the run are meant."));
}

static void
undo_show (UndoCommand *undo, const char *path, const PerseaTagWritten *written)
{
  g_autofree char *name = persea_command_display_name (path);
  g_autoptr (GString) text = g_string_new (NULL);

  if (undo->command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_file (line, path);
      persea_json_line_add_string (line, "run", undo->writer.run);
      persea_json_line_begin_array (line, "removed");
      for (unsigned i = 0; i < written->removed->len; i++)
        persea_json_line_add_string (line, NULL, written->removed->pdata[i]);
      persea_json_line_end (line);
      persea_command_print (undo->command, persea_json_line_finish (line));
      return;
    }
  if (undo->command->quiet || written->removed->len == 0)
    return;
  g_string_append (text, name);
  for (unsigned i = 0; i < written->removed->len; i++)
    g_string_append_printf (text, "  -%s", (char *) written->removed->pdata[i]);
  g_string_append_c (text, '\n');
  persea_command_print (undo->command, text->str);
}

static void
undo_picture (UndoCommand *undo, const char *path)
{
  g_auto (PerseaTagWritten) written = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean done;

  persea_tag_written_init (&written);
  persea_interrupt_hold (undo->command->interrupt);
  done = persea_tag_writer_take_back (&undo->writer, path, &written, undo->command->cancellable, &error);
  persea_interrupt_release (undo->command->interrupt);
  if (done)
    {
      undo->n_files += written.paths->len > 0;
      undo->n_tags += written.removed->len;
      undo_show (undo, path, &written);
    }
  else if (!persea_error_is_cancelled (error))
    {
      undo->n_failed++;
      persea_command_fail_input (undo->command, path, error);
    }
}

static void
undo_fail_input (const char *path, const GError *error, gpointer user_data)
{
  UndoCommand *undo = user_data;

  undo->n_failed++;
  persea_command_fail_input (undo->command, path, error);
}

static gboolean
undo_named_pictures (UndoCommand *undo)
{
  char *path;

  undo->files = persea_inputs_new ((const char *const *) undo->arguments + 1, NULL, undo->recursive,
                                   undo_fail_input, undo, undo->command->cancellable, NULL);
  while (!g_cancellable_is_cancelled (undo->command->cancellable)
         && (path = persea_inputs_next (undo->files)) != NULL)
    {
      undo_picture (undo, path);
      g_free (path);
    }
  return TRUE;
}

static gboolean
undo_remembered_pictures (UndoCommand *undo, PerseaLibrary *library, int64_t run, GError **error)
{
  g_autoptr (GArray) files = NULL;

  if (!persea_library_get_run_files (library, run, &files, error))
    return FALSE;
  for (unsigned i = 0; i < files->len && !g_cancellable_is_cancelled (undo->command->cancellable); i++)
    {
      g_autofree char *path = persea_library_get_file_path (library, g_array_index (files, int64_t, i), error);

      if (!path)
        return FALSE;
      undo_picture (undo, path);
    }
  if (undo->n_failed == 0 && !undo->dry_run && !g_cancellable_is_cancelled (undo->command->cancellable))
    return persea_library_mark_undone (library, run, error);
  return TRUE;
}

/* "write" of the run's options */
static void
undo_read_options (UndoCommand *undo, const char *options)
{
  g_autoptr (JsonNode) root = json_from_string (options, NULL);
  g_auto (PerseaTagOptions) tag;
  const char *where = NULL;

  persea_tag_options_init (&tag);
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    where = json_object_get_string_member_with_default (json_node_get_object (root), "write", NULL);
  if (where && persea_tag_options_set (&tag, "write", where, NULL))
    undo->writer.write = tag.write;
}

/* Looks the run up in the library.  Returns: (transfer full) (nullable): the library */
static PerseaLibrary *
undo_open_library (UndoCommand *undo, int64_t *run, GError **error)
{
  g_autofree char *set_aside = NULL;
  g_autofree char *options = NULL;
  g_autoptr (PerseaLibrary) library = persea_library_open (NULL, PERSEA_LIBRARY_NONE, &set_aside, error);

  if (set_aside)
    persea_command_remark (undo->command, _("the library was damaged; it is kept as %s"), set_aside);
  if (!library || !persea_library_find_run (library, undo->writer.run, run, &options, NULL, error))
    return NULL;
  undo_read_options (undo, options);
  return g_steal_pointer (&library);
}

static gboolean
undo_run (UndoCommand *undo, GError **error)
{
  gboolean named = undo->arguments[1] != NULL;
  int64_t run = 0;
  /* pictures that are named say themselves what was written to them */
  g_autoptr (PerseaLibrary) library = undo_open_library (undo, &run, named ? NULL : error);

  if (named)
    return undo_named_pictures (undo);
  return library && undo_remembered_pictures (undo, library, run, error);
}

static int
undo_finish (UndoCommand *undo, gboolean done, const GError *error)
{
  if (!done)
    {
      persea_command_error (undo->command, "%s", error->message);
      return PERSEA_EXIT_SOME_FAILED;
    }
  persea_command_remark (undo->command, ngettext ("%zu tag taken back",
                                                  "%zu tags taken back", undo->n_tags),
                         undo->n_tags);
  return undo->n_failed == 0 && persea_command_flush (undo->command) ? PERSEA_EXIT_OK
                                                                     : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_undo (PerseaCommand *command, int argc, char **argv)
{
  UndoCommand undo = { .command = command, .writer = { .write = PERSEA_WRITE_SIDECAR } };
  g_auto (PerseaTagOptions) tag;
  g_autoptr (GError) error = NULL;
  gboolean done;
  int status;

  persea_tag_options_init (&tag);
  tag.write = PERSEA_WRITE_SIDECAR;
  if (!undo_parse (&undo, &argc, &argv))
    status = PERSEA_EXIT_USAGE;
  else if (!undo.arguments)
    status = persea_command_usage_error (command, _("name a run"));
  else if (undo.where && !persea_tag_options_set (&tag, "write", undo.where, &error))
    status = persea_command_usage_error (command, "%s", error->message);
  else if (!persea_xmp_init (&error))
    status = undo_finish (&undo, FALSE, error);
  else
    {
      undo.writer.write = tag.write;
      undo.writer.dry_run = undo.dry_run;
      undo.writer.run = undo.arguments[0];
      done = undo_run (&undo, &error);
      status = undo_finish (&undo, done, error);
    }

  g_clear_pointer (&undo.files, persea_inputs_free);
  g_strfreev (undo.arguments);
  g_free (undo.where);
  return status;
}
