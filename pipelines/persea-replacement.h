/* persea-replacement.h - a file that is replaced as a whole or not at all
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The new contents go to a hidden temporary file in the same folder; committing gives it the mode
 * and, if allowed, the owner of the old one, syncs it, looks whether the old one is still the
 * one that was read, and renames.
 */
#pragma once

#include "persea-file-stamp.h"

G_BEGIN_DECLS

typedef struct _PerseaReplacement PerseaReplacement;

/**
 * persea_replacement_new:
 * @path: (type filename): the file; of a symbolic link, its target is replaced
 * @expected: (nullable): what it looked like when it was read; %NULL: it does not exist, and must
 *   not when the replacement is committed
 * @error: return location; %G_IO_ERROR with the system's reason
 *
 * Makes the temporary file, empty.
 *
 * Returns: (transfer full) (nullable): the replacement
 */
PerseaReplacement *persea_replacement_new (const char             *path,
                                           const PerseaFileStamp  *expected,
                                           GError                **error);

/**
 * persea_replacement_sweep:
 * @folder: (type filename): where files are going to be replaced
 * @age: seconds; %PERSEA_REPLACEMENT_ABANDONED but for tests
 *
 * Removes temporary files that a killed process left there: plain files of this user with just such
 * a name, that nobody has touched for more than @age.
 */
void persea_replacement_sweep (const char *folder, int age);

#define PERSEA_REPLACEMENT_ABANDONED 3600 /* seconds; writing one takes less than one */

/* (transfer none) (type filename): where the new contents go */
const char *persea_replacement_get_path (PerseaReplacement *replacement);

/* appends to the temporary file; fails with %G_IO_ERROR and the system's reason */
gboolean persea_replacement_write (PerseaReplacement  *replacement,
                                   GBytes             *bytes,
                                   GError            **error);

/**
 * persea_replacement_check_space:
 * @error: return location; %G_IO_ERROR, as %G_IO_ERROR_NO_SPACE
 *
 * Whether some more bytes can be written to the temporary file, for libraries that do not say why
 * they failed.  What is in the file is of no use afterwards.
 */
gboolean persea_replacement_check_space (PerseaReplacement  *replacement,
                                         GError            **error);

/* copies the old file's contents into the temporary file */
gboolean persea_replacement_copy_old (PerseaReplacement  *replacement,
                                      GCancellable       *cancellable,
                                      GError            **error);

/**
 * persea_replacement_commit:
 * @error: return location; %PERSEA_ERROR_BUSY if somebody else has changed or made the file
 *
 * On failure the old file is as it was.
 */
gboolean persea_replacement_commit (PerseaReplacement  *replacement,
                                    GError            **error);

/* removes the temporary file unless it was committed */
void persea_replacement_free (PerseaReplacement *replacement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaReplacement, persea_replacement_free)

G_END_DECLS
