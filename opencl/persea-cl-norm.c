/* persea-cl-norm.c - layer normalisation: kernels/norm.cl and kernels/norm_wide.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"

#define GROUP 64

/* rows of a work-item, unless that leaves cores without work */
#define MAX_WIDE_BLOCK 4
#define MIN_WIDE_ITEMS 16

static PerseaClLaunch
norm_begin (PerseaDevice *base, const char *kernel)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  return persea_cl_launch_begin (device, &(PerseaClKernelId) {
    device->traits.is_cpu ? "norm_wide" : "norm", "", kernel,
  });
}

static void
norm_launch (PerseaClLaunch *launch, const PerseaLayerNorm *norm)
{
  persea_cl_launch_tensor (launch, norm->weight);
  persea_cl_launch_tensor (launch, norm->bias);
  persea_cl_launch_float (launch, norm->eps);
}

static gboolean
norm_run (PerseaClLaunch *launch, const PerseaTensor *x, GError **error)
{
  size_t rows = persea_tensor_n_rows (x), width = persea_tensor_n_columns (x);

  persea_cl_launch_int (launch, width);
  if (!launch->device->traits.is_cpu)
    return persea_cl_launch_run (launch, (size_t[]) { GROUP, rows, 1 }, (size_t[]) { GROUP, 1, 1 },
                                 error);

  size_t block = MIN (MAX_WIDE_BLOCK, (rows + MIN_WIDE_ITEMS - 1) / MIN_WIDE_ITEMS);
  persea_cl_launch_int (launch, block);
  persea_cl_launch_int (launch, rows);
  return persea_cl_launch_run (launch, (size_t[]) { (rows + block - 1) / block, 1, 1 },
                               (size_t[]) { 1, 1, 1 }, error);
}

gboolean
persea_cl_layer_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                      const PerseaTensor *weight, const PerseaTensor *bias, float eps,
                      GError **error)
{
  PerseaClLaunch launch = norm_begin (device, "layer_norm");

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  norm_launch (&launch, &(PerseaLayerNorm) { weight, bias, eps });
  launch.bytes = 8.0 * persea_tensor_n_elements (x);
  return norm_run (&launch, x, error);
}

gboolean
persea_cl_residual_norm (PerseaDevice *device, PerseaTensor *y, PerseaTensor *x,
                         const PerseaTensor *h, const PerseaLayerNorm *inner,
                         const PerseaLayerNorm *outer, GError **error)
{
  PerseaClLaunch launch = norm_begin (device, "residual_norm");

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  persea_cl_launch_tensor (&launch, h);
  norm_launch (&launch, inner);
  norm_launch (&launch, outer);
  launch.bytes = 16.0 * persea_tensor_n_elements (x);
  return norm_run (&launch, x, error);
}
