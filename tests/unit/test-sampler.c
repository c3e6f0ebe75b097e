/* test-sampler.c - tests of persea-sampler.c
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-error.h"
#include "persea-random.h"
#include "persea-sampler.h"

#include <math.h>
#include <stdlib.h>

static float *
random_logits (size_t n, uint64_t seed)
{
  float *logits = g_new (float, n);

  /* sums of uniform numbers are nearly normal; rounded, so that there are ties */
  for (size_t i = 0; i < n; i++)
    {
      double sum = -6;

      for (unsigned j = 0; j < 12; j++)
        sum += persea_random_uniform (seed, j, i);
      logits[i] = rint (sum * 64) / 16;
    }
  return logits;
}

static int
compare_descending (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? 1 : x > y ? -1 : 0;
}

/* the documented order, written down as plainly as can be, in f64 */
static void
oracle_probabilities (const PerseaSampling *sampling, const float *logits, size_t n,
                      double *probabilities)
{
  g_autofree double *sorted = g_new (double, n);
  double sum = 0, mass = 0, threshold;

  for (size_t i = 0; i < n; i++)
    sorted[i] = logits[i];
  qsort (sorted, n, sizeof *sorted, compare_descending);
  threshold = sampling->top_k > 0 && sampling->top_k < n ? sorted[sampling->top_k - 1] : -INFINITY;
  for (size_t i = 0; i < n; i++)
    {
      probabilities[i] = logits[i] < threshold
                           ? 0
                           : exp ((logits[i] - sorted[0]) / sampling->temperature);
      sum += probabilities[i];
    }

  for (size_t i = 0; i < n; i++)
    sorted[i] = probabilities[i];
  qsort (sorted, n, sizeof *sorted, compare_descending);
  threshold = 0;
  for (size_t i = 0; sampling->top_p < 1 && mass < sampling->top_p * sum; i++)
    mass += threshold = sorted[i];
  sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += probabilities[i] = probabilities[i] < threshold ? 0 : probabilities[i];
  for (size_t i = 0; i < n; i++)
    probabilities[i] /= sum;
}

static const PerseaSampling samplings[] = {
  { .temperature = 1, .top_k = 0, .top_p = 1 },
  { .temperature = 1, .top_k = 1, .top_p = 1 },
  { .temperature = 1, .top_k = 50, .top_p = 1 },
  { .temperature = 0.7f, .top_k = 256, .top_p = 1 },
  { .temperature = 1, .top_k = 0, .top_p = 0.9f },
  { .temperature = 1, .top_k = 0, .top_p = 0.01f },
  { .temperature = 1.5f, .top_k = 100, .top_p = 0.5f },
  { .temperature = 0.05f, .top_k = 0, .top_p = 1 },
};

/* For each entry, numbers just inside both ends of its share must give it. */
static void
test_inverse (void)
{
  static const size_t sizes[] = { 1, 2, 15, 16, 17, 1000, 16384 };

  for (unsigned s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (unsigned c = 0; c < G_N_ELEMENTS (samplings); c++)
      {
        size_t n = sizes[s];
        g_autofree float *logits = random_logits (n, 100 * s + c);
        g_autofree double *probabilities = g_new (double, n);
        double below = 0;
        unsigned n_tested = 0;

        oracle_probabilities (&samplings[c], logits, n, probabilities);
        for (size_t i = 0; i < n; below += probabilities[i++])
          {
            double margin = 2e-7; /* of weights in f32 */

            if (probabilities[i] <= 4 * margin || n_tested > 200)
              continue;
            n_tested++;
            g_assert_cmpint (persea_sampler_draw (&samplings[c], logits, n, below + margin), ==, i);
            g_assert_cmpint (persea_sampler_draw (&samplings[c], logits, n,
                                                  below + probabilities[i] - margin),
                             ==, i);
          }
        g_assert_cmpuint (n_tested, >, 0);
      }
}

/* Chi squared of what is drawn against the probabilities */
static void
test_distribution (void)
{
  enum { N = 300, DRAWS = 40000 };

  for (unsigned c = 0; c < G_N_ELEMENTS (samplings); c++)
    {
      g_autofree float *logits = random_logits (N, c);
      double probabilities[N], square = 0;
      unsigned counts[N] = { 0 }, degrees = 0;

      oracle_probabilities (&samplings[c], logits, N, probabilities);
      for (unsigned i = 0; i < DRAWS; i++)
        counts[persea_sampler_draw (&samplings[c], logits, N, persea_random_uniform (5, i, c))]++;
      for (unsigned i = 0; i < N; i++)
        {
          double expected = probabilities[i] * DRAWS;

          if (probabilities[i] == 0)
            g_assert_cmpuint (counts[i], ==, 0);
          if (expected < 5)
            continue;
          square += (counts[i] - expected) * (counts[i] - expected) / expected;
          degrees++;
        }
      /* its mean is the degrees of freedom, its variance twice that */
      g_assert_cmpfloat (square, <, degrees + 5 * sqrt (2.0 * degrees));
      g_assert_cmpuint (degrees, >, 0);
    }
}

static void
test_greedy (void)
{
  const float logits[] = { -3, 7, 2, 7, -1 };

  g_assert_cmpint (persea_sampler_draw (&(PerseaSampling) { .temperature = 0, .top_p = 1 }, logits,
                                        5, 0.99),
                   ==, 1);
}

/* as torch.topk with a comparison afterwards does it in min-dalle */
static void
test_ties_at_threshold (void)
{
  const float logits[] = { 1, 0, 1, -5, 0, 0, -0.0f };
  const PerseaSampling sampling = { .temperature = 1, .top_k = 3, .top_p = 1 };
  unsigned seen = 0;

  for (unsigned i = 0; i < 1000; i++)
    seen |= 1u << persea_sampler_draw (&sampling, logits, G_N_ELEMENTS (logits), i / 1000.0);
  g_assert_cmphex (seen, ==, 0x77);
}

static void
test_ends (void)
{
  const float logits[] = { -200, 0, 0, -200 };
  const PerseaSampling sampling = { .temperature = 1, .top_k = 0, .top_p = 1 };

  g_assert_cmpint (persea_sampler_draw (&sampling, logits, 4, 0), ==, 1);
  g_assert_cmpint (persea_sampler_draw (&sampling, logits, 4, 0.5), ==, 2);
  g_assert_cmpint (persea_sampler_draw (&sampling, logits, 4, 1 - 0x1p-53), ==, 2);
}

static void
test_not_finite (void)
{
  static const float bad[] = { NAN, INFINITY, -INFINITY };

  for (unsigned b = 0; b < G_N_ELEMENTS (bad); b++)
    for (unsigned i = 0; i < 37; i++)
      {
        g_autofree float *logits = random_logits (37, 3);

        logits[i] = bad[b];
        g_assert_cmpint (persea_sampler_draw (&samplings[0], logits, 37, 0.5), ==, -1);
      }
}

static void
test_guide (void)
{
  float logits[] = { 1, -2, 3 };
  const float unconditional[] = { 0, 1, 3 };

  persea_sampler_guide (logits, unconditional, 3, 10);
  g_assert_cmpfloat (logits[0], ==, 10);
  g_assert_cmpfloat (logits[1], ==, -29);
  g_assert_cmpfloat (logits[2], ==, 3);
}

static void
test_check (void)
{
  static const struct
  {
    PerseaSampling sampling;
    const char    *complaint; /* NULL: fine */
  } cases[] = {
    { PERSEA_SAMPLING_DEFAULT, NULL },
    { { 0, 0, 1 }, NULL },
    { { -1, 0, 1 }, "temperature: *-1" },
    { { NAN, 0, 1 }, "temperature: *nan" },
    { { INFINITY, 0, 1 }, "temperature: *inf" },
    { { 1, 0, 0 }, "top-p: *0" },
    { { 1, 0, 1.5f }, "top-p: *1.5" },
    { { 1, 0, NAN }, "top-p: *nan" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean ok = persea_sampling_check (&cases[i].sampling, &error);

      g_assert_true (ok == !cases[i].complaint);
      if (ok)
        continue;
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_pattern_match_simple (cases[i].complaint, error->message));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sampler/inverse", test_inverse);
  g_test_add_func ("/sampler/distribution", test_distribution);
  g_test_add_func ("/sampler/greedy", test_greedy);
  g_test_add_func ("/sampler/ties-at-threshold", test_ties_at_threshold);
  g_test_add_func ("/sampler/ends", test_ends);
  g_test_add_func ("/sampler/not-finite", test_not_finite);
  g_test_add_func ("/sampler/guide", test_guide);
  g_test_add_func ("/sampler/check", test_check);
  return g_test_run ();
}
