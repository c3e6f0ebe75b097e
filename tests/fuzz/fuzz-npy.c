/* fuzz-npy.c - NumPy arrays
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-npy.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  PerseaNpy *npy = persea_npy_parse (bytes, NULL);
  g_autofree float *values = NULL;

  if (npy == NULL)
    return 0;
  values = g_new (float, npy->n_elements + 1);
  persea_dtype_to_f32 (npy->dtype, npy->data, values, npy->n_elements);
  persea_npy_free (npy);
  return 0;
}
