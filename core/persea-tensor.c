/* persea-tensor.c - arrays that live on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-tensor.h"

#include "persea-buffer-private.h"
#include "persea-error.h"

#include <string.h>

PerseaBuffer *
persea_buffer_ref (PerseaBuffer *buffer)
{
  g_atomic_int_inc (&buffer->ref_count);
  return buffer;
}

void
persea_buffer_unref (PerseaBuffer *buffer)
{
  if (!buffer || !g_atomic_int_dec_and_test (&buffer->ref_count))
    return;

  PerseaDevice *device = buffer->device;
  __atomic_sub_fetch (&device->memory_held, buffer->size, __ATOMIC_RELAXED);
  device->class->buffer_free (buffer);
  persea_device_unref (device);
}

/* takes the new buffer's first reference */
static PerseaTensor *
tensor_new (PerseaDevice *device, PerseaBuffer *buffer, PerseaDtype dtype, unsigned n_dims,
            const size_t *shape, size_t offset)
{
  PerseaTensor *tensor = g_atomic_rc_box_new0 (PerseaTensor);

  tensor->device = persea_device_ref (device);
  tensor->buffer = buffer;
  tensor->dtype = dtype;
  tensor->n_dims = n_dims;
  memcpy (tensor->shape, shape, n_dims * sizeof *shape);
  tensor->offset = offset;
  return tensor;
}

static gboolean
shape_n_elements (unsigned n_dims, const size_t *shape, size_t *n_elements)
{
  *n_elements = 1;
  for (unsigned i = 0; i < n_dims; i++)
    if (shape[i] == 0 || !g_size_checked_mul (n_elements, *n_elements, shape[i]))
      return FALSE;
  return TRUE;
}

static gboolean
shape_n_bytes (PerseaDtype dtype, unsigned n_dims, const size_t *shape, size_t *n_bytes,
               GError **error)
{
  size_t n_elements;

  if (shape_n_elements (n_dims, shape, &n_elements)
      && g_size_checked_mul (n_bytes, n_elements, persea_dtype_size (dtype)))
    return TRUE;

  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       "a tensor's shape has a size of zero or is too large to count");
  return FALSE;
}

PerseaTensor *
persea_tensor_new (PerseaDevice  *device,
                   PerseaDtype    dtype,
                   unsigned       n_dims,
                   const size_t  *shape,
                   GError       **error)
{
  size_t n_bytes;

  g_return_val_if_fail (n_dims >= 1 && n_dims <= PERSEA_MAX_DIMS, NULL);
  if (!shape_n_bytes (dtype, n_dims, shape, &n_bytes, error))
    return NULL;

  PerseaBuffer *buffer = device->class->buffer_new (device, n_bytes, error);
  if (!buffer)
    return NULL;
  persea_buffer_init (buffer, device, MAX (buffer->size, n_bytes));
  return tensor_new (device, buffer, dtype, n_dims, shape, 0);
}

PerseaTensor *
persea_tensor_new_mapped (PerseaDevice   *device,
                          PerseaDtype     dtype,
                          unsigned        n_dims,
                          const size_t   *shape,
                          const void     *data,
                          gpointer        owner,
                          GDestroyNotify  owner_free,
                          GError        **error)
{
  size_t n_bytes;

  g_return_val_if_fail (n_dims >= 1 && n_dims <= PERSEA_MAX_DIMS, NULL);
  if (!shape_n_bytes (dtype, n_dims, shape, &n_bytes, error))
    {
      owner_free (owner);
      return NULL;
    }

  if (device->class->buffer_new_mapped)
    {
      PerseaBuffer *buffer = device->class->buffer_new_mapped (device, data, n_bytes, owner,
                                                               owner_free, error);
      if (!buffer)
        return NULL;
      persea_buffer_init (buffer, device, n_bytes);
      return tensor_new (device, buffer, dtype, n_dims, shape, 0);
    }

  g_autoptr (PerseaTensor) tensor = persea_tensor_new (device, dtype, n_dims, shape, error);
  gboolean ok = tensor && persea_tensor_upload (tensor, data, error);
  owner_free (owner);
  return ok ? g_steal_pointer (&tensor) : NULL;
}

PerseaTensor *
persea_tensor_new_view (const PerseaTensor *tensor,
                        size_t              offset,
                        unsigned            n_dims,
                        const size_t       *shape)
{
  size_t n_elements;

  g_return_val_if_fail (n_dims >= 1 && n_dims <= PERSEA_MAX_DIMS, NULL);
  g_return_val_if_fail (shape_n_elements (n_dims, shape, &n_elements), NULL);
  g_return_val_if_fail ((tensor->offset + offset + n_elements) * persea_dtype_size (tensor->dtype)
                        <= tensor->buffer->size, NULL);

  return tensor_new (tensor->device, persea_buffer_ref (tensor->buffer), tensor->dtype, n_dims,
                     shape, tensor->offset + offset);
}

PerseaTensor *
persea_tensor_ref (PerseaTensor *tensor)
{
  return g_atomic_rc_box_acquire (tensor);
}

static void
tensor_clear (gpointer data)
{
  PerseaTensor *tensor = data;

  persea_buffer_unref (tensor->buffer);
  persea_device_unref (tensor->device);
}

void
persea_tensor_unref (PerseaTensor *tensor)
{
  if (tensor)
    g_atomic_rc_box_release_full (tensor, tensor_clear);
}

size_t
persea_tensor_n_elements (const PerseaTensor *tensor)
{
  return persea_tensor_n_rows (tensor) * persea_tensor_n_columns (tensor);
}

size_t
persea_tensor_n_rows (const PerseaTensor *tensor)
{
  size_t n_rows = 1;

  for (unsigned i = 0; i + 1 < tensor->n_dims; i++)
    n_rows *= tensor->shape[i];
  return n_rows;
}

size_t
persea_tensor_n_columns (const PerseaTensor *tensor)
{
  return tensor->shape[tensor->n_dims - 1];
}

static size_t
tensor_n_bytes (const PerseaTensor *tensor)
{
  return persea_tensor_n_elements (tensor) * persea_dtype_size (tensor->dtype);
}

gboolean
persea_tensor_upload (PerseaTensor *tensor, const void *data, GError **error)
{
  PerseaDevice *device = tensor->device;
  size_t offset = tensor->offset * persea_dtype_size (tensor->dtype);

  g_rec_mutex_lock (&device->lock);
  gboolean ok = device->class->upload (device, tensor->buffer, offset, data,
                                       tensor_n_bytes (tensor), error);
  g_rec_mutex_unlock (&device->lock);
  return ok;
}

gboolean
persea_tensor_download (const PerseaTensor *tensor, void *data, GError **error)
{
  PerseaDevice *device = tensor->device;
  size_t offset = tensor->offset * persea_dtype_size (tensor->dtype);

  g_rec_mutex_lock (&device->lock);
  gboolean ok = device->class->download (device, tensor->buffer, offset, data,
                                         tensor_n_bytes (tensor), error);
  g_rec_mutex_unlock (&device->lock);
  return ok;
}
