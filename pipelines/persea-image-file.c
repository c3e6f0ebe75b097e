/* persea-image-file.c - pictures from files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * libvips pictures are recipes: nothing is decoded until somebody asks for pixels.  Here they are
 * asked for in strips of a few rows, from the top, in the calling thread; the strips go straight
 * into the resampler.
 *
 * What libvips says of an error is kept in one buffer for the whole process, where several
 * threads may have written, so it is not shown.
 */
#include "config.h"

#include "persea-image-file.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-kind.h"
#include "persea-image-remote.h"
#include "persea-image-vips-private.h"
#include "persea-orientation.h"

#define STRIP_ROWS 64
#define TURN_ROWS 16        /* rows of a picture that is turned, taken at a time */
#define FAST_OVERSAMPLING 2 /* what the decoder shrinks keeps at least so many pixels for one */

static VipsSource *
image_open (const PerseaImageSource *source, GError **error)
{
  int fd = persea_image_source_open (source, error);
  VipsSource *opened;
  gsize size;
  const void *data;

  if (fd == -1)
    return NULL;
  if (fd >= 0)
    {
      opened = vips_source_new_from_descriptor (fd); /* duplicates it */
      close (fd);
    }
  else
    {
      data = g_bytes_get_data (source->bytes, &size);
      opened = vips_source_new_from_memory (data, size);
    }
  if (!opened)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: cannot be opened: %s"),
                   persea_image_source_get_name (source), vips_error_buffer ());
      vips_error_clear ();
    }
  return opened;
}

/* What libvips says is not for people, but if it is about memory, the picture may be a good one. */
static gboolean
image_damaged (const PerseaImageSource *source, GError **error)
{
  const char *said = vips_error_buffer ();
  gboolean    starved = strstr (said, "ut of memory") || strstr (said, "OUT_OF_MEMORY");

  vips_error_clear ();
  if (starved)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   _("%s: there is not enough memory for the picture"), persea_image_source_get_name (source));
      return FALSE;
    }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               _("%s: the picture cannot be decoded: it is damaged, cut off or of a rare kind"), persea_image_source_get_name (source));
  return FALSE;
}

/* NULL for what is not known, or not by this libvips */
static const char *
image_find_loader (VipsSource *opened)
{
  unsigned char *data;
  gint64 n = vips_source_sniff_at_most (opened, &data, PERSEA_IMAGE_MAGIC_SIZE);
  const char *loader = persea_image_kind_find_loader (data, MAX (n, 0));

  return loader && vips_type_find ("VipsOperation", loader) ? loader : NULL;
}

/* @loader: (nullable): %NULL to let libvips decide
 * @shrink: how much a JPEG decoder leaves out, 1 for nothing.  (WebP decoders can do so, too, but
 *   are not faster then.) */
static VipsImage *
image_open_header (VipsSource *opened, const char *loader, int shrink)
{
  VipsImage *image = NULL;

  if (!loader)
    return vips_image_new_from_source (opened, "", "access", VIPS_ACCESS_SEQUENTIAL,
                                       "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
  if (shrink == 1)
    vips_call (loader, opened, &image, "access", VIPS_ACCESS_SEQUENTIAL,
               "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
  else
    vips_call (loader, opened, &image, "access", VIPS_ACCESS_SEQUENTIAL,
               "fail_on", VIPS_FAIL_ON_TRUNCATED, "shrink", shrink, NULL);
  return image;
}

static gboolean
image_check_size (const PerseaImageSource *source, VipsImage *image, GError **error)
{
  uint64_t max_pixels = source->max_pixels ? source->max_pixels : PERSEA_IMAGE_MAX_PIXELS;

  if ((uint64_t) image->Xsize * image->Ysize <= max_pixels
      && image->Xsize <= PERSEA_RESAMPLE_MAX_SIDE && image->Ysize <= PERSEA_RESAMPLE_MAX_SIDE)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               _("%s: expected at most %" PRIu64 " pixels, found %d × %d"),
               persea_image_source_get_name (source), max_pixels, image->Xsize, image->Ysize);
  return FALSE;
}

/* the picture as it is stored; nothing but the header has been read */
static VipsImage *
image_read_header (const PerseaImageSource *source,
                   VipsSource              *opened,
                   const char              *loader,
                   GError                 **error)
{
  g_autoptr (VipsImage) image = NULL;

  if (!loader && !persea_image_is_untrusted_allowed ())
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: no picture of a kind that is read (JPEG, PNG, WebP, GIF, TIFF, HEIF)"),
                   persea_image_source_get_name (source));
      return NULL;
    }
  image = image_open_header (opened, loader, 1);
  if (!image)
    {
      image_damaged (source, error);
      return NULL;
    }
  return image_check_size (source, image, error) ? g_steal_pointer (&image) : NULL;
}

/* takes @n_rows rows, the next from the top; persea_resampler_add_rows() is one */
typedef void (*ImageRowsFunc) (gpointer       taker,
                               const uint8_t *rows,
                               size_t         stride,
                               int            n_rows);

/* Decodes the rows of @window.  What is below is decoded, too, but not looked at: a picture that
 * is cut off there is cut off all the same. */
static gboolean
image_read_rows (const PerseaImageSource *source,
                 VipsImage               *image,
                 const PerseaRectangle   *window,
                 ImageRowsFunc            take,
                 gpointer                 taker,
                 GCancellable            *cancellable,
                 GError                 **error)
{
  g_autoptr (VipsRegion) region = vips_region_new (image);
  int bottom = window->y + window->height;
  VipsRect last = { window->x, image->Ysize - 1, 1, 1 };

  for (int y = window->y; y < bottom; y += STRIP_ROWS)
    {
      VipsRect strip = { window->x, y, window->width, MIN (STRIP_ROWS, bottom - y) };

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (vips_region_prepare (region, &strip) != 0)
        return image_damaged (source, error);
      take (taker, VIPS_REGION_ADDR (region, strip.left, strip.top),
            VIPS_REGION_LSKIP (region), strip.height);
    }
  if (bottom < image->Ysize && vips_region_prepare (region, &last) != 0)
    return image_damaged (source, error);
  return TRUE;
}

typedef struct
{
  uint8_t *at;
  size_t   row_size;
} ImageCopy;

static void
image_copy_rows (gpointer taker, const uint8_t *rows, size_t stride, int n_rows)
{
  ImageCopy *copy = taker;

  for (int i = 0; i < n_rows; i++, copy->at += copy->row_size)
    memcpy (copy->at, rows + i * stride, copy->row_size);
}

static PerseaImage *
image_new (const PerseaImageSource *source, int width, int height, GError **error)
{
  uint8_t *pixels = g_try_malloc_n ((size_t) width * 3, height);
  PerseaImage *image;

  if (!pixels)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   _("%s: there is not enough memory for %d × %d pixels"),
                   persea_image_source_get_name (source), width, height);
      return NULL;
    }
  image = g_new (PerseaImage, 1);
  *image = (PerseaImage) { width, height, pixels };
  return image;
}

/* the whole picture, as it is stored */
static PerseaImage *
image_decode (const PerseaImageSource *source,
              VipsImage               *image,
              GCancellable            *cancellable,
              GError                 **error)
{
  g_autoptr (PerseaImage) decoded = image_new (source, image->Xsize, image->Ysize, error);
  PerseaRectangle all = { 0, 0, image->Xsize, image->Ysize };
  ImageCopy copy;

  if (!decoded)
    return NULL;
  copy = (ImageCopy) { decoded->pixels, (size_t) decoded->width * 3 };
  if (!image_read_rows (source, image, &all, image_copy_rows, &copy, cancellable, error))
    return NULL;
  return g_steal_pointer (&decoded);
}

PerseaImage *
persea_image_load (const PerseaImageSource *source, GCancellable *cancellable, GError **error)
{
  g_autoptr (VipsSource) opened = NULL;
  g_autoptr (VipsImage) image = NULL;
  g_autoptr (PerseaImage) stored = NULL;
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  PerseaImage *upright;
  int orientation;

  if (decoders)
    return persea_image_remote_load (decoders, source, cancellable, error);
  if (!persea_image_ensure_vips (error)
      || !(opened = image_open (source, error))
      || !(image = image_read_header (source, opened, image_find_loader (opened), error)))
    return NULL;
  orientation = vips_image_get_orientation (image);
  if (!persea_image_normalize (source, &image, NULL, error)
      || !(stored = image_decode (source, image, cancellable, error)))
    return NULL;
  if (orientation == 1)
    return g_steal_pointer (&stored);

  upright = persea_orientation_is_transposed (orientation)
              ? image_new (source, stored->height, stored->width, error)
              : image_new (source, stored->width, stored->height, error);
  if (upright)
    for (int y = 0; y < upright->height; y += TURN_ROWS)
      persea_orientation_get_rows (orientation, stored->pixels, stored->width, stored->height,
                                   y, MIN (TURN_ROWS, upright->height - y),
                                   upright->pixels + (size_t) y * upright->width * 3);
  return upright;
}

VipsImage *
persea_image_open_upright (const PerseaImageSource *source, GCancellable *cancellable, GError **error)
{
  g_autoptr (VipsSource) opened = NULL;
  g_autoptr (VipsImage) image = NULL;
  VipsImage *made = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !persea_image_ensure_vips (error)
      || !(opened = image_open (source, error))
      || !(image = image_read_header (source, opened, image_find_loader (opened), error)))
    return NULL;
  persea_image_set_cancellable (image, cancellable);
  made = vips_image_copy_memory (image);
  if (persea_image_step (&image, &made, made ? 0 : -1)
      && persea_image_step (&image, &made, vips_autorot (image, &made, NULL)))
    return g_steal_pointer (&image);
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    image_damaged (source, error);
  return NULL;
}

/* what becomes of a picture that is stored with this size and has to be turned like this */
static gboolean
image_plan (const PerseaImageSource *source,
            const PerseaPreprocess  *preprocess,
            VipsImage               *image,
            PerseaPreprocessPlan    *plan,
            GError                 **error)
{
  gboolean transposed = persea_orientation_is_transposed (vips_image_get_orientation (image));

  if (persea_preprocess_plan (preprocess,
                              transposed ? image->Ysize : image->Xsize,
                              transposed ? image->Xsize : image->Ysize, plan, error))
    return TRUE;
  g_prefix_error (error, "%s: ", persea_image_source_get_name (source));
  return FALSE;
}

/* a power of two, up to the 8 that JPEG decoders know */
static int
image_choose_shrink (const PerseaPreprocessPlan *plan)
{
  const PerseaResampleOptions *options = &plan->resample;
  int shrink = 8;

  while (shrink > 1
         && (options->width / shrink < FAST_OVERSAMPLING * options->out_width
             || options->height / shrink < FAST_OVERSAMPLING * options->out_height))
    shrink /= 2;
  return shrink;
}

static void
image_resample_rows (gpointer taker, const uint8_t *rows, size_t stride, int n_rows)
{
  persea_resampler_add_rows (taker, rows, stride, n_rows);
}

/* a picture that is not stored upright; libvips would have to hold it as a whole, too */
static gboolean
image_resample_turned (const PerseaImageSource *source,
                       VipsImage               *image,
                       const PerseaRectangle   *window,
                       PerseaResampler         *resampler,
                       GCancellable            *cancellable,
                       GError                 **error)
{
  int orientation = vips_image_get_orientation (image);
  g_autoptr (PerseaImage) stored = image_decode (source, image, cancellable, error);
  g_autofree uint8_t *rows = NULL;
  size_t stride;

  if (!stored)
    return FALSE;
  stride = (size_t) (persea_orientation_is_transposed (orientation) ? stored->height
                                                                    : stored->width) * 3;
  rows = g_malloc (stride * TURN_ROWS);
  for (int y = 0; y < window->height; y += TURN_ROWS)
    {
      int n_rows = MIN (TURN_ROWS, window->height - y);

      persea_orientation_get_rows (orientation, stored->pixels, stored->width, stored->height,
                                   window->y + y, n_rows, rows);
      persea_resampler_add_rows (resampler, rows + (size_t) window->x * 3, stride, n_rows);
    }
  return TRUE;
}

/* Opens the picture, shrunk if that will do.  @plan: (out): what becomes of it */
static VipsImage *
image_open_planned (const PerseaImageSource *source,
                    VipsSource              *opened,
                    const PerseaPreprocess  *preprocess,
                    PerseaImageQuality       quality,
                    PerseaPreprocessPlan    *plan,
                    GError                 **error)
{
  const char *loader = image_find_loader (opened);
  g_autoptr (VipsImage) image = image_read_header (source, opened, loader, error);
  int shrink;

  if (!image || !image_plan (source, preprocess, image, plan, error))
    return NULL;
  shrink = quality == PERSEA_IMAGE_FAST && g_strcmp0 (loader, PERSEA_IMAGE_KIND_JPEG) == 0
             ? image_choose_shrink (plan)
             : 1;
  if (shrink == 1)
    return g_steal_pointer (&image);

  g_clear_object (&image);
  image = image_open_header (opened, loader, shrink);
  if (!image)
    image_damaged (source, error);
  else if (image_plan (source, preprocess, image, plan, error))
    return g_steal_pointer (&image);
  return NULL;
}

gboolean
persea_image_preprocess (const PerseaImageSource *source,
                         const PerseaPreprocess  *preprocess,
                         PerseaImageQuality       quality,
                         uint8_t                 *square,
                         GCancellable            *cancellable,
                         GError                 **error)
{
  g_autoptr (VipsSource) opened = NULL;
  g_autoptr (VipsImage) image = NULL;
  g_autoptr (PerseaResampler) resampler = NULL;
  g_autoptr (GBytes) profile = NULL;
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  PerseaPreprocessPlan plan;
  PerseaRectangle window;
  gboolean read;

  if (decoders)
    return persea_image_remote_preprocess (decoders, source, preprocess, quality, square, cancellable, error);
  if (!persea_image_ensure_vips (error)
      || !(opened = image_open (source, error))
      || !(image = image_open_planned (source, opened, preprocess, quality, &plan, error))
      || !persea_image_normalize (source, &image, quality == PERSEA_IMAGE_FAST ? &profile : NULL, error)
      || !(resampler = persea_resampler_new (&plan.resample, error)))
    return FALSE;

  window = persea_resampler_get_window (resampler);
  read = vips_image_get_orientation (image) == 1
           ? image_read_rows (source, image, &window, image_resample_rows, resampler,
                              cancellable, error)
           : image_resample_turned (source, image, &window, resampler, cancellable, error);
  if (!read)
    return FALSE;

  persea_preprocess_finish (preprocess, &plan, resampler, square);
  if (profile)
    {
      gsize size;
      const void *data = g_bytes_get_data (profile, &size);

      persea_image_apply_rgb_profile (square, (size_t) preprocess->image_size * preprocess->image_size,
                               data, size);
    }
  return TRUE;
}

VipsImage *
persea_image_open_header (const PerseaImageSource *source, GError **error)
{
  g_autoptr (VipsSource) opened = NULL;

  if (!persea_image_ensure_vips (error) || !(opened = image_open (source, error)))
    return NULL;
  return image_read_header (source, opened, image_find_loader (opened), error);
}

gboolean
persea_image_read_xmp (const PerseaImageSource *source, GBytes **xmp, GError **error)
{
  g_autoptr (VipsImage) image = NULL;
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  const void *data;
  size_t size;

  if (decoders)
    return persea_image_remote_read_xmp (decoders, source, xmp, error);
  image = persea_image_open_header (source, error);
  if (!image)
    return FALSE;
  *xmp = NULL;
  if (vips_image_get_typeof (image, VIPS_META_XMP_NAME)
      && vips_image_get_blob (image, VIPS_META_XMP_NAME, &data, &size) == 0)
    *xmp = g_bytes_new (data, size);
  vips_error_clear ();
  return TRUE;
}
