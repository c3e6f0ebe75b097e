/* matmul_wide.cl - matrix product with tiles in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * y [rows, n] = activation (x [rows, k] · wᵀ + bias) + residual.
 * w is packed [n / 64][k / g][64][g]: g is 1 and elements of WEIGHT_TYPE are widened, x f32; or, with
 * DOT, g is 2, w and x are bf16.  bias f32, residual f32, y f32 or bf16.  Sums in f32, in the order
 * of k.
 *
 * A work-item makes a tile of up to 6 rows × 16 · VECTORS outputs.  Global size [tiles of a block,
 * ceil (n / (16 · VECTORS)), blocks]: the items of a block share its rows of x, those that follow
 * each other share a panel, so both stay in caches.
 */
#include "tile_wide.clh"

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
matmul (global void *y, ulong y_offset, int y_type,
        global const void *x, ulong x_offset,
        global const void *w, ulong w_offset,
        global const float *bias, ulong bias_offset,
        global const void *residual, ulong residual_offset, int residual_type,
        int activation, int activation_last,
        int rows, int k, int n, int n_tiles, int height)
{
  int tile = get_global_id (2) * get_global_size (0) + get_global_id (0);
  int column = get_global_id (1) * COLUMNS;
  int row;

  if (tile >= n_tiles)
    return;
  tile_place (tile, n_tiles, rows, &height, &row);

  float16 sums[MAX_HEIGHT * VECTORS];
  global const Element *x_rows[MAX_HEIGHT];
  for (int i = 0; i < MAX_HEIGHT * VECTORS; i++)
    sums[i] = (float16) (0.0f);
  for (int i = 0; i < MAX_HEIGHT; i++)
    x_rows[i] = (global const Element *) x + x_offset + (ulong) (row + min (i, height - 1)) * k;

  ulong groups = (k + GROUP_SIZE - 1) / GROUP_SIZE;
  ulong w_start = w_offset / GROUP_SIZE + column / PANEL * groups * PANEL + column % PANEL;
  int whole = k / GROUP_SIZE * GROUP_SIZE;
  multiply (height, sums, x_rows, w, w_start, whole);

#if DOT
  if (whole < k)
    multiply_last (height, sums, x_rows, whole, w, w_start + (ulong) whole / GROUP_SIZE * PANEL);
#endif

  Output out = { y, y_offset, y_type, bias ? bias + bias_offset : bias, residual, residual_offset,
                 residual_type, activation, activation_last, n };
  write_tile (&out, sums, height, row, column);
}
