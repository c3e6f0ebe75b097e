/* persea-complete.c - persea:complete: draws what is transparent in a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

#include "persea-drawing-properties.h"
#include "persea-live-properties.h"

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     persea_complete
#define GEGL_OP_C_SOURCE persea-complete.c

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
complete_render (GeglOperation *operation, GeglBuffer *picture)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  PerseaTaskOrder order;

  persea_drawing_order_init (&order, &(PerseaDrawingOptions) {
                               .kind = PERSEA_DRAWING_COMPLETE,
                               .prompt = o->prompt,
                               .negative = o->negative,
                               .seed = o->seed,
                               .candidates = o->candidates,
                               .guidance = o->guidance,
                               .temperature = o->temperature,
                               .top_k = o->top_k,
                               .model = o->model,
                               .clip = o->clip,
                             }, picture, persea_live_get_content (o->user_data, picture, TRUE));
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

  if (persea_drawing_is_blank (o->prompt))
    live_show (operation, -1, _("the prompt is empty")); /* nothing is wanted yet */
  else
    picture = persea_filter_get_picture (operation, context, o->user_data);
  if (picture)
    rendering = complete_render (operation, picture);
  persea_filter_show (context, rendering, PERSEA_PIXELS_UNDER, roi);
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
    "name", "persea:complete",
    "title", _("Complete Transparent Areas"),
    "categories", "artistic",
    "description", _("Draws what is not opaque as the text says and as it fits the rest, which stays as it is"),
    "needs-alpha", "true",
    "gimp:menu-path", "<Image>/Filters/Persea",
    "gimp:menu-label", _("Complete Transparent Areas (L_ive)…"),
    NULL);
}

#endif
