/* test-flax.c - the msgpack files of Flax, honest and lying
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The honest ones are in tests/golden/flax; see tests/golden/README.md.
 */
#include "config.h"

#include "persea-checkpoint.h"

#include <string.h>

#include "persea-error.h"
#include "persea-msgpack-private.h"

static const struct
{
  const char *name;
  PerseaDtype dtype;
  unsigned    n_dims;
  size_t      shape[3];
  float       first, last;
} saved[] = {
  { "lm_head.kernel", PERSEA_DTYPE_F32, 2, { 6, 4 }, 0, 23 },
  { "model.encoder.embed_tokens.embedding", PERSEA_DTYPE_F32, 3, { 2, 3, 4 }, 0, 23 },
  { "model.encoder.layers.0.bias", PERSEA_DTYPE_F32, 1, { 4 }, 0, 3 },
  { "model.half", PERSEA_DTYPE_F16, 1, { 2 }, 1.5f, -2.25f },
  { "model.bfloat", PERSEA_DTYPE_BF16, 1, { 2 }, 1.5f, -2.25f },
  { "model.double", PERSEA_DTYPE_F64, 1, { 2 }, 0.1f, G_MAXFLOAT * 2 },
  { "model.long", PERSEA_DTYPE_I64, 2, { 1, 2 }, -1, 1099511627776.0f },
  { "model.int", PERSEA_DTYPE_I32, 1, { 1 }, -7, -7 },
  { "model.short", PERSEA_DTYPE_I16, 1, { 1 }, -300, -300 },
  { "model.char", PERSEA_DTYPE_I8, 1, { 1 }, -3, -3 },
  { "model.byte", PERSEA_DTYPE_U8, 1, { 1 }, 200, 200 },
  { "model.bool", PERSEA_DTYPE_BOOL, 1, { 2 }, 1, 0 },
  { "model.scalar", PERSEA_DTYPE_F32, 0, { 0 }, 4.5f, 4.5f },
  { "model.generic", PERSEA_DTYPE_F32, 0, { 0 }, 2.5f, 2.5f },
  { "model.empty", PERSEA_DTYPE_F32, 2, { 0, 3 }, 0, 0 },
};

static char *
golden_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", "flax", name, NULL);
}

static void
test_golden (gconstpointer data)
{
  g_autofree char *path = golden_path (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (path, &error);
  size_t n;

  g_assert_no_error (error);
  g_assert_cmpint (persea_checkpoint_get_kind (checkpoint), ==, PERSEA_CHECKPOINT_FLAX);
  persea_checkpoint_get_tensors (checkpoint, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (saved));
  for (size_t i = 0; i < n; i++)
    {
      const PerseaCheckpointTensor *tensor = persea_checkpoint_find (checkpoint, saved[i].name);
      float values[24];

      g_assert_nonnull (tensor);
      g_assert_cmpint (tensor->dtype, ==, saved[i].dtype);
      g_assert_cmpuint (tensor->n_dims, ==, saved[i].n_dims);
      for (unsigned j = 0; j < tensor->n_dims; j++)
        g_assert_cmpuint (tensor->shape[j], ==, saved[i].shape[j]);
      g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, &error));
      if (tensor->n_elements == 0)
        continue;
      g_assert_cmpfloat (values[0], ==, saved[i].first);
      g_assert_cmpfloat (values[tensor->n_elements - 1], ==, saved[i].last);
    }
}

/* Every part of an array in chunks, which end at elements 10 and 20 */
static void
test_parts (void)
{
  g_autofree char *path = golden_path ("chunked.msgpack");
  g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (path, NULL);
  const PerseaCheckpointTensor *tensor
    = persea_checkpoint_find (checkpoint, "model.encoder.embed_tokens.embedding");

  g_assert_cmpuint (tensor->n_pieces, ==, 3);
  for (size_t first = 0; first <= 24; first++)
    for (size_t n = 0; n <= 24 - first; n++)
      {
        float values[24];

        g_assert_true (
          persea_checkpoint_read_f32_part (checkpoint, tensor, first, n, values, NULL));
        for (size_t i = 0; i < n; i++)
          g_assert_cmpfloat (values[i], ==, first + i);
      }
}

static PerseaCheckpoint *
open_bytes (const void *data, size_t size, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  return persea_checkpoint_new_from_bytes ("bytes", bytes, error);
}

/* Cut anywhere, it is no checkpoint */
static void
test_truncated (gconstpointer data)
{
  g_autofree char *path = golden_path (data);
  g_autofree char *content = NULL;
  size_t length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (size_t size = 1; size < length; size++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (open_bytes (content, size, &error));
      g_assert_true (g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA)
                     || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED));
    }
}

/* {"a": an array whose payload of @length bytes is @payload} */
#define ARRAY(length, payload) "\x81\xa1" "a\xc7" length "\x01" payload
#define F32 "\xa7" "float32"
#define CHUNKED(entries) "\x81\xa1" "a\x83\xb9__msgpack_chunked_array__\xc3" entries

static void
test_lies (void)
{
  static const struct
  {
    const char *data;
    const char *message;
  } lies[] = {
    { ARRAY ("\x10", "\x93\x91\x01" F32 "\xc4\x03" "abc"), "in a: its last element is cut" },
    { ARRAY ("\x11", "\x93\x91\x02" F32 "\xc4\x04" "abcd"), "shape and its elements do not agree" },
    { ARRAY ("\x11", "\x93\x91\xff" F32 "\xc4\x04" "abcd"), "expected sizes from 0 up" },
    { ARRAY ("\x11", "\x92\x91\x01" F32 "\xc4\x04" "abcd"), "expected shape, type and elements" },
    { ARRAY ("\x11", "\x93\x91\x01" "\xa7" "floof32\xc4\x04" "abcd"), "element type is not" },
    { ARRAY ("\x12", "\x93\x91\x01" F32 "\xc4\x04" "abcde"), "nothing behind them" },
    { ARRAY ("\x11", "\x93\x91\x01" F32 "\xc4\x05" "abcd"), "nothing behind them" },
    { ARRAY ("\x19", "\x93\x99\x01\x01\x01\x01\x01\x01\x01\x01\x01" F32 "\xc4\x04" "abcd"),
      "too many dimensions" },
    { ARRAY ("\x12", "\x93\x91\x01" F32 "\xc4\x04" "abcd"), "ends too early" },
    { ARRAY ("\x11", "\x93\x91\x01" F32 "\xc4\x04" "abcd" "x"), "expected the end of the file" },
    { "\x82\xa1" "a\xc0\xa1" "a", "ends too early" },
    { "\x82\xa1" "a\xc0\x01\xc0", "expected a name as key" },
    { "\xdf\xff\xff\xff\xff\xa1" "a\xc0", "not a checkpoint" }, /* more entries than bytes */
    { "\x81\xa1" "a\xdd\xff\xff\xff\xff", "ends too early" },
    { "\x81\xa1" "a\xc1", "ends too early" }, /* a byte that means nothing */
    { "\x81\xa1" "a\xc0", "no tensor in the file" },
    { CHUNKED ("\xa5shape\x81\xa1" "0\x01\xa6" "chunks\x81\xa1" "1\xc0"), "numbers of its parts" },
    { CHUNKED ("\xa5shape\x81\xa1" "0\x01\xa6" "chunks\x81\xa1" "0\xc0"), "expected an array" },
    { CHUNKED ("\xa5shape\x81\xa1" "0\xa1" "x\xa6" "chunks\x81\xa1" "0\xc0"), "sizes from 0 up" },
    { CHUNKED ("\xa5shape\xc0\xa6" "chunks\x81\xa1" "0\xc0"), "a map of at most 8 sizes" },
    { CHUNKED ("\xa5shape\x81\xa1" "0\x02\xa6" "chunks\x82"
               "\xa1" "0\xc7\x11\x01\x93\x91\x01" F32 "\xc4\x04" "abcd"
               "\xa1" "0\xc7\x11\x01\x93\x91\x01" F32 "\xc4\x04" "abcd"), "two chunks of one number" },
    { CHUNKED ("\xa5shape\x81\xa1" "0\x03\xa6" "chunks\x82"
               "\xa1" "0\xc7\x11\x01\x93\x91\x01" F32 "\xc4\x04" "abcd"
               "\xa1" "1\xc7\x11\x01\x93\x91\x01" F32 "\xc4\x04" "abcd"), "do not agree" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (open_bytes (lies[i].data, strlen (lies[i].data), &error));
      if (strstr (error->message, lies[i].message) == NULL)
        g_error ("lie %zu: expected “%s”, found “%s”", i, lies[i].message, error->message);
    }
}

/* Maps in maps, and arrays in arrays: neither may cost a stack */
static void
test_deep (void)
{
  g_autoptr (GByteArray) maps = g_byte_array_new ();
  g_autoptr (GByteArray) arrays = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 1000000; i++)
    g_byte_array_append (maps, (const guint8 *) "\x81\xa1" "a", 3);
  g_byte_array_append (maps, (const guint8 *) "\xc0", 1);
  g_assert_null (open_bytes (maps->data, maps->len, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "nested deeper than 32"));
  g_clear_error (&error);

  g_byte_array_append (arrays, (const guint8 *) "\x81\xa1" "a", 3);
  for (int i = 0; i < 1000000; i++)
    g_byte_array_append (arrays, (const guint8 *) "\x91", 1);
  g_byte_array_append (arrays, (const guint8 *) "\xc0", 1);
  g_assert_null (open_bytes (arrays->data, arrays->len, &error));
  g_assert_nonnull (strstr (error->message, "no tensor in the file"));
}

static void
test_items (void)
{
  static const struct
  {
    const char       *data;
    size_t            size;
    PerseaMsgpackKind kind;
    int64_t           number;
    size_t            length;
  } items[] = {
    { "\x7f", 1, PERSEA_MSGPACK_INT, 127, 0 },
    { "\xe0", 1, PERSEA_MSGPACK_INT, -32, 0 },
    { "\xcc\xff", 2, PERSEA_MSGPACK_INT, 255, 0 },
    { "\xcd\x01\x02", 3, PERSEA_MSGPACK_INT, 258, 0 },
    { "\xce\xff\xff\xff\xff", 5, PERSEA_MSGPACK_INT, G_MAXUINT32, 0 },
    { "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9, PERSEA_MSGPACK_INT, G_MAXINT64, 0 },
    { "\xd0\x80", 2, PERSEA_MSGPACK_INT, -128, 0 },
    { "\xd0\x7f", 2, PERSEA_MSGPACK_INT, 127, 0 },
    { "\xd1\xff\xfe", 3, PERSEA_MSGPACK_INT, -2, 0 },
    { "\xd2\x80\0\0\0", 5, PERSEA_MSGPACK_INT, G_MININT32, 0 },
    { "\xd3\xff\xff\xff\xff\xff\xff\xff\xff", 9, PERSEA_MSGPACK_INT, -1, 0 },
    { "\xc0", 1, PERSEA_MSGPACK_NIL, 0, 0 },
    { "\xc2", 1, PERSEA_MSGPACK_BOOL, 0, 0 },
    { "\xc3", 1, PERSEA_MSGPACK_BOOL, 1, 0 },
    { "\xca\0\0\0\0", 5, PERSEA_MSGPACK_FLOAT, 0, 0 },
    { "\xcb\0\0\0\0\0\0\0\0", 9, PERSEA_MSGPACK_FLOAT, 0, 0 },
    { "\xa3" "abc", 4, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xd9\x03" "abc", 5, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xda\0\x03" "abc", 6, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xdb\0\0\0\x03" "abc", 8, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xc4\x03" "abc", 5, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xc5\0\x03" "abc", 6, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xc6\0\0\0\x03" "abc", 8, PERSEA_MSGPACK_TEXT, 0, 3 },
    { "\xd4\x01" "a", 3, PERSEA_MSGPACK_EXT, 1, 1 },
    { "\xd8\xff" "0123456789abcdef", 18, PERSEA_MSGPACK_EXT, -1, 16 },
    { "\xc7\x03\x01" "abc", 6, PERSEA_MSGPACK_EXT, 1, 3 },
    { "\xc8\0\x03\x01" "abc", 7, PERSEA_MSGPACK_EXT, 1, 3 },
    { "\xc9\0\0\0\x03\x01" "abc", 9, PERSEA_MSGPACK_EXT, 1, 3 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (items); i++)
    for (size_t size = 0; size <= items[i].size; size++)
      {
        PerseaMsgpackReader reader = { .data = (const uint8_t *) items[i].data, .size = size };
        PerseaMsgpackItem item;

        g_assert_cmpint (persea_msgpack_next (&reader, &item), ==, size == items[i].size);
        if (size < items[i].size)
          continue;
        g_assert_cmpuint (reader.position, ==, size);
        g_assert_cmpint (item.kind, ==, items[i].kind);
        g_assert_cmpint (item.number, ==, items[i].number);
        g_assert_cmpuint (item.length, ==, items[i].length);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/flax/golden/nested", "nested.msgpack", test_golden);
  g_test_add_data_func ("/flax/golden/chunked", "chunked.msgpack", test_golden);
  g_test_add_data_func ("/flax/golden/training", "training.msgpack", test_golden);
  g_test_add_func ("/flax/parts", test_parts);
  g_test_add_data_func ("/flax/truncated/nested", "nested.msgpack", test_truncated);
  g_test_add_data_func ("/flax/truncated/chunked", "chunked.msgpack", test_truncated);
  g_test_add_func ("/flax/lies", test_lies);
  g_test_add_func ("/flax/deep", test_deep);
  g_test_add_func ("/flax/items", test_items);
  return g_test_run ();
}
