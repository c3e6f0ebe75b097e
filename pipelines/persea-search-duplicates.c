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
#include "persea-search-sketch.h"

/* pictures that are compared with all others together */
#define DUPLICATES_TOGETHER PERSEA_SEARCH_SKETCH_LEADERS

typedef struct
{
  PerseaSearch              *search;
  const PerseaSearchOptions *options;
  PerseaSearchSketch        *sketch;
  gboolean                  *free;   /* for each row in no group yet: how many of its files are wanted */
  float                     *leader; /* [stride] */
  GArray                    *candidates[DUPLICATES_TOGETHER]; /* of size_t: rows */
  GPtrArray                 *groups; /* of (owned) GPtrArray of PerseaSearchHit */
} Duplicates;

/* (out): up to DUPLICATES_TOGETHER rows that may begin a group, from @next on; *next: behind them */
static size_t
duplicates_take_leaders (Duplicates *duplicates, size_t *next, size_t *leaders)
{
  PerseaSearch *search = duplicates->search;
  size_t n = 0;

  for (; *next < search->ids->len && n < DUPLICATES_TOGETHER; (*next)++)
    if (duplicates->free[*next])
      leaders[n++] = *next;
  return n;
}

/* of @row with the leader */
static float
duplicates_compare (Duplicates *duplicates, size_t row)
{
  PerseaSearch *search = duplicates->search;
  const PerseaSearchScan scan = {
    .rows = search->rows + row * search->stride,
    .n = 1,
    .queries = duplicates->leader,
    .n_queries = 1,
    .stride = search->stride,
  };
  float product;

  persea_search_scan (&scan, &product);
  return product;
}

/* Leaves of @candidates (size_t), rows that may be like @leader, those that are, and in no group yet. */
static void
duplicates_keep_alike (Duplicates *duplicates, size_t leader, GArray *candidates)
{
  PerseaSearch *search = duplicates->search;
  unsigned n = 0;

  persea_dtype_to_f32 (PERSEA_DTYPE_F16, search->rows + leader * search->stride, duplicates->leader,
                       search->stride);
  for (unsigned i = 0; i < candidates->len; i++)
    {
      size_t row = g_array_index (candidates, size_t, i);

      if (row > leader && duplicates->free[row]
          && duplicates_compare (duplicates, row) >= duplicates->options->least)
        g_array_index (candidates, size_t, n++) = row;
    }
  g_array_set_size (candidates, n);
}

/* @candidates: of size_t: rows that may be like it; changed */
static gboolean
duplicates_make_group (Duplicates *duplicates, size_t leader, GArray *candidates, GError **error)
{
  PerseaSearch *search = duplicates->search;
  g_autoptr (GPtrArray) group = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_search_hit_free);

  duplicates_keep_alike (duplicates, leader, candidates);
  if (candidates->len == 0 && duplicates->free[leader] < 2) /* there once, as nearly all are */
    return TRUE;
  if (!persea_search_add_files (search, leader, 1, duplicates->options, group, error))
    return FALSE;
  if (group->len == 0) /* gone: another one may begin the group */
    return TRUE;
  for (unsigned i = 0; i < candidates->len; i++)
    {
      size_t row = g_array_index (candidates, size_t, i);

      if (!persea_search_add_files (search, row, duplicates_compare (duplicates, row), duplicates->options,
                                    group, error))
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
  for (size_t i = 0; i < n_leaders; i++)
    g_array_set_size (duplicates->candidates[i], 0);
  persea_search_sketch_find (duplicates->sketch, leaders, n_leaders, (float) duplicates->options->least,
                             duplicates->candidates);
  for (size_t i = 0; i < n_leaders && duplicates->groups->len < duplicates->options->top; i++)
    if (duplicates->free[leaders[i]]
        && !duplicates_make_group (duplicates, leaders[i], duplicates->candidates[i], error))
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
  g_autofree float *leader = g_new (float, search->stride);
  g_autoptr (PerseaSearchSketch) sketch = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  Duplicates duplicates = { .search = search, .options = options, .leader = leader, .groups = found };
  gboolean ok;

  if (!persea_search_refresh (search, error))
    return FALSE;
  free_rows = persea_search_find_wanted (search, options, error);
  if (!free_rows)
    return FALSE;
  sketch = persea_search_sketch_new (search->rows, search->ids->len, search->stride);
  duplicates.free = free_rows;
  duplicates.sketch = sketch;
  for (size_t i = 0; i < DUPLICATES_TOGETHER; i++)
    duplicates.candidates[i] = g_array_new (FALSE, FALSE, sizeof (size_t));
  ok = duplicates_run (&duplicates, progress, progress_data, cancellable, error);
  for (size_t i = 0; i < DUPLICATES_TOGETHER; i++)
    g_array_unref (duplicates.candidates[i]);
  if (ok)
    *groups = g_steal_pointer (&found);
  return ok;
}
