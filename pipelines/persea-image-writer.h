/* persea-image-writer.h - pictures to files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The way out for pictures, as persea-image-file.h is the way in.  A name's suffix decides about
 * the format.  Threads: any.
 */
#pragma once

#include "persea-image-file.h"

G_BEGIN_DECLS

/* (transfer none) (nullable): the suffix of the formats' table that @name ends in, if this
 * libvips can write it: ".png", ".jpg", … */
const char *persea_image_find_suffix (const char *name);

/* whether there is such a suffix; %PERSEA_ERROR_UNSUPPORTED names those that there are */
gboolean persea_image_check_suffix (const char  *name,
                                    GError     **error);

/**
 * persea_image_encode:
 * @name: what messages call the picture; ends in the suffix
 * @xmp: (nullable): a packet to put into it
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED for a suffix that cannot be written
 *
 * Nothing is lost in PNG, TIFF, WebP and JPEG XL; JPEG, AVIF and HEIF are written in high quality.
 *
 * Returns: (transfer full) (nullable): the bytes of the file; the same for the same pixels
 */
GBytes *persea_image_encode (const PerseaImage  *image,
                             const char         *name,
                             GBytes             *xmp,
                             GError            **error);

/**
 * persea_image_encode_bands:
 * @bytes: [height, width, n_bands]
 * @n_bands: 1: grey, 3: red, green, blue, 4: with opacity, for which JPEG has no place
 *
 * The same for pictures that are not colours alone.
 */
GBytes *persea_image_encode_bands (const uint8_t  *bytes,
                                   int             width,
                                   int             height,
                                   int             n_bands,
                                   const char     *name,
                                   GBytes         *xmp,
                                   GError        **error);

G_END_DECLS
