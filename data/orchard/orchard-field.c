/* orchard-field.c - distances and heights of a drawn shape
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-field.h"

#include <math.h>

/* Larger than any square distance in a field, and still exact in a float. */
#define FAR_AWAY 1e9f

static void
distance_columns (const uint8_t *inside, int width, int height, float *distance)
{
  for (int x = 0; x < width; x++)
    distance[x] = inside[x] ? FAR_AWAY : 0;
  for (int y = 1; y < height; y++)
    for (int x = 0; x < width; x++)
      distance[y * width + x] = inside[y * width + x] ? distance[(y - 1) * width + x] + 1 : 0;
  for (int y = height - 2; y >= 0; y--)
    for (int x = 0; x < width; x++)
      distance[y * width + x] = MIN (distance[y * width + x], distance[(y + 1) * width + x] + 1);
}

/* Lower envelope of parabolas: @row holds distances along the columns, and gets the distances. */
static void
distance_row (float *row, int width, float *square, int *vertex, float *border)
{
  int n = 0;

  for (int x = 0; x < width; x++)
    {
      square[x] = row[x] < FAR_AWAY ? row[x] * row[x] : FAR_AWAY;
      if (square[x] >= FAR_AWAY)
        continue;

      float from = -FAR_AWAY;
      while (n > 0)
        {
          int   v = vertex[n - 1];
          float height = square[x] - square[v] + (float) (x * x - v * v);

          from = height / (float) (2 * (x - v));
          if (from > border[n - 1])
            break;
          n--;
          from = -FAR_AWAY;
        }
      vertex[n] = x;
      border[n++] = from;
    }
  for (int x = 0, k = 0; x < width; x++)
    {
      if (n == 0)
        {
          row[x] = FAR_AWAY;
          continue;
        }
      while (k + 1 < n && border[k + 1] < (float) x)
        k++;

      float step = (float) (x - vertex[k]);
      row[x] = sqrtf (step * step + square[vertex[k]]);
    }
}

void
orchard_field_distance (const uint8_t *inside, int width, int height, float *distance)
{
  g_autofree float *square = g_new (float, width);
  g_autofree float *border = g_new (float, width);
  g_autofree int   *vertex = g_new (int, width);

  distance_columns (inside, width, height, distance);
  for (int y = 0; y < height; y++)
    {
      float *row = distance + (size_t) y * width;

      /* Nothing beyond a zero can be nearer than the zero: each run between two is by itself. */
      for (int x = 0, end; x < width; x = end + 1)
        {
          for (end = x; end < width && row[end] > 0; end++)
            ;
          if (end > x)
            {
              int first = MAX (x - 1, 0);

              distance_row (row + first, MIN (end + 1, width) - first, square, vertex, border);
            }
        }
    }
}

void
orchard_field_inflate (float *field, int n, float radius)
{
  for (int i = 0; i < n; i++)
    {
      float rest = MAX (1 - field[i] / radius, 0);

      field[i] = radius * sqrtf (1 - rest * rest);
    }
}

static void
blur_rows (float *field, int width, int height, int radius, float *line)
{
  float scale = 1.0f / (float) (2 * radius + 1);

  for (int y = 0; y < height; y++)
    {
      float *row = field + (size_t) y * width;
      float  sum = row[0] * (float) radius;

      for (int x = 0; x <= radius; x++)
        sum += row[MIN (x, width - 1)];
      for (int x = 0; x < width; x++)
        {
          line[x] = sum * scale;
          sum += row[MIN (x + radius + 1, width - 1)] - row[MAX (x - radius, 0)];
        }
      for (int x = 0; x < width; x++)
        row[x] = line[x];
    }
}

/* The same down the columns, all columns at once. */
static void
blur_columns (float *field, int width, int height, int radius, float *sum, float *copy)
{
  float scale = 1.0f / (float) (2 * radius + 1);

  for (int i = 0; i < width * height; i++)
    copy[i] = field[i];
  for (int x = 0; x < width; x++)
    sum[x] = copy[x] * (float) radius;
  for (int y = 0; y <= radius; y++)
    for (int x = 0; x < width; x++)
      sum[x] += copy[(size_t) MIN (y, height - 1) * width + x];
  for (int y = 0; y < height; y++)
    {
      const float *enters = copy + (size_t) MIN (y + radius + 1, height - 1) * width;
      const float *leaves = copy + (size_t) MAX (y - radius, 0) * width;

      for (int x = 0; x < width; x++)
        {
          field[(size_t) y * width + x] = sum[x] * scale;
          sum[x] += enters[x] - leaves[x];
        }
    }
}

void
orchard_field_blur (float *field, int width, int height, int radius)
{
  g_autofree float *line = g_new (float, width);
  g_autofree float *copy = g_new (float, (size_t) width * height);

  blur_rows (field, width, height, radius, line);
  blur_columns (field, width, height, radius, line, copy);
}
