/* persea-image-text.h - letters as pixels
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Set by libvips with Pango, in whatever fonts there are.  Threads: any.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * PerseaTextMask:
 * @coverage: [height, width]: 0 (paper) to 255 (ink)
 */
typedef struct
{
  int      width, height;
  uint8_t *coverage;
} PerseaTextMask;

/**
 * persea_image_render_text:
 * @text: UTF-8
 * @size: height of the font, pixels
 * @max_width: lines are broken there; 0 for one line
 *
 * Returns: (transfer full) (nullable): the text, cut to its ink; %NULL if it cannot be set: there
 *   is no font, or libvips has no Pango, or there is nothing to see
 */
PerseaTextMask *persea_image_render_text (const char *text,
                                          int         size,
                                          gboolean    bold,
                                          int         max_width);

void persea_text_mask_free (PerseaTextMask *mask);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTextMask, persea_text_mask_free)

G_END_DECLS
