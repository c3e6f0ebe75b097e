/* persea-ascii.c - text in the letters of ASCII
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-ascii.h"

#include <string.h>

/* What GLib does not spell, or not so; sorted.  Signs, then letters that only look like others with an
 * accent, Greek, Cyrillic, more signs. */
static const struct
{
  gunichar    character;
  const char *spelled;
} spellings[] = {
  { 0xa1, "!" }, { 0xa2, "c/" }, { 0xa3, "ps" }, { 0xa4, "$?" }, { 0xa5, "y=" }, { 0xa6, "|" },
  { 0xa7, "ss" }, { 0xa8, "\"" }, { 0xaa, "a" }, { 0xac, "!" }, { 0xad, "" }, { 0xaf, "-" },
  { 0xb0, "deg" }, { 0xb1, "+-" }, { 0xb2, "2" }, { 0xb3, "3" }, { 0xb4, "'" }, { 0xb6, "p" },
  { 0xb7, "*" }, { 0xb9, "1" }, { 0xba, "o" }, { 0xbc, " 1/4" }, { 0xbd, " 1/2" },
  { 0xbe, " 3/4" }, { 0xbf, "?" }, { 0xf0, "d" }, { 0xf7, "/" }, { 0xf8, "o" }, { 0xfe, "th" },
  { 0x111, "d" }, { 0x127, "h" }, { 0x131, "i" }, { 0x138, "k" }, { 0x140, "l" }, { 0x14b, "ng" },
  { 0x167, "t" }, { 0x3b1, "a" }, { 0x3b2, "b" }, { 0x3b3, "g" }, { 0x3b4, "d" }, { 0x3b5, "e" },
  { 0x3b6, "z" }, { 0x3b7, "e" }, { 0x3b8, "th" }, { 0x3b9, "i" }, { 0x3ba, "k" }, { 0x3bb, "l" },
  { 0x3bc, "m" }, { 0x3bd, "n" }, { 0x3be, "x" }, { 0x3bf, "o" }, { 0x3c0, "p" }, { 0x3c1, "r" },
  { 0x3c2, "s" }, { 0x3c3, "s" }, { 0x3c4, "t" }, { 0x3c5, "u" }, { 0x3c6, "ph" }, { 0x3c7, "kh" },
  { 0x3c8, "ps" }, { 0x3c9, "o" }, { 0x430, "a" }, { 0x431, "b" }, { 0x432, "v" }, { 0x433, "g" },
  { 0x434, "d" }, { 0x435, "e" }, { 0x436, "zh" }, { 0x437, "z" }, { 0x438, "i" }, { 0x439, "i" },
  { 0x43a, "k" }, { 0x43b, "l" }, { 0x43c, "m" }, { 0x43d, "n" }, { 0x43e, "o" }, { 0x43f, "p" },
  { 0x440, "r" }, { 0x441, "s" }, { 0x442, "t" }, { 0x443, "u" }, { 0x444, "f" }, { 0x445, "kh" },
  { 0x446, "ts" }, { 0x447, "ch" }, { 0x448, "sh" }, { 0x449, "shch" }, { 0x44a, "'" },
  { 0x44b, "y" }, { 0x44c, "'" }, { 0x44d, "e" }, { 0x44e, "iu" }, { 0x44f, "ia" },
  { 0x450, "ie" }, { 0x451, "io" }, { 0x452, "dj" }, { 0x453, "gj" }, { 0x454, "ie" },
  { 0x455, "dz" }, { 0x456, "i" }, { 0x457, "yi" }, { 0x458, "j" }, { 0x459, "lj" },
  { 0x45a, "nj" }, { 0x45b, "tsh" }, { 0x45c, "kj" }, { 0x45d, "i" }, { 0x45e, "u" },
  { 0x45f, "dzh" }, { 0x491, "g'" }, { 0x2015, "--" }, { 0x2016, "||" }, { 0x2021, "++" },
  { 0x2022, "*" }, { 0x2023, "*>" }, { 0x2030, "%0" }, { 0x2032, "'" }, { 0x2033, "''" },
  { 0x203d, "!?" }, { 0x2070, "0" }, { 0x2074, "4" }, { 0x2075, "5" }, { 0x2076, "6" },
  { 0x2077, "7" }, { 0x2078, "8" }, { 0x2079, "9" }, { 0x2080, "0" }, { 0x2081, "1" },
  { 0x2082, "2" }, { 0x2083, "3" }, { 0x2084, "4" }, { 0x2085, "5" }, { 0x2086, "6" },
  { 0x2087, "7" }, { 0x2088, "8" }, { 0x2089, "9" }, { 0x20a6, "n" }, { 0x20a9, "w" },
  { 0x20aa, "ns" }, { 0x20ab, "d" }, { 0x20b1, "p" }, { 0x20b4, "uah" }, { 0x20b9, "rs" },
  { 0x20ba, "l" }, { 0x20bd, "r" }, { 0x20bf, "btc" }, { 0x2116, "no. " }, { 0x2190, "-" },
  { 0x2191, "|" }, { 0x2192, "-" }, { 0x2193, "|" }, { 0x2194, "-" },
};

static const char *
find_spelling (gunichar c)
{
  size_t first = 0, last = G_N_ELEMENTS (spellings);

  while (first < last)
    {
      size_t middle = first + (last - first) / 2;

      if (spellings[middle].character < c)
        first = middle + 1;
      else
        last = middle;
    }
  return first < G_N_ELEMENTS (spellings) && spellings[first].character == c
           ? spellings[first].spelled
           : NULL;
}

static void
append_character (GString *ascii, gunichar c)
{
  char character[8] = { 0 };
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  const char *spelling = find_spelling (c);

  if (spelling)
    {
      g_string_append (ascii, spelling);
      return;
    }

  g_unichar_to_utf8 (c, character);
  g_autofree char *spelled = g_str_to_ascii (character, "C");
  if (strcmp (spelled, "?") != 0)
    {
      g_string_append (ascii, spelled);
      return;
    }

  g_unichar_fully_decompose (c, FALSE, parts, G_N_ELEMENTS (parts));
  spelling = find_spelling (parts[0]); /* a letter of Greek without its accent */
  g_string_append (ascii, spelling ? spelling : "");
}

char *
persea_ascii_spell (const char *text)
{
  GString *ascii = g_string_new (NULL);

  for (const char *at = text; *at; at = g_utf8_next_char (at))
    if ((guchar) *at < 128)
      g_string_append_c (ascii, *at);
    else
      append_character (ascii, g_utf8_get_char (at));
  return g_string_free (ascii, FALSE);
}
