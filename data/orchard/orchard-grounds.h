/* orchard-grounds.h - what things stand on or float in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "orchard-random.h"

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  void (*draw) (cairo_t *cr, OrchardRandom *random); /* fills 0 … 128 each way */
  gboolean has_floor; /* things stand there, and cast a shadow */
  gboolean is_dark;   /* outlines are pale there, and things glow a little */
} OrchardGround;

const OrchardGround *orchard_ground (int ground);

G_END_DECLS
