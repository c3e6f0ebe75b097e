/* persea-cl-norm.c - layer normalisation: kernels/norm.cl and kernels/norm_wide.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"

#define GROUP 64
#define WIDE_BLOCK 4 /* rows of a work-item */

gboolean
persea_cl_layer_norm (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x,
                      const PerseaTensor *weight, const PerseaTensor *bias, float eps,
                      GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  gboolean wide = device->traits.is_cpu;
  PerseaClKernelId id = { wide ? "norm_wide" : "norm", "", "layer_norm" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
  size_t width = persea_tensor_n_columns (x), rows = persea_tensor_n_rows (x);

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  persea_cl_launch_tensor (&launch, weight);
  persea_cl_launch_tensor (&launch, bias);
  persea_cl_launch_int (&launch, width);
  persea_cl_launch_float (&launch, eps);
  launch.bytes = 8.0 * rows * width;
  if (!wide)
    return persea_cl_launch_run (&launch, (size_t[]) { GROUP, rows, 1 }, (size_t[]) { GROUP, 1, 1 },
                                 error);

  persea_cl_launch_int (&launch, WIDE_BLOCK);
  persea_cl_launch_int (&launch, rows);
  return persea_cl_launch_run (&launch, (size_t[]) { (rows + WIDE_BLOCK - 1) / WIDE_BLOCK, 1, 1 },
                               (size_t[]) { 1, 1, 1 }, error);
}
