/* persea-cpu-operations.c - the operations of the reference device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each is its formula, element by element, with sums in double: obvious loops, no tricks.
 */
#include "config.h"

#include "persea-cpu-private.h"

#include <math.h>
#include <string.h>

static void *
tensor_data (const PerseaTensor *tensor)
{
  const PerseaCpuBuffer *buffer = (const PerseaCpuBuffer *) tensor->buffer;

  return (uint8_t *) buffer->data + tensor->offset * persea_dtype_size (tensor->dtype);
}

static double
load (const PerseaTensor *tensor, size_t index)
{
  const void *data = tensor_data (tensor);

  switch (tensor->dtype)
    {
    case PERSEA_DTYPE_F32:
      return ((const float *) data)[index];
    case PERSEA_DTYPE_F16:
      return persea_f16_to_f32 (((const uint16_t *) data)[index]);
    case PERSEA_DTYPE_BF16:
      return persea_bf16_to_f32 (((const uint16_t *) data)[index]);
    case PERSEA_DTYPE_I32:
      return ((const int32_t *) data)[index];
    default:
      return ((const uint8_t *) data)[index];
    }
}

static void
store (PerseaTensor *tensor, size_t index, double value)
{
  void *data = tensor_data (tensor);

  if (tensor->dtype == PERSEA_DTYPE_BF16)
    ((uint16_t *) data)[index] = persea_f32_to_bf16 ((float) value);
  else
    ((float *) data)[index] = (float) value;
}

static double
matrix_load (const PerseaMatrix *w, size_t row, size_t column)
{
  size_t panel = w->format.panel, group = w->format.group;
  size_t n_groups = (w->k + group - 1) / group;

  return load (w->tensor, (((row / panel) * n_groups + column / group) * panel + row % panel) * group
                            + column % group);
}

static double
activate (PerseaActivation activation, double x)
{
  switch (activation)
    {
    case PERSEA_ACTIVATION_RELU:
      return x > 0 ? x : 0;
    case PERSEA_ACTIVATION_QUICK_GELU:
      return x / (1 + exp (-1.702 * x));
    case PERSEA_ACTIVATION_GELU_ERF:
      return x / 2 * (1 + erf (x * M_SQRT1_2));
    case PERSEA_ACTIVATION_GELU_TANH:
      return x / 2 * (1 + tanh (sqrt (2 / M_PI) * (x + 0.044715 * x * x * x)));
    case PERSEA_ACTIVATION_SILU:
      return x / (1 + exp (-x));
    default:
      return x;
    }
}

gboolean
persea_cpu_matmul (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                   const PerseaMatmul *matmul, GError **error)
{
  const PerseaMatrix *w = matmul->w;

  for (size_t row = 0; row < persea_tensor_n_rows (y); row++)
    for (size_t n = 0; n < w->n; n++)
      {
        double sum = matmul->bias ? load (matmul->bias, n) : 0;

        for (size_t k = 0; k < w->k; k++)
          sum += load (x, row * w->k + k) * matrix_load (w, n, k);
        sum = activate (matmul->activation, sum);
        if (matmul->residual)
          sum += load (matmul->residual, row * w->n + n);
        store (y, row * w->n + n, sum);
      }
  return TRUE;
}

/* the window of one output pixel: its weights, and where it begins in the input */
typedef struct
{
  const PerseaMatrix *w;
  size_t              kernel;
  size_t              top; /* wrapped if it is above */
  size_t              left;
  size_t              upsample;
} Window;

static Window
conv2d_window (const PerseaConv2d *conv, size_t out_y, size_t out_x)
{
  if (conv->phases)
    return (Window) { conv->phases[2 * (out_y % 2) + out_x % 2], 2, out_y / 2 - 1 + out_y % 2,
                      out_x / 2 - 1 + out_x % 2, 1 };
  return (Window) { conv->w, conv->kernel, out_y * conv->stride - conv->padding,
                    out_x * conv->stride - conv->padding, conv->upsample };
}

/* a window times one output's weights */
static double
conv2d_sum (const PerseaTensor *x, const Window *window, size_t picture, size_t n)
{
  size_t height = x->shape[1] * window->upsample, width = x->shape[2] * window->upsample;
  size_t channels = x->shape[3];
  double sum = 0;

  for (size_t tap = 0; tap < window->kernel * window->kernel; tap++)
    {
      size_t in_y = window->top + tap / window->kernel;
      size_t in_x = window->left + tap % window->kernel;

      if (in_y >= height || in_x >= width) /* above and left of it, too: they have wrapped */
        continue;
      size_t pixel = (picture * x->shape[1] + in_y / window->upsample) * x->shape[2]
                     + in_x / window->upsample;
      for (size_t c = 0; c < channels; c++)
        sum += load (x, pixel * channels + c) * matrix_load (window->w, n, tap * channels + c);
    }
  return sum;
}

gboolean
persea_cpu_conv2d (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                   const PerseaConv2d *conv, GError **error)
{
  size_t out_width = y->shape[2], out_size = y->shape[1] * out_width, n_outputs = y->shape[3];

  for (size_t pixel = 0; pixel < persea_tensor_n_rows (y); pixel++)
    {
      const Window window = conv2d_window (conv, pixel % out_size / out_width, pixel % out_width);

      for (size_t n = 0; n < n_outputs; n++)
        {
          double sum = conv2d_sum (x, &window, pixel / out_size, n);

          if (conv->bias)
            sum += load (conv->bias, n);
          if (!conv->activation_last)
            sum = activate (conv->activation, sum);
          if (conv->residual)
            sum += load (conv->residual, pixel * n_outputs + n);
          if (conv->activation_last)
            sum = activate (conv->activation, sum);
          store (y, pixel * n_outputs + n, sum);
        }
    }
  return TRUE;
}

/* the row's mean, and what brings its deviation to 1 */
static void
row_statistics (const PerseaTensor *x, size_t row, float eps, double *mean, double *scale)
{
  size_t n_columns = persea_tensor_n_columns (x);
  double variance = 0;

  *mean = 0;
  for (size_t c = 0; c < n_columns; c++)
    *mean += load (x, row * n_columns + c) / n_columns;
  for (size_t c = 0; c < n_columns; c++)
    variance += pow (load (x, row * n_columns + c) - *mean, 2) / n_columns;
  *scale = 1 / sqrt (variance + eps);
}

gboolean
persea_cpu_layer_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                       const PerseaTensor *weight, const PerseaTensor *bias, float eps,
                       GError **error)
{
  size_t n_columns = persea_tensor_n_columns (x);

  for (size_t row = 0; row < persea_tensor_n_rows (x); row++)
    {
      double mean, scale;

      row_statistics (x, row, eps, &mean, &scale);
      for (size_t c = 0; c < n_columns; c++)
        store (y, row * n_columns + c,
               (load (x, row * n_columns + c) - mean) * scale * load (weight, c) + load (bias, c));
    }
  return TRUE;
}

gboolean
persea_cpu_residual_norm (PerseaDevice *device, PerseaTensor *y, PerseaTensor *x,
                          const PerseaTensor *h, const PerseaLayerNorm *inner,
                          const PerseaLayerNorm *outer, GError **error)
{
  size_t n_columns = persea_tensor_n_columns (x);

  for (size_t row = 0; row < persea_tensor_n_rows (x); row++)
    {
      double mean, scale;

      row_statistics (h, row, inner->eps, &mean, &scale);
      for (size_t c = 0; c < n_columns; c++)
        store (x, row * n_columns + c,
               load (x, row * n_columns + c) + load (inner->bias, c)
                 + (load (h, row * n_columns + c) - mean) * scale * load (inner->weight, c));
    }
  return persea_cpu_layer_norm (device, y, x, outer->weight, outer->bias, outer->eps, error);
}

/* one query of one head; scores: room for all keys */
static void
attention_query (PerseaTensor *y, const PerseaTensor *q, const PerseaTensor *k,
                 const PerseaTensor *v, const PerseaAttention *a, size_t query, size_t first_key,
                 size_t n_keys, size_t head, double *scores)
{
  size_t column = head * a->head_dim;
  double highest = -INFINITY, total = 0;

  for (size_t key = 0; key < n_keys; key++)
    {
      scores[key] = 0;
      for (size_t d = 0; d < a->head_dim; d++)
        scores[key] += load (q, query * a->q_stride + column + d)
                       * load (k, (first_key + key) * a->k_stride + head * a->k_head_stride + d);
      scores[key] *= a->scale;
      highest = fmax (highest, scores[key]);
    }
  for (size_t key = 0; key < n_keys; key++)
    {
      scores[key] = exp (scores[key] - highest);
      total += scores[key];
    }
  for (size_t d = 0; d < a->head_dim; d++)
    {
      double sum = 0;

      for (size_t key = 0; key < n_keys; key++)
        sum += scores[key]
               * load (v, (first_key + key) * a->v_stride + head * a->v_head_stride + d);
      store (y, query * a->n_heads * a->head_dim + column + d, sum / total);
    }
}

gboolean
persea_cpu_attention (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *q,
                      const PerseaTensor *k, const PerseaTensor *v, const PerseaAttention *a,
                      GError **error)
{
  size_t n_sequences = persea_tensor_n_elements (a->q_offsets) - 1;
  const int32_t *q_offsets = tensor_data (a->q_offsets);
  const int32_t *k_offsets = tensor_data (a->k_offsets);
  g_autofree double *scores = g_new (double, a->max_keys);

  for (size_t s = 0; s < n_sequences; s++)
    {
      size_t n_queries = q_offsets[s + 1] - q_offsets[s];
      size_t n_keys = a->k_lengths ? (size_t) load (a->k_lengths, s)
                                   : (size_t) (k_offsets[s + 1] - k_offsets[s]);

      for (size_t i = 0; i < n_queries; i++)
        {
          size_t seen = a->causal ? n_keys - n_queries + i + 1 : n_keys;

          for (size_t head = 0; head < a->n_heads; head++)
            attention_query (y, q, k, v, a, q_offsets[s] + i, k_offsets[s], seen, head, scores);
        }
    }
  return TRUE;
}

gboolean
persea_cpu_embed_tokens (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *table,
                         const PerseaTensor *ids, const PerseaTensor *positions,
                         const PerseaTensor *position_ids, GError **error)
{
  size_t width = persea_tensor_n_columns (y);

  for (size_t row = 0; row < persea_tensor_n_rows (y); row++)
    for (size_t c = 0; c < width; c++)
      store (y, row * width + c,
             load (table, (size_t) load (ids, row) * width + c)
               + load (positions, (size_t) load (position_ids, row) * width + c));
  return TRUE;
}

gboolean
persea_cpu_patchify (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, unsigned patch,
                     GError **error)
{
  size_t channels = x->shape[1], size = x->shape[3], grid = size / patch;
  size_t n_columns = channels * patch * patch;

  for (size_t row = 0; row < persea_tensor_n_rows (y); row++)
    for (size_t column = 0; column < n_columns; column++)
      {
        size_t picture = row / (grid * grid), channel = column / (patch * patch);
        size_t in_y = row / grid % grid * patch + column / patch % patch;
        size_t in_x = row % grid * patch + column % patch;

        store (y, row * n_columns + column,
               load (x, ((picture * channels + channel) * size + in_y) * size + in_x));
      }
  return TRUE;
}

gboolean
persea_cpu_prepend_token (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                          const PerseaTensor *first, const PerseaTensor *positions, GError **error)
{
  size_t n_tokens = y->shape[1], width = y->shape[2];
  size_t first_stride = persea_tensor_n_elements (first) == width ? 0 : width;

  for (size_t row = 0; row < y->shape[0] * n_tokens; row++)
    for (size_t c = 0; c < width; c++)
      {
        size_t picture = row / n_tokens, token = row % n_tokens;
        double value = token == 0
                         ? load (first, picture * first_stride + c)
                         : load (x, (picture * (n_tokens - 1) + token - 1) * width + c);

        store (y, row * width + c, value + load (positions, token * width + c));
      }
  return TRUE;
}

gboolean
persea_cpu_gather_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        const PerseaTensor *index, GError **error)
{
  size_t n_columns = persea_tensor_n_columns (y);

  for (size_t row = 0; row < persea_tensor_n_rows (y); row++)
    for (size_t c = 0; c < n_columns; c++)
      store (y, row * n_columns + c, load (x, (size_t) load (index, row) * n_columns + c));
  return TRUE;
}

gboolean
persea_cpu_store_keys (PerseaDevice *device, PerseaTensor *cache, const PerseaTensor *x,
                       size_t x_stride, const PerseaTensor *places, GError **error)
{
  size_t n_heads = cache->shape[1], capacity = cache->shape[2], head_dim = cache->shape[3] / 2;

  for (size_t row = 0; row < persea_tensor_n_elements (places); row++)
    for (size_t c = 0; c < 2 * n_heads * head_dim; c++)
      {
        size_t place = load (places, row), part = c / (n_heads * head_dim);
        size_t head = place / capacity * n_heads + c / head_dim % n_heads;
        size_t pair = head * capacity + place % capacity;

        store (cache, (pair * 2 + part) * head_dim + c % head_dim, load (x, row * x_stride + c));
      }
  return TRUE;
}

gboolean
persea_cpu_glu (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                PerseaActivation activation, GError **error)
{
  size_t n_columns = persea_tensor_n_columns (y);

  for (size_t row = 0; row < persea_tensor_n_rows (y); row++)
    for (size_t c = 0; c < n_columns; c++)
      store (y, row * n_columns + c,
             activate (activation, load (x, row * 2 * n_columns + c))
               * load (x, (row * 2 + 1) * n_columns + c));
  return TRUE;
}

gboolean
persea_cpu_mean_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  size_t n_cells = x->shape[1], width = x->shape[2];

  for (size_t i = 0; i < x->shape[0] * width; i++)
    {
      double sum = 0;

      for (size_t cell = 0; cell < n_cells; cell++)
        sum += load (x, (i / width * n_cells + cell) * width + i % width);
      store (y, i, sum / n_cells);
    }
  return TRUE;
}

gboolean
persea_cpu_average_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                         unsigned size, GError **error)
{
  size_t channels = y->shape[3];

  for (size_t i = 0; i < persea_tensor_n_elements (y); i++)
    {
      size_t pixel = i / channels, out_x = pixel % y->shape[2];
      size_t out_y = pixel / y->shape[2] % y->shape[1];
      size_t picture = pixel / y->shape[2] / y->shape[1];
      double sum = 0;

      for (size_t cell = 0; cell < (size_t) size * size; cell++)
        {
          size_t in_y = out_y * size + cell / size, in_x = out_x * size + cell % size;

          sum += load (x, ((picture * x->shape[1] + in_y) * x->shape[2] + in_x) * channels
                            + i % channels);
        }
      store (y, i, sum / (size * size));
    }
  return TRUE;
}

gboolean
persea_cpu_channels_last (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                          GError **error)
{
  size_t channels = x->shape[1], n_pixels = x->shape[2] * x->shape[3];

  for (size_t i = 0; i < persea_tensor_n_elements (y); i++)
    {
      size_t channel = i % channels, pixel = i / channels % n_pixels;
      size_t picture = i / channels / n_pixels;

      store (y, i, load (x, (picture * channels + channel) * n_pixels + pixel));
    }
  return TRUE;
}

/* one group of one picture */
static void
group_norm_group (PerseaTensor *y, const PerseaTensor *x, const PerseaTensor *weight,
                  const PerseaTensor *bias, size_t picture, size_t first, size_t n_channels,
                  float eps, PerseaActivation activation)
{
  size_t n_pixels = x->shape[1] * x->shape[2], channels = x->shape[3];
  size_t n = n_pixels * n_channels;
  double mean = 0, variance = 0;

  for (size_t i = 0; i < n; i++)
    mean += load (x, (picture * n_pixels + i / n_channels) * channels + first + i % n_channels) / n;
  for (size_t i = 0; i < n; i++)
    variance += pow (load (x, (picture * n_pixels + i / n_channels) * channels + first
                                + i % n_channels) - mean, 2) / n;
  for (size_t i = 0; i < n; i++)
    {
      size_t channel = first + i % n_channels;
      size_t at = (picture * n_pixels + i / n_channels) * channels + channel;
      double value = (load (x, at) - mean) / sqrt (variance + eps) * load (weight, channel)
                     + load (bias, channel);

      store (y, at, activate (activation, value));
    }
}

gboolean
persea_cpu_group_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                       const PerseaTensor *weight, const PerseaTensor *bias, unsigned n_groups,
                       float eps, PerseaActivation activation, GError **error)
{
  size_t n_channels = x->shape[3] / n_groups;

  for (size_t i = 0; i < x->shape[0] * n_groups; i++)
    group_norm_group (y, x, weight, bias, i / n_groups, i % n_groups * n_channels, n_channels, eps,
                      activation);
  return TRUE;
}

gboolean
persea_cpu_max_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, unsigned size,
                     GError **error)
{
  size_t channels = y->shape[3];

  for (size_t i = 0; i < persea_tensor_n_elements (y); i++)
    {
      size_t pixel = i / channels, out_x = pixel % y->shape[2];
      size_t out_y = pixel / y->shape[2] % y->shape[1];
      size_t picture = pixel / y->shape[2] / y->shape[1];
      double highest = -INFINITY;

      for (size_t cell = 0; cell < (size_t) size * size; cell++)
        {
          size_t in_y = out_y * size + cell / size, in_x = out_x * size + cell % size;

          highest = fmax (highest, load (x, ((picture * x->shape[1] + in_y) * x->shape[2] + in_x)
                                              * channels + i % channels));
        }
      store (y, i, highest);
    }
  return TRUE;
}

gboolean
persea_cpu_upsample (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  size_t channels = y->shape[3];

  for (size_t i = 0; i < persea_tensor_n_elements (y); i++)
    {
      size_t pixel = i / channels, row = pixel / y->shape[2] / 2, column = pixel % y->shape[2] / 2;

      store (y, i, load (x, (row * x->shape[2] + column) * channels + i % channels));
    }
  return TRUE;
}

gboolean
persea_cpu_activate (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                     PerseaActivation activation, GError **error)
{
  for (size_t i = 0; i < persea_tensor_n_elements (y); i++)
    store (y, i, activate (activation, load (x, i)));
  return TRUE;
}

gboolean
persea_cpu_arg_max (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  size_t n_columns = persea_tensor_n_columns (x);
  int32_t *columns = tensor_data (y);

  for (size_t row = 0; row < persea_tensor_n_rows (x); row++)
    {
      double highest = -INFINITY;

      columns[row] = 0;
      for (size_t c = 0; c < n_columns; c++)
        if (load (x, row * n_columns + c) > highest)
          {
            highest = load (x, row * n_columns + c);
            columns[row] = c;
          }
    }
  return TRUE;
}

gboolean
persea_cpu_convert (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  for (size_t i = 0; i < persea_tensor_n_elements (y); i++)
    store (y, i, load (x, i));
  return TRUE;
}
