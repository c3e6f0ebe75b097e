/* persea-cmd-embed.c - persea embed: pictures and texts as numbers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One row for each text, in their order, then one for each picture that could be read.
 */
#include "config.h"

#include "persea-cmd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-inputs.h"
#include "persea-json-line.h"
#include "persea-npy.h"
#include "persea-picture-stream.h"

typedef struct
{
  PerseaCommand *command;
  char         **texts;
  char          *format;
  char          *output;
  char          *list;
  gboolean       raw;
  gboolean       recursive;
  gboolean       fast;
  char         **inputs;
  PerseaInputs  *files;
  PerseaClip    *clip;
  size_t         dim;
  GArray        *rows; /* of float: what goes into the .npy file */
  gboolean       npy;
  size_t         n_done;
  size_t         n_failed;
} EmbedCommand;

static gboolean
embed_parse (EmbedCommand *embed, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "text", 't', 0, G_OPTION_ARG_STRING_ARRAY, &embed->texts,
      N_("A text to embed; may be given several times"), N_("TEXT") },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &embed->format,
      N_("npy: one array, f32 [rows, dimensions]; jsonl: one JSON object a row (default)"), N_("npy|jsonl") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &embed->output,
      N_("Write to FILE instead of standard output (npy only)"), N_("FILE") },
    { "raw", 0, 0, G_OPTION_ARG_NONE, &embed->raw, N_("Before normalisation; otherwise unit length"), NULL },
    { "recursive", 'r', 0, G_OPTION_ARG_NONE, &embed->recursive,
      N_("Look into folders, and the folders in them"), NULL },
    { "files-from", 0, 0, G_OPTION_ARG_FILENAME, &embed->list,
      N_("Read more names from FILE, one a line; -: standard input"), N_("FILE") },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { "fast", 0, 0, G_OPTION_ARG_NONE, &embed->fast,
      N_("Decode large pictures smaller, where their format allows it"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &embed->inputs, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (embed->command, argc, argv, entries, _("[PICTURE…]"),
                               _("Shows the embeddings of texts and pictures."),
                               _("First the texts, then the pictures, each in their order; a picture that "
                                 "cannot be read has no row."));
}

/* @text or @file is %NULL */
static void
embed_emit (EmbedCommand *embed, const char *text, const char *file, const float *embedding)
{
  g_autofree float *row = g_memdup2 (embedding, embed->dim * sizeof *embedding);
  g_autoptr (PerseaJsonLine) line = NULL;

  if (!embed->raw)
    persea_clip_normalize (row, 1, embed->dim);
  if (embed->npy)
    {
      g_array_append_vals (embed->rows, row, (unsigned) embed->dim);
      return;
    }
  line = persea_json_line_new ();
  if (text)
    persea_json_line_add_string (line, "text", text);
  else
    persea_json_line_add_file (line, file);
  persea_json_line_add_string (line, "model", persea_clip_get_name (embed->clip));
  persea_json_line_begin_array (line, "embedding");
  for (size_t i = 0; i < embed->dim; i++)
    persea_json_line_add_number (line, NULL, row[i], 7);
  persea_json_line_end (line);
  persea_command_print (embed->command, persea_json_line_finish (line));
}

static gboolean
embed_texts (EmbedCommand *embed, GError **error)
{
  size_t n = embed->texts ? g_strv_length (embed->texts) : 0;
  g_autofree float *embeddings = g_new (float, n * embed->dim);

  if (n == 0)
    return TRUE;
  if (!persea_clip_encode_texts (embed->clip, (const char *const *) embed->texts, n, embeddings,
                                 embed->command->cancellable, error))
    return FALSE;
  for (size_t i = 0; i < n; i++)
    embed_emit (embed, embed->texts[i], NULL, embeddings + i * embed->dim);
  return TRUE;
}

static char *
embed_next (gpointer *item, gpointer user_data)
{
  return persea_inputs_next (((EmbedCommand *) user_data)->files);
}

static gboolean
embed_done (const char    *path,
            gpointer       item,
            const float   *embedding,
            const GError  *failure,
            gpointer       user_data,
            GError       **error)
{
  EmbedCommand *embed = user_data;
  size_t total = persea_inputs_get_total (embed->files);

  embed->n_done++;
  if (embedding)
    embed_emit (embed, NULL, path, embedding);
  else if (!persea_error_is_cancelled (failure))
    {
      embed->n_failed++;
      persea_command_fail_input (embed->command, path, failure);
    }
  if (total > 1)
    persea_progress_set (embed->command->progress, _("encoding pictures"), (double) embed->n_done / total);
  return TRUE;
}

static void
embed_fail_input (const char *path, const GError *error, gpointer user_data)
{
  EmbedCommand *embed = user_data;

  embed->n_failed++;
  persea_command_fail_input (embed->command, path, error);
}

static gboolean
embed_write_npy (EmbedCommand *embed, GError **error)
{
  const size_t shape[] = { embed->rows->len / embed->dim, embed->dim };
  g_autoptr (GBytes) bytes = NULL;
  gsize size;
  const void *data;

  if (embed->output)
    return persea_npy_save (embed->output, PERSEA_DTYPE_F32, shape, 2, embed->rows->data, error);
  bytes = persea_npy_serialize (PERSEA_DTYPE_F32, shape, 2, embed->rows->data);
  data = g_bytes_get_data (bytes, &size);
  /* whether it went well is asked once at the end */
  fwrite (data, 1, size, stdout);
  return TRUE;
}

static gboolean
embed_everything (EmbedCommand *embed, GError **error)
{
  const PerseaPictureStreamOptions stream = { .clip = embed->clip, .exact = !embed->fast };

  embed->dim = persea_clip_get_embed_dim (embed->clip);
  embed->rows = g_array_new (FALSE, FALSE, sizeof (float));
  return embed_texts (embed, error)
         && persea_picture_stream_run (&stream, embed_next, embed_done, embed,
                                       embed->command->cancellable, error)
         && (!embed->npy || embed_write_npy (embed, error));
}

static int
embed_load_and_run (EmbedCommand *embed)
{
  g_autoptr (PerseaEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  PerseaCommand *command = embed->command;

  embed->files = persea_inputs_new ((const char *const *) embed->inputs, embed->list, embed->recursive,
                                    embed_fail_input, embed, command->cancellable, &error);
  if (!embed->files)
    return persea_command_usage_error (command, "%s", error->message);
  engine = persea_command_open_engine (command);
  embed->clip = engine ? persea_command_load_clip (command, engine) : NULL;
  if (!embed->clip)
    return persea_command_get_load_status (command);
  if (!embed_everything (embed, &error) && !persea_error_is_cancelled (error))
    {
      persea_command_error (command, "%s", error->message);
      embed->n_failed++;
    }
  persea_progress_clear (command->progress);
  persea_command_show_profile (command, engine);
  return persea_command_flush (command) && embed->n_failed == 0 ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_embed (PerseaCommand *command, int argc, char **argv)
{
  EmbedCommand embed = { .command = command };
  int status;

  if (!embed_parse (&embed, &argc, &argv))
    status = PERSEA_EXIT_USAGE;
  else if (!embed.texts && !embed.inputs && !embed.list)
    status = persea_command_usage_error (command, _("name a picture or give a --text"));
  else if (embed.format && strcmp (embed.format, "npy") != 0 && strcmp (embed.format, "jsonl") != 0)
    status = persea_command_usage_error (command, _("--format: expected npy or jsonl, found '%s'"), embed.format);
  else if (embed.output && g_strcmp0 (embed.format, "npy") != 0)
    status = persea_command_usage_error (command, _("--output needs --format npy"));
  else
    {
      embed.npy = g_strcmp0 (embed.format, "npy") == 0;
      if (embed.npy && !embed.output && isatty (STDOUT_FILENO))
        status = persea_command_usage_error (command, _("an array is nothing for a terminal; use --output"));
      else
        status = embed_load_and_run (&embed);
    }

  g_clear_pointer (&embed.rows, g_array_unref);
  g_clear_pointer (&embed.clip, persea_clip_unref);
  g_clear_pointer (&embed.files, persea_inputs_free);
  g_strfreev (embed.texts);
  g_strfreev (embed.inputs);
  g_free (embed.format);
  g_free (embed.output);
  g_free (embed.list);
  return status;
}
