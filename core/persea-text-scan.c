/* persea-text-scan.c - one int8 vector against thousands
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inner loop of `persea rank`.  32,768 rows of 512 are 16 MiB: with VNNI the loop waits for
 * memory, so two rows at a time and nothing else is what it takes.  All variants give the same
 * integers; the processor is asked which one to take.
 */
#include "config.h"

#include "persea-text-table-private.h"

#if defined(__x86_64__)
#define HAVE_X86_VARIANTS 1
#include <immintrin.h>
#else
#define HAVE_X86_VARIANTS 0
#endif

static inline __attribute__ ((always_inline)) void
scan_rows (const uint8_t *query, const int8_t *compact, size_t n, size_t stride, int32_t *sums)
{
  for (size_t row = 0; row < n; row++, compact += stride)
    {
      int32_t sum = 0;

      for (size_t i = 0; i < stride; i++)
        sum += (int16_t) query[i] * (int16_t) compact[i];
      sums[row] = sum;
    }
}

static __attribute__ ((optimize ("O3"))) void
scan_plain (const uint8_t *query, const int8_t *compact, size_t n, size_t stride, int32_t *sums)
{
  scan_rows (query, compact, n, stride, sums);
}

#if HAVE_X86_VARIANTS
static __attribute__ ((target ("avx2"))) void
scan_avx2 (const uint8_t *query, const int8_t *compact, size_t n, size_t stride, int32_t *sums)
{
  for (size_t row = 0; row < n; row++, compact += stride)
    {
      __m256i sum = _mm256_setzero_si256 ();
      __m128i half;

      for (size_t i = 0; i < stride; i += 16)
        {
          __m256i q = _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) (query + i)));
          __m256i w = _mm256_cvtepi8_epi16 (_mm_loadu_si128 ((const __m128i *) (compact + i)));

          sum = _mm256_add_epi32 (sum, _mm256_madd_epi16 (q, w));
        }
      half = _mm_add_epi32 (_mm256_castsi256_si128 (sum), _mm256_extracti128_si256 (sum, 1));
      half = _mm_add_epi32 (half, _mm_shuffle_epi32 (half, 0x4e));
      half = _mm_add_epi32 (half, _mm_shuffle_epi32 (half, 0xb1));
      sums[row] = _mm_cvtsi128_si32 (half);
    }
}

static __attribute__ ((target ("avx512f,avx512bw,avx512vnni"))) void
scan_vnni (const uint8_t *query, const int8_t *compact, size_t n, size_t stride, int32_t *sums)
{
  size_t row = 0;

  for (; row + 2 <= n; row += 2, compact += 2 * stride)
    {
      __m512i a = _mm512_setzero_si512 ();
      __m512i b = _mm512_setzero_si512 ();

      for (size_t i = 0; i < stride; i += 64)
        {
          __m512i q = _mm512_loadu_si512 (query + i);

          a = _mm512_dpbusd_epi32 (a, q, _mm512_loadu_si512 (compact + i));
          b = _mm512_dpbusd_epi32 (b, q, _mm512_loadu_si512 (compact + stride + i));
        }
      sums[row] = _mm512_reduce_add_epi32 (a);
      sums[row + 1] = _mm512_reduce_add_epi32 (b);
    }
  scan_rows (query, compact, n - row, stride, sums + row);
}
#endif

void
persea_text_scan (const uint8_t *query, const int8_t *compact, size_t n, size_t stride, int32_t *sums)
{
#if HAVE_X86_VARIANTS
  if (__builtin_cpu_supports ("avx512vnni") && __builtin_cpu_supports ("avx512bw"))
    scan_vnni (query, compact, n, stride, sums);
  else if (__builtin_cpu_supports ("avx2"))
    scan_avx2 (query, compact, n, stride, sums);
  else
#endif
    scan_plain (query, compact, n, stride, sums);
}
