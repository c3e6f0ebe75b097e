/* persea-cl-matmul.c - matrix products: kernels/matmul.cl and kernels/matmul_wide.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"
#include "persea-cl-product.h"

PerseaMatrixFormat
persea_cl_matrix_format (PerseaDevice *base, PerseaPrecision precision)
{
  const PerseaClTraits *traits = &((PerseaClDevice *) base)->traits;
  unsigned panel = traits->is_narrow ? PERSEA_CL_PANEL_NARROW : PERSEA_CL_PANEL;

  switch (precision)
    {
    case PERSEA_PRECISION_BF16:
      return traits->has_avx512_bf16
        ? (PerseaMatrixFormat) { PERSEA_DTYPE_BF16, TRUE, panel, 2 }
        : (PerseaMatrixFormat) { PERSEA_DTYPE_BF16, FALSE, panel, 1 };
    case PERSEA_PRECISION_F16:
      return (PerseaMatrixFormat) { PERSEA_DTYPE_F16, FALSE, panel, 1 };
    default:
      return (PerseaMatrixFormat) { PERSEA_DTYPE_F32, FALSE, panel, 1 };
    }
}

gboolean
persea_cl_matmul (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x,
                  const PerseaMatmul *matmul, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  const PerseaMatrix *w = matmul->w;
  PerseaClProduct product = {
    .rows = persea_tensor_n_rows (x), .k = w->k, .n = w->n, .input = x->dtype,
    .format = &w->format, .plain = TRUE,
  };
  const PerseaClProductVariant *variant = persea_cl_product_choose (device, &product);
  g_autofree char *options = persea_cl_product_options (variant, &product);
  PerseaClKernelId id = { variant->matmul, options, "matmul" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);

  persea_cl_launch_typed (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  persea_cl_launch_tensor (&launch, w->tensor);
  persea_cl_launch_tensor (&launch, matmul->bias);
  persea_cl_launch_typed (&launch, matmul->residual);
  persea_cl_launch_int (&launch, matmul->activation);
  persea_cl_launch_int (&launch, FALSE);
  return persea_cl_product_run (variant, &product, &launch, error);
}
