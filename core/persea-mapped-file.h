/* persea-mapped-file.h - small files from outside, mapped for reading
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_mapped_file_open:
 * @path: (type filename): a file; it may be empty
 * @error: return location; %G_IO_ERROR, or %PERSEA_ERROR_INVALID_DATA for what is no regular
 *   file; the message names @path
 *
 * As g_mapped_file_new(), but a pipe does not make it wait, and a folder or a device is told for
 * what it is.
 *
 * Returns: (transfer full) (nullable): the file
 */
GMappedFile *persea_mapped_file_open (const char  *path,
                                      GError     **error);

G_END_DECLS
