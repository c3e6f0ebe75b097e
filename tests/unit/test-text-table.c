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

/* Thousands of rows: the int8 copy must not change what comes out. */
static void
test_rank (void)
{
  const size_t n = 5001, dim = 200, n_hits = 50;
  const float scale = 40;
  g_autofree float *rows = random_rows (n, dim, 3);
  g_autofree float *image = random_rows (1, dim, 4);
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
        better += similarities[j] > hits[i].similarity;
      g_assert_cmpuint (better, ==, i);
      g_assert_cmpfloat (hits[i].similarity, ==, similarities[hits[i].row]);
      /* the tail is added up from int8, right to 0.002 in cosine */
      g_assert_cmpfloat_with_epsilon (hits[i].score * total
                                      / exp ((hits[i].similarity - hits[0].similarity) * scale), 1, 0.03);
    }
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
  g_autofree uint8_t *query = g_malloc (stride);
  g_autofree int8_t *compact = g_malloc (n * stride);
  g_autofree int32_t *sums = g_new (int32_t, n);

  for (size_t i = 0; i < stride; i++)
    query[i] = i % 3 == 0 ? 255 : (uint8_t) (i * 37);
  for (size_t i = 0; i < n * stride; i++)
    compact[i] = i % 5 == 0 ? 127 : (int8_t) (i * 91);
  persea_text_scan (query, compact, n, stride, sums);
  for (size_t row = 0; row < n; row++)
    {
      int32_t expected = 0;

      for (size_t i = 0; i < stride; i++)
        expected += query[i] * compact[row * stride + i];
      g_assert_cmpint (sums[row], ==, expected);
    }
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
      g_assert_true (g_file_set_contents (path, contents, size, NULL));
      contents[i] ^= 0x40;
      g_assert_null (persea_text_table_open (path, "key", NULL));
    }
  for (gsize length = 0; length < size; length += 97)
    {
      g_assert_true (g_file_set_contents (path, contents, length, NULL));
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
  g_test_add_func ("/text-table/rank-few", test_rank_few);
  g_test_add_func ("/text-table/scan", test_scan);
  g_test_add_func ("/text-table/files", test_files);
  return g_test_run ();
}
