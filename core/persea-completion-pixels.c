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

#include <math.h>
#include <string.h>

#include "persea-infill.h"

/* a share of kept pixels above this is rounding, not a missing one */
#define COMPLETION_ALL_KNOWN 0.9999f

/* What each of n outputs takes of the inputs along one direction; weights add up to 1. */
typedef struct
{
  unsigned  n;
  unsigned *first;
  unsigned *n_taps;
  float    *weights; /* [n, max_taps] */
  unsigned  max_taps;
} Taps;

typedef double (*KernelFunc) (double distance);

/* never negative, as weighted means need it */
static double
kernel_triangle (double distance)
{
  return distance < 1 ? 1 - distance : 0;
}

/* Keys, a = -0.5 */
static double
kernel_cubic (double distance)
{
  if (distance < 1)
    return (1.5 * distance - 2.5) * distance * distance + 1;
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0;
}

static void
taps_init (Taps *taps, unsigned n_in, unsigned n_out, KernelFunc kernel, double support)
{
  double scale = (double) n_in / n_out;
  double stretch = MAX (scale, 1);

  taps->n = n_out;
  taps->max_taps = (unsigned) (2 * support * stretch) + 2;
  taps->first = g_new (unsigned, n_out);
  taps->n_taps = g_new (unsigned, n_out);
  taps->weights = g_new0 (float, (size_t) n_out * taps->max_taps);
  for (unsigned i = 0; i < n_out; i++)
    {
      double center = (i + 0.5) * scale - 0.5; /* inputs are at whole numbers */
      int first = MAX ((int) ceil (center - support * stretch), 0);
      int last = MIN ((int) floor (center + support * stretch), (int) n_in - 1);
      float *weights = taps->weights + (size_t) i * taps->max_taps;
      double sum = 0;

      for (int j = first; j <= last; j++)
        sum += kernel (fabs (j - center) / stretch);
      for (int j = first; j <= last; j++)
        weights[j - first] = (float) (kernel (fabs (j - center) / stretch) / sum);
      taps->first[i] = first;
      taps->n_taps[i] = last - first + 1;
    }
}

static void
taps_clear (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->n_taps);
  g_free (taps->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Taps, taps_clear)

/* To the canvas */

/* @sums: [canvas_width, 4]: red, green, blue and the share of pixels that are known */
static void
completion_read_row (const PerseaCompletion *completion,
                     const Taps             *across,
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
completion_add_row (const Taps  *down,
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
  g_auto (Taps) across = { 0 };
  g_auto (Taps) down = { 0 };
  unsigned start = 0;

  taps_init (&across, region->width, plan->canvas_width, kernel_triangle, 1);
  taps_init (&down, region->height, plan->canvas_height, kernel_triangle, 1);
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

/* The canvas with its correction: [n, 6], what was decoded and what the kept pixels differ from it,
 * continued to where nothing is kept. */
static float *
completion_make_layers (const PerseaCompletion *completion, const float *decoded)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  size_t n = (size_t) plan->canvas_width * plan->canvas_height;
  float *layers = g_new (float, n * 6);
  g_autofree float *difference = g_new0 (float, n * 3);

  for (size_t i = 0; i < n * 3 && !completion->everything; i++)
    difference[i] = completion->input[i % 3 * n + i / 3] - decoded[i % 3 * n + i / 3];
  if (!completion->everything)
    persea_infill (difference, completion->known, plan->canvas_width, plan->canvas_height);
  for (size_t i = 0; i < n; i++)
    for (unsigned c = 0; c < 3; c++)
      {
        layers[i * 6 + c] = decoded[c * n + i];
        layers[i * 6 + 3 + c] = difference[i * 3 + c];
      }
  return layers;
}

/* @row: [n]: row @y of the region, in the canvas' width */
static void
completion_mix_rows (const Taps *down, unsigned y, const float *layers, float *row, size_t n)
{
  const float *weights = down->weights + (size_t) y * down->max_taps;

  memset (row, 0, n * sizeof *row);
  for (unsigned j = 0; j < down->n_taps[y]; j++)
    {
      const float *from = layers + (down->first[y] + j) * n;

      for (size_t i = 0; i < n; i++)
        row[i] += weights[j] * from[i];
    }
}

static void
completion_write_row (const Taps *across, const float *row, const uint8_t *drawn, uint8_t *pixels)
{
  for (unsigned x = 0; x < across->n; x++)
    {
      const float *weights = across->weights + (size_t) x * across->max_taps;
      float correction = 1 - drawn[x] / 255.0f;
      float sums[6] = { 0 };

      if (drawn[x] == 0)
        continue;
      for (unsigned j = 0; j < across->n_taps[x]; j++)
        for (unsigned c = 0; c < 6; c++)
          sums[c] += weights[j] * row[(across->first[x] + j) * 6 + c];
      for (unsigned c = 0; c < 3; c++)
        pixels[x * 3 + c]
          = (uint8_t) (CLAMP (sums[c] + correction * sums[3 + c], 0, 1) * 255 + 0.5f);
    }
}

static gboolean
completion_row_is_kept (const uint8_t *drawn, int width)
{
  for (int x = 0; x < width; x++)
    if (drawn[x] != 0)
      return FALSE;
  return TRUE;
}

void
persea_completion_write (const PerseaCompletion *completion,
                         const float            *decoded,
                         uint8_t                *pixels,
                         size_t                  stride)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  const PerseaRectangle *region = &plan->region;
  size_t row_size = (size_t) plan->canvas_width * 6;
  g_autofree float *layers = NULL;
  g_autofree float *row = g_new (float, row_size);
  g_auto (Taps) across = { 0 };
  g_auto (Taps) down = { 0 };

  g_return_if_fail (completion->input != NULL);

  layers = completion_make_layers (completion, decoded);
  taps_init (&across, plan->canvas_width, region->width, kernel_cubic, 2);
  taps_init (&down, plan->canvas_height, region->height, kernel_cubic, 2);
  for (int y = 0; y < region->height; y++)
    {
      const uint8_t *drawn = completion->drawn + (size_t) y * region->width;

      if (completion_row_is_kept (drawn, region->width))
        continue;
      completion_mix_rows (&down, y, layers, row, row_size);
      completion_write_row (&across, row, drawn, pixels + y * stride);
    }
}
