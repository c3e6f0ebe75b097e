/* test-cache.c - how long the files of the cache are kept
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "persea-sum.h"

/* a file of @size bytes, without taking that much room, last used @days ago */
static char *
make_file (const char *kind, const char *name, uint64_t size, int days)
{
  g_autofree char *folder = persea_cache_get_folder (kind);
  char *path = g_build_filename (folder, name, NULL);
  const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time (NULL) - days * 86400 - 60 } };
  int fd;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  fd = open (path, O_WRONLY | O_CREAT, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  g_assert_cmpint (futimens (fd, times), ==, 0);
  close (fd);
  return path;
}

static void
clear_all (void)
{
  g_autoptr (GError) error = NULL;
  uint64_t n_bytes;

  g_assert_true (persea_cache_clear (NULL, &n_bytes, &error));
  g_assert_no_error (error);
}

#define assert_there(path) g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS))
#define assert_gone(path) g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS))

static void
test_list (void)
{
  g_autofree char *old = make_file ("weights", "a.pack", 10, 5);
  g_autofree char *new = make_file ("kernels", "b.bin", 20, 0);
  g_autoptr (GPtrArray) files = persea_cache_list ();
  const PerseaCacheFile *first, *second;

  g_assert_cmpuint (files->len, ==, 2);
  first = files->pdata[0];
  second = files->pdata[1];
  g_assert_cmpstr (first->path, ==, new);
  g_assert_cmpstr (first->kind, ==, "kernels");
  g_assert_cmpstr (second->path, ==, old);
  g_assert_cmpuint (second->size, ==, 10);
  clear_all ();
}

static void
test_mark (void)
{
  g_autofree char *path = make_file ("weights", "a.pack", 10, 5);
  GStatBuf before, after;

  g_assert_false (persea_cache_is_fresh (path));
  persea_cache_mark (path);
  g_assert_true (persea_cache_is_fresh (path));
  g_assert_cmpint (g_stat (path, &before), ==, 0);
  persea_cache_mark (path);
  g_assert_cmpint (g_stat (path, &after), ==, 0);
  g_assert_cmpint (before.st_ctim.tv_nsec, ==, after.st_ctim.tv_nsec);
  clear_all ();
}

static void
test_age (void)
{
  g_autofree char *old = make_file ("weights", "old.pack", 10, 61);
  g_autofree char *kept = make_file ("weights", "kept.pack", 10, 61);
  g_autofree char *used = make_file ("vocabularies", "used.texts", 10, 59);

  persea_cache_tidy (kept);
  assert_gone (old);
  assert_there (kept);
  assert_there (used);
  clear_all ();
}

/* what a killed process was writing; what another one may be writing just now stays */
static void
test_left_behind (void)
{
  g_autofree char *pack = make_file ("weights", "0123-cpu-f32.pack.a1B2c3", 10, 2);
  g_autofree char *table = make_file ("vocabularies", ".goutputstream-ABCDEF", 10, 2);
  g_autofree char *young = make_file ("weights", "0123-cpu-f32.pack.d1B2c3", 10, 0);
  g_autofree char *whole = make_file ("weights", "0123-cpu-f32.pack", 10, 2);

  persea_cache_tidy (NULL);
  assert_gone (pack);
  assert_gone (table);
  assert_there (young);
  assert_there (whole);
  clear_all ();
}

/* the oldest go until the rest fits; never those of today */
static void
test_size (void)
{
  uint64_t third = PERSEA_CACHE_MAX_SIZE / 3 + 1;
  g_autofree char *today = make_file ("weights", "today.pack", third, 0);
  g_autofree char *also = make_file ("weights", "also.pack", third, 0);
  g_autofree char *last = make_file ("weights", "last.pack", third, 9);
  g_autofree char *small = make_file ("vocabularies", "small.texts", 1000, 10);

  persea_cache_tidy (NULL);
  assert_there (today);
  assert_there (also);
  assert_gone (last);
  assert_there (small);
  clear_all ();
}

static void
test_clear (void)
{
  static const char *const kinds[] = { "kernels", NULL };
  g_autofree char *pack = make_file ("weights", "a.pack", 10, 5);
  g_autofree char *kernel = make_file ("kernels", "b.bin", 20, 0);
  g_autoptr (GError) error = NULL;
  uint64_t n_bytes;

  g_assert_true (persea_cache_clear (kinds, &n_bytes, &error));
  g_assert_cmpuint (n_bytes, ==, 20);
  assert_gone (kernel);
  assert_there (pack);
  clear_all ();
  assert_gone (pack);
}

/* every bit counts, and so does the length */
static void
test_sum (void)
{
  uint8_t bytes[71];
  uint64_t sum;

  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t) (i * 37);
  sum = persea_sum_add (0, bytes, sizeof bytes);
  for (size_t i = 0; i < 8 * sizeof bytes; i++)
    {
      bytes[i / 8] ^= 1 << i % 8;
      g_assert_cmpuint (persea_sum_add (0, bytes, sizeof bytes), !=, sum);
      bytes[i / 8] ^= 1 << i % 8;
    }
  for (size_t size = 0; size < sizeof bytes; size++)
    g_assert_cmpuint (persea_sum_add (0, bytes, size), !=, sum);
  g_assert_cmpuint (persea_sum_add (1, bytes, sizeof bytes), !=, sum);
}

int
main (int argc, char **argv)
{
  static const char *const kinds[] = { "weights", "kernels", "vocabularies", "identities" };
  /* not G_TEST_OPTION_ISOLATE_DIRS: GLib 2.74 leaks what it sets there, and the leak is found */
  g_autofree char *home = g_dir_make_tmp ("persea-test-cache-XXXXXX", NULL);
  int status;

  g_assert_nonnull (home);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cache/list", test_list);
  g_test_add_func ("/cache/mark", test_mark);
  g_test_add_func ("/cache/age", test_age);
  g_test_add_func ("/cache/left-behind", test_left_behind);
  g_test_add_func ("/cache/size", test_size);
  g_test_add_func ("/cache/clear", test_clear);
  g_test_add_func ("/cache/sum", test_sum);
  status = g_test_run ();
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *folder = persea_cache_get_folder (kinds[i]);

      g_rmdir (folder);
    }
  g_autofree char *cache = g_build_filename (home, "persea", NULL);
  g_rmdir (cache);
  g_rmdir (home);
  return status;
}
