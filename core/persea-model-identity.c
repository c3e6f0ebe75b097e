/* persea-model-identity.c - telling one set of weights from another
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-identity.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "persea-cache.h"

#define CHUNK_SIZE (4u << 20)      /* bytes read at once */
#define REMEMBER_FROM (1 << 20)    /* bytes; smaller files are read every time */
#define SUM_LENGTH 64              /* hexadecimal digits */

typedef struct
{
  PerseaProgressFunc progress;
  gpointer           progress_data;
  GCancellable      *cancellable;
} Reading;

static char *
file_compute_sum (const char *path, uint64_t size, const Reading *reading, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, reading->cancellable, error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree void *chunk = g_malloc (CHUNK_SIZE);
  uint64_t done = 0;

  if (!stream)
    return NULL;
  for (;;)
    {
      gssize length = g_input_stream_read (G_INPUT_STREAM (stream), chunk, CHUNK_SIZE,
                                           reading->cancellable, error);

      if (length < 0)
        return NULL;
      if (length == 0)
        return g_strdup (g_checksum_get_string (checksum));
      g_checksum_update (checksum, chunk, length);
      done += length;
      if (reading->progress && size >= REMEMBER_FROM)
        reading->progress (_("Reading the model for the first time"), (double) done / size,
                           reading->progress_data);
    }
}

/* one small text file for each file ever read: "size seconds nanoseconds sum" */
static char *
memory_get_path (const GStatBuf *status)
{
  g_autofree char *name = g_strdup_printf ("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT,
                                           (uint64_t) status->st_dev, (uint64_t) status->st_ino);

  g_autofree char *folder = persea_cache_get_folder ("identities");

  return g_build_filename (folder, name, NULL);
}

static char *
memory_describe (const GStatBuf *status)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %ld ",
                          (int64_t) status->st_size, (int64_t) status->st_mtim.tv_sec,
                          (long) status->st_mtim.tv_nsec);
}

static char *
memory_recall (const GStatBuf *status)
{
  g_autofree char *path = memory_get_path (status);
  g_autofree char *expected = memory_describe (status);
  g_autofree char *text = NULL;
  size_t length;

  if (!g_file_get_contents (path, &text, &length, NULL) || !g_str_has_prefix (text, expected))
    return NULL;
  const char *sum = text + strlen (expected);
  if (strspn (sum, "0123456789abcdef") != SUM_LENGTH || strlen (sum) != SUM_LENGTH)
    return NULL;
  persea_cache_mark (path);
  return g_strdup (sum);
}

/* It is only a memory: a cache that cannot be written costs time, nothing else. */
static void
memory_keep (const GStatBuf *status, const char *sum)
{
  g_autofree char *path = memory_get_path (status);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *prefix = memory_describe (status);
  g_autofree char *text = g_strconcat (prefix, sum, NULL);

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (path, text, -1, NULL);
}

static char *
file_get_sum (const char *path, const GStatBuf *before, const Reading *reading, GError **error)
{
  GStatBuf after;

  if (before->st_size < REMEMBER_FROM)
    return file_compute_sum (path, before->st_size, reading, error);

  char *sum = memory_recall (before);
  if (sum)
    return sum;
  sum = file_compute_sum (path, before->st_size, reading, error);
  if (sum && g_stat (path, &after) == 0 && after.st_size == before->st_size
      && after.st_mtim.tv_sec == before->st_mtim.tv_sec
      && after.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
    memory_keep (before, sum);
  return sum;
}

char *
persea_model_identity (const char *const   *files,
                       PerseaProgressFunc   progress,
                       gpointer             progress_data,
                       GCancellable        *cancellable,
                       GError             **error)
{
  const Reading reading = { progress, progress_data, cancellable };
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (unsigned i = 0; files[i]; i++)
    {
      GStatBuf status;

      if (g_stat (files[i], &status) < 0)
        continue;
      g_autofree char *sum = file_get_sum (files[i], &status, &reading, error);
      if (!sum)
        return NULL;
      g_checksum_update (checksum, (const guchar *) sum, SUM_LENGTH);
    }
  return g_strdup (g_checksum_get_string (checksum));
}
