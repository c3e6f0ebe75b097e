/* persea-library.c - opening the library, and the SQL that its other files share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A damaged database is moved out of the way, with its log, and never deleted: somebody may want
 * to rescue it.  Damage that the check of each start does not see (an index that does not fit its
 * table) is met later; a file LIBRARY.suspect then has the next start look closer, and make the
 * indices anew if that is all.  A file that was emptied, deleted or put in the place of ours is damage,
 * too, although SQLite may know nothing of it for long.
 */
#include "config.h"

#include "persea-library-private.h"

#include "persea-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define LIBRARY_BUSY_TIMEOUT 10000 /* ms */
/* how long a checkpoint may wait for readers, ms */
#define LIBRARY_SYNC_TIMEOUT 200

struct _PerseaLibrary
{
  gatomicrefcount ref_count;
  char           *path;
  sqlite3        *database;
  GHashTable     *statements; /* (owned) SQL text → (owned) sqlite3_stmt */
  GRecMutex       lock;
  unsigned        depth; /* of nested transactions */
  gboolean        broken; /* the outermost transaction must be rolled back */
  dev_t           device; /* of the file that was opened */
  ino_t           inode;
  gboolean        damaged;
  PerseaLibraryDamageFunc damage_func; /* (nullable) */
  gpointer        damage_data;
};

void
persea_tag_record_free (PerseaTagRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->name);
  g_free (record);
}

void
persea_library_set_damage_func (PerseaLibrary *library, PerseaLibraryDamageFunc func, gpointer user_data)
{
  persea_library_lock (library);
  library->damage_func = func;
  library->damage_data = user_data;
  persea_library_unlock (library);
}

/* with the library held */
static void
library_notice_damage (PerseaLibrary *library)
{
  if (library->damaged)
    return;
  library->damaged = TRUE;
  if (library->damage_func != NULL)
    library->damage_func (library->damage_data);
}

/* (transfer full): the file that says that damage was met */
static char *
library_get_mark (const char *path)
{
  return g_strconcat (path, ".suspect", NULL);
}

/* Whether the file that was opened is still there, not empty, and not found damaged by others. */
static gboolean
library_is_there (PerseaLibrary *library)
{
  g_autofree char *mark = library_get_mark (library->path);
  struct stat status;

  return access (mark, F_OK) != 0 && stat (library->path, &status) == 0 && status.st_dev == library->device
         && status.st_ino == library->inode && status.st_size > 0;
}

/* "disk I/O error" may mean that the disk is full. */
static char *
library_describe_error (sqlite3 *database)
{
  int status = sqlite3_errcode (database);
  int number = status == SQLITE_IOERR || status == SQLITE_CANTOPEN ? sqlite3_system_errno (database) : 0;

  if (number == 0)
    return g_strdup (sqlite3_errmsg (database));
  return g_strdup_printf ("%s (%s)", sqlite3_errmsg (database), g_strerror (number));
}

void
persea_library_set_error (sqlite3 *database, const char *path, GError **error)
{
  int status = sqlite3_errcode (database);
  g_autofree char *reason = library_describe_error (database);
  g_autofree char *mark = library_get_mark (path);

  if (status == SQLITE_CORRUPT)
    g_file_set_contents (mark, "", 0, NULL);
  if (status == SQLITE_CORRUPT || status == SQLITE_NOTADB)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                 _("%s: the library is damaged: %s"), path, reason);
  else
    g_set_error (error, PERSEA_ERROR,
                 status == SQLITE_BUSY ? PERSEA_ERROR_BUSY : PERSEA_ERROR_FAILED,
                 _("%s: the library cannot be used: %s"), path, reason);
}

/* What SQLite says of the last call. */
static void
library_fail (PerseaLibrary *library, GError **error)
{
  int status = sqlite3_errcode (library->database);

  persea_library_set_error (library->database, library->path, error);
  if (status == SQLITE_CORRUPT || status == SQLITE_NOTADB
      || (status != SQLITE_BUSY && !library_is_there (library)))
    library_notice_damage (library);
}

static gboolean
library_check_there (PerseaLibrary *library, GError **error)
{
  if (library_is_there (library))
    return TRUE;
  library_notice_damage (library);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               _("%s: the library is damaged: %s"), library->path,
               _("the file was emptied, deleted or replaced, or another program met damage"));
  return FALSE;
}

void
persea_library_lock (PerseaLibrary *library)
{
  g_rec_mutex_lock (&library->lock);
}

void
persea_library_unlock (PerseaLibrary *library)
{
  g_rec_mutex_unlock (&library->lock);
}

sqlite3_stmt *
persea_library_statement (PerseaLibrary *library, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (library->statements, sql);

  if (statement != NULL)
    {
      sqlite3_reset (statement);
      sqlite3_clear_bindings (statement);
      return statement;
    }
  if (sqlite3_prepare_v3 (library->database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                          &statement, NULL) != SQLITE_OK)
    {
      library_fail (library, error);
      return NULL;
    }
  g_hash_table_insert (library->statements, g_strdup (sql), statement);
  return statement;
}

gboolean
persea_library_step (PerseaLibrary  *library,
                     sqlite3_stmt   *statement,
                     gboolean       *row,
                     GError        **error)
{
  int status = sqlite3_step (statement);

  if (status == SQLITE_ROW)
    {
      if (row != NULL)
        *row = TRUE;
      return TRUE;
    }
  if (status != SQLITE_DONE)
    library_fail (library, error);
  /* A statement that is not reset keeps its read transaction open. */
  sqlite3_reset (statement);
  if (status == SQLITE_DONE && row != NULL)
    *row = FALSE;
  return status == SQLITE_DONE;
}

void
persea_library_bind_path (sqlite3_stmt *statement, int index, const char *path)
{
  sqlite3_bind_blob (statement, index, path, strlen (path), SQLITE_TRANSIENT);
}

void
persea_library_bind_folder (sqlite3_stmt *statement, int index, const char *folder)
{
  g_autofree char *first = g_strconcat (folder, "/", NULL);
  g_autofree char *end = g_strconcat (folder, "0", NULL);

  G_STATIC_ASSERT ('/' + 1 == '0');
  persea_library_bind_path (statement, index, first);
  persea_library_bind_path (statement, index + 1, end);
}

char *
persea_library_column_path (sqlite3_stmt *statement, int column)
{
  const char *bytes = sqlite3_column_blob (statement, column);

  return bytes == NULL ? NULL : g_strndup (bytes, sqlite3_column_bytes (statement, column));
}

void
persea_library_bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_TRANSIENT);
}

char *
persea_library_column_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

gboolean
persea_library_begin (PerseaLibrary *library, GError **error)
{
  sqlite3_stmt *statement;

  persea_library_lock (library);
  if (library->depth == 0)
    {
      statement = library_check_there (library, error)
                    ? persea_library_statement (library, "BEGIN IMMEDIATE", error)
                    : NULL;
      if (statement == NULL || !persea_library_step (library, statement, NULL, error))
        {
          persea_library_unlock (library);
          return FALSE;
        }
      library->broken = FALSE;
    }
  library->depth++;
  return TRUE;
}

static gboolean
library_end (PerseaLibrary *library, GError **error)
{
  gboolean ok = TRUE;
  sqlite3_stmt *statement;

  g_return_val_if_fail (library->depth > 0, FALSE);
  library->depth--;
  if (library->depth == 0 && !library->broken)
    {
      statement = persea_library_statement (library, "COMMIT", error);
      ok = statement != NULL && persea_library_step (library, statement, NULL, error);
    }
  else if (library->broken)
    {
      ok = FALSE;
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_FAILED,
                   "%s: a part of the transaction failed", library->path);
    }
  if (library->depth == 0 && !ok)
    sqlite3_exec (library->database, "ROLLBACK", NULL, NULL, NULL);
  persea_library_unlock (library);
  return ok;
}

gboolean
persea_library_commit (PerseaLibrary *library, GError **error)
{
  return library_end (library, error);
}

void
persea_library_rollback (PerseaLibrary *library)
{
  library->broken = TRUE;
  library_end (library, NULL);
}

/* The log itself, when a checkpoint cannot be had.  No lock is lost by closing it: SQLite's are on the
 * other two files. */
static gboolean
library_sync_log (PerseaLibrary *library, GError **error)
{
  g_autofree char *path = g_strconcat (library->path, "-wal", NULL);
  int file = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = file >= 0 && fsync (file) == 0;

  if (!ok)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  if (file >= 0)
    close (file);
  return ok;
}

gboolean
persea_library_sync (PerseaLibrary *library, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  int status;

  g_return_val_if_fail (library->depth == 0, FALSE);
  /* A checkpoint syncs the log before it copies from it; but a passive one does nothing at all while
   * somebody reads what was there at the last one, and so waits for nobody and syncs nothing. */
  sqlite3_busy_timeout (library->database, LIBRARY_SYNC_TIMEOUT);
  status = sqlite3_wal_checkpoint_v2 (library->database, NULL, SQLITE_CHECKPOINT_FULL, NULL, NULL);
  sqlite3_busy_timeout (library->database, LIBRARY_BUSY_TIMEOUT);
  if (status == SQLITE_OK)
    return TRUE;
  if (status == SQLITE_BUSY || status == SQLITE_LOCKED)
    return library_sync_log (library, error);
  library_fail (library, error);
  return FALSE;
}

static void
library_statement_free (gpointer statement)
{
  sqlite3_finalize (statement);
}

static PerseaLibrary *
library_new (const char *path)
{
  PerseaLibrary *library = g_new0 (PerseaLibrary, 1);

  g_atomic_ref_count_init (&library->ref_count);
  library->path = g_strdup (path);
  g_rec_mutex_init (&library->lock);
  library->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               library_statement_free);
  return library;
}

PerseaLibrary *
persea_library_ref (PerseaLibrary *library)
{
  g_atomic_ref_count_inc (&library->ref_count);
  return library;
}

void
persea_library_unref (PerseaLibrary *library)
{
  if (library == NULL || !g_atomic_ref_count_dec (&library->ref_count))
    return;
  g_hash_table_unref (library->statements);
  /* what is set aside is left as it was found */
  if (library->damaged)
    sqlite3_db_config (library->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_close (library->database);
  g_rec_mutex_clear (&library->lock);
  g_free (library->path);
  g_free (library);
}

const char *
persea_library_get_path (PerseaLibrary *library)
{
  return library->path;
}

/* @sql: a check */
static gboolean
library_check (PerseaLibrary *library, const char *sql, GError **error)
{
  g_autofree char *found = NULL;
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (library, sql, error);
  if (statement == NULL || !persea_library_step (library, statement, &row, error))
    return FALSE;
  found = row ? persea_library_column_text (statement, 0) : NULL;
  sqlite3_reset (statement);
  if (g_strcmp0 (found, "ok") == 0)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               _("%s: the library is damaged: %s"), library->path, found != NULL ? found : "?");
  return FALSE;
}

/* Once damage was met, whoever opens the library looks closer. */
static gboolean
library_check_all (PerseaLibrary *library, PerseaLibraryFlags flags, GError **error)
{
  static const char thorough[] = "PRAGMA integrity_check(1)";
  g_autofree char *mark = library_get_mark (library->path);

  if (!g_file_test (mark, G_FILE_TEST_EXISTS))
    return (flags & PERSEA_LIBRARY_CHECK) == 0 || library_check (library, "PRAGMA quick_check(1)", error);
  if (!library_check (library, thorough, NULL))
    {
      sqlite3_exec (library->database, "REINDEX", NULL, NULL, NULL);
      if (!library_check (library, thorough, error))
        return FALSE;
    }
  g_unlink (mark);
  return TRUE;
}

/* The file is empty, and its log is not: SQLite would throw that away and say nothing. */
static gboolean
library_check_emptied (const char *path, GError **error)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  struct stat status;

  if (stat (path, &status) != 0 || status.st_size > 0 || stat (log, &status) != 0 || status.st_size == 0)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               _("%s: the library is damaged: %s"), path, _("the file was emptied"));
  return FALSE;
}

static gboolean
library_remember_file (PerseaLibrary *library, GError **error)
{
  struct stat status;

  if (stat (library->path, &status) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", library->path,
                   g_strerror (errno));
      return FALSE;
    }
  library->device = status.st_dev;
  library->inode = status.st_ino;
  return TRUE;
}

static PerseaLibrary *
library_try_open (const char *path, PerseaLibraryFlags flags, GError **error)
{
  g_autoptr (PerseaLibrary) library = library_new (path);
  /* NORMAL: after a power cut the last transactions may be missing, and their files are done
   * again with the same result; the database itself stays sound. */
  static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                 "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";

  if (!library_check_emptied (path, error))
    return NULL;
  if (sqlite3_open_v2 (path, &library->database,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                       NULL) != SQLITE_OK
      || sqlite3_busy_timeout (library->database, LIBRARY_BUSY_TIMEOUT) != SQLITE_OK
      || sqlite3_exec (library->database, settings, NULL, NULL, NULL) != SQLITE_OK)
    {
      persea_library_set_error (library->database, path, error);
      return NULL;
    }
  if (!persea_library_migrate (library->database, path, error)
      || !library_remember_file (library, error)
      || !library_check_all (library, flags, error))
    return NULL;
  return g_steal_pointer (&library);
}

static char *
library_set_aside (const char *path, GError **error)
{
  static const char *const endings[] = { "", "-wal", "-shm", ".suspect" };
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *when = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = g_strdup_printf ("%s.damaged-%s", path, when);

  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *from = g_strconcat (path, endings[i], NULL);
      g_autofree char *to = g_strconcat (aside, endings[i], NULL);

      if (g_rename (from, to) == 0 || errno == ENOENT)
        continue;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _("%s: the damaged library cannot be moved to %s: %s"),
                   from, to, g_strerror (errno));
      return NULL;
    }
  return g_steal_pointer (&aside);
}

PerseaLibrary *
persea_library_open (const char          *path,
                     PerseaLibraryFlags   flags,
                     char               **set_aside,
                     GError             **error)
{
  g_autofree char *where = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *aside = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (PerseaLibrary) library = NULL;

  where = path != NULL ? g_strdup (path)
                       : g_build_filename (g_get_user_data_dir (), "persea", "library.db", NULL);
  folder = g_path_get_dirname (where);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _("%s: cannot make the folder: %s"), folder, g_strerror (errno));
      return NULL;
    }

  library = library_try_open (where, flags, &local_error);
  if (library == NULL && g_error_matches (local_error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA))
    {
      aside = library_set_aside (where, error);
      if (aside == NULL)
        return NULL;
      g_clear_error (&local_error);
      library = library_try_open (where, flags, &local_error);
    }
  if (library == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (set_aside != NULL)
    *set_aside = g_steal_pointer (&aside);
  return g_steal_pointer (&library);
}
