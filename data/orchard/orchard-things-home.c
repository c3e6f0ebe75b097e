/* orchard-things-home.c - the outlines of things that people have at home
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-pen.h"

#include <math.h>

void
orchard_sketch_armchair (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  for (int side = -1; side <= 1; side += 2)
    {
      orchard_path_box (cr, side * 0.72 - 0.1, 0.7, side * 0.72 + 0.1, 1.0, 0.05);
      orchard_pen_part (pen);
    }
  cairo_move_to (cr, -0.7, 0.5);
  cairo_line_to (cr, -0.72, -0.4);
  cairo_curve_to (cr, -0.72, -1.1, 0.72, -1.1, 0.72, -0.4);
  cairo_line_to (cr, 0.7, 0.5);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.5, 0.1);
  cairo_line_to (cr, -0.52, -0.38);
  cairo_curve_to (cr, -0.52, -0.86, 0.52, -0.86, 0.52, -0.38);
  cairo_line_to (cr, 0.5, 0.1);
  orchard_pen_line (pen, 0.6);

  orchard_path_box (cr, -0.74, 0.4, 0.74, 0.9, 0.1);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.64, 0.1, 0.64, 0.5, 0.16);
  orchard_pen_part (pen);
  for (int side = -1; side <= 1; side += 2)
    {
      orchard_path_box (cr, side * 0.77 - 0.2, -0.16, side * 0.77 + 0.2, 0.9, 0.2);
      orchard_pen_part (pen);
      cairo_new_sub_path (cr);
      cairo_arc (cr, side * 0.77, 0.05, 0.1, 0, 2 * G_PI);
      orchard_pen_line (pen, 0.6);
    }
}

void
orchard_sketch_cup (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_ellipse (cr, 0.48, 0.02, 0.46, 0.5);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, 0.48, 0.02, 0.22, 0.26);
  orchard_pen_hole (pen);

  cairo_move_to (cr, -0.85, -0.72);
  cairo_curve_to (cr, -0.85, 0.2, -0.72, 0.9, -0.42, 0.9);
  cairo_line_to (cr, 0.12, 0.9);
  cairo_curve_to (cr, 0.42, 0.9, 0.55, 0.2, 0.55, -0.72);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, -0.15, -0.72, 0.7, 0.15);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, -0.15, -0.70, 0.54, 0.08);
  orchard_pen_dot (pen);
}

void
orchard_sketch_lamp (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_box (cr, -0.08, 0.0, 0.08, 0.8, 0.03);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, 0, 0.5, 0.2, 0.17);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.5, 0.96);
  cairo_curve_to (cr, -0.45, 0.7, -0.12, 0.72, 0, 0.7);
  cairo_curve_to (cr, 0.12, 0.72, 0.45, 0.7, 0.5, 0.96);
  cairo_close_path (cr);
  orchard_pen_part (pen);

  orchard_path_box (cr, 0.435, 0.05, 0.465, 0.4, 0);
  orchard_pen_part (pen);
  orchard_path_circle (cr, 0.45, 0.43, 0.05);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.36, -0.95);
  cairo_curve_to (cr, -0.1, -1.0, 0.1, -1.0, 0.36, -0.95);
  cairo_line_to (cr, 0.76, 0.1);
  cairo_curve_to (cr, 0.3, 0.24, -0.3, 0.24, -0.76, 0.1);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.71, -0.04);
  cairo_curve_to (cr, -0.3, 0.1, 0.3, 0.1, 0.71, -0.04);
  orchard_pen_line (pen, 0.6);
}

static void
sketch_clock_face (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_circle (cr, 0, 0.12, 0.72);
  orchard_pen_part (pen);
  orchard_path_circle (cr, 0, 0.12, 0.5);
  orchard_pen_pale (pen);
  for (int hour = 0; hour < 12; hour++)
    {
      double angle = hour * G_PI / 6;
      double inner = hour % 3 == 0 ? 0.36 : 0.41;

      cairo_move_to (cr, inner * cos (angle), 0.12 + inner * sin (angle));
      cairo_line_to (cr, 0.45 * cos (angle), 0.12 + 0.45 * sin (angle));
      orchard_pen_line (pen, hour % 3 == 0 ? 0.9 : 0.5);
    }
  cairo_move_to (cr, -0.2, -0.02);
  cairo_line_to (cr, 0, 0.12);
  orchard_pen_line (pen, 1.3);
  cairo_move_to (cr, 0, 0.12);
  cairo_line_to (cr, 0.22, -0.18);
  orchard_pen_line (pen, 1.0);
  orchard_path_circle (cr, 0, 0.12, 0.05);
  orchard_pen_dot (pen);
}

void
orchard_sketch_clock (OrchardPen *pen)
{
  static const double foot[4][2] = { { 0.3, 0.6 }, { 0.5, 0.5 }, { 0.66, 0.92 }, { 0.56, 0.97 } };
  cairo_t *cr = pen->cr;

  orchard_path_box (cr, -0.1, -0.95, 0.1, -0.5, 0.09);
  orchard_pen_part (pen);
  for (int side = -1; side <= 1; side += 2)
    {
      cairo_save (cr);
      cairo_scale (cr, side, 1);
      orchard_path_polygon (cr, foot, 4);
      cairo_restore (cr);
      orchard_pen_part (pen);

      cairo_save (cr);
      cairo_translate (cr, side * 0.48, -0.55);
      cairo_rotate (cr, side * 0.7);
      cairo_new_sub_path (cr);
      cairo_arc (cr, 0, 0.1, 0.34, G_PI, 2 * G_PI);
      cairo_close_path (cr);
      cairo_restore (cr);
      orchard_pen_part (pen);
    }
  sketch_clock_face (pen);
}

void
orchard_sketch_boot (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, -0.62, -0.8);
  cairo_line_to (cr, 0.1, -0.8);
  cairo_curve_to (cr, 0.06, -0.3, 0.12, -0.05, 0.42, 0.1);
  cairo_curve_to (cr, 0.8, 0.22, 0.86, 0.42, 0.84, 0.74);
  cairo_line_to (cr, -0.62, 0.74);
  cairo_curve_to (cr, -0.5, 0.3, -0.56, -0.2, -0.62, -0.8);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, 0.36, 0.72);
  cairo_curve_to (cr, 0.36, 0.4, 0.5, 0.26, 0.66, 0.2);
  orchard_pen_line (pen, 0.6);
  for (int i = 0; i < 4; i++)
    {
      double y = -0.5 + 0.17 * i;
      double x = 0.07 + 0.02 * i * i;

      cairo_move_to (cr, x - 0.2, y + 0.05);
      cairo_line_to (cr, x + 0.02, y);
      orchard_pen_line (pen, 0.8);
    }
  orchard_path_box (cr, -0.72, -0.95, 0.18, -0.68, 0.1);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.68, 0.66, 0.86, 0.84, 0.07);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.68, 0.72, -0.2, 0.92, 0.04);
  orchard_pen_part (pen);
}

void
orchard_sketch_teapot (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_ellipse (cr, 0.6, 0.08, 0.38, 0.44);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, 0.6, 0.08, 0.19, 0.24);
  orchard_pen_hole (pen);

  cairo_move_to (cr, -0.5, 0.52);
  cairo_curve_to (cr, -0.85, 0.42, -0.72, -0.1, -0.99, -0.3);
  cairo_line_to (cr, -0.76, -0.4);
  cairo_curve_to (cr, -0.56, -0.2, -0.62, 0.0, -0.4, -0.02);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.34, 0.62, 0.28, 0.84, 0.06);
  orchard_pen_part (pen);
  orchard_path_circle (cr, -0.03, -0.68, 0.12);
  orchard_pen_part (pen);
  orchard_path_ellipse (cr, -0.03, 0.2, 0.66, 0.58);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.4, -0.26);
  cairo_curve_to (cr, -0.34, -0.68, 0.28, -0.68, 0.34, -0.26);
  cairo_curve_to (cr, 0.2, -0.2, -0.26, -0.2, -0.4, -0.26);
  cairo_close_path (cr);
  orchard_pen_part (pen);
}

void
orchard_sketch_hat (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_ellipse (cr, 0, 0.56, 0.98, 0.25);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.58, -0.7);
  cairo_curve_to (cr, -0.5, -0.2, -0.48, 0.1, -0.5, 0.5);
  cairo_curve_to (cr, -0.3, 0.68, 0.3, 0.68, 0.5, 0.5);
  cairo_curve_to (cr, 0.48, 0.1, 0.5, -0.2, 0.58, -0.7);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  cairo_move_to (cr, -0.49, 0.2);
  cairo_curve_to (cr, -0.3, 0.36, 0.3, 0.36, 0.49, 0.2);
  cairo_line_to (cr, 0.5, 0.5);
  cairo_curve_to (cr, 0.3, 0.68, -0.3, 0.68, -0.5, 0.5);
  cairo_close_path (cr);
  orchard_pen_pale (pen);
  orchard_path_ellipse (cr, 0, -0.7, 0.58, 0.14);
  orchard_pen_part (pen);
}

void
orchard_sketch_key (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  orchard_path_box (cr, 0.5, 0, 0.64, 0.44, 0.03);
  orchard_pen_part (pen);
  orchard_path_box (cr, 0.76, 0, 0.9, 0.36, 0.03);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.2, -0.12, 0.98, 0.12, 0.08);
  orchard_pen_part (pen);
  orchard_path_circle (cr, -0.48, 0, 0.5);
  orchard_pen_part (pen);
  orchard_path_circle (cr, -0.66, 0, 0.17);
  orchard_pen_hole (pen);
  orchard_path_box (cr, -0.02, -0.18, 0.12, 0.18, 0.05);
  orchard_pen_part (pen);
}

void
orchard_sketch_umbrella (OrchardPen *pen)
{
  static const double edges[5] = { -0.95, -0.42, 0, 0.42, 0.95 };
  cairo_t *cr = pen->cr;

  cairo_new_sub_path (cr);
  cairo_arc_negative (cr, 0.19, 0.74, 0.14, G_PI, 0);
  cairo_line_to (cr, 0.43, 0.74);
  cairo_arc (cr, 0.19, 0.74, 0.24, 0, G_PI);
  cairo_line_to (cr, -0.05, -0.2);
  cairo_line_to (cr, 0.05, -0.2);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  orchard_path_box (cr, -0.05, -0.98, 0.05, -0.7, 0.04);
  orchard_pen_part (pen);

  cairo_move_to (cr, edges[0], 0.02);
  cairo_curve_to (cr, -0.9, -1.13, 0.9, -1.13, edges[4], 0.02);
  for (int i = 3; i >= 0; i--)
    {
      double middle = (edges[i] + edges[i + 1]) / 2;

      cairo_curve_to (cr, middle + 0.1, -0.16, middle - 0.1, -0.16, edges[i], 0.02);
    }
  cairo_close_path (cr);
  orchard_pen_part (pen);
  for (int i = 1; i <= 3; i++)
    {
      cairo_move_to (cr, edges[i], 0.02);
      cairo_curve_to (cr, edges[i], -0.3, edges[i] * 0.8, -0.7, 0, -0.84);
      orchard_pen_line (pen, 0.6);
    }
}

void
orchard_sketch_guitar (OrchardPen *pen)
{
  cairo_t *cr = pen->cr;

  cairo_move_to (cr, 0, 0.98);
  cairo_curve_to (cr, 0.4, 0.98, 0.56, 0.8, 0.55, 0.6);
  cairo_curve_to (cr, 0.54, 0.35, 0.3, 0.36, 0.36, 0.16);
  cairo_curve_to (cr, 0.42, 0.0, 0.36, -0.18, 0, -0.18);
  cairo_curve_to (cr, -0.36, -0.18, -0.42, 0.0, -0.36, 0.16);
  cairo_curve_to (cr, -0.3, 0.36, -0.54, 0.35, -0.55, 0.6);
  cairo_curve_to (cr, -0.56, 0.8, -0.4, 0.98, 0, 0.98);
  cairo_close_path (cr);
  orchard_pen_part (pen);
  orchard_path_circle (cr, 0, 0.2, 0.15);
  orchard_pen_dot (pen);
  orchard_path_box (cr, -0.09, -0.8, 0.09, 0.08, 0.02);
  orchard_pen_part (pen);
  for (int side = -1; side <= 1; side += 2)
    for (int peg = 0; peg < 2; peg++)
      {
        orchard_path_circle (cr, side * 0.17, -0.9 + 0.14 * peg, 0.05);
        orchard_pen_part (pen);
      }
  orchard_path_box (cr, -0.14, -0.99, 0.14, -0.68, 0.06);
  orchard_pen_part (pen);
  for (int fret = 0; fret < 4; fret++)
    {
      cairo_move_to (cr, -0.08, -0.55 + 0.14 * fret);
      cairo_line_to (cr, 0.08, -0.55 + 0.14 * fret);
      orchard_pen_line (pen, 0.5);
    }
  orchard_path_box (cr, -0.2, 0.4, 0.2, 0.46, 0.02);
  orchard_pen_dot (pen);
}
