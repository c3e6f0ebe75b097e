/* persea-infill.c - push and pull
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-infill.h"

#include <string.h>

#define N PERSEA_INFILL_CHANNELS

typedef struct
{
  size_t width, height;
  float *values;  /* [height, width, N] */
  float *weights; /* [height, width] */
} Level;

static void
level_init_half (Level *half, const Level *level)
{
  half->width = (level->width + 1) / 2;
  half->height = (level->height + 1) / 2;
  half->values = g_new0 (float, half->width * half->height * N);
  half->weights = g_new0 (float, half->width * half->height);
}

/* Push: each coarse value is the weighted mean of its four, and at most as sure as one. */
static void
level_shrink (const Level *level, Level *half)
{
  for (size_t y = 0; y < level->height; y++)
    for (size_t x = 0; x < level->width; x++)
      {
        size_t from = y * level->width + x;
        size_t to = y / 2 * half->width + x / 2;

        if (level->weights[from] <= 0)
          continue;
        half->weights[to] += level->weights[from];
        for (size_t c = 0; c < N; c++)
          half->values[to * N + c] += level->weights[from] * level->values[from * N + c];
      }
  for (size_t i = 0; i < half->width * half->height; i++)
    {
      for (size_t c = 0; c < N && half->weights[i] > 0; c++)
        half->values[i * N + c] /= half->weights[i];
      half->weights[i] = MIN (half->weights[i], 1);
    }
}

/* Where pixel @i of the finer level lies between two of the coarser: 3/4 of the one that it is
 * part of, 1/4 of its neighbour. */
static void
level_find_pair (size_t i, size_t n, size_t *near, size_t *far)
{
  *near = i / 2;
  *far = i % 2 == 1 ? MIN (*near + 1, n - 1) : *near > 0 ? *near - 1 : 0;
}

/* Pull: what is not known for sure is mixed with what the coarser level says. */
static void
level_mix (Level *level, const Level *half)
{
  for (size_t y = 0; y < level->height; y++)
    for (size_t x = 0; x < level->width; x++)
      {
        size_t at = y * level->width + x;
        float weight = CLAMP (level->weights[at], 0, 1);
        size_t x_near, x_far, y_near, y_far;

        if (weight >= 1)
          continue;
        level_find_pair (x, half->width, &x_near, &x_far);
        level_find_pair (y, half->height, &y_near, &y_far);
        for (size_t c = 0; c < N; c++)
          {
            const float *values = half->values + c;
            float coarse = (9 * values[(y_near * half->width + x_near) * N]
                            + 3 * values[(y_near * half->width + x_far) * N]
                            + 3 * values[(y_far * half->width + x_near) * N]
                            + values[(y_far * half->width + x_far) * N]) / 16;
            float known = weight > 0 ? weight * level->values[at * N + c] : 0;

            level->values[at * N + c] = known + (1 - weight) * coarse;
          }
      }
}

static void
level_fill (Level *level)
{
  Level half;

  if (level->width == 1 && level->height == 1)
    {
      /* the only value there is; there is nothing to mix it with */
      if (level->weights[0] <= 0)
        memset (level->values, 0, N * sizeof (float));
      return;
    }
  level_init_half (&half, level);
  level_shrink (level, &half);
  level_fill (&half);
  level_mix (level, &half);
  g_free (half.values);
  g_free (half.weights);
}

void
persea_infill (float *values, const float *weights, size_t width, size_t height)
{
  Level level = { width, height, values, (float *) weights };

  g_return_if_fail (width > 0 && height > 0);

  level_fill (&level);
}
