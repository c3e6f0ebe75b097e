/* persea-prompt-file.c - lines, and groups of lines
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-prompt-file.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"

#define ERROR_SUFFIX ".error.txt"

typedef struct
{
  GPtrArray           *prompts;
  PerseaPromptOptions  defaults; /* of the groups */
  PerseaPrompt        *prompt;   /* (nullable): the one that is being read */
  gboolean             in_group;
  unsigned             line;
  GHashTable          *seen;     /* (owned) keys of the present prompt */
} Reader;

void
persea_prompt_free (PerseaPrompt *prompt)
{
  if (prompt == NULL)
    return;
  g_free (prompt->text);
  persea_prompt_options_clear (&prompt->options);
  g_free (prompt->key);
  g_clear_error (&prompt->error);
  g_free (prompt);
}

static gboolean
prompt_has_suffix (const char *name, const char *suffix)
{
  size_t length = strlen (name);
  size_t n = strlen (suffix);

  return length > n && g_ascii_strcasecmp (name + length - n, suffix) == 0;
}

gboolean
persea_prompt_file_wants (const char *name)
{
  if (name[0] == '.' || prompt_has_suffix (name, ERROR_SUFFIX))
    return FALSE;
  return prompt_has_suffix (name, ".txt") || prompt_has_suffix (name, ".persea");
}

char *
persea_prompt_file_get_error_path (const char *path)
{
  return g_strconcat (path, ERROR_SUFFIX, NULL);
}

/* Only the first error of a prompt is kept. */
static void G_GNUC_PRINTF (3, 4)
prompt_set_error (PerseaPrompt *prompt, int code, const char *format, ...)
{
  va_list arguments;

  if (prompt->error != NULL)
    return;
  va_start (arguments, format);
  prompt->error = g_error_new_valist (PERSEA_ERROR, code, format, arguments);
  va_end (arguments);
}

static PerseaPrompt *
reader_add (Reader *reader)
{
  PerseaPrompt *prompt = g_new0 (PerseaPrompt, 1);

  prompt->line = reader->line;
  persea_prompt_options_copy (&prompt->options, &reader->defaults);
  g_ptr_array_add (reader->prompts, prompt);
  return prompt;
}

/* @text: (transfer full) */
static void
prompt_set_text (PerseaPrompt *prompt, char *text)
{
  if (strlen (text) > PERSEA_DRAW_MAX_PROMPT_BYTES)
    prompt_set_error (prompt, PERSEA_ERROR_INVALID_DATA, _("a prompt of %zu bytes, at most %d are read"),
                      strlen (text), PERSEA_DRAW_MAX_PROMPT_BYTES);
  g_free (prompt->text);
  prompt->text = text;
}

static void
reader_read_plain (Reader *reader, char *line)
{
  PerseaPrompt *prompt;

  if (line[0] == '\0' || line[0] == '#')
    return;
  prompt = reader_add (reader);
  if (g_utf8_validate (line, -1, NULL))
    prompt_set_text (prompt, g_strdup (line));
  else
    prompt_set_error (prompt, PERSEA_ERROR_INVALID_DATA, _("this line is not valid UTF-8"));
}

/* Groups */

static void
reader_end_group (Reader *reader)
{
  PerseaPrompt *prompt = g_steal_pointer (&reader->prompt);

  g_hash_table_remove_all (reader->seen);
  if (prompt == NULL || prompt->text != NULL || prompt->error != NULL)
    return;
  if (reader->in_group)
    {
      prompt_set_error (prompt, PERSEA_ERROR_INVALID_DATA, _("prompt is missing"));
      return;
    }
  /* keys before the first group, without a prompt */
  persea_prompt_options_clear (&reader->defaults);
  persea_prompt_options_copy (&reader->defaults, &prompt->options);
  g_ptr_array_remove (reader->prompts, prompt);
}

static void
reader_read_pair (Reader *reader, char *line, char *equals)
{
  PerseaPrompt *prompt = reader->prompt;
  g_autoptr (GError) error = NULL;
  const char *key;
  const char *value;

  *equals = '\0';
  key = g_strstrip (line);
  value = g_strstrip (equals + 1);
  if (!g_hash_table_add (reader->seen, g_strdup (key)))
    prompt_set_error (prompt, PERSEA_ERROR_INVALID_DATA, _("%s: is there twice"), key);
  else if (strcmp (key, "prompt") == 0 && value[0] != '\0')
    prompt_set_text (prompt, g_strdup (value));
  else if (strcmp (key, "prompt") != 0
           && !persea_prompt_options_set (&prompt->options, key, value, &error))
    prompt_set_error (prompt, error->code, "%s", error->message);
}

static void
reader_read_keyed (Reader *reader, char *line)
{
  gboolean begins_group = line[0] == '[';
  char *equals = strchr (line, '=');

  if (line[0] == '\0' || line[0] == '#')
    return;
  if (begins_group)
    {
      reader_end_group (reader);
      reader->in_group = TRUE;
    }
  if (reader->prompt == NULL)
    reader->prompt = reader_add (reader);
  if (!g_utf8_validate (line, -1, NULL))
    prompt_set_error (reader->prompt, PERSEA_ERROR_INVALID_DATA,
                      _("line %u is not valid UTF-8"), reader->line);
  else if (begins_group && !g_str_has_suffix (line, "]"))
    prompt_set_error (reader->prompt, PERSEA_ERROR_INVALID_DATA,
                      _("expected [GROUP], found “%s”"), line);
  else if (begins_group)
    return;
  else if (equals == NULL)
    prompt_set_error (reader->prompt, PERSEA_ERROR_INVALID_DATA,
                      _("expected KEY=VALUE, [GROUP] or a comment, found “%s”"), line);
  else
    reader_read_pair (reader, line, equals);
}

/* What follows from what was read */

static uint64_t
prompt_derive_seed (const char *text, unsigned occurrence)
{
  g_autofree char *source = g_strdup_printf ("%u\n%s", occurrence, text);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, source, -1);

  sum[8] = '\0'; /* 32 bits: short enough to be typed */
  return g_ascii_strtoull (sum, NULL, 16);
}

static char *
prompt_make_key (const PerseaPrompt *prompt)
{
  const PerseaPromptOptions *options = &prompt->options;
  g_autofree char *source = g_strdup_printf (
    "%s\n%s\n%s\n%" G_GUINT64_FORMAT " %u %u %a %a %d %a", prompt->text,
    options->negative != NULL ? options->negative : "",
    options->model != NULL ? options->model : "", prompt->seed, options->candidates,
    options->size, (double) options->guidance, (double) options->temperature, options->top_k,
    (double) options->top_p);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, source, -1);
}

static void
prompts_finish (GPtrArray *prompts)
{
  g_autoptr (GHashTable) occurrences = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 0; i < prompts->len; i++)
    {
      PerseaPrompt *prompt = g_ptr_array_index (prompts, i);
      unsigned n;

      if (prompt->error == NULL)
        persea_prompt_options_check (&prompt->options, &prompt->error);
      if (prompt->error != NULL)
        continue;
      n = GPOINTER_TO_UINT (g_hash_table_lookup (occurrences, prompt->text));
      g_hash_table_insert (occurrences, prompt->text, GUINT_TO_POINTER (n + 1));
      prompt->seed = prompt->options.has_seed ? prompt->options.seed + n
                                              : prompt_derive_seed (prompt->text, n);
      prompt->key = prompt_make_key (prompt);
    }
}

static gboolean
prompts_check_length (const char *text, size_t length, GError **error)
{
  if (length > PERSEA_PROMPT_FILE_MAX_BYTES)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                 _("expected a file of at most %d bytes, found a larger one"),
                 PERSEA_PROMPT_FILE_MAX_BYTES);
  else if (memchr (text, '\0', length) != NULL)
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                         _("expected a text file, found zero bytes in it"));
  else
    return TRUE;
  return FALSE;
}

GPtrArray *
persea_prompt_file_parse (const char                 *path,
                          const char                 *text,
                          size_t                      length,
                          const PerseaPromptOptions  *defaults,
                          GError                    **error)
{
  gboolean keyed = prompt_has_suffix (path, ".persea");
  g_autoptr (GPtrArray) prompts = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;
  Reader reader = { .seen = seen };

  if (!prompts_check_length (text, length, error))
    return NULL;
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      length -= 3;
    }
  copy = g_strndup (text, length);
  lines = g_strsplit (copy, "\n", -1);
  prompts = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_prompt_free);
  reader.prompts = prompts;
  persea_prompt_options_copy (&reader.defaults, defaults);
  for (size_t i = 0; lines[i] != NULL && prompts->len <= PERSEA_PROMPT_FILE_MAX_PROMPTS; i++)
    {
      reader.line = i + 1;
      if (keyed)
        reader_read_keyed (&reader, g_strstrip (lines[i]));
      else
        reader_read_plain (&reader, g_strstrip (lines[i]));
    }
  reader_end_group (&reader);
  persea_prompt_options_clear (&reader.defaults);
  if (prompts->len > PERSEA_PROMPT_FILE_MAX_PROMPTS)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   _("expected at most %d prompts, found more"), PERSEA_PROMPT_FILE_MAX_PROMPTS);
      return NULL;
    }
  if (keyed && prompts->len == 0)
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("prompt is missing"));
      return NULL;
    }
  prompts_finish (prompts);
  return g_steal_pointer (&prompts);
}

/* Never more than a little over the limit: the file may be anything. */
static gboolean
prompts_read (const char *path, GByteArray *contents, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  gssize n = 1;

  while (stream != NULL && n > 0 && contents->len <= PERSEA_PROMPT_FILE_MAX_BYTES)
    {
      uint8_t chunk[65536];

      n = g_input_stream_read (G_INPUT_STREAM (stream), chunk, sizeof chunk, NULL, error);
      if (n > 0)
        g_byte_array_append (contents, chunk, n);
    }
  return stream != NULL && n >= 0;
}

GPtrArray *
persea_prompt_file_load (const char                 *path,
                         const PerseaPromptOptions  *defaults,
                         GError                    **error)
{
  g_autoptr (GByteArray) contents = g_byte_array_new ();

  return prompts_read (path, contents, error)
           ? persea_prompt_file_parse (path,
                                       contents->len > 0 ? (const char *) contents->data : "",
                                       contents->len, defaults, error)
           : NULL;
}
