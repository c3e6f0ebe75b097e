/* persea-embeddings.c - models, looks and embeddings in the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-embeddings.h"

#include "persea-library-private.h"

#include <string.h>

gboolean
persea_embeddings_find_model (PerseaLibrary  *library,
                              const char     *identity,
                              int64_t        *model,
                              GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT id FROM model WHERE identity = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, identity);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *model = row ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_embeddings_ensure_model (PerseaLibrary  *library,
                                const char     *identity,
                                const char     *name,
                                size_t          dim,
                                int64_t        *model,
                                GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT INTO model (identity, name, dim) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (identity) DO UPDATE SET name = ?2",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, identity);
  persea_library_bind_text (statement, 2, name);
  sqlite3_bind_int64 (statement, 3, (int64_t) dim);
  return persea_library_step (library, statement, NULL, error)
         && persea_embeddings_find_model (library, identity, model, error);
}

gboolean
persea_embeddings_count (PerseaLibrary *library, const char *identity, size_t *n, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT count (*) FROM embedding JOIN model ON model.id = model WHERE identity = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, identity);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *n = (size_t) sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_embeddings_count_all (PerseaLibrary *library, uint64_t *n, uint64_t *n_unheld, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT (SELECT count (*) FROM embedding),"
    " (SELECT count (*) FROM embedding WHERE unheld IS NOT NULL)", error);
  if (statement == NULL || !persea_library_step (library, statement, &row, error))
    return FALSE;
  *n = (uint64_t) sqlite3_column_int64 (statement, 0);
  *n_unheld = (uint64_t) sqlite3_column_int64 (statement, 1);
  sqlite3_reset (statement);
  return TRUE;
}

/* The number of the last of @max embeddings behind @after; 0 if there is none. */
static gboolean
embeddings_find_last (PerseaLibrary *library, int64_t after, unsigned max, int64_t *last, GError **error)
{
  sqlite3_stmt *statement;
  gboolean row = FALSE;

  statement = persea_library_statement (
    library,
    "SELECT max (id) FROM (SELECT id FROM embedding WHERE id > ?1 ORDER BY id LIMIT ?2)", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, after);
  sqlite3_bind_int64 (statement, 2, max);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *last = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

/* Runs @sql for the embeddings behind ?1, ?2 included; ?3 is the time. */
static gboolean
embeddings_run (PerseaLibrary  *library,
                const char     *sql,
                int64_t         after,
                int64_t         last,
                int64_t         time,
                GError        **error)
{
  sqlite3_stmt *statement = persea_library_statement (library, sql, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, after);
  sqlite3_bind_int64 (statement, 2, last);
  sqlite3_bind_int64 (statement, 3, time);
  return persea_library_step (library, statement, NULL, error);
}

static gboolean
embeddings_forget (PerseaLibrary *library, int64_t *after, unsigned max, int64_t age, GError **error)
{
  int64_t now = g_get_real_time () / G_USEC_PER_SEC;
  int64_t last = 0;

#define HELD \
  "EXISTS (SELECT 1 FROM look JOIN file ON file.id = look.file" \
  " WHERE look.content = embedding.content AND gone IS NULL)"
#define OLD "id > ?1 AND id <= ?2 AND unheld < ?3"
  if (!embeddings_find_last (library, *after, max, &last, error))
    return FALSE;
  if (last != 0
      && (!embeddings_run (library,
                           "UPDATE embedding SET unheld = CASE WHEN unheld IS NULL THEN ?3 END"
                           " WHERE id > ?1 AND id <= ?2 AND (unheld IS NOT NULL) = " HELD,
                           *after, last, now, error)
          || !embeddings_run (library,
                              "DELETE FROM taken WHERE content IN"
                              " (SELECT content FROM embedding WHERE " OLD ")",
                              *after, last, now - age, error)
          || !embeddings_run (library, "DELETE FROM embedding WHERE " OLD, *after, last, now - age, error)))
    return FALSE;
  *after = last;
  return TRUE;
#undef OLD
#undef HELD
}

gboolean
persea_embeddings_forget (PerseaLibrary  *library,
                          int64_t        *after,
                          unsigned        max,
                          int64_t         age,
                          GError        **error)
{
  int64_t next = *after;

  if (!persea_library_begin (library, error))
    return FALSE;
  if (!embeddings_forget (library, &next, max, age, error))
    {
      persea_library_rollback (library);
      return FALSE;
    }
  if (!persea_library_commit (library, error))
    return FALSE;
  *after = next;
  return TRUE;
}

static void
embeddings_bind_stamp (sqlite3_stmt *statement, int first, const PerseaFileStamp *stamp)
{
  sqlite3_bind_int64 (statement, first, (int64_t) stamp->device);
  sqlite3_bind_int64 (statement, first + 1, (int64_t) stamp->inode);
  sqlite3_bind_int64 (statement, first + 2, stamp->size);
  sqlite3_bind_int64 (statement, first + 3, stamp->mtime_ns);
}

/* The daemon takes a file that looks as it does in the table file for done: what is known there
 * stays, and only files that are new are entered; but one that was gone is there. */
static gboolean
embeddings_enter_file (PerseaLibrary          *library,
                       const char             *path,
                       const PerseaFileStamp  *stamp,
                       GError                **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT INTO file (path, device, inode, size, mtime_ns, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT (path) DO UPDATE SET gone = NULL WHERE gone IS NOT NULL",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  embeddings_bind_stamp (statement, 2, stamp);
  sqlite3_bind_int64 (statement, 6, g_get_real_time () / G_USEC_PER_SEC);
  return persea_library_step (library, statement, NULL, error);
}

static gboolean
embeddings_set_content (PerseaLibrary          *library,
                        const char             *path,
                        const PerseaFileStamp  *stamp,
                        const char             *content,
                        GError                **error)
{
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT OR REPLACE INTO look (file, device, inode, size, mtime_ns, content)"
    " SELECT id, ?2, ?3, ?4, ?5, ?6 FROM file WHERE path = ?1",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  embeddings_bind_stamp (statement, 2, stamp);
  persea_library_bind_text (statement, 6, content);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_embeddings_set_content (PerseaLibrary          *library,
                               const char             *path,
                               const PerseaFileStamp  *stamp,
                               const char             *content,
                               GError                **error)
{
  if (!persea_library_begin (library, error))
    return FALSE;
  if (embeddings_enter_file (library, path, stamp, error)
      && embeddings_set_content (library, path, stamp, content, error))
    return persea_library_commit (library, error);
  persea_library_rollback (library);
  return FALSE;
}

gboolean
persea_embeddings_find_content (PerseaLibrary          *library,
                                const char             *path,
                                const PerseaFileStamp  *stamp,
                                char                  **content,
                                GError                **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT look.content FROM look JOIN file ON file.id = look.file WHERE path = ?1 AND gone IS NULL"
    " AND look.device = ?2 AND look.inode = ?3 AND look.size = ?4 AND look.mtime_ns = ?5",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  embeddings_bind_stamp (statement, 2, stamp);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *content = row ? persea_library_column_text (statement, 0) : NULL;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_embeddings_put (PerseaLibrary   *library,
                       int64_t          model,
                       const char      *content,
                       const char      *made,
                       const uint16_t  *embedding,
                       size_t           dim,
                       GError         **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT OR REPLACE INTO embedding (model, content, made, vector) VALUES (?1, ?2, ?3, ?4)",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, model);
  persea_library_bind_text (statement, 2, content);
  persea_library_bind_text (statement, 3, made);
  sqlite3_bind_blob64 (statement, 4, embedding, dim * sizeof *embedding, SQLITE_TRANSIENT);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_embeddings_find (PerseaLibrary  *library,
                        int64_t         model,
                        const char     *content,
                        const char     *made,
                        uint16_t       *embedding,
                        size_t          dim,
                        gboolean       *found,
                        GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  /* one of another size would be damage; it is made anew */
  statement = persea_library_statement (
    library,
    "SELECT vector FROM embedding WHERE model = ?1 AND content = ?2 AND made = ifnull (?3, made)"
    " AND length (vector) = ?4",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, model);
  persea_library_bind_text (statement, 2, content);
  persea_library_bind_text (statement, 3, made);
  sqlite3_bind_int64 (statement, 4, (int64_t) (dim * sizeof *embedding));
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  if (row)
    memcpy (embedding, sqlite3_column_blob (statement, 0), dim * sizeof *embedding);
  *found = row;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_embeddings_put_date (PerseaLibrary  *library,
                            const char     *content,
                            gboolean        has_date,
                            int64_t         date,
                            GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "INSERT OR REPLACE INTO taken (content, date) VALUES (?1, ?2)", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, content);
  if (has_date)
    sqlite3_bind_int64 (statement, 2, date);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_embeddings_knows_date (PerseaLibrary *library, const char *content, gboolean *known, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;
  gboolean row = FALSE;

  statement = persea_library_statement (library, "SELECT 1 FROM taken WHERE content = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, content);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *known = row;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_embeddings_read (PerseaLibrary         *library,
                        int64_t                model,
                        size_t                 dim,
                        int64_t                after,
                        PerseaEmbeddingsFunc   func,
                        gpointer               user_data,
                        GError               **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "SELECT id, vector FROM embedding WHERE id > ?1 AND +model = ?2 AND length (vector) = ?3"
    " ORDER BY id",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, after);
  sqlite3_bind_int64 (statement, 2, model);
  sqlite3_bind_int64 (statement, 3, (int64_t) (dim * sizeof (uint16_t)));
  for (;;)
    {
      if (!persea_library_step (library, statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      func (sqlite3_column_int64 (statement, 0), sqlite3_column_blob (statement, 1), user_data);
    }
}
