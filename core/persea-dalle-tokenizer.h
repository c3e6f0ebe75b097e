/* persea-dalle-tokenizer.h - from a prompt to the numbers that DALL·E mini's encoder takes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two ways to cut a prompt, and each model wants its own:
 *
 * min-dalle's (kuprel/min-dalle, text_tokenizer.py): emoji have their names; small letters;
 * everything that is not ASCII left out; cut at single spaces; each word, with "Ġ" in front, put
 * together from its characters by the merges.
 *
 * dalle-mini's (borisdayma/dalle-mini, tokenizer.py): as GPT-2 and BART, words and punctuation apart,
 * every byte a character; for models that say so after dalle-mini's normalizer (text.py), see
 * persea-dalle-text.h.  Left out is that "<s>" and its like in a prompt count as the marks they name.
 *
 * The frame is <s> and </s>.
 *
 * Threads: immutable once loaded, may be shared.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_DALLE_TOKENIZER_MAX_TEXT 65536 /* bytes */

typedef struct _PerseaDalleTokenizer PerseaDalleTokenizer;

/**
 * PerseaDalleTokenizerOptions:
 * @vocab_size: rows of the encoder's embedding: ids beyond (the published vocabulary of DALL·E mini
 *   has one) become <unk>; 0: all are good
 * @like_bart: %TRUE for dalle-mini's way, %FALSE for min-dalle's
 * @normalize: dalle-mini's normalizer in front (normalize_text of its config.json), and
 * @words_path: (nullable) (type filename): its list of words for hashtags
 */
typedef struct
{
  size_t      vocab_size;
  gboolean    like_bart;
  gboolean    normalize;
  const char *words_path;
} PerseaDalleTokenizerOptions;

/**
 * persea_dalle_tokenizer_load:
 * @vocabulary_path: vocab.json, a JSON object from texts to ids
 * @merges_path: merges.txt, two texts a line, the most frequent pair first
 * @options: (nullable)
 * @error: return location; %PERSEA_ERROR_INVALID_DATA, or an error of GIO; the message begins with
 *   the path
 *
 * Returns: (transfer full) (nullable): a tokenizer
 */
PerseaDalleTokenizer *
persea_dalle_tokenizer_load (const char                        *vocabulary_path,
                             const char                        *merges_path,
                             const PerseaDalleTokenizerOptions *options,
                             GError                           **error);

PerseaDalleTokenizer *persea_dalle_tokenizer_ref (PerseaDalleTokenizer *tokenizer);
void                  persea_dalle_tokenizer_unref (PerseaDalleTokenizer *tokenizer);

size_t  persea_dalle_tokenizer_get_size (const PerseaDalleTokenizer *tokenizer); /* ids are below it */
int32_t persea_dalle_tokenizer_get_start_id (const PerseaDalleTokenizer *tokenizer); /* <s> */
int32_t persea_dalle_tokenizer_get_end_id (const PerseaDalleTokenizer *tokenizer);   /* </s> */
int32_t persea_dalle_tokenizer_get_pad_id (const PerseaDalleTokenizer *tokenizer);   /* <pad> */

/**
 * persea_dalle_tokenizer_encode:
 * @text: what somebody wrote; may be empty
 * @context_length: at least 2; 64 for all published models
 * @ids: (out caller-allocates) (array length=context_length): <s>, the pieces, </s>, and <pad>
 *   behind.  If the text is too long, its first pieces; the last place has one more piece in
 *   min-dalle's way, </s> in dalle-mini's
 * @n_ids: (out) (optional): ids in front of the padding, at least 2
 * @truncated: (out) (optional): whether something was left out
 * @error: %PERSEA_ERROR_INVALID_ARGUMENT if @text is not UTF-8 or longer than
 *   %PERSEA_DALLE_TOKENIZER_MAX_TEXT
 *
 * The unconditional row is that of the empty text.  min-dalle takes the first and the last id of
 * the prompt for it, which is the same unless the prompt was truncated: then </s> is replaced by
 * the prompt's last piece there.
 */
gboolean persea_dalle_tokenizer_encode (const PerseaDalleTokenizer *tokenizer,
                                        const char                 *text,
                                        size_t                      context_length,
                                        int32_t                    *ids,
                                        size_t                     *n_ids,
                                        gboolean                   *truncated,
                                        GError                    **error);

/**
 * persea_dalle_tokenizer_get_text:
 * @id: any
 * @length: (out): bytes
 *
 * Returns: (transfer none) (nullable): the text of a token as in vocab.json, not terminated; %NULL
 *   for an id that is none
 */
const char *persea_dalle_tokenizer_get_text (const PerseaDalleTokenizer *tokenizer,
                                             int32_t                     id,
                                             size_t                     *length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDalleTokenizer, persea_dalle_tokenizer_unref)

G_END_DECLS
