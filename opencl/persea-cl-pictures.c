/* persea-cl-pictures.c - operations on pictures: kernels/pictures.cl and kernels/pictures_wide.cl
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-launch.h"

#define GROUP 64

/* elements that a work-item of a CPU goes through twice: they are to stay in its cache */
#define CHUNK_ELEMENTS 32768

static size_t
divide_up (size_t a, size_t b)
{
  return (a + b - 1) / b;
}

static size_t
round_up (size_t a, size_t b)
{
  return divide_up (a, b) * b;
}

/* y and x are given to all kernels alike: with their types, or for wide ones, which are built for
 * them, without */
typedef struct
{
  PerseaClDevice     *device;
  PerseaTensor       *y;
  const PerseaTensor *x;
  gboolean            wide;
} Pictures;

static PerseaClLaunch
pictures_begin (const Pictures *pictures, const char *kernel)
{
  g_autofree char *options = pictures->wide
                               ? g_strdup_printf ("-DX_TYPE=%d -DY_TYPE=%d", pictures->x->dtype,
                                                  pictures->y->dtype)
                               : g_strdup ("");

  return persea_cl_launch_begin (pictures->device,
                                 &(PerseaClKernelId) { pictures->wide ? "pictures_wide" : "pictures",
                                                       options, kernel });
}

static void
pictures_tensor (const Pictures *pictures, PerseaClLaunch *launch, const PerseaTensor *tensor)
{
  if (pictures->wide)
    persea_cl_launch_tensor (launch, tensor);
  else
    persea_cl_launch_typed (launch, tensor);
}

static Pictures
pictures_of (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  return (Pictures) { device, y, x,
                      device->traits.is_cpu && persea_tensor_n_columns (x) % 16 == 0 };
}

static gboolean
pictures_run (PerseaClLaunch *launch, const Pictures *pictures, size_t a, size_t b, size_t c,
              GError **error)
{
  const PerseaTensor *x = pictures->x, *y = pictures->y;

  launch->bytes = (double) persea_tensor_n_elements (x) * persea_dtype_size (x->dtype)
                  + (double) persea_tensor_n_elements (y) * persea_dtype_size (y->dtype);
  if (pictures->wide)
    return persea_cl_launch_run (launch, (size_t[]) { a, b, c }, (size_t[]) { 1, 1, 1 }, error);
  return persea_cl_launch_run (launch, (size_t[]) { round_up (a, GROUP), b, c },
                               (size_t[]) { GROUP, 1, 1 }, error);
}

/* sizes of a group norm, and what its steps hand on */
typedef struct
{
  size_t        n;
  size_t        cells;
  size_t        channels;
  size_t        chunk; /* cells */
  PerseaTensor *moments;
  PerseaTensor *scales;
} GroupNorm;

static gboolean
norm_run_moments (const Pictures *pictures, const GroupNorm *norm, GError **error)
{
  PerseaClLaunch launch = pictures_begin (pictures, "group_moments");
  size_t n_chunks = divide_up (norm->cells, norm->chunk);

  persea_cl_launch_memory (&launch, ((PerseaClBuffer *) norm->moments->buffer)->memory);
  pictures_tensor (pictures, &launch, pictures->x);
  persea_cl_launch_int (&launch, norm->channels);
  persea_cl_launch_int (&launch, norm->cells);
  persea_cl_launch_int (&launch, norm->chunk);
  if (pictures->wide)
    return pictures_run (&launch, pictures, n_chunks, norm->n, 1, error);
  return pictures_run (&launch, pictures, norm->channels, n_chunks, norm->n, error);
}

static gboolean
norm_run_scales (const Pictures *pictures, const GroupNorm *norm, const PerseaTensor *weight,
                 unsigned n_groups, float eps, GError **error)
{
  PerseaClLaunch launch = persea_cl_launch_begin (
    pictures->device, &(PerseaClKernelId) { "pictures", "", "group_scales" });

  persea_cl_launch_memory (&launch, ((PerseaClBuffer *) norm->scales->buffer)->memory);
  persea_cl_launch_memory (&launch, ((PerseaClBuffer *) norm->moments->buffer)->memory);
  persea_cl_launch_tensor (&launch, weight);
  persea_cl_launch_int (&launch, norm->channels);
  persea_cl_launch_int (&launch, norm->cells);
  persea_cl_launch_int (&launch, norm->chunk);
  persea_cl_launch_float (&launch, eps);
  return persea_cl_launch_run (&launch, (size_t[]) { n_groups, norm->n, 1 },
                               (size_t[]) { 1, 1, 1 }, error);
}

static gboolean
norm_run_apply (const Pictures *pictures, const GroupNorm *norm, const PerseaTensor *bias,
                PerseaActivation activation, GError **error)
{
  PerseaClLaunch launch = pictures_begin (pictures, "group_norm");

  pictures_tensor (pictures, &launch, pictures->y);
  pictures_tensor (pictures, &launch, pictures->x);
  persea_cl_launch_memory (&launch, ((PerseaClBuffer *) norm->scales->buffer)->memory);
  persea_cl_launch_tensor (&launch, bias);
  persea_cl_launch_int (&launch, norm->channels);
  persea_cl_launch_int (&launch, norm->cells);
  persea_cl_launch_int (&launch, activation);
  if (!pictures->wide)
    return pictures_run (&launch, pictures, norm->channels * norm->cells, norm->n, 1, error);
  persea_cl_launch_int (&launch, norm->chunk);
  return pictures_run (&launch, pictures, divide_up (norm->cells, norm->chunk), norm->n, 1, error);
}

gboolean
persea_cl_group_norm (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x,
                      const PerseaTensor *weight, const PerseaTensor *bias, unsigned n_groups,
                      float eps, PerseaActivation activation, GError **error)
{
  const Pictures pictures = pictures_of (base, y, x);
  GroupNorm norm = { .n = x->shape[0], .cells = x->shape[1] * x->shape[2],
                     .channels = x->shape[3] };

  norm.chunk = CLAMP (CHUNK_ELEMENTS / norm.channels, 1, norm.cells);
  g_autoptr (PerseaTensor) moments
    = persea_tensor_new (base, PERSEA_DTYPE_F32, 4,
                         (size_t[]) { norm.n, divide_up (norm.cells, norm.chunk), 2, norm.channels },
                         error);
  if (!moments)
    return FALSE;
  g_autoptr (PerseaTensor) scales = persea_tensor_new (base, PERSEA_DTYPE_F32, 3,
                                                       (size_t[]) { norm.n, 2, norm.channels },
                                                       error);
  if (!scales)
    return FALSE;

  norm.moments = moments;
  norm.scales = scales;
  return norm_run_moments (&pictures, &norm, error)
         && norm_run_scales (&pictures, &norm, weight, n_groups, eps, error)
         && norm_run_apply (&pictures, &norm, bias, activation, error);
}

gboolean
persea_cl_max_pool (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x, unsigned size,
                    GError **error)
{
  const Pictures pictures = pictures_of (base, y, x);
  PerseaClLaunch launch = pictures_begin (&pictures, "max_pool");

  pictures_tensor (&pictures, &launch, y);
  pictures_tensor (&pictures, &launch, x);
  persea_cl_launch_int (&launch, size);
  persea_cl_launch_int (&launch, y->shape[2]);
  persea_cl_launch_int (&launch, x->shape[3]);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, x->shape[2]);
  if (pictures.wide)
    return pictures_run (&launch, &pictures, y->shape[1], y->shape[0], 1, error);
  return pictures_run (&launch, &pictures, x->shape[3], y->shape[1] * y->shape[2], y->shape[0],
                       error);
}

gboolean
persea_cl_upsample (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  const Pictures pictures = pictures_of (base, y, x);
  PerseaClLaunch launch = pictures_begin (&pictures, "upsample_cells");

  pictures_tensor (&pictures, &launch, y);
  pictures_tensor (&pictures, &launch, x);
  persea_cl_launch_int (&launch, x->shape[3]);
  persea_cl_launch_int (&launch, x->shape[1]);
  persea_cl_launch_int (&launch, x->shape[2]);
  if (pictures.wide)
    return pictures_run (&launch, &pictures, y->shape[1], y->shape[0], 1, error);
  return pictures_run (&launch, &pictures, x->shape[3], y->shape[1] * y->shape[2], y->shape[0],
                       error);
}

gboolean
persea_cl_activate (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x,
                    PerseaActivation activation, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  const Pictures pictures = { device, y, x, device->traits.is_cpu };
  PerseaClLaunch launch = pictures_begin (&pictures, "activate_elements");
  size_t n = persea_tensor_n_elements (x);

  pictures_tensor (&pictures, &launch, y);
  pictures_tensor (&pictures, &launch, x);
  persea_cl_launch_int (&launch, activation);
  if (pictures.wide)
    persea_cl_launch_int (&launch, CHUNK_ELEMENTS / 16);
  persea_cl_launch_ulong (&launch, n);
  return pictures_run (&launch, &pictures, pictures.wide ? divide_up (n, CHUNK_ELEMENTS) : n, 1, 1,
                       error);
}

gboolean
persea_cl_arg_max (PerseaDevice *base, PerseaTensor *y, const PerseaTensor *x, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  gboolean wide = device->traits.is_cpu;
  PerseaClLaunch launch = persea_cl_launch_begin (
    device, &(PerseaClKernelId) { wide ? "pictures_wide" : "pictures", "", "arg_max" });
  size_t rows = persea_tensor_n_rows (x);

  persea_cl_launch_tensor (&launch, y);
  persea_cl_launch_tensor (&launch, x);
  persea_cl_launch_int (&launch, persea_tensor_n_columns (x));
  launch.bytes = 4.0 * persea_tensor_n_elements (x);
  if (wide)
    return persea_cl_launch_run (&launch, (size_t[]) { rows, 1, 1 }, (size_t[]) { 1, 1, 1 }, error);
  return persea_cl_launch_run (&launch, (size_t[]) { GROUP, rows, 1 }, (size_t[]) { GROUP, 1, 1 },
                               error);
}
