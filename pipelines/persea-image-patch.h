/* persea-image-patch.h - a picture of which a part is painted over
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For pictures that were completed or varied: what is not painted over stays as it is in the file,
 * to the bit, in its own depth, colours and profile; what is painted becomes such, too, and
 * opaque.  Density and camera data stay; pictures are upright.
 *
 * Threads: any.
 */
#pragma once

#include "persea-image-file.h"

G_BEGIN_DECLS

/**
 * PerseaImagePatch:
 * @place: where it is in the upright picture
 * @pixels: [place.height, place.width, 3]: sRGB
 * @painted: [place.height, place.width]: not 0 where it counts
 */
typedef struct
{
  PerseaRectangle place;
  const uint8_t  *pixels;
  const uint8_t  *painted;
} PerseaImagePatch;

/**
 * persea_image_encode_patched:
 * @source: the picture
 * @name: what messages call the result; ends in the suffix
 * @xmp: (nullable): a packet to put into it instead of the picture's own
 *
 * Returns: (transfer full) (nullable): the bytes of the file
 */
GBytes *persea_image_encode_patched (const PerseaImageSource *source,
                                     const PerseaImagePatch  *patch,
                                     const char              *name,
                                     GBytes                  *xmp,
                                     GCancellable            *cancellable,
                                     GError                 **error);

/**
 * persea_image_load_alpha:
 * @width: (out): of the upright picture
 * @height: (out)
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if the picture has no transparency
 *
 * Returns: (transfer full) (nullable): [height, width]: how opaque it is, 0 to 255
 */
uint8_t *persea_image_load_alpha (const PerseaImageSource *source,
                                  int                     *width,
                                  int                     *height,
                                  GCancellable            *cancellable,
                                  GError                 **error);

/**
 * persea_image_load_grey:
 *
 * Returns: (transfer full) (nullable): [height, width]: how bright the picture is, 0 to 255;
 *   what is transparent is dark
 */
uint8_t *persea_image_load_grey (const PerseaImageSource *source,
                                 int                     *width,
                                 int                     *height,
                                 GCancellable            *cancellable,
                                 GError                 **error);

G_END_DECLS
