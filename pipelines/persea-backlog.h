/* persea-backlog.h - works off the daemon's queue
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One round takes some jobs of one watched folder from the queue of the library, finds out which of
 * their pictures are known already (unchanged, moved, copied), tags the others, and enters what came
 * of it; or draws one prompt of a folder that draws.  The two kinds of folders take turns.
 *
 * A picture that has moved keeps its tags, and gets a sidecar at its new place; the old sidecar
 * stays where it is, for it may hold other people's work.
 *
 * Threads: belongs to the worker's thread.
 */
#pragma once

#include "persea-loader.h"
#include "persea-queue.h"

G_BEGIN_DECLS

/**
 * PerseaBacklogStopFunc:
 *
 * Returns: whether to begin no further picture
 */
typedef gboolean (*PerseaBacklogStopFunc) (gpointer user_data);

/**
 * PerseaBacklog:
 * @library: with the queue
 * @loader: for models
 * @settings: the watched folders
 * @stop: asked before each picture
 * @user_data: passed to @stop
 * @cancellable: ends a round at once
 * @tag_cancellable: ends the tagging of pictures at once, nothing else
 * @max: pictures of a round
 * @gentle: whether it may well be ended early; see PerseaPictureStreamOptions
 * @runs: (element-type utf8 int64): the runs that new pictures belong to, by watch; they
 *   end when the model is let go
 * @last: (inout): the kind of the last round, so that the other has its turn
 */
typedef struct
{
  PerseaLibrary        *library;
  PerseaLoader         *loader;
  PerseaSettings       *settings;
  PerseaBacklogStopFunc stop;
  gpointer              user_data;
  GCancellable         *cancellable;
  GCancellable         *tag_cancellable;
  unsigned              max;
  gboolean              gentle;
  GHashTable           *runs;
  PerseaWatchMode      *last;
} PerseaBacklog;

/**
 * persea_backlog_round:
 * @empty: (out): whether nothing was queued
 * @error: return location; if the device, a model, a vocabulary or the library cannot be used.
 *   Pictures that fail are logged and entered
 *
 * What was begun and not done, for whatever reason, is queued again.
 */
gboolean persea_backlog_round (PerseaBacklog *backlog, gboolean *empty, GError **error);

G_END_DECLS
