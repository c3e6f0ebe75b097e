/* persea-image-source.h - where a picture comes from
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A path, bytes or a descriptor (the bus passes those), what to call it, and how large it may be.
 */
#pragma once

#include <stdint.h>

#include <gio/gio.h>

G_BEGIN_DECLS

#define PERSEA_IMAGE_MAX_PIXELS 200000000 /* width × height */

/**
 * PerseaImageSource:
 * @path: (nullable): file to open; or
 * @bytes: (nullable): its contents; or
 * @fd: an open file, from its beginning, which is not closed; used if the others are %NULL
 * @name: (nullable): what messages call the picture, if not @path
 * @max_pixels: larger pictures are refused before they are decoded; 0 means
 *   %PERSEA_IMAGE_MAX_PIXELS
 *
 * Filled in by the caller with designated initialisers; what is left out is 0.
 */
typedef struct
{
  const char *path;
  GBytes     *bytes;
  int         fd;
  const char *name;
  uint64_t    max_pixels;
} PerseaImageSource;

/* (transfer none): what messages call the picture */
const char *persea_image_source_get_name (const PerseaImageSource *source);

/**
 * persea_image_source_open:
 * @error: as in persea-image-file.h
 *
 * Opens the file, or checks the descriptor or the bytes: that there is a regular file, and
 * something in it.  A pipe is not waited for.
 *
 * Returns: a descriptor to be closed; -2 if the picture is in @source->bytes; -1 with @error set
 */
int persea_image_source_open (const PerseaImageSource *source, GError **error);

/**
 * persea_image_source_read_stdin:
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED for more than 1 GiB, or an error of GIO
 *
 * Returns: (transfer full) (nullable): all of standard input
 */
GBytes *persea_image_source_read_stdin (GCancellable *cancellable, GError **error);

G_END_DECLS
