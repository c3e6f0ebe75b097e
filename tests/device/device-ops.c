/* device-ops.c - one operation on one device, from seeds to numbers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inputs are random numbers in -1 … 1 that depend on a seed only, rounded to the type at hand, so
 * that every device starts from the same bits.
 */
#include "config.h"

#include "device-ops.h"

#include <math.h>
#include <string.h>

#define DIMS(...) \
  sizeof ((const size_t[]) { __VA_ARGS__ }) / sizeof (size_t), (const size_t[]) { __VA_ARGS__ }

/* owns what a case makes */
typedef struct
{
  const DeviceCase *c;
  PerseaDevice     *device;
  PerseaDevice     *judge;
  GPtrArray        *tensors;
  PerseaMatrix     *matrix;
  PerseaMatrix     *phases[4];
} Bench;

static float *
random_floats (size_t n, uint32_t seed)
{
  float *values = g_new (float, n);
  uint32_t state = seed * 2654435761u + 12345;

  for (size_t i = 0; i < n; i++)
    {
      state = state * 1664525u + 1013904223u;
      values[i] = (int32_t) state * 0x1p-31f;
    }
  return values;
}

static PerseaTensor *
bench_add (Bench *bench, PerseaTensor *tensor)
{
  g_ptr_array_add (bench->tensors, tensor);
  return tensor;
}

static PerseaTensor *
bench_tensor (Bench *bench, PerseaDtype dtype, unsigned n_dims, const size_t *shape, uint32_t seed)
{
  g_autoptr (GError) error = NULL;
  PerseaTensor *tensor = persea_tensor_new (bench->device, dtype, n_dims, shape, &error);
  g_assert_no_error (error);

  size_t n = persea_tensor_n_elements (tensor);
  g_autofree float *values = random_floats (n, seed);
  g_autofree void *data = g_malloc (n * persea_dtype_size (dtype));
  persea_dtype_from_f32 (dtype, values, data, n);
  persea_tensor_upload (tensor, data, &error);
  g_assert_no_error (error);
  return bench_add (bench, tensor);
}

/* i32 values below @limit, or running ones if @limit is 0 */
static PerseaTensor *
bench_index (Bench *bench, size_t n, unsigned limit, uint32_t seed)
{
  g_autoptr (GError) error = NULL;
  g_autofree int32_t *data = g_new (int32_t, n);
  PerseaTensor *tensor = persea_tensor_new (bench->device, PERSEA_DTYPE_I32, DIMS (n), &error);
  g_assert_no_error (error);

  for (size_t i = 0; i < n; i++)
    data[i] = limit ? (i * 2654435761u + seed) % limit : i;
  persea_tensor_upload (tensor, data, &error);
  g_assert_no_error (error);
  return bench_add (bench, tensor);
}

/* offsets of sequences with these lengths; the total in @total */
static PerseaTensor *
bench_offsets (Bench *bench, const unsigned *lengths, size_t *total)
{
  g_autoptr (GError) error = NULL;
  int32_t offsets[9] = { 0 };
  size_t n = 0;

  for (; lengths[n]; n++)
    offsets[n + 1] = offsets[n] + lengths[n];
  *total = offsets[n];
  PerseaTensor *tensor = persea_tensor_new (bench->device, PERSEA_DTYPE_I32, DIMS (n + 1), &error);
  g_assert_no_error (error);
  persea_tensor_upload (tensor, offsets, &error);
  g_assert_no_error (error);
  return bench_add (bench, tensor);
}

/* the first keys of each sequence, @fill of them */
static void
bench_fill (Bench *bench, PerseaAttention *a)
{
  const DeviceCase *c = bench->c;
  g_autoptr (GError) error = NULL;
  size_t n = persea_tensor_n_elements (a->q_offsets) - 1;
  PerseaTensor *lengths = persea_tensor_new (bench->device, PERSEA_DTYPE_I32, DIMS (n), &error);
  g_assert_no_error (error);

  persea_tensor_upload (lengths, c->fill, &error);
  g_assert_no_error (error);
  a->k_lengths = bench_add (bench, lengths);
  if (c->shared || c->capacity)
    {
      int32_t offsets[8] = { 0 };
      PerseaTensor *none = persea_tensor_new (bench->device, PERSEA_DTYPE_I32, DIMS (n), &error);
      g_assert_no_error (error);
      persea_tensor_upload (none, offsets, &error);
      g_assert_no_error (error);
      a->k_offsets = bench_add (bench, none);
    }
  a->max_keys = 0;
  for (size_t i = 0; i < n; i++)
    a->max_keys = MAX (a->max_keys, c->fill[i]);
}

static PerseaMatrix *
bench_new_matrix (Bench *bench, size_t n, size_t k, uint32_t seed)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *rows = random_floats (n * k, seed);
  PerseaMatrixFormat format = persea_device_get_matrix_format (bench->judge, bench->c->precision);
  PerseaMatrix *matrix = persea_matrix_new (bench->device, &format, rows, n, k, &error);

  g_assert_no_error (error);
  return matrix;
}

static const PerseaMatrix *
bench_matrix (Bench *bench, size_t n, size_t k, uint32_t seed)
{
  bench->matrix = bench_new_matrix (bench, n, k, seed);
  return bench->matrix;
}

static PerseaDtype
bench_input_dtype (Bench *bench)
{
  return persea_device_get_input_dtype (bench->judge, bench->c->precision);
}

static PerseaTensor *
run_matmul (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, bench_input_dtype (bench), DIMS (c->rows, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->n), 3);
  PerseaMatmul matmul = { .w = bench_matrix (bench, c->n, c->k, 2), .activation = c->activation };

  if (c->bias)
    matmul.bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->n), 4);
  if (c->residual)
    matmul.residual = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->n), 5);
  if (c->residual_in_place)
    matmul.residual = y;
  persea_matmul (pass, y, x, &matmul);
  return y;
}

static PerseaTensor *
run_conv2d (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  unsigned upsample = MAX (c->upsample, 1), stride = MAX (c->stride, 1);
  size_t out_height = (c->height * upsample + 2 * c->padding - c->size) / stride + 1;
  size_t out_width = (c->width * upsample + 2 * c->padding - c->size) / stride + 1;
  PerseaTensor *x = bench_tensor (bench, bench_input_dtype (bench),
                                  DIMS (c->rows, c->height, c->width, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, out_height, out_width, c->n), 3);
  PerseaConv2d conv = {
    .w = bench_matrix (bench, c->n, c->size * c->size * c->k, 2), .kernel = c->size,
    .stride = stride, .padding = c->padding, .upsample = upsample, .activation = c->activation,
    .activation_last = c->activation_last,
  };

  for (unsigned i = 0; c->phases && i < 4; i++)
    bench->phases[i] = bench_new_matrix (bench, c->n, 4 * c->k, 10 + i);
  if (c->phases)
    conv.phases = bench->phases;
  if (c->bias)
    conv.bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->n), 4);
  if (c->residual)
    conv.residual = bench_tensor (bench, c->residual_type,
                                  DIMS (c->rows, out_height, out_width, c->n), 5);
  persea_conv2d (pass, y, x, &conv);
  return y;
}

static PerseaTensor *
run_layer_norm (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->k), 2);
  PerseaTensor *weight = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 3);
  PerseaTensor *bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 4);

  persea_layer_norm (pass, y, x, weight, bias, 1e-5f);
  return y;
}

/* @residual: x is looked at, otherwise y */
static PerseaTensor *
run_residual_norm (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 1);
  PerseaTensor *h = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 2);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->k), 3);
  PerseaLayerNorm inner = { bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 4),
                            bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 5), 1e-5f };
  PerseaLayerNorm outer = { bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 6),
                            bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 7), 1e-2f };

  persea_residual_norm (pass, y, x, h, &inner, &outer);
  return c->residual ? x : y;
}

/* keys and values as persea_store_keys() puts them */
static PerseaTensor *
run_attention_by_heads (Bench *bench, PerseaPass *pass, PerseaTensor *y, PerseaTensor *q,
                        PerseaAttention *a)
{
  const DeviceCase *c = bench->c;
  size_t n = persea_tensor_n_elements (a->q_offsets) - 1;
  PerseaTensor *cache = bench_tensor (bench, c->x, DIMS (n, c->heads, c->capacity, 2 * c->size), 2);
  g_autofree int32_t *starts = g_new (int32_t, n);

  for (size_t i = 0; i < n; i++)
    starts[i] = i * c->heads * c->capacity;
  persea_pass_upload (pass, (PerseaTensor *) a->k_offsets, starts);
  a->k_stride = a->v_stride = 2 * c->size;
  a->k_head_stride = a->v_head_stride = c->capacity * 2 * c->size;
  persea_attention (pass, y, q, cache, persea_pass_view (pass, cache, c->size, c->size), a);
  return y;
}

/* q, k and v as one fused projection where queries and keys are the same rows */
static PerseaTensor *
run_attention (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  gboolean fused = c->keys[0] == 0;
  size_t width = (size_t) c->heads * c->size, n_queries, n_keys;
  PerseaTensor *q_offsets = bench_offsets (bench, c->tokens, &n_queries);
  PerseaTensor *k_offsets = bench_offsets (bench, fused ? c->tokens : c->keys, &n_keys);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (n_queries, width), 3);
  PerseaAttention a = {
    .n_heads = c->heads, .head_dim = c->size, .scale = 4.0f / sqrtf (c->size), .causal = c->causal,
    .q_stride = fused ? 3 * width : width, .k_stride = fused ? 3 * width : 2 * width,
    .v_stride = fused ? 3 * width : 2 * width, .q_offsets = q_offsets, .k_offsets = k_offsets,
  };

  for (unsigned i = 0; c->tokens[i]; i++)
    {
      a.max_queries = MAX (a.max_queries, c->tokens[i]);
      a.max_keys = MAX (a.max_keys, fused ? c->tokens[i] : c->keys[i]);
    }
  if (fused)
    {
      PerseaTensor *all = bench_tensor (bench, c->x, DIMS (n_queries, 3 * width), 1);
      persea_attention (pass, y, persea_pass_view (pass, all, 0, width),
                        persea_pass_view (pass, all, width, width),
                        persea_pass_view (pass, all, 2 * width, width), &a);
      return y;
    }

  if (c->fill[0])
    bench_fill (bench, &a);
  PerseaTensor *q = bench_tensor (bench, c->x, DIMS (n_queries, width), 1);
  if (c->capacity)
    return run_attention_by_heads (bench, pass, y, q, &a);
  PerseaTensor *kv = bench_tensor (bench, c->x, DIMS (n_keys, 2 * width), 2);
  persea_attention (pass, y, q, persea_pass_view (pass, kv, 0, width),
                    persea_pass_view (pass, kv, width, width), &a);
  return y;
}

static PerseaTensor *
run_embed_tokens (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *y = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 1);
  PerseaTensor *table = bench_tensor (bench, c->x, DIMS (100, c->k), 2);
  PerseaTensor *positions = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (7, c->k), 3);

  persea_embed_tokens (pass, y, table, bench_index (bench, c->rows, 100, 5), positions,
                       bench_index (bench, c->rows, 7, 6));
  return y;
}

static PerseaTensor *
run_patchify (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  size_t grid = c->height / c->size;
  PerseaTensor *x = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, 3, c->height, c->height),
                                  1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows * grid * grid, 3 * c->size * c->size),
                                  2);

  persea_patchify (pass, y, x, c->size);
  return y;
}

/* @heads above 0: a first token for each picture */
static PerseaTensor *
run_prepend_token (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->n, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->n + 1, c->k), 2);
  PerseaTensor *first = c->heads ? bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 3)
                                 : bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 3);
  PerseaTensor *positions = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->n + 1, c->k), 4);

  persea_prepend_token (pass, y, x, first, positions);
  return y;
}

static PerseaTensor *
run_gather_rows (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->n, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->k), 2);

  persea_gather_rows (pass, y, x, bench_index (bench, c->rows, c->n, 3));
  return y;
}

static PerseaTensor *
run_store_keys (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  size_t width = 2 * c->heads * c->size;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, 3 * width / 2), 1);
  PerseaTensor *cache = bench_tensor (bench, c->y, DIMS (c->n, c->heads, c->capacity, 2 * c->size),
                                      2);

  persea_store_keys (pass, cache, persea_pass_view (pass, x, width / 2, width), 3 * width / 2,
                     bench_index (bench, c->rows, c->n * c->capacity, 3));
  return cache;
}

static PerseaTensor *
run_glu (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, 2 * c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->k), 2);

  persea_glu (pass, y, x, c->activation);
  return y;
}

static PerseaTensor *
run_mean_rows (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->n, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 2);

  persea_mean_rows (pass, y, x);
  return y;
}

static PerseaTensor *
run_average_pool (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->height, c->width, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->height / c->size,
                                                     c->width / c->size, c->k), 2);

  persea_average_pool (pass, y, x, c->size);
  return y;
}

static PerseaTensor *
run_channels_last (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, PERSEA_DTYPE_F32,
                                  DIMS (c->rows, c->k, c->height, c->width), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->height, c->width, c->k), 2);

  persea_channels_last (pass, y, x);
  return y;
}

static PerseaTensor *
run_convert (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->k), 2);

  persea_convert (pass, y, x);
  return y;
}

/* @heads: groups */
static PerseaTensor *
run_group_norm (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->height, c->width, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->height, c->width, c->k), 2);
  PerseaTensor *weight = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 3);
  PerseaTensor *bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k), 4);

  persea_group_norm (pass, y, x, weight, bias, c->heads, 1e-6f, c->activation);
  return y;
}

static PerseaTensor *
run_max_pool (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->height, c->width, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->height / c->size,
                                                     c->width / c->size, c->k), 2);

  persea_max_pool (pass, y, x, c->size);
  return y;
}

static PerseaTensor *
run_upsample (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->height, c->width, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, 2 * c->height, 2 * c->width, c->k),
                                  2);

  persea_upsample (pass, y, x);
  return y;
}

static PerseaTensor *
run_activate (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, c->x, DIMS (c->rows, c->k), 1);
  PerseaTensor *y = bench_tensor (bench, c->y, DIMS (c->rows, c->k), 2);

  persea_activate (pass, y, x, c->activation);
  return y;
}

/* @size: different values that there are; 0: as many as it happens */
static PerseaTensor *
run_arg_max (Bench *bench, PerseaPass *pass)
{
  const DeviceCase *c = bench->c;
  PerseaTensor *x = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k), 1);
  PerseaTensor *y = bench_index (bench, c->rows, 0, 0);

  if (c->size)
    {
      g_autofree float *values = random_floats (c->rows * c->k, 1);

      for (size_t i = 0; i < c->rows * c->k; i++)
        values[i] = floorf (values[i] * c->size);
      persea_pass_upload (pass, x, values);
    }
  persea_arg_max (pass, y, x);
  return y;
}

static PerseaTensor *(*const runners[]) (Bench *bench, PerseaPass *pass) = {
  [CASE_MATMUL] = run_matmul,
  [CASE_CONV2D] = run_conv2d,
  [CASE_LAYER_NORM] = run_layer_norm,
  [CASE_RESIDUAL_NORM] = run_residual_norm,
  [CASE_ATTENTION] = run_attention,
  [CASE_EMBED_TOKENS] = run_embed_tokens,
  [CASE_PATCHIFY] = run_patchify,
  [CASE_PREPEND_TOKEN] = run_prepend_token,
  [CASE_GATHER_ROWS] = run_gather_rows,
  [CASE_STORE_KEYS] = run_store_keys,
  [CASE_GLU] = run_glu,
  [CASE_MEAN_ROWS] = run_mean_rows,
  [CASE_AVERAGE_POOL] = run_average_pool,
  [CASE_CHANNELS_LAST] = run_channels_last,
  [CASE_CONVERT] = run_convert,
  [CASE_GROUP_NORM] = run_group_norm,
  [CASE_MAX_POOL] = run_max_pool,
  [CASE_UPSAMPLE] = run_upsample,
  [CASE_ACTIVATE] = run_activate,
  [CASE_ARG_MAX] = run_arg_max,
};

float *
device_case_run (const DeviceCase *c, PerseaDevice *device, PerseaDevice *judge, size_t *n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) tensors =
    g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tensor_unref);
  Bench bench = { .c = c, .device = device, .judge = judge, .tensors = tensors };
  PerseaPass *pass = persea_pass_begin (device, NULL);
  PerseaTensor *y = runners[c->kind] (&bench, pass);

  persea_pass_end (pass, &error);
  g_assert_no_error (error);

  *n = persea_tensor_n_elements (y);
  g_autofree void *data = g_malloc (*n * persea_dtype_size (y->dtype));
  persea_tensor_download (y, data, &error);
  g_assert_no_error (error);
  float *values = g_new (float, *n);
  persea_dtype_to_f32 (y->dtype, data, values, *n);
  persea_matrix_free (bench.matrix);
  for (unsigned i = 0; i < 4; i++)
    persea_matrix_free (bench.phases[i]);
  return values;
}

#define F32_ROUNDING 0x1p-23
#define BF16_ROUNDING 0x1p-7 /* a whole step: both may round to either side of a tie */

double
device_case_tolerance (const DeviceCase *c, double expected)
{
  double magnitude = fabs (expected);
  double tolerance = 0;

  switch (c->kind)
    {
    case CASE_MATMUL:
      tolerance = (8 + c->k) * F32_ROUNDING + 4 * F32_ROUNDING * magnitude;
      break;
    case CASE_CONV2D:
      tolerance = (8 + c->size * c->size * c->k) * F32_ROUNDING + 4 * F32_ROUNDING * magnitude;
      break;
    case CASE_ATTENTION: /* scores up to 4 sqrt (size), so their rounding is seen through exp */
      tolerance = 16 * F32_ROUNDING * (1 + sqrt (c->size));
      break;
    case CASE_RESIDUAL_NORM: /* one norm's rounding goes through the other */
      tolerance = 16 * F32_ROUNDING;
      /* fall through */
    case CASE_LAYER_NORM:
    case CASE_GROUP_NORM:
      tolerance += 16 * F32_ROUNDING + 8 * F32_ROUNDING * magnitude;
      break;
    case CASE_ACTIVATE:
    case CASE_GLU:
    case CASE_MEAN_ROWS:
    case CASE_AVERAGE_POOL:
      tolerance = 8 * F32_ROUNDING;
      break;
    case CASE_ARG_MAX: /* a column is right or wrong */
      return 0;
    default:
      tolerance = F32_ROUNDING * magnitude;
    }
  if (c->y == PERSEA_DTYPE_BF16)
    tolerance += BF16_ROUNDING * magnitude;
  return tolerance;
}
