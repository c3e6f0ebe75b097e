/* pictures_wide.cl - group norm, pools and their like in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formulas, shapes and types are those of pictures.cl, whose group_scales they share; channels
 * are a multiple of 16.  x is in X_TYPE (F32, BF16), y in Y_TYPE.
 */
#include "wide.clh"

#ifndef X_TYPE
#define X_TYPE F32
#endif
#ifndef Y_TYPE
#define Y_TYPE F32
#endif

#define GROUP __attribute__ ((reqd_work_group_size (1, 1, 1)))

#define LANES 2 /* vectors of channels that are summed side by side */

/* the moments of 16 · vectors channels of a chunk */
static inline __attribute__ ((always_inline)) void
chunk_moments (int vectors, global float *moments, global const void *x, ulong from, int channels,
               int count)
{
  float16 sums[LANES], means[LANES];

#pragma unroll
  for (int j = 0; j < vectors; j++)
    sums[j] = (float16) (0.0f);
  for (int i = 0; i < count; i++)
#pragma unroll
    for (int j = 0; j < vectors; j++)
      sums[j] += read16 (x, from + (ulong) i * channels + 16 * j, X_TYPE);
#pragma unroll
  for (int j = 0; j < vectors; j++)
    {
      means[j] = sums[j] / count;
      sums[j] = (float16) (0.0f);
    }
  for (int i = 0; i < count; i++)
#pragma unroll
    for (int j = 0; j < vectors; j++)
      {
        float16 difference = read16 (x, from + (ulong) i * channels + 16 * j, X_TYPE) - means[j];
        sums[j] = fma (difference, difference, sums[j]);
      }
#pragma unroll
  for (int j = 0; j < vectors; j++)
    {
      vstore16 (means[j], j, moments);
      vstore16 (sums[j], j, moments + channels);
    }
}

/* One work-item makes a chunk: global size [chunks, n] */
GROUP kernel void
group_moments (global float *moments,
               global const void *x, ulong x_offset,
               int channels, int cells, int chunk)
{
  int first = get_global_id (0) * chunk;
  ulong n = get_global_id (1);
  int count = min (chunk, cells - first);
  ulong from = x_offset + (n * cells + first) * channels;
  int channel = 0;

  moments += (n * get_global_size (0) + get_global_id (0)) * 2 * channels;
  for (; channel + 16 * LANES <= channels; channel += 16 * LANES)
    chunk_moments (LANES, moments + channel, x, from + channel, channels, count);
  if (channel < channels)
    chunk_moments (1, moments + channel, x, from + channel, channels, count);
}

static inline __attribute__ ((always_inline)) void
apply (global void *y, ulong to, global const void *x, ulong from, global const float *scales,
       global const float *bias, int channels, int count, int activation)
{
  for (int i = 0; i < count; i++)
    for (int c = 0; c < channels; c += 16)
      {
        ulong at = (ulong) i * channels + c;
        float16 value = fma (read16 (x, from + at, X_TYPE) - vload16 (0, scales + c),
                             vload16 (0, scales + channels + c), vload16 (0, bias + c));
        write16 (y, to + at, Y_TYPE, activate16 (value, activation));
      }
}

/* One work-item makes @chunk cells: global size [chunks, n] */
GROUP kernel void
group_norm (global void *y, ulong y_offset,
            global const void *x, ulong x_offset,
            global const float *scales,
            global const float *bias, ulong bias_offset,
            int channels, int cells, int activation, int chunk)
{
  int first = get_global_id (0) * chunk;
  ulong n = get_global_id (1);
  int count = min (chunk, cells - first);
  ulong at = (n * cells + first) * channels;

  scales += n * 2 * channels;
  bias += bias_offset;
  if (activation == ACTIVATION_SILU)
    apply (y, y_offset + at, x, x_offset + at, scales, bias, channels, count, ACTIVATION_SILU);
  else if (activation == ACTIVATION_NONE)
    apply (y, y_offset + at, x, x_offset + at, scales, bias, channels, count, ACTIVATION_NONE);
  else
    apply (y, y_offset + at, x, x_offset + at, scales, bias, channels, count, activation);
}

/* One work-item makes a row of output cells: global size [out_height, n] */
GROUP kernel void
max_pool (global void *y, ulong y_offset,
          global const void *x, ulong x_offset,
          int size, int out_width, int channels, int height, int width)
{
  int row = get_global_id (0);
  ulong n = get_global_id (1);
  ulong to = y_offset + (n * get_global_size (0) + row) * out_width * channels;
  ulong from = x_offset + (n * height + (ulong) row * size) * width * channels;

  for (int cell = 0; cell < out_width; cell++)
    for (int c = 0; c < channels; c += 16)
      {
        float16 highest = (float16) (-INFINITY);
        for (int in_y = 0; in_y < size; in_y++)
          for (int in_x = 0; in_x < size; in_x++)
            highest = higher16 (read16 (x, from + ((ulong) in_y * width + cell * size + in_x)
                                                    * channels + c, X_TYPE), highest);
        write16 (y, to + (ulong) cell * channels + c, Y_TYPE, highest);
      }
}

/* One work-item makes a row of output cells: global size [2 · height, n] */
GROUP kernel void
upsample_cells (global void *y, ulong y_offset,
                global const void *x, ulong x_offset,
                int channels, int height, int width)
{
  int row = get_global_id (0);
  ulong n = get_global_id (1);
  ulong to = y_offset + (n * get_global_size (0) + row) * 2 * width * channels;
  ulong from = x_offset + (n * height + row / 2) * width * channels;

  for (int cell = 0; cell < 2 * width; cell++)
    for (int c = 0; c < channels; c += 16)
      write16 (y, to + (ulong) cell * channels + c, Y_TYPE,
               read16 (x, from + (ulong) (cell / 2) * channels + c, X_TYPE));
}

/* One work-item makes 16 · @block elements: global size [blocks].  What does not fill a vector at the
 * end is made one by one. */
GROUP kernel void
activate_elements (global void *y, ulong y_offset,
                   global const void *x, ulong x_offset,
                   int activation, int block, ulong n)
{
  ulong i = (ulong) get_global_id (0) * block * 16;
  ulong end = min (i + (ulong) block * 16, n);

  for (; i + 16 <= end; i += 16)
    write16 (y, y_offset + i, Y_TYPE, activate16 (read16 (x, x_offset + i, X_TYPE), activation));
  for (; i < end; i++)
    write_element (y, y_offset + i, Y_TYPE,
                   activate (read_element (x, x_offset + i, X_TYPE), activation));
}

/* One work-item makes a row: global size [rows] */
GROUP kernel void
arg_max (global int *y, ulong y_offset,
         global const float *x, ulong x_offset,
         int width)
{
  ulong row = get_global_id (0);
  float16 highest = (float16) (-INFINITY);
  int16 columns = (int16) (0);
  int16 here = (int16) (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  int i = 0;

  x += x_offset + row * width;
  for (; i + 16 <= width; i += 16, here += 16)
    {
      float16 values = vload16 (0, x + i);
      int16 better = values > highest;
      highest = better ? values : highest;
      columns = better ? here : columns;
    }

  float lanes[16], best = -INFINITY;
  int lane_columns[16], column = 0;
  vstore16 (highest, 0, lanes);
  vstore16 (columns, 0, lane_columns);
  for (int lane = 0; lane < 16; lane++)
    if (lanes[lane] > best || (lanes[lane] == best && best > -INFINITY
                               && lane_columns[lane] < column))
      {
        best = lanes[lane];
        column = lane_columns[lane];
      }
  for (; i < width; i++)
    if (x[i] > best)
      {
        best = x[i];
        column = i;
      }
  y[y_offset + row] = column;
}
