/* persea-gimp-pixels.h - pixels of GEGL's buffers as those who draw want them, and back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All of a large buffer is gone through in strips of a tile's height, while GIMP shows the progress.
 *
 * Threads: GIMP's.
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gegl.h>

#include "persea-gimp.h"
#include "persea-image.h"
#include "persea-painting.h"

G_BEGIN_DECLS

/* before any buffer is asked for: GEGL, with little memory for tiles, since GIMP has them all */
void persea_gimp_pixels_init (void);

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
 * @scale: 0 to 1
 * @over_white: whether what is transparent becomes white
 *
 * Returns: (transfer full): the same without alpha, made smaller
 */
PerseaImage *persea_gimp_pixels_read_small (GeglBuffer          *buffer,
                                            const GeglRectangle *place,
                                            double               scale,
                                            gboolean             over_white);

/**
 * persea_gimp_pixels_fill:
 * @format: of what @rows makes
 *
 * Sets all of @buffer.
 */
void persea_gimp_pixels_fill (GeglBuffer         *buffer,
                              const Babl         *format,
                              PerseaGimpRowsFunc  rows,
                              gpointer            data);

/**
 * persea_gimp_pixels_write_painted:
 * @place: where it is painted
 * @painting: of that size
 * @painted: [height, width]: 0 for pixels that stay as they are, to the bit
 *
 * The others become those of @painting, opaque.
 */
void persea_gimp_pixels_write_painted (GeglBuffer           *buffer,
                                       const GeglRectangle  *place,
                                       const PerseaPainting *painting,
                                       const uint8_t        *painted);

/* (transfer full): @image for a window, its longer side of so many pixels */
GdkPixbuf *persea_gimp_pixels_make_pixbuf (const PerseaImage *image, int side);

G_END_DECLS
