/* persea-settling.h - waiting until a file is complete
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A file has settled when its size and time of change have been the same for a while.  One that
 * somebody has open for writing needs much longer, unless the end of the writing is reported: a
 * program may pause in the middle.
 *
 * Threads: everything happens on the thread of the main context that was the default one when it
 * was made.  No wake-ups while nothing is waiting.
 */
#pragma once

#include "persea-file-stamp.h"

G_BEGIN_DECLS

typedef struct _PerseaSettling PerseaSettling;

typedef void (*PerseaSettledFunc) (const char            *path,
                                   const PerseaFileStamp *stamp,
                                   gpointer               user_data);

/**
 * persea_settling_new:
 * @steady: how long a file must not change, ms
 * @func: told once about each file that has settled; files that vanish or turn out not to be
 *   regular files are dropped silently
 */
PerseaSettling *persea_settling_new (unsigned          steady,
                                     PerseaSettledFunc func,
                                     gpointer          user_data);

void persea_settling_free (PerseaSettling *settling);

/**
 * persea_settling_add:
 * @path: (type filename): a file that appeared or changed
 * @writing: somebody is still writing; to be added again with %FALSE when that has ended
 *
 * Begins to wait, or to wait anew.
 */
void persea_settling_add (PerseaSettling *settling, const char *path, gboolean writing);

/* Whether somebody waits for @path. */
gboolean persea_settling_has (PerseaSettling *settling, const char *path);

/* Forgets @folder, or file, and all below it. */
void persea_settling_remove_tree (PerseaSettling *settling, const char *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaSettling, persea_settling_free)

G_END_DECLS
