/* bench-rank.c - one picture against thousands of encoded captions
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-rank [ROWS [DIM]]
 * Made-up embeddings; prints the median time of a ranking on one core, and what the exact rows
 * alone would take.
 */
#include "config.h"

#include "persea-text-table.h"

#include <stdlib.h>

#define N_RUNS 41
#define N_HITS 10

static int
compare_times (gconstpointer a, gconstpointer b)
{
  int64_t first = *(const int64_t *) a;
  int64_t second = *(const int64_t *) b;

  return first < second ? -1 : first > second;
}

int
main (int argc, char **argv)
{
  size_t n = argc > 1 ? strtoul (argv[1], NULL, 10) : 32768;
  size_t dim = argc > 2 ? strtoul (argv[2], NULL, 10) : 512;
  g_autoptr (GRand) generator = g_rand_new_with_seed (1);
  g_autofree float *rows = g_new (float, n * dim);
  g_autofree float *image = g_new (float, dim);
  g_autofree float *similarities = g_new (float, n);
  g_autoptr (PerseaTextTable) table = NULL;
  int64_t times[N_RUNS];
  PerseaTextHit hits[N_HITS];

  for (size_t i = 0; i < n * dim; i++)
    rows[i] = (float) (g_rand_double (generator) - 0.5);
  for (size_t i = 0; i < dim; i++)
    image[i] = (float) (g_rand_double (generator) - 0.5);
  persea_clip_normalize (image, 1, dim);
  table = persea_text_table_new (rows, n, dim);

  for (int i = 0; i < N_RUNS; i++)
    {
      int64_t start = g_get_monotonic_time ();

      persea_text_table_rank (table, image, 100, N_HITS, hits);
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, N_RUNS, sizeof *times, compare_times);
  g_print ("%zu texts of %zu: %.3f ms (best %.3f)\n", n, dim, times[N_RUNS / 2] / 1e3, times[0] / 1e3);

  for (int i = 0; i < N_RUNS; i++)
    {
      int64_t start = g_get_monotonic_time ();

      persea_text_table_compare (table, image, similarities);
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, N_RUNS, sizeof *times, compare_times);
  g_print ("exact rows alone: %.3f ms (best %.3f)\n", times[N_RUNS / 2] / 1e3, times[0] / 1e3);
  return 0;
}
