/* persea-canvas.c - simple shapes on a picture in memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-canvas.h"

#include <math.h>
#include <string.h>

/* @coverage: 0 to 255 of @color */
static void
canvas_blend (PerseaImage *canvas, int x, int y, uint32_t color, int coverage)
{
  uint8_t *pixel;

  if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
    return;
  pixel = canvas->pixels + ((size_t) y * canvas->width + x) * 3;
  for (int i = 0; i < 3; i++)
    {
      int value = color >> (16 - 8 * i) & 0xff;

      pixel[i] = (uint8_t) ((value * coverage + pixel[i] * (255 - coverage) + 127) / 255);
    }
}

/* How much of pixel (x, y) is inside a corner of that radius, whose square begins at (0, 0) with
 * its round side; 0 to 255. */
static int
corner_coverage (int x, int y, int radius)
{
  double distance = hypot (radius - x - 0.5, radius - y - 0.5);

  if (x >= radius || y >= radius)
    return 255;
  return (int) (CLAMP (radius - distance + 0.5, 0, 1) * 255 + 0.5);
}

void
persea_canvas_fill (PerseaImage *canvas, uint32_t color)
{
  for (int y = 0; y < canvas->height; y++)
    for (int x = 0; x < canvas->width; x++)
      canvas_blend (canvas, x, y, color, 255);
}

void
persea_canvas_draw_card (PerseaImage *canvas, int x, int y, int width, int height, int radius, uint32_t color)
{
  for (int row = 0; row < height; row++)
    for (int column = 0; column < width; column++)
      canvas_blend (canvas, x + column, y + row, color,
                    corner_coverage (MIN (column, width - 1 - column), MIN (row, height - 1 - row), radius));
}

void
persea_canvas_draw_picture (PerseaImage *canvas, int x, int y, const PerseaImage *picture, int radius)
{
  for (int row = 0; row < picture->height; row++)
    for (int column = 0; column < picture->width; column++)
      {
        const uint8_t *pixel = picture->pixels + ((size_t) row * picture->width + column) * 3;
        uint32_t color = (uint32_t) pixel[0] << 16 | pixel[1] << 8 | pixel[2];

        canvas_blend (canvas, x + column, y + row, color,
                      corner_coverage (MIN (column, picture->width - 1 - column), row, radius));
      }
}

void
persea_canvas_draw_mask (PerseaImage *canvas, int x, int y, const PerseaTextMask *mask, uint32_t color)
{
  for (int row = 0; row < mask->height; row++)
    for (int column = 0; column < mask->width; column++)
      canvas_blend (canvas, x + column, y + row, color, mask->coverage[(size_t) row * mask->width + column]);
}

/* The bars of a digit, in units of half its width: where, and how long.  0 to 2 lie, 3 to 6 stand. */
static const struct
{
  int x, y;
  int width, height;
} digit_bars[] = {
  { 0, 0, 2, 0 }, { 0, 2, 2, 0 }, { 0, 4, 2, 0 },                 /* top, middle, bottom */
  { 0, 0, 0, 2 }, { 2, 0, 0, 2 }, { 0, 2, 0, 2 }, { 2, 2, 0, 2 }, /* upper, lower; left, right */
};

/* bit i: bar i */
static const uint8_t digit_shapes[10] = { 0x7d, 0x50, 0x37, 0x57, 0x5a, 0x4f, 0x6f, 0x51, 0x7f, 0x5f };

static void
mask_fill (PerseaTextMask *mask, int x, int y, int width, int height)
{
  for (int row = y; row < MIN (y + height, mask->height); row++)
    memset (mask->coverage + (size_t) row * mask->width + x, 255, MIN (width, mask->width - x));
}

static void
mask_draw_digit (PerseaTextMask *mask, int x, unsigned shape, int unit, int thickness)
{
  for (size_t i = 0; i < G_N_ELEMENTS (digit_bars); i++)
    if (shape >> i & 1)
      mask_fill (mask, x + digit_bars[i].x * unit, digit_bars[i].y * unit,
                 digit_bars[i].width * unit + thickness, digit_bars[i].height * unit + thickness);
}

PerseaTextMask *
persea_canvas_render_digits (const char *text, int height)
{
  int thickness = MAX (height / 7, 1);
  int unit = MAX ((height - thickness) / 4, 1);
  int advance = 2 * unit + 3 * thickness;
  PerseaTextMask *mask = g_new (PerseaTextMask, 1);
  int x = 0;

  *mask = (PerseaTextMask) { MAX ((int) strlen (text), 1) * advance, 4 * unit + thickness, NULL };
  mask->coverage = g_malloc0_n (mask->width, mask->height);
  for (const char *p = text; *p; p++)
    if (*p == '.')
      {
        mask_fill (mask, x, 4 * unit, thickness, thickness);
        x += 2 * thickness;
      }
    else
      {
        mask_draw_digit (mask, x, g_ascii_isdigit (*p) ? digit_shapes[*p - '0'] : *p == '-' ? 0x02 : 0, unit,
                         thickness);
        x += advance;
      }
  return mask;
}
