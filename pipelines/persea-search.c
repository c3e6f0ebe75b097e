/* persea-search.c - the embeddings in memory, and the best of them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-private.h"

#include "persea-embeddings.h"
#include "persea-search-scan.h"

#include <string.h>

/* Candidates whose files are looked at first.  Only when too many of them are gone or not wanted is
 * it worth asking for all files that are wanted. */
#define SEARCH_CANDIDATES(top) (4 * (size_t) (top) + 64)

#define SEARCH_FIRST_ROOM 1024

const PerseaSearchOptions persea_search_default_options = {
  .top = 20,
  .least = -1,
  .since = G_MININT64,
  .until = G_MAXINT64,
};

void
persea_search_hit_free (PerseaSearchHit *hit)
{
  if (!hit)
    return;

  g_free (hit->path);
  g_free (hit);
}

PerseaSearch *
persea_search_new (PerseaLibrary *library, const char *identity, size_t dim)
{
  PerseaSearch *search = g_new0 (PerseaSearch, 1);

  g_atomic_ref_count_init (&search->ref_count);
  search->library = persea_library_ref (library);
  search->identity = g_strdup (identity);
  search->dim = dim;
  search->stride = persea_search_scan_stride (dim);
  search->ids = g_array_new (FALSE, FALSE, sizeof (int64_t));
  return search;
}

PerseaSearch *
persea_search_ref (PerseaSearch *search)
{
  g_atomic_ref_count_inc (&search->ref_count);
  return search;
}

const char *
persea_search_get_identity (PerseaSearch *search)
{
  return search->identity;
}

void
persea_search_unref (PerseaSearch *search)
{
  if (!search || !g_atomic_ref_count_dec (&search->ref_count))
    return;

  persea_library_unref (search->library);
  g_free (search->identity);
  g_free (search->rows);
  g_array_unref (search->ids);
  g_free (search);
}

/* a PerseaEmbeddingsFunc */
static void
search_add_row (int64_t id, const void *embedding, gpointer user_data)
{
  PerseaSearch *search = user_data;
  size_t n = search->ids->len;
  uint16_t *row;

  if (n == search->room)
    {
      search->room = MAX (2 * search->room, SEARCH_FIRST_ROOM);
      search->rows = g_renew (uint16_t, search->rows, search->room * search->stride);
    }
  row = search->rows + n * search->stride;
  memcpy (row, embedding, search->dim * sizeof *row);
  memset (row + search->dim, 0, (search->stride - search->dim) * sizeof *row);
  g_array_append_val (search->ids, id);
}

gboolean
persea_search_refresh (PerseaSearch *search, GError **error)
{
  int64_t last = search->ids->len > 0 ? g_array_index (search->ids, int64_t, search->ids->len - 1) : 0;

  if (search->model == 0
      && !persea_embeddings_find_model (search->library, search->identity, &search->model, error))
    return FALSE;
  return search->model == 0
         || persea_embeddings_read (search->library, search->model, search->dim, last, search_add_row,
                                    search, error);
}

size_t
persea_search_get_n_pictures (PerseaSearch *search)
{
  return search->ids->len;
}

uint64_t
persea_search_get_memory (PerseaSearch *search)
{
  return search->room * search->stride * sizeof *search->rows + search->ids->len * sizeof (int64_t);
}

static gboolean
search_has_filter (const PerseaSearchOptions *options)
{
  return options->folder || options->tags || options->since != G_MININT64 || options->until != G_MAXINT64;
}

/* The files of @rows, best first, until there are enough.
 * @complete: (out): whether there are, or others would not do */
static GPtrArray *
search_collect (PerseaSearch               *search,
                const float                *scores,
                const size_t               *rows,
                size_t                      n_rows,
                const PerseaSearchOptions  *options,
                gboolean                   *complete,
                GError                    **error)
{
  g_autoptr (GPtrArray) hits = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_search_hit_free);

  *complete = FALSE;
  for (size_t i = 0; i < n_rows && !*complete; i++)
    {
      *complete = scores[rows[i]] < options->least;
      if (!*complete && !persea_search_add_files (search, rows[i], scores[rows[i]], options, hits, error))
        return NULL;
      *complete = *complete || hits->len >= options->top;
    }
  if (hits->len > options->top)
    g_ptr_array_set_size (hits, (int) options->top);
  return g_steal_pointer (&hits);
}

static GPtrArray *
search_find (PerseaSearch *search, const float *scores, const PerseaSearchOptions *options, GError **error)
{
  size_t n = search->ids->len;
  g_autofree gboolean *wanted = NULL;

  for (size_t n_rows = MIN (SEARCH_CANDIDATES (options->top), n);; n_rows = MIN (4 * n_rows, n))
    {
      g_autofree size_t *rows = g_new (size_t, n_rows + 1);
      size_t found = persea_search_select (scores, wanted, n, rows, n_rows);
      gboolean complete = FALSE;
      g_autoptr (GPtrArray) hits = search_collect (search, scores, rows, found, options, &complete, error);

      if (!hits)
        return NULL;
      if (complete || found == n || found < n_rows)
        return g_steal_pointer (&hits);
      if (!wanted && search_has_filter (options))
        {
          wanted = persea_search_find_wanted (search, options, error);
          if (!wanted)
            return NULL;
        }
    }
}

gboolean
persea_search_find (PerseaSearch               *search,
                    const float                *query,
                    const PerseaSearchOptions  *options,
                    GPtrArray                 **hits,
                    GError                    **error)
{
  g_autofree float *padded = g_new0 (float, search->stride);
  g_autofree float *scores = NULL;
  GPtrArray *found;

  if (!persea_search_refresh (search, error))
    return FALSE;
  scores = g_new (float, search->ids->len + 1);
  memcpy (padded, query, search->dim * sizeof *query);
  persea_search_scan (&(PerseaSearchScan) { search->rows, search->ids->len, padded, 1, search->stride }, scores);
  found = search_find (search, scores, options, error);
  if (!found)
    return FALSE;
  *hits = found;
  return TRUE;
}
