/* persea-file-stamp.h - whether a file is still the one that we knew
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A stamp is cheap and says "unchanged" when it is equal; when it differs, the sum of the content
 * says whether the picture is another one or was only moved or touched.
 */
#pragma once

#include <stdint.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * PerseaFileStamp:
 * @device: of the file system
 * @inode: of the file
 * @size: bytes
 * @mtime_ns: since 1970
 *
 * What lstat() says; while it stays the same, the content does.
 */
typedef struct
{
  uint64_t device;
  uint64_t inode;
  int64_t  size;
  int64_t  mtime_ns;
} PerseaFileStamp;

/**
 * persea_file_stamp_read:
 * @path: (type filename): a file
 * @stamp: (out caller-allocates): what was found
 * @error: return location; %G_IO_ERROR with the system's reason, %PERSEA_ERROR_UNSUPPORTED if it is
 *   not a regular file
 *
 * Does not follow a link.
 */
gboolean persea_file_stamp_read (const char       *path,
                                 PerseaFileStamp  *stamp,
                                 GError          **error);

/* whether nothing changed between the two */
gboolean persea_file_stamp_equal (const PerseaFileStamp *a, const PerseaFileStamp *b);

/**
 * persea_file_stamp_equal_remounted:
 *
 * Whether nothing changed, as far as can be told of a file system that may have been mounted again
 * since: with another device number, which some get at every start, inodes say nothing.
 */
gboolean persea_file_stamp_equal_remounted (const PerseaFileStamp *a, const PerseaFileStamp *b);

/**
 * persea_file_stamp_is_gone:
 * @path: (type filename): a file that was there
 * @stamp: what it looked like
 *
 * Returns: whether the file is not there any more although its file system is; %FALSE if that is
 *   not certain
 */
gboolean persea_file_stamp_is_gone (const char *path, const PerseaFileStamp *stamp);

/* bytes of a file that is read as a whole: no picture is that long, but a file with holes is made in no time */
#define PERSEA_FILE_STAMP_MAX_SIZE (INT64_C (4) << 30)

/**
 * persea_file_stamp_sum_content:
 * @path: (type filename): a file of at most %PERSEA_FILE_STAMP_MAX_SIZE
 * @cancellable: (nullable): stops the reading
 *
 * Returns: (transfer full) (nullable): the SHA-256 of its bytes, 64 hexadecimal digits
 */
char *persea_file_stamp_sum_content (const char    *path,
                                     GCancellable  *cancellable,
                                     GError       **error);

/* The same for a file that is open, from its beginning; its position stays. */
char *persea_file_stamp_sum_open_file (int            file,
                                       GCancellable  *cancellable,
                                       GError       **error);

G_END_DECLS
