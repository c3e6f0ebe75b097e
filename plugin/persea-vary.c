/* persea-vary.c - persea:vary: a picture like a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

#include "persea-drawing-properties.h"

property_double (strength, _("Strength"), 0.5)
  description (_("How much changes: 0 nothing, 1 everything"))
  value_range (0.0, 1.0)

#include "persea-live-properties.h"

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     persea_vary
#define GEGL_OP_C_SOURCE persea-vary.c

#include "persea-drawing-task.h"
#include "persea-picture-filter.h"

#include "gegl-op.h"

#include "persea-live-operation.h"

static void
prepare (GeglOperation *operation)
{
  persea_filter_prepare (operation);
  persea_live_prepare (GEGL_PROPERTIES (operation)->user_data);
}

static PerseaRendering *
vary_render (GeglOperation *operation, GeglBuffer *picture)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  PerseaTaskOrder order;

  persea_drawing_order_init (&order, &(PerseaDrawingOptions) {
                               .kind = PERSEA_DRAWING_VARY,
                               .prompt = o->prompt,
                               .negative = o->negative,
                               .seed = o->seed,
                               .candidates = o->candidates,
                               .guidance = o->guidance,
                               .temperature = o->temperature,
                               .top_k = o->top_k,
                               .strength = o->strength,
                               .model = o->model,
                               .clip = o->clip,
                             }, picture, persea_live_get_content (o->user_data, picture, FALSE));
  return persea_live_render (o->user_data, o->wait, &order);
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

  picture = persea_filter_get_picture (operation, context, o->user_data);
  if (picture)
    rendering = vary_render (operation, picture);
  persea_filter_show (context, rendering, PERSEA_PIXELS_INSTEAD, roi);
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
    "name", "persea:vary",
    "title", _("Vary"),
    "categories", "artistic",
    "description", _("Draws a picture like the input, under a text if there is one"),
    "gimp:menu-path", "<Image>/Filters/Persea",
    "gimp:menu-label", _("Vary (Liv_e)…"),
    NULL);
}

#endif
