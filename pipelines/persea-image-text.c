/* persea-image-text.c - letters as pixels
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Without any font Pango does not fail: it draws the same box for every letter, or nothing.  So
 * two letters are compared once.
 */
#include "config.h"

#include "persea-image-text.h"

#include <string.h>

#include "persea-image-vips-private.h"

#define MAX_PIXELS (16 * 1024 * 1024)

void
persea_text_mask_free (PerseaTextMask *mask)
{
  if (!mask)
    return;

  g_free (mask->coverage);
  g_free (mask);
}

static PerseaTextMask *
text_render (const char *text, int size, gboolean bold, int max_width)
{
  g_autofree char *font = g_strdup_printf ("sans %s%d", bold ? "bold " : "", size);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  g_autoptr (VipsImage) image = NULL;
  PerseaTextMask *mask;
  size_t n;
  int status;

  /* at 72 dots per inch a point is a pixel */
  if (max_width > 0)
    status = vips_text (&image, markup, "font", font, "dpi", 72, "width", max_width, NULL);
  else
    status = vips_text (&image, markup, "font", font, "dpi", 72, NULL);
  if (status != 0 || image->Bands != 1 || image->BandFmt != VIPS_FORMAT_UCHAR
      || (uint64_t) image->Xsize * image->Ysize > MAX_PIXELS)
    {
      vips_error_clear ();
      return NULL;
    }
  mask = g_new (PerseaTextMask, 1);
  *mask = (PerseaTextMask) { image->Xsize, image->Ysize, vips_image_write_to_memory (image, &n) };
  if (!mask->coverage)
    {
      vips_error_clear ();
      g_clear_pointer (&mask, persea_text_mask_free);
    }
  return mask;
}

/* that there is no font is said in another way than on standard error */
static void
text_drop_log (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

static gpointer
text_try_fonts (gpointer data)
{
  g_autoptr (PerseaTextMask) narrow = NULL;
  g_autoptr (PerseaTextMask) wide = NULL;

  if (!persea_image_ensure_vips (NULL) || !vips_type_find ("VipsOperation", "text"))
    return GINT_TO_POINTER (FALSE);
  g_log_set_handler ("Pango", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL, text_drop_log, NULL);
  narrow = text_render ("i", 24, FALSE, 0);
  wide = text_render ("W", 24, FALSE, 0);
  return GINT_TO_POINTER (narrow && wide && narrow->width != wide->width);
}

PerseaTextMask *
persea_image_render_text (const char *text, int size, gboolean bold, int max_width)
{
  static GOnce once = G_ONCE_INIT;

  if (!GPOINTER_TO_INT (g_once (&once, text_try_fonts, NULL)))
    return NULL;
  return text_render (text, size, bold, max_width);
}
