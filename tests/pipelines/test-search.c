/* test-search.c - embeddings in the library, and the search among them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The judge is a loop in double precision over all rows.
 */
#include "config.h"

#include "persea-dtype.h"
#include "persea-embeddings.h"
#include "persea-error.h"
#include "persea-picture-date.h"
#include "persea-search-names.h"
#include "persea-search-scan.h"
#include "persea-search-sketch.h"
#include "persea-search.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#define DIM 36 /* no multiple of the lanes */
/* docs/NUMERICS.md: sums of 512 products in f32 */
#define TOLERANCE 1e-6

typedef struct
{
  char          *folder;
  PerseaLibrary *library;
  int64_t        model;
  PerseaSearch  *search;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  fixture->folder = g_dir_make_tmp ("persea-search-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (fixture->folder, "library.db", NULL);
  fixture->library = persea_library_open (path, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_no_error (error);
  persea_embeddings_ensure_model (fixture->library, "abc", "tiny", DIM, &fixture->model, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fixture->model, >, 0);
  fixture->search = persea_search_new (fixture->library, "abc", DIM);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  persea_search_unref (fixture->search);
  persea_library_unref (fixture->library);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->folder);
}

static void
make_unit (GRand *generator, float *vector, size_t dim)
{
  double square = 0;

  for (size_t i = 0; i < dim; i++)
    {
      vector[i] = (float) g_rand_double_range (generator, -1, 1);
      square += (double) vector[i] * vector[i];
    }
  for (size_t i = 0; i < dim; i++)
    vector[i] = (float) (vector[i] / sqrt (square));
}

/* (transfer full): a file in the fixture's folder, known to the library, that holds @content */
static char *
add_file (Fixture *fixture, const char *name, const char *content, int64_t seconds)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  PerseaFileStamp stamp = { 1, 2, 3, seconds * G_GINT64_CONSTANT (1000000000) };
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents_full (path, content, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
  persea_embeddings_set_content (fixture->library, path, &stamp, content, &error);
  g_assert_no_error (error);
  return path;
}

static void
add_embedding (Fixture *fixture, const char *content, const float *vector)
{
  uint16_t half[DIM];
  g_autoptr (GError) error = NULL;

  persea_dtype_from_f32 (PERSEA_DTYPE_F16, vector, half, DIM);
  persea_embeddings_put (fixture->library, fixture->model, content, "f32 fast", half, DIM, &error);
  g_assert_no_error (error);
}

/* a picture whose cosine with the first axis is @cosine */
static char *
add_picture (Fixture *fixture, const char *name, double cosine, int64_t seconds)
{
  float vector[DIM] = { 0 };

  vector[0] = (float) cosine;
  vector[1 + g_str_hash (name) % (DIM - 1)] = (float) sqrt (1 - cosine * cosine);
  add_embedding (fixture, name, vector);
  return add_file (fixture, name, name, seconds);
}

/* (transfer full): the names of what is found along the first axis, "a b c" */
static char *
find (Fixture *fixture, const PerseaSearchOptions *options)
{
  const float query[DIM] = { 1 };
  g_autoptr (GPtrArray) hits = NULL;
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  persea_search_find (fixture->search, query, options, &hits, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < hits->len; i++)
    {
      const PerseaSearchHit *hit = hits->pdata[i];

      g_assert_true (g_str_has_prefix (hit->path, fixture->folder));
      g_string_append_printf (names, "%s%s", i > 0 ? " " : "", hit->path + strlen (fixture->folder) + 1);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

#define assert_found(fixture, expected, ...)                                                        \
  G_STMT_START                                                                                      \
  {                                                                                                 \
    PerseaSearchOptions options_ = persea_search_default_options;                                   \
    g_autofree char *names_ = NULL;                                                                 \
    __VA_ARGS__;                                                                                    \
    names_ = find (fixture, &options_);                                                             \
    g_assert_cmpstr (names_, ==, expected);                                                         \
  }                                                                                                 \
  G_STMT_END

static void
test_contents (Fixture *fixture, gconstpointer data)
{
  PerseaFileStamp stamp = { 1, 2, 3, 4 };
  uint16_t vector[DIM] = { 0x3c00 };
  uint16_t read[DIM];
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gboolean found = TRUE;
  int64_t file = 0;
  size_t n = 0;

  /* what the daemon knows of a file stays as it is */
  g_assert_true (persea_library_ensure_file (fixture->library, "/p/a.jpg", &stamp, "old", &file, &error));
  stamp.size = 5;
  g_assert_true (persea_embeddings_set_content (fixture->library, "/p/a.jpg", &stamp, "new", &error));
  g_assert_true (persea_embeddings_find_content (fixture->library, "/p/a.jpg", &stamp, &content, &error));
  g_assert_cmpstr (content, ==, "new");
  g_assert_true (persea_library_find_file (fixture->library, "/p/a.jpg", &file, &stamp, &error));
  g_assert_cmpint (stamp.size, ==, 3);
  g_clear_pointer (&content, g_free);
  g_assert_true (persea_embeddings_find_content (fixture->library, "/p/a.jpg", &stamp, &content, &error));
  g_assert_null (content);

  g_assert_true (persea_embeddings_find (fixture->library, fixture->model, "new", NULL, read, DIM, &found, &error));
  g_assert_false (found);
  g_assert_true (persea_embeddings_put (fixture->library, fixture->model, "new", "f32 fast", vector, DIM, &error));
  g_assert_true (persea_embeddings_find (fixture->library, fixture->model, "new", "f32 exact", read, DIM, &found,
                                         &error));
  g_assert_false (found);
  g_assert_true (persea_embeddings_put (fixture->library, fixture->model, "new", "f32 exact", vector, DIM, &error));
  g_assert_true (persea_embeddings_find (fixture->library, fixture->model, "new", "f32 exact", read, DIM, &found,
                                         &error));
  g_assert_true (found);
  g_assert_cmpmem (read, sizeof read, vector, sizeof vector);
  g_assert_true (persea_embeddings_count (fixture->library, "abc", &n, &error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (persea_embeddings_count (fixture->library, "another", &n, &error));
  g_assert_cmpuint (n, ==, 0);
}

static void
scan_and_compare (size_t n, size_t dim, size_t n_queries, GRand *generator)
{
  size_t stride = persea_search_scan_stride (dim);
  g_autofree uint16_t *rows = g_new0 (uint16_t, n * stride);
  g_autofree float *queries = g_new0 (float, n_queries * stride);
  g_autofree float *products = g_new (float, n * n_queries);
  g_autofree float *row = g_new (float, dim);

  for (size_t i = 0; i < n; i++)
    {
      make_unit (generator, row, dim);
      persea_dtype_from_f32 (PERSEA_DTYPE_F16, row, rows + i * stride, dim);
    }
  for (size_t q = 0; q < n_queries; q++)
    make_unit (generator, queries + q * stride, dim);
  persea_search_scan (&(PerseaSearchScan) { rows, n, queries, n_queries, stride }, products);
  for (size_t i = 0; i < n; i++)
    for (size_t q = 0; q < n_queries; q++)
      {
        double sum = 0;

        for (size_t k = 0; k < dim; k++)
          sum += (double) persea_f16_to_f32 (rows[i * stride + k]) * queries[q * stride + k];
        g_assert_cmpfloat_with_epsilon (products[i * n_queries + q], sum, TOLERANCE);
      }
}

static void
test_scan (void)
{
  g_autoptr (GRand) generator = g_rand_new_with_seed (5);

  scan_and_compare (0, 8, 1, generator);
  scan_and_compare (1, 1, 1, generator);
  scan_and_compare (7, 31, 3, generator);
  scan_and_compare (10007, 512, 1, generator); /* more than one thread */
  scan_and_compare (1500, 768, 16, generator);
}

static int
compare_by_score (gconstpointer a, gconstpointer b, gpointer scores)
{
  size_t first = *(const size_t *) a, second = *(const size_t *) b;
  const float *values = scores;

  if (values[first] != values[second])
    return values[first] > values[second] ? -1 : 1;
  return first < second ? -1 : first > second;
}

static void
test_select (void)
{
  g_autoptr (GRand) generator = g_rand_new_with_seed (6);
  float scores[500];
  gboolean wanted[500];
  size_t order[500], best[500];

  for (size_t i = 0; i < 500; i++)
    {
      scores[i] = (float) g_rand_int_range (generator, 0, 60); /* many are equal */
      wanted[i] = g_rand_boolean (generator);
      order[i] = i;
    }
  g_qsort_with_data (order, 500, sizeof *order, compare_by_score, scores);
  for (size_t k = 0; k <= 500; k += 25)
    {
      g_assert_cmpuint (persea_search_select (scores, NULL, 500, best, k), ==, k);
      g_assert_cmpmem (best, k * sizeof *best, order, k * sizeof *order);
    }
  for (size_t i = 0, k = 0, found = persea_search_select (scores, wanted, 500, best, 40); i < found; k++)
    if (wanted[order[k]])
      g_assert_cmpuint (best[i++], ==, order[k]);
}

static void
test_brute_force (Fixture *fixture, gconstpointer data)
{
  static const size_t n = 1000;
  g_autoptr (GRand) generator = g_rand_new_with_seed (7);
  g_autofree float *vectors = g_new (float, n * DIM);
  g_autoptr (GPtrArray) hits = NULL;
  g_autoptr (GError) error = NULL;
  PerseaSearchOptions options = persea_search_default_options;
  float query[DIM];
  double last = 2;

  g_assert_true (persea_library_begin (fixture->library, &error));
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%04zu.jpg", i);

      make_unit (generator, vectors + i * DIM, DIM);
      add_embedding (fixture, name, vectors + i * DIM);
      g_free (add_file (fixture, name, name, 0));
    }
  g_assert_true (persea_library_commit (fixture->library, &error));
  make_unit (generator, query, DIM);
  options.top = 50;
  persea_search_find (fixture->search, query, &options, &hits, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (hits->len, ==, 50);
  for (size_t k = 0; k < hits->len; k++)
    {
      const PerseaSearchHit *hit = hits->pdata[k];
      g_autofree char *name = g_path_get_basename (hit->path);
      size_t row = (size_t) g_ascii_strtoull (name, NULL, 10);
      double sum = 0;
      size_t n_better = 0;

      for (size_t i = 0; i < n; i++)
        {
          double own = 0;

          for (size_t j = 0; j < DIM; j++)
            own += (double) persea_f16_to_f32 (persea_f32_to_f16 (vectors[i * DIM + j])) * query[j];
          n_better += own > hit->score + TOLERANCE;
          if (i == row)
            sum = own;
        }
      g_assert_cmpfloat_with_epsilon (hit->score, sum, TOLERANCE);
      g_assert_cmpuint (n_better, <=, k);
      g_assert_cmpfloat (hit->score, <=, last);
      last = hit->score;
    }
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = add_picture (fixture, "a", 0.9, 0);
  g_autofree char *b = add_picture (fixture, "b", 0.8, 0);
  g_autofree char *c = add_picture (fixture, "c", 0.7, 0);
  g_autofree char *copy = add_file (fixture, "a-copy", "a", 0);
  g_autofree char *other = add_file (fixture, "unknown", "unknown", 0);
  g_autofree char *away = g_strconcat (b, "-away", NULL);
  g_autofree char *d = NULL;

  assert_found (fixture, "a a-copy b c", );
  assert_found (fixture, "a a-copy", options_.top = 2);
  assert_found (fixture, "a a-copy b", options_.least = 0.75);
  assert_found (fixture, "a-copy b c", options_.except = a);

  /* gone, and back again */
  g_assert_cmpint (g_rename (b, away), ==, 0);
  assert_found (fixture, "a a-copy c", );
  g_assert_cmpint (g_rename (away, b), ==, 0);
  assert_found (fixture, "a a-copy b c", );

  /* what came later, and what is another picture now */
  d = add_picture (fixture, "d", 0.95, 0);
  assert_found (fixture, "d a a-copy b c", );
  g_free (add_file (fixture, "a", "c", 0));
  assert_found (fixture, "d a-copy b a c", );
}

static void
tag (Fixture *fixture, int64_t run, const char *path, const char *name)
{
  g_autoptr (GPtrArray) tags = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  PerseaTagRecord record = { (char *) name, 0.8, TRUE };
  int64_t file = 0;

  g_assert_true (persea_library_find_file (fixture->library, path, &file, NULL, &error));
  g_ptr_array_add (tags, &record);
  g_assert_true (persea_library_set_tags (fixture->library, run, file, tags, &error));
}

static void
test_filters (Fixture *fixture, gconstpointer data)
{
  static const PerseaRun run = { "r", "test", "tiny", "abc", "default", "def", "{}" };
  static const PerseaRun undone_run = { "u", "test", "tiny", "abc", "default", "def", "{}" };
  const char *animal[] = { "Animal", NULL }, *dog[] = { "dog", NULL }, *both[] = { "dog", "red", NULL };
  const char *part[] = { "ani", NULL };
  g_autofree char *a = add_picture (fixture, "x/a", 0.9, 1000);
  g_autofree char *b = add_picture (fixture, "x/y/b", 0.8, 2000);
  g_autofree char *c = add_picture (fixture, "x-ray/c", 0.7, 3000);
  g_autofree char *folder = g_build_filename (fixture->folder, "x", NULL);
  g_autofree char *with_slash = g_strconcat (folder, "/", NULL);
  g_autoptr (GError) error = NULL;
  int64_t id = 0, undone = 0, file = 0;

  assert_found (fixture, "x/a x/y/b x-ray/c", );
  assert_found (fixture, "x/a x/y/b x-ray/c", options_.folder = "/");
  assert_found (fixture, "x/a x/y/b", options_.folder = folder);
  assert_found (fixture, "x/a x/y/b", options_.folder = with_slash);
  assert_found (fixture, "x/y/b x-ray/c", options_.since = 2000);
  assert_found (fixture, "x/a", options_.until = 2000);
  assert_found (fixture, "x/y/b", options_.since = 1001; options_.until = 3000);

  /* what the picture says counts more than the file, and if it says nothing, the file counts */
  g_assert_true (persea_embeddings_put_date (fixture->library, "x/a", TRUE,
                                             persea_picture_date_from_time (5000), &error));
  g_assert_true (persea_embeddings_put_date (fixture->library, "x/y/b", FALSE, 0, &error));
  assert_found (fixture, "x/a", options_.since = 5000);
  assert_found (fixture, "", options_.since = 5001);
  assert_found (fixture, "x/y/b", options_.until = 2001);
  assert_found (fixture, "x/a x/y/b x-ray/c", options_.since = 2000);
  assert_found (fixture, "x/a", options_.folder = folder; options_.since = 3000);

  g_assert_true (persea_library_add_run (fixture->library, &run, &id, &error));
  g_assert_true (persea_library_add_run (fixture->library, &undone_run, &undone, &error));
  tag (fixture, id, a, "animal|dog");
  tag (fixture, id, b, "animal|cat");
  tag (fixture, undone, a, "red");
  tag (fixture, undone, c, "animal");
  g_assert_true (persea_library_mark_undone (fixture->library, undone, &error));
  assert_found (fixture, "x/a x/y/b", options_.tags = animal);
  assert_found (fixture, "x/a", options_.tags = dog);
  assert_found (fixture, "", options_.tags = both);
  assert_found (fixture, "", options_.tags = part);
  g_assert_true (persea_library_find_file (fixture->library, a, &file, NULL, &error));
  g_assert_true (persea_library_reject (fixture->library, file, "animal|dog", &error));
  assert_found (fixture, "x/y/b", options_.tags = animal);
}

/* What is wanted lies far behind what is not. */
static void
test_rare (Fixture *fixture, gconstpointer data)
{
  g_autofree char *rare = add_picture (fixture, "rare/z", 0.1, 0);
  g_autofree char *folder = g_path_get_dirname (rare);
  g_autoptr (GError) error = NULL;

  g_assert_true (persea_library_begin (fixture->library, &error));
  for (unsigned i = 0; i < 400; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);
      g_autofree char *path = add_picture (fixture, name, 0.5 + i / 1000.0, 0);

      if (i % 4 > 0)
        g_unlink (path);
    }
  g_assert_true (persea_library_commit (fixture->library, &error));
  assert_found (fixture, "rare/z", options_.folder = folder);
  assert_found (fixture, "396 392 388", options_.top = 3);
  assert_found (fixture, "rare/z", options_.folder = folder; options_.top = 1);
}

/* (transfer full): the names of the files, "a b c" */
static char *
find_names (Fixture *fixture, const char *terms)
{
  g_auto (GStrv) list = g_strsplit (terms, " ", -1);
  g_autoptr (GPtrArray) paths = NULL;
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  persea_search_names_find (fixture->library, (const char *const *) list, 10, &paths, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < paths->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            (char *) paths->pdata[i] + strlen (fixture->folder) + 1);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const PerseaRun run = { "r", "test", "tiny", "abc", "default", "def", "{}" };
  static const struct
  {
    const char *terms, *found;
  } cases[] = {
    { "beach", "x/Beach 1.jpg x/beach-2.jpg" }, { "beach 1", "x/Beach 1.jpg" }, { "DOG", "x/other.jpg" },
    { "dog other", "x/other.jpg" }, { "dog beach", "" }, { "x", "" }, { "%", "" }, { "", "" }, { "'", "" },
  };
  g_autofree char *first = add_file (fixture, "x/Beach 1.jpg", "1", 0);
  g_autofree char *second = add_file (fixture, "x/beach-2.jpg", "2", 0);
  g_autofree char *other = add_file (fixture, "x/other.jpg", "3", 0);
  g_autofree char *gone = add_file (fixture, "x/beach-gone.jpg", "4", 0);
  g_autofree char *tags = NULL;
  g_autoptr (GError) error = NULL;
  int64_t id = 0;

  g_unlink (gone);
  g_assert_true (persea_library_add_run (fixture->library, &run, &id, &error));
  tag (fixture, id, other, "animal|dog");
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = find_names (fixture, cases[i].terms);

      g_test_message ("'%s'", cases[i].terms);
      g_assert_cmpstr (found, ==, cases[i].found);
    }
  tags = persea_search_names_describe (fixture->library, other);
  g_assert_cmpstr (tags, ==, "dog");
}

static GPtrArray *
find_duplicates (Fixture *fixture, double least, const char *folder)
{
  PerseaSearchOptions options = persea_search_default_options;
  g_autoptr (GError) error = NULL;
  GPtrArray *groups = NULL;

  options.least = least;
  options.folder = folder;
  persea_search_find_duplicates (fixture->search, &options, NULL, NULL, &groups, NULL, &error);
  g_assert_no_error (error);
  return groups;
}

static void
test_duplicates (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "x", NULL);
  float vector[DIM] = { 1 };
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GPtrArray) few = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  PerseaSearchOptions options = persea_search_default_options;
  GPtrArray *group;

  none = find_duplicates (fixture, 0.95, NULL);
  g_assert_cmpuint (none->len, ==, 0);

  add_embedding (fixture, "first", vector);
  g_free (add_file (fixture, "x/first", "first", 0));
  for (unsigned i = 0; i < 30; i++) /* all different, and more than are compared together */
    {
      float axis[DIM] = { 0 };
      g_autofree char *name = g_strdup_printf ("axis-%u", i);

      axis[3 + i] = 1;
      add_embedding (fixture, name, axis);
      g_free (add_file (fixture, name, name, 0));
    }
  vector[0] = 0.8f;
  vector[1] = 0.6f;
  add_embedding (fixture, "second", vector);
  g_free (add_file (fixture, "second", "second", 0));
  g_free (add_file (fixture, "x/axis-copy", "axis-20", 0));
  g_free (add_file (fixture, "x/axis-copy-2", "axis-20", 0));

  groups = find_duplicates (fixture, 0.75, NULL);
  g_assert_cmpuint (groups->len, ==, 2);
  group = groups->pdata[0];
  g_assert_cmpuint (group->len, ==, 2);
  g_assert_true (g_str_has_suffix (((PerseaSearchHit *) group->pdata[0])->path, "first"));
  g_assert_cmpfloat_with_epsilon (((PerseaSearchHit *) group->pdata[1])->score, 0.8, 1e-3);
  g_assert_cmpuint (((GPtrArray *) groups->pdata[1])->len, ==, 3);

  few = find_duplicates (fixture, 0.9, folder);
  g_assert_cmpuint (few->len, ==, 1);
  g_assert_cmpuint (((GPtrArray *) few->pdata[0])->len, ==, 2);

  g_cancellable_cancel (cancelled);
  options.least = 0.9;
  g_assert_false (persea_search_find_duplicates (fixture->search, &options, NULL, NULL, &none, cancelled, &error));
  g_assert_true (persea_error_is_cancelled (error));
}

/* Rows of unit length, a third of them near one of a few others. */
static uint16_t *
make_rows (size_t n, size_t dim, size_t stride)
{
  g_autoptr (GRand) generator = g_rand_new_with_seed (7);
  g_autofree float *row = g_new0 (float, stride);
  g_autofree float *near = g_new0 (float, 8 * dim);
  uint16_t *rows = g_new0 (uint16_t, n * stride);

  for (size_t i = 0; i < n; i++)
    {
      float *centre = near + g_rand_int_range (generator, 0, 8) * dim;
      double square = 0;

      for (size_t k = 0; k < dim; k++)
        row[k] = (float) g_rand_double_range (generator, -1, 1) + 0.3f;
      for (size_t k = 0; k < dim && i % 3 == 0 && i > 24; k++)
        row[k] = centre[k] + 0.2f * row[k];
      if (i <= 24)
        memcpy (centre, row, dim * sizeof *row);
      for (size_t k = 0; k < dim; k++)
        square += (double) row[k] * row[k];
      for (size_t k = 0; k < dim; k++)
        row[k] /= (float) sqrt (square);
      persea_dtype_from_f32 (PERSEA_DTYPE_F16, row, rows + i * stride, stride);
    }
  return rows;
}

static gboolean
has_row (const GArray *rows, size_t row)
{
  for (unsigned i = 0; i < rows->len; i++)
    if (g_array_index (rows, size_t, i) == row)
      return TRUE;
  return FALSE;
}

/* Every pair that is alike enough is among the candidates, and most of the others are not. */
static void
test_sketch (void)
{
  static const struct
  {
    size_t n, dim;
    float  least;
  } cases[] = { { 500, 512, 0.95f }, { 333, 100, 0.9f }, { 40, 32, 0.5f }, { 1, 512, 0.9f }, { 500, 512, -1 } };

  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      size_t n = cases[c].n, stride = persea_search_scan_stride (cases[c].dim);
      g_autofree uint16_t *rows = make_rows (n, cases[c].dim, stride);
      g_autofree float *query = g_new (float, stride);
      g_autofree float *products = g_new (float, n);
      g_autoptr (PerseaSearchSketch) sketch = persea_search_sketch_new (rows, n, stride);
      size_t n_alike = 0, n_candidates = 0;

      for (size_t first = 0; first < n; first += 3)
        {
          const size_t leaders[] = { first, first + 1, first + 2 };
          size_t n_leaders = MIN (n - first, G_N_ELEMENTS (leaders));
          GArray *candidates[G_N_ELEMENTS (leaders)];

          for (size_t q = 0; q < n_leaders; q++)
            candidates[q] = g_array_new (FALSE, FALSE, sizeof (size_t));
          persea_search_sketch_find (sketch, leaders, n_leaders, cases[c].least, candidates);
          for (size_t q = 0; q < n_leaders; q++)
            {
              persea_dtype_to_f32 (PERSEA_DTYPE_F16, rows + leaders[q] * stride, query, stride);
              persea_search_scan (&(PerseaSearchScan) { rows, n, query, 1, stride }, products);
              for (size_t row = leaders[q] + 1; row < n; row++)
                if (products[row] >= cases[c].least)
                  {
                    n_alike++;
                    g_assert_true (has_row (candidates[q], row));
                  }
              n_candidates += candidates[q]->len;
              g_array_unref (candidates[q]);
            }
        }
      g_test_message ("%zu rows: %zu alike, %zu candidates", n, n_alike, n_candidates);
      if (n > 1)
        g_assert_cmpuint (n_alike, >, 0);
      if (cases[c].least > 0.8f)
        g_assert_cmpuint (n_candidates, <=, n_alike + n * n / 20);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search/scan", test_scan);
  g_test_add_func ("/search/select", test_select);
  g_test_add_func ("/search/sketch", test_sketch);
#define ADD(name, func) g_test_add ("/search/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("contents", test_contents);
  ADD ("brute-force", test_brute_force);
  ADD ("files", test_files);
  ADD ("filters", test_filters);
  ADD ("rare", test_rare);
  ADD ("names", test_names);
  ADD ("duplicates", test_duplicates);
  return g_test_run ();
}
