/* persea-buffer-private.h - the memory behind tensors
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Buffers are made by drivers and counted here.  For core's own files.
 */
#pragma once

#include "persea-device-impl.h"

G_BEGIN_DECLS

/* a driver has just made @buffer: the first reference, and a reference on @device */
static inline void
persea_buffer_init (PerseaBuffer *buffer, PerseaDevice *device, size_t size)
{
  buffer->device = persea_device_ref (device);
  buffer->size = size;
  buffer->ref_count = 1;
  __atomic_add_fetch (&device->memory_held, size, __ATOMIC_RELAXED);
}

PerseaBuffer *persea_buffer_ref (PerseaBuffer *buffer);
void          persea_buffer_unref (PerseaBuffer *buffer);

G_END_DECLS
