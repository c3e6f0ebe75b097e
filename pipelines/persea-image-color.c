/* persea-image-color.c - whatever colours a picture has, to sRGB
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-image-vips-private.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"

gboolean
persea_image_apply_rgb_profile (uint8_t *pixels, size_t n_pixels, const void *profile, size_t profile_size)
{
  enum { STEPS = 6, N = STEPS * STEPS * STEPS }; /* colours to try, put in front */
  size_t size = (N + n_pixels) * 3;
  g_autofree uint8_t *before = g_malloc (size);
  g_autofree uint8_t *after = NULL;
  g_autoptr (VipsImage) image = NULL;
  g_autoptr (VipsImage) converted = NULL;
  gboolean matters = FALSE;

  for (int i = 0; i < N; i++)
    {
      before[i * 3] = i % STEPS * 51;
      before[i * 3 + 1] = i / STEPS % STEPS * 51;
      before[i * 3 + 2] = i / STEPS / STEPS * 51;
    }
  if (n_pixels > 0)
    memcpy (before + N * 3, pixels, n_pixels * 3);
  image = vips_image_new_from_memory (before, size, N + n_pixels, 1, 3, VIPS_FORMAT_UCHAR);
  vips_image_set_blob_copy (image, VIPS_META_ICC_NAME, profile, profile_size);
  image->Type = VIPS_INTERPRETATION_sRGB;
  if (vips_icc_transform (image, &converted, "srgb", "embedded", TRUE,
                          "pcs", VIPS_PCS_XYZ, NULL) != 0
      || !(after = vips_image_write_to_memory (converted, &size)))
    {
      vips_error_clear ();
      return FALSE;
    }
  for (int i = 0; i < N * 3; i++)
    matters |= ABS (after[i] - before[i]) > 1;
  if (matters && n_pixels > 0)
    memcpy (pixels, after + N * 3, n_pixels * 3);
  return matters;
}

static gboolean
image_is_rgb (VipsImage *image)
{
  return image->Type == VIPS_INTERPRETATION_sRGB && image->BandFmt == VIPS_FORMAT_UCHAR;
}

/* Scientists store more bands than colours and transparency: further ones are left out, and if
 * nobody says what they are, the first are red, green and blue. */
static gboolean
image_choose_bands (VipsImage **image)
{
  VipsImage *made = NULL;
  VipsInterpretation meaning = (*image)->Type;
  int bands = (*image)->Bands;
  int colors = 3;

  if (meaning == VIPS_INTERPRETATION_MULTIBAND)
    meaning = bands >= 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W;
  if (meaning == VIPS_INTERPRETATION_B_W || meaning == VIPS_INTERPRETATION_GREY16)
    colors = 1;
  else if (meaning == VIPS_INTERPRETATION_CMYK)
    colors = 4;
  if (bands <= colors + 1 && meaning == (*image)->Type)
    return TRUE;
  return persea_image_step (image, &made,
                     vips_extract_band (*image, &made, 0, "n", MIN (bands, colors), NULL))
         && persea_image_step (image, &made,
                        vips_copy (*image, &made, "interpretation", meaning, NULL));
}

/* @later: (nullable): an RGB picture's profile is stored here instead, for after the resampling;
 * to apply it takes longer than all the rest together */
static gboolean
image_apply_profile (VipsImage **image, GBytes **later)
{
  VipsImage *made = NULL;
  const void *profile;
  size_t size;

  if ((*image)->Type == VIPS_INTERPRETATION_CMYK) /* libvips has a usual one, if there is none */
    return persea_image_step (image, &made,
                       vips_icc_transform (*image, &made, "srgb", "embedded", TRUE,
                                           "input_profile", "cmyk", NULL));
  if (!vips_image_get_typeof (*image, VIPS_META_ICC_NAME)
      || vips_image_get_blob (*image, VIPS_META_ICC_NAME, &profile, &size) != 0)
    return TRUE;

  if (image_is_rgb (*image) && later)
    *later = g_bytes_new (profile, size);
  else if (!image_is_rgb (*image) || persea_image_apply_rgb_profile (NULL, 0, profile, size))
    persea_image_step (image, &made, /* one that does not fit the picture is as good as none */
                vips_icc_transform (*image, &made, "srgb", "embedded", TRUE,
                                    "pcs", VIPS_PCS_XYZ, NULL));
  return TRUE;
}

gboolean
persea_image_normalize (const PerseaImageSource *source, VipsImage **image, GBytes **profile, GError **error)
{
  g_autoptr (VipsArrayDouble) white = vips_array_double_newv (1, 255.0);
  VipsImage *made = NULL;

  if (image_choose_bands (image)
      && image_apply_profile (image, profile)
      && persea_image_step (image, &made,
                     vips_colourspace (*image, &made, VIPS_INTERPRETATION_sRGB, NULL))
      && (!vips_image_hasalpha (*image)
          || persea_image_step (image, &made,
                         vips_flatten (*image, &made, "background", white, NULL)))
      && persea_image_step (image, &made, vips_cast (*image, &made, VIPS_FORMAT_UCHAR, NULL))
      && (*image)->Bands == 3)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               _("%s: its colours cannot be made RGB"), persea_image_source_get_name (source));
  return FALSE;
}
