/* persea-gimp-draw.c - Draw from Text: a picture of what a sentence says
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp-draw-dialog.h"
#include "persea-gimp-insert.h"
#include "persea-gimp-procedures.h"
#include "persea-gimp.h"

enum
{
  TARGET_LAYER,
  TARGET_IMAGE,
};

static const char *const targets[] = { N_("a new layer"), N_("a new image"), NULL };

#define SIZE \
  { "size", PERSEA_GIMP_INTEGER, N_("Si_ze:"), \
    N_("Pixels of each side; 0 for the size that the model draws"), 0, PERSEA_DRAW_MAX_SIZE, 0, .lowest = N_("automatic") }

static const PerseaGimpParameter draw_parameters[] = {
  PERSEA_GIMP_DRAWING_PROMPT (N_("What the picture is to show")),
  { "target", PERSEA_GIMP_INTEGER, N_("_Into:"), N_("Whether the picture becomes a layer (0) or an image (1)"),
    TARGET_LAYER, TARGET_IMAGE, TARGET_LAYER, targets },
  SIZE,
  PERSEA_GIMP_DRAWING_PARAMETERS,
  { NULL }
};

static const PerseaGimpParameter image_parameters[] = {
  PERSEA_GIMP_DRAWING_PROMPT (N_("What the picture is to show")),
  SIZE,
  PERSEA_GIMP_DRAWING_PARAMETERS,
  { NULL }
};

static const PerseaGimpParameter draw_results[] = {
  { "new-image", PERSEA_GIMP_IMAGE, N_("Image"), N_("The image that has the picture") },
  { "new-layer", PERSEA_GIMP_LAYER, N_("Layer"), N_("The layer that is the picture") },
  PERSEA_GIMP_DRAWING_RESULTS,
  { NULL }
};

/* In the middle of the image.  Returns: the layer, or -1 with @error set */
static int
draw_insert (PerseaGimpCall        *call,
             PerseaGimpDrawing     *drawing,
             const PerseaCandidate *chosen,
             int                    image,
             int                    above,
             GError               **error)
{
  const PerseaGimpInsert insert = {
    .drawing = drawing,
    .image = image,
    .above = above,
    .keep_others = persea_gimp_call_get_integer (call, "keep-others"),
  };

  return persea_gimp_insert_layers (&insert, chosen, error);
}

static gboolean
draw_into_image (PerseaGimpCall *call, PerseaGimpDrawing *drawing, const PerseaCandidate *chosen, GError **error)
{
  int image = persea_gimp_image_new (chosen->image->width, chosen->image->height);
  int layer;

  persea_gimp_image_begin_undo (image);
  layer = draw_insert (call, drawing, chosen, image, -1, error);
  if (layer >= 0)
    persea_gimp_insert_mark (image, TRUE);
  persea_gimp_image_end_undo (image);
  if (layer < 0)
    {
      persea_gimp_image_delete (image);
      return FALSE;
    }
  if (persea_gimp_call_is_interactive (call))
    persea_gimp_image_show (image);
  persea_gimp_call_set_number (call, "new-image", image);
  persea_gimp_call_set_number (call, "new-layer", layer);
  return TRUE;
}

static gboolean
draw_into_layer (PerseaGimpCall *call, PerseaGimpDrawing *drawing, const PerseaCandidate *chosen, GError **error)
{
  int image = persea_gimp_call_get_image (call);
  int layer;

  persea_gimp_image_begin_undo (image);
  layer = draw_insert (call, drawing, chosen, image, persea_gimp_call_get_layer (call), error);
  persea_gimp_insert_mark (image, FALSE);
  persea_gimp_image_end_undo (image);
  persea_gimp_image_refresh ();
  persea_gimp_call_set_number (call, "new-image", image);
  persea_gimp_call_set_number (call, "new-layer", layer);
  return layer >= 0;
}

static gboolean
draw_run (PerseaGimpCall *call, GError **error)
{
  static const char *const own[] = { "target", "size", NULL };
  gboolean has_target = persea_gimp_call_has (call, "target");
  const PerseaGimpDrawDialog dialog = {
    .title = _("Draw from Text"),
    .own = has_target ? own : own + 1,
    .accept = _("I_nsert"),
  };
  g_autoptr (PerseaGimpDrawing) drawing = persea_gimp_drawing_new ();
  const PerseaCandidate *chosen;
  gboolean done, as_layer;

  if (has_target && !persea_gimp_insert_check (call, error))
    return FALSE;
  chosen = persea_gimp_insert_draw (&dialog, call, drawing, error);
  if (!chosen)
    return FALSE;
  /* of an image that was closed while the dialog was open nothing shall be lost */
  as_layer = has_target && persea_gimp_call_get_integer (call, "target") == TARGET_LAYER
             && persea_gimp_image_is_valid (persea_gimp_call_get_image (call));
  done = as_layer ? draw_into_layer (call, drawing, chosen, error) : draw_into_image (call, drawing, chosen, error);
  persea_gimp_drawing_set_results (drawing, chosen, call);
  return done;
}

const PerseaGimpProcedure persea_gimp_procedure_draw = {
  .name = "plug-in-persea-draw",
  .label = N_("_Draw from Text…"),
  .menu = PERSEA_GIMP_MENU,
  .summary = N_("Draws what a sentence says"),
  .help = N_("Draws candidates for a text, and puts the best, or the one that is chosen, into a new layer or a new "
             "image."),
  .needs_layer = TRUE,
  .parameters = draw_parameters,
  .results = draw_results,
  .run = draw_run,
};

const PerseaGimpProcedure persea_gimp_procedure_draw_image = {
  .name = "plug-in-persea-draw-image",
  .label = N_("From _Text (Persea)…"),
  .menu = "<Image>/File/Create/Acquire",
  .summary = N_("Draws what a sentence says, as a new image"),
  .help = N_("Draws candidates for a text, and makes an image of the best, or of the one that is chosen."),
  .parameters = image_parameters,
  .results = draw_results,
  .run = draw_run,
};
