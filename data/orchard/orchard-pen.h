/* orchard-pen.h - how a thing is drawn: as layers, without any colour
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A thing is drawn as parts, back to front, on three coverage layers: the shape (what belongs
 * to the thing), the ink (outlines and inner lines) and the pale (windows, dials, eyes).  The
 * looks colour the shape afterwards, see orchard-looks.c.
 *
 * To draw, build a path on @cr and call one of the functions; each consumes the path.
 * Coordinates are the thing's own: from -1 to 1, x to the right, y down.
 */
#pragma once

#include "orchard.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef struct
{
  cairo_t *cr;    /* the ink layer; paths are built here */
  cairo_t *shape;
  cairo_t *pale;
  double   width; /* of an outline, in the thing's coordinates */
} OrchardPen;

/* A part of the thing: hides what was drawn behind it, and gets an outline. */
void orchard_pen_part (OrchardPen *pen);

/* A pale area on the part below, with an outline. */
void orchard_pen_pale (OrchardPen *pen);

/* An inner line; @weight 1 is as wide as an outline. */
void orchard_pen_line (OrchardPen *pen, double weight);

/* A dark area. */
void orchard_pen_dot (OrchardPen *pen);

/* A hole through the thing. */
void orchard_pen_hole (OrchardPen *pen);

/* Paths */
void orchard_path_box (cairo_t *cr, double x0, double y0, double x1, double y1, double radius);
void orchard_path_ellipse (cairo_t *cr, double x, double y, double rx, double ry);
void orchard_path_circle (cairo_t *cr, double x, double y, double radius);
void orchard_path_polygon (cairo_t *cr, const double (*points)[2], int n_points);
void orchard_path_stroke (cairo_t *cr, const double (*points)[2], int n_points);

typedef void (*OrchardSketch) (OrchardPen *pen);

/* What the looks need to know of a thing's form, in its own coordinates. */
typedef struct
{
  OrchardSketch sketch;
  double        top, bottom;         /* where it begins and where it stands */
  double        reach;               /* half of its width */
  double        stone_x, stone_y, stone; /* where an avocado has its stone, and its radius */
} OrchardForm;

/* (orchard-things-home.c, orchard-things-out.c, put together in orchard-forms.c) */
const OrchardForm *orchard_form (int thing);

void orchard_sketch_armchair (OrchardPen *pen);
void orchard_sketch_cup (OrchardPen *pen);
void orchard_sketch_lamp (OrchardPen *pen);
void orchard_sketch_clock (OrchardPen *pen);
void orchard_sketch_boot (OrchardPen *pen);
void orchard_sketch_teapot (OrchardPen *pen);
void orchard_sketch_hat (OrchardPen *pen);
void orchard_sketch_key (OrchardPen *pen);
void orchard_sketch_umbrella (OrchardPen *pen);
void orchard_sketch_guitar (OrchardPen *pen);

void orchard_sketch_ball (OrchardPen *pen);
void orchard_sketch_house (OrchardPen *pen);
void orchard_sketch_car (OrchardPen *pen);
void orchard_sketch_fish (OrchardPen *pen);
void orchard_sketch_star (OrchardPen *pen);
void orchard_sketch_boat (OrchardPen *pen);
void orchard_sketch_tree (OrchardPen *pen);
void orchard_sketch_heart (OrchardPen *pen);
void orchard_sketch_rocket (OrchardPen *pen);
void orchard_sketch_mushroom (OrchardPen *pen);

G_END_DECLS
