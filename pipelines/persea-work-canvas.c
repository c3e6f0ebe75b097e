/* persea-work-canvas.c - a picture that is completed or varied for a program
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * As persea complete and vary do it; the decoders paint over the file.
 */
#include "config.h"

#include "persea-work-canvas.h"

#include "persea-picture-writer.h"

struct _PerseaWorkCanvas
{
  PerseaWorkCanvasOptions options;
  char                   *rows;
  int                     width;  /* of the picture, once it is loaded */
  int                     height;
  PerseaDrawCanvas       *canvas; /* (nullable): until it is loaded */
};

PerseaWorkCanvas *
persea_work_canvas_new (const PerseaWorkCanvasOptions *options)
{
  PerseaWorkCanvas *canvas = g_new0 (PerseaWorkCanvas, 1);

  canvas->options = *options;
  persea_pictures_ref (options->pictures);
  canvas->options.rows = canvas->rows = g_strdup (options->rows);
  return canvas;
}

void
persea_work_canvas_free (PerseaWorkCanvas *canvas)
{
  if (canvas == NULL)
    return;
  persea_pictures_unref (canvas->options.pictures);
  persea_draw_canvas_free (canvas->canvas);
  g_free (canvas->rows);
  g_free (canvas);
}

/* (transfer none) (nullable): the path of a picture that could be had */
static const char *
canvas_find (PerseaWorkCanvas *canvas, unsigned index, GError **error)
{
  const GError *reason = persea_pictures_get_error (canvas->options.pictures, index);

  if (reason == NULL)
    return persea_pictures_get_path (canvas->options.pictures, index);
  g_propagate_error (error, g_error_copy (reason));
  return NULL;
}

/* @mask: (out) (transfer full) (nullable) */
static gboolean
canvas_load_mask (PerseaWorkCanvas         *canvas,
                  const PerseaImageSource  *source,
                  uint8_t                 **mask,
                  GCancellable             *cancellable,
                  GError                  **error)
{
  int width = canvas->width, height = canvas->height;
  const char *path = NULL;
  int rows = 0;

  switch (canvas->options.mask)
    {
    case PERSEA_WORK_MASK_NONE:
      return TRUE;
    case PERSEA_WORK_MASK_TRANSPARENCY:
      *mask = persea_mask_load_transparency (source, cancellable, error);
      break;
    case PERSEA_WORK_MASK_PICTURE:
      path = canvas_find (canvas, 1, error);
      if (path != NULL)
        *mask = persea_mask_load (path, width, height, cancellable, error);
      break;
    case PERSEA_WORK_MASK_SIDE:
      *mask = persea_mask_keep_side (width, height, canvas->options.side);
      break;
    case PERSEA_WORK_MASK_ROWS:
      if (persea_mask_parse_rows (canvas->rows, height, &rows, error))
        *mask = persea_mask_keep_rows (width, height, rows);
      else
        g_prefix_error (error, "keep-rows: ");
      break;
    }
  return *mask != NULL;
}

const PerseaDrawCanvas *
persea_work_canvas_load (PerseaWorkCanvas  *canvas,
                         PerseaGenerator   *generator,
                         PerseaCodebook    *codebook,
                         GCancellable      *cancellable,
                         GError           **error)
{
  const PerseaImageSource source = { .path = canvas_find (canvas, 0, error) };
  PerseaDrawCanvasOptions options = {
    .vary = canvas->options.mask == PERSEA_WORK_MASK_NONE,
    .strength = canvas->options.strength,
  };
  g_autofree uint8_t *mask = NULL;
  g_autoptr (PerseaImage) image = NULL;

  if (source.path == NULL || !persea_draw_canvas_check (codebook, error))
    return NULL;
  g_clear_pointer (&canvas->canvas, persea_draw_canvas_free); /* of work that was put off */
  image = persea_image_load (&source, cancellable, error);
  if (image == NULL)
    return NULL;
  canvas->width = image->width;
  canvas->height = image->height;
  if (!canvas_load_mask (canvas, &source, &mask, cancellable, error))
    return NULL;
  options.image = image;
  options.mask = mask;
  canvas->canvas = persea_draw_canvas_new (&options, generator, codebook, error);
  return canvas->canvas;
}

GBytes *
persea_work_canvas_encode (PerseaWorkCanvas          *canvas,
                           const PerseaDrawnPicture  *picture,
                           GCancellable              *cancellable,
                           GError                   **error)
{
  const PerseaImageSource source = { .path = canvas_find (canvas, 0, error) };
  g_autoptr (PerseaImage) painted = NULL;
  PerseaImagePatch patch = {
    .place = persea_draw_canvas_get_plan (canvas->canvas)->region,
    .painted = persea_draw_canvas_get_painted (canvas->canvas),
  };

  if (source.path == NULL)
    return NULL;
  painted = persea_draw_canvas_paint (canvas->canvas, picture->image);
  patch.pixels = painted->pixels;
  return persea_picture_writer_encode_patched (&source, &patch, picture->provenance,
                                               "picture" PERSEA_PICTURE_SUFFIX, cancellable, error);
}

void
persea_work_canvas_get_size (PerseaWorkCanvas *canvas, int *width, int *height)
{
  *width = canvas->width;
  *height = canvas->height;
}

char *
persea_work_canvas_describe (PerseaWorkCanvas *canvas)
{
  static const char *const sides[PERSEA_N_SIDES] = {
    [PERSEA_SIDE_LEFT] = "left",
    [PERSEA_SIDE_TOP] = "top",
    [PERSEA_SIDE_RIGHT] = "right",
    [PERSEA_SIDE_BOTTOM] = "bottom",
  };
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (canvas->options.mask)
    {
    case PERSEA_WORK_MASK_PICTURE:
      return g_strdup ("mask=picture");
    case PERSEA_WORK_MASK_SIDE:
      return g_strconcat ("keep=", sides[canvas->options.side], NULL);
    case PERSEA_WORK_MASK_ROWS:
      return g_strconcat ("keep-rows=", canvas->rows, NULL);
    case PERSEA_WORK_MASK_NONE:
      g_ascii_formatd (number, sizeof number, "%.6g", canvas->options.strength);
      return g_strconcat ("strength=", number, NULL);
    case PERSEA_WORK_MASK_TRANSPARENCY:
      break;
    }
  return g_strdup ("mask=transparency");
}

char *
persea_work_canvas_get_source (PerseaWorkCanvas *canvas)
{
  PerseaPictures *pictures = canvas->options.pictures;
  g_autofree char *name = NULL;

  if (persea_pictures_get_uri (pictures, 0) == NULL
      || persea_pictures_get_path (pictures, 0) == NULL)
    return NULL;
  name = g_path_get_basename (persea_pictures_get_path (pictures, 0));
  return g_filename_display_name (name);
}
