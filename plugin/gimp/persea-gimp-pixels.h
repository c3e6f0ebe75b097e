/* persea-gimp-pixels.h - pixels of GEGL's buffers as those who draw want them, and back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Threads: those of GEGL's buffers.
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gegl.h>

#include "persea-image.h"

G_BEGIN_DECLS

/**
 * persea_gimp_pixels_read:
 * @place: of @buffer
 * @alpha: (out) (optional) (transfer full): [height, width]
 *
 * Returns: (transfer full): sRGB, not multiplied by the alpha
 */
PerseaImage *persea_gimp_pixels_read (GeglBuffer          *buffer,
                                      const GeglRectangle *place,
                                      uint8_t            **alpha);

/**
 * persea_gimp_pixels_read_small:
 * @size: pixels: no side gets longer
 *
 * Returns: (transfer full): the same, over white, scaled down if it is larger
 */
PerseaImage *persea_gimp_pixels_read_small (GeglBuffer          *buffer,
                                            const GeglRectangle *place,
                                            int                  size);

/**
 * persea_gimp_pixels_write_painted:
 * @x: where @image lies in @buffer
 * @y: likewise
 * @painted: [height, width] of @image: 0 for pixels that stay as they are, to the bit
 *
 * The others become those of @image, opaque.
 */
void persea_gimp_pixels_write_painted (GeglBuffer        *buffer,
                                       int                x,
                                       int                y,
                                       const PerseaImage *image,
                                       const uint8_t     *painted);

/* (transfer full): @image for a window, its longer side of so many pixels */
GdkPixbuf *persea_gimp_pixels_make_pixbuf (const PerseaImage *image, int side);

G_END_DECLS
