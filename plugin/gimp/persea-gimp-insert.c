/* persea-gimp-insert.c - what was drawn becomes layers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-insert.h"

#include <string.h>

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

/* a candidate that becomes a layer */
typedef struct
{
  PerseaGimpDrawing     *drawing;
  const PerseaCandidate *candidate;
  PerseaRectangle        place;    /* in the image */
  PerseaPainting        *painting; /* (nullable): there is no picture */
  GeglBuffer            *varied;   /* (nullable): a layer of that size, as opaque as which it becomes */
} Source;

static void
source_init (Source *source, const PerseaGimpInsert *insert, const PerseaCandidate *candidate)
{
  PerseaGimpDrawing *drawing = insert->drawing;
  PerseaRectangle *place = &source->place;
  int x, y, width = 0, height = 0;

  *source = (Source) { .drawing = drawing, .candidate = candidate };
  persea_gimp_drawing_get_place (drawing, candidate, place);
  if (!drawing->image)
    {
      persea_gimp_image_get_size (insert->image, &width, &height);
      place->x = (width - place->width) / 2;
      place->y = (height - place->height) / 2;
      return;
    }
  source->painting = persea_gimp_drawing_paint (drawing, candidate);
  if (!drawing->vary || !persea_gimp_layer_is_valid (insert->above) || !persea_gimp_layer_has_alpha (insert->above))
    return;
  persea_gimp_layer_get_place (insert->above, &x, &y, &width, &height);
  if (width == place->width && height == place->height)
    source->varied = persea_gimp_layer_get_buffer (insert->above);
}

static void
source_clear (Source *source)
{
  g_clear_pointer (&source->painting, persea_painting_free);
  g_clear_object (&source->varied);
}

/* Rows of what is there before something is painted over it: (transfer full): [n_rows, width, 3] */
static uint8_t *
source_make_ground (const Source *source, int y, int n_rows)
{
  const PerseaGimpDrawing *drawing = source->drawing;
  const PerseaImage *image = source->painting ? drawing->image : source->candidate->image;
  int left = source->painting ? source->place.x - drawing->x : 0;
  int top = source->painting ? source->place.y - drawing->y : 0;
  size_t row = (size_t) source->place.width * 3;
  uint8_t *ground = g_malloc_n (n_rows, row);

  /* of what is varied nothing stays */
  for (int i = 0; i < n_rows && !drawing->vary; i++)
    memcpy (ground + i * row, image->pixels + ((size_t) (top + y + i) * image->width + left) * 3, row);
  return ground;
}

/* a PerseaGimpRowsFunc */
static void
source_make_rows (int y, int n_rows, uint8_t *pixels, gpointer data)
{
  const Source *source = data;
  size_t width = source->place.width, n = width * n_rows;
  g_autofree uint8_t *rgb = source_make_ground (source, y, n_rows);

  if (source->painting)
    persea_painting_paint (source->painting, y, n_rows, rgb, width * 3);
  if (source->varied)
    gegl_buffer_get (source->varied, GEGL_RECTANGLE (0, y, (int) width, n_rows), 1, babl_format ("R'G'B'A u8"), pixels,
                     GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  for (size_t i = 0; i < n; i++)
    {
      memcpy (pixels + i * 4, rgb + i * 3, 3);
      if (!source->varied)
        pixels[i * 4 + 3] = 255;
    }
}

static int
insert_layer (const PerseaGimpInsert *insert, const PerseaCandidate *candidate, int above, gboolean visible)
{
  g_autofree char *name = persea_gimp_drawing_make_name (insert->drawing, candidate);
  g_autofree char *note = persea_gimp_drawing_make_note (insert->drawing, candidate);
  Source source;
  int id;

  source_init (&source, insert, candidate);
  id = persea_gimp_layer_add (insert->image, above, &(PerseaGimpLayer) {
                                .name = name,
                                .rows = source_make_rows,
                                .data = &source,
                                .width = source.place.width,
                                .height = source.place.height,
                                .x = source.place.x,
                                .y = source.place.y,
                                .visible = visible,
                              });
  source_clear (&source);
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
persea_gimp_insert_mark (int image, gboolean all_of_it)
{
  persea_gimp_metadata_set_text (image, SOURCE_TAG, all_of_it ? SOURCE "trainedAlgorithmicMedia"
                                                              : SOURCE "compositeWithTrainedAlgorithmicMedia");
}
