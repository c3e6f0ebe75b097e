/* persea-ops-private.h - what the files of operations share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-device-impl.h"
#include "persea-pass-private.h"

G_BEGIN_DECLS

/* a byte moved is taken to cost as much as four operations */
#define BYTE_COST 4.0

static inline gboolean
tensor_is_real (const PerseaTensor *tensor)
{
  return tensor->dtype == PERSEA_DTYPE_F32 || tensor->dtype == PERSEA_DTYPE_BF16;
}

static inline gboolean
tensor_is_vector (const PerseaTensor *tensor, size_t n)
{
  return tensor->dtype == PERSEA_DTYPE_F32 && persea_tensor_n_elements (tensor) == n;
}

static inline gboolean
tensor_is_index (const PerseaTensor *tensor, size_t n)
{
  return tensor->dtype == PERSEA_DTYPE_I32 && persea_tensor_n_elements (tensor) == n;
}

static inline double
tensor_cost (const PerseaTensor *tensor)
{
  return BYTE_COST * persea_tensor_n_elements (tensor) * persea_dtype_size (tensor->dtype);
}

/* fails the pass with what was found; @operation is for people */
void pass_fail_shapes (PerseaPass         *pass,
                       const char         *operation,
                       const PerseaTensor *y,
                       const PerseaTensor *x);

G_END_DECLS
