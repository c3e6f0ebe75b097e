/* persea-resample-private.h - the inner loops of resampling
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For persea-resample.c only.
 */
#pragma once

#include "persea-resample.h"

G_BEGIN_DECLS

#define PERSEA_RESAMPLE_BITS 22 /* fractional bits of a weight */
#define PERSEA_RESAMPLE_TAPS 8  /* taps along a row come in multiples of this */
#define PERSEA_RESAMPLE_ROWS 2  /* rows made narrow together, so that a weight is loaded once */

/* Makes rows narrow.  How fast depends on the processor; the result does not. */
typedef struct
{
  int        n_out, n_taps;
  const int *first;   /* [n_out], (transfer none) */
  int32_t   *weights; /* [n_out, n_taps, 3]: each weight three times, for red, green and blue */
  gboolean   have_avx2;
} PerseaResampleKernel;

/**
 * persea_resample_kernel_init:
 * @n_out: pixels in a narrow row
 * @n_taps: a multiple of %PERSEA_RESAMPLE_TAPS
 * @first: (array length=n_out): where each output's taps begin, in pixels; must stay alive
 * @weights: [n_out, n_taps]
 */
void persea_resample_kernel_init (PerseaResampleKernel *kernel,
                                  int                   n_out,
                                  int                   n_taps,
                                  const int            *first,
                                  const int32_t        *weights);
void persea_resample_kernel_clear (PerseaResampleKernel *kernel);

/**
 * persea_resample_rows:
 * @rows: %PERSEA_RESAMPLE_ROWS rows, each readable for n_taps pixels from any output's first
 * @stride: bytes from one row to the next
 * @narrow: [%PERSEA_RESAMPLE_ROWS, n_out, 3], to be written
 */
void persea_resample_rows (const PerseaResampleKernel *kernel,
                           const uint8_t              *rows,
                           size_t                      stride,
                           uint8_t                    *narrow);

/* adds @weight × @row to @sums, @n values */
void persea_resample_accumulate (const PerseaResampleKernel *kernel,
                                 int32_t                    *sums,
                                 const uint8_t              *row,
                                 int32_t                     weight,
                                 size_t                      n);

G_END_DECLS
