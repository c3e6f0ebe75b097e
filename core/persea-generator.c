/* persea-generator.c - from texts to the codes of pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is the same for all families: checks, batches, the loop over the codes.  The networks are
 * in core/models/.
 *
 * Codes that are held need not be drawn: the network looks at a run of them in one step, together
 * with the code before it, when the next code is to be drawn.
 */
#include "config.h"

#include "persea-generator-impl.h"

#include "persea-error.h"
#include "persea-random.h"

#include <math.h>
#include <string.h>

/* of what candidates remember; beside it there are weights, a codebook and a CLIP */
#define CANDIDATES_MEMORY (512u << 20)

/* more do not make it faster */
#define MAX_BATCH 32

void
persea_generator_init (PerseaGenerator            *generator,
                       const PerseaGeneratorClass *generator_class,
                       PerseaDevice               *device,
                       PerseaPrecision             precision,
                       const char                 *name,
                       const char                 *identity)
{
  generator->class = generator_class;
  g_atomic_ref_count_init (&generator->ref_count);
  generator->device = persea_device_ref (device);
  generator->precision = precision;
  generator->name = g_strdup (name);
  generator->identity = g_strdup (identity);
  generator->guidance = PERSEA_DEFAULT_GUIDANCE;
  generator->sampling = (PerseaSampling) PERSEA_SAMPLING_DEFAULT;
}

void
persea_generator_clear (PerseaGenerator *generator)
{
  persea_device_unref (generator->device);
  g_free (generator->name);
  g_free (generator->identity);
}

PerseaGenerator *
persea_generator_ref (PerseaGenerator *generator)
{
  g_atomic_ref_count_inc (&generator->ref_count);
  return generator;
}

void
persea_generator_unref (PerseaGenerator *generator)
{
  if (generator && g_atomic_ref_count_dec (&generator->ref_count))
    generator->class->free (generator);
}

gboolean
persea_generator_is_unshared (PerseaGenerator *generator)
{
  return g_atomic_ref_count_compare (&generator->ref_count, 1);
}

const char *
persea_generator_get_name (PerseaGenerator *generator)
{
  return generator->name;
}

const char *
persea_generator_get_identity (PerseaGenerator *generator)
{
  return generator->identity;
}

PerseaPrecision
persea_generator_get_precision (PerseaGenerator *generator)
{
  return generator->precision;
}

unsigned
persea_generator_get_n_entries (PerseaGenerator *generator)
{
  return generator->n_entries;
}

unsigned
persea_generator_get_grid (PerseaGenerator *generator)
{
  return generator->grid;
}

unsigned
persea_generator_get_n_codes (PerseaGenerator *generator)
{
  return generator->grid * generator->grid;
}

float
persea_generator_get_guidance (PerseaGenerator *generator)
{
  return generator->guidance;
}

PerseaSampling
persea_generator_get_sampling (PerseaGenerator *generator)
{
  return generator->sampling;
}

unsigned
persea_generator_get_context_length (PerseaGenerator *generator)
{
  return generator->context_length;
}

unsigned
persea_generator_get_vocab_size (PerseaGenerator *generator)
{
  return generator->vocab_size;
}

/* without guidance the negative text does not matter */
static size_t
generator_count_texts (float guidance)
{
  return guidance == 1 ? 1 : 2;
}

size_t
persea_generator_get_batch_size (PerseaGenerator *generator, float guidance)
{
  uint64_t all = persea_device_get_info (generator->device)->memory;
  uint64_t used = persea_device_get_memory_used (generator->device);
  uint64_t budget = MIN (CANDIDATES_MEMORY, (all - MIN (used, all)) / 2);
  uint64_t each = generator->class->candidate_bytes (generator, generator_count_texts (guidance));

  return CLAMP (budget / each, 1, MAX_BATCH);
}

gboolean
persea_generator_tokenize (PerseaGenerator *generator,
                           const char      *text,
                           int32_t         *ids,
                           size_t          *n_ids,
                           gboolean        *truncated,
                           GError         **error)
{
  return generator->class->tokenize (generator, text, ids, n_ids, truncated, error);
}

double
persea_generator_get_flops (PerseaGenerator *generator,
                            size_t           n_tokens,
                            size_t           n_candidates,
                            float            guidance)
{
  return generator->class->flops (generator, n_tokens, n_candidates,
                                  generator_count_texts (guidance));
}

double
persea_generator_get_step_bytes (PerseaGenerator *generator)
{
  return generator->class->step_bytes (generator);
}

/* @n_texts 1: the prompt alone */
static PerseaDrawing *
generator_begin (PerseaGenerator *generator, const char *prompt, const char *negative,
                 size_t n_texts, GCancellable *cancellable, GError **error)
{
  const char *const words[] = { negative ? negative : "", prompt };
  PerseaGeneratorTexts texts = { .n = n_texts };
  g_autofree int32_t *ids = g_new (int32_t, 2 * generator->context_length);

  for (size_t i = 0; i < n_texts; i++)
    {
      int32_t *row = ids + i * generator->context_length;

      if (!persea_generator_tokenize (generator, words[2 - n_texts + i], row, &texts.n_ids[i], NULL,
                                      error))
        return NULL;
      texts.ids[i] = row;
    }
  return generator->class->begin (generator, &texts, cancellable, error);
}

static gboolean
generator_check_codes (PerseaGenerator *generator, const int32_t *codes, size_t n, int32_t least,
                       GError **error)
{
  for (size_t i = 0; i < n; i++)
    if (codes[i] < least || codes[i] >= (int32_t) generator->n_entries)
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                     "%s: code %zu: expected %d to %u, found %d", generator->name, i, least,
                     generator->n_entries - 1, codes[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
generator_check_options (PerseaGenerator *generator, const PerseaDrawOptions *options,
                         GError **error)
{
  if (options->n_candidates < 1)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "candidates: expected at least 1, found 0");
      return FALSE;
    }
  if (!isfinite (options->guidance) || fabsf (options->guidance) > 1000)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "guidance: expected -1000 to 1000, found %g", options->guidance);
      return FALSE;
    }
  return persea_sampling_check (&options->sampling, error)
         && (!options->kept
             || generator_check_codes (generator, options->kept,
                                       options->n_candidates
                                         * persea_generator_get_n_codes (generator),
                                       -1, error));
}

/**
 * GeneratorBatch:
 * @first: of the candidates in this call, and
 * @n: how many are drawn together
 * @codes: [n, n_codes]: theirs; -1 where there is none yet
 * @logits: [texts, n, vocab_size]
 */
typedef struct
{
  PerseaGenerator         *generator;
  const PerseaDrawOptions *options;
  PerseaDrawing           *drawing;
  size_t                   n_texts;
  size_t                   first;
  size_t                   n;
  int32_t                 *codes;
  float                   *logits;
} GeneratorBatch;

/* of one candidate, at one position */
static gboolean
batch_draw_code (const GeneratorBatch *batch, size_t candidate, size_t position, GError **error)
{
  PerseaGenerator *generator = batch->generator;
  const PerseaDrawOptions *options = batch->options;
  size_t vocab_size = generator->vocab_size;
  float *logits = batch->logits + candidate * vocab_size;
  int32_t *code = batch->codes + candidate * persea_generator_get_n_codes (generator) + position;

  if (batch->n_texts > 1)
    {
      const float *unconditional = logits;

      logits += batch->n * vocab_size;
      persea_sampler_guide (logits, unconditional, generator->n_entries, options->guidance);
    }
  *code = persea_sampler_draw (&options->sampling, logits, generator->n_entries,
                               persea_random_uniform (options->seed,
                                                      options->first_candidate + batch->first
                                                        + candidate,
                                                      position));
  if (*code >= 0)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
               "%s: code %zu: expected finite logits, found infinite ones or none", generator->name,
               position);
  return FALSE;
}

/* whether something is to be drawn at @position */
static gboolean
batch_is_open (const GeneratorBatch *batch, size_t position)
{
  size_t n_codes = persea_generator_get_n_codes (batch->generator);

  for (size_t i = 0; i < batch->n; i++)
    if (batch->codes[i * n_codes + position] < 0)
      return TRUE;
  return FALSE;
}

static void
batch_tell (const GeneratorBatch *batch, size_t n_positions)
{
  const PerseaDrawOptions *options = batch->options;
  size_t n_codes = persea_generator_get_n_codes (batch->generator);

  if (options->progress)
    options->progress (batch->first * n_codes + batch->n * n_positions,
                       options->n_candidates * n_codes, batch->codes - batch->first * n_codes,
                       options->progress_data);
}

static gboolean
batch_draw (const GeneratorBatch *batch, GCancellable *cancellable, GError **error)
{
  const PerseaGeneratorClass *class = batch->generator->class;
  size_t n_codes = persea_generator_get_n_codes (batch->generator), n_seen = 0;

  for (size_t position = 0; position < n_codes; position++)
    {
      if (batch_is_open (batch, position))
        {
          if (!class->step (batch->drawing,
                            &(PerseaGeneratorStep) { .first = n_seen,
                                                     .n_positions = position + 1 - n_seen,
                                                     .n_logits = 1,
                                                     .codes = batch->codes,
                                                     .logits = batch->logits },
                            cancellable, error))
            return FALSE;
          n_seen = position + 1;
          for (size_t i = 0; i < batch->n; i++)
            if (batch->codes[i * n_codes + position] < 0
                && !batch_draw_code (batch, i, position, error))
              return FALSE;
        }
      batch_tell (batch, position + 1);
    }
  return TRUE;
}

/* before anything is drawn */
static void
generator_put_kept (const PerseaDrawOptions *options, int32_t *codes, size_t first, size_t n)
{
  if (options->kept)
    memcpy (codes + first, options->kept + first, n * sizeof *codes);
  else
    memset (codes + first, -1, n * sizeof *codes);
}

/* Batches of equal size, as far as possible.  One that does not fit into the device's memory is
 * halved until it does. */
static gboolean
generator_draw_all (GeneratorBatch *batch, int32_t *codes, GCancellable *cancellable,
                    GError **error)
{
  PerseaGenerator *generator = batch->generator;
  size_t n_all = batch->options->n_candidates;
  size_t n_codes = persea_generator_get_n_codes (generator);
  size_t most = persea_generator_get_batch_size (generator, batch->options->guidance);

  for (batch->first = 0; batch->first < n_all;)
    {
      size_t left = n_all - batch->first, n_batches = (left + most - 1) / most;
      g_autoptr (GError) batch_error = NULL;

      batch->n = (left + n_batches - 1) / n_batches;
      batch->codes = codes + batch->first * n_codes;
      g_autofree float *logits = g_try_new (float, batch->n_texts * batch->n
                                                     * generator->vocab_size);
      batch->logits = logits;
      if (logits && generator->class->reserve (batch->drawing, batch->n, &batch_error)
          && batch_draw (batch, cancellable, &batch_error))
        {
          batch->first += batch->n;
          continue;
        }
      if (!logits)
        g_set_error (&batch_error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                     "%s: no memory for the logits of %zu candidates", generator->name, batch->n);
      if (batch->n == 1
          || !g_error_matches (batch_error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY))
        {
          g_propagate_error (error, g_steal_pointer (&batch_error));
          return FALSE;
        }
      generator_put_kept (batch->options, codes, batch->first * n_codes, batch->n * n_codes);
      most = batch->n / 2;
    }
  return TRUE;
}

gboolean
persea_generator_draw (PerseaGenerator         *generator,
                       const PerseaDrawOptions *options,
                       int32_t                 *codes,
                       GCancellable            *cancellable,
                       GError                 **error)
{
  size_t n = options->n_candidates * persea_generator_get_n_codes (generator);
  GeneratorBatch batch = {
    .generator = generator,
    .options = options,
    .n_texts = generator_count_texts (options->guidance),
  };

  if (!generator_check_options (generator, options, error))
    return FALSE;
  batch.drawing = generator_begin (generator, options->prompt, options->negative, batch.n_texts,
                                   cancellable, error);
  if (!batch.drawing)
    return FALSE;

  generator_put_kept (options, codes, 0, n);
  gboolean ok = generator_draw_all (&batch, codes, cancellable, error);
  generator->class->end (batch.drawing);
  return ok;
}

gboolean
persea_generator_logits (PerseaGenerator *generator,
                         const char      *prompt,
                         const char      *negative,
                         const int32_t   *codes,
                         size_t           n_codes,
                         float           *logits,
                         GCancellable    *cancellable,
                         GError         **error)
{
  const PerseaGeneratorClass *class = generator->class;

  if (n_codes < 1 || n_codes > persea_generator_get_n_codes (generator))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "%s: expected 1 to %u codes, found %zu", generator->name,
                   persea_generator_get_n_codes (generator), n_codes);
      return FALSE;
    }
  if (!generator_check_codes (generator, codes, n_codes, 0, error))
    return FALSE;

  PerseaDrawing *drawing = generator_begin (generator, prompt, negative, 2, cancellable, error);
  gboolean ok = drawing && class->reserve (drawing, 1, error)
                && class->step (drawing,
                                &(PerseaGeneratorStep) { .n_positions = n_codes,
                                                         .n_logits = n_codes,
                                                         .codes = codes,
                                                         .logits = logits },
                                cancellable, error);
  class->end (drawing);
  return ok;
}
