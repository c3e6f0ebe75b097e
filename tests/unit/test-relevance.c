/* test-relevance.c - borders along edges, and values that follow them, by hand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What needs no network; tests/golden/test-relevance.c has one.
 */
#include "config.h"

#include "persea-guided-filter.h"
#include "persea-relevance-private.h"
#include "persea-relevance.h"

#include <math.h>

#define WIDTH 60
#define HEIGHT 40
#define N (WIDTH * HEIGHT)

/* a red box with a black stripe and a dark outline, on green; a blue one beside it */
static gboolean
in_box (int x, int y)
{
  return x >= 8 && x < 26 && y >= 10 && y < 30;
}

static void
draw_boxes (float *rgb)
{
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      {
        float *pixel = rgb + (y * WIDTH + x) * 3;
        gboolean other = x >= 38 && x < 54 && y >= 10 && y < 30;
        gboolean stripe = in_box (x, y) && y >= 18 && y < 21;

        pixel[0] = in_box (x, y) && !stripe ? 0.9f : 0.1f;
        pixel[1] = in_box (x, y) || other ? 0.1f : 0.7f + 0.01f * ((x * 7 + y * 3) % 5);
        pixel[2] = other ? 0.9f : 0.1f;
      }
}

/* likely around a point of the box, as coarse as a network says it */
static void
draw_likely (float *likely)
{
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      likely[y * WIDTH + x] = (float) (3.2 * exp (-hypot (x - 17, y - 20) / 14) - 2);
}

static void
test_segment (void)
{
  float rgb[N * 3], likely[N], inside[N];
  g_autoptr (GError) error = NULL;
  int n_wrong = 0;

  draw_boxes (rgb);
  draw_likely (likely);
  g_assert_true (persea_relevance_segment (rgb, likely, WIDTH, HEIGHT, inside, NULL, &error));
  g_assert_no_error (error);
  for (int i = 0; i < N; i++)
    {
      g_assert_true (inside[i] >= 0 && inside[i] <= 1);
      n_wrong += (inside[i] >= 0.5f) != in_box (i % WIDTH, i / WIDTH);
    }
  g_assert_cmpint (n_wrong, <=, 12);
}

static void
test_one_pixel (void)
{
  const float rgb[3] = { 0.2f, 1, 0 }, likely = 1;
  float inside = -1, line[4];
  g_autoptr (GError) error = NULL;

  g_assert_true (persea_relevance_segment (rgb, &likely, 1, 1, &inside, NULL, &error));
  g_assert_true (inside >= 0 && inside <= 1);
  persea_guided_filter_fit (rgb, &inside, 1, 1, 2, 1e-3f, line);
  g_assert_cmpfloat_with_epsilon (line[0] * rgb[0] + line[1] * rgb[1] + line[2] * rgb[2] + line[3], inside,
                                  1e-5);
}

static void
test_cancelled (void)
{
  float rgb[N * 3], likely[N], inside[N];
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  draw_boxes (rgb);
  draw_likely (likely);
  g_cancellable_cancel (cancellable);
  g_assert_false (persea_relevance_segment (rgb, likely, WIDTH, HEIGHT, inside, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static float
line_value (const float *line, const float *pixel)
{
  return line[0] * pixel[0] + line[1] * pixel[1] + line[2] * pixel[2] + line[3];
}

/* The equations of the paper, window by window, in double, for one pixel's window. */
static double
mean_in_window (const float *values, int step, int x, int y, int radius)
{
  double sum = 0;
  int n = 0;

  for (int j = MAX (y - radius, 0); j <= MIN (y + radius, HEIGHT - 1); j++)
    for (int i = MAX (x - radius, 0); i <= MIN (x + radius, WIDTH - 1); i++, n++)
      sum += values[(j * WIDTH + i) * step];
  return sum / n;
}

/* In windows of one colour, the filter is a mean of means. */
static void
test_filter_flat (void)
{
  float rgb[N * 3], values[N], lines[N * 4], means[N];

  for (int i = 0; i < N; i++)
    {
      rgb[i * 3] = rgb[i * 3 + 1] = rgb[i * 3 + 2] = 0.5f;
      values[i] = (float) ((i * 37) % 101) / 101;
    }
  persea_guided_filter_fit (rgb, values, WIDTH, HEIGHT, 2, 1e-3f, lines);
  for (int i = 0; i < N; i++)
    means[i] = (float) mean_in_window (values, 1, i % WIDTH, i / WIDTH, 2);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (line_value (lines + i * 4, rgb + i * 3),
                                    mean_in_window (means, 1, i % WIDTH, i / WIDTH, 2), 1e-4);
}

/* What is a linear function of the colours stays what it is; a blurred border gets the edge's place. */
static void
test_filter_edges (void)
{
  float rgb[N * 3], values[N], lines[N * 4];

  draw_boxes (rgb);
  for (int i = 0; i < N; i++)
    values[i] = 0.1f + 0.5f * rgb[i * 3] - 0.2f * rgb[i * 3 + 1] + 0.3f * rgb[i * 3 + 2];
  persea_guided_filter_fit (rgb, values, WIDTH, HEIGHT, 3, 1e-6f, lines);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (line_value (lines + i * 4, rgb + i * 3), values[i], 0.02);

  for (int i = 0; i < N; i++)
    values[i] = (float) (1 / (1 + exp ((i % WIDTH - 26) / 2.0)));
  persea_guided_filter_fit (rgb, values, WIDTH, HEIGHT, 4, 1e-4f, lines);
  int inner = 14 * WIDTH + 25, outer = inner + 1;
  g_assert_cmpfloat (line_value (lines + inner * 4, rgb + inner * 3)
                       - line_value (lines + outer * 4, rgb + outer * 3),
                     >, 0.4);
}

static void
test_heat (void)
{
  const float white[3] = { 1, 1, 1 }, odd[3] = { NAN, -5, INFINITY };
  float low[3], high[3], heat[3];

  persea_relevance_heat (white, 0, low);
  persea_relevance_heat (white, 1, high);
  g_assert_cmpfloat (high[0], >, low[0]);
  for (float value = -1; value <= 2; value += 0.1f)
    {
      persea_relevance_heat (odd, value, heat);
      for (int c = 0; c < 3; c++)
        g_assert_true (heat[c] >= 0 && heat[c] <= 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relevance/segment", test_segment);
  g_test_add_func ("/relevance/one-pixel", test_one_pixel);
  g_test_add_func ("/relevance/cancelled", test_cancelled);
  g_test_add_func ("/relevance/filter-flat", test_filter_flat);
  g_test_add_func ("/relevance/filter-edges", test_filter_edges);
  g_test_add_func ("/relevance/heat", test_heat);
  return g_test_run ();
}
