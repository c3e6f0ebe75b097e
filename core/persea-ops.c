/* persea-ops.c - the operations of a pass: checks, then the device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shapes and types are checked here, once, so that devices can trust them.  A check that fails is
 * an error of the calling model, or of a checkpoint that lied to it; it fails the pass and names
 * the operation and what it found.
 */
#include "config.h"

#include "persea-ops.h"

#include "persea-error.h"
#include "persea-ops-private.h"

#include <string.h>

static char *
tensor_describe (const PerseaTensor *tensor)
{
  GString *text = g_string_new (persea_dtype_name (tensor->dtype));

  for (unsigned i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%zu", i ? ", " : " [", tensor->shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

void
pass_fail_shapes (PerseaPass *pass, const char *operation, const PerseaTensor *y,
                  const PerseaTensor *x)
{
  g_autofree char *y_text = tensor_describe (y);
  g_autofree char *x_text = tensor_describe (x);

  persea_pass_fail (pass, g_error_new (PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                                       "%s: shapes or types do not fit: output %s, input %s",
                                       operation, y_text, x_text));
}

static PerseaDtype
matrix_input_dtype (const PerseaMatrix *w)
{
  return w->format.dot && w->format.dtype == PERSEA_DTYPE_BF16 ? PERSEA_DTYPE_BF16
                                                                : PERSEA_DTYPE_F32;
}

static gboolean
product_fits (const PerseaTensor *y, const PerseaTensor *x, const PerseaMatrix *w,
              const PerseaTensor *bias, const PerseaTensor *residual)
{
  return tensor_is_real (y) && x->dtype == matrix_input_dtype (w)
         && persea_tensor_n_columns (y) == w->n
         && (!bias || tensor_is_vector (bias, w->n))
         && (!residual || (tensor_is_real (residual)
                           && persea_tensor_n_rows (residual) == persea_tensor_n_rows (y)
                           && persea_tensor_n_columns (residual) == w->n));
}

void
persea_matmul (PerseaPass         *pass,
               PerseaTensor       *y,
               const PerseaTensor *x,
               const PerseaMatmul *matmul)
{
  const PerseaMatrix *w = matmul->w;
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!product_fits (y, x, w, matmul->bias, matmul->residual)
      || persea_tensor_n_columns (x) != w->k
      || persea_tensor_n_rows (x) != persea_tensor_n_rows (y)
      || (matmul->residual && matmul->residual->dtype != PERSEA_DTYPE_F32))
    {
      pass_fail_shapes (pass, "matrix product", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->matmul (device, y, x, matmul, &error);
  persea_pass_done (pass, ok, error, 2.0 * persea_tensor_n_rows (x) * w->n * w->k
                                       + tensor_cost (w->tensor));
}

static gboolean
conv2d_phases_fit (const PerseaTensor *y, const PerseaTensor *x, const PerseaConv2d *conv)
{
  const PerseaMatrix *w = conv->phases[0];

  if (conv->kernel != 3 || conv->stride != 1 || conv->padding != 1 || conv->upsample != 2
      || x->shape[3] % w->format.group != 0)
    return FALSE;
  for (unsigned i = 0; i < 4; i++)
    if (conv->phases[i]->n != w->n || conv->phases[i]->k != 4 * x->shape[3]
        || memcmp (&conv->phases[i]->format, &w->format, sizeof w->format) != 0)
      return FALSE;
  return y->shape[1] == 2 * x->shape[1] && y->shape[2] == 2 * x->shape[2]
         && product_fits (y, x, w, conv->bias, conv->residual);
}

static gboolean
conv2d_fits (const PerseaTensor *y, const PerseaTensor *x, const PerseaConv2d *conv)
{
  const PerseaMatrix *w = conv->w;

  if (y->n_dims != 4 || x->n_dims != 4 || y->shape[0] != x->shape[0])
    return FALSE;
  if (conv->phases)
    return conv2d_phases_fit (y, x, conv);
  if (conv->kernel < 1 || conv->stride < 1 || conv->padding >= conv->kernel
      || conv->upsample < 1 || conv->upsample > 2)
    return FALSE;
  if (w->k != (size_t) conv->kernel * conv->kernel * x->shape[3])
    return FALSE;

  for (unsigned axis = 1; axis <= 2; axis++)
    {
      size_t in = x->shape[axis] * conv->upsample;
      size_t last = (y->shape[axis] - 1) * conv->stride;

      /* the last window starts inside the picture; at most a window of padding is behind it */
      if (last >= in + conv->padding)
        return FALSE;
    }
  return product_fits (y, x, w, conv->bias, conv->residual);
}

void
persea_conv2d (PerseaPass         *pass,
               PerseaTensor       *y,
               const PerseaTensor *x,
               const PerseaConv2d *conv)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!conv2d_fits (y, x, conv))
    {
      pass_fail_shapes (pass, "convolution", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  const PerseaMatrix *w = conv->phases ? conv->phases[0] : conv->w;
  gboolean ok = device->class->conv2d (device, y, x, conv, &error);
  persea_pass_done (pass, ok, error,
                    2.0 * persea_tensor_n_elements (y) * w->k + tensor_cost (y));
}

void
persea_layer_norm (PerseaPass         *pass,
                   PerseaTensor       *y,
                   const PerseaTensor *x,
                   const PerseaTensor *weight,
                   const PerseaTensor *bias,
                   float               eps)
{
  size_t n_columns = persea_tensor_n_columns (x);
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || x->dtype != PERSEA_DTYPE_F32
      || persea_tensor_n_columns (y) != n_columns
      || persea_tensor_n_rows (y) != persea_tensor_n_rows (x)
      || !tensor_is_vector (weight, n_columns) || !tensor_is_vector (bias, n_columns))
    {
      pass_fail_shapes (pass, "layer norm", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->layer_norm (device, y, x, weight, bias, eps, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x) + tensor_cost (y));
}

static gboolean
norm_fits (const PerseaLayerNorm *norm, size_t n_columns)
{
  return tensor_is_vector (norm->weight, n_columns) && tensor_is_vector (norm->bias, n_columns);
}

void
persea_residual_norm (PerseaPass            *pass,
                      PerseaTensor          *y,
                      PerseaTensor          *x,
                      const PerseaTensor    *h,
                      const PerseaLayerNorm *inner,
                      const PerseaLayerNorm *outer)
{
  size_t n_columns = persea_tensor_n_columns (x);
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || x->dtype != PERSEA_DTYPE_F32
      || persea_tensor_n_columns (y) != n_columns || persea_tensor_n_columns (h) != n_columns
      || persea_tensor_n_rows (y) != persea_tensor_n_rows (x)
      || !tensor_is_vector (h, persea_tensor_n_elements (x))
      || !norm_fits (inner, n_columns) || !norm_fits (outer, n_columns))
    {
      pass_fail_shapes (pass, "norm of a residual", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->residual_norm (device, y, x, h, inner, outer, &error);
  persea_pass_done (pass, ok, error, 3 * tensor_cost (x) + tensor_cost (y));
}

/* Does a view with this stride hold @n_rows rows of @n_columns? */
static gboolean
strided_rows_fit (const PerseaTensor *view, size_t stride, size_t n_rows, size_t n_columns)
{
  size_t first = view->offset * persea_dtype_size (view->dtype);
  size_t needed = ((n_rows - 1) * stride + n_columns) * persea_dtype_size (view->dtype);

  return stride >= n_columns && first + needed <= view->buffer->size;
}

/* Do @n_keys rows of all heads lie within a view's memory? */
static gboolean
attention_heads_fit (const PerseaTensor *view, size_t stride, size_t head_stride,
                     const PerseaAttention *a)
{
  size_t first = view->offset * persea_dtype_size (view->dtype);
  size_t needed = (a->max_keys - 1) * stride + (a->n_heads - 1) * head_stride + a->head_dim;

  if (head_stride == a->head_dim)
    return strided_rows_fit (view, stride, a->max_keys, a->n_heads * a->head_dim);
  return stride >= a->head_dim && head_stride >= a->head_dim
         && first + needed * persea_dtype_size (view->dtype) <= view->buffer->size;
}

static gboolean
attention_keys_fit (const PerseaAttention *a, size_t n_sequences)
{
  if (!a->k_lengths)
    return tensor_is_index (a->k_offsets, n_sequences + 1);
  return tensor_is_index (a->k_lengths, n_sequences) && a->k_offsets->dtype == PERSEA_DTYPE_I32
         && persea_tensor_n_elements (a->k_offsets) >= n_sequences;
}

static gboolean
attention_fits (const PerseaTensor *y, const PerseaTensor *q, const PerseaTensor *k,
                const PerseaTensor *v, const PerseaAttention *a)
{
  size_t width = (size_t) a->n_heads * a->head_dim;
  size_t n_queries = persea_tensor_n_rows (y);
  size_t n_sequences = persea_tensor_n_elements (a->q_offsets) - 1;

  return a->n_heads >= 1 && a->head_dim >= 1 && a->head_dim <= PERSEA_MAX_HEAD_DIM
         && tensor_is_real (y) && tensor_is_real (q) && q->dtype == k->dtype
         && q->dtype == v->dtype && persea_tensor_n_columns (y) == width && n_sequences >= 1
         && tensor_is_index (a->q_offsets, n_sequences + 1)
         && attention_keys_fit (a, n_sequences)
         && a->max_queries >= 1 && a->max_keys >= 1 && a->max_queries <= n_queries
         && (!a->causal || a->max_queries <= a->max_keys)
         && strided_rows_fit (q, a->q_stride, n_queries, width)
         && attention_heads_fit (k, a->k_stride, a->k_head_stride, a)
         && attention_heads_fit (v, a->v_stride, a->v_head_stride, a);
}

void
persea_attention (PerseaPass            *pass,
                  PerseaTensor          *y,
                  const PerseaTensor    *q,
                  const PerseaTensor    *k,
                  const PerseaTensor    *v,
                  const PerseaAttention *attention)
{
  PerseaAttention a = *attention;
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (a.k_head_stride == 0)
    a.k_head_stride = a.head_dim;
  if (a.v_head_stride == 0)
    a.v_head_stride = a.head_dim;
  if (!attention_fits (y, q, k, v, &a))
    {
      pass_fail_shapes (pass, "attention", y, q);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->attention (device, y, q, k, v, &a, &error);
  persea_pass_done (pass, ok, error,
                    4.0 * persea_tensor_n_elements (y) * a.max_keys + tensor_cost (y));
}

void
persea_embed_tokens (PerseaPass         *pass,
                     PerseaTensor       *y,
                     const PerseaTensor *table,
                     const PerseaTensor *ids,
                     const PerseaTensor *positions,
                     const PerseaTensor *position_ids)
{
  size_t n_rows = persea_tensor_n_rows (y), width = persea_tensor_n_columns (y);
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (y->dtype != PERSEA_DTYPE_F32 || persea_tensor_n_columns (table) != width
      || (!tensor_is_real (table) && table->dtype != PERSEA_DTYPE_F16)
      || positions->dtype != PERSEA_DTYPE_F32 || persea_tensor_n_columns (positions) != width
      || !tensor_is_index (ids, n_rows) || !tensor_is_index (position_ids, n_rows))
    {
      pass_fail_shapes (pass, "token embedding", y, table);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->embed_tokens (device, y, table, ids, positions, position_ids, &error);
  persea_pass_done (pass, ok, error, 3 * tensor_cost (y));
}

void
persea_patchify (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, unsigned patch)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  size_t grid = x->n_dims == 4 && patch ? x->shape[3] / patch : 0;
  if (!tensor_is_real (y) || x->dtype != PERSEA_DTYPE_F32 || grid == 0
      || x->shape[2] != x->shape[3]
      || persea_tensor_n_rows (y) != x->shape[0] * grid * grid
      || persea_tensor_n_columns (y) != x->shape[1] * patch * patch)
    {
      pass_fail_shapes (pass, "patches", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->patchify (device, y, x, patch, &error);
  persea_pass_done (pass, ok, error, 2 * tensor_cost (x));
}

void
persea_prepend_token (PerseaPass         *pass,
                      PerseaTensor       *y,
                      const PerseaTensor *x,
                      const PerseaTensor *first,
                      const PerseaTensor *positions)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (y->dtype != PERSEA_DTYPE_F32 || !tensor_is_real (x) || x->n_dims != 3 || y->n_dims != 3
      || y->shape[0] != x->shape[0] || y->shape[1] != x->shape[1] + 1
      || y->shape[2] != x->shape[2]
      || !tensor_is_vector (positions, y->shape[1] * y->shape[2])
      || !(tensor_is_vector (first, x->shape[2])
           || tensor_is_vector (first, x->shape[0] * x->shape[2])))
    {
      pass_fail_shapes (pass, "class token", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->prepend_token (device, y, x, first, positions, &error);
  persea_pass_done (pass, ok, error, 2 * tensor_cost (y));
}

void
persea_gather_rows (PerseaPass         *pass,
                    PerseaTensor       *y,
                    const PerseaTensor *x,
                    const PerseaTensor *index)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || !tensor_is_real (x)
      || persea_tensor_n_columns (y) != persea_tensor_n_columns (x)
      || !tensor_is_index (index, persea_tensor_n_rows (y)))
    {
      pass_fail_shapes (pass, "choice of rows", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->gather_rows (device, y, x, index, &error);
  persea_pass_done (pass, ok, error, 2 * tensor_cost (y));
}

void
persea_store_keys (PerseaPass         *pass,
                   PerseaTensor       *cache,
                   const PerseaTensor *x,
                   size_t              x_stride,
                   const PerseaTensor *places)
{
  size_t n_rows = persea_tensor_n_elements (places);
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (cache) || !tensor_is_real (x) || places->dtype != PERSEA_DTYPE_I32
      || cache->n_dims != 4 || cache->shape[3] % 2 != 0
      || !strided_rows_fit (x, x_stride, n_rows, cache->shape[1] * cache->shape[3]))
    {
      pass_fail_shapes (pass, "storing of keys", cache, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->store_keys (device, cache, x, x_stride, places, &error);
  persea_pass_done (pass, ok, error, 2 * BYTE_COST * n_rows * cache->shape[1] * cache->shape[3]
                                       * persea_dtype_size (x->dtype));
}

void
persea_glu (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, PerseaActivation activation)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || !tensor_is_real (x)
      || persea_tensor_n_rows (y) != persea_tensor_n_rows (x)
      || 2 * persea_tensor_n_columns (y) != persea_tensor_n_columns (x))
    {
      pass_fail_shapes (pass, "gated linear unit", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->glu (device, y, x, activation, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x) + tensor_cost (y));
}

void
persea_mean_rows (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (y->dtype != PERSEA_DTYPE_F32 || !tensor_is_real (x) || x->n_dims != 3
      || persea_tensor_n_rows (y) != x->shape[0] || persea_tensor_n_columns (y) != x->shape[2])
    {
      pass_fail_shapes (pass, "mean", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->mean_rows (device, y, x, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x));
}

void
persea_channels_last (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || x->dtype != PERSEA_DTYPE_F32 || x->n_dims != 4 || y->n_dims != 4
      || y->shape[0] != x->shape[0] || y->shape[1] != x->shape[2]
      || y->shape[2] != x->shape[3] || y->shape[3] != x->shape[1])
    {
      pass_fail_shapes (pass, "channels last", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->channels_last (device, y, x, &error);
  persea_pass_done (pass, ok, error, 2 * tensor_cost (x));
}

void
persea_convert (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x)
{
  GError *error = NULL;

  if (!persea_pass_check (pass))
    return;
  if (!tensor_is_real (y) || !tensor_is_real (x)
      || persea_tensor_n_elements (y) != persea_tensor_n_elements (x))
    {
      pass_fail_shapes (pass, "conversion", y, x);
      return;
    }

  PerseaDevice *device = persea_pass_get_device (pass);
  gboolean ok = device->class->convert (device, y, x, &error);
  persea_pass_done (pass, ok, error, tensor_cost (x) + tensor_cost (y));
}
