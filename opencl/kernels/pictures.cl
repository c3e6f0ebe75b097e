/* pictures.cl - operations on pictures and their cells: group norm, pools, upsampling, largest column
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Formulas and shapes: core/persea-ops-pictures.c, under the same names; pictures are
 * [n, height, width, channels], cells = height · width.  Each tensor comes as its buffer and the
 * offset of its first element, and a type (F32, BF16).  Arithmetic and sums in f32, in an order that
 * does not depend on the device.
 *
 * Group norm has three steps.  group_moments: the mean of each channel in each chunk of @chunk cells,
 * and the sum of the squared differences from it (two sweeps, so that large means cost no digits).
 * group_scales: from these, the mean of each channel's group, and its weight divided by the
 * deviation (Chan, Golub and LeVeque, 1979).  group_norm: applies them.
 */
#include "common.clh"

#define SIZE 64
#define GROUP __attribute__ ((reqd_work_group_size (SIZE, 1, 1)))

/* moments [n, chunks, 2, channels].  One work-item for each channel of a chunk: global size
 * [channels rounded up to 64, chunks, n] */
GROUP kernel void
group_moments (global float *moments,
               global const void *x, ulong x_offset, int x_type,
               int channels, int cells, int chunk)
{
  int channel = get_global_id (0);
  int first = get_global_id (1) * chunk;
  ulong n = get_global_id (2);
  int count = min (chunk, cells - first);
  ulong from = x_offset + (n * cells + first) * channels + channel;

  if (channel >= channels)
    return;

  float sum = 0.0f;
  for (int i = 0; i < count; i++)
    sum += read_element (x, from + (ulong) i * channels, x_type);
  float mean = sum / count;

  float squares = 0.0f;
  for (int i = 0; i < count; i++)
    {
      float difference = read_element (x, from + (ulong) i * channels, x_type) - mean;
      squares = fma (difference, difference, squares);
    }

  ulong to = (n * get_global_size (1) + get_global_id (1)) * 2 * channels + channel;
  moments[to] = mean;
  moments[to + channels] = squares;
}

/* scales [n, 2, channels]: mean, and weight / deviation.  One work-item for each group of a picture:
 * global size [groups, n] */
kernel void
group_scales (global float *scales, global const float *moments,
              global const float *weight, ulong weight_offset,
              int channels, int cells, int chunk, float eps)
{
  int group_size = channels / get_global_size (0);
  int first = get_global_id (0) * group_size;
  ulong n = get_global_id (1);
  int n_chunks = (cells + chunk - 1) / chunk;

  moments += n * n_chunks * 2 * channels;
  scales += n * 2 * channels;

  float sum = 0.0f;
  for (int i = 0; i < n_chunks; i++)
    {
      float part = 0.0f;
      for (int c = first; c < first + group_size; c++)
        part += moments[i * 2 * channels + c];
      sum += part * min (chunk, cells - i * chunk);
    }
  float mean = sum / ((float) cells * group_size);

  float squares = 0.0f;
  for (int i = 0; i < n_chunks; i++)
    {
      float inside = 0.0f, between = 0.0f;
      for (int c = first; c < first + group_size; c++)
        {
          float difference = moments[i * 2 * channels + c] - mean;
          between = fma (difference, difference, between);
          inside += moments[(i * 2 + 1) * channels + c];
        }
      squares += fma (between, (float) min (chunk, cells - i * chunk), inside);
    }
  float scale = 1.0f / sqrt (squares / ((float) cells * group_size) + eps);

  for (int c = first; c < first + group_size; c++)
    {
      scales[c] = mean;
      scales[channels + c] = scale * weight[weight_offset + c];
    }
}

/* One work-item for each element: global size [channels · cells rounded up to 64, n] */
GROUP kernel void
group_norm (global void *y, ulong y_offset, int y_type,
            global const void *x, ulong x_offset, int x_type,
            global const float *scales,
            global const float *bias, ulong bias_offset,
            int channels, int cells, int activation)
{
  ulong i = get_global_id (0);
  ulong n = get_global_id (1);
  ulong size = (ulong) channels * cells;

  if (i >= size)
    return;

  int channel = i % channels;
  scales += n * 2 * channels;
  float value = fma (read_element (x, x_offset + n * size + i, x_type) - scales[channel],
                     scales[channels + channel], bias[bias_offset + channel]);
  write_element (y, y_offset + n * size + i, y_type, activate (value, activation));
}

/* y [n, out_height, out_width, channels]; columns: channels, rows: output cells of a picture */
GROUP kernel void
max_pool (global void *y, ulong y_offset, int y_type,
          global const void *x, ulong x_offset, int x_type,
          int size, int out_width, int channels, int height, int width)
{
  int channel = get_global_id (0);
  int cell = get_global_id (1);
  ulong n = get_global_id (2);

  if (channel >= channels)
    return;

  int top = cell / out_width * size;
  int left = cell % out_width * size;
  float highest = -INFINITY;
  for (int in_y = top; in_y < top + size; in_y++)
    for (int in_x = left; in_x < left + size; in_x++)
      highest = fmax (highest, read_element (x, x_offset + ((n * height + in_y) * width + in_x)
                                                             * channels + channel, x_type));
  write_element (y, y_offset + (n * get_global_size (1) + cell) * channels + channel, y_type,
                 highest);
}

/* y has twice the rows and columns of x; columns: channels, rows: output cells of a picture */
GROUP kernel void
upsample_cells (global void *y, ulong y_offset, int y_type,
                global const void *x, ulong x_offset, int x_type,
                int channels, int height, int width)
{
  int channel = get_global_id (0);
  int cell = get_global_id (1);
  ulong n = get_global_id (2);

  if (channel >= channels)
    return;

  ulong from = ((n * height + cell / (2 * width) / 2) * width + cell % (2 * width) / 2) * channels;
  write_element (y, y_offset + (n * get_global_size (1) + cell) * channels + channel, y_type,
                 read_element (x, x_offset + from + channel, x_type));
}

/* y = activation (x); columns: all elements */
GROUP kernel void
activate_elements (global void *y, ulong y_offset, int y_type,
                   global const void *x, ulong x_offset, int x_type,
                   int activation, ulong n)
{
  ulong i = get_global_id (0);

  if (i < n)
    write_element (y, y_offset + i, y_type,
                   activate (read_element (x, x_offset + i, x_type), activation));
}

/* y [rows] of x [rows, width]: one work-group of 64 for each row: global size [64, rows] */
GROUP kernel void
arg_max (global int *y, ulong y_offset,
         global const float *x, ulong x_offset,
         int width)
{
  local float values[SIZE];
  local int columns[SIZE];
  int id = get_local_id (0);
  ulong row = get_global_id (1);
  float highest = -INFINITY;
  int column = 0;

  x += x_offset + row * width;
  for (int i = id; i < width; i += SIZE)
    if (x[i] > highest)
      {
        highest = x[i];
        column = i;
      }
  values[id] = highest;
  columns[id] = column;
  barrier (CLK_LOCAL_MEM_FENCE);

  if (id > 0)
    return;
  for (int i = 1; i < SIZE; i++)
    if (values[i] > highest || (values[i] == highest && values[i] > -INFINITY
                                && columns[i] < column))
      {
        highest = values[i];
        column = columns[i];
      }
  y[y_offset + row] = column;
}
