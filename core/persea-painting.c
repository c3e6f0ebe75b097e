/* persea-painting.c - what was drawn on a canvas, for the pixels of a picture in any size
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-painting.h"

#include <string.h>

#include "persea-completion-private.h"
#include "persea-infill.h"
#include "persea-parts.h"
#include "persea-taps.h"

#define PART_PIXELS 16384 /* that one processor does at a time */

/* of the canvas' pixels: what was decoded, and what the kept pixels differ from it */
#define N_DRAWN 3
#define N_LAYERS 6

struct _PerseaPainting
{
  const PerseaCompletion *completion;
  int                     width, height;
  unsigned                n_layers; /* N_DRAWN if nothing is kept */
  float                  *layers;   /* [canvas_height, canvas_width, n_layers] */
  PerseaTaps              across;
  PerseaTaps              down;
};

/* what the kept pixels differ from what was decoded, [n, 3], continued to where nothing is kept */
static float *
painting_make_difference (const PerseaCompletion *completion, const float *decoded)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  size_t n = (size_t) plan->canvas_width * plan->canvas_height;
  float *difference = g_new (float, n * 3);

  for (size_t i = 0; i < n * 3; i++)
    difference[i] = completion->input[i % 3 * n + i / 3] - decoded[i % 3 * n + i / 3];
  persea_infill (difference, completion->known, plan->canvas_width, plan->canvas_height);
  return difference;
}

static void
painting_make_layers (PerseaPainting *painting, const float *decoded)
{
  const PerseaCompletion *completion = painting->completion;
  const PerseaCompletionPlan *plan = &completion->plan;
  size_t n = (size_t) plan->canvas_width * plan->canvas_height;
  g_autofree float *difference = completion->everything ? NULL : painting_make_difference (completion, decoded);

  painting->n_layers = difference ? N_LAYERS : N_DRAWN;
  painting->layers = g_new (float, n * painting->n_layers);
  for (size_t i = 0; i < n; i++)
    {
      float *layers = painting->layers + i * painting->n_layers;

      for (unsigned c = 0; c < 3; c++)
        layers[c] = decoded[c * n + i];
      if (difference)
        memcpy (layers + N_DRAWN, difference + i * 3, 3 * sizeof *layers);
    }
}

PerseaPainting *
persea_painting_new (const PerseaCompletion *completion, const float *decoded, int width, int height)
{
  const PerseaCompletionPlan *plan = &completion->plan;
  PerseaPainting *painting;

  g_return_val_if_fail (completion->input != NULL, NULL);
  g_return_val_if_fail (width > 0 && height > 0, NULL);

  painting = g_new0 (PerseaPainting, 1);
  painting->completion = completion;
  painting->width = width;
  painting->height = height;
  painting_make_layers (painting, decoded);
  persea_taps_init_cubic (&painting->across, plan->canvas_width, width);
  persea_taps_init_cubic (&painting->down, plan->canvas_height, height);
  return painting;
}

void
persea_painting_free (PerseaPainting *painting)
{
  if (!painting)
    return;

  g_free (painting->layers);
  persea_taps_clear (&painting->across);
  persea_taps_clear (&painting->down);
  g_free (painting);
}

/* where the middle of pixel @i of @n lies among @n_region */
static int
region_pixel (int i, int n, int n_region)
{
  return (int) ((2 * (int64_t) i + 1) * n_region / (2 * (int64_t) n));
}

static const uint8_t *
painting_get_drawn (const PerseaPainting *painting, int y)
{
  const PerseaRectangle *region = &painting->completion->plan.region;

  return painting->completion->drawn + (size_t) region_pixel (y, painting->height, region->height) * region->width;
}

/* @mixed: [canvas_width, n_layers]: row @y, in the canvas' width */
static void
painting_mix_rows (const PerseaPainting *painting, unsigned y, float *mixed)
{
  const PerseaTaps *down = &painting->down;
  const float *weights = down->weights + (size_t) y * down->max_taps;
  size_t n = (size_t) painting->completion->plan.canvas_width * painting->n_layers;

  memset (mixed, 0, n * sizeof *mixed);
  for (unsigned j = 0; j < down->n_taps[y]; j++)
    {
      const float *from = painting->layers + (down->first[y] + j) * n;

      for (size_t i = 0; i < n; i++)
        mixed[i] += weights[j] * from[i];
    }
}

/* @n_sums: N_DRAWN or N_LAYERS, known where it is called so that the loops unroll */
static inline void
mix_pixel (const float *mixed, const float *weights, unsigned n_taps, unsigned n_layers, unsigned n_sums, float *sums)
{
  memset (sums, 0, n_sums * sizeof *sums);
  for (unsigned j = 0; j < n_taps; j++)
    for (unsigned c = 0; c < n_sums; c++)
      sums[c] += weights[j] * mixed[j * n_layers + c];
}

static inline uint8_t
to_byte (float value)
{
  return (uint8_t) (CLAMP (value, 0, 1) * 255 + 0.5f);
}

static void
painting_paint_everything (const PerseaPainting *painting, const float *mixed, uint8_t *pixels)
{
  const PerseaTaps *across = &painting->across;

  for (unsigned x = 0; x < across->n; x++)
    {
      float sums[N_DRAWN];

      mix_pixel (mixed + (size_t) across->first[x] * N_DRAWN, across->weights + (size_t) x * across->max_taps,
                 across->n_taps[x], N_DRAWN, N_DRAWN, sums);
      for (unsigned c = 0; c < 3; c++)
        pixels[x * 3 + c] = to_byte (sums[c]);
    }
}

static void
painting_paint_drawn (const PerseaPainting *painting, const float *mixed, const uint8_t *drawn, uint8_t *pixels)
{
  const PerseaTaps *across = &painting->across;
  int width = painting->completion->plan.region.width;

  for (unsigned x = 0; x < across->n; x++)
    {
      const float *weights = across->weights + (size_t) x * across->max_taps;
      const float *from = mixed + (size_t) across->first[x] * N_LAYERS;
      uint8_t inside = drawn[region_pixel (x, painting->width, width)];
      float correction = 1 - inside / 255.0f, sums[N_LAYERS];

      if (inside == 0)
        continue;
      if (inside == 255)
        mix_pixel (from, weights, across->n_taps[x], N_LAYERS, N_DRAWN, sums);
      else
        mix_pixel (from, weights, across->n_taps[x], N_LAYERS, N_LAYERS, sums);
      for (unsigned c = 0; c < 3; c++)
        pixels[x * 3 + c] = to_byte (inside == 255 ? sums[c] : sums[c] + correction * sums[N_DRAWN + c]);
    }
}

static gboolean
row_is_kept (const uint8_t *drawn, int width)
{
  for (int x = 0; x < width; x++)
    if (drawn[x] != 0)
      return FALSE;
  return TRUE;
}

/* what is painted: the arguments of persea_painting_paint () */
typedef struct
{
  const PerseaPainting *painting;
  int                   y, n_rows;
  uint8_t              *pixels;
  size_t                stride;
  int                   part_rows;
} Rows;

/* a PerseaPartFunc */
static void
rows_paint_part (size_t part, gpointer data)
{
  const Rows *rows = data;
  const PerseaPainting *painting = rows->painting;
  const PerseaCompletion *completion = painting->completion;
  g_autofree float *mixed = g_new (float, (size_t) completion->plan.canvas_width * painting->n_layers);
  int first = (int) part * rows->part_rows, end = MIN (first + rows->part_rows, rows->n_rows);

  for (int row = first; row < end; row++)
    {
      const uint8_t *drawn = painting_get_drawn (painting, rows->y + row);
      uint8_t *pixels = rows->pixels + row * rows->stride;

      if (!completion->everything && row_is_kept (drawn, completion->plan.region.width))
        continue;
      painting_mix_rows (painting, rows->y + row, mixed);
      if (completion->everything)
        painting_paint_everything (painting, mixed, pixels);
      else
        painting_paint_drawn (painting, mixed, drawn, pixels);
    }
}

void
persea_painting_paint (const PerseaPainting *painting, int y, int n_rows, uint8_t *pixels, size_t stride)
{
  int part_rows = MAX (1, PART_PIXELS / painting->width);
  Rows rows = { painting, y, n_rows, pixels, stride, part_rows };

  g_return_if_fail (y >= 0 && n_rows > 0 && y + n_rows <= painting->height);

  persea_parts_run ((n_rows + part_rows - 1) / part_rows, rows_paint_part, &rows);
}
