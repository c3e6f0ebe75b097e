/* persea-search-names.c - pictures by their tags and names
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-names.h"

#include "persea-json-line.h"
#include "persea-library-private.h"

/* what is behind the last slash; json_each() has a path of its own */
#define PATH_OF_FILE "CAST (file.path AS TEXT)"
#define NAME_OF_FILE                                                                               \
  "substr (" PATH_OF_FILE ", 1 + length (rtrim (" PATH_OF_FILE ","                                 \
  " replace (" PATH_OF_FILE ", '/', ''))))"

/* tags that say so little are not worth a line */
#define NAMES_TAGS_SHOWN 8

/* (transfer full): {"terms":[…]}, in lower case */
static char *
names_list_terms (const char *const *terms)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_begin_array (line, "terms");
  for (; *terms; terms++)
    {
      g_autofree char *lower = g_ascii_strdown (*terms, -1);

      persea_json_line_add_string (line, NULL, lower);
    }
  persea_json_line_end (line);
  return g_strdup (persea_json_line_finish (line));
}

static gboolean
names_read (PerseaLibrary *library, sqlite3_stmt *statement, unsigned top, GPtrArray *paths, GError **error)
{
  gboolean row = TRUE;

  while (paths->len < top)
    {
      g_autofree char *path = NULL;

      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      path = persea_library_column_path (statement, 0);
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_search_names_find (PerseaLibrary      *library,
                          const char *const  *terms,
                          unsigned            top,
                          GPtrArray         **paths,
                          GError            **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = names_list_terms (terms);
  unsigned n = g_strv_length ((char **) terms);
  sqlite3_stmt *statement;

  /* prompt files are in the library, too, but nobody has looked at them */
  statement = persea_library_statement (
    library,
    "SELECT path FROM file WHERE (file.id IN (SELECT file FROM look) OR file.id IN (SELECT file FROM tag))"
    " AND NOT EXISTS (SELECT 1 FROM json_each (?1, '$.terms') AS term"
    "  WHERE instr (lower (" NAME_OF_FILE "), term.value) = 0 AND NOT EXISTS ("
    "   SELECT 1 FROM tag JOIN run ON run.id = tag.run WHERE tag.file = file.id AND undone IS NULL"
    "   AND instr (lower (tag.name), term.value) > 0))"
    " ORDER BY seen DESC, path",
    error);
  if (!statement)
    return FALSE;
  persea_library_bind_text (statement, 1, list);
  if (n > 0 && n <= PERSEA_SEARCH_NAMES_MAX_TERMS && !names_read (library, statement, top, found, error))
    return FALSE;
  *paths = g_steal_pointer (&found);
  return TRUE;
}

char *
persea_search_names_describe (PerseaLibrary *library, const char *path)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) tags = NULL;
  int64_t file = 0;

  if (persea_library_find_file (library, path, &file, NULL, NULL) && file != 0
      && persea_library_get_tags (library, 0, file, &tags, NULL))
    for (unsigned i = 0; i < MIN (tags->len, NAMES_TAGS_SHOWN); i++)
      {
        const PerseaTagRecord *tag = tags->pdata[i];
        const char *level = g_strrstr (tag->name, "|");

        g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", level ? level + 1 : tag->name);
      }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
