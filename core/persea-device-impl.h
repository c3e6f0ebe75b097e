/* persea-device-impl.h - what a driver fills in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For implementers of devices only; users of devices include persea-device.h.  persea-ops.c has
 * checked shapes and types before a function of the table is called, so a device trusts its
 * input.  Everything is called with the device's lock held, except buffer_new, buffer_new_mapped
 * and buffer_free, which must be safe from any thread.
 */
#pragma once

#include "persea-ops.h"

G_BEGIN_DECLS

/* A driver's buffers start with this.  Core fills it once buffer_new or buffer_new_mapped has
 * returned. */
struct _PerseaBuffer
{
  PerseaDevice *device; /* referenced */
  size_t        size;   /* bytes, at least what was asked for */
  int           ref_count;
};

/**
 * PerseaDeviceClass:
 * @free: releases all, the device itself too; all buffers are gone by then
 * @buffer_new: undefined contents; size at least 1
 * @buffer_new_mapped: (nullable): wraps or copies read-only host memory; @owner is released with
 *   the buffer, or at once if it was copied or on failure.  %NULL: core makes a buffer and uploads
 * @buffer_free: work that uses the buffer may still be queued; its memory is re-used only by
 *   work queued later
 * @upload: in order with queued work; @data may change after the return
 * @download: waits for everything queued before
 * @throttle: lets the device start on what is queued, and returns when all that was queued before
 *   the *previous* call has finished: so at most two portions are under way
 * @finish: waits for everything queued
 * @matmul: and the rest: as in persea-ops.h; head strides of attention are never 0
 * @profile: (nullable): see persea_device_get_profile()
 * @measure: see persea_device_measure()
 */
typedef struct
{
  void (*free) (PerseaDevice *device);

  PerseaBuffer *(*buffer_new) (PerseaDevice *device, size_t size, GError **error);
  PerseaBuffer *(*buffer_new_mapped) (PerseaDevice   *device,
                                      const void     *data,
                                      size_t          size,
                                      gpointer        owner,
                                      GDestroyNotify  owner_free,
                                      GError        **error);
  void (*buffer_free) (PerseaBuffer *buffer);

  gboolean (*upload) (PerseaDevice *device, PerseaBuffer *buffer, size_t offset,
                      const void *data, size_t size, GError **error);
  gboolean (*download) (PerseaDevice *device, PerseaBuffer *buffer, size_t offset,
                        void *data, size_t size, GError **error);
  gboolean (*throttle) (PerseaDevice *device, GError **error);
  gboolean (*finish) (PerseaDevice *device, GError **error);

  PerseaMatrixFormat (*matrix_format) (PerseaDevice *device, PerseaPrecision precision);

  gboolean (*matmul) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                      const PerseaMatmul *matmul, GError **error);
  gboolean (*conv2d) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                      const PerseaConv2d *conv, GError **error);
  gboolean (*layer_norm) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                          const PerseaTensor *weight, const PerseaTensor *bias, float eps,
                          GError **error);
  gboolean (*residual_norm) (PerseaDevice *device, PerseaTensor *y, PerseaTensor *x,
                             const PerseaTensor *h, const PerseaLayerNorm *inner,
                             const PerseaLayerNorm *outer, GError **error);
  gboolean (*attention) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *q,
                         const PerseaTensor *k, const PerseaTensor *v,
                         const PerseaAttention *attention, GError **error);
  gboolean (*embed_tokens) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *table,
                            const PerseaTensor *ids, const PerseaTensor *positions,
                            const PerseaTensor *position_ids, GError **error);
  gboolean (*patchify) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        unsigned patch, GError **error);
  gboolean (*prepend_token) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             const PerseaTensor *first, const PerseaTensor *positions,
                             GError **error);
  gboolean (*gather_rows) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                           const PerseaTensor *index, GError **error);
  gboolean (*store_keys) (PerseaDevice *device, PerseaTensor *cache, const PerseaTensor *x,
                          size_t x_stride, const PerseaTensor *places, GError **error);
  gboolean (*glu) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                   PerseaActivation activation, GError **error);
  gboolean (*mean_rows) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                         GError **error);
  gboolean (*average_pool) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                            unsigned size, GError **error);
  gboolean (*channels_last) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             GError **error);
  gboolean (*convert) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                       GError **error);
  gboolean (*group_norm) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                          const PerseaTensor *weight, const PerseaTensor *bias, unsigned n_groups,
                          float eps, PerseaActivation activation, GError **error);
  gboolean (*max_pool) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        unsigned size, GError **error);
  gboolean (*upsample) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        GError **error);
  gboolean (*activate) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        PerseaActivation activation, GError **error);
  gboolean (*arg_max) (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                       GError **error);

  GPtrArray *(*profile) (PerseaDevice *device);
  gboolean (*measure) (PerseaDevice *device, PerseaPrecision precision, double *gflops,
                       double *gbytes_per_second, GError **error);
} PerseaDeviceClass;

/* A driver's devices start with this; persea_device_init() fills it. */
struct _PerseaDevice
{
  const PerseaDeviceClass *class;
  gatomicrefcount          ref_count;
  GRecMutex                lock; /* held by an open pass */
  double                   portion;     /* floating-point operations between two throttles; the pass's */
  PerseaDeviceInfo        *info;
  char                    *key;
  uint64_t                 memory_used; /* bytes; atomic, kept by the driver */
  uint64_t                 memory_held; /* bytes; atomic, kept by core */
};

/**
 * persea_device_init:
 * @info: (transfer full): what is being opened
 * @key: (transfer full): see persea_device_get_key()
 */
void persea_device_init (PerseaDevice            *device,
                         const PerseaDeviceClass *device_class,
                         PerseaDeviceInfo        *info,
                         char                    *key);

/* releases what persea_device_init() took; the last thing a class's free does before g_free() */
void persea_device_clear (PerseaDevice *device);

/**
 * PerseaDriver:
 * @name: "opencl", "reference"
 * @list: every device it knows, usable or not; never fails
 * @open: opens one of them; @info is as listed and not kept
 */
struct _PerseaDriver
{
  const char *name;
  GPtrArray *(*list) (void);
  PerseaDevice *(*open) (const PerseaDeviceInfo *info, const PerseaDeviceOptions *options,
                         GError **error);
};

PerseaDeviceInfo *persea_device_info_copy (const PerseaDeviceInfo *info);

G_END_DECLS
