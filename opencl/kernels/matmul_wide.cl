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
 * A work-item makes @n_run tiles, one behind the other, of up to 6 rows × 16 · VECTORS outputs.
 * Global size [items of a block, ceil (n / (16 · VECTORS)), blocks]: the items of a block share its
 * rows of x, those that follow each other share a panel, so both stay in caches.
 */
#include "tile_wide.clh"

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
matmul (global void *y, ulong y_offset, int y_type,
        global const void *x, ulong x_offset,
        global const void *w, ulong w_offset,
        global const float *bias, ulong bias_offset,
        global const void *residual, ulong residual_offset, int residual_type,
        int activation, int activation_last,
        int rows, int k, int n, int n_tiles, int max_height, int n_run)
{
  int tile = (get_global_id (2) * get_global_size (0) + get_global_id (0)) * n_run;
  int end = min (tile + n_run, n_tiles);
  int column = get_global_id (1) * COLUMNS;
  ulong groups = (k + GROUP_SIZE - 1) / GROUP_SIZE;
  ulong w_start = w_offset / GROUP_SIZE + column / PANEL * groups * PANEL + column % PANEL;
  int whole = k / GROUP_SIZE * GROUP_SIZE;
  Output out = { y, y_offset, y_type, bias ? bias + bias_offset : bias, residual, residual_offset,
                 residual_type, activation, activation_last, n };

  for (; tile < end; tile++)
    {
      float16 sums[MAX_HEIGHT * VECTORS];
      global const Element *x_rows[MAX_HEIGHT];
      int height = max_height;
      int row;

      tile_place (tile, n_tiles, rows, &height, &row);
      for (int i = 0; i < MAX_HEIGHT; i++)
        x_rows[i] = (global const Element *) x + x_offset + (ulong) (row + min (i, height - 1)) * k;
      /* the first tiles of a panel fetch the next one, a part each, while they have this one */
      ulong ahead = tile < PANEL_LINES ? groups * (PANEL * GROUP_BYTES + LINE * tile) : 0;
      multiply (height, sums, 1, x_rows, w, w_start, w_start * GROUP_BYTES + ahead, 1, whole);
#if DOT
      if (whole < k)
        multiply_last (height, sums, x_rows, whole, w, w_start + (groups - 1) * PANEL);
#endif
      write_tile (&out, sums, height, row, column);
    }
}
