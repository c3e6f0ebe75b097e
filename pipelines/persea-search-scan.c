/* persea-search-scan.c - one vector against a hundred thousand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A row is converted into a buffer that stays in the nearest cache, and multiplied from there: what
 * that costs is hidden behind the reading of the next row, and several queries share it.  No fma:
 * products and sums would be fused, and come out differently.
 */
#include "config.h"

#include "persea-search-scan.h"

#include "persea-dtype.h"
#include "persea-parts.h"

#if defined(__x86_64__)
#define HAVE_X86_VARIANTS 1
#include <immintrin.h>
#define AVX2 __attribute__ ((target ("avx2,f16c")))
#else
#define HAVE_X86_VARIANTS 0
#endif

/* sums side by side */
#define SCAN_LANES 32
/* fewer rows are not worth a thread */
#define SCAN_ROWS_OF_A_THREAD 4096

typedef struct
{
  void  (*convert) (const uint16_t *row, float *out, size_t stride);
  float (*dot) (const float *row, const float *query, size_t stride);
} ScanVariant;

typedef struct
{
  const PerseaSearchScan *scan;
  const ScanVariant      *variant;
  size_t                  first, end;
  float                  *products;
} ScanPart;

size_t
persea_search_scan_stride (size_t dim)
{
  return (dim + SCAN_LANES - 1) / SCAN_LANES * SCAN_LANES;
}

static float
scan_add_lanes (float lanes[SCAN_LANES])
{
  for (size_t half = SCAN_LANES / 2; half > 0; half /= 2)
    for (size_t i = 0; i < half; i++)
      lanes[i] += lanes[i + half];
  return lanes[0];
}

static void
convert_plain (const uint16_t *row, float *out, size_t stride)
{
  persea_dtype_to_f32 (PERSEA_DTYPE_F16, row, out, stride);
}

static float
dot_plain (const float *row, const float *query, size_t stride)
{
  float lanes[SCAN_LANES] = { 0 };

  for (size_t i = 0; i < stride; i += SCAN_LANES)
    for (size_t lane = 0; lane < SCAN_LANES; lane++)
      lanes[lane] += row[i + lane] * query[i + lane];
  return scan_add_lanes (lanes);
}

static const ScanVariant scan_plain = { convert_plain, dot_plain };

#if HAVE_X86_VARIANTS
static AVX2 void
convert_avx2 (const uint16_t *row, float *out, size_t stride)
{
  for (size_t i = 0; i < stride; i += 8)
    _mm256_storeu_ps (out + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (row + i))));
}

static AVX2 __m256
multiply_avx2 (__m256 sum, const float *row, const float *query)
{
  return _mm256_add_ps (sum, _mm256_mul_ps (_mm256_loadu_ps (row), _mm256_loadu_ps (query)));
}

static AVX2 float
dot_avx2 (const float *row, const float *query, size_t stride)
{
  float lanes[SCAN_LANES];
  __m256 a = _mm256_setzero_ps ();
  __m256 b = a, c = a, d = a;

  for (size_t i = 0; i < stride; i += SCAN_LANES)
    {
      a = multiply_avx2 (a, row + i, query + i);
      b = multiply_avx2 (b, row + i + 8, query + i + 8);
      c = multiply_avx2 (c, row + i + 16, query + i + 16);
      d = multiply_avx2 (d, row + i + 24, query + i + 24);
    }
  _mm256_storeu_ps (lanes, a);
  _mm256_storeu_ps (lanes + 8, b);
  _mm256_storeu_ps (lanes + 16, c);
  _mm256_storeu_ps (lanes + 24, d);
  return scan_add_lanes (lanes);
}

static const ScanVariant scan_avx2 = { convert_avx2, dot_avx2 };
#endif

static const ScanVariant *
scan_choose (void)
{
#if HAVE_X86_VARIANTS
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("f16c"))
    return &scan_avx2;
#endif
  return &scan_plain;
}

/* a PerseaPartFunc */
static void
scan_run_part (size_t number, gpointer parts)
{
  const ScanPart *part = (const ScanPart *) parts + number;
  const PerseaSearchScan *scan = part->scan;
  g_autofree float *buffer = g_new (float, scan->stride);

  for (size_t row = part->first; row < part->end; row++)
    {
      part->variant->convert (scan->rows + row * scan->stride, buffer, scan->stride);
      for (size_t query = 0; query < scan->n_queries; query++)
        part->products[row * scan->n_queries + query]
          = part->variant->dot (buffer, scan->queries + query * scan->stride, scan->stride);
    }
}

void
persea_search_scan (const PerseaSearchScan *scan, float *products)
{
  size_t n_parts = CLAMP (scan->n * scan->n_queries / SCAN_ROWS_OF_A_THREAD, 1, g_get_num_processors ());
  g_autofree ScanPart *parts = g_new0 (ScanPart, n_parts);

  for (size_t i = 0; i < n_parts; i++)
    parts[i] = (ScanPart) {
      .scan = scan,
      .variant = scan_choose (),
      .first = scan->n * i / n_parts,
      .end = scan->n * (i + 1) / n_parts,
      .products = products,
    };
  persea_parts_run (n_parts, scan_run_part, parts);
}

/* whether @a comes before @b */
static gboolean
select_is_better (const float *scores, size_t a, size_t b)
{
  return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

static int
select_compare (gconstpointer a, gconstpointer b, gpointer scores)
{
  return select_is_better (scores, *(const size_t *) a, *(const size_t *) b) ? -1 : 1;
}

static int
select_compare_worst_first (gconstpointer a, gconstpointer b, gpointer scores)
{
  return select_compare (b, a, scores);
}

/* @heap: the worst is at the top, no child is worse than its parent, but for a new top */
static void
select_sift (const float *scores, size_t *heap, size_t n)
{
  size_t place = 0;
  size_t moved = heap[0];

  for (size_t child = 1; child < n; child = 2 * place + 1)
    {
      if (child + 1 < n && select_is_better (scores, heap[child], heap[child + 1]))
        child++;
      if (!select_is_better (scores, moved, heap[child]))
        break;
      heap[place] = heap[child];
      place = child;
    }
  heap[place] = moved;
}

size_t
persea_search_select (const float    *scores,
                      const gboolean *wanted,
                      size_t          n,
                      size_t         *best,
                      size_t          n_best)
{
  size_t found = 0;
  size_t i = 0;

  for (; i < n && found < n_best; i++)
    if (!wanted || wanted[i])
      best[found++] = i;
  /* sorted like this, they are a heap */
  g_qsort_with_data (best, (int) found, sizeof *best, select_compare_worst_first, (gpointer) scores);
  for (; i < n && found > 0; i++)
    if ((!wanted || wanted[i]) && select_is_better (scores, i, best[0]))
      {
        best[0] = i;
        select_sift (scores, best, found);
      }
  g_qsort_with_data (best, (int) found, sizeof *best, select_compare, (gpointer) scores);
  return found;
}
