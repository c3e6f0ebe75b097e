/* test-random.c - tests of persea-random.c
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-random.h"

#include <string.h>

/* The known answers that the paper's authors publish with Random123 (kat_vectors). */
static void
test_known_answers (void)
{
  static const struct
  {
    uint32_t counter[4];
    uint32_t key[2];
    uint32_t answer[4];
  } cases[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
      { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      uint32_t out[4];

      persea_philox (cases[i].counter, cases[i].key, out);
      g_assert_cmpmem (out, sizeof out, cases[i].answer, sizeof cases[i].answer);
    }
}

/* which word of seed, stream and position goes where, from the known answers */
static void
test_uniform_words (void)
{
  double expected = ((0xd16cfe09u >> 5) * 0x1p26 + (0x94fdccebu >> 6)) * 0x1p-53;

  g_assert_true (persea_random_uniform (0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88)
                 == expected);
}

static void
test_uniform_spread (void)
{
  enum { N = 100000, BINS = 100 };
  unsigned counts[BINS] = { 0 };
  double sum = 0, square = 0;

  for (unsigned i = 0; i < N; i++)
    {
      double x = persea_random_uniform (7, i / 256, i % 256);

      g_assert_true (x >= 0 && x < 1);
      counts[(unsigned) (x * BINS)]++;
      sum += x;
    }
  for (unsigned i = 0; i < BINS; i++)
    square += (counts[i] - (double) N / BINS) * (counts[i] - (double) N / BINS) * BINS / N;

  /* five standard deviations of the mean; chi squared of 99 degrees: 99 ± 14 */
  g_assert_cmpfloat_with_epsilon (sum / N, 0.5, 5 * 0.2887 / 316.2);
  g_assert_cmpfloat (square, >, 40);
  g_assert_cmpfloat (square, <, 170);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/random/known-answers", test_known_answers);
  g_test_add_func ("/random/uniform/words", test_uniform_words);
  g_test_add_func ("/random/uniform/spread", test_uniform_spread);
  return g_test_run ();
}
