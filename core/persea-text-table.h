/* persea-text-table.h - many texts, encoded once, compared with pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Rows of unit length in the space of one model.  A row stands for one text, or for a group of
 * texts that say the same (a prompt ensemble): the mean of their unit vectors, at unit length
 * again, as in openai/CLIP's Prompt_Engineering_for_ImageNet.ipynb.
 *
 * Encoding takes milliseconds per text, so tables are kept in files, keyed by model, tokenizer,
 * precision and texts, and mapped on later runs.  Beside the exact f32 rows there are short codes of them,
 * which tell most rows apart from the hits when there are thousands; what is reported is what the
 * exact rows alone would give.
 *
 * Threads: immutable once made, may be shared.
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-device.h"

G_BEGIN_DECLS

#define PERSEA_TEXT_TABLE_MAX_ROWS (1u << 22)
#define PERSEA_TEXT_TABLE_MAX_DIM 8192

typedef struct _PerseaTextTable PerseaTextTable;

/**
 * PerseaTextGroups:
 * @texts: (array length=n_texts): UTF-8
 * @n_texts: texts in all
 * @ends: (array length=n_groups) (nullable): group g has the texts from ends[g - 1] (0 for the
 *   first) up to ends[g], none empty; %NULL: each text is a group
 * @n_groups: rows of the table; ignored if @ends is %NULL
 */
typedef struct
{
  const char *const *texts;
  size_t             n_texts;
  const size_t      *ends;
  size_t             n_groups;
} PerseaTextGroups;

/**
 * PerseaTextTableOptions:
 * @cache_folder: (nullable) (type filename): where tables are kept; %NULL: $XDG_CACHE_HOME/persea/vocabularies
 * @no_cache: neither read nor write one
 * @progress: (nullable): told about the encoding
 * @progress_data: passed to @progress
 */
typedef struct
{
  const char         *cache_folder;
  gboolean            no_cache;
  PerseaProgressFunc  progress;
  gpointer            progress_data;
} PerseaTextTableOptions;

/**
 * persea_text_table_ensure:
 * @clip: whose text tower encodes
 * @options: (nullable): see #PerseaTextTableOptions
 * @cancellable: (nullable): stops the encoding
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if there are too many texts, and what
 *   persea_clip_encode_texts() says
 *
 * Takes the table from the cache, or encodes the texts and keeps the result.  A cached file that
 * is damaged is made again; one that cannot be written costs time and is no error.
 *
 * Returns: (transfer full) (nullable): the table
 */
PerseaTextTable *persea_text_table_ensure (PerseaClip                    *clip,
                                           const PerseaTextGroups        *groups,
                                           const PerseaTextTableOptions  *options,
                                           GCancellable                  *cancellable,
                                           GError                       **error);

/**
 * persea_text_table_new:
 * @rows: [n, dim]; scaled to unit length
 *
 * Returns: (transfer full): a table of given embeddings
 */
PerseaTextTable *persea_text_table_new (const float *rows,
                                        size_t       n,
                                        size_t       dim);

/**
 * persea_text_table_open:
 * @path: (type filename): a file that persea_text_table_save() wrote
 * @key: what it must be the table of
 * @error: return location; %G_FILE_ERROR, %PERSEA_ERROR_INVALID_DATA
 *
 * Returns: (transfer full) (nullable): the table, mapped
 */
PerseaTextTable *persea_text_table_open (const char  *path,
                                         const char  *key,
                                         GError     **error);

/* writes to a temporary name and renames; @key: 64 characters at most */
gboolean persea_text_table_save (PerseaTextTable  *table,
                                 const char       *path,
                                 const char       *key,
                                 GError          **error);

PerseaTextTable *persea_text_table_ref (PerseaTextTable *table);
void             persea_text_table_unref (PerseaTextTable *table);

size_t persea_text_table_get_n_rows (PerseaTextTable *table);
size_t persea_text_table_get_dim (PerseaTextTable *table);

/* (transfer none): [n, dim], unit length */
const float *persea_text_table_get_rows (PerseaTextTable *table);

/**
 * persea_text_table_compare:
 * @image: [dim], unit length
 * @similarities: (out caller-allocates): [n], cosines from the exact rows
 */
void persea_text_table_compare (PerseaTextTable *table,
                                const float     *image,
                                float           *similarities);

/**
 * PerseaTextHit:
 * @row: of the table
 * @similarity: cosine
 * @score: its share in the softmax over all rows
 */
typedef struct
{
  size_t row;
  float  similarity;
  float  score;
} PerseaTextHit;

/**
 * persea_text_table_rank:
 * @image: [dim], unit length
 * @logit_scale: of the model
 * @n_hits: how many are wanted, at most the number of rows
 * @hits: (out caller-allocates) (array length=n_hits): the best ones, best first; equal
 *   similarities in the order of their rows
 *
 * From %PERSEA_TEXT_TABLE_SCAN_ROWS rows on, codes are read instead of most rows.  Which rows are
 * returned, their order and their similarities are those of the exact rows, whatever the rows; the
 * sum that scores are shares of is right to about 1%, since rows far from the hits are estimated.
 */
void persea_text_table_rank (PerseaTextTable *table,
                             const float     *image,
                             float            logit_scale,
                             size_t           n_hits,
                             PerseaTextHit   *hits);

#define PERSEA_TEXT_TABLE_SCAN_ROWS 2048

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaTextTable, persea_text_table_unref)

G_END_DECLS
