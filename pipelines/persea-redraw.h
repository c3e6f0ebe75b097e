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
#include "persea-redraw-options.h"

G_BEGIN_DECLS

/**
 * PerseaRedrawMaskFunc:
 * @image: the picture
 * @mask: (out) (transfer full): see persea-mask.h
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT counts as wrong usage
 *
 * Says what is to be drawn.
 */
typedef gboolean (*PerseaRedrawMaskFunc) (const PerseaImageSource  *source,
                                          const PerseaImage        *image,
                                          uint8_t                 **mask,
                                          gpointer                  user_data,
                                          GError                  **error);

/**
 * PerseaRedraw:
 * @command: the sub-command
 * @options: parsed
 * @made: %PERSEA_MADE_COMPLETED or %PERSEA_MADE_VARIED
 * @strength: of a variation
 * @details: (nullable): to be noted in the pictures
 * @make_mask: (nullable): what is to be drawn; %NULL: everything may change
 * @user_data: passed to @make_mask
 */
typedef struct
{
  PerseaCommand        *command;
  PerseaRedrawOptions  *options;
  PerseaMade            made;
  double                strength;
  const char           *details;
  PerseaRedrawMaskFunc  make_mask;
  gpointer              user_data;
} PerseaRedraw;

/* Returns: an exit status; what went wrong has been said */
int persea_redraw_run (const PerseaRedraw *redraw);

G_END_DECLS
