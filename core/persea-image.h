/* persea-image.h - a picture in memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * As pictures go in and out of everything that draws: sRGB, 8 bits, interleaved.  Where they come
 * from and where they go to is somebody else's business.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "persea-resample.h"

G_BEGIN_DECLS

/**
 * PerseaImage:
 * @pixels: RGB, [height, width, 3] without gaps
 */
typedef struct
{
  int      width, height;
  uint8_t *pixels;
} PerseaImage;

/* (transfer full): a picture to be filled in */
PerseaImage *persea_image_new (int width, int height);

void persea_image_free (PerseaImage *image);

/**
 * persea_image_cut:
 * @place: inside of @image
 *
 * Returns: (transfer full): a copy of that part
 */
PerseaImage *persea_image_cut (const PerseaImage *image, const PerseaRectangle *place);

/**
 * persea_image_scale:
 * @image: no side is longer than %PERSEA_RESAMPLE_MAX_SIDE
 * @scaled: (inout): of another size; becomes what @image shows
 */
void persea_image_scale (const PerseaImage *image, PerseaImage *scaled);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaImage, persea_image_free)

G_END_DECLS
