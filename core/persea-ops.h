/* persea-ops.h - a forward pass and its operations
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Operations are written one after the other and return nothing.  The first failure sticks, what
 * follows does nothing, and persea_pass_end() tells.  So a block reads like the paper:
 *
 *     PerseaPass *pass = persea_pass_begin (device, cancellable);
 *     PerseaTensor *h = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, width);
 *     persea_layer_norm (pass, h, x, &w->ln_1, eps);
 *     persea_matmul (pass, qkv, h, &(PerseaMatmul) { .w = w->qkv, .bias = w->qkv_bias });
 *     ...
 *     return persea_pass_end (pass, error);
 *
 * Operations are queued: they run in order, later.  Between them the pass looks at its
 * cancellable, and it never lets more than a fraction of a second of work pile up, so that
 * cancelling is quick.  A pass holds its device: another thread's begin waits for the end.
 *
 * Shapes are checked here; devices trust their input.  [rows, columns] means any tensor, seen as
 * persea_tensor_n_rows() × persea_tensor_n_columns().  Sums are made in f32.
 */
#pragma once

#include "persea-tensor.h"

G_BEGIN_DECLS

typedef struct _PerseaPass PerseaPass;

/**
 * persea_pass_begin:
 * @device: where to compute; held until the end of the pass
 * @cancellable: (nullable): looked at between operations
 *
 * Returns: (transfer full): a pass, to be given to persea_pass_end()
 */
PerseaPass *persea_pass_begin (PerseaDevice *device,
                               GCancellable *cancellable);

/**
 * persea_pass_end:
 * @pass: (transfer full): freed, whatever happens
 * @error: return location for the first failure of the pass
 *
 * Waits until everything has run.  Tensors of persea_pass_tensor() are gone afterwards.
 *
 * Returns: %TRUE if every operation was carried out
 */
gboolean persea_pass_end (PerseaPass  *pass,
                          GError     **error);

/* (transfer full): sticks as if an operation had failed */
void     persea_pass_fail (PerseaPass *pass, GError *error);
gboolean persea_pass_is_ok (const PerseaPass *pass);

/**
 * persea_pass_tensor: (skip)
 * @...: the shape, of %size_t, ended by 0
 *
 * A temporary with undefined contents that lives until the end of the pass.  Its memory comes
 * from the device's pool.
 *
 * Returns: (transfer none): never %NULL; after a failure one that operations ignore
 */
#define persea_pass_tensor(pass, dtype, ...)                                                       \
  persea_pass_tensor_shaped ((pass), (dtype), (const size_t[]) { __VA_ARGS__ },                    \
                             sizeof ((const size_t[]) { __VA_ARGS__ }) / sizeof (size_t))
PerseaTensor *persea_pass_tensor_shaped (PerseaPass   *pass,
                                         PerseaDtype   dtype,
                                         const size_t *shape,
                                         unsigned      n_dims);

/* lets go of a temporary before the end; work queued later may re-use its memory */
void persea_pass_release (PerseaPass *pass, PerseaTensor *tensor);

/* a view of @tensor that lives until the end of the pass; @offset in elements */
#define persea_pass_view(pass, tensor, offset, ...)                                                \
  persea_pass_view_shaped ((pass), (tensor), (offset), (const size_t[]) { __VA_ARGS__ },           \
                           sizeof ((const size_t[]) { __VA_ARGS__ }) / sizeof (size_t))
PerseaTensor *persea_pass_view_shaped (PerseaPass         *pass,
                                       const PerseaTensor *tensor,
                                       size_t              offset,
                                       const size_t       *shape,
                                       unsigned            n_dims);

/* copies all elements; @data may be changed after the return */
void persea_pass_upload (PerseaPass *pass, PerseaTensor *tensor, const void *data);

/* waits for the result; @data is untouched if the pass has failed */
void persea_pass_download (PerseaPass *pass, const PerseaTensor *tensor, void *data);

typedef enum
{
  PERSEA_ACTIVATION_NONE,
  PERSEA_ACTIVATION_RELU,
  PERSEA_ACTIVATION_QUICK_GELU, /* x / (1 + exp (-1.702 x)) */
  PERSEA_ACTIVATION_GELU_ERF,   /* x / 2 (1 + erf (x / sqrt 2)) */
  PERSEA_ACTIVATION_GELU_TANH,
  PERSEA_ACTIVATION_SILU,       /* x / (1 + exp (-x)) */
  PERSEA_N_ACTIVATIONS,
} PerseaActivation;

/**
 * PerseaMatmul:
 * @w: [n, k]
 * @bias: (nullable): [n] f32
 * @activation: applied to the sum and bias
 * @residual: (nullable): [rows, n] f32, added after the activation; may be the output itself
 */
typedef struct
{
  const PerseaMatrix *w;
  const PerseaTensor *bias;
  PerseaActivation    activation;
  const PerseaTensor *residual;
} PerseaMatmul;

/* y [rows, n] = activation (x [rows, k] · wᵀ + bias) + residual.  x: the matrix's input type;
 * y: f32 or bf16 */
void persea_matmul (PerseaPass         *pass,
                    PerseaTensor       *y,
                    const PerseaTensor *x,
                    const PerseaMatmul *matmul);

/**
 * PerseaConv2d:
 * @w: [n, k] with k = kernel · kernel · channels, ordered [kernel_y, kernel_x, channel]; or, in place
 *   of it,
 * @phases: (nullable) (array fixed-size=4): for windows of 3, padding 1, stride 1, upsample 2: an
 *   output pixel at (2i + a, 2j + b) sees only 2 × 2 different inputs, from (i - 1 + a, j - 1 + b) on;
 *   phases[2a + b] [n, 2 · 2 · channels] is the window with the weights of equal inputs added up.
 *   Saves five products in nine
 * @bias: (nullable): [n] f32
 * @kernel: height and width of the window
 * @stride: step, in both directions
 * @padding: zeros at the top and left; bottom and right get what the output's size asks for
 * @upsample: 1, or 2: the input is seen doubled by repetition (nearest) before the window moves
 * @activation: applied to the sum and bias, or, if @activation_last, after the residual
 * @residual: (nullable): like the output, f32 or its type, added
 * @activation_last: see @activation (ResNet adds the identity before its ReLU)
 */
typedef struct
{
  const PerseaMatrix  *w;
  PerseaMatrix *const *phases;
  const PerseaTensor  *bias;
  unsigned             kernel;
  unsigned             stride;
  unsigned             padding;
  unsigned             upsample;
  PerseaActivation     activation;
  const PerseaTensor  *residual;
  gboolean             activation_last;
} PerseaConv2d;

/* y [n, out_height, out_width, outputs] of x [n, height, width, channels].  x: the matrix's input
 * type; y: f32 or bf16 */
void persea_conv2d (PerseaPass         *pass,
                    PerseaTensor       *y,
                    const PerseaTensor *x,
                    const PerseaConv2d *conv);

/* y [rows, columns], f32 or bf16 = (x - mean) / sqrt (variance + eps) · weight + bias, by row;
 * x: f32; weight, bias [columns] f32; y may be x */
void persea_layer_norm (PerseaPass         *pass,
                        PerseaTensor       *y,
                        const PerseaTensor *x,
                        const PerseaTensor *weight,
                        const PerseaTensor *bias,
                        float               eps);

/**
 * PerseaLayerNorm:
 * @weight, @bias: [columns] f32
 */
typedef struct
{
  const PerseaTensor *weight;
  const PerseaTensor *bias;
  float               eps;
} PerseaLayerNorm;

/* x += layer norm of h by @inner, then y = layer norm of x by @outer, row by row: where a block with
 * a norm at its end meets the next one's norm (Shleifer et al., "NormFormer", 2021).  x, h: f32, not
 * the same; y: f32 or bf16, and not x */
void persea_residual_norm (PerseaPass            *pass,
                           PerseaTensor          *y,
                           PerseaTensor          *x,
                           const PerseaTensor    *h,
                           const PerseaLayerNorm *inner,
                           const PerseaLayerNorm *outer);

#define PERSEA_MAX_HEAD_DIM 512

/**
 * PerseaAttention:
 * @n_heads: head h owns columns [h · head_dim, (h + 1) · head_dim)
 * @head_dim: 1 to %PERSEA_MAX_HEAD_DIM
 * @scale: multiplies the scores
 * @causal: query i of a sequence sees keys 0 … i + (n_keys - n_queries) only
 * @q_stride: elements from one row of q to the next (views of a fused projection); likewise
 *   @k_stride, @v_stride
 * @k_head_stride: elements from one head to the next in a row of k, if not @head_dim (caches by
 *   heads); likewise
 * @v_head_stride
 * @q_offsets: [n_sequences + 1] i32: sequence s has the query rows from q_offsets[s] to
 *   q_offsets[s + 1] (ragged batches)
 * @k_offsets: likewise for keys and values; the same tensor where they are the same rows
 * @k_lengths: (nullable): [n_sequences] i32: sequence s has the k_lengths[s] rows of keys and
 *   values from k_offsets[s] on, and @k_offsets at least n_sequences entries: for caches that are
 *   being filled, and for sequences that share their keys.  Each length at least 1
 * @max_queries: the longest sequence's number of queries, and
 * @max_keys: of keys; host-side knowledge for the choice of a kernel
 */
typedef struct
{
  unsigned            n_heads;
  unsigned            head_dim;
  float               scale;
  gboolean            causal;
  size_t              q_stride;
  size_t              k_stride;
  size_t              v_stride;
  size_t              k_head_stride;
  size_t              v_head_stride;
  const PerseaTensor *q_offsets;
  const PerseaTensor *k_offsets;
  const PerseaTensor *k_lengths;
  size_t              max_queries;
  size_t              max_keys;
} PerseaAttention;

/* y [query rows, n_heads · head_dim] = softmax (q kᵀ scale) v, without storing the scores.
 * q, k, v: one type of f32 and bf16, views whose first element is the first row's;
 * y: f32 or bf16 */
void persea_attention (PerseaPass            *pass,
                       PerseaTensor          *y,
                       const PerseaTensor    *q,
                       const PerseaTensor    *k,
                       const PerseaTensor    *v,
                       const PerseaAttention *attention);

/* y [rows, width] f32 = table[ids[row]] + positions[position_ids[row]].  table: f32, f16 or bf16
 * [vocabulary, width]; ids, position_ids: [rows] i32; ids out of range are a caller's error */
void persea_embed_tokens (PerseaPass         *pass,
                          PerseaTensor       *y,
                          const PerseaTensor *table,
                          const PerseaTensor *ids,
                          const PerseaTensor *positions,
                          const PerseaTensor *position_ids);

/* y [n · grid², 3 · patch²], f32 or bf16, columns ordered [channel, y, x]; x [n, 3, size, size] f32,
 * grid = size / patch, rounded down: what is left over on the right and below is not looked at */
void persea_patchify (PerseaPass         *pass,
                      PerseaTensor       *y,
                      const PerseaTensor *x,
                      unsigned            patch);

/* y [n, 1 + cells, width] f32 = [first; x] + positions.  x [n, cells, width] f32 or bf16;
 * first [width] (a class token) or [n, width] f32; positions [1 + cells, width] f32 */
void persea_prepend_token (PerseaPass         *pass,
                           PerseaTensor       *y,
                           const PerseaTensor *x,
                           const PerseaTensor *first,
                           const PerseaTensor *positions);

/* y [rows, columns] = x[index[row]]; x, y: one of f32 and bf16 each; index [rows] i32 */
void persea_gather_rows (PerseaPass         *pass,
                         PerseaTensor       *y,
                         const PerseaTensor *x,
                         const PerseaTensor *index);

/* Puts keys and values into a cache as attention reads them fastest: each head's in one run.
 * cache [n_sequences, n_heads, capacity, 2 · head_dim]: for each head and position its key, then its
 * value; x: a view of rows [2, n_heads, head_dim] that are @x_stride elements apart, as one product
 * for keys and values makes them; places [rows] i32: sequence · capacity + position, none twice.
 * cache, x: one of f32 and bf16 each.  Attention finds them at k_stride 2 · head_dim, k_head_stride
 * capacity · 2 · head_dim and k_offsets sequence · n_heads · capacity, the values head_dim behind */
void persea_store_keys (PerseaPass         *pass,
                        PerseaTensor       *cache,
                        const PerseaTensor *x,
                        size_t              x_stride,
                        const PerseaTensor *places);

/* y [rows, n] = activation (x[:, 0 … n - 1]) · x[:, n … 2n - 1], x [rows, 2n]; x, y: one of f32 and
 * bf16 each: the gate of Shazeer, "GLU Variants Improve Transformer" (2020), after one product for
 * both of its halves */
void persea_glu (PerseaPass         *pass,
                 PerseaTensor       *y,
                 const PerseaTensor *x,
                 PerseaActivation    activation);

/* y [n, width] f32 = mean over cells of x [n, cells, width], f32 or bf16 */
void persea_mean_rows (PerseaPass         *pass,
                       PerseaTensor       *y,
                       const PerseaTensor *x);

/* y [n, height / size, width / size, channels] = mean over size × size cells; y, x: f32 or bf16 */
void persea_average_pool (PerseaPass         *pass,
                          PerseaTensor       *y,
                          const PerseaTensor *x,
                          unsigned            size);

/* y [n, height, width, channels], f32 or bf16; x [n, channels, height, width] f32 */
void persea_channels_last (PerseaPass         *pass,
                           PerseaTensor       *y,
                           const PerseaTensor *x);

/* y = x in y's type (f32 or bf16 to f32 or bf16), element by element */
void persea_convert (PerseaPass         *pass,
                     PerseaTensor       *y,
                     const PerseaTensor *x);

/* For pictures [n, height, width, channels]; persea-ops-pictures.c */

/* y = activation ((x - mean) / sqrt (variance + eps) · weight + bias), like x, f32 or bf16 both; mean
 * and variance are those of the picture's pixels in the channels of a group, n_groups of them side by
 * side; weight, bias [channels] f32 (Wu and He, "Group Normalization", 2018) */
void persea_group_norm (PerseaPass         *pass,
                        PerseaTensor       *y,
                        const PerseaTensor *x,
                        const PerseaTensor *weight,
                        const PerseaTensor *bias,
                        unsigned            n_groups,
                        float               eps,
                        PerseaActivation    activation);

/* y [n, height / size, width / size, channels] = the largest of size × size cells; y, x: f32 or bf16 */
void persea_max_pool (PerseaPass         *pass,
                      PerseaTensor       *y,
                      const PerseaTensor *x,
                      unsigned            size);

/* y [n, 2 · height, 2 · width, channels] = each pixel of x four times; y, x: f32 or bf16 */
void persea_upsample (PerseaPass         *pass,
                      PerseaTensor       *y,
                      const PerseaTensor *x);

/* y = activation (x), element by element; y, x: f32 or bf16; y may be x */
void persea_activate (PerseaPass         *pass,
                      PerseaTensor       *y,
                      const PerseaTensor *x,
                      PerseaActivation    activation);

/* y [rows] i32 = the column in which x [rows, columns] f32 is largest, the first of them if there are
 * several; 0 for rows without numbers */
void persea_arg_max (PerseaPass         *pass,
                     PerseaTensor       *y,
                     const PerseaTensor *x);

G_END_DECLS
