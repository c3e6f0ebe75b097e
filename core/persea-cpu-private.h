/* persea-cpu-private.h - the reference device: what its files share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-device-impl.h"

G_BEGIN_DECLS

/**
 * PerseaCpuBuffer:
 * @owner: (nullable): of @data, where that is not ours
 */
typedef struct
{
  PerseaBuffer   base;
  void          *data;
  gpointer       owner;
  GDestroyNotify owner_free;
} PerseaCpuBuffer;

/* these fill #PerseaDeviceClass; what each does is in persea-ops.h */
gboolean persea_cpu_matmul (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                            const PerseaMatmul *matmul, GError **error);
gboolean persea_cpu_conv2d (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                            const PerseaConv2d *conv, GError **error);
gboolean persea_cpu_layer_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                const PerseaTensor *weight, const PerseaTensor *bias, float eps,
                                GError **error);
gboolean persea_cpu_residual_norm (PerseaDevice *device, PerseaTensor *y, PerseaTensor *x,
                                   const PerseaTensor *h, const PerseaLayerNorm *inner,
                                   const PerseaLayerNorm *outer, GError **error);
gboolean persea_cpu_attention (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *q,
                               const PerseaTensor *k, const PerseaTensor *v,
                               const PerseaAttention *a, GError **error);
gboolean persea_cpu_embed_tokens (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *table,
                                  const PerseaTensor *ids, const PerseaTensor *positions,
                                  const PerseaTensor *position_ids, GError **error);
gboolean persea_cpu_patchify (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                              unsigned patch, GError **error);
gboolean persea_cpu_prepend_token (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                   const PerseaTensor *first, const PerseaTensor *positions,
                                   GError **error);
gboolean persea_cpu_gather_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                 const PerseaTensor *index, GError **error);
gboolean persea_cpu_store_keys (PerseaDevice *device, PerseaTensor *cache, const PerseaTensor *x,
                                size_t x_stride, const PerseaTensor *places, GError **error);
gboolean persea_cpu_glu (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                         PerseaActivation activation, GError **error);
gboolean persea_cpu_mean_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                               GError **error);
gboolean persea_cpu_average_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                  unsigned size, GError **error);
gboolean persea_cpu_channels_last (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                   GError **error);
gboolean persea_cpu_convert (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             GError **error);
gboolean persea_cpu_group_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                const PerseaTensor *weight, const PerseaTensor *bias,
                                unsigned n_groups, float eps, PerseaActivation activation,
                                GError **error);
gboolean persea_cpu_max_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                              unsigned size, GError **error);
gboolean persea_cpu_upsample (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                              GError **error);
gboolean persea_cpu_activate (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                              PerseaActivation activation, GError **error);
gboolean persea_cpu_arg_max (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             GError **error);

G_END_DECLS
