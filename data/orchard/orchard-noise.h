/* orchard-noise.h - noise for textures, the same in every picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdint.h>

/* floorf() without a call, for values that an int can hold */
static inline float
orchard_floor (float value)
{
  float whole = (float) (int) value;

  return whole - (whole > value);
}

/* 0 … 1, white */
static inline float
orchard_hash (int x, int y)
{
  uint32_t h = (uint32_t) x * 0x8da6b343u + (uint32_t) y * 0xd8163841u;

  h = (h ^ (h >> 13)) * 0x5bd1e995u;
  h = (h ^ (h >> 15)) * 0x2c1b3c6du;
  return (float) ((h ^ (h >> 16)) >> 8) * 0x1p-24f;
}

/* 0 … 1, smooth, with one feature to a unit (value noise) */
static inline float
orchard_noise (float x, float y)
{
  float fx = orchard_floor (x);
  float fy = orchard_floor (y);
  int   ix = (int) fx;
  int   iy = (int) fy;
  float tx = x - fx;
  float ty = y - fy;

  tx = tx * tx * (3 - 2 * tx);
  ty = ty * ty * (3 - 2 * ty);

  float a = orchard_hash (ix, iy);
  float b = orchard_hash (ix + 1, iy);
  float c = orchard_hash (ix, iy + 1);
  float d = orchard_hash (ix + 1, iy + 1);

  return a + (b - a) * tx + (c - a) * ty + (a - b - c + d) * tx * ty;
}

/* Distance to the nearest border between the cells of scattered points, one to a unit:
 * half of the difference of the distances to the two nearest points.
 */
static inline float
orchard_cells (float x, float y)
{
  int   ix = (int) orchard_floor (x);
  int   iy = (int) orchard_floor (y);
  float first = 9;
  float second = 9;

  for (int j = iy - 1; j <= iy + 1; j++)
    for (int i = ix - 1; i <= ix + 1; i++)
      {
        float dx = (float) i + 0.08f + 0.84f * orchard_hash (i, j) - x;
        float dy = (float) j + 0.08f + 0.84f * orchard_hash (i + 77, j + 31) - y;
        float square = dx * dx + dy * dy;

        second = MIN (second, MAX (first, square));
        first = MIN (first, square);
      }
  return (sqrtf (second) - sqrtf (first)) / 2;
}
