/* persea-tokenizer.c - from a text to the numbers that CLIP's text tower takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Clean, cut into words, encode each.  Words are few letters long and finding their pieces takes
 * less than a microsecond, so none are remembered.
 */
#include "config.h"

#include "persea-tokenizer.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "persea-bpe-files.h"
#include "persea-error.h"
#include "persea-model-store.h"
#include "persea-text-clean.h"

struct _PerseaTokenizer
{
  PerseaBpe  *bpe;
  const char *start_text, *end_text;
  int32_t     start_id, end_id;
};

/* of openai/CLIP and Hugging Face, and of open_clip */
static const char *const special_texts[][2] = {
  { "<|startoftext|>", "<|endoftext|>" },
  { "<start_of_text>", "<end_of_text>" },
};

static PerseaTokenizer *
tokenizer_new (PerseaBpe *bpe, const char *path, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (special_texts); i++)
    {
      int32_t start_id = persea_bpe_find (bpe, special_texts[i][0]);
      int32_t end_id = persea_bpe_find (bpe, special_texts[i][1]);
      PerseaTokenizer *tokenizer;

      if (start_id < 0 || end_id < 0)
        continue;
      tokenizer = g_atomic_rc_box_new0 (PerseaTokenizer);
      tokenizer->bpe = bpe;
      tokenizer->start_text = special_texts[i][0];
      tokenizer->end_text = special_texts[i][1];
      tokenizer->start_id = start_id;
      tokenizer->end_id = end_id;
      return tokenizer;
    }

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "%s: expected the tokens %s and %s, found no such pair",
               path, special_texts[0][0], special_texts[0][1]);
  persea_bpe_free (bpe);
  return NULL;
}

PerseaTokenizer *
persea_tokenizer_ref (PerseaTokenizer *tokenizer)
{
  return g_atomic_rc_box_acquire (tokenizer);
}

static void
tokenizer_clear (gpointer data)
{
  PerseaTokenizer *tokenizer = data;

  persea_bpe_free (tokenizer->bpe);
}

void
persea_tokenizer_unref (PerseaTokenizer *tokenizer)
{
  if (tokenizer)
    g_atomic_rc_box_release_full (tokenizer, tokenizer_clear);
}

static PerseaBpe *
load_vocabulary (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *merges_path = g_build_filename (folder, "merges.txt", NULL);

  return persea_bpe_load_vocabulary (path, merges_path, error);
}

/* in the order in which they are looked for */
static const struct
{
  const char *name;
  PerseaBpe *(*load) (const char *path, GError **error);
} layouts[] = {
  { "vocab.json", load_vocabulary },
  { "tokenizer.json", persea_bpe_load_tokenizer_json },
  { "bpe_simple_vocab_16e6.txt.gz", persea_bpe_load_openai },
  { "bpe_simple_vocab_16e6.txt", persea_bpe_load_openai },
};

static PerseaTokenizer *
tokenizer_load_folder (const char *folder, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      g_autofree char *path = g_build_filename (folder, layouts[i].name, NULL);
      PerseaBpe *bpe;

      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        continue;
      bpe = layouts[i].load (path, error);
      return bpe ? tokenizer_new (bpe, path, error) : NULL;
    }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
               "%s: expected vocab.json with merges.txt, tokenizer.json or "
               "bpe_simple_vocab_16e6.txt.gz, found none of them", folder);
  return NULL;
}

PerseaTokenizer *
persea_tokenizer_load (const char *path, GError **error)
{
  g_autofree char *name = NULL;
  PerseaBpe *bpe = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return tokenizer_load_folder (path, error);

  /* whatever else a JSON file is called, it is one or the other */
  name = g_path_get_basename (path);
  if (strcmp (name, "vocab.json") == 0)
    bpe = load_vocabulary (path, error);
  else if (g_str_has_suffix (name, ".json"))
    bpe = persea_bpe_load_tokenizer_json (path, error);
  else
    bpe = persea_bpe_load_openai (path, error);
  return bpe ? tokenizer_new (bpe, path, error) : NULL;
}

/* The model's own vocabulary may leave ids over at the end, and if it is wrong, that is an error;
 * without one, *@tokenizer is NULL. */
static gboolean
tokenizer_load_own (const char *folder, size_t size, PerseaTokenizer **tokenizer, GError **error)
{
  g_autoptr (GError) own_error = NULL;

  *tokenizer = tokenizer_load_folder (folder, &own_error);
  if (g_error_matches (own_error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND))
    return TRUE;
  if (own_error)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }
  if (persea_tokenizer_get_size (*tokenizer) <= size)
    return TRUE;

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "%s: expected a vocabulary of at most %zu tokens, found %zu",
               folder, size, persea_tokenizer_get_size (*tokenizer));
  g_clear_pointer (tokenizer, persea_tokenizer_unref);
  return FALSE;
}

PerseaTokenizer *
persea_tokenizer_find (const char *const *folders, size_t size, GError **error)
{
  g_autofree char *user_folder
    = g_build_filename (g_get_user_data_dir (), "persea", "vocabularies", "clip", NULL);
  const char *const shared_folders[]
    = { user_folder, PERSEA_PKGDATADIR "/vocabularies/clip", NULL };
  const char *const *lists[] = { folders[0] ? folders + 1 : folders, shared_folders };
  PerseaTokenizer *tokenizer = NULL;

  if (folders[0] && !tokenizer_load_own (folders[0], size, &tokenizer, error))
    return NULL;
  for (size_t list = 0; list < G_N_ELEMENTS (lists); list++)
    for (size_t i = 0; !tokenizer && lists[list][i]; i++)
      {
        tokenizer = tokenizer_load_folder (lists[list][i], NULL);
        if (tokenizer && persea_tokenizer_get_size (tokenizer) != size)
          g_clear_pointer (&tokenizer, persea_tokenizer_unref);
      }
  if (tokenizer)
    return tokenizer;

  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
               _("No vocabulary of %zu tokens was found: put bpe_simple_vocab_16e6.txt.gz "
                 "of openai/CLIP, or vocab.json and merges.txt of the model, into %s or %s"),
               size, folders[0] ? folders[0] : shared_folders[1], user_folder);
  return NULL;
}

PerseaTokenizer *
persea_tokenizer_find_for_model (const char *folder, size_t size, GError **error)
{
  g_autoptr (GPtrArray) models = persea_model_store_list ();
  g_autoptr (GPtrArray) folders = g_ptr_array_new ();

  g_ptr_array_add (folders, (char *) folder);
  for (guint i = 0; i < models->len; i++)
    {
      const PerseaModel *model = g_ptr_array_index (models, i);

      g_ptr_array_add (folders, model->folder);
    }
  g_ptr_array_add (folders, NULL);
  return persea_tokenizer_find ((const char *const *) folders->pdata, size, error);
}

size_t
persea_tokenizer_get_size (const PerseaTokenizer *tokenizer)
{
  return persea_bpe_get_size (tokenizer->bpe);
}

uint64_t
persea_tokenizer_get_sum (const PerseaTokenizer *tokenizer)
{
  return persea_bpe_get_sum (tokenizer->bpe);
}

int32_t
persea_tokenizer_get_start_id (const PerseaTokenizer *tokenizer)
{
  return tokenizer->start_id;
}

int32_t
persea_tokenizer_get_end_id (const PerseaTokenizer *tokenizer)
{
  return tokenizer->end_id;
}

typedef enum
{
  KIND_SPACE, /* part of no word */
  KIND_LETTER,
  KIND_NUMBER,
  KIND_OTHER,
} CharacterKind;

/* Falls through the reference's patterns: they ignore case, so that a combining iota is no other
 * character (small iota, a letter, is a form of it), and yet it is no letter itself. */
#define COMBINING_IOTA 0x345

static CharacterKind
character_kind (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalpha (c)            ? KIND_LETTER
           : g_ascii_isdigit (c)          ? KIND_NUMBER
           : persea_text_is_space (c) ? KIND_SPACE
                                          : KIND_OTHER;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
      return KIND_LETTER;
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
      return KIND_NUMBER;
    default:
      return persea_text_is_space (c) || c == COMBINING_IOTA ? KIND_SPACE : KIND_OTHER;
    }
}

/* 's, 't, 're and so on.  The reference ignores case, and to it ſ is a kind of s. */
static size_t
clitic_length (const char *at)
{
  static const char *const clitics[] = { "'s", "'\305\277", "'t", "'re", "'ve", "'m", "'ll", "'d" };

  for (size_t i = 0; *at == '\'' && i < G_N_ELEMENTS (clitics); i++)
    if (g_str_has_prefix (at, clitics[i]))
      return strlen (clitics[i]);
  return 0;
}

/* bytes of the word at @at, which is not white space */
static size_t
word_length (const char *at)
{
  size_t length = clitic_length (at);
  CharacterKind kind = character_kind (g_utf8_get_char (at));
  const char *end = at;

  if (length > 0)
    return length;
  do
    end = g_utf8_next_char (end);
  while (kind != KIND_NUMBER && *end && character_kind (g_utf8_get_char (end)) == kind);
  return end - at;
}

/* cuts a clean text into words and encodes them, until there are more than @max pieces */
static void
tokenizer_encode_clean (const PerseaTokenizer *tokenizer,
                        const char            *text,
                        size_t                 max,
                        GArray                *ids)
{
  size_t length;

  for (; *text && ids->len <= max; text += length)
    if (g_str_has_prefix (text, tokenizer->start_text))
      {
        g_array_append_val (ids, tokenizer->start_id);
        length = strlen (tokenizer->start_text);
      }
    else if (g_str_has_prefix (text, tokenizer->end_text))
      {
        g_array_append_val (ids, tokenizer->end_id);
        length = strlen (tokenizer->end_text);
      }
    else if (character_kind (g_utf8_get_char (text)) == KIND_SPACE)
      length = g_utf8_skip[(guchar) *text];
    else
      {
        length = word_length (text);
        persea_bpe_encode (tokenizer->bpe, (const uint8_t *) text, length, ids);
      }
}

static GArray *
tokenizer_encode_text (const PerseaTokenizer *tokenizer,
                       const char            *text,
                       size_t                 max,
                       GError               **error)
{
  g_autofree char *clean = NULL;
  size_t length = strnlen (text, PERSEA_TOKENIZER_MAX_TEXT + 1);
  const char *valid_end;
  GArray *ids;

  if (length > PERSEA_TOKENIZER_MAX_TEXT)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("Expected a text of at most %d bytes, found a longer one"),
                   PERSEA_TOKENIZER_MAX_TEXT);
      return NULL;
    }
  if (!g_utf8_validate (text, length, &valid_end))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("Expected a text in UTF-8, found the byte 0x%02x at position %zu"),
                   (guchar) *valid_end, (size_t) (valid_end - text));
      return NULL;
    }

  clean = persea_text_clean (text);
  ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  tokenizer_encode_clean (tokenizer, clean, max, ids);
  return ids;
}

gboolean
persea_tokenizer_encode (const PerseaTokenizer *tokenizer,
                         const char            *text,
                         size_t                 context_length,
                         int32_t               *ids,
                         size_t                *n_used,
                         gboolean              *truncated,
                         GError               **error)
{
  g_autoptr (GArray) pieces = NULL;
  size_t n;

  g_return_val_if_fail (context_length >= 2, FALSE);

  pieces = tokenizer_encode_text (tokenizer, text, context_length - 2, error);
  if (!pieces)
    return FALSE;

  n = MIN (pieces->len, context_length - 2);
  memset (ids, 0, context_length * sizeof *ids);
  ids[0] = tokenizer->start_id;
  if (n > 0)
    memcpy (ids + 1, pieces->data, n * sizeof *ids);
  ids[n + 1] = tokenizer->end_id;
  if (n_used)
    *n_used = n + 2;
  if (truncated)
    *truncated = n < pieces->len;
  return TRUE;
}

GArray *
persea_tokenizer_encode_pieces (const PerseaTokenizer *tokenizer,
                                const char            *text,
                                GError               **error)
{
  return tokenizer_encode_text (tokenizer, text, G_MAXSIZE - 1, error);
}

/* the bytes that a token stands for */
static void
tokenizer_append_bytes (const char *text, size_t length, GString *out)
{
  const char *end = text + length;
  gboolean ends_word = length >= strlen (PERSEA_BPE_WORD_END)
                       && memcmp (end - strlen (PERSEA_BPE_WORD_END), PERSEA_BPE_WORD_END,
                                  strlen (PERSEA_BPE_WORD_END)) == 0;

  if (ends_word)
    end -= strlen (PERSEA_BPE_WORD_END);
  for (; text < end; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char_validated (text, end - text);

      for (int byte = 0; byte < 256; byte++)
        if (persea_bpe_byte_to_character (byte) == c)
          {
            g_string_append_c (out, byte);
            break;
          }
    }
  if (ends_word)
    g_string_append_c (out, ' ');
}

char *
persea_tokenizer_decode (const PerseaTokenizer *tokenizer, const int32_t *ids, size_t n)
{
  g_autoptr (GString) bytes = g_string_new (NULL);

  for (size_t i = 0; i < n; i++)
    if (ids[i] >= 0 && (size_t) ids[i] < persea_bpe_get_size (tokenizer->bpe))
      {
        size_t length;
        const char *text = persea_bpe_get_text (tokenizer->bpe, ids[i], &length);

        tokenizer_append_bytes (text, length, bytes);
      }
  return g_utf8_make_valid (bytes->str, bytes->len);
}
