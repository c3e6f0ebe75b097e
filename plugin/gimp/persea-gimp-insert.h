/* persea-gimp-insert.h - what was drawn becomes layers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The steps that the procedures that draw have in common, around the drawing itself.
 */
#pragma once

#include "persea-gimp-draw-dialog.h"
#include "persea-gimp-drawing.h"

G_BEGIN_DECLS

/* %FALSE with @error set, in words for people, if the call's layer is none that can be worked on */
gboolean persea_gimp_insert_check (PerseaGimpCall *call, GError **error);

/* likewise if only the image has to be there */
gboolean persea_gimp_insert_check_image (PerseaGimpCall *call, GError **error);

/* likewise if its pixels must not be changed */
gboolean persea_gimp_insert_check_writable (PerseaGimpCall *call, GError **error);

/* likewise if, while a person looked at a dialog, it was removed, or is not of this size any more */
gboolean persea_gimp_insert_check_again (PerseaGimpCall *call, int width, int height, GError **error);

/**
 * persea_gimp_insert_draw:
 *
 * Asks a person, if there is one, otherwise takes the best.
 *
 * Returns: (transfer none) (nullable): a candidate of @drawing
 */
const PerseaCandidate *persea_gimp_insert_draw (const PerseaGimpDrawDialog *dialog,
                                                PerseaGimpCall             *call,
                                                PerseaGimpDrawing          *drawing,
                                                GError                    **error);

/**
 * PerseaGimpInsert:
 * @drawing: with a picture, what was drawn comes to lie over that; otherwise in the middle of the image
 * @image: where to
 * @above: a layer of it, or -1; for a variation the layer that was varied, as opaque as which it becomes
 * @keep_others: the candidates that were not chosen become hidden layers below
 */
typedef struct
{
  PerseaGimpDrawing *drawing;
  int                image;
  int                above;
  gboolean           keep_others;
} PerseaGimpInsert;

/* Returns: the layer of @chosen, or -1 with @error set */
int persea_gimp_insert_layers (const PerseaGimpInsert *insert, const PerseaCandidate *chosen, GError **error);

/* the hidden ones alone.  Returns: the highest of them, or what they were to lie above */
int persea_gimp_insert_others (const PerseaGimpInsert *insert, const PerseaCandidate *chosen);

/* says in the image's metadata that a machine has made it, or a part of it */
void persea_gimp_insert_mark (int image, gboolean all_of_it);

G_END_DECLS
