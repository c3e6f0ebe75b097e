/* persea-random.h - random numbers that are the same on every machine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011: a counter-based generator has
 * no state.  The number of a place is a function of the seed and of the place, so the picture of
 * candidate 7 is the same whether the six before it were drawn, or not, or at the same time.
 *
 * Threads: pure functions.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Philox 4x32 with 10 rounds */
void persea_philox (const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/**
 * persea_random_uniform:
 * @seed: the key; its low word first
 * @stream: words 2 and 3 of the counter, low word first: for drawing, the candidate's number
 * @position: words 0 and 1 of the counter, low word first: for drawing, the place of the code
 *
 * Returns: a multiple of 2^-53 in [0, 1): (a · 2^26 + b) / 2^53, where a are the upper 27 bits of
 *   the block's word 0 and b the upper 26 bits of its word 1
 */
double persea_random_uniform (uint64_t seed, uint64_t stream, uint64_t position);

G_END_DECLS
