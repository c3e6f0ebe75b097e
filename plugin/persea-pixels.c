/* persea-pixels.c - pixels between GEGL and Persea
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All of it in strips of a few rows: a layer may have a hundred million pixels.
 */
#include "config.h"

#include "persea-pixels.h"

#include <string.h>

#include "persea-sum.h"

#define STRIP_ROWS 64

static const Babl *
pixels_get_format (void)
{
  return babl_format ("R'G'B'A u8");
}

/* the next strip of @area, from the top: TRUE while there is one; begins with a height of 0 */
static gboolean
strip_next (const GeglRectangle *area, GeglRectangle *strip)
{
  int y = strip->height > 0 ? strip->y + strip->height : area->y;

  if (area->width <= 0 || y >= area->y + area->height)
    return FALSE;
  *strip = (GeglRectangle) { area->x, y, area->width, MIN (STRIP_ROWS, area->y + area->height - y) };
  return TRUE;
}

uint64_t
persea_pixels_sum (GeglBuffer *buffer, gboolean with_alpha)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  const Babl *format = with_alpha ? pixels_get_format () : babl_format ("R'G'B' u8");
  size_t pixel_size = babl_format_get_bytes_per_pixel (format);
  g_autofree uint8_t *pixels = g_malloc_n (extent->width, STRIP_ROWS * pixel_size);
  uint64_t sum = 0;

  for (GeglRectangle strip = { 0 }; strip_next (extent, &strip);)
    {
      gegl_buffer_get (buffer, &strip, 1.0, format, pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      sum = persea_sum_add (sum, pixels, (size_t) strip.width * strip.height * pixel_size);
    }
  return sum;
}

PerseaImage *
persea_pixels_load (GeglBuffer *buffer, uint8_t **mask)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  PerseaImage *image = persea_image_new (extent->width, extent->height);
  g_autofree uint8_t *pixels = g_malloc_n (extent->width, STRIP_ROWS * 4);
  uint8_t *holes = mask ? g_malloc_n (extent->width, extent->height) : NULL;
  size_t at = 0;

  for (GeglRectangle strip = { 0 }; strip_next (extent, &strip);)
    {
      size_t n = (size_t) strip.width * strip.height;

      gegl_buffer_get (buffer, &strip, 1.0, pixels_get_format (), pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      for (size_t i = 0; i < n; i++, at++)
        {
          memcpy (image->pixels + at * 3, pixels + i * 4, 3);
          if (holes)
            holes[at] = pixels[i * 4 + 3] == 255 ? 0 : 255;
        }
    }
  if (mask)
    *mask = holes;
  return image;
}

PerseaRendering *
persea_pixels_store (const PerseaImage *image, const uint8_t *painted, int x, int y, double score)
{
  PerseaRendering *rendering = persea_rendering_new (GEGL_RECTANGLE (x, y, image->width, image->height),
                                                     pixels_get_format (), score);
  uint8_t *pixels = rendering->pixels;
  size_t n = (size_t) image->width * image->height;

  for (size_t i = 0; i < n; i++)
    {
      memcpy (pixels + i * 4, image->pixels + i * 3, 3);
      pixels[i * 4 + 3] = painted && !painted[i] ? 0 : 255;
    }
  return rendering;
}

/* what a strip is composed with */
typedef struct
{
  const Babl *native;  /* of the output */
  const Babl *linear;  /* RGBA float in the output's colours */
  size_t      size;    /* bytes of a native pixel */
  float      *was;     /* [n, 4], linear */
  float      *drawn;   /* [n, 4], linear */
  uint8_t    *pixels;  /* [n, size]: what is there */
  uint8_t    *mixed;   /* [n, size]: what there would be if all counted */
} Composition;

static void
composition_mix (const Composition *composition, PerseaPixelsPlace place, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      const float *was = composition->was + i * 4;
      float *drawn = composition->drawn + i * 4;

      if (place == PERSEA_PIXELS_INSTEAD)
        {
          drawn[3] = was[3];
          continue;
        }
      for (unsigned c = 0; c < 3; c++)
        drawn[c] += was[3] * (was[c] - drawn[c]);
      drawn[3] = 1;
    }
}

static void
composition_do_strip (const Composition   *composition,
                      GeglBuffer          *input,
                      GeglBuffer          *drawn,
                      PerseaPixelsPlace    place,
                      GeglBuffer          *output,
                      const GeglRectangle *strip)
{
  size_t n = (size_t) strip->width * strip->height;
  g_autofree uint8_t *stored = g_malloc_n (n, 4);

  gegl_buffer_get (drawn, strip, 1.0, pixels_get_format (), stored, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  gegl_buffer_get (drawn, strip, 1.0, composition->linear, composition->drawn, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  gegl_buffer_get (input, strip, 1.0, composition->linear, composition->was, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  gegl_buffer_get (output, strip, 1.0, composition->native, composition->pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  composition_mix (composition, place, n);
  babl_process (babl_fish (composition->linear, composition->native), composition->drawn, composition->mixed, n);
  for (size_t i = 0; i < n; i++)
    if (stored[i * 4 + 3])
      memcpy (composition->pixels + i * composition->size, composition->mixed + i * composition->size,
              composition->size);
  gegl_buffer_set (output, strip, 0, composition->native, composition->pixels, GEGL_AUTO_ROWSTRIDE);
}

void
persea_pixels_compose (GeglBuffer          *input,
                       PerseaRendering     *drawn,
                       PerseaPixelsPlace    place,
                       GeglBuffer          *output,
                       const GeglRectangle *roi)
{
  const Babl *native = gegl_buffer_get_format (output);
  Composition composition = {
    .native = native,
    .linear = babl_format_with_space ("RGBA float", babl_format_get_space (native)),
    .size = babl_format_get_bytes_per_pixel (native),
  };
  g_autoptr (GeglBuffer) over = persea_rendering_open (drawn);
  GeglRectangle common;
  size_t n;

  if (input != output)
    gegl_buffer_copy (input, roi, GEGL_ABYSS_NONE, output, roi);
  if (!gegl_rectangle_intersect (&common, roi, &drawn->place))
    return;
  n = (size_t) common.width * STRIP_ROWS;
  composition.was = g_new (float, n * 4);
  composition.drawn = g_new (float, n * 4);
  composition.pixels = g_malloc_n (n, composition.size);
  composition.mixed = g_malloc_n (n, composition.size);
  for (GeglRectangle strip = { 0 }; strip_next (&common, &strip);)
    composition_do_strip (&composition, input, over, place, output, &strip);
  g_free (composition.was);
  g_free (composition.drawn);
  g_free (composition.pixels);
  g_free (composition.mixed);
}
