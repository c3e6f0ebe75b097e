/* persea-gimp-complete.c - Complete Transparent Areas: what a layer lacks is drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is transparent is drawn; where there is a selection, only inside of it.  A layer without
 * anything transparent has its selection drawn anew.  All other pixels stay as they are, to the bit,
 * in whatever precision they have.
 */
#include "config.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp-insert.h"
#include "persea-gimp-pixels.h"
#include "persea-gimp-procedures.h"
#include "persea-gimp.h"

static const PerseaGimpParameter complete_parameters[] = {
  PERSEA_GIMP_DRAWING_PROMPT (N_("What the whole picture is to show")),
  PERSEA_GIMP_DRAWING_PARAMETERS,
  { NULL }
};

static const PerseaGimpParameter complete_results[] = {
  PERSEA_GIMP_DRAWING_RESULTS,
  { NULL }
};

/* (transfer full) (nullable): [height, width] of the layer; %NULL: nothing is selected */
static uint8_t *
complete_read_selection (int image, const GeglRectangle *place)
{
  g_autoptr (GeglBuffer) selection = NULL;
  uint8_t *mask;

  if (persea_gimp_selection_is_empty (image))
    return NULL;
  selection = persea_gimp_selection_get_buffer (image);
  mask = g_malloc0 ((size_t) place->width * place->height);
  gegl_buffer_get (selection, place, 1, babl_format ("Y u8"), mask, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return mask;
}

/* (transfer full): [n]: 255 for what is to be drawn */
static uint8_t *
complete_make_mask (const uint8_t *alpha, const uint8_t *selection, size_t n)
{
  uint8_t *mask = g_malloc (n);
  gboolean lacks = FALSE;

  for (size_t i = 0; i < n && !lacks; i++)
    lacks = alpha[i] < PERSEA_COMPLETION_DRAW;
  for (size_t i = 0; i < n; i++)
    {
      gboolean selected = selection && selection[i] >= 128;
      gboolean draw = lacks ? alpha[i] < PERSEA_COMPLETION_DRAW && (selected || !selection) : selected;

      mask[i] = draw ? 255 : 0;
    }
  return mask;
}

static gboolean
complete_read (PerseaGimpCall *call, PerseaGimpDrawing *drawing, GError **error)
{
  int image = persea_gimp_call_get_image (call);
  int layer = persea_gimp_call_get_layer (call);
  g_autoptr (GeglBuffer) buffer = persea_gimp_layer_get_buffer (layer);
  g_autofree uint8_t *alpha = NULL;
  g_autofree uint8_t *selection = NULL;
  GeglRectangle place = { 0 };
  size_t n;

  persea_gimp_layer_get_place (layer, &drawing->x, &drawing->y, &place.width, &place.height);
  n = (size_t) place.width * place.height;
  drawing->width = place.width;
  drawing->height = place.height;
  drawing->image = persea_gimp_pixels_read (buffer, &place, &alpha);
  selection = complete_read_selection (image, GEGL_RECTANGLE (drawing->x, drawing->y, place.width, place.height));
  drawing->mask = complete_make_mask (alpha, selection, n);
  if (memchr (drawing->mask, 255, n))
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       selection ? _("Nothing of this layer is transparent inside of the selection.")
                                 : _("Nothing of this layer is transparent, and nothing is selected: erase what is to "
                                     "be drawn, or select it."));
  return FALSE;
}

static void
complete_write (PerseaGimpCall *call, PerseaGimpDrawing *drawing, const PerseaCandidate *chosen)
{
  int layer = persea_gimp_call_get_layer (call);
  const PerseaRectangle *region = &persea_draw_canvas_get_plan (drawing->canvas)->region;
  const GeglRectangle changed = { region->x, region->y, region->width, region->height };
  g_autoptr (PerseaPainting) painting = persea_gimp_drawing_paint (drawing, chosen);
  g_autoptr (GeglBuffer) buffer = persea_gimp_layer_get_buffer (layer);
  g_autoptr (GeglBuffer) shadow = persea_gimp_layer_get_shadow (layer);
  g_autofree char *note = persea_gimp_drawing_make_note (drawing, chosen);

  persea_gimp_progress_begin (_("Completing the layer"));
  gegl_buffer_copy (buffer, NULL, GEGL_ABYSS_NONE, shadow, NULL);
  persea_gimp_pixels_write_painted (shadow, &changed, painting, persea_draw_canvas_get_painted (drawing->canvas));
  gegl_buffer_flush (shadow);
  persea_gimp_layer_commit (layer, &changed);
  persea_gimp_progress_end ();
  persea_gimp_layer_set_note (layer, PERSEA_GIMP_NOTE, note);
}

static void
complete_insert (PerseaGimpCall *call, PerseaGimpDrawing *drawing, const PerseaCandidate *chosen)
{
  PerseaGimpInsert insert = {
    .drawing = drawing,
    .image = persea_gimp_call_get_image (call),
    .above = persea_gimp_call_get_layer (call),
  };

  persea_gimp_image_begin_undo (insert.image);
  if (persea_gimp_call_get_integer (call, "keep-others"))
    {
      persea_gimp_insert_others (&insert, chosen);
      /* not one of the hidden ones, which GIMP chooses when they are added */
      persea_gimp_layer_choose (insert.image, insert.above);
    }
  complete_write (call, drawing, chosen);
  persea_gimp_insert_mark (insert.image, FALSE);
  persea_gimp_image_end_undo (insert.image);
  persea_gimp_image_refresh ();
}

static gboolean
complete_run (PerseaGimpCall *call, GError **error)
{
  static const char *const own[] = { NULL };
  const PerseaGimpDrawDialog dialog = {
    .title = _("Complete Transparent Areas"),
    .own = own,
    .accept = _("_Apply"),
  };
  g_autoptr (PerseaGimpDrawing) drawing = persea_gimp_drawing_new ();
  const PerseaCandidate *chosen;

  if (!persea_gimp_insert_check (call, error)
      || !persea_gimp_insert_check_writable (call, error)
      || !complete_read (call, drawing, error))
    return FALSE;
  chosen = persea_gimp_insert_draw (&dialog, call, drawing, error);
  if (!chosen || !persea_gimp_insert_check_again (call, drawing->width, drawing->height, error))
    return FALSE;
  complete_insert (call, drawing, chosen);
  persea_gimp_drawing_set_results (drawing, chosen, call);
  return TRUE;
}

const PerseaGimpProcedure persea_gimp_procedure_complete = {
  .name = "plug-in-persea-complete",
  .label = N_("_Complete Transparent Areas…"),
  .menu = PERSEA_GIMP_MENU,
  .summary = N_("Draws what is transparent in a layer"),
  .help = N_("Draws what is transparent, inside of the selection if there is one, to fit a text and what is around; "
             "a layer without anything transparent has its selection drawn anew.  All other pixels stay as they are."),
  .needs_layer = TRUE,
  .parameters = complete_parameters,
  .results = complete_results,
  .run = complete_run,
};
