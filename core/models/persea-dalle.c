/* persea-dalle.c - DALL·E mini: the forward passes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Dayma et al., "DALL·E Mini", 2021: a BART (Lewis et al., 2019) with the layer norms of the
 * NormFormer (Shleifer et al., 2021) and gated linear units (Shazeer, 2020) reads a text and draws
 * the codes of a VQGAN.  References: dalle-mini, src/dalle_mini/model/modeling.py; min-dalle,
 * min_dalle/models/.  Loading is in persea-dalle-load.c.
 *
 * What the references compute and we do not: padding, which nobody looks at; keys and values of
 * codes that were seen already; keys and values of the text for each code and candidate; the same
 * beginning of several candidates more than once; logits that nobody asked for.
 */
#include "config.h"

#include "persea-dalle-private.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

/* of all norms, in both references */
#define EPS 1e-5f

/* rows of the network in one pass */
#define STEP_ROWS 1024

/**
 * PerseaDrawing:
 * @text_starts: where in @cross each text begins, and
 * @text_lengths: how many tokens it has
 * @cross: [layers]: [tokens of all texts, 2W]: keys, values
 * @n_candidates: that there is memory for
 * @cache: [layers]: [n_texts · n_candidates, heads, n_codes, 2 · head_dim]: keys, values of the
 *   codes seen so far; a sequence for each text and candidate, texts outermost
 */
struct _PerseaDrawing
{
  PerseaDalle   *dalle;
  size_t         n_texts;
  size_t         text_starts[2];
  size_t         text_lengths[2];
  PerseaTensor **cross;
  size_t         n_candidates;
  PerseaTensor **cache;
};

static void
dalle_norm (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, const PerseaNorm *norm)
{
  persea_layer_norm (pass, y, x, norm->weight, norm->bias, EPS);
}

/* x += inner (h); y = outer (x) */
static void
dalle_add_norm (PerseaPass *pass, PerseaTensor *y, PerseaTensor *x, const PerseaTensor *h,
                const PerseaNorm *inner, const PerseaNorm *outer)
{
  persea_residual_norm (pass, y, x, h, &(PerseaLayerNorm) { inner->weight, inner->bias, EPS },
                        &(PerseaLayerNorm) { outer->weight, outer->bias, EPS });
}

static void
dalle_linear (PerseaPass *pass, PerseaTensor *y, const PerseaTensor *x, const PerseaLinear *linear,
              const PerseaTensor *residual)
{
  persea_matmul (pass, y, x, &(PerseaMatmul) { .w = linear->w, .residual = residual });
}

/* what every layer of a pass needs for itself, so that it is taken once */
typedef struct
{
  PerseaTensor *h;     /* [rows, W]: input of products */
  PerseaTensor *qkv;   /* [rows, 3W] */
  PerseaTensor *out;   /* [rows, W] f32: what goes to a norm */
  PerseaTensor *up;    /* [rows, 2F] f32 */
  PerseaTensor *gated; /* [rows, F] f32 */
  PerseaTensor *inner; /* [rows, F]: input of a product */
} DalleScratch;

static DalleScratch
dalle_scratch (PerseaPass *pass, const PerseaDalle *dalle, size_t rows, size_t inner)
{
  PerseaDtype dtype = dalle->input_dtype;
  size_t width = dalle->config.width;

  return (DalleScratch) {
    .h = persea_pass_tensor (pass, dtype, rows, width),
    .qkv = persea_pass_tensor (pass, dtype, rows, 3 * width),
    .out = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, width),
    .up = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, 2 * inner),
    .gated = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, inner),
    .inner = persea_pass_tensor (pass, dtype, rows, inner),
  };
}

/* GLU.forward: x += GLU (s->h), of which the first norm is done */
static void
dalle_glu (PerseaPass *pass, const PerseaDalle *dalle, const DalleLayer *layer,
           const DalleScratch *s, PerseaTensor *x)
{
  dalle_linear (pass, s->up, s->h, &layer->glu_in, NULL);
  persea_glu (pass, s->gated, s->up, dalle->config.activation);
  dalle_norm (pass, s->inner, s->gated, &layer->glu_inner_norm);
  dalle_linear (pass, x, s->inner, &layer->glu_out, x);
}

/* [n] i32 from the host */
static PerseaTensor *
dalle_numbers (PerseaPass *pass, const int32_t *values, size_t n)
{
  PerseaTensor *numbers = persea_pass_tensor (pass, PERSEA_DTYPE_I32, n);

  persea_pass_upload (pass, numbers, values);
  return numbers;
}

/* DalleBartEncoder.forward: the texts one after the other, [rows, W] in the type of products */
static PerseaTensor *
dalle_encode (PerseaPass *pass, const PerseaDalle *dalle, const PerseaGeneratorTexts *texts,
              size_t rows)
{
  const DalleTower *tower = &dalle->encoder;
  const PerseaDalleTower *sizes = &dalle->config.encoder;
  size_t width = dalle->config.width, longest = 0, row = 0;
  g_autofree int32_t *ids = g_new (int32_t, rows), *positions = g_new (int32_t, rows);
  int32_t offsets[3] = { 0 };

  for (size_t i = 0; i < texts->n; i++)
    {
      for (size_t j = 0; j < texts->n_ids[i]; j++, row++)
        {
          ids[row] = texts->ids[i][j];
          positions[row] = j;
        }
      offsets[i + 1] = row;
      longest = MAX (longest, texts->n_ids[i]);
    }

  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, width);
  PerseaTensor *bounds = dalle_numbers (pass, offsets, texts->n + 1);
  DalleScratch s = dalle_scratch (pass, dalle, rows, sizes->inner_width);
  const PerseaAttention attention = {
    .n_heads = sizes->n_heads, .head_dim = width / sizes->n_heads,
    .scale = 1 / sqrtf (width / sizes->n_heads),
    .q_stride = 3 * width, .k_stride = 3 * width, .v_stride = 3 * width,
    .q_offsets = bounds, .k_offsets = bounds, .max_queries = longest, .max_keys = longest,
  };

  persea_embed_tokens (pass, x, tower->tokens, dalle_numbers (pass, ids, rows), tower->positions,
                       dalle_numbers (pass, positions, rows));
  dalle_norm (pass, x, x, &tower->embedding_norm);
  for (unsigned i = 0; i < sizes->n_layers; i++)
    {
      const DalleLayer *layer = &tower->layers[i];

      dalle_norm (pass, s.h, x, &layer->pre_self_norm);
      dalle_linear (pass, s.qkv, s.h, &layer->self_qkv, NULL);
      persea_attention (pass, s.h, s.qkv, persea_pass_view (pass, s.qkv, width, 1, width),
                        persea_pass_view (pass, s.qkv, 2 * width, 1, width), &attention);
      dalle_linear (pass, s.out, s.h, &layer->self_out, NULL);
      dalle_add_norm (pass, s.h, x, s.out, &layer->self_norm, &layer->glu_norm);
      dalle_glu (pass, dalle, layer, &s, x);
    }
  dalle_norm (pass, s.h, x, &tower->final_norm);
  return s.h;
}

static void
tensors_free (PerseaTensor **tensors, unsigned n)
{
  for (unsigned i = 0; tensors && i < n; i++)
    persea_tensor_unref (tensors[i]);
  g_free (tensors);
}

/* (transfer full) (nullable): @n alike */
static PerseaTensor **
tensors_new (const PerseaDalle *dalle, unsigned n, unsigned n_dims, const size_t *shape,
             GError **error)
{
  PerseaTensor **tensors = g_new0 (PerseaTensor *, n);

  for (unsigned i = 0; i < n; i++)
    {
      tensors[i] = persea_tensor_new (dalle->base.device, dalle->input_dtype, n_dims, shape, error);
      if (!tensors[i])
        {
          tensors_free (tensors, n);
          return NULL;
        }
    }
  return tensors;
}

static void
drawing_end (PerseaDrawing *drawing)
{
  if (!drawing)
    return;
  tensors_free (drawing->cross, drawing->dalle->config.decoder.n_layers);
  tensors_free (drawing->cache, drawing->dalle->config.decoder.n_layers);
  persea_pack_let_go (drawing->dalle->pack);
  g_free (drawing);
}

static PerseaDrawing *
drawing_begin (PerseaGenerator *generator, const PerseaGeneratorTexts *texts,
               GCancellable *cancellable, GError **error)
{
  PerseaDalle *dalle = (PerseaDalle *) generator;
  unsigned n_layers = dalle->config.decoder.n_layers;
  PerseaDrawing *drawing = g_new0 (PerseaDrawing, 1);
  size_t rows = 0;

  drawing->dalle = dalle;
  drawing->n_texts = texts->n;
  for (size_t i = 0; i < texts->n; i++)
    {
      drawing->text_starts[i] = rows;
      drawing->text_lengths[i] = texts->n_ids[i];
      rows += texts->n_ids[i];
    }
  drawing->cross = tensors_new (dalle, n_layers, 2,
                                (const size_t[]) { rows, 2 * dalle->config.width }, error);
  if (!drawing->cross)
    {
      drawing_end (drawing);
      return NULL;
    }

  PerseaPass *pass = persea_pass_begin (generator->device, cancellable);
  PerseaTensor *states = dalle_encode (pass, dalle, texts, rows);
  for (unsigned i = 0; i < n_layers; i++)
    dalle_linear (pass, drawing->cross[i], states, &dalle->decoder.layers[i].cross_kv, NULL);
  if (!persea_pass_end (pass, error))
    {
      drawing_end (drawing);
      return NULL;
    }
  persea_pack_let_go (dalle->pack); /* the encoder, until there is another text */
  return drawing;
}

static gboolean
drawing_reserve (PerseaDrawing *drawing, size_t n_candidates, GError **error)
{
  const PerseaDalleConfig *config = &drawing->dalle->config;
  unsigned n_layers = config->decoder.n_layers, n_heads = config->decoder.n_heads;
  const size_t shape[] = { drawing->n_texts * n_candidates, n_heads,
                           (size_t) config->grid * config->grid, 2 * config->width / n_heads };

  if (drawing->cache && drawing->n_candidates == n_candidates)
    return TRUE;
  tensors_free (drawing->cache, n_layers);
  drawing->cache = tensors_new (drawing->dalle, n_layers, 4, shape, error);
  drawing->n_candidates = n_candidates;
  return drawing->cache != NULL;
}

/**
 * DalleStep:
 * @first: position, and
 * @n_positions: how many, of each sequence
 * @n_sequences: texts · candidates; or texts, if all candidates have begun alike
 * @n_copies: where each sequence's keys and values go: 1, or to all candidates
 * @rows: n_sequences · n_positions, sequences outermost
 *
 * All that the layers must know about which row is what, on the device.  A row attends alone to
 * what is filled of its sequence's cache up to its own position, so that it sees the same numbers
 * in the same order whatever is computed beside it.
 */
typedef struct
{
  size_t        first;
  size_t        n_positions;
  size_t        n_sequences;
  size_t        n_copies;
  size_t        rows;
  PerseaTensor *ids;           /* [rows] */
  PerseaTensor *positions;     /* [rows] */
  PerseaTensor *places;        /* [n_copies, rows]: in the cache */
  PerseaTensor *offsets;       /* [rows + 1]: one query each */
  PerseaTensor *starts;        /* [rows]: of the sequence's part of the cache, in keys */
  PerseaTensor *lengths;       /* [rows]: how much of it is seen */
  PerseaTensor *cross_starts;  /* [rows] */
  PerseaTensor *cross_lengths; /* [rows] */
} DalleStep;

/* a view of @numbers from *used on, which is moved */
static PerseaTensor *
step_cut (PerseaPass *pass, const PerseaTensor *numbers, size_t *used, size_t n)
{
  PerseaTensor *view = persea_pass_view (pass, numbers, *used, n);

  *used += n;
  return view;
}

static int32_t
step_input (const PerseaDalle *dalle, const int32_t *codes, size_t candidate, size_t position)
{
  size_t n_codes = (size_t) dalle->config.grid * dalle->config.grid;

  return position == 0 ? dalle->config.start_token : codes[candidate * n_codes + position - 1];
}

/* Fills the members that are on the device, with one transfer. */
static void
step_upload (PerseaPass *pass, const PerseaDrawing *drawing, DalleStep *step, const int32_t *codes)
{
  const PerseaDalle *dalle = drawing->dalle;
  size_t n_codes = (size_t) dalle->config.grid * dalle->config.grid, rows = step->rows, used = 0;
  size_t n_numbers = (7 + step->n_copies) * rows + 1;
  g_autofree int32_t *values = g_new (int32_t, n_numbers);
  int32_t *ids = values, *positions = ids + rows, *places = positions + rows;
  int32_t *offsets = places + step->n_copies * rows, *starts = offsets + rows + 1;
  int32_t *lengths = starts + rows, *cross_starts = lengths + rows;
  int32_t *cross_lengths = cross_starts + rows;

  for (size_t row = 0; row < rows; row++)
    {
      size_t sequence = row / step->n_positions * step->n_copies; /* the first that it stands for */
      size_t text = sequence / drawing->n_candidates, candidate = sequence % drawing->n_candidates;
      size_t position = step->first + row % step->n_positions;

      ids[row] = step_input (dalle, codes, candidate, position);
      positions[row] = position;
      for (size_t copy = 0; copy < step->n_copies; copy++)
        places[copy * rows + row] = (sequence + copy) * n_codes + position;
      offsets[row] = row;
      starts[row] = sequence * dalle->config.decoder.n_heads * n_codes;
      lengths[row] = position + 1;
      cross_starts[row] = drawing->text_starts[text];
      cross_lengths[row] = drawing->text_lengths[text];
    }
  offsets[rows] = rows;

  PerseaTensor *numbers = dalle_numbers (pass, values, n_numbers);
  step->ids = step_cut (pass, numbers, &used, rows);
  step->positions = step_cut (pass, numbers, &used, rows);
  step->places = step_cut (pass, numbers, &used, step->n_copies * rows);
  step->offsets = step_cut (pass, numbers, &used, rows + 1);
  step->starts = step_cut (pass, numbers, &used, rows);
  step->lengths = step_cut (pass, numbers, &used, rows);
  step->cross_starts = step_cut (pass, numbers, &used, rows);
  step->cross_lengths = step_cut (pass, numbers, &used, rows);
}

/* the keys and values in s->qkv to where they belong */
static void
step_remember (PerseaPass *pass, const DalleStep *step, const DalleScratch *s, PerseaTensor *cache,
               size_t width)
{
  PerseaTensor *kv = persea_pass_view (pass, s->qkv, width, step->rows, 2 * width);

  for (size_t copy = 0; copy < step->n_copies; copy++)
    persea_store_keys (pass, cache, kv, 3 * width,
                       persea_pass_view (pass, step->places, copy * step->rows, step->rows));
}

/* DalleBartDecoder.forward: x [rows, W] f32 */
static PerseaTensor *
step_decode (PerseaPass *pass, const PerseaDrawing *drawing, const DalleStep *step)
{
  const PerseaDalle *dalle = drawing->dalle;
  const DalleTower *tower = &dalle->decoder;
  const PerseaDalleTower *sizes = &dalle->config.decoder;
  size_t width = dalle->config.width, head_dim = width / sizes->n_heads;
  size_t head_stride = (size_t) dalle->config.grid * dalle->config.grid * 2 * head_dim;
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, step->rows, width);
  DalleScratch s = dalle_scratch (pass, dalle, step->rows, sizes->inner_width);
  PerseaTensor *q = persea_pass_view (pass, s.qkv, 0, step->rows, width);
  const PerseaAttention self = {
    .n_heads = sizes->n_heads, .head_dim = head_dim, .scale = 1 / sqrtf (head_dim),
    .q_stride = 3 * width, .k_stride = 2 * head_dim, .v_stride = 2 * head_dim,
    .k_head_stride = head_stride, .v_head_stride = head_stride,
    .q_offsets = step->offsets, .k_offsets = step->starts, .k_lengths = step->lengths,
    .max_queries = 1, .max_keys = step->first + step->n_positions,
  };
  const PerseaAttention cross = {
    .n_heads = sizes->n_heads, .head_dim = head_dim, .scale = 1 / sqrtf (head_dim),
    .q_stride = width, .k_stride = 2 * width, .v_stride = 2 * width,
    .q_offsets = step->offsets, .k_offsets = step->cross_starts, .k_lengths = step->cross_lengths,
    .max_queries = 1, .max_keys = MAX (drawing->text_lengths[0], drawing->text_lengths[1]),
  };

  persea_embed_tokens (pass, x, tower->tokens, step->ids, tower->positions, step->positions);
  dalle_norm (pass, x, x, &tower->embedding_norm);
  for (unsigned i = 0; i < sizes->n_layers; i++)
    {
      const DalleLayer *layer = &tower->layers[i];
      PerseaTensor *cache = drawing->cache[i], *text = drawing->cross[i];

      dalle_norm (pass, s.h, x, &layer->pre_self_norm);
      dalle_linear (pass, s.qkv, s.h, &layer->self_qkv, NULL);
      step_remember (pass, step, &s, cache, width);
      persea_attention (pass, s.h, s.qkv, cache, persea_pass_view (pass, cache, head_dim, head_dim),
                        &self);
      dalle_linear (pass, s.out, s.h, &layer->self_out, NULL);

      dalle_add_norm (pass, s.h, x, s.out, &layer->self_norm, &layer->pre_cross_norm);
      dalle_linear (pass, q, s.h, &layer->cross_q, NULL);
      persea_attention (pass, s.h, q, text, persea_pass_view (pass, text, width, 1, width), &cross);
      dalle_linear (pass, s.out, s.h, &layer->cross_out, NULL);

      dalle_add_norm (pass, s.h, x, s.out, &layer->cross_norm, &layer->glu_norm);
      dalle_glu (pass, dalle, layer, &s, x);
    }
  return x;
}

/* of the last @n_logits positions of each sequence; [n_sequences, n_logits, vocabulary] */
static void
step_read_logits (PerseaPass *pass, const PerseaDalle *dalle, const DalleStep *step,
                  PerseaTensor *x, size_t n_logits, float *logits)
{
  size_t rows = step->n_sequences * n_logits, width = dalle->config.width;
  PerseaTensor *h = persea_pass_tensor (pass, dalle->input_dtype, rows, width);
  PerseaTensor *y = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, dalle->config.vocab_size);

  if (n_logits < step->n_positions)
    {
      PerseaTensor *last = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, width);
      g_autofree int32_t *index = g_new (int32_t, rows);

      for (size_t i = 0; i < rows; i++)
        index[i] = (i / n_logits + 1) * step->n_positions - n_logits + i % n_logits;
      persea_gather_rows (pass, last, x, dalle_numbers (pass, index, rows));
      x = last;
    }
  dalle_norm (pass, h, x, &dalle->decoder.final_norm);
  dalle_linear (pass, y, h, &dalle->lm_head, NULL);
  persea_pass_download (pass, y, logits);
}

/* whether all candidates have the same codes before position @n */
static gboolean
codes_begin_alike (const int32_t *codes, size_t n_candidates, size_t n_codes, size_t n)
{
  for (size_t i = 1; i < n_candidates; i++)
    if (n > 1 && memcmp (codes, codes + i * n_codes, (n - 1) * sizeof *codes) != 0)
      return FALSE;
  return TRUE;
}

/* from [n_sequences, size] to [n_sequences, n_copies, size], in place */
static void
logits_spread (float *logits, size_t n_sequences, size_t n_copies, size_t size)
{
  for (size_t i = n_sequences; i-- > 0;)
    for (size_t copy = n_copies; copy-- > 0;)
      memmove (logits + (i * n_copies + copy) * size, logits + i * size, size * sizeof *logits);
}

/* Many positions are done in several passes, so that they fit into memory and can be cancelled. */
static gboolean
drawing_step (PerseaDrawing *drawing, const PerseaGeneratorStep *given, GCancellable *cancellable,
              GError **error)
{
  const PerseaDalle *dalle = drawing->dalle;
  size_t n_codes = (size_t) dalle->config.grid * dalle->config.grid;
  size_t n_all = drawing->n_texts * drawing->n_candidates;
  gboolean alike = given->first == 0
                   && codes_begin_alike (given->codes, drawing->n_candidates, n_codes,
                                         given->n_positions);
  DalleStep step = {
    .n_sequences = alike ? drawing->n_texts : n_all,
    .n_copies = alike ? drawing->n_candidates : 1,
  };
  size_t most = MAX (STEP_ROWS / step.n_sequences, given->n_logits), n_done = 0;

  for (; n_done < given->n_positions; n_done += step.n_positions)
    {
      size_t n_left = given->n_positions - n_done;
      /* those whose logits are wanted stay together */
      size_t n = n_left <= most ? n_left : MIN (most, n_left - given->n_logits);

      step.first = given->first + n_done;
      step.n_positions = n;
      step.rows = step.n_sequences * n;

      PerseaPass *pass = persea_pass_begin (dalle->base.device, cancellable);
      step_upload (pass, drawing, &step, given->codes);
      PerseaTensor *x = step_decode (pass, drawing, &step);
      if (n == n_left && given->n_logits > 0)
        step_read_logits (pass, dalle, &step, x, given->n_logits, given->logits);
      if (!persea_pass_end (pass, error))
        return FALSE;
    }
  if (alike && given->n_logits > 0)
    logits_spread (given->logits, step.n_sequences, step.n_copies,
                   given->n_logits * dalle->config.vocab_size);
  return TRUE;
}

static gboolean
dalle_tokenize (PerseaGenerator *generator, const char *text, int32_t *ids, size_t *n_ids,
                gboolean *truncated, GError **error)
{
  PerseaDalle *dalle = (PerseaDalle *) generator;

  return persea_dalle_tokenizer_encode (dalle->tokenizer, text, generator->context_length, ids,
                                        n_ids, truncated, error);
}

static void
dalle_free (PerseaGenerator *generator)
{
  PerseaDalle *dalle = (PerseaDalle *) generator;

  dalle_clear_towers (dalle);
  persea_pack_unref (dalle->pack);
  persea_dalle_tokenizer_unref (dalle->tokenizer);
  persea_generator_clear (generator);
  g_free (dalle);
}

static uint64_t
dalle_candidate_bytes (PerseaGenerator *generator, size_t n_texts)
{
  const PerseaDalle *dalle = (const PerseaDalle *) generator;
  const PerseaDalleConfig *config = &dalle->config;

  return n_texts
         * ((uint64_t) config->decoder.n_layers * config->grid * config->grid * 2 * config->width
              * persea_dtype_size (dalle->input_dtype)
            + sizeof (float) * 2 * (uint64_t) config->vocab_size);
}

/* multiplications of weights with one row; additions are as many */
static double
tower_count_weights (const PerseaDalleConfig *config, const PerseaDalleTower *tower,
                     unsigned n_squares)
{
  double width = config->width;

  return tower->n_layers * (n_squares * width * width + 3 * width * tower->inner_width);
}

static double
dalle_flops (PerseaGenerator *generator, size_t n_tokens, size_t n_candidates, size_t n_texts)
{
  const PerseaDalleConfig *config = &((const PerseaDalle *) generator)->config;
  double width = config->width, n_codes = config->grid * config->grid;
  double all_tokens = n_tokens + (n_texts > 1 ? 2 : 0); /* the empty text: its frame */
  double encoder = all_tokens * (tower_count_weights (config, &config->encoder, 4)
                                 + 2 * config->decoder.n_layers * width * width
                                 + 2 * config->encoder.n_layers * width * n_tokens);
  double decoder = n_codes
                   * (tower_count_weights (config, &config->decoder, 6) + width * config->vocab_size
                      + config->decoder.n_layers * width * (n_codes + 2.0 * n_tokens));

  return 2 * (encoder + n_texts * n_candidates * decoder);
}

static double
dalle_step_bytes (PerseaGenerator *generator)
{
  const PerseaDalle *dalle = (const PerseaDalle *) generator;
  double width = dalle->config.width;

  return (tower_count_weights (&dalle->config, &dalle->config.decoder, 6)
          + width * dalle->config.vocab_size)
         * persea_dtype_size (dalle->lm_head.w->format.dtype);
}

const PerseaGeneratorClass dalle_class = {
  .free = dalle_free,
  .tokenize = dalle_tokenize,
  .begin = drawing_begin,
  .reserve = drawing_reserve,
  .step = drawing_step,
  .end = drawing_end,
  .candidate_bytes = dalle_candidate_bytes,
  .flops = dalle_flops,
  .step_bytes = dalle_step_bytes,
};
