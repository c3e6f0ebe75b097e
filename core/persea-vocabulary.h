/* persea-vocabulary.h - the words that pictures are tagged with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A vocabulary is a text file that a person can write: one tag per line, with its place in a
 * hierarchy, other words for it, its own prompts, its own cut and its names in other languages.
 * The syntax is described in docs/vocabularies.md.  This file knows nothing of models: what is
 * done with the words is in persea-tagger.h.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Limits of what is read; far above anything useful, far below what could hurt. */
#define PERSEA_VOCABULARY_MAX_BYTES (8 * 1024 * 1024)
#define PERSEA_VOCABULARY_MAX_TAGS 32768
#define PERSEA_VOCABULARY_MAX_LEVELS 8
#define PERSEA_VOCABULARY_MAX_NAME 100   /* bytes of one level */
#define PERSEA_VOCABULARY_MAX_TEXT 1000  /* bytes of a prompt, template or background text */
#define PERSEA_VOCABULARY_MAX_WORDS 64   /* a tag's words, and prompts, and languages */
#define PERSEA_VOCABULARY_MAX_CHOOSE 100
#define PERSEA_VOCABULARY_MAX_TEXTS 8192 /* templates, and background texts */

typedef struct _PerseaVocabulary PerseaVocabulary;

/**
 * PerseaVocabularyTag:
 * @path: its levels joined by "|": "animal|mammal|cat"
 * @name: the last level: "cat"
 * @parent: index of the level above, -1 at the top
 * @line: where it stands in the file, from 1; 0 for levels that no line names
 * @heading: it is only a level of others, never a tag itself
 * @exclusive: of its children at most one is right for a picture
 * @choose: its children are all there is: at least one and at most so many are right for a
 *   picture; 0: nothing is known
 * @cut: the score from which it is taken, or -1 for the common threshold
 * @words: (array zero-terminated=1): @name and its synonyms
 * @prompts: (array zero-terminated=1): its own prompts, which replace the templates; often empty
 */
typedef struct
{
  char     *path;
  char     *name;
  int       parent;
  unsigned  line;
  gboolean  heading;
  gboolean  exclusive;
  unsigned  choose;
  float     cut;
  char    **words;
  char    **prompts;

  /*< private >*/
  GHashTable *translations; /* language -> name; NULL if there are none */
} PerseaVocabularyTag;

/**
 * persea_vocabulary_parse:
 * @text: (array length=length): UTF-8
 * @name: what to call it in messages, a file name for instance
 * @error: return location; %PERSEA_ERROR_INVALID_DATA: "NAME:LINE: reason"
 *
 * Returns: (transfer full) (nullable): the vocabulary, with at least one tag
 */
PerseaVocabulary *persea_vocabulary_parse (const char  *text,
                                           gsize        length,
                                           const char  *name,
                                           GError     **error);

/* the same from a file; also errors of %G_FILE_ERROR */
PerseaVocabulary *persea_vocabulary_load (const char  *path,
                                          GError     **error);

/**
 * persea_vocabulary_new_from_list:
 * @list: tags separated by commas, hierarchical ones with "|": "cat, dog, plant|tree"
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT
 *
 * Returns: (transfer full) (nullable): a vocabulary without synonyms
 */
PerseaVocabulary *persea_vocabulary_new_from_list (const char  *list,
                                                   GError     **error);

PerseaVocabulary *persea_vocabulary_ref (PerseaVocabulary *vocabulary);
void              persea_vocabulary_unref (PerseaVocabulary *vocabulary);

/* tags and headings together; indices run from 0, parents come before their children */
unsigned persea_vocabulary_get_n_tags (PerseaVocabulary *vocabulary);

/* (transfer none) */
const PerseaVocabularyTag *persea_vocabulary_get_tag (PerseaVocabulary *vocabulary,
                                                      unsigned          index);

/* (transfer none) (nullable): the tag with that path, in any case */
const PerseaVocabularyTag *persea_vocabulary_find (PerseaVocabulary *vocabulary,
                                                   const char       *path);

/* (transfer none): its title for people, the file's name if it has none */
const char *persea_vocabulary_get_name (PerseaVocabulary *vocabulary);

/* (transfer none) (array zero-terminated=1): prompts with "{}" for the word; the built-in ones
 * if the file names none */
const char *const *persea_vocabulary_get_templates (PerseaVocabulary *vocabulary);

/* (transfer none) (array zero-terminated=1): texts that its tags are measured against; empty if
 * the file names none */
const char *const *persea_vocabulary_get_background (PerseaVocabulary *vocabulary);

/**
 * persea_vocabulary_get_translated_name:
 * @language: (nullable): "ja", "pt-BR"; a language without its region is the second choice
 *
 * Returns: (transfer none): the tag's name in @language, or as it is if it has none
 */
const char *persea_vocabulary_get_translated_name (PerseaVocabulary *vocabulary,
                                                   unsigned          index,
                                                   const char       *language);

/* (transfer full): the whole path in @language, each level on its own, joined by "|" */
char *persea_vocabulary_get_translated_path (PerseaVocabulary *vocabulary,
                                             unsigned          index,
                                             const char       *language);

/**
 * persea_vocabulary_expand_prompt:
 * @prompt: a template or prompt
 * @word: what replaces each "{}"
 *
 * Returns: (transfer full): the text to encode
 */
char *persea_vocabulary_expand_prompt (const char *prompt,
                                       const char *word);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaVocabulary, persea_vocabulary_unref)

G_END_DECLS
