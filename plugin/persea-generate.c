/* persea-generate.c - persea:generate: a picture of words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (persea_generate_wait)
  enum_value (PERSEA_GENERATE_WAIT_AUTO, "auto", N_("As the host needs it"))
  enum_value (PERSEA_GENERATE_WAIT_ALWAYS, "always", N_("Always"))
  enum_value (PERSEA_GENERATE_WAIT_NEVER, "never", N_("Never"))
enum_end (PerseaGenerateWait)

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

property_int (size, _("Size"), 0)
  description (_("Pixels on each side; 0: the largest square that fits into width and height"))
  value_range (0, 4096)
  ui_range (0, 1024)
  ui_meta ("unit", "pixel-distance")

property_string (model, _("Model"), "")
  description (_("The drawing model: a name from 'persea models list', or a path; empty: the default"))

property_string (clip, _("CLIP"), "")
  description (_("The CLIP that chooses: a name from 'persea models list', or a path; empty: the default"))

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

property_enum (wait, _("Wait"), PerseaGenerateWait, persea_generate_wait, PERSEA_GENERATE_WAIT_AUTO)
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

#define GEGL_OP_SOURCE
#define GEGL_OP_NAME     persea_generate
#define GEGL_OP_C_SOURCE persea-generate.c

#include "persea-drawing-task.h"
#include "persea-live.h"

#include "gegl-op.h"

/* the codebooks' own size; larger areas than a model may draw are filled as far as it goes */
#define MAX_SIZE 4096

static void
generate_show (GeglOperation *operation, double score, const char *status)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  o->score = score;
  g_free (o->status);
  o->status = g_strdup (status);
}

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
  return persea_live_render (o->user_data, (PerseaWait) o->wait, &order);
}

static gboolean
process (GeglOperation *operation, GeglBuffer *output, const GeglRectangle *roi, gint level)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  g_autoptr (PerseaRendering) rendering = NULL;

  gegl_buffer_clear (output, roi);
  if (persea_drawing_is_blank (o->prompt))
    generate_show (operation, -1, _("the prompt is empty")); /* nothing is wanted yet */
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
  o->user_data = persea_live_new (GEGL_OPERATION (object), generate_show);
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
  operation_class->get_bounding_box = get_bounding_box;
  operation_class->prepare = prepare;
  operation_class->threaded = FALSE;
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
