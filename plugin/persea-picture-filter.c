/* persea-picture-filter.c - filters that look at a picture as a whole
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-picture-filter.h"

#include <glib/gi18n-lib.h>

/* NULL without an input; otherwise with pixels, perhaps without end */
static const GeglRectangle *
filter_get_box (GeglOperation *operation)
{
  return gegl_operation_source_get_bounding_box (operation, "input");
}

static gboolean
filter_has_end (const GeglRectangle *box)
{
  return box && !gegl_rectangle_is_infinite_plane (box);
}

/* Formats stay as they are, so that untouched pixels do; pictures with a palette become full colour. */
void
persea_filter_prepare (GeglOperation *operation)
{
  const Babl *format = gegl_operation_get_source_format (operation, "input");

  if (!format)
    format = babl_format ("R'G'B'A float");
  else if (babl_format_is_palette (format))
    format = babl_format_with_space ("R'G'B'A u8", babl_format_get_space (format));
  gegl_operation_set_format (operation, "input", format);
  gegl_operation_set_format (operation, "output", format);
}

static GeglRectangle
filter_get_required_for_output (GeglOperation *operation, const char *pad, const GeglRectangle *roi)
{
  const GeglRectangle *box = filter_get_box (operation);

  return filter_has_end (box) ? *box : *roi;
}

static GeglRectangle
filter_get_cached_region (GeglOperation *operation, const GeglRectangle *roi)
{
  return filter_get_required_for_output (operation, "input", roi);
}

void
persea_filter_class_init (GeglOperationClass *operation_class)
{
  operation_class->get_required_for_output = filter_get_required_for_output;
  operation_class->get_cached_region = filter_get_cached_region;
}

GeglBuffer *
persea_filter_get_picture (GeglOperation *operation, GeglOperationContext *context, PerseaLive *live)
{
  GeglBuffer *input = (GeglBuffer *) gegl_operation_context_get_object (context, "input");
  const GeglRectangle *box = filter_get_box (operation);

  if (!input || !box || gegl_rectangle_is_empty (box))
    return NULL;
  if (!filter_has_end (box))
    persea_live_fail (live, _("the input has no end; put gegl:crop before this operation"));
  else if ((uint64_t) box->width * box->height > PERSEA_FILTER_MAX_PIXELS)
    persea_live_fail (live, _("the input has more than 200 million pixels"));
  else
    return gegl_buffer_create_sub_buffer (input, box);
  return NULL;
}

void
persea_filter_show (GeglOperationContext *context,
                    PerseaRendering      *rendering,
                    PerseaPixelsPlace     place,
                    const GeglRectangle  *roi)
{
  GeglBuffer *input = (GeglBuffer *) gegl_operation_context_get_object (context, "input");

  if (rendering)
    persea_pixels_compose (input, rendering, place, gegl_operation_context_get_target (context, "output"), roi);
  else
    gegl_operation_context_set_object (context, "output", G_OBJECT (input));
}
