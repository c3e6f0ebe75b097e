/* persea-live-image.c - an editor's image, when a filter in it has something new to show
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-live-image.h"

#define MAX_SIDE (1 << 24) /* more than any image has, and far from overflowing */

/* "void (rectangle)", as signals see it */
static const GType rectangle[] = { G_TYPE_INT, G_TYPE_INT, G_TYPE_INT, G_TYPE_INT };
static const GType one_boolean[] = { G_TYPE_BOOLEAN };

/* 0 if instances of @type have no such signal */
static guint
image_find_signal (GType type, const char *name, const GType *parameters, unsigned n_parameters)
{
  guint id = type ? g_signal_lookup (name, type) : 0;
  GSignalQuery query;

  if (!id)
    return 0;
  g_signal_query (id, &query);
  if (query.return_type != G_TYPE_NONE || query.n_params != n_parameters)
    return 0;
  for (unsigned i = 0; i < n_parameters; i++)
    if (query.param_types[i] != parameters[i])
      return 0;
  return id;
}

/* 0 if the host is no GIMP 3 */
static guint
image_find_filters_changed (void)
{
  return image_find_signal (g_type_from_name ("GimpDrawable"), "filters-changed", NULL, 0);
}

gboolean
persea_live_image_has (GeglNode *node)
{
  guint notify = g_signal_lookup ("notify", G_TYPE_OBJECT);

  /* the handler that is told of all properties */
  return image_find_filters_changed ()
         && g_signal_handler_find (node, G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DETAIL, notify, 0, NULL, NULL, NULL);
}

/* a GSignalEmissionHook */
static gboolean
image_hear_drawable (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  g_set_object ((GObject **) data, g_value_get_object (&values[0]));
  return TRUE;
}

/* Notifies @property: (transfer full) (nullable): the layer that minds */
static GObject *
image_notify (GeglOperation *operation, const char *property)
{
  guint filters_changed = image_find_filters_changed ();
  GObject *drawable = NULL;
  gulong hook = 0;

  if (filters_changed)
    hook = g_signal_add_emission_hook (filters_changed, 0, image_hear_drawable, &drawable, NULL);
  g_object_notify (G_OBJECT (operation), property);
  if (hook)
    g_signal_remove_emission_hook (filters_changed, hook);
  return drawable;
}

/* (transfer full) (nullable) */
static GObject *
image_get (GObject *drawable)
{
  GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (drawable), "image");
  GObject *image = NULL;

  if (property && g_type_is_a (property->value_type, G_TYPE_OBJECT))
    g_object_get (drawable, "image", &image, NULL);
  return image;
}

void
persea_live_image_redraw (GeglOperation *operation, const char *property)
{
  g_autoptr (GObject) drawable = image_notify (operation, property);
  g_autoptr (GObject) image = drawable ? image_get (drawable) : NULL;
  guint update, flush;

  if (!image)
    return;
  update = image_find_signal (G_OBJECT_TYPE (drawable), "update", rectangle, G_N_ELEMENTS (rectangle));
  flush = image_find_signal (G_OBJECT_TYPE (image), "flush", one_boolean, G_N_ELEMENTS (one_boolean));
  if (!update || !flush)
    return;
  g_debug ("the image is drawn anew");
  g_signal_emit (drawable, update, 0, -MAX_SIDE, -MAX_SIDE, 2 * MAX_SIDE, 2 * MAX_SIDE);
  g_signal_emit (image, flush, 0, TRUE);
}

void
persea_live_image_expire (GeglOperation *operation, const char *property)
{
  g_autoptr (GObject) drawable = image_notify (operation, property);
  g_autoptr (GObject) image = drawable ? image_get (drawable) : NULL;
  guint invalidate;

  if (!image)
    return;
  invalidate = image_find_signal (G_OBJECT_TYPE (image), "invalidate", rectangle, G_N_ELEMENTS (rectangle));
  if (invalidate)
    g_signal_emit (image, invalidate, 0, -MAX_SIDE, -MAX_SIDE, 2 * MAX_SIDE, 2 * MAX_SIDE);
}
