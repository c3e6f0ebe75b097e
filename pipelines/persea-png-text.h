/* persea-png-text.h - text chunks of PNG files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tEXt holds Latin-1; everything else goes into iTXt, as UTF-8 (PNG specification, 11.3.4).
 * libvips would put UTF-8 into tEXt, where other programs take it for Latin-1, and XMP into zTXt,
 * where they do not look for it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PerseaPngText:
 * @keyword: 1 to 79 printable ASCII characters
 * @text: UTF-8
 * @is_international: goes into iTXt whatever its letters are, as XMP has to
 */
typedef struct
{
  const char *keyword;
  const char *text;
  gboolean    is_international;
} PerseaPngText;

#define PERSEA_PNG_TEXT_XMP "XML:com.adobe.xmp" /* keyword of a packet of XMP */

/**
 * persea_png_text_insert:
 * @png: a whole PNG file, as an encoder made it
 *
 * Returns: (transfer full): the file with the texts behind its header
 */
GBytes *persea_png_text_insert (GBytes              *png,
                                const PerseaPngText *texts,
                                size_t               n_texts);

/**
 * persea_png_text_find:
 * @png: a file from anywhere, whole or its beginning
 *
 * Compressed chunks are not read: nobody writes such for what is looked for here.
 *
 * Returns: (transfer full) (nullable): the first text of that keyword, UTF-8; %NULL if there is
 *   none or it is no PNG file
 */
char *persea_png_text_find (GBytes     *png,
                            const char *keyword);

G_END_DECLS
