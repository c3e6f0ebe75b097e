/* persea-text-table.c - many texts, encoded once, compared with pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The arithmetic.  Files and the encoding are in persea-text-cache.c.
 */
#include "config.h"

#include "persea-text-table-private.h"

#include <math.h>
#include <string.h>

/* candidates that the int8 copy proposes beyond the hits that are wanted */
#define EXTRA_CANDIDATES 256

static size_t
align (size_t size)
{
  return (size + PERSEA_TEXT_TABLE_ALIGNMENT - 1) & ~(size_t) (PERSEA_TEXT_TABLE_ALIGNMENT - 1);
}

size_t
persea_text_table_layout (PerseaTextTable *table, size_t n, size_t dim, const uint8_t *base)
{
  size_t scales, sums, rows;

  if (n == 0 || n > PERSEA_TEXT_TABLE_MAX_ROWS || dim == 0 || dim > PERSEA_TEXT_TABLE_MAX_DIM)
    return 0;

  table->n = n;
  table->dim = dim;
  table->stride = align (dim);
  scales = n * table->stride;
  sums = scales + align (n * sizeof (float));
  rows = sums + align (n * sizeof (int32_t));
  table->compact = (const int8_t *) base;
  table->scales = (const float *) (base + scales);
  table->sums = (const int32_t *) (base + sums);
  table->rows = (const float *) (base + rows);
  return rows + n * dim * sizeof (float);
}

/* Returns what one step of the result is worth. */
static float
quantize (const float *row, size_t dim, int8_t *compact, int32_t *sum)
{
  float largest = 0;
  float scale;

  for (size_t i = 0; i < dim; i++)
    largest = MAX (largest, fabsf (row[i]));
  scale = largest > 0 ? largest / 127 : 1;
  *sum = 0;
  for (size_t i = 0; i < dim; i++)
    {
      compact[i] = (int8_t) lrintf (row[i] / scale);
      *sum += compact[i];
    }
  return scale;
}

PerseaTextTable *
persea_text_table_new (const float *rows, size_t n, size_t dim)
{
  PerseaTextTable *table = g_atomic_rc_box_new0 (PerseaTextTable);
  size_t size = persea_text_table_layout (table, n, dim, NULL);
  uint8_t *base;
  float *unit;

  g_return_val_if_fail (size > 0, NULL);

  base = g_malloc0 (size);
  table->memory = g_bytes_new_take (base, size);
  persea_text_table_layout (table, n, dim, base);
  unit = (float *) table->rows;
  memcpy (unit, rows, n * dim * sizeof *unit);
  persea_clip_normalize (unit, n, dim);
  for (size_t row = 0; row < n; row++)
    ((float *) table->scales)[row] = quantize (unit + row * dim, dim,
                                               (int8_t *) table->compact + row * table->stride,
                                               (int32_t *) table->sums + row);
  return table;
}

PerseaTextTable *
persea_text_table_ref (PerseaTextTable *table)
{
  return g_atomic_rc_box_acquire (table);
}

static void
text_table_clear (gpointer data)
{
  PerseaTextTable *table = data;

  g_clear_pointer (&table->memory, g_bytes_unref);
}

void
persea_text_table_unref (PerseaTextTable *table)
{
  if (table)
    g_atomic_rc_box_release_full (table, text_table_clear);
}

size_t
persea_text_table_get_n_rows (PerseaTextTable *table)
{
  return table->n;
}

size_t
persea_text_table_get_dim (PerseaTextTable *table)
{
  return table->dim;
}

const float *
persea_text_table_get_rows (PerseaTextTable *table)
{
  return table->rows;
}

/* Sixteen sums side by side, in an order that does not depend on the processor. */
static float
dot (const float *a, const float *b, size_t dim)
{
  float sums[16] = { 0 };
  float sum = 0;
  size_t i = 0;

  for (; i + 16 <= dim; i += 16)
    for (size_t lane = 0; lane < 16; lane++)
      sums[lane] += a[i + lane] * b[i + lane];
  for (; i < dim; i++)
    sum += a[i] * b[i];
  for (size_t lane = 0; lane < 16; lane++)
    sum += sums[lane];
  return sum;
}

void
persea_text_table_compare (PerseaTextTable *table, const float *image, float *similarities)
{
  for (size_t row = 0; row < table->n; row++)
    similarities[row] = dot (table->rows + row * table->dim, image, table->dim);
}

/* All similarities, about right, from the int8 copy. */
static void
table_scan (PerseaTextTable *table, const float *image, float *similarities)
{
  g_autofree uint8_t *query = g_malloc (table->stride);
  g_autofree int8_t *signed_query = g_malloc0 (table->stride);
  g_autofree int32_t *sums = g_new (int32_t, table->n);
  int32_t unused;
  float scale = quantize (image, table->dim, signed_query, &unused);

  for (size_t i = 0; i < table->stride; i++)
    query[i] = (uint8_t) (signed_query[i] + 128);
  persea_text_scan (query, table->compact, table->n, table->stride, sums);
  for (size_t row = 0; row < table->n; row++)
    similarities[row] = (float) (sums[row] - 128 * table->sums[row]) * (scale * table->scales[row]);
}

static int
hit_compare (gconstpointer a, gconstpointer b)
{
  const PerseaTextHit *first = a;
  const PerseaTextHit *second = b;

  if (first->similarity != second->similarity)
    return first->similarity > second->similarity ? -1 : 1;
  return first->row < second->row ? -1 : 1;
}

/* A value that about @wanted of the similarities reach: from a histogram, as sorting all of them
 * would take longer than comparing them. */
static float
find_cut (const float *similarities, size_t n, size_t wanted)
{
  enum { BINS = 4096 };
  g_autofree unsigned *counts = g_new0 (unsigned, BINS);
  size_t found = 0;
  int bin = BINS;

  for (size_t i = 0; i < n; i++)
    counts[CLAMP ((int) ((similarities[i] + 1) * (BINS / 2)), 0, BINS - 1)]++;
  while (bin > 0 && found < wanted)
    found += counts[--bin];
  return (float) bin / (BINS / 2) - 1;
}

/* e^x to 0.3%, for x <= 0; nothing below -80.  Without calls or branches, so that compilers make
 * vectors of it: 32,768 calls of expf() take longer than all the products. */
static inline float
rough_exp (float x)
{
  float t = MAX (x, -80.0f) * 1.44269504f;
  int32_t whole = (int32_t) t;
  float part = t - (float) whole; /* -1 to 0 */
  float power = 1 + part * (0.693147f + part * (0.240227f + part * (0.0555041f + part * 0.00961813f)));
  union { int32_t bits; float value; } scale = { .bits = (whole + 127) * (1 << 23) };

  return power * scale.value;
}

/* The sum of e^((similarity - best) · scale), in an order that does not depend on the processor. */
static __attribute__ ((optimize ("O3"))) double
sum_exponentials (const float *similarities, size_t n, float best, float scale)
{
  float sums[16] = { 0 };
  double total = 0;
  size_t i = 0;

  for (; i + 16 <= n; i += 16)
    for (size_t lane = 0; lane < 16; lane++)
      sums[lane] += rough_exp (MIN ((similarities[i + lane] - best) * scale, 0.0f));
  for (; i < n; i++)
    total += rough_exp (MIN ((similarities[i] - best) * scale, 0.0f));
  for (size_t lane = 0; lane < 16; lane++)
    total += sums[lane];
  return total;
}

/* Exact similarities of the rows that reach @cut, best first; taken out of @similarities. */
static GArray *
table_take_candidates (PerseaTextTable *table, const float *image, float *similarities, float cut)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (PerseaTextHit));

  for (size_t row = 0; row < table->n; row++)
    if (similarities[row] >= cut)
      {
        const PerseaTextHit hit = {
          .row = row,
          .similarity = dot (table->rows + row * table->dim, image, table->dim),
        };

        g_array_append_val (candidates, hit);
        similarities[row] = -INFINITY;
      }
  g_array_sort (candidates, hit_compare);
  return candidates;
}

void
persea_text_table_rank (PerseaTextTable *table,
                        const float     *image,
                        float            logit_scale,
                        size_t           n_hits,
                        PerseaTextHit   *hits)
{
  g_autofree float *similarities = g_new (float, table->n);
  g_autoptr (GArray) candidates = NULL;
  const PerseaTextHit *ranked;
  double total = 0;
  float cut = -INFINITY;

  n_hits = MIN (n_hits, table->n);
  if (table->n < PERSEA_TEXT_TABLE_SCAN_ROWS)
    memset (similarities, 0, table->n * sizeof *similarities);
  else
    {
      table_scan (table, image, similarities);
      cut = find_cut (similarities, table->n, n_hits + EXTRA_CANDIDATES);
    }
  candidates = table_take_candidates (table, image, similarities, cut);
  ranked = (const PerseaTextHit *) candidates->data;

  for (unsigned i = 0; i < candidates->len; i++)
    total += expf ((ranked[i].similarity - ranked[0].similarity) * logit_scale);
  if (candidates->len < table->n)
    total += sum_exponentials (similarities, table->n, ranked[0].similarity, logit_scale);
  for (size_t i = 0; i < n_hits; i++)
    {
      hits[i] = ranked[i];
      hits[i].score = (float) (expf ((ranked[i].similarity - ranked[0].similarity) * logit_scale) / total);
    }
}
