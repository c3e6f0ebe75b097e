/* persea-tag-writer.c - writes the tags of a picture, and takes them back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-tag-writer.h"

#include <string.h>

static GPtrArray *
string_list_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

void
persea_tag_written_init (PerseaTagWritten *written)
{
  written->paths = string_list_new ();
  written->added = string_list_new ();
  written->removed = string_list_new ();
  written->rejected = string_list_new ();
}

void
persea_tag_written_clear (PerseaTagWritten *written)
{
  g_clear_pointer (&written->paths, g_ptr_array_unref);
  g_clear_pointer (&written->added, g_ptr_array_unref);
  g_clear_pointer (&written->removed, g_ptr_array_unref);
  g_clear_pointer (&written->rejected, g_ptr_array_unref);
}

static gboolean
string_list_contains (GPtrArray *list, const char *text)
{
  return g_ptr_array_find_with_equal_func (list, text, g_str_equal, NULL);
}

/* moves the texts of @from that are new to @to */
static void
string_list_merge (GPtrArray *to, GPtrArray *from)
{
  for (unsigned i = 0; i < from->len; i++)
    if (!string_list_contains (to, from->pdata[i]))
      g_ptr_array_add (to, g_strdup (from->pdata[i]));
}

/* The file's number in the library and the tags that must not come back, case-folded. */
static gboolean
writer_ask_library (const PerseaTagWriterOptions  *options,
                    const char                    *picture,
                    int64_t                       *file,
                    GHashTable                   **rejected,
                    GError                       **error)
{
  g_autofree char *path = g_canonicalize_filename (picture, NULL);
  g_autoptr (GHashTable) names = NULL;
  PerseaFileStamp stamp;
  GHashTableIter iter;
  gpointer name;

  *file = 0;
  *rejected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!options->library)
    return TRUE;

  if (options->dry_run)
    {
      if (!persea_library_find_file (options->library, path, file, NULL, error))
        return FALSE;
      if (*file == 0)
        return TRUE;
    }
  else if (!persea_file_stamp_read (path, &stamp, error)
           || !persea_library_enter_file (options->library, path, &stamp, file, error))
    return FALSE;
  if (!persea_library_get_rejected (options->library, *file, &names, error))
    return FALSE;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (*rejected, g_utf8_casefold (name, -1));
  return TRUE;
}

static gboolean
writer_enter (const PerseaTagWriterOptions  *options,
              int64_t                        file,
              const PerseaKeywordTag        *tags,
              size_t                         n_tags,
              const PerseaTagWritten        *written,
              GError                       **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tag_record_free);

  if (options->replaced && !persea_library_forget_tags (options->library, file, error))
    return FALSE;
  for (unsigned i = 0; i < written->rejected->len; i++)
    if (!persea_library_reject (options->library, file, written->rejected->pdata[i], error))
      return FALSE;
  for (size_t i = 0; i < n_tags; i++)
    {
      PerseaTagRecord *record = g_new0 (PerseaTagRecord, 1);

      record->name = g_strdup (tags[i].path);
      record->score = tags[i].score;
      record->written = string_list_contains (written->added, tags[i].path);
      g_ptr_array_add (records, record);
    }
  return persea_library_set_tags (options->library, options->run_id, file, records, error);
}

static gboolean
writer_tell_library (const PerseaTagWriterOptions  *options,
                     int64_t                        file,
                     const PerseaKeywordTag        *tags,
                     size_t                         n_tags,
                     const PerseaTagWritten        *written,
                     GError                       **error)
{
  if (!options->library || options->dry_run)
    return TRUE;
  if (!persea_library_begin (options->library, error))
    return FALSE;
  if (writer_enter (options, file, tags, n_tags, written, error))
    return persea_library_commit (options->library, error);
  persea_library_rollback (options->library);
  return FALSE;
}

/* Changes all places in memory; those that need no saving are dropped from @places.
 * @replaced: as in PerseaTagWriterOptions */
static void
places_merge (GPtrArray              *places,
              gboolean                replaced,
              const PerseaKeywordTag *tags,
              size_t                  n_tags,
              const PerseaKeywordRun *run,
              PerseaTagWritten       *written)
{
  for (unsigned i = places->len; i-- > 0;)
    {
      PerseaKeywordPlace *place = places->pdata[i];
      PerseaKeywords *keywords = persea_keyword_place_get_keywords (place);
      g_autoptr (GPtrArray) added = string_list_new ();
      g_autoptr (GPtrArray) rejected = string_list_new ();
      g_autoptr (GPtrArray) removed = string_list_new ();
      gboolean changed = persea_keywords_notice_changes (keywords, rejected);

      for (unsigned j = 0; j < rejected->len; j++)
        g_hash_table_add (run->rejected, g_utf8_casefold (rejected->pdata[j], -1));
      if (replaced)
        changed |= persea_keywords_take_back (keywords, NULL, removed);
      changed |= persea_keywords_merge (keywords, tags, n_tags, run, added);
      /* what fits the new picture, too, only seems to go */
      for (unsigned j = removed->len; j-- > 0;)
        if (string_list_contains (added, removed->pdata[j]))
          g_ptr_array_remove_index (removed, j);
      string_list_merge (written->added, added);
      string_list_merge (written->rejected, rejected);
      string_list_merge (written->removed, removed);
      if (changed)
        g_ptr_array_add (written->paths, g_strdup (persea_keyword_place_get_path (place)));
      else
        g_ptr_array_remove_index (places, i);
    }
}

static gboolean
places_save (GPtrArray *places, const char *run, GCancellable *cancellable, GError **error)
{
  for (unsigned i = 0; i < places->len; i++)
    if (!persea_keyword_place_save (places->pdata[i], run, cancellable, error))
      return FALSE;
  return TRUE;
}

gboolean
persea_tag_writer_write (const PerseaTagWriterOptions  *options,
                         const char                    *picture,
                         const PerseaKeywordTag        *tags,
                         size_t                         n_tags,
                         PerseaTagWritten              *written,
                         GCancellable                  *cancellable,
                         GError                       **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  g_autoptr (GHashTable) rejected = NULL;
  g_autoptr (GPtrArray) places = NULL;
  PerseaKeywordRun run = { .run = options->run, .model = options->model, .date = date };
  int64_t file;

  if (!writer_ask_library (options, picture, &file, &rejected, error))
    return FALSE;
  if (options->write != PERSEA_WRITE_NONE)
    {
      run.rejected = rejected;
      places = persea_keyword_places_open (picture, options->write, options->form, error);
      if (!places)
        return FALSE;
      places_merge (places, options->replaced, tags, n_tags, &run, written);
    }

  /* The library first: if the process ends in between, undoing the run looks at a picture in vain,
   * which is better than not looking at one. */
  return writer_tell_library (options, file, tags, n_tags, written, error)
         && (options->dry_run || !places || places_save (places, options->run, cancellable, error));
}

gboolean
persea_tag_writer_take_back (const PerseaTagWriterOptions  *options,
                             const char                    *picture,
                             PerseaTagWritten              *written,
                             GCancellable                  *cancellable,
                             GError                       **error)
{
  g_autoptr (GPtrArray) places = NULL;

  if (options->write == PERSEA_WRITE_NONE)
    return TRUE;
  places = persea_keyword_places_open (picture, options->write, options->form, error);
  if (!places)
    return FALSE;
  for (unsigned i = places->len; i-- > 0;)
    {
      PerseaKeywordPlace *place = places->pdata[i];
      PerseaKeywords *keywords = persea_keyword_place_get_keywords (place);
      g_autoptr (GPtrArray) removed = string_list_new ();

      persea_keywords_notice_changes (keywords, written->rejected);
      if (persea_keywords_take_back (keywords, options->run, removed))
        g_ptr_array_add (written->paths, g_strdup (persea_keyword_place_get_path (place)));
      else
        g_ptr_array_remove_index (places, i);
      string_list_merge (written->removed, removed);
    }
  return options->dry_run || places_save (places, options->run, cancellable, error);
}
