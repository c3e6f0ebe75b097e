/* test-tokenizer.c - frames, decoding, and vocabulary files that are wrong
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What ids come out is shown by test-golden-tokens.c.
 */
#include "config.h"

#include "persea-bpe-files.h"
#include "persea-error.h"
#include "persea-html.h"
#include "persea-text-clean.h"
#include "persea-tokenizer.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
tiny_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", "tokens", "tiny", name, NULL);
}

static PerseaTokenizer *
load_tiny (void)
{
  g_autofree char *path = tiny_path (".");
  g_autoptr (GError) error = NULL;
  PerseaTokenizer *tokenizer = persea_tokenizer_load (path, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static void
test_clean (void)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "  Hello \t\n World ", "hello world" },
    { "AT&amp;amp;T", "at&t" },
    { "&notit; &lt;b&gt", "¬it; <b>" },
    { "P&EACUTE;REZ", "pérez" },
    { "<i>P&EACUTE;REZ", "<i>p&eacute;rez" }, /* only HTML's own names there */
    { "&#59; &#x1F600; &#128; &#0; &#1;", "; 😀 € � " },
    { "“curly” ‘quotes’ ﬁne Ｗｉｄｅ　ｓｐａｃｅ", "\"curly\" 'quotes' fine wide space" },
    { "\033[31;1mred\033[0m \001x\177", "red x" },
    { "e\314\201", "é" },
    { "İstanbul ΟΔΟΣ ΣΑΣ Σ", "i̇stanbul οδος σας σ" },
    { "Ⅷ Ⓐ", "ⅷ ⓐ" },
    { "\302\200uro \302\223q\302\224", "€uro \"q\"" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = persea_text_clean (cases[i][0]);
      g_autofree char *expected = g_strchomp (g_strdup (cases[i][1]));

      g_assert_cmpstr (clean, ==, expected);
    }
}

static void
test_frame (void)
{
  g_autoptr (PerseaTokenizer) tokenizer = load_tiny ();
  int32_t ids[6];
  size_t n_used;
  gboolean truncated;

  g_assert_true (persea_tokenizer_encode (tokenizer, "1 2", 6, ids, &n_used, &truncated, NULL));
  g_assert_cmpint (ids[0], ==, 598);
  g_assert_cmpint (ids[3], ==, 599);
  g_assert_cmpint (ids[4], ==, 0);
  g_assert_cmpint (ids[5], ==, 0);
  g_assert_cmpint (n_used, ==, 4);
  g_assert_false (truncated);

  /* exactly full */
  g_assert_true (persea_tokenizer_encode (tokenizer, "1234", 6, ids, &n_used, &truncated, NULL));
  g_assert_cmpint (n_used, ==, 6);
  g_assert_cmpint (ids[5], ==, 599);
  g_assert_false (truncated);

  /* one too many: the end stays */
  g_assert_true (persea_tokenizer_encode (tokenizer, "12345", 6, ids, &n_used, &truncated, NULL));
  g_assert_cmpint (n_used, ==, 6);
  g_assert_cmpint (ids[5], ==, 599);
  g_assert_true (truncated);

  g_assert_true (persea_tokenizer_encode (tokenizer, " ", 6, ids, &n_used, &truncated, NULL));
  g_assert_cmpint (n_used, ==, 2);
}

static void
test_decode (void)
{
  g_autoptr (PerseaTokenizer) tokenizer = load_tiny ();
  const char *text = "a photo of naïve 日本語 , 5 <|endoftext|>";
  g_autoptr (GArray) ids = persea_tokenizer_encode_pieces (tokenizer, text, NULL);
  g_autofree char *decoded
    = persea_tokenizer_decode (tokenizer, (const int32_t *) ids->data, ids->len);
  const int32_t half[] = { -1, 600, G_MAXINT32, 128 };
  g_autofree char *broken = persea_tokenizer_decode (tokenizer, half, G_N_ELEMENTS (half));

  g_assert_cmpstr (decoded, ==, text);
  g_assert_true (g_utf8_validate (broken, -1, NULL));
}

static void
test_bad_texts (void)
{
  g_autoptr (PerseaTokenizer) tokenizer = load_tiny ();
  g_autofree char *huge = g_strnfill (PERSEA_TOKENIZER_MAX_TEXT + 1, 'a');
  g_autofree char *large = g_strnfill (PERSEA_TOKENIZER_MAX_TEXT, 'b');
  const char *const bad[] = { "caf\351", "\300\200", "\355\240\200", huge };
  int32_t ids[77];

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (persea_tokenizer_encode (tokenizer, bad[i], 77, ids, NULL, NULL, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
    }
  g_assert_true (persea_tokenizer_encode (tokenizer, large, 77, ids, NULL, NULL, NULL));
}

typedef struct
{
  const char *name, *contents;
  int         code;
} BadFile;

static const BadFile bad_files[] = {
  { "vocab.json", "", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "[]", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":0", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":0,}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":0}", PERSEA_ERROR_INVALID_DATA },         /* no bytes */
  { "vocab.json", "{\"a\":0,\"a\":1}", PERSEA_ERROR_INVALID_DATA }, /* twice */
  { "vocab.json", "{\"a\":0,\"b\":0}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":-1}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":1.5}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":4000000000}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"a\":99999999999999999999}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"\\ud800\":0}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"\\u12\":0}", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"\\", PERSEA_ERROR_INVALID_DATA },
  { "vocab.json", "{\"\":0}", PERSEA_ERROR_INVALID_DATA },
  { "tokenizer.json", "{}", PERSEA_ERROR_UNSUPPORTED },
  { "tokenizer.json", "{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}", PERSEA_ERROR_UNSUPPORTED },
  { "tokenizer.json", "{\"model\":{\"type\":\"BPE\"}}", PERSEA_ERROR_INVALID_DATA },
  { "tokenizer.json", "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[1]}}",
    PERSEA_ERROR_INVALID_DATA },
  { "tokenizer.json", "{\"model\":{\"model\":{\"type\":[[[[", PERSEA_ERROR_INVALID_DATA },
  { "bpe.txt", "#\nx y z\n", PERSEA_ERROR_INVALID_DATA },
  { "bpe.txt", "#\nxy\n", PERSEA_ERROR_INVALID_DATA },
  { "bpe.txt", "#\nx zz\n", PERSEA_ERROR_INVALID_DATA },          /* zz is no token */
  { "bpe.txt", "#\nx y\nx y\n", PERSEA_ERROR_INVALID_DATA },      /* twice */
  { "bpe.txt", "#\nx \303\n", PERSEA_ERROR_INVALID_DATA },
};

static void
test_bad_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("persea-test-XXXXXX", NULL);
  g_autofree char *merges = g_build_filename (folder, "merges.txt", NULL);

  g_assert_true (g_file_set_contents (merges, "#version: 0.2\n", -1, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autofree char *path = g_build_filename (folder, bad_files[i].name, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, bad_files[i].contents, -1, NULL));
      g_assert_null (persea_tokenizer_load (path, &error));
      g_assert_error (error, PERSEA_ERROR, bad_files[i].code);
      g_assert_true (g_str_has_prefix (error->message, path));
      g_unlink (path);
    }
  g_unlink (merges);
  g_rmdir (folder);
}

/* every file of the tiny vocabulary, cut off anywhere, is an error and nothing worse (a vocabulary
 * of OpenAI's kind may well end early: then it is a smaller one) */
static void
test_truncated_files (void)
{
  static const char *const names[] = { "vocab.json", "tokenizer.json", "bpe_tiny.txt.gz" };
  g_autofree char *folder = g_dir_make_tmp ("persea-test-XXXXXX", NULL);
  g_autofree char *merges = g_build_filename (folder, "merges.txt", NULL);

  g_assert_true (g_file_set_contents (merges, "", -1, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *source = tiny_path (names[i]);
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autofree char *contents = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
      for (gsize cut = 0; cut < length; cut += 1 + cut / 16)
        {
          g_autoptr (GError) error = NULL;

          g_assert_true (g_file_set_contents (path, contents, cut, NULL));
          g_assert_null (persea_tokenizer_load (path, &error));
          g_assert_nonnull (error);
        }
      g_unlink (path);
    }
  g_unlink (merges);
  g_rmdir (folder);
}

static void
test_find (void)
{
  g_autofree char *tiny = tiny_path (".");
  g_autofree char *empty = g_dir_make_tmp ("persea-test-XXXXXX", NULL);
  const char *const folders[] = { empty, tiny, NULL };
  const char *const own[] = { tiny, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaTokenizer) tokenizer = persea_tokenizer_find (folders, 600, &error);

  g_assert_no_error (error);
  g_assert_cmpint (persea_tokenizer_get_size (tokenizer), ==, 600);

  g_assert_null (persea_tokenizer_find (folders, 601, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "bpe_simple_vocab_16e6.txt.gz"));
  g_clear_error (&error);

  /* the model's own may be smaller than the model, but not larger */
  g_clear_pointer (&tokenizer, persea_tokenizer_unref);
  tokenizer = persea_tokenizer_find (own, 640, &error);
  g_assert_no_error (error);
  g_assert_null (persea_tokenizer_find (own, 599, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_clear_error (&error);

  g_assert_null (persea_tokenizer_load (empty, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_rmdir (empty);
}

/* The same for the same words, whichever files they came in; not for other merges. */
static void
test_sum (void)
{
  g_autoptr (PerseaTokenizer) tokenizer = load_tiny ();
  g_autofree char *json_path = tiny_path ("tokenizer.json");
  g_autoptr (PerseaTokenizer) json = persea_tokenizer_load (json_path, NULL);
  g_autofree char *vocabulary_path = tiny_path ("vocab.json");
  g_autofree char *merges_path = tiny_path ("merges.txt");
  g_autofree char *folder = g_dir_make_tmp ("persea-tokenizer-XXXXXX", NULL);
  g_autofree char *vocabulary_copy = g_build_filename (folder, "vocab.json", NULL);
  g_autofree char *merges_copy = g_build_filename (folder, "merges.txt", NULL);
  g_autofree char *vocabulary = NULL;
  g_autofree char *merges = NULL;
  g_autoptr (PerseaTokenizer) other = NULL;

  g_assert_nonnull (json);
  g_assert_cmpuint (persea_tokenizer_get_sum (tokenizer), ==, persea_tokenizer_get_sum (json));

  g_assert_true (g_file_get_contents (vocabulary_path, &vocabulary, NULL, NULL));
  g_assert_true (g_file_get_contents (merges_path, &merges, NULL, NULL));
  *(char *) g_strrstr_len (merges, strlen (merges) - 1, "\n") = '\0'; /* without the last line */
  g_assert_true (g_file_set_contents (vocabulary_copy, vocabulary, -1, NULL));
  g_assert_true (g_file_set_contents (merges_copy, merges, -1, NULL));
  other = persea_tokenizer_load (folder, NULL);
  g_assert_nonnull (other);
  g_assert_cmpuint (persea_tokenizer_get_sum (tokenizer), !=, persea_tokenizer_get_sum (other));
  g_unlink (vocabulary_copy);
  g_unlink (merges_copy);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  /* not G_TEST_OPTION_ISOLATE_DIRS, which leaks */
  g_setenv ("XDG_DATA_HOME", "/nonexistent", TRUE);
  g_unsetenv ("PERSEA_MODEL_PATH");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/clean", test_clean);
  g_test_add_func ("/tokenizer/frame", test_frame);
  g_test_add_func ("/tokenizer/decode", test_decode);
  g_test_add_func ("/tokenizer/bad-texts", test_bad_texts);
  g_test_add_func ("/tokenizer/bad-files", test_bad_files);
  g_test_add_func ("/tokenizer/truncated-files", test_truncated_files);
  g_test_add_func ("/tokenizer/find", test_find);
  g_test_add_func ("/tokenizer/sum", test_sum);
  return g_test_run ();
}
