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

/* Memory is asked for so many rows ahead of time: in a list it could not be foreseen, and in a stream
 * processors do not look beyond the end of a page. */
#define AHEAD 16

static inline const uint8_t *
scan_find_row (const PerseaTextScan *scan, size_t row)
{
  return scan->plane + (scan->rows ? scan->rows[row] : row) * scan->stride;
}

static inline const uint8_t *
scan_get_row (const PerseaTextScan *scan, size_t row)
{
  if (row + AHEAD < scan->n)
    {
      const uint8_t *ahead = scan_find_row (scan, row + AHEAD);

      for (size_t i = 0; i < scan->stride; i += 64)
        __builtin_prefetch (ahead + i);
    }
  return scan_find_row (scan, row);
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
#define AVX2 __attribute__ ((target ("avx2")))

/* Sixteen sums of four products, each of at most 15 · 127, from 64 elements. */
static inline AVX2 __m256i
avx2_multiply (const uint8_t *row, const int8_t *low, const int8_t *high)
{
  const __m256i mask = _mm256_set1_epi8 (15);
  __m256i both = _mm256_loadu_si256 ((const __m256i *) row);
  __m256i first = _mm256_and_si256 (both, mask);
  __m256i second = _mm256_and_si256 (_mm256_srli_epi16 (both, 4), mask);

  return _mm256_add_epi16 (_mm256_maddubs_epi16 (first, _mm256_loadu_si256 ((const __m256i *) low)),
                           _mm256_maddubs_epi16 (second, _mm256_loadu_si256 ((const __m256i *) high)));
}

static AVX2 void
scan_avx2 (const PerseaTextScan *scan, int32_t *sums)
{
  const __m256i ones = _mm256_set1_epi16 (1);
  size_t stride = scan->stride;

  for (size_t row = 0; row < scan->n; row++)
    {
      const uint8_t *plane = scan_get_row (scan, row);
      __m256i sum = _mm256_setzero_si256 ();
      __m128i half;

      for (size_t i = 0; i < stride; i += 64)
        {
          const int8_t *low = scan->query + i;
          const int8_t *high = low + stride;
          /* 8 · 15 · 127 is within 16 bits */
          __m256i pairs = _mm256_add_epi16 (avx2_multiply (plane + i, low, high),
                                            avx2_multiply (plane + i + 32, low + 32, high + 32));

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
