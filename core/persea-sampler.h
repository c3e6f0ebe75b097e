/* persea-sampler.h - from logits to one of the codes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The order in which everything is done, which is that of min-dalle, with top-p behind top-k:
 *
 *  1. Only the entries of the codebook are looked at; a vocabulary may have more rows.
 *  2. Guidance ("super-conditioning"): l = u + guidance · (c - u), in f32, where c are the logits
 *     under the prompt and u those under the empty (or negative) text.
 *  3. Temperature 0: the first of the largest l is taken, and that is all.
 *  4. Top-k: entries below the k-th largest l are dropped.  All that are equal to it stay.
 *  5. Weights w = exp ((l - largest l) / temperature), in f32.
 *  6. Top-p: the fewest of the largest entries whose weights make up p of the sum stay, and with
 *     them all that are equal to the least of these.  Sums are made in f64.
 *  7. With a uniform number x in [0, 1), the first entry, in the order of the codebook, is taken
 *     for which the sum of the weights up to and with it exceeds x · (sum of all weights).
 *
 * x is persea_random_uniform (seed, candidate, position).  Steps 2 to 7 use additions, products
 * and comparisons alone, which are exact or rounded alike everywhere, so the same logits give the
 * same code on every machine.
 *
 * Threads: pure functions.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * PerseaSampling:
 * @temperature: 0: always the likeliest; 1: as the model has learned; above: bolder
 * @top_k: entries to choose among; 0: all
 * @top_p: share of the probability to choose within, above 0; 1: all
 */
typedef struct
{
  float    temperature;
  unsigned top_k;
  float    top_p;
} PerseaSampling;

/* what min-dalle draws with */
#define PERSEA_SAMPLING_DEFAULT { .temperature = 1, .top_k = 256, .top_p = 1 }

/**
 * persea_sampling_check:
 *
 * Returns: %FALSE with %PERSEA_ERROR_INVALID_ARGUMENT, naming what is out of range
 */
gboolean persea_sampling_check (const PerseaSampling *sampling, GError **error);

/**
 * persea_sampler_guide:
 * @logits: (array length=n): the logits under the prompt; changed (step 2)
 * @unconditional: (array length=n): those under the empty text
 */
void persea_sampler_guide (float *logits, const float *unconditional, size_t n, float guidance);

/**
 * persea_sampler_draw:
 * @logits: (array length=n): under the prompt, perhaps guided
 * @n: entries of the codebook, at least 1
 * @uniform: in [0, 1); not used if the temperature is 0
 *
 * Steps 3 to 7.
 *
 * Returns: a code, 0 to @n - 1; -1 if a logit is not finite
 */
int32_t persea_sampler_draw (const PerseaSampling *sampling,
                             const float          *logits,
                             size_t                n,
                             double                uniform);

G_END_DECLS
