/* persea-tokenizer.h - from a text to the numbers that CLIP's text tower takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Gives the same ids as openai/CLIP (clip/simple_tokenizer.py, clip.tokenize) with ftfy, for
 * vocabularies of any size; what is left out of ftfy stands in persea-text-clean.h.  Hugging
 * Face's fast tokenizers clean less (no HTML references, curly quotes stay), so they differ for
 * such texts; OpenAI's rules are used for all checkpoints, since that is what the networks saw.
 *
 * Threads: immutable once loaded, may be shared.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_TOKENIZER_MAX_TEXT 65536 /* bytes */

typedef struct _PerseaTokenizer PerseaTokenizer;

/**
 * persea_tokenizer_load:
 * @path: one of vocab.json (with merges.txt beside it), tokenizer.json or OpenAI's
 *   bpe_simple_vocab_16e6.txt.gz (or unpacked); or a folder that has one of them
 * @error: %PERSEA_ERROR_NOT_FOUND if a folder has none, %PERSEA_ERROR_INVALID_DATA,
 *   %PERSEA_ERROR_UNSUPPORTED if it is another kind of tokenizer, or an error of GIO
 *
 * Returns: (transfer full) (nullable): a tokenizer
 */
PerseaTokenizer *persea_tokenizer_load (const char *path, GError **error);

/**
 * persea_tokenizer_find:
 * @folders: (array zero-terminated=1): where to look first: the model's own, then those of other
 *   models
 * @size: how many tokens the model knows
 * @error: %PERSEA_ERROR_NOT_FOUND with a sentence that tells which file to put where
 *
 * OpenAI's checkpoints come without a vocabulary, so one of the right size is looked for: in
 * @folders, then in persea/vocabularies/clip below the user's data folder, then in
 * vocabularies/clip of Persea's own.  One in the first folder may be smaller than @size, but it
 * is an error if it is larger or damaged; elsewhere that is passed over.
 *
 * Returns: (transfer full) (nullable): a tokenizer
 */
PerseaTokenizer *persea_tokenizer_find (const char *const *folders, size_t size, GError **error);

/**
 * persea_tokenizer_find_for_model:
 * @folder: the model's
 * @size: how many tokens it knows
 *
 * persea_tokenizer_find() in @folder, then in those of all models in the stores.
 *
 * Returns: (transfer full) (nullable): a tokenizer
 */
PerseaTokenizer *persea_tokenizer_find_for_model (const char *folder, size_t size, GError **error);

PerseaTokenizer *persea_tokenizer_ref (PerseaTokenizer *tokenizer);
void             persea_tokenizer_unref (PerseaTokenizer *tokenizer);

size_t  persea_tokenizer_get_size (const PerseaTokenizer *tokenizer);     /* ids are below it */
int32_t persea_tokenizer_get_start_id (const PerseaTokenizer *tokenizer); /* <|startoftext|> */
int32_t persea_tokenizer_get_end_id (const PerseaTokenizer *tokenizer);   /* <|endoftext|> */

/* for keys of caches: tokenizers that give other ids for some text have another one */
uint64_t persea_tokenizer_get_sum (const PerseaTokenizer *tokenizer);

/**
 * persea_tokenizer_encode:
 * @text: what somebody wrote
 * @context_length: at least 2; 77 for nearly all models
 * @ids: (array length=context_length): start, pieces, end, and zeros behind; if the text is too
 *   long, its first pieces, with the end in the last place
 * @n_used: (out) (optional): ids up to and with the end
 * @truncated: (out) (optional): whether something was left out
 * @error: %PERSEA_ERROR_INVALID_ARGUMENT if @text is not UTF-8 or longer than
 *   %PERSEA_TOKENIZER_MAX_TEXT
 */
gboolean persea_tokenizer_encode (const PerseaTokenizer *tokenizer,
                                  const char            *text,
                                  size_t                 context_length,
                                  int32_t               *ids,
                                  size_t                *n_used,
                                  gboolean              *truncated,
                                  GError               **error);

/**
 * persea_tokenizer_encode_pieces:
 * @error: as above
 *
 * Returns: (transfer full) (nullable) (element-type gint32): all pieces of @text, without start
 *   and end
 */
GArray *persea_tokenizer_encode_pieces (const PerseaTokenizer *tokenizer,
                                        const char            *text,
                                        GError               **error);

/**
 * persea_tokenizer_decode:
 * @ids: (array length=n): those outside the vocabulary are passed over
 *
 * Returns: (transfer full): the text, a space behind every word; UTF-8 even if a character was
 *   cut in two (then with U+FFFD)
 */
char *persea_tokenizer_decode (const PerseaTokenizer *tokenizer, const int32_t *ids, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTokenizer, persea_tokenizer_unref)

G_END_DECLS
