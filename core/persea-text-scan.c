/* persea-text-scan.c - one vector of bytes against thousands of half bytes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inner loops of `persea rank`.  32,768 rows of 512 are 8 MiB of half bytes: with VNNI the scan
 * waits for memory.  All variants give the same numbers; the processor is asked which one to take.
 */
#include "config.h"

#include "persea-text-table-private.h"

#if defined(__x86_64__)
#define HAVE_X86_VARIANTS 1
#include <immintrin.h>
#else
#define HAVE_X86_VARIANTS 0
#endif

/* rows in a list are asked for so many rows ahead of time; a stream needs no asking */
#define AHEAD 16

static inline const uint8_t *
scan_get_row (const PerseaTextScan *scan, size_t row)
{
  if (!scan->rows)
    return scan->plane + row * scan->stride;
  if (row + AHEAD < scan->n)
    for (size_t i = 0; i < scan->stride; i += 64)
      __builtin_prefetch (scan->plane + scan->rows[row + AHEAD] * scan->stride + i, 0, 2);
  return scan->plane + scan->rows[row] * scan->stride;
}

static __attribute__ ((optimize ("O3"))) void
scan_plain (const PerseaTextScan *scan, int32_t *sums)
{
  const int8_t *query = scan->query;
  size_t stride = scan->stride;

  for (size_t row = 0; row < scan->n; row++)
    {
      const uint8_t *plane = scan_get_row (scan, row);
      int32_t sum = 0;

      for (size_t i = 0; i < stride; i++)
        sum += (int16_t) query[i] * (int16_t) (plane[i] & 15)
               + (int16_t) query[stride + i] * (int16_t) (plane[i] >> 4);
      sums[row] = sum;
    }
}

#if HAVE_X86_VARIANTS
static __attribute__ ((target ("avx2"))) void
scan_avx2 (const PerseaTextScan *scan, int32_t *sums)
{
  const int8_t *query = scan->query;
  size_t stride = scan->stride;
  const __m256i ones = _mm256_set1_epi16 (1);
  const __m256i mask = _mm256_set1_epi8 (15);

  for (size_t row = 0; row < scan->n; row++)
    {
      const uint8_t *plane = scan_get_row (scan, row);
      __m256i sum = _mm256_setzero_si256 ();
      __m128i half;

      for (size_t i = 0; i < stride; i += 32)
        {
          __m256i both = _mm256_loadu_si256 ((const __m256i *) (plane + i));
          __m256i low = _mm256_and_si256 (both, mask);
          __m256i high = _mm256_and_si256 (_mm256_srli_epi16 (both, 4), mask);
          __m256i q = _mm256_loadu_si256 ((const __m256i *) (query + i));
          __m256i r = _mm256_loadu_si256 ((const __m256i *) (query + stride + i));
          /* four products of at most 15 · 127: far from the end of 16 bits */
          __m256i pairs = _mm256_add_epi16 (_mm256_maddubs_epi16 (low, q), _mm256_maddubs_epi16 (high, r));

          sum = _mm256_add_epi32 (sum, _mm256_madd_epi16 (pairs, ones));
        }
      half = _mm_add_epi32 (_mm256_castsi256_si128 (sum), _mm256_extracti128_si256 (sum, 1));
      half = _mm_add_epi32 (half, _mm_shuffle_epi32 (half, 0x4e));
      half = _mm_add_epi32 (half, _mm_shuffle_epi32 (half, 0xb1));
      sums[row] = _mm_cvtsi128_si32 (half);
    }
}

#define VNNI __attribute__ ((target ("avx512f,avx512bw,avx512vnni")))

/* [a, b, a, b] in each 128 bits, from pairs of neighbours */
static inline VNNI __m512i
vnni_add_pairs (__m512i a, __m512i b)
{
  return _mm512_add_epi32 (_mm512_unpacklo_epi32 (a, b), _mm512_unpackhi_epi32 (a, b));
}

/* the totals of four times sixteen partial sums */
static inline VNNI __m128i
vnni_add_all (__m512i a, __m512i b, __m512i c, __m512i d)
{
  __m512i ab = vnni_add_pairs (a, b);
  __m512i cd = vnni_add_pairs (c, d);
  __m512i all = _mm512_add_epi32 (_mm512_unpacklo_epi64 (ab, cd), _mm512_unpackhi_epi64 (ab, cd));
  __m256i half = _mm256_add_epi32 (_mm512_castsi512_si256 (all), _mm512_extracti64x4_epi64 (all, 1));

  return _mm_add_epi32 (_mm256_castsi256_si128 (half), _mm256_extracti128_si256 (half, 1));
}

/* @sum and the products of 128 elements */
static inline VNNI __m512i
vnni_add (__m512i sum, const uint8_t *row, __m512i low, __m512i high)
{
  const __m512i mask = _mm512_set1_epi8 (15);
  __m512i both = _mm512_loadu_si512 (row);

  sum = _mm512_dpbusd_epi32 (sum, _mm512_and_si512 (both, mask), low);
  return _mm512_dpbusd_epi32 (sum, _mm512_and_si512 (_mm512_srli_epi16 (both, 4), mask), high);
}

static VNNI void
scan_vnni (const PerseaTextScan *scan, int32_t *sums)
{
  const int8_t *query = scan->query;
  size_t stride = scan->stride;
  size_t row = 0;

  for (; row + 4 <= scan->n; row += 4)
    {
      const uint8_t *rows[4] = { scan_get_row (scan, row), scan_get_row (scan, row + 1),
                                 scan_get_row (scan, row + 2), scan_get_row (scan, row + 3) };
      __m512i a = _mm512_setzero_si512 (), b = a, c = a, d = a;

      for (size_t i = 0; i < stride; i += 64)
        {
          __m512i low = _mm512_loadu_si512 (query + i);
          __m512i high = _mm512_loadu_si512 (query + stride + i);

          a = vnni_add (a, rows[0] + i, low, high);
          b = vnni_add (b, rows[1] + i, low, high);
          c = vnni_add (c, rows[2] + i, low, high);
          d = vnni_add (d, rows[3] + i, low, high);
        }
      _mm_storeu_si128 ((__m128i *) (sums + row), vnni_add_all (a, b, c, d));
    }
  for (; row < scan->n; row++)
    {
      const uint8_t *last = scan_get_row (scan, row);
      __m512i sum = _mm512_setzero_si512 ();

      for (size_t i = 0; i < stride; i += 64)
        sum = vnni_add (sum, last + i, _mm512_loadu_si512 (query + i), _mm512_loadu_si512 (query + stride + i));
      sums[row] = _mm512_reduce_add_epi32 (sum);
    }
}
#endif

void
persea_text_scan (const PerseaTextScan *scan, int32_t *sums)
{
#if HAVE_X86_VARIANTS
  if (__builtin_cpu_supports ("avx512vnni") && __builtin_cpu_supports ("avx512bw"))
    scan_vnni (scan, sums);
  else if (__builtin_cpu_supports ("avx2"))
    scan_avx2 (scan, sums);
  else
#endif
    scan_plain (scan, sums);
}
