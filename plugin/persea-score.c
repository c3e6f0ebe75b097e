/* persea-score.c - persea:score: how well texts fit a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For scripts: pixels pass through, and once they have been asked for the results are properties.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

property_string (texts, _("Texts"), "")
  description (_("The texts to compare, one a line"))
  ui_meta ("multiline", "true")

property_string (clip, _("CLIP"), "")
  description (_("The CLIP that looks: a name from 'persea models list', or a path; empty: the default"))

property_string (scores, _("Scores"), "")
  description (_("Result: a line for each text, in their order: the cosine, a tab, the text"))
  ui_meta ("visible", "0")

property_string (best, _("Best"), "")
  description (_("Result: the text that fits best"))
  ui_meta ("visible", "0")

#include "persea-live-properties.h"

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     persea_score
#define GEGL_OP_C_SOURCE persea-score.c

#include "persea-drawing-task.h"
#include "persea-looking-task.h"
#include "persea-picture-filter.h"

#include "gegl-op.h"

#include "persea-live-operation.h"

/* @rendering: (nullable) */
static void
score_show_texts (GeglOperation *operation, const PerseaRendering *rendering)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  g_auto (GStrv) texts = persea_looking_split_lines (o->texts);
  const float *scores = rendering ? rendering->pixels : NULL;
  size_t n = rendering ? MIN (g_strv_length (texts), (size_t) rendering->place.width) : 0, best = 0;
  g_autoptr (GString) lines = g_string_new (NULL);

  for (size_t i = 0; i < n; i++)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (lines, "%s\t%s\n", g_ascii_formatd (number, sizeof number, "%.6f", scores[i]),
                              texts[i]);
      if (scores[i] > scores[best])
        best = i;
    }
  g_free (o->scores);
  g_free (o->best);
  o->scores = g_string_free (g_steal_pointer (&lines), FALSE);
  o->best = g_strdup (n > 0 ? texts[best] : "");
}

static void
prepare (GeglOperation *operation)
{
  persea_filter_prepare (operation);
  persea_live_prepare (GEGL_PROPERTIES (operation)->user_data);
}

static PerseaRendering *
score_render (GeglOperation *operation, GeglBuffer *picture)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  PerseaTaskOrder order;

  persea_score_order_init (&order, &(PerseaLookingOptions) { .text = o->texts, .clip = o->clip }, picture,
                           persea_live_get_content (o->user_data, picture, TRUE));
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

  if (persea_drawing_is_blank (o->texts))
    live_show (operation, -1, _("there are no texts")); /* nothing is wanted yet */
  else
    picture = persea_filter_get_picture (operation, context, o->user_data);
  if (picture)
    rendering = score_render (operation, picture);
  score_show_texts (operation, rendering);
  persea_filter_show (context, NULL, PERSEA_PIXELS_INSTEAD, roi);
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
    "name", "persea:score",
    "title", _("Score of Texts"),
    "categories", "programming",
    "description", _("Tells how well texts fit the input, which passes through; for scripts"),
    NULL);
}

#endif
