/* persea-emoji.c - emoji in words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reference: emoji.demojize(), with its habits: it goes as far as any known sequence goes, and if
 * that is the middle of one, finds nothing; a joiner that was met that way divides what it joins, and
 * what is before it is looked at once more.
 */
#include "config.h"

#include "persea-emoji.h"

#include <string.h>

#define JOINER 0x200d
#define TEXT_STYLE 0xfe0e
#define EMOJI_STYLE 0xfe0f

static const struct
{
  const char *text;
  const char *name;
} emoji[] = {
#include "persea-emoji.inc"
};

/* a piece of the text: an emoji, or one character */
typedef struct
{
  size_t      n_characters;
  gunichar    first;
  const char *name; /* (nullable) of an emoji */
} Piece;

typedef struct
{
  const gunichar *characters;
  gboolean       *divides; /* joiners that nothing is joined by */
  size_t          n, at;
  GArray         *pieces;  /* not yet written, since a joiner may follow */
  GString        *spelled;
  const char     *mark;
} Speller;

/* the first that is not below @text */
static size_t
emoji_find (const char *text)
{
  size_t first = 0, last = G_N_ELEMENTS (emoji);

  while (first < last)
    {
      size_t middle = first + (last - first) / 2;

      if (strcmp (emoji[middle].text, text) < 0)
        first = middle + 1;
      else
        last = middle;
    }
  return first;
}

/* whether emoji begin with @text; @name: of the one that is it */
static gboolean
emoji_begin_with (const char *text, const char **name)
{
  size_t i = emoji_find (text);

  if (i == G_N_ELEMENTS (emoji) || !g_str_has_prefix (emoji[i].text, text))
    return FALSE;
  *name = strcmp (emoji[i].text, text) == 0 ? emoji[i].name : NULL;
  return TRUE;
}

static gboolean
emoji_begin_with_character (gunichar c)
{
  char text[8] = { 0 };
  const char *name;

  g_unichar_to_utf8 (c, text);
  return emoji_begin_with (text, &name);
}

/* tones of skin, kinds of hair */
static gboolean
is_component (gunichar c)
{
  return (c >= 0x1f3fb && c <= 0x1f3ff) || (c >= 0x1f9b0 && c <= 0x1f9b3);
}

/* the longest beginning of a known emoji; FALSE if it is not one */
static gboolean
speller_match (const Speller *speller, Piece *piece)
{
  g_autoptr (GString) text = g_string_new (NULL);
  size_t at = speller->at;

  for (; at < speller->n && (at == speller->at || !speller->divides[at]); at++)
    {
      const char *name;

      g_string_append_unichar (text, speller->characters[at]);
      if (!emoji_begin_with (text->str, &name))
        break;
      piece->name = name;
    }
  piece->n_characters = at - speller->at;
  return piece->n_characters > 0 && piece->name;
}

static void
speller_flush (Speller *speller)
{
  for (unsigned i = 0; i < speller->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (speller->pieces, Piece, i);

      if (piece->name)
        g_string_append_printf (speller->spelled, "%s%s%s", speller->mark, piece->name, speller->mark);
      else
        g_string_append_unichar (speller->spelled, piece->first);
    }
  g_array_set_size (speller->pieces, 0);
}

static void
speller_keep (Speller *speller)
{
  Piece piece = { .n_characters = 1, .first = speller->characters[speller->at] };

  if (piece.first != TEXT_STYLE && piece.first != EMOJI_STYLE)
    g_array_append_val (speller->pieces, piece);
  speller->at++;
}

/* whether the piece is an emoji, were it alone */
static gboolean
piece_is_emoji (const Piece *piece)
{
  char text[8] = { 0 };
  const char *name;

  g_unichar_to_utf8 (piece->first, text);
  return piece->name || (emoji_begin_with (text, &name) && name);
}

/* At a joiner: whether it follows an emoji, which is to be looked at again then, without it.  A tone
 * of skin is looked at with what is before it. */
static gboolean
speller_divide (Speller *speller)
{
  GArray *pieces = speller->pieces;
  const Piece *last = pieces->len ? &g_array_index (pieces, Piece, pieces->len - 1) : NULL;
  const Piece *before = pieces->len > 1 ? last - 1 : NULL;
  unsigned n_again = 1;

  if (!last || !piece_is_emoji (last)
      || !emoji_begin_with_character (speller->characters[speller->at - 1]))
    return FALSE;

  speller->divides[speller->at] = TRUE;
  speller->at -= last->n_characters;
  if (last->n_characters == 1 && is_component (last->first) && before)
    {
      speller->at -= before->n_characters;
      if (speller->characters[speller->at] == JOINER)
        speller->at++;
      else
        n_again = 2;
    }
  g_array_set_size (pieces, pieces->len - n_again);
  return TRUE;
}

static void
speller_step (Speller *speller)
{
  gunichar c = speller->characters[speller->at];
  Piece piece = { .first = c };

  if (speller->divides[speller->at])
    speller_keep (speller);
  else if (speller_match (speller, &piece))
    {
      g_array_append_val (speller->pieces, piece);
      speller->at += piece.n_characters;
    }
  else if (piece.n_characters > 0) /* the beginning of an emoji, no more */
    speller_keep (speller);
  else if (c != JOINER || !speller_divide (speller))
    {
      speller_flush (speller);
      speller_keep (speller);
    }
}

char *
persea_emoji_spell (const char *text, const char *mark)
{
  glong n;
  g_autofree gunichar *characters = g_utf8_to_ucs4_fast (text, -1, &n);
  g_autofree gboolean *divides = g_new0 (gboolean, n);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  Speller speller = {
    .characters = characters, .divides = divides, .n = n, .pieces = pieces,
    .spelled = g_string_new (NULL), .mark = mark,
  };

  while (speller.at < speller.n)
    speller_step (&speller);
  speller_flush (&speller);
  return g_string_free (speller.spelled, FALSE);
}
