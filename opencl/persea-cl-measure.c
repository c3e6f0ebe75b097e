/* persea-cl-measure.c - the device's own ceilings
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The largest rate of products that our kernels reach at a shape that suits them, and of reading
 * memory that no cache holds.  Every workload is reported as a share of these.
 */
#include "config.h"

#include "persea-cl-operations.h"

#include "persea-cl-buffer.h"
#include "persea-cl-launch.h"

#define RUNS 5

#define PRODUCT_ROWS 960
#define PRODUCT_K 768
#define PRODUCT_N 3072
#define PRODUCT_REPEATS 4

#define READ_BYTES ((size_t) 128 << 20)
#define READ_ITEM_BYTES 65536

static int
double_compare (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

static double
median (double *values, unsigned n)
{
  qsort (values, n, sizeof *values, double_compare);
  return values[n / 2];
}

typedef gboolean (*WorkFunc) (PerseaDevice *device, gconstpointer data, GError **error);

/* seconds that @work takes, the median of a few after a first one that builds kernels and touches
 * memory; below 0 on failure */
static double
measure_seconds (PerseaDevice *device, WorkFunc work, gconstpointer data, GError **error)
{
  double seconds[RUNS];

  for (int run = -1; run < RUNS; run++)
    {
      gint64 start = g_get_monotonic_time ();

      if (!work (device, data, error) || !device->class->finish (device, error))
        return -1;
      if (run >= 0)
        seconds[run] = (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC;
    }
  return median (seconds, RUNS);
}

typedef struct
{
  PerseaTensor *y;
  PerseaTensor *x;
  PerseaMatrix *w;
} Product;

static gboolean
product_work (PerseaDevice *device, gconstpointer data, GError **error)
{
  const Product *product = data;
  PerseaMatmul matmul = { .w = product->w };

  for (int i = 0; i < PRODUCT_REPEATS; i++)
    if (!persea_cl_matmul (device, product->y, product->x, &matmul, error))
      return FALSE;
  return TRUE;
}

static PerseaTensor *
zeros_new (PerseaDevice *device, PerseaDtype dtype, size_t rows, size_t columns, GError **error)
{
  const size_t shape[] = { rows, columns };
  g_autoptr (PerseaTensor) tensor = persea_tensor_new (device, dtype, 2, shape, error);
  g_autofree void *data = g_malloc0 (rows * columns * persea_dtype_size (dtype));

  if (!tensor || !persea_tensor_upload (tensor, data, error))
    return NULL;
  return g_steal_pointer (&tensor);
}

static gboolean
measure_product (PerseaDevice *device, PerseaPrecision precision, double *gflops, GError **error)
{
  PerseaMatrixFormat format = persea_cl_matrix_format (device, precision);
  g_autofree float *rows = g_new0 (float, PRODUCT_N * PRODUCT_K);
  g_autoptr (PerseaTensor) x = zeros_new (device, format.dot ? format.dtype : PERSEA_DTYPE_F32,
                                          PRODUCT_ROWS, PRODUCT_K, error);
  if (!x)
    return FALSE;
  g_autoptr (PerseaTensor) y = zeros_new (device, PERSEA_DTYPE_F32, PRODUCT_ROWS, PRODUCT_N, error);
  if (!y)
    return FALSE;
  g_autoptr (PerseaMatrix) w = persea_matrix_new (device, &format, rows, PRODUCT_N, PRODUCT_K,
                                                  error);
  if (!w)
    return FALSE;

  Product product = { y, x, w };
  double seconds = measure_seconds (device, product_work, &product, error);
  if (seconds < 0)
    return FALSE;
  *gflops = 2e-9 * PRODUCT_REPEATS * PRODUCT_ROWS * PRODUCT_K * PRODUCT_N / MAX (seconds, 1e-9);
  return TRUE;
}

typedef struct
{
  PerseaTensor *sums;
  PerseaTensor *data;
} Read;

static gboolean
read_work (PerseaDevice *base, gconstpointer data, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  const Read *read = data;
  gboolean is_cpu = device->traits.is_cpu;
  PerseaClKernelId id = { "measure", "", is_cpu ? "read_by_items" : "read_by_groups" };
  PerseaClLaunch launch = persea_cl_launch_begin (device, &id);
  size_t group = is_cpu ? 1 : 64;

  persea_cl_launch_tensor (&launch, read->sums);
  persea_cl_launch_tensor (&launch, read->data);
  persea_cl_launch_int (&launch, READ_ITEM_BYTES / 64 / group);
  launch.bytes = READ_BYTES;
  return persea_cl_launch_run (&launch, (size_t[]) { READ_BYTES / READ_ITEM_BYTES * group, 1, 1 },
                               (size_t[]) { group, 1, 1 }, error);
}

static gboolean
measure_read (PerseaDevice *device, double *gbytes_per_second, GError **error)
{
  const size_t n_sums = READ_BYTES / READ_ITEM_BYTES * 64;
  g_autoptr (PerseaTensor) sums = zeros_new (device, PERSEA_DTYPE_F32, 1, n_sums, error);
  if (!sums)
    return FALSE;
  g_autoptr (PerseaTensor) data = zeros_new (device, PERSEA_DTYPE_F32, 1, READ_BYTES / 4, error);
  if (!data)
    return FALSE;

  Read read = { sums, data };
  double seconds = measure_seconds (device, read_work, &read, error);
  if (seconds < 0)
    return FALSE;
  *gbytes_per_second = READ_BYTES * 1e-9 / MAX (seconds, 1e-9);
  return TRUE;
}

gboolean
persea_cl_measure (PerseaDevice *device, PerseaPrecision precision, double *gflops,
                   double *gbytes_per_second, GError **error)
{
  PerseaClDevice *cl_device = (PerseaClDevice *) device;
  gboolean ok = measure_product (device, persea_device_resolve_precision (device, precision), gflops, error)
                && measure_read (device, gbytes_per_second, error);

  /* nothing else needs as much as these did */
  persea_cl_pool_trim (cl_device->pool, cl_device);
  return ok;
}
