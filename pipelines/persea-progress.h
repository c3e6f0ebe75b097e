/* persea-progress.h - a progress bar on standard error
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One line that is drawn over and over, at most ten times a second and only on a terminal.  Once
 * the pace is known, it says how long the work will take yet.
 * Threads: any.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PerseaProgress PerseaProgress;

/* draws nothing unless standard error is a terminal */
PerseaProgress *persea_progress_new (void);

void persea_progress_free (PerseaProgress *progress);

/* %FALSE: draws nothing even on a terminal (--quiet) */
void persea_progress_set_enabled (PerseaProgress *progress,
                                  gboolean        enabled);

/**
 * persea_progress_set:
 * @what: (nullable): what is being done, in a few translated words
 * @fraction: 0 to 1, or below 0 if unknown
 */
void persea_progress_set (PerseaProgress *progress,
                          const char     *what,
                          double          fraction);

/* wipes the line, so that something else can be written; the next set draws it again */
void persea_progress_clear (PerseaProgress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaProgress, persea_progress_free)

G_END_DECLS
