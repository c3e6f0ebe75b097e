/* test-safetensors.c - the safetensors container, honest and lying
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-checkpoint.h"

#include <string.h>
#include <unistd.h>

#include "checkpoint-builder.h"
#include "persea-error.h"

static const float four[] = { 1, 2, 3, 4 };

/* A file with this header and @n_data bytes of zeros */
static GBytes *
make_file (const char *header, size_t n_data)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  uint64_t length = GUINT64_TO_LE ((uint64_t) strlen (header));
  guint begin;

  g_byte_array_append (file, (const guint8 *) &length, sizeof length);
  g_byte_array_append (file, (const guint8 *) header, strlen (header));
  begin = file->len;
  g_byte_array_set_size (file, begin + (guint) n_data);
  memset (file->data + begin, 0, n_data);
  return g_byte_array_free_to_bytes (g_steal_pointer (&file));
}

static GBytes *
make_honest (void)
{
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  const uint16_t halves[] = { 0x3c00, 0xc000 };

  checkpoint_builder_add (builder, "two/by two", PERSEA_DTYPE_F32, 2, (const size_t[]){ 2, 2 }, four);
  checkpoint_builder_add (builder, "half", PERSEA_DTYPE_F16, 1, (const size_t[]){ 2 }, halves);
  checkpoint_builder_add (builder, "scalar", PERSEA_DTYPE_F32, 0, NULL, four + 3);
  checkpoint_builder_add (builder, "none", PERSEA_DTYPE_F32, 2, (const size_t[]){ 0, 7 }, NULL);
  return checkpoint_builder_finish (builder);
}

static void
test_honest (void)
{
  g_autoptr (GBytes) bytes = make_honest ();
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaCheckpoint) checkpoint = NULL;
  const PerseaCheckpointTensor *tensor;
  float values[4];
  size_t n;

  checkpoint = persea_checkpoint_new_from_bytes ("honest", bytes, &error);
  g_assert_no_error (error);
  persea_checkpoint_get_tensors (checkpoint, &n);
  g_assert_cmpuint (n, ==, 4);
  tensor = persea_checkpoint_find (checkpoint, "two/by two");
  g_assert_true (tensor->contiguous);
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, &error));
  g_assert_cmpmem (values, sizeof values, four, sizeof four);
  tensor = persea_checkpoint_find (checkpoint, "half");
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, &error));
  g_assert_cmpfloat (values[1], ==, -2);
  tensor = persea_checkpoint_find (checkpoint, "scalar");
  g_assert_cmpuint (tensor->n_dims, ==, 0);
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, &error));
  g_assert_cmpfloat (values[0], ==, 4);
  g_assert_cmpuint (persea_checkpoint_find (checkpoint, "none")->n_elements, ==, 0);
  g_assert_null (persea_checkpoint_find (checkpoint, "__metadata__"));
}

static void
test_truncated (void)
{
  g_autoptr (GBytes) whole = make_honest ();

  for (size_t n = 1; n < g_bytes_get_size (whole); n++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (g_bytes_get_data (whole, NULL), n);
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_checkpoint_new_from_bytes ("cut", bytes, &error));
      g_assert_nonnull (error);
    }
}

#define F32 "\"dtype\":\"F32\""

/* Headers that lie, each with eight bytes of data, and a word of the sentence that they get */
static const struct
{
  const char *header;
  const char *word;
} lies[] = {
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,12]}}", "inside the file" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[8,0]}}", "inside the file" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[-8,0]}}", "data_offsets" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0]}}", "data_offsets" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8,8]}}", "data_offsets" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0.5,8]}}", "data_offsets" },
  { "{\"a\":{" F32 ",\"shape\":[2]}}", "data_offsets" },
  { "{\"a\":{" F32 ",\"shape\":[3],\"data_offsets\":[0,8]}}", "expected 12 bytes, found 8" },
  { "{\"a\":{" F32 ",\"shape\":[-2],\"data_offsets\":[0,8]}}", "shape" },
  { "{\"a\":{" F32 ",\"shape\":2,\"data_offsets\":[0,8]}}", "shape" },
  { "{\"a\":{" F32 ",\"data_offsets\":[0,8]}}", "shape" },
  { "{\"a\":{" F32 ",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", "shape" },
  /* products that wrap around to 8 and to 0 */
  { "{\"a\":{" F32 ",\"shape\":[4611686018427387906],\"data_offsets\":[0,8]}}", "smaller shape" },
  { "{\"a\":{" F32 ",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]},"
    "\"b\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}", "smaller shape" },
  { "{\"a\":{" F32 ",\"shape\":[0,9223372036854775807],\"data_offsets\":[0,0]},"
    "\"b\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}", "shape is too large" },
  { "{\"a\":{" F32 ",\"shape\":[1],\"data_offsets\":[0,4]}}", "expected 4 bytes of data, found 8" },
  { "{\"a\":{" F32 ",\"shape\":[1],\"data_offsets\":[4,8]}}", "begin at byte 0" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]},"
    "\"b\":{" F32 ",\"shape\":[1],\"data_offsets\":[4,8]}}", "begin at byte 8" },
  { "{\"a\":{" F32 ",\"shape\":[1],\"data_offsets\":[0,4]},"
    "\"a\":{" F32 ",\"shape\":[1],\"data_offsets\":[4,8]}}", "twice" },
  { "{\"a\":{" F32 "," F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}", "twice" },
  { "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", "F8_E4M3 is not" },
  { "{\"a\":{\"dtype\":7,\"shape\":[8],\"data_offsets\":[0,8]}}", "dtype" },
  { "{\"a\":{\"shape\":[8],\"data_offsets\":[0,8]}}", "element type" },
  { "{\"\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}", "name" },
  { "{\"a\":[]}", "object" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}", "no complete" },
  { "{\"a\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}}", "no complete" },
  { "{\"a\":/*\"*/{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}", "no complete" },
  { "{\"a\xff\":{" F32 ",\"shape\":[2],\"data_offsets\":[0,8]}}", "UTF-8" },
  { "{}", "bytes of data" },
};

static void
test_lies (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GBytes) bytes = make_file (lies[i].header, 8);
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_checkpoint_new_from_bytes ("lie", bytes, &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == PERSEA_ERROR);
      if (strstr (error->message, lies[i].word) == NULL)
        g_error ("%s: expected a sentence with \"%s\", found: %s", lies[i].header, lies[i].word,
                 error->message);
    }
}

/* json-glib follows nesting with the stack of C */
static void
test_deep (void)
{
  g_autoptr (GString) header = g_string_new ("{\"a\":");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 1000000; i++)
    g_string_append_c (header, '[');
  bytes = make_file (header->str, 8);
  g_assert_null (persea_checkpoint_new_from_bytes ("deep", bytes, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
}

static void
test_header_length (void)
{
  uint8_t file[16] = { 0, 0, 0, 0, 0, 0, 0, 0, '{' };

  for (int i = 0; i < 4; i++)
    {
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      memset (file, 0, 8);
      file[i] = 0xff;
      bytes = g_bytes_new (file, sizeof file);
      g_assert_null (persea_checkpoint_new_from_bytes ("length", bytes, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, "header of"));
    }
}

static void
test_strangers (void)
{
  static const struct
  {
    const char *content;
    const char *word;
  } strangers[] = {
    { "GGUF\3", "GGUF" },
    { "version https://git-lfs.github.com/spec/v1\n", "Git LFS" },
    { "<!DOCTYPE html>", "web page" },
    { "\200\002}q\1.", "pickle" },
    { "hello", "neither safetensors nor" },
    { "PK\3\4 and then nothing", "end is missing" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (strangers[i].content, strlen (strangers[i].content));
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_checkpoint_new_from_bytes ("stranger", bytes, &error));
      g_assert_nonnull (strstr (error->message, strangers[i].word));
    }
}

/* A file that is cut while it is open is noticed before it is touched */
static void
test_changed_while_open (void)
{
  g_autoptr (GBytes) bytes = make_honest ();
  char *folder = test_folder_new ();
  g_autofree char *path = g_build_filename (folder, "x.safetensors", NULL);
  g_autoptr (PerseaCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;
  float values[4];

  test_folder_write_bytes (folder, "x.safetensors", bytes);
  checkpoint = persea_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (truncate (path, 8), ==, 0);
  g_assert_false (persea_checkpoint_read_f32 (
    checkpoint, persea_checkpoint_find (checkpoint, "two/by two"), values, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  test_folder_remove (folder);
}

static void
assert_index_fails (const char *folder, const char *index, const char *word)
{
  g_autofree char *path = g_build_filename (folder, "m.index.json", NULL);
  g_autoptr (GError) error = NULL;

  test_folder_write (folder, "m.index.json", index, -1);
  g_assert_null (persea_checkpoint_open (path, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, word) == NULL)
    g_error ("%s: expected a sentence with \"%s\", found: %s", index, word, error->message);
}

static void
test_index (void)
{
  g_autoptr (GBytes) bytes = make_honest ();
  g_autofree char *empty = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = test_folder_new ();

  test_folder_write_bytes (folder, "1.safetensors", bytes);
  assert_index_fails (folder, "{\"weight_map\": {\"a\": \"../1.safetensors\"}}", "beside the index");
  assert_index_fails (folder, "{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "beside the index");
  assert_index_fails (folder, "{\"weight_map\": {\"a\": 1}}", "string");
  assert_index_fails (folder, "{\"weight_map\": {}}", "1 to");
  assert_index_fails (folder, "{\"weight_map\": []}", "object");
  assert_index_fails (folder, "{\"weights\": {}}", "weight_map");
  assert_index_fails (folder, "{\"weight_map\": {\"a\": \"2.safetensors\"}}", "2.safetensors");
  assert_index_fails (folder, "{\"weight_map\": {\"a\": \"1.safetensors\"}}", "found in no shard");
  assert_index_fails (folder, "{\"weight_map\": {\"half\": \"m.index.json\"}}", "neither");

  test_folder_write (folder, "empty", "", 0);
  empty = g_build_filename (folder, "empty", NULL);
  g_assert_null (persea_checkpoint_open (empty, &error));
  g_assert_nonnull (strstr (error->message, "empty"));
  g_clear_error (&error);
  g_assert_null (persea_checkpoint_open (folder, &error));
  g_assert_nonnull (strstr (error->message, "not a regular file"));
  test_folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/honest", test_honest);
  g_test_add_func ("/safetensors/truncated", test_truncated);
  g_test_add_func ("/safetensors/lies", test_lies);
  g_test_add_func ("/safetensors/deep", test_deep);
  g_test_add_func ("/safetensors/header-length", test_header_length);
  g_test_add_func ("/safetensors/strangers", test_strangers);
  g_test_add_func ("/safetensors/changed-while-open", test_changed_while_open);
  g_test_add_func ("/safetensors/index", test_index);
  return g_test_run ();
}
