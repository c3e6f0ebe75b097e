/* persea-cl-attention.c - attention: kernels/attention.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"

#define GROUP 64

gboolean
persea_cl_attention (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *q,
                     const PerseaTensor *k, const PerseaTensor *v,
                     const PerseaAttention *attention, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  g_autofree char *options = g_strdup_printf ("-DX_TYPE=%d", q->dtype);
  PerseaClKernelId id = { "attention", options, "attention" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
  size_t n_sequences = persea_tensor_n_elements (attention->q_offsets) - 1;

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, q);
  persea_cl_launch_tensor (&launch, k);
  persea_cl_launch_tensor (&launch, v);
  persea_cl_launch_tensor (&launch, attention->q_offsets);
  persea_cl_launch_tensor (&launch, attention->k_offsets);
  persea_cl_launch_int (&launch, attention->q_stride);
  persea_cl_launch_int (&launch, attention->k_stride);
  persea_cl_launch_int (&launch, attention->v_stride);
  persea_cl_launch_int (&launch, attention->head_dim);
  persea_cl_launch_float (&launch, attention->scale);
  persea_cl_launch_int (&launch, attention->causal);
  launch.flops = 4.0 * persea_tensor_n_elements (y) * attention->max_keys;

  const size_t global[] = { GROUP * attention->max_queries, attention->n_heads, n_sequences };
  return persea_cl_launch_run (&launch, global, (size_t[]) { GROUP, 1, 1 }, error);
}
