/* persea-inputs.h - the pictures that a command line names
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files as they are named ("-" is a picture on standard input), names from a list, and with -r what
 * is in folders, by the rules of persea-folder-rules.h: sorted, no hidden files, no links followed, no folder
 * visited twice, folders with a marker like .nomedia left alone.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaInputs PerseaInputs;

/* told about inputs that cannot be read */
typedef void (*PerseaInputsFailFunc) (const char   *path,
                                      const GError *error,
                                      gpointer      user_data);

/**
 * persea_inputs_new:
 * @names: (array zero-terminated=1) (type filename) (nullable): from the command line
 * @list: (type filename) (nullable): a file with more names, one a line; "-": standard input
 * @recursive: folders may be among them
 * @fail: called at once for folders that cannot be read, or must not be named without -r
 * @cancellable: (nullable): stops the search
 * @error: return location; if @list cannot be read
 *
 * Searches all folders; the names are all that is kept of them.
 */
PerseaInputs *persea_inputs_new (const char *const     *names,
                                 const char            *list,
                                 gboolean               recursive,
                                 PerseaInputsFailFunc   fail,
                                 gpointer               user_data,
                                 GCancellable          *cancellable,
                                 GError               **error);

void persea_inputs_free (PerseaInputs *inputs);

size_t persea_inputs_get_total (PerseaInputs *inputs);

/* (transfer full) (type filename) (nullable): the next picture */
char *persea_inputs_next (PerseaInputs *inputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaInputs, persea_inputs_free)

G_END_DECLS
