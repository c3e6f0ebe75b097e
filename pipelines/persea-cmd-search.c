/* persea-cmd-search.c - persea search: pictures for words, and pictures like a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-json-line.h"
#include "persea-picture-writer.h"
#include "persea-search-arguments.h"
#include "persea-search-query.h"
#include "persea-search-service.h"
#include "persea-search-sheet.h"

typedef struct
{
  PerseaCommand         *command;
  PerseaSearchArguments  arguments;
  PerseaLibrary         *library;
  PerseaModel           *model;
  PerseaEngine          *engine;
  PerseaClip            *clip;
  PerseaSearch          *search;
  GPtrArray             *shown; /* of (unowned) PerseaSearchHit */
} SearchCommand;

/* @group: its number, or 0 */
static void
search_show_hit (SearchCommand *search, const PerseaSearchHit *hit, unsigned group)
{
  g_autoptr (PerseaJsonLine) line = NULL;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  g_ptr_array_add (search->shown, (PerseaSearchHit *) hit);
  if (search->command->json)
    {
      line = persea_json_line_new ();
      persea_json_line_add_file (line, hit->path);
      persea_json_line_add_number (line, "score", hit->score, 6);
      if (group > 0)
        persea_json_line_add_integer (line, "group", group);
      persea_command_print (search->command, persea_json_line_finish (line));
      return;
    }
  name = persea_command_display_name (hit->path);
  text = g_strdup_printf ("%.3f  %s\n", hit->score, name);
  persea_command_print (search->command, text);
}

static void
search_show_groups (SearchCommand *search, GPtrArray *groups)
{
  for (unsigned i = 0; i < groups->len; i++)
    {
      GPtrArray *group = groups->pdata[i];

      if (i > 0 && !search->command->json)
        persea_command_print (search->command, "\n");
      for (unsigned k = 0; k < group->len; k++)
        search_show_hit (search, group->pdata[k], i + 1);
    }
}

static gboolean
search_write_sheet (SearchCommand *search, GError **error)
{
  PerseaCommand *command = search->command;
  g_autofree char *heading = persea_search_arguments_describe (&search->arguments);
  g_autoptr (PerseaImage) sheet = NULL;

  if (!search->arguments.sheet || search->shown->len == 0)
    return TRUE;
  sheet = persea_search_sheet_draw (search->shown, heading, search->model->name, command->cancellable, error);
  return sheet
         && persea_picture_writer_save (search->arguments.sheet, sheet, NULL, command->interrupt, error);
}

/* @groups: of duplicates; or one, of what was found */
static gboolean
search_show (SearchCommand *search, GPtrArray *groups, GError **error)
{
  persea_progress_clear (search->command->progress);
  if (search->arguments.duplicates)
    search_show_groups (search, groups);
  else
    for (unsigned i = 0; i < ((GPtrArray *) groups->pdata[0])->len; i++)
      search_show_hit (search, ((GPtrArray *) groups->pdata[0])->pdata[i], 0);
  return search_write_sheet (search, error);
}

static void
search_remark_nothing (SearchCommand *search)
{
  persea_command_remark (search->command, _("the library knows no picture by %s; 'persea index FOLDER' adds some"),
                         search->model->name);
}

/* Here */

/* (transfer full) (nullable) */
static GPtrArray *
search_find (SearchCommand *search, GError **error)
{
  PerseaCommand *command = search->command;
  const PerseaSearchArguments *arguments = &search->arguments;
  g_autofree float *unit = g_new (float, persea_clip_get_embed_dim (search->clip));
  GPtrArray *hits = NULL;
  GPtrArray *groups;
  const PerseaSearchQuery query = {
    .words = (const char *const *) arguments->words,
    .pictures = (const char *const *) arguments->pictures,
    .minus = (const char *const *) arguments->minus,
  };

  if (!persea_search_query_encode (&query, search->clip, search->library, unit, command->cancellable, error)
      || !persea_search_find (search->search, unit, &arguments->options, &hits, error))
    return NULL;
  groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_ptr_array_add (groups, hits);
  return groups;
}

/* likewise */
static GPtrArray *
search_find_duplicates (SearchCommand *search, GError **error)
{
  PerseaCommand *command = search->command;
  GPtrArray *groups = NULL;

  if (!persea_search_find_duplicates (search->search, &search->arguments.options, persea_command_show_progress,
                                      command, &groups, command->cancellable, error))
    return NULL;
  return groups;
}

static gboolean
search_run (SearchCommand *search, GError **error)
{
  g_autoptr (GPtrArray) groups = NULL;

  search->search = persea_search_new (search->library, persea_clip_get_identity (search->clip),
                                      persea_clip_get_embed_dim (search->clip));
  if (!persea_search_refresh (search->search, error))
    return FALSE;
  if (persea_search_get_n_pictures (search->search) == 0)
    search_remark_nothing (search);
  groups = search->arguments.duplicates ? search_find_duplicates (search, error) : search_find (search, error);
  return groups && search_show (search, groups, error);
}

static int
search_fail (SearchCommand *search, const GError *error)
{
  persea_progress_clear (search->command->progress);
  if (persea_error_is_cancelled (error))
    return PERSEA_EXIT_CANCELLED;
  persea_command_error (search->command, "%s", error->message);
  return PERSEA_EXIT_SOME_FAILED;
}

static int
search_load_and_run (SearchCommand *search)
{
  PerseaCommand *command = search->command;
  g_autoptr (GError) error = NULL;

  search->engine = persea_command_open_engine (command);
  search->clip = search->engine ? persea_command_load_clip (command, search->engine) : NULL;
  if (!search->clip)
    return persea_command_get_load_status (command);
  if (!search_run (search, &error))
    return search_fail (search, error);
  persea_command_show_profile (command, search->engine);
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

/* By the daemon */

/* *status: (out): if it has answered, or must not be asked by other means: the end */
static gboolean
search_ask (SearchCommand *search, int *status)
{
  PerseaCommand *command = search->command;
  g_auto (PerseaSearchAnswer) answer = { NULL };
  g_autoptr (GError) error = NULL;

  if (search->arguments.no_daemon)
    return FALSE;
  if (!persea_search_service_ask (&search->arguments, command, search->model, search->library, &answer, &error))
    {
      /* a daemon that ends calls what is waiting cancelled, too, whoever ended it */
      gboolean cancelled = g_cancellable_is_cancelled (command->cancellable);

      persea_progress_clear (command->progress);
      *status = PERSEA_EXIT_CANCELLED;
      if (command->verbose && !cancelled)
        persea_command_remark (command, _("persead does not answer, so this program does: %s"), error->message);
      return cancelled;
    }
  if (command->verbose)
    persea_command_remark (command, _("answered by persead, process %u, with the model %s"), answer.pid,
                           search->model->name);
  if (answer.n_pictures == 0)
    search_remark_nothing (search);
  if (!search_show (search, answer.groups, &error))
    *status = search_fail (search, error);
  else
    *status = persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
  return TRUE;
}

/* Finding out that a suffix is unknown takes no model. */
static int
search_answer (SearchCommand *search)
{
  PerseaCommand *command = search->command;
  g_autoptr (GError) error = NULL;
  int status;

  if (search->arguments.sheet && !persea_picture_writer_check_suffix (search->arguments.sheet, &error))
    return persea_command_usage_error (command, "%s", error->message);
  search->library = persea_command_open_library (command);
  if (!search->library)
    return PERSEA_EXIT_SOME_FAILED;
  search->shown = g_ptr_array_new ();
  search->model = persea_model_store_find (command->model, &error);
  if (search->model && search_ask (search, &status))
    return status;
  return search_load_and_run (search);
}

int
persea_cmd_search (PerseaCommand *command, int argc, char **argv)
{
  SearchCommand search = { .command = command };
  g_autoptr (GError) error = NULL;
  int status;

  persea_search_arguments_init (&search.arguments);
  command->user_data = &search.arguments;
  if (!persea_search_arguments_parse (&search.arguments, command, &argc, &argv))
    status = PERSEA_EXIT_USAGE;
  else if (!persea_search_arguments_check (&search.arguments, &error))
    status = persea_command_usage_error (command, "%s", error->message);
  else
    status = search_answer (&search);

  g_clear_pointer (&search.shown, g_ptr_array_unref);
  g_clear_pointer (&search.search, persea_search_unref);
  g_clear_pointer (&search.clip, persea_clip_unref);
  g_clear_pointer (&search.engine, persea_engine_unref);
  g_clear_pointer (&search.model, persea_model_free);
  g_clear_pointer (&search.library, persea_library_unref);
  persea_search_arguments_clear (&search.arguments);
  return status;
}
