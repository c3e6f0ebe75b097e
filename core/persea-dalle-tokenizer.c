/* persea-dalle-tokenizer.c - from a prompt to the numbers that DALL·E mini's encoder takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Merges and vocabulary are two tables here, as in the reference: a merge may make what the
 * vocabulary does not have, and that is <unk>.
 */
#include "config.h"

#include "persea-dalle-tokenizer.h"

#include <string.h>

#include "persea-bpe-files.h"
#include "persea-dalle-text.h"
#include "persea-emoji.h"
#include "persea-error.h"
#include "persea-text-clean.h"

#define WORD_START 0x120 /* Ġ, which stands for the space */

enum { START, PAD, END, UNKNOWN, N_SPECIALS };

struct _PerseaDalleTokenizer
{
  PerseaBpe *vocabulary;
  PerseaBpe *merges;  /* its ids are places in id_of */
  int32_t   *id_of;   /* in the vocabulary */
  int32_t    specials[N_SPECIALS];
  int32_t    characters[128], bytes[256], word_start; /* in merges */
  char      *words_path; /* (nullable) */
  PerseaDalleTokenizerOptions options;
};

static const char *const special_texts[N_SPECIALS] = { "<s>", "<pad>", "</s>", "<unk>" };

static void
tokenizer_clear (gpointer data)
{
  PerseaDalleTokenizer *tokenizer = data;

  persea_bpe_free (tokenizer->vocabulary);
  persea_bpe_free (tokenizer->merges);
  g_free (tokenizer->id_of);
  g_free (tokenizer->words_path);
}

PerseaDalleTokenizer *
persea_dalle_tokenizer_ref (PerseaDalleTokenizer *tokenizer)
{
  return g_atomic_rc_box_acquire (tokenizer);
}

void
persea_dalle_tokenizer_unref (PerseaDalleTokenizer *tokenizer)
{
  if (tokenizer)
    g_atomic_rc_box_release_full (tokenizer, tokenizer_clear);
}

static gboolean
tokenizer_is_id (const PerseaDalleTokenizer *tokenizer, int32_t id)
{
  return id >= 0 && (!tokenizer->options.vocab_size || (size_t) id < tokenizer->options.vocab_size);
}

static gboolean
tokenizer_find_specials (PerseaDalleTokenizer *tokenizer, GError **error)
{
  for (int i = 0; i < N_SPECIALS; i++)
    {
      tokenizer->specials[i] = persea_bpe_find (tokenizer->vocabulary, special_texts[i]);
      if (tokenizer_is_id (tokenizer, tokenizer->specials[i]))
        continue;
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected a token %s below %zu, found %d", special_texts[i],
                   tokenizer->options.vocab_size ? tokenizer->options.vocab_size
                                                 : persea_bpe_get_size (tokenizer->vocabulary),
                   tokenizer->specials[i]);
      return FALSE;
    }
  return TRUE;
}

static int32_t
tokenizer_find_character (PerseaDalleTokenizer *tokenizer, gunichar c)
{
  char text[8] = { 0 };

  g_unichar_to_utf8 (c, text);
  return persea_bpe_find (tokenizer->merges, text);
}

/* the tables that encoding needs */
static void
tokenizer_index (PerseaDalleTokenizer *tokenizer)
{
  size_t n = persea_bpe_get_size (tokenizer->merges);

  tokenizer->id_of = g_new (int32_t, n);
  for (size_t i = 0; i < n; i++)
    {
      size_t length;
      const char *text = persea_bpe_get_text (tokenizer->merges, i, &length);
      g_autofree char *copy = g_strndup (text, length);
      int32_t id = persea_bpe_find (tokenizer->vocabulary, copy);

      tokenizer->id_of[i] = tokenizer_is_id (tokenizer, id) ? id : tokenizer->specials[UNKNOWN];
    }
  for (int c = 1; c < 128; c++)
    tokenizer->characters[c] = tokenizer_find_character (tokenizer, c);
  for (int byte = 0; byte < 256; byte++)
    tokenizer->bytes[byte]
      = tokenizer_find_character (tokenizer, persea_bpe_byte_to_character (byte));
  tokenizer->word_start = tokenizer_find_character (tokenizer, WORD_START);
}

PerseaDalleTokenizer *
persea_dalle_tokenizer_load (const char                        *vocabulary_path,
                             const char                        *merges_path,
                             const PerseaDalleTokenizerOptions *options,
                             GError                           **error)
{
  g_autoptr (PerseaDalleTokenizer) tokenizer = g_atomic_rc_box_new0 (PerseaDalleTokenizer);

  if (options)
    {
      tokenizer->options = *options;
      tokenizer->options.words_path = tokenizer->words_path = g_strdup (options->words_path);
    }
  tokenizer->vocabulary = persea_bpe_load_tokens (vocabulary_path, error);
  if (!tokenizer->vocabulary)
    return NULL;
  if (!tokenizer_find_specials (tokenizer, error))
    {
      g_prefix_error (error, "%s: ", vocabulary_path);
      return NULL;
    }
  tokenizer->merges = persea_bpe_load_merges (merges_path, error);
  if (!tokenizer->merges)
    return NULL;
  tokenizer_index (tokenizer);
  return g_steal_pointer (&tokenizer);
}

size_t
persea_dalle_tokenizer_get_size (const PerseaDalleTokenizer *tokenizer)
{
  size_t size = persea_bpe_get_size (tokenizer->vocabulary);

  return tokenizer->options.vocab_size ? MIN (size, tokenizer->options.vocab_size) : size;
}

int32_t
persea_dalle_tokenizer_get_start_id (const PerseaDalleTokenizer *tokenizer)
{
  return tokenizer->specials[START];
}

int32_t
persea_dalle_tokenizer_get_end_id (const PerseaDalleTokenizer *tokenizer)
{
  return tokenizer->specials[END];
}

int32_t
persea_dalle_tokenizer_get_pad_id (const PerseaDalleTokenizer *tokenizer)
{
  return tokenizer->specials[PAD];
}

/* Puts the word's symbols together and appends their ids */
static void
tokenizer_add_word (const PerseaDalleTokenizer *tokenizer, GArray *symbols, GArray *ids)
{
  size_t n = persea_bpe_merge (tokenizer->merges, (int32_t *) (void *) symbols->data, symbols->len);

  for (size_t i = 0; i < n; i++)
    g_array_append_val (ids, tokenizer->id_of[g_array_index (symbols, int32_t, i)]);
  g_array_set_size (symbols, 0);
}

/* min-dalle: words between single spaces, everything else that is ASCII is a character; at most
 * @max ids and a few */
static void
tokenizer_cut_at_spaces (const PerseaDalleTokenizer *tokenizer, const char *text, size_t max,
                         GArray *ids)
{
  g_autofree char *spelled = persea_emoji_spell (text, "");
  g_autofree char *lower = persea_text_lower (spelled);
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (int32_t));

  for (const char *at = lower; ids->len < max; at++)
    {
      uint8_t c = *at;

      if (c == ' ' || c == '\0')
        {
          if (symbols->len > 1)
            tokenizer_add_word (tokenizer, symbols, ids);
          g_array_set_size (symbols, 0);
        }
      if (c == '\0')
        break;
      if (c == ' ' || c >= 128)
        continue;
      if (symbols->len == 0)
        g_array_append_val (symbols, tokenizer->word_start);
      g_array_append_val (symbols, tokenizer->characters[c]);
    }
}

/* GPT-2 and BART: every byte is a character */
static void
tokenizer_cut_like_bart (const PerseaDalleTokenizer *tokenizer, const char *text, size_t max,
                         GArray *ids)
{
  g_autofree char *normalized
    = tokenizer->options.normalize ? persea_dalle_text_normalize (text, tokenizer->words_path) : NULL;
  g_auto (GStrv) words = persea_dalle_text_split (normalized ? normalized : text);
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (int32_t));

  for (char **word = words; *word && ids->len < max; word++)
    {
      for (const char *at = *word; *at; at++)
        g_array_append_val (symbols, tokenizer->bytes[(uint8_t) *at]);
      tokenizer_add_word (tokenizer, symbols, ids);
    }
}

gboolean
persea_dalle_tokenizer_encode (const PerseaDalleTokenizer *tokenizer,
                               const char                 *text,
                               size_t                      context_length,
                               int32_t                    *ids,
                               size_t                     *n_ids,
                               gboolean                   *truncated,
                               GError                    **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (int32_t));
  size_t length = strlen (text), n;

  g_return_val_if_fail (context_length >= 2, FALSE);

  if (length > PERSEA_DALLE_TOKENIZER_MAX_TEXT || !g_utf8_validate (text, length, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "expected a text of at most %d bytes in UTF-8, found %s",
                   PERSEA_DALLE_TOKENIZER_MAX_TEXT,
                   length > PERSEA_DALLE_TOKENIZER_MAX_TEXT ? "a longer one" : "another encoding");
      return FALSE;
    }

  g_array_append_val (all, tokenizer->specials[START]);
  if (tokenizer->options.like_bart)
    tokenizer_cut_like_bart (tokenizer, text, context_length + 1, all);
  else
    tokenizer_cut_at_spaces (tokenizer, text, context_length + 1, all);
  g_array_append_val (all, tokenizer->specials[END]);

  n = MIN (all->len, context_length);
  memcpy (ids, all->data, n * sizeof *ids);
  if (all->len > context_length && tokenizer->options.like_bart)
    ids[n - 1] = tokenizer->specials[END];
  for (size_t i = n; i < context_length; i++)
    ids[i] = tokenizer->specials[PAD];
  if (n_ids)
    *n_ids = n;
  if (truncated)
    *truncated = all->len > context_length;
  return TRUE;
}

const char *
persea_dalle_tokenizer_get_text (const PerseaDalleTokenizer *tokenizer, int32_t id, size_t *length)
{
  if (id < 0 || (size_t) id >= persea_bpe_get_size (tokenizer->vocabulary))
    return NULL;
  const char *text = persea_bpe_get_text (tokenizer->vocabulary, id, length);
  return *length > 0 ? text : NULL;
}
