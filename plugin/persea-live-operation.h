/* persea-live-operation.h - what an operation does for its PerseaLive
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * To be included after "gegl-op.h", by an operation that has persea-live-properties.h: its
 * user_data is a PerseaLive once live_class_init () was called, and its prepare () calls
 * persea_live_prepare ().  GEGL makes a type of the properties in each file, so this cannot be
 * compiled once for all.
 */
#pragma once

#ifdef GEGL_OP_NAME

static void
live_show (GeglOperation *operation, double score, const char *status)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  o->score = score;
  g_free (o->status);
  o->status = g_strdup (status);
}

static void
live_notify (GObject *object, GParamSpec *property)
{
  GeglProperties *o = GEGL_PROPERTIES (object);

  if (o->user_data)
    persea_live_changed (o->user_data, property);
}

static void
live_constructed (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);

  G_OBJECT_CLASS (gegl_op_parent_class)->constructed (object);
  o->user_data = persea_live_new (GEGL_OPERATION (object), live_show);
}

static void
live_finalize (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);

  persea_live_free (g_steal_pointer (&o->user_data));
  G_OBJECT_CLASS (gegl_op_parent_class)->finalize (object);
}

static void
live_class_init (GeglOpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->notify = live_notify;
  object_class->constructed = live_constructed;
  object_class->finalize = live_finalize;
  GEGL_OPERATION_CLASS (klass)->threaded = FALSE;
}

#endif
