/* persea-vocabulary-private.h - what persea-vocabulary.c and its parser share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-vocabulary.h"

G_BEGIN_DECLS

struct _PerseaVocabulary
{
  char       *name;
  GPtrArray  *tags;       /* of PerseaVocabularyTag, owned */
  GHashTable *by_path;    /* case-folded path (owned) -> index + 1 */
  GPtrArray  *templates;  /* of char *, %NULL at the end once finished */
  GPtrArray  *background; /* likewise */
};

/* an empty one, called @name */
PerseaVocabulary *persea_vocabulary_new_empty (const char *name);

/* index + 1, or 0 */
unsigned persea_vocabulary_lookup (PerseaVocabulary *vocabulary,
                                   const char       *path);

/**
 * persea_vocabulary_ensure_path:
 * @path: levels joined by "|", spaces around them allowed
 * @index: (out): of the last level
 * @reason: (out) (transfer full): why not, if %FALSE
 *
 * Finds the level or adds it and whatever is missing above it, as headings.
 */
gboolean persea_vocabulary_ensure_path (PerseaVocabulary  *vocabulary,
                                        const char        *path,
                                        unsigned          *index,
                                        char             **reason);

/* %NULL if @name can be a level's name, otherwise why not (transfer full) */
char *persea_vocabulary_explain_name (const char *name);

/* ends the lists, fills in what the file left out; why it cannot be used, or %NULL */
char *persea_vocabulary_finish (PerseaVocabulary *vocabulary);

G_END_DECLS
