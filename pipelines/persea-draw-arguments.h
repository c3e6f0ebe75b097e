/* persea-draw-arguments.h - the options that all commands that draw have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * `persea generate`, `persea complete` and `persea vary` choose, rank and write pictures alike, and
 * call it alike.
 */
#pragma once

#include "persea-command.h"
#include "persea-draw-job.h"

G_BEGIN_DECLS

/**
 * PerseaDrawArguments:
 * @output_name: (nullable): of -o
 * @clip_name: (nullable): of the CLIP that ranks
 * @no_rank: none does
 * @seed: (nullable): as it was given
 */
typedef struct
{
  char    *output_name;
  char    *clip_name;
  gboolean no_rank;
  char    *seed;

  /*< private >*/
  char  *negative;
  int    n_pictures;
  int    n_candidates;
  int    top_k;
  double temperature; /* NAN: not given, as the others */
  double top_p;
  double guidance;
} PerseaDrawArguments;

void persea_draw_arguments_init (PerseaDrawArguments *arguments);
void persea_draw_arguments_clear (PerseaDrawArguments *arguments);

/**
 * persea_draw_arguments_get_entries:
 * @arguments: what the entries write to
 * @own: (array zero-terminated=1): the command's own options
 *
 * Returns: (transfer full) (element-type GOptionEntry): @own, then those in common; ended by an
 *   entry of zeros
 */
GArray *persea_draw_arguments_get_entries (PerseaDrawArguments *arguments,
                                           const GOptionEntry  *own);

/**
 * persea_draw_arguments_apply:
 * @request: (inout): points into @arguments afterwards; its own default stays for what was not
 *   given
 *
 * Returns: %FALSE after saying what is wrong
 */
gboolean persea_draw_arguments_apply (const PerseaDrawArguments *arguments,
                                      PerseaCommand             *command,
                                      PerseaDrawRequest         *request);

/* whether anything was given that a picture can say itself: all but @output_name */
gboolean persea_draw_arguments_were_given (const PerseaDrawArguments *arguments);

G_END_DECLS
