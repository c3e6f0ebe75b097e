/* persea-text-clean.c - what CLIP's tokenizer does to a text before it cuts it into words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reference: ftfy 6.3 (fix_text with its defaults, without fix_encoding) and openai/CLIP.
 */
#include "config.h"

#include "persea-text-clean.h"

#include "persea-html.h"
#include "persea-windows-1252.h"

#include <string.h>

static const struct
{
  gunichar    c;
  const char *letters;
} ligatures[] = {
  { 0x132, "IJ" }, { 0x133, "ij" }, { 0x149, "\312\274n" }, { 0x1c4, "D\305\275" },
  { 0x1c5, "D\305\276" }, { 0x1c6, "d\305\276" }, { 0x1c7, "LJ" }, { 0x1c8, "Lj" },
  { 0x1c9, "lj" }, { 0x1ca, "NJ" }, { 0x1cb, "Nj" }, { 0x1cc, "nj" }, { 0x1f1, "DZ" },
  { 0x1f2, "Dz" }, { 0x1f3, "dz" }, { 0xfb00, "ff" }, { 0xfb01, "fi" }, { 0xfb02, "fl" },
  { 0xfb03, "ffi" }, { 0xfb04, "ffl" }, { 0xfb05, "\305\277t" }, { 0xfb06, "st" },
};

static const char *
clean_find_ligature (gunichar c)
{
  for (size_t i = 0; i < G_N_ELEMENTS (ligatures); i++)
    if (ligatures[i].c == c)
      return ligatures[i].letters;
  return NULL;
}

gboolean
persea_text_is_space (gunichar c)
{
  return (c >= 0x9 && c <= 0xd) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680
         || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f
         || c == 0x205f || c == 0x3000;
}

/* what Python's str.strip() removes: also the separators of ASCII */
static gboolean
clean_is_stripped (gunichar c)
{
  return persea_text_is_space (c) || (c >= 0x1c && c <= 0x1f);
}

static gboolean
clean_is_removed (gunichar c)
{
  return c <= 0x8 || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f
         || (c >= 0x206a && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffc);
}

/* full-width and half-width forms, and the space that is as wide as a Chinese character */
static gboolean
clean_append_width (GString *out, gunichar c)
{
  char utf8[7] = "";
  g_autofree char *normal = NULL;

  if (c == 0x3000)
    {
      g_string_append_c (out, ' ');
      return TRUE;
    }
  if (c < 0xff01 || c > 0xffef)
    return FALSE;
  g_unichar_to_utf8 (c, utf8);
  normal = g_utf8_normalize (utf8, -1, G_NORMALIZE_ALL_COMPOSE);
  g_string_append (out, normal);
  return TRUE;
}

static char *
clean_map_characters (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));

  for (; *text; text = g_utf8_next_char (text))
    {
      gunichar c = persea_windows_1252_to_unicode (g_utf8_get_char (text));
      const char *letters = c < 0x132 ? NULL : clean_find_ligature (c);

      if (letters)
        g_string_append (out, letters);
      else if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b))
        g_string_append_c (out, '\'');
      else if (c >= 0x201c && c <= 0x201f)
        g_string_append_c (out, '"');
      else if (!clean_append_width (out, c))
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

/* @at: behind an escape character.  Returns: the end of "[31;1m" and the like, or NULL */
static const char *
clean_skip_terminal_escape (const char *at)
{
  if (*at != '[')
    return NULL;
  for (at++; *at == ';' || g_unichar_type (g_utf8_get_char (at)) == G_UNICODE_DECIMAL_NUMBER;)
    at = g_utf8_next_char (at);
  return g_ascii_isalpha (*at) ? at + 1 : NULL;
}

static char *
clean_remove_controls (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));

  while (*text)
    {
      gunichar c = g_utf8_get_char (text);
      const char *next = g_utf8_next_char (text);
      const char *escape_end = c == 0x1b ? clean_skip_terminal_escape (next) : NULL;

      if (!clean_is_removed (c))
        g_string_append_len (out, text, next - text);
      text = escape_end ? escape_end : next;
    }
  return g_string_free (out, FALSE);
}

/* One line, until nothing changes.  Every round but those that undo an HTML reference leaves
 * fewer of the characters that it looks for, and a reference is longer than what it stands for,
 * so this ends; the limit is for what nobody thought of. */
static char *
clean_fix_line (const char *line, gboolean unescape)
{
  g_autofree char *text = g_strdup (line);

  for (size_t round = 0; round < 1000; round++)
    {
      g_autofree char *unescaped
        = unescape ? persea_html_unescape (text, PERSEA_HTML_STRICT) : g_strdup (text);
      g_autofree char *mapped = clean_map_characters (unescaped);
      g_autofree char *kept = clean_remove_controls (mapped);
      char *normal = g_utf8_normalize (kept, -1, G_NORMALIZE_DEFAULT_COMPOSE);
      gboolean same = strcmp (normal, text) == 0;

      g_free (text);
      text = normal;
      if (same)
        break;
    }
  return g_steal_pointer (&text);
}

/* A "<" means that this may be HTML itself, from there on, so references are left alone. */
static char *
clean_fix_text (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));
  gboolean unescape = TRUE;

  while (*text)
    {
      const char *feed = strchr (text, '\n');
      size_t length = feed ? (size_t) (feed + 1 - text) : strlen (text);
      g_autofree char *line = g_strndup (text, length);
      g_autofree char *fixed = NULL;

      unescape = unescape && !strchr (line, '<');
      fixed = clean_fix_line (line, unescape);
      g_string_append (out, fixed);
      text += length;
    }
  return g_string_free (out, FALSE);
}

/* in place */
static void
clean_strip (char *text)
{
  char *end = text + strlen (text);
  char *start = text;

  while (*start && clean_is_stripped (g_utf8_get_char (start)))
    start = g_utf8_next_char (start);
  while (end > start)
    {
      char *last = g_utf8_prev_char (end);

      if (!clean_is_stripped (g_utf8_get_char (last)))
        break;
      end = last;
    }
  *end = '\0';
  memmove (text, start, end + 1 - start);
}

static char *
clean_collapse_space (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));
  gboolean in_space = FALSE;

  for (; *text; text = g_utf8_next_char (text))
    {
      gboolean is_space = persea_text_is_space (g_utf8_get_char (text));

      if (!is_space)
        g_string_append_len (out, text, g_utf8_skip[(guchar) *text]);
      else if (!in_space)
        g_string_append_c (out, ' ');
      in_space = is_space;
    }
  return g_string_free (out, FALSE);
}

/* nothing in it that fixing or unescaping would change */
static gboolean
clean_is_plain (const char *text)
{
  for (; *text; text++)
    if ((guchar) *text >= 0x7f || *text == '&' || ((guchar) *text < ' ' && *text != '\n' && *text != '\t'))
      return FALSE;
  return TRUE;
}

char *
persea_text_clean (const char *text)
{
  g_autofree char *fixed = NULL;
  g_autofree char *collapsed = NULL;

  if (clean_is_plain (text))
    fixed = g_strdup (text);
  else
    {
      g_autofree char *repaired = clean_fix_text (text);
      g_autofree char *once = persea_html_unescape (repaired, PERSEA_HTML_LENIENT);

      fixed = persea_html_unescape (once, PERSEA_HTML_LENIENT);
    }
  clean_strip (fixed);
  collapsed = clean_collapse_space (fixed);
  clean_strip (collapsed);
  return persea_text_lower (collapsed);
}
