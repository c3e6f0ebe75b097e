/* persea-gimp-window.h - what all dialogs of this plug-in have
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A text across the window, below it a form on the left, what comes of it on the right, then a line that says what is being
 * done, with a bar and a button to stop it; buttons at the end.  One task at a time is worked on;
 * the window stays alive meanwhile, and closing it stops the task and waits for its end.
 */
#pragma once

#include "persea-gimp-form.h"
#include "persea-gimp-task.h"

G_BEGIN_DECLS

typedef struct _PerseaGimpWindow PerseaGimpWindow;

/* In the main thread: a task has ended; @error: (nullable): not for what was stopped by a person */
typedef void (*PerseaGimpEndFunc) (const GError *error, gpointer user_data);

/**
 * persea_gimp_window_new:
 * @title: translated
 * @role: for window managers
 * @accept: the button that ends the dialog well, with a mnemonic, translated; (nullable): there is
 *   nothing to accept, and nothing to work on
 *
 * Returns: (transfer full): a window that is not shown yet
 */
PerseaGimpWindow *persea_gimp_window_new (const char *title,
                                          const char *role,
                                          const char *accept);

void persea_gimp_window_free (PerseaGimpWindow *window);

GtkWidget *persea_gimp_window_get_head_box (PerseaGimpWindow *window);
GtkWidget *persea_gimp_window_get_form_box (PerseaGimpWindow *window);
GtkWidget *persea_gimp_window_get_result_box (PerseaGimpWindow *window);

/* a button before the others; @clicked gets @user_data */
GtkWidget *persea_gimp_window_add_button (PerseaGimpWindow *window,
                                          const char       *label,
                                          GCallback         clicked,
                                          gpointer          user_data);

/* whether the accepting button can be pressed, as soon as nothing is worked on */
void persea_gimp_window_set_acceptable (PerseaGimpWindow *window, gboolean acceptable);

/* presses it */
void persea_gimp_window_accept (PerseaGimpWindow *window);

/* a line for the person; "" for none */
void persea_gimp_window_say (PerseaGimpWindow *window, const char *words);

/**
 * persea_gimp_window_start:
 * @work: in a thread
 * @ended: afterwards
 *
 * If something else is being worked on, it is stopped first, and only the last of several that
 * wait is done.
 */
void persea_gimp_window_start (PerseaGimpWindow  *window,
                               PerseaGimpWorkFunc work,
                               PerseaGimpEndFunc  ended,
                               gpointer           user_data);

/* what is being worked on ends soon, and nothing more is done */
void persea_gimp_window_stop (PerseaGimpWindow *window);

gboolean persea_gimp_window_is_busy (PerseaGimpWindow *window);

/**
 * persea_gimp_window_run:
 *
 * Shows the window until it is accepted or closed, and no task is left.
 *
 * Returns: whether it was accepted
 */
gboolean persea_gimp_window_run (PerseaGimpWindow *window);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpWindow, persea_gimp_window_free)

G_END_DECLS
