/* persea-taps.h - what each output of a scaled row takes of its inputs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For those who scale with a weight for each pixel, or only some rows; for whole pictures there is
 * persea-resample.h.  Outputs and inputs are at whole numbers, their borders coincide.
 *
 * Threads: a table is immutable once made.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PerseaTaps:
 * @n: outputs
 * @first: [n]: the first input of each
 * @n_taps: [n]: how many inputs each takes
 * @weights: [n, max_taps]: add up to 1
 */
typedef struct
{
  unsigned  n;
  unsigned *first;
  unsigned *n_taps;
  float    *weights;
  unsigned  max_taps;
} PerseaTaps;

/* never negative, as weighted means need it */
void persea_taps_init_triangle (PerseaTaps *taps, unsigned n_in, unsigned n_out);

/* Keys, a = -0.5 */
void persea_taps_init_cubic (PerseaTaps *taps, unsigned n_in, unsigned n_out);

/* of zeros, too */
void persea_taps_clear (PerseaTaps *taps);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PerseaTaps, persea_taps_clear)

G_END_DECLS
