/* persea-cache.h - the files that save time, and for how long they are kept
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * $XDG_CACHE_HOME/persea has a folder for each kind of thing: packed weights, embeddings of texts,
 * built kernels, sums of checkpoints.  All of it may be deleted at any time, and is made again.
 *
 * A file's modification time says when it was last in use, and known to be sound, to the day: that
 * of the file system's own records is often switched off.  What was not used for
 * %PERSEA_CACHE_MAX_AGE is removed when something new is kept, and the oldest files beyond
 * %PERSEA_CACHE_MAX_SIZE, and what a killed process left behind.
 *
 * Threads: any may call.  Processes: files are removed whole; who has one mapped keeps it.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_CACHE_MAX_AGE (60 * G_TIME_SPAN_DAY)
#define PERSEA_CACHE_MAX_SIZE ((uint64_t) 24 << 30) /* bytes */

/**
 * PerseaCacheFile:
 * @path: (type filename): where it is
 * @kind: the name of its folder
 * @size: bytes
 * @used: when it was last in use, microseconds since 1970
 */
typedef struct
{
  char    *path;
  char    *kind;
  uint64_t size;
  int64_t  used;
} PerseaCacheFile;

/* (transfer full) (type filename): the folder of a kind of things, whether or not it is there */
char *persea_cache_get_folder (const char *kind);

/* (transfer full) (element-type PerseaCacheFile): last used first */
GPtrArray *persea_cache_list (void);

/* whether a file was in use, and found to be sound, within the last day */
gboolean persea_cache_is_fresh (const char *path);

/* says that it is; nothing happens to one that is fresh, or not ours */
void persea_cache_mark (const char *path);

/**
 * persea_cache_tidy:
 * @kept: (nullable) (type filename): a file that was just made, and stays
 *
 * Removes what is too old, too much, or left behind.
 */
void persea_cache_tidy (const char *kept);

/**
 * persea_cache_clear:
 * @kinds: (nullable) (array zero-terminated=1): which; %NULL for all
 * @n_bytes: (out): of what was removed
 * @error: return location; %G_FILE_ERROR, of the first file that could not be removed; the others
 *   are removed
 */
gboolean persea_cache_clear (const char *const  *kinds,
                             uint64_t           *n_bytes,
                             GError            **error);

G_END_DECLS
