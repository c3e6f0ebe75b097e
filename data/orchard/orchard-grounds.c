/* orchard-grounds.c - what things stand on or float in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-grounds.h"
#include "orchard-world.h"

#include <math.h>

static void
set_colour (cairo_t *cr, uint32_t rgb, double opacity)
{
  cairo_set_source_rgba (cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0,
                         opacity);
}

/* A band from y = @top to @bottom, @above at its top and @below at its bottom */
static void
fill_band (cairo_t *cr, double top, double bottom, uint32_t above, uint32_t below)
{
  cairo_pattern_t *fade = cairo_pattern_create_linear (0, top, 0, bottom);
  const uint32_t   ends[2] = { above, below };

  for (int i = 0; i < 2; i++)
    cairo_pattern_add_color_stop_rgb (fade, i, (ends[i] >> 16) / 255.0,
                                      (ends[i] >> 8 & 255) / 255.0, (ends[i] & 255) / 255.0);
  cairo_set_source (cr, fade);
  cairo_fill (cr);
  cairo_pattern_destroy (fade);
}

static void
draw_cloud (cairo_t *cr, double x, double y, double size)
{
  static const double puffs[5][3] = {
    { -0.62, 0.02, 0.26 }, { -0.24, -0.16, 0.38 }, { 0.22, -0.10, 0.34 },
    { 0.62, 0.04, 0.24 },  { 0.0, 0.08, 0.3 },
  };

  for (int pass = 0; pass < 2; pass++)
    {
      set_colour (cr, pass == 0 ? 0xc9e0f4 : 0xffffff, 1);
      for (int i = 0; i < 5; i++)
        {
          cairo_new_sub_path (cr);
          cairo_arc (cr, x + puffs[i][0] * size, y + (puffs[i][1] + (pass == 0 ? 0.07 : 0)) * size,
                     puffs[i][2] * size, 0, 2 * G_PI);
        }
      cairo_fill (cr);
    }
}

static void
draw_sky (cairo_t *cr, OrchardRandom *random)
{
  cairo_rectangle (cr, 0, 0, 128, 128);
  fill_band (cr, 0, 128, 0x4a94e6, 0xc4e6fc);
  draw_cloud (cr, orchard_random_between (random, 8, 50), orchard_random_between (random, 12, 30),
              orchard_random_between (random, 15, 21));
  draw_cloud (cr, orchard_random_between (random, 78, 122), orchard_random_between (random, 14, 60),
              orchard_random_between (random, 14, 20));
  draw_cloud (cr, orchard_random_between (random, 6, 122), orchard_random_between (random, 98, 118),
              orchard_random_between (random, 16, 24));
}

static void
draw_blades (cairo_t *cr, OrchardRandom *random, int n, uint32_t rgb)
{
  set_colour (cr, rgb, 0.8);
  cairo_set_line_width (cr, 0.8);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (int i = 0; i < n; i++)
    {
      double x = orchard_random_between (random, 0, 128);
      double y = orchard_random_between (random, 72, 130);
      double length = 2 + (y - 60) * 0.06;

      cairo_move_to (cr, x, y);
      cairo_line_to (cr, x + orchard_random_between (random, -1.4, 1.4), y - length);
    }
  cairo_stroke (cr);
}

static void
draw_grass (cairo_t *cr, OrchardRandom *random)
{
  double hill = orchard_random_between (random, -6, 6);

  cairo_rectangle (cr, 0, 0, 128, 80);
  fill_band (cr, 0, 76, 0x8cc8f5, 0xe6f5fc);
  cairo_move_to (cr, 0, 62 + hill);
  cairo_curve_to (cr, 40, 54 - hill, 88, 60 + hill, 128, 60 - hill);
  cairo_line_to (cr, 128, 80);
  cairo_line_to (cr, 0, 80);
  fill_band (cr, 56, 80, 0x9ccb6c, 0x83ba54);
  cairo_move_to (cr, 0, 70 - hill);
  cairo_curve_to (cr, 44, 62, 80, 72, 128, 66 + hill);
  cairo_line_to (cr, 128, 128);
  cairo_line_to (cr, 0, 128);
  fill_band (cr, 64, 128, 0x7fc24b, 0x3d8c2f);
  draw_blades (cr, random, 34, 0x3b8530);
  draw_blades (cr, random, 26, 0xa5da6a);
  for (int i = 0; i < 6; i++)
    {
      double x = orchard_random_between (random, 3, 125);
      double y = orchard_random_between (random, 78, 125);

      set_colour (cr, 0xffffff, 1);
      cairo_arc (cr, x, y, 1.5, 0, 2 * G_PI);
      cairo_fill (cr);
      set_colour (cr, 0xf6c531, 1);
      cairo_arc (cr, x, y, 0.7, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
draw_sand (cairo_t *cr, OrchardRandom *random)
{
  double shore = orchard_random_between (random, 36, 44);

  cairo_rectangle (cr, 0, 0, 128, 30);
  fill_band (cr, 0, 26, 0xa9dcf6, 0xe2f4fb);
  cairo_rectangle (cr, 0, 24, 128, 30);
  fill_band (cr, 24, 46, 0x3a9fc4, 0x7fd0d8);
  cairo_move_to (cr, 0, shore);
  cairo_curve_to (cr, 40, shore + 5, 90, shore - 5, 128, shore + 2);
  cairo_line_to (cr, 128, 128);
  cairo_line_to (cr, 0, 128);
  cairo_close_path (cr);
  cairo_path_t *beach = cairo_copy_path (cr);
  cairo_set_line_width (cr, 3);
  set_colour (cr, 0xffffff, 0.9);
  cairo_stroke (cr);
  cairo_append_path (cr, beach);
  cairo_path_destroy (beach);
  fill_band (cr, 38, 128, 0xf5e3b2, 0xdcbd78);

  cairo_set_line_width (cr, 0.9);
  for (int i = 0; i < 8; i++)
    {
      double y = 56 + 10 * i + orchard_random_between (random, -2, 2);
      double x = orchard_random_between (random, -8, 40);
      double sway = orchard_random_between (random, 1.5, 4);

      set_colour (cr, 0xb9954f, 0.55);
      cairo_move_to (cr, x, y);
      cairo_curve_to (cr, x + 24, y - sway, x + 48, y + sway, x + 80, y - 1);
      cairo_stroke (cr);
    }
  for (int i = 0; i < 9; i++)
    {
      set_colour (cr, i % 2 ? 0x9f8458 : 0xfff4dc, 0.9);
      cairo_arc (cr, orchard_random_between (random, 2, 126), orchard_random_between (random, 54, 126),
                 orchard_random_between (random, 0.6, 1.3), 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
draw_night (cairo_t *cr, OrchardRandom *random)
{
  double x = orchard_random_chance (random, 0.5) ? 16 : 112;
  double y = orchard_random_between (random, 13, 20);

  cairo_rectangle (cr, 0, 0, 128, 128);
  fill_band (cr, 0, 128, 0x090a2b, 0x312c6e);
  for (int i = 0; i < 54; i++)
    {
      set_colour (cr, i % 5 == 0 ? 0xffe9b0 : 0xdfe6ff, orchard_random_between (random, 0.4, 1));
      cairo_arc (cr, orchard_random_between (random, 0, 128), orchard_random_between (random, 0, 128),
                 i % 9 == 0 ? 0.95 : 0.5, 0, 2 * G_PI);
      cairo_fill (cr);
    }
  cairo_pattern_t *halo = cairo_pattern_create_radial (x, y, 6, x, y, 22);
  cairo_pattern_add_color_stop_rgba (halo, 0, 0.99, 0.95, 0.77, 0.22);
  cairo_pattern_add_color_stop_rgba (halo, 1, 0.99, 0.95, 0.77, 0);
  cairo_set_source (cr, halo);
  cairo_rectangle (cr, x - 22, y - 22, 44, 44);
  cairo_fill (cr);
  cairo_pattern_destroy (halo);
  set_colour (cr, 0xfdf0b8, 1);
  cairo_arc (cr, x, y, 8.5, -0.9, 2.2);
  cairo_curve_to (cr, x + 1, y + 6, x + 1, y - 3, x + 8.5 * cos (-0.9), y + 8.5 * sin (-0.9));
  cairo_fill (cr);
}

static void
draw_plain (cairo_t *cr, OrchardRandom *random)
{
  cairo_rectangle (cr, 0, 0, 128, 128);
  fill_band (cr, 0, 128, 0xffffff, 0xf7f7f8);
}

static void
draw_table (cairo_t *cr, OrchardRandom *random)
{
  double edge = orchard_random_between (random, 66, 72);

  cairo_rectangle (cr, 0, 0, 128, 76);
  fill_band (cr, 0, 76, 0xefe6f0, 0xd6cbdf);
  set_colour (cr, 0xc3b5cf, 0.45);
  for (int i = 0; i < 8; i++)
    cairo_rectangle (cr, 4 + 16 * i, 0, 5, edge);
  cairo_fill (cr);
  cairo_rectangle (cr, 0, edge, 128, 128 - edge);
  fill_band (cr, edge, 128, 0xb9804a, 0xd9a066);
  set_colour (cr, 0x7d5029, 0.75);
  cairo_set_line_width (cr, 0.9);
  for (int i = 1; i < 5; i++)
    {
      double y = edge + (128 - edge) * i * (i + 3) / 40.0;

      cairo_move_to (cr, 0, y);
      cairo_line_to (cr, 128, y);
    }
  cairo_stroke (cr);
  set_colour (cr, 0x8a5a30, 0.5);
  cairo_set_line_width (cr, 0.6);
  for (int i = 0; i < 9; i++)
    {
      double x = orchard_random_between (random, 0, 110);
      double y = orchard_random_between (random, edge + 5, 127);

      cairo_move_to (cr, x, y);
      cairo_line_to (cr, x + orchard_random_between (random, 8, 22), y);
    }
  cairo_stroke (cr);
  set_colour (cr, 0xf0c48e, 0.9);
  cairo_rectangle (cr, 0, edge, 128, 1.4);
  cairo_fill (cr);
}

static void
draw_weed (cairo_t *cr, double x, double height)
{
  set_colour (cr, 0x1f7a4d, 0.95);
  cairo_set_line_width (cr, 2.2);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_move_to (cr, x, 120);
  cairo_curve_to (cr, x - 5, 120 - height * 0.4, x + 6, 120 - height * 0.6, x, 120 - height);
  cairo_stroke (cr);
}

static void
draw_sea (cairo_t *cr, OrchardRandom *random)
{
  cairo_rectangle (cr, 0, 0, 128, 128);
  fill_band (cr, 0, 128, 0x38b6c4, 0x0a4a78);
  for (int i = 0; i < 4; i++)
    {
      double x = 10 + 32 * i + orchard_random_between (random, -9, 9);
      double width = orchard_random_between (random, 4, 9);

      set_colour (cr, 0xffffff, 0.12);
      cairo_move_to (cr, x, 0);
      cairo_line_to (cr, x + width, 0);
      cairo_line_to (cr, x + 2.2 * width - 22, 116);
      cairo_line_to (cr, x - width - 22, 116);
      cairo_fill (cr);
    }
  for (int i = 0; i < 5; i++)
    draw_weed (cr, orchard_random_between (random, 2, 126), orchard_random_between (random, 12, 30));
  cairo_move_to (cr, 0, 110);
  cairo_curve_to (cr, 40, 104, 84, 114, 128, 107);
  cairo_line_to (cr, 128, 128);
  cairo_line_to (cr, 0, 128);
  fill_band (cr, 104, 128, 0xc9b27a, 0x98814f);
  cairo_set_line_width (cr, 0.8);
  for (int i = 0; i < 12; i++)
    {
      double radius = orchard_random_between (random, 0.9, 2.6);

      set_colour (cr, 0xe4fbff, 0.8);
      cairo_new_sub_path (cr);
      cairo_arc (cr, orchard_random_between (random, 4, 124), orchard_random_between (random, 6, 100),
                 radius, 0, 2 * G_PI);
      cairo_stroke (cr);
    }
}

static const OrchardGround grounds[ORCHARD_N_GROUNDS] = {
  [GROUND_SKY] = { draw_sky, FALSE, FALSE },     [GROUND_GRASS] = { draw_grass, TRUE, FALSE },
  [GROUND_SAND] = { draw_sand, TRUE, FALSE },    [GROUND_NIGHT] = { draw_night, FALSE, TRUE },
  [GROUND_PLAIN] = { draw_plain, FALSE, FALSE }, [GROUND_TABLE] = { draw_table, TRUE, FALSE },
  [GROUND_SEA] = { draw_sea, FALSE, FALSE },
};

const OrchardGround *
orchard_ground (int ground)
{
  g_return_val_if_fail (ground >= 0 && ground < ORCHARD_N_GROUNDS, &grounds[0]);

  return &grounds[ground];
}
