/* bench-search.c - one query against a library of a hundred thousand pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-search [PICTURES [DIM]]
 * Made-up embeddings and empty files in a library of their own; prints the median times of what `persea search` does
 * behind the encoding of the query, and what the same product takes on the first device.
 */
#include "config.h"

#include "models/persea-clip.h"
#include "persea-dtype.h"
#include "persea-embeddings.h"
#include "persea-search-scan.h"
#include "persea-search.h"

#include "bench-data.h"

#include <fcntl.h>
#include <stdlib.h>

#include <glib/gstdio.h>

#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#define N_RUNS 21

typedef struct
{
  size_t         n;
  size_t         dim;
  PerseaLibrary *library;
  PerseaSearch  *search;
  float         *query;
  uint16_t      *rows; /* [n, stride] */
  float         *products;
  const char    *folder;
  /* on the device */
  Bench          device;
  PerseaMatrix  *matrix; /* (nullable) */
  PerseaTensor  *x, *y;
} Search;

typedef void (*SearchFunc) (Search *search);

static void
run_scan (Search *search)
{
  size_t stride = persea_search_scan_stride (search->dim);

  persea_search_scan (&(PerseaSearchScan) { search->rows, search->n, search->query, 1, stride }, search->products);
}

static void
run_select (Search *search)
{
  size_t best[256];

  persea_search_select (search->products, NULL, search->n, best, G_N_ELEMENTS (best));
}

static void
search_find (Search *search, const char *folder)
{
  PerseaSearchOptions options = persea_search_default_options;
  g_autoptr (GPtrArray) hits = NULL;
  g_autoptr (GError) error = NULL;

  options.folder = folder;
  persea_search_find (search->search, search->query, &options, &hits, &error);
  bench_check (error);
}

static void
run_find (Search *search)
{
  search_find (search, NULL);
}

/* one in a hundred */
static void
run_find_in_folder (Search *search)
{
  search_find (search, search->folder);
}

static void
run_device (Search *search)
{
  g_autoptr (GError) error = NULL;
  PerseaPass *pass = persea_pass_begin (search->device.device, NULL);

  persea_matmul (pass, search->y, search->x, &(PerseaMatmul) { .w = search->matrix });
  persea_pass_download (pass, search->y, search->products);
  persea_pass_end (pass, &error);
  bench_check (error);
}

static void
bench_run (Search *search, const char *title, SearchFunc func)
{
  double times[N_RUNS];
  double work = bench_clock (CLOCK_PROCESS_CPUTIME_ID);

  func (search);
  for (int i = 0; i < N_RUNS; i++)
    {
      double start = bench_clock (CLOCK_MONOTONIC);

      func (search);
      times[i] = bench_clock (CLOCK_MONOTONIC) - start;
    }
  work = (bench_clock (CLOCK_PROCESS_CPUTIME_ID) - work) / (N_RUNS + 1);
  bench_sort (times, N_RUNS);
  g_print ("%-36s %8.2f ms (best %.2f), %.2f of all processors\n", title, times[N_RUNS / 2] * 1e3, times[0] * 1e3,
           work * 1e3);
}

static void
search_fill (Search *search, GRand *generator, const char *folder)
{
  size_t stride = persea_search_scan_stride (search->dim);
  g_autofree float *row = g_new (float, search->dim);
  g_autoptr (GError) error = NULL;
  int64_t model = 0;

  persea_library_begin (search->library, &error);
  persea_embeddings_ensure_model (search->library, "bench", "bench", search->dim, &model, &error);
  for (size_t i = 0; i < search->n && !error; i++)
    {
      g_autofree char *content = g_strdup_printf ("%064zx", i);
      g_autofree char *path = g_strdup_printf ("%s/%zu/%zu.jpg", folder, i % 100, i);
      const PerseaFileStamp stamp = { 1, i, i, (int64_t) i };
      int file;

      if (i < 100)
        {
          g_autofree char *own = g_path_get_dirname (path);

          g_mkdir (own, 0700);
        }
      file = g_creat (path, 0600);
      g_close (file, NULL);
      for (size_t k = 0; k < search->dim; k++)
        row[k] = (float) g_rand_double_range (generator, -1, 1);
      persea_clip_normalize (row, 1, search->dim);
      persea_dtype_from_f32 (PERSEA_DTYPE_F16, row, search->rows + i * stride, search->dim);
      persea_embeddings_put (search->library, model, content, "bench", search->rows + i * stride, search->dim, &error);
      if (!error)
        persea_embeddings_set_content (search->library, path, &stamp, content, &error);
    }
  bench_check (error);
  persea_library_commit (search->library, &error);
  bench_check (error);
}

static void
bench_device (Search *search)
{
#ifdef HAVE_OPENCL
  static const PerseaDriver *const drivers[] = { &persea_opencl_driver, NULL };
  Bench *bench = &search->device;
  g_autoptr (GError) error = NULL;

  bench->device = persea_device_open (drivers, NULL, &(PerseaDeviceOptions) { 0 }, &error);
  bench_check (error);
  bench->precision = persea_device_resolve_precision (bench->device, PERSEA_PRECISION_F16);
  bench->input = persea_device_get_input_dtype (bench->device, bench->precision);
  bench->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tensor_unref);
  search->matrix = bench_matrix (bench, search->n, search->dim);
  search->x = bench_tensor (bench, bench->input, DIMS (1, search->dim));
  search->y = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (1, search->n));
  bench_run (search, "the product on the device", run_device);
#endif
}

int
main (int argc, char **argv)
{
  Search search = {
    .n = argc > 1 ? strtoul (argv[1], NULL, 10) : 100000,
    .dim = argc > 2 ? strtoul (argv[2], NULL, 10) : 512,
  };
  g_autoptr (GRand) generator = g_rand_new_with_seed (1);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("bench-search-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "library.db", NULL);
  g_autofree char *inner = g_build_filename (folder, "7", NULL);
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);
  size_t stride = persea_search_scan_stride (search.dim);
  double start;

  search.library = persea_library_open (path, PERSEA_LIBRARY_NONE, NULL, &error);
  bench_check (error);
  search.rows = g_new0 (uint16_t, search.n * stride);
  search.products = g_new (float, search.n);
  search.query = g_new0 (float, stride);
  search.folder = inner;
  for (size_t k = 0; k < search.dim; k++)
    search.query[k] = (float) g_rand_double_range (generator, -1, 1);
  persea_clip_normalize (search.query, 1, search.dim);
  search_fill (&search, generator, folder);

  g_print ("%zu pictures of %zu\n", search.n, search.dim);
  search.search = persea_search_new (search.library, "bench", search.dim);
  start = bench_clock (CLOCK_MONOTONIC);
  persea_search_refresh (search.search, &error);
  bench_check (error);
  g_print ("%-36s %8.2f ms\n", "embeddings read from the library", (bench_clock (CLOCK_MONOTONIC) - start) * 1e3);
  bench_run (&search, "scan", run_scan);
  bench_run (&search, "the best 256", run_select);
  bench_run (&search, "search", run_find);
  bench_run (&search, "search in a hundredth of it", run_find_in_folder);
  bench_device (&search);
  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
  return 0;
}
