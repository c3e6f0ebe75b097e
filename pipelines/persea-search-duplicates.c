/* persea-search-duplicates.c - pictures that are there more than once
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every picture that is in no group yet, in the order in which they came, takes those behind it that
 * are alike enough.  So all of a group are like its first one; chains, in which everything is at last
 * like everything, do not come about.
 */
#include "config.h"

#include "persea-search-private.h"

#include "persea-dtype.h"
#include "persea-search-scan.h"

/* pictures that share a scan */
#define DUPLICATES_TOGETHER 16

typedef struct
{
  PerseaSearch              *search;
  const PerseaSearchOptions *options;
  gboolean                  *free;     /* for each row: wanted, and in no group yet */
  float                     *queries;  /* [DUPLICATES_TOGETHER, stride] */
  float                     *products; /* [rows, DUPLICATES_TOGETHER] */
  GPtrArray                 *groups;   /* of (owned) GPtrArray of PerseaSearchHit */
} Duplicates;

/* (out): up to DUPLICATES_TOGETHER rows that may begin a group, from @next on; *next: behind them */
static size_t
duplicates_take_leaders (Duplicates *duplicates, size_t *next, size_t *leaders)
{
  PerseaSearch *search = duplicates->search;
  size_t n = 0;

  for (; *next < search->ids->len && n < DUPLICATES_TOGETHER; (*next)++)
    if (duplicates->free[*next])
      {
        persea_dtype_to_f32 (PERSEA_DTYPE_F16, search->rows + *next * search->stride,
                             duplicates->queries + n * search->stride, search->stride);
        leaders[n++] = *next;
      }
  return n;
}

/* @products: of the leader with the rows from @first on, @step from one to the next */
static gboolean
duplicates_make_group (Duplicates   *duplicates,
                       size_t        leader,
                       size_t        first,
                       const float  *products,
                       size_t        step,
                       GError      **error)
{
  PerseaSearch *search = duplicates->search;
  g_autoptr (GPtrArray) group = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_search_hit_free);

  if (!persea_search_add_files (search, leader, 1, duplicates->options, group, error))
    return FALSE;
  if (group->len == 0) /* gone: another one may begin the group */
    return TRUE;
  for (size_t row = leader + 1; row < search->ids->len; row++)
    {
      float score = products[(row - first) * step];

      if (!duplicates->free[row] || score < duplicates->options->least)
        continue;
      if (!persea_search_add_files (search, row, score, duplicates->options, group, error))
        return FALSE;
      duplicates->free[row] = FALSE;
    }
  if (group->len > 1)
    g_ptr_array_add (duplicates->groups, g_steal_pointer (&group));
  return TRUE;
}

static gboolean
duplicates_step (Duplicates *duplicates, const size_t *leaders, size_t n_leaders, GError **error)
{
  PerseaSearch *search = duplicates->search;
  size_t first = leaders[0];
  const PerseaSearchScan scan = {
    .rows = search->rows + first * search->stride,
    .n = search->ids->len - first,
    .queries = duplicates->queries,
    .n_queries = n_leaders,
    .stride = search->stride,
  };

  persea_search_scan (&scan, duplicates->products);
  for (size_t i = 0; i < n_leaders && duplicates->groups->len < duplicates->options->top; i++)
    if (duplicates->free[leaders[i]]
        && !duplicates_make_group (duplicates, leaders[i], first, duplicates->products + i, n_leaders, error))
      return FALSE;
  return TRUE;
}

static gboolean
duplicates_run (Duplicates          *duplicates,
                PerseaProgressFunc   progress,
                gpointer             progress_data,
                GCancellable        *cancellable,
                GError             **error)
{
  size_t n = duplicates->search->ids->len;
  size_t leaders[DUPLICATES_TOGETHER];
  size_t n_leaders;
  size_t next = 0;

  while (duplicates->groups->len < duplicates->options->top
         && (n_leaders = duplicates_take_leaders (duplicates, &next, leaders)) > 0)
    {
      /* what is left to compare shrinks with the square */
      double left = (double) (n - leaders[0]) / n;

      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !duplicates_step (duplicates, leaders, n_leaders, error))
        return FALSE;
      if (progress)
        progress (NULL, 1 - left * left, progress_data);
    }
  return TRUE;
}

gboolean
persea_search_find_duplicates (PerseaSearch               *search,
                               const PerseaSearchOptions  *options,
                               PerseaProgressFunc          progress,
                               gpointer                    progress_data,
                               GPtrArray                 **groups,
                               GCancellable               *cancellable,
                               GError                    **error)
{
  g_autofree gboolean *free_rows = NULL;
  g_autofree float *queries = g_new (float, DUPLICATES_TOGETHER * search->stride);
  g_autofree float *products = NULL;
  Duplicates duplicates = { .search = search, .options = options, .queries = queries };

  if (!persea_search_refresh (search, error))
    return FALSE;
  free_rows = persea_search_find_wanted (search, options, error);
  if (!free_rows)
    return FALSE;
  products = g_new (float, search->ids->len * DUPLICATES_TOGETHER + 1);
  duplicates.free = free_rows;
  duplicates.products = products;
  duplicates.groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  if (!duplicates_run (&duplicates, progress, progress_data, cancellable, error))
    {
      g_ptr_array_unref (duplicates.groups);
      return FALSE;
    }
  *groups = duplicates.groups;
  return TRUE;
}
