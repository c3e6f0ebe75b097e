/* test-clip.c - CLIP's towers against the original implementations on the same weights
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every folder of tests/golden/clip holds a small model with random weights, saved by the
 * implementation that it comes from, with inputs and what that implementation made of them
 * (README.md there).  Each is run on the reference device and, in f32 and bf16, on every OpenCL
 * device.  The limits are those of the design: cosine 0.99999 in f32, 0.999 in bf16 and f16.
 */
#include "config.h"

#include "models/persea-clip-load.h"
#include "persea-device-impl.h"
#include "persea-npy.h"
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

typedef struct
{
  char           *folder;
  char           *device; /* its number */
  PerseaPrecision precision;
} Case;

static PerseaNpy *
load_array (const Case *test, const char *name)
{
  g_autofree char *path = g_build_filename (test->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  PerseaNpy *array = persea_npy_load (path, &error);

  g_assert_no_error (error);
  return array;
}

/* @expected: rows of its last dimension */
static void
assert_rows_agree (const char *what, const PerseaNpy *expected, const float *found,
                   double least_cosine, double most_difference)
{
  size_t dim = expected->shape[expected->n_dims - 1], n = expected->n_elements / dim;
  const float *rows = expected->data;

  for (size_t i = 0; i < n; i++)
    {
      double product = 0, left = 0, right = 0, difference = 0;

      for (size_t c = 0; c < dim; c++)
        {
          double e = rows[i * dim + c], f = found[i * dim + c];

          product += e * f;
          left += e * e;
          right += f * f;
          difference += (e - f) * (e - f);
        }
      double cosine = product / sqrt (left * right);
      g_test_message ("%s %zu: 1 - cosine %.2g, difference %.2g", what, i, 1 - cosine,
                      sqrt (difference / left));
      g_assert_cmpfloat (cosine, >=, least_cosine);
      g_assert_cmpfloat (sqrt (difference / left), <=, most_difference);
    }
}

/* opens the model as the engine would, its weights packed in memory */
static PerseaClip *
open_clip (const Case *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = persea_device_open (drivers, test->device, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (PerseaClipWeights) weights = persea_clip_weights_open (test->folder, &error);
  g_assert_no_error (error);
  PerseaClip *clip = persea_clip_new (device, test->precision, "golden", "golden", NULL, NULL,
                                      &(PerseaClipLoad) { .weights = weights }, &error);

  g_assert_no_error (error);
  return clip;
}

/* The cells, where the folder has some. */
static void
test_cells (const Case *test, PerseaClip *clip, const PerseaNpy *pixels, double least_cosine,
            double most_difference)
{
  g_autofree char *path = g_build_filename (test->folder, "cells.npy", NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  g_autoptr (PerseaNpy) expected = load_array (test, "cells.npy");
  g_autofree float *cells = g_new (float, expected->n_elements);
  g_assert_cmpuint (expected->shape[1], ==, persea_clip_get_grid (clip));
  persea_clip_encode_cells (clip, pixels->data, pixels->shape[0], cells, NULL, &error);
  g_assert_no_error (error);
  assert_rows_agree ("cell", expected, cells, least_cosine, most_difference);
}

static void
test_model (gconstpointer data)
{
  const Case *test = data;
  gboolean exact = test->precision == PERSEA_PRECISION_F32;
  double least_cosine = exact ? 0.99999 : 0.999;
  double most_difference = exact ? 1e-3 : 0.06;
  g_autoptr (PerseaNpy) pixels = load_array (test, "pixels.npy");
  g_autoptr (PerseaNpy) tokens = load_array (test, "tokens.npy");
  g_autoptr (PerseaNpy) image_embeddings = load_array (test, "image_embeddings.npy");
  g_autoptr (PerseaNpy) text_embeddings = load_array (test, "text_embeddings.npy");
  g_autoptr (PerseaClip) clip = open_clip (test);
  g_autofree float *images = g_new (float, image_embeddings->n_elements);
  g_autofree float *texts = g_new (float, text_embeddings->n_elements);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (pixels->shape[3], ==, persea_clip_get_image_size (clip));
  g_assert_cmpuint (tokens->shape[1], ==, persea_clip_get_context_length (clip));
  persea_clip_encode_images (clip, pixels->data, pixels->shape[0], images, NULL, &error);
  g_assert_no_error (error);
  assert_rows_agree ("picture", image_embeddings, images, least_cosine, most_difference);
  test_cells (test, clip, pixels, least_cosine, most_difference);
  persea_clip_encode_tokens (clip, tokens->data, tokens->shape[0], texts, NULL, &error);
  g_assert_no_error (error);
  assert_rows_agree ("text", text_embeddings, texts, least_cosine, most_difference);
}

static void
case_free (gpointer data)
{
  Case *test = data;

  g_free (test->folder);
  g_free (test->device);
  g_free (test);
}

static void
add_cases (const char *folder, const char *name)
{
  static const PerseaPrecision precisions[] = { PERSEA_PRECISION_F32, PERSEA_PRECISION_BF16,
                                                PERSEA_PRECISION_F16 };
  g_autoptr (GPtrArray) devices = persea_devices_list (drivers, NULL);

  for (unsigned d = 0; d < devices->len; d++)
    for (unsigned p = 0; p < G_N_ELEMENTS (precisions); p++)
      {
        const PerseaDeviceInfo *info = devices->pdata[d];
        gboolean reference = info->kind == PERSEA_DEVICE_KIND_REFERENCE;

        if (info->unusable || (reference && p > 0))
          continue;
        g_autofree char *path = g_strdup_printf ("/clip/%s/%s-%u/%s", name,
                                                 info->driver->name, d,
                                                 persea_precision_name (precisions[p]));
        Case *test = g_new0 (Case, 1);
        test->folder = g_build_filename (folder, name, NULL);
        test->device = g_strdup_printf ("%u", d);
        test->precision = precisions[p];
        g_test_add_data_func_full (path, test, test_model, case_free);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "clip", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) models = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  for (const char *name; (name = g_dir_read_name (models));)
    add_cases (folder, name);
  return g_test_run ();
}
