/* persea-bad-pictures.c - the bad_picture table of the library
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-bad-pictures.h"

#include "persea-library-private.h"

#define BAD_PICTURES_OLD (30 * 24 * 60 * 60) /* s */

/* Those that another program could not read are of no use to this one; a program that was only tried
 * out may come back. */
static gboolean
bad_pictures_forget_others (PerseaLibrary *library, const char *program, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "DELETE FROM bad_picture WHERE program <> ?1 AND since < ?2", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, program);
  sqlite3_bind_int64 (statement, 2, g_get_real_time () / G_USEC_PER_SEC - BAD_PICTURES_OLD);
  return persea_library_step (library, statement, NULL, error);
}

gboolean
persea_bad_pictures_add (PerseaLibrary  *library,
                         const char     *content,
                         int64_t         size,
                         const char     *program,
                         const char     *reason,
                         GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library,
    "INSERT OR REPLACE INTO bad_picture (content, size, program, reason, since)"
    " VALUES (?1, ?2, ?3, ?4, ?5)",
    error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, content);
  sqlite3_bind_int64 (statement, 2, size);
  persea_library_bind_text (statement, 3, program);
  persea_library_bind_text (statement, 4, reason);
  sqlite3_bind_int64 (statement, 5, g_get_real_time () / G_USEC_PER_SEC);
  return persea_library_step (library, statement, NULL, error)
         && bad_pictures_forget_others (library, program, error);
}

gboolean
persea_bad_pictures_has_size (PerseaLibrary *library, int64_t size, gboolean *has, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  sqlite3_stmt *statement;

  statement =
    persea_library_statement (library, "SELECT 1 FROM bad_picture WHERE size = ?1 LIMIT 1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, size);
  if (!persea_library_step (library, statement, has, error))
    return FALSE;
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
persea_bad_pictures_find (PerseaLibrary  *library,
                          const char     *content,
                          const char     *program,
                          char          **reason,
                          GError        **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (
    library, "SELECT reason FROM bad_picture WHERE content = ?1 AND program = ?2", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_text (statement, 1, content);
  persea_library_bind_text (statement, 2, program);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *reason = row ? persea_library_column_text (statement, 0) : NULL;
  sqlite3_reset (statement);
  return TRUE;
}
