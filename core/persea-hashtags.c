/* persea-hashtags.c - hashtags, cut into words
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reference: HashtagProcessor in borisdayma/dalle-mini, src/dalle_mini/model/text.py.  Only what may
 * occur in the tag is looked for in the list: the whole of it would be some hundred megabytes.
 */
#include "config.h"

#include "persea-hashtags.h"

#include <math.h>
#include <string.h>

#define MAX_TAG 256 /* bytes; the rest of a longer one is not cut */

/* logarithms of ranks, by piece of the tag */
static GHashTable *
costs_new (const char *tag, size_t length)
{
  GHashTable *costs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (size_t first = 0; first < length; first++)
    for (size_t n = 1; first + n <= length; n++)
      {
        double *cost = g_new (double, 1);

        *cost = INFINITY;
        g_hash_table_insert (costs, g_strndup (tag + first, n), cost);
      }
  return costs;
}

/* Of a word that is there twice, the last place counts, as in the reference. */
static void
costs_read (GHashTable *costs, const char *list, size_t size, size_t longest)
{
  char word[MAX_TAG + 1];
  size_t rank = 0;

  for (const char *line = list, *end = list + size; line < end; rank++)
    {
      const char *line_end = memchr (line, '\n', end - line);
      size_t n = 0;

      line_end = line_end ? line_end : end;
      while (line + n < line_end && n <= longest && !g_ascii_isspace (line[n]))
        n++;
      if (n > 0 && n <= longest)
        {
          memcpy (word, line, n);
          word[n] = '\0';
          double *cost = g_hash_table_lookup (costs, word);
          if (cost)
            *cost = log ((double) (rank + 1));
        }
      line = line_end + 1;
    }
}

/* the last word of the best cut of the first @end bytes; @best: [end], costs of what is before */
static size_t
find_last_word (GHashTable *costs, const char *text, size_t end, const double *best, double *cost)
{
  size_t length = 0;

  for (size_t n = 1; n <= end; n++)
    {
      g_autofree char *word = g_strndup (text + end - n, n);
      double sum = best[end - n] + *(double *) g_hash_table_lookup (costs, word);

      if (length == 0 || sum < *cost)
        {
          *cost = sum;
          length = n;
        }
    }
  return length;
}

/* Numbers stay whole: digits that come before digits are put back. */
static void
append_words (GString *words, GHashTable *costs, const char *text, size_t length)
{
  g_autofree double *best = g_new0 (double, length + 1);
  g_autofree size_t *last = g_new0 (size_t, length + 1);
  g_autofree gboolean *begins = g_new0 (gboolean, length + 1);
  size_t next = length; /* where the word behind begins */

  for (size_t end = 1; end <= length; end++)
    last[end] = find_last_word (costs, text, end, best, &best[end]);
  for (size_t end = length; end > 0; end = next)
    {
      if (end < length && g_ascii_isdigit (text[end - 1]) && g_ascii_isdigit (text[end]))
        begins[end] = FALSE;
      next = end - last[end];
      begins[next] = TRUE;
    }
  for (size_t i = 0; i < length; i++)
    {
      if (begins[i] && words->len > 0)
        g_string_append_c (words, ' ');
      g_string_append_c (words, text[i]);
    }
}

char *
persea_hashtags_split (const char *words_path, const char *tag, GError **error)
{
  size_t length = MIN (strlen (tag), MAX_TAG);
  g_autoptr (GMappedFile) list = g_mapped_file_new (words_path, FALSE, error);
  g_autoptr (GHashTable) costs = list ? costs_new (tag, length) : NULL;
  GString *words;

  if (!list)
    return NULL;
  costs_read (costs, g_mapped_file_get_contents (list), g_mapped_file_get_length (list), length);
  words = g_string_new (NULL);
  for (size_t i = 0; i < length;)
    {
      size_t n = strcspn (tag + i, "_");

      append_words (words, costs, tag + i, MIN (n, length - i));
      i += n + 1;
    }
  g_string_append (words, tag + length);
  return g_string_free (words, FALSE);
}
