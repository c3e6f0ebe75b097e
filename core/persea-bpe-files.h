/* persea-bpe-files.h - vocabularies as they are published
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Three layouts of CLIP's, and the two files of DALL·E mini's.  Files are untrusted; messages begin with the path.  All fail
 * with %PERSEA_ERROR_INVALID_DATA, %PERSEA_ERROR_UNSUPPORTED (a tokenizer of another kind) or an
 * error of GIO.
 */
#pragma once

#include "persea-bpe.h"

G_BEGIN_DECLS

/**
 * persea_bpe_load_vocabulary:
 * @vocabulary_path: vocab.json, a JSON object from texts to ids
 * @merges_path: merges.txt, two texts a line; merges beyond the vocabulary are ignored
 *
 * The layout of Hugging Face's slow tokenizers.
 */
PerseaBpe *persea_bpe_load_vocabulary (const char *vocabulary_path,
                                       const char *merges_path,
                                       GError    **error);

/**
 * persea_bpe_load_tokenizer_json:
 * @path: tokenizer.json
 *
 * The layout of Hugging Face's fast tokenizers.  Only the vocabulary, the merges and the added
 * tokens are read; how text is cleaned is not taken from the file.
 */
PerseaBpe *persea_bpe_load_tokenizer_json (const char *path, GError **error);

/**
 * persea_bpe_load_openai:
 * @path: bpe_simple_vocab_16e6.txt.gz, or unpacked
 *
 * One line to be ignored, then merges, of which the first 48,894 count.  Ids follow from the
 * order; the last two are <|startoftext|> and <|endoftext|>.
 */
PerseaBpe *persea_bpe_load_openai (const char *path, GError **error);

/**
 * persea_bpe_load_tokens:
 * @path: vocab.json
 *
 * The tokens alone, for persea_bpe_find() and persea_bpe_get_text(); some ids may have none.
 */
PerseaBpe *persea_bpe_load_tokens (const char *path, GError **error);

/**
 * persea_bpe_load_merges:
 * @path: merges.txt
 *
 * The merges alone, for persea_bpe_merge(), whether or not their results are in a vocabulary: every
 * text in them becomes a token, and so do the characters of ASCII and those that stand for bytes.
 * As kuprel/min-dalle reads it, the first line is none, nor is what follows the last line's end, and
 * lines of other than two words are passed over.
 */
PerseaBpe *persea_bpe_load_merges (const char *path, GError **error);

G_END_DECLS
