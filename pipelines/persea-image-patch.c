/* persea-image-patch.c - a picture of which a part is painted over
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image-patch.h"

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-remote.h"
#include "persea-image-vips-private.h"
#include "persea-image-writer.h"

#define PATCH_THUMBNAIL "jpeg-thumbnail-data"

static gboolean
patch_fails (const PerseaImageSource *source, GCancellable *cancellable, GError **error)
{
  vips_error_clear ();
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("%s: there is not enough memory for the picture"),
                 persea_image_source_get_name (source));
  return FALSE;
}

/* whether pixels can be put into a picture that is stored like this; others become sRGB before */
static gboolean
patch_fits (VipsImage *image)
{
  int colors = image->Bands - (vips_image_hasalpha (image) ? 1 : 0);

  if (image->BandFmt != VIPS_FORMAT_UCHAR && image->BandFmt != VIPS_FORMAT_USHORT)
    return FALSE;
  switch (image->Type)
    {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
      return colors == 1;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB16:
      return colors == 3;
    case VIPS_INTERPRETATION_CMYK:
      return colors == 4 && image->BandFmt == VIPS_FORMAT_UCHAR;
    default:
      return FALSE;
    }
}

/* sRGB to the colours of @image's profile; by Lab, for by XYZ libvips 8.14 loses dark blues */
static gboolean
patch_apply_profile (VipsImage **patch, VipsImage *image)
{
  VipsImage *made = NULL;
  gboolean embedded = vips_image_get_typeof (image, VIPS_META_ICC_NAME) != 0;
  const void *profile = NULL;
  size_t size = 0;
  int depth = image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;

  if (!persea_image_step (patch, &made,
                          vips_icc_import (*patch, &made, "input_profile", "srgb", NULL))
      || !persea_image_step (patch, &made, vips_copy (*patch, &made, NULL)))
    return FALSE;
  vips_image_remove (*patch, VIPS_META_ICC_NAME);
  if (!embedded)
    return persea_image_step (patch, &made,
                              vips_icc_export (*patch, &made, "output_profile", "cmyk",
                                               "depth", depth, NULL));
  if (vips_image_get_blob (image, VIPS_META_ICC_NAME, &profile, &size) != 0)
    return FALSE;
  vips_image_set_blob_copy (*patch, VIPS_META_ICC_NAME, profile, size);
  return persea_image_step (patch, &made,
                            vips_icc_export (*patch, &made, "depth", depth, NULL));
}

/* sRGB to what @image has, with as many bands */
static VipsImage *
patch_convert (VipsImage *pixels, VipsImage *image)
{
  g_autoptr (VipsImage) patch = g_object_ref (pixels);
  g_autoptr (VipsImage) profiled = g_object_ref (pixels);
  VipsImage *made = NULL;
  double opaque = image->BandFmt == VIPS_FORMAT_USHORT ? 65535 : 255;

  if ((image->Type == VIPS_INTERPRETATION_CMYK
       || vips_image_get_typeof (image, VIPS_META_ICC_NAME) != 0)
      && patch_apply_profile (&profiled, image)
      && profiled->Bands == image->Bands - (vips_image_hasalpha (image) ? 1 : 0))
    {
      g_object_unref (patch);
      patch = g_steal_pointer (&profiled);
    }
  else if (!persea_image_step (&patch, &made, vips_colourspace (patch, &made, image->Type, NULL)))
    return NULL;
  vips_error_clear ();
  if (!persea_image_step (&patch, &made, vips_cast (patch, &made, image->BandFmt, NULL))
      || (patch->Bands < image->Bands
          && !persea_image_step (&patch, &made, vips_bandjoin_const1 (patch, &made, opaque, NULL)))
      || patch->Bands != image->Bands)
    return NULL;
  return g_steal_pointer (&patch);
}

/* @image: (inout) */
static gboolean
patch_put (VipsImage **image, const PerseaImagePatch *patch)
{
  const PerseaRectangle *place = &patch->place;
  size_t n = (size_t) place->width * place->height;
  g_autoptr (VipsImage) pixels = vips_image_new_from_memory (patch->pixels, n * 3, place->width,
                                                             place->height, 3, VIPS_FORMAT_UCHAR);
  g_autoptr (VipsImage) painted = vips_image_new_from_memory (patch->painted, n, place->width,
                                                              place->height, 1, VIPS_FORMAT_UCHAR);
  g_autoptr (VipsImage) converted = NULL;
  g_autoptr (VipsImage) part = NULL;
  g_autoptr (VipsImage) mixed = NULL;
  VipsImage *made = NULL;

  if (!pixels || !painted)
    return FALSE;
  pixels->Type = VIPS_INTERPRETATION_sRGB;
  converted = patch_convert (pixels, *image);
  return converted
         && vips_extract_area (*image, &part, place->x, place->y, place->width, place->height, NULL) == 0
         && vips_ifthenelse (painted, converted, part, &mixed, NULL) == 0
         && persea_image_step (image, &made,
                               vips_insert (*image, mixed, &made, place->x, place->y, NULL))
         && persea_image_step (image, &made, vips_copy (*image, &made, NULL));
}

/* Texts of a PNG file that say how the old picture was made; the new one gets its own. */
static gpointer
patch_drop_text (VipsImage *image, const char *name, GValue *value, gpointer user_data)
{
  static const char *const dropped[] = { "-parameters", "-Software", "-XML:com.adobe.xmp" };

  for (size_t i = 0; i < G_N_ELEMENTS (dropped); i++)
    if (g_str_has_prefix (name, "png-comment-") && g_str_has_suffix (name, dropped[i]))
      g_ptr_array_add (user_data, g_strdup (name));
  return NULL;
}

static void
patch_drop_old (VipsImage *image)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  vips_image_map (image, patch_drop_text, names);
  for (unsigned i = 0; i < names->len; i++)
    vips_image_remove (image, g_ptr_array_index (names, i));
  vips_image_remove (image, PATCH_THUMBNAIL); /* shows what was there before */
}

GBytes *
persea_image_encode_patched (const PerseaImageSource *source,
                             const PerseaImagePatch  *patch,
                             const char              *name,
                             GBytes                  *xmp,
                             GCancellable            *cancellable,
                             GError                 **error)
{
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  g_autoptr (VipsImage) image = NULL;

  if (decoders)
    return persea_image_remote_encode_patched (decoders, source, patch, name, xmp, cancellable, error);
  image = persea_image_open_upright (source, cancellable, error);
  if (!image || (!patch_fits (image) && !persea_image_normalize (source, &image, NULL, error)))
    return NULL;
  if (!patch_put (&image, patch))
    {
      patch_fails (source, cancellable, error);
      return NULL;
    }
  patch_drop_old (image);
  return persea_image_encode_vips (image, name, xmp, cancellable, error);
}

/* @image: one band with 8 bits */
static uint8_t *
patch_read_band (const PerseaImageSource *source,
                 VipsImage               *image,
                 int                     *width,
                 int                     *height,
                 GCancellable            *cancellable,
                 GError                 **error)
{
  uint8_t *pixels = NULL;
  size_t size;

  persea_image_set_cancellable (image, cancellable);
  pixels = vips_image_write_to_memory (image, &size);
  if (!pixels)
    {
      patch_fails (source, cancellable, error);
      return NULL;
    }
  *width = image->Xsize;
  *height = image->Ysize;
  return pixels;
}

/* the last band, in 8 bits; NULL if there is none for transparency */
static VipsImage *
patch_get_alpha (VipsImage *image)
{
  g_autoptr (VipsImage) alpha = NULL;
  VipsImage *made = NULL;

  if (!vips_image_hasalpha (image)
      || vips_extract_band (image, &alpha, image->Bands - 1, NULL) != 0
      || (image->BandFmt == VIPS_FORMAT_USHORT
          && !persea_image_step (&alpha, &made, vips_linear1 (alpha, &made, 255.0 / 65535, 0, NULL)))
      || !persea_image_step (&alpha, &made, vips_cast (alpha, &made, VIPS_FORMAT_UCHAR, NULL)))
    return NULL;
  return g_steal_pointer (&alpha);
}

uint8_t *
persea_image_load_alpha (const PerseaImageSource *source,
                         int                     *width,
                         int                     *height,
                         GCancellable            *cancellable,
                         GError                 **error)
{
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  g_autoptr (VipsImage) image = NULL;
  g_autoptr (VipsImage) alpha = NULL;

  if (decoders)
    return persea_image_remote_load_plane (decoders, PERSEA_DECODER_ALPHA, source, width, height, cancellable,
                                           error);
  image = persea_image_open_upright (source, cancellable, error);
  alpha = image ? patch_get_alpha (image) : NULL;
  if (image && !alpha)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: no part of it is transparent"),
                 persea_image_source_get_name (source));
  return alpha ? patch_read_band (source, alpha, width, height, cancellable, error) : NULL;
}

uint8_t *
persea_image_load_grey (const PerseaImageSource *source,
                        int                     *width,
                        int                     *height,
                        GCancellable            *cancellable,
                        GError                 **error)
{
  PerseaDecoderPool *decoders = persea_image_remote_get_decoders ();
  g_autoptr (VipsImage) image = NULL;
  VipsImage *made = NULL;

  if (decoders)
    return persea_image_remote_load_plane (decoders, PERSEA_DECODER_GREY, source, width, height, cancellable,
                                           error);
  image = persea_image_open_upright (source, cancellable, error);
  if (!image)
    return NULL;
  if (vips_image_hasalpha (image)
      && !persea_image_step (&image, &made, vips_flatten (image, &made, NULL))) /* over black */
    {
      patch_fails (source, cancellable, error);
      return NULL;
    }
  if (!persea_image_normalize (source, &image, NULL, error))
    return NULL;
  if (!persea_image_step (&image, &made, vips_colourspace (image, &made, VIPS_INTERPRETATION_B_W, NULL))
      || !persea_image_step (&image, &made, vips_cast (image, &made, VIPS_FORMAT_UCHAR, NULL)))
    {
      patch_fails (source, cancellable, error);
      return NULL;
    }
  return patch_read_band (source, image, width, height, cancellable, error);
}
