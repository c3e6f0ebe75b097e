/* bench-data.c - tensors and matrices of arbitrary numbers, clocks, and what was measured
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "bench-data.h"

#include <time.h>

void
bench_check (GError *error)
{
  if (error)
    g_error ("%s", error->message);
}

PerseaTensor *
bench_tensor (Bench *bench, PerseaDtype dtype, unsigned n_dims, const size_t *shape)
{
  GError *error = NULL;
  PerseaTensor *tensor = persea_tensor_new (bench->device, dtype, n_dims, shape, &error);
  bench_check (error);

  size_t n = persea_tensor_n_elements (tensor);
  g_autofree float *values = g_new (float, n);
  g_autofree void *data = g_malloc (n * persea_dtype_size (dtype));
  for (size_t i = 0; i < n; i++)
    values[i] = (i * 2654435761u % 1000) * 1e-3f - 0.5f;
  persea_dtype_from_f32 (dtype, values, data, n);
  persea_tensor_upload (tensor, data, &error);
  bench_check (error);
  g_ptr_array_add (bench->kept, tensor);
  return tensor;
}

PerseaTensor *
bench_offsets (Bench *bench, unsigned n, unsigned length)
{
  GError *error = NULL;
  g_autofree int32_t *offsets = g_new (int32_t, n + 1);
  PerseaTensor *tensor = persea_tensor_new (bench->device, PERSEA_DTYPE_I32, DIMS (n + 1), &error);
  bench_check (error);

  for (unsigned i = 0; i <= n; i++)
    offsets[i] = i * length;
  persea_tensor_upload (tensor, offsets, &error);
  bench_check (error);
  g_ptr_array_add (bench->kept, tensor);
  return tensor;
}

PerseaMatrix *
bench_matrix (Bench *bench, size_t n, size_t k)
{
  GError *error = NULL;
  g_autofree float *rows = g_new (float, n * k);
  PerseaMatrixFormat format = persea_device_get_matrix_format (bench->device, bench->precision);

  for (size_t i = 0; i < n * k; i++)
    rows[i] = ((i * 2654435761u >> 8) % 1000) * 1e-4f - 0.05f;
  PerseaMatrix *matrix = persea_matrix_new (bench->device, &format, rows, n, k, &error);
  bench_check (error);
  return matrix;
}

double
bench_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static int
double_compare (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

void
bench_sort (double *values, size_t n)
{
  qsort (values, n, sizeof *values, double_compare);
}

void
bench_print_profile (PerseaDevice *device)
{
  g_autoptr (GPtrArray) rows = persea_device_get_profile (device);

  for (unsigned i = 0; i < rows->len; i++)
    {
      const PerseaProfileRow *row = rows->pdata[i];
      g_print ("  %-20s %8u calls %9.3f ms  %7.1f GFLOP/s %7.1f GB/s\n", row->name, row->n_calls,
               row->seconds * 1e3, row->flops / row->seconds * 1e-9,
               row->bytes / row->seconds * 1e-9);
    }
}
