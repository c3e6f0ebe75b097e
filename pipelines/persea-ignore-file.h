/* persea-ignore-file.h - .perseaignore: which files of a folder are to be left alone
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A file .perseaignore counts for its folder and all below it.  Each line is a pattern; empty lines
 * and those that begin with # do not count:
 *
 *     *.png            files and folders of this name
 *     screenshots/     folders only
 *     2019/raw/x*.tif  with a slash inside: the path from the folder of the file on
 *     !keep.png        not to be left alone, although an earlier line says so
 *
 * `*` is any number of characters and `?` is one, but neither is a slash.  The last line that fits
 * decides; a file further down decides before one further up.  What is in a folder that is left
 * alone cannot be had back.
 *
 * Threads: none; to be used by one at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_IGNORE_FILE_NAME ".perseaignore"

typedef struct _PerseaIgnoreFiles PerseaIgnoreFiles;

/**
 * persea_ignore_files_new:
 * @root: (type filename): the topmost folder; files above it do not count
 *
 * Returns: (transfer full): without any file read yet
 */
PerseaIgnoreFiles *persea_ignore_files_new (const char *root);

void persea_ignore_files_free (PerseaIgnoreFiles *files);

/**
 * persea_ignore_files_read:
 * @folder: (type filename): the root, or a folder below it
 *
 * Reads the file of @folder, again if it was read before.  To be called for each folder on the way
 * down.  A file that cannot be read, or has more than 64 KiB, leaves all alone.
 */
void persea_ignore_files_read (PerseaIgnoreFiles *files, const char *folder);

/**
 * persea_ignore_files_cover:
 * @path: (type filename): of a file or folder below the root, whose folders were read
 * @is_folder: whether it is a folder
 *
 * Returns: whether @path is to be left alone; the folders above it are not asked for
 */
gboolean persea_ignore_files_cover (PerseaIgnoreFiles *files,
                                    const char        *path,
                                    gboolean           is_folder);

/* whether @text fits @pattern, as above; takes time in proportion to the product of their lengths */
gboolean persea_ignore_pattern_fits (const char *pattern, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaIgnoreFiles, persea_ignore_files_free)

G_END_DECLS
