/* persea-pixels.h - pixels between GEGL and Persea
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * GEGL's buffers have any of babl's formats and begin anywhere; core knows sRGB with 8 bits.
 *
 * Threads: any.
 */
#pragma once

#include <gegl.h>

#include "persea-image.h"
#include "persea-rendering.h"

G_BEGIN_DECLS

/**
 * persea_pixels_sum:
 * @with_alpha: whether it counts how opaque pixels are
 *
 * Returns: a number that differs wherever persea_pixels_load() gives something else
 */
uint64_t persea_pixels_sum (GeglBuffer *buffer, gboolean with_alpha);

/**
 * persea_pixels_load:
 * @mask: (out) (optional) (transfer full): [height, width]: 255 for what is not opaque, else 0
 *
 * Returns: (transfer full): the whole buffer
 */
PerseaImage *persea_pixels_load (GeglBuffer *buffer, uint8_t **mask);

/**
 * persea_pixels_store:
 * @painted: (nullable): [height, width]: 0 for pixels that do not count
 * @score: of the rendering
 *
 * Returns: (transfer full): an image at its place, transparent where it does not count
 */
PerseaRendering *persea_pixels_store (const PerseaImage *image,
                                      const uint8_t     *painted,
                                      int                x,
                                      int                y,
                                      double             score);

typedef enum
{
  PERSEA_PIXELS_UNDER,   /* beneath what is there: shows through what is not opaque */
  PERSEA_PIXELS_INSTEAD, /* as opaque as what was there */
} PerseaPixelsPlace;

/**
 * persea_pixels_compose:
 * @input: the picture
 * @drawn: from persea_pixels_store()
 * @output: (inout): becomes @input with @drawn in it; pixels that @drawn has not are the same to the bit
 * @roi: where
 */
void persea_pixels_compose (GeglBuffer          *input,
                            PerseaRendering     *drawn,
                            PerseaPixelsPlace    place,
                            GeglBuffer          *output,
                            const GeglRectangle *roi);

G_END_DECLS
