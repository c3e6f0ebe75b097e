/* persea-settings-edit.c - lines in, lines out
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-settings-edit.h"

#include "persea-error.h"
#include "persea-replacement.h"

#include <errno.h>
#include <string.h>

#include <glib/gi18n.h>

/* somebody else may change the file at the same time */
#define EDIT_MAX_ATTEMPTS 5

typedef struct
{
  const char      *path;
  gboolean         exists;
  PerseaFileStamp  stamp;
  GPtrArray       *lines; /* of (owned) text without the newline; the last one is what follows the
                             last newline, mostly nothing */
} Edit;

static void
edit_clear (Edit *edit)
{
  g_clear_pointer (&edit->lines, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edit, edit_clear)

static gboolean
edit_read (Edit *edit, const char *path, GError **error)
{
  g_autofree char *target = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) reason = NULL;
  size_t length = 0;

  edit->path = path;
  edit->lines = g_ptr_array_new_with_free_func (g_free);
  target = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? g_file_read_link (path, NULL) : NULL;
  if (target != NULL)
    {
      g_autofree char *folder = g_path_get_dirname (path);
      char *absolute = g_canonicalize_filename (target, folder);

      g_free (target);
      target = absolute;
    }
  /* the stamp comes first, so that a change while reading is noticed */
  edit->exists = persea_file_stamp_read (target != NULL ? target : path, &edit->stamp, &reason);
  if (!edit->exists && !g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (edit->exists && !g_file_get_contents (path, &text, &length, error))
    return FALSE;
  if (text != NULL && strlen (text) != length)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, _("%s: not a text file"), path);
      return FALSE;
    }
  lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    g_ptr_array_add (edit->lines, g_strdup (*line));
  if (edit->lines->len == 0)
    g_ptr_array_add (edit->lines, g_strdup (""));
  return TRUE;
}

static char *
edit_get_text (const Edit *edit)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < edit->lines->len; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : "\n",
                            (const char *) g_ptr_array_index (edit->lines, i));
  return g_string_free (text, FALSE);
}

static gboolean
edit_write (const Edit *edit, GError **error)
{
  g_autofree char *text = edit_get_text (edit);
  g_autofree char *folder = g_path_get_dirname (edit->path);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (PerseaReplacement) replacement = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _("%s: cannot make the folder: %s"), folder, g_strerror (errno));
      return FALSE;
    }
  replacement = persea_replacement_new (edit->path, edit->exists ? &edit->stamp : NULL, error);
  return replacement != NULL && persea_replacement_write (replacement, bytes, error)
         && persea_replacement_commit (replacement, error);
}

/* Lines, as persea-settings.c understands them */

static gboolean
line_is_group (const char *line)
{
  return line[strspn (line, " \t\r")] == '[';
}

/* A line that is neither empty nor a comment. */
static gboolean
line_says_something (const char *line)
{
  const char *text = line + strspn (line, " \t\r");

  return *text != '\0' && *text != '#';
}

/* Whether @line is [watch @name]. */
static gboolean
line_is_watch (const char *line, const char *name)
{
  g_autofree char *text = g_strstrip (g_strdup (line));
  g_autofree char *group = NULL;
  size_t length = strlen (text);

  if (length < 3 || text[0] != '[' || text[length - 1] != ']')
    return FALSE;
  group = g_strstrip (g_strndup (text + 1, length - 2));
  return g_str_has_prefix (group, "watch ")
         && strcmp (g_strchug (group + strlen ("watch ")), name) == 0;
}

static gboolean
line_has_key (const char *line, const char *key)
{
  const char *equals = strchr (line, '=');
  g_autofree char *found = NULL;

  if (equals == NULL || !line_says_something (line))
    return FALSE;
  found = g_strstrip (g_strndup (line, equals - line));
  return strcmp (found, key) == 0;
}

/* The line of the group, or the number of lines if there is none. */
static unsigned
edit_find (const Edit *edit, const char *name)
{
  unsigned i = 0;

  while (i < edit->lines->len && !line_is_watch (g_ptr_array_index (edit->lines, i), name))
    i++;
  return i;
}

static unsigned
edit_find_end (const Edit *edit, unsigned group)
{
  unsigned i = group + 1;

  while (i < edit->lines->len && !line_is_group (g_ptr_array_index (edit->lines, i)))
    i++;
  return i;
}

static gboolean
edit_set_not_found (const Edit *edit, const char *name, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: there is no [watch %s]"),
               edit->path, name);
  return FALSE;
}

/* Whether what the file would say of @name is right. */
static gboolean
edit_check (const Edit *edit, const char *name, const char *folder, GError **error)
{
  g_autofree char *text = edit_get_text (edit);
  g_autoptr (PerseaSettings) settings = persea_settings_parse (edit->path, text);
  const PerseaWatchSettings *watch = persea_settings_find_watch (settings, name);
  const char *reason = NULL;

  if (watch != NULL && (folder == NULL || strcmp (watch->folder, folder) == 0))
    return TRUE;
  for (unsigned i = 0; i < settings->broken->len; i++)
    {
      const PerseaWatchSettings *broken = g_ptr_array_index (settings->broken, i);

      if (strcmp (broken->name, name) == 0)
        reason = broken->error;
    }
  if (reason != NULL)
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, reason);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                 _("[watch %s]: the folder or the name cannot be written into a settings file"),
                 name);
  return FALSE;
}

/* Adding */

static char *
edit_choose_name (const Edit *edit, const char *folder)
{
  g_autofree char *base = g_path_get_basename (folder);
  g_autofree char *text = g_utf8_make_valid (base, -1);
  char *name = g_strstrip (g_strdelimit (g_strdup (text), "[]\r\n", ' '));

  for (unsigned n = 2; edit_find (edit, name) < edit->lines->len; n++)
    {
      g_free (name);
      name = g_strdup_printf ("%s %u", text, n);
    }
  return name;
}

/* Whether neither name nor folder are there already. */
static gboolean
edit_check_new (const Edit *edit, const char *name, const char *folder, GError **error)
{
  g_autofree char *text = edit_get_text (edit);
  g_autoptr (PerseaSettings) settings = persea_settings_parse (edit->path, text);

  if (edit_find (edit, name) < edit->lines->len)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: there is a [watch %s] already"), edit->path, name);
      return FALSE;
    }
  for (unsigned i = 0; i < settings->watches->len; i++)
    {
      const PerseaWatchSettings *watch = g_ptr_array_index (settings->watches, i);

      if (strcmp (watch->folder, folder) != 0)
        continue;
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("%s: is watched already, as “%s”"), folder, watch->name);
      return FALSE;
    }
  return TRUE;
}

static void
edit_append (Edit *edit, const char *text)
{
  g_ptr_array_insert (edit->lines, edit->lines->len - 1, g_strdup (text));
}

static gboolean
edit_add (Edit               *edit,
          const char         *name,
          const char         *folder,
          const char *const  *pairs,
          GError            **error)
{
  g_autofree char *group = g_strdup_printf ("[watch %s]", name);
  g_autofree char *place = g_strdup_printf ("folder=%s", folder);
  const char *last = g_ptr_array_index (edit->lines, edit->lines->len - 1);

  if (!edit_check_new (edit, name, folder, error))
    return FALSE;
  if (last[0] != '\0') /* a file that does not end with a newline */
    g_ptr_array_add (edit->lines, g_strdup (""));
  if (edit->lines->len > 1 && *(const char *) g_ptr_array_index (edit->lines, edit->lines->len - 2))
    edit_append (edit, "");
  edit_append (edit, group);
  edit_append (edit, place);
  for (; pairs != NULL && *pairs != NULL; pairs++)
    {
      if (strchr (*pairs, '=') == NULL || strchr (*pairs, '\n') != NULL
          || line_is_group (*pairs) || !line_says_something (*pairs))
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                       _("expected KEY=VALUE, found “%s”"), *pairs);
          return FALSE;
        }
      edit_append (edit, *pairs);
    }
  return strchr (name, '\n') == NULL && strchr (folder, '\n') == NULL
           ? edit_check (edit, name, folder, error)
           : edit_check (edit, "\n", NULL, error);
}

/* Whether to try again: the file was changed while we did. */
static gboolean
edit_should_retry (unsigned attempt, GError **reason, GError **error)
{
  if (attempt + 1 < EDIT_MAX_ATTEMPTS && g_error_matches (*reason, PERSEA_ERROR, PERSEA_ERROR_BUSY))
    {
      g_clear_error (reason);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (reason));
  return FALSE;
}

gboolean
persea_settings_edit_add (const char         *path,
                          const char         *name,
                          const char         *folder,
                          const char *const  *pairs,
                          char              **added,
                          GError            **error)
{
  for (unsigned attempt = 0;; attempt++)
    {
      g_auto (Edit) edit = { NULL };
      g_autofree char *chosen = NULL;
      g_autoptr (GError) reason = NULL;

      if (!edit_read (&edit, path, error))
        return FALSE;
      chosen = name != NULL ? g_strdup (name) : edit_choose_name (&edit, folder);
      if (!edit_add (&edit, chosen, folder, pairs, error))
        return FALSE;
      if (edit_write (&edit, &reason))
        {
          if (added != NULL)
            *added = g_steal_pointer (&chosen);
          return TRUE;
        }
      if (!edit_should_retry (attempt, &reason, error))
        return FALSE;
    }
}

/* Removing */

/* All groups of that name: only the first one counted, but the next would from now on. */
static gboolean
edit_remove (Edit *edit, const char *name, GError **error)
{
  unsigned group = edit_find (edit, name);

  if (group == edit->lines->len)
    return edit_set_not_found (edit, name, error);
  for (; group < edit->lines->len; group = edit_find (edit, name))
    {
      for (unsigned i = edit_find_end (edit, group); i-- > group + 1;)
        if (line_says_something (g_ptr_array_index (edit->lines, i)))
          g_ptr_array_remove_index (edit->lines, i);
      g_ptr_array_remove_index (edit->lines, group);
      /* one of the blank lines before and after it */
      if (group > 0 && group < edit->lines->len
          && *(const char *) g_ptr_array_index (edit->lines, group - 1) == '\0'
          && *(const char *) g_ptr_array_index (edit->lines, group) == '\0')
        g_ptr_array_remove_index (edit->lines, group - 1);
    }
  return TRUE;
}

gboolean
persea_settings_edit_remove (const char *path, const char *name, GError **error)
{
  for (unsigned attempt = 0;; attempt++)
    {
      g_auto (Edit) edit = { NULL };
      g_autoptr (GError) reason = NULL;

      if (!edit_read (&edit, path, error) || !edit_remove (&edit, name, error))
        return FALSE;
      if (edit_write (&edit, &reason))
        return TRUE;
      if (!edit_should_retry (attempt, &reason, error))
        return FALSE;
    }
}

/* Changing */

static gboolean
edit_set (Edit *edit, const char *name, const char *key, const char *value, GError **error)
{
  unsigned group = edit_find (edit, name);
  unsigned last;

  if (group == edit->lines->len)
    return edit_set_not_found (edit, name, error);
  for (unsigned i = edit_find_end (edit, group); i-- > group + 1;)
    if (line_has_key (g_ptr_array_index (edit->lines, i), key))
      g_ptr_array_remove_index (edit->lines, i);
  if (value == NULL)
    return TRUE;
  last = edit_find_end (edit, group) - 1;
  while (last > group && !line_says_something (g_ptr_array_index (edit->lines, last)))
    last--;
  g_ptr_array_insert (edit->lines, last + 1, g_strdup_printf ("%s=%s", key, value));
  return edit_check (edit, name, NULL, error);
}

gboolean
persea_settings_edit_set (const char  *path,
                          const char  *name,
                          const char  *key,
                          const char  *value,
                          GError     **error)
{
  for (unsigned attempt = 0;; attempt++)
    {
      g_auto (Edit) edit = { NULL };
      g_autoptr (GError) reason = NULL;

      if (!edit_read (&edit, path, error) || !edit_set (&edit, name, key, value, error))
        return FALSE;
      if (edit_write (&edit, &reason))
        return TRUE;
      if (!edit_should_retry (attempt, &reason, error))
        return FALSE;
    }
}
