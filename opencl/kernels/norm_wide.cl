/* norm_wide.cl - layer normalisation in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formula, shapes and types are those of norm.cl.  One work-item makes @block rows: global size
 * [ceil (rows / block)].
 */
#include "wide.clh"

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

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
layer_norm (global void *y, ulong y_offset, int y_type,
            global const float *x, ulong x_offset,
            global const float *weight, ulong weight_offset,
            global const float *bias, ulong bias_offset,
            int width, float eps, int block, int rows)
{
  int first = get_global_id (0) * block;

  weight += weight_offset;
  bias += bias_offset;
  for (int row = first; row < min (first + block, rows); row++)
    {
      global const float *x_row = x + x_offset + (ulong) row * width;
      ulong to = y_offset + (ulong) row * width;
      float mean = row_mean (x_row, width);
      float scale = 1.0f / sqrt (row_variance (x_row, width, mean) + eps);
      int i = 0;

      for (; i + 16 <= width; i += 16)
        write16 (y, to + i, y_type,
                 fma ((vload16 (0, x_row + i) - mean) * scale, vload16 (0, weight + i),
                      vload16 (0, bias + i)));
      for (; i < width; i++)
        write_element (y, to + i, y_type, (x_row[i] - mean) * scale * weight[i] + bias[i]);
    }
}
