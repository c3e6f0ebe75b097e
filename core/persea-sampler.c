/* persea-sampler.c - from logits to one of the codes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Order as in min_dalle/models/dalle_bart_decoder.py.  Done for every candidate and every code, so
 * it must take microseconds: nothing is sorted, thresholds come from histograms of the numbers'
 * bits, and loops over all entries go by blocks that compilers turn into vectors.  The exponential
 * is our own, since those of C libraries differ in the last bit; meson.build keeps the compiler
 * from fusing its products and sums.
 */
#include "config.h"

#include "persea-sampler.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

#define LANES 16
#define GROUPS 1024

gboolean
persea_sampling_check (const PerseaSampling *sampling, GError **error)
{
  if (!(sampling->temperature >= 0 && sampling->temperature <= 1000))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "temperature: expected 0 to 1000, found %g", sampling->temperature);
      return FALSE;
    }
  if (!(sampling->top_p > 0 && sampling->top_p <= 1))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "top-p: expected a number above 0, up to 1, found %g", sampling->top_p);
      return FALSE;
    }
  return TRUE;
}

void
persea_sampler_guide (float *logits, const float *unconditional, size_t n, float guidance)
{
  for (size_t i = 0; i < n; i++)
    logits[i] = unconditional[i] + guidance * (logits[i] - unconditional[i]);
}

/* exp (x) for x up to 0: 2^n · exp (r), |r| up to ln 2 / 2, with Taylor's polynomial of degree 7,
 * whose remainder is below 6e-9; 0 below exp (-87) */
static inline float
sampler_exp (float exact)
{
  float x = exact > -87 ? exact : -87;
  float shifted = x * 1.44269504f + 12582912.0f; /* 1.5 · 2^23: rounds to an integer */
  float n = shifted - 12582912.0f;
  float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float y = 1.98412698e-4f;
  uint32_t bits;
  float power;

  y = y * r + 1.38888889e-3f;
  y = y * r + 8.33333333e-3f;
  y = y * r + 4.16666667e-2f;
  y = y * r + 1.66666667e-1f;
  y = y * r + 0.5f;
  y = y * r * r + r + 1;

  memcpy (&bits, &shifted, sizeof bits);
  bits -= 0x4b400000 - 127; /* the bits of 1.5 · 2^23: what is more is the integer */
  bits = bits << 23 & -(uint32_t) (exact > -87);
  memcpy (&power, &bits, sizeof power);
  return y * power;
}

/* in place, values of which the largest is given */
static void
sampler_weigh (float *values, size_t n, float largest, float temperature)
{
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (unsigned lane = 0; lane < LANES; lane++)
      values[i + lane] = sampler_exp ((values[i + lane] - largest) / temperature);
  for (; i < n; i++)
    values[i] = sampler_exp ((values[i] - largest) / temperature);
}

/* NaN if not all are finite */
static float
sampler_find_largest (const float *values, size_t n)
{
  float largest[LANES], nothing[LANES] = { 0 };
  size_t i = 0;

  for (unsigned lane = 0; lane < LANES; lane++)
    largest[lane] = values[0];
  for (; i + LANES <= n; i += LANES)
    for (unsigned lane = 0; lane < LANES; lane++)
      {
        float value = values[i + lane];

        largest[lane] = value > largest[lane] ? value : largest[lane];
        nothing[lane] += value * 0;
      }
  for (; i < n; i++)
    {
      largest[0] = MAX (largest[0], values[i]);
      nothing[0] += values[i] * 0;
    }
  for (unsigned lane = 1; lane < LANES; lane++)
    {
      largest[0] = MAX (largest[0], largest[lane]);
      nothing[0] += nothing[lane];
    }
  return largest[0] + nothing[0];
}

static size_t
sampler_find_first (const float *values, float value)
{
  size_t i = 0;

  while (values[i] != value)
    i++;
  return i;
}

/* bits whose order as integers is the order of the numbers */
static inline uint32_t
sampler_key (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

static inline float
sampler_value (uint32_t key)
{
  uint32_t bits = key & 0x80000000 ? key & 0x7fffffff : ~key;
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* The largest t such that the values from t on together weigh @goal or more: 1 each, or what they
 * are themselves.  By histograms of the upper, the middle and the lower bits, each of those that
 * the one before could not part. */
static float
sampler_find_threshold (const float *values, size_t n, gboolean weighed, double goal)
{
  static const struct { unsigned shift, mask; } levels[] = { { 21, 2047 }, { 10, 2047 }, { 0, 1023 } };
  g_autofree uint32_t *keys = g_new (uint32_t, n);
  double weights[2048];
  uint32_t bin = 0;

  for (size_t i = 0; i < n; i++)
    keys[i] = sampler_key (values[i]);
  for (unsigned level = 0; level < G_N_ELEMENTS (levels); level++)
    {
      unsigned shift = levels[level].shift, mask = levels[level].mask;
      double sum = 0;
      size_t n_left = 0;
      int lowest = -1;

      memset (weights, 0, sizeof weights);
      for (size_t i = 0; i < n; i++)
        weights[keys[i] >> shift & mask] += weighed ? sampler_value (keys[i]) : 1;
      for (int i = mask; i >= 0 && (lowest < 0 || sum + weights[lowest] < goal); i--)
        if (weights[i] > 0)
          {
            sum += lowest < 0 ? 0 : weights[lowest];
            lowest = i;
          }
      bin = MAX (lowest, 0);
      goal -= sum;
      for (size_t i = 0; i < n; i++)
        if ((keys[i] >> shift & mask) == bin)
          keys[n_left++] = keys[i];
      n = n_left;
    }
  return sampler_value (keys[0]);
}

/* Not above the k-th largest, and with few values above it: the k-th largest of the maxima of
 * groups.  So the bits of few values need be looked at.  -inf if there are not enough groups. */
static float
sampler_find_lower_bound (const float *values, size_t n, size_t k)
{
  float largest[GROUPS];
  size_t i = GROUPS;

  if (n < 2 * GROUPS || k > GROUPS / 2)
    return -INFINITY;
  memcpy (largest, values, sizeof largest);
  for (; i + GROUPS <= n; i += GROUPS)
    for (unsigned group = 0; group < GROUPS; group++)
      largest[group] = values[i + group] > largest[group] ? values[i + group] : largest[group];
  return sampler_find_threshold (largest, GROUPS, FALSE, k);
}

/* Leaves those from @threshold on; @codes says what they are */
static size_t
sampler_keep (float *values, int32_t *codes, size_t n, float threshold)
{
  size_t n_kept = 0;

  for (size_t i = 0; i < n; i++)
    {
      values[n_kept] = values[i];
      codes[n_kept] = codes[i];
      n_kept += values[i] >= threshold;
    }
  return n_kept;
}

/* Top-k: fills @values and @codes with what stays */
static size_t
sampler_select (const float *logits, size_t n, size_t k, float *values, int32_t *codes)
{
  float bound = k < n ? sampler_find_lower_bound (logits, n, k) : -INFINITY;
  size_t n_kept = 0;

  for (size_t i = 0; i < n; i++)
    {
      if (logits[i] < bound) /* nearly always: a branch is quicker than to store */
        continue;
      values[n_kept] = logits[i];
      codes[n_kept++] = i;
    }
  if (k < n)
    n_kept = sampler_keep (values, codes, n_kept, sampler_find_threshold (values, n_kept, FALSE, k));
  return n_kept;
}

static double
sampler_sum (const float *weights, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += weights[i];
  return sum;
}

int32_t
persea_sampler_draw (const PerseaSampling *sampling, const float *logits, size_t n, double uniform)
{
  float largest = sampler_find_largest (logits, n);

  if (!isfinite (largest))
    return -1;
  if (sampling->temperature == 0)
    return sampler_find_first (logits, largest);

  g_autofree float *weights = g_new (float, n);
  g_autofree int32_t *codes = g_new (int32_t, n);

  n = sampler_select (logits, n, sampling->top_k > 0 ? sampling->top_k : n, weights, codes);
  sampler_weigh (weights, n, largest, sampling->temperature);
  if (sampling->top_p < 1)
    n = sampler_keep (weights, codes, n,
                      sampler_find_threshold (weights, n, TRUE,
                                              sampling->top_p * sampler_sum (weights, n)));

  double goal = uniform * sampler_sum (weights, n), sum = 0;
  size_t i = 0;
  for (sum = weights[0]; sum <= goal && i + 1 < n; sum += weights[i])
    i++;
  return codes[i];
}
