/* persea-text-cache.c - tables of texts in files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A file is a header of 128 bytes and the table's memory as it is.  Header: "PerseaTT", version,
 * dim (u32 each), n, sum (u64 each), key (64 bytes), zeros.  The sum covers everything behind the
 * header; it finds damage, not malice.
 */
#include "config.h"

#include "persea-text-table-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "persea-cache.h"
#include "persea-error.h"
#include "persea-sum.h"
#include "persea-tokenizer.h"

/* to be raised when rows of the same texts would come out differently */
#define CACHE_VERSION 2

/* texts that are encoded between two looks at the cancellable and the clock */
#define ENCODE_CHUNK 128

typedef struct
{
  char     magic[8];
  uint32_t version;
  uint32_t dim;
  uint64_t n;
  uint64_t sum;
  char     key[64];
  uint8_t  zeros[32];
} CacheHeader;

G_STATIC_ASSERT (sizeof (CacheHeader) == 128);

static const char magic[8] = { 'P', 'e', 'r', 's', 'e', 'a', 'T', 'T' };

static PerseaTextTable *
table_from_file (GMappedFile *file, const char *path, const char *key, GError **error)
{
  const uint8_t *bytes = (const uint8_t *) g_mapped_file_get_contents (file);
  size_t size = g_mapped_file_get_length (file);
  g_autoptr (PerseaTextTable) table = g_atomic_rc_box_new0 (PerseaTextTable);
  g_autoptr (GBytes) all = g_mapped_file_get_bytes (file);
  CacheHeader header;
  char expected_key[64] = { 0 };
  const char *reason = NULL;

  memcpy (expected_key, key, MIN (strlen (key), sizeof expected_key));
  if (size < sizeof header)
    reason = "it is too short";
  else
    {
      memcpy (&header, bytes, sizeof header);
      if (memcmp (header.magic, magic, sizeof magic) != 0 || header.version != CACHE_VERSION)
        reason = "it is no table of this version";
      else if (memcmp (header.key, expected_key, sizeof expected_key) != 0)
        reason = "it is the table of something else";
      else if (header.n > SIZE_MAX
               || persea_text_table_layout (table, header.n, header.dim, bytes + sizeof header) == 0
               || persea_text_table_layout (table, header.n, header.dim, bytes + sizeof header)
                  != size - sizeof header)
        reason = "its size is not what its header says";
      else if (persea_sum_add (0, bytes + sizeof header, size - sizeof header) != header.sum)
        reason = "its sum is wrong";
    }
  if (reason)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "%s: %s", path, reason);
      return NULL;
    }
  table->memory = g_bytes_new_from_bytes (all, sizeof header, size - sizeof header);
  return g_steal_pointer (&table);
}

PerseaTextTable *
persea_text_table_open (const char *path, const char *key, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);

  return file ? table_from_file (file, path, key, error) : NULL;
}

gboolean
persea_text_table_save (PerseaTextTable *table, const char *path, const char *key, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileOutputStream) stream = NULL;
  gsize size;
  const uint8_t *bytes = g_bytes_get_data (table->memory, &size);
  CacheHeader header = {
    .version = CACHE_VERSION,
    .dim = (uint32_t) table->dim,
    .n = table->n,
    .sum = persea_sum_add (0, bytes, size),
  };

  memcpy (header.magic, magic, sizeof magic);
  memcpy (header.key, key, MIN (strlen (key), sizeof header.key));
  /* without G_FILE_CREATE_REPLACE_DESTINATION GIO might write into a file that is mapped */
  stream = g_file_replace (file, NULL, FALSE,
                           G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, NULL, error);
  if (!stream)
    return FALSE;
  if (!g_output_stream_write_all (G_OUTPUT_STREAM (stream), &header, sizeof header, NULL, NULL, error)
      || !g_output_stream_write_all (G_OUTPUT_STREAM (stream), bytes, size, NULL, NULL, error))
    {
      g_autoptr (GCancellable) cancelled = g_cancellable_new ();

      /* closing a cancelled replacement leaves the old file in place */
      g_cancellable_cancel (cancelled);
      g_output_stream_close (G_OUTPUT_STREAM (stream), cancelled, NULL);
      return FALSE;
    }
  return g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, error);
}

static size_t
groups_count (const PerseaTextGroups *groups)
{
  return groups->ends ? groups->n_groups : groups->n_texts;
}

static size_t
groups_get_end (const PerseaTextGroups *groups, size_t group)
{
  return groups->ends ? groups->ends[group] : group + 1;
}

/* SHA-256 over everything that decides the numbers, each with its length */
static char *
groups_make_key (PerseaClip *clip, const PerseaTextGroups *groups)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *identity = persea_clip_get_identity (clip);
  const char *precision = persea_precision_name (persea_clip_get_precision (clip));
  const PerseaTokenizer *tokenizer = persea_clip_get_tokenizer (clip);
  uint64_t words = tokenizer ? persea_tokenizer_get_sum (tokenizer) : 0;
  size_t n = groups_count (groups);

  g_checksum_update (checksum, (const guchar *) &words, sizeof words);
  g_checksum_update (checksum, (const guchar *) identity, strlen (identity) + 1);
  g_checksum_update (checksum, (const guchar *) precision, strlen (precision) + 1);
  for (size_t group = 0, text = 0; group < n; group++)
    {
      g_checksum_update (checksum, (const guchar *) "\x1d", 1);
      for (; text < groups_get_end (groups, group); text++)
        g_checksum_update (checksum, (const guchar *) groups->texts[text], strlen (groups->texts[text]) + 1);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

static void
add_row (float *sum, const float *row, size_t dim)
{
  for (size_t i = 0; i < dim; i++)
    sum[i] += row[i];
}

/* [n_groups, dim]: sums of unit vectors */
static gboolean
groups_encode (PerseaClip                    *clip,
               const PerseaTextGroups        *groups,
               const PerseaTextTableOptions  *options,
               float                         *sums,
               GCancellable                  *cancellable,
               GError                       **error)
{
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *chunk = g_new (float, ENCODE_CHUNK * dim);
  size_t group = 0;

  for (size_t start = 0; start < groups->n_texts; start += ENCODE_CHUNK)
    {
      size_t n = MIN (ENCODE_CHUNK, groups->n_texts - start);

      if (options && options->progress)
        options->progress (_("encoding texts"), (double) start / groups->n_texts, options->progress_data);
      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !persea_clip_encode_texts (clip, groups->texts + start, n, chunk, cancellable, error))
        return FALSE;
      persea_clip_normalize (chunk, n, dim);
      for (size_t i = 0; i < n; i++)
        {
          while (groups_get_end (groups, group) <= start + i)
            group++;
          if (!isfinite (chunk[i * dim]))
            {
              g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                           "%s: the embedding of '%s' is not a number", persea_clip_get_name (clip),
                           groups->texts[start + i]);
              return FALSE;
            }
          add_row (sums + group * dim, chunk + i * dim, dim);
        }
    }
  return TRUE;
}

static PerseaTextTable *
table_encode (PerseaClip                    *clip,
              const PerseaTextGroups        *groups,
              const PerseaTextTableOptions  *options,
              GCancellable                  *cancellable,
              GError                       **error)
{
  size_t n = groups_count (groups);
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *sums = g_try_new0 (float, n * dim);

  if (!sums)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   "no memory for the embeddings of %" G_GSIZE_FORMAT " texts", n);
      return NULL;
    }

  /* the work before, and that which follows, is the other tower's */
  gboolean is_long = groups->n_texts > ENCODE_CHUNK;
  if (is_long)
    persea_clip_let_go (clip);
  gboolean ok = groups_encode (clip, groups, options, sums, cancellable, error);
  if (is_long)
    persea_clip_let_go (clip);
  return ok ? persea_text_table_new (sums, n, dim) : NULL;
}

PerseaTextTable *
persea_text_table_ensure (PerseaClip                    *clip,
                          const PerseaTextGroups        *groups,
                          const PerseaTextTableOptions  *options,
                          GCancellable                  *cancellable,
                          GError                       **error)
{
  size_t n = groups_count (groups);
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree char *key = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) cache_error = NULL;
  PerseaTextTable *table;

  if (n == 0 || n > PERSEA_TEXT_TABLE_MAX_ROWS || dim > PERSEA_TEXT_TABLE_MAX_DIM)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   "expected 1 to %u texts, found %" G_GSIZE_FORMAT, PERSEA_TEXT_TABLE_MAX_ROWS, n);
      return NULL;
    }
  if (options && options->no_cache)
    return table_encode (clip, groups, options, cancellable, error);

  key = groups_make_key (clip, groups);
  folder = options && options->cache_folder
           ? g_strdup (options->cache_folder)
           : persea_cache_get_folder ("vocabularies");
  name = g_strdup_printf ("%.32s.texts", key);
  path = g_build_filename (folder, name, NULL);
  table = persea_text_table_open (path, key, &cache_error);
  if (table && table->n == n && table->dim == dim)
    {
      persea_cache_mark (path);
      return table;
    }
  g_clear_pointer (&table, persea_text_table_unref);
  if (cache_error)
    g_debug ("%s", cache_error->message);
  g_clear_error (&cache_error);

  table = table_encode (clip, groups, options, cancellable, error);
  if (!table)
    return NULL;
  if (g_mkdir_with_parents (folder, 0700) == 0 && persea_text_table_save (table, path, key, &cache_error))
    persea_cache_tidy (path);
  else
    g_debug ("%s: not kept: %s", path, cache_error ? cache_error->message : g_strerror (errno));
  return table;
}
