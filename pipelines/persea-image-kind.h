/* persea-image-kind.h - what a picture is, by its first bytes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * libvips would find out itself, but in doing so it lets every loader have a look, those that are
 * blocked, too, and some get lost in it: one in a cut-off SVG, for ever.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_IMAGE_MAGIC_SIZE 12 /* bytes that tell the kind */
#define PERSEA_IMAGE_KIND_JPEG "jpegload_source"

/**
 * persea_image_kind_find_loader:
 * @data: (array length=n): how the file begins
 *
 * Returns: (transfer none) (nullable): the name of libvips' operation that loads it from a
 *   source; %NULL for all that is not JPEG, PNG, WebP, GIF, TIFF, HEIF or AVIF
 */
const char *persea_image_kind_find_loader (const uint8_t *data, size_t n);

/* (transfer none) (nullable): each of them, some more than once; %NULL behind the last */
const char *persea_image_kind_get_loader (unsigned index);

G_END_DECLS
