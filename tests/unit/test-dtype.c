/* test-dtype.c - conversions between element types
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-dtype.h"

#include <math.h>

static void
test_f16_round_trip (void)
{
  for (uint32_t half = 0; half < 0x10000; half++)
    {
      float value = persea_f16_to_f32 (half);

      if (isnan (value))
        g_assert_true (isnan (persea_f16_to_f32 (persea_f32_to_f16 (value))));
      else
        g_assert_cmphex (persea_f32_to_f16 (value), ==, half);
    }
}

static void
test_f16_rounds_to_nearest_even (void)
{
  g_assert_cmphex (persea_f32_to_f16 (1.0f + 0x1p-11f), ==, 0x3c00);
  g_assert_cmphex (persea_f32_to_f16 (1.0f + 3 * 0x1p-11f), ==, 0x3c02);
  g_assert_cmphex (persea_f32_to_f16 (65519.0f), ==, 0x7bff);
  g_assert_cmphex (persea_f32_to_f16 (65520.0f), ==, 0x7c00);
  g_assert_cmphex (persea_f32_to_f16 (-0x1p-24f), ==, 0x8001);
  g_assert_cmphex (persea_f32_to_f16 (0x1p-25f), ==, 0x0000);
}

static void
test_bf16 (void)
{
  g_assert_cmphex (persea_f32_to_bf16 (1.0f + 0x1p-8f), ==, 0x3f80);
  g_assert_cmphex (persea_f32_to_bf16 (1.0f + 3 * 0x1p-8f), ==, 0x3f82);
  g_assert_true (isnan (persea_bf16_to_f32 (persea_f32_to_bf16 (NAN))));
  g_assert_cmpfloat (persea_bf16_to_f32 (0xc000), ==, -2.0f);
}

static void
test_to_f32 (void)
{
  const int64_t longs[] = { -3, 1 << 20 };
  const double doubles[] = { 0.5, -1e300 };
  float out[2];

  persea_dtype_to_f32 (PERSEA_DTYPE_I64, longs, out, 2);
  g_assert_cmpfloat (out[0], ==, -3.0f);
  g_assert_cmpfloat (out[1], ==, 1048576.0f);
  persea_dtype_to_f32 (PERSEA_DTYPE_F64, doubles, out, 2);
  g_assert_cmpfloat (out[0], ==, 0.5f);
  g_assert_true (isinf (out[1]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtype/f16-round-trip", test_f16_round_trip);
  g_test_add_func ("/dtype/f16-rounds-to-nearest-even", test_f16_rounds_to_nearest_even);
  g_test_add_func ("/dtype/bf16", test_bf16);
  g_test_add_func ("/dtype/to-f32", test_to_f32);
  return g_test_run ();
}
