/* test-npy.c - reading and writing .npy files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-npy.h"

#include "persea-error.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* A version 1.0 file from a header (a line feed is added) and elements. */
static GBytes *
make_file (const char *header, const void *elements, size_t size)
{
  GByteArray *file = g_byte_array_new ();
  size_t length = strlen (header) + 1;
  const uint8_t start[] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, length & 0xff, length >> 8 };

  g_byte_array_append (file, start, sizeof start);
  g_byte_array_append (file, (const uint8_t *) header, length - 1);
  g_byte_array_append (file, (const uint8_t *) "\n", 1);
  g_byte_array_append (file, elements, size);
  return g_byte_array_free_to_bytes (file);
}

/* numpy.save ("x.npy", numpy.array ([[1, -2, 3]], "int32")), numpy 1.24.2 */
static void
test_reads_numpy (void)
{
  static const char header[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<i4', 'fortran_order': False, 'shape': (1, 3), }"
    "                                                          \n";
  static const int32_t expected[] = { 1, -2, 3 };
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (PerseaNpy) npy = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (sizeof header - 1, ==, 128);
  g_byte_array_append (file, (const uint8_t *) header, sizeof header - 1);
  g_byte_array_append (file, (const uint8_t *) expected, sizeof expected);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&file));

  npy = persea_npy_parse (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpint (npy->dtype, ==, PERSEA_DTYPE_I32);
  g_assert_cmpint (npy->n_dims, ==, 2);
  g_assert_cmpuint (npy->shape[0], ==, 1);
  g_assert_cmpuint (npy->shape[1], ==, 3);
  g_assert_cmpmem (npy->data, npy->n_elements * 4, expected, sizeof expected);

  again = persea_npy_serialize (PERSEA_DTYPE_I32, npy->shape, 2, expected);
  g_assert_true (g_bytes_equal (bytes, again));
}

static void
test_round_trip (void)
{
  static const size_t shape[] = { 2, 1, 3, 2, 1, 1, 1, 2 };
  uint8_t elements[24 * 8];

  for (size_t i = 0; i < sizeof elements; i++)
    elements[i] = i * 37;

  for (int dtype = 0; dtype < PERSEA_N_DTYPES; dtype++)
    for (int n_dims = 0; dtype != PERSEA_DTYPE_BF16 && n_dims <= PERSEA_NPY_MAX_DIMS; n_dims++)
      {
        g_autoptr (GBytes) bytes = persea_npy_serialize (dtype, shape, n_dims, elements);
        g_autoptr (GError) error = NULL;
        g_autoptr (PerseaNpy) npy = persea_npy_parse (bytes, &error);

        g_assert_no_error (error);
        g_assert_cmpint (npy->dtype, ==, dtype);
        g_assert_cmpint (npy->n_dims, ==, n_dims);
        for (int i = 0; i < n_dims; i++)
          g_assert_cmpuint (npy->shape[i], ==, shape[i]);
        g_assert_cmpmem (npy->data, npy->n_elements * persea_dtype_size (dtype),
                         elements, npy->n_elements * persea_dtype_size (dtype));
      }
}

static void
test_empty_array (void)
{
  static const size_t shape[] = { 0, 512 };
  g_autoptr (GBytes) bytes = persea_npy_serialize (PERSEA_DTYPE_F32, shape, 2, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaNpy) npy = persea_npy_parse (bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (npy->n_elements, ==, 0);
  g_assert_cmpuint (npy->shape[1], ==, 512);
}

static void
test_odd_offset_is_aligned (void)
{
  static const double elements[] = { 0.5, -3.25 };

  for (int padding = 0; padding < 8; padding++)
    {
      g_autofree char *header
        = g_strdup_printf ("{'shape': (2,), 'descr': '<f8', 'fortran_order': False}%*s",
                           padding, "");
      g_autoptr (GBytes) bytes = make_file (header, elements, sizeof elements);
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaNpy) npy = persea_npy_parse (bytes, &error);

      g_assert_no_error (error);
      g_assert_cmpuint ((uintptr_t) npy->data % 8, ==, 0);
      g_assert_cmpmem (npy->data, sizeof elements, elements, sizeof elements);
    }
}

static void
test_save_and_load (void)
{
  static const size_t shape[] = { 2, 2 };
  static const float elements[] = { 1.5f, -0.0f, 1e-30f, 3e38f };
  g_autofree char *folder = g_dir_make_tmp ("persea-npy-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.npy", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaNpy) npy = NULL;

  g_assert_null (persea_npy_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);

  g_assert_true (persea_npy_save (path, PERSEA_DTYPE_F32, shape, 2, elements, &error));
  g_assert_no_error (error);
  npy = persea_npy_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (npy->data, npy->n_elements * 4, elements, sizeof elements);

  g_assert_true (g_file_set_contents (path, "JPEG", 4, NULL));
  g_assert_null (persea_npy_load (path, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_true (g_str_has_prefix (error->message, path));

  g_remove (path);
  g_rmdir (folder);
}

/* As root, a file would else take the place of /dev/full. */
static void
test_save_through (void)
{
  static const size_t shape[] = { 3 };
  static const uint8_t elements[] = { 1, 2, 3 };
  g_autoptr (GBytes) bytes = persea_npy_serialize (PERSEA_DTYPE_U8, shape, 1, elements);
  g_autofree char *folder = g_dir_make_tmp ("persea-npy-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "pipe", NULL);
  g_autoptr (GError) error = NULL;
  uint8_t read_back[1024];
  ssize_t n;
  int fd;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  fd = g_open (path, O_RDWR | O_NONBLOCK, 0);
  g_assert_true (persea_npy_save (path, PERSEA_DTYPE_U8, shape, 1, elements, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  n = read (fd, read_back, sizeof read_back);
  g_assert_cmpmem (read_back, n, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  close (fd);

  g_assert_false (persea_npy_save (folder, PERSEA_DTYPE_U8, shape, 1, elements, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_remove (path);
  g_rmdir (folder);
}

/* Every file cut short, and every file with bytes too many, is refused. */
static void
test_truncated (void)
{
  static const size_t shape[] = { 3 };
  static const uint8_t elements[] = { 1, 2, 3, 4 };
  g_autoptr (GBytes) bytes = persea_npy_serialize (PERSEA_DTYPE_U8, shape, 1, elements);
  g_autofree uint8_t *longer = NULL;
  size_t size;
  const uint8_t *data = g_bytes_get_data (bytes, &size);

  longer = g_malloc0 (size + 1);
  memcpy (longer, data, size);
  for (size_t n = 0; n <= size + 1; n++)
    {
      g_autoptr (GBytes) part = g_bytes_new (longer, n); /* its own block: sanitizers see overruns */
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaNpy) npy = persea_npy_parse (part, &error);

      if (n == size)
        g_assert_no_error (error);
      else
        g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
    }
}

static void
test_hostile_headers (void)
{
#define SHAPED(shape) "{'descr': '|u1', 'fortran_order': False, 'shape': " shape ", }"
  static const struct
  {
    const char *header;
    int         code;
  } cases[] = {
    { "", PERSEA_ERROR_INVALID_DATA },
    { "{", PERSEA_ERROR_INVALID_DATA },
    { "{}", PERSEA_ERROR_INVALID_DATA },
    { "{'descr': '|u1', 'fortran_order': False}", PERSEA_ERROR_INVALID_DATA },
    { "{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}", PERSEA_ERROR_INVALID_DATA },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}",
      PERSEA_ERROR_INVALID_DATA },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} }", PERSEA_ERROR_INVALID_DATA },
    { "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}", PERSEA_ERROR_INVALID_DATA },
    { "{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}", PERSEA_ERROR_UNSUPPORTED },
    { "{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", PERSEA_ERROR_UNSUPPORTED },
    { "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", PERSEA_ERROR_UNSUPPORTED },
    { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
      PERSEA_ERROR_UNSUPPORTED },
    { SHAPED ("1"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(1)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(,)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(1,,1)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(1 1)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(-1,)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(1, 1"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(2,)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(18446744073709551617,)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(4294967296, 4294967297)"), PERSEA_ERROR_INVALID_DATA },
    { SHAPED ("(1, 1, 1, 1, 1, 1, 1, 1, 1)"), PERSEA_ERROR_UNSUPPORTED },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}",
      PERSEA_ERROR_INVALID_DATA },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = make_file (cases[i].header, "\0", 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaNpy) npy = persea_npy_parse (bytes, &error);

      g_test_message ("%s: %s", cases[i].header, error ? error->message : "read");
      g_assert_null (npy);
      g_assert_error (error, PERSEA_ERROR, cases[i].code);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
#undef SHAPED
}

static void
test_versions (void)
{
  static const char header[] = "{'descr': '|u1', 'fortran_order': False, 'shape': ()}\n";

  for (int major = 0; major < 5; major++)
    {
      g_autoptr (GByteArray) file = g_byte_array_new ();
      const uint8_t start[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', major, 0, sizeof header - 1, 0, 0, 0,
      };
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaNpy) npy = NULL;

      g_byte_array_append (file, start, major < 2 ? 10 : 12);
      g_byte_array_append (file, (const uint8_t *) header, sizeof header - 1);
      g_byte_array_append (file, (const uint8_t *) "\x2a", 1);
      bytes = g_byte_array_free_to_bytes (g_steal_pointer (&file));
      npy = persea_npy_parse (bytes, &error);

      if (major == 1 || major == 2)
        {
          g_assert_no_error (error);
          g_assert_cmpint (*(const uint8_t *) npy->data, ==, 42);
        }
      else
        g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/npy/reads-numpy", test_reads_numpy);
  g_test_add_func ("/npy/round-trip", test_round_trip);
  g_test_add_func ("/npy/empty-array", test_empty_array);
  g_test_add_func ("/npy/odd-offset-is-aligned", test_odd_offset_is_aligned);
  g_test_add_func ("/npy/save-and-load", test_save_and_load);
  g_test_add_func ("/npy/save-through", test_save_through);
  g_test_add_func ("/npy/truncated", test_truncated);
  g_test_add_func ("/npy/hostile-headers", test_hostile_headers);
  g_test_add_func ("/npy/versions", test_versions);
  return g_test_run ();
}
