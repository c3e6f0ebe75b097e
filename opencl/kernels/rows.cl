/* rows.cl - operations that move or combine rows: embedding, patches, gathering, gates, means
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Formulas and shapes: core/persea-ops.h, under the same names.  One work-item makes one element
 * of the output: global size [columns rounded up to 64, rows (, pictures)], groups of 64 × 1.
 * Each tensor comes as its buffer and the offset of its first element; a type (F32, F16, BF16)
 * follows where there is a choice.  Sums are made in f32, in order: results are the same bits on
 * every device.
 */
#include "common.clh"

#define GROUP __attribute__ ((reqd_work_group_size (64, 1, 1)))

/* y [rows, width] = table[ids[row]] + positions[position_ids[row]] */
GROUP kernel void
embed_tokens (global float *y, ulong y_offset,
              global const void *table, ulong table_offset, int table_type,
              global const int *ids, ulong ids_offset,
              global const float *positions, ulong positions_offset,
              global const int *position_ids, ulong position_ids_offset,
              int width)
{
  int column = get_global_id (0);
  ulong row = get_global_id (1);

  if (column >= width)
    return;

  ulong id = ids[ids_offset + row];
  ulong position = position_ids[position_ids_offset + row];
  y[y_offset + row * width + column] =
    read_element (table, table_offset + id * width + column, table_type)
    + positions[positions_offset + position * width + column];
}

/* y [n · grid², channels · patch²] of x [n, channels, size, size]; one work-item copies a row of
 * pixels of a patch: columns: channels · patch; rows: patches */
GROUP kernel void
patchify (global void *y, ulong y_offset, int y_type,
          global const float *x, ulong x_offset,
          int channels, int size, int patch)
{
  int line = get_global_id (0);
  int row = get_global_id (1);

  if (line >= channels * patch)
    return;

  int grid = size / patch; /* what is left over at the right and below is not looked at */
  int n = row / (grid * grid);
  int pixel_y = row / grid % grid * patch + line % patch;
  ulong from = x_offset + (((ulong) n * channels + line / patch) * size + pixel_y) * size
               + row % grid * patch;
  ulong to = y_offset + ((ulong) row * channels * patch + line) * patch;

  for (int i = 0; i < patch; i++)
    write_element (y, to + i, y_type, x[from + i]);
}

/* y [n, 1 + cells, width] = [first; x] + positions; rows: n · (1 + cells);
 * first_stride: width where every n has a first of its own, otherwise 0 */
GROUP kernel void
prepend_token (global float *y, ulong y_offset,
               global const void *x, ulong x_offset, int x_type,
               global const float *first, ulong first_offset, int first_stride,
               global const float *positions, ulong positions_offset,
               int cells, int width)
{
  int column = get_global_id (0);
  int row = get_global_id (1);

  if (column >= width)
    return;

  int n = row / (1 + cells);
  int token = row % (1 + cells);
  float value = token == 0
    ? first[first_offset + (ulong) n * first_stride + column]
    : read_element (x, x_offset + ((ulong) n * cells + token - 1) * width + column, x_type);

  y[y_offset + (ulong) row * width + column] =
    value + positions[positions_offset + (ulong) token * width + column];
}

/* y [rows, width] = x[index[row]] */
GROUP kernel void
gather_rows (global void *y, ulong y_offset, int y_type,
             global const void *x, ulong x_offset, int x_type,
             global const int *index, ulong index_offset,
             int width)
{
  int column = get_global_id (0);
  ulong row = get_global_id (1);

  if (column >= width)
    return;

  ulong from = index[index_offset + row];
  write_element (y, y_offset + row * width + column, y_type,
                 read_element (x, x_offset + from * width + column, x_type));
}

/* cache [sequences, n_heads, capacity, 2, head_dim] at place sequence · capacity + position = the row
 * of x [rows][2, n_heads, head_dim]; columns: 2 · n_heads · head_dim */
GROUP kernel void
store_keys (global void *cache, ulong cache_offset, int cache_type,
            global const void *x, ulong x_offset, int x_type, int x_stride,
            global const int *places, ulong places_offset,
            int n_heads, int capacity, int head_dim)
{
  int column = get_global_id (0);
  ulong row = get_global_id (1);

  if (column >= 2 * n_heads * head_dim)
    return;

  int place = places[places_offset + row];
  ulong head = (ulong) (place / capacity) * n_heads + column / head_dim % n_heads;
  ulong pair = head * capacity + place % capacity;
  ulong part = column / (n_heads * head_dim);
  write_element (cache, cache_offset + (pair * 2 + part) * head_dim + column % head_dim, cache_type,
                 read_element (x, x_offset + row * x_stride + column, x_type));
}

/* y [rows, width] = activation (left half of x) · right half, x [rows, 2 · width] */
GROUP kernel void
glu (global void *y, ulong y_offset, int y_type,
     global const void *x, ulong x_offset, int x_type,
     int activation, int width)
{
  int column = get_global_id (0);
  ulong row = get_global_id (1);

  if (column >= width)
    return;

  ulong from = x_offset + row * 2 * width + column;
  write_element (y, y_offset + row * width + column, y_type,
                 activate (read_element (x, from, x_type), activation)
                   * read_element (x, from + width, x_type));
}

/* y [n, width] = mean over cells of x [n, cells, width]; rows: n */
GROUP kernel void
mean_rows (global float *y, ulong y_offset,
           global const void *x, ulong x_offset, int x_type,
           int cells, int width)
{
  int column = get_global_id (0);
  ulong n = get_global_id (1);

  if (column >= width)
    return;

  float sum = 0.0f;
  for (int cell = 0; cell < cells; cell++)
    sum += read_element (x, x_offset + (n * cells + cell) * width + column, x_type);
  y[y_offset + n * width + column] = sum / cells;
}

/* y [n, height, width, channels] = mean over size × size cells of x; rows: height · width of y,
 * third dimension: n; x_width: cells in a row of x, x_height: rows of x */
GROUP kernel void
average_pool (global void *y, ulong y_offset, int y_type,
              global const void *x, ulong x_offset, int x_type,
              int size, int width, int channels, int x_height, int x_width)
{
  int channel = get_global_id (0);
  int cell = get_global_id (1);
  ulong n = get_global_id (2);

  if (channel >= channels)
    return;

  int top = cell / width * size;
  int left = cell % width * size;
  float sum = 0.0f;
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++)
      {
        ulong from = ((n * x_height + top + i) * x_width + left + j) * channels + channel;
        sum += read_element (x, x_offset + from, x_type);
      }

  ulong to = (n * get_global_size (1) + cell) * channels + channel;
  write_element (y, y_offset + to, y_type, sum / (size * size));
}

/* y [n, cells, channels] of x [n, channels, cells]; columns: cells · channels; rows: n */
GROUP kernel void
channels_last (global void *y, ulong y_offset, int y_type,
               global const float *x, ulong x_offset,
               int channels, int cells)
{
  int column = get_global_id (0);
  ulong n = get_global_id (1);

  if (column >= channels * cells)
    return;

  ulong start = n * channels * cells;
  ulong from = start + (ulong) (column % channels) * cells + column / channels;
  write_element (y, y_offset + start + column, y_type, x[x_offset + from]);
}

/* y = x; columns: all elements */
GROUP kernel void
convert_elements (global void *y, ulong y_offset, int y_type,
                  global const void *x, ulong x_offset, int x_type,
                  ulong n)
{
  ulong i = get_global_id (0);

  if (i < n)
    write_element (y, y_offset + i, y_type, read_element (x, x_offset + i, x_type));
}
