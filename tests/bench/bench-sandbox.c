/* bench-sandbox.c - pictures for a network, decoded in the process and in processes that are locked in
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-sandbox PERSEAD PICTURE…
 * Prints pictures per second of each PICTURE by itself, for one thread and for as many as there are processors: in
 * the process, in decoders as persead has them, and the share that is left.  Medians of rounds in turn.
 */
#include "config.h"

#include "persea-image-remote.h"

#include <stdlib.h>

#define N_ROUNDS 7
#define ROUND_SECONDS 0.4

typedef struct
{
  PerseaDecoderPool *decoders; /* (nullable): in the process */
  const char        *path;
  gint64             until; /* monotonic, µs */
} Job;

static const PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (224);

/* Returns how many it did. */
static gpointer
job_run (gpointer data)
{
  const Job *job = data;
  const PerseaImageSource source = { .path = job->path };
  g_autofree uint8_t *square = g_malloc (3 * preprocess.image_size * preprocess.image_size);
  g_autoptr (GError) error = NULL;
  size_t n = 0;

  do
    {
      gboolean done = job->decoders != NULL
                        ? persea_image_remote_preprocess (job->decoders, &source, &preprocess, PERSEA_IMAGE_FAST,
                                                          square, NULL, &error)
                        : persea_image_preprocess (&source, &preprocess, PERSEA_IMAGE_FAST, square, NULL, &error);

      if (!done)
        g_error ("%s", error->message);
      n++;
    }
  while (g_get_monotonic_time () < job->until);
  return GSIZE_TO_POINTER (n);
}

/* pictures per second */
static double
measure (PerseaDecoderPool *decoders, const char *path, unsigned n_threads)
{
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  gint64 begin = g_get_monotonic_time ();
  Job job = { decoders, path, begin + (gint64) (ROUND_SECONDS * G_USEC_PER_SEC) };
  size_t n = 0;

  for (unsigned i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("decode", job_run, &job);
  for (unsigned i = 0; i < n_threads; i++)
    n += GPOINTER_TO_SIZE (g_thread_join (threads[i]));
  return n * 1e6 / (g_get_monotonic_time () - begin);
}

static int
compare (const void *a, const void *b)
{
  double difference = *(const double *) a - *(const double *) b;

  return (difference > 0) - (difference < 0);
}

static void
bench (PerseaDecoderPool *decoders, const char *path, unsigned n_threads)
{
  double here[N_ROUNDS], there[N_ROUNDS];

  measure (NULL, path, n_threads);
  measure (decoders, path, n_threads);
  for (unsigned i = 0; i < N_ROUNDS; i++)
    {
      here[i] = measure (NULL, path, n_threads);
      there[i] = measure (decoders, path, n_threads);
    }
  qsort (here, N_ROUNDS, sizeof *here, compare);
  qsort (there, N_ROUNDS, sizeof *there, compare);
  g_print ("%s, %u threads: %.1f/s in the process, %.1f/s in decoders: %.0f%%\n", path, n_threads,
           here[N_ROUNDS / 2], there[N_ROUNDS / 2], 100 * there[N_ROUNDS / 2] / here[N_ROUNDS / 2]);
}

int
main (int argc, char **argv)
{
  const PerseaDecoderPoolOptions options = { .program = argc > 2 ? argv[1] : NULL };
  g_autoptr (PerseaDecoderPool) decoders = NULL;

  if (argc < 3)
    {
      g_printerr ("usage: bench-sandbox PERSEAD PICTURE…\n");
      return 2;
    }
  decoders = persea_decoder_pool_new (&options);
  for (int i = 2; i < argc; i++)
    {
      bench (decoders, argv[i], 1);
      bench (decoders, argv[i], g_get_num_processors ());
    }
  return 0;
}
