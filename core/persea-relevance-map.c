/* persea-relevance-map.c - a map of where words are, for pixels of any size
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-relevance.h"

#include <string.h>

#include "persea-guided-filter.h"
#include "persea-parts.h"
#include "persea-relevance-private.h"

#define FILTER_RADIUS 1   /* pixels of the copy */
#define FILTER_EPS 1e-4f
#define PART_PIXELS 16384 /* that one processor does at a time */

struct _PerseaRelevanceMap
{
  gatomicrefcount ref_count;
  int             width, height;
  float          *lines; /* [height, width, 4], of persea_guided_filter_fit() */
};

/* with undefined lines */
static PerseaRelevanceMap *
map_new (int width, int height)
{
  PerseaRelevanceMap *map = g_new0 (PerseaRelevanceMap, 1);

  g_atomic_ref_count_init (&map->ref_count);
  map->width = width;
  map->height = height;
  map->lines = g_new (float, (size_t) width * height * 4);
  return map;
}

PerseaRelevanceMap *
persea_relevance_map_new (const float *rgb, const float *values, int width, int height)
{
  PerseaRelevanceMap *map = map_new (width, height);

  persea_guided_filter_fit (rgb, values, width, height, FILTER_RADIUS, FILTER_EPS, map->lines);
  return map;
}

const float *
persea_relevance_map_get_lines (const PerseaRelevanceMap *map, int *width, int *height)
{
  *width = map->width;
  *height = map->height;
  return map->lines;
}

PerseaRelevanceMap *
persea_relevance_map_new_from_lines (const float *lines, int width, int height)
{
  PerseaRelevanceMap *map = map_new (width, height);

  memcpy (map->lines, lines, (size_t) width * height * 4 * sizeof *lines);
  return map;
}

PerseaRelevanceMap *
persea_relevance_map_ref (PerseaRelevanceMap *map)
{
  g_atomic_ref_count_inc (&map->ref_count);
  return map;
}

void
persea_relevance_map_unref (PerseaRelevanceMap *map)
{
  if (!map || !g_atomic_ref_count_dec (&map->ref_count))
    return;

  g_free (map->lines);
  g_free (map);
}

/* where a pixel's centre is among @n values over @side pixels: the value before it, and how far it
 * is to the next */
static float
split_place (int pixel, int side, int n, int *before)
{
  float place = CLAMP ((pixel + 0.5f) * n / side - 0.5f, 0, n - 1);

  *before = (int) place;
  return place - *before;
}

/* what is painted: the arguments of persea_relevance_map_paint () */
typedef struct
{
  const PerseaRelevanceMap *map;
  int                       width, height;
  const PerseaRectangle    *area;
  const float              *rgb;
  size_t                    stride;
  float                    *values;
  int                       part_rows;
} Canvas;

/* @lines: [map->width, 4]: row @y of the picture, in the map's width */
static void
canvas_mix_lines (const Canvas *canvas, int y, float *lines)
{
  const PerseaRelevanceMap *map = canvas->map;
  size_t n = (size_t) map->width * 4;
  int i;
  float b = split_place (y, canvas->height, map->height, &i);
  const float *above = map->lines + i * n;
  const float *below = i + 1 < map->height ? above + n : above;

  for (size_t c = 0; c < n; c++)
    lines[c] = (1 - b) * above[c] + b * below[c];
}

static void
canvas_paint_row (const Canvas *canvas, int y, const float *lines)
{
  const float *pixel = canvas->rgb + y * canvas->stride;
  float *values = canvas->values + (size_t) y * canvas->area->width;
  int last = canvas->map->width - 1;

  for (int x = 0; x < canvas->area->width; x++, pixel += 3)
    {
      int j;
      float a = split_place (canvas->area->x + x, canvas->width, canvas->map->width, &j), line[4];
      const float *left = lines + (size_t) j * 4, *right = lines + (size_t) MIN (j + 1, last) * 4;

      for (int c = 0; c < 4; c++)
        line[c] = (1 - a) * left[c] + a * right[c];
      values[x] = persea_relevance_clamp (line[0] * persea_relevance_clamp (pixel[0])
                                          + line[1] * persea_relevance_clamp (pixel[1])
                                          + line[2] * persea_relevance_clamp (pixel[2]) + line[3]);
    }
}

/* a PerseaPartFunc */
static void
canvas_paint_part (size_t part, gpointer data)
{
  const Canvas *canvas = data;
  g_autofree float *lines = g_new (float, (size_t) canvas->map->width * 4);
  int first = (int) part * canvas->part_rows, end = MIN (first + canvas->part_rows, canvas->area->height);

  for (int y = first; y < end; y++)
    {
      canvas_mix_lines (canvas, canvas->area->y + y, lines);
      canvas_paint_row (canvas, y, lines);
    }
}

void
persea_relevance_map_paint (const PerseaRelevanceMap *map,
                            int                       width,
                            int                       height,
                            const PerseaRectangle    *area,
                            const float              *rgb,
                            size_t                    stride,
                            float                    *values)
{
  int part_rows = MAX (1, PART_PIXELS / MAX (1, area->width));
  Canvas canvas = { map, width, height, area, rgb, stride, values, part_rows };

  if (area->height > 0)
    persea_parts_run ((area->height + part_rows - 1) / part_rows, canvas_paint_part, &canvas);
}

void
persea_relevance_heat (const float rgb[3],
                       float       value,
                       float       heat[3])
{
  static const float colours[][3] = {
    { 0.05f, 0.05f, 0.35f }, { 0.45f, 0.05f, 0.55f }, { 0.9f, 0.15f, 0.2f }, { 1, 0.6f, 0 },
    { 1, 1, 0.3f },
  };
  float place = persea_relevance_clamp (value) * (G_N_ELEMENTS (colours) - 1);
  size_t i = MIN ((size_t) place, G_N_ELEMENTS (colours) - 2);
  float grey = 0.299f * persea_relevance_clamp (rgb[0]) + 0.587f * persea_relevance_clamp (rgb[1])
               + 0.114f * persea_relevance_clamp (rgb[2]);

  for (int c = 0; c < 3; c++)
    heat[c] = 0.4f * grey
              + 0.6f * (colours[i][c] + (place - i) * (colours[i + 1][c] - colours[i][c]));
}
