/* persea-redraw-mask.h - which part of a picture is drawn anew, as it is said and as it is noted
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-image.h"
#include "persea-mask.h"

G_BEGIN_DECLS

/**
 * PerseaRedrawMask:
 * @file: (nullable) (type filename): a picture of it; or
 * @rows: (nullable): how many rows are kept, as persea_mask_parse_rows() takes it; or
 * @keeps_side: whether a half is kept, and
 * @side: which; and if there is nothing of all this, what is transparent is drawn
 */
typedef struct
{
  char      *file;
  char      *rows;
  gboolean   keeps_side;
  PerseaSide side;
} PerseaRedrawMask;

void persea_redraw_mask_clear (PerseaRedrawMask *mask);

/**
 * persea_redraw_mask_load:
 * @source: the picture, and
 * @image: its pixels
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if the two do not fit
 *
 * Returns: (transfer full) (nullable): what is drawn, see persea-mask.h
 */
uint8_t *persea_redraw_mask_load (const PerseaRedrawMask   *mask,
                                  const PerseaImageSource  *source,
                                  const PerseaImage        *image,
                                  GCancellable             *cancellable,
                                  GError                  **error);

/* (transfer full): "keep=left": what pictures note of it; of a file, the name without folders */
char *persea_redraw_mask_describe (const PerseaRedrawMask *mask);

/**
 * persea_redraw_mask_parse:
 * @text: as it was noted
 * @has_file: whether the mask was a file
 * @mask: (out caller-allocates): to be cleared; its file has no folder
 *
 * Returns: whether it is understood
 */
gboolean persea_redraw_mask_parse (const char       *text,
                                   gboolean          has_file,
                                   PerseaRedrawMask *mask);

G_END_DECLS
