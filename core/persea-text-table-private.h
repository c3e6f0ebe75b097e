/* persea-text-table-private.h - the table's memory, and the scan of its short codes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A row x is kept exactly, and as a code of one byte per element: u = x' / step + 128, rounded and
 * clamped to 0 ... 255, where x' is the row minus the mean of all rows.  The bytes lie apart in two
 * planes of four bits: the upper halves, which are read for every picture, and the lower halves,
 * which are read for the rows that the upper ones leave in doubt.  Beside each code stands how far
 * off it is at most (the length of what it leaves out of x'), so that a row that is passed over is
 * known to be no hit.
 */
#pragma once

#include "persea-text-table.h"

G_BEGIN_DECLS

/**
 * PerseaTextCodes:
 * @step: what 1 is worth in a code
 * @largest: no x' is longer
 * @mean_square: of @upper_errors
 */
typedef struct
{
  float step;
  float largest;
  float mean_square;
  float zeros[13];
} PerseaTextCodes;

struct _PerseaTextTable
{
  size_t                 n;
  size_t                 dim;
  size_t                 stride;       /* bytes of a row in a plane: dim / 2, rounded up to 64 */
  const uint8_t         *upper;        /* [n, stride]: byte i has element i in its low four bits,
                                          element stride + i in its high ones */
  const uint8_t         *lower;        /* [n, stride], likewise */
  const float           *upper_errors; /* [n] */
  const float           *lower_errors; /* [n]: of both planes together */
  const float           *mean;         /* [dim] */
  const PerseaTextCodes *codes;
  const float           *rows;         /* [n, dim] */
  GBytes                *memory; /* all of these, as in the file, from the first byte behind its header */
};

#define PERSEA_TEXT_TABLE_ALIGNMENT 64

/* the sum of a row that has been dealt with: with steps of 1e-5 and more, a similarity below -20 */
#define PERSEA_TEXT_TAKEN (-(1 << 30))

/* where the arrays lie; returns the bytes in all, or 0 if they do not fit size_t */
size_t persea_text_table_layout (PerseaTextTable *table,
                                 size_t           n,
                                 size_t           dim,
                                 const uint8_t   *base);

/* sixteen sums side by side, in an order that does not depend on the processor */
float persea_text_dot (const float *a,
                       const float *b,
                       size_t       dim);

/**
 * PerseaTextScan:
 * @query: [2 * stride], -127 to 127, zero behind the last element
 * @plane: [., stride], as in #_PerseaTextTable
 * @stride: a multiple of 64
 * @rows: (nullable): [n], which rows of the plane; %NULL: the first ones
 * @n: how many rows
 */
typedef struct
{
  const int8_t   *query;
  const uint8_t  *plane;
  size_t          stride;
  const uint32_t *rows;
  size_t          n;
} PerseaTextScan;

/* @sums: (out): [n] of query · row; exact in integers, so every variant gives the same */
void persea_text_scan (const PerseaTextScan *scan,
                       int32_t              *sums);

/* so many neighbouring rows have one peak */
#define PERSEA_TEXT_BLOCK 32

/* @peaks: (out): the largest of each block of @sums, the last of which may be short */
void persea_text_find_peaks (const int32_t *sums,
                             size_t         n,
                             int32_t       *peaks);

/* what a row has to reach: sum * factor + error * weight is not less than least */
typedef struct
{
  float factor;
  float weight;
  float least;
} PerseaTextLine;

/**
 * persea_text_select:
 * @sums: [n]
 * @errors: [n]
 * @rows: (out): [n + 1]: those that reach the line, in their order; all, if nothing is a number
 *
 * Returns: how many they are
 */
size_t persea_text_select (const int32_t        *sums,
                           const float          *errors,
                           size_t                n,
                           const PerseaTextLine *line,
                           uint32_t             *rows);

/**
 * persea_text_sum_exponentials:
 * @sums: [n]
 *
 * Returns: the sum of e^(factor · sums[i] + offset) over all i, terms over 1 taken for 1; right to
 *   0.2%, and the same on every processor
 */
double persea_text_sum_exponentials (const int32_t *sums,
                                     size_t         n,
                                     float          factor,
                                     float          offset);

G_END_DECLS
