/* persea-image-kind.c - what a picture is, by its first bytes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image-kind.h"

#include <string.h>

static const struct
{
  const char *loader;
  size_t      start, length; /* of the magic word in the file */
  const char *magic;
} image_kinds[] = {
  { PERSEA_IMAGE_KIND_JPEG, 0, 3, "\377\330\377" },
  { "pngload_source", 0, 8, "\211PNG\r\n\032\n" },
  { "webpload_source", 8, 4, "WEBP" },
  { "gifload_source", 0, 4, "GIF8" },
  { "tiffload_source", 0, 4, "II*\0" },
  { "tiffload_source", 0, 4, "MM\0*" },
  { "tiffload_source", 0, 4, "II+\0" }, /* BigTIFF */
  { "tiffload_source", 0, 4, "MM\0+" },
  { "heifload_source", 4, 7, "ftyphei" }, /* heic, heix, heim, heis */
  { "heifload_source", 4, 7, "ftyphev" }, /* hevc, hevx, hevm, hevs */
  { "heifload_source", 4, 7, "ftypavi" }, /* avif, avis */
  { "heifload_source", 4, 8, "ftypmif1" },
  { "heifload_source", 4, 8, "ftypmsf1" },
};

const char *
persea_image_kind_find_loader (const uint8_t *data, size_t n)
{
  for (size_t i = 0; i < G_N_ELEMENTS (image_kinds); i++)
    if (n >= image_kinds[i].start + image_kinds[i].length
        && memcmp (data + image_kinds[i].start, image_kinds[i].magic, image_kinds[i].length) == 0)
      return image_kinds[i].loader;
  return NULL;
}

const char *
persea_image_kind_get_loader (unsigned index)
{
  return index < G_N_ELEMENTS (image_kinds) ? image_kinds[index].loader : NULL;
}
