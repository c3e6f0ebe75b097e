/* test-relevance.c - where words are, with toy networks: on every device, in any size, in parts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The networks have random weights, so where the words are is chance, but the same everywhere.
 * tests/orchard/test-orchard-relevance.c asks whether it is right.
 */
#include "config.h"

#include "persea-device-impl.h"
#include "persea-engine.h"
#include "persea-error.h"
#include "persea-relevance.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL,
};

static const char *const models[] = { "hf-quick", "openclip-gelu" };
static const char *const texts[] = { "a red cup", NULL };

/* [height, width, 3]: soft blobs */
static float *
make_picture (int width, int height)
{
  float *rgb = g_new (float, (size_t) width * height * 3);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        rgb[((size_t) y * width + x) * 3 + c]
          = (float) (0.5 + 0.4 * sin (6.0 * x / width + c) * cos (9.0 * y / height - c));
  return rgb;
}

static PerseaClip *
open_clip (const char *model, const char *device, PerseaPrecision precision)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "clip", model, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaEngine) engine = persea_engine_new (
    &(PerseaEngineOptions) { .drivers = drivers, .device = device, .precision = precision,
                             .no_weight_cache = TRUE },
    &error);
  g_assert_no_error (error);
  PerseaClip *clip = persea_engine_load_clip (engine, path, NULL, &error);

  g_assert_no_error (error);
  return clip;
}

/* values of the whole picture: (transfer full) */
static float *
find (PerseaClip *clip, int width, int height, const PerseaRelevanceQuery *query)
{
  g_autofree float *rgb = make_picture (width, height);
  float *values = g_new (float, (size_t) width * height);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaRelevance) relevance = persea_relevance_new (
    clip, &(PerseaRelevancePicture) { width, height, rgb }, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (PerseaRelevanceMap) map = persea_relevance_find (relevance, query, NULL, &error);

  g_assert_no_error (error);
  persea_relevance_map_paint (map, width, height, &(PerseaRectangle) { 0, 0, width, height }, rgb,
                              (size_t) width * 3, values);
  return values;
}

static double
largest_difference (const float *a, const float *b, size_t n)
{
  double largest = 0;

  for (size_t i = 0; i < n; i++)
    largest = MAX (largest, fabs ((double) a[i] - b[i]));
  return largest;
}

/* How likely the words are, as every device and precision sees it.  The border is left out: where two
 * are as short, the last bit may choose. */
static void
test_devices (void)
{
  static const PerseaPrecision precisions[] = { PERSEA_PRECISION_F32, PERSEA_PRECISION_BF16 };
  const PerseaRelevanceQuery query = { .texts = texts, .softness = 1 };
  g_autoptr (GPtrArray) devices = persea_devices_list (drivers, NULL);

  for (unsigned m = 0; m < G_N_ELEMENTS (models); m++)
    {
      g_autoptr (PerseaClip) clip = open_clip (models[m], "reference", PERSEA_PRECISION_F32);
      g_autofree float *expected = find (clip, 70, 50, &query);

      for (unsigned d = 0; d < devices->len; d++)
        for (unsigned p = 0; p < G_N_ELEMENTS (precisions); p++)
          {
            const PerseaDeviceInfo *info = devices->pdata[d];
            g_autofree char *number = g_strdup_printf ("%u", d);

            if (info->unusable || info->kind == PERSEA_DEVICE_KIND_REFERENCE)
              continue;
            g_autoptr (PerseaClip) other = open_clip (models[m], number, precisions[p]);
            g_autofree float *found = find (other, 70, 50, &query);
            double difference = largest_difference (expected, found, 70 * 50);

            g_test_message ("%s, %s, %s: %.2g", models[m], info->name,
                            persea_precision_name (precisions[p]), difference);
            g_assert_cmpfloat (difference, <=, precisions[p] == PERSEA_PRECISION_F32 ? 1e-3 : 0.1);
          }
    }
}

/* Parts fit together to the bit, and a smaller copy is looked at as well as the picture. */
static void
test_parts (void)
{
  int width = 300, height = 90;
  g_autoptr (PerseaClip) clip = open_clip (models[0], "reference", PERSEA_PRECISION_F32);
  g_autofree float *rgb = make_picture (width, height), *small = make_picture (100, 30);
  g_autofree float *whole = g_new (float, width * height), *part = g_new (float, width * height);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaRelevance) relevance = persea_relevance_new (
    clip, &(PerseaRelevancePicture) { 100, 30, small }, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (PerseaRelevanceMap) map = persea_relevance_find (
    relevance, &(PerseaRelevanceQuery) { .texts = texts, .softness = 0.3f }, NULL, &error);
  g_assert_no_error (error);

  persea_relevance_map_paint (map, width, height, &(PerseaRectangle) { 0, 0, width, height }, rgb,
                              width * 3, whole);
  for (int y = 0; y < height; y += 40)
    for (int x = 0; x < width; x += 70)
      {
        const PerseaRectangle area = { x, y, MIN (70, width - x), MIN (40, height - y) };

        persea_relevance_map_paint (map, width, height, &area, rgb + (y * width + x) * 3, width * 3,
                                    part);
        for (int j = 0; j < area.height; j++)
          for (int i = 0; i < area.width; i++)
            g_assert_true (part[j * area.width + i] == whole[(y + j) * width + x + i]);
      }
  for (int i = 0; i < width * height; i++)
    g_assert_true (whole[i] >= 0 && whole[i] <= 1);
}

/* Lines, dots, and pixels that are no colours. */
static void
test_odd_pictures (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 1, 300 }, { 700, 2 }, { 33, 32 } };
  g_autoptr (PerseaClip) clip = open_clip (models[0], "reference", PERSEA_PRECISION_F32);

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      int width = sizes[i][0], height = sizes[i][1];
      g_autofree float *values = find (clip, width, height, &(PerseaRelevanceQuery) { .texts = texts });

      for (int p = 0; p < width * height; p++)
        g_assert_true (values[p] >= 0 && values[p] <= 1);
    }

  const float odd[2 * 2 * 3] = { NAN, INFINITY, -INFINITY, 7, -3, 0.5f };
  float values[4];
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaRelevance) relevance = persea_relevance_new (
    clip, &(PerseaRelevancePicture) { 2, 2, odd }, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (PerseaRelevanceMap) map = persea_relevance_find (
    relevance, &(PerseaRelevanceQuery) { .texts = texts }, NULL, &error);
  g_assert_no_error (error);
  persea_relevance_map_paint (map, 2, 2, &(PerseaRectangle) { 0, 0, 2, 2 }, odd, 6, values);
  for (int p = 0; p < 4; p++)
    g_assert_true (values[p] >= 0 && values[p] <= 1);
}

static void
test_words (void)
{
  const char *const minus[] = { "a house", "the sea", NULL }, *const none[] = { NULL };
  g_autoptr (PerseaClip) clip = open_clip (models[0], "reference", PERSEA_PRECISION_F32);
  g_autofree float *plain = find (clip, 40, 40, &(PerseaRelevanceQuery) { .texts = texts, .softness = 1 });
  g_autofree float *again = find (clip, 40, 40, &(PerseaRelevanceQuery) { .texts = texts, .softness = 1 });
  g_autofree float *less = find (clip, 40, 40, &(PerseaRelevanceQuery) { .texts = texts, .minus = minus,
                                                                         .softness = 1 });
  g_autofree float *rgb = make_picture (8, 8);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (largest_difference (plain, again, 1600) == 0);
  g_assert_cmpfloat (largest_difference (plain, less, 1600), >, 0.05);

  g_autoptr (PerseaRelevance) relevance = persea_relevance_new (
    clip, &(PerseaRelevancePicture) { 8, 8, rgb }, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (persea_relevance_find (relevance, &(PerseaRelevanceQuery) { .texts = none }, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (persea_relevance_new (clip, &(PerseaRelevancePicture) { 8, 8, rgb }, cancellable, NULL,
                                       NULL, &error));
  g_assert_true (persea_error_is_cancelled (error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relevance/devices", test_devices);
  g_test_add_func ("/relevance/parts", test_parts);
  g_test_add_func ("/relevance/odd-pictures", test_odd_pictures);
  g_test_add_func ("/relevance/words", test_words);
  return g_test_run ();
}
