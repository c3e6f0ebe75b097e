/* persea-gimp-finding.c - where in a layer the words are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-finding.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp-pixels.h"
#include "persea-gimp.h"

#define SHARP_EDGE 0.04f /* of values, on each side of the threshold */
#define SOFT_EDGE 0.4f   /* likewise, for the greatest softness */

PerseaGimpFinding *
persea_gimp_finding_new (PerseaGimpCall *call)
{
  PerseaGimpFinding *finding = g_new0 (PerseaGimpFinding, 1);
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle place = { 0 };
  double scale;
  int x, y;

  finding->layer = persea_gimp_call_get_layer (call);
  buffer = persea_gimp_layer_get_buffer (finding->layer);
  persea_gimp_layer_get_place (finding->layer, &x, &y, &place.width, &place.height);
  finding->width = place.width;
  finding->height = place.height;
  scale = MIN (1.0, (double) PERSEA_RELEVANCE_USEFUL_SIDE / MAX (place.width, place.height));
  finding->image = persea_gimp_pixels_read_small (buffer, &place, scale, TRUE);
  finding->studio = persea_gimp_studio_new ();
  return finding;
}

static void
finding_forget (PerseaGimpFinding *finding)
{
  g_clear_pointer (&finding->values, g_free);
  g_clear_pointer (&finding->map, persea_relevance_map_unref);
}

void
persea_gimp_finding_free (PerseaGimpFinding *finding)
{
  if (!finding)
    return;

  finding_forget (finding);
  g_clear_pointer (&finding->relevance, persea_relevance_unref);
  g_clear_pointer (&finding->studio, persea_gimp_studio_free);
  persea_image_free (finding->image);
  g_free (finding->seen_by);
  g_free (finding->model);
  g_strfreev (finding->texts);
  g_strfreev (finding->minus);
  g_free (finding);
}

/* "cat, kitten" */
static GStrv
finding_split (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", PERSEA_RELEVANCE_MAX_TEXTS);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (char **part = parts; *part; part++)
    if (*g_strstrip (*part))
      g_strv_builder_add (words, *part);
  return g_strv_builder_end (words);
}

gboolean
persea_gimp_finding_prepare (PerseaGimpFinding *finding, PerseaGimpCall *call, GError **error)
{
  g_strfreev (finding->texts);
  g_strfreev (finding->minus);
  g_free (finding->model);
  finding->texts = finding_split (persea_gimp_call_get_text (call, "prompt"));
  finding->minus = finding_split (persea_gimp_call_get_text (call, "minus"));
  finding->model = g_strdup (persea_gimp_call_get_text (call, "model"));
  finding->softness = persea_gimp_call_get_number (call, "softness");
  if (*finding->texts)
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("Say what is to be selected."));
  return FALSE;
}

/* (transfer full): [height, width, 3], 0 to 1 */
static float *
finding_make_floats (const PerseaImage *image)
{
  size_t n = (size_t) image->width * image->height * 3;
  float *pixels = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    pixels[i] = image->pixels[i] / 255.0f;
  return pixels;
}

static gboolean
finding_look (PerseaGimpFinding *finding, const float *pixels, PerseaGimpTask *task, GError **error)
{
  const PerseaRelevancePicture picture = { finding->image->width, finding->image->height, pixels };

  if (finding->relevance && g_strcmp0 (finding->seen_by, finding->model) == 0)
    return TRUE;
  g_clear_pointer (&finding->relevance, persea_relevance_unref);
  if (!persea_gimp_studio_load_clip (finding->studio, finding->model, task, error))
    return FALSE;
  finding->relevance = persea_relevance_new (finding->studio->clip, &picture, persea_gimp_task_get_cancellable (task),
                                             persea_gimp_task_report, task, error);
  g_free (finding->seen_by);
  finding->seen_by = g_strdup (finding->model);
  return finding->relevance != NULL;
}

gboolean
persea_gimp_finding_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  PerseaGimpFinding *finding = data;
  const PerseaImage *image = finding->image;
  const PerseaRectangle all = { 0, 0, image->width, image->height };
  g_autofree float *pixels = finding_make_floats (image);
  const PerseaRelevanceQuery query = {
    .texts = (const char *const *) finding->texts,
    .minus = (const char *const *) finding->minus,
    .softness = finding->softness,
  };

  finding_forget (finding);
  if (!finding_look (finding, pixels, task, error))
    return FALSE;
  finding->map = persea_relevance_find (finding->relevance, &query, persea_gimp_task_get_cancellable (task), error);
  if (!finding->map)
    return FALSE;
  finding->values = g_new (float, (size_t) image->width * image->height);
  persea_relevance_map_paint (finding->map, image->width, image->height, &all, pixels, (size_t) image->width * 3,
                              finding->values);
  return TRUE;
}

uint8_t
persea_gimp_finding_judge (PerseaGimpFinding *finding, float value, double threshold)
{
  float edge = SHARP_EDGE + SOFT_EDGE * finding->softness;
  float inside = (value - (float) threshold) / (2 * edge) + 0.5f;

  return (uint8_t) (CLAMP (inside, 0, 1) * 255 + 0.5f);
}

/* The selection */

typedef struct
{
  PerseaGimpFinding *finding;
  GeglBuffer        *buffer; /* of the layer */
  int                x, y, width, height; /* of the layer, in the image */
  int                image_width, image_height;
  double             threshold;
  double             sum;    /* of the mask */
} Mask;

/* (transfer full): [height, width] of the layer's part @area */
static float *
mask_find_values (const Mask *mask, const PerseaRectangle *area)
{
  size_t n = (size_t) area->width * area->height;
  g_autofree float *pixels = g_new (float, n * 3);
  float *values = g_new (float, n);

  gegl_buffer_get (mask->buffer, GEGL_RECTANGLE (area->x, area->y, area->width, area->height), 1,
                   babl_format ("R'G'B' float"), pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  persea_relevance_map_paint (mask->finding->map, mask->width, mask->height, area, pixels, (size_t) area->width * 3,
                              values);
  return values;
}

/* a PerseaGimpRowsFunc */
static void
mask_make_rows (int y, int n_rows, uint8_t *pixels, gpointer data)
{
  Mask *mask = data;
  int left = MAX (0, mask->x), right = MIN (mask->image_width, mask->x + mask->width);
  int top = MAX (y, mask->y), bottom = MIN (y + n_rows, mask->y + mask->height);
  const PerseaRectangle area = { left - mask->x, top - mask->y, right - left, bottom - top };
  g_autofree float *values = NULL;

  memset (pixels, 0, (size_t) mask->image_width * n_rows);
  if (area.width <= 0 || area.height <= 0)
    return;
  values = mask_find_values (mask, &area);
  for (int row = 0; row < area.height; row++)
    for (int x = 0; x < area.width; x++)
      {
        uint8_t selected = persea_gimp_finding_judge (mask->finding, values[(size_t) row * area.width + x],
                                                      mask->threshold);

        pixels[(size_t) (top - y + row) * mask->image_width + left + x] = selected;
        mask->sum += selected;
      }
}

void
persea_gimp_finding_select (PerseaGimpFinding *finding, PerseaGimpCall *call)
{
  int image = persea_gimp_call_get_image (call);
  g_autoptr (GeglBuffer) buffer = persea_gimp_layer_get_buffer (finding->layer);
  Mask mask = { .finding = finding, .buffer = buffer, .threshold = persea_gimp_call_get_number (call, "threshold") };

  persea_gimp_layer_get_place (finding->layer, &mask.x, &mask.y, &mask.width, &mask.height);
  persea_gimp_image_get_size (image, &mask.image_width, &mask.image_height);
  persea_gimp_image_begin_undo (image);
  persea_gimp_selection_set (image, persea_gimp_call_get_integer (call, "operation"), mask_make_rows, &mask);
  persea_gimp_image_end_undo (image);
  persea_gimp_image_refresh ();
  persea_gimp_call_set_number (call, "share", mask.sum / 255 / mask.image_width / mask.image_height);
}
