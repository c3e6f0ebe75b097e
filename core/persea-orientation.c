/* persea-orientation.c - pictures that lie on their side
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-orientation.h"

/* Walks through the source along its rows, wherever that leads in the result: a result row that
 * is a source column costs one cache line a pixel, so several are taken in one walk. */
void
persea_orientation_get_rows (int            orientation,
                             const uint8_t *pixels,
                             int            width,
                             int            height,
                             int            y,
                             int            n_rows,
                             uint8_t       *out)
{
  gboolean transposed = persea_orientation_is_transposed (orientation);
  gboolean from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  gboolean from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  int n_outer = transposed ? height : n_rows; /* source rows */
  int n_inner = transposed ? n_rows : width;
  ptrdiff_t outer_step = transposed ? 3 : (ptrdiff_t) width * 3;
  ptrdiff_t inner_step = transposed ? (ptrdiff_t) height * 3 : 3;

  for (int outer = 0; outer < n_outer; outer++)
    {
      int row = transposed ? outer : y + outer;
      int column = transposed ? y : 0;
      int source_row = from_bottom ? height - 1 - row : row;
      int source_column = from_right ? width - 1 - column : column;
      const uint8_t *from = pixels + ((size_t) source_row * width + source_column) * 3;
      uint8_t *to = out + outer * outer_step;

      for (int inner = 0; inner < n_inner; inner++)
        {
          to[0] = from[0];
          to[1] = from[1];
          to[2] = from[2];
          from += from_right ? -3 : 3;
          to += inner_step;
        }
    }
}
