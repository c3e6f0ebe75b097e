/* persea-generator.h - from texts to the codes of pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A generator draws a picture as a grid of codes, row by row, each code after looking at the text
 * and at the codes before it.  What the codes look like is known to the codebook that it was made
 * for (persea-codebook.h): persea_generator_get_n_entries() must be the codebook's, too.  Loaded
 * with persea_engine_load_generator().
 *
 * Threads: all functions may be called from any thread.  The device is held for one code at a
 * time, so that others, and previews, have their turn.
 */
#pragma once

#include "persea-device.h"
#include "persea-sampler.h"

G_BEGIN_DECLS

typedef struct _PerseaGenerator PerseaGenerator;

PerseaGenerator *persea_generator_ref (PerseaGenerator *generator);
void             persea_generator_unref (PerseaGenerator *generator);

/* (transfer none): the model's name, for people and JSON ("dalle-mini", "orchard-dalle") */
const char *persea_generator_get_name (PerseaGenerator *generator);

/* (transfer none): a hexadecimal word that changes with the weights and their configuration */
const char *persea_generator_get_identity (PerseaGenerator *generator);

/* the precision in use, never %PERSEA_PRECISION_AUTO */
PerseaPrecision persea_generator_get_precision (PerseaGenerator *generator);

unsigned persea_generator_get_n_entries (PerseaGenerator *generator); /* codes are 0 … n - 1 */
unsigned persea_generator_get_grid (PerseaGenerator *generator);      /* codes on each side */
unsigned persea_generator_get_n_codes (PerseaGenerator *generator);   /* of a picture: grid² */
unsigned persea_generator_get_context_length (PerseaGenerator *generator); /* tokens of a text */

/* rows of the decoder's vocabulary: what one position of persea_generator_logits() has; the first
 * get_n_entries() of them are codes */
unsigned persea_generator_get_vocab_size (PerseaGenerator *generator);

/* what the model draws with if nobody asks for anything else */
float          persea_generator_get_guidance (PerseaGenerator *generator);
PerseaSampling persea_generator_get_sampling (PerseaGenerator *generator);

/* candidates that are drawn together: as many as memory allows, at least 1 */
size_t persea_generator_get_batch_size (PerseaGenerator *generator, float guidance);

/**
 * persea_generator_tokenize:
 * @text: UTF-8
 * @ids: (out caller-allocates) (array length=context_length): padded
 * @n_ids: (out): how many come before the padding
 * @truncated: (out) (optional): the text was longer than the model can read
 */
gboolean persea_generator_tokenize (PerseaGenerator *generator,
                                    const char      *text,
                                    int32_t         *ids,
                                    size_t          *n_ids,
                                    gboolean        *truncated,
                                    GError         **error);

/**
 * PerseaDrawProgress:
 * @done: codes of all candidates that were looked at, kept ones included
 * @total: of how many
 * @codes: [n_candidates, n_codes]: the codes so far, -1 where there is none yet; for previews
 *
 * Called in the drawing thread, when no pass is open.  May start again from less, if the memory
 * turns out too small for as many candidates together.
 */
typedef void (*PerseaDrawProgress) (size_t         done,
                                    size_t         total,
                                    const int32_t *codes,
                                    gpointer       user_data);

/**
 * PerseaDrawOptions:
 * @prompt: UTF-8
 * @negative: (nullable): what to move away from; %NULL: the empty text
 * @seed: of the random numbers
 * @first_candidate: the number of the first candidate, and
 * @n_candidates: how many: numbers @first_candidate … @first_candidate + @n_candidates - 1
 * @guidance: how strongly to follow the prompt (persea-sampler.h); 1: the model's own opinion,
 *   which takes half the time
 * @sampling: how to choose a code
 * @kept: (nullable): [n_candidates, n_codes]: a code to hold, or -1 to draw
 * @progress: (nullable): told after each code
 */
typedef struct
{
  const char        *prompt;
  const char        *negative;
  uint64_t           seed;
  size_t             first_candidate;
  size_t             n_candidates;
  float              guidance;
  PerseaSampling     sampling;
  const int32_t     *kept;
  PerseaDrawProgress progress;
  gpointer           progress_data;
} PerseaDrawOptions;

#define PERSEA_DEFAULT_GUIDANCE 10.0f /* dalle-mini's own choice, for models that say nothing */

/**
 * persea_generator_draw:
 * @codes: (out caller-allocates): [n_candidates, n_codes], row-major grids
 * @cancellable: (nullable): takes effect before the next code
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT names what is out of range
 *
 * A candidate's codes depend on the model, its precision, the device, the prompts, the seed, its
 * number, the options and its kept codes, but not on how many are drawn together.
 *
 * Returns: %FALSE with @codes undefined on failure
 */
gboolean persea_generator_draw (PerseaGenerator          *generator,
                                const PerseaDrawOptions  *options,
                                int32_t                  *codes,
                                GCancellable             *cancellable,
                                GError                  **error);

/**
 * persea_generator_logits:
 * @prompt: UTF-8
 * @negative: (nullable): as in #PerseaDrawOptions
 * @codes: (array length=n_codes): of one picture, from its first code on
 * @n_codes: 1 to persea_generator_get_n_codes()
 * @logits: (out caller-allocates): [2, n_codes, vocab_size]: first under @negative, then under
 *   @prompt; position i saw the codes before i, and speaks of code i
 *
 * What the decoder thinks of given codes ("teacher forcing"), without guidance.
 */
gboolean persea_generator_logits (PerseaGenerator *generator,
                                  const char      *prompt,
                                  const char      *negative,
                                  const int32_t   *codes,
                                  size_t           n_codes,
                                  float           *logits,
                                  GCancellable    *cancellable,
                                  GError         **error);

/* floating-point operations of drawing @n_candidates under a text of @n_tokens, and bytes of
 * weights that one step reads; for persea bench */
double persea_generator_get_flops (PerseaGenerator *generator,
                                   size_t           n_tokens,
                                   size_t           n_candidates,
                                   float            guidance);
double persea_generator_get_step_bytes (PerseaGenerator *generator);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGenerator, persea_generator_unref)

G_END_DECLS
