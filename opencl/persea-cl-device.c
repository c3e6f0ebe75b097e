/* persea-cl-device.c - opening an OpenCL device, and waiting for it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The table of its operations is here; the operations are in files of their own.
 */
#include "config.h"

#include "persea-cl-device-private.h"

#include "persea-cl-buffer.h"
#include "persea-cl-operations.h"
#include "persea-cl-product.h"
#include "persea-cl-profile.h"
#include "persea-cl-program.h"
#include "persea-error.h"
#include "persea-opencl.h"

#include <string.h>

/* to be counted up when the packed layout of weights changes */
#define LAYOUT_REVISION 1

gboolean
persea_cl_device_check (PerseaClDevice *device, GError **error)
{
  if (!g_atomic_int_get (&device->lost))
    return TRUE;

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_DEVICE_LOST,
               "%s: the device has failed and must be opened again", device->base.info->name);
  return FALSE;
}

gboolean
persea_cl_device_succeeded (PerseaClDevice *device, cl_int status, const char *action,
                            GError **error)
{
  if (status == CL_SUCCESS)
    return TRUE;

  if (persea_cl_error_is_loss (status))
    g_atomic_int_set (&device->lost, 1);
  persea_cl_error_set (error, status, device->base.info->name, action);
  return FALSE;
}

cl_mem
persea_cl_device_ensure_zeros (PerseaClDevice *device, size_t size, GError **error)
{
  if (size <= device->zeros_size)
    return device->zeros;

  g_autofree void *zeros = g_malloc0 (size);
  cl_int status;
  cl_mem memory = clCreateBuffer (device->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, size,
                                  zeros, &status);
  if (!persea_cl_device_succeeded (device, status, "allocating memory", error))
    return NULL;
  if (device->zeros)
    clReleaseMemObject (device->zeros); /* lives on until queued work is done with it */
  device->zeros = memory;
  device->zeros_size = size;
  return memory;
}

static gboolean
device_finish (PerseaDevice *base, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  if (!persea_cl_device_check (device, error))
    return FALSE;
  if (!persea_cl_device_succeeded (device, clFinish (device->queue), "waiting", error))
    return FALSE;
  if (device->profile)
    persea_cl_profile_collect (device->profile);
  return TRUE;
}

static gboolean
device_throttle (PerseaDevice *base, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  cl_event previous = device->portion;
  cl_event now = NULL;

  if (!persea_cl_device_check (device, error))
    return FALSE;
  cl_int status = clEnqueueMarkerWithWaitList (device->queue, 0, NULL, &now);
  if (status == CL_SUCCESS)
    status = clFlush (device->queue);
  if (status == CL_SUCCESS && previous)
    status = clWaitForEvents (1, &previous);
  if (previous)
    clReleaseEvent (previous);
  device->portion = now;
  return persea_cl_device_succeeded (device, status, "waiting", error);
}

static GPtrArray *
device_profile (PerseaDevice *base)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  if (!device->profile)
    return g_ptr_array_new ();
  if (!g_atomic_int_get (&device->lost) && clFinish (device->queue) == CL_SUCCESS)
    persea_cl_profile_collect (device->profile);
  return persea_cl_profile_get_rows (device->profile);
}

static void
device_free (PerseaDevice *base)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  if (device->queue)
    clFinish (device->queue);
  if (device->portion)
    clReleaseEvent (device->portion);
  if (device->zeros)
    clReleaseMemObject (device->zeros);
  persea_cl_profile_free (device->profile);
  persea_cl_programs_free (device->programs);
  persea_cl_pool_free (device->pool, device);
  if (device->queue)
    clReleaseCommandQueue (device->queue);
  if (device->context)
    clReleaseContext (device->context);
  persea_cl_traits_clear (&device->traits);
  persea_device_clear (base);
  g_free (device);
}

static const PerseaDeviceClass device_class = {
  .free = device_free,
  .buffer_new = persea_cl_buffer_new,
  .buffer_new_mapped = persea_cl_buffer_new_mapped,
  .buffer_free = persea_cl_buffer_free,
  .upload = persea_cl_buffer_upload,
  .download = persea_cl_buffer_download,
  .throttle = device_throttle,
  .finish = device_finish,
  .matrix_format = persea_cl_matrix_format,
  .matmul = persea_cl_matmul,
  .conv2d = persea_cl_conv2d,
  .layer_norm = persea_cl_layer_norm,
  .residual_norm = persea_cl_residual_norm,
  .attention = persea_cl_attention,
  .embed_tokens = persea_cl_embed_tokens,
  .patchify = persea_cl_patchify,
  .prepend_token = persea_cl_prepend_token,
  .gather_rows = persea_cl_gather_rows,
  .store_keys = persea_cl_store_keys,
  .glu = persea_cl_glu,
  .mean_rows = persea_cl_mean_rows,
  .average_pool = persea_cl_average_pool,
  .channels_last = persea_cl_channels_last,
  .convert = persea_cl_convert,
  .group_norm = persea_cl_group_norm,
  .max_pool = persea_cl_max_pool,
  .upsample = persea_cl_upsample,
  .activate = persea_cl_activate,
  .arg_max = persea_cl_arg_max,
  .profile = device_profile,
  .measure = persea_cl_measure,
};

static char *
device_key (const PerseaDeviceInfo *info, const PerseaClTraits *traits)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%s\n%d %d %d %d", info->platform,
                                           info->name, traits->version, LAYOUT_REVISION,
                                           traits->is_cpu, traits->is_narrow, traits->has_avx512_bf16);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strdup_printf ("opencl-%.12s", digest);
}

/* What the device may allocate in all, if nobody says: a GPU's memory is ours but for a tenth; a
 * CPU's is everybody's. */
static uint64_t
default_limit (const PerseaDeviceInfo *info)
{
  return info->kind == PERSEA_DEVICE_KIND_CPU ? info->memory / 4 * 3 : info->memory / 10 * 9;
}

/* %FALSE with the error set; the caller frees what there is */
static gboolean
device_start (PerseaClDevice *device, const PerseaDeviceOptions *options, GError **error)
{
  const cl_context_properties properties[] = {
    CL_CONTEXT_PLATFORM, (cl_context_properties) device->traits.platform, 0,
  };
  cl_int status;

  device->context = clCreateContext (properties, 1, &device->traits.id, NULL, NULL, &status);
  if (!persea_cl_device_succeeded (device, status, "opening", error))
    return FALSE;
  device->queue = clCreateCommandQueue (device->context, device->traits.id,
                                        options->profile ? CL_QUEUE_PROFILING_ENABLE : 0, &status);
  if (!persea_cl_device_succeeded (device, status, "making a queue", error))
    return FALSE;

  uint64_t limit = options->memory_limit ? options->memory_limit
                                         : default_limit (device->base.info);
  device->pool = persea_cl_pool_new (limit);
  device->programs = persea_cl_programs_new (device, options->cache_folder, options->progress,
                                             options->progress_data);
  if (options->profile)
    device->profile = persea_cl_profile_new ();
  return TRUE;
}

/* The processor has bf16 dot products, but does the driver's compiler let us at them?  Weights are
 * packed for them, so this must be known before the first is. */
static void
device_try_bf16 (PerseaClDevice *device)
{
  const PerseaMatrixFormat format = persea_cl_matrix_format (&device->base, PERSEA_PRECISION_BF16);
  const PerseaClProduct product = { .rows = 1, .k = 1, .n = PERSEA_CL_PANEL,
                                    .input = PERSEA_DTYPE_BF16, .format = &format };
  const PerseaClProductVariant *variant = persea_cl_product_choose (device, &product);
  g_autofree char *options = persea_cl_product_options (variant, &product);
  const PerseaClKernelId id = { variant->matmul, options, "matmul" };
  g_autoptr (GError) error = NULL;

  if (persea_cl_programs_ensure_kernel (device->programs, &id, &error))
    return;
  g_debug ("no bf16 dot products: %s", error->message);
  device->traits.has_avx512_bf16 = FALSE;
  device->base.info->native_bf16 = FALSE;
}

PerseaDevice *
persea_cl_device_open (const PerseaDeviceInfo    *info,
                       const PerseaDeviceOptions *options,
                       GError                   **error)
{
  PerseaClTraits traits;

  if (!persea_cl_platform_find (info, &traits, error))
    return NULL;

  PerseaClDevice *device = g_new0 (PerseaClDevice, 1);
  device->traits = traits;
  persea_device_init (&device->base, &device_class, persea_device_info_copy (info), NULL);
  if (!device_start (device, options, error))
    {
      device_free (&device->base);
      return NULL;
    }
  if (device->traits.has_avx512_bf16)
    device_try_bf16 (device);
  device->base.key = device_key (device->base.info, &device->traits);
  return &device->base;
}

const PerseaDriver persea_opencl_driver = {
  .name = "opencl",
  .list = persea_cl_platform_list,
  .open = persea_cl_device_open,
};
