/* test-preprocess.c - sizes, offsets, fill and normalisation
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-error.h"
#include "persea-preprocess.h"

#include <string.h>

typedef struct
{
  PerseaResizeMode mode;
  PerseaCropRule   rule;
  int              size, resize_size, width, height;
  int              out_width, out_height, crop_x, crop_y, x, y;
} PlanCase;

/* worked out with Python: int (size * long / short), round () and // */
static const PlanCase plan_cases[] = {
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 224, 0, 4000, 3000, 298, 224, 37, 0, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 224, 0, 640, 479, 299, 224, 38, 0, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_FLOOR, 224, 0, 640, 479, 299, 224, 37, 0, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 32, 0, 33, 34, 32, 32, 0, 0, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 32, 0, 32, 33, 32, 33, 0, 0, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 32, 0, 32, 35, 32, 35, 0, 2, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_FLOOR, 32, 0, 32, 35, 32, 35, 0, 1, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 32, 40, 100, 50, 80, 40, 24, 4, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_HALF_EVEN, 32, 31, 50, 50, 31, 31, 0, 0, 0, 0 },
  { PERSEA_RESIZE_SHORTEST, PERSEA_CROP_FLOOR, 32, 31, 50, 50, 31, 31, 0, 0, 1, 1 },
  { PERSEA_RESIZE_LONGEST, PERSEA_CROP_HALF_EVEN, 32, 0, 100, 50, 32, 16, 0, 0, 0, 8 },
  { PERSEA_RESIZE_LONGEST, PERSEA_CROP_HALF_EVEN, 32, 0, 64, 5, 32, 2, 0, 0, 0, 15 },
  { PERSEA_RESIZE_LONGEST, PERSEA_CROP_HALF_EVEN, 32, 0, 3, 1000, 1, 32, 0, 0, 15, 0 },
  { PERSEA_RESIZE_SQUASH, PERSEA_CROP_HALF_EVEN, 32, 0, 100, 50, 32, 32, 0, 0, 0, 0 },
};

static void
test_plans (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (plan_cases); i++)
    {
      const PlanCase *c = &plan_cases[i];
      PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (c->size);
      PerseaPreprocessPlan plan;

      preprocess.resize_mode = c->mode;
      preprocess.crop_rule = c->rule;
      preprocess.resize_size = c->resize_size;
      g_assert_true (persea_preprocess_plan (&preprocess, c->width, c->height, &plan, NULL));
      g_assert_cmpint (plan.resample.out_width, ==, c->out_width);
      g_assert_cmpint (plan.resample.out_height, ==, c->out_height);
      g_assert_cmpint (plan.resample.crop.x, ==, c->crop_x);
      g_assert_cmpint (plan.resample.crop.y, ==, c->crop_y);
      g_assert_cmpint (plan.x, ==, c->x);
      g_assert_cmpint (plan.y, ==, c->y);
    }
}

static void
test_fill (void)
{
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (6);
  uint8_t pixels[6 * 2 * 3], square[6 * 6 * 3];

  preprocess.resize_mode = PERSEA_RESIZE_LONGEST;
  preprocess.fill = 9;
  memset (pixels, 200, sizeof pixels);
  g_assert_true (persea_preprocess_square (&preprocess, pixels, 6, 2, square, NULL));
  for (int i = 0; i < 6 * 6 * 3; i++)
    g_assert_cmpint (square[i], ==, i / 18 == 2 || i / 18 == 3 ? 200 : 9);
}

static void
test_normalize (void)
{
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (1);
  const uint8_t square[] = { 0, 128, 255 };
  float out[3];

  persea_preprocess_normalize (&preprocess, square, out);
  g_assert_cmpfloat_with_epsilon (out[0], -1.7922625f, 1e-6);
  g_assert_cmpfloat_with_epsilon (out[1], 0.16889732f, 1e-6);
  g_assert_cmpfloat_with_epsilon (out[2], 2.1458969f, 1e-6);
}

static void
test_bad_sizes (void)
{
  const int sizes[][3] = { { 0, 5, 5 }, { 2049, 5, 5 }, { 32, 0, 5 }, { 32, 5, 1000001 } };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (sizes[i][0]);
      PerseaPreprocessPlan plan;
      g_autoptr (GError) error = NULL;

      g_assert_false (persea_preprocess_plan (&preprocess, sizes[i][1], sizes[i][2], &plan, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preprocess/plans", test_plans);
  g_test_add_func ("/preprocess/fill", test_fill);
  g_test_add_func ("/preprocess/normalize", test_normalize);
  g_test_add_func ("/preprocess/bad-sizes", test_bad_sizes);
  return g_test_run ();
}
