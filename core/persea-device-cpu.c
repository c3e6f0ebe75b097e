/* persea-device-cpu.c - the reference device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The judge of every other device; not meant to be fast.  Any matrix format is understood, so that
 * a test can hand the very same packed matrix to two devices.  Its operations are in
 * persea-cpu-operations.c.
 */
#include "config.h"

#include "persea-cpu-private.h"
#include "persea-error.h"

#include <string.h>

static PerseaBuffer *
cpu_buffer_new (PerseaDevice *device, size_t size, GError **error)
{
  void *data = g_try_malloc (size);

  if (!data)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   "reference device: no memory for %zu bytes", size);
      return NULL;
    }

  PerseaCpuBuffer *buffer = g_new0 (PerseaCpuBuffer, 1);
  buffer->base.size = size;
  buffer->data = data;
  __atomic_add_fetch (&device->memory_used, size, __ATOMIC_RELAXED);
  return &buffer->base;
}

static PerseaBuffer *
cpu_buffer_new_mapped (PerseaDevice *device, const void *data, size_t size, gpointer owner,
                       GDestroyNotify owner_free, GError **error)
{
  PerseaCpuBuffer *buffer = g_new0 (PerseaCpuBuffer, 1);

  buffer->data = (void *) data;
  buffer->owner = owner;
  buffer->owner_free = owner_free;
  return &buffer->base;
}

static void
cpu_buffer_free (PerseaBuffer *base)
{
  PerseaCpuBuffer *buffer = (PerseaCpuBuffer *) base;

  if (buffer->owner_free)
    {
      buffer->owner_free (buffer->owner);
    }
  else
    {
      __atomic_sub_fetch (&base->device->memory_used, base->size, __ATOMIC_RELAXED);
      g_free (buffer->data);
    }
  g_free (buffer);
}

static gboolean
cpu_upload (PerseaDevice *device, PerseaBuffer *buffer, size_t offset, const void *data,
            size_t size, GError **error)
{
  memcpy ((uint8_t *) ((PerseaCpuBuffer *) buffer)->data + offset, data, size);
  return TRUE;
}

static gboolean
cpu_download (PerseaDevice *device, PerseaBuffer *buffer, size_t offset, void *data, size_t size,
              GError **error)
{
  memcpy (data, (const uint8_t *) ((PerseaCpuBuffer *) buffer)->data + offset, size);
  return TRUE;
}

static gboolean
cpu_nothing_queued (PerseaDevice *device, GError **error)
{
  return TRUE;
}

static PerseaMatrixFormat
cpu_matrix_format (PerseaDevice *device, PerseaPrecision precision)
{
  PerseaMatrixFormat format = { PERSEA_DTYPE_F32, FALSE, 1, 1 };

  if (precision == PERSEA_PRECISION_BF16)
    format.dtype = PERSEA_DTYPE_BF16;
  else if (precision == PERSEA_PRECISION_F16)
    format.dtype = PERSEA_DTYPE_F16;
  return format;
}

/* Nobody asks how fast the oracle is; a small honest answer is cheap. */
static gboolean
cpu_measure (PerseaDevice *device, PerseaPrecision precision, double *gflops,
             double *gbytes_per_second, GError **error)
{
  size_t n = 128, n_bytes = 16 << 20;
  g_autofree float *rows = g_new0 (float, n * n);
  g_autofree uint8_t *bytes = g_malloc0 (n_bytes);
  PerseaMatrixFormat format = cpu_matrix_format (device, precision);
  g_autoptr (PerseaMatrix) w = persea_matrix_new (device, &format, rows, n, n, error);
  g_autoptr (PerseaTensor) x = persea_tensor_new (device, PERSEA_DTYPE_F32, 2,
                                                  (size_t[]) { n, n }, error);
  g_autoptr (PerseaTensor) y = persea_tensor_new (device, PERSEA_DTYPE_F32, 2,
                                                  (size_t[]) { n, n }, error);

  if (!w || !x || !y || !persea_tensor_upload (x, rows, error))
    return FALSE;

  int64_t start = g_get_monotonic_time ();
  persea_cpu_matmul (device, y, x, &(PerseaMatmul) { .w = w }, NULL);
  *gflops = 2e-3 * n * n * n / MAX (g_get_monotonic_time () - start, 1);

  uint64_t sum = 0;
  start = g_get_monotonic_time ();
  for (size_t i = 0; i < n_bytes; i++)
    sum += bytes[i];
  *gbytes_per_second = 1e-3 * (n_bytes + (sum & 1)) / MAX (g_get_monotonic_time () - start, 1);
  return TRUE;
}

static void
cpu_free (PerseaDevice *device)
{
  persea_device_clear (device);
  g_free (device);
}

static const PerseaDeviceClass cpu_class = {
  .free = cpu_free,
  .buffer_new = cpu_buffer_new,
  .buffer_new_mapped = cpu_buffer_new_mapped,
  .buffer_free = cpu_buffer_free,
  .upload = cpu_upload,
  .download = cpu_download,
  .throttle = cpu_nothing_queued,
  .finish = cpu_nothing_queued,
  .matrix_format = cpu_matrix_format,
  .matmul = persea_cpu_matmul,
  .conv2d = persea_cpu_conv2d,
  .layer_norm = persea_cpu_layer_norm,
  .residual_norm = persea_cpu_residual_norm,
  .attention = persea_cpu_attention,
  .embed_tokens = persea_cpu_embed_tokens,
  .patchify = persea_cpu_patchify,
  .prepend_token = persea_cpu_prepend_token,
  .gather_rows = persea_cpu_gather_rows,
  .store_keys = persea_cpu_store_keys,
  .glu = persea_cpu_glu,
  .mean_rows = persea_cpu_mean_rows,
  .average_pool = persea_cpu_average_pool,
  .channels_last = persea_cpu_channels_last,
  .convert = persea_cpu_convert,
  .group_norm = persea_cpu_group_norm,
  .max_pool = persea_cpu_max_pool,
  .upsample = persea_cpu_upsample,
  .activate = persea_cpu_activate,
  .arg_max = persea_cpu_arg_max,
  .measure = cpu_measure,
};

static GPtrArray *
cpu_list (void)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_device_info_free);
  PerseaDeviceInfo *info = g_new0 (PerseaDeviceInfo, 1);

  info->driver = &persea_cpu_driver;
  info->name = g_strdup ("reference");
  info->platform = g_strdup ("plain C, for tests: correct and slow");
  info->kind = PERSEA_DEVICE_KIND_REFERENCE;
  info->memory = G_MAXUINT64;
  info->n_units = 1;
  g_ptr_array_add (devices, info);
  return devices;
}

static PerseaDevice *
cpu_open (const PerseaDeviceInfo *info, const PerseaDeviceOptions *options, GError **error)
{
  PerseaDevice *device = g_new0 (PerseaDevice, 1);

  persea_device_init (device, &cpu_class, persea_device_info_copy (info), g_strdup ("reference-1"));
  return device;
}

const PerseaDriver persea_cpu_driver = {
  .name = "reference",
  .list = cpu_list,
  .open = cpu_open,
};
