/* persea-cl-operations.h - the operations, as persea-cl-device.c puts them into its table
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What each does is in core/persea-ops.h, under its name there; shapes and types are checked.
 */
#pragma once

#include "persea-cl-device-private.h"

G_BEGIN_DECLS

PerseaMatrixFormat persea_cl_matrix_format (PerseaDevice *device, PerseaPrecision precision);

gboolean persea_cl_matmul (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                           const PerseaMatmul *matmul, GError **error);
gboolean persea_cl_conv2d (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                           const PerseaConv2d *conv, GError **error);
gboolean persea_cl_layer_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                               const PerseaTensor *weight, const PerseaTensor *bias, float eps,
                               GError **error);
gboolean persea_cl_residual_norm (PerseaDevice *device, PerseaTensor *y, PerseaTensor *x,
                                  const PerseaTensor *h, const PerseaLayerNorm *inner,
                                  const PerseaLayerNorm *outer, GError **error);
gboolean persea_cl_attention (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *q,
                              const PerseaTensor *k, const PerseaTensor *v,
                              const PerseaAttention *attention, GError **error);
gboolean persea_cl_embed_tokens (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *table,
                                 const PerseaTensor *ids, const PerseaTensor *positions,
                                 const PerseaTensor *position_ids, GError **error);
gboolean persea_cl_patchify (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             unsigned patch, GError **error);
gboolean persea_cl_prepend_token (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                  const PerseaTensor *first, const PerseaTensor *positions,
                                  GError **error);
gboolean persea_cl_gather_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                const PerseaTensor *index, GError **error);
gboolean persea_cl_store_keys (PerseaDevice *device, PerseaTensor *cache, const PerseaTensor *x,
                               size_t x_stride, const PerseaTensor *places, GError **error);
gboolean persea_cl_glu (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                        PerseaActivation activation, GError **error);
gboolean persea_cl_mean_rows (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                              GError **error);
gboolean persea_cl_average_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                 unsigned size, GError **error);
gboolean persea_cl_channels_last (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                                  GError **error);
gboolean persea_cl_convert (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                            GError **error);
gboolean persea_cl_group_norm (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                               const PerseaTensor *weight, const PerseaTensor *bias,
                               unsigned n_groups, float eps, PerseaActivation activation,
                               GError **error);
gboolean persea_cl_max_pool (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             unsigned size, GError **error);
gboolean persea_cl_upsample (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             GError **error);
gboolean persea_cl_activate (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                             PerseaActivation activation, GError **error);
gboolean persea_cl_arg_max (PerseaDevice *device, PerseaTensor *y, const PerseaTensor *x,
                            GError **error);

gboolean persea_cl_measure (PerseaDevice *device, PerseaPrecision precision, double *gflops,
                            double *gbytes_per_second, GError **error);

G_END_DECLS
