/* rows_wide.cl - operations that move or combine rows, in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Formulas, shapes and types are those of rows.cl.  A work-item makes a strip of @strip columns, a
 * multiple of 16, of one row: global size [ceil (width / strip), rows].
 */
#include "wide.clh"

#define ITEM __attribute__ ((reqd_work_group_size (1, 1, 1)))

/* cache [sequences, n_heads, capacity, 2, head_dim] at place sequence · capacity + position = the row
 * of x [rows][2, n_heads, head_dim]; one head of keys or values: global size [2 · n_heads, rows] */
ITEM kernel void
store_keys (global void *cache, ulong cache_offset, int cache_type,
            global const void *x, ulong x_offset, int x_type, int x_stride,
            global const int *places, ulong places_offset,
            int n_heads, int capacity, int head_dim)
{
  int piece = get_global_id (0);
  ulong row = get_global_id (1);
  int place = places[places_offset + row];
  ulong head = (ulong) (place / capacity) * n_heads + piece % n_heads;
  ulong pair = head * capacity + place % capacity;
  ulong to = cache_offset + (pair * 2 + piece / n_heads) * head_dim;
  ulong from = x_offset + row * x_stride + piece * head_dim;
  int i = 0;

  for (; i + 16 <= head_dim; i += 16)
    write16 (cache, to + i, cache_type, read16 (x, from + i, x_type));
  for (; i < head_dim; i++)
    write_element (cache, to + i, cache_type, read_element (x, from + i, x_type));
}

/* y [rows, width] = activation (left half of x) · right half, x [rows, 2 · width] */
ITEM kernel void
glu (global void *y, ulong y_offset, int y_type,
     global const void *x, ulong x_offset, int x_type,
     int activation, int width, int strip)
{
  int column = get_global_id (0) * strip;
  int end = min (column + strip, width);
  ulong row = get_global_id (1);
  ulong left = x_offset + row * 2 * width;
  ulong right = left + width;
  ulong to = y_offset + row * width;

  for (; column + 16 <= end; column += 16)
    write16 (y, to + column, y_type,
             activate16 (read16 (x, left + column, x_type), activation)
               * read16 (x, right + column, x_type));
  for (; column < end; column++)
    write_element (y, to + column, y_type,
                   activate16 ((float16) (read_element (x, left + column, x_type)), activation).s0
                     * read_element (x, right + column, x_type));
}
