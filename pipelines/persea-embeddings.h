/* persea-embeddings.h - what models made of the pictures in the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Tables of the library (persea-library.h): the models; what each file held when it was looked
 * at; for each content and model its embedding, at unit length and in f16; and when the picture was
 * taken.  A content is the SHA-256 of a file's bytes, so files that are copied, moved or touched are
 * not encoded again.
 *
 * Embeddings of files that are gone stay for a while: they may come back.  See
 * persea_embeddings_forget().
 *
 * Threads: as the library.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

/**
 * persea_embeddings_ensure_model:
 * @identity: changes with the weights
 * @name: for people
 * @dim: elements of an embedding
 * @model: (out): its number, never 0
 */
gboolean persea_embeddings_ensure_model (PerseaLibrary  *library,
                                         const char     *identity,
                                         const char     *name,
                                         size_t          dim,
                                         int64_t        *model,
                                         GError        **error);

/* @model: (out): the number of the model, or 0 if it has not encoded anything (this is no error) */
gboolean persea_embeddings_find_model (PerseaLibrary  *library,
                                       const char     *identity,
                                       int64_t        *model,
                                       GError        **error);

/* @n: (out): how many contents the model has encoded */
gboolean persea_embeddings_count (PerseaLibrary  *library,
                                  const char     *identity,
                                  size_t         *n,
                                  GError        **error);

/**
 * persea_embeddings_count_all:
 * @n: (out): embeddings of all models
 * @n_unheld: (out): those among them of contents that no file is known to hold any more
 */
gboolean persea_embeddings_count_all (PerseaLibrary  *library,
                                      uint64_t       *n,
                                      uint64_t       *n_unheld,
                                      GError        **error);

/**
 * persea_embeddings_forget:
 * @after: (inout): the number of the embedding behind which to go on, 0 for the first; 0 again at the
 *   end
 * @max: so many are looked at at most
 * @age: seconds
 *
 * Forgets embeddings of contents that no file has held for longer than @age, as far as earlier calls
 * have noticed, and when those pictures were taken.  Files count that are not gone
 * (persea_library_mark_gone()): what lies on a volume that is not there at the moment stays.
 */
gboolean persea_embeddings_forget (PerseaLibrary  *library,
                                   int64_t        *after,
                                   unsigned        max,
                                   int64_t         age,
                                   GError        **error);

/**
 * persea_embeddings_set_content:
 * @path: (type filename): absolute
 * @stamp: what the file looks like now
 * @content: the sum of what it holds
 */
gboolean persea_embeddings_set_content (PerseaLibrary          *library,
                                        const char             *path,
                                        const PerseaFileStamp  *stamp,
                                        const char             *content,
                                        GError                **error);

/**
 * persea_embeddings_find_content:
 * @stamp: what the file looks like now
 * @content: (out) (transfer full) (nullable): what it held when it looked like that; %NULL if that is
 *   not known
 */
gboolean persea_embeddings_find_content (PerseaLibrary          *library,
                                         const char             *path,
                                         const PerseaFileStamp  *stamp,
                                         char                  **content,
                                         GError                **error);

/**
 * persea_embeddings_put:
 * @made: how: one that was made otherwise is replaced
 * @embedding: [dim]
 */
gboolean persea_embeddings_put (PerseaLibrary   *library,
                                int64_t          model,
                                const char      *content,
                                const char      *made,
                                const uint16_t  *embedding,
                                size_t           dim,
                                GError         **error);

/**
 * persea_embeddings_find:
 * @made: (nullable): how it must have been made; %NULL: no matter
 * @embedding: (out caller-allocates): [dim], written if it is found
 * @found: (out): whether it is known
 */
gboolean persea_embeddings_find (PerseaLibrary  *library,
                                 int64_t         model,
                                 const char     *content,
                                 const char     *made,
                                 uint16_t       *embedding,
                                 size_t          dim,
                                 gboolean       *found,
                                 GError        **error);

/**
 * persea_embeddings_put_date:
 * @has_date: whether the picture says when it was taken
 * @date: if so, when; see persea-picture-date.h
 */
gboolean persea_embeddings_put_date (PerseaLibrary  *library,
                                     const char     *content,
                                     gboolean        has_date,
                                     int64_t         date,
                                     GError        **error);

/* @known: (out): whether somebody has looked when the picture was taken */
gboolean persea_embeddings_knows_date (PerseaLibrary  *library,
                                       const char     *content,
                                       gboolean       *known,
                                       GError        **error);

/* @embedding: [dim], of any alignment, valid during the call */
typedef void (*PerseaEmbeddingsFunc) (int64_t     id,
                                      const void *embedding,
                                      gpointer    user_data);

/**
 * persea_embeddings_read:
 * @after: only those with larger numbers; 0 for all
 * @func: called for each, in the order of their numbers.  An embedding that is replaced gets a new,
 *   larger number, and nothing is found under the old one
 */
gboolean persea_embeddings_read (PerseaLibrary         *library,
                                 int64_t                model,
                                 size_t                 dim,
                                 int64_t                after,
                                 PerseaEmbeddingsFunc   func,
                                 gpointer               user_data,
                                 GError               **error);

G_END_DECLS
