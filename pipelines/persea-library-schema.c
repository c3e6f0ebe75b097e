/* persea-library-schema.c - the tables of the library, and how they came to be
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each step of migrations[] brings the database from its index to the next version, in one
 * transaction.  Steps that were released are never changed.
 *
 * file       a path and what was last seen there, by the daemon if there is a job for it; content is
 *            the SHA-256 of its bytes, gone is when it was deleted (persea-library-gone.c), tagged is
 *            the content that its tags are of (persea-tagged.h)
 * run        what tagged files together, and is taken back together
 * tag        what a run found in a file; written: the run put the keyword there
 * rejection  a tag that the user took away from a file
 * job        the daemon's queue, at most one row per file (persea-queue.h)
 * drawing    what was drawn for a prompt file, or why not (persea-drawings.h)
 * bad_picture  what no decoder survived (persea-bad-pictures.h)
 * model      what encoded pictures (persea-embeddings.h)
 * look       what a file held when it was encoded; file.content is the daemon's own
 * embedding  what a model made of a content; unheld is since when no file is known to hold it
 * taken      when the picture of a content was taken (persea-picture-date.h); NULL: it does not say
 */
#include "config.h"

#include "persea-library-private.h"

#include "persea-error.h"

#include <glib/gi18n.h>

/* "Prsa", so that file(1) and we can tell what the database is */
#define LIBRARY_APPLICATION_ID 0x50727361

static const char *const migrations[] = {
  "CREATE TABLE file ("
  "  id INTEGER PRIMARY KEY,"
  "  path BLOB NOT NULL UNIQUE,"
  "  device INTEGER NOT NULL,"
  "  inode INTEGER NOT NULL,"
  "  size INTEGER NOT NULL,"
  "  mtime_ns INTEGER NOT NULL,"
  "  content TEXT,"
  "  seen INTEGER NOT NULL" /* seconds since 1970 */
  ") STRICT;"
  "CREATE INDEX file_content ON file (content) WHERE content IS NOT NULL;"
  "CREATE TABLE run ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  name TEXT NOT NULL UNIQUE,"
  "  started INTEGER NOT NULL," /* seconds since 1970 */
  "  program TEXT NOT NULL,"
  "  model TEXT NOT NULL,"
  "  model_identity TEXT NOT NULL,"
  "  vocabulary TEXT NOT NULL,"
  "  vocabulary_identity TEXT NOT NULL,"
  "  options TEXT NOT NULL," /* JSON */
  "  undone INTEGER"         /* when, seconds since 1970 */
  ") STRICT;"
  "CREATE TABLE tag ("
  "  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
  "  file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,"
  "  name TEXT NOT NULL,"
  "  score REAL NOT NULL,"
  "  written INTEGER NOT NULL,"
  "  PRIMARY KEY (run, file, name)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE INDEX tag_file ON tag (file);"
  "CREATE TABLE rejection ("
  "  file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,"
  "  name TEXT NOT NULL,"
  "  since INTEGER NOT NULL," /* seconds since 1970 */
  "  PRIMARY KEY (file, name)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE TABLE job ("
  "  id INTEGER PRIMARY KEY,"
  "  file INTEGER NOT NULL UNIQUE REFERENCES file ON DELETE CASCADE,"
  "  watch TEXT NOT NULL,"
  "  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),"
  "  attempts INTEGER NOT NULL DEFAULT 0,"
  "  run INTEGER REFERENCES run ON DELETE SET NULL,"
  "  content TEXT," /* what was tagged when it was last done */
  "  program TEXT," /* version that did it or failed */
  "  error_code TEXT,"
  "  error_message TEXT,"
  "  changed INTEGER NOT NULL" /* seconds since 1970 */
  ") STRICT;"
  "CREATE INDEX job_open ON job (attempts, id) WHERE state = 'queued';"
  "CREATE INDEX job_content ON job (content) WHERE content IS NOT NULL;"
  "CREATE INDEX job_run ON job (run) WHERE run IS NOT NULL;",

  "CREATE TABLE drawing ("
  "  file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,"
  "  prompt TEXT NOT NULL,"        /* sum of all that decides its pictures */
  "  pictures INTEGER NOT NULL,"   /* that are there */
  "  error TEXT,"
  "  changed INTEGER NOT NULL,"    /* seconds since 1970 */
  "  PRIMARY KEY (file, prompt)"
  ") STRICT, WITHOUT ROWID;",

  "ALTER TABLE file ADD COLUMN gone INTEGER;" /* seconds since 1970, NULL while it is there */
  "CREATE INDEX file_gone ON file (gone) WHERE gone IS NOT NULL;"
  "CREATE INDEX job_watch ON job (watch, state);",

  "CREATE TABLE bad_picture ("
  "  content TEXT NOT NULL PRIMARY KEY,"
  "  size INTEGER NOT NULL,"
  "  program TEXT NOT NULL," /* whatever must change before it is tried again */
  "  reason TEXT NOT NULL,"
  "  since INTEGER NOT NULL" /* seconds since 1970 */
  ") STRICT, WITHOUT ROWID;"
  "CREATE INDEX bad_picture_size ON bad_picture (size);",

  "CREATE TABLE model ("
  "  id INTEGER PRIMARY KEY,"
  "  identity TEXT NOT NULL UNIQUE,"
  "  name TEXT NOT NULL,"
  "  dim INTEGER NOT NULL"
  ") STRICT;"
  "CREATE TABLE look ("
  "  file INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE,"
  "  device INTEGER NOT NULL,"
  "  inode INTEGER NOT NULL,"
  "  size INTEGER NOT NULL,"
  "  mtime_ns INTEGER NOT NULL,"
  "  content TEXT NOT NULL"
  ") STRICT;"
  "CREATE INDEX look_content ON look (content);"
  "CREATE TABLE embedding ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* never used again: readers ask for what is newer */
  "  model INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,"
  "  content TEXT NOT NULL,"
  "  made TEXT NOT NULL,"  /* precision and quality: \"bf16 fast\" */
  "  vector BLOB NOT NULL," /* [dim], f16, unit length */
  "  UNIQUE (model, content)"
  ") STRICT;",

  "CREATE TABLE taken ("
  "  content TEXT NOT NULL PRIMARY KEY,"
  "  date INTEGER"
  ") STRICT, WITHOUT ROWID;",

  "ALTER TABLE embedding ADD COLUMN unheld INTEGER;" /* seconds since 1970, NULL while one does */
  "CREATE INDEX embedding_unheld ON embedding (unheld) WHERE unheld IS NOT NULL;",

  "ALTER TABLE file ADD COLUMN tagged TEXT;"
  "UPDATE file SET tagged = (SELECT job.content FROM job WHERE job.file = file.id AND run IS NOT NULL);",
};

static gboolean
schema_read_pragma (sqlite3     *database,
                    const char  *path,
                    const char  *sql,
                    int64_t     *value,
                    GError     **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean ok;

  ok = sqlite3_prepare_v2 (database, sql, -1, &statement, NULL) == SQLITE_OK
       && sqlite3_step (statement) == SQLITE_ROW;
  if (ok)
    *value = sqlite3_column_int64 (statement, 0);
  else
    persea_library_set_error (database, path, error);
  sqlite3_finalize (statement);
  return ok;
}

static gboolean
schema_execute (sqlite3 *database, const char *path, const char *sql, GError **error)
{
  if (sqlite3_exec (database, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  persea_library_set_error (database, path, error);
  return FALSE;
}

static gboolean
schema_run_steps (sqlite3 *database, const char *path, int64_t version, GError **error)
{
  g_autofree char *mark = NULL;

  for (size_t i = version; i < G_N_ELEMENTS (migrations); i++)
    if (!schema_execute (database, path, migrations[i], error))
      return FALSE;

  mark = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d;",
                          LIBRARY_APPLICATION_ID, (int) G_N_ELEMENTS (migrations));
  return schema_execute (database, path, mark, error);
}

gboolean
persea_library_migrate (sqlite3 *database, const char *path, GError **error)
{
  int64_t version = 0;
  int64_t application = 0;

  if (!schema_read_pragma (database, path, "PRAGMA user_version", &version, error)
      || !schema_read_pragma (database, path, "PRAGMA application_id", &application, error))
    return FALSE;

  if (version == (int64_t) G_N_ELEMENTS (migrations) && application == LIBRARY_APPLICATION_ID)
    return TRUE;
  if (version != 0 && application != LIBRARY_APPLICATION_ID)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: a database of another program, not a library of Persea"), path);
      return FALSE;
    }
  if (version < 0 || version > (int64_t) G_N_ELEMENTS (migrations))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s: made by a newer Persea (schema %d; this one knows %d)"),
                   path, (int) version, (int) G_N_ELEMENTS (migrations));
      return FALSE;
    }

  /* Two programs may come here at once: whoever waits for the lock looks again. */
  if (!schema_execute (database, path, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (!schema_read_pragma (database, path, "PRAGMA user_version", &version, error)
      || !schema_run_steps (database, path, version, error)
      || !schema_execute (database, path, "COMMIT", error))
    {
      sqlite3_exec (database, "ROLLBACK", NULL, NULL, NULL);
      return FALSE;
    }
  return TRUE;
}
