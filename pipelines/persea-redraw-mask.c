/* persea-redraw-mask.c - which part of a picture is drawn anew, as it is said and as it is noted
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-redraw-mask.h"

#include <string.h>

#define FILE_PREFIX "mask="
#define ROWS_PREFIX "keep-rows="
#define SIDE_PREFIX "keep="
#define TRANSPARENCY "mask=transparency"

void
persea_redraw_mask_clear (PerseaRedrawMask *mask)
{
  g_clear_pointer (&mask->file, g_free);
  g_clear_pointer (&mask->rows, g_free);
}

uint8_t *
persea_redraw_mask_load (const PerseaRedrawMask   *mask,
                         const PerseaImageSource  *source,
                         const PerseaImage        *image,
                         GCancellable             *cancellable,
                         GError                  **error)
{
  int rows = 0;

  if (mask->file)
    return persea_mask_load (mask->file, image->width, image->height, cancellable, error);
  if (mask->keeps_side)
    return persea_mask_keep_side (image->width, image->height, mask->side);
  if (!mask->rows)
    return persea_mask_load_transparency (source, cancellable, error);
  if (persea_mask_parse_rows (mask->rows, image->height, &rows, error))
    return persea_mask_keep_rows (image->width, image->height, rows);
  g_prefix_error (error, "--keep-rows: ");
  return NULL;
}

char *
persea_redraw_mask_describe (const PerseaRedrawMask *mask)
{
  g_autofree char *base = mask->file ? g_path_get_basename (mask->file) : NULL;
  g_autofree char *name = base ? g_filename_display_name (base) : NULL;

  if (name)
    return g_strconcat (FILE_PREFIX, name, NULL);
  if (mask->rows)
    return g_strconcat (ROWS_PREFIX, mask->rows, NULL);
  return mask->keeps_side ? g_strconcat (SIDE_PREFIX, persea_side_name (mask->side), NULL)
                          : g_strdup (TRANSPARENCY);
}

gboolean
persea_redraw_mask_parse (const char *text, gboolean has_file, PerseaRedrawMask *mask)
{
  *mask = (PerseaRedrawMask) { NULL };
  if (has_file && g_str_has_prefix (text, FILE_PREFIX))
    mask->file = g_strdup (text + strlen (FILE_PREFIX));
  else if (g_str_has_prefix (text, ROWS_PREFIX))
    mask->rows = g_strdup (text + strlen (ROWS_PREFIX));
  else if (g_str_has_prefix (text, SIDE_PREFIX))
    return mask->keeps_side = persea_side_parse (text + strlen (SIDE_PREFIX), &mask->side, NULL);
  else
    return strcmp (text, TRANSPARENCY) == 0;
  return TRUE;
}
