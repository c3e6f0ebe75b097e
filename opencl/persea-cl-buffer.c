/* persea-cl-buffer.c - the device's memory: a pool with a budget
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cl-buffer.h"

#include "persea-error.h"

#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#define SMALLEST 4096 /* bytes */

/* Where device and host share memory, buffers from this size on lie on huge pages: rows of a matrix
 * are pages apart, and a processor remembers few small ones. */
#define HUGE_PAGE ((size_t) 2 << 20)

struct _PerseaClPool
{
  GMutex      mutex;
  uint64_t    limit;
  GHashTable *idle; /* capacity → GPtrArray of PerseaClBuffer */
};

PerseaClPool *
persea_cl_pool_new (uint64_t limit)
{
  PerseaClPool *pool = g_new0 (PerseaClPool, 1);

  g_mutex_init (&pool->mutex);
  pool->limit = limit;
  pool->idle = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL,
                                      (GDestroyNotify) g_ptr_array_unref);
  return pool;
}

/* nothing that is queued uses it any more */
static void
buffer_release (PerseaClDevice *device, PerseaClBuffer *buffer)
{
  clReleaseMemObject (buffer->memory);
  free (buffer->pages);
  __atomic_sub_fetch (&device->base.memory_used, buffer->capacity, __ATOMIC_RELAXED);
  g_free (buffer);
}

/* gives all idle memory back to the driver; the mutex is held */
static void
pool_drain (PerseaClPool *pool, PerseaClDevice *device)
{
  GHashTableIter iter;
  gpointer buffers;

  clFinish (device->queue);
  g_hash_table_iter_init (&iter, pool->idle);
  while (g_hash_table_iter_next (&iter, NULL, &buffers))
    {
      GPtrArray *array = buffers;

      for (unsigned i = 0; i < array->len; i++)
        buffer_release (device, array->pdata[i]);
      g_hash_table_iter_remove (&iter);
    }
}

void
persea_cl_pool_trim (PerseaClPool *pool, PerseaClDevice *device)
{
  g_mutex_lock (&pool->mutex);
  pool_drain (pool, device);
  g_mutex_unlock (&pool->mutex);
}

void
persea_cl_pool_free (PerseaClPool *pool, PerseaClDevice *device)
{
  if (!pool)
    return;
  pool_drain (pool, device);
  g_hash_table_unref (pool->idle);
  g_mutex_clear (&pool->mutex);
  g_free (pool);
}

/* the size class: 4, 5, 6 or 7 times a power of two; %FALSE if there is none */
static gboolean
pool_round (size_t size, size_t *capacity)
{
  size_t step = SMALLEST / 4;

  while (step < size / 8)
    step *= 2;
  while (step * 7 < size && step <= G_MAXSIZE / 16)
    step *= 2;
  if (size >= HUGE_PAGE)
    step = MAX (step, HUGE_PAGE);
  *capacity = MAX ((size / step + (size % step != 0)) * step, SMALLEST);
  return size <= G_MAXSIZE / 2;
}

/* (nullable): memory of the host, on huge pages */
static void *
pages_new (PerseaClDevice *device, size_t capacity)
{
#ifdef MADV_HUGEPAGE
  if (device->traits.shares_memory && device->base.info->kind == PERSEA_DEVICE_KIND_CPU
      && capacity % HUGE_PAGE == 0)
    {
      void *pages = aligned_alloc (HUGE_PAGE, capacity);

      if (pages)
        madvise (pages, capacity, MADV_HUGEPAGE);
      return pages;
    }
#endif
  return NULL;
}

static PerseaClBuffer *
pool_take_idle (PerseaClPool *pool, size_t capacity)
{
  GPtrArray *array = g_hash_table_lookup (pool->idle, GSIZE_TO_POINTER (capacity));

  return array && array->len ? g_ptr_array_steal_index_fast (array, array->len - 1) : NULL;
}

static void
set_out_of_memory (PerseaClDevice *device, size_t size, GError **error)
{
  g_autofree char *wanted = g_format_size (size);
  g_autofree char *used = g_format_size (persea_device_get_memory_used (&device->base));
  g_autofree char *limit = g_format_size (device->pool->limit);

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
               "%s: no memory for %s more: %s of at most %s are in use",
               device->base.info->name, wanted, used, limit);
}

/* (nullable): %NULL if @status is not CL_SUCCESS */
static PerseaClBuffer *
buffer_create (PerseaClDevice *device, size_t capacity, cl_int *status)
{
  void *pages = pages_new (device, capacity);
  cl_mem memory = clCreateBuffer (device->context,
                                  CL_MEM_READ_WRITE | (pages ? CL_MEM_USE_HOST_PTR : 0), capacity,
                                  pages, status);

  if (*status != CL_SUCCESS)
    {
      free (pages);
      return NULL;
    }

  PerseaClBuffer *buffer = g_new0 (PerseaClBuffer, 1);
  buffer->memory = memory;
  buffer->pages = pages;
  buffer->capacity = capacity;
  return buffer;
}

/* the mutex is held */
static PerseaClBuffer *
pool_allocate (PerseaClPool *pool, PerseaClDevice *device, size_t capacity, GError **error)
{
  cl_int status;

  if (persea_device_get_memory_used (&device->base) + capacity > pool->limit)
    pool_drain (pool, device);
  if (capacity > device->traits.max_allocation
      || persea_device_get_memory_used (&device->base) + capacity > pool->limit)
    {
      set_out_of_memory (device, capacity, error);
      return NULL;
    }

  PerseaClBuffer *buffer = buffer_create (device, capacity, &status);
  if (status == CL_MEM_OBJECT_ALLOCATION_FAILURE || status == CL_OUT_OF_RESOURCES
      || status == CL_OUT_OF_HOST_MEMORY)
    {
      pool_drain (pool, device);
      buffer = buffer_create (device, capacity, &status);
    }
  if (!persea_cl_device_succeeded (device, status, "allocating memory", error))
    return NULL;

  __atomic_add_fetch (&device->base.memory_used, capacity, __ATOMIC_RELAXED);
  return buffer;
}

static void
pool_give_back (PerseaClDevice *device, PerseaClBuffer *buffer)
{
  PerseaClPool *pool = device->pool;

  g_mutex_lock (&pool->mutex);
  gpointer key = GSIZE_TO_POINTER (buffer->capacity);
  GPtrArray *array = g_hash_table_lookup (pool->idle, key);
  if (!array)
    {
      array = g_ptr_array_new ();
      g_hash_table_insert (pool->idle, key, array);
    }
  g_ptr_array_add (array, buffer);
  g_mutex_unlock (&pool->mutex);
}

PerseaBuffer *
persea_cl_buffer_new (PerseaDevice *base, size_t size, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;
  PerseaClPool *pool = device->pool;
  size_t capacity;

  if (!persea_cl_device_check (device, error))
    return NULL;
  if (!pool_round (size, &capacity))
    {
      set_out_of_memory (device, size, error);
      return NULL;
    }

  g_mutex_lock (&pool->mutex);
  PerseaClBuffer *buffer = pool_take_idle (pool, capacity);
  if (!buffer)
    buffer = pool_allocate (pool, device, capacity, error);
  g_mutex_unlock (&pool->mutex);
  if (buffer)
    buffer->base = (PerseaBuffer) { .size = size };
  return (PerseaBuffer *) buffer;
}

/* (nullable): %NULL if the driver will not have it */
static PerseaBuffer *
buffer_wrap (PerseaClDevice *device, const void *data, size_t size, gpointer owner,
             GDestroyNotify owner_free)
{
  cl_int status;
  cl_mem memory = clCreateBuffer (device->context, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR, size,
                                  (void *) data, &status);

  if (status != CL_SUCCESS)
    {
      g_debug ("%s: mapped memory is refused (%s) and will be copied", device->base.info->name,
               persea_cl_error_name (status));
      return NULL;
    }

  PerseaClBuffer *buffer = g_new0 (PerseaClBuffer, 1);
  buffer->memory = memory;
  buffer->owner = owner;
  buffer->owner_free = owner_free;
  return (PerseaBuffer *) buffer;
}

PerseaBuffer *
persea_cl_buffer_new_mapped (PerseaDevice   *base,
                             const void     *data,
                             size_t          size,
                             gpointer        owner,
                             GDestroyNotify  owner_free,
                             GError        **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  if (device->traits.shares_memory && size <= device->traits.max_allocation)
    {
      PerseaBuffer *wrapped = buffer_wrap (device, data, size, owner, owner_free);

      if (wrapped)
        return wrapped;
    }

  PerseaBuffer *copy = persea_cl_buffer_new (base, size, error);
  if (copy && !persea_cl_buffer_upload (base, copy, 0, data, size, error))
    {
      pool_give_back (device, (PerseaClBuffer *) copy);
      copy = NULL;
    }
  if (owner_free)
    owner_free (owner);
  return copy;
}

void
persea_cl_buffer_free (PerseaBuffer *base)
{
  PerseaClBuffer *buffer = (PerseaClBuffer *) base;
  PerseaClDevice *device = (PerseaClDevice *) base->device;

  if (buffer->capacity)
    {
      pool_give_back (device, buffer);
      return;
    }

  /* queued work may still read the owner's memory */
  clFinish (device->queue);
  clReleaseMemObject (buffer->memory);
  if (buffer->owner_free)
    buffer->owner_free (buffer->owner);
  g_free (buffer);
}

gboolean
persea_cl_buffer_upload (PerseaDevice *base, PerseaBuffer *buffer, size_t offset,
                         const void *data, size_t size, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  if (!persea_cl_device_check (device, error))
    return FALSE;
  cl_int status = clEnqueueWriteBuffer (device->queue, ((PerseaClBuffer *) buffer)->memory, CL_TRUE,
                                        offset, size, data, 0, NULL, NULL);
  return persea_cl_device_succeeded (device, status, "uploading", error);
}

gboolean
persea_cl_buffer_download (PerseaDevice *base, PerseaBuffer *buffer, size_t offset,
                           void *data, size_t size, GError **error)
{
  PerseaClDevice *device = (PerseaClDevice *) base;

  if (!persea_cl_device_check (device, error))
    return FALSE;
  cl_int status = clEnqueueReadBuffer (device->queue, ((PerseaClBuffer *) buffer)->memory, CL_TRUE,
                                       offset, size, data, 0, NULL, NULL);
  return persea_cl_device_succeeded (device, status, "downloading", error);
}
