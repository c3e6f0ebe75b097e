/* persea-vocabulary.c - the words that pictures are tagged with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The parser is in persea-vocabulary-parse.c.
 */
#include "config.h"

#include "persea-vocabulary-private.h"

#include <string.h>

#include "persea-error.h"

/* Two plain sentences; their mean is steadier than one of them (Radford et al. 2021, 3.1.4), and
 * more would make the first use of a large vocabulary slow.  Without an article, as the word may be
 * a thing, a stuff or a plural. */
static const char *const builtin_templates[] = {
  "a photo of {}",
  "a picture with {} in it",
};

static void
tag_free (gpointer data)
{
  PerseaVocabularyTag *tag = data;

  g_free (tag->path);
  g_free (tag->name);
  g_strfreev (tag->words);
  g_strfreev (tag->prompts);
  g_clear_pointer (&tag->translations, g_hash_table_unref);
  g_free (tag);
}

static void
vocabulary_clear (gpointer data)
{
  PerseaVocabulary *vocabulary = data;

  g_free (vocabulary->name);
  g_ptr_array_unref (vocabulary->tags);
  g_hash_table_unref (vocabulary->by_path);
  g_ptr_array_unref (vocabulary->templates);
  g_ptr_array_unref (vocabulary->background);
}

PerseaVocabulary *
persea_vocabulary_new_empty (const char *name)
{
  PerseaVocabulary *vocabulary = g_atomic_rc_box_new0 (PerseaVocabulary);

  vocabulary->name = g_strdup (name);
  vocabulary->tags = g_ptr_array_new_with_free_func (tag_free);
  vocabulary->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  vocabulary->templates = g_ptr_array_new_with_free_func (g_free);
  vocabulary->background = g_ptr_array_new_with_free_func (g_free);
  return vocabulary;
}

PerseaVocabulary *
persea_vocabulary_ref (PerseaVocabulary *vocabulary)
{
  return g_atomic_rc_box_acquire (vocabulary);
}

void
persea_vocabulary_unref (PerseaVocabulary *vocabulary)
{
  if (vocabulary)
    g_atomic_rc_box_release_full (vocabulary, vocabulary_clear);
}

char *
persea_vocabulary_explain_name (const char *name)
{
  if (!*name)
    return g_strdup ("a level of the hierarchy has no name");
  if (strlen (name) > PERSEA_VOCABULARY_MAX_NAME)
    return g_strdup_printf ("a name has %" G_GSIZE_FORMAT " bytes, at most %d are allowed",
                            strlen (name), PERSEA_VOCABULARY_MAX_NAME);
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      /* other programs split keywords at these, or join levels with them */
      if (strchr (",;|/=:#\"{}", c < 0x80 ? (int) c : 'x'))
        return g_strdup_printf ("'%s': the character '%c' cannot be part of a name", name, (char) c);
      if (g_unichar_iscntrl (c))
        return g_strdup_printf ("a name contains the control character U+%04X", c);
    }
  return NULL;
}

unsigned
persea_vocabulary_lookup (PerseaVocabulary *vocabulary, const char *path)
{
  g_autofree char *folded = g_utf8_casefold (path, -1);

  return GPOINTER_TO_UINT (g_hash_table_lookup (vocabulary->by_path, folded));
}

static unsigned
vocabulary_add (PerseaVocabulary *vocabulary, const char *path, const char *name, int parent)
{
  PerseaVocabularyTag *tag = g_new0 (PerseaVocabularyTag, 1);

  tag->path = g_strdup (path);
  tag->name = g_strdup (name);
  tag->parent = parent;
  tag->heading = TRUE;
  tag->cut = -1;
  tag->words = g_new0 (char *, 2);
  tag->words[0] = g_strdup (name);
  tag->prompts = g_new0 (char *, 1);
  g_ptr_array_add (vocabulary->tags, tag);
  g_hash_table_insert (vocabulary->by_path, g_utf8_casefold (path, -1),
                       GUINT_TO_POINTER (vocabulary->tags->len));
  return vocabulary->tags->len - 1;
}

gboolean
persea_vocabulary_ensure_path (PerseaVocabulary  *vocabulary,
                               const char        *path,
                               unsigned          *index,
                               char             **reason)
{
  g_auto (GStrv) levels = g_strsplit (path, "|", PERSEA_VOCABULARY_MAX_LEVELS + 1);
  g_autoptr (GString) prefix = g_string_new (NULL);
  int parent = -1;

  if (g_strv_length (levels) > PERSEA_VOCABULARY_MAX_LEVELS)
    {
      *reason = g_strdup_printf ("more than %d levels", PERSEA_VOCABULARY_MAX_LEVELS);
      return FALSE;
    }
  if (!*levels)
    {
      *reason = persea_vocabulary_explain_name ("");
      return FALSE;
    }
  for (char **level = levels; *level; level++)
    {
      unsigned found;

      *reason = persea_vocabulary_explain_name (g_strstrip (*level));
      if (*reason)
        return FALSE;
      if (prefix->len > 0)
        g_string_append_c (prefix, '|');
      g_string_append (prefix, *level);
      found = persea_vocabulary_lookup (vocabulary, prefix->str);
      if (found == 0 && vocabulary->tags->len >= PERSEA_VOCABULARY_MAX_TAGS)
        {
          *reason = g_strdup_printf ("more than %d tags", PERSEA_VOCABULARY_MAX_TAGS);
          return FALSE;
        }
      parent = found ? (int) found - 1
                     : (int) vocabulary_add (vocabulary, prefix->str, *level, parent);
    }
  *index = (unsigned) parent;
  return TRUE;
}

char *
persea_vocabulary_finish (PerseaVocabulary *vocabulary)
{
  unsigned n_tags = 0;

  for (unsigned i = 0; i < vocabulary->tags->len; i++)
    if (!persea_vocabulary_get_tag (vocabulary, i)->heading)
      n_tags++;
  if (n_tags == 0)
    return g_strdup ("there is no tag in it");

  if (vocabulary->templates->len == 0)
    for (size_t i = 0; i < G_N_ELEMENTS (builtin_templates); i++)
      g_ptr_array_add (vocabulary->templates, g_strdup (builtin_templates[i]));
  g_ptr_array_add (vocabulary->templates, NULL);
  g_ptr_array_add (vocabulary->background, NULL);
  return NULL;
}

PerseaVocabulary *
persea_vocabulary_new_from_list (const char *list, GError **error)
{
  g_autoptr (PerseaVocabulary) vocabulary = persea_vocabulary_new_empty (list);
  g_auto (GStrv) paths = NULL;
  g_autofree char *reason = NULL;

  if (!g_utf8_validate (list, -1, NULL))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "the list of tags is not valid UTF-8");
      return NULL;
    }
  paths = g_strsplit (list, ",", -1);
  for (char **path = paths; *path && !reason; path++)
    {
      unsigned index;

      if (!*g_strstrip (*path))
        continue;
      if (persea_vocabulary_ensure_path (vocabulary, *path, &index, &reason))
        ((PerseaVocabularyTag *) vocabulary->tags->pdata[index])->heading = FALSE;
    }
  if (!reason)
    reason = persea_vocabulary_finish (vocabulary);
  if (reason)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, "list of tags: %s", reason);
      return NULL;
    }
  return g_steal_pointer (&vocabulary);
}

unsigned
persea_vocabulary_get_n_tags (PerseaVocabulary *vocabulary)
{
  return vocabulary->tags->len;
}

const PerseaVocabularyTag *
persea_vocabulary_get_tag (PerseaVocabulary *vocabulary, unsigned index)
{
  g_return_val_if_fail (index < vocabulary->tags->len, NULL);

  return vocabulary->tags->pdata[index];
}

const PerseaVocabularyTag *
persea_vocabulary_find (PerseaVocabulary *vocabulary, const char *path)
{
  unsigned found = persea_vocabulary_lookup (vocabulary, path);

  return found ? vocabulary->tags->pdata[found - 1] : NULL;
}

const char *
persea_vocabulary_get_name (PerseaVocabulary *vocabulary)
{
  return vocabulary->name;
}

const char *const *
persea_vocabulary_get_templates (PerseaVocabulary *vocabulary)
{
  return (const char *const *) vocabulary->templates->pdata;
}

const char *const *
persea_vocabulary_get_background (PerseaVocabulary *vocabulary)
{
  return (const char *const *) vocabulary->background->pdata;
}

const char *
persea_vocabulary_get_translated_name (PerseaVocabulary *vocabulary,
                                       unsigned          index,
                                       const char       *language)
{
  const PerseaVocabularyTag *tag = persea_vocabulary_get_tag (vocabulary, index);
  g_autofree char *key = NULL;
  const char *name;
  char *region;

  if (!language || !tag->translations)
    return tag->name;

  key = g_ascii_strdown (language, -1);
  name = g_hash_table_lookup (tag->translations, key);
  if (!name && (region = strpbrk (key, "-_")) != NULL)
    {
      *region = '\0';
      name = g_hash_table_lookup (tag->translations, key);
    }
  return name ? name : tag->name;
}

char *
persea_vocabulary_get_translated_path (PerseaVocabulary *vocabulary,
                                       unsigned          index,
                                       const char       *language)
{
  GString *path = g_string_new (NULL);

  for (int i = (int) index; i >= 0; i = persea_vocabulary_get_tag (vocabulary, i)->parent)
    {
      if (path->len > 0)
        g_string_prepend_c (path, '|');
      g_string_prepend (path, persea_vocabulary_get_translated_name (vocabulary, i, language));
    }
  return g_string_free (path, FALSE);
}

char *
persea_vocabulary_expand_prompt (const char *prompt, const char *word)
{
  GString *text = g_string_new (NULL);
  const char *rest = prompt;

  for (const char *hole; (hole = strstr (rest, "{}")) != NULL; rest = hole + 2)
    {
      g_string_append_len (text, rest, hole - rest);
      g_string_append (text, word);
    }
  g_string_append (text, rest);
  return g_string_free (text, FALSE);
}
