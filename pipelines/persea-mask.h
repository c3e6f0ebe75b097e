/* persea-mask.h - what of a picture is to be drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Masks are [height, width], 0 for what is kept and 255 for what is drawn, as persea-completion.h
 * takes them.
 */
#pragma once

#include "persea-image-source.h"

G_BEGIN_DECLS

typedef enum
{
  PERSEA_SIDE_LEFT,
  PERSEA_SIDE_TOP,
  PERSEA_SIDE_RIGHT,
  PERSEA_SIDE_BOTTOM,
  PERSEA_N_SIDES,
} PerseaSide;

/* (transfer none): "left", "top", "right", "bottom" */
const char *persea_side_name (PerseaSide side);
gboolean    persea_side_parse (const char *text, PerseaSide *side, GError **error);

/**
 * persea_mask_parse_rows:
 * @text: a number of pixels, or of hundredths of the height with "%"
 * @height: of the picture
 * @rows: (out): 1 to @height - 1
 */
gboolean persea_mask_parse_rows (const char *text, int height, int *rows, GError **error);

/* (transfer full): everything but the upper @rows rows is drawn */
uint8_t *persea_mask_keep_rows (int width, int height, int rows);

/* (transfer full): the half on that side is kept; of an odd number of pixels, the smaller half */
uint8_t *persea_mask_keep_side (int width, int height, PerseaSide side);

/**
 * persea_mask_load:
 * @path: (type filename): a picture: what is bright in it is drawn
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if it has another size, naming both
 *
 * Returns: (transfer full) (nullable)
 */
uint8_t *persea_mask_load (const char    *path,
                           int            width,
                           int            height,
                           GCancellable  *cancellable,
                           GError       **error);

/* (transfer full) (nullable): what is transparent in the picture is drawn */
uint8_t *persea_mask_load_transparency (const PerseaImageSource *source,
                                        GCancellable            *cancellable,
                                        GError                 **error);

G_END_DECLS
