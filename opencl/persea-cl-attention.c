/* persea-cl-attention.c - attention: kernels/attention.cl and kernels/attention_wide.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"

#define GROUP 64

/* of kernels/attention_wide.cl, for heads of up to WIDE_USUAL_HEAD and for larger ones */
#define WIDE_USUAL_HEAD 128
#define WIDE_QUERIES 66
#define WIDE_QUERIES_LARGE 24
#define WIDE_HEIGHT 6

static PerseaClLaunch
attention_begin (PerseaClDevice *device, const char *program, const char *options, PerseaTensor *y,
                 const PerseaTensor *q, const PerseaTensor *k, const PerseaTensor *v,
                 const PerseaAttention *attention)
{
  PerseaClKernelId id = { program, options, "attention" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, q);
  persea_cl_launch_tensor (&launch, k);
  persea_cl_launch_tensor (&launch, v);
  persea_cl_launch_tensor (&launch, attention->q_offsets);
  persea_cl_launch_tensor (&launch, attention->k_offsets);
  persea_cl_launch_tensor (&launch, attention->k_lengths);
  persea_cl_launch_int (&launch, attention->q_stride);
  persea_cl_launch_int (&launch, attention->k_stride);
  persea_cl_launch_int (&launch, attention->v_stride);
  persea_cl_launch_int (&launch, attention->head_dim);
  persea_cl_launch_float (&launch, attention->scale);
  persea_cl_launch_int (&launch, attention->causal);
  launch.flops = 4.0 * persea_tensor_n_elements (y) * attention->max_keys;
  return launch;
}

/* Queries are shared out evenly over the work-items, in whole tiles. */
static gboolean
attention_run_wide (PerseaClLaunch *launch, const PerseaAttention *attention, GError **error)
{
  size_t n_sequences = persea_tensor_n_elements (attention->q_offsets) - 1;
  size_t most = attention->head_dim <= WIDE_USUAL_HEAD ? WIDE_QUERIES : WIDE_QUERIES_LARGE;
  size_t n_blocks = (attention->max_queries + most - 1) / most;
  size_t block = (attention->max_queries + n_blocks - 1) / n_blocks;

  block = (block + WIDE_HEIGHT - 1) / WIDE_HEIGHT * WIDE_HEIGHT;
  persea_cl_launch_int (launch, block);
  return persea_cl_launch_run (launch, (size_t[]) { n_blocks, attention->n_heads, n_sequences },
                               (size_t[]) { 1, 1, 1 }, error);
}

gboolean
persea_cl_attention (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *q,
                     const PerseaTensor *k, const PerseaTensor *v,
                     const PerseaAttention *attention, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  size_t n_sequences = persea_tensor_n_elements (attention->q_offsets) - 1;

  if (device->traits.is_cpu)
    {
      g_autofree char *options = g_strdup_printf ("-DX_TYPE=%d -DHEAD_VECTORS=%u", q->dtype,
                                                  (attention->head_dim + 15) / 16);
      PerseaClLaunch launch = attention_begin (device, "attention_wide", options, y, q, k, v,
                                               attention);
      return attention_run_wide (&launch, attention, error);
    }

  g_autofree char *options = g_strdup_printf ("-DX_TYPE=%d -DHEAD_PARTS=%u", q->dtype,
                                              MAX ((attention->head_dim + GROUP - 1) / GROUP, 2));
  PerseaClLaunch launch = attention_begin (device, "attention", options, y, q, k, v, attention);
  const size_t global[] = { GROUP * attention->max_queries, attention->n_heads, n_sequences };
  return persea_cl_launch_run (&launch, global, (size_t[]) { GROUP, 1, 1 }, error);
}
