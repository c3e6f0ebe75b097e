/* persea-generate-options.c - what persea generate is asked for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-generate-options.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-contact-sheet.h"
#include "persea-draw-again.h"
#include "persea-error.h"
#include "persea-image-source.h"
#include "persea-picture-writer.h"

static gboolean
options_parse_sheet (const char *option, const char *value, gpointer data, GError **error)
{
  PerseaGenerateOptions *options = ((PerseaCommand *) data)->user_data;

  options->with_sheet = TRUE;
  g_free (options->sheet_name);
  options->sheet_name = g_strdup (value);
  return TRUE;
}

static gboolean
options_read (PerseaGenerateOptions *options, int *argc, char ***argv)
{
  const GOptionEntry own[] = {
    { "size", 0, 0, G_OPTION_ARG_INT, &options->size,
      N_("Make the pictures so many pixels wide and high"), N_("PIXELS") },
    { "sheet", 0, G_OPTION_FLAG_OPTIONAL_ARG | G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK,
      options_parse_sheet, N_("Write a contact sheet, too"), N_("FILE") },
    { "sheet-all", 0, 0, G_OPTION_ARG_NONE, &options->sheet_all,
      N_("Show all candidates on it, not only those that are kept"), NULL },
    { "preview", 0, 0, G_OPTION_ARG_FILENAME, &options->preview,
      N_("While drawing, write what is there to FILE again and again"), N_("FILE") },
    { "again", 0, 0, G_OPTION_ARG_FILENAME, &options->again_path,
      N_("Draw a picture once more, as it says itself"), N_("PICTURE") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->words, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GArray) entries = persea_draw_arguments_get_entries (&options->arguments, own);

  options->command->user_data = options;
  return persea_command_parse (options->command, argc, argv, (const GOptionEntry *) entries->data,
                               _("PROMPT|-"),
                               _("Draws pictures of what a prompt says, ranks them by how well they fit, "
                                 "and writes the best."),
                               _("A - reads the prompt from standard input. The score is the cosine of "
                                 "picture and prompt. 'persea show' tells how a picture was made."));
}

static gboolean
options_read_prompt (PerseaGenerateOptions *options, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  if (strcmp (options->words[0], "-") != 0)
    {
      options->prompt = g_strdup (options->words[0]);
      return TRUE;
    }
  bytes = persea_image_source_read_stdin (options->command->cancellable, error);
  if (!bytes)
    return FALSE;
  options->prompt = g_bytes_get_size (bytes) > 0
                      ? g_strchomp (g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)))
                      : g_strdup ("");
  return TRUE;
}

/* what the options say; %FALSE after saying what is wrong with them */
static gboolean
options_make_request (PerseaGenerateOptions *options)
{
  PerseaDrawRequest *request = &options->request;
  g_autoptr (GError) error = NULL;

  if (!persea_draw_arguments_apply (&options->arguments, options->command, request))
    return FALSE;
  if (options_read_prompt (options, &error))
    {
      request->prompt = options->prompt;
      request->size = options->size;
      if (persea_draw_request_check (request, &error))
        return TRUE;
    }
  if (!persea_error_is_cancelled (error))
    persea_command_usage_error (options->command, "%s", error->message);
  return FALSE;
}

static gboolean
options_check (PerseaGenerateOptions *options)
{
  PerseaCommand *command = options->command;

  if (!options->words || options->words[1])
    persea_command_usage_error (command, options->words ? _("expected one prompt; put it into quotes")
                                                         : _("a prompt is missing"));
  else if (options->size < 0)
    persea_command_usage_error (command, _("%s must be at least 1"), "--size");
  else
    return TRUE;
  return FALSE;
}

static gboolean
options_check_names (PerseaGenerateOptions *options)
{
  const char *const names[] = { options->sheet_name, options->preview };
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i] && !persea_picture_writer_check_suffix (names[i], &error))
      {
        persea_command_usage_error (options->command, "%s", error->message);
        return FALSE;
      }
  return TRUE;
}

/* whether anything was given that --again takes from the picture */
static gboolean
options_have_more (const PerseaGenerateOptions *options)
{
  return options->words || options->size || options->with_sheet || options->sheet_all
         || persea_draw_arguments_were_given (&options->arguments);
}

/* --again: the request of a picture.  Returns: an exit status */
static int
options_remember (PerseaGenerateOptions *options)
{
  PerseaDrawRequest *request = &options->request;
  PerseaCommand *command = options->command;
  const PerseaProvenance *again;
  g_autoptr (GError) error = NULL;

  if (options_have_more (options))
    return persea_command_usage_error (command, _("--again takes everything from the picture; of the other options, "
                                                  "only -o, --model, --device, --precision and --preview go with it"));
  again = options->again = persea_picture_writer_read_provenance (options->again_path, &error);
  if (again && options->preview && again->made != PERSEA_MADE_DRAWN)
    return persea_command_usage_error (command, _("there are no previews of pictures that 'persea %s' makes"),
                                       persea_made_name (again->made));
  if (again && persea_contact_sheet_is (again))
    g_set_error (&error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED, _("this is a contact sheet, not one picture"));
  if (!error)
    {
      *request = persea_draw_again_get_request (again);
      /* a variation needs no words */
      if ((again->made == PERSEA_MADE_VARIED && again->prompt[0] == '\0') || persea_draw_request_check (request, &error))
        return PERSEA_EXIT_OK;
    }
  persea_command_fail_input (command, options->again_path, error);
  return PERSEA_EXIT_SOME_FAILED;
}

int
persea_generate_options_parse (PerseaGenerateOptions *options, PerseaCommand *command, int argc, char **argv)
{
  *options = (PerseaGenerateOptions) {
    .command = command,
    .request = PERSEA_DRAW_REQUEST_INIT,
  };
  persea_draw_arguments_init (&options->arguments);
  if (!options_read (options, &argc, &argv) || !options_check_names (options))
    return PERSEA_EXIT_USAGE;
  if (options->again_path)
    return options_remember (options);
  if (!options_check (options) || !options_make_request (options))
    return g_cancellable_is_cancelled (command->cancellable) ? PERSEA_EXIT_CANCELLED : PERSEA_EXIT_USAGE;
  return PERSEA_EXIT_OK;
}

void
persea_generate_options_clear (PerseaGenerateOptions *options)
{
  g_free (options->sheet_name);
  g_free (options->preview);
  g_clear_pointer (&options->again, persea_provenance_free);
  g_strfreev (options->words);
  g_free (options->prompt);
  g_free (options->again_path);
  persea_draw_arguments_clear (&options->arguments);
}
