/* persea-keywords.h - the keywords of one picture, and which of them are ours
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Wherever keywords are kept (sidecar, picture, extended attribute), they are brought into this
 * form, merged here, and written back.  The rules:
 *
 * - Keywords that are not ours are never removed, re-cased or reordered.
 * - What we add is recorded beside the keywords, with the run that added it, so that it can be
 *   taken back exactly.
 * - A tag that we added and that is gone was taken away by the user: it is remembered as rejected
 *   and never written again.  The same holds for a tag that the user had and took away.
 * - A tag whose word the user has already is not written a second time.
 *
 * Words are compared without regard to case.  No file is touched here.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  PERSEA_KEYWORD_ADDED,    /* we put it there */
  PERSEA_KEYWORD_PRESENT,  /* we found it fitting; the user had it already */
  PERSEA_KEYWORD_REJECTED, /* the user took it away */
} PerseaKeywordState;

typedef enum
{
  PERSEA_KEYWORD_LIST_FLAT = 1 << 0,
  PERSEA_KEYWORD_LIST_HIERARCHICAL = 1 << 1,
  PERSEA_KEYWORD_LIST_DIGIKAM = 1 << 2,
} PerseaKeywordLists;

/**
 * PerseaKeywordRecord:
 * @path: levels joined by "|"; the last one is the flat keyword
 * @score: 0 to 1, when last seen
 * @model: name of the model that gave the score
 * @run: name of the run that added it
 * @date: of that run, ISO 8601
 * @state: whose it is
 * @lists: where we added it, for %PERSEA_KEYWORD_ADDED
 */
typedef struct
{
  char              *path;
  double             score;
  char              *model;
  char              *run;
  char              *date;
  PerseaKeywordState state;
  unsigned           lists;
} PerseaKeywordRecord;

/**
 * PerseaKeywords:
 * @flat: (element-type utf8): dc:subject
 * @hierarchical: (element-type utf8) (nullable): lr:hierarchicalSubject; %NULL: the place has none
 *   and gets none
 * @digikam: (element-type utf8) (nullable): digiKam:TagsList, levels joined by "/"; %NULL: none
 * @records: (element-type PerseaKeywordRecord): what we know about our tags
 */
typedef struct
{
  GPtrArray *flat;
  GPtrArray *hierarchical;
  GPtrArray *digikam;
  GPtrArray *records;
} PerseaKeywords;

/* all lists but @digikam are there, empty */
PerseaKeywords *persea_keywords_new (void);

void persea_keywords_free (PerseaKeywords *keywords);

PerseaKeywordRecord *persea_keyword_record_new (const char         *path,
                                                PerseaKeywordState  state);
void                 persea_keyword_record_free (PerseaKeywordRecord *record);

const char *persea_keyword_state_name (PerseaKeywordState state);

/* %FALSE if @name is none of "added", "present", "rejected" */
gboolean persea_keyword_state_parse (const char         *name,
                                     PerseaKeywordState *state);

/**
 * persea_keywords_notice_changes:
 * @rejected: (element-type utf8) (nullable): paths that were found to be taken away are added here
 *
 * Compares our records with the lists as they are now.
 *
 * Returns: %TRUE if a record changed
 */
gboolean persea_keywords_notice_changes (PerseaKeywords *keywords,
                                         GPtrArray      *rejected);

/**
 * PerseaKeywordTag:
 * @path: levels joined by "|"
 * @score: 0 to 1
 */
typedef struct
{
  const char *path;
  double      score;
} PerseaKeywordTag;

/**
 * PerseaKeywordRun:
 * @run: its name
 * @model: the model's name
 * @date: ISO 8601
 * @rejected: (element-type utf8) (nullable): set of case-folded paths that must not be written,
 *   as the library remembers them
 */
typedef struct
{
  const char *run;
  const char *model;
  const char *date;
  GHashTable *rejected;
} PerseaKeywordRun;

/**
 * persea_keywords_merge:
 * @tags: (array length=n_tags): what was found
 * @added: (element-type utf8) (nullable): paths that are new are added here
 *
 * To be called after persea_keywords_notice_changes().
 *
 * Returns: %TRUE if anything changed, be it only a score
 */
gboolean persea_keywords_merge (PerseaKeywords         *keywords,
                                const PerseaKeywordTag *tags,
                                size_t                  n_tags,
                                const PerseaKeywordRun *run,
                                GPtrArray              *added);

/**
 * persea_keywords_take_back:
 * @run: (nullable): name of a run; %NULL for all runs
 * @removed: (element-type utf8) (nullable): paths that are gone now are added here
 *
 * Removes exactly what that run added and what is still there.  What the user took away is still
 * known.
 *
 * Returns: %TRUE if anything changed
 */
gboolean persea_keywords_take_back (PerseaKeywords *keywords,
                                    const char     *run,
                                    GPtrArray      *removed);

/* %TRUE: there is no keyword in any list and no record */
gboolean persea_keywords_is_empty (const PerseaKeywords *keywords);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaKeywords, persea_keywords_free)

G_END_DECLS
