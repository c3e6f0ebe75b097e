/* norm_wide.cl - layer normalisation in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formula, shapes and types are those of norm.cl.  One work-item makes @block rows: global size
 * [ceil (rows / block)].
 */
#include "wide.clh"

#define ITEM __attribute__ ((reqd_work_group_size (1, 1, 1)))

static inline float
row_mean (global const float *x, int width)
{
  float16 sum = (float16) (0.0f);
  float rest = 0.0f;
  int i = 0;

  for (; i + 16 <= width; i += 16)
    sum += vload16 (0, x + i);
  for (; i < width; i++)
    rest += x[i];
  return (total16 (sum) + rest) / width;
}

static inline float
row_variance (global const float *x, int width, float mean)
{
  float16 sum = (float16) (0.0f);
  float rest = 0.0f;
  int i = 0;

  for (; i + 16 <= width; i += 16)
    {
      float16 difference = vload16 (0, x + i) - mean;
      sum = fma (difference, difference, sum);
    }
  for (; i < width; i++)
    rest += (x[i] - mean) * (x[i] - mean);
  return (total16 (sum) + rest) / width;
}

typedef struct
{
  global const float *weight;
  global const float *bias;
  float eps;
} Norm;

/* y = the norm of the row x, or, if @add, y (f32) += the norm */
static inline __attribute__ ((always_inline)) void
norm_row (const Norm *norm, global void *y, ulong to, int y_type, int add, global const float *x,
          int width)
{
  float mean = row_mean (x, width);
  float scale = 1.0f / sqrt (row_variance (x, width, mean) + norm->eps);
  int i = 0;

  for (; i + 16 <= width; i += 16)
    {
      float16 value = fma ((vload16 (0, x + i) - mean) * scale, vload16 (0, norm->weight + i),
                           vload16 (0, norm->bias + i));
      write16 (y, to + i, y_type, add ? read16 (y, to + i, F32) + value : value);
    }
  for (; i < width; i++)
    {
      float value = (x[i] - mean) * scale * norm->weight[i] + norm->bias[i];
      write_element (y, to + i, y_type, add ? read_element (y, to + i, F32) + value : value);
    }
}

ITEM kernel void
layer_norm (global void *y, ulong y_offset, int y_type,
            global const float *x, ulong x_offset,
            global const float *weight, ulong weight_offset,
            global const float *bias, ulong bias_offset, float eps,
            int width, int block, int rows)
{
  int first = get_global_id (0) * block;
  Norm norm = { weight + weight_offset, bias + bias_offset, eps };

  for (int row = first; row < min (first + block, rows); row++)
    norm_row (&norm, y, y_offset + (ulong) row * width, y_type, 0,
              x + x_offset + (ulong) row * width, width);
}

/* x += the norm of h, y = the norm of x */
ITEM kernel void
residual_norm (global void *y, ulong y_offset, int y_type,
               global float *x, ulong x_offset,
               global const float *h, ulong h_offset,
               global const float *inner_weight, ulong inner_weight_offset,
               global const float *inner_bias, ulong inner_bias_offset, float inner_eps,
               global const float *weight, ulong weight_offset,
               global const float *bias, ulong bias_offset, float eps,
               int width, int block, int rows)
{
  int first = get_global_id (0) * block;
  Norm inner = { inner_weight + inner_weight_offset, inner_bias + inner_bias_offset, inner_eps };
  Norm outer = { weight + weight_offset, bias + bias_offset, eps };

  for (int row = first; row < min (first + block, rows); row++)
    {
      ulong start = (ulong) row * width;

      norm_row (&inner, x, x_offset + start, F32, 1, h + h_offset + start, width);
      norm_row (&outer, y, y_offset + start, y_type, 0, x + x_offset + start, width);
    }
}
