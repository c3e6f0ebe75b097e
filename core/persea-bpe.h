/* persea-bpe.h - byte-pair encoding: a word becomes the ids of its pieces
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2016, over
 * bytes, as in GPT-2 and CLIP.  A vocabulary is made of tokens (texts with ids) and merges (pairs
 * of tokens, the most frequent first).  In files every byte is written as a printable character
 * (persea_bpe_byte_to_character()), and the last piece of a word ends in "</w>".
 *
 * A vocabulary is built first (add_token for all, then add_merge, then finish) and never changes
 * afterwards; then it may be used by several threads.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_BPE_MAX_TOKENS 1000000
#define PERSEA_BPE_MAX_MERGES 1000000
#define PERSEA_BPE_WORD_END "</w>"

typedef struct _PerseaBpe PerseaBpe;

PerseaBpe *persea_bpe_new (void);
void       persea_bpe_free (PerseaBpe *bpe);

/**
 * persea_bpe_byte_to_character:
 *
 * Returns: the character that stands for @byte in vocabularies: itself if it is printable in
 *   Latin-1, otherwise one of U+0100 to U+0143
 */
gunichar persea_bpe_byte_to_character (uint8_t byte);

/**
 * persea_bpe_add_token:
 * @text: as in files, UTF-8
 * @id: 0 to %PERSEA_BPE_MAX_TOKENS - 1; ids may come in any order
 * @error: %PERSEA_ERROR_INVALID_DATA if the text or the id is there already or out of range
 */
gboolean persea_bpe_add_token (PerseaBpe   *bpe,
                               const char  *text,
                               size_t       length,
                               int64_t      id,
                               GError     **error);

/**
 * persea_bpe_add_merge:
 * @left: text of the first token
 * @right: text of the second token
 * @error: %PERSEA_ERROR_INVALID_DATA if either, or both together, is no token
 *
 * The next in the order of the merges.
 */
gboolean persea_bpe_add_merge (PerseaBpe   *bpe,
                               const char  *left,
                               size_t       left_length,
                               const char  *right,
                               size_t       right_length,
                               GError     **error);

/**
 * persea_bpe_finish:
 * @error: %PERSEA_ERROR_INVALID_DATA if a byte has no token, or an id below the largest has none
 */
gboolean persea_bpe_finish (PerseaBpe *bpe, GError **error);

/* one more than the largest id */
size_t persea_bpe_get_size (const PerseaBpe *bpe);

/* the id of the token with this text, or -1 */
int32_t persea_bpe_find (const PerseaBpe *bpe, const char *text);

/* the same for the same tokens and merges, from whichever files; other ones have another */
uint64_t persea_bpe_get_sum (const PerseaBpe *bpe);

/**
 * persea_bpe_get_text:
 * @length: (out)
 *
 * Returns: (transfer none): a token's text as in files, not terminated
 */
const char *persea_bpe_get_text (const PerseaBpe *bpe, int32_t id, size_t *length);

/**
 * persea_bpe_encode:
 * @word: (array length=n): bytes
 * @n: at least 1
 * @ids: (element-type gint32): the pieces are appended here
 */
void persea_bpe_encode (const PerseaBpe *bpe, const uint8_t *word, size_t n, GArray *ids);

/**
 * persea_bpe_merge:
 * @ids: (inout) (array length=n): tokens
 *
 * Puts @ids together as long as there is a merge for two neighbours: always the most frequent, and of
 * that the first.  (persea_bpe_encode() takes all of the most frequent at once, which can differ if
 * the merges are out of order.)  Needs no persea_bpe_finish().
 *
 * Returns: how many ids are left
 */
size_t persea_bpe_merge (const PerseaBpe *bpe, int32_t *ids, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaBpe, persea_bpe_free)

G_END_DECLS
