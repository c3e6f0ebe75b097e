/* test-codebook.c - codebooks against the original implementations on the same weights
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every folder of tests/golden/codebook holds a small model with random weights, saved by the
 * implementation that it comes from, with inputs and what that implementation made of them
 * (README.md there).  Each is run on the reference device and, in f32 and bf16, on every OpenCL
 * device.  Codes must be the same; how far pixels may be off is in docs/NUMERICS.md.
 */
#include "config.h"

#include "models/persea-dvae.h"
#include "models/persea-vqgan.h"
#include "persea-codebook.h"
#include "persea-error.h"
#include "persea-json.h"
#include "persea-npy.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>
#include <string.h>

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL,
};

typedef struct
{
  const char                 *name;
  const PerseaCodebookFamily *family;
  const char                 *weights[3];
  const char                 *config; /* or NULL */
  const char                 *layout;
} Model;

static const Model models[] = {
  { "taming", &persea_family_vqgan, { "last.ckpt" }, "config.json", "taming-transformers" },
  { "min-dalle", &persea_family_vqgan, { "detoker.pt" }, "config.json", "min-dalle" },
  { "flax", &persea_family_vqgan, { "flax_model.msgpack" }, "config.json", "vqgan-jax" },
  { "dvae", &persea_family_dvae, { "encoder.pkl", "decoder.pkl" }, NULL, "OpenAI" },
};

typedef struct
{
  const Model    *model;
  char           *device; /* its number */
  PerseaPrecision precision;
  gboolean        is_reference;
} Case;

static char *
model_path (const Model *model, const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "codebook", model->name, name, NULL);
}

static PerseaModelFiles *
model_files (const Model *model)
{
  PerseaModelFiles *files = g_new0 (PerseaModelFiles, 1);

  files->family = &model->family->family;
  files->name = g_strdup (model->name);
  files->folder = g_test_build_filename (G_TEST_DIST, "codebook", model->name, NULL);
  files->weights = g_new0 (char *, 3);
  for (unsigned i = 0; i < 2 && model->weights[i]; i++)
    files->weights[i] = model_path (model, model->weights[i]);
  if (model->config)
    files->config = model_path (model, model->config);
  return files;
}

static PerseaNpy *
load_array (const Model *model, const char *name)
{
  g_autofree char *path = model_path (model, name);
  g_autoptr (GError) error = NULL;
  PerseaNpy *array = persea_npy_load (path, &error);

  g_assert_no_error (error);
  return array;
}

static PerseaCodebook *
open_codebook (const Case *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = persea_device_open (drivers, test->device, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (PerseaModelFiles) files = model_files (test->model);
  PerseaCodebook *codebook = test->model->family->load (
    device, test->precision, &(PerseaModelLoad) { .files = files, .identity = "golden" }, &error);

  g_assert_no_error (error);
  return codebook;
}

/* decoded pixels: the largest and the mean difference to the original's */
static void
assert_decodes (PerseaCodebook *codebook, const Case *test)
{
  g_autoptr (PerseaNpy) given = load_array (test->model, "given.npy");
  g_autoptr (PerseaNpy) decoded = load_array (test->model, "decoded.npy");
  const float *expected = decoded->data;
  size_t n = given->shape[0], height = given->shape[1], width = given->shape[2];
  size_t factor = persea_codebook_get_factor (codebook);
  size_t n_values = n * 3 * height * width * factor * factor;
  g_autofree float *found = g_new (float, n_values);
  g_autoptr (GError) error = NULL;
  gboolean exact = test->precision == PERSEA_PRECISION_F32;
  double worst = 0, sum = 0;

  g_assert_cmpuint (decoded->shape[2], ==, height * factor);
  g_assert_cmpuint (decoded->shape[3], ==, width * factor);
  persea_codebook_decode (codebook, given->data, n, height, width, found, NULL, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < n_values; i++)
    {
      worst = fmax (worst, fabs ((double) found[i] - expected[i]));
      sum += fabs ((double) found[i] - expected[i]);
    }
  g_test_message ("pixels differ by at most %.2g, on average %.2g", worst, sum / n_values);
  g_assert_cmpfloat (worst, <=, exact ? 2e-5 : 0.05);
  g_assert_cmpfloat (sum / n_values, <=, exact ? 2e-6 : 1.0 / 255);
}

static void
assert_encodes (PerseaCodebook *codebook, const Case *test)
{
  g_autoptr (PerseaNpy) pixels = load_array (test->model, "pixels.npy");
  g_autoptr (PerseaNpy) codes = load_array (test->model, "codes.npy");
  size_t n = pixels->shape[0], n_codes = codes->shape[1] * codes->shape[2];
  g_autofree int32_t *found = g_new (int32_t, n * n_codes);
  g_autoptr (GError) error = NULL;

  persea_codebook_encode (codebook, pixels->data, n, pixels->shape[2], pixels->shape[3], found,
                          NULL, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < n * n_codes; i++)
    g_assert_cmpint (found[i], ==, ((const int32_t *) codes->data)[i]);
}

static void
test_model (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaCodebook) codebook = open_codebook (test);
  g_autofree char *path = model_path (test->model, "expected.json");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) expected = persea_json_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (persea_codebook_get_n_entries (codebook), ==,
                    json_object_get_int_member (expected, "n_entries"));
  g_assert_cmpuint (persea_codebook_get_factor (codebook), ==,
                    json_object_get_int_member (expected, "factor"));
  g_assert_cmpuint (persea_codebook_get_size (codebook), ==,
                    json_object_get_int_member (expected, "size"));
  g_assert_cmpint (persea_codebook_has_encoder (codebook), ==,
                   json_object_has_member (expected, "margin"));
  assert_decodes (codebook, test);
  if (persea_codebook_has_encoder (codebook))
    assert_encodes (codebook, test);
}

/* what is asked for in vain says so; the reference device is good enough */
static void
test_refusals (gconstpointer data)
{
  const Model *model = data;
  const Case test = { model, (char *) "reference", PERSEA_PRECISION_F32, TRUE };
  g_autoptr (PerseaCodebook) codebook = open_codebook (&test);
  g_autoptr (GError) error = NULL;
  int32_t codes[64] = { 0 };
  float pixels[3 * 32 * 32] = { 0 };

  g_assert_false (persea_codebook_decode (codebook, codes, 1, 0, 4, pixels, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  codes[1] = persea_codebook_get_n_entries (codebook);
  g_assert_false (persea_codebook_decode (codebook, codes, 1, 1, 2, pixels, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "picture 0, code 1"));
  g_clear_error (&error);
  codes[1] = -1;
  g_assert_false (persea_codebook_decode (codebook, codes, 1, 1, 2, pixels, NULL, &error));
  g_clear_error (&error);

  g_assert_false (persea_codebook_encode (codebook, pixels, 1, 8, 9, codes, NULL, &error));
  if (persea_codebook_has_encoder (codebook))
    g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  else
    g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
}

static void
test_describe (gconstpointer data)
{
  const Model *model = data;
  g_autoptr (PerseaModelFiles) files = model_files (model);
  g_autoptr (GError) error = NULL;
  PerseaCheckpoint *checkpoints[2] = { NULL };
  PerseaModelFacts facts;
  size_t n = g_strv_length (files->weights);

  for (size_t i = 0; i < n; i++)
    {
      checkpoints[i] = persea_checkpoint_open (files->weights[i], &error);
      g_assert_no_error (error);
    }
  g_assert_true (model->family->family.recognize (checkpoints, n));
  for (size_t i = 0; i < n; i++)
    persea_checkpoint_unref (checkpoints[i]);
  model->family->family.describe (files, &facts, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (facts.layout, ==, model->layout);
  g_assert_cmpuint (facts.n_parameters, >, 1000);
}

static void
case_free (gpointer data)
{
  Case *test = data;

  g_free (test->device);
  g_free (test);
}

static void
add_cases (GPtrArray *cases, const Model *model, const PerseaDeviceInfo *info, unsigned number)
{
  static const PerseaPrecision precisions[] = { PERSEA_PRECISION_F32, PERSEA_PRECISION_BF16,
                                                PERSEA_PRECISION_F16 };
  gboolean is_reference = info->kind == PERSEA_DEVICE_KIND_REFERENCE;

  for (unsigned i = 0; i < (is_reference ? 1 : G_N_ELEMENTS (precisions)); i++)
    {
      Case *test = g_new (Case, 1);
      g_autofree char *path = g_strdup_printf ("/codebook/%s/%s/%s", model->name,
                                               is_reference ? "reference" : "opencl",
                                               persea_precision_name (precisions[i]));

      *test = (Case) { model, g_strdup_printf ("%u", number), precisions[i], is_reference };
      g_ptr_array_add (cases, test);
      g_test_add_data_func (path, test, test_model);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) cases = g_ptr_array_new_with_free_func (case_free);

  g_test_init (&argc, &argv, NULL);

  g_autoptr (GPtrArray) infos = persea_devices_list (drivers, NULL);
  for (unsigned m = 0; m < G_N_ELEMENTS (models); m++)
    {
      g_autofree char *refusals = g_strdup_printf ("/codebook/%s/refusals", models[m].name);
      g_autofree char *describe = g_strdup_printf ("/codebook/%s/describe", models[m].name);

      g_test_add_data_func (refusals, &models[m], test_refusals);
      g_test_add_data_func (describe, &models[m], test_describe);
      for (unsigned i = 0; i < infos->len; i++)
        if (!((const PerseaDeviceInfo *) infos->pdata[i])->unusable)
          add_cases (cases, &models[m], infos->pdata[i], i);
    }
  return g_test_run ();
}
