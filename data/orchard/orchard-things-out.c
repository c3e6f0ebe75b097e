/* orchard-things-out.c - the outlines of things that are found out of doors
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-pen.h"

#include <math.h>

void
orchard_sketch_ball (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_circle (cr, 0, 0, 0.9);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.72, -0.54);
  cairo_curve_to (cr, -0.2, -0.3, -0.15, 0.4, -0.5, 0.75);
  orchard_pen_line (pen, 0.7);
  cairo_move_to (cr, 0.5, -0.75);
  cairo_curve_to (cr, 0.15, -0.4, 0.2, 0.3, 0.72, 0.54);
  orchard_pen_line (pen, 0.7);
  cairo_move_to (cr, -0.33, -0.02);
  cairo_curve_to (cr, -0.1, -0.1, 0.1, -0.12, 0.28, -0.18);
  orchard_pen_line (pen, 0.7);
}

void
orchard_sketch_house (OrchardPen *pen)
{
  static const double roof[4][2] = { { -0.98, 0.04 }, { 0, -0.96 }, { 0.98, 0.04 }, { 0, 0.04 } };
  cairo_t *cr = pen->cr;

  orchard_path_box (cr, 0.42, -0.9, 0.68, -0.2, 0.03);
  orchard_pen_part (pen);
  orchard_path_box (cr, 0.37, -0.94, 0.73, -0.8, 0.03);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.76, -0.1, 0.76, 0.97, 0.03);
  orchard_pen_part (pen);
  orchard_path_polygon (cr, roof, 4);
  orchard_pen_part (pen);

  orchard_path_box (cr, 0.16, 0.36, 0.52, 0.97, 0.04);
  orchard_pen_pale (pen);
  orchard_path_circle (cr, 0.25, 0.68, 0.04);
  orchard_pen_dot (pen);
  orchard_path_box (cr, -0.54, 0.28, -0.1, 0.7, 0.03);
  orchard_pen_pale (pen);
  cairo_move_to (cr, -0.32, 0.28);
  cairo_line_to (cr, -0.32, 0.7);
  cairo_move_to (cr, -0.54, 0.49);
  cairo_line_to (cr, -0.1, 0.49);
  orchard_pen_line (pen, 0.6);
}

static void
sketch_wheel (OrchardPen *pen, double x)
{
  orchard_path_circle (pen->cr, x, 0.42, 0.24);
  orchard_pen_part (pen);
  orchard_path_circle (pen->cr, x, 0.42, 0.11);
  orchard_pen_pale (pen);
  orchard_path_circle (pen->cr, x, 0.42, 0.04);
  orchard_pen_dot (pen);
}

void
orchard_sketch_car (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, -0.68, 0.0);
  cairo_curve_to (cr, -0.5, -0.52, -0.4, -0.6, -0.1, -0.6);
  cairo_curve_to (cr, 0.3, -0.62, 0.4, -0.46, 0.6, 0.02);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.5, -0.06);
  cairo_curve_to (cr, -0.4, -0.4, -0.34, -0.46, -0.12, -0.46);
  cairo_line_to (cr, -0.1, -0.06);
  cairo_close_path (cr);
  orchard_pen_pale (pen);
  cairo_move_to (cr, 0.0, -0.46);
  cairo_curve_to (cr, 0.22, -0.46, 0.3, -0.36, 0.42, -0.06);
  cairo_line_to (cr, 0.0, -0.06);
  cairo_close_path (cr);
  orchard_pen_pale (pen);

  cairo_move_to (cr, -0.97, 0.3);
  cairo_curve_to (cr, -1.0, 0.02, -0.86, -0.04, -0.6, -0.06);
  cairo_line_to (cr, 0.5, -0.06);
  cairo_curve_to (cr, 0.86, -0.02, 0.97, 0.08, 0.98, 0.32);
  cairo_curve_to (cr, 0.98, 0.42, 0.94, 0.44, 0.86, 0.44);
  cairo_line_to (cr, -0.88, 0.44);
  cairo_curve_to (cr, -0.95, 0.44, -0.97, 0.4, -0.97, 0.3);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.05, -0.04);
  cairo_line_to (cr, -0.05, 0.4);
  cairo_move_to (cr, 0.04, 0.08);
  cairo_line_to (cr, 0.16, 0.08);
  orchard_pen_line (pen, 0.6);
  orchard_path_ellipse (cr, 0.88, 0.14, 0.07, 0.09);
  orchard_pen_pale (pen);
  sketch_wheel (pen, -0.54);
  sketch_wheel (pen, 0.54);
}

void
orchard_sketch_fish (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, 0.4, 0.02);
  cairo_curve_to (cr, 0.6, -0.1, 0.76, -0.4, 0.98, -0.5);
  cairo_curve_to (cr, 0.86, -0.2, 0.86, 0.24, 0.98, 0.52);
  cairo_curve_to (cr, 0.76, 0.44, 0.6, 0.14, 0.4, 0.02);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.36, -0.4);
  cairo_curve_to (cr, -0.2, -0.76, 0.1, -0.76, 0.3, -0.66);
  cairo_curve_to (cr, 0.22, -0.5, 0.24, -0.4, 0.3, -0.24);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.98, 0.06);
  cairo_curve_to (cr, -0.62, -0.7, 0.12, -0.76, 0.62, 0.02);
  cairo_curve_to (cr, 0.12, 0.8, -0.62, 0.8, -0.98, 0.06);
  cairo_close_path (cr);
  orchard_pen_part (pen);

  cairo_move_to (cr, -0.42, -0.4);
  cairo_curve_to (cr, -0.26, -0.1, -0.26, 0.22, -0.42, 0.5);
  orchard_pen_line (pen, 0.7);
  cairo_move_to (cr, -0.08, 0.26);
  cairo_curve_to (cr, 0.1, 0.2, 0.2, 0.3, 0.22, 0.46);
  cairo_curve_to (cr, 0.08, 0.48, -0.02, 0.42, -0.08, 0.26);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  orchard_path_circle (cr, -0.62, -0.1, 0.12);
  orchard_pen_pale (pen);
  orchard_path_circle (cr, -0.64, -0.1, 0.06);
  orchard_pen_dot (pen);
  cairo_move_to (cr, -0.9, 0.18);
  cairo_curve_to (cr, -0.82, 0.2, -0.76, 0.2, -0.7, 0.16);
  orchard_pen_line (pen, 0.7);
}

void
orchard_sketch_star (OrchardPen *pen)
{
  double points[10][2];

  for (int i = 0; i < 10; i++)
    {
      double radius = i % 2 == 0 ? 0.98 : 0.44;
      double angle = i * G_PI / 5 - G_PI_2;

      points[i][0] = radius * cos (angle);
      points[i][1] = 0.04 + radius * sin (angle);
    }
  orchard_path_polygon (pen->cr, points, 10);
  orchard_pen_part (pen);
}

void
orchard_sketch_boat (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_box (cr, -0.05, -0.98, 0.05, 0.6, 0.03);
  orchard_pen_part (pen);
  cairo_move_to (cr, 0.11, -0.86);
  cairo_curve_to (cr, 0.5, -0.5, 0.78, -0.1, 0.84, 0.34);
  cairo_line_to (cr, 0.11, 0.34);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.11, -0.66);
  cairo_curve_to (cr, -0.4, -0.4, -0.66, -0.04, -0.72, 0.34);
  cairo_line_to (cr, -0.11, 0.34);
  cairo_close_path (cr);
  orchard_pen_part (pen);

  cairo_move_to (cr, -0.95, 0.44);
  cairo_line_to (cr, 0.95, 0.44);
  cairo_curve_to (cr, 0.86, 0.74, 0.74, 0.93, 0.52, 0.93);
  cairo_line_to (cr, -0.56, 0.93);
  cairo_curve_to (cr, -0.76, 0.93, -0.88, 0.74, -0.95, 0.44);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.89, 0.6);
  cairo_line_to (cr, 0.89, 0.6);
  orchard_pen_line (pen, 0.7);
}

void
orchard_sketch_tree (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, -0.14, 0.0);
  cairo_curve_to (cr, -0.12, 0.5, -0.14, 0.84, -0.34, 0.97);
  cairo_line_to (cr, 0.34, 0.97);
  cairo_curve_to (cr, 0.14, 0.84, 0.12, 0.5, 0.14, 0.0);
  cairo_close_path (cr);
  orchard_pen_part (pen);

  cairo_new_path (cr);
  for (int i = 0; i < 8; i++)
    {
      double angle = i * G_PI / 4 + G_PI / 8 + G_PI_2;
      double x = 0.54 * cos (angle);
      double y = -0.32 + 0.4 * sin (angle);

      cairo_arc (cr, x, y, 0.28, angle - 1.05, angle + 1.05);
    }
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.5, -0.2);
  cairo_curve_to (cr, -0.46, -0.06, -0.3, -0.02, -0.2, -0.1);
  cairo_move_to (cr, 0.24, -0.56);
  cairo_curve_to (cr, 0.34, -0.44, 0.5, -0.46, 0.54, -0.6);
  cairo_move_to (cr, 0.22, 0.0);
  cairo_curve_to (cr, 0.34, 0.06, 0.44, 0.02, 0.48, -0.1);
  orchard_pen_line (pen, 0.7);
}

void
orchard_sketch_heart (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, 0, -0.5);
  cairo_curve_to (cr, 0.2, -0.92, 0.95, -0.9, 0.95, -0.28);
  cairo_curve_to (cr, 0.95, 0.24, 0.3, 0.6, 0, 0.92);
  cairo_curve_to (cr, -0.3, 0.6, -0.95, 0.24, -0.95, -0.28);
  cairo_curve_to (cr, -0.95, -0.9, -0.2, -0.92, 0, -0.5);
  cairo_close_path (cr);
  orchard_pen_part (pen);
}

void
orchard_sketch_rocket (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_box (cr, -0.2, 0.6, 0.2, 0.84, 0.04);
  orchard_pen_part (pen);
  for (int side = -1; side <= 1; side += 2)
    {
      cairo_move_to (cr, side * 0.24, 0.1);
      cairo_curve_to (cr, side * 0.6, 0.24, side * 0.74, 0.5, side * 0.7, 0.94);
      cairo_curve_to (cr, side * 0.56, 0.74, side * 0.4, 0.68, side * 0.2, 0.66);
      cairo_close_path (cr);
      orchard_pen_part (pen);
    }
  cairo_move_to (cr, 0, -0.99);
  cairo_curve_to (cr, 0.36, -0.7, 0.52, -0.1, 0.3, 0.68);
  cairo_line_to (cr, -0.3, 0.68);
  cairo_curve_to (cr, -0.52, -0.1, -0.36, -0.7, 0, -0.99);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.3, -0.52);
  cairo_curve_to (cr, -0.1, -0.44, 0.1, -0.44, 0.3, -0.52);
  cairo_move_to (cr, -0.35, 0.5);
  cairo_curve_to (cr, -0.12, 0.56, 0.12, 0.56, 0.35, 0.5);
  orchard_pen_line (pen, 0.7);
  orchard_path_circle (cr, 0, -0.18, 0.17);
  orchard_pen_pale (pen);
}

void
orchard_sketch_mushroom (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, -0.24, 0.1);
  cairo_curve_to (cr, -0.2, 0.5, -0.44, 0.7, -0.36, 0.84);
  cairo_curve_to (cr, -0.2, 0.95, 0.2, 0.95, 0.36, 0.84);
  cairo_curve_to (cr, 0.44, 0.7, 0.2, 0.5, 0.24, 0.1);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, 0, 0.12, 0.7, 0.18);
  orchard_pen_part (pen);
  for (int i = -3; i <= 3; i++)
    {
      cairo_move_to (cr, i * 0.09, 0.12);
      cairo_line_to (cr, i * 0.17, 0.24);
      orchard_pen_line (pen, 0.5);
    }
  cairo_move_to (cr, -0.95, 0.06);
  cairo_curve_to (cr, -0.95, -1.14, 0.95, -1.14, 0.95, 0.06);
  cairo_curve_to (cr, 0.84, 0.24, 0.6, 0.1, 0, 0.1);
  cairo_curve_to (cr, -0.6, 0.1, -0.84, 0.24, -0.95, 0.06);
  cairo_close_path (cr);
  orchard_pen_part (pen);
}
