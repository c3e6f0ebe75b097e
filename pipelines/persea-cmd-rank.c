/* persea-cmd-rank.c - persea rank: which caption fits a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Any number of captions; they are encoded once per model and kept (persea-text-table.h).
 */
#include "config.h"

#include "persea-cmd.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-inputs.h"
#include "persea-json-line.h"
#include "persea-picture-stream.h"
#include "persea-text-table.h"
#include "persea-texts-file.h"

#define DEFAULT_TOP 10

typedef struct
{
  PerseaCommand   *command;
  char           **texts_given;
  char            *texts_file;
  char            *list;
  int              top;
  gboolean         recursive;
  gboolean         fast;
  char           **inputs;
  GPtrArray       *texts; /* of char * */
  PerseaInputs    *files;
  PerseaTextTable *table;
  PerseaClip      *clip;
  float           *unit; /* [E] */
  PerseaTextHit   *hits; /* [n_hits] */
  size_t           n_hits;
  size_t           n_done;
  size_t           n_failed;
} RankCommand;

static gboolean
rank_parse (RankCommand *rank, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "text", 't', 0, G_OPTION_ARG_STRING_ARRAY, &rank->texts_given,
      N_("A caption to choose from; may be given several times"), N_("TEXT") },
    { "texts", 0, 0, G_OPTION_ARG_FILENAME, &rank->texts_file,
      N_("A file of captions, one a line; -: standard input"), N_("FILE") },
    { "top", 0, 0, G_OPTION_ARG_INT, &rank->top,
      N_("Show the best N captions (10; 0: all)"), N_("N") },
    { "recursive", 'r', 0, G_OPTION_ARG_NONE, &rank->recursive,
      N_("Look into folders, and the folders in them"), NULL },
    { "files-from", 0, 0, G_OPTION_ARG_FILENAME, &rank->list,
      N_("Read more names from FILE, one a line; -: standard input"), N_("FILE") },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { "fast", 0, 0, G_OPTION_ARG_NONE, &rank->fast,
      N_("Decode large pictures smaller, where their format allows it"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rank->inputs, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (rank->command, argc, argv, entries, _("PICTURE…"),
                               _("Ranks captions by how well they fit each picture."),
                               _("The score is a caption's share among all that were given; the similarity "
                                 "(a cosine) does not depend on the others."));
}

static gboolean
rank_collect_texts (RankCommand *rank, GError **error)
{
  rank->texts = g_ptr_array_new_with_free_func (g_free);
  for (char **text = rank->texts_given; text && *text; text++)
    g_ptr_array_add (rank->texts, g_strdup (*text));
  return !rank->texts_file
         || persea_texts_file_load (rank->texts_file, rank->texts, rank->command->cancellable, error);
}

static void
rank_show_json (RankCommand *rank, const char *path)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_file (line, path);
  persea_json_line_add_string (line, "model", persea_clip_get_name (rank->clip));
  persea_json_line_begin_array (line, "ranking");
  for (size_t i = 0; i < rank->n_hits; i++)
    {
      persea_json_line_begin_object (line, NULL);
      persea_json_line_add_string (line, "text", rank->texts->pdata[rank->hits[i].row]);
      persea_json_line_add_number (line, "score", rank->hits[i].score, 6);
      persea_json_line_add_number (line, "similarity", rank->hits[i].similarity, 6);
      persea_json_line_end (line);
    }
  persea_command_print (rank->command, persea_json_line_finish (line));
}

static void
rank_show_words (RankCommand *rank, const char *path)
{
  g_autofree char *name = persea_command_display_name (path);
  g_autoptr (GString) text = g_string_new (name);

  g_string_append_c (text, '\n');
  for (size_t i = 0; i < rank->n_hits; i++)
    {
      g_autofree char *caption = persea_command_display_name (rank->texts->pdata[rank->hits[i].row]);

      g_string_append_printf (text, "  %5.1f%%  %.3f  %s\n", rank->hits[i].score * 100.0,
                              rank->hits[i].similarity, caption);
    }
  persea_command_print (rank->command, text->str);
}

static char *
rank_next (gpointer *item, gpointer user_data)
{
  return persea_inputs_next (((RankCommand *) user_data)->files);
}

static gboolean
rank_done (const char    *path,
           gpointer       item,
           const float   *embedding,
           const GError  *failure,
           gpointer       user_data,
           GError       **error)
{
  RankCommand *rank = user_data;
  size_t dim = persea_text_table_get_dim (rank->table);
  size_t total = persea_inputs_get_total (rank->files);

  rank->n_done++;
  if (!embedding)
    {
      if (persea_error_is_cancelled (failure))
        return TRUE;
      rank->n_failed++;
      persea_command_fail_input (rank->command, path, failure);
      return TRUE;
    }
  memcpy (rank->unit, embedding, dim * sizeof *rank->unit);
  persea_clip_normalize (rank->unit, 1, dim);
  persea_text_table_rank (rank->table, rank->unit, persea_clip_get_logit_scale (rank->clip), rank->n_hits,
                          rank->hits);
  if (rank->command->json)
    rank_show_json (rank, path);
  else
    rank_show_words (rank, path);
  if (total > 1)
    persea_progress_set (rank->command->progress, _("ranking"), (double) rank->n_done / total);
  return TRUE;
}

static void
rank_fail_input (const char *path, const GError *error, gpointer user_data)
{
  RankCommand *rank = user_data;

  rank->n_failed++;
  persea_command_fail_input (rank->command, path, error);
}

static gboolean
rank_encode_texts (RankCommand *rank, GError **error)
{
  const PerseaTextGroups groups = {
    .texts = (const char *const *) rank->texts->pdata,
    .n_texts = rank->texts->len,
  };
  const PerseaTextTableOptions options = {
    /* a handful of texts is encoded in no time */
    .no_cache = rank->texts->len < 16,
    .progress = persea_command_show_progress,
    .progress_data = rank->command,
  };

  rank->table = persea_text_table_ensure (rank->clip, &groups, &options, rank->command->cancellable, error);
  persea_progress_clear (rank->command->progress);
  return rank->table != NULL;
}

static gboolean
rank_pictures (RankCommand *rank, GError **error)
{
  const PerseaPictureStreamOptions stream = { .clip = rank->clip, .exact = !rank->fast };

  if (!rank_encode_texts (rank, error))
    return FALSE;
  rank->n_hits = rank->top > 0 ? MIN ((size_t) rank->top, rank->texts->len) : rank->texts->len;
  rank->hits = g_new (PerseaTextHit, rank->n_hits);
  rank->unit = g_new (float, persea_text_table_get_dim (rank->table));
  return persea_picture_stream_run (&stream, rank_next, rank_done, rank, rank->command->cancellable, error);
}

static int
rank_load_and_run (RankCommand *rank)
{
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  PerseaCommand *command = rank->command;

  if (!rank_collect_texts (rank, &error))
    return persea_error_is_cancelled (error) ? PERSEA_EXIT_CANCELLED
                                             : persea_command_usage_error (command, "%s", error->message);
  if (rank->texts->len == 0)
    return persea_command_usage_error (command, _("there is no caption to choose from"));
  rank->files = persea_inputs_new ((const char *const *) rank->inputs, rank->list, rank->recursive,
                                   rank_fail_input, rank, command->cancellable, &error);
  if (!rank->files)
    return persea_command_usage_error (command, "%s", error->message);

  engine = persea_command_open_engine (command);
  rank->clip = engine ? persea_command_load_clip (command, engine) : NULL;
  if (!rank->clip)
    return persea_command_get_load_status (command);
  if (!rank_pictures (rank, &error) && !persea_error_is_cancelled (error))
    {
      persea_command_error (command, "%s", error->message);
      rank->n_failed++;
    }
  persea_progress_clear (command->progress);
  persea_command_show_profile (command, engine);
  return persea_command_flush (command) && rank->n_failed == 0 ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_rank (PerseaCommand *command, int argc, char **argv)
{
  RankCommand rank = { .command = command, .top = DEFAULT_TOP };
  int status;

  if (!rank_parse (&rank, &argc, &argv))
    status = PERSEA_EXIT_USAGE;
  else if (!rank.texts_given && !rank.texts_file)
    status = persea_command_usage_error (command, _("--text or --texts is needed"));
  else if (!rank.inputs && !rank.list)
    status = persea_command_usage_error (command, _("name at least one picture"));
  else if (rank.top < 0)
    status = persea_command_usage_error (command, _("--top cannot be negative"));
  else
    status = rank_load_and_run (&rank);

  g_clear_pointer (&rank.table, persea_text_table_unref);
  g_clear_pointer (&rank.clip, persea_clip_unref);
  g_clear_pointer (&rank.files, persea_inputs_free);
  g_clear_pointer (&rank.texts, g_ptr_array_unref);
  g_strfreev (rank.texts_given);
  g_strfreev (rank.inputs);
  g_free (rank.texts_file);
  g_free (rank.list);
  g_free (rank.unit);
  g_free (rank.hits);
  return status;
}
