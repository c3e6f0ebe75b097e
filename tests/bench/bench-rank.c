/* bench-rank.c - one picture against thousands of encoded captions
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-rank [ROWS [DIM]]
 * Made-up embeddings, in a mapped file; prints the median time of a ranking on one core: one behind
 * the other, and with the caches full of other things, as they are behind the encoding of a picture.
 * Beside it what the exact rows alone would take.
 */
#include "config.h"

#include "persea-text-table.h"

#include <stdlib.h>

#include <glib/gstdio.h>

#define N_RUNS 41
#define N_HITS 10
#define OTHER_THINGS ((size_t) 128 << 20)

typedef struct
{
  PerseaTextTable *table;
  float           *image;
  float           *similarities;
  float           *others; /* OTHER_THINGS bytes */
} Bench;

typedef void (*BenchFunc) (Bench *bench);

static int
compare_times (gconstpointer a, gconstpointer b)
{
  int64_t first = *(const int64_t *) a;
  int64_t second = *(const int64_t *) b;

  return first < second ? -1 : first > second;
}

static void
bench_rank (Bench *bench)
{
  PerseaTextHit hits[N_HITS];

  persea_text_table_rank (bench->table, bench->image, 100, N_HITS, hits);
}

static void
bench_compare (Bench *bench)
{
  persea_text_table_compare (bench->table, bench->image, bench->similarities);
}

/* What the encoding of a picture does to the caches: reads weights. */
static void
bench_read_others (Bench *bench)
{
  volatile float sum = 0;

  for (size_t i = 0; i < OTHER_THINGS / sizeof (float); i += 16)
    sum += bench->others[i];
}

static void
bench_run (Bench *bench, const char *title, BenchFunc func, gboolean cold)
{
  int64_t times[N_RUNS];

  for (int i = 0; i < N_RUNS; i++)
    {
      int64_t start;

      if (cold)
        bench_read_others (bench);
      start = g_get_monotonic_time ();
      func (bench);
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, N_RUNS, sizeof *times, compare_times);
  g_print ("%-24s %.3f ms (best %.3f)\n", title, times[N_RUNS / 2] / 1e3, times[0] / 1e3);
}

/* about normal */
static float
random_normal (GRand *generator)
{
  double sum = -2;

  for (int i = 0; i < 4; i++)
    sum += g_rand_double (generator);
  return (float) sum;
}

/* Through a file, so that memory is what it is in persea. */
static PerseaTextTable *
table_make (size_t n, size_t dim, GRand *generator)
{
  g_autofree float *rows = g_new (float, n * dim);
  g_autoptr (PerseaTextTable) table = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int file = g_file_open_tmp ("bench-rank-XXXXXX", &path, &error);
  PerseaTextTable *mapped = NULL;

  for (size_t i = 0; i < n * dim; i++)
    rows[i] = random_normal (generator);
  table = persea_text_table_new (rows, n, dim);
  if (file >= 0 && persea_text_table_save (table, path, "bench", &error))
    mapped = persea_text_table_open (path, "bench", &error);
  if (!mapped)
    g_error ("%s", error->message);
  g_unlink (path);
  g_close (file, NULL);
  return mapped;
}

int
main (int argc, char **argv)
{
  size_t n = argc > 1 ? strtoul (argv[1], NULL, 10) : 32768;
  size_t dim = argc > 2 ? strtoul (argv[2], NULL, 10) : 512;
  g_autoptr (GRand) generator = g_rand_new_with_seed (1);
  g_autoptr (PerseaTextTable) table = table_make (n, dim, generator);
  g_autofree float *image = g_new (float, dim);
  g_autofree float *similarities = g_new (float, n);
  g_autofree float *others = g_malloc0 (OTHER_THINGS);
  Bench bench = { table, image, similarities, others };

  for (size_t i = 0; i < dim; i++)
    image[i] = random_normal (generator);
  persea_clip_normalize (image, 1, dim);
  g_print ("%zu texts of %zu\n", n, dim);
  bench_run (&bench, "ranked", bench_rank, FALSE);
  bench_run (&bench, "ranked, cold", bench_rank, TRUE);
  bench_run (&bench, "exact rows alone", bench_compare, FALSE);
  return 0;
}
