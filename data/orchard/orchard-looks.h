/* orchard-looks.h - what the surface of a thing is made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A look colours one sample of a shape at a time.  Textures are locked to the picture's grid
 * of 128 units, not to the thing: a network that codes pictures in squares then learns them
 * far more easily.
 */
#pragma once

#include "orchard-pen.h"

G_BEGIN_DECLS

/* One sample of a shape. */
typedef struct
{
  float              u, v;  /* in the picture, 128ths of its side */
  float              x, y;  /* in the thing's own coordinates, -1 … 1 */
  float              depth; /* from the nearest edge of the shape, 128ths */
  float              scale; /* of the thing: 1 is a large one alone */
  const OrchardForm *form;
} OrchardSpot;

/* Colours are red, green, blue, opacity, 0 … 1, not premultiplied. */
typedef struct
{
  float rgba[4];
  float pale; /* how much of a pale area's paint this look takes, 0 … 1 */
  float glow; /* 1: shines by itself, takes no shade */
} OrchardPaint;

typedef struct
{
  void (*paint) (const OrchardSpot *spot, OrchardPaint *paint);
  float ink[3];   /* of its outlines and lines */
  float ambient;  /* light from everywhere */
  float diffuse;  /* light from the upper left */
  float specular; /* highlight */
  int   polish;   /* highlight's exponent is 2 to this */
} OrchardLook;

const OrchardLook *orchard_look (int look);

G_END_DECLS
