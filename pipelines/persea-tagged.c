/* persea-tagged.c - whether a file still shows the picture that its tags are of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-tagged.h"

#include "persea-dtype.h"
#include "persea-embeddings.h"
#include "persea-library-private.h"

/* @content: (out) (transfer full) (nullable): what @path held when it was tagged */
static gboolean
tagged_find (PerseaLibrary *library, const char *path, char **content, GError **error)
{
  g_autoptr (PerseaLibraryHold) hold = persea_library_hold (library);
  gboolean row = FALSE;
  sqlite3_stmt *statement;

  statement = persea_library_statement (library, "SELECT tagged FROM file WHERE path = ?1", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  if (!persea_library_step (library, statement, &row, error))
    return FALSE;
  *content = row ? persea_library_column_text (statement, 0) : NULL;
  sqlite3_reset (statement);
  return TRUE;
}

/* (transfer full) (nullable): what @path holds, without reading it if that is known */
static char *
tagged_sum (PerseaLibrary *library, const char *path, GCancellable *cancellable, GError **error)
{
  PerseaFileStamp stamp;
  char *content = NULL;

  if (!persea_file_stamp_read (path, &stamp, error)
      || !persea_embeddings_find_content (library, path, &stamp, &content, error))
    return NULL;
  return content != NULL ? content : persea_file_stamp_sum_content (path, cancellable, error);
}

/* @unit: [dim], written if it is found */
static gboolean
tagged_find_unit (PerseaLibrary           *library,
                  const PerseaTaggedLook  *look,
                  const char              *content,
                  float                   *unit,
                  gboolean                *found,
                  GError                 **error)
{
  g_autofree uint16_t *half = g_new (uint16_t, look->dim);
  int64_t model = 0;

  *found = FALSE;
  if (!persea_embeddings_find_model (library, look->identity, &model, error)
      || !persea_embeddings_find (library, model, content, NULL, half, look->dim, found, error))
    return FALSE;
  if (*found)
    persea_dtype_to_f32 (PERSEA_DTYPE_F16, half, unit, look->dim);
  return TRUE;
}

/* @alike: (out): whether both contents are known to show the same */
static gboolean
tagged_compare (PerseaLibrary           *library,
                const PerseaTaggedLook  *look,
                const char              *before,
                const char              *now,
                gboolean                *alike,
                GError                 **error)
{
  g_autofree float *units = g_new (float, 2 * look->dim);
  const float *unit = look->unit;
  gboolean found = FALSE;
  double cosine = 0;

  *alike = FALSE;
  if (!tagged_find_unit (library, look, before, units, &found, error))
    return FALSE;
  if (found && unit == NULL)
    {
      if (!tagged_find_unit (library, look, now, units + look->dim, &found, error))
        return FALSE;
      unit = units + look->dim;
    }
  for (size_t i = 0; found && i < look->dim; i++)
    cosine += (double) units[i] * unit[i];
  *alike = found && cosine >= PERSEA_TAGGED_ALIKE;
  return TRUE;
}

gboolean
persea_tagged_is_replaced (PerseaLibrary           *library,
                           const char              *path,
                           const PerseaTaggedLook  *look,
                           gboolean                *replaced,
                           GCancellable            *cancellable,
                           GError                 **error)
{
  g_autofree char *before = NULL;
  g_autofree char *now = NULL;
  gboolean alike = TRUE;

  if (!tagged_find (library, path, &before, error))
    return FALSE;
  if (before != NULL)
    {
      now = tagged_sum (library, path, cancellable, error);
      if (now == NULL)
        return FALSE;
      if (g_strcmp0 (before, now) != 0 && !tagged_compare (library, look, before, now, &alike, error))
        return FALSE;
    }
  *replaced = !alike;
  return TRUE;
}

gboolean
persea_tagged_note (PerseaLibrary *library, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *content = tagged_sum (library, path, cancellable, error);
  g_autoptr (PerseaLibraryHold) hold = NULL;
  sqlite3_stmt *statement;

  if (content == NULL)
    return FALSE;
  hold = persea_library_hold (library);
  statement = persea_library_statement (
    library, "UPDATE file SET tagged = ?2 WHERE path = ?1 AND tagged IS NOT ?2", error);
  if (statement == NULL)
    return FALSE;
  persea_library_bind_path (statement, 1, path);
  persea_library_bind_text (statement, 2, content);
  return persea_library_step (library, statement, NULL, error);
}
