/* persea-dalle-text.c - what dalle-mini does to a prompt before it is cut into words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The reference is a chain of replacements by regular expressions, and so is this: same
 * expressions, same order.
 */
#include "config.h"

#include "persea-dalle-text.h"

#include <string.h>

#include "persea-ascii.h"
#include "persea-emoji.h"
#include "persea-hashtags.h"
#include "persea-text-clean.h"

/* protects a character from the rules in between; the reference's word */
#define KEEP "xtokx"

/* has a function for a replacement */
#define HASHTAG "#(\\w+)"

/* GPT-2's words; \s alone would be ASCII's */
#define SPACE "\\s\\p{Z}\\x{85}"
#define WORDS "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^" SPACE "\\p{L}\\p{N}]+" \
  "|[" SPACE "]+(?![^" SPACE "])|[" SPACE "]+"

static const struct
{
  const char *pattern, *replacement;
} text_rules[] = {
  { "<person>([,\\s]*(and)*[,\\s]*<person>)+", " people " },
  { "<person>", " a person " },
  { "\\A\\s*\\[\\d+\\]", "" }, /* references of an encyclopedia */
  { "\\[\\d+\\]\\s*\\Z", "" },
  { "<[^<]+?>", " " },
  { "http\\S+", "" },
  { "(\\d),(\\d{3})", "\\1\\2" }, /* twice: 1,234,567 */
  { "(\\d),(\\d{3})", "\\1\\2" },
  { "(\\w)\\.(\\w)", "\\1" KEEP "dot" KEEP "\\2" },
  { "'(?=([stdm]|(ll)|(re)|(ve)|(ll))\\b)", KEEP "quote" KEEP },
  { "(\\d)/(\\d)", "\\1" KEEP "slash" KEEP "\\2" },
  { "(\\w)-(\\w)", "\\1 \\2" },
  { "([%&\\/$*])", " \\1 " },
  { HASHTAG, NULL },
  { "[_#\\\\]", " " },
  { "['\"`]", " \" " },
  { "[()[\\].,|:;?!=+~\\-\\/{}]", "," },
  { KEEP "dot" KEEP, "." },
  { KEEP "quote" KEEP, "'" },
  { KEEP "slash" KEEP, "/" },
  { "(\\D)(\\1{3,})", "\\1" },
  { "(\\s*\"+\\s*)+", " \" " },
  { "(\\s*,+\\s*)+", ", " },
  { "\\s+", " " },
};

/* A rule that costs too much, on a text made for that, is passed over. */
static void
text_apply (char **text, const char *pattern, const char *replacement)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_RAW, 0, NULL);
  char *replaced;

  g_return_if_fail (regex);

  replaced = g_regex_replace (regex, *text, -1, 0, replacement, 0, NULL);
  if (!replaced)
    return;
  g_free (*text);
  *text = replaced;
}

/* a GRegexEvalCallback; @data: the list of words */
static gboolean
text_cut_hashtag (const GMatchInfo *match, GString *result, gpointer data)
{
  g_autofree char *tag = g_match_info_fetch (match, 1);
  g_autofree char *words = persea_hashtags_split (data, tag, NULL);

  g_string_append (result, words ? words : tag);
  return FALSE;
}

static void
text_cut_hashtags (char **text, const char *words_path)
{
  g_autoptr (GRegex) regex = g_regex_new (HASHTAG, G_REGEX_RAW, 0, NULL);
  char *replaced = g_regex_replace_eval (regex, *text, -1, 0, 0, text_cut_hashtag, (char *) words_path, NULL);

  if (!replaced)
    return;
  g_free (*text);
  *text = replaced;
}

/* white space and one comma at each end */
static const char *
text_trim (char *text)
{
  size_t length;

  g_strchomp (text);
  length = strlen (text);
  if (length > 0 && text[length - 1] == ',')
    text[length - 1] = '\0';
  while (g_ascii_isspace (*text))
    text++;
  if (*text == ',')
    text++;
  return g_strstrip (text);
}

char *
persea_dalle_text_normalize (const char *text, const char *words_path)
{
  size_t length = MIN (strlen (text), PERSEA_DALLE_TEXT_MAX);

  while (((guchar) text[length] & 0xc0) == 0x80)
    length--; /* not inside a character */

  g_autofree char *beginning = g_strndup (text, length);
  g_autofree char *cleaned = persea_text_clean (beginning);
  g_autofree char *spelled = persea_emoji_spell (cleaned, ":");
  g_autofree char *ascii = persea_ascii_spell (spelled);
  char *normalized = g_ascii_strdown (ascii, -1);

  for (size_t i = 0; i < G_N_ELEMENTS (text_rules); i++)
    if (text_rules[i].replacement)
      text_apply (&normalized, text_rules[i].pattern, text_rules[i].replacement);
    else if (words_path)
      text_cut_hashtags (&normalized, words_path);

  char *result = g_strconcat (" ", text_trim (normalized), NULL);
  g_free (normalized);
  return result;
}

GStrv
persea_dalle_text_split (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new (WORDS, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  g_return_val_if_fail (regex, NULL);

  g_regex_match (regex, text, 0, &match);
  while (g_match_info_matches (match))
    {
      g_autofree char *word = g_match_info_fetch (match, 0);

      g_strv_builder_add (words, word);
      if (!g_match_info_next (match, NULL))
        break;
    }
  return g_strv_builder_end (words);
}
