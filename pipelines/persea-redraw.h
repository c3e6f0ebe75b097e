/* persea-redraw.h - draws a part of a picture anew, for persea complete and persea vary
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Loads picture and models, says what is aligned (persea-completion.h), draws and ranks
 * (persea-draw-job.h), puts the pixels back (persea-image-patch.h), writes and shows the best.  The
 * picture itself is never replaced.
 */
#pragma once

#include "persea-image-file.h"
#include "persea-redraw-mask.h"
#include "persea-redraw-options.h"

G_BEGIN_DECLS

/**
 * PerseaRedraw:
 * @command: the sub-command
 * @options: parsed
 * @made: %PERSEA_MADE_COMPLETED or %PERSEA_MADE_VARIED
 * @strength: of a variation
 * @details: to be noted in the pictures
 * @mask: (nullable): what is to be drawn; %NULL: everything may change
 * @again: (nullable): how the picture was made that is repeated; none is ranked then
 */
typedef struct
{
  PerseaCommand          *command;
  PerseaRedrawOptions    *options;
  PerseaMade              made;
  double                  strength;
  const char             *details;
  const PerseaRedrawMask *mask;
  const PerseaProvenance *again;
} PerseaRedraw;

/* Returns: an exit status; what went wrong has been said */
int persea_redraw_run (const PerseaRedraw *redraw);

G_END_DECLS
