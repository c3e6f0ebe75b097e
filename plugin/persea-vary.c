/* persea-vary.c - persea:vary: a picture like a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (persea_vary_wait)
  enum_value (PERSEA_VARY_WAIT_AUTO, "auto", N_("As the host needs it"))
  enum_value (PERSEA_VARY_WAIT_ALWAYS, "always", N_("Always"))
  enum_value (PERSEA_VARY_WAIT_NEVER, "never", N_("Never"))
enum_end (PerseaVaryWait)

property_string (prompt, _("Prompt"), "")
  description (_("What the picture is to show"))
  ui_meta ("multiline", "true")

property_string (negative, _("Move away from"), "")
  description (_("What the picture is not to show"))

property_seed (seed, _("Random seed"), random)
  description (_("The same seed gives the same picture"))

property_int (candidates, _("Candidates"), 4)
  description (_("How many pictures are drawn, of which CLIP chooses the best; 1 takes the least time"))
  value_range (1, 64)
  ui_range (1, 16)

property_double (guidance, _("Guidance"), -1.0)
  description (_("How strongly to follow the prompt; -1: as suits the model"))
  value_range (-1.0, 1000.0)
  ui_range (-1.0, 20.0)

property_double (temperature, _("Temperature"), -1.0)
  description (_("Boldness: 1 as the model has learned, 0 always the likeliest; -1: as suits the model"))
  value_range (-1.0, 100.0)
  ui_range (-1.0, 2.0)

property_int (top_k, _("Top k"), -1)
  description (_("Choose among so many of the likeliest codes; 0: all; -1: as suits the model"))
  value_range (-1, 1048576)
  ui_range (-1, 256)

property_double (strength, _("Strength"), 0.5)
  description (_("How much changes: 0 nothing, 1 everything"))
  value_range (0.0, 1.0)

property_string (model, _("Model"), "")
  description (_("The drawing model: a name from 'persea models list', or a path; empty: the default"))

property_string (clip, _("CLIP"), "")
  description (_("The CLIP that chooses: a name from 'persea models list', or a path; empty: the default"))

property_enum (wait, _("Wait"), PerseaVaryWait, persea_vary_wait, PERSEA_VARY_WAIT_AUTO)
  description (_("Whether pixels are waited for, or shown when they are there"))
  ui_meta ("visible", "0")

property_double (score, _("Score"), -1.0)
  description (_("Result: how well the picture fits the prompt; notified when there is a picture"))
  value_range (-1.0, 1.0)
  ui_meta ("visible", "0")

property_string (status, _("Status"), "")
  description (_("Result: what is being done or went wrong; empty if the picture is shown"))
  ui_meta ("visible", "0")

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     persea_vary
#define GEGL_OP_C_SOURCE persea-vary.c

#include "persea-drawing-task.h"
#include "persea-picture-filter.h"

#include "gegl-op.h"

static void
vary_show (GeglOperation *operation, double score, const char *status)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  o->score = score;
  g_free (o->status);
  o->status = g_strdup (status);
}

static void
prepare (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  persea_filter_prepare (operation);
  persea_live_prepare (o->user_data);
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
  return persea_live_render (o->user_data, (PerseaWait) o->wait, &order);
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
notify (GObject *object, GParamSpec *property)
{
  GeglProperties *o = GEGL_PROPERTIES (object);

  if (o->user_data)
    persea_live_changed (o->user_data, property);
}

static void
constructed (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);

  G_OBJECT_CLASS (gegl_op_parent_class)->constructed (object);
  o->user_data = persea_live_new (GEGL_OPERATION (object), vary_show);
}

static void
finalize (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);

  persea_live_free (g_steal_pointer (&o->user_data));
  G_OBJECT_CLASS (gegl_op_parent_class)->finalize (object);
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GeglOperationClass *operation_class = GEGL_OPERATION_CLASS (klass);

  object_class->notify = notify;
  object_class->constructed = constructed;
  object_class->finalize = finalize;
  operation_class->get_required_for_output = persea_filter_get_required_for_output;
  operation_class->get_cached_region = persea_filter_get_cached_region;
  operation_class->prepare = prepare;
  operation_class->process = process;
  operation_class->threaded = FALSE;

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
