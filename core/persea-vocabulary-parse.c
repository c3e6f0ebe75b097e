/* persea-vocabulary-parse.c - reads vocabulary files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Line by line; the syntax is in docs/vocabularies.md.  Functions that return a string return the
 * reason why the line is wrong, or NULL; file name and line number are added in one place.
 */
#include "config.h"

#include "persea-vocabulary-private.h"

#include <string.h>

#include "persea-error.h"
#include "persea-mapped-file.h"

/* Cuts @line at a "#" that begins the line or follows white space, outside quotes. */
static void
line_strip_comment (char *line)
{
  gboolean quoted = FALSE;

  for (char *p = line; *p; p++)
    {
      if (*p == '"')
        quoted = !quoted;
      else if (*p == '#' && !quoted && (p == line || g_ascii_isspace (p[-1])))
        {
          *p = '\0';
          return;
        }
    }
}

/* The text up to the next @separator outside quotes; @rest moves behind it, or becomes NULL. */
static char *
line_take_part (char **rest, char separator)
{
  char *part = *rest;
  gboolean quoted = FALSE;

  for (char *p = part; *p; p++)
    {
      if (*p == '"')
        quoted = !quoted;
      else if (*p == separator && !quoted)
        {
          *p = '\0';
          *rest = p + 1;
          return g_strstrip (part);
        }
    }
  *rest = NULL;
  return g_strstrip (part);
}

/* Takes the quotes off "…"; stray ones are an error. */
static char *
text_unquote (char **text)
{
  gsize length = strlen (*text);

  if (length >= 2 && (*text)[0] == '"' && (*text)[length - 1] == '"')
    {
      (*text)[length - 1] = '\0';
      (*text)++;
    }
  if (strchr (*text, '"'))
    return g_strdup ("a quotation mark that is not closed, or stands inside a text");
  return NULL;
}

static char *
text_check (const char *what, const char *text)
{
  if (!*text)
    return g_strdup_printf ("%s is empty", what);
  if (strlen (text) > PERSEA_VOCABULARY_MAX_TEXT)
    return g_strdup_printf ("%s has %" G_GSIZE_FORMAT " bytes, at most %d are allowed",
                            what, strlen (text), PERSEA_VOCABULARY_MAX_TEXT);
  return NULL;
}

static char *
strv_append (char ***list, const char *text, const char *what)
{
  unsigned n = g_strv_length (*list);

  if (n >= PERSEA_VOCABULARY_MAX_WORDS)
    return g_strdup_printf ("more than %d %s", PERSEA_VOCABULARY_MAX_WORDS, what);
  *list = g_renew (char *, *list, n + 2);
  (*list)[n] = g_strdup (text);
  (*list)[n + 1] = NULL;
  return NULL;
}

static char *
tag_parse_synonyms (PerseaVocabularyTag *tag, char *list)
{
  char *reason = NULL;

  while (list && !reason)
    {
      char *word = line_take_part (&list, ',');

      reason = text_unquote (&word);
      if (!reason)
        reason = persea_vocabulary_explain_name (word);
      if (!reason && !g_strv_contains ((const char *const *) tag->words, word))
        reason = strv_append (&tag->words, word, "words");
    }
  return reason;
}

static char *
tag_parse_cut (PerseaVocabularyTag *tag, const char *value)
{
  char *end;
  double cut = g_ascii_strtod (value, &end);

  if (end == value || *end != '\0' || !(cut >= 0 && cut <= 1))
    return g_strdup_printf ("cut: expected a number from 0 to 1, found '%s'", value);
  tag->cut = (float) cut;
  return NULL;
}

static char *
tag_parse_choose (PerseaVocabularyTag *tag, const char *value)
{
  guint64 choose;

  if (!g_ascii_string_to_unsigned (value, 10, 1, PERSEA_VOCABULARY_MAX_CHOOSE, &choose, NULL))
    return g_strdup_printf ("choose: expected a number from 1 to %d, found '%s'",
                            PERSEA_VOCABULARY_MAX_CHOOSE, value);
  tag->choose = (unsigned) choose;
  return NULL;
}

/* "ja", "pt-BR", "zh-Hant" */
static gboolean
is_language (const char *key)
{
  gsize letters = strcspn (key, "-");

  if (letters < 2 || letters > 3 || strlen (key) > 16)
    return FALSE;
  for (gsize i = 0; key[i]; i++)
    if (!(i < letters ? g_ascii_islower (key[i]) : g_ascii_isalnum (key[i]) || key[i] == '-'))
      return FALSE;
  return TRUE;
}

static char *
tag_parse_translation (PerseaVocabularyTag *tag, const char *language, const char *name)
{
  char *reason = persea_vocabulary_explain_name (name);

  if (reason)
    return reason;
  if (!tag->translations)
    tag->translations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (g_hash_table_size (tag->translations) >= PERSEA_VOCABULARY_MAX_WORDS)
    return g_strdup_printf ("more than %d languages", PERSEA_VOCABULARY_MAX_WORDS);
  if (!g_hash_table_insert (tag->translations, g_ascii_strdown (language, -1), g_strdup (name)))
    return g_strdup_printf ("language '%s' is given twice", language);
  return NULL;
}

/* "key: value" or a single word */
static char *
tag_parse_field (PerseaVocabularyTag *tag, char *field)
{
  char *value = strchr (field, ':');
  char *reason;

  if (!value)
    {
      if (strcmp (field, "heading") == 0)
        tag->heading = TRUE;
      else if (strcmp (field, "exclusive") == 0)
        tag->exclusive = TRUE;
      else if (*field)
        return g_strdup_printf ("'%s': expected 'heading', 'exclusive' or 'KEY: VALUE'", field);
      return NULL;
    }

  *value++ = '\0';
  g_strstrip (field);
  value = g_strstrip (value);
  reason = text_unquote (&value);
  if (reason)
    return reason;
  if (strcmp (field, "cut") == 0)
    return tag_parse_cut (tag, value);
  if (strcmp (field, "choose") == 0)
    return tag_parse_choose (tag, value);
  if (strcmp (field, "prompt") == 0)
    {
      reason = text_check ("a prompt", value);
      return reason ? reason : strv_append (&tag->prompts, value, "prompts");
    }
  if (is_language (field))
    return tag_parse_translation (tag, field, value);
  return g_strdup_printf ("unknown key '%s': expected 'prompt', 'cut', 'choose' or a language like 'ja'", field);
}

static char *
vocabulary_parse_tag (PerseaVocabulary *vocabulary, char *line, unsigned number)
{
  char *rest = line;
  char *path = line_take_part (&rest, ';');
  char *synonyms = strchr (path, '=');
  PerseaVocabularyTag *tag;
  char *reason = NULL;
  unsigned index;

  if (synonyms)
    *synonyms++ = '\0';
  if (!persea_vocabulary_ensure_path (vocabulary, path, &index, &reason))
    return reason;

  tag = vocabulary->tags->pdata[index];
  if (tag->line != 0)
    return g_strdup_printf ("'%s' stands in line %u already", tag->path, tag->line);
  tag->line = number;
  tag->heading = FALSE;
  if (synonyms)
    reason = tag_parse_synonyms (tag, synonyms);
  while (rest && !reason)
    reason = tag_parse_field (tag, line_take_part (&rest, ';'));
  return reason;
}

/* "template: …", "background: …", "name: …" */
static char *
vocabulary_parse_directive (PerseaVocabulary *vocabulary, const char *key, char *value)
{
  char *reason = text_unquote (&value);
  GPtrArray *texts = NULL;

  if (!reason)
    reason = text_check (key, value);
  if (reason)
    return reason;

  if (strcmp (key, "name") == 0)
    {
      g_free (vocabulary->name);
      vocabulary->name = g_strdup (value);
      return NULL;
    }
  if (strcmp (key, "template") == 0)
    {
      texts = vocabulary->templates;
      if (!strstr (value, "{}"))
        return g_strdup ("a template needs '{}' where the word goes");
    }
  else if (strcmp (key, "background") == 0)
    texts = vocabulary->background;
  else
    return g_strdup_printf ("unknown key '%s': expected 'name', 'template' or 'background' "
                            "(a name cannot contain ':')", key);

  if (texts->len >= PERSEA_VOCABULARY_MAX_TEXTS)
    return g_strdup_printf ("more than %d lines of '%s'", PERSEA_VOCABULARY_MAX_TEXTS, key);
  g_ptr_array_add (texts, g_strdup (value));
  return NULL;
}

static char *
vocabulary_parse_line (PerseaVocabulary *vocabulary, char *line, unsigned number)
{
  char *colon;

  line_strip_comment (line);
  line = g_strstrip (line);
  if (!*line)
    return NULL;
  if (*line == '=' || *line == ';')
    return g_strdup_printf ("a line cannot begin with '%c'", *line);

  colon = line + strcspn (line, ":=;\"");
  if (*colon != ':')
    return vocabulary_parse_tag (vocabulary, line, number);

  *colon = '\0';
  return vocabulary_parse_directive (vocabulary, g_strchomp (line), g_strchug (colon + 1));
}

PerseaVocabulary *
persea_vocabulary_parse (const char *text, gsize length, const char *name, GError **error)
{
  g_autoptr (PerseaVocabulary) vocabulary = persea_vocabulary_new_empty (name);
  g_autofree char *reason = NULL;
  const char *end = text + length;
  unsigned number = 0;

  if (length > PERSEA_VOCABULARY_MAX_BYTES)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: %" G_GSIZE_FORMAT " bytes are too many for a vocabulary, at most %d are allowed",
                   name, length, PERSEA_VOCABULARY_MAX_BYTES);
      return NULL;
    }
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
    text += 3;

  while (text < end && !reason)
    {
      const char *stop = memchr (text, '\n', end - text);
      gsize size = (stop ? stop : end) - text;

      number++;
      if (!g_utf8_validate_len (text, size, NULL))
        reason = g_strdup ("this line is not valid UTF-8");
      else
        {
          g_autofree char *line = g_strndup (text, size);

          reason = vocabulary_parse_line (vocabulary, line, number);
        }
      text += size + 1;
    }
  if (reason)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "%s:%u: %s", name, number, reason);
      return NULL;
    }
  reason = persea_vocabulary_finish (vocabulary);
  if (reason)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "%s: %s", name, reason);
      return NULL;
    }
  return g_steal_pointer (&vocabulary);
}

PerseaVocabulary *
persea_vocabulary_load (const char *path, GError **error)
{
  g_autofree char *display = g_filename_display_name (path);
  g_autoptr (GMappedFile) file = persea_mapped_file_open (path, error);

  if (!file)
    return NULL;
  return persea_vocabulary_parse (g_mapped_file_get_contents (file), g_mapped_file_get_length (file),
                                  display, error);
}
