/* persea-xattr-tags.c - keywords in extended attributes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-xattr-tags.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "persea-error.h"

#define TAGS "user.xdg.tags"
#define OURS "user.persea.tags"
#define MAX_BYTES 65536 /* the kernel's limit */

static gboolean
set_error_from_errno (GError **error, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  if (errno == ENOTSUP)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                 "%s: this file system has no extended attributes", name);
  else if (errno == ENOSPC || errno == E2BIG || errno == ERANGE)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                 "%s: there is no room for more extended attributes", name);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", name, g_strerror (errno));
  return FALSE;
}

/* an empty text if there is no such attribute */
static char *
attribute_read (const char *path, const char *name, GError **error)
{
  g_autofree char *value = g_malloc (MAX_BYTES + 1);
  ssize_t size = getxattr (path, name, value, MAX_BYTES);

  if (size < 0 && errno != ENODATA)
    {
      set_error_from_errno (error, path);
      return NULL;
    }
  return g_utf8_make_valid (value, MAX (size, 0));
}

static gboolean
attribute_write (const char *path, const char *name, const char *value, GError **error)
{
  if (!*value)
    {
      if (removexattr (path, name) == 0 || errno == ENODATA)
        return TRUE;
      return set_error_from_errno (error, path);
    }
  return setxattr (path, name, value, strlen (value), 0) == 0 || set_error_from_errno (error, path);
}

static PerseaKeywordRecord *
record_parse (const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", 6);
  PerseaKeywordState state;
  PerseaKeywordRecord *record;

  if (g_strv_length (fields) != 6 || !persea_keyword_state_parse (fields[0], &state) || !*fields[5])
    return NULL;
  record = persea_keyword_record_new (fields[5], state);
  record->score = CLAMP (g_ascii_strtod (fields[1], NULL), 0, 1);
  record->run = g_strdup (fields[2]);
  record->date = g_strdup (fields[3]);
  record->model = g_strdup (fields[4]);
  record->lists = state == PERSEA_KEYWORD_ADDED ? PERSEA_KEYWORD_LIST_FLAT : 0;
  return record;
}

PerseaKeywords *
persea_xattr_tags_read (const char *path, GError **error)
{
  g_autofree char *tags = attribute_read (path, TAGS, error);
  g_autofree char *ours = tags ? attribute_read (path, OURS, error) : NULL;
  PerseaKeywords *keywords;
  g_auto (GStrv) words = NULL;
  g_auto (GStrv) lines = NULL;

  if (!ours)
    return NULL;

  keywords = persea_keywords_new ();
  g_clear_pointer (&keywords->hierarchical, g_ptr_array_unref);
  words = g_strsplit (tags, ",", -1);
  for (char **word = words; *word; word++)
    if (*g_strstrip (*word))
      g_ptr_array_add (keywords->flat, g_strdup (*word));
  lines = g_strsplit (ours, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      PerseaKeywordRecord *record = record_parse (*line);

      if (record)
        g_ptr_array_add (keywords->records, record);
    }
  return keywords;
}

gboolean
persea_xattr_tags_write (const char *path, const PerseaKeywords *keywords, GError **error)
{
  g_autoptr (GString) tags = g_string_new (NULL);
  g_autoptr (GString) ours = g_string_new (NULL);
  g_autofree char *before = attribute_read (path, OURS, error);

  if (!before)
    return FALSE;
  for (unsigned i = 0; i < keywords->flat->len; i++)
    g_string_append_printf (tags, "%s%s", i > 0 ? "," : "", (char *) keywords->flat->pdata[i]);
  for (unsigned i = 0; i < keywords->records->len; i++)
    {
      const PerseaKeywordRecord *record = keywords->records->pdata[i];

      if (record->state != PERSEA_KEYWORD_PRESENT)
        g_string_append_printf (ours, "%s\t%.3f\t%s\t%s\t%s\t%s\n", persea_keyword_state_name (record->state),
                                record->score, record->run ? record->run : "",
                                record->date ? record->date : "", record->model ? record->model : "",
                                record->path);
    }

  /* first the record, then the tags: whatever happens between the two, nothing that we added looks
   * like the user's */
  if (!attribute_write (path, OURS, ours->str, error))
    return FALSE;
  if (!attribute_write (path, TAGS, tags->str, error))
    {
      attribute_write (path, OURS, before, NULL);
      return FALSE;
    }
  return TRUE;
}
