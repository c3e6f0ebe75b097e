/* persea-gimp-pixels.c - pixels of GEGL's buffers as those who draw want them, and back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-pixels.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#define STRIP 64  /* rows of a tile */
#define TILES 128 /* MiB */
#define FORMAT "R'G'B'A u8"

void
persea_gimp_pixels_init (void)
{
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "tile-cache-size", (guint64) TILES << 20, NULL);
}

PerseaImage *
persea_gimp_pixels_read (GeglBuffer *buffer, const GeglRectangle *place, uint8_t **alpha)
{
  PerseaImage *image = persea_image_new (place->width, place->height);
  size_t row = place->width;
  g_autofree uint8_t *strip = g_malloc (row * STRIP * 4);
  uint8_t *opacity = alpha ? g_malloc (row * place->height) : NULL;

  persea_gimp_progress_begin (_("Reading the layer"));
  for (int y = 0; y < place->height; y += STRIP)
    {
      int n_rows = MIN (STRIP, place->height - y);

      persea_gimp_progress_update (NULL, (double) y / place->height);
      gegl_buffer_get (buffer, GEGL_RECTANGLE (place->x, place->y + y, place->width, n_rows), 1, babl_format (FORMAT),
                       strip, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      for (size_t i = 0; i < row * n_rows; i++)
        {
          memcpy (image->pixels + (row * y + i) * 3, strip + i * 4, 3);
          if (opacity)
            opacity[row * y + i] = strip[i * 4 + 3];
        }
    }
  persea_gimp_progress_end ();
  if (alpha)
    *alpha = opacity;
  return image;
}

PerseaImage *
persea_gimp_pixels_read_small (GeglBuffer *buffer, const GeglRectangle *place, double scale, gboolean over_white)
{
  int width = MAX ((int) (place->width * scale), 1);
  int height = MAX ((int) (place->height * scale), 1);
  g_autofree uint8_t *pixels = g_malloc ((size_t) width * height * 4);
  PerseaImage *image = persea_image_new (width, height);
  const GeglRectangle scaled = {
    (int) floor (place->x * scale), (int) floor (place->y * scale), width, height,
  };

  gegl_buffer_get (buffer, &scaled, scale, babl_format (FORMAT), pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_CLAMP);
  for (size_t i = 0; i < (size_t) width * height; i++)
    for (int c = 0; c < 3; c++)
      {
        unsigned a = over_white ? pixels[i * 4 + 3] : 255;

        image->pixels[i * 3 + c] = (uint8_t) ((pixels[i * 4 + c] * a + 255 * (255 - a) + 127) / 255);
      }
  return image;
}

void
persea_gimp_pixels_fill (GeglBuffer         *buffer,
                         const Babl         *format,
                         PerseaGimpRowsFunc  rows,
                         gpointer            data)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  g_autofree uint8_t *strip = g_malloc_n (extent->width, (size_t) STRIP * babl_format_get_bytes_per_pixel (format));

  persea_gimp_progress_begin (_("Writing the pixels"));
  for (int y = 0; y < extent->height; y += STRIP)
    {
      int n_rows = MIN (STRIP, extent->height - y);

      persea_gimp_progress_update (NULL, (double) y / extent->height);
      rows (y, n_rows, strip, data);
      gegl_buffer_set (buffer, GEGL_RECTANGLE (extent->x, extent->y + y, extent->width, n_rows), 0, format, strip,
                       GEGL_AUTO_ROWSTRIDE);
    }
  gegl_buffer_flush (buffer);
  persea_gimp_progress_end ();
}

/* Sets those runs of a row that are painted. */
static void
pixels_write_row (GeglBuffer *buffer, int x, int y, size_t width, const uint8_t *pixels, const uint8_t *painted,
                  uint8_t *run)
{
  for (size_t begin = 0, end; begin < width; begin = end)
    {
      for (end = begin; end < width && (painted[end] != 0) == (painted[begin] != 0); end++)
        {
          memcpy (run + (end - begin) * 4, pixels + end * 3, 3);
          run[(end - begin) * 4 + 3] = 255;
        }
      if (painted[begin])
        gegl_buffer_set (buffer, GEGL_RECTANGLE (x + (int) begin, y, (int) (end - begin), 1), 0, babl_format (FORMAT),
                         run, GEGL_AUTO_ROWSTRIDE);
    }
}

void
persea_gimp_pixels_write_painted (GeglBuffer           *buffer,
                                  const GeglRectangle  *place,
                                  const PerseaPainting *painting,
                                  const uint8_t        *painted)
{
  size_t width = place->width;
  g_autofree uint8_t *pixels = g_malloc_n (width, STRIP * 3);
  g_autofree uint8_t *run = g_malloc (width * 4);

  for (int y = 0; y < place->height; y += STRIP)
    {
      int n_rows = MIN (STRIP, place->height - y);

      persea_gimp_progress_update (NULL, (double) y / place->height);
      persea_painting_paint (painting, y, n_rows, pixels, width * 3);
      for (int row = 0; row < n_rows; row++)
        pixels_write_row (buffer, place->x, place->y + y + row, width, pixels + row * width * 3,
                          painted + (y + row) * width, run);
    }
}

GdkPixbuf *
persea_gimp_pixels_make_pixbuf (const PerseaImage *image, int side)
{
  g_autoptr (GdkPixbuf) whole = gdk_pixbuf_new_from_data (image->pixels, GDK_COLORSPACE_RGB, FALSE, 8, image->width,
                                                          image->height, image->width * 3, NULL, NULL);
  double scale = (double) side / MAX (image->width, image->height);

  return gdk_pixbuf_scale_simple (whole, MAX ((int) lrint (image->width * scale), 1),
                                  MAX ((int) lrint (image->height * scale), 1), GDK_INTERP_BILINEAR);
}
