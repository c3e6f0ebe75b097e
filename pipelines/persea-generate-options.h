/* persea-generate-options.h - what persea generate is asked for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From words on the command line, or from a picture that says how it was made (--again), to a
 * request.  Whatever can be wrong with either is found before a model is loaded.
 */
#pragma once

#include "persea-draw-arguments.h"

G_BEGIN_DECLS

/**
 * PerseaGenerateOptions:
 * @command: whose command line it is
 * @arguments: what all commands that draw are asked for
 * @with_sheet: whether a contact sheet is written
 * @sheet_all: whether all candidates are on it
 * @sheet_name: (nullable): its file
 * @preview: (nullable): the file of previews
 * @again: (nullable): how the picture was made that is to be repeated, and
 * @again_path: (nullable): where it is
 * @request: what is to be drawn; points into the options
 */
typedef struct
{
  PerseaCommand      *command;
  PerseaDrawArguments arguments;
  gboolean            with_sheet;
  gboolean            sheet_all;
  char               *sheet_name;
  char               *preview;
  PerseaProvenance   *again;
  char               *again_path;
  PerseaDrawRequest   request;

  /*< private >*/
  char  **words; /* (nullable): the prompt, as one argument */
  char   *prompt;
  int     size;
} PerseaGenerateOptions;

/**
 * persea_generate_options_parse:
 * @options: (out caller-allocates): to be cleared, whatever happens
 *
 * Returns: %PERSEA_EXIT_OK, or another exit status after the reason has been shown
 */
int persea_generate_options_parse (PerseaGenerateOptions *options,
                                   PerseaCommand         *command,
                                   int                    argc,
                                   char                 **argv);

void persea_generate_options_clear (PerseaGenerateOptions *options);

G_END_DECLS
