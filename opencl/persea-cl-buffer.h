/* persea-cl-buffer.h - the device's memory: a pool with a budget
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Buffers come in size classes, four to each power of two, so that the temporaries of one pass fit
 * the next.  Freed ones are kept until the budget or the driver asks for them back.
 * Threads: safe from any.
 */
#pragma once

#include "persea-cl-device-private.h"

G_BEGIN_DECLS

/* @limit: bytes in all */
PerseaClPool *persea_cl_pool_new (uint64_t limit);
void          persea_cl_pool_free (PerseaClPool *pool, PerseaClDevice *device);

/* gives what is idle back to the driver */
void persea_cl_pool_trim (PerseaClPool *pool, PerseaClDevice *device);

/* these fill #PerseaDeviceClass */
PerseaBuffer *persea_cl_buffer_new (PerseaDevice *device, size_t size, GError **error);
PerseaBuffer *persea_cl_buffer_new_mapped (PerseaDevice *device, const void *data, size_t size,
                                           gpointer owner, GDestroyNotify owner_free,
                                           GError **error);
void          persea_cl_buffer_free (PerseaBuffer *buffer);
gboolean      persea_cl_buffer_upload (PerseaDevice *device, PerseaBuffer *buffer, size_t offset,
                                       const void *data, size_t size, GError **error);
gboolean      persea_cl_buffer_download (PerseaDevice *device, PerseaBuffer *buffer, size_t offset,
                                         void *data, size_t size, GError **error);

G_END_DECLS
