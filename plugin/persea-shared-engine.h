/* persea-shared-engine.h - the one engine of all operations of a process
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Opened by the first task, in a thread of its own, which does one task after the other.  Tasks
 * with the same key are one task, and what came of a task is kept for a while for the next who
 * asks.  What nobody has used for PERSEA_SHARED_ENGINE_REST seconds is given back: models, device
 * and renderings, and the thread ends.
 *
 * This is the only state of the process; everything here may be called from any thread.
 */
#pragma once

#include "persea-engine.h"
#include "persea-rendering.h"

G_BEGIN_DECLS

#define PERSEA_SHARED_ENGINE_REST 40                         /* s; a minute is what was promised */
#define PERSEA_SHARED_ENGINE_MAX_RENDERINGS (256u << 20) /* bytes */

typedef struct _PerseaTask PerseaTask;

/**
 * PerseaTaskFunc:
 * @engine: to load models with; nobody else uses it meanwhile
 * @progress: to be told what is being done
 *
 * Returns: (transfer full) (nullable): what came of it; %NULL with @error set
 */
typedef PerseaRendering *(*PerseaTaskFunc) (gpointer            data,
                                            PerseaEngine       *engine,
                                            PerseaProgressFunc  progress,
                                            gpointer            progress_data,
                                            GCancellable       *cancellable,
                                            GError            **error);

/**
 * PerseaTaskOrder:
 * @key: says everything that decides what comes of it, pixels included
 * @run: does it
 * @data: passed to @run
 * @free_data: (nullable): for @data, in any thread
 */
typedef struct
{
  char           *key;
  PerseaTaskFunc  run;
  gpointer        data;
  GDestroyNotify  free_data;
} PerseaTaskOrder;

typedef void (*PerseaTaskWake) (gpointer user_data);

void persea_task_order_clear (PerseaTaskOrder *order);

/* (transfer full) (nullable): what came of an earlier task with this key, if it is still there */
PerseaRendering *persea_shared_engine_find (const char *key);

/**
 * persea_shared_engine_submit:
 * @order: (inout): emptied; its data are not needed if such a task is under way
 * @wake: (nullable): called in the engine's thread whenever there is something new; only to wake
 *   somebody up: nothing of this header may be called in it
 * @free_data: (nullable): for @user_data, when @wake is not called any more
 *
 * Returns: (transfer full): a share of the task, which ends with persea_task_release()
 */
PerseaTask *persea_shared_engine_submit (PerseaTaskOrder *order,
                                         PerseaTaskWake   wake,
                                         gpointer         user_data,
                                         GDestroyNotify   free_data);

/* who lets go of the last share of a task cancels it */
void persea_task_release (PerseaTask *task);

/**
 * persea_task_get_progress:
 * @what: (out) (transfer full) (nullable): what is being done, translated
 * @fraction: (out): 0 to 1
 *
 * Returns: whether the task is done
 */
gboolean persea_task_get_progress (PerseaTask *task, char **what, double *fraction);

/**
 * persea_task_wait:
 * @progress: (nullable): called in the calling thread whenever there is something new
 * @error: return location; that of the task
 *
 * Returns: (transfer full) (nullable): what came of it
 */
PerseaRendering *persea_task_wait (PerseaTask          *task,
                                   PerseaProgressFunc   progress,
                                   gpointer             progress_data,
                                   GError             **error);

/* a number that this function returns only once in a process, for keys */
uint64_t persea_shared_engine_make_number (void);

G_END_DECLS
