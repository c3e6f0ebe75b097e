/* persea-gimp-insert.c - what was drawn becomes layers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-insert.h"

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp.h"

/* IPTC's words for how a picture came about */
#define SOURCE_TAG "Xmp.iptcExt.DigitalSourceType"
#define SOURCE "http://cv.iptc.org/newscodes/digitalsourcetype/"

gboolean
persea_gimp_insert_check_image (PerseaGimpCall *call, GError **error)
{
  if (persea_gimp_image_is_valid (persea_gimp_call_get_image (call)))
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("This image is not open any more."));
  return FALSE;
}

gboolean
persea_gimp_insert_check (PerseaGimpCall *call, GError **error)
{
  if (!persea_gimp_insert_check_image (call, error))
    return FALSE;
  if (persea_gimp_layer_is_valid (persea_gimp_call_get_layer (call)))
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       _("This works on a layer; choose one, rather than a mask or a channel."));
  return FALSE;
}

gboolean
persea_gimp_insert_check_writable (PerseaGimpCall *call, GError **error)
{
  int layer = persea_gimp_call_get_layer (call);

  if (persea_gimp_layer_is_group (layer))
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                         _("A layer group has no pixels of its own; choose one of its layers."));
  else if (persea_gimp_layer_is_locked (layer))
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                         _("The pixels of this layer are locked; unlock them first."));
  else
    return TRUE;
  return FALSE;
}

gboolean
persea_gimp_insert_check_again (PerseaGimpCall *call, int width, int height, GError **error)
{
  int layer = persea_gimp_call_get_layer (call);
  int x, y, width_now = 0, height_now = 0;

  if (persea_gimp_layer_is_valid (layer))
    persea_gimp_layer_get_place (layer, &x, &y, &width_now, &height_now);
  if (width_now == width && height_now == height)
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       _("The layer was removed, or got another size, while the dialog was open."));
  return FALSE;
}

const PerseaCandidate *
persea_gimp_insert_draw (const PerseaGimpDrawDialog *dialog,
                         PerseaGimpCall             *call,
                         PerseaGimpDrawing          *drawing,
                         GError                    **error)
{
  if (persea_gimp_call_is_interactive (call))
    return persea_gimp_draw_dialog_run (dialog, call, drawing, error);
  if (!persea_gimp_drawing_prepare (drawing, call, error)
      || !persea_gimp_task_run (persea_gimp_drawing_work, drawing, error))
    return NULL;
  return drawing->candidates->pdata[0];
}

static int
insert_layer (const PerseaGimpInsert *insert, const PerseaCandidate *candidate, int above, gboolean visible)
{
  g_autofree char *name = persea_gimp_drawing_make_name (insert->drawing, candidate);
  g_autofree char *note = persea_gimp_drawing_make_note (insert->drawing, candidate);
  g_autoptr (PerseaImage) painted = persea_gimp_drawing_paint (insert->drawing, candidate);
  g_autofree uint8_t *pixels = persea_gimp_drawing_make_pixels (insert->drawing, painted);
  const PerseaGimpLayer layer = {
    .name = name,
    .pixels = pixels,
    .width = painted->width,
    .height = painted->height,
    .x = insert->x,
    .y = insert->y,
    .visible = visible,
  };
  int id = persea_gimp_layer_add (insert->image, above, &layer);

  if (id >= 0)
    persea_gimp_layer_set_note (id, PERSEA_GIMP_NOTE, note);
  return id;
}

int
persea_gimp_insert_others (const PerseaGimpInsert *insert, const PerseaCandidate *chosen)
{
  GPtrArray *candidates = insert->drawing->candidates;
  int above = insert->above;

  /* the worst first: each comes to lie above those before it */
  for (unsigned i = candidates->len; i-- > 0;)
    if (candidates->pdata[i] != chosen)
      above = insert_layer (insert, candidates->pdata[i], above, FALSE);
  return above;
}

int
persea_gimp_insert_layers (const PerseaGimpInsert *insert, const PerseaCandidate *chosen, GError **error)
{
  int above = insert->keep_others ? persea_gimp_insert_others (insert, chosen) : insert->above;
  int id = insert_layer (insert, chosen, above, TRUE);

  if (id < 0)
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("GIMP did not make a layer of the picture."));
  return id;
}

void
persea_gimp_insert_find_place (PerseaGimpInsert *insert)
{
  const PerseaRectangle *region = persea_gimp_drawing_get_region (insert->drawing);

  insert->x = insert->drawing->x + region->x;
  insert->y = insert->drawing->y + region->y;
}

void
persea_gimp_insert_mark (int image, gboolean all_of_it)
{
  persea_gimp_metadata_set_text (image, SOURCE_TAG, all_of_it ? SOURCE "trainedAlgorithmicMedia"
                                                              : SOURCE "compositeWithTrainedAlgorithmicMedia");
}
