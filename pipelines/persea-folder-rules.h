/* persea-folder-rules.h - which files of a folder are pictures to tag
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same rules for `persea tag -r` and for watched folders.  They look at names only; a file
 * that somebody names on the command line is read whatever its name.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_folder_rules_wants_file:
 * @name: (type filename): the last part of a path
 *
 * Hidden files, backups, downloads that are not complete, sidecars and whatever does not have the
 * suffix of a picture (in any case) are not wanted.
 */
gboolean persea_folder_rules_wants_file (const char *name);

/**
 * persea_folder_rules_wants_untrusted:
 * @name: (type filename): the last part of a path
 *
 * Whether @name has the suffix of one more kind of picture that libvips reads, by decoders that it
 * does not trust (persea_image_allow_untrusted()).
 */
gboolean persea_folder_rules_wants_untrusted (const char *name);

/**
 * persea_folder_rules_wants_folder:
 * @name: (type filename): the last part of a path
 *
 * Hidden folders are not wanted.
 */
gboolean persea_folder_rules_wants_folder (const char *name);

/**
 * persea_folder_rules_is_marker:
 * @name: (type filename): the last part of a path
 *
 * Whether a file of this name says that its folder, and all below it, is to be left alone:
 * .nomedia, .noimage, .trackerignore.
 */
gboolean persea_folder_rules_is_marker (const char *name);

/**
 * persea_folder_rules_is_marked:
 * @folder: (type filename): a folder
 *
 * Returns: whether @folder has a marker
 */
gboolean persea_folder_rules_is_marked (const char *folder);

G_END_DECLS
