/* persea-completion-pixels.c - from the picture to the canvas, and back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Why not persea-resample.h: what is to be drawn must not flow into what is kept, so the way to
 * the canvas needs a weight for each pixel, and so many pixels come back that only those of the
 * mask should be computed.  In the codebook's own size both ways are exact copies.
 */
#include "config.h"

#include "persea-completion-private.h"

#include <string.h>

#include "persea-infill.h"
#include "persea-painting.h"
#include "persea-taps.h"

/* a share of kept pixels above this is rounding, not a missing one */
#define COMPLETION_ALL_KNOWN 0.9999f

/* To the canvas */

/* @sums: [canvas_width, 4]: red, green, blue and the share of pixels that are known */
static void
completion_read_row (const PerseaCompletion *completion,
                     const PerseaTaps       *across,
                     const uint8_t          *pixels,
                     const uint8_t          *drawn,
                     float                  *sums)
{
  for (unsigned i = 0; i < across->n; i++)
    {
      const float *weights = across->weights + (size_t) i * across->max_taps;
      float *sum = sums + (size_t) i * 4;

      memset (sum, 0, 4 * sizeof *sum);
      for (unsigned j = 0; j < across->n_taps[i]; j++)
        {
          size_t x = across->first[i] + j;

          if (drawn[x] != 0 && !completion->everything)
            continue;
          for (unsigned c = 0; c < 3; c++)
            sum[c] += weights[j] * pixels[x * 3 + c];
          sum[3] += weights[j];
        }
    }
}

/* Adds row @y of the region to those of the canvas that take something of it.
 * @start: (inout): the first of them, 0 at first: the ends of the taps grow with the rows */
static void
completion_add_row (const PerseaTaps  *down,
                    unsigned     y,
                    const float *sums,
                    float       *canvas,
                    size_t       n,
                    unsigned    *start)
{
  while (*start < down->n && down->first[*start] + down->n_taps[*start] <= y)
    (*start)++;
  for (unsigned row = *start; row < down->n && down->first[row] <= y; row++)
    {
      float weight = down->weights[(size_t) row * down->max_taps + y - down->first[row]];

      for (size_t i = 0; i < n; i++)
        canvas[row * n + i] += weight * sums[i];
    }
}

/* @canvas: [n, 4] sums; means go to @values [n, 3] */
static void
completion_divide (const float *canvas, float *values, float *known, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      float share = canvas[i * 4 + 3];

      for (unsigned c = 0; c < 3 && share > 0; c++)
        values[i * 3 + c] = canvas[i * 4 + c] / share / 255;
      known[i] = share > COMPLETION_ALL_KNOWN ? 1 : share;
    }
}

static void
completion_interleaved_to_planes (const float *values, float *planes, size_t n)
{
  for (size_t i = 0; i < n; i++)
    for (unsigned c = 0; c < 3; c++)
      planes[c * n + i] = CLAMP (values[i * 3 + c], 0, 1);
}

const float *
persea_completion_read (PerseaCompletion *completion, const uint8_t *pixels, size_t stride)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  const PerseaRectangle *region = &plan->region;
  size_t n_pixels = (size_t) plan->canvas_width * plan->canvas_height;
  size_t row_size = (size_t) plan->canvas_width * 4;
  g_autofree float *sums = g_new (float, row_size);
  g_autofree float *canvas = g_new0 (float, n_pixels * 4);
  g_autofree float *values = g_new0 (float, n_pixels * 3);
  g_auto (PerseaTaps) across = { 0 };
  g_auto (PerseaTaps) down = { 0 };
  unsigned start = 0;

  persea_taps_init_triangle (&across, region->width, plan->canvas_width);
  persea_taps_init_triangle (&down, region->height, plan->canvas_height);
  for (int y = 0; y < region->height; y++)
    {
      completion_read_row (completion, &across, pixels + y * stride,
                           completion->drawn + (size_t) y * region->width, sums);
      completion_add_row (&down, y, sums, canvas, row_size, &start);
    }
  g_free (completion->known);
  completion->known = g_new (float, n_pixels);
  completion_divide (canvas, values, completion->known, n_pixels);
  persea_infill (values, completion->known, plan->canvas_width, plan->canvas_height);
  g_free (completion->input);
  completion->input = g_new (float, n_pixels * 3);
  completion_interleaved_to_planes (values, completion->input, n_pixels);
  return completion->input;
}

/* And back */

void
persea_completion_write (const PerseaCompletion *completion,
                         const float            *decoded,
                         uint8_t                *pixels,
                         size_t                  stride)
{
  const PerseaRectangle *region = &completion->plan.region;
  g_autoptr (PerseaPainting) painting = persea_painting_new (completion, decoded, region->width, region->height);

  g_return_if_fail (painting != NULL);

  persea_painting_paint (painting, 0, region->height, pixels, stride);
}
