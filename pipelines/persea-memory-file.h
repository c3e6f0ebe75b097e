/* persea-memory-file.h - bytes as a file in memory that nobody can change
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How results travel to other programs: they read them, or map them, and need not fear that they
 * change or shrink meanwhile.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * persea_memory_file_new:
 * @name: for those who look at the descriptors of a process
 * @error: return location; an error of GIO
 *
 * Returns: a descriptor to be closed, at its beginning, sealed against everything; or -1
 */
int persea_memory_file_new (const char *name, GBytes *bytes, GError **error);

G_END_DECLS
