/* test-vocabulary.c - vocabulary files, right and wrong
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-vocabulary.h"

#include <string.h>

#include "persea-error.h"

static PerseaVocabulary *
parse (const char *text, GError **error)
{
  return persea_vocabulary_parse (text, strlen (text), "v.txt", error);
}

static void
test_everything (void)
{
  static const char text[] =
    "\xef\xbb\xbf# a comment\r\n"
    "name: Garden  # another\r\n"
    "template: a photo of {}\n"
    "background: \"a # is no comment here; nor; this\"\n"
    "\n"
    "animal ; ja: 動物 ; heading ; exclusive\n"
    "animal|cat = kitty, \"domestic cat\" ; ja: 猫 ; pt-BR: gato ; cut: 0.6\n"
    "  animal | dog ; prompt: a {} on a lawn; prompt: \"dogs; many\"\n"
    "plant|tree|oak\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaVocabulary) vocabulary = parse (text, &error);
  const PerseaVocabularyTag *tag;
  g_autofree char *path = NULL;
  g_autofree char *path_pt = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (persea_vocabulary_get_name (vocabulary), ==, "Garden");
  g_assert_cmpuint (persea_vocabulary_get_n_tags (vocabulary), ==, 6);
  g_assert_cmpstr (persea_vocabulary_get_templates (vocabulary)[0], ==, "a photo of {}");
  g_assert_null (persea_vocabulary_get_templates (vocabulary)[1]);
  g_assert_cmpstr (persea_vocabulary_get_background (vocabulary)[0], ==, "a # is no comment here; nor; this");

  tag = persea_vocabulary_get_tag (vocabulary, 0);
  g_assert_true (tag->heading && tag->exclusive);
  g_assert_cmpint (tag->parent, ==, -1);

  tag = persea_vocabulary_find (vocabulary, "Animal|CAT");
  g_assert_nonnull (tag);
  g_assert_cmpstr (tag->name, ==, "cat");
  g_assert_cmpint (tag->parent, ==, 0);
  g_assert_cmpuint (tag->line, ==, 7);
  g_assert_false (tag->heading);
  g_assert_cmpfloat (tag->cut, ==, 0.6f);
  g_assert_cmpuint (g_strv_length (tag->words), ==, 3);
  g_assert_cmpstr (tag->words[2], ==, "domestic cat");
  path = persea_vocabulary_get_translated_path (vocabulary, 1, "ja_JP");
  g_assert_cmpstr (path, ==, "動物|猫");
  path_pt = persea_vocabulary_get_translated_path (vocabulary, 1, "pt-br");
  g_assert_cmpstr (path_pt, ==, "animal|gato");

  tag = persea_vocabulary_find (vocabulary, "animal|dog");
  g_assert_cmpuint (g_strv_length (tag->prompts), ==, 2);
  g_assert_cmpstr (tag->prompts[1], ==, "dogs; many");
  g_assert_cmpfloat (tag->cut, <, 0);

  tag = persea_vocabulary_find (vocabulary, "plant|tree");
  g_assert_true (tag->heading);
  g_assert_cmpuint (tag->line, ==, 0);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *text;
    const char *line; /* what the message begins with */
    const char *word; /* and what it contains */
  } cases[] = {
    { "cat\ncat\n", "v.txt:2:", "line 1" },
    { "cat\nCAT\n", "v.txt:2:", "line 1" },
    { "a,b\n", "v.txt:1:", "','" },
    { "a/b\n", "v.txt:1:", "'/'" },
    { "a||b\n", "v.txt:1:", "no name" },
    { "a|\n", "v.txt:1:", "no name" },
    { "a|b|c|d|e|f|g|h|i\n", "v.txt:1:", "levels" },
    { "= cat\n", "v.txt:1:", "begin" },
    { "cat =\n", "v.txt:1:", "no name" },
    { "cat = a|b\n", "v.txt:1:", "'|'" },
    { "cat ; cut: 1.5\n", "v.txt:1:", "1.5" },
    { "cat ; cut: high\n", "v.txt:1:", "high" },
    { "cat ; cut: nan\n", "v.txt:1:", "nan" },
    { "cat ; choose: 0\n", "v.txt:1:", "choose" },
    { "cat ; choose: two\n", "v.txt:1:", "two" },
    { "cat ; head\n", "v.txt:1:", "head" },
    { "cat ; colour: red\n", "v.txt:1:", "colour" },
    { "cat ; ja: a|b\n", "v.txt:1:", "'|'" },
    { "cat ; ja: a; ja: b\n", "v.txt:1:", "twice" },
    { "cat ; prompt:\n", "v.txt:1:", "empty" },
    { "cat ; prompt: \"open\n", "v.txt:1:", "quotation" },
    { "\n\ntemplate: no hole\ncat\n", "v.txt:3:", "{}" },
    { "tmplate: {}\n", "v.txt:1:", "tmplate" },
    { "cat\n\xff\xfe\n", "v.txt:2:", "UTF-8" },
    { "ca\tt\n", "v.txt:1:", "control" },
    { "# nothing\n", "v.txt:", "no tag" },
    { "cat ; heading\n", "v.txt:", "no tag" },
    { "", "v.txt:", "no tag" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (cases[i].text, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, cases[i].line));
      g_assert_nonnull (strstr (error->message, cases[i].word));
    }
}

static void
test_limits (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaVocabulary) vocabulary = NULL;

  for (int i = 0; i < PERSEA_VOCABULARY_MAX_TAGS; i++)
    g_string_append_printf (text, "t%d\n", i);
  vocabulary = parse (text->str, &error);
  g_assert_no_error (error);

  g_string_append (text, "one more\n");
  g_assert_null (parse (text->str, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_clear_error (&error);

  g_string_truncate (text, 0);
  for (int i = 0; i <= PERSEA_VOCABULARY_MAX_NAME; i++)
    g_string_append_c (text, 'x');
  g_assert_null (parse (text->str, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
}

/* Any garbage gives an error or a vocabulary, never a crash. */
static void
test_garbage (void)
{
  static const char alphabet[] = "ab|=;:,\"#{} \n\t/\xc3\xa4\xff";
  char text[64];

  for (int i = 0; i < 20000; i++)
    {
      int length = g_test_rand_int_range (0, sizeof text);
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaVocabulary) vocabulary = NULL;

      for (int j = 0; j < length; j++)
        text[j] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];
      vocabulary = persea_vocabulary_parse (text, length, "v", &error);
      g_assert_true ((vocabulary == NULL) == (error != NULL));
    }
}

static void
test_list (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaVocabulary) vocabulary =
    persea_vocabulary_new_from_list (" cat, plant|tree ,,dog,", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (persea_vocabulary_get_n_tags (vocabulary), ==, 4);
  g_assert_true (persea_vocabulary_find (vocabulary, "plant")->heading);
  g_assert_false (persea_vocabulary_find (vocabulary, "plant|tree")->heading);
  g_assert_nonnull (persea_vocabulary_get_templates (vocabulary)[0]);

  g_assert_null (persea_vocabulary_new_from_list (" , ", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

static void
test_prompt (void)
{
  g_autofree char *text = persea_vocabulary_expand_prompt ("a {} and a {}.", "cat");

  g_assert_cmpstr (text, ==, "a cat and a cat.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vocabulary/everything", test_everything);
  g_test_add_func ("/vocabulary/errors", test_errors);
  g_test_add_func ("/vocabulary/limits", test_limits);
  g_test_add_func ("/vocabulary/garbage", test_garbage);
  g_test_add_func ("/vocabulary/list", test_list);
  g_test_add_func ("/vocabulary/prompt", test_prompt);
  return g_test_run ();
}
