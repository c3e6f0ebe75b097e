/* test-dalle-tokenizer.c - prompts for DALL·E mini, as min-dalle and dalle-mini cut them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The strings and their ids are in tests/golden/tokens; see tests/golden/README.md.
 */
#include "config.h"

#include "persea-dalle-tokenizer.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "checkpoint-builder.h"
#include "persea-dalle-text.h"
#include "persea-emoji.h"
#include "persea-error.h"

#define CONTEXT_LENGTH 64

static char *
golden_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", "tokens", name, NULL);
}

static PerseaDalleTokenizer *
load_golden (const PerseaDalleTokenizerOptions *options)
{
  g_autofree char *vocabulary_path = golden_path ("dalle/vocab.json");
  g_autofree char *merges_path = golden_path ("dalle/merges.txt");
  g_autoptr (GError) error = NULL;
  PerseaDalleTokenizer *tokenizer
    = persea_dalle_tokenizer_load (vocabulary_path, merges_path, options, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static GStrv
read_lines (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = G_INPUT_STREAM (g_file_read (file, NULL, &error));
  g_autoptr (GConverter) gzip
    = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) unpacked = g_converter_input_stream_new (stream, gzip);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  g_output_stream_splice (memory, unpacked, G_OUTPUT_STREAM_SPLICE_NONE, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (memory, "", 1, NULL, NULL, &error);
  g_output_stream_close (memory, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *text = g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (memory));
  return g_strsplit (text, "\n", -1);
}

/* @cut: whether @expected is longer than what there is room for */
static gboolean
encodes_as (PerseaDalleTokenizer *tokenizer, const char *text, JsonArray *expected)
{
  size_t n_expected = MIN (json_array_get_length (expected), CONTEXT_LENGTH), n;
  int32_t ids[CONTEXT_LENGTH];
  gboolean truncated;
  g_autoptr (GError) error = NULL;

  g_assert_true (persea_dalle_tokenizer_encode (tokenizer, text, CONTEXT_LENGTH, ids, &n,
                                                &truncated, &error));
  g_assert_no_error (error);
  if (json_array_get_length (expected) > CONTEXT_LENGTH)
    g_assert_true (truncated);
  if (n != n_expected)
    return FALSE;
  for (size_t i = 0; i < CONTEXT_LENGTH; i++)
    if (ids[i] != (i < n ? json_array_get_int_element (expected, i) : 1))
      return FALSE;
  return TRUE;
}

static void
test_golden (void)
{
  g_autofree char *path = golden_path ("dalle.jsonl.gz");
  g_auto (GStrv) lines = read_lines (path);
  g_autoptr (PerseaDalleTokenizer) min_dalle = load_golden (NULL);
  g_autoptr (PerseaDalleTokenizer) bart
    = load_golden (&(PerseaDalleTokenizerOptions){ .like_bart = TRUE });
  g_autofree char *words = golden_path ("dalle/words.txt");
  int n = 0, n_plain = 0, n_other = 0;

  for (char **line = lines; *line && **line; line++, n++)
    {
      g_autoptr (JsonNode) node = json_from_string (*line, NULL);
      JsonObject *object = json_node_get_object (node);
      const char *text = json_object_get_string_member (object, "text");
      g_autofree char *normalized = persea_dalle_text_normalize (text, words);
      gboolean same
        = strcmp (normalized, json_object_get_string_member (object, "normalized")) == 0;

      if (!encodes_as (min_dalle, text, json_object_get_array_member (object, "ids")))
        g_error ("min-dalle has other ids: %s", text);
      if (!encodes_as (bart, text, json_object_get_array_member (object, "bart"))
          && !strstr (text, "<s>"))
        g_error ("BART has other ids: %s", text);
      if (same)
        continue;
      g_assert_cmpstr (json_object_get_string_member (object, "kind"), !=, "letters");
      n_plain += json_object_get_boolean_member (object, "plain");
      n_other += !json_object_get_boolean_member (object, "plain");
      if (json_object_get_boolean_member (object, "plain"))
        g_test_message ("“%s” becomes “%s”, expected “%s”", text, normalized,
                        json_object_get_string_member (object, "normalized"));
    }
  g_test_message ("%d prompts; %d of ASCII and %d others are normalized differently", n, n_plain,
                  n_other);
  g_assert_cmpint (n, >, 2000);
  g_assert_cmpint (n_plain, ==, 0);
}

static void
test_emoji (void)
{
  g_autofree char *path = golden_path ("emoji.jsonl.gz");
  g_auto (GStrv) lines = read_lines (path);
  int n = 0;

  for (char **line = lines; *line && **line; line++, n++)
    {
      g_autoptr (JsonNode) node = json_from_string (*line, NULL);
      JsonObject *object = json_node_get_object (node);
      g_autofree char *spelled
        = persea_emoji_spell (json_object_get_string_member (object, "text"), "|");

      g_assert_cmpstr (spelled, ==, json_object_get_string_member (object, "spelled"));
    }
  g_assert_cmpint (n, >, 5000);
}

/* One word of all there is room for, and one more */
static void
test_truncation (void)
{
  g_autoptr (PerseaDalleTokenizer) min_dalle = load_golden (NULL);
  g_autoptr (PerseaDalleTokenizer) bart
    = load_golden (&(PerseaDalleTokenizerOptions){ .like_bart = TRUE });
  int32_t ids[8];
  gboolean truncated;
  size_t n;

  g_assert_true (persea_dalle_tokenizer_encode (min_dalle, "? ? ?", 8, ids, &n, &truncated, NULL));
  g_assert_false (truncated);
  g_assert_cmpuint (n, ==, 8);
  g_assert_cmpint (ids[7], ==, persea_dalle_tokenizer_get_end_id (min_dalle));
  g_assert_true (persea_dalle_tokenizer_encode (min_dalle, "? ? ? ?", 8, ids, &n, &truncated, NULL));
  g_assert_true (truncated);
  g_assert_cmpuint (n, ==, 8);
  g_assert_cmpint (ids[7], ==, ids[5]); /* the last piece, not </s> */
  g_assert_true (persea_dalle_tokenizer_encode (bart, "? ? ? ? ?", 8, ids, &n, &truncated, NULL));
  g_assert_true (truncated);
  g_assert_cmpint (ids[7], ==, persea_dalle_tokenizer_get_end_id (bart));
}

static void
test_empty (void)
{
  g_autoptr (PerseaDalleTokenizer) tokenizer = load_golden (NULL);
  int32_t ids[4];
  gboolean truncated;
  size_t n;

  g_assert_true (persea_dalle_tokenizer_encode (tokenizer, "", 4, ids, &n, &truncated, NULL));
  g_assert_false (truncated);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpint (ids[0], ==, persea_dalle_tokenizer_get_start_id (tokenizer));
  g_assert_cmpint (ids[1], ==, persea_dalle_tokenizer_get_end_id (tokenizer));
  g_assert_cmpint (ids[2], ==, persea_dalle_tokenizer_get_pad_id (tokenizer));
  g_assert_cmpint (ids[3], ==, 1);
}

static void
test_bad_text (void)
{
  g_autoptr (PerseaDalleTokenizer) tokenizer = load_golden (NULL);
  g_autofree char *longest = g_strnfill (PERSEA_DALLE_TOKENIZER_MAX_TEXT, 'a');
  g_autofree char *longer = g_strnfill (PERSEA_DALLE_TOKENIZER_MAX_TEXT + 1, 'a');
  const char *bad[] = { "\xff", "a\xc3", longer };
  int32_t ids[CONTEXT_LENGTH];
  gboolean truncated;

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (persea_dalle_tokenizer_encode (tokenizer, bad[i], CONTEXT_LENGTH, ids, NULL,
                                                     NULL, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
    }
  g_assert_true (persea_dalle_tokenizer_encode (tokenizer, longest, CONTEXT_LENGTH, ids, NULL,
                                                &truncated, NULL));
  g_assert_true (truncated);
}

/* What the vocabulary does not have, or has beyond the embedding, is <unk> */
static void
test_unknown (void)
{
  char *folder = test_folder_new ();
  g_autofree char *vocabulary_path = g_build_filename (folder, "vocab.json", NULL);
  g_autofree char *merges_path = g_build_filename (folder, "merges.txt", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDalleTokenizer) all = NULL, guarded = NULL;
  int32_t ids[6];
  size_t length;

  test_folder_write (folder, "vocab.json",
                     "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3,\"a\":4,\"\\u0120\":6,\"\\u0120b\":7}",
                     -1);
  /* the first line is none, nor is what no line feed ends; "ab" is not in the vocabulary */
  test_folder_write (folder, "merges.txt", "#version: 0.2\n\na b\nx y z\n\304\240 b\n\304\240 a", -1);
  all = persea_dalle_tokenizer_load (vocabulary_path, merges_path, NULL, &error);
  g_assert_no_error (error);
  guarded = persea_dalle_tokenizer_load (
    vocabulary_path, merges_path, &(PerseaDalleTokenizerOptions){ .vocab_size = 7 }, &error);
  g_assert_no_error (error);

  g_assert_true (persea_dalle_tokenizer_encode (all, "ab b", 6, ids, NULL, NULL, NULL));
  g_assert_cmpmem (ids, sizeof ids, ((int32_t[]) { 0, 6, 3, 7, 2, 1 }), sizeof ids);
  g_assert_true (persea_dalle_tokenizer_encode (guarded, "a b", 6, ids, NULL, NULL, NULL));
  g_assert_cmpmem (ids, sizeof ids, ((int32_t[]) { 0, 6, 4, 3, 2, 1 }), sizeof ids);
  g_assert_cmpuint (persea_dalle_tokenizer_get_size (all), ==, 8);
  g_assert_cmpuint (persea_dalle_tokenizer_get_size (guarded), ==, 7);
  g_assert_cmpmem (persea_dalle_tokenizer_get_text (all, 4, &length), 1, "a", 1);
  g_assert_null (persea_dalle_tokenizer_get_text (all, 5, &length));
  g_assert_null (persea_dalle_tokenizer_get_text (all, 8, &length));
  g_assert_null (persea_dalle_tokenizer_get_text (all, -1, &length));
  test_folder_remove (folder);
}

static void
test_bad_vocabulary (void)
{
  static const char *const vocabularies[] = {
    "", "[]", "{\"<s>\":0}", "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":9999999}",
    "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":2}", "{\"<s>\":0,\"<pad>\":1,",
  };
  char *folder = test_folder_new ();
  g_autofree char *vocabulary_path = g_build_filename (folder, "vocab.json", NULL);
  g_autofree char *merges_path = g_build_filename (folder, "merges.txt", NULL);

  test_folder_write (folder, "merges.txt", "#version: 0.2\n", -1);
  for (size_t i = 0; i < G_N_ELEMENTS (vocabularies); i++)
    {
      g_autoptr (GError) error = NULL;

      test_folder_write (folder, "vocab.json", vocabularies[i], -1);
      g_assert_null (persea_dalle_tokenizer_load (vocabulary_path, merges_path, NULL, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
      g_assert_true (g_str_has_prefix (error->message, vocabulary_path));
    }
  test_folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dalle-tokenizer/golden", test_golden);
  g_test_add_func ("/dalle-tokenizer/emoji", test_emoji);
  g_test_add_func ("/dalle-tokenizer/truncation", test_truncation);
  g_test_add_func ("/dalle-tokenizer/empty", test_empty);
  g_test_add_func ("/dalle-tokenizer/bad-text", test_bad_text);
  g_test_add_func ("/dalle-tokenizer/unknown", test_unknown);
  g_test_add_func ("/dalle-tokenizer/bad-vocabulary", test_bad_vocabulary);
  return g_test_run ();
}
