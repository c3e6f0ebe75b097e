/* test-resample.c - resampling against a plain version of Pillow's two passes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * That Pillow itself gives these bytes is shown by the golden pictures (test-golden-pixels.c);
 * here it is the streaming, the cropping and the fast loops that are put to the test, on many
 * more sizes.
 */
#include "config.h"

#include "persea-error.h"
#include "persea-resample-private.h"

#include <math.h>
#include <string.h>

static uint8_t *
random_bytes (GRand *rand, size_t n, gboolean extremes)
{
  uint8_t *bytes = g_malloc (n);

  for (size_t i = 0; i < n; i++)
    bytes[i] = extremes ? g_rand_boolean (rand) * 255 : g_rand_int_range (rand, 0, 256);
  return bytes;
}

static double
reference_weight (PerseaInterpolation interpolation, double x)
{
  x = fabs (x);
  if (interpolation == PERSEA_INTERPOLATION_BILINEAR)
    return x < 1.0 ? 1.0 - x : 0.0;
  if (x < 1.0)
    return ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1.0;
  return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5 : 0.0;
}

/* one pass over one line of values that lie @step apart */
static void
reference_line (PerseaInterpolation interpolation,
                const uint8_t      *in,
                int                 n_in,
                uint8_t            *out,
                int                 n_out,
                size_t              step)
{
  double scale = (double) n_in / n_out;
  double filter_scale = MAX (scale, 1.0);
  double support = (interpolation == PERSEA_INTERPOLATION_BILINEAR ? 1.0 : 2.0) * filter_scale;

  for (int i = 0; i < n_out; i++)
    {
      double center = (i + 0.5) * scale, total = 0;
      int lo = MAX ((int) (center - support + 0.5), 0);
      int hi = MIN ((int) (center + support + 0.5), n_in);
      int sum = 1 << 21;

      for (int j = lo; j < hi; j++)
        total += reference_weight (interpolation, (j - center + 0.5) * (1.0 / filter_scale));
      for (int j = lo; j < hi; j++)
        {
          double weight = reference_weight (interpolation, (j - center + 0.5) * (1.0 / filter_scale));

          sum += (int) round (weight / total * (1 << 22)) * in[j * step];
        }
      out[i * step] = CLAMP (sum >> 22, 0, 255);
    }
}

static uint8_t *
reference_resize (PerseaInterpolation interpolation,
                  const uint8_t      *pixels,
                  int                 width,
                  int                 height,
                  int                 out_width,
                  int                 out_height)
{
  g_autofree uint8_t *narrow = g_malloc ((size_t) out_width * 3 * height);
  uint8_t *out = g_malloc ((size_t) out_width * 3 * out_height);
  size_t stride = (size_t) out_width * 3;

  for (int y = 0; y < height; y++)
    for (int color = 0; color < 3; color++)
      reference_line (interpolation, pixels + (size_t) y * width * 3 + color, width,
                      narrow + y * stride + color, out_width, 3);
  for (size_t i = 0; i < stride; i++)
    reference_line (interpolation, narrow + i, height, out + i, out_height, stride);
  return out;
}

static void
test_against_reference (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (int round = 0; round < 300; round++)
    {
      PerseaResampleOptions options = {
        .width = g_rand_int_range (rand, 1, round % 3 ? 80 : 500),
        .height = g_rand_int_range (rand, 1, round % 5 ? 80 : 500),
        .out_width = g_rand_int_range (rand, 1, 90),
        .out_height = g_rand_int_range (rand, 1, 90),
        .interpolation = round % 2 ? PERSEA_INTERPOLATION_BICUBIC : PERSEA_INTERPOLATION_BILINEAR,
      };
      PerseaRectangle *crop = &options.crop;
      g_autofree uint8_t *pixels
        = random_bytes (rand, (size_t) options.width * options.height * 3, round % 4 == 0);
      g_autofree uint8_t *expected
        = reference_resize (options.interpolation, pixels, options.width, options.height,
                            options.out_width, options.out_height);
      g_autofree uint8_t *found = NULL;
      g_autoptr (GError) error = NULL;

      crop->width = g_rand_int_range (rand, 1, options.out_width + 1);
      crop->height = g_rand_int_range (rand, 1, options.out_height + 1);
      crop->x = g_rand_int_range (rand, 0, options.out_width - crop->width + 1);
      crop->y = g_rand_int_range (rand, 0, options.out_height - crop->height + 1);
      found = g_malloc ((size_t) crop->width * crop->height * 3);
      g_assert_true (persea_resample (&options, pixels, found, &error));
      g_assert_no_error (error);
      for (int y = 0; y < crop->height; y++)
        g_assert_cmpmem (found + (size_t) y * crop->width * 3, crop->width * 3,
                         expected + ((size_t) (crop->y + y) * options.out_width + crop->x) * 3,
                         crop->width * 3);
    }
}

/* rows in lots of any size, and only the window of the source, give the same */
static void
test_streaming (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  PerseaResampleOptions options = {
    .width = 301, .height = 200, .out_width = 60, .out_height = 40,
    .crop = { 10, 0, 40, 40 }, .interpolation = PERSEA_INTERPOLATION_LANCZOS,
  };
  g_autofree uint8_t *pixels = random_bytes (rand, 301 * 200 * 3, FALSE);
  uint8_t expected[40 * 40 * 3], found[40 * 40 * 3];
  g_autoptr (PerseaResampler) resampler = persea_resampler_new (&options, NULL);
  PerseaRectangle window = persea_resampler_get_window (resampler);

  g_assert_true (persea_resample (&options, pixels, expected, NULL));
  g_assert_cmpint (window.x, >, 0);
  g_assert_cmpint (window.width, <, 301 - window.x);
  g_assert_cmpint (window.height, ==, 200);
  for (int y = 0; y < 200; y += 7)
    persea_resampler_add_rows (resampler, pixels + (y * 301 + window.x) * 3, 301 * 3,
                               MIN (7, 200 - y));
  persea_resampler_finish (resampler, found, 40 * 3);
  g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
}

static void
test_nearest (void)
{
  const uint8_t pixels[] = { 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5 };
  PerseaResampleOptions options = {
    .width = 5, .height = 1, .out_width = 3, .out_height = 2,
    .crop = { 0, 0, 3, 2 }, .interpolation = PERSEA_INTERPOLATION_NEAREST,
  };
  uint8_t found[3 * 2 * 3];

  g_assert_true (persea_resample (&options, pixels, found, NULL));
  g_assert_cmpint (found[0], ==, 1);
  g_assert_cmpint (found[3], ==, 3);
  g_assert_cmpint (found[6], ==, 5);
  g_assert_cmpint (found[15], ==, 5);
}

/* the loops for this processor, and the plain ones */
static void
test_kernels_agree (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  enum { N_OUT = 37, N_TAPS = 24, WIDTH = 200 };
  int first[N_OUT];
  g_autofree int32_t *weights = g_new (int32_t, N_OUT * N_TAPS);
  g_autofree uint8_t *rows = random_bytes (rand, WIDTH * 3 * PERSEA_RESAMPLE_ROWS, FALSE);
  uint8_t found[2][PERSEA_RESAMPLE_ROWS * N_OUT * 3];
  int32_t sums[2][N_OUT * 3] = { 0 };
  PerseaResampleKernel kernel;

  for (int i = 0; i < N_OUT; i++)
    first[i] = g_rand_int_range (rand, 0, WIDTH - N_TAPS);
  for (int i = 0; i < N_OUT * N_TAPS; i++)
    weights[i] = g_rand_int_range (rand, -(1 << 17), 1 << 18);
  persea_resample_kernel_init (&kernel, N_OUT, N_TAPS, first, weights);
  for (int variant = 0; variant < 2; variant++)
    {
      kernel.have_avx2 &= variant == 0;
      persea_resample_rows (&kernel, rows, WIDTH * 3, found[variant]);
      persea_resample_accumulate (&kernel, sums[variant], rows, -12345, N_OUT * 3);
    }
  g_assert_cmpmem (found[0], sizeof found[0], found[1], sizeof found[1]);
  g_assert_cmpmem (sums[0], sizeof sums[0], sums[1], sizeof sums[1]);
  persea_resample_kernel_clear (&kernel);
}

static void
test_extremes (void)
{
  /* the middle of a strip that would be 224,000,000 pixels high if it were stored */
  PerseaResampleOptions strip = {
    .width = 1, .height = PERSEA_RESAMPLE_MAX_SIDE,
    .out_width = 224, .out_height = 224 * PERSEA_RESAMPLE_MAX_SIDE,
    .crop = { 0, 112 * PERSEA_RESAMPLE_MAX_SIDE - 112, 224, 224 },
    .interpolation = PERSEA_INTERPOLATION_BICUBIC,
  };
  g_autofree uint8_t *pixels = g_malloc (PERSEA_RESAMPLE_MAX_SIDE * 3);
  g_autofree uint8_t *found = g_malloc (224 * 224 * 3);

  memset (pixels, 77, PERSEA_RESAMPLE_MAX_SIDE * 3);
  g_assert_true (persea_resample (&strip, pixels, found, NULL));
  for (int i = 0; i < 224 * 224 * 3; i++)
    g_assert_cmpint (found[i], ==, 77);
}

static void
test_bad_sizes (void)
{
  const PerseaResampleOptions good = {
    .width = 10, .height = 10, .out_width = 5, .out_height = 5, .crop = { 1, 1, 4, 4 },
    .interpolation = PERSEA_INTERPOLATION_BICUBIC,
  };
  PerseaResampleOptions bad[8];

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    bad[i] = good;
  bad[0].width = 0;
  bad[1].height = PERSEA_RESAMPLE_MAX_SIDE + 1;
  bad[2].out_width = -1;
  bad[3].crop.x = 2;
  bad[4].crop.y = -1;
  bad[5].crop.width = 0;
  bad[6].crop.height = G_MAXINT;
  bad[7].crop.x = G_MAXINT;
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_resampler_new (&bad[i], &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resample/against-reference", test_against_reference);
  g_test_add_func ("/resample/streaming", test_streaming);
  g_test_add_func ("/resample/nearest", test_nearest);
  g_test_add_func ("/resample/kernels-agree", test_kernels_agree);
  g_test_add_func ("/resample/extremes", test_extremes);
  g_test_add_func ("/resample/bad-sizes", test_bad_sizes);
  return g_test_run ();
}
