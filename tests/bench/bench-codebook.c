/* bench-codebook.c - how fast a codebook turns codes into pictures and pictures into codes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-codebook [--device D] [--precision f32|bf16|f16] [--runs N] [--pictures N] [--encode]
 *                       [--profile] CHECKPOINT...
 *
 * CHECKPOINT is one of a VQGAN, or the two of a discrete VAE.  Codes and pixels are arbitrary, one
 * picture of the native size each.  Printed are the median and the best of N runs for one picture,
 * the original's floating-point operations over the median, and what share that is of the device's own
 * rate; the best by the processor's time instead of the clock's (CPU devices: of one core), which other
 * work on the machine hardly touches; then the memory in use.  Not a test: nobody is asked to be fast.
 */
#include "config.h"

#include "bench-data.h"
#include "models/persea-dvae.h"
#include "models/persea-vqgan.h"
#include "persea-codebook.h"
#include "persea-opencl.h"

static const PerseaDriver *const drivers[] = { &persea_opencl_driver, &persea_cpu_driver, NULL };

static PerseaCodebook *
load (PerseaDevice *device, PerseaPrecision precision, char **paths)
{
  GError *error = NULL;
  gboolean is_dvae = paths[1] != NULL;
  const PerseaCodebookFamily *family = is_dvae ? &persea_family_dvae : &persea_family_vqgan;
  PerseaModelFiles files = { .family = &family->family, .name = (char *) "bench",
                             .folder = (char *) ".", .weights = paths };
  PerseaCodebook *codebook = family->load (
    device, precision, &(PerseaModelLoad) { .files = &files, .identity = "bench" }, &error);

  bench_check (error);
  return codebook;
}

/* milliseconds of a run with @n pictures */
static double
run (PerseaCodebook *codebook, gboolean encode, size_t n, float *pixels, int32_t *codes)
{
  GError *error = NULL;
  size_t size = persea_codebook_get_size (codebook);
  size_t grid = size / persea_codebook_get_factor (codebook);
  double start = bench_clock (CLOCK_MONOTONIC);

  if (encode)
    persea_codebook_encode (codebook, pixels, n, size, size, codes, NULL, &error);
  else
    persea_codebook_decode (codebook, codes, n, grid, grid, pixels, NULL, &error);
  bench_check (error);
  return (bench_clock (CLOCK_MONOTONIC) - start) * 1e3;
}

static void
measure (PerseaCodebook *codebook, gboolean encode, size_t n, int runs, double ceiling)
{
  size_t size = persea_codebook_get_size (codebook);
  size_t grid = size / persea_codebook_get_factor (codebook);
  g_autofree float *pixels = g_new (float, n * 3 * size * size);
  g_autofree int32_t *codes = g_new (int32_t, n * grid * grid);
  g_autofree double *times = g_new (double, runs);
  double least_cpu = G_MAXDOUBLE; /* seconds */
  double flops = (encode ? persea_codebook_get_encode_flops
                         : persea_codebook_get_decode_flops) (codebook, grid, grid);

  for (size_t i = 0; i < n * grid * grid; i++)
    codes[i] = i * 2654435761u % persea_codebook_get_n_entries (codebook);
  for (size_t i = 0; i < n * 3 * size * size; i++)
    pixels[i] = (i * 2654435761u % 1000) * 1e-3f;
  run (codebook, encode, n, pixels, codes); /* builds kernels */
  for (int i = 0; i < runs; i++)
    {
      double cpu = bench_clock (CLOCK_PROCESS_CPUTIME_ID);

      times[i] = run (codebook, encode, n, pixels, codes) / n;
      least_cpu = MIN (least_cpu, bench_clock (CLOCK_PROCESS_CPUTIME_ID) - cpu);
    }
  bench_sort (times, runs);

  double rate = flops / times[runs / 2] / 1e6;
  g_print ("%s: median %.1f ms, best %.1f ms, %.0f GFLOP/s, %.0f%% of the ceiling\n",
           encode ? "encode" : "decode", times[runs / 2], times[0], rate, 100 * rate / ceiling);
  g_print ("by CPU: %.1f ms, %.0f GFLOP/s a core\n", least_cpu / n * 1e3,
           flops * n / least_cpu / 1e9);
}

int
main (int argc, char **argv)
{
  g_autofree char *selector = NULL, *precision_name = g_strdup ("f32");
  gboolean profile = FALSE, encode = FALSE;
  int runs = 5, n_pictures = 1;
  const GOptionEntry entries[] = {
    { "device", 0, 0, G_OPTION_ARG_STRING, &selector, "number or name", "D" },
    { "precision", 0, 0, G_OPTION_ARG_STRING, &precision_name, "f32, bf16, f16", "P" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &runs, "how often to measure", "N" },
    { "pictures", 0, 0, G_OPTION_ARG_INT, &n_pictures, "how many at once", "N" },
    { "encode", 0, 0, G_OPTION_ARG_NONE, &encode, "from pictures to codes", NULL },
    { "profile", 0, 0, G_OPTION_ARG_NONE, &profile, "time per kernel", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("CHECKPOINT...");
  GError *error = NULL;
  PerseaPrecision precision;
  double gflops, gbytes_per_second;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_parse (context, &argc, &argv, &error);
  bench_check (error);
  persea_precision_parse (precision_name, &precision, &error);
  bench_check (error);
  if (argc < 2 || argc > 3 || runs < 1 || n_pictures < 1)
    g_error ("expected one or two checkpoints, and numbers above 0");

  g_autoptr (PerseaDevice) device = persea_device_open (
    drivers, selector, &(PerseaDeviceOptions) { .profile = profile }, &error);
  bench_check (error);
  g_autoptr (PerseaCodebook) codebook = load (device, precision, argv + 1);
  persea_device_measure (device, precision, &gflops, &gbytes_per_second, &error);
  bench_check (error);
  g_print ("ceilings: %.1f GFLOP/s, %.1f GB/s\n", gflops, gbytes_per_second);
  measure (codebook, encode, n_pictures, runs, gflops);
  g_print ("memory: %.0f MiB\n", persea_device_get_memory_used (device) / 1048576.0);
  if (profile)
    bench_print_profile (device);
  return 0;
}
