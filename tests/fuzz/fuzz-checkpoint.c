/* fuzz-checkpoint.c - safetensors, PyTorch zip archives, legacy PyTorch files, Flax
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "fuzz.h"
#include "persea-checkpoint.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (PerseaCheckpoint) checkpoint = NULL;
  const PerseaCheckpointTensor *tensors;
  size_t n;

  checkpoint = persea_checkpoint_new_from_bytes ("fuzz", bytes, NULL);
  if (checkpoint == NULL)
    return 0;
  tensors = persea_checkpoint_get_tensors (checkpoint, &n);
  for (size_t i = 0; i < n; i++)
    {
      g_autofree float *values = g_new (float, tensors[i].n_elements + 1);

      persea_checkpoint_read_f32 (checkpoint, &tensors[i], values, NULL);
    }
  return 0;
}
