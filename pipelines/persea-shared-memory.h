/* persea-shared-memory.h - memory that another process fills in, or reads
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * It has its size from the beginning, and is sealed so that nobody can make it larger or smaller;
 * what is not written takes no memory.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * persea_shared_memory_new:
 * @size: bytes, at least 1
 * @error: return location; %PERSEA_ERROR_FAILED
 *
 * Returns: a descriptor to be closed; -1 with @error set
 */
int persea_shared_memory_new (size_t size, GError **error);

/**
 * persea_shared_memory_new_growing:
 *
 * For those who use it as a file: it is empty, not sealed, and becomes as large as what is written.
 */
int persea_shared_memory_new_growing (GError **error);

/**
 * persea_shared_memory_write:
 * @offset: (inout): where it is written, then where it ends
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED if there is no room
 */
gboolean persea_shared_memory_write (int          memory,
                                     const void  *data,
                                     size_t       size,
                                     size_t      *offset,
                                     GError     **error);

/**
 * persea_shared_memory_seal:
 * @error: return location; %PERSEA_ERROR_INVALID_DATA if somebody has it mapped for writing
 *
 * From here on nobody can change it, in whatever hands it is.
 */
gboolean persea_shared_memory_seal (int memory, GError **error);

/**
 * persea_shared_memory_new_sealed:
 * @bytes: at least one
 * @error: return location; %PERSEA_ERROR_FAILED, %PERSEA_ERROR_UNSUPPORTED
 *
 * Returns: a descriptor to be closed, at its beginning, of a copy that nobody can change; -1 with
 *   @error set
 */
int persea_shared_memory_new_sealed (GBytes *bytes, GError **error);

/* Copies the first @size bytes. */
gboolean persea_shared_memory_read (int       memory,
                                    void     *data,
                                    size_t    size,
                                    GError  **error);

/* (transfer full) (nullable): the same as bytes */
GBytes *persea_shared_memory_copy (int       memory,
                                   size_t    size,
                                   GError  **error);

G_END_DECLS
