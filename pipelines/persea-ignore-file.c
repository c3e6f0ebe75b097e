/* persea-ignore-file.c - patterns of names
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Why not fnmatch(): a pattern with many stars keeps it busy for hours, and these files come from
 * anywhere, a memory card for instance.
 */
#include "config.h"

#include "persea-ignore-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IGNORE_MAX_SIZE (64 * 1024)

typedef struct
{
  char    *text;
  gboolean folders_only;
  gboolean is_path; /* it has a slash inside */
  gboolean keep;    /* it began with an exclamation mark */
} Pattern;

struct _PerseaIgnoreFiles
{
  char       *root;
  GHashTable *patterns; /* (owned) folder → (owned) GPtrArray of Pattern, where there is a file */
};

gboolean
persea_ignore_pattern_fits (const char *pattern, const char *text)
{
  const char *star = NULL; /* the last one that was met, */
  const char *retry = NULL; /* and where in @text to go on after it */

  while (*text != '\0')
    {
      if (*pattern == '*')
        {
          star = ++pattern;
          retry = text;
        }
      else if (*pattern == *text || (*pattern == '?' && *text != '/'))
        {
          pattern++;
          text++;
          /* one character, not one byte of it */
          while (pattern[-1] == '?' && ((unsigned char) *text & 0xc0) == 0x80)
            text++;
        }
      else if (star != NULL && *retry != '/')
        {
          pattern = star;
          text = ++retry;
        }
      else
        return FALSE;
    }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

static void
pattern_free (Pattern *pattern)
{
  g_free (pattern->text);
  g_free (pattern);
}

static Pattern *
pattern_new (const char *line)
{
  Pattern *pattern = g_new0 (Pattern, 1);
  size_t length;

  pattern->keep = *line == '!';
  line += pattern->keep;
  /* a slash at the beginning only says that it is a path */
  pattern->is_path = strchr (line, '/') != NULL && strchr (line, '/')[1] != '\0';
  pattern->text = g_strdup (line + (*line == '/'));
  length = strlen (pattern->text);
  pattern->folders_only = length > 0 && pattern->text[length - 1] == '/';
  if (pattern->folders_only)
    pattern->text[length - 1] = '\0';
  return pattern;
}

static gboolean
pattern_fits (const Pattern *pattern, const char *path, gboolean is_folder)
{
  const char *name = strrchr (path, '/');

  if (pattern->folders_only && !is_folder)
    return FALSE;
  return persea_ignore_pattern_fits (pattern->text,
                                     pattern->is_path || name == NULL ? path : name + 1);
}

/* "photos/" is "photos", as it is in what is built from it. */
static char *
ignore_strip_slashes (const char *folder)
{
  size_t length = strlen (folder);

  while (length > 1 && folder[length - 1] == '/')
    length--;
  return g_strndup (folder, length);
}

PerseaIgnoreFiles *
persea_ignore_files_new (const char *root)
{
  PerseaIgnoreFiles *files = g_new0 (PerseaIgnoreFiles, 1);

  files->root = ignore_strip_slashes (root);
  files->patterns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_ptr_array_unref);
  return files;
}

void
persea_ignore_files_free (PerseaIgnoreFiles *files)
{
  if (files == NULL)
    return;
  g_hash_table_unref (files->patterns);
  g_free (files->root);
  g_free (files);
}

/* Returns: (transfer full) (nullable): what is in the file; "*" if it is there and no use */
static char *
ignore_read_file (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, PERSEA_IGNORE_FILE_NAME, NULL);
  g_autofree char *text = NULL;
  struct stat status;
  ssize_t size = -1;
  int file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
    return NULL;
  if (file >= 0 && fstat (file, &status) == 0 && S_ISREG (status.st_mode)
      && status.st_size <= IGNORE_MAX_SIZE)
    {
      text = g_malloc0 (IGNORE_MAX_SIZE + 1);
      size = read (file, text, IGNORE_MAX_SIZE);
    }
  if (file >= 0)
    close (file);
  return size >= 0 ? g_steal_pointer (&text) : g_strdup ("*");
}

void
persea_ignore_files_read (PerseaIgnoreFiles *files, const char *folder)
{
  g_autofree char *text = ignore_read_file (folder);
  g_autofree char *stripped = ignore_strip_slashes (folder);
  g_auto (GStrv) lines = NULL;
  GPtrArray *patterns;

  g_hash_table_remove (files->patterns, stripped);
  if (text == NULL)
    return;
  patterns = g_ptr_array_new_with_free_func ((GDestroyNotify) pattern_free);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_strchomp (*line);
      if (**line != '\0' && **line != '#')
        g_ptr_array_add (patterns, pattern_new (*line));
    }
  g_hash_table_insert (files->patterns, g_steal_pointer (&stripped), patterns);
}

/* What @folder's file says: 1 leave alone, -1 keep, 0 nothing. */
static int
ignore_ask (PerseaIgnoreFiles *files, const char *folder, const char *path, gboolean is_folder)
{
  GPtrArray *patterns = g_hash_table_lookup (files->patterns, folder);
  const char *below = path + strlen (folder) + (strcmp (folder, "/") != 0);

  for (unsigned i = patterns != NULL ? patterns->len : 0; i > 0; i--)
    {
      const Pattern *pattern = g_ptr_array_index (patterns, i - 1);

      if (pattern_fits (pattern, below, is_folder))
        return pattern->keep ? -1 : 1;
    }
  return 0;
}

gboolean
persea_ignore_files_cover (PerseaIgnoreFiles *files, const char *path, gboolean is_folder)
{
  g_autofree char *folder = NULL;

  if (g_hash_table_size (files->patterns) == 0)
    return FALSE;
  folder = g_path_get_dirname (path);
  while (strlen (folder) >= strlen (files->root))
    {
      g_autofree char *above = g_path_get_dirname (folder);
      int answer = ignore_ask (files, folder, path, is_folder);

      if (answer != 0)
        return answer > 0;
      if (strcmp (above, folder) == 0)
        break;
      g_free (folder);
      folder = g_steal_pointer (&above);
    }
  return FALSE;
}
