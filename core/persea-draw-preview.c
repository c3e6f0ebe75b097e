/* persea-draw-preview.c - what pictures look like while they are being drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-preview.h"

#include <string.h>

#define GREY 0x80
#define PAUSE 2 /* at least so many times as long as the last preview took */

struct _PerseaDrawPreview
{
  PerseaCodebook        *codebook;
  size_t                 grid;
  size_t                 side; /* pixels of one picture */
  size_t                 n_pictures;
  size_t                 n_columns;
  PerseaDrawPreviewFunc  show;
  gpointer               user_data;
  PerseaImage           *canvas;
  size_t                *n_rows; /* [n_pictures]: rows of codes that are shown */
  int64_t                next;   /* monotonic time, µs; 0 at first */
  gboolean               failed;
};

PerseaDrawPreview *
persea_draw_preview_new (PerseaGenerator       *generator,
                         PerseaCodebook        *codebook,
                         size_t                 n_pictures,
                         PerseaDrawPreviewFunc  show,
                         gpointer               user_data)
{
  PerseaDrawPreview *preview = g_new0 (PerseaDrawPreview, 1);
  size_t n_lines;

  preview->codebook = codebook;
  preview->grid = persea_generator_get_grid (generator);
  preview->side = preview->grid * persea_codebook_get_factor (codebook);
  preview->n_pictures = n_pictures;
  while (preview->n_columns * preview->n_columns < n_pictures)
    preview->n_columns++;
  n_lines = (n_pictures + preview->n_columns - 1) / preview->n_columns;
  preview->show = show;
  preview->user_data = user_data;
  preview->canvas = persea_image_new (preview->n_columns * preview->side, n_lines * preview->side);
  memset (preview->canvas->pixels, GREY, (size_t) preview->canvas->width * preview->canvas->height * 3);
  preview->n_rows = g_new0 (size_t, n_pictures);
  return preview;
}

void
persea_draw_preview_free (PerseaDrawPreview *preview)
{
  if (!preview)
    return;

  persea_image_free (preview->canvas);
  g_free (preview->n_rows);
  g_free (preview);
}

/* [3, height, width] in 0 … 1 to [height, width, 3] */
static void
preview_convert_pixels (const float *planes, PerseaImage *image)
{
  size_t n = (size_t) image->width * image->height;

  for (size_t i = 0; i < n; i++)
    for (int color = 0; color < 3; color++)
      {
        float value = planes[color * n + i];

        /* what is no number is black */
        image->pixels[i * 3 + color] = value > 0 ? (uint8_t) (MIN (value, 1.0f) * 255 + 0.5f) : 0;
      }
}

PerseaImage *
persea_draw_decode (PerseaCodebook  *codebook,
                    const int32_t   *codes,
                    size_t           grid_height,
                    size_t           grid_width,
                    GCancellable    *cancellable,
                    GError         **error)
{
  size_t factor = persea_codebook_get_factor (codebook);
  g_autoptr (PerseaImage) image = persea_image_new (grid_width * factor, grid_height * factor);
  g_autofree float *planes = g_new (float, (size_t) 3 * image->width * image->height);

  if (!persea_codebook_decode (codebook, codes, 1, grid_height, grid_width, planes, cancellable, error))
    return NULL;
  preview_convert_pixels (planes, image);
  return g_steal_pointer (&image);
}

static size_t
preview_count_rows (PerseaDrawPreview *preview, const int32_t *codes)
{
  size_t n = 0;

  while (n < preview->grid * preview->grid && codes[n] >= 0)
    n++;
  return n / preview->grid;
}

static void
preview_put (PerseaDrawPreview *preview, size_t index, const PerseaImage *part)
{
  size_t x = index % preview->n_columns * preview->side;
  size_t y = index / preview->n_columns * preview->side;
  size_t row_size = (size_t) part->width * 3;

  for (int row = 0; row < part->height; row++)
    memcpy (preview->canvas->pixels + ((y + row) * preview->canvas->width + x) * 3,
            part->pixels + row * row_size, row_size);
}

void
persea_draw_preview_update (PerseaDrawPreview *preview, const int32_t *codes, GCancellable *cancellable)
{
  int64_t start = g_get_monotonic_time ();
  gboolean changed = FALSE;

  if (preview->failed || start < preview->next)
    return;
  for (size_t i = 0; i < preview->n_pictures; i++)
    {
      const int32_t *of_picture = codes + i * preview->grid * preview->grid;
      size_t n_rows = preview_count_rows (preview, of_picture);
      g_autoptr (PerseaImage) part = NULL;

      if (n_rows <= preview->n_rows[i])
        continue;
      part = persea_draw_decode (preview->codebook, of_picture, n_rows, preview->grid, cancellable, NULL);
      if (!part)
        {
          preview->failed = TRUE;
          return;
        }
      preview_put (preview, i, part);
      preview->n_rows[i] = n_rows;
      changed = TRUE;
    }
  if (!changed)
    return;
  preview->show (preview->canvas, preview->user_data);
  preview->next = g_get_monotonic_time () + PAUSE * (g_get_monotonic_time () - start);
}
