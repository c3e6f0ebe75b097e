/* persea-cmd-vary.c - persea vary: pictures like a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-redraw.h"

#define DEFAULT_STRENGTH 0.5

int
persea_cmd_vary (PerseaCommand *command, int argc, char **argv)
{
  double strength = DEFAULT_STRENGTH;
  const GOptionEntry entries[] = {
    { "strength", 's', 0, G_OPTION_ARG_DOUBLE, &strength,
      N_("How much changes: 0 nothing, 1 everything (0.5)"), N_("SHARE") },
    G_OPTION_ENTRY_NULL
  };
  PerseaRedrawOptions options;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *details = NULL;
  PerseaRedraw redraw = { .command = command, .options = &options, .made = PERSEA_MADE_VARIED };
  int status = PERSEA_EXIT_USAGE;

  if (!persea_redraw_options_parse (&options, command, argc, argv, entries,
                                    _("Keeps a share of a picture's codes, chosen by chance, and draws the others."),
                                    _("Without --prompt, a picture that Persea made is varied under its own prompt, "
                                      "others without one. The picture itself is never replaced.")))
    ;
  else if (!(strength >= 0 && strength <= 1))
    persea_command_usage_error (command, _("--strength: expected a number from 0 to 1"));
  else
    {
      g_ascii_formatd (number, sizeof number, "%.6g", strength);
      redraw.strength = strength;
      redraw.details = details = g_strconcat ("strength=", number, NULL);
      status = persea_redraw_run (&redraw);
    }
  persea_redraw_options_clear (&options);
  return status;
}
