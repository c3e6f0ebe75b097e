/* persea-backlog-private.h - what the two kinds of rounds share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-backlog.h"

G_BEGIN_DECLS

/**
 * persea_backlog_fail:
 * @job: a claimed job
 * @reason: why it was not done
 * @error: return location: a copy of @reason if every other job would fail as well; or what is
 *   wrong with the library
 *
 * Enters it: as failed if it is the file's own fault, as queued again if it is not, and not at all
 * if the file is gone.
 */
gboolean persea_backlog_fail (PerseaBacklog         *backlog,
                              const PerseaQueueJob  *job,
                              const GError          *reason,
                              GError               **error);

/**
 * persea_backlog_draw:
 * @watch: a folder that draws
 * @job: a claimed job of it
 * @unusable: (out): whether it is the watch that cannot be worked for; the job is queued again
 *   and @error is the reason
 *
 * Draws one prompt of a prompt file, or finds that all are drawn.  persea-backlog-draw.c
 */
gboolean persea_backlog_draw (PerseaBacklog              *backlog,
                              const PerseaWatchSettings  *watch,
                              PerseaQueueJob             *job,
                              gboolean                   *unusable,
                              GError                    **error);

G_END_DECLS
