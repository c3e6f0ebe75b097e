/* persea-clip-images.c - CLIP: the towers for pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each ends in one embedding for a picture, or in one for each cell of its grid, by the weights of
 * the last attention alone: every cell's value instead of a mean of values, then whatever follows
 * (Zhou et al., "Extract Free Dense Labels from CLIP", 2022, section 3.2; chongzhou96/MaskCLIP,
 * mmseg/models/backbones/vit.py).
 */
#include "config.h"

#include "persea-clip-private.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

/* Rows of a transformer in one pass: enough to keep the device busy, little enough for its memory.
 * 16 pictures of ViT-L/14 have 4112 rows. */
#define IMAGE_ROWS 4200

/* What becomes of the tokens if the embedding is the mean of all but the class token: [n, W]. */
static PerseaTensor *
clip_vision_average (PerseaPass *pass, const PerseaClip *clip, size_t n, PerseaTensor *x)
{
  const PerseaClipConfig *config = &clip->config;
  size_t cells = (size_t) config->grid * config->grid, width = config->vision.width;
  PerseaTensor *patches = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, cells, width);
  PerseaTensor *mean = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, width);
  PerseaTensor *index = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n * cells);
  g_autofree int32_t *rows = g_new (int32_t, n * cells);

  for (size_t i = 0; i < n * cells; i++)
    rows[i] = i + i / cells + 1;
  persea_pass_upload (pass, index, rows);
  persea_gather_rows (pass, patches, x, index);
  if (!config->norm_after_pool)
    clip_norm (pass, patches, patches, &clip->vision.ln_post, config->vision.eps);
  persea_mean_rows (pass, mean, patches);
  if (config->norm_after_pool)
    clip_norm (pass, mean, mean, &clip->vision.ln_post, config->vision.eps);
  return mean;
}

/* VisionTransformer.forward up to its blocks: pixels [n, 3, size, size] -> the tokens after the last
 * block [n (1 + cells), W], or if @ends is there the rows that it names */
static PerseaTensor *
clip_vision_tokens (PerseaPass *pass, const PerseaClip *clip, const PerseaTensor *pixels,
                    const PerseaTensor *ends, const PerseaTensor *alone)
{
  const PerseaClipConfig *config = &clip->config;
  const ClipVision *vision = &clip->vision;
  size_t n = pixels->shape[0], width = config->vision.width, patch = config->patch_size;
  size_t cells = (size_t) config->grid * config->grid, tokens = 1 + cells;

  PerseaTensor *patches = persea_pass_tensor (pass, clip->input_dtype, n * cells, 3 * patch * patch);
  PerseaTensor *embedded = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, cells, width);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, tokens, width);

  persea_patchify (pass, patches, pixels, patch);
  clip_linear (pass, embedded, patches, &vision->conv1, PERSEA_ACTIVATION_NONE, NULL);
  persea_prepend_token (pass, x, embedded, vision->class_embedding, vision->positions);
  if (config->pre_norm)
    clip_norm (pass, x, x, &vision->ln_pre, config->vision.eps);

  return clip_transformer (pass, clip, vision->blocks, &config->vision,
                           &(ClipSequences) { .n = n, .n_rows = n * tokens, .longest = tokens,
                                              .offsets = clip_steps (pass, n + 1, 0, tokens),
                                              .ends = ends, .alone = alone },
                           x);
}

/* pixels [n, 3, size, size] -> y [n, E] */
static void
clip_vision (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y, const PerseaTensor *pixels)
{
  const PerseaClipConfig *config = &clip->config;
  size_t n = pixels->shape[0], width = config->vision.width;
  size_t tokens = 1 + (size_t) config->grid * config->grid;
  gboolean averaged = config->pool == PERSEA_CLIP_POOL_AVERAGE;
  PerseaTensor *pooled = persea_pass_tensor (pass, clip->input_dtype, n, width);
  PerseaTensor *x = clip_vision_tokens (pass, clip, pixels,
                                        averaged ? NULL : clip_steps (pass, n, 0, tokens), NULL);

  if (averaged)
    persea_convert (pass, pooled, clip_vision_average (pass, clip, n, x));
  else
    clip_norm (pass, pooled, x, &clip->vision.ln_post, config->vision.eps);
  clip_linear (pass, y, pooled, &clip->vision.proj, PERSEA_ACTIVATION_NONE, NULL);
}

/* pixels [n, 3, size, size] -> y [n, 1 + cells, E] */
static void
clip_vision_cells (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y,
                   const PerseaTensor *pixels)
{
  size_t rows = persea_tensor_n_rows (y);
  PerseaTensor *normed = persea_pass_tensor (pass, clip->input_dtype, rows,
                                             clip->config.vision.width);
  PerseaTensor *x = clip_vision_tokens (pass, clip, pixels, NULL,
                                        clip_steps (pass, rows + 1, 0, 1));

  clip_norm (pass, normed, x, &clip->vision.ln_post, clip->config.vision.eps);
  clip_linear (pass, y, normed, &clip->vision.proj, PERSEA_ACTIVATION_NONE, NULL);
}

/* a convolution that keeps height and width (divided by its stride) */
static PerseaTensor *
clip_conv (PerseaPass *pass, const PerseaTensor *x, const PerseaLinear *conv, unsigned kernel,
           unsigned stride, PerseaActivation activation, const PerseaTensor *residual)
{
  PerseaTensor *y = persea_pass_tensor (pass, x->dtype, x->shape[0], x->shape[1] / stride,
                                        x->shape[2] / stride, conv->w->n);

  persea_conv2d (pass, y, x, &(PerseaConv2d) { .w = conv->w, .bias = conv->bias, .kernel = kernel,
                                               .stride = stride, .padding = kernel / 2,
                                               .upsample = 1, .activation = activation,
                                               .residual = residual,
                                               .activation_last = residual != NULL });
  return y;
}

static PerseaTensor *
clip_pool (PerseaPass *pass, const PerseaTensor *x, unsigned size)
{
  PerseaTensor *y = persea_pass_tensor (pass, x->dtype, x->shape[0], x->shape[1] / size,
                                        x->shape[2] / size, x->shape[3]);

  persea_average_pool (pass, y, x, size);
  return y;
}

/* Bottleneck.forward; releases what it made on the way, and x */
static PerseaTensor *
clip_bottleneck (PerseaPass *pass, PerseaTensor *x, const ClipBottleneck *block)
{
  PerseaTensor *identity = x, *pooled = NULL;
  PerseaTensor *a = clip_conv (pass, x, &block->conv[0], 1, 1, PERSEA_ACTIVATION_RELU, NULL);
  PerseaTensor *b = clip_conv (pass, a, &block->conv[1], 3, 1, PERSEA_ACTIVATION_RELU, NULL);

  persea_pass_release (pass, a);
  if (block->stride > 1)
    {
      a = clip_pool (pass, b, block->stride);
      persea_pass_release (pass, b);
      b = a;
    }
  if (block->downsample.w)
    {
      pooled = block->stride > 1 ? clip_pool (pass, x, block->stride) : x;
      identity = clip_conv (pass, pooled, &block->downsample, 1, 1, PERSEA_ACTIVATION_NONE, NULL);
    }

  PerseaTensor *y = clip_conv (pass, b, &block->conv[2], 1, 1, PERSEA_ACTIVATION_RELU, identity);
  persea_pass_release (pass, b);
  if (pooled && pooled != x)
    persea_pass_release (pass, pooled);
  if (identity != x)
    persea_pass_release (pass, identity);
  persea_pass_release (pass, x);
  return y;
}

/* The inputs of AttentionPool2d: x [n, grid, grid, C] -> [n, 1 + cells, C], the mean of the cells
 * first, with positions */
static PerseaTensor *
clip_attention_pool_inputs (PerseaPass *pass, const PerseaClip *clip, const PerseaTensor *x)
{
  size_t n = x->shape[0], cells = x->shape[1] * x->shape[2], channels = x->shape[3];
  PerseaTensor *flat = persea_pass_view (pass, x, 0, n, cells, channels);
  PerseaTensor *mean = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, channels);
  PerseaTensor *tokens = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, 1 + cells, channels);
  PerseaTensor *inputs = persea_pass_tensor (pass, clip->input_dtype, n, 1 + cells, channels);

  persea_mean_rows (pass, mean, flat);
  persea_prepend_token (pass, tokens, flat, mean, clip->resnet.positions);
  persea_convert (pass, inputs, tokens);
  return inputs;
}

/* AttentionPool2d.forward: x [n, grid, grid, C] -> y [n, E].  Only the query of the mean is asked
 * for. */
static void
clip_attention_pool (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y,
                     const PerseaTensor *x)
{
  const ClipResnet *resnet = &clip->resnet;
  PerseaDtype dtype = clip->input_dtype;
  size_t n = x->shape[0], cells = x->shape[1] * x->shape[2], channels = x->shape[3];
  unsigned n_heads = clip->config.resnet_heads;
  PerseaTensor *inputs = clip_attention_pool_inputs (pass, clip, x);
  PerseaTensor *first = persea_pass_tensor (pass, dtype, n, channels);
  PerseaTensor *q = persea_pass_tensor (pass, dtype, n, channels);
  PerseaTensor *kv = persea_pass_tensor (pass, dtype, n * (1 + cells), 2 * channels);

  persea_gather_rows (pass, first, inputs, clip_steps (pass, n, 0, 1 + cells));
  clip_linear (pass, q, first, &resnet->q_proj, PERSEA_ACTIVATION_NONE, NULL);
  clip_linear (pass, kv, inputs, &resnet->kv_proj, PERSEA_ACTIVATION_NONE, NULL);
  persea_attention (pass, first, q, kv,
                    persea_pass_view (pass, kv, channels, 1, channels),
                    &(PerseaAttention) { .n_heads = n_heads,
                                         .head_dim = channels / n_heads,
                                         .scale = 1 / sqrtf (channels / n_heads),
                                         .q_stride = channels,
                                         .k_stride = 2 * channels,
                                         .v_stride = 2 * channels,
                                         .q_offsets = clip_steps (pass, n + 1, 0, 1),
                                         .k_offsets = clip_steps (pass, n + 1, 0, 1 + cells),
                                         .max_queries = 1,
                                         .max_keys = 1 + cells });
  clip_linear (pass, y, first, &resnet->c_proj, PERSEA_ACTIVATION_NONE, NULL);
}

/* x [n, grid, grid, C] -> y [n, 1 + cells, E]: each cell's value alone, as if all attention were its */
static void
clip_attention_pool_cells (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y,
                           const PerseaTensor *x)
{
  const ClipResnet *resnet = &clip->resnet;
  size_t rows = persea_tensor_n_rows (y), channels = x->shape[3];
  unsigned n_heads = clip->config.resnet_heads;
  PerseaTensor *inputs = clip_attention_pool_inputs (pass, clip, x);
  PerseaTensor *kv = persea_pass_tensor (pass, clip->input_dtype, rows, 2 * channels);
  PerseaTensor *alone = clip_steps (pass, rows + 1, 0, 1);

  clip_linear (pass, kv, inputs, &resnet->kv_proj, PERSEA_ACTIVATION_NONE, NULL);
  persea_attention (pass, inputs, kv, kv, persea_pass_view (pass, kv, channels, 1, channels),
                    &(PerseaAttention) { .n_heads = n_heads,
                                         .head_dim = channels / n_heads,
                                         .scale = 1 / sqrtf (channels / n_heads),
                                         .q_stride = 2 * channels,
                                         .k_stride = 2 * channels,
                                         .v_stride = 2 * channels,
                                         .q_offsets = alone,
                                         .k_offsets = alone,
                                         .max_queries = 1,
                                         .max_keys = 1 });
  clip_linear (pass, y, inputs, &resnet->c_proj, PERSEA_ACTIVATION_NONE, NULL);
}

/* ModifiedResNet.forward up to its pool: pixels [n, 3, size, size] -> [n, grid, grid, C] */
static PerseaTensor *
clip_resnet_trunk (PerseaPass *pass, const PerseaClip *clip, const PerseaTensor *pixels)
{
  const ClipResnet *resnet = &clip->resnet;
  size_t size = clip->config.image_size;
  PerseaTensor *x = persea_pass_tensor (pass, clip->input_dtype, pixels->shape[0], size, size, 3);

  persea_channels_last (pass, x, pixels);
  for (unsigned i = 0; i < 3; i++)
    {
      PerseaTensor *out = clip_conv (pass, x, &resnet->stem[i], 3, i == 0 ? 2 : 1,
                                     PERSEA_ACTIVATION_RELU, NULL);

      persea_pass_release (pass, x);
      x = out;
    }

  PerseaTensor *pooled = clip_pool (pass, x, 2);
  persea_pass_release (pass, x);
  x = pooled;
  for (unsigned i = 0; i < resnet->n_blocks; i++)
    x = clip_bottleneck (pass, x, &resnet->blocks[i]);
  return x;
}

static gboolean
clip_encode_batch (PerseaClip *clip, const float *pixels, size_t n, float *embeddings,
                   GCancellable *cancellable, GError **error)
{
  size_t size = clip->config.image_size;
  PerseaPass *pass = persea_pass_begin (clip->device, cancellable);
  PerseaTensor *input = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, 3, size, size);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, clip->config.embed_dim);

  persea_pass_upload (pass, input, pixels);
  if (clip->config.image_tower == PERSEA_CLIP_TOWER_VIT)
    clip_vision (pass, clip, y, input);
  else
    clip_attention_pool (pass, clip, y, clip_resnet_trunk (pass, clip, input));
  persea_pass_download (pass, y, embeddings);
  return persea_pass_end (pass, error);
}

/* the same for cells [n, grid, grid, E]: what comes first of each picture is left out */
static gboolean
clip_encode_cells_batch (PerseaClip *clip, const float *pixels, size_t n, float *cells,
                         GCancellable *cancellable, GError **error)
{
  size_t size = clip->config.image_size, dim = clip->config.embed_dim;
  size_t n_cells = (size_t) clip->config.grid * clip->config.grid;
  g_autofree float *rows = g_new (float, n * (1 + n_cells) * dim);
  PerseaPass *pass = persea_pass_begin (clip->device, cancellable);
  PerseaTensor *input = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, 3, size, size);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, 1 + n_cells, dim);

  persea_pass_upload (pass, input, pixels);
  if (clip->config.image_tower == PERSEA_CLIP_TOWER_VIT)
    clip_vision_cells (pass, clip, y, input);
  else
    clip_attention_pool_cells (pass, clip, y, clip_resnet_trunk (pass, clip, input));
  persea_pass_download (pass, y, rows);
  if (!persea_pass_end (pass, error))
    return FALSE;
  for (size_t i = 0; i < n; i++)
    memcpy (cells + i * n_cells * dim, rows + (i * (1 + n_cells) + 1) * dim,
            n_cells * dim * sizeof *cells);
  return TRUE;
}

size_t
persea_clip_get_batch_size (PerseaClip *clip)
{
  size_t tokens = (size_t) clip->config.grid * clip->config.grid + 1;

  return CLAMP (IMAGE_ROWS / tokens, 1, 16);
}

typedef gboolean (*ClipBatchFunc) (PerseaClip    *clip,
                                   const float   *pixels,
                                   size_t         n,
                                   float         *out,
                                   GCancellable  *cancellable,
                                   GError       **error);

/* Batches of equal size, as far as possible.  One that does not fit into the device's memory is
 * halved until it does.  @n_out: values that come out for each picture */
static gboolean
clip_encode (PerseaClip *clip, const float *pixels, size_t n, ClipBatchFunc encode, float *out,
             size_t n_out, GCancellable *cancellable, GError **error)
{
  size_t batch = persea_clip_get_batch_size (clip);
  size_t n_values = 3 * (size_t) clip->config.image_size * clip->config.image_size;

  for (size_t done = 0; done < n;)
    {
      size_t left = n - done, n_batches = (left + batch - 1) / batch;
      size_t count = (left + n_batches - 1) / n_batches;
      g_autoptr (GError) batch_error = NULL;

      if (encode (clip, pixels + done * n_values, count, out + done * n_out, cancellable,
                  &batch_error))
        {
          done += count;
          continue;
        }
      if (count == 1 || !g_error_matches (batch_error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY))
        {
          g_propagate_error (error, g_steal_pointer (&batch_error));
          return FALSE;
        }
      batch = count / 2;
    }
  return TRUE;
}

gboolean
persea_clip_encode_images (PerseaClip    *clip,
                           const float   *pixels,
                           size_t         n,
                           float         *embeddings,
                           GCancellable  *cancellable,
                           GError       **error)
{
  return clip_encode (clip, pixels, n, clip_encode_batch, embeddings, clip->config.embed_dim,
                      cancellable, error);
}

gboolean
persea_clip_encode_cells (PerseaClip    *clip,
                          const float   *pixels,
                          size_t         n,
                          float         *cells,
                          GCancellable  *cancellable,
                          GError       **error)
{
  size_t n_cells = (size_t) clip->config.grid * clip->config.grid;

  return clip_encode (clip, pixels, n, clip_encode_cells_batch, cells,
                      n_cells * clip->config.embed_dim, cancellable, error);
}

unsigned
persea_clip_get_grid (PerseaClip *clip)
{
  return clip->config.grid;
}
