/* persea-generator-impl.h - what a family of generators fills in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For families only; users of generators include persea-generator.h.  persea-generator.c checks
 * what it is given, cuts batches, chooses codes and tells about progress; a family is a network
 * that says what it thinks of the next code.
 */
#pragma once

#include "persea-generator.h"

G_BEGIN_DECLS

/* the family's own: texts that were read, and the codes that it has seen */
typedef struct _PerseaDrawing PerseaDrawing;

/**
 * PerseaGeneratorTexts:
 * @n: 1, the prompt; or 2, the negative text and the prompt
 * @ids: of each, without padding
 * @n_ids: of each, at least 1
 */
typedef struct
{
  size_t         n;
  const int32_t *ids[2];
  size_t         n_ids[2];
} PerseaGeneratorTexts;

/**
 * PerseaGeneratorStep:
 * @first: the first position whose input has not been seen yet, and
 * @n_positions: how many are looked at now, at least 1
 * @n_logits: of how many of these, the last ones, the logits are wanted
 * @codes: [n_candidates, n_codes]: position p's input is the code before it; codes from
 *   @first + @n_positions - 1 on are not looked at
 * @logits: (nullable if @n_logits is 0) (out caller-allocates): [texts, n_candidates, n_logits,
 *   vocab_size]
 */
typedef struct
{
  size_t         first;
  size_t         n_positions;
  size_t         n_logits;
  const int32_t *codes;
  float         *logits;
} PerseaGeneratorStep;

/**
 * PerseaGeneratorClass:
 * @free: releases all that the family has allocated, and the generator itself after
 *   persea_generator_clear()
 * @tokenize: as persea_generator_tokenize()
 * @begin: reads the texts
 * @reserve: makes ready for @n_candidates, from the first position on; what was there before is
 *   forgotten.  On failure the drawing may be reserved again
 * @step: see #PerseaGeneratorStep
 * @end: (nullable argument)
 * @candidate_bytes: memory that each candidate takes
 * @flops: see persea_generator_get_flops(), and
 * @step_bytes: persea_generator_get_step_bytes()
 */
typedef struct
{
  void (*free) (PerseaGenerator *generator);
  gboolean (*tokenize) (PerseaGenerator *generator, const char *text, int32_t *ids, size_t *n_ids,
                        gboolean *truncated, GError **error);
  PerseaDrawing *(*begin) (PerseaGenerator *generator, const PerseaGeneratorTexts *texts,
                           GCancellable *cancellable, GError **error);
  gboolean (*reserve) (PerseaDrawing *drawing, size_t n_candidates, GError **error);
  gboolean (*step) (PerseaDrawing *drawing, const PerseaGeneratorStep *step,
                    GCancellable *cancellable, GError **error);
  void (*end) (PerseaDrawing *drawing);
  uint64_t (*candidate_bytes) (PerseaGenerator *generator, size_t n_texts);
  double (*flops) (PerseaGenerator *generator, size_t n_tokens, size_t n_candidates,
                   size_t n_texts);
  double (*step_bytes) (PerseaGenerator *generator);
} PerseaGeneratorClass;

/* A family's generators start with this; persea_generator_init() fills the first group, the family
 * the second. */
struct _PerseaGenerator
{
  const PerseaGeneratorClass *class;
  gatomicrefcount             ref_count;
  PerseaDevice               *device;
  PerseaPrecision             precision;
  char                       *name;
  char                       *identity;

  unsigned n_entries;
  unsigned grid;
  unsigned context_length;
  unsigned vocab_size;

  float          guidance; /* persea_generator_init() sets the usual values of these two */
  PerseaSampling sampling;
};

void persea_generator_init (PerseaGenerator            *generator,
                            const PerseaGeneratorClass *generator_class,
                            PerseaDevice               *device,
                            PerseaPrecision             precision,
                            const char                 *name,
                            const char                 *identity);

/* releases what persea_generator_init() made, not the memory of @generator */
void persea_generator_clear (PerseaGenerator *generator);

/* whether the caller's reference is the only one; for the engine */
gboolean persea_generator_is_unshared (PerseaGenerator *generator);

G_END_DECLS
