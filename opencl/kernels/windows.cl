/* windows.cl - the windows of a convolution, written down
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For pictures whose channels do not come in whole groups of a matrix's inputs: what is left of their
 * convolution is a matrix product.  Shapes: PerseaConv2d (core/persea-ops.h).  Each tensor comes as its
 * buffer and the offset of its first element.
 */
#include "common.clh"

#define GROUP __attribute__ ((reqd_work_group_size (64, 1, 1)))

/* y [rows, k] of x [n, height, width, channels]: the window of each output pixel, zeros outside;
 * k = [kernel_y, kernel_x, channel].  One work-item makes a row: global size [rows rounded up to
 * 64].  y has the type of x. */
GROUP kernel void
unfold_windows (global void *y, ulong y_offset,
                global const void *x, ulong x_offset, int x_type,
                int height, int width, int channels, int out_height, int out_width,
                int kernel_size, int stride, int padding_top, int padding_left, int upsample,
                int rows)
{
  int row = get_global_id (0);

  if (row >= rows)
    return;

  int n = row / out_width / out_height;
  int top = row / out_width % out_height * stride - padding_top;
  int left = row % out_width * stride - padding_left;
  ulong to = y_offset + (ulong) row * kernel_size * kernel_size * channels;

  int run = left >= 0 && left + kernel_size <= width && upsample == 1 ? kernel_size : 1; /* cells */

  for (int cell_y = top; cell_y < top + kernel_size; cell_y++)
    for (int cell_x = left; cell_x < left + kernel_size; cell_x += run)
      {
        int inside = cell_y >= 0 && cell_x >= 0 && cell_y < height * upsample
                     && cell_x < width * upsample;
        ulong cell = ((ulong) n * height + cell_y / upsample) * width + cell_x / upsample;
        for (int i = 0; i < run * channels; i++, to++)
          write_element (y, to, x_type,
                         inside ? read_element (x, x_offset + cell * channels + i, x_type) : 0.0f);
      }
}
