/* persea-search-scan.h - one vector against a hundred thousand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Rows of f16 are read once, from one end to the other, by as many threads as there are processors,
 * so a scan takes as long as its memory takes to be read.  Every row counts: the search is exact.
 * Sums are made in f32, in an order that does not depend on the processor.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_search_scan_stride:
 *
 * Returns: elements from one row to the next; what lies between is zero
 */
size_t persea_search_scan_stride (size_t dim);

/**
 * PerseaSearchScan:
 * @rows: [n, stride], f16
 * @n: how many rows
 * @queries: [n_queries, stride]
 * @n_queries: at least 1; several cost less than one after the other
 * @stride: from persea_search_scan_stride()
 */
typedef struct
{
  const uint16_t *rows;
  size_t          n;
  const float    *queries;
  size_t          n_queries;
  size_t          stride;
} PerseaSearchScan;

/* @products: (out caller-allocates): [n, n_queries], of each row with each query */
void persea_search_scan (const PerseaSearchScan *scan, float *products);

/**
 * persea_search_select:
 * @scores: (array length=n)
 * @wanted: (nullable) (array length=n): which count; %NULL: all
 * @best: (out caller-allocates): room for @n_best: indices, best score first; equal ones in their
 *   order
 *
 * Returns: how many there are, @n_best at most
 */
size_t persea_search_select (const float    *scores,
                             const gboolean *wanted,
                             size_t          n,
                             size_t         *best,
                             size_t          n_best);

G_END_DECLS
