/* persea-cl-conv.c - convolutions: kernels/conv2d_wide.cl and kernels/matmul.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A 1 × 1 window at every pixel is a matrix product as it stands.  Otherwise the kernels read the
 * windows where they are; only pictures whose channels do not come in whole groups (a network's
 * first layer with bf16 dot products) have their windows written down first.
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"
#include "persea-cl-product.h"

static void
launch_window (PerseaClLaunch *launch, const PerseaTensor *y, const PerseaTensor *x,
               const PerseaConv2d *conv)
{
  persea_cl_launch_int (launch, x->shape[1]);
  persea_cl_launch_int (launch, x->shape[2]);
  persea_cl_launch_int (launch, x->shape[3]);
  persea_cl_launch_int (launch, y->shape[1]);
  persea_cl_launch_int (launch, y->shape[2]);
  persea_cl_launch_int (launch, conv->kernel);
  persea_cl_launch_int (launch, conv->stride);
  persea_cl_launch_int (launch, conv->padding);
  persea_cl_launch_int (launch, conv->upsample);
}

static void
launch_product (PerseaClLaunch *launch, PerseaTensor *y, const PerseaTensor *x,
                const PerseaConv2d *conv)
{
  persea_cl_launch_typed (launch, y);
  persea_cl_launch_tensor (launch, x);
  persea_cl_launch_tensor (launch, conv->w->tensor);
  persea_cl_launch_tensor (launch, conv->bias);
  persea_cl_launch_typed (launch, conv->residual);
  persea_cl_launch_int (launch, conv->activation);
  persea_cl_launch_int (launch, conv->activation_last);
}

/* x: [rows, k], perhaps seen so */
static gboolean
conv_as_matmul (PerseaClDevice *device, PerseaTensor *y, const PerseaTensor *x,
                const PerseaConv2d *conv, const PerseaClProduct *product, GError **error)
{
  const PerseaClProductVariant *variant = persea_cl_product_choose (device, product);
  g_autofree char *options = persea_cl_product_options (variant, product);
  PerseaClKernelId id = { variant->matmul, options, "matmul" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);

  launch_product (&launch, y, x, conv);
  return persea_cl_product_run (variant, product, &launch, error);
}

static gboolean
conv_unfolded (PerseaClDevice *device, PerseaTensor *y, const PerseaTensor *x,
               const PerseaConv2d *conv, const PerseaClProduct *product, GError **error)
{
  const size_t shape[] = { product->rows, product->k };
  g_autoptr (PerseaTensor) windows = persea_tensor_new (&device->base, x->dtype, 2, shape, error);
  if (!windows)
    return FALSE;

  PerseaClKernelId id = { "rows", "", "unfold_windows" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
  persea_cl_launch_tensor (&launch, windows);
  persea_cl_launch_typed (&launch, x);
  launch_window (&launch, y, x, conv);
  persea_cl_launch_int (&launch, product->rows);
  launch.bytes = (double) product->rows * product->k * persea_dtype_size (x->dtype);
  if (!persea_cl_launch_run (&launch, (size_t[]) { (product->rows + 63) / 64 * 64, 1, 1 },
                             (size_t[]) { 64, 1, 1 }, error))
    return FALSE;
  return conv_as_matmul (device, y, windows, conv, product, error);
}

gboolean
persea_cl_conv2d (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x,
                  const PerseaConv2d *conv, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  const PerseaMatrix *w = conv->w;
  size_t channels = x->shape[3];
  PerseaClProduct product = {
    .rows = persea_tensor_n_rows (y), .k = w->k, .n = w->n, .input = x->dtype,
    .format = &w->format,
  };
  const PerseaClProductVariant *variant = persea_cl_product_choose (device, &product);

  if (conv->kernel == 1 && conv->stride == 1 && conv->upsample == 1 && conv->padding == 0
      && product.rows == persea_tensor_n_rows (x))
    return conv_as_matmul (device, y, x, conv, &product, error);
  if (variant->wide && channels % w->format.group != 0)
    return conv_unfolded (device, y, x, conv, &product, error);

  g_autofree char *options = persea_cl_product_options (variant, &product);
  PerseaClKernelId id = { variant->conv2d, options, "conv2d" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
  launch_product (&launch, y, x, conv);
  launch_window (&launch, y, x, conv);
  if (variant->wide)
    {
      cl_mem zeros = persea_cl_device_ensure_zeros (device, conv->kernel * channels * sizeof (float),
                                                    launch.error ? NULL : &launch.error);
      persea_cl_launch_memory (&launch, zeros);
    }
  return persea_cl_product_run (variant, &product, &launch, error);
}
