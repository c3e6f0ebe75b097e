/* persea-npy.c - NumPy's .npy files: one array with its shape
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The header is a Python dictionary literal.  Python's grammar is not needed for it: three known
 * keys, each once, in any order, with values of three known forms.
 */
#include "config.h"

#include "persea-npy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "persea-error.h"

#define NPY_MAGIC "\x93NUMPY"
#define NPY_MAGIC_SIZE 6
#define NPY_START_1_0 10 /* where the header begins */
#define NPY_START_2_0 12
#define NPY_ALIGNMENT 64 /* of the elements' offset, as numpy writes it */
#define NPY_MAX_HEADER 65536

/* As Python writes them. */
static const char *const npy_types[PERSEA_N_DTYPES] = {
  [PERSEA_DTYPE_F32] = "'<f4'",
  [PERSEA_DTYPE_F16] = "'<f2'",
  [PERSEA_DTYPE_F64] = "'<f8'",
  [PERSEA_DTYPE_I8] = "'|i1'",
  [PERSEA_DTYPE_U8] = "'|u1'",
  [PERSEA_DTYPE_I16] = "'<i2'",
  [PERSEA_DTYPE_I32] = "'<i4'",
  [PERSEA_DTYPE_I64] = "'<i8'",
  [PERSEA_DTYPE_BOOL] = "'|b1'",
};

/* Reads forward through the header; never past @end. */
typedef struct
{
  const char *at;
  const char *end;
} NpyCursor;

static void
cursor_skip_spaces (NpyCursor *cursor)
{
  while (cursor->at < cursor->end && *cursor->at == ' ')
    cursor->at++;
}

/* Takes @word, and spaces before it, if it comes next. */
static gboolean
cursor_take (NpyCursor *cursor, const char *word)
{
  size_t length = strlen (word);

  cursor_skip_spaces (cursor);
  if ((size_t) (cursor->end - cursor->at) < length || memcmp (cursor->at, word, length) != 0)
    return FALSE;
  cursor->at += length;
  return TRUE;
}

static gboolean
npy_fail (GError **error, const char *what)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "not a NumPy array: %s", what);
  return FALSE;
}

static gboolean
npy_parse_size (NpyCursor *cursor, size_t *size, GError **error)
{
  size_t value = 0;
  const char *start;

  cursor_skip_spaces (cursor);
  start = cursor->at;
  while (cursor->at < cursor->end && g_ascii_isdigit (*cursor->at))
    {
      if (!g_size_checked_mul (&value, value, 10)
          || !g_size_checked_add (&value, value, *cursor->at - '0'))
        return npy_fail (error, "a size in its shape is out of range");
      cursor->at++;
    }
  if (cursor->at == start)
    return npy_fail (error, "its shape holds something other than sizes");

  *size = value;
  return TRUE;
}

/* "()", "(3,)", "(3, 4)"; as in Python, "(3)" is no tuple. */
static gboolean
npy_parse_shape (NpyCursor *cursor, PerseaNpy *npy, GError **error)
{
  if (!cursor_take (cursor, "("))
    return npy_fail (error, "its shape is not a tuple");

  while (!cursor_take (cursor, ")"))
    {
      if (npy->n_dims == PERSEA_NPY_MAX_DIMS)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                       "the array has more than %d dimensions", PERSEA_NPY_MAX_DIMS);
          return FALSE;
        }
      if (!npy_parse_size (cursor, &npy->shape[npy->n_dims++], error))
        return FALSE;
      if (cursor_take (cursor, ","))
        continue;
      if (npy->n_dims > 1 && cursor_take (cursor, ")"))
        return TRUE;
      return npy_fail (error, "its shape lacks a comma or a parenthesis");
    }
  return TRUE;
}

static gboolean
npy_parse_type (NpyCursor *cursor, PerseaNpy *npy, GError **error)
{
  g_autofree char *found = NULL;
  g_autofree char *escaped = NULL;

  for (int dtype = 0; dtype < PERSEA_N_DTYPES; dtype++)
    if (npy_types[dtype] != NULL && cursor_take (cursor, npy_types[dtype]))
      {
        npy->dtype = dtype;
        return TRUE;
      }

  found = g_strndup (cursor->at, MIN (5, cursor->end - cursor->at));
  escaped = g_strescape (found, NULL);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "the array's elements are of type %s; expected one of <f4, <f2, <f8, |u1, |i1, "
               "|b1, <i2, <i4, <i8", escaped);
  return FALSE;
}

static gboolean
npy_parse_order (NpyCursor *cursor, GError **error)
{
  if (cursor_take (cursor, "False"))
    return TRUE;
  if (!cursor_take (cursor, "True"))
    return npy_fail (error, "its order is neither True nor False");
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                       "the array is column-major (fortran_order); expected row-major");
  return FALSE;
}

static gboolean
npy_parse_entry (NpyCursor *cursor, PerseaNpy *npy, gboolean seen[3], GError **error)
{
  static const char *const keys[] = { "'descr':", "'fortran_order':", "'shape':" };
  int key = 0;

  while (key < 3 && !cursor_take (cursor, keys[key]))
    key++;
  if (key == 3 || seen[key])
    return npy_fail (error, key == 3 ? "its header has an unknown key"
                                     : "its header repeats a key");
  seen[key] = TRUE;

  if (key == 0)
    return npy_parse_type (cursor, npy, error);
  if (key == 1)
    return npy_parse_order (cursor, error);
  return npy_parse_shape (cursor, npy, error);
}

static gboolean
npy_parse_header (NpyCursor cursor, PerseaNpy *npy, GError **error)
{
  gboolean seen[3] = { FALSE, FALSE, FALSE };

  if (!cursor_take (&cursor, "{"))
    return npy_fail (error, "its header is not a dictionary");
  for (int i = 0; i < 3; i++)
    {
      if (!npy_parse_entry (&cursor, npy, seen, error))
        return FALSE;
      if (!cursor_take (&cursor, ",") && i < 2)
        return npy_fail (error, "its header lacks a comma or one of descr, fortran_order, shape");
    }
  if (!cursor_take (&cursor, "}"))
    return npy_fail (error, "its header goes on after descr, fortran_order and shape");
  if (!cursor_take (&cursor, "\n") || cursor.at != cursor.end)
    return npy_fail (error, "its header does not end with a line feed");

  npy->n_elements = 1;
  for (int i = 0; i < npy->n_dims; i++)
    if (!g_size_checked_mul (&npy->n_elements, npy->n_elements, npy->shape[i]))
      return npy_fail (error, "its shape is out of range");
  return TRUE;
}

/* Finds the header between the fixed first bytes and the elements. */
static gboolean
npy_find_header (const uint8_t *data, size_t size, NpyCursor *header, GError **error)
{
  size_t start, length;

  if (size < NPY_MAGIC_SIZE + 4 || memcmp (data, NPY_MAGIC, NPY_MAGIC_SIZE) != 0)
    return npy_fail (error, "it does not begin with \\x93NUMPY");
  if (data[6] < 1 || data[6] > 2 || data[7] != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "the array's file format is version %u.%u; expected 1.0 or 2.0",
                   data[6], data[7]);
      return FALSE;
    }

  start = data[6] == 1 ? NPY_START_1_0 : NPY_START_2_0;
  if (size < start)
    return npy_fail (error, "it ends within its header");
  length = data[8] | (size_t) data[9] << 8;
  if (data[6] == 2)
    length |= (size_t) data[10] << 16 | (size_t) data[11] << 24;
  if (length > NPY_MAX_HEADER || length > size - start)
    return npy_fail (error, "its header is longer than it may be");

  header->at = (const char *) data + start;
  header->end = header->at + length;
  return TRUE;
}

static gboolean
npy_parse_into (PerseaNpy *npy, GBytes *bytes, GError **error)
{
  NpyCursor header;
  size_t size, offset, need;
  const uint8_t *data = g_bytes_get_data (bytes, &size);

  if (!npy_find_header (data, size, &header, error) || !npy_parse_header (header, npy, error))
    return FALSE;

  offset = (const uint8_t *) header.end - data;
  if (!g_size_checked_mul (&need, npy->n_elements, persea_dtype_size (npy->dtype)))
    return npy_fail (error, "its shape is out of range");
  if (need != size - offset)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "damaged NumPy array: expected %" G_GSIZE_FORMAT " bytes of elements, found "
                   "%" G_GSIZE_FORMAT, need, size - offset);
      return FALSE;
    }

  /* Only a file that numpy did not write has its elements at an odd place. */
  if ((uintptr_t) (data + offset) % persea_dtype_size (npy->dtype) == 0)
    npy->bytes = g_bytes_new_from_bytes (bytes, offset, need);
  else
    npy->bytes = g_bytes_new (data + offset, need);
  npy->data = g_bytes_get_data (npy->bytes, NULL);
  return TRUE;
}

PerseaNpy *
persea_npy_parse (GBytes *bytes, GError **error)
{
  g_autoptr (PerseaNpy) npy = g_new0 (PerseaNpy, 1);

  g_return_val_if_fail (bytes != NULL, NULL);

  if (!npy_parse_into (npy, bytes, error))
    return NULL;
  return g_steal_pointer (&npy);
}

PerseaNpy *
persea_npy_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  char *contents;
  size_t size;
  PerseaNpy *npy;

  g_return_val_if_fail (path != NULL, NULL);

  if (!g_file_get_contents (path, &contents, &size, error))
    return NULL;
  bytes = g_bytes_new_take (contents, size);
  npy = persea_npy_parse (bytes, error);
  if (npy == NULL)
    g_prefix_error (error, "%s: ", path);
  return npy;
}

void
persea_npy_free (PerseaNpy *npy)
{
  if (npy == NULL)
    return;
  g_clear_pointer (&npy->bytes, g_bytes_unref);
  g_free (npy);
}

/* The header with its padding: the elements begin at a multiple of NPY_ALIGNMENT. */
static GString *
npy_format_header (PerseaDtype dtype, const size_t *shape, int n_dims)
{
  GString *header = g_string_new (NULL);

  g_string_append_printf (header, "{'descr': %s, 'fortran_order': False, 'shape': (",
                          npy_types[dtype]);
  for (int i = 0; i < n_dims; i++)
    g_string_append_printf (header, i > 0 ? ", %" G_GSIZE_FORMAT : "%" G_GSIZE_FORMAT, shape[i]);
  g_string_append (header, n_dims == 1 ? ",), }" : "), }");

  while ((NPY_START_1_0 + header->len + 1) % NPY_ALIGNMENT != 0)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');
  return header;
}

GBytes *
persea_npy_serialize (PerseaDtype dtype, const size_t *shape, int n_dims, const void *data)
{
  g_autoptr (GString) header = NULL;
  size_t size, offset;
  uint8_t *file;

  g_return_val_if_fail (dtype < PERSEA_N_DTYPES && npy_types[dtype] != NULL, NULL);
  g_return_val_if_fail (n_dims >= 0 && n_dims <= PERSEA_NPY_MAX_DIMS, NULL);

  header = npy_format_header (dtype, shape, n_dims);
  offset = NPY_START_1_0 + header->len;
  size = persea_dtype_size (dtype);
  for (int i = 0; i < n_dims; i++)
    size *= shape[i];

  file = g_malloc (offset + size);
  memcpy (file, NPY_MAGIC "\x01\x00", 8);
  file[8] = header->len & 0xff;
  file[9] = header->len >> 8;
  memcpy (file + NPY_START_1_0, header->str, header->len);
  if (size > 0)
    memcpy (file + offset, data, size);
  return g_bytes_new_take (file, offset + size);
}

static gboolean
npy_set_save_error (const char *path, int number, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "%s: %s", name, g_strerror (number));
  return FALSE;
}

/* into a device or a pipe, which must not be replaced by a file */
static gboolean
npy_write_through (const char *path, const char *contents, size_t size, GError **error)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  int number = fd < 0 ? errno : 0;

  while (number == 0 && size > 0)
    {
      ssize_t n = write (fd, contents, size);

      if (n < 0 && errno != EINTR)
        number = errno;
      contents += MAX (n, 0);
      size -= MAX (n, 0);
    }
  if (fd >= 0 && close (fd) != 0 && number == 0)
    number = errno;
  return number == 0 || npy_set_save_error (path, number, error);
}

gboolean
persea_npy_save (const char   *path,
                 PerseaDtype   dtype,
                 const size_t *shape,
                 int           n_dims,
                 const void   *data,
                 GError      **error)
{
  g_autoptr (GBytes) bytes = persea_npy_serialize (dtype, shape, n_dims, data);
  struct stat status;
  size_t size;
  const char *contents;

  g_return_val_if_fail (bytes != NULL, FALSE);

  contents = g_bytes_get_data (bytes, &size);
  if (stat (path, &status) == 0 && S_ISDIR (status.st_mode))
    return npy_set_save_error (path, EISDIR, error);
  if (stat (path, &status) == 0 && !S_ISREG (status.st_mode))
    return npy_write_through (path, contents, size, error);
  return g_file_set_contents_full (path, contents, size,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0666, error);
}
