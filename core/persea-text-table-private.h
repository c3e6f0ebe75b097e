/* persea-text-table-private.h - the table's memory, and the scan of its int8 copy
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-text-table.h"

G_BEGIN_DECLS

struct _PerseaTextTable
{
  size_t         n;
  size_t         dim;
  size_t         stride;  /* bytes of a compact row: dim, rounded up to 64 */
  const float   *rows;    /* [n, dim] */
  const int8_t  *compact; /* [n, stride], padded with zeros */
  const float   *scales;  /* [n]: a compact element is worth this much */
  const int32_t *sums;    /* [n]: of the compact row's elements */
  GBytes        *memory;  /* all of these, as in the file, from the first byte behind its header */
};

#define PERSEA_TEXT_TABLE_ALIGNMENT 64

/* where the four arrays lie; returns the bytes in all, or 0 if they do not fit size_t */
size_t persea_text_table_layout (PerseaTextTable *table,
                                 size_t           n,
                                 size_t           dim,
                                 const uint8_t   *base);

/**
 * persea_text_scan:
 * @query: [stride], 128 is zero
 * @compact: [n, stride]
 * @sums: (out): [n] of query · row
 *
 * Exact in integers, so every variant gives the same.
 */
void persea_text_scan (const uint8_t *query,
                       const int8_t  *compact,
                       size_t         n,
                       size_t         stride,
                       int32_t       *sums);

G_END_DECLS
