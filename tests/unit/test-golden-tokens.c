/* test-golden-tokens.c - token ids against openai/CLIP, on thousands of awkward strings
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The strings and their ids are in tests/golden/tokens; see tests/golden/README.md.  CLIP's own
 * vocabulary is not part of Persea: it is looked for in data/clip-bpe below PERSEA_TEST_SHARED.
 */
#include "config.h"

#include "persea-tokenizer.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define CONTEXT_LENGTH 77

static char *
golden_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", "tokens", name, NULL);
}

static char *
shared_path (const char *name)
{
  const char *shared = g_getenv ("PERSEA_TEST_SHARED");
  g_autofree char *sibling
    = g_test_build_filename (G_TEST_DIST, "..", "..", "..", "shared", NULL);

  return g_build_filename (shared ? shared : sibling, "data", "clip-bpe", name, NULL);
}

static char *
read_gzip (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = G_INPUT_STREAM (g_file_read (file, NULL, &error));
  g_autoptr (GConverter) gzip
    = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) unpacked = NULL;
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  g_assert_no_error (error);
  unpacked = g_converter_input_stream_new (stream, gzip);
  g_output_stream_splice (memory, unpacked, G_OUTPUT_STREAM_SPLICE_NONE, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (memory, "", 1, NULL, NULL, &error);
  g_output_stream_close (memory, NULL, &error);
  g_assert_no_error (error);
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (memory));
}

static gboolean
ids_equal (JsonArray *expected, const int32_t *ids, size_t n)
{
  if (json_array_get_length (expected) != n)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    if (json_array_get_int_element (expected, i) != ids[i])
      return FALSE;
  return TRUE;
}

static void
check_framed (PerseaTokenizer *tokenizer, const char *text, JsonArray *expected)
{
  int32_t ids[CONTEXT_LENGTH];
  g_autoptr (GError) error = NULL;

  g_assert_true (persea_tokenizer_encode (tokenizer, text, CONTEXT_LENGTH, ids, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (ids_equal (expected, ids, CONTEXT_LENGTH));
}

/* Text that was decoded with the wrong character set is repaired by ftfy, and not by us.  Among
 * the strings of the kind "hand" there are some, too. */
#define N_MOJIBAKE_BY_HAND 8

static gboolean
is_mojibake (JsonObject *object)
{
  return strcmp (json_object_get_string_member (object, "kind"), "mojibake") == 0;
}

/* Returns: whether our ids are the reference's */
static gboolean
check_line (PerseaTokenizer *tokenizer, JsonObject *object)
{
  const char *text = json_object_get_string_member (object, "text");
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = persea_tokenizer_encode_pieces (tokenizer, text, &error);
  gboolean equal;

  g_assert_no_error (error);
  equal = ids_equal (json_object_get_array_member (object, "ids"),
                     (const int32_t *) found->data, found->len);
  if (equal && json_object_has_member (object, "framed"))
    check_framed (tokenizer, text, json_object_get_array_member (object, "framed"));
  if (!equal && !is_mojibake (object))
    g_test_message ("differs (%s): %s", json_object_get_string_member (object, "kind"), text);
  return equal;
}

/* @max_different: strings other than mojibake whose ids differ */
static void
check_file (PerseaTokenizer *tokenizer, const char *golden, int min_lines, int max_different)
{
  g_autofree char *path = golden_path (golden);
  g_autofree char *contents = read_gzip (path);
  g_auto (GStrv) lines = g_strsplit (contents, "\n", -1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  int n = 0, n_different = 0, n_unrepaired = 0;

  for (size_t i = 0; lines[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      JsonObject *object;

      if (!*lines[i])
        continue;
      json_parser_load_from_data (parser, lines[i], -1, &error);
      g_assert_no_error (error);
      object = json_node_get_object (json_parser_get_root (parser));
      n++;
      if (!check_line (tokenizer, object))
        {
          n_unrepaired += is_mojibake (object);
          n_different += !is_mojibake (object);
        }
    }
  g_test_message ("%d strings: %d of mojibake and %d others differ", n, n_unrepaired, n_different);
  g_assert_cmpint (n, >=, min_lines);
  g_assert_cmpint (n_different, <=, max_different);
}

static void
test_tiny (gconstpointer data)
{
  g_autofree char *folder = golden_path ("tiny");
  g_autofree char *path = g_build_filename (folder, (const char *) data, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaTokenizer) tokenizer = persea_tokenizer_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (persea_tokenizer_get_size (tokenizer), ==, 600);
  g_assert_cmpint (persea_tokenizer_get_start_id (tokenizer), ==, 598);
  g_assert_cmpint (persea_tokenizer_get_end_id (tokenizer), ==, 599);
  check_file (tokenizer, "tiny.jsonl.gz", 1000, N_MOJIBAKE_BY_HAND);
}

static void
test_clip (gconstpointer data)
{
  g_autofree char *path = shared_path (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaTokenizer) tokenizer = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("CLIP's vocabulary is not here (PERSEA_TEST_SHARED)");
      return;
    }
  tokenizer = persea_tokenizer_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (persea_tokenizer_get_size (tokenizer), ==, 49408);
  g_assert_cmpint (persea_tokenizer_get_start_id (tokenizer), ==, 49406);
  g_assert_cmpint (persea_tokenizer_get_end_id (tokenizer), ==, 49407);
  check_file (tokenizer, "clip.jsonl.gz", 5000, N_MOJIBAKE_BY_HAND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/golden-tokens/tiny/folder", ".", test_tiny);
  g_test_add_data_func ("/golden-tokens/tiny/vocab.json", "vocab.json", test_tiny);
  g_test_add_data_func ("/golden-tokens/tiny/tokenizer.json", "tokenizer.json", test_tiny);
  g_test_add_data_func ("/golden-tokens/tiny/openai", "bpe_tiny.txt.gz", test_tiny);
  g_test_add_data_func ("/golden-tokens/clip/vocab.json", "vocab.json", test_clip);
  g_test_add_data_func ("/golden-tokens/clip/openai", "bpe_simple_vocab_16e6.txt.gz", test_clip);
  return g_test_run ();
}
