/* persea-image.c - a picture in memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image.h"

#include <string.h>

PerseaImage *
persea_image_new (int width, int height)
{
  PerseaImage *image = g_new (PerseaImage, 1);

  *image = (PerseaImage) { width, height, g_malloc_n ((size_t) width * 3, height) };
  return image;
}

void
persea_image_free (PerseaImage *image)
{
  if (!image)
    return;

  g_free (image->pixels);
  g_free (image);
}

PerseaImage *
persea_image_cut (const PerseaImage *image, const PerseaRectangle *place)
{
  PerseaImage *part = persea_image_new (place->width, place->height);
  size_t row = (size_t) place->width * 3;

  for (int y = 0; y < place->height; y++)
    memcpy (part->pixels + y * row,
            image->pixels + ((size_t) (place->y + y) * image->width + place->x) * 3, row);
  return part;
}

void
persea_image_scale (const PerseaImage *image, PerseaImage *scaled)
{
  const PerseaResampleOptions options = {
    .width = image->width,
    .height = image->height,
    .out_width = scaled->width,
    .out_height = scaled->height,
    .crop = { 0, 0, scaled->width, scaled->height },
    .interpolation = PERSEA_INTERPOLATION_BILINEAR,
  };
  gboolean done = persea_resample (&options, image->pixels, scaled->pixels, NULL);

  g_return_if_fail (done);
}
