/* matmul.cl - matrix product and convolution with tiles in local memory, on any device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * matmul: y [rows, n] = activation (x [rows, k] · wᵀ + bias) + residual.
 * conv2d: the same product, the rows of x being windows of a picture that are never written down:
 * row = output pixel, k = [kernel_y, kernel_x, channel]; outside of the picture there are zeros.
 * w is packed [n / 64][k][64] in WEIGHT_TYPE (F32, F16, BF16), x in X_TYPE (F32, BF16), bias f32,
 * residual and y in a type given as an argument.  Sums in f32, in the order of k.
 *
 * A work-group of 16 × 16 makes a tile of 64 rows × 64 outputs, each item 4 × 4 of them; slices of
 * 16 along k of both sides are staged in 8 KiB of local memory.
 * Global size [16 · panels, 16 · ceil (rows / 64)].
 */
#include "common.clh"

#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE F32
#endif
#ifndef X_TYPE
#define X_TYPE F32
#endif

#define PANEL 64
#define TILE 64
#define DEPTH 16
#define EDGE 16 /* of the work-group */

#define GROUP __attribute__ ((reqd_work_group_size (EDGE, EDGE, 1)))

typedef struct
{
  global void *y;
  ulong y_offset;
  int y_type;
  global const float *bias; /* or NULL */
  global const void *residual; /* or NULL */
  ulong residual_offset;
  int residual_type;
  int activation;
  int activation_last;
  int rows;
  int n;
  int step;      /* 2: row r is written to every other pixel of every other row of y */
  int phase;     /* 2 · its first row + its first column */
  int out_width; /* of the rows, in windows */
} Output;

static inline void
write_output (const Output *out, int row, int column, float sum)
{
  if (row >= out->rows || column >= out->n)
    return;

  ulong i = (ulong) row * out->n + column;
  if (out->step == 2)
    i = ((ulong) (2 * (row / out->out_width) + out->phase / 2) * 2 * out->out_width
         + 2 * (row % out->out_width) + out->phase % 2) * out->n + column;
  if (out->bias)
    sum += out->bias[column];
  if (!out->activation_last)
    sum = activate (sum, out->activation);
  if (out->residual)
    sum += read_element (out->residual, out->residual_offset + i, out->residual_type);
  if (out->activation_last)
    sum = activate (sum, out->activation);
  write_element (out->y, out->y_offset + i, out->y_type, sum);
}

/* the slice of w: [DEPTH][PANEL] */
static inline void
stage_weights (local float *b, global const void *w, ulong w_offset, int k, int k0)
{
  int id = get_local_id (1) * EDGE + get_local_id (0);

  for (int i = id; i < DEPTH * PANEL; i += EDGE * EDGE)
    b[i] = k0 + i / PANEL < k
      ? read_element (w, w_offset + ((ulong) get_group_id (0) * k + k0) * PANEL + i, WEIGHT_TYPE)
      : 0.0f;
}

static inline void
multiply_slices (float sums[4][4], local const float *a, local const float *b)
{
  int column = get_local_id (0);
  int row = get_local_id (1);

  for (int depth = 0; depth < DEPTH; depth++)
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++)
        sums[i][j] = fma (a[depth * TILE + row + EDGE * i], b[depth * PANEL + column + EDGE * j],
                          sums[i][j]);
}

static inline void
write_tile (const Output *out, float sums[4][4])
{
  int column = get_group_id (0) * PANEL + get_local_id (0);
  int row = get_group_id (1) * TILE + get_local_id (1);

  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      write_output (out, row + EDGE * i, column + EDGE * j, sums[i][j]);
}

GROUP kernel void
matmul (global void *y, ulong y_offset, int y_type,
        global const void *x, ulong x_offset,
        global const void *w, ulong w_offset,
        global const float *bias, ulong bias_offset,
        global const void *residual, ulong residual_offset, int residual_type,
        int activation, int activation_last,
        int rows, int k, int n)
{
  local float a[DEPTH * TILE];
  local float b[DEPTH * PANEL];
  float sums[4][4] = { { 0.0f } };
  int id = get_local_id (1) * EDGE + get_local_id (0);
  int row0 = get_group_id (1) * TILE;

  for (int k0 = 0; k0 < k; k0 += DEPTH)
    {
      for (int i = id; i < DEPTH * TILE; i += EDGE * EDGE)
        {
          int row = row0 + i / DEPTH;
          int kk = k0 + i % DEPTH;
          a[i % DEPTH * TILE + i / DEPTH] = row < rows && kk < k
            ? read_element (x, x_offset + (ulong) row * k + kk, X_TYPE)
            : 0.0f;
        }
      stage_weights (b, w, w_offset, k, k0);
      barrier (CLK_LOCAL_MEM_FENCE);
      multiply_slices (sums, a, b);
      barrier (CLK_LOCAL_MEM_FENCE);
    }

  Output out = { y, y_offset, y_type, bias ? bias + bias_offset : bias, residual, residual_offset,
                 residual_type, activation, activation_last, rows, n, 1 };
  write_tile (&out, sums);
}

/* height, width: of x; out_height, out_width: of y; rows = pictures · out_height · out_width */
GROUP kernel void
conv2d (global void *y, ulong y_offset, int y_type,
        global const void *x, ulong x_offset,
        global const void *w, ulong w_offset,
        global const float *bias, ulong bias_offset,
        global const void *residual, ulong residual_offset, int residual_type,
        int activation, int activation_last,
        int height, int width, int channels, int out_height, int out_width,
        int kernel_size, int stride, int padding_top, int padding_left, int upsample,
        int step, int phase,
        int rows, int k, int n)
{
  local float a[DEPTH * TILE];
  local float b[DEPTH * PANEL];
  float sums[4][4] = { { 0.0f } };
  int id = get_local_id (1) * EDGE + get_local_id (0);
  int row0 = get_group_id (1) * TILE;

  for (int k0 = 0; k0 < k; k0 += DEPTH)
    {
      for (int i = id; i < DEPTH * TILE; i += EDGE * EDGE)
        {
          int row = row0 + i / DEPTH;
          int kk = k0 + i % DEPTH;
          int picture = row / (out_height * out_width);
          int in_y = row / out_width % out_height * stride - padding_top
                     + kk / channels / kernel_size;
          int in_x = row % out_width * stride - padding_left + kk / channels % kernel_size;
          int inside = row < rows && kk < k && in_y >= 0 && in_x >= 0
                       && in_y < height * upsample && in_x < width * upsample;
          ulong from = (((ulong) picture * height + in_y / upsample) * width + in_x / upsample)
                         * channels + kk % channels;
          a[i % DEPTH * TILE + i / DEPTH] = inside ? read_element (x, x_offset + from, X_TYPE)
                                                   : 0.0f;
        }
      stage_weights (b, w, w_offset, k, k0);
      barrier (CLK_LOCAL_MEM_FENCE);
      multiply_slices (sums, a, b);
      barrier (CLK_LOCAL_MEM_FENCE);
    }

  Output out = { y, y_offset, y_type, bias ? bias + bias_offset : bias, residual, residual_offset,
                 residual_type, activation, activation_last, rows, n, step, phase, out_width };
  write_tile (&out, sums);
}
