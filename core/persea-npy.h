/* persea-npy.h - NumPy's .npy files: one array with its shape
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How arrays leave and enter Persea: `persea inspect`, `persea embed --format npy`, golden data
 * of the tests.  The format is that of numpy's own documentation (numpy.lib.format, versions 1.0
 * and 2.0): a magic word, a header that is a Python dictionary literal, the elements.
 *
 * What is read is untrusted: only what is written here is understood, everything else is refused.
 * Elements are little-endian and row-major (C order); bf16 has no name in this format.
 */
#pragma once

#include <gio/gio.h>

#include "persea-dtype.h"

G_BEGIN_DECLS

#define PERSEA_NPY_MAX_DIMS 8

/**
 * PerseaNpy:
 * @dtype: element type: any but %PERSEA_DTYPE_BF16
 * @n_dims: 0 (a single number) to %PERSEA_NPY_MAX_DIMS
 * @shape: sizes, outermost first; a size may be 0
 * @n_elements: product of the sizes
 * @data: @n_elements elements, row-major, aligned for their type; owned by the array
 *
 * An array in memory; nothing changes it after it was read.
 */
typedef struct
{
  PerseaDtype dtype;
  int         n_dims;
  size_t      shape[PERSEA_NPY_MAX_DIMS];
  size_t      n_elements;
  const void *data;

  /*< private >*/
  GBytes *bytes; /* what @data points into */
} PerseaNpy;

/**
 * persea_npy_parse:
 * @bytes: a whole .npy file
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable): the array, or %NULL with %PERSEA_ERROR_INVALID_DATA (not
 *   such a file, damaged, bytes missing or too many) or %PERSEA_ERROR_UNSUPPORTED (big-endian,
 *   column-major, a type or version that is not read)
 */
PerseaNpy *persea_npy_parse (GBytes *bytes, GError **error);

/**
 * persea_npy_load:
 * @path: file to read
 * @error: return location for a #GError
 *
 * Reads a file as persea_npy_parse() does; messages begin with @path.
 *
 * Returns: (transfer full) (nullable): the array, or %NULL with an error of persea_npy_parse() or
 *   of %G_FILE_ERROR
 */
PerseaNpy *persea_npy_load (const char *path, GError **error);

void persea_npy_free (PerseaNpy *npy);

/**
 * persea_npy_serialize:
 * @dtype: element type: any but %PERSEA_DTYPE_BF16
 * @shape: (array length=n_dims): sizes, outermost first
 * @n_dims: 0 to %PERSEA_NPY_MAX_DIMS
 * @data: the elements, row-major
 *
 * Makes the bytes of a .npy file, version 1.0, laid out as numpy.save() does it.
 *
 * Returns: (transfer full): the file's contents
 */
GBytes *persea_npy_serialize (PerseaDtype   dtype,
                              const size_t *shape,
                              int           n_dims,
                              const void   *data);

/**
 * persea_npy_save:
 * @path: file to write; replaced as a whole if it exists
 * @dtype: element type: any but %PERSEA_DTYPE_BF16
 * @shape: (array length=n_dims): sizes, outermost first
 * @n_dims: 0 to %PERSEA_NPY_MAX_DIMS
 * @data: the elements, row-major
 * @error: return location for a %G_FILE_ERROR
 *
 * Writes to a temporary name, syncs and renames, so that no half-written file is ever seen.
 * What is no regular file (a pipe, /dev/stdout) is written to as it is.
 *
 * Returns: %TRUE on success
 */
gboolean persea_npy_save (const char   *path,
                          PerseaDtype   dtype,
                          const size_t *shape,
                          int           n_dims,
                          const void   *data,
                          GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaNpy, persea_npy_free)

G_END_DECLS
