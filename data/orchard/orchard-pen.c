/* orchard-pen.c - how a thing is drawn: as layers, without any colour
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-pen.h"

#include <math.h>

static void
stroke (cairo_t *cr, double width)
{
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  cairo_set_line_width (cr, width);
  cairo_stroke (cr);
}

static void
erase (cairo_t *cr)
{
  cairo_set_operator (cr, CAIRO_OPERATOR_DEST_OUT);
  cairo_fill_preserve (cr);
}

static void
take_path (cairo_t *cr, const cairo_path_t *path)
{
  cairo_new_path (cr);
  cairo_append_path (cr, path);
}

void
orchard_pen_part (OrchardPen *pen)
{
  cairo_path_t *path = cairo_copy_path (pen->cr);

  take_path (pen->shape, path);
  cairo_set_operator (pen->shape, CAIRO_OPERATOR_OVER);
  cairo_fill_preserve (pen->shape);
  stroke (pen->shape, pen->width);

  take_path (pen->pale, path);
  erase (pen->pale);
  cairo_new_path (pen->pale);

  erase (pen->cr);
  stroke (pen->cr, pen->width);
  cairo_path_destroy (path);
}

void
orchard_pen_pale (OrchardPen *pen)
{
  cairo_path_t *path = cairo_copy_path (pen->cr);

  take_path (pen->pale, path);
  cairo_set_operator (pen->pale, CAIRO_OPERATOR_OVER);
  cairo_fill (pen->pale);

  erase (pen->cr);
  stroke (pen->cr, pen->width * 0.8);
  cairo_path_destroy (path);
}

void
orchard_pen_line (OrchardPen *pen, double weight)
{
  stroke (pen->cr, pen->width * weight);
}

void
orchard_pen_dot (OrchardPen *pen)
{
  cairo_set_operator (pen->cr, CAIRO_OPERATOR_OVER);
  cairo_fill (pen->cr);
}

void
orchard_pen_hole (OrchardPen *pen)
{
  cairo_path_t *path = cairo_copy_path (pen->cr);

  take_path (pen->shape, path);
  erase (pen->shape);
  stroke (pen->shape, pen->width);

  erase (pen->cr);
  stroke (pen->cr, pen->width);
  cairo_path_destroy (path);
}

void
orchard_path_box (cairo_t *cr, double x0, double y0, double x1, double y1, double radius)
{
  double r = MIN (radius, MIN (x1 - x0, y1 - y0) / 2);

  cairo_new_sub_path (cr);
  cairo_arc (cr, x1 - r, y0 + r, r, -G_PI_2, 0);
  cairo_arc (cr, x1 - r, y1 - r, r, 0, G_PI_2);
  cairo_arc (cr, x0 + r, y1 - r, r, G_PI_2, G_PI);
  cairo_arc (cr, x0 + r, y0 + r, r, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

void
orchard_path_ellipse (cairo_t *cr, double x, double y, double rx, double ry)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, rx, ry);
  cairo_new_sub_path (cr);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_close_path (cr);
  cairo_restore (cr);
}

void
orchard_path_circle (cairo_t *cr, double x, double y, double radius)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
  cairo_close_path (cr);
}

void
orchard_path_stroke (cairo_t *cr, const double (*points)[2], int n_points)
{
  cairo_move_to (cr, points[0][0], points[0][1]);
  for (int i = 1; i < n_points; i++)
    cairo_line_to (cr, points[i][0], points[i][1]);
}

void
orchard_path_polygon (cairo_t *cr, const double (*points)[2], int n_points)
{
  orchard_path_stroke (cr, points, n_points);
  cairo_close_path (cr);
}
