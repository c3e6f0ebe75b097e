/* test-text-table.c - tables of encoded texts: arithmetic and files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-text-table-private.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "persea-error.h"

/* [n, dim], about normal, with two large columns as CLIP's embeddings have them */
static float *
random_rows (size_t n, size_t dim, uint32_t seed)
{
  g_autoptr (GRand) generator = g_rand_new_with_seed (seed);
  float *rows = g_new (float, n * dim);

  for (size_t i = 0; i < n * dim; i++)
    {
      double sum = -6;

      for (int j = 0; j < 12; j++)
        sum += g_rand_double (generator);
      rows[i] = (float) (i % dim < 2 ? 6 + sum : sum);
    }
  return rows;
}

static double
dot_double (const float *a, const float *b, size_t dim)
{
  double sum = 0;

  for (size_t i = 0; i < dim; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

static void
test_compare (void)
{
  const size_t n = 37, dim = 100;
  g_autofree float *rows = random_rows (n, dim, 1);
  g_autofree float *image = random_rows (1, dim, 2);
  g_autofree float *similarities = g_new (float, n);
  g_autoptr (PerseaTextTable) table = persea_text_table_new (rows, n, dim);

  persea_clip_normalize (image, 1, dim);
  persea_text_table_compare (table, image, similarities);
  for (size_t i = 0; i < n; i++)
    {
      const float *row = persea_text_table_get_rows (table) + i * dim;

      g_assert_cmpfloat_with_epsilon (dot_double (row, row, dim), 1, 1e-5);
      g_assert_cmpfloat_with_epsilon (similarities[i], dot_double (row, image, dim), 1e-5);
    }
}

/* What comes out is what the exact rows give, whatever the codes leave out. */
static void
check_rank (const float *rows, size_t n, size_t dim, float *image, size_t n_hits, float scale)
{
  g_autofree float *similarities = g_new (float, n);
  g_autofree PerseaTextHit *hits = g_new (PerseaTextHit, n_hits);
  g_autoptr (PerseaTextTable) table = persea_text_table_new (rows, n, dim);
  double total = 0;

  persea_clip_normalize (image, 1, dim);
  persea_text_table_compare (table, image, similarities);
  persea_text_table_rank (table, image, scale, n_hits, hits);
  for (size_t i = 0; i < n; i++)
    total += exp ((similarities[i] - hits[0].similarity) * scale);
  for (size_t i = 0; i < n_hits; i++)
    {
      size_t better = 0;

      for (size_t j = 0; j < n; j++)
        better += similarities[j] > hits[i].similarity
                  || (similarities[j] == hits[i].similarity && j < hits[i].row);
      g_assert_cmpuint (better, ==, i);
      g_assert_cmpfloat (hits[i].similarity, ==, similarities[hits[i].row]);
      /* what is no hit is added up from estimates, whose errors hardly average out where some
       * hundred rows make up the sum, as here with a scale of 40 */
      g_assert_cmpfloat_with_epsilon (hits[i].score * total
                                      / exp ((hits[i].similarity - hits[0].similarity) * scale), 1, 0.03);
    }
}

static void
test_rank (void)
{
  static const struct { size_t n, dim, n_hits; float scale; } cases[] = {
    { 5001, 200, 50, 40 },
    { 5001, 200, 1, 100 },
    { 2048, 512, 32, 100 },
    { 2048, 512, 33, 100 }, /* too many for the codes to pay */
    { 9000, 65, 10, 100 },
    { 3000, 33, 5, 10 },
    { 3000, 1, 5, 10 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree float *rows = random_rows (cases[i].n, cases[i].dim, 3);
      g_autofree float *image = random_rows (1, cases[i].dim, 4);

      check_rank (rows, cases[i].n, cases[i].dim, image, cases[i].n_hits, cases[i].scale);
    }
}

/* Rows that differ by less than the codes can tell, many of them the same. */
static void
test_rank_neighbours (void)
{
  const size_t n = 4000, dim = 256;
  g_autofree float *rows = random_rows (n, dim, 6);
  g_autofree float *image = random_rows (1, dim, 7);

  for (size_t i = 0; i < n * dim; i++)
    rows[i] = rows[i / dim % 7 == 0 ? i % dim : i] * (i / dim % 3 == 0 ? 1e-4f : 1) + image[i % dim];
  check_rank (rows, n, dim, image, 20, 100);
}

/* All that a code leaves out of some rows lies in the direction of the picture. */
static void
test_rank_adverse (void)
{
  const size_t n = 4096, dim = 128;
  g_autofree float *rows = random_rows (n, dim, 8);
  g_autofree float *image = random_rows (1, dim, 9);
  g_autoptr (PerseaTextTable) table = persea_text_table_new (rows, n, dim);
  const float *unit = persea_text_table_get_rows (table);
  float step = table->codes->step;

  for (size_t row = 0; row < n; row += 37)
    for (size_t i = 0; i < dim; i++)
      {
        float x = unit[row * dim + i] - table->mean[i];
        float edge = (roundf (x / (16 * step)) + (image[i] > 0 ? -0.03f : 0.03f)) * 16 * step;

        rows[row * dim + i] = table->mean[i] + edge - step / 2;
      }
  check_rank (rows, n, dim, image, 30, 100);
}

/* A picture that is no number is not a reason to crash. */
static void
test_rank_nan (void)
{
  const size_t n = 2500, dim = 40;
  g_autofree float *rows = random_rows (n, dim, 10);
  g_autofree float *image = random_rows (1, dim, 11);
  g_autoptr (PerseaTextTable) table = persea_text_table_new (rows, n, dim);
  PerseaTextHit hits[3];

  image[7] = NAN;
  persea_text_table_rank (table, image, 100, 3, hits);
  g_assert_true (isnan (hits[0].similarity));
}

static void
test_rank_few (void)
{
  static const float rows[] = { 1, 0, 0, 1, 1, 0 };
  static const float image[] = { 1, 0 };
  g_autoptr (PerseaTextTable) table = persea_text_table_new (rows, 3, 2);
  PerseaTextHit hits[3];

  persea_text_table_rank (table, image, 1, 3, hits);
  /* equal ones in the order of their rows */
  g_assert_cmpuint (hits[0].row, ==, 0);
  g_assert_cmpuint (hits[1].row, ==, 2);
  g_assert_cmpuint (hits[2].row, ==, 1);
  g_assert_cmpfloat_with_epsilon (hits[0].score, M_E / (2 * M_E + 1), 1e-6);
  g_assert_cmpfloat_with_epsilon (hits[2].score, 1 / (2 * M_E + 1), 1e-6);
}

/* Every variant of the scan gives the plain integers. */
static void
test_scan (void)
{
  const size_t n = 67, stride = 192;
  g_autofree int8_t *query = g_malloc (2 * stride);
  g_autofree uint8_t *plane = g_malloc (n * stride);
  g_autofree uint32_t *rows = g_new (uint32_t, n);
  g_autofree int32_t *sums = g_new (int32_t, n);

  for (size_t i = 0; i < 2 * stride; i++)
    query[i] = i % 3 == 0 ? -127 : (int8_t) (i * 37 % 255 - 127);
  for (size_t i = 0; i < n * stride; i++)
    plane[i] = i % 5 == 0 ? 255 : (uint8_t) (i * 91);
  for (uint32_t row = 0; row < n; row++)
    rows[row] = row * 5 % n;
  for (int listed = 0; listed < 2; listed++)
    {
      persea_text_scan (&(PerseaTextScan) { query, plane, stride, listed ? rows : NULL, n }, sums);
      for (size_t row = 0; row < n; row++)
        {
          const uint8_t *codes = plane + (listed ? rows[row] : row) * stride;
          int32_t expected = 0;

          for (size_t i = 0; i < stride; i++)
            expected += query[i] * (codes[i] & 15) + query[stride + i] * (codes[i] >> 4);
          g_assert_cmpint (sums[row], ==, expected);
        }
    }
}

/* With and without the processor's help: the ends of what is not a multiple of its vectors. */
static void
test_sift (void)
{
  const size_t n = 2 * PERSEA_TEXT_BLOCK + 13;
  const PerseaTextLine line = { 0.5f, -2, 10 };
  g_autofree int32_t *sums = g_new (int32_t, n);
  g_autofree float *errors = g_new (float, n);
  g_autofree uint32_t *rows = g_new (uint32_t, n + 1);
  int32_t peaks[3];
  size_t n_rows, found = 0;
  double total = 0;

  for (size_t i = 0; i < n; i++)
    {
      sums[i] = (int32_t) (i * 7919 % 101) - 50;
      errors[i] = (float) (i % 5);
    }
  errors[3] = NAN;
  persea_text_find_peaks (sums, n, peaks);
  n_rows = persea_text_select (sums, errors, n, &line, rows);
  for (size_t i = 0; i < n; i++)
    {
      g_assert_cmpint (sums[i], <=, peaks[i / PERSEA_TEXT_BLOCK]);
      if (i == 3 || 0.5f * (float) sums[i] - 2 * errors[i] >= 10)
        g_assert_cmpuint (rows[found++], ==, i);
      total += exp (MIN (0.01 * sums[i] - 0.1, 0));
    }
  g_assert_cmpuint (found, ==, n_rows);
  g_assert_cmpfloat_with_epsilon (persea_text_sum_exponentials (sums, n, 0.01f, -0.1f) / total, 1, 0.002);
  sums[0] = G_MININT32;
  g_assert_cmpfloat (persea_text_sum_exponentials (sums, 1, 1, 0), <, 1e-30);
}

/* GLib waits for the disk only where it replaces a file that is there. */
static gboolean
replace_file (const char *path, const char *contents, size_t size)
{
  g_unlink (path);
  return g_file_set_contents (path, contents, (gssize) size, NULL);
}

static void
test_files (void)
{
  const size_t n = 20, dim = 70;
  g_autofree float *rows = random_rows (n, dim, 5);
  g_autoptr (PerseaTextTable) table = persea_text_table_new (rows, n, dim);
  g_autoptr (PerseaTextTable) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("persea-texts-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "t", NULL);
  g_autofree char *contents = NULL;
  gsize size;

  g_assert_no_error (error);
  persea_text_table_save (table, path, "key", &error);
  g_assert_no_error (error);
  again = persea_text_table_open (path, "key", &error);
  g_assert_no_error (error);
  g_assert_cmpmem (persea_text_table_get_rows (again), n * dim * sizeof (float),
                   persea_text_table_get_rows (table), n * dim * sizeof (float));

  g_assert_null (persea_text_table_open (path, "other", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_clear_error (&error);

  /* damage of any byte, and a file cut off anywhere, is noticed */
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  for (gsize i = 0; i < size; i += 13)
    {
      if (i >= 96 && i < 128)
        continue; /* the header's padding means nothing */
      contents[i] ^= 0x40;
      g_assert_true (replace_file (path, contents, size));
      contents[i] ^= 0x40;
      g_assert_null (persea_text_table_open (path, "key", NULL));
    }
  for (gsize length = 0; length < size; length += 97)
    {
      g_assert_true (replace_file (path, contents, length));
      g_assert_null (persea_text_table_open (path, "key", NULL));
    }
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-table/compare", test_compare);
  g_test_add_func ("/text-table/rank", test_rank);
  g_test_add_func ("/text-table/rank-neighbours", test_rank_neighbours);
  g_test_add_func ("/text-table/rank-adverse", test_rank_adverse);
  g_test_add_func ("/text-table/rank-nan", test_rank_nan);
  g_test_add_func ("/text-table/rank-few", test_rank_few);
  g_test_add_func ("/text-table/scan", test_scan);
  g_test_add_func ("/text-table/sift", test_sift);
  g_test_add_func ("/text-table/files", test_files);
  return g_test_run ();
}
