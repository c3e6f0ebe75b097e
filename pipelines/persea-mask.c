/* persea-mask.c - what of a picture is to be drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-mask.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-image-patch.h"

static const char *const side_names[PERSEA_N_SIDES] = {
  [PERSEA_SIDE_LEFT] = "left",
  [PERSEA_SIDE_TOP] = "top",
  [PERSEA_SIDE_RIGHT] = "right",
  [PERSEA_SIDE_BOTTOM] = "bottom",
};

const char *
persea_side_name (PerseaSide side)
{
  g_return_val_if_fail ((unsigned) side < PERSEA_N_SIDES, NULL);

  return side_names[side];
}

gboolean
persea_side_parse (const char *text, PerseaSide *side, GError **error)
{
  for (unsigned i = 0; i < PERSEA_N_SIDES; i++)
    if (strcmp (text, side_names[i]) == 0)
      {
        *side = i;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("expected left, top, right or bottom, found “%s”"), text);
  return FALSE;
}

gboolean
persea_mask_parse_rows (const char *text, int height, int *rows, GError **error)
{
  char *end = NULL;
  double number = g_ascii_strtod (text, &end);
  gboolean ok = end != text && number > 0;

  if (ok && *end == '%')
    {
      number = number * height / 100;
      end++;
    }
  if (!ok || *end != '\0')
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("expected a number of pixels, or of hundredths such as 50%%, found “%s”"), text);
      return FALSE;
    }
  if (number < 1 || number > height - 1)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("expected 1 to %d rows of the picture's %d, found “%s”"), MAX (height - 1, 1), height,
                   text);
      return FALSE;
    }
  *rows = (int) (number + 0.5);
  return TRUE;
}

/* @left … @bottom: what is kept */
static uint8_t *
mask_keep (int width, int height, int left, int top, int right, int bottom)
{
  uint8_t *mask = g_malloc_n (width, height);

  memset (mask, 255, (size_t) width * height);
  for (int y = top; y < bottom; y++)
    memset (mask + (size_t) y * width + left, 0, right - left);
  return mask;
}

uint8_t *
persea_mask_keep_rows (int width, int height, int rows)
{
  return mask_keep (width, height, 0, 0, width, rows);
}

uint8_t *
persea_mask_keep_side (int width, int height, PerseaSide side)
{
  return mask_keep (width, height,
                    side == PERSEA_SIDE_RIGHT ? width - width / 2 : 0,
                    side == PERSEA_SIDE_BOTTOM ? height - height / 2 : 0,
                    side == PERSEA_SIDE_LEFT ? width / 2 : width,
                    side == PERSEA_SIDE_TOP ? height / 2 : height);
}

uint8_t *
persea_mask_load (const char    *path,
                  int            width,
                  int            height,
                  GCancellable  *cancellable,
                  GError       **error)
{
  const PerseaImageSource source = { .path = path };
  int mask_width = 0, mask_height = 0;
  g_autofree uint8_t *mask = persea_image_load_grey (&source, &mask_width, &mask_height,
                                                     cancellable, error);

  if (mask == NULL)
    return NULL;
  if (mask_width == width && mask_height == height)
    return g_steal_pointer (&mask);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: the mask has %d × %d pixels, the picture %d × %d"),
               persea_image_source_get_name (&source), mask_width, mask_height, width, height);
  return NULL;
}

uint8_t *
persea_mask_load_transparency (const PerseaImageSource *source,
                               GCancellable            *cancellable,
                               GError                 **error)
{
  int width = 0, height = 0;
  uint8_t *mask = persea_image_load_alpha (source, &width, &height, cancellable, error);
  size_t n = (size_t) width * height;

  for (size_t i = 0; mask != NULL && i < n; i++)
    mask[i] = 255 - mask[i];
  return mask;
}
