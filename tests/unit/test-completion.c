/* test-completion.c - windows, cells, codes and blending, by hand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-completion.h"
#include "persea-error.h"
#include "persea-infill.h"
#include "persea-painting.h"

#include <math.h>
#include <string.h>

/* A network of 4 × 4 codes of 4 × 4 pixels, unless it matters. */
#define GRID 4
#define FACTOR 4

static uint8_t *
make_mask (int width, int height, PerseaRectangle drawn)
{
  uint8_t *mask = g_malloc0 ((size_t) width * height);

  for (int y = drawn.y; y < drawn.y + drawn.height; y++)
    memset (mask + (size_t) y * width + drawn.x, 255, drawn.width);
  return mask;
}

static uint8_t *
make_picture (int width, int height)
{
  uint8_t *pixels = g_malloc ((size_t) width * height * 3);

  for (size_t i = 0; i < (size_t) width * height * 3; i++)
    pixels[i] = (i * 7 + i / 50) % 256;
  return pixels;
}

static PerseaCompletion *
make_completion (int width, int height, PerseaRectangle drawn, unsigned grid, unsigned factor)
{
  g_autofree uint8_t *mask = make_mask (width, height, drawn);
  const PerseaCompletionOptions options = {
    .width = width, .height = height, .mask = mask, .grid = grid, .factor = factor,
  };
  g_autoptr (GError) error = NULL;
  PerseaCompletion *completion = persea_completion_new (&options, &error);

  g_assert_no_error (error);
  return completion;
}

static void
assert_rectangle (PerseaRectangle found, int x, int y, int width, int height)
{
  g_assert_cmpint (found.x, ==, x);
  g_assert_cmpint (found.y, ==, y);
  g_assert_cmpint (found.width, ==, width);
  g_assert_cmpint (found.height, ==, height);
}

/* Plans */

/* lower half of a picture in the codebook's own size */
static void
test_whole (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (16, 16, (PerseaRectangle) { 0, 8, 16, 8 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  assert_rectangle (plan->region, 0, 0, 16, 16);
  assert_rectangle (plan->asked, 0, 8, 16, 8);
  assert_rectangle (plan->aligned, 0, 8, 16, 8);
  g_assert_cmpuint (plan->canvas_width, ==, 16);
  g_assert_cmpuint (plan->canvas_height, ==, 16);
  g_assert_cmpuint (plan->columns, ==, 4);
  g_assert_cmpuint (plan->rows, ==, 4);
  g_assert_cmpuint (plan->n_pixels, ==, 128);
  g_assert_cmpuint (plan->n_drawn, ==, 8);
  g_assert_cmpuint (plan->n_windows, ==, 1);
  g_assert_cmpfloat (plan->cell_width, ==, 4);
}

/* one pixel more than a cell has to be drawn: the cells around it are */
static void
test_aligned (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (16, 16, (PerseaRectangle) { 3, 8, 5, 4 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  assert_rectangle (plan->asked, 3, 8, 5, 4);
  assert_rectangle (plan->aligned, 0, 8, 8, 4);
  g_assert_cmpuint (plan->n_drawn, ==, 2);
}

/* A hole in a large picture: the window has the codebook's own size, more of it above and on the
 * left, and the hole begins where a cell does. */
static void
test_window (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (100, 80, (PerseaRectangle) { 50, 40, 4, 4 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  /* 12 pixels of context, 8 of them before */
  assert_rectangle (plan->region, 42, 32, 16, 16);
  assert_rectangle (plan->aligned, 50, 40, 4, 4);
  g_assert_cmpuint (plan->n_drawn, ==, 1);
}

/* the same in the last corner: no further than the picture goes */
static void
test_corner (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (100, 80, (PerseaRectangle) { 99, 79, 1, 1 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  assert_rectangle (plan->region, 84, 64, 16, 16);
  assert_rectangle (plan->aligned, 96, 76, 4, 4);
}

/* a hole that is larger than a window: seen in half the size */
static void
test_scaled (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (100, 100, (PerseaRectangle) { 60, 60, 22, 20 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  g_assert_cmpint (plan->region.width, ==, 33);
  g_assert_cmpint (plan->region.height, ==, 33);
  g_assert_cmpuint (plan->canvas_width, ==, 16);
  g_assert_cmpuint (plan->n_windows, ==, 1);
  g_assert_cmpfloat (plan->cell_width, ==, 33 / 4.0);
  g_assert_cmpint (plan->region.x, <, 60);
  g_assert_cmpint (plan->region.x + 33, >=, 82);
}

/* the lower half of a picture of 3 : 1: three windows and a half, side by side */
static void
test_long (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (48, 16, (PerseaRectangle) { 0, 8, 48, 8 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  assert_rectangle (plan->region, 0, 0, 48, 16);
  g_assert_cmpuint (plan->columns, ==, 12);
  g_assert_cmpuint (plan->rows, ==, 4);
  g_assert_cmpuint (plan->n_drawn, ==, 24);
  g_assert_cmpuint (plan->n_windows, ==, 5); /* at 0, 2, 4, 6, 8 */
}

/* A square to be drawn as high as the picture: what is beside it is what there is to go by. */
static void
test_full_height (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (40, 16, (PerseaRectangle) { 16, 0, 16, 16 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);

  g_assert_cmpint (plan->region.width, ==, 24);
  g_assert_cmpuint (plan->columns, ==, 6);
  g_assert_cmpuint (plan->n_drawn, ==, 16);
  g_assert_cmpuint (plan->n_windows, ==, 2);
}

static void
test_odd_sizes (void)
{
  GRand *rand = g_rand_new_with_seed (4);

  for (int i = 0; i < 400; i++)
    {
      int width = g_rand_int_range (rand, 1, 120);
      int height = g_rand_int_range (rand, MAX (1, width / 6), MIN (120, 6 * width + 1));
      g_autofree uint8_t *mask = g_malloc0 ((size_t) width * height);
      PerseaCompletionOptions options = {
        .width = width, .height = height, .mask = mask,
        .grid = g_rand_int_range (rand, 1, 9), .factor = g_rand_int_range (rand, 1, 9),
      };
      g_autoptr (PerseaCompletion) completion = NULL;
      g_autoptr (GError) error = NULL;
      const PerseaCompletionPlan *plan;
      int x = g_rand_int_range (rand, 0, width);
      int y = g_rand_int_range (rand, 0, height);
      int bottom = y + g_rand_int_range (rand, 1, 60);

      for (int v = y; v < MIN (height, bottom); v++)
        memset (mask + v * width + x, 128, MIN (width - x, 30));
      completion = persea_completion_new (&options, &error);
      if (completion == NULL)
        {
          g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
          continue;
        }
      plan = persea_completion_get_plan (completion);
      g_assert_cmpint (plan->region.x, >=, 0);
      g_assert_cmpint (plan->region.y, >=, 0);
      g_assert_cmpint (plan->region.x + plan->region.width, <=, width);
      g_assert_cmpint (plan->region.y + plan->region.height, <=, height);
      g_assert_cmpint (plan->region.x, <=, plan->asked.x);
      g_assert_cmpint (plan->region.y, <=, plan->asked.y);
      g_assert_cmpint (plan->region.x + plan->region.width, >=, plan->asked.x + plan->asked.width);
      g_assert_cmpint (plan->region.y + plan->region.height, >=,
                       plan->asked.y + plan->asked.height);
      g_assert_cmpint (plan->aligned.x, <=, plan->asked.x);
      g_assert_cmpint (plan->aligned.y, <=, plan->asked.y);
      g_assert_cmpuint (plan->n_drawn, >, 0);
      g_assert_cmpuint (plan->n_drawn, <, plan->rows * plan->columns);
      g_assert_true (plan->rows == options.grid || plan->columns == options.grid);
    }
  g_rand_free (rand);
}

static void
assert_refused (int width, int height, PerseaRectangle drawn, int code, const char *words)
{
  g_autofree uint8_t *mask = make_mask (width, height, drawn);
  const PerseaCompletionOptions options = {
    .width = width, .height = height, .mask = mask, .grid = GRID, .factor = FACTOR,
  };
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_completion_new (&options, &error));
  g_assert_error (error, PERSEA_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refused (void)
{
  assert_refused (16, 16, (PerseaRectangle) { 0, 0, 0, 0 }, PERSEA_ERROR_INVALID_ARGUMENT,
                  "nothing to draw");
  assert_refused (16, 16, (PerseaRectangle) { 0, 0, 16, 16 }, PERSEA_ERROR_INVALID_ARGUMENT,
                  "nothing to keep: all");
  assert_refused (16, 16, (PerseaRectangle) { 1, 1, 15, 15 }, PERSEA_ERROR_INVALID_ARGUMENT,
                  "4 × 4 pixels");
  assert_refused (1, 1, (PerseaRectangle) { 0, 0, 1, 1 }, PERSEA_ERROR_INVALID_ARGUMENT,
                  "nothing to keep");
  assert_refused (1, 1, (PerseaRectangle) { 0, 0, 0, 0 }, PERSEA_ERROR_INVALID_ARGUMENT,
                  "nothing to draw");
  assert_refused (1000, 10, (PerseaRectangle) { 0, 0, 1000, 5 }, PERSEA_ERROR_UNSUPPORTED,
                  "1000 × 5 pixels of 1000 × 10");
}

/* Half and more is to be drawn, less is to be kept. */
static void
test_threshold (void)
{
  uint8_t mask[16 * 16] = { 0 };
  const PerseaCompletionOptions options = {
    .width = 16, .height = 16, .mask = mask, .grid = GRID, .factor = FACTOR,
  };
  g_autoptr (PerseaCompletion) completion = NULL;

  memset (mask, 127, sizeof mask);
  mask[0] = 128;
  completion = persea_completion_new (&options, NULL);
  g_assert_nonnull (completion);
  g_assert_cmpuint (persea_completion_get_plan (completion)->n_pixels, ==, 1);
  g_assert_cmpuint (persea_completion_get_plan (completion)->n_drawn, ==, 1);
}

/* 108 million pixels, the lower half of them to be drawn */
static void
test_large (void)
{
  enum { WIDTH = 12000, HEIGHT = 9000 };
  g_autoptr (PerseaCompletion) completion = NULL;
  g_autofree uint8_t *mask = g_try_malloc0 ((size_t) WIDTH * HEIGHT);
  const PerseaCompletionOptions options = {
    .width = WIDTH, .height = HEIGHT, .mask = mask, .grid = 16, .factor = 16,
  };
  const PerseaCompletionPlan *plan;

  if (mask == NULL)
    {
      g_test_skip ("not enough memory");
      return;
    }
  memset (mask + (size_t) WIDTH * 4500, 255, (size_t) WIDTH * 4500);
  completion = persea_completion_new (&options, NULL);
  plan = persea_completion_get_plan (completion);
  assert_rectangle (plan->region, 0, 0, WIDTH, HEIGHT);
  g_assert_cmpuint (plan->n_pixels, ==, UINT64_C (12000) * 4500);
  g_assert_cmpuint (plan->rows, ==, 16);
  g_assert_cmpuint (plan->columns, ==, 21);
  g_assert_cmpuint (plan->n_drawn, ==, 21 * 8);
  g_assert_cmpuint (plan->n_windows, ==, 2);
}

/* Codes */

static void
test_codes (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (16, 16, (PerseaRectangle) { 0, 8, 16, 8 }, GRID, FACTOR);
  int32_t encoded[16], codes[16], kept[16];

  for (int i = 0; i < 16; i++)
    encoded[i] = 100 + i;
  persea_completion_begin (completion, encoded, codes);
  for (int i = 0; i < 16; i++)
    g_assert_cmpint (codes[i], ==, i < 8 ? 100 + i : -1);
  g_assert_true (persea_completion_get_window (completion, 0, codes, kept));
  g_assert_cmpmem (kept, sizeof kept, codes, sizeof codes);
  for (int i = 8; i < 16; i++)
    kept[i] = i;
  persea_completion_put_window (completion, 0, kept, codes);
  for (int i = 0; i < 16; i++)
    g_assert_cmpint (codes[i], ==, i < 8 ? 100 + i : i);
  g_assert_false (persea_completion_get_window (completion, 0, codes, kept));
}

/* each window sees what was drawn in the one before */
static void
test_codes_of_windows (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (24, 16, (PerseaRectangle) { 0, 0, 24, 8 }, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);
  int32_t encoded[24], codes[24], kept[16];
  static const int32_t expected[16] = {
    7, 7, -1, -1, 7, 7, -1, -1, 14, 15, 16, 17, 20, 21, 22, 23,
  };

  g_assert_cmpuint (plan->columns, ==, 6);
  g_assert_cmpuint (plan->n_windows, ==, 2);
  for (int i = 0; i < 24; i++)
    encoded[i] = i;
  persea_completion_begin (completion, encoded, codes);
  g_assert_true (persea_completion_get_window (completion, 0, codes, kept));
  for (int i = 0; i < 16; i++)
    {
      g_assert_cmpint (kept[i], ==, i < 8 ? -1 : i / 4 * 6 + i % 4);
      kept[i] = kept[i] < 0 ? 7 : kept[i];
    }
  persea_completion_put_window (completion, 0, kept, codes);
  g_assert_true (persea_completion_get_window (completion, 1, codes, kept));
  g_assert_cmpmem (kept, sizeof kept, expected, sizeof expected);
}

static unsigned
count_kept (PerseaCompletion *completion, double strength, uint64_t candidate, int32_t *codes)
{
  int32_t encoded[256];
  unsigned n = 0;

  for (int i = 0; i < 256; i++)
    encoded[i] = i;
  persea_completion_begin_variation (completion, strength, 17, candidate, encoded, codes);
  for (int i = 0; i < 256; i++)
    {
      g_assert_true (codes[i] == -1 || codes[i] == i);
      n += codes[i] >= 0;
    }
  return n;
}

static void
test_variation (void)
{
  const PerseaCompletionOptions options = { .width = 256, .height = 256, .grid = 16, .factor = 16 };
  g_autoptr (PerseaCompletion) completion = persea_completion_new (&options, NULL);
  int32_t codes[256], again[256], more[256], other[256];

  g_assert_cmpuint (count_kept (completion, 0, 3, codes), ==, 256);
  g_assert_cmpuint (count_kept (completion, 1, 3, codes), ==, 0);
  g_assert_cmpuint (count_kept (completion, 0.25, 3, codes), ==, 192);
  g_assert_cmpuint (count_kept (completion, 0.25, 3, again), ==, 192);
  g_assert_cmpmem (codes, sizeof codes, again, sizeof again);
  g_assert_cmpuint (count_kept (completion, 0.25, 4, other), ==, 192);
  g_assert_cmpint (memcmp (codes, other, sizeof codes), !=, 0);
  /* what a stronger variation keeps, a weaker one keeps, too */
  g_assert_cmpuint (count_kept (completion, 0.5, 3, more), ==, 128);
  for (int i = 0; i < 256; i++)
    g_assert_true (more[i] < 0 || codes[i] >= 0);
}

/* Pixels */

static void
test_infill (void)
{
  float values[5 * 3 * 3];
  float weights[5 * 3] = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = NAN; /* not looked at */
  persea_infill (values, weights, 5, 3);
  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    g_assert_cmpfloat (values[i], ==, 0);

  weights[0] = 1;
  values[0] = 0.125f;
  persea_infill (values, weights, 5, 3);
  for (size_t i = 0; i < 5 * 3; i++)
    g_assert_cmpfloat_with_epsilon (values[i * 3], 0.125f, 1e-6);
}

/* between black on the left and white on the right: never beyond, and growing */
static void
test_infill_between (void)
{
  enum { N = 32 };
  float values[N * 3], weights[N] = { 0 };

  memset (values, 0, sizeof values);
  weights[0] = weights[N - 1] = 1;
  for (int c = 0; c < 3; c++)
    values[(N - 1) * 3 + c] = 1;
  persea_infill (values, weights, N, 1);
  g_assert_cmpfloat (values[0], ==, 0);
  g_assert_cmpfloat (values[(N - 1) * 3], ==, 1);
  for (int i = 1; i < N; i++)
    g_assert_cmpfloat (values[i * 3], >=, values[(i - 1) * 3]);
  g_assert_cmpfloat_with_epsilon (values[N / 4 * 3], 1 - values[(N - 1 - N / 4) * 3], 1e-5);
}

/* in the codebook's own size, what is kept is given to the codebook as it is */
static void
test_read_exact (void)
{
  g_autoptr (PerseaCompletion) completion
    = make_completion (16, 16, (PerseaRectangle) { 0, 8, 16, 8 }, GRID, FACTOR);
  g_autofree uint8_t *pixels = make_picture (16, 16);
  g_autofree uint8_t *others = NULL;
  g_autofree float *first = NULL;
  const float *input = persea_completion_read (completion, pixels, 16 * 3);

  for (int i = 0; i < 8 * 16; i++)
    for (int c = 0; c < 3; c++)
      g_assert_cmpfloat (input[c * 256 + i], ==, pixels[i * 3 + c] / 255.0f);
  for (int i = 0; i < 256 * 3; i++)
    g_assert_true (input[i] >= 0 && input[i] <= 1);

  /* what is to be drawn has no part in it */
  first = g_memdup2 (input, 256 * 3 * sizeof *input);
  others = g_memdup2 (pixels, 256 * 3);
  memset (others + 8 * 16 * 3, 99, 8 * 16 * 3);
  input = persea_completion_read (completion, others, 16 * 3);
  g_assert_cmpmem (input, 256 * 3 * sizeof *input, first, 256 * 3 * sizeof *first);
}

/* a picture of one colour stays one, whatever is missing and however it is scaled */
static void
test_read_plain (void)
{
  static const int sizes[][2] = { { 5, 3 }, { 16, 16 }, { 33, 47 }, { 100, 31 } };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      int width = sizes[i][0], height = sizes[i][1];
      g_autoptr (PerseaCompletion) completion = make_completion (
        width, height, (PerseaRectangle) { width / 2, height / 2, 1, 1 }, GRID, FACTOR);
      const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);
      size_t n = (size_t) plan->canvas_width * plan->canvas_height * 3;
      g_autofree uint8_t *pixels = g_malloc ((size_t) width * height * 3);
      const float *input;

      memset (pixels, 51, (size_t) width * height * 3);
      input = persea_completion_read (completion, pixels, (size_t) width * 3);
      for (size_t j = 0; j < n; j++)
        g_assert_cmpfloat_with_epsilon (input[j], 0.2f, 1e-5);
    }
}

static void
assert_written (int width, int height, PerseaRectangle drawn)
{
  g_autoptr (PerseaCompletion) completion = make_completion (width, height, drawn, GRID, FACTOR);
  const PerseaCompletionPlan *plan = persea_completion_get_plan (completion);
  size_t n = (size_t) plan->canvas_width * plan->canvas_height * 3;
  size_t stride = (size_t) width * 3;
  size_t start = plan->region.y * stride + plan->region.x * 3;
  g_autofree uint8_t *pixels = make_picture (width, height);
  g_autofree uint8_t *before = g_memdup2 (pixels, stride * height);
  g_autofree float *decoded = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    decoded[i] = 0.5f;
  persea_completion_read (completion, pixels + start, stride);
  persea_completion_write (completion, decoded, pixels + start, stride);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        gboolean inside = x >= drawn.x && x < drawn.x + drawn.width && y >= drawn.y
                          && y < drawn.y + drawn.height;
        size_t at = y * stride + x * 3;

        if (!inside)
          g_assert_cmpmem (pixels + at, 3, before + at, 3);
      }
}

static void
test_write_keeps (void)
{
  assert_written (16, 16, (PerseaRectangle) { 0, 8, 16, 8 });
  assert_written (16, 16, (PerseaRectangle) { 3, 3, 1, 1 });
  assert_written (37, 61, (PerseaRectangle) { 11, 20, 19, 30 });
  assert_written (100, 31, (PerseaRectangle) { 0, 17, 100, 14 });
  assert_written (7, 2, (PerseaRectangle) { 4, 0, 3, 2 });
}

/* what is far from the border is what was decoded */
static void
test_write_inside (void)
{
  enum { GRID_16 = 16, SIDE = 256 };
  g_autoptr (PerseaCompletion) completion
    = make_completion (SIDE, SIDE, (PerseaRectangle) { 0, 128, SIDE, 128 }, GRID_16, 16);
  g_autofree uint8_t *pixels = make_picture (SIDE, SIDE);
  g_autofree float *decoded = g_new (float, SIDE * SIDE * 3);
  const uint8_t *drawn = persea_completion_get_drawn (completion);

  for (size_t i = 0; i < SIDE * SIDE * 3; i++)
    decoded[i] = i % 256 / 255.0f;
  persea_completion_read (completion, pixels, SIDE * 3);
  persea_completion_write (completion, decoded, pixels, SIDE * 3);
  for (int y = 128; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      {
        if (y >= 136)
          g_assert_cmpint (pixels[(y * SIDE + x) * 3 + 1], ==, (SIDE * SIDE + y * SIDE + x) % 256);
        g_assert_cmpint (drawn[y * SIDE + x], ==, MIN (255, (y - 127) * 255 / 9));
      }
}

/* The decoded copy is darker than the picture by a tenth: no step at the border, and what is drawn
 * goes over to its own colours within half a cell. */
static void
test_write_seamless (void)
{
  enum { SIDE = 64, CELL = 8 };
  g_autoptr (PerseaCompletion) completion
    = make_completion (SIDE, SIDE, (PerseaRectangle) { 0, 32, SIDE, 32 }, 8, CELL);
  g_autofree uint8_t *pixels = g_malloc (SIDE * SIDE * 3);
  g_autofree float *decoded = g_new (float, SIDE * SIDE * 3);

  memset (pixels, 153, SIDE * SIDE * 3);
  memset (pixels + SIDE * 32 * 3, 0, SIDE * 32 * 3); /* what was there does not shine through */
  for (size_t i = 0; i < SIDE * SIDE * 3; i++)
    decoded[i] = 0.5f;
  persea_completion_read (completion, pixels, SIDE * 3);
  persea_completion_write (completion, decoded, pixels, SIDE * 3);
  g_assert_cmpint (pixels[31 * SIDE * 3], ==, 153);
  for (int y = 32; y < SIDE; y++)
    {
      int above = pixels[(y - 1) * SIDE * 3];
      int here = pixels[y * SIDE * 3];

      g_assert_cmpint (above - here, >=, 0);
      g_assert_cmpint (above - here, <=, 7);
    }
  g_assert_cmpint (pixels[(32 + CELL / 2) * SIDE * 3], ==, 128);
}

/* Some rows at a time it is the same picture; and smaller, the same from afar. */
static void
test_painting (void)
{
  enum { GRID_16 = 16, SIDE = 256 };
  const PerseaRectangle hole = { 0, 128, SIDE, 128 };
  g_autoptr (PerseaCompletion) completion = make_completion (SIDE, SIDE, hole, GRID_16, 16);
  size_t stride = SIDE * 3, n = stride * SIDE;
  g_autofree uint8_t *pixels = make_picture (SIDE, SIDE);
  g_autofree uint8_t *whole = g_memdup2 (pixels, n);
  g_autofree uint8_t *small = g_malloc0 (n / 16);
  g_autofree float *decoded = g_new (float, n);
  g_autoptr (PerseaPainting) painting = NULL;
  g_autoptr (PerseaPainting) smaller = NULL;

  for (size_t i = 0; i < n; i++)
    decoded[i] = i % SIDE / (float) SIDE;
  persea_completion_read (completion, pixels, stride);
  persea_completion_write (completion, decoded, whole, stride);
  painting = persea_painting_new (completion, decoded, SIDE, SIDE);
  for (int y = 0; y < SIDE; y += 7)
    persea_painting_paint (painting, y, MIN (7, SIDE - y), pixels + y * stride, stride);
  g_assert_cmpmem (pixels, n, whole, n);

  smaller = persea_painting_new (completion, decoded, SIDE / 4, SIDE / 4);
  persea_painting_paint (smaller, 0, SIDE / 4, small, stride / 4);
  for (int x = 1; x < SIDE / 4 - 1; x++)
    {
      g_assert_cmpint (small[(8 * SIDE / 4 + x) * 3], ==, 0); /* kept, and black here */
      g_assert_cmpint (abs (small[(60 * SIDE / 4 + x) * 3] - whole[(242 * SIDE + 4 * x + 2) * 3]), <=, 2);
    }
}

/* of a picture of one pixel, a variation is what was decoded */
static void
test_one_pixel (void)
{
  const PerseaCompletionOptions options = { .width = 1, .height = 1, .grid = 2, .factor = 2 };
  g_autoptr (PerseaCompletion) completion = persea_completion_new (&options, NULL);
  uint8_t pixel[3] = { 10, 20, 30 };
  float decoded[3 * 16];
  const float *input;

  input = persea_completion_read (completion, pixel, 3);
  for (int i = 0; i < 16; i++)
    {
      g_assert_cmpfloat_with_epsilon (input[i], 10 / 255.0f, 1e-6);
      g_assert_cmpfloat_with_epsilon (input[32 + i], 30 / 255.0f, 1e-6);
    }
  for (int i = 0; i < 3 * 16; i++)
    decoded[i] = i / 16 * 0.2f;
  persea_completion_write (completion, decoded, pixel, 3);
  g_assert_cmpint (pixel[0], ==, 0);
  g_assert_cmpint (pixel[1], ==, 51);
  g_assert_cmpint (pixel[2], ==, 102);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/completion/whole", test_whole);
  g_test_add_func ("/completion/aligned", test_aligned);
  g_test_add_func ("/completion/window", test_window);
  g_test_add_func ("/completion/corner", test_corner);
  g_test_add_func ("/completion/scaled", test_scaled);
  g_test_add_func ("/completion/long", test_long);
  g_test_add_func ("/completion/full-height", test_full_height);
  g_test_add_func ("/completion/odd-sizes", test_odd_sizes);
  g_test_add_func ("/completion/refused", test_refused);
  g_test_add_func ("/completion/threshold", test_threshold);
  g_test_add_func ("/completion/large", test_large);
  g_test_add_func ("/completion/codes", test_codes);
  g_test_add_func ("/completion/codes-of-windows", test_codes_of_windows);
  g_test_add_func ("/completion/variation", test_variation);
  g_test_add_func ("/completion/infill", test_infill);
  g_test_add_func ("/completion/infill-between", test_infill_between);
  g_test_add_func ("/completion/read-exact", test_read_exact);
  g_test_add_func ("/completion/read-plain", test_read_plain);
  g_test_add_func ("/completion/painting", test_painting);
  g_test_add_func ("/completion/write-keeps", test_write_keeps);
  g_test_add_func ("/completion/write-inside", test_write_inside);
  g_test_add_func ("/completion/write-seamless", test_write_seamless);
  g_test_add_func ("/completion/one-pixel", test_one_pixel);
  return g_test_run ();
}
