/* persea-texts-file.h - captions from a file or from the command line
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PERSEA_TEXTS_MAX_BYTES (256 * 1024 * 1024)
#define PERSEA_TEXTS_MAX_LENGTH 4096 /* bytes of one text */

/**
 * persea_texts_file_load:
 * @path: (type filename): a file, "-" for standard input; UTF-8, one text a line
 * @texts: (element-type utf8): where the texts go; empty lines are left out
 * @error: return location; %PERSEA_ERROR_INVALID_DATA names the line
 */
gboolean persea_texts_file_load (const char    *path,
                                 GPtrArray     *texts,
                                 GCancellable  *cancellable,
                                 GError       **error);

G_END_DECLS
