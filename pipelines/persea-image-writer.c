/* persea-image-writer.c - pictures to files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Encoded in memory: what is written then is one array of bytes, whose writing fails for reasons
 * that the system knows and not libvips.
 */
#include "config.h"

#include "persea-image-writer.h"

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-vips-private.h"

static const struct
{
  const char *suffix;
  const char *options; /* of libvips' saver, behind the suffix */
} image_formats[] = {
  { ".png", ".png[compression=9]" },
  { ".jpg", ".jpg[Q=95,optimize-coding,subsample-mode=off]" },
  { ".jpeg", ".jpg[Q=95,optimize-coding,subsample-mode=off]" },
  { ".webp", ".webp[lossless]" },
  { ".tif", ".tif[compression=deflate,predictor=horizontal]" },
  { ".tiff", ".tif[compression=deflate,predictor=horizontal]" },
  { ".avif", ".avif[Q=85]" },
  { ".heic", ".heic[Q=85]" },
  { ".jxl", ".jxl[lossless]" },
};

static const char *
image_find_options (const char *name, const char **suffix)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (size_t i = 0; i < G_N_ELEMENTS (image_formats); i++)
    if (g_str_has_suffix (lower, image_formats[i].suffix))
      {
        const char *saver = vips_foreign_find_save_buffer (image_formats[i].suffix);

        vips_error_clear ();
        if (suffix)
          *suffix = image_formats[i].suffix;
        return saver ? image_formats[i].options : NULL;
      }
  return NULL;
}

const char *
persea_image_find_suffix (const char *name)
{
  const char *suffix = NULL;

  return persea_image_ensure_vips (NULL) && image_find_options (name, &suffix) ? suffix : NULL;
}

/* the suffixes that can be written, for messages */
static char *
image_list_suffixes (void)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (image_formats); i++)
    if (image_find_options (image_formats[i].suffix, NULL))
      g_string_append_printf (list, "%s%s", list->len > 0 ? " " : "", image_formats[i].suffix);
  return g_string_free (g_steal_pointer (&list), FALSE);
}

static void
image_set_xmp (VipsImage *image, GBytes *xmp)
{
  vips_image_remove (image, VIPS_META_XMP_NAME);
  if (xmp)
    vips_image_set_blob_copy (image, VIPS_META_XMP_NAME, g_bytes_get_data (xmp, NULL),
                              g_bytes_get_size (xmp));
}

gboolean
persea_image_check_suffix (const char *name, GError **error)
{
  g_autofree char *suffixes = NULL;

  if (!persea_image_ensure_vips (error))
    return FALSE;
  if (image_find_options (name, NULL))
    return TRUE;
  suffixes = image_list_suffixes ();
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               _("%s: no format with this suffix can be written; expected one of %s"), name, suffixes);
  return FALSE;
}

GBytes *
persea_image_encode_vips (VipsImage    *image,
                          const char   *name,
                          GBytes       *xmp,
                          GCancellable *cancellable,
                          GError      **error)
{
  const char *options = image_find_options (name, NULL);
  void *data;
  size_t size;

  if (!persea_image_check_suffix (name, error))
    return NULL;
  image_set_xmp (image, xmp);
  persea_image_set_cancellable (image, cancellable);
  if (vips_image_write_to_buffer (image, options, &data, &size, NULL) == 0)
    return g_bytes_new_take (data, size);
  vips_error_clear ();
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: the picture cannot be encoded"), name);
  return NULL;
}

GBytes *
persea_image_encode (const PerseaImage *image, const char *name, GBytes *xmp, GError **error)
{
  return persea_image_encode_bands (image->pixels, image->width, image->height, 3, name, xmp, error);
}

GBytes *
persea_image_encode_bands (const uint8_t  *bytes,
                           int             width,
                           int             height,
                           int             n_bands,
                           const char     *name,
                           GBytes         *xmp,
                           GError        **error)
{
  g_autoptr (VipsImage) pixels = NULL;

  if (!persea_image_check_suffix (name, error))
    return NULL;
  pixels = vips_image_new_from_memory (bytes, (size_t) width * height * n_bands, width, height, n_bands,
                                       VIPS_FORMAT_UCHAR);
  if (!pixels)
    {
      vips_error_clear ();
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: the picture cannot be encoded"), name);
      return NULL;
    }
  pixels->Type = n_bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  return persea_image_encode_vips (pixels, name, xmp, NULL, error);
}
