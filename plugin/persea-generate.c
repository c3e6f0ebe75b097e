/* persea-generate.c - persea:generate: a picture of words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

#include "persea-drawing-properties.h"

property_int (size, _("Size"), 0)
  description (_("Pixels on each side; 0: the largest square that fits into width and height"))
  value_range (0, 4096)
  ui_range (0, 1024)
  ui_meta ("unit", "pixel-distance")

property_int (width, _("Width"), 256)
  description (_("Of the area, if no size is given"))
  value_range (1, 262144)
  ui_meta ("unit", "pixel-distance")
  ui_meta ("axis", "x")
  ui_meta ("role", "output-extent")

property_int (height, _("Height"), 256)
  description (_("Of the area, if no size is given"))
  value_range (1, 262144)
  ui_meta ("unit", "pixel-distance")
  ui_meta ("axis", "y")
  ui_meta ("role", "output-extent")

#include "persea-live-properties.h"

#else

#define GEGL_OP_SOURCE
#define GEGL_OP_NAME     persea_generate
#define GEGL_OP_C_SOURCE persea-generate.c

#include "persea-drawing-task.h"
#include "persea-live.h"

#include "gegl-op.h"

#include "persea-live-operation.h"

/* the codebooks' own size; larger areas than a model may draw are filled as far as it goes */
#define MAX_SIZE 4096

static GeglRectangle
get_bounding_box (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  int width = o->size > 0 ? o->size : o->width;
  int height = o->size > 0 ? o->size : o->height;

  return (GeglRectangle) { 0, 0, width, height };
}

static void
prepare (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  gegl_operation_set_format (operation, "output", babl_format ("R'G'B'A u8"));
  persea_live_prepare (o->user_data);
}

/* where the picture lies: MAX_SIZE at most, in the middle */
static GeglRectangle
generate_get_area (GeglOperation *operation)
{
  GeglRectangle box = get_bounding_box (operation);
  int width = MIN (box.width, MAX_SIZE);
  int height = MIN (box.height, MAX_SIZE);

  return (GeglRectangle) { (box.width - width) / 2, (box.height - height) / 2, width, height };
}

static PerseaRendering *
generate_render (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  PerseaTaskOrder order;

  persea_drawing_order_init (&order, &(PerseaDrawingOptions) {
                               .kind = PERSEA_DRAWING_NEW,
                               .prompt = o->prompt,
                               .negative = o->negative,
                               .seed = o->seed,
                               .candidates = o->candidates,
                               .guidance = o->guidance,
                               .temperature = o->temperature,
                               .top_k = o->top_k,
                               .area = generate_get_area (operation),
                               .model = o->model,
                               .clip = o->clip,
                             }, NULL, 0);
  return persea_live_render (o->user_data, o->wait, &order);
}

static gboolean
process (GeglOperation *operation, GeglBuffer *output, const GeglRectangle *roi, gint level)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  g_autoptr (PerseaRendering) rendering = NULL;

  gegl_buffer_clear (output, roi);
  if (persea_drawing_is_blank (o->prompt))
    live_show (operation, -1, _("the prompt is empty")); /* nothing is wanted yet */
  else
    rendering = generate_render (operation);
  if (rendering)
    {
      g_autoptr (GeglBuffer) picture = persea_rendering_open (rendering);

      gegl_buffer_copy (picture, roi, GEGL_ABYSS_NONE, output, roi);
    }
  return TRUE;
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GeglOperationClass *operation_class = GEGL_OPERATION_CLASS (klass);

  live_class_init (klass);
  operation_class->get_bounding_box = get_bounding_box;
  operation_class->prepare = prepare;
  GEGL_OPERATION_SOURCE_CLASS (klass)->process = process;

  gegl_operation_class_set_keys (operation_class,
    "name", "persea:generate",
    "title", _("Draw from Text"),
    "categories", "render:artistic",
    "description", _("Draws what a text says, several times, and shows what fits it best"),
    "gimp:menu-path", "<Image>/Filters/Persea",
    "gimp:menu-label", _("Draw from Text (_Live)…"),
    NULL);
}

#endif
