/* persea-gimp-task.h - work that takes its time, in a thread of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Networks take seconds, and a dialog has to stay alive meanwhile; so what they do is done in a
 * thread, which knows neither GTK nor GIMP.  Its progress, and its end, are told in the main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaGimpTask PerseaGimpTask;

/* In the thread of the task.  Returns: %FALSE with @error set */
typedef gboolean (*PerseaGimpWorkFunc) (PerseaGimpTask *task, gpointer user_data, GError **error);

/* In the main thread, every now and then: what is being done (%NULL: still the same), and how far it
 * is (below 0: unknown) */
typedef void (*PerseaGimpShowFunc) (const char *what, double fraction, gpointer user_data);

/* In the main thread, once; @error: (nullable): %NULL if it went well */
typedef void (*PerseaGimpDoneFunc) (const GError *error, gpointer user_data);

/**
 * persea_gimp_task_start:
 * @user_data: passed to all three; only @work may touch it until @done is called
 *
 * Needs a main loop that runs.
 *
 * Returns: (transfer full): the task
 */
PerseaGimpTask *persea_gimp_task_start (PerseaGimpWorkFunc work,
                                        PerseaGimpShowFunc show,
                                        PerseaGimpDoneFunc done,
                                        gpointer           user_data);

/**
 * persea_gimp_task_run:
 *
 * Does the work and waits for it, while GIMP shows its progress: for calls without a dialog.
 */
gboolean persea_gimp_task_run (PerseaGimpWorkFunc   work,
                               gpointer             user_data,
                               GError             **error);

/* asks it to stop; @done gets %G_IO_ERROR_CANCELLED or %PERSEA_ERROR_CANCELLED soon */
void persea_gimp_task_cancel (PerseaGimpTask *task);

/* (transfer none): for the work to look at */
GCancellable *persea_gimp_task_get_cancellable (PerseaGimpTask *task);

/* a PerseaProgressFunc, for any thread; @task is a #PerseaGimpTask */
void persea_gimp_task_report (const char *what, double fraction, gpointer task);

/* may be done before the end */
void persea_gimp_task_unref (PerseaGimpTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpTask, persea_gimp_task_unref)

G_END_DECLS
