/* persea-search.h - which pictures of the library are like this?
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The embeddings of one model in memory, one behind the other, 2 bytes an element (100 MB for 100,000
 * pictures of a ViT-B/32).  A search reads them all; nothing is approximated.  What other processes
 * add to the library is found, too.
 *
 * Files that are gone are not shown, and come back when they do.
 *
 * Threads: one at a time may use a search.
 */
#pragma once

#include "persea-device.h"
#include "persea-library.h"

G_BEGIN_DECLS

#define PERSEA_SEARCH_MAX_TOP 100000
/* pictures that are so alike are the same picture, scaled, cut or written anew */
#define PERSEA_SEARCH_DUPLICATE 0.95

typedef struct _PerseaSearch PerseaSearch;

/**
 * PerseaSearchOptions:
 * @top: at most so many files, 1 to %PERSEA_SEARCH_MAX_TOP
 * @least: the score that a picture must reach; -1 for all
 * @folder: (nullable) (type filename): only what is in it or below; absolute
 * @since: only pictures that were not taken before, seconds since 1970, on the clock where they were
 *   taken (persea-picture-date.h); of those that do not say, the last change of the file counts
 * @until: and before; %G_MAXINT64 for all
 * @tags: (nullable) (array zero-terminated=1): only what has all of these tags, or tags below them,
 *   by runs that the library remembers
 * @except: (nullable) (type filename): a file not to be shown; absolute
 */
typedef struct
{
  unsigned           top;
  double             least;
  const char        *folder;
  int64_t            since;
  int64_t            until;
  const char *const *tags;
  const char        *except;
} PerseaSearchOptions;

extern const PerseaSearchOptions persea_search_default_options;

/**
 * PerseaSearchHit:
 * @path: (type filename): a file
 * @score: cosine, -1 to 1
 */
typedef struct
{
  char  *path;
  double score;
} PerseaSearchHit;

void persea_search_hit_free (PerseaSearchHit *hit);

/**
 * persea_search_new:
 * @identity: of the model
 * @dim: elements of its embeddings
 *
 * Returns: (transfer full): a search that has read nothing yet
 */
PerseaSearch *persea_search_new (PerseaLibrary *library, const char *identity, size_t dim);

PerseaSearch *persea_search_ref (PerseaSearch *search);
void          persea_search_unref (PerseaSearch *search);

/* (transfer none): the identity of its model */
const char *persea_search_get_identity (PerseaSearch *search);

/**
 * persea_search_refresh:
 *
 * Reads what is new in the library.  The other functions begin with this, too; called before, while
 * something else takes its time, it makes them faster.
 */
gboolean persea_search_refresh (PerseaSearch *search, GError **error);

/* bytes that the embeddings take */
uint64_t persea_search_get_memory (PerseaSearch *search);

/* embeddings that the last refresh knew of */
size_t persea_search_get_n_pictures (PerseaSearch *search);

/**
 * persea_search_find:
 * @query: [dim], unit length
 * @hits: (out) (element-type PerseaSearchHit): best first; copies of a file have the same score
 */
gboolean persea_search_find (PerseaSearch               *search,
                             const float                *query,
                             const PerseaSearchOptions  *options,
                             GPtrArray                 **hits,
                             GError                    **error);

/**
 * persea_search_find_duplicates:
 * @options: @top is the number of groups; @least how alike two pictures must be
 * @progress: (nullable): told how far it is
 * @groups: (out) (element-type GPtrArray): of two and more #PerseaSearchHit each, the picture that
 *   came into the library first and those that are like it, with their scores
 *
 * A picture is in one group at most.  Takes up to a minute for 100,000 pictures; lower @least, longer.
 */
gboolean persea_search_find_duplicates (PerseaSearch               *search,
                                        const PerseaSearchOptions  *options,
                                        PerseaProgressFunc          progress,
                                        gpointer                    progress_data,
                                        GPtrArray                 **groups,
                                        GCancellable               *cancellable,
                                        GError                    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaSearch, persea_search_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaSearchHit, persea_search_hit_free)

G_END_DECLS
