/* persea-library-private.h - SQL for the files that make up the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The caller holds the library (persea_library_lock()) from asking for a statement until it is
 * done with its row.  Statements are kept for the next time and reset when they are asked for.
 */
#pragma once

#include "persea-library.h"

#include <sqlite3.h>

G_BEGIN_DECLS

void persea_library_lock (PerseaLibrary *library);
void persea_library_unlock (PerseaLibrary *library);

typedef PerseaLibrary PerseaLibraryHold;

static inline PerseaLibraryHold *
persea_library_hold (PerseaLibrary *library)
{
  persea_library_lock (library);
  return library;
}

/* g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library); unlocks when out of scope */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaLibraryHold, persea_library_unlock)

/**
 * persea_library_statement:
 * @sql: a constant string
 *
 * Returns: (transfer none) (nullable): @sql ready for its values
 */
sqlite3_stmt *persea_library_statement (PerseaLibrary  *library,
                                        const char     *sql,
                                        GError        **error);

/**
 * persea_library_step:
 * @row: (out) (optional): whether there is a row; without it, rows are an error of the program
 *
 * Runs @statement to its next row or its end.
 */
gboolean persea_library_step (PerseaLibrary  *library,
                              sqlite3_stmt   *statement,
                              gboolean       *row,
                              GError        **error);

/* paths are blobs: names need not be UTF-8 */
void  persea_library_bind_path (sqlite3_stmt *statement, int index, const char *path);
/* what is in @folder and below it: the paths from ?@index up to, but not with, ?@index + 1 */
void  persea_library_bind_folder (sqlite3_stmt *statement, int index, const char *folder);
char *persea_library_column_path (sqlite3_stmt *statement, int column);
void  persea_library_bind_text (sqlite3_stmt *statement, int index, const char *text);
char *persea_library_column_text (sqlite3_stmt *statement, int column);

/* persea-library-schema.c: brings the database to the newest version */
gboolean persea_library_migrate (sqlite3 *database, const char *path, GError **error);

/* sets @error from what SQLite says of @database; damage is %PERSEA_ERROR_INVALID_DATA */
void persea_library_set_error (sqlite3 *database, const char *path, GError **error);

G_END_DECLS
