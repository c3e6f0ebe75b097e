/* persea-text-rank.c - which of thousands of texts fit best
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reading all exact rows would take ten times as long as the rest.  So this is the search in a
 * vector approximation file (Weber, Schek and Blott, "A quantitative analysis and performance study
 * for similarity-search methods in high-dimensional spaces", 1998, "VA-NOA"), with the error of
 * each code as its bound instead of the edges of a cell:
 *
 * 1. The upper halves of all codes give an estimate for each row.
 * 2. Those that look best are computed exactly; the worst hit among them is a similarity that
 *    every hit reaches.
 * 3. A row whose estimate plus its largest possible error stays below that is no hit.  The others
 *    are estimated again, with the lower halves; those that still might reach it, exactly.
 *
 * The largest possible error: with the query q = c + e (its code, what the code leaves out) and the
 * row x = mean + y + r (likewise), the similarity is q·mean + c·y + c·r + e·(y + r), and the last two
 * are at most |c| |r| + |e| |y + r| by Cauchy and Schwarz.  So hits are those of the exact rows, always.
 *
 * The rest of the softmax is added up from the estimates.  A row that was passed over is further
 * below the worst hit than |c| |r|, which its usual error, |c| |r| / sqrt (dim), is far from: where
 * the scale makes the error matter, the row's share is next to nothing.
 *
 * Steps 1 and 3 are done by all processors, some thousand rows at a time.
 */
#include "config.h"

#include "persea-parts.h"
#include "persea-text-table-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* if more than one row in so many is in doubt, reading the lower halves of all is faster */
#define STREAM_SHARE 3

/* rows that one processor takes at a time: whole blocks */
#define PART_ROWS (64 * PERSEA_TEXT_BLOCK)

typedef struct
{
  PerseaTextTable *table;
  const float     *image;  /* [dim] */
  int8_t          *codes;  /* [2 * stride] */
  float            unit;   /* what 1 is worth in a sum of a plane: the query's step times the rows' */
  float            upper;  /* similarity = 16 * unit * sum + upper */
  float            lower;  /* similarity = unit * (16 * upper sum + lower sum) + lower */
  float            length; /* |c| */
  float            spread; /* |e| times the longest row, and rounding */
  int32_t         *sums;   /* [n], of the upper halves */
  int32_t         *peaks;  /* the largest of them in each block */
  float            scale;  /* of the softmax */
  float            least;  /* a similarity that all hits reach */
  struct Part     *parts;
} Query;

/* Some neighbouring rows; they are numbered from the first one. */
typedef struct Part
{
  const Query *query;
  size_t       first;
  size_t       n;
  GArray      *candidates; /* of PerseaTextHit */
  double       tail;       /* the sum of e^(scale · (similarity - least)) over the others */
} Part;

static size_t
count_blocks (size_t n)
{
  return (n + PERSEA_TEXT_BLOCK - 1) / PERSEA_TEXT_BLOCK;
}

static void
query_init (Query *query, PerseaTextTable *table, const float *image)
{
  float largest = 0, step;
  double square = 0, missing = 0, absolute = 0;
  float centre = persea_text_dot (image, table->mean, table->dim);
  int total = 0;

  for (size_t i = 0; i < table->dim; i++)
    largest = MAX (largest, fabsf (image[i]));
  step = largest > 0 ? largest / 127 : 1;
  query->table = table;
  query->image = image;
  query->codes = g_malloc0 (2 * table->stride);
  query->sums = g_new (int32_t, table->n);
  query->peaks = g_new (int32_t, count_blocks (table->n));
  for (size_t i = 0; i < table->dim; i++)
    {
      int code = (int) lrintf (image[i] / step);
      double value = (double) code * step;

      query->codes[i] = (int8_t) code;
      total += code;
      square += value * value;
      missing += (image[i] - value) * (image[i] - value);
      absolute += fabs (value);
    }
  query->unit = step * table->codes->step;
  query->upper = centre - 120.5f * query->unit * (float) total;
  query->lower = centre - 128 * query->unit * (float) total;
  query->length = (float) sqrt (square) * 1.00001f;
  /* sixteen sums of dim / 16 products of unit vectors, and sums of 240 steps an element, are rounded */
  query->spread = (float) sqrt (missing) * table->codes->largest
                  + FLT_EPSILON * (2 * (float) (table->dim / 16 + 16)
                                   + 8 * 240 * table->codes->step * (float) absolute);
}

static void
query_clear (Query *query)
{
  g_free (query->codes);
  g_free (query->sums);
  g_free (query->peaks);
  g_free (query->parts);
}

static PerseaTextHit
query_compute (const Query *query, size_t row)
{
  size_t dim = query->table->dim;

  return (PerseaTextHit) {
    .row = row,
    .similarity = persea_text_dot (query->table->rows + row * dim, query->image, dim),
  };
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

/* The blocks with the highest peaks, highest first; equal ones in their order. */
static void
find_highest (const int32_t *peaks, size_t n_blocks, size_t n_best, size_t *best)
{
  size_t found = 0;

  for (size_t block = 0; block < n_blocks; block++)
    {
      size_t place = found;

      if (found == n_best && peaks[block] <= peaks[best[found - 1]])
        continue;
      if (found < n_best)
        found++;
      else
        place--;
      for (; place > 0 && peaks[block] > peaks[best[place - 1]]; place--)
        best[place] = best[place - 1];
      best[place] = block;
    }
}

static size_t
query_cut (Query *query)
{
  size_t n = query->table->n;
  size_t n_parts = (n + PART_ROWS - 1) / PART_ROWS;

  query->parts = g_new0 (Part, n_parts);
  for (size_t i = 0; i < n_parts; i++)
    query->parts[i] = (Part) {
      .query = query,
      .first = i * PART_ROWS,
      .n = MIN (PART_ROWS, n - i * PART_ROWS),
    };
  return n_parts;
}

static void
part_scan (size_t number, gpointer data)
{
  const Query *query = data;
  const Part *part = &query->parts[number];
  const PerseaTextScan scan = {
    .query = query->codes,
    .plane = query->table->upper + part->first * query->table->stride,
    .stride = query->table->stride,
    .n = part->n,
  };

  persea_text_scan (&scan, query->sums + part->first);
  persea_text_find_peaks (query->sums + part->first, part->n, query->peaks + part->first / PERSEA_TEXT_BLOCK);
}

/* The last hit among the rows that look best in their blocks.  There are at least twice as many
 * blocks as hits. */
static float
query_find_least (const Query *query, size_t n_hits)
{
  size_t n_blocks = count_blocks (query->table->n);
  size_t n_seeds = MIN (n_hits + n_hits / 2 + 8, n_blocks);
  g_autofree size_t *best = g_new (size_t, n_seeds);
  g_autofree PerseaTextHit *seeds = g_new (PerseaTextHit, n_seeds);

  find_highest (query->peaks, n_blocks, n_seeds, best);
  for (size_t i = 0; i < n_seeds; i++)
    {
      size_t row = best[i] * PERSEA_TEXT_BLOCK;

      while (query->sums[row] != query->peaks[best[i]])
        row++;
      seeds[i] = query_compute (query, row);
    }
  qsort (seeds, n_seeds, sizeof *seeds, hit_compare);
  return seeds[n_hits - 1].similarity;
}

/* [n_rows] of 16 · upper half + lower half */
static int32_t *
part_scan_both (const Part *part, const uint32_t *rows, size_t n_rows)
{
  const Query *query = part->query;
  gboolean stream = n_rows > part->n / STREAM_SHARE;
  const PerseaTextScan scan = {
    .query = query->codes,
    .plane = query->table->lower + part->first * query->table->stride,
    .stride = query->table->stride,
    .rows = stream ? NULL : rows,
    .n = stream ? part->n : n_rows,
  };
  int32_t *sums = g_new (int32_t, scan.n);

  persea_text_scan (&scan, sums);
  for (size_t i = 0; i < n_rows; i++)
    sums[i] = 16 * query->sums[part->first + rows[i]] + sums[stream ? rows[i] : i];
  return sums;
}

/* The rows that may be hits become candidates; those that the second look leaves behind are added
 * up.  Both are taken out of the query's sums. */
static void
part_take_candidates (Part *part)
{
  const Query *query = part->query;
  const PerseaTextTable *table = query->table;
  int32_t *upper_sums = query->sums + part->first;
  const PerseaTextLine line = { 16 * query->unit, query->length, query->least - query->spread - query->upper };
  g_autofree uint32_t *rows = g_new (uint32_t, part->n + 1);
  size_t n_rows = persea_text_select (upper_sums, table->upper_errors + part->first, part->n, &line, rows);
  g_autofree int32_t *sums = part_scan_both (part, rows, n_rows);
  size_t n_left = 0;

  part->candidates = g_array_new (FALSE, FALSE, sizeof (PerseaTextHit));
  for (size_t i = 0; i < n_rows; i++)
    {
      size_t row = part->first + rows[i];

      upper_sums[rows[i]] = PERSEA_TEXT_TAKEN;
      if (query->unit * (float) sums[i] + query->length * table->lower_errors[row]
          < query->least - query->spread - query->lower)
        sums[n_left++] = sums[i];
      else
        {
          const PerseaTextHit hit = query_compute (query, row);

          g_array_append_val (part->candidates, hit);
        }
    }
  part->tail += persea_text_sum_exponentials (sums, n_left, query->unit * query->scale,
                                              (query->lower - query->least) * query->scale);
}

static void
part_sift (size_t number, gpointer data)
{
  const Query *query = data;
  const PerseaTextTable *table = query->table;
  Part *part = &query->parts[number];
  /* e^x of an uncertain x is larger on average, by e^(variance / 2) */
  float factor = query->scale * query->length;
  float widening = factor * factor * table->codes->mean_square / (2 * (float) table->dim);

  part_take_candidates (part);
  part->tail += persea_text_sum_exponentials (query->sums + part->first, part->n,
                                              16 * query->unit * query->scale,
                                              (query->upper - query->least) * query->scale + MIN (widening, 10));
}

static GArray *
compute_all (PerseaTextTable *table, const float *image)
{
  GArray *candidates = g_array_sized_new (FALSE, FALSE, sizeof (PerseaTextHit), (guint) table->n);
  const Query query = { .table = table, .image = image };

  for (size_t row = 0; row < table->n; row++)
    {
      const PerseaTextHit hit = query_compute (&query, row);

      g_array_append_val (candidates, hit);
    }
  g_array_sort (candidates, hit_compare);
  return candidates;
}

/* As compute_all(), without the rows that are no hits; the sum of their e^(scale · (similarity -
 * least)) is the tail. */
static GArray *
find_best (PerseaTextTable *table, const float *image, float scale, size_t n_hits, float *least, double *tail)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (PerseaTextHit));
  size_t n_parts;
  Query query;

  query_init (&query, table, image);
  n_parts = query_cut (&query);
  persea_parts_run (n_parts, part_scan, &query);
  query.scale = scale;
  query.least = *least = query_find_least (&query, n_hits);
  persea_parts_run (n_parts, part_sift, &query);
  for (size_t i = 0; i < n_parts; i++)
    {
      g_autoptr (GArray) found = query.parts[i].candidates;

      g_array_append_vals (candidates, found->data, found->len);
      *tail += query.parts[i].tail;
    }
  g_array_sort (candidates, hit_compare);
  query_clear (&query);
  return candidates;
}

void
persea_text_table_rank (PerseaTextTable *table,
                        const float     *image,
                        float            logit_scale,
                        size_t           n_hits,
                        PerseaTextHit   *hits)
{
  g_autoptr (GArray) candidates = NULL;
  const PerseaTextHit *ranked;
  double total = 0, tail = 0;
  float least = 0;

  n_hits = MIN (n_hits, table->n);
  if (n_hits == 0)
    return;
  if (table->n < PERSEA_TEXT_TABLE_SCAN_ROWS || n_hits > table->n / (2 * PERSEA_TEXT_BLOCK))
    candidates = compute_all (table, image);
  else
    candidates = find_best (table, image, logit_scale, n_hits, &least, &tail);
  ranked = (const PerseaTextHit *) candidates->data;

  for (unsigned i = 0; i < candidates->len; i++)
    total += expf ((ranked[i].similarity - ranked[0].similarity) * logit_scale);
  total += tail * exp ((double) (least - ranked[0].similarity) * logit_scale);
  for (size_t i = 0; i < n_hits; i++)
    {
      hits[i] = ranked[i];
      hits[i].score = (float) (expf ((ranked[i].similarity - ranked[0].similarity) * logit_scale) / total);
    }
}
