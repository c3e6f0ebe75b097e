/* persea-relevance.c - persea:relevance: where in a picture the words are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (persea_relevance_show)
  enum_value (PERSEA_RELEVANCE_SHOW_MASK, "mask", N_("Mask"))
  enum_value (PERSEA_RELEVANCE_SHOW_HEAT, "heat", N_("Heat map"))
  enum_value (PERSEA_RELEVANCE_SHOW_ALPHA, "alpha", N_("Transparency"))
enum_end (PerseaRelevanceShow)

property_string (text, _("Text"), "")
  description (_("What to look for; several lines mean the same"))
  ui_meta ("multiline", "true")

property_string (minus, _("Minus"), "")
  description (_("What is not meant, one a line, where the wrong thing is found"))
  ui_meta ("multiline", "true")

property_double (softness, _("Softness"), 0.0)
  description (_("0: a sharp border; 1: how likely the words are, without one"))
  value_range (0.0, 1.0)

property_enum (show, _("Show"), PerseaRelevanceShow, persea_relevance_show, PERSEA_RELEVANCE_SHOW_MASK)
  description (_("White where the words are, colours over the picture, or the picture, transparent elsewhere"))

property_string (clip, _("CLIP"), "")
  description (_("The CLIP that looks: a name from 'persea models list', or a path; empty: the default"))

#include "persea-live-properties.h"

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     persea_relevance
#define GEGL_OP_C_SOURCE persea-relevance.c

#include "persea-drawing-task.h"
#include "persea-looking-task.h"
#include "persea-picture-filter.h"

#include "gegl-op.h"

#include "persea-live-operation.h"

#define STRIP_ROWS 64

static void
prepare (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  const Babl *format;

  persea_filter_prepare (operation);
  format = gegl_operation_get_format (operation, "output");
  if (o->show == PERSEA_RELEVANCE_SHOW_ALPHA && !babl_format_has_alpha (format))
    gegl_operation_set_format (operation, "output",
                               babl_format_with_space ("R'G'B'A float", babl_format_get_space (format)));
  persea_live_prepare (o->user_data);
}

static PerseaRendering *
relevance_render (GeglOperation *operation, GeglBuffer *picture)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  PerseaTaskOrder order;

  persea_relevance_order_init (&order, &(PerseaLookingOptions) {
                                 .text = o->text,
                                 .minus = o->minus,
                                 .softness = o->softness,
                                 .clip = o->clip,
                               }, picture, persea_live_get_content (o->user_data, picture, TRUE));
  return persea_live_render (o->user_data, o->wait, &order);
}

/* pixels of the picture become what is shown, in place */
static void
show_pixels (PerseaRelevanceShow show, const float *rgb, const float *values, size_t n, float *rgba)
{
  for (size_t i = 0; i < n; i++)
    {
      float *pixel = rgba + i * 4;

      if (show == PERSEA_RELEVANCE_SHOW_ALPHA)
        pixel[3] *= values[i];
      else if (show == PERSEA_RELEVANCE_SHOW_HEAT)
        persea_relevance_heat (rgb + i * 3, values[i], pixel);
      else
        pixel[0] = pixel[1] = pixel[2] = values[i];
    }
}

/* @box: the whole picture */
static void
paint (GeglBuffer *input, const GeglRectangle *box, const PerseaRelevanceMap *map, PerseaRelevanceShow show,
       GeglBuffer *output, const GeglRectangle *roi)
{
  const Babl *format = babl_format ("R'G'B'A float");
  size_t n_strip = (size_t) roi->width * STRIP_ROWS;
  g_autofree float *rgba = g_new (float, n_strip * 4);
  g_autofree float *rgb = g_new (float, n_strip * 3);
  g_autofree float *values = g_new (float, n_strip);

  for (int y = roi->y; y < roi->y + roi->height; y += STRIP_ROWS)
    {
      const GeglRectangle strip = { roi->x, y, roi->width, MIN (STRIP_ROWS, roi->y + roi->height - y) };
      const PerseaRectangle area = { strip.x - box->x, strip.y - box->y, strip.width, strip.height };
      size_t n = (size_t) strip.width * strip.height;

      gegl_buffer_get (input, &strip, 1.0, format, rgba, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      persea_looking_flatten (rgba, n, rgb);
      persea_relevance_map_paint (map, box->width, box->height, &area, rgb, (size_t) strip.width * 3, values);
      show_pixels (show, rgb, values, n, rgba);
      gegl_buffer_set (output, &strip, 0, format, rgba, GEGL_AUTO_ROWSTRIDE);
    }
}

static gboolean
process (GeglOperation        *operation,
         GeglOperationContext *context,
         const gchar          *output,
         const GeglRectangle  *roi,
         gint                  level)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  g_autoptr (PerseaRendering) rendering = NULL;
  g_autoptr (GeglBuffer) picture = NULL;
  GeglRectangle common;

  if (persea_drawing_is_blank (o->text))
    live_show (operation, -1, _("the text is empty")); /* nothing is wanted yet */
  else
    picture = persea_filter_get_picture (operation, context, o->user_data);
  if (picture)
    rendering = relevance_render (operation, picture);
  if (!rendering)
    persea_filter_show (context, NULL, PERSEA_PIXELS_INSTEAD, roi);
  else if (gegl_rectangle_intersect (&common, roi, gegl_buffer_get_extent (picture)))
    {
      g_autoptr (PerseaRelevanceMap) map = persea_relevance_open_map (rendering);

      paint (picture, gegl_buffer_get_extent (picture), map, o->show,
             gegl_operation_context_get_target (context, "output"), &common);
    }
  return TRUE;
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GeglOperationClass *operation_class = GEGL_OPERATION_CLASS (klass);

  live_class_init (klass);
  persea_filter_class_init (operation_class);
  operation_class->prepare = prepare;
  operation_class->process = process;

  gegl_operation_class_set_keys (operation_class,
    "name", "persea:relevance",
    "title", _("Relevance of Text"),
    "categories", "generic",
    "description", _("Shows where in the input the words are, along its edges"),
    "gimp:menu-path", "<Image>/Filters/Persea",
    "gimp:menu-label", _("_Relevance of Text…"),
    NULL);
}

#endif
