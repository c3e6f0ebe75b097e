/* test-pack.c - packed weights in a file
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cache.h"
#include "persea-error.h"
#include "persea-pack.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const PerseaDriver *const drivers[] = { &persea_cpu_driver, NULL };
static const PerseaMatrixFormat panels = { PERSEA_DTYPE_BF16, FALSE, 4, 2 };

typedef struct
{
  char         *folder;
  char         *path;
  PerseaDevice *device;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("persea-pack-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "weights.pack", NULL);
  fixture->device = persea_device_open (drivers, "reference", NULL, NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0); /* no temporary was left behind */
  g_free (fixture->folder);
  g_free (fixture->path);
  persea_device_unref (fixture->device);
}

/* a matrix [3, 3] of 1 … 9 and a vector [2] */
static PerseaPack *
write_pack (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaPackWriter) writer = persea_pack_writer_new (path, &error);
  const float rows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

  g_assert_no_error (error);
  g_assert_true (persea_pack_writer_add_matrix (writer, "w", &panels, rows, 3, 3, &error));
  g_assert_true (persea_pack_writer_add_tensor (writer, "v", PERSEA_DTYPE_F32, rows, 2, &error));
  PerseaPack *pack = persea_pack_writer_finish (writer, &error);
  g_assert_no_error (error);
  return pack;
}

static void
assert_contents (PerseaPack *pack, PerseaDevice *device)
{
  /* panels of 4 outputs, groups of 2 inputs, both padded with zeros */
  const float expected[] = { 1, 2, 4, 5, 7, 8, 0, 0, 3, 0, 6, 0, 9, 0, 0, 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaMatrix) matrix = persea_pack_get_matrix (pack, device, "w", &panels, 3, 3, &error);
  g_assert_no_error (error);
  g_autoptr (PerseaTensor) vector = persea_pack_get_tensor (pack, device, "v", PERSEA_DTYPE_F32, 0, 2,
                                                            &error);
  uint16_t packed[16];
  float values[2];

  g_assert_no_error (error);
  g_assert_true (persea_tensor_download (matrix->tensor, packed, &error));
  for (unsigned i = 0; i < G_N_ELEMENTS (packed); i++)
    g_assert_cmpfloat (persea_bf16_to_f32 (packed[i]), ==, expected[i]);
  g_assert_true (persea_tensor_download (vector, values, &error));
  g_assert_cmpfloat (values[1], ==, 2);
}

static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaPack) written = write_pack (fixture->path);
  g_autoptr (PerseaPack) opened = persea_pack_open (fixture->path, &error);

  g_assert_no_error (error);
  assert_contents (written, fixture->device);
  assert_contents (opened, fixture->device);
}

static void
test_memory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaPack) pack = write_pack (NULL);

  assert_contents (pack, fixture->device);
}

/* other sizes or formats than were packed are no entry at all */
static void
test_mismatch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaPack) pack = write_pack (NULL);
  PerseaMatrixFormat other = panels;
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_pack_get_matrix (pack, fixture->device, "w", &panels, 3, 4, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_clear_error (&error);
  other.panel = 2;
  g_assert_null (persea_pack_get_matrix (pack, fixture->device, "w", &other, 3, 3, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (persea_pack_get_tensor (pack, fixture->device, "u", PERSEA_DTYPE_F32, 0, 2, &error));
  g_assert_nonnull (strstr (error->message, "found none"));
}

/* GLib waits for the disk only where it replaces a file that is there. */
static gboolean
replace_file (const char *path, const char *contents, size_t size)
{
  g_unlink (path);
  return g_file_set_contents (path, contents, (gssize) size, NULL);
}

/* cut anywhere, or with any byte of header and index changed, it is refused and not believed */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  size_t length;

  persea_pack_unref (write_pack (fixture->path));
  g_assert_true (g_file_get_contents (fixture->path, &contents, &length, NULL));
  for (size_t cut = 0; cut < length; cut++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (replace_file (fixture->path, contents, cut));
      g_assert_null (persea_pack_open (fixture->path, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
    }
  for (size_t i = 0; i < length; i++)
    {
      if (i >= 64 && i < 192) /* the two entries and their padding */
        continue;
      contents[i] ^= 0x10;
      g_assert_true (replace_file (fixture->path, contents, length));
      g_assert_null (persea_pack_open (fixture->path, NULL));
      contents[i] ^= 0x10;
    }
}

static void
make_old (const char *path)
{
  const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time (NULL) - 2 * 86400 } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* any byte of an entry changed is noticed by the first to open the pack on a day */
static void
test_damaged_data (Fixture *fixture, gconstpointer data)
{
  g_autofree char *contents = NULL;
  size_t length;

  persea_pack_unref (write_pack (fixture->path));
  g_assert_true (g_file_get_contents (fixture->path, &contents, &length, NULL));
  for (size_t i = 0; i < 32 + 8; i++)
    {
      size_t place = i < 32 ? 64 + i : 128 + i - 32;
      g_autoptr (GError) error = NULL;

      contents[place] ^= 1;
      g_assert_true (replace_file (fixture->path, contents, length));
      contents[place] ^= 1;
      persea_pack_unref (persea_pack_open (fixture->path, &error));
      g_assert_no_error (error);
      make_old (fixture->path);
      g_assert_null (persea_pack_open (fixture->path, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
    }
  g_assert_true (replace_file (fixture->path, contents, length));
  make_old (fixture->path);
  g_assert_false (persea_cache_is_fresh (fixture->path));
  persea_pack_unref (persea_pack_open (fixture->path, NULL));
  g_assert_true (persea_cache_is_fresh (fixture->path));
}

/* bytes of this process that are in memory */
static size_t
resident (void)
{
  g_autofree char *contents = NULL;
  size_t pages;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &contents, NULL, NULL));
  pages = strtoul (strchr (contents, ' '), NULL, 10);
  return pages * (size_t) sysconf (_SC_PAGESIZE);
}

static void
test_let_go (Fixture *fixture, gconstpointer data)
{
  const size_t n = 8 << 20;
  g_autofree float *values = g_new (float, n);
  g_autoptr (PerseaPackWriter) writer = persea_pack_writer_new (fixture->path, NULL);
  g_autoptr (PerseaPack) pack = NULL;
  g_autoptr (PerseaTensor) tensor = NULL;
  size_t before;

  for (size_t i = 0; i < n; i++)
    values[i] = i % 4096;
  g_assert_true (persea_pack_writer_add_tensor (writer, "v", PERSEA_DTYPE_F32, values, n, NULL));
  pack = persea_pack_writer_finish (writer, NULL);
  tensor = persea_pack_get_tensor (pack, fixture->device, "v", PERSEA_DTYPE_F32, 0, n, NULL);
  g_assert_true (persea_tensor_download (tensor, values, NULL));
  before = resident ();
  persea_pack_let_go (pack);
  g_assert_cmpuint (resident () + n * sizeof *values / 2, <, before);

  memset (values, 0, n * sizeof *values);
  g_assert_true (persea_tensor_download (tensor, values, NULL));
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat (values[i], ==, i % 4096);
}

static void
test_abandoned (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaPackWriter) writer = persea_pack_writer_new (fixture->path, NULL);

  g_assert_true (persea_pack_writer_add_tensor (writer, "v", PERSEA_DTYPE_F32, (float[]) { 1 }, 1,
                                                NULL));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

#define ADD(name, function) \
  g_test_add ("/pack/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("file", test_file);
  ADD ("memory", test_memory);
  ADD ("mismatch", test_mismatch);
  ADD ("damaged", test_damaged);
  ADD ("damaged-data", test_damaged_data);
  ADD ("let-go", test_let_go);
  ADD ("abandoned", test_abandoned);
  return g_test_run ();
}
