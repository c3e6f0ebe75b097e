/* persea-gimp-window.c - what all dialogs of this plug-in have
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-window.h"

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp.h"

#define SPACING 6
#define BORDER 12
#define TROUBLE_WIDTH 740 /* pixels: GTK 2 wraps at what was asked for */

/* something to be worked on */
typedef struct
{
  PerseaGimpWorkFunc work; /* (nullable): there is nothing */
  PerseaGimpEndFunc  ended;
  gpointer           user_data;
} Job;

struct _PerseaGimpWindow
{
  GtkWidget      *dialog;
  GtkWidget      *head_box;
  GtkWidget      *form_box;
  GtkWidget      *result_box;
  GtkWidget      *progress; /* a row of these three */
  GtkWidget      *words;  /* a label */
  GtkWidget      *trouble; /* likewise, of several lines: what went wrong, and what to do */
  GtkWidget      *bar;    /* of progress */
  GtkWidget      *stop;   /* a button */
  char           *accept_label; /* (nullable) */
  GtkWidget      *accept; /* (nullable): a button */
  GMainLoop      *loop;
  PerseaGimpTask *task;   /* (nullable) */
  Job             job;    /* of the task */
  Job             next;
  gboolean        acceptable;
  gboolean        accepted;
  gboolean        stopping;
  gboolean        closing;
};

static void
window_update (PerseaGimpWindow *window)
{
  gboolean busy = window->task != NULL;

  gtk_widget_set_sensitive (window->stop, busy && !window->stopping);
  if (window->accept)
    gtk_widget_set_sensitive (window->accept, window->acceptable && !busy);
}

static void
window_leave (PerseaGimpWindow *window)
{
  window->closing = TRUE;
  window->next = (Job) { 0 };
  gtk_widget_hide (window->dialog);
  if (window->task)
    persea_gimp_task_cancel (window->task);
  else
    g_main_loop_quit (window->loop);
}

static void
window_response (GtkDialog *dialog, int response, PerseaGimpWindow *window)
{
  if (response == GTK_RESPONSE_NONE || (response == GTK_RESPONSE_OK && (!window->acceptable || window->task)))
    return;
  if (response == GTK_RESPONSE_OK)
    window->accepted = TRUE;
  window_leave (window);
}

static gboolean
window_delete (GtkWidget *dialog, GdkEvent *event, PerseaGimpWindow *window)
{
  window_leave (window);
  return TRUE;
}

void
persea_gimp_window_stop (PerseaGimpWindow *window)
{
  window->next = (Job) { 0 };
  if (!window->task)
    return;
  /* seen at once: a driver that compiles cannot be interrupted */
  persea_gimp_window_say (window, _("Stopping…"));
  window->stopping = TRUE;
  window_update (window);
  persea_gimp_task_cancel (window->task);
}

static void
window_fill_trouble (PerseaGimpWindow *window, GtkWidget *box)
{
  window->trouble = gtk_label_new (NULL);
  gtk_label_set_line_wrap (GTK_LABEL (window->trouble), TRUE);
  gtk_label_set_selectable (GTK_LABEL (window->trouble), TRUE);
  persea_gimp_label_align (window->trouble);
  gtk_widget_set_size_request (window->trouble, TROUBLE_WIDTH, -1);
  gtk_widget_set_no_show_all (window->trouble, TRUE);
  gtk_box_pack_start (GTK_BOX (box), window->trouble, FALSE, FALSE, 0);
}

/* @words: (nullable): there is none */
static void
window_show_trouble (PerseaGimpWindow *window, const char *words)
{
  gtk_label_set_text (GTK_LABEL (window->trouble), words ? words : "");
  gtk_widget_set_visible (window->trouble, words != NULL);
}

static void
window_fill_progress (PerseaGimpWindow *window, GtkWidget *box)
{
  GtkWidget *row = persea_gimp_box_new (GTK_ORIENTATION_HORIZONTAL, SPACING);

  window->progress = row;
  window->words = gtk_label_new (NULL);
  window->bar = persea_gimp_bar_new ();
  window->stop = gtk_button_new_with_mnemonic (_("Sto_p"));
  persea_gimp_label_align (window->words);
  gtk_label_set_ellipsize (GTK_LABEL (window->words), PANGO_ELLIPSIZE_END);
  gtk_widget_set_size_request (window->bar, 160, -1);
  gtk_box_pack_start (GTK_BOX (row), window->words, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (row), window->bar, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), window->stop, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row, FALSE, FALSE, 0);
  g_signal_connect_swapped (window->stop, "clicked", G_CALLBACK (persea_gimp_window_stop), window);
}

PerseaGimpWindow *
persea_gimp_window_new (const char *title, const char *role, const char *accept)
{
  PerseaGimpWindow *window = g_new0 (PerseaGimpWindow, 1);
  GtkWidget *all = persea_gimp_box_new (GTK_ORIENTATION_VERTICAL, BORDER);
  GtkWidget *columns = persea_gimp_box_new (GTK_ORIENTATION_HORIZONTAL, BORDER);

  window->loop = g_main_loop_new (NULL, FALSE);
  window->dialog = persea_gimp_dialog_new (title, role);
  window->head_box = persea_gimp_box_new (GTK_ORIENTATION_VERTICAL, SPACING);
  window->form_box = persea_gimp_box_new (GTK_ORIENTATION_VERTICAL, SPACING);
  window->result_box = persea_gimp_box_new (GTK_ORIENTATION_VERTICAL, SPACING);
  gtk_container_set_border_width (GTK_CONTAINER (all), BORDER);
  gtk_box_pack_start (GTK_BOX (columns), window->form_box, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (columns), window->result_box, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (all), window->head_box, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (all), columns, TRUE, TRUE, 0);
  window_fill_trouble (window, all);
  window_fill_progress (window, all);
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (window->dialog))), all, TRUE, TRUE, 0);

  window->accept_label = g_strdup (accept);
  g_signal_connect (window->dialog, "response", G_CALLBACK (window_response), window);
  g_signal_connect (window->dialog, "delete-event", G_CALLBACK (window_delete), window);
  window_update (window);
  return window;
}

void
persea_gimp_window_free (PerseaGimpWindow *window)
{
  if (!window)
    return;

  gtk_widget_destroy (window->dialog);
  g_main_loop_unref (window->loop);
  g_free (window->accept_label);
  g_free (window);
}

GtkWidget *
persea_gimp_window_get_head_box (PerseaGimpWindow *window)
{
  return window->head_box;
}

GtkWidget *
persea_gimp_window_get_form_box (PerseaGimpWindow *window)
{
  return window->form_box;
}

GtkWidget *
persea_gimp_window_get_result_box (PerseaGimpWindow *window)
{
  return window->result_box;
}

GtkWidget *
persea_gimp_window_add_button (PerseaGimpWindow *window, const char *label, GCallback clicked, gpointer user_data)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_can_default (button, TRUE);
  gtk_dialog_add_action_widget (GTK_DIALOG (window->dialog), button, GTK_RESPONSE_NONE);
  g_signal_connect_swapped (button, "clicked", clicked, user_data);
  gtk_widget_grab_default (button);
  return button;
}

void
persea_gimp_window_set_acceptable (PerseaGimpWindow *window, gboolean acceptable)
{
  window->acceptable = acceptable;
  window_update (window);
}

void
persea_gimp_window_accept (PerseaGimpWindow *window)
{
  gtk_dialog_response (GTK_DIALOG (window->dialog), GTK_RESPONSE_OK);
}

void
persea_gimp_window_say (PerseaGimpWindow *window, const char *words)
{
  gtk_label_set_text (GTK_LABEL (window->words), words);
  gtk_widget_set_tooltip_text (window->words, *words ? words : NULL);
}

/* Work */

/* PerseaGimpWorkFunc, PerseaGimpShowFunc, PerseaGimpDoneFunc for the window's task */

static gboolean
window_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  PerseaGimpWindow *window = data;

  return window->job.work (task, window->job.user_data, error);
}

static void
window_show_progress (const char *what, double fraction, gpointer data)
{
  PerseaGimpWindow *window = data;

  if (what && !window->stopping)
    persea_gimp_window_say (window, what);
  /* with nothing done yet it moves, too: the first of anything takes long */
  if (fraction <= 0 || window->stopping)
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (window->bar));
  else
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (window->bar), CLAMP (fraction, 0, 1));
}

static void window_begin (PerseaGimpWindow *window);

static void
window_done (const GError *error, gpointer data)
{
  PerseaGimpWindow *window = data;
  gboolean stopped = persea_error_is_cancelled (error);

  g_clear_pointer (&window->task, persea_gimp_task_unref);
  window->stopping = FALSE;
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (window->bar), 0);
  if (window->closing)
    {
      g_main_loop_quit (window->loop);
      return;
    }
  persea_gimp_window_say (window, stopped ? _("Stopped.") : "");
  window_show_trouble (window, error && !stopped ? error->message : NULL);
  if (!stopped)
    window->job.ended (error, window->job.user_data);
  if (window->next.work && !window->task)
    window_begin (window);
  window_update (window);
}

static void
window_begin (PerseaGimpWindow *window)
{
  window->job = window->next;
  window->next = (Job) { 0 };
  window_show_trouble (window, NULL);
  persea_gimp_window_say (window, _("Loading the model"));
  window->task = persea_gimp_task_start (window_work, window_show_progress, window_done, window);
  window_update (window);
}

void
persea_gimp_window_start (PerseaGimpWindow   *window,
                          PerseaGimpWorkFunc  work,
                          PerseaGimpEndFunc   ended,
                          gpointer            user_data)
{
  if (window->closing)
    return;
  window->next = (Job) { work, ended, user_data };
  if (window->task)
    persea_gimp_task_cancel (window->task);
  else
    window_begin (window);
}

gboolean
persea_gimp_window_is_busy (PerseaGimpWindow *window)
{
  return window->task != NULL;
}

/* the last ones, behind those that were added */
static void
window_add_end (PerseaGimpWindow *window)
{
  GtkDialog *dialog = GTK_DIALOG (window->dialog);

  gtk_dialog_add_button (dialog, window->accept_label ? _("Cance_l") : _("_Close"), GTK_RESPONSE_CANCEL);
  if (window->accept_label)
    window->accept = gtk_dialog_add_button (dialog, window->accept_label, GTK_RESPONSE_OK);
  window_update (window);
}

static gboolean
window_has_children (GtkWidget *box)
{
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (box));

  return children != NULL;
}

gboolean
persea_gimp_window_run (PerseaGimpWindow *window)
{
  window_add_end (window);
  gtk_widget_show_all (window->dialog);
  /* no gap for what is not there */
  gtk_widget_set_visible (window->head_box, window_has_children (window->head_box));
  gtk_widget_set_visible (window->form_box, window_has_children (window->form_box));
  gtk_widget_set_visible (window->progress, window->accept != NULL);
  gtk_window_present (GTK_WINDOW (window->dialog));
  g_main_loop_run (window->loop);
  return window->accepted;
}
