/* persea-settings-edit.h - changes the watched folders of persea.conf
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For `persea watch` and for programs on the bus.  The file is a person's: everything that is not
 * asked for stays as it is, to the byte: comments, blank lines, other groups, errors.  It is replaced
 * as a whole or not at all (persea-replacement.h), with the mode that it had, and where it is a link,
 * what it points to.  A change that would make an error is refused.  persead notices by itself.
 */
#pragma once

#include "persea-settings.h"

G_BEGIN_DECLS

/**
 * persea_settings_edit_add:
 * @path: (type filename): the file; made if there is none
 * @name: (nullable): of the group; %NULL for one that follows from @folder
 * @folder: (type filename): absolute
 * @pairs: (array zero-terminated=1) (nullable): more lines, KEY=VALUE
 * @added: (out) (optional): the name
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if the name or the folder is taken, or a
 *   line makes no sense
 */
gboolean persea_settings_edit_add (const char         *path,
                                   const char         *name,
                                   const char         *folder,
                                   const char *const  *pairs,
                                   char              **added,
                                   GError            **error);

/**
 * persea_settings_edit_remove:
 * @name: of a group; it and its lines go, comments stay
 * @error: return location; %PERSEA_ERROR_NOT_FOUND
 */
gboolean persea_settings_edit_remove (const char *path, const char *name, GError **error);

/**
 * persea_settings_edit_set:
 * @name: of a group
 * @key: a key of the group
 * @value: (nullable): its new value; %NULL for the default, without a line
 * @error: return location; %PERSEA_ERROR_NOT_FOUND
 */
gboolean persea_settings_edit_set (const char  *path,
                                   const char  *name,
                                   const char  *key,
                                   const char  *value,
                                   GError     **error);

G_END_DECLS
