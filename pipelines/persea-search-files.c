/* persea-search-files.c - from embeddings to files, and which files are wanted
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-private.h"

#include "persea-json-line.h"
#include "persea-library-private.h"
#include "persea-picture-date.h"

#include <string.h>

#define NS_OF_A_SECOND G_GINT64_CONSTANT (1000000000)

/* parameters 2 to 8; @path: "+file.path" where the way in is not the folder but the embedding */
#define FILES_WANTED(path)                                                                         \
  " " path " >= ?2 AND " path " < ?3"                                                              \
  " AND ifnull ((SELECT date >= ?7 AND date < ?8 FROM taken WHERE taken.content = look.content),"  \
  "  look.mtime_ns >= ?4 AND look.mtime_ns < ?5)"                                                  \
  " AND NOT EXISTS (SELECT 1 FROM json_each (?6, '$.tags') AS wanted WHERE NOT EXISTS ("           \
  "  SELECT 1 FROM tag JOIN run ON run.id = tag.run WHERE tag.file = file.id AND undone IS NULL"   \
  "  AND instr ('|' || lower (tag.name) || '|', '|' || lower (wanted.value) || '|') > 0"           \
  "  AND NOT EXISTS (SELECT 1 FROM rejection WHERE rejection.file = file.id"                       \
  "   AND rejection.name = tag.name COLLATE NOCASE)))"

static int64_t
files_get_ns (int64_t seconds)
{
  return CLAMP (seconds, G_MININT64 / NS_OF_A_SECOND, G_MAXINT64 / NS_OF_A_SECOND) * NS_OF_A_SECOND;
}

/* What is below a folder lies between "FOLDER/" and "FOLDER0", for "0" follows "/". */
static void
files_bind_folder (sqlite3_stmt *statement, const char *folder)
{
  g_autofree char *name = g_strndup (folder, strlen (folder) - g_str_has_suffix (folder, "/"));
  g_autofree char *first = g_strconcat (name, "/", NULL);
  g_autofree char *end = g_strconcat (name, "0", NULL);

  persea_library_bind_path (statement, 2, first);
  persea_library_bind_path (statement, 3, end);
}

static void
files_bind_tags (sqlite3_stmt *statement, const char *const *tags)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_begin_array (line, "tags");
  for (; *tags; tags++)
    persea_json_line_add_string (line, NULL, *tags);
  persea_json_line_end (line);
  persea_library_bind_text (statement, 6, persea_json_line_finish (line));
}

static void
files_bind_wanted (sqlite3_stmt *statement, const PerseaSearchOptions *options)
{
  files_bind_folder (statement, options->folder ? options->folder : "/");
  sqlite3_bind_int64 (statement, 4, files_get_ns (options->since));
  sqlite3_bind_int64 (statement, 5, files_get_ns (options->until));
  sqlite3_bind_int64 (statement, 7, persea_picture_date_from_time (options->since));
  sqlite3_bind_int64 (statement, 8, persea_picture_date_from_time (options->until));
  if (options->tags)
    files_bind_tags (statement, options->tags);
}

static GPtrArray *
files_read (PerseaSearch *search, size_t row, const PerseaSearchOptions *options, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (search->library);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  gboolean has_row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    search->library,
    "SELECT file.path FROM embedding JOIN look ON look.content = embedding.content"
    " JOIN file ON file.id = look.file WHERE embedding.id = ?1 AND" FILES_WANTED ("+file.path")
    " ORDER BY file.path",
    error);
  if (!statement)
    return NULL;
  sqlite3_bind_int64 (statement, 1, g_array_index (search->ids, int64_t, row));
  files_bind_wanted (statement, options);
  for (;;)
    {
      if (!persea_library_step (search->library, statement, &has_row, error))
        return NULL;
      if (!has_row)
        return g_steal_pointer (&paths);
      g_ptr_array_add (paths, persea_library_column_path (statement, 0));
    }
}

gboolean
persea_search_add_files (PerseaSearch               *search,
                         size_t                      row,
                         double                      score,
                         const PerseaSearchOptions  *options,
                         GPtrArray                  *hits,
                         GError                    **error)
{
  g_autoptr (GPtrArray) paths = files_read (search, row, options, error);

  if (!paths)
    return FALSE;
  for (unsigned i = 0; i < paths->len; i++)
    {
      PerseaSearchHit *hit;

      if (g_strcmp0 (paths->pdata[i], options->except) == 0
          || !g_file_test (paths->pdata[i], G_FILE_TEST_IS_REGULAR))
        continue;
      hit = g_new0 (PerseaSearchHit, 1);
      hit->path = g_steal_pointer (&paths->pdata[i]);
      hit->score = CLAMP (score, -1, 1); /* rounded vectors are not quite of unit length */
      g_ptr_array_add (hits, hit);
    }
  return TRUE;
}

/* both are in ascending order; @next: (inout): where to go on */
static void
files_mark (PerseaSearch *search, int64_t id, size_t *next, gboolean *wanted)
{
  while (*next < search->ids->len && g_array_index (search->ids, int64_t, *next) < id)
    (*next)++;
  if (*next < search->ids->len && g_array_index (search->ids, int64_t, *next) == id)
    wanted[*next]++;
}

gboolean *
persea_search_find_wanted (PerseaSearch *search, const PerseaSearchOptions *options, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (search->library);
  g_autofree gboolean *wanted = g_new0 (gboolean, search->ids->len + 1);
  gboolean has_row = FALSE;
  sqlite3_stmt *statement;
  size_t next = 0;

  statement = persea_library_statement (
    search->library,
    /* CROSS: in this order; there may be few files, and there are many embeddings */
    "SELECT embedding.id FROM file CROSS JOIN look ON look.file = file.id"
    " CROSS JOIN embedding ON embedding.model = ?1 AND embedding.content = look.content WHERE"
    FILES_WANTED ("file.path")
    " ORDER BY embedding.id",
    error);
  if (!statement)
    return NULL;
  sqlite3_bind_int64 (statement, 1, search->model);
  files_bind_wanted (statement, options);
  for (;;)
    {
      if (!persea_library_step (search->library, statement, &has_row, error))
        return NULL;
      if (!has_row)
        return g_steal_pointer (&wanted);
      files_mark (search, sqlite3_column_int64 (statement, 0), &next, wanted);
    }
}
