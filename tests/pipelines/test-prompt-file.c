/* test-prompt-file.c - prompts from text files and key files, and what is wrong with them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-prompt-file.h"

#include <string.h>

#include "persea-error.h"

static GPtrArray *
parse_bytes (const char *path, const char *text, size_t length)
{
  g_auto (PerseaPromptOptions) defaults = { 0 };
  g_autoptr (GError) error = NULL;
  GPtrArray *prompts;

  persea_prompt_options_init (&defaults);
  defaults.count = 3;
  defaults.negative = g_strdup ("rain");
  prompts = persea_prompt_file_parse (path, text, length, &defaults, &error);
  g_assert_no_error (error);
  return prompts;
}

static GPtrArray *
parse (const char *path, const char *text)
{
  return parse_bytes (path, text, strlen (text));
}

static const PerseaPrompt *
get (GPtrArray *prompts, unsigned i)
{
  g_assert_cmpuint (i, <, prompts->len);
  return g_ptr_array_index (prompts, i);
}

static void
test_names (void)
{
  g_autofree char *report = persea_prompt_file_get_error_path ("/a/b.txt");

  g_assert_true (persea_prompt_file_wants ("a.txt"));
  g_assert_true (persea_prompt_file_wants ("A.TXT"));
  g_assert_true (persea_prompt_file_wants ("a.persea"));
  g_assert_false (persea_prompt_file_wants (".a.txt"));
  g_assert_false (persea_prompt_file_wants (".txt"));
  g_assert_false (persea_prompt_file_wants ("txt"));
  g_assert_false (persea_prompt_file_wants ("a.txt~"));
  g_assert_false (persea_prompt_file_wants ("a.txt.part"));
  g_assert_false (persea_prompt_file_wants ("a.txt.error.txt"));
  g_assert_false (persea_prompt_file_wants ("a.png"));
  g_assert_cmpstr (report, ==, "/a/b.txt.error.txt");
  g_assert_false (persea_prompt_file_wants (strrchr (report, '/') + 1));
}

static void
test_lines (void)
{
  g_autoptr (GPtrArray) prompts
    = parse ("a.txt", "\xef\xbb\xbf  a red ball \r\n\n# no prompt\nein gr\xc3\xbcner Hut\n\t\nx=y");

  g_assert_cmpuint (prompts->len, ==, 3);
  g_assert_cmpstr (get (prompts, 0)->text, ==, "a red ball");
  g_assert_cmpuint (get (prompts, 0)->line, ==, 1);
  g_assert_cmpstr (get (prompts, 1)->text, ==, "ein grüner Hut");
  g_assert_cmpuint (get (prompts, 1)->line, ==, 4);
  g_assert_cmpstr (get (prompts, 2)->text, ==, "x=y");
  g_assert_cmpuint (get (prompts, 2)->options.count, ==, 3);
  g_assert_cmpstr (get (prompts, 2)->options.negative, ==, "rain");
  for (unsigned i = 0; i < 3; i++)
    g_assert_no_error (get (prompts, i)->error);
}

/* A prompt keeps its seed and key whatever happens to the lines around it. */
static void
test_seeds (void)
{
  g_autoptr (GPtrArray) before = parse ("a.txt", "a\nb\na\n");
  g_autoptr (GPtrArray) after = parse ("b.txt", "new\n\nb\na\n# more\na\na");

  g_assert_cmpuint (get (before, 0)->seed, !=, get (before, 2)->seed);
  g_assert_cmpstr (get (before, 0)->key, !=, get (before, 2)->key);
  g_assert_cmpuint (get (before, 1)->seed, ==, get (after, 1)->seed);
  g_assert_cmpstr (get (before, 1)->key, ==, get (after, 1)->key);
  g_assert_cmpstr (get (before, 0)->key, ==, get (after, 2)->key);
  g_assert_cmpstr (get (before, 2)->key, ==, get (after, 3)->key);
  g_assert_cmpstr (get (before, 2)->key, !=, get (after, 4)->key);
}

static void
test_one_group (void)
{
  g_autoptr (GPtrArray) prompts = parse ("a.persea", "# mine\nprompt = a cup\ncount=2\r\n"
                                                     "candidates=8\nseed=18446744073709551615\n"
                                                     "size=512\nmodel=mega\nguidance=7.5\n"
                                                     "temperature=0\ntop-k=\ntop-p=0.5\nnegative=\n");
  const PerseaPrompt *prompt = get (prompts, 0);

  g_assert_cmpuint (prompts->len, ==, 1);
  g_assert_no_error (prompt->error);
  g_assert_cmpstr (prompt->text, ==, "a cup");
  g_assert_cmpuint (prompt->options.count, ==, 2);
  g_assert_cmpuint (prompt->options.candidates, ==, 8);
  g_assert_cmpuint (prompt->seed, ==, G_MAXUINT64);
  g_assert_cmpuint (prompt->options.size, ==, 512);
  g_assert_cmpstr (prompt->options.model, ==, "mega");
  g_assert_cmpfloat (prompt->options.guidance, ==, 7.5);
  g_assert_cmpfloat (prompt->options.temperature, ==, 0);
  g_assert_cmpint (prompt->options.top_k, ==, -1);
  g_assert_cmpfloat (prompt->options.top_p, ==, 0.5);
  g_assert_cmpstr (prompt->options.negative, ==, "rain"); /* an empty value changes nothing */
}

static void
test_groups (void)
{
  g_autoptr (GPtrArray) prompts = parse ("a.PERSEA", "count=5\nseed=7\n[one]\nprompt=a\n"
                                                     "[two]\nprompt=b\ncount=1\n[three]\nprompt=a");

  g_assert_cmpuint (prompts->len, ==, 3);
  g_assert_cmpstr (get (prompts, 0)->text, ==, "a");
  g_assert_cmpuint (get (prompts, 0)->options.count, ==, 5);
  g_assert_cmpuint (get (prompts, 0)->seed, ==, 7);
  g_assert_cmpuint (get (prompts, 0)->line, ==, 3);
  g_assert_cmpuint (get (prompts, 1)->options.count, ==, 1);
  g_assert_cmpuint (get (prompts, 1)->seed, ==, 7);
  g_assert_cmpuint (get (prompts, 2)->seed, ==, 8); /* the same prompt again: others, please */
}

/* Each has one good prompt and one error. */
static const struct
{
  const char *path;
  const char *text;
  unsigned    line;
  const char *message;
} mistakes[] = {
  { "a.txt", "good\n\xff\xfe", 2, "UTF-8" },
  { "a.persea", "[a]\nprompt=good\n[b]\ncount=2", 3, "prompt is missing" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\ncont=2", 3, "cont" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\ncount=0", 3, "count" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\ncount=2\ncount=2", 3, "twice" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\ncount=9\ncandidates=8", 3, "at least 9" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\nrubbish", 3, "KEY=VALUE" },
  { "a.persea", "[a]\nprompt=good\n[b\nprompt=x", 3, "[GROUP]" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=\xff", 3, "UTF-8" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\nguidance=nan", 3, "nan" },
  { "a.persea", "[a]\nprompt=good\n[b]\nprompt=x\nsize=1e9", 3, "size" },
};

static void
test_mistakes (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GPtrArray) prompts = parse (mistakes[i].path, mistakes[i].text);
      const PerseaPrompt *wrong = get (prompts, 1);

      g_test_message ("%s", mistakes[i].text);
      g_assert_cmpuint (prompts->len, ==, 2);
      g_assert_no_error (get (prompts, 0)->error);
      g_assert_cmpstr (get (prompts, 0)->text, ==, "good");
      g_assert_nonnull (wrong->error);
      g_test_message ("%s", wrong->error->message);
      g_assert_nonnull (strstr (wrong->error->message, mistakes[i].message));
      g_assert_cmpuint (wrong->line, ==, mistakes[i].line);
    }
}

static void
test_long (void)
{
  g_autofree char *text = g_strnfill (PERSEA_DRAW_MAX_PROMPT_BYTES + 1, 'a');
  g_autoptr (GPtrArray) prompts = parse ("a.txt", text);

  g_assert_cmpuint (prompts->len, ==, 1);
  g_assert_error (get (prompts, 0)->error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
}

static void
assert_refused (const char *path, const char *text, size_t length, const char *words)
{
  g_auto (PerseaPromptOptions) defaults = { 0 };
  g_autoptr (GError) error = NULL;

  persea_prompt_options_init (&defaults);
  g_assert_null (persea_prompt_file_parse (path, text, length, &defaults, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refused (void)
{
  g_autofree char *large = g_strnfill (PERSEA_PROMPT_FILE_MAX_BYTES + 1, '\n');
  g_autofree char *many = g_malloc (2 * PERSEA_PROMPT_FILE_MAX_PROMPTS + 2);

  for (size_t i = 0; i < PERSEA_PROMPT_FILE_MAX_PROMPTS + 1; i++)
    memcpy (many + 2 * i, "a\n", 2);
  assert_refused ("a.txt", large, PERSEA_PROMPT_FILE_MAX_BYTES + 1, "larger");
  assert_refused ("a.txt", many, 2 * PERSEA_PROMPT_FILE_MAX_PROMPTS + 2, "at most 10000 prompts");
  assert_refused ("a.txt", "a\0b", 3, "zero bytes");
  assert_refused ("a.persea", "", 0, "prompt is missing");
  assert_refused ("a.persea", "count=3\n", 8, "prompt is missing");
}

static void
test_empty (void)
{
  g_autoptr (GPtrArray) none = parse ("a.txt", "");
  g_autoptr (GPtrArray) comments = parse ("a.txt", "# a\n\n#b");

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (comments->len, ==, 0);
}

static void
test_load (void)
{
  g_auto (PerseaPromptOptions) defaults = { 0 };
  g_autoptr (GError) error = NULL;

  persea_prompt_options_init (&defaults);
  g_assert_null (persea_prompt_file_load ("/nowhere/a.txt", &defaults, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt-file/names", test_names);
  g_test_add_func ("/prompt-file/lines", test_lines);
  g_test_add_func ("/prompt-file/seeds", test_seeds);
  g_test_add_func ("/prompt-file/one-group", test_one_group);
  g_test_add_func ("/prompt-file/groups", test_groups);
  g_test_add_func ("/prompt-file/mistakes", test_mistakes);
  g_test_add_func ("/prompt-file/long", test_long);
  g_test_add_func ("/prompt-file/refused", test_refused);
  g_test_add_func ("/prompt-file/empty", test_empty);
  g_test_add_func ("/prompt-file/load", test_load);
  return g_test_run ();
}
