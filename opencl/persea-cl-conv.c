/* persea-cl-conv.c - convolutions: kernels/conv2d_wide.cl, matmul.cl and windows.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A 1 × 1 window at every pixel is a matrix product as it stands.  Otherwise the kernels read the
 * windows where they are; only pictures whose channels do not come in whole groups (a network's
 * first layer with bf16 dot products) have their windows written down first.  A picture that is
 * doubled on the way (PerseaConv2d's phases) is made in four convolutions of the picture as it is, each
 * of which writes every other pixel of every other row.
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"
#include "persea-cl-product.h"

/**
 * ConvWindow:
 * @out_height: windows of a picture, likewise @out_width
 * @top: how far the first one reaches out of the picture, likewise @left
 * @step: from one pixel that is written to the next, and from one row
 * @phase: the first of them: 2 · row + column
 */
typedef struct
{
  size_t   out_height;
  size_t   out_width;
  unsigned kernel;
  unsigned stride;
  unsigned top;
  unsigned left;
  unsigned upsample;
  unsigned step;
  unsigned phase;
} ConvWindow;

static void
launch_window (PerseaClLaunch *launch, const ConvWindow *window, const PerseaTensor *x)
{
  persea_cl_launch_int (launch, x->shape[1]);
  persea_cl_launch_int (launch, x->shape[2]);
  persea_cl_launch_int (launch, x->shape[3]);
  persea_cl_launch_int (launch, window->out_height);
  persea_cl_launch_int (launch, window->out_width);
  persea_cl_launch_int (launch, window->kernel);
  persea_cl_launch_int (launch, window->stride);
  persea_cl_launch_int (launch, window->top);
  persea_cl_launch_int (launch, window->left);
  persea_cl_launch_int (launch, window->upsample);
}

static void
launch_product (PerseaClLaunch *launch, PerseaTensor *y, const PerseaTensor *x,
                const PerseaMatrix *w, const PerseaConv2d *conv)
{
  persea_cl_launch_typed (launch, y);
  persea_cl_launch_tensor (launch, x);
  persea_cl_launch_tensor (launch, w->tensor);
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

  launch_product (&launch, y, x, conv->w, conv);
  return persea_cl_product_run (variant, product, &launch, error);
}

static gboolean
conv_unfolded (PerseaClDevice *device, PerseaTensor *y, const PerseaTensor *x,
               const PerseaConv2d *conv, const ConvWindow *window, const PerseaClProduct *product,
               GError **error)
{
  const size_t shape[] = { product->rows, product->k };
  g_autoptr (PerseaTensor) windows = persea_tensor_new (&device->base, x->dtype, 2, shape, error);
  if (!windows)
    return FALSE;

  PerseaClKernelId id = { "windows", "", "unfold_windows" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
  persea_cl_launch_tensor (&launch, windows);
  persea_cl_launch_typed (&launch, x);
  launch_window (&launch, window, x);
  persea_cl_launch_int (&launch, product->rows);
  launch.bytes = (double) product->rows * product->k * persea_dtype_size (x->dtype);
  if (!persea_cl_launch_run (&launch, (size_t[]) { (product->rows + 63) / 64 * 64, 1, 1 },
                             (size_t[]) { 64, 1, 1 }, error))
    return FALSE;
  return conv_as_matmul (device, y, windows, conv, product, error);
}

static gboolean
conv_windows (PerseaClDevice *device, PerseaTensor *y, const PerseaTensor *x, const PerseaMatrix *w,
              const PerseaConv2d *conv, const ConvWindow *window, const PerseaClProduct *product,
              GError **error)
{
  const PerseaClProductVariant *variant = persea_cl_product_choose (device, product);
  g_autofree char *options = persea_cl_product_options (variant, product);
  PerseaClKernelId id = { variant->conv2d, options, "conv2d" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);

  launch_product (&launch, y, x, w, conv);
  launch_window (&launch, window, x);
  persea_cl_launch_int (&launch, window->step);
  persea_cl_launch_int (&launch, window->phase);
  if (variant->wide)
    {
      cl_mem zeros = persea_cl_device_ensure_zeros (
        device, window->kernel * x->shape[3] * sizeof (float), launch.error ? NULL : &launch.error);
      persea_cl_launch_memory (&launch, zeros);
    }
  return persea_cl_product_run (variant, product, &launch, error);
}

static gboolean
conv_phases (PerseaClDevice *device, PerseaTensor *y, const PerseaTensor *x,
             const PerseaConv2d *conv, GError **error)
{
  for (unsigned phase = 0; phase < 4; phase++)
    {
      const PerseaMatrix *w = conv->phases[phase];
      const PerseaClProduct product = { .rows = persea_tensor_n_rows (x), .k = w->k, .n = w->n,
                                        .input = x->dtype, .format = &w->format };
      const ConvWindow window = { .out_height = x->shape[1], .out_width = x->shape[2], .kernel = 2,
                                  .stride = 1, .top = 1 - phase / 2, .left = 1 - phase % 2,
                                  .upsample = 1, .step = 2, .phase = phase };

      if (!conv_windows (device, y, x, w, conv, &window, &product, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
persea_cl_conv2d (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x,
                  const PerseaConv2d *conv, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  const PerseaMatrix *w = conv->w;

  if (conv->phases)
    return conv_phases (device, y, x, conv, error);

  const PerseaClProduct product = { .rows = persea_tensor_n_rows (y), .k = w->k, .n = w->n,
                                    .input = x->dtype, .format = &w->format };
  const ConvWindow window = { .out_height = y->shape[1], .out_width = y->shape[2],
                              .kernel = conv->kernel, .stride = conv->stride, .top = conv->padding,
                              .left = conv->padding, .upsample = conv->upsample, .step = 1 };

  if (conv->kernel == 1 && conv->stride == 1 && conv->upsample == 1 && conv->padding == 0
      && product.rows == persea_tensor_n_rows (x))
    return conv_as_matmul (device, y, x, conv, &product, error);
  if (persea_cl_product_choose (device, &product)->wide && x->shape[3] % w->format.group != 0)
    return conv_unfolded (device, y, x, conv, &window, &product, error);
  return conv_windows (device, y, x, w, conv, &window, &product, error);
}
