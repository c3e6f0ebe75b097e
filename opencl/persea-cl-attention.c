/* persea-cl-attention.c - attention: kernels/attention.cl, attention_wide.cl and
 * attention_row_wide.cl
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

/* up to here one query after another is faster than a tile of them */
#define ROW_QUERIES 2

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
  persea_cl_launch_int (&launch, attention->k_head_stride);
  persea_cl_launch_int (&launch, attention->v_head_stride);
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

static gboolean
attention_run_row (PerseaClLaunch *launch, const PerseaAttention *attention, GError **error)
{
  size_t n_sequences = persea_tensor_n_elements (attention->q_offsets) - 1;

  return persea_cl_launch_run (launch, (size_t[]) { attention->n_heads, n_sequences, 1 },
                               (size_t[]) { 1, 1, 1 }, error);
}

static gboolean
attention_run_any (PerseaClLaunch *launch, const PerseaAttention *attention, GError **error)
{
  size_t n_sequences = persea_tensor_n_elements (attention->q_offsets) - 1;
  const size_t global[] = { GROUP * attention->max_queries, attention->n_heads, n_sequences };

  return persea_cl_launch_run (launch, global, (size_t[]) { GROUP, 1, 1 }, error);
}

static gboolean
fits_row (const PerseaClTraits *traits, const PerseaAttention *attention)
{
  return traits->is_cpu && attention->max_queries <= ROW_QUERIES
         && attention->head_dim <= WIDE_USUAL_HEAD;
}

static gboolean
fits_cpu (const PerseaClTraits *traits, const PerseaAttention *attention)
{
  return traits->is_cpu;
}

static gboolean
fits_any (const PerseaClTraits *traits, const PerseaAttention *attention)
{
  return TRUE;
}

/* from the most special to the most general */
static const struct
{
  const char *program;
  gboolean  (*fits) (const PerseaClTraits *traits, const PerseaAttention *attention);
  gboolean  (*run) (PerseaClLaunch *launch, const PerseaAttention *attention, GError **error);
} variants[] = {
  { "attention_row_wide", fits_row, attention_run_row },
  { "attention_wide", fits_cpu, attention_run_wide },
  { "attention", fits_any, attention_run_any },
};

gboolean
persea_cl_attention (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *q,
                     const PerseaTensor *k, const PerseaTensor *v,
                     const PerseaAttention *attention, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  unsigned i = 0;

  while (!variants[i].fits (&device->traits, attention))
    i++;
  g_autofree char *options =
    g_strdup_printf ("-DX_TYPE=%d -DHEAD_VECTORS=%u -DHEAD_PARTS=%u -DNARROW=%d", q->dtype,
                     (attention->head_dim + 15) / 16,
                     MAX ((attention->head_dim + GROUP - 1) / GROUP, 2), device->traits.is_narrow);
  PerseaClLaunch launch = attention_begin (device, variants[i].program, options, y, q, k, v,
                                           attention);
  return variants[i].run (&launch, attention, error);
}
