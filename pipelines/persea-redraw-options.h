/* persea-redraw-options.h - what persea complete and persea vary are asked for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What both have in common, with the names that `persea generate` has for it.
 */
#pragma once

#include "persea-draw-arguments.h"

G_BEGIN_DECLS

/**
 * PerseaRedrawOptions:
 * @picture: (type filename): the one that was named; "-" is standard input
 * @prompt: (nullable): what is to be drawn
 * @arguments: what all commands that draw are asked for
 * @request: what is to be drawn, but for the prompt; points into the options
 */
typedef struct
{
  char               *picture;
  char               *prompt;
  PerseaDrawArguments arguments;
  PerseaDrawRequest   request;

  /*< private >*/
  char **names;
} PerseaRedrawOptions;

/**
 * persea_redraw_options_parse:
 * @options: (out caller-allocates): to be cleared, whatever happens
 * @own: (array zero-terminated=1): the sub-command's own options
 *
 * The rest as for persea_command_parse().
 *
 * Returns: %FALSE after saying what is wrong
 */
gboolean persea_redraw_options_parse (PerseaRedrawOptions  *options,
                                      PerseaCommand        *command,
                                      int                   argc,
                                      char                **argv,
                                      const GOptionEntry   *own,
                                      const char           *summary,
                                      const char           *description);

void persea_redraw_options_clear (PerseaRedrawOptions *options);

G_END_DECLS
