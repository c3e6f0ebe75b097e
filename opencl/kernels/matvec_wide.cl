/* matvec_wide.cl - matrix product for few rows: as fast as the matrix is read, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formula, packing and types are those of matmul_wide.cl.  A work-item makes all rows of a
 * panel's 64 outputs, so that each weight comes from memory once.  One tile of rows simply reads its
 * panel; more pass over it by blocks, and while they all have one, the next one is fetched.  That goes
 * on where the panel ends: the next panel follows it, and mostly is the next work-item's.
 * Global size [ceil (n / 64)]; at most MAX_TILES · 6 rows.
 */
#include "tile_wide.clh"

#define BLOCK (64 * 64 / PANEL) /* groups of inputs: 16 KiB, or 8 KiB in f16 */
#define MAX_TILES 6 /* the host knows this number, too */

/* Where registers are narrow, widening a weight takes a good part of the time of multiplying it by six
 * rows.  Several tiles of rows then share a block that is widened before, in the nearest cache. */
#define SHARE_BLOCKS (VECTORS == 1 && !DOT && WEIGHT_TYPE != F32)

#if SHARE_BLOCKS
MULTIPLY_ALL (multiply_widened, F32)

static __attribute__ ((noinline)) void
widen (float *out, global const void *w, ulong w_start, int k)
{
  for (int i = 0; i < k * PANEL; i += 16)
    vstore16 (read16 (w, w_start + i, WEIGHT_TYPE), 0, out + i);
}
#endif

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
matmul (global void *y, ulong y_offset, int y_type,
        global const void *x, ulong x_offset,
        global const void *w, ulong w_offset,
        global const float *bias, ulong bias_offset,
        global const void *residual, ulong residual_offset, int residual_type,
        int activation, int activation_last,
        int rows, int k, int n, int n_tiles, int max_height)
{
  float16 sums[MAX_TILES][MAX_HEIGHT * VECTORS];
  int panel = get_global_id (0);
  ulong groups = (k + GROUP_SIZE - 1) / GROUP_SIZE;
  ulong w_start = w_offset / GROUP_SIZE + panel * groups * PANEL;
  int whole = k / GROUP_SIZE * GROUP_SIZE;
  int block = n_tiles > 1 ? BLOCK * GROUP_SIZE : whole;
  Output out = { y, y_offset, y_type, bias ? bias + bias_offset : bias, residual, residual_offset,
                 residual_type, activation, activation_last, n };

  for (int k0 = 0; k0 < k; k0 += block)
    {
      ulong w_block = w_start + (ulong) (k0 / GROUP_SIZE) * PANEL;
      ulong next = w_block * GROUP_BYTES + BLOCK * PANEL_LINES * LINE;
#if SHARE_BLOCKS
      float widened[BLOCK * PANEL];
      if (n_tiles > 1)
        widen (widened, w, w_block, min (block, whole - k0));
#endif

      for (int tile = 0; tile < n_tiles; tile++)
        {
          global const Element *x_rows[MAX_HEIGHT];
          int height = max_height;
          int row;

          tile_place (tile, n_tiles, rows, &height, &row);
          for (int i = 0; i < MAX_HEIGHT; i++)
            x_rows[i] = (global const Element *) x + x_offset
                        + (ulong) (row + min (i, height - 1)) * k + k0;
          int lines = n_tiles > 1
            ? PANEL_LINES * (tile + 1) / n_tiles - PANEL_LINES * tile / n_tiles : 0;
#if SHARE_BLOCKS
          /* a processor's memory is one, whatever it is called */
          if (n_tiles > 1)
            multiply_widened (height, sums[tile], k0 == 0, x_rows,
                              (global const void *) (size_t) widened, 0, 0, 0,
                              min (block, whole - k0));
          else
#endif
          multiply (height, sums[tile], k0 == 0, x_rows, w, w_block, next, lines,
                    min (block, whole - k0));
          next += BLOCK * lines * LINE;
        }
    }

  for (int tile = 0; tile < n_tiles; tile++)
    {
      int height = max_height;
      int row;

      tile_place (tile, n_tiles, rows, &height, &row);
#if DOT
      if (whole < k)
        {
          global const Element *x_rows[MAX_HEIGHT];

          for (int i = 0; i < height; i++)
            x_rows[i] = (global const Element *) x + x_offset + (ulong) (row + i) * k;
          multiply_last (height, sums[tile], x_rows, whole, w, w_start + (groups - 1) * PANEL);
        }
#endif
      write_tile (&out, sums[tile], height, row, panel * PANEL);
    }
}
