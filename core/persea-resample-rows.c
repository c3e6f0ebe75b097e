/* persea-resample-rows.c - the inner loops of resampling
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Once in plain C, and once for AVX2, where eight 32-bit integers are computed at a time.  Eight
 * pixels are 24 bytes, red, green, blue, red, …: three vectors, whose lanes are sorted by colour
 * only at the very end.  Both give the same integers; the processor is asked which one to take.
 */
#include "config.h"

#include "persea-resample-private.h"

#if defined(__x86_64__)
#define HAVE_AVX2_VARIANT 1
#include <immintrin.h>
#else
#define HAVE_AVX2_VARIANT 0
#endif

void
persea_resample_kernel_init (PerseaResampleKernel *kernel,
                             int                   n_out,
                             int                   n_taps,
                             const int            *first,
                             const int32_t        *weights)
{
  size_t n = (size_t) n_out * n_taps * 3;

  kernel->n_out = n_out;
  kernel->n_taps = n_taps;
  kernel->first = first;
  kernel->weights = g_new (int32_t, n);
  for (size_t i = 0; i < n; i++)
    kernel->weights[i] = weights[i / 3];
#if HAVE_AVX2_VARIANT
  kernel->have_avx2 = __builtin_cpu_supports ("avx2");
#endif
}

void
persea_resample_kernel_clear (PerseaResampleKernel *kernel)
{
  g_clear_pointer (&kernel->weights, g_free);
}

static inline uint8_t
round_sum (int32_t sum)
{
  sum = (sum + (1 << (PERSEA_RESAMPLE_BITS - 1))) >> PERSEA_RESAMPLE_BITS;
  return CLAMP (sum, 0, 255);
}

static void
rows_plain (const PerseaResampleKernel *kernel,
            const uint8_t              *row,
            uint8_t                    *narrow)
{
  const int32_t *weights = kernel->weights;

  for (int x = 0; x < kernel->n_out; x++, weights += kernel->n_taps * 3)
    {
      const uint8_t *from = row + (size_t) kernel->first[x] * 3;
      int32_t red = 0, green = 0, blue = 0;

      for (int i = 0; i < kernel->n_taps * 3; i += 3)
        {
          red += weights[i] * from[i];
          green += weights[i] * from[i + 1];
          blue += weights[i] * from[i + 2];
        }
      narrow[x * 3] = round_sum (red);
      narrow[x * 3 + 1] = round_sum (green);
      narrow[x * 3 + 2] = round_sum (blue);
    }
}

static void
accumulate_plain (int32_t *sums, const uint8_t *row, int32_t weight, size_t n)
{
  for (size_t i = 0; i < n; i++)
    sums[i] += weight * row[i];
}

#if HAVE_AVX2_VARIANT
#define AVX2 __attribute__ ((target ("avx2")))

static inline AVX2 __m256i
add_products (__m256i sum, __m256i weights, const uint8_t *bytes)
{
  __m256i pixels = _mm256_cvtepu8_epi32 (_mm_loadl_epi64 ((const __m128i *) bytes));

  return _mm256_add_epi32 (sum, _mm256_mullo_epi32 (weights, pixels));
}

/* 24 lanes, whose colours follow each other, become one pixel */
static inline AVX2 void
store_pixel (const __m256i *sums, uint8_t *pixel)
{
  int32_t lanes[24];

  for (int v = 0; v < 3; v++)
    _mm256_storeu_si256 ((__m256i *) (lanes + v * 8), sums[v]);
  for (int color = 0; color < 3; color++)
    {
      int32_t sum = 0;

      for (int i = color; i < 24; i += 3)
        sum += lanes[i];
      pixel[color] = round_sum (sum);
    }
}

/* Two rows, so that every weight is loaded once for both. */
static AVX2 void
rows_avx2 (const PerseaResampleKernel *kernel,
           const uint8_t              *rows,
           size_t                      stride,
           uint8_t                    *narrow)
{
  const int32_t *weights = kernel->weights;

  for (int x = 0; x < kernel->n_out; x++)
    {
      const uint8_t *from = rows + (size_t) kernel->first[x] * 3;
      __m256i a0 = _mm256_setzero_si256 (), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0;

      for (int tap = 0; tap < kernel->n_taps; tap += 8, weights += 24, from += 24)
        {
          __m256i w0 = _mm256_loadu_si256 ((const __m256i *) weights);
          __m256i w1 = _mm256_loadu_si256 ((const __m256i *) (weights + 8));
          __m256i w2 = _mm256_loadu_si256 ((const __m256i *) (weights + 16));

          a0 = add_products (a0, w0, from);
          a1 = add_products (a1, w1, from + 8);
          a2 = add_products (a2, w2, from + 16);
          b0 = add_products (b0, w0, from + stride);
          b1 = add_products (b1, w1, from + stride + 8);
          b2 = add_products (b2, w2, from + stride + 16);
        }
      store_pixel ((const __m256i[]) { a0, a1, a2 }, narrow + x * 3);
      store_pixel ((const __m256i[]) { b0, b1, b2 }, narrow + ((size_t) kernel->n_out + x) * 3);
    }
}

static AVX2 void
accumulate_avx2 (int32_t *sums, const uint8_t *row, int32_t weight, size_t n)
{
  __m256i weights = _mm256_set1_epi32 (weight);
  size_t i = 0;

  for (; i + 8 <= n; i += 8)
    {
      __m256i *at = (__m256i *) (sums + i);

      _mm256_storeu_si256 (at, add_products (_mm256_loadu_si256 (at), weights, row + i));
    }
  accumulate_plain (sums + i, row + i, weight, n - i);
}
#endif

void
persea_resample_rows (const PerseaResampleKernel *kernel,
                      const uint8_t              *rows,
                      size_t                      stride,
                      uint8_t                    *narrow)
{
#if HAVE_AVX2_VARIANT
  if (kernel->have_avx2)
    {
      rows_avx2 (kernel, rows, stride, narrow);
      return;
    }
#endif
  for (int row = 0; row < PERSEA_RESAMPLE_ROWS; row++)
    rows_plain (kernel, rows + row * stride, narrow + (size_t) row * kernel->n_out * 3);
}

void
persea_resample_accumulate (const PerseaResampleKernel *kernel,
                            int32_t                    *sums,
                            const uint8_t              *row,
                            int32_t                     weight,
                            size_t                      n)
{
#if HAVE_AVX2_VARIANT
  if (kernel->have_avx2)
    {
      accumulate_avx2 (sums, row, weight, n);
      return;
    }
#endif
  accumulate_plain (sums, row, weight, n);
}
