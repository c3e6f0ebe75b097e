/* persea-relevance-edges.c - from where words are likely to a border along the picture's edges
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Lengths and areas are counted as if the picture's longer side had 128 pixels, so that the same
 * picture has the same border in any size.
 */
#include "config.h"

#include "persea-relevance-private.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ROUNDS 3        /* of telling colours apart and looking for a border */
#define STEPS 100       /* of the search, in each round */
#define STEP_SIZE 0.35f /* of both of its halves; their product times 8 has to be below 1 */
#define AREA 3.84f      /* what a logit inside weighs against a border, times the longer side */
#define BARE 0.02f      /* what a border costs along the strongest edge */
#define BINS 16         /* of the histograms, for each of three colours */
#define N_BINS (BINS * BINS * BINS)
#define RARE 1e-4f      /* a share of the pixels that means nothing */
#define MOST_LOGIT 3.0f /* that a colour may add */

typedef struct
{
  const float *rgb;
  int          width, height;
  size_t       n;
  uint16_t    *bins;   /* [n]: each pixel's colour */
  float       *across; /* [n]: what a border between a pixel and its right neighbour costs, 0 if it
                        * has none */
  float       *down;   /* likewise the one below */
} Picture;

static int
colour_bin (const float *rgb)
{
  int bin = 0;

  for (int c = 0; c < 3; c++)
    bin = bin * BINS + MIN ((int) (rgb[c] * BINS), BINS - 1);
  return bin;
}

static float
distance (const float *a, const float *b)
{
  float sum = 0;

  for (int c = 0; c < 3; c++)
    sum += (a[c] - b[c]) * (a[c] - b[c]);
  return sum;
}

/* Boykov and Jolly's edge weights: exp (-distance / (2 · mean distance)). */
static void
picture_weigh_edges (Picture *picture)
{
  int width = picture->width, height = picture->height;
  size_t n_edges = (size_t) (width - 1) * height + (size_t) width * (height - 1);
  double sum = 0;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        size_t i = (size_t) y * width + x;
        const float *pixel = picture->rgb + i * 3;

        picture->across[i] = x + 1 < width ? distance (pixel, pixel + 3) : 0;
        picture->down[i] = y + 1 < height ? distance (pixel, pixel + (size_t) width * 3) : 0;
        sum += picture->across[i] + picture->down[i];
      }

  float beta = sum > 0 ? (float) (n_edges / (2 * sum)) : 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        size_t i = (size_t) y * width + x;

        if (x + 1 < width)
          picture->across[i] = BARE + (1 - BARE) * expf (-beta * picture->across[i]);
        if (y + 1 < height)
          picture->down[i] = BARE + (1 - BARE) * expf (-beta * picture->down[i]);
      }
}

static void
picture_init (Picture *picture, const float *rgb, int width, int height)
{
  size_t n = (size_t) width * height;

  *picture = (Picture) { .rgb = rgb, .width = width, .height = height, .n = n };
  picture->bins = g_new (uint16_t, n);
  picture->across = g_new (float, n);
  picture->down = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    picture->bins[i] = colour_bin (rgb + i * 3);
  picture_weigh_edges (picture);
}

static void
picture_clear (Picture *picture)
{
  g_free (picture->bins);
  g_free (picture->across);
  g_free (picture->down);
}

/* (1 2 1) / 4 along one of the colours, whose bins are @step apart */
static void
smooth_bins (float *bins, size_t step)
{
  for (size_t start = 0; start < N_BINS; start++)
    {
      if (start / step % BINS != 0)
        continue;

      float before = bins[start];
      for (int k = 0; k < BINS; k++)
        {
          float *bin = &bins[start + k * step], here = *bin;
          float after = k + 1 < BINS ? bin[step] : here;

          *bin = (before + 2 * here + after) / 4;
          before = here;
        }
    }
}

/* Shares of the colours, smoothed, among pixels that count as much as @inside says, or as the rest. */
static void
count_colours (const Picture *picture, const float *inside, gboolean rest, float *bins)
{
  double sum = 0;

  memset (bins, 0, N_BINS * sizeof *bins);
  for (size_t i = 0; i < picture->n; i++)
    bins[picture->bins[i]] += rest ? 1 - inside[i] : inside[i];
  for (size_t step = 1; step < N_BINS; step *= BINS)
    smooth_bins (bins, step);
  for (size_t i = 0; i < N_BINS; i++)
    sum += bins[i];
  for (size_t i = 0; i < N_BINS && sum > 0; i++)
    bins[i] = (float) (bins[i] / sum);
}

/* Adds to @costs what the colours say against a pixel's being inside. */
static void
weigh_colours (const Picture *picture, const float *inside, float *costs)
{
  g_autofree float *in = g_new (float, N_BINS);
  g_autofree float *out = g_new (float, N_BINS);

  count_colours (picture, inside, FALSE, in);
  count_colours (picture, inside, TRUE, out);
  for (size_t i = 0; i < N_BINS; i++)
    in[i] = CLAMP (logf ((in[i] + RARE) / (out[i] + RARE)), -MOST_LOGIT, MOST_LOGIT);
  for (size_t i = 0; i < picture->n; i++)
    costs[i] -= in[picture->bins[i]];
}

/* Flows towards where the values rise, as far as the edges let them. */
static void
border_raise_flows (const Picture *picture, const float *ahead, float *across, float *down)
{
  int width = picture->width, height = picture->height;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        size_t i = (size_t) y * width + x;
        size_t right = x + 1 < width ? i + 1 : i, below = y + 1 < height ? i + width : i;

        across[i] = CLAMP (across[i] + STEP_SIZE * (ahead[right] - ahead[i]),
                           -picture->across[i], picture->across[i]);
        down[i] = CLAMP (down[i] + STEP_SIZE * (ahead[below] - ahead[i]), -picture->down[i],
                         picture->down[i]);
      }
}

static void
border_move (const Picture *picture, const float *costs, float area, const float *across,
             const float *down, float *inside, float *ahead)
{
  int width = picture->width, height = picture->height;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        size_t i = (size_t) y * width + x;
        float flow = across[i] + down[i] - (x > 0 ? across[i - 1] : 0)
                     - (y > 0 ? down[i - width] : 0);
        float moved = CLAMP (inside[i] + STEP_SIZE * (flow - area * costs[i]), 0, 1);

        ahead[i] = 2 * moved - inside[i];
        inside[i] = moved;
      }
}

/* Least sum of edges · |differences of inside| + area · costs · inside, inside 0 to 1: Chambolle and
 * Pock, "A First-Order Primal-Dual Algorithm", 2011, algorithm 1, from where @inside is. */
static gboolean
find_border (const Picture *picture, const float *costs, float *inside, GCancellable *cancellable,
             GError **error)
{
  float area = AREA / MAX (picture->width, picture->height);
  g_autofree float *across = g_new0 (float, picture->n);
  g_autofree float *down = g_new0 (float, picture->n);
  g_autofree float *ahead = g_memdup2 (inside, picture->n * sizeof *inside);

  for (int step = 0; step < STEPS; step++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      border_raise_flows (picture, ahead, across, down);
      border_move (picture, costs, area, across, down, inside, ahead);
    }
  return TRUE;
}

gboolean
persea_relevance_segment (const float   *rgb,
                          const float   *likely,
                          int            width,
                          int            height,
                          float         *inside,
                          GCancellable  *cancellable,
                          GError       **error)
{
  Picture picture;
  gboolean done = TRUE;

  picture_init (&picture, rgb, width, height);
  g_autofree float *costs = g_new (float, picture.n);

  for (size_t i = 0; i < picture.n; i++)
    inside[i] = 1 / (1 + expf (-2 * likely[i]));
  for (int round = 0; round < ROUNDS && done; round++)
    {
      for (size_t i = 0; i < picture.n; i++)
        costs[i] = -likely[i];
      weigh_colours (&picture, inside, costs);
      done = find_border (&picture, costs, inside, cancellable, error);
    }
  picture_clear (&picture);
  return done;
}
