/* norm.cl - layer normalisation, on any device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * y = (x - mean) / sqrt (variance + eps) · weight + bias, for each row; the variance is the mean of
 * the squared differences (Ba et al. 2016; torch.nn.LayerNorm), taken in a second sweep so that
 * large means cost no digits.
 * x, h, weight, bias f32; y f32 or bf16.  One work-group of 64 makes one row: global size [64, rows].
 */
#include "common.clh"

#define SIZE 64
#define GROUP __attribute__ ((reqd_work_group_size (SIZE, 1, 1)))

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

/* the row's mean, and what brings its deviation to 1 */
static inline float2
row_statistics (global const float *x, int width, float eps, local float *scratch)
{
  int id = get_local_id (0);
  float sum = 0.0f;
  float squares = 0.0f;

  for (int i = id; i < width; i += SIZE)
    sum += x[i];
  float mean = group_sum (sum, scratch) / width;

  for (int i = id; i < width; i += SIZE)
    squares += (x[i] - mean) * (x[i] - mean);
  return (float2) (mean, 1.0f / sqrt (group_sum (squares, scratch) / width + eps));
}

GROUP kernel void
layer_norm (global void *y, ulong y_offset, int y_type,
            global const float *x, ulong x_offset,
            global const float *weight, ulong weight_offset,
            global const float *bias, ulong bias_offset, float eps,
            int width)
{
  local float scratch[SIZE];
  ulong row = get_global_id (1);

  x += x_offset + row * width;
  weight += weight_offset;
  bias += bias_offset;

  float2 s = row_statistics (x, width, eps, scratch);
  for (int i = get_local_id (0); i < width; i += SIZE)
    write_element (y, y_offset + row * width + i, y_type, (x[i] - s.x) * s.y * weight[i] + bias[i]);
}

/* x += the norm of h, y = the norm of x */
GROUP kernel void
residual_norm (global void *y, ulong y_offset, int y_type,
               global float *x, ulong x_offset,
               global const float *h, ulong h_offset,
               global const float *inner_weight, ulong inner_weight_offset,
               global const float *inner_bias, ulong inner_bias_offset, float inner_eps,
               global const float *weight, ulong weight_offset,
               global const float *bias, ulong bias_offset, float eps,
               int width)
{
  local float scratch[SIZE];
  ulong row = get_global_id (1);

  x += x_offset + row * width;
  h += h_offset + row * width;
  inner_weight += inner_weight_offset;
  inner_bias += inner_bias_offset;
  weight += weight_offset;
  bias += bias_offset;

  float2 s = row_statistics (h, width, inner_eps, scratch);
  for (int i = get_local_id (0); i < width; i += SIZE) /* each item's own ones, here and below */
    x[i] += (h[i] - s.x) * s.y * inner_weight[i] + inner_bias[i];

  s = row_statistics (x, width, eps, scratch);
  for (int i = get_local_id (0); i < width; i += SIZE)
    write_element (y, y_offset + row * width + i, y_type, (x[i] - s.x) * s.y * weight[i] + bias[i]);
}
