/* persea-tensor.h - arrays that live on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A tensor is a shape, an element type and a slice of a device buffer.  Row-major: the last
 * dimension is contiguous.  Shapes are written outermost first: [n, height, width, channels].
 * A matrix is the weight of a product: [n, k], packed as its device likes it best.
 * Threads: immutable once made, may be shared; contents belong to the open pass that uses them.
 */
#pragma once

#include "persea-device.h"

G_BEGIN_DECLS

#define PERSEA_MAX_DIMS 4

typedef struct _PerseaBuffer PerseaBuffer;

/**
 * PerseaTensor:
 * @device: where it lives
 * @buffer: the memory, shared with other tensors perhaps
 * @dtype: f32, f16, bf16, i32 or u8
 * @n_dims: 1 to %PERSEA_MAX_DIMS
 * @shape: sizes, each at least 1
 * @offset: of the first element in @buffer, in elements
 *
 * Read its members freely, change none.
 */
typedef struct
{
  PerseaDevice *device;
  PerseaBuffer *buffer;
  PerseaDtype   dtype;
  unsigned      n_dims;
  size_t        shape[PERSEA_MAX_DIMS];
  size_t        offset;
} PerseaTensor;

/**
 * persea_tensor_new:
 * @device: where the elements will live
 * @dtype: f32, f16, bf16, i32 or u8
 * @n_dims: 1 to %PERSEA_MAX_DIMS
 * @shape: (array length=n_dims): sizes, each at least 1
 * @error: return location; %PERSEA_ERROR_OUT_OF_MEMORY
 *
 * Returns: (transfer full) (nullable): a tensor with undefined contents
 */
PerseaTensor *persea_tensor_new (PerseaDevice  *device,
                                 PerseaDtype    dtype,
                                 unsigned       n_dims,
                                 const size_t  *shape,
                                 GError       **error);

/**
 * persea_tensor_new_view:
 * @tensor: whose memory to share
 * @offset: of the view's first element from @tensor's first, in elements
 * @n_dims: as for persea_tensor_new()
 * @shape: the view's own shape; it must lie within the buffer
 *
 * Returns: (transfer full): a tensor of the same type on the same memory
 */
PerseaTensor *persea_tensor_new_view (const PerseaTensor *tensor,
                                      size_t              offset,
                                      unsigned            n_dims,
                                      const size_t       *shape);

PerseaTensor *persea_tensor_ref (PerseaTensor *tensor);
void          persea_tensor_unref (PerseaTensor *tensor);

size_t persea_tensor_n_elements (const PerseaTensor *tensor);

/* the product of all sizes but the last, and the last: how operations on rows see a tensor */
size_t persea_tensor_n_rows (const PerseaTensor *tensor);
size_t persea_tensor_n_columns (const PerseaTensor *tensor);

/**
 * persea_tensor_upload:
 * @data: persea_tensor_n_elements() elements of the tensor's type; not needed after the return
 *
 * Not to be called while a pass is open on the device by another thread; inside a pass use
 * persea_pass_upload().
 */
gboolean persea_tensor_upload (PerseaTensor  *tensor,
                               const void    *data,
                               GError       **error);

/* waits for everything queued before it */
gboolean persea_tensor_download (const PerseaTensor  *tensor,
                                 void                *data,
                                 GError             **error);

/**
 * PerseaMatrixFormat:
 * @dtype: how elements are stored
 * @dot: %TRUE: products are made in @dtype (the input must be of @dtype, too); %FALSE: elements
 *   are widened to f32 and the input is f32
 * @panel: outputs that lie side by side; rows are padded with zeros to a multiple of it
 * @group: inputs that lie side by side below an output (1; 2 for bf16 dot products; 4 for int8)
 *
 * The packed layout is [n / panel][k / group][panel][group], k padded to a multiple of @group.
 * Plain row-major is panel 1 and group 1: what the reference device uses.
 */
typedef struct
{
  PerseaDtype dtype;
  gboolean    dot;
  unsigned    panel;
  unsigned    group;
} PerseaMatrixFormat;

/**
 * PerseaMatrix:
 * @tensor: the packed elements, one dimension
 * @format: how they are packed
 * @n: outputs (rows of the checkpoint's [out, in] matrix)
 * @k: inputs
 */
typedef struct
{
  PerseaTensor      *tensor;
  PerseaMatrixFormat format;
  size_t             n;
  size_t             k;
} PerseaMatrix;

/* elements of the packed layout */
size_t persea_matrix_format_n_elements (const PerseaMatrixFormat *format,
                                        size_t                    n,
                                        size_t                    k);

/**
 * persea_matrix_format_pack:
 * @rows: [n, k] f32, row-major
 * @out: persea_matrix_format_n_elements() elements of the format's type
 */
void persea_matrix_format_pack (const PerseaMatrixFormat *format,
                                const float              *rows,
                                size_t                    n,
                                size_t                    k,
                                void                     *out);

/**
 * persea_matrix_new:
 * @format: from persea_device_get_matrix_format()
 * @rows: [n, k] f32, row-major
 *
 * Returns: (transfer full) (nullable): a matrix in memory of its own
 */
PerseaMatrix *persea_matrix_new (PerseaDevice              *device,
                                 const PerseaMatrixFormat  *format,
                                 const float               *rows,
                                 size_t                     n,
                                 size_t                     k,
                                 GError                   **error);

/**
 * persea_matrix_new_packed:
 * @packed: (transfer full): the packed elements, perhaps mapped from a file
 */
PerseaMatrix *persea_matrix_new_packed (PerseaTensor             *packed,
                                        const PerseaMatrixFormat *format,
                                        size_t                    n,
                                        size_t                    k);

void persea_matrix_free (PerseaMatrix *matrix);

/**
 * persea_tensor_new_mapped:
 * @data: the elements; must stay valid and unchanged until @owner is released
 * @owner: (transfer full): kept as long as the tensor's memory
 * @owner_free: how to release @owner
 *
 * A read-only tensor on memory of the host: without a copy where the device shares the host's
 * memory, otherwise uploaded at once.
 */
PerseaTensor *persea_tensor_new_mapped (PerseaDevice    *device,
                                        PerseaDtype      dtype,
                                        unsigned         n_dims,
                                        const size_t    *shape,
                                        const void      *data,
                                        gpointer         owner,
                                        GDestroyNotify   owner_free,
                                        GError         **error);

/* how matrices are packed for products in @precision */
PerseaMatrixFormat persea_device_get_matrix_format (PerseaDevice    *device,
                                                    PerseaPrecision  precision);

/* what products in @precision take as input: bf16 if the format's dot is set, otherwise f32 */
PerseaDtype persea_device_get_input_dtype (PerseaDevice    *device,
                                           PerseaPrecision  precision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTensor, persea_tensor_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaMatrix, persea_matrix_free)

G_END_DECLS
