/* conv2d_wide.cl - convolution with tiles in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * y [pictures, out_height, out_width, n] of x [pictures, height, width, channels] as in PerseaConv2d
 * (core/persea-ops.h), without writing the windows down: a row of the product is an output pixel,
 * and its inputs are read where they are, one run of channels for each cell of the window, or one
 * run for a whole row of the window where no border is near.  Cells outside of the picture are
 * read from @zeros, kernel_size · channels elements.
 * With @step 2, windows make every other pixel of every other row, from row phase / 2, column
 * phase % 2 on, of a y with twice the rows and columns.
 * Types and packing as in matmul_wide.cl; channels must be a multiple of 2 with DOT.
 * Work-items and global size as in matmul_wide.cl.
 */
#include "tile_wide.clh"

typedef struct
{
  global const Element *x;
  global const Element *zeros;
  int height;
  int width;
  int channels;
  int kernel_size;
  int upsample;
} Picture;

typedef struct
{
  int picture[MAX_HEIGHT];
  int top[MAX_HEIGHT];  /* of the window, perhaps outside */
  int left[MAX_HEIGHT];
  int whole_rows;       /* no window leaves the picture at its sides */
} Windows;

static inline void
windows_place (Windows *windows, const Picture *picture, int row, int height, int out_height,
               int out_width, int stride, int padding_top, int padding_left)
{
  int out_x = row % out_width;
  int out_y = row / out_width % out_height;
  int n = row / out_width / out_height;

  windows->whole_rows = picture->upsample == 1;
  for (int i = 0; i < height; i++)
    {
      windows->picture[i] = n;
      windows->top[i] = out_y * stride - padding_top;
      windows->left[i] = out_x * stride - padding_left;
      if (windows->left[i] < 0
          || windows->left[i] + picture->kernel_size > picture->width)
        windows->whole_rows = 0;

      out_x++;
      if (out_x == out_width)
        {
          out_x = 0;
          out_y++;
        }
      if (out_y == out_height)
        {
          out_y = 0;
          n++;
        }
    }
}

/* where the runs of cell (y, x) of the windows start */
static inline void
windows_point (const Windows *windows, const Picture *picture, int height, int y, int x,
               global const Element **runs)
{
  for (int i = 0; i < height; i++)
    {
      int in_y = windows->top[i] + y;
      int in_x = windows->left[i] + x;

      if (in_y < 0 || in_x < 0 || in_y >= picture->height * picture->upsample
          || in_x >= picture->width * picture->upsample)
        {
          runs[i] = picture->zeros;
          continue;
        }
      if (picture->upsample == 2)
        {
          in_y /= 2;
          in_x /= 2;
        }
      ulong cell = ((ulong) windows->picture[i] * picture->height + in_y) * picture->width + in_x;
      runs[i] = picture->x + cell * picture->channels;
    }
}

/* the pixel that window @row makes, in steps of 2 */
static inline int
stepped_row (int row, int out_width, int phase)
{
  return (2 * (row / out_width) + phase / 2) * 2 * out_width + 2 * (row % out_width) + phase % 2;
}

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
conv2d (global void *y, ulong y_offset, int y_type,
        global const void *x, ulong x_offset,
        global const void *w, ulong w_offset,
        global const float *bias, ulong bias_offset,
        global const void *residual, ulong residual_offset, int residual_type,
        int activation, int activation_last,
        int height, int width, int channels, int out_height, int out_width,
        int kernel_size, int stride, int padding_top, int padding_left, int upsample,
        int step, int phase, global const void *zeros,
        int rows, int k, int n, int n_tiles, int max_height, int n_run)
{
  int tile = (get_global_id (2) * get_global_size (0) + get_global_id (0)) * n_run;
  int end = min (tile + n_run, n_tiles);
  int column = get_global_id (1) * COLUMNS;
  ulong w_panel = w_offset / GROUP_SIZE + column / PANEL * (ulong) (k / GROUP_SIZE) * PANEL
                  + column % PANEL;
  Picture picture = { (global const Element *) x + x_offset, (global const Element *) zeros,
                      height, width, channels, kernel_size, upsample };
  Output out = { y, y_offset, y_type, bias ? bias + bias_offset : bias, residual, residual_offset,
                 residual_type, activation, activation_last, n };

  for (; tile < end; tile++)
    {
      float16 sums[MAX_HEIGHT * VECTORS];
      global const Element *runs[MAX_HEIGHT];
      Windows windows;
      int tile_height = max_height;
      int row;

      tile_place (tile, n_tiles, rows, &tile_height, &row);
      windows_place (&windows, &picture, row, tile_height, out_height, out_width, stride, padding_top,
                     padding_left);

      int run = windows.whole_rows ? kernel_size : 1; /* cells */
      ulong w_run = (ulong) run * channels / GROUP_SIZE * PANEL;
      ulong w_start = w_panel;
      for (int cell_y = 0; cell_y < kernel_size; cell_y++)
        for (int cell_x = 0; cell_x < kernel_size; cell_x += run)
          {
            windows_point (&windows, &picture, tile_height, cell_y, cell_x, runs);
            multiply (tile_height, sums, cell_y + cell_x == 0, runs, w, w_start,
                      w_start * GROUP_BYTES, 1, run * channels);
            w_start += w_run;
          }
      if (step == 1)
        write_tile (&out, sums, tile_height, row, column);
      else
        for (int i = 0; i < tile_height; i++)
          write_tile (&out, sums + i * VECTORS, 1, stepped_row (row + i, out_width, phase), column);
    }
}
