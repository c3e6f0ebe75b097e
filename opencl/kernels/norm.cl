/* norm.cl - layer normalisation, on any device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * y = (x - mean) / sqrt (variance + eps) · weight + bias, for each row; the variance is the mean of
 * the squared differences (Ba et al. 2016; torch.nn.LayerNorm), taken in a second sweep so that
 * large means cost no digits.
 * x, weight, bias f32; y f32 or bf16.  One work-group of 64 makes one row: global size [64, rows].
 */
#include "common.clh"

#define SIZE 64

static inline float
group_sum (float value, local float *scratch)
{
  int id = get_local_id (0);

  scratch[id] = value;
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int half_size = SIZE / 2; half_size > 0; half_size /= 2)
    {
      if (id < half_size)
        scratch[id] += scratch[id + half_size];
      barrier (CLK_LOCAL_MEM_FENCE);
    }
  float sum = scratch[0];
  barrier (CLK_LOCAL_MEM_FENCE);
  return sum;
}

__attribute__ ((reqd_work_group_size (SIZE, 1, 1))) kernel void
layer_norm (global void *y, ulong y_offset, int y_type,
            global const float *x, ulong x_offset,
            global const float *weight, ulong weight_offset,
            global const float *bias, ulong bias_offset,
            int width, float eps)
{
  local float scratch[SIZE];
  int id = get_local_id (0);
  ulong row = get_global_id (1);

  x += x_offset + row * width;
  weight += weight_offset;
  bias += bias_offset;

  float sum = 0.0f;
  for (int i = id; i < width; i += SIZE)
    sum += x[i];
  float mean = group_sum (sum, scratch) / width;

  float squares = 0.0f;
  for (int i = id; i < width; i += SIZE)
    squares += (x[i] - mean) * (x[i] - mean);
  float scale = 1.0f / sqrt (group_sum (squares, scratch) / width + eps);

  for (int i = id; i < width; i += SIZE)
    write_element (y, y_offset + row * width + i, y_type,
                   (x[i] - mean) * scale * weight[i] + bias[i]);
}
