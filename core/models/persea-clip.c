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

/* Rows of a transformer in one pass: enough to keep the device busy, little enough for its memory */
#define TEXT_ROWS 2048

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

void
persea_clip_let_go (PerseaClip *clip)
{
  persea_pack_let_go (clip->pack);
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
  persea_pack_unref (clip->pack);
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
