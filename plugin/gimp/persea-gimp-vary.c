/* persea-gimp-vary.c - Vary: pictures like a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n.h>

#include "persea-gimp-insert.h"
#include "persea-gimp-pixels.h"
#include "persea-gimp-procedures.h"
#include "persea-gimp.h"

#define USEFUL_SIDE 1024 /* pixels of the shorter side; models draw a few hundred, however large the picture is */

static const PerseaGimpParameter vary_parameters[] = {
  PERSEA_GIMP_DRAWING_PROMPT (N_("What the picture is to show; may be empty")),
  { "strength", PERSEA_GIMP_NUMBER, N_("Stren_gth:"), N_("How much of the picture may change: 0 nothing, 1 all of it"),
    0, 1, 0.5 },
  PERSEA_GIMP_DRAWING_PARAMETERS,
  { NULL }
};

static const PerseaGimpParameter vary_results[] = {
  { "new-layer", PERSEA_GIMP_LAYER, N_("Layer"), N_("The layer that is the variation") },
  PERSEA_GIMP_DRAWING_RESULTS,
  { NULL }
};

static void
vary_read (PerseaGimpCall *call, PerseaGimpDrawing *drawing)
{
  int layer = persea_gimp_call_get_layer (call);
  g_autoptr (GeglBuffer) buffer = persea_gimp_layer_get_buffer (layer);
  GeglRectangle place = { 0 };
  double scale;

  persea_gimp_layer_get_place (layer, &drawing->x, &drawing->y, &place.width, &place.height);
  scale = MIN (1.0, (double) USEFUL_SIDE / MIN (place.width, place.height));
  drawing->width = place.width;
  drawing->height = place.height;
  drawing->image = persea_gimp_pixels_read_small (buffer, &place, scale, FALSE);
  drawing->vary = TRUE;
}

static gboolean
vary_insert (PerseaGimpCall *call, PerseaGimpDrawing *drawing, const PerseaCandidate *chosen, GError **error)
{
  PerseaGimpInsert insert = {
    .drawing = drawing,
    .image = persea_gimp_call_get_image (call),
    .above = persea_gimp_call_get_layer (call),
    .keep_others = persea_gimp_call_get_integer (call, "keep-others"),
  };
  int id;

  persea_gimp_image_begin_undo (insert.image);
  id = persea_gimp_insert_layers (&insert, chosen, error);
  persea_gimp_insert_mark (insert.image, FALSE);
  persea_gimp_image_end_undo (insert.image);
  persea_gimp_image_refresh ();
  persea_gimp_call_set_number (call, "new-layer", id);
  return id >= 0;
}

static gboolean
vary_run (PerseaGimpCall *call, GError **error)
{
  static const char *const own[] = { "strength", NULL };
  const PerseaGimpDrawDialog dialog = {
    .title = _("Vary"),
    .own = own,
    .accept = _("I_nsert"),
  };
  g_autoptr (PerseaGimpDrawing) drawing = persea_gimp_drawing_new ();
  const PerseaCandidate *chosen;

  if (!persea_gimp_insert_check (call, error))
    return FALSE;
  vary_read (call, drawing);
  chosen = persea_gimp_insert_draw (&dialog, call, drawing, error);
  if (!chosen)
    return FALSE;
  persea_gimp_drawing_set_results (drawing, chosen, call);
  if (!persea_gimp_insert_check_image (call, error))
    return FALSE;
  return vary_insert (call, drawing, chosen, error);
}

const PerseaGimpProcedure persea_gimp_procedure_vary = {
  .name = "plug-in-persea-vary",
  .label = N_("_Vary…"),
  .menu = PERSEA_GIMP_MENU,
  .summary = N_("Draws pictures like a layer"),
  .help = N_("Draws a layer anew, keeping a share of what it shows; the best, or the one that is chosen, becomes a "
             "layer above it."),
  .needs_layer = TRUE,
  .parameters = vary_parameters,
  .results = vary_results,
  .run = vary_run,
};
