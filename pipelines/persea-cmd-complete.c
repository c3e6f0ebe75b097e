/* persea-cmd-complete.c - persea complete: draws what is missing in a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds out what is to be drawn; persea-redraw.h does the rest.
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-redraw.h"

typedef struct
{
  PerseaCommand       *command;
  PerseaRedrawOptions  options;
  PerseaRedrawMask     mask;
  char                *keep;
} CompleteCommand;

static gboolean
complete_parse (CompleteCommand *complete, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "mask", 'm', 0, G_OPTION_ARG_FILENAME, &complete->mask.file,
      N_("A picture of the same size: what is white in it is drawn"), N_("FILE") },
    { "keep-rows", 0, 0, G_OPTION_ARG_STRING, &complete->mask.rows,
      N_("Keep so many rows of pixels from the top, or hundredths of the height (50%)"), N_("ROWS") },
    { "keep", 0, 0, G_OPTION_ARG_STRING, &complete->keep,
      N_("Keep half of the picture: left, top, right or bottom"), N_("SIDE") },
    G_OPTION_ENTRY_NULL
  };

  return persea_redraw_options_parse (&complete->options, complete->command, argc, argv, entries,
                                      _("Draws a part of a picture under a prompt, and keeps the rest."),
                                      _("Without --mask, --keep-rows and --keep, the transparent part is drawn. "
                                        "What is kept comes back as it was. "
                                        "The picture itself is never replaced."));
}

static gboolean
complete_check (CompleteCommand *complete)
{
  PerseaCommand *command = complete->command;
  g_autoptr (GError) error = NULL;

  if (!!complete->mask.file + !!complete->mask.rows + !!complete->keep > 1)
    persea_command_usage_error (command, _("only one of --mask, --keep-rows and --keep can be given"));
  else if (!complete->options.prompt)
    persea_command_usage_error (command, _("--prompt is needed: what is the picture to show?"));
  else if (complete->keep && !persea_side_parse (complete->keep, &complete->mask.side, &error))
    persea_command_usage_error (command, "--keep: %s", error->message);
  else
    return TRUE;
  return FALSE;
}

int
persea_cmd_complete (PerseaCommand *command, int argc, char **argv)
{
  CompleteCommand complete = { .command = command };
  g_autofree char *details = NULL;
  PerseaRedraw redraw = {
    .command = command,
    .options = &complete.options,
    .made = PERSEA_MADE_COMPLETED,
    .mask = &complete.mask,
  };
  int status = PERSEA_EXIT_USAGE;

  if (complete_parse (&complete, argc, argv) && complete_check (&complete))
    {
      complete.mask.keeps_side = complete.keep != NULL;
      redraw.details = details = persea_redraw_mask_describe (&complete.mask);
      status = persea_redraw_run (&redraw);
    }
  persea_redraw_options_clear (&complete.options);
  persea_redraw_mask_clear (&complete.mask);
  g_free (complete.keep);
  return status;
}
