/* persea-matrix.c - weights of products, packed
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One packing for all devices, steered by numbers: panels of outputs side by side, so that a
 * work-item (or a core) reads its share of a matrix from one end to the other.
 */
#include "config.h"

#include "persea-tensor.h"

#include <string.h>

static size_t
round_up (size_t value, size_t multiple)
{
  return (value + multiple - 1) / multiple * multiple;
}

size_t
persea_matrix_format_n_elements (const PerseaMatrixFormat *format, size_t n, size_t k)
{
  return round_up (n, format->panel) * round_up (k, format->group);
}

void
persea_matrix_format_pack (const PerseaMatrixFormat *format,
                           const float              *rows,
                           size_t                    n,
                           size_t                    k,
                           void                     *out)
{
  size_t panel = format->panel, group = format->group;
  size_t n_groups = round_up (k, group) / group;
  size_t element_size = persea_dtype_size (format->dtype);
  g_autofree float *strip = g_new (float, panel * group);
  uint8_t *position = out;

  for (size_t first = 0; first < n; first += panel)
    for (size_t g = 0; g < n_groups; g++)
      {
        for (size_t i = 0; i < panel * group; i++)
          {
            size_t row = first + i / group, column = g * group + i % group;

            strip[i] = row < n && column < k ? rows[row * k + column] : 0.0f;
          }
        persea_dtype_from_f32 (format->dtype, strip, position, panel * group);
        position += panel * group * element_size;
      }
}

PerseaMatrix *
persea_matrix_new (PerseaDevice              *device,
                   const PerseaMatrixFormat  *format,
                   const float               *rows,
                   size_t                     n,
                   size_t                     k,
                   GError                   **error)
{
  size_t n_elements = persea_matrix_format_n_elements (format, n, k);
  g_autofree void *packed = g_malloc_n (n_elements, persea_dtype_size (format->dtype));
  g_autoptr (PerseaTensor) tensor = persea_tensor_new (device, format->dtype, 1, &n_elements, error);

  persea_matrix_format_pack (format, rows, n, k, packed);
  if (!tensor || !persea_tensor_upload (tensor, packed, error))
    return NULL;
  return persea_matrix_new_packed (g_steal_pointer (&tensor), format, n, k);
}

PerseaMatrix *
persea_matrix_new_packed (PerseaTensor             *packed,
                          const PerseaMatrixFormat *format,
                          size_t                    n,
                          size_t                    k)
{
  PerseaMatrix *matrix = g_new0 (PerseaMatrix, 1);

  matrix->tensor = packed;
  matrix->format = *format;
  matrix->n = n;
  matrix->k = k;
  return matrix;
}

void
persea_matrix_free (PerseaMatrix *matrix)
{
  if (!matrix)
    return;
  persea_tensor_unref (matrix->tensor);
  g_free (matrix);
}
