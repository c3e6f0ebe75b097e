/* persea-drawings.c - the drawing table of the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-drawings.h"

#include "persea-library-private.h"

gboolean
persea_drawings_find (PerseaLibrary  *library,
                      int64_t         file,
                      const char     *prompt,
                      unsigned       *n_pictures,
                      char          **reason,
                      GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT pictures, error FROM drawing WHERE file = ?1 AND prompt = ?2", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  persea_library_bind_text (statement, 2, prompt);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *n_pictures = row ? sqlite3_column_int (statement, 0) : 0;
  *reason = row ? persea_library_column_text (statement, 1) : NULL;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_drawings_set (PerseaLibrary  *library,
                     int64_t         file,
                     const char     *prompt,
                     unsigned        n_pictures,
                     const char     *reason,
                     GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT INTO drawing (file, prompt, pictures, error, changed) VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT (file, prompt) DO UPDATE SET pictures = ?3, error = ?4, changed = ?5",
    error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  persea_library_bind_text (statement, 2, prompt);
  sqlite3_bind_int64 (statement, 3, n_pictures);
  persea_library_bind_text (statement, 4, reason);
  sqlite3_bind_int64 (statement, 5, g_get_real_time () / G_USEC_PER_SEC);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_drawings_forget_errors (PerseaLibrary *library, int64_t file, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "UPDATE drawing SET error = NULL WHERE file = ?1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, file);
  return persea_library_step (library, statement, NULL, error);
}
