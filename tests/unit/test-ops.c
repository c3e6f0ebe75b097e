/* test-ops.c - passes and operations on the reference device, against numbers worked out by hand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-device-impl.h"
#include "persea-error.h"
#include "persea-ops.h"
#include "persea-weight-loader.h"

#include <math.h>
#include <string.h>

static const PerseaDriver *const drivers[] = { &persea_cpu_driver, NULL };

static PerseaDevice *
open_reference (void)
{
  g_autoptr (GError) error = NULL;
  PerseaDevice *device = persea_device_open (drivers, "reference", NULL, &error);

  g_assert_no_error (error);
  return device;
}

static PerseaTensor *
tensor_of (PerseaPass *pass, const float *values, size_t n_rows, size_t n_columns)
{
  PerseaTensor *tensor = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n_rows, n_columns);

  persea_pass_upload (pass, tensor, values);
  return tensor;
}

static void
assert_values (PerseaPass *pass, const PerseaTensor *tensor, const float *expected)
{
  size_t n = persea_tensor_n_elements (tensor);
  g_autofree float *found = g_new0 (float, n);

  persea_pass_download (pass, tensor, found);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (found[i], expected[i], 1e-5);
}

static void
test_matmul (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaMatrixFormat format = { PERSEA_DTYPE_F32, FALSE, 4, 2 };
  g_autoptr (PerseaMatrix) w = persea_matrix_new (device, &format, (float[]) { 1, 2, 3, 4, 5, 6 },
                                                  2, 3, &error);
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = tensor_of (pass, (float[]) { 1, 0, -1, 2, 2, 2 }, 2, 3);
  PerseaTensor *bias = tensor_of (pass, (float[]) { 1, -1 }, 1, 2);
  PerseaTensor *y = tensor_of (pass, (float[]) { 10, 20, 30, 40 }, 2, 2);

  persea_matmul (pass, y, x, &(PerseaMatmul) { .w = w, .bias = bias, .residual = y,
                                               .activation = PERSEA_ACTIVATION_RELU });
  assert_values (pass, y, (float[]) { 10, 20, 43, 69 });
  g_assert_true (persea_pass_end (pass, &error));
  g_assert_no_error (error);
}

/* a 3×3 window of ones counts the neighbours; doubling repeats them */
static void
test_conv2d (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaMatrixFormat format = persea_device_get_matrix_format (device, PERSEA_PRECISION_F32);
  g_autoptr (PerseaMatrix) w = persea_matrix_new (device, &format,
                                                  (float[]) { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 1, 9,
                                                  &error);
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2, 2, 1);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2, 2, 1);
  PerseaTensor *large = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2, 2, 1);

  persea_pass_upload (pass, x, (float[]) { 1, 2, 3, 4 });
  persea_conv2d (pass, y, x, &(PerseaConv2d) { .w = w, .kernel = 3, .stride = 1, .padding = 1,
                                               .upsample = 1 });
  assert_values (pass, y, (float[]) { 10, 10, 10, 10 });
  persea_conv2d (pass, large, x, &(PerseaConv2d) { .w = w, .kernel = 3, .stride = 2, .padding = 1,
                                                   .upsample = 2 });
  assert_values (pass, large, (float[]) { 4, 10, 14, 27 });
  persea_pass_end (pass, NULL);
}

/* a convolution of a doubled picture, as it is and folded into four */
static void
test_conv2d_phases (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaMatrixFormat format = persea_device_get_matrix_format (device, PERSEA_PRECISION_F32);
  PerseaMatrix *phases[4];
  float rows[2 * 9 * 3], folded[2 * 4 * 3], pixels[2 * 3 * 4 * 3], expected[2 * 6 * 8 * 2];

  for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++)
    rows[i] = (i * 37 % 64) / 16.0f - 2;
  for (unsigned i = 0; i < G_N_ELEMENTS (pixels); i++)
    pixels[i] = (i * 29 % 32) / 8.0f - 2;
  for (unsigned i = 0; i < 4; i++)
    {
      persea_weight_loader_fold_phase (folded, rows, 2, 3, i);
      phases[i] = persea_matrix_new (device, &format, folded, 2, 12, &error);
    }
  g_autoptr (PerseaMatrix) w = persea_matrix_new (device, &format, rows, 2, 27, &error);
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 2, 3, 4, 3);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 2, 6, 8, 2);
  PerseaConv2d conv = { .w = w, .kernel = 3, .stride = 1, .padding = 1, .upsample = 2 };

  persea_pass_upload (pass, x, pixels);
  persea_conv2d (pass, y, x, &conv);
  persea_pass_download (pass, y, expected);
  conv.phases = phases;
  persea_conv2d (pass, y, x, &conv);
  assert_values (pass, y, expected);
  g_assert_true (persea_pass_end (pass, &error));
  g_assert_no_error (error);
  for (unsigned i = 0; i < 4; i++)
    persea_matrix_free (phases[i]);
}

/* two groups of one channel: 1, 3 and 0, 4 */
static void
test_pictures (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 1, 2, 2);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 1, 2, 2);
  PerseaTensor *up = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2, 4, 2);
  PerseaTensor *column = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 2);
  PerseaTensor *weight = tensor_of (pass, (float[]) { 2, 1 }, 1, 2);
  PerseaTensor *bias = tensor_of (pass, (float[]) { 0, 10 }, 1, 2);
  int32_t columns[2];

  persea_pass_upload (pass, x, (float[]) { 1, 0, 3, 4 });
  persea_group_norm (pass, y, x, weight, bias, 2, 0, PERSEA_ACTIVATION_NONE);
  assert_values (pass, y, (float[]) { -2, 9, 2, 11 });
  persea_group_norm (pass, y, x, weight, bias, 1, 1.5f, PERSEA_ACTIVATION_RELU);
  assert_values (pass, y, (float[]) { 0, 9, 1, 11 });

  persea_upsample (pass, up, x);
  assert_values (pass, up, (float[]) { 1, 0, 1, 0, 3, 4, 3, 4, 1, 0, 1, 0, 3, 4, 3, 4 });
  persea_max_pool (pass, x, up, 2);
  assert_values (pass, x, (float[]) { 1, 0, 3, 4 });
  persea_arg_max (pass, column, x);
  persea_pass_download (pass, column, columns);
  g_assert_cmpint (columns[0], ==, 0);
  g_assert_cmpint (columns[1], ==, 1);
  persea_pass_upload (pass, x, (float[]) { 7, 7, NAN, NAN });
  persea_arg_max (pass, column, x);
  persea_pass_download (pass, column, columns);
  g_assert_cmpint (columns[0], ==, 0);
  g_assert_cmpint (columns[1], ==, 0);
  g_assert_true (persea_pass_end (pass, &error));
  g_assert_no_error (error);
}

static void
test_attention_causal (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *qkv = tensor_of (pass, (float[]) { 0, 0, 5, 0, 0, 7, 0, 0, 9 }, 3, 3);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 3, 1);
  PerseaTensor *offsets = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 3);

  persea_pass_upload (pass, offsets, (int32_t[]) { 0, 2, 3 });
  persea_attention (pass, y, qkv, persea_pass_view (pass, qkv, 1, 1),
                    persea_pass_view (pass, qkv, 2, 1),
                    &(PerseaAttention) { .n_heads = 1, .head_dim = 1, .scale = 1, .causal = TRUE,
                                         .q_stride = 3, .k_stride = 3, .v_stride = 3,
                                         .q_offsets = offsets, .k_offsets = offsets,
                                         .max_queries = 2, .max_keys = 2 });
  assert_values (pass, y, (float[]) { 5, 6, 9 });
  g_assert_true (persea_pass_end (pass, &error));
  g_assert_no_error (error);
}

/* two queries share two of the keys of a cache, then see one and all three of them */
static void
test_attention_lengths (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *q = tensor_of (pass, (float[]) { 0, 0 }, 2, 1);
  PerseaTensor *k = tensor_of (pass, (float[]) { 1, 2, 3, 4 }, 4, 1);
  PerseaTensor *v = tensor_of (pass, (float[]) { 5, 7, 9, 1000 }, 4, 1);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 2, 1);
  PerseaTensor *q_offsets = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 3);
  PerseaTensor *k_offsets = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 2);
  PerseaTensor *k_lengths = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 2);
  PerseaAttention a = { .n_heads = 1, .head_dim = 1, .scale = 1, .causal = TRUE, .q_stride = 1,
                        .k_stride = 1, .v_stride = 1, .q_offsets = q_offsets,
                        .k_offsets = k_offsets, .k_lengths = k_lengths, .max_queries = 1,
                        .max_keys = 3 };

  persea_pass_upload (pass, q_offsets, (int32_t[]) { 0, 1, 2 });
  persea_pass_upload (pass, k_offsets, (int32_t[]) { 0, 0 });
  persea_pass_upload (pass, k_lengths, (int32_t[]) { 2, 2 });
  persea_attention (pass, y, q, k, v, &a);
  assert_values (pass, y, (float[]) { 6, 6 });
  persea_pass_upload (pass, k_offsets, (int32_t[]) { 1, 0 });
  persea_pass_upload (pass, k_lengths, (int32_t[]) { 1, 3 });
  persea_attention (pass, y, q, k, v, &a);
  assert_values (pass, y, (float[]) { 7, 7 });
  g_assert_true (persea_pass_is_ok (pass));

  a.k_lengths = q_offsets;
  persea_attention (pass, y, q, k, v, &a);
  g_assert_false (persea_pass_end (pass, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

/* two heads of one number; what is read back are keys and values in turns, head by head */
static void
test_store_keys (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = tensor_of (pass, (float[]) { 1, 2, 3, 4, 5, 6, 7, 8 }, 2, 4);
  PerseaTensor *cache = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2, 2, 2);
  PerseaTensor *places = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 2);
  PerseaTensor *q = tensor_of (pass, (float[]) { 0, 9 }, 1, 2);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2);
  PerseaTensor *offsets = persea_pass_tensor (pass, PERSEA_DTYPE_I32, 2);
  PerseaAttention a = { .n_heads = 2, .head_dim = 1, .scale = 1, .q_stride = 2, .k_stride = 2,
                        .v_stride = 2, .k_head_stride = 4, .v_head_stride = 4,
                        .q_offsets = offsets, .k_offsets = offsets,
                        .k_lengths = persea_pass_view (pass, offsets, 1, 1), .max_queries = 1,
                        .max_keys = 1 };

  persea_pass_upload (pass, places, (int32_t[]) { 1, 0 });
  persea_pass_upload (pass, offsets, (int32_t[]) { 0, 1 });
  persea_store_keys (pass, cache, x, 4, places);
  assert_values (pass, cache, (float[]) { 5, 7, 1, 3, 6, 8, 2, 4 });
  persea_attention (pass, y, q, cache, persea_pass_view (pass, cache, 1, 1), &a);
  assert_values (pass, y, (float[]) { 7, 8 });
  g_assert_true (persea_pass_is_ok (pass));
  a.v_head_stride = 8;
  persea_attention (pass, y, q, cache, persea_pass_view (pass, cache, 1, 1), &a);
  g_assert_false (persea_pass_end (pass, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

static void
test_glu (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = tensor_of (pass, (float[]) { 1, -2, 3, 4, 5, 6, -7, 8 }, 2, 4);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 2, 2);

  persea_glu (pass, y, x, PERSEA_ACTIVATION_RELU);
  assert_values (pass, y, (float[]) { 3, 0, -35, 48 });
  g_assert_true (persea_pass_is_ok (pass));
  persea_glu (pass, x, y, PERSEA_ACTIVATION_RELU);
  g_assert_false (persea_pass_end (pass, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

/* deviations are 1 and 2: the sum is 3, 1 and its norm 1, -1 */
static void
test_residual_norm (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = tensor_of (pass, (float[]) { 1, 1 }, 1, 2);
  PerseaTensor *h = tensor_of (pass, (float[]) { 9, 5 }, 1, 2);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 1, 2);
  PerseaTensor *one = tensor_of (pass, (float[]) { 1, 1 }, 1, 2);
  PerseaTensor *ten = tensor_of (pass, (float[]) { 10, 10 }, 1, 2);
  PerseaTensor *three = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 3);

  persea_residual_norm (pass, y, x, h, &(PerseaLayerNorm) { one, one, 0 },
                        &(PerseaLayerNorm) { one, ten, 0 });
  assert_values (pass, x, (float[]) { 3, 1 });
  assert_values (pass, y, (float[]) { 11, 9 });
  g_assert_true (persea_pass_is_ok (pass));
  persea_residual_norm (pass, y, x, h, &(PerseaLayerNorm) { one, one, 0 },
                        &(PerseaLayerNorm) { one, three, 0 });
  g_assert_false (persea_pass_end (pass, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

static void
test_failure_sticks (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 2, 3);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, 3, 2);

  persea_convert (pass, y, x);
  g_assert_true (persea_pass_is_ok (pass));
  persea_gather_rows (pass, y, x, x);
  g_assert_false (persea_pass_is_ok (pass));
  persea_convert (pass, y, persea_pass_tensor (pass, PERSEA_DTYPE_F32, 2, 2));
  g_assert_false (persea_pass_end (pass, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "choice of rows"));
  g_assert_nonnull (strstr (error->message, "f32 [3, 2]"));
}

static void
test_cancelled (void)
{
  g_autoptr (PerseaDevice) device = open_reference ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (device, cancellable);
  PerseaTensor *x = tensor_of (pass, (float[]) { 1 }, 1, 1);
  PerseaTensor *y = tensor_of (pass, (float[]) { 2 }, 1, 1);

  g_cancellable_cancel (cancellable);
  persea_convert (pass, y, x);
  assert_values (pass, y, (float[]) { 0 });
  g_assert_false (persea_pass_end (pass, &error));
  g_assert_true (persea_error_is_cancelled (error));
}

static GPtrArray *
list_unwanted (void)
{
  g_test_message ("a driver that is not wanted is asked for its devices");
  g_test_fail ();
  return g_ptr_array_new ();
}

/* Others may load libraries for seconds. */
static void
test_device_by_driver (void)
{
  static const PerseaDriver unwanted = { .name = "unwanted", .list = list_unwanted };
  static const PerseaDriver *const two[] = { &unwanted, &persea_cpu_driver, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = persea_device_open (two, "Reference", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (persea_device_get_info (device)->kind, ==, PERSEA_DEVICE_KIND_REFERENCE);
}

static void
test_device_choice (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_device_open (drivers, "quantum", NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE);
  g_assert_nonnull (strstr (error->message, "quantum"));
  g_clear_error (&error);
  g_assert_null (persea_device_open (drivers, NULL, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NO_DEVICE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ops/matmul", test_matmul);
  g_test_add_func ("/ops/conv2d", test_conv2d);
  g_test_add_func ("/ops/conv2d-phases", test_conv2d_phases);
  g_test_add_func ("/ops/pictures", test_pictures);
  g_test_add_func ("/ops/attention-causal", test_attention_causal);
  g_test_add_func ("/ops/attention-lengths", test_attention_lengths);
  g_test_add_func ("/ops/store-keys", test_store_keys);
  g_test_add_func ("/ops/glu", test_glu);
  g_test_add_func ("/ops/residual-norm", test_residual_norm);
  g_test_add_func ("/ops/failure-sticks", test_failure_sticks);
  g_test_add_func ("/ops/cancelled", test_cancelled);
  g_test_add_func ("/ops/device-choice", test_device_choice);
  g_test_add_func ("/ops/device-by-driver", test_device_by_driver);
  return g_test_run ();
}
