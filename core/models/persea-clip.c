/* persea-clip.c - CLIP: the forward passes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021,
 * as in openai/CLIP, clip/model.py: a vision transformer or a ResNet with attention pooling for
 * pictures, a causal transformer for texts.  Loading is in persea-clip-load.c.
 *
 * Three things are done less often than in the reference, with the same results: nothing behind
 * the end token is computed (the text tower is causal), texts of a batch lie one after the other
 * without padding, and the last block computes what follows its attention for the one row of a
 * sequence that becomes the embedding.
 */
#include "config.h"

#include "persea-clip-private.h"

#include "persea-error.h"
#include "persea-tokenizer.h"

#include <math.h>
#include <string.h>

/* Rows of a transformer in one pass: enough to keep the device busy, little enough for its memory.
 * 16 pictures of ViT-L/14 have 4112 rows. */
#define IMAGE_ROWS 4200
#define TEXT_ROWS 2048

static void
clip_norm (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, const PerseaNorm *norm,
           float eps)
{
  persea_layer_norm (pass, y, x, norm->weight, norm->bias, eps);
}

static void
clip_linear (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, const PerseaLinear *linear,
             PerseaActivation activation, const PerseaTensor *residual)
{
  persea_matmul (pass, y, x, &(PerseaMatmul) { .w = linear->w, .bias = linear->bias,
                                               .activation = activation, .residual = residual });
}

/**
 * ClipSequences:
 * @n: how many
 * @n_rows: of all together
 * @longest: rows of the longest
 * @offsets: [n + 1] i32: where each begins and ends
 * @ends: [n] i32 (nullable): the row of each that becomes the embedding; %NULL if all are needed
 * @causal: a row sees only those before it
 */
typedef struct
{
  size_t              n;
  size_t              n_rows;
  size_t              longest;
  const PerseaTensor *offsets;
  const PerseaTensor *ends;
  gboolean            causal;
} ClipSequences;

/* Residual attention blocks on x [n_rows, W] f32, in place.  Returns x, or if sequences->ends is
 * there the rows that it names [n, W]. */
static PerseaTensor *
clip_transformer (PerseaPass *pass, const PerseaClip *clip, const ClipBlock *blocks,
                  const PerseaClipTransformer *config, const ClipSequences *sequences,
                  PerseaTensor *x)
{
  PerseaDtype dtype = clip->input_dtype;
  size_t rows = sequences->n_rows, width = config->width;
  PerseaTensor *h = persea_pass_tensor (pass, dtype, rows, width);
  PerseaTensor *qkv = persea_pass_tensor (pass, dtype, rows, 3 * width);
  PerseaTensor *hidden = persea_pass_tensor (pass, dtype, rows, config->mlp_width);
  const PerseaAttention attention = {
    .n_heads = config->n_heads,
    .head_dim = config->head_dim,
    .scale = 1 / sqrtf (config->head_dim),
    .causal = sequences->causal,
    .q_stride = 3 * width,
    .k_stride = 3 * width,
    .v_stride = 3 * width,
    .q_offsets = sequences->offsets,
    .k_offsets = sequences->offsets,
    .max_queries = sequences->longest,
    .max_keys = sequences->longest,
  };

  for (unsigned i = 0; i < config->n_layers; i++)
    {
      const ClipBlock *block = &blocks[i];

      clip_norm (pass, h, x, &block->ln_1, config->eps);
      clip_linear (pass, qkv, h, &block->in_proj, PERSEA_ACTIVATION_NONE, NULL);
      persea_attention (pass, h, qkv, persea_pass_view (pass, qkv, width, 1, width),
                        persea_pass_view (pass, qkv, 2 * width, 1, width), &attention);
      if (i + 1 == config->n_layers && sequences->ends)
        {
          PerseaTensor *all_x = x, *all_h = h;

          x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, sequences->n, width);
          h = persea_pass_tensor (pass, dtype, sequences->n, width);
          hidden = persea_pass_view (pass, hidden, 0, sequences->n, config->mlp_width);
          persea_gather_rows (pass, x, all_x, sequences->ends);
          persea_gather_rows (pass, h, all_h, sequences->ends);
        }
      clip_linear (pass, x, h, &block->out_proj, PERSEA_ACTIVATION_NONE, x);

      clip_norm (pass, h, x, &block->ln_2, config->eps);
      clip_linear (pass, hidden, h, &block->c_fc, config->activation, NULL);
      clip_linear (pass, x, hidden, &block->c_proj, PERSEA_ACTIVATION_NONE, x);
    }
  return x;
}

/* [n] i32: first, first + step, … */
static PerseaTensor *
clip_steps (PerseaPass *pass, size_t n, size_t first, size_t step)
{
  PerseaTensor *steps = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n);
  g_autofree int32_t *values = g_new (int32_t, n);

  for (size_t i = 0; i < n; i++)
    values[i] = first + i * step;
  persea_pass_upload (pass, steps, values);
  return steps;
}

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

/* VisionTransformer.forward: pixels [n, 3, size, size] -> y [n, E] */
static void
clip_vision (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y, const PerseaTensor *pixels)
{
  const PerseaClipConfig *config = &clip->config;
  const ClipVision *vision = &clip->vision;
  PerseaDtype dtype = clip->input_dtype;
  size_t n = y->shape[0], width = config->vision.width, patch = config->patch_size;
  size_t cells = (size_t) config->grid * config->grid, tokens = 1 + cells;
  gboolean averaged = config->pool == PERSEA_CLIP_POOL_AVERAGE;

  PerseaTensor *patches = persea_pass_tensor (pass, dtype, n * cells, 3 * patch * patch);
  PerseaTensor *embedded = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, cells, width);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, tokens, width);

  persea_patchify (pass, patches, pixels, patch);
  clip_linear (pass, embedded, patches, &vision->conv1, PERSEA_ACTIVATION_NONE, NULL);
  persea_prepend_token (pass, x, embedded, vision->class_embedding, vision->positions);
  if (config->pre_norm)
    clip_norm (pass, x, x, &vision->ln_pre, config->vision.eps);

  x = clip_transformer (pass, clip, vision->blocks, &config->vision,
                        &(ClipSequences) { .n = n, .n_rows = n * tokens, .longest = tokens,
                                           .offsets = clip_steps (pass, n + 1, 0, tokens),
                                           .ends = averaged ? NULL
                                                            : clip_steps (pass, n, 0, tokens) },
                        x);

  PerseaTensor *pooled = persea_pass_tensor (pass, dtype, n, width);
  if (averaged)
    persea_convert (pass, pooled, clip_vision_average (pass, clip, n, x));
  else
    clip_norm (pass, pooled, x, &vision->ln_post, config->vision.eps);
  clip_linear (pass, y, pooled, &vision->proj, PERSEA_ACTIVATION_NONE, NULL);
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
  PerseaTensor *flat = persea_pass_view (pass, x, 0, n, cells, channels);
  PerseaTensor *mean = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, channels);
  PerseaTensor *tokens = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, 1 + cells, channels);
  PerseaTensor *inputs = persea_pass_tensor (pass, dtype, n, 1 + cells, channels);
  PerseaTensor *first = persea_pass_tensor (pass, dtype, n, channels);
  PerseaTensor *q = persea_pass_tensor (pass, dtype, n, channels);
  PerseaTensor *kv = persea_pass_tensor (pass, dtype, n * (1 + cells), 2 * channels);

  persea_mean_rows (pass, mean, flat);
  persea_prepend_token (pass, tokens, flat, mean, resnet->positions);
  persea_convert (pass, inputs, tokens);
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

/* ModifiedResNet.forward: pixels [n, 3, size, size] -> y [n, E] */
static void
clip_resnet (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y, const PerseaTensor *pixels)
{
  const ClipResnet *resnet = &clip->resnet;
  PerseaDtype dtype = clip->input_dtype;
  size_t size = clip->config.image_size;
  PerseaTensor *x = persea_pass_tensor (pass, dtype, y->shape[0], size, size, 3);

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
  clip_attention_pool (pass, clip, y, x);
}

/* where the rows of a batch of texts come from */
typedef struct
{
  GArray *ids;       /* [rows] i32 */
  GArray *positions; /* [rows] i32 */
  GArray *offsets;   /* [n + 1] i32 */
  GArray *ends;      /* [n] i32 */
  size_t  longest;
} ClipTextBatch;

/* CLIP.encode_text: y [n, E] */
static void
clip_text (PerseaPass *pass, const PerseaClip *clip, PerseaTensor *y, const ClipTextBatch *batch)
{
  const PerseaClipConfig *config = &clip->config;
  const ClipText *text = &clip->text;
  PerseaDtype dtype = clip->input_dtype;
  size_t n = y->shape[0], rows = batch->ids->len, width = config->text.width;
  PerseaTensor *ids = persea_pass_tensor (pass, PERSEA_DTYPE_I32, rows);
  PerseaTensor *positions = persea_pass_tensor (pass, PERSEA_DTYPE_I32, rows);
  PerseaTensor *offsets = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n + 1);
  PerseaTensor *ends = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, width);
  PerseaTensor *last = persea_pass_tensor (pass, dtype, n, width);

  persea_pass_upload (pass, ids, batch->ids->data);
  persea_pass_upload (pass, positions, batch->positions->data);
  persea_pass_upload (pass, offsets, batch->offsets->data);
  persea_pass_upload (pass, ends, batch->ends->data);

  persea_embed_tokens (pass, x, text->token_embedding, ids, text->positions, positions);
  x = clip_transformer (pass, clip, text->blocks, &config->text,
                        &(ClipSequences) { .n = n, .n_rows = rows, .longest = batch->longest,
                                           .offsets = offsets, .ends = ends, .causal = TRUE },
                        x);
  clip_norm (pass, last, x, &text->ln_final, config->text.eps);
  clip_linear (pass, y, last, &text->proj, PERSEA_ACTIVATION_NONE, NULL);
}

/* the position that becomes the embedding; models.md, "EOT position rules" */
static size_t
clip_end_position (const PerseaClipConfig *config, const int32_t *tokens)
{
  size_t end = 0;

  for (size_t i = 0; i < config->context_length; i++)
    {
      if (config->end == PERSEA_CLIP_END_TOKEN && tokens[i] == config->end_token)
        return i;
      if (config->end == PERSEA_CLIP_END_LARGEST && tokens[i] > tokens[end])
        end = i;
    }
  return end;
}

static void
clip_text_batch_add (ClipTextBatch *batch, const int32_t *tokens, size_t n_used)
{
  int32_t end = batch->ids->len + n_used, last = end - 1;

  g_array_append_vals (batch->ids, tokens, n_used);
  for (int32_t i = 0; i < (int32_t) n_used; i++)
    g_array_append_val (batch->positions, i);
  g_array_append_val (batch->offsets, end);
  g_array_append_val (batch->ends, last);
  batch->longest = MAX (batch->longest, n_used);
}

static void
clip_text_batch_reset (ClipTextBatch *batch)
{
  const int32_t zero = 0;

  g_array_set_size (batch->ids, 0);
  g_array_set_size (batch->positions, 0);
  g_array_set_size (batch->offsets, 0);
  g_array_set_size (batch->ends, 0);
  g_array_append_val (batch->offsets, zero);
  batch->longest = 0;
}

static gboolean
clip_text_batch_run (PerseaClip *clip, const ClipTextBatch *batch, float *embeddings,
                     GCancellable *cancellable, GError **error)
{
  size_t n = batch->ends->len;

  if (n == 0)
    return TRUE;

  PerseaPass *pass = persea_pass_begin (clip->device, cancellable);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, n, clip->config.embed_dim);

  clip_text (pass, clip, y, batch);
  persea_pass_download (pass, y, embeddings);
  return persea_pass_end (pass, error);
}

static gboolean
clip_check_tokens (const PerseaClip *clip, const int32_t *tokens, size_t text, GError **error)
{
  for (size_t i = 0; i < clip->config.context_length; i++)
    if (tokens[i] < 0 || (unsigned) tokens[i] >= clip->config.vocab_size)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     "text %zu, token %zu: expected an id below %u, found %d", text, i,
                     clip->config.vocab_size, tokens[i]);
        return FALSE;
      }
  return TRUE;
}

gboolean
persea_clip_encode_tokens (PerseaClip     *clip,
                           const int32_t  *tokens,
                           size_t          n,
                           float          *embeddings,
                           GCancellable   *cancellable,
                           GError        **error)
{
  size_t length = clip->config.context_length, embed_dim = clip->config.embed_dim;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (int32_t));
  ClipTextBatch batch = { ids, positions, offsets, ends, 0 };
  size_t first = 0; /* of the batch */

  clip_text_batch_reset (&batch);
  for (size_t i = 0; i < n; i++)
    {
      const int32_t *row = tokens + i * length;

      if (!clip_check_tokens (clip, row, i, error))
        return FALSE;
      clip_text_batch_add (&batch, row, clip_end_position (&clip->config, row) + 1);
      if (batch.ids->len + length <= TEXT_ROWS && i + 1 < n)
        continue;
      if (!clip_text_batch_run (clip, &batch, embeddings + first * embed_dim, cancellable, error))
        return FALSE;
      clip_text_batch_reset (&batch);
      first = i + 1;
    }
  return TRUE;
}

gboolean
persea_clip_encode_texts (PerseaClip         *clip,
                          const char *const  *texts,
                          size_t              n,
                          float              *embeddings,
                          GCancellable       *cancellable,
                          GError            **error)
{
  size_t length = clip->config.context_length;

  if (!clip->tokenizer)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, "%s: cannot read texts: %s",
                   clip->name, clip->no_tokenizer ? clip->no_tokenizer : "no tokenizer");
      return FALSE;
    }

  g_autofree int32_t *tokens = g_new (int32_t, n * length);
  for (size_t i = 0; i < n; i++)
    if (!persea_tokenizer_encode (clip->tokenizer, texts[i], length, tokens + i * length, NULL,
                                  NULL, error))
      return FALSE;
  return persea_clip_encode_tokens (clip, tokens, n, embeddings, cancellable, error);
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
    clip_resnet (pass, clip, y, input);
  persea_pass_download (pass, y, embeddings);
  return persea_pass_end (pass, error);
}

size_t
persea_clip_get_batch_size (PerseaClip *clip)
{
  size_t tokens = (size_t) clip->config.grid * clip->config.grid + 1;

  return CLAMP (IMAGE_ROWS / tokens, 1, 16);
}

/* Batches of equal size, as far as possible.  One that does not fit into the device's memory is
 * halved until it does. */
gboolean
persea_clip_encode_images (PerseaClip    *clip,
                           const float   *pixels,
                           size_t         n,
                           float         *embeddings,
                           GCancellable  *cancellable,
                           GError       **error)
{
  size_t batch = persea_clip_get_batch_size (clip);
  size_t n_values = 3 * (size_t) clip->config.image_size * clip->config.image_size;

  for (size_t done = 0; done < n;)
    {
      size_t left = n - done, n_batches = (left + batch - 1) / batch;
      size_t count = (left + n_batches - 1) / n_batches;
      g_autoptr (GError) batch_error = NULL;

      if (clip_encode_batch (clip, pixels + done * n_values, count,
                             embeddings + done * clip->config.embed_dim, cancellable, &batch_error))
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

void
persea_clip_normalize (float *embeddings, size_t n, size_t dim)
{
  for (size_t i = 0; i < n; i++)
    {
      float *row = embeddings + i * dim;
      double square = 0;

      for (size_t c = 0; c < dim; c++)
        square += (double) row[c] * row[c];
      for (size_t c = 0; c < dim && square > 0; c++)
        row[c] = (float) (row[c] / sqrt (square));
    }
}

PerseaClip *
persea_clip_ref (PerseaClip *clip)
{
  g_atomic_ref_count_inc (&clip->ref_count);
  return clip;
}

void
persea_clip_unref (PerseaClip *clip)
{
  if (!clip || !g_atomic_ref_count_dec (&clip->ref_count))
    return;

  clip_clear_towers (clip);
  persea_tokenizer_unref (clip->tokenizer);
  persea_device_unref (clip->device);
  g_free (clip->name);
  g_free (clip->identity);
  g_free (clip->no_tokenizer);
  g_free (clip);
}

gboolean
persea_clip_is_unshared (PerseaClip *clip)
{
  return g_atomic_ref_count_compare (&clip->ref_count, 1);
}

PerseaClip *
persea_clip_new (PerseaDevice          *device,
                 PerseaPrecision        precision,
                 const char            *name,
                 const char            *identity,
                 PerseaTokenizer       *tokenizer,
                 const char            *no_tokenizer,
                 const PerseaClipLoad  *load,
                 GError               **error)
{
  g_autoptr (PerseaClip) clip = g_new0 (PerseaClip, 1);

  g_atomic_ref_count_init (&clip->ref_count);
  clip->device = persea_device_ref (device);
  clip->precision = precision;
  clip->name = g_strdup (name);
  clip->identity = g_strdup (identity);
  clip->tokenizer = tokenizer;
  clip->no_tokenizer = g_strdup (no_tokenizer);
  clip->config = *persea_clip_weights_get_config (load->weights);
  return clip_load (clip, load, error) ? g_steal_pointer (&clip) : NULL;
}

const char *
persea_clip_get_name (PerseaClip *clip)
{
  return clip->name;
}

const char *
persea_clip_get_identity (PerseaClip *clip)
{
  return clip->identity;
}

const PerseaTokenizer *
persea_clip_get_tokenizer (PerseaClip *clip)
{
  return clip->tokenizer;
}

const PerseaPreprocess *
persea_clip_get_preprocess (PerseaClip *clip)
{
  return &clip->config.preprocess;
}

unsigned
persea_clip_get_image_size (PerseaClip *clip)
{
  return clip->config.image_size;
}

unsigned
persea_clip_get_embed_dim (PerseaClip *clip)
{
  return clip->config.embed_dim;
}

unsigned
persea_clip_get_context_length (PerseaClip *clip)
{
  return clip->config.context_length;
}

unsigned
persea_clip_get_vocab_size (PerseaClip *clip)
{
  return clip->config.vocab_size;
}

PerseaPrecision
persea_clip_get_precision (PerseaClip *clip)
{
  return clip->precision;
}

float
persea_clip_get_logit_scale (PerseaClip *clip)
{
  return clip->logit_scale;
}
