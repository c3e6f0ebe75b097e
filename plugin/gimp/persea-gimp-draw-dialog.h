/* persea-gimp-draw-dialog.h - a text, candidates for it, and one of them is taken
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The dialog of all procedures that draw.
 */
#pragma once

#include "persea-gimp-drawing.h"

G_BEGIN_DECLS

/**
 * PerseaGimpDrawDialog:
 * @title: of the window, translated
 * @own: (array zero-terminated=1): names of the parameters that this procedure has besides
 *   those of all, shown below the text; numbers become sliders
 * @accept: the button that takes a candidate, with a mnemonic, translated
 */
typedef struct
{
  const char        *title;
  const char *const *own;
  const char        *accept;
} PerseaGimpDrawDialog;

/**
 * persea_gimp_draw_dialog_run:
 * @drawing: with its picture, if it has one
 * @error: return location; %PERSEA_ERROR_CANCELLED if no candidate is taken
 *
 * Returns: (transfer none) (nullable): the candidate that is taken
 */
const PerseaCandidate *persea_gimp_draw_dialog_run (const PerseaGimpDrawDialog *dialog,
                                                    PerseaGimpCall             *call,
                                                    PerseaGimpDrawing          *drawing,
                                                    GError                    **error);

G_END_DECLS
