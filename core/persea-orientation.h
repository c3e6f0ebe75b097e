/* persea-orientation.h - pictures that lie on their side
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Cameras store what the sensor saw and a number from 1 to 8 that says how to hold it (Exif 2.32,
 * tag 0x0112): 1 as it is, 2 mirrored, 3 upside down, 4 upside down and mirrored, 5 to 8 the same
 * with rows and columns exchanged; 6 and 8 are those that occur.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/* whether width and height change places */
static inline gboolean
persea_orientation_is_transposed (int orientation)
{
  return orientation >= 5 && orientation <= 8;
}

/**
 * persea_orientation_get_rows:
 * @orientation: 1 to 8; anything else counts as 1
 * @pixels: as stored, RGB, [height, width, 3] without gaps
 * @width: as stored
 * @height: as stored
 * @y: the first row wanted, of the picture as it is to be seen
 * @n_rows: how many
 * @out: [n_rows, width or height, 3], to be written
 */
void persea_orientation_get_rows (int            orientation,
                                  const uint8_t *pixels,
                                  int            width,
                                  int            height,
                                  int            y,
                                  int            n_rows,
                                  uint8_t       *out);

G_END_DECLS
