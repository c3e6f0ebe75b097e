/* persea-text-lower.c - small letters, in the same way everywhere
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Unicode has two cases that are not a matter of a single character: İ becomes two, and Σ becomes
 * ς at the end of a word (Unicode 3.13, Final_Sigma).
 */
#include "config.h"

#include "persea-text-clean.h"

#include <string.h>

#define CAPITAL_I_WITH_DOT 0x130
#define COMBINING_DOT 0x307
#define CAPITAL_SIGMA 0x3a3
#define FINAL_SIGMA 0x3c2

static gboolean
in_ranges (gunichar c, const gunichar (*ranges)[2], size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (c >= ranges[i][0] && c <= ranges[i][1])
      return TRUE;
  return FALSE;
}

/* Cased: letters that have case, and the Other_Lowercase and Other_Uppercase of Unicode */
static gboolean
lower_is_cased (gunichar c)
{
  static const gunichar others[][2] = {
    { 0xaa, 0xaa }, { 0xba, 0xba }, { 0x2b0, 0x2b8 }, { 0x2c0, 0x2c1 }, { 0x2e0, 0x2e4 },
    { 0x345, 0x345 }, { 0x37a, 0x37a }, { 0x1d2c, 0x1d6a }, { 0x1d78, 0x1d78 },
    { 0x1d9b, 0x1dbf }, { 0x2071, 0x2071 }, { 0x207f, 0x207f }, { 0x2090, 0x209c },
    { 0x2160, 0x217f }, { 0x24b6, 0x24e9 }, { 0x2c7c, 0x2c7d }, { 0xa69c, 0xa69d },
    { 0xa770, 0xa770 }, { 0xa7f8, 0xa7f9 }, { 0xab5c, 0xab5f }, { 0x10780, 0x10780 },
    { 0x10783, 0x10785 }, { 0x10787, 0x107b0 }, { 0x107b2, 0x107ba },
    { 0x1f130, 0x1f149 }, { 0x1f150, 0x1f169 }, { 0x1f170, 0x1f189 },
  };

  switch (g_unichar_type (c))
    {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
      return TRUE;
    default:
      return in_ranges (c, others, G_N_ELEMENTS (others));
    }
}

static gboolean
lower_is_case_ignorable (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_FORMAT:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_MODIFIER_SYMBOL:
      return TRUE;
    default:
      break;
    }
  switch (c) /* Word_Break: MidLetter, MidNumLet, Single_Quote */
    {
    case '\'': case '.': case ':': case 0xb7: case 0x387: case 0x55f: case 0x5f4: case 0x2018:
    case 0x2019: case 0x2024: case 0x2027: case 0xfe13: case 0xfe52: case 0xfe55: case 0xff07:
    case 0xff0e: case 0xff1a:
      return TRUE;
    default:
      return FALSE;
    }
}

/* @at: a capital sigma in @text.  A cased letter before, none after, what is ignorable aside */
static gboolean
lower_is_final_sigma (const char *text, const char *at)
{
  const char *before = at;
  const char *after = g_utf8_next_char (at);
  gboolean found = FALSE;

  while (!found && before > text)
    {
      gunichar c;

      before = g_utf8_prev_char (before);
      c = g_utf8_get_char (before);
      if (!lower_is_case_ignorable (c))
        {
          if (!lower_is_cased (c))
            return FALSE;
          found = TRUE;
        }
    }
  if (!found)
    return FALSE;

  while (*after && lower_is_case_ignorable (g_utf8_get_char (after)))
    after = g_utf8_next_char (after);
  return !*after || !lower_is_cased (g_utf8_get_char (after));
}

/* GLib knows small forms of letters only, not of numbers (Ⅷ) and symbols (Ⓐ) */
static gunichar
lower_character (gunichar c)
{
  if (c >= 0x2160 && c <= 0x216f)
    return c + 16;
  if (c >= 0x24b6 && c <= 0x24cf)
    return c + 26;
  return g_unichar_tolower (c);
}

char *
persea_text_lower (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));

  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      gunichar c;

      if ((guchar) *at < 0x80)
        {
          g_string_append_c (out, g_ascii_tolower (*at));
          continue;
        }
      c = g_utf8_get_char (at);
      if (c == CAPITAL_I_WITH_DOT)
        {
          g_string_append_c (out, 'i');
          g_string_append_unichar (out, COMBINING_DOT);
        }
      else if (c == CAPITAL_SIGMA && lower_is_final_sigma (text, at))
        g_string_append_unichar (out, FINAL_SIGMA);
      else
        g_string_append_unichar (out, lower_character (c));
    }
  return g_string_free (out, FALSE);
}
