/* persea-cl-rows.c - operations that move or combine rows: kernels/rows.cl and kernels/rows_wide.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"

#define GROUP 64
#define STRIP 512

static PerseaClLaunch
rows_begin (PerseaDevice *device, const char *kernel)
{
  return persea_cl_launch_begin ((PerseaClDevice *) device,
                                 &(PerseaClKernelId) { "rows", "", kernel });
}

/* one work-item for each element of [n, rows, columns] */
static gboolean
rows_run (PerseaClLaunch *launch, size_t columns, size_t rows, size_t n, GError **error)
{
  const size_t global[] = { (columns + GROUP - 1) / GROUP * GROUP, rows, n };
  const size_t local[] = { GROUP, 1, 1 };

  launch->bytes = 8.0 * columns * rows * n;
  return persea_cl_launch_run (launch, global, local, error);
}

static PerseaClLaunch
strips_begin (PerseaDevice *device, const char *kernel)
{
  return persea_cl_launch_begin ((PerseaClDevice *) device,
                                 &(PerseaClKernelId) { "rows_wide", "", kernel });
}

/* one work-item for each STRIP columns of a row */
static gboolean
strips_run (PerseaClLaunch *launch, size_t columns, size_t rows, GError **error)
{
  const size_t global[] = { (columns + STRIP - 1) / STRIP, rows, 1 };

  persea_cl_launch_int (launch, STRIP);
  launch->bytes = 8.0 * columns * rows;
  return persea_cl_launch_run (launch, global, (size_t[]) { 1, 1, 1 }, error);
}

gboolean
persea_cl_embed_tokens (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *table,
                        const PerseaTensor *ids, const PerseaTensor *positions,
                        const PerseaTensor *position_ids, GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "embed_tokens");
  size_t width = persea_tensor_n_columns (y);

  persea_cl_launch_tensor (&launch, y);
  persea_cl_launch_typed (&launch, table);
  persea_cl_launch_tensor (&launch, ids);
  persea_cl_launch_tensor (&launch, positions);
  persea_cl_launch_tensor (&launch, position_ids);
  persea_cl_launch_int (&launch, width);
  return rows_run (&launch, width, persea_tensor_n_rows (y), 1, error);
}

gboolean
persea_cl_patchify (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, unsigned patch,
                    GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "patchify");

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, x->shape[3]);
  persea_cl_launch_int (&launch, patch);
  return rows_run (&launch, x->shape[1] * patch, persea_tensor_n_rows (y), 1, error);
}

gboolean
persea_cl_prepend_token (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                         const PerseaTensor *first, const PerseaTensor *positions, GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "prepend_token");
  size_t width = y->shape[2];

  persea_cl_launch_tensor (&launch, y);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_tensor (&launch, first);
  persea_cl_launch_int (&launch, persea_tensor_n_elements (first) == width ? 0 : width);
  persea_cl_launch_tensor (&launch, positions);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, width);
  return rows_run (&launch, width, persea_tensor_n_rows (y), 1, error);
}

gboolean
persea_cl_gather_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                       const PerseaTensor *index, GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "gather_rows");
  size_t width = persea_tensor_n_columns (y);

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_tensor (&launch, index);
  persea_cl_launch_int (&launch, width);
  return rows_run (&launch, width, persea_tensor_n_rows (y), 1, error);
}

gboolean
persea_cl_store_keys (PerseaDevice *device, PerseaTensor *cache, const PerseaTensor *x,
                      size_t x_stride, const PerseaTensor *places, GError **error)
{
  gboolean wide = ((PerseaClDevice *) device)->traits.is_cpu;
  PerseaClLaunch launch = wide ? strips_begin (device, "store_keys")
                               : rows_begin (device, "store_keys");
  size_t n_heads = cache->shape[1], head_dim = cache->shape[3] / 2;
  size_t n_rows = persea_tensor_n_elements (places);

  persea_cl_launch_typed (&launch, cache);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_int (&launch, x_stride);
  persea_cl_launch_tensor (&launch, places);
  persea_cl_launch_int (&launch, n_heads);
  persea_cl_launch_int (&launch, cache->shape[2]);
  persea_cl_launch_int (&launch, head_dim);
  if (!wide)
    return rows_run (&launch, 2 * n_heads * head_dim, n_rows, 1, error);

  launch.bytes = 16.0 * n_rows * n_heads * head_dim;
  return persea_cl_launch_run (&launch, (size_t[]) { 2 * n_heads, n_rows, 1 },
                               (size_t[]) { 1, 1, 1 }, error);
}

gboolean
persea_cl_glu (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
               PerseaActivation activation, GError **error)
{
  gboolean wide = ((PerseaClDevice *) device)->traits.is_cpu;
  PerseaClLaunch launch = wide ? strips_begin (device, "glu") : rows_begin (device, "glu");
  size_t width = persea_tensor_n_columns (y);

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_int (&launch, activation);
  persea_cl_launch_int (&launch, width);
  return wide ? strips_run (&launch, width, persea_tensor_n_rows (y), error)
              : rows_run (&launch, width, persea_tensor_n_rows (y), 1, error);
}

gboolean
persea_cl_mean_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "mean_rows");

  persea_cl_launch_tensor (&launch, y);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, x->shape[2]);
  return rows_run (&launch, x->shape[2], x->shape[0], 1, error);
}

gboolean
persea_cl_average_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        unsigned size, GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "average_pool");

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_int (&launch, size);
  persea_cl_launch_int (&launch, y->shape[2]);
  persea_cl_launch_int (&launch, x->shape[3]);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, x->shape[2]);
  return rows_run (&launch, x->shape[3], y->shape[1] * y->shape[2], y->shape[0], error);
}

gboolean
persea_cl_channels_last (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                         GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "channels_last");
  size_t cells = x->shape[2] * x->shape[3];

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, cells);
  return rows_run (&launch, x->shape[1] * cells, x->shape[0], 1, error);
}

gboolean
persea_cl_convert (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  PerseaClLaunch launch = rows_begin (device, "convert_elements");
  size_t n = persea_tensor_n_elements (y);

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_typed (&launch, x);
  persea_cl_launch_ulong (&launch, n);
  return rows_run (&launch, n, 1, 1, error);
}
