/* persea-pack.h - the weights of a model, packed for one device and precision, in one mapped file
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Packing a checkpoint takes seconds; opening what was packed takes none: the file is mapped, its
 * pages are read when they are used and shared by all processes.  A pack is a cache: it may be
 * deleted at any time, and one that cannot be understood is made anew.
 *
 * Every entry has a sum.  Reading the whole of a pack takes a tenth of a second and more, so it is
 * done by the first process of a day that opens it (persea-cache.h): damage is found within a day.
 *
 * The file: a header of 64 bytes (magic "PerseaPk", version, place and size of the index, size of
 * the file, a word of the index's SHA-256), the entries, each at a multiple of 64 bytes, and the
 * index, a GVariant.  Little-endian.  It has no name until it is complete.
 *
 * Threads: immutable once opened, may be shared.
 */
#pragma once

#include "persea-tensor.h"

G_BEGIN_DECLS

typedef struct _PerseaPack PerseaPack;
typedef struct _PerseaPackWriter PerseaPackWriter;

/**
 * persea_pack_open:
 * @path: of the file
 * @error: return location; GIO's or %G_FILE_ERROR, or %PERSEA_ERROR_INVALID_DATA
 *
 * Returns: (transfer full) (nullable): the pack
 */
PerseaPack *persea_pack_open (const char *path, GError **error);

PerseaPack *persea_pack_ref (PerseaPack *pack);
void        persea_pack_unref (PerseaPack *pack);

/* What was read of the pack need not stay in this process's memory.  Whoever reads it next gets it
 * again, mostly from the system's cache of the file. */
void persea_pack_let_go (PerseaPack *pack);

/**
 * persea_pack_get_matrix:
 * @name: as it was added
 * @format: how it must have been packed
 * @n: outputs that are expected
 * @k: inputs that are expected
 * @error: return location; %PERSEA_ERROR_INVALID_DATA if there is no such entry
 *
 * Returns: (transfer full) (nullable): the matrix on @device; it keeps the pack mapped
 */
PerseaMatrix *persea_pack_get_matrix (PerseaPack                *pack,
                                      PerseaDevice              *device,
                                      const char                *name,
                                      const PerseaMatrixFormat  *format,
                                      size_t                     n,
                                      size_t                     k,
                                      GError                   **error);

/* (transfer full) (nullable): likewise a tensor [n_rows, n_columns], or [n_columns] if @n_rows is 0 */
PerseaTensor *persea_pack_get_tensor (PerseaPack    *pack,
                                      PerseaDevice  *device,
                                      const char    *name,
                                      PerseaDtype    dtype,
                                      size_t         n_rows,
                                      size_t         n_columns,
                                      GError       **error);

/**
 * persea_pack_writer_new:
 * @path: (nullable): where the pack will be; %NULL for one that lives in memory only
 *
 * Returns: (transfer full) (nullable): a writer
 */
PerseaPackWriter *persea_pack_writer_new (const char *path, GError **error);

/* @rows: [n, k] f32 */
gboolean persea_pack_writer_add_matrix (PerseaPackWriter          *writer,
                                        const char                *name,
                                        const PerseaMatrixFormat  *format,
                                        const float               *rows,
                                        size_t                     n,
                                        size_t                     k,
                                        GError                   **error);

/* @values: [n_elements] f32, stored as @dtype */
gboolean persea_pack_writer_add_tensor (PerseaPackWriter  *writer,
                                        const char        *name,
                                        PerseaDtype        dtype,
                                        const float       *values,
                                        size_t             n_elements,
                                        GError           **error);

/**
 * persea_pack_writer_finish:
 *
 * Puts the file into its place.  The writer still has to be freed.
 *
 * Returns: (transfer full) (nullable): the pack, opened
 */
PerseaPack *persea_pack_writer_finish (PerseaPackWriter *writer, GError **error);

/* what was not finished is gone */
void persea_pack_writer_free (PerseaPackWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPack, persea_pack_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPackWriter, persea_pack_writer_free)

G_END_DECLS
