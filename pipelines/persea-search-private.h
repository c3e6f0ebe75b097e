/* persea-search-private.h - the embeddings in memory, and the files that they are of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-search.h"

G_BEGIN_DECLS

struct _PerseaSearch
{
  gatomicrefcount ref_count;
  PerseaLibrary *library;
  char          *identity;
  int64_t        model;  /* 0: has not encoded anything yet */
  size_t         dim;
  size_t         stride; /* of persea_search_scan_stride() */
  uint16_t      *rows;   /* [room, stride] */
  size_t         room;
  GArray        *ids;    /* of int64_t: in the library, ascending; as many as there are rows */
};

/* Appends to @hits (PerseaSearchHit) the files of @row that @options want and that are there. */
gboolean persea_search_add_files (PerseaSearch               *search,
                                  size_t                      row,
                                  double                      score,
                                  const PerseaSearchOptions  *options,
                                  GPtrArray                  *hits,
                                  GError                    **error);

/* (transfer full) (array): for each row whether it has a file that @options want: how many, which is
 * true if there is one; %NULL on failure */
gboolean *persea_search_find_wanted (PerseaSearch               *search,
                                     const PerseaSearchOptions  *options,
                                     GError                    **error);

G_END_DECLS
