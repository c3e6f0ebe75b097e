/* persea-keywords.c - the keywords of one picture, and which of them are ours
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-keywords.h"

#include <math.h>
#include <string.h>

static const char *const state_names[] = {
  [PERSEA_KEYWORD_ADDED] = "added",
  [PERSEA_KEYWORD_PRESENT] = "present",
  [PERSEA_KEYWORD_REJECTED] = "rejected",
};

const char *
persea_keyword_state_name (PerseaKeywordState state)
{
  return state_names[state];
}

gboolean
persea_keyword_state_parse (const char *name, PerseaKeywordState *state)
{
  for (size_t i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (name, state_names[i]) == 0)
      {
        *state = (PerseaKeywordState) i;
        return TRUE;
      }
  return FALSE;
}

PerseaKeywordRecord *
persea_keyword_record_new (const char *path, PerseaKeywordState state)
{
  PerseaKeywordRecord *record = g_new0 (PerseaKeywordRecord, 1);

  record->path = g_strdup (path);
  record->state = state;
  return record;
}

void
persea_keyword_record_free (PerseaKeywordRecord *record)
{
  if (!record)
    return;

  g_free (record->path);
  g_free (record->model);
  g_free (record->run);
  g_free (record->date);
  g_free (record);
}

PerseaKeywords *
persea_keywords_new (void)
{
  PerseaKeywords *keywords = g_new0 (PerseaKeywords, 1);

  keywords->flat = g_ptr_array_new_with_free_func (g_free);
  keywords->hierarchical = g_ptr_array_new_with_free_func (g_free);
  keywords->records = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_keyword_record_free);
  return keywords;
}

void
persea_keywords_free (PerseaKeywords *keywords)
{
  if (!keywords)
    return;

  g_clear_pointer (&keywords->flat, g_ptr_array_unref);
  g_clear_pointer (&keywords->hierarchical, g_ptr_array_unref);
  g_clear_pointer (&keywords->digikam, g_ptr_array_unref);
  g_clear_pointer (&keywords->records, g_ptr_array_unref);
  g_free (keywords);
}

gboolean
persea_keywords_is_empty (const PerseaKeywords *keywords)
{
  return keywords->flat->len == 0
         && (!keywords->hierarchical || keywords->hierarchical->len == 0)
         && (!keywords->digikam || keywords->digikam->len == 0)
         && keywords->records->len == 0;
}

static gboolean
equal_folded (const char *a, const char *b)
{
  g_autofree char *first = g_utf8_casefold (a, -1);
  g_autofree char *second = g_utf8_casefold (b, -1);

  return strcmp (first, second) == 0;
}

static int
list_find_folded (GPtrArray *list, const char *word)
{
  for (unsigned i = 0; list && i < list->len; i++)
    if (equal_folded (list->pdata[i], word))
      return (int) i;
  return -1;
}

static int
list_find (GPtrArray *list, const char *word)
{
  for (unsigned i = 0; list && i < list->len; i++)
    if (strcmp (list->pdata[i], word) == 0)
      return (int) i;
  return -1;
}

static void
list_remove (GPtrArray *list, const char *word)
{
  int index = list_find (list, word);

  if (index >= 0)
    g_ptr_array_remove_index (list, (unsigned) index);
}

static const char *
path_get_leaf (const char *path)
{
  const char *bar = strrchr (path, '|');

  return bar ? bar + 1 : path;
}

static char *
path_to_digikam (const char *path)
{
  return g_strdelimit (g_strdup (path), "|", '/');
}

static PerseaKeywordRecord *
keywords_find_record (PerseaKeywords *keywords, const char *path)
{
  for (unsigned i = 0; i < keywords->records->len; i++)
    {
      PerseaKeywordRecord *record = keywords->records->pdata[i];

      if (equal_folded (record->path, path))
        return record;
    }
  return NULL;
}

/* A record other than @except that put the flat keyword @leaf there. */
static PerseaKeywordRecord *
keywords_find_owner (PerseaKeywords *keywords, const char *leaf, const PerseaKeywordRecord *except)
{
  for (unsigned i = 0; i < keywords->records->len; i++)
    {
      PerseaKeywordRecord *record = keywords->records->pdata[i];

      if (record != except && record->state == PERSEA_KEYWORD_ADDED
          && strcmp (path_get_leaf (record->path), leaf) == 0)
        return record;
    }
  return NULL;
}

static void
keywords_remove_hierarchical (PerseaKeywords *keywords, PerseaKeywordRecord *record)
{
  g_autofree char *digikam = path_to_digikam (record->path);

  if (record->lists & PERSEA_KEYWORD_LIST_HIERARCHICAL)
    list_remove (keywords->hierarchical, record->path);
  if (record->lists & PERSEA_KEYWORD_LIST_DIGIKAM)
    list_remove (keywords->digikam, digikam);
  record->lists &= PERSEA_KEYWORD_LIST_FLAT;
}

/* Whether the tag of @record is still there, in some form.  The flat list decides: every program
 * shows and edits that one. */
static gboolean
record_is_there (PerseaKeywords *keywords, const PerseaKeywordRecord *record)
{
  if (record->state == PERSEA_KEYWORD_ADDED && !(record->lists & PERSEA_KEYWORD_LIST_FLAT))
    return list_find_folded (keywords->flat, path_get_leaf (record->path)) >= 0
           && (!(record->lists & PERSEA_KEYWORD_LIST_HIERARCHICAL)
               || list_find_folded (keywords->hierarchical, record->path) >= 0);
  return list_find_folded (keywords->flat, path_get_leaf (record->path)) >= 0;
}

gboolean
persea_keywords_notice_changes (PerseaKeywords *keywords, GPtrArray *rejected)
{
  gboolean changed = FALSE;

  for (unsigned i = 0; i < keywords->records->len; i++)
    {
      PerseaKeywordRecord *record = keywords->records->pdata[i];

      if (record->state == PERSEA_KEYWORD_REJECTED)
        continue;
      if (!record_is_there (keywords, record))
        {
          /* a program that knows only the flat list has left the others behind */
          keywords_remove_hierarchical (keywords, record);
          record->state = PERSEA_KEYWORD_REJECTED;
          record->lists = 0;
          if (rejected)
            g_ptr_array_add (rejected, g_strdup (record->path));
          changed = TRUE;
        }
      else if (record->lists & PERSEA_KEYWORD_LIST_FLAT
               && list_find (keywords->flat, path_get_leaf (record->path)) < 0)
        {
          /* written anew in other letters: it is the user's now */
          record->state = PERSEA_KEYWORD_PRESENT;
          record->lists = 0;
          changed = TRUE;
        }
    }
  return changed;
}

static void
keywords_add (PerseaKeywords *keywords, PerseaKeywordRecord *record)
{
  const char *leaf = path_get_leaf (record->path);
  g_autofree char *digikam = path_to_digikam (record->path);

  if (list_find_folded (keywords->flat, leaf) < 0)
    {
      g_ptr_array_add (keywords->flat, g_strdup (leaf));
      record->lists |= PERSEA_KEYWORD_LIST_FLAT;
    }
  if (keywords->hierarchical && list_find_folded (keywords->hierarchical, record->path) < 0)
    {
      g_ptr_array_add (keywords->hierarchical, g_strdup (record->path));
      record->lists |= PERSEA_KEYWORD_LIST_HIERARCHICAL;
    }
  if (keywords->digikam && list_find_folded (keywords->digikam, digikam) < 0)
    {
      g_ptr_array_add (keywords->digikam, g_strdup (digikam));
      record->lists |= PERSEA_KEYWORD_LIST_DIGIKAM;
    }
}

/* Scores are kept with three decimals; less is no change. */
static gboolean
record_update_score (PerseaKeywordRecord *record, double score, const char *model)
{
  if (fabs (record->score - score) < 0.0005 && g_strcmp0 (record->model, model) == 0)
    return FALSE;

  record->score = score;
  g_free (record->model);
  record->model = g_strdup (model);
  return TRUE;
}

static gboolean
is_rejected (const PerseaKeywordRun *run, const char *path)
{
  g_autofree char *folded = g_utf8_casefold (path, -1);

  return run->rejected && g_hash_table_contains (run->rejected, folded);
}

gboolean
persea_keywords_merge (PerseaKeywords         *keywords,
                       const PerseaKeywordTag *tags,
                       size_t                  n_tags,
                       const PerseaKeywordRun *run,
                       GPtrArray              *added)
{
  gboolean changed = FALSE;

  for (size_t i = 0; i < n_tags; i++)
    {
      const char *leaf = path_get_leaf (tags[i].path);
      PerseaKeywordRecord *record = keywords_find_record (keywords, tags[i].path);
      gboolean is_users;

      if (record && record->state != PERSEA_KEYWORD_REJECTED)
        changed |= record_update_score (record, tags[i].score, run->model);
      /* once more by the same run, which lost its memory when the power went */
      if (record && record->state == PERSEA_KEYWORD_ADDED && added
          && g_strcmp0 (record->run, run->run) == 0)
        g_ptr_array_add (added, g_strdup (record->path));
      if (record || is_rejected (run, tags[i].path))
        continue;

      is_users = list_find_folded (keywords->flat, leaf) >= 0
                 && !keywords_find_owner (keywords, leaf, NULL);
      record = persea_keyword_record_new (tags[i].path,
                                          is_users ? PERSEA_KEYWORD_PRESENT : PERSEA_KEYWORD_ADDED);
      record_update_score (record, tags[i].score, run->model);
      record->run = g_strdup (run->run);
      record->date = g_strdup (run->date);
      g_ptr_array_add (keywords->records, record);
      if (!is_users)
        {
          keywords_add (keywords, record);
          if (added)
            g_ptr_array_add (added, g_strdup (record->path));
        }
      changed = TRUE;
    }
  return changed;
}

gboolean
persea_keywords_take_back (PerseaKeywords *keywords, const char *run, GPtrArray *removed)
{
  gboolean changed = FALSE;

  for (unsigned i = keywords->records->len; i-- > 0;)
    {
      PerseaKeywordRecord *record = keywords->records->pdata[i];
      PerseaKeywordRecord *heir;

      if (record->state == PERSEA_KEYWORD_REJECTED || (run && g_strcmp0 (record->run, run) != 0))
        continue;

      keywords_remove_hierarchical (keywords, record);
      if (record->lists & PERSEA_KEYWORD_LIST_FLAT)
        {
          /* another of our tags may need the same word */
          heir = keywords_find_owner (keywords, path_get_leaf (record->path), record);
          if (heir)
            heir->lists |= PERSEA_KEYWORD_LIST_FLAT;
          else
            list_remove (keywords->flat, path_get_leaf (record->path));
        }
      if (removed && record->state == PERSEA_KEYWORD_ADDED)
        g_ptr_array_add (removed, g_strdup (record->path));
      g_ptr_array_remove_index (keywords->records, i);
      changed = TRUE;
    }
  return changed;
}
