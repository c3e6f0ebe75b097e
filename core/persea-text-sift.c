/* persea-text-sift.c - passes over thousands of estimates
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What `persea rank` does between the scan and the few exact rows.  Each pass is a plain loop and
 * the same in AVX2, without which they would take longer than the scan.  No fma: products and sums
 * would be fused, and come out differently.
 */
#include "config.h"

#include "persea-text-table-private.h"

#if defined(__x86_64__)
#define HAVE_X86_VARIANTS 1
#include <immintrin.h>
#define AVX2 __attribute__ ((target ("avx2")))
#else
#define HAVE_X86_VARIANTS 0
#endif

static int32_t
peak_plain (const int32_t *sums, size_t n)
{
  int32_t peak = INT32_MIN;

  for (size_t i = 0; i < n; i++)
    peak = MAX (peak, sums[i]);
  return peak;
}

/* @rows: so far there are @found of them */
static size_t
select_plain (const int32_t *sums, const float *errors, size_t row, size_t n, const PerseaTextLine *line,
              uint32_t *rows, size_t found)
{
  for (; row < n; row++)
    {
      rows[found] = (uint32_t) row;
      found += !((float) sums[row] * line->factor + errors[row] * line->weight < line->least);
    }
  return found;
}

/* e^x to 0.2%, for x <= 0; nothing below -80 */
static float
rough_exp (float x)
{
  float t = MAX (x, -80.0f) * 1.44269504f;
  int32_t whole = (int32_t) t;
  float part = t - (float) whole; /* -1 to 0 */
  float power = 0.9982753f + part * (0.6660077f + part * 0.1685947f);
  union { int32_t bits; float value; } scale = { .bits = (whole + 127) * (1 << 23) };

  return power * scale.value;
}

static void
add_exponentials_plain (const int32_t *sums, size_t n, float factor, float offset, float lanes[8])
{
  for (size_t i = 0; i < n; i++)
    lanes[i % 8] += rough_exp (MIN ((float) sums[i] * factor + offset, 0.0f));
}

#if HAVE_X86_VARIANTS
static AVX2 int32_t
peak_avx2 (const int32_t *sums)
{
  const __m256i *vectors = (const __m256i *) sums;
  __m256i peaks = _mm256_loadu_si256 (vectors);
  __m128i half;

  for (size_t i = 1; i < PERSEA_TEXT_BLOCK / 8; i++)
    peaks = _mm256_max_epi32 (peaks, _mm256_loadu_si256 (vectors + i));
  half = _mm_max_epi32 (_mm256_castsi256_si128 (peaks), _mm256_extracti128_si256 (peaks, 1));
  half = _mm_max_epi32 (half, _mm_shuffle_epi32 (half, 0x4e));
  return _mm_cvtsi128_si32 (_mm_max_epi32 (half, _mm_shuffle_epi32 (half, 0xb1)));
}

static AVX2 size_t
select_avx2 (const int32_t *sums, const float *errors, size_t n, const PerseaTextLine *line, uint32_t *rows)
{
  const __m256 factor = _mm256_set1_ps (line->factor);
  const __m256 weight = _mm256_set1_ps (line->weight);
  const __m256 least = _mm256_set1_ps (line->least);
  size_t found = 0, row = 0;

  for (; row + 8 <= n; row += 8)
    {
      __m256 sum = _mm256_cvtepi32_ps (_mm256_loadu_si256 ((const __m256i *) (sums + row)));
      __m256 reach = _mm256_add_ps (_mm256_mul_ps (sum, factor),
                                    _mm256_mul_ps (_mm256_loadu_ps (errors + row), weight));
      unsigned reached = (unsigned) _mm256_movemask_ps (_mm256_cmp_ps (reach, least, _CMP_NLT_UQ));

      for (; reached; reached &= reached - 1)
        rows[found++] = (uint32_t) (row + (size_t) __builtin_ctz (reached));
    }
  return select_plain (sums, errors, row, n, line, rows, found);
}

static AVX2 size_t
add_exponentials_avx2 (const int32_t *sums, size_t n, float factor, float offset, float lanes[8])
{
  __m256 totals = _mm256_loadu_ps (lanes);
  size_t i = 0;

  for (; i + 8 <= n; i += 8)
    {
      __m256 x = _mm256_cvtepi32_ps (_mm256_loadu_si256 ((const __m256i *) (sums + i)));
      __m256 t, part, power;
      __m256i whole;

      x = _mm256_add_ps (_mm256_mul_ps (x, _mm256_set1_ps (factor)), _mm256_set1_ps (offset));
      x = _mm256_max_ps (_mm256_min_ps (x, _mm256_setzero_ps ()), _mm256_set1_ps (-80.0f));
      t = _mm256_mul_ps (x, _mm256_set1_ps (1.44269504f));
      whole = _mm256_cvttps_epi32 (t);
      part = _mm256_sub_ps (t, _mm256_cvtepi32_ps (whole));
      power = _mm256_add_ps (_mm256_set1_ps (0.6660077f), _mm256_mul_ps (part, _mm256_set1_ps (0.1685947f)));
      power = _mm256_add_ps (_mm256_set1_ps (0.9982753f), _mm256_mul_ps (part, power));
      whole = _mm256_slli_epi32 (_mm256_add_epi32 (whole, _mm256_set1_epi32 (127)), 23);
      totals = _mm256_add_ps (totals, _mm256_mul_ps (power, _mm256_castsi256_ps (whole)));
    }
  _mm256_storeu_ps (lanes, totals);
  return i;
}
#endif

void
persea_text_find_peaks (const int32_t *sums, size_t n, int32_t *peaks)
{
  for (size_t block = 0; block * PERSEA_TEXT_BLOCK < n; block++)
    {
      const int32_t *first = sums + block * PERSEA_TEXT_BLOCK;
      size_t size = MIN (PERSEA_TEXT_BLOCK, n - block * PERSEA_TEXT_BLOCK);

#if HAVE_X86_VARIANTS
      if (size == PERSEA_TEXT_BLOCK && __builtin_cpu_supports ("avx2"))
        peaks[block] = peak_avx2 (first);
      else
#endif
        peaks[block] = peak_plain (first, size);
    }
}

size_t
persea_text_select (const int32_t *sums, const float *errors, size_t n, const PerseaTextLine *line, uint32_t *rows)
{
#if HAVE_X86_VARIANTS
  if (__builtin_cpu_supports ("avx2"))
    return select_avx2 (sums, errors, n, line, rows);
#endif
  return select_plain (sums, errors, 0, n, line, rows, 0);
}

double
persea_text_sum_exponentials (const int32_t *sums, size_t n, float factor, float offset)
{
  float lanes[8] = { 0 };
  double total = 0;
  size_t done = 0;

#if HAVE_X86_VARIANTS
  if (__builtin_cpu_supports ("avx2"))
    done = add_exponentials_avx2 (sums, n, factor, offset, lanes);
#endif
  add_exponentials_plain (sums + done, n - done, factor, offset, lanes);
  for (size_t lane = 0; lane < 8; lane++)
    total += lanes[lane];
  return total;
}
