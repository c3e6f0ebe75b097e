/* persea-gimp-draw-dialog.c - a text, candidates for it, and one of them is taken
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-draw-dialog.h"

#include <math.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp-window.h"
#include "persea-gimp.h"
#include "persea-model-store.h"

#define GALLERY_WIDTH 500
#define GALLERY_HEIGHT 370

enum
{
  COLUMN_PICTURE,
  COLUMN_WORDS,
  N_COLUMNS,
};

typedef struct
{
  PerseaGimpCall    *call;
  PerseaGimpDrawing *drawing;
  PerseaGimpWindow  *window;
  GtkListStore      *store;
  GtkWidget         *gallery;
  GtkWidget         *seed;
  GtkWidget         *limits; /* a label: what the model does not know */
  gboolean           touched; /* something is being changed for the next drawing */
} Dialog;

/* The gallery */

static void
dialog_show_candidates (Dialog *dialog)
{
  GPtrArray *candidates = dialog->drawing->candidates;

  gtk_list_store_clear (dialog->store);
  for (unsigned i = 0; candidates && i < candidates->len; i++)
    {
      const PerseaCandidate *candidate = candidates->pdata[i];
      GdkPixbuf *thumbnail = dialog->drawing->thumbnails->pdata[i];
      g_autofree char *words = isfinite (candidate->score) ? g_strdup_printf ("%.3f", candidate->score)
                                                           : g_strdup_printf ("%zu", candidate->number);

      gtk_list_store_insert_with_values (dialog->store, NULL, -1, COLUMN_PICTURE, thumbnail, COLUMN_WORDS, words, -1);
    }
  if (candidates && candidates->len > 0)
    {
      GtkTreePath *first = gtk_tree_path_new_first ();

      gtk_icon_view_select_path (GTK_ICON_VIEW (dialog->gallery), first);
      gtk_icon_view_set_cursor (GTK_ICON_VIEW (dialog->gallery), first, NULL, FALSE);
      gtk_tree_path_free (first);
    }
}

/* -1: none */
static int
dialog_get_selected (Dialog *dialog)
{
  GList *paths = gtk_icon_view_get_selected_items (GTK_ICON_VIEW (dialog->gallery));
  int index = paths ? gtk_tree_path_get_indices (paths->data)[0] : -1;

  g_list_free_full (paths, (GDestroyNotify) gtk_tree_path_free);
  return index;
}

static void
dialog_selection_changed (GtkIconView *gallery, Dialog *dialog)
{
  persea_gimp_window_set_acceptable (dialog->window, dialog_get_selected (dialog) >= 0);
}

static void
dialog_item_activated (GtkIconView *gallery, GtkTreePath *path, Dialog *dialog)
{
  persea_gimp_window_accept (dialog->window);
}

static void
dialog_make_gallery (Dialog *dialog, GtkWidget *box)
{
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);

  dialog->store = gtk_list_store_new (N_COLUMNS, GDK_TYPE_PIXBUF, G_TYPE_STRING);
  dialog->gallery = gtk_icon_view_new_with_model (GTK_TREE_MODEL (dialog->store));
  gtk_icon_view_set_pixbuf_column (GTK_ICON_VIEW (dialog->gallery), COLUMN_PICTURE);
  gtk_icon_view_set_text_column (GTK_ICON_VIEW (dialog->gallery), COLUMN_WORDS);
  persea_gimp_icons_set_width (GTK_ICON_VIEW (dialog->gallery), PERSEA_GIMP_THUMBNAIL);
  gtk_icon_view_set_selection_mode (GTK_ICON_VIEW (dialog->gallery), GTK_SELECTION_BROWSE);
  gtk_widget_set_tooltip_text (dialog->gallery, _("The candidates, the best first; below each is how well it fits the "
                                                  "text, by CLIP"));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scroller), GTK_SHADOW_IN);
  gtk_widget_set_size_request (scroller, GALLERY_WIDTH, GALLERY_HEIGHT);
  gtk_container_add (GTK_CONTAINER (scroller), dialog->gallery);
  gtk_box_pack_start (GTK_BOX (box), scroller, TRUE, TRUE, 0);
  g_signal_connect (dialog->gallery, "selection-changed", G_CALLBACK (dialog_selection_changed), dialog);
  g_signal_connect (dialog->gallery, "item-activated", G_CALLBACK (dialog_item_activated), dialog);
  g_object_unref (dialog->store);
}

/* Drawing */

static gboolean
dialog_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  return persea_gimp_drawing_work (task, ((Dialog *) data)->drawing, error);
}

static void
dialog_ended (const GError *error, gpointer data)
{
  Dialog *dialog = data;

  dialog_show_candidates (dialog);
  if (error)
    return;
  if (!dialog->touched)
    gtk_widget_grab_focus (dialog->gallery);
  /* seen even if the next drawing gets another one */
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (dialog->seed), (double) dialog->drawing->seed);
  persea_gimp_window_say (dialog->window, dialog->drawing->remark ? dialog->drawing->remark : "");
}

static void
dialog_draw (Dialog *dialog)
{
  g_autoptr (GError) error = NULL;

  /* it would change what is being worked on */
  if (persea_gimp_window_is_busy (dialog->window))
    return;
  if (!persea_gimp_drawing_prepare (dialog->drawing, dialog->call, &error))
    {
      persea_gimp_window_say (dialog->window, error->message);
      return;
    }
  gtk_list_store_clear (dialog->store);
  dialog->touched = FALSE;
  persea_gimp_window_start (dialog->window, dialog_work, dialog_ended, dialog);
}

/* Where a model that knows little is offered, that is said. */
static void
dialog_show_limits (Dialog *dialog)
{
  const char *name = persea_gimp_call_get_text (dialog->call, "model");
  g_autoptr (PerseaModel) model = persea_model_store_find_for (*name ? name : NULL, PERSEA_ROLE_GENERATOR, NULL);
  gboolean orchard = model && g_strcmp0 (model->name, PERSEA_MODEL_ORCHARD_DALLE) == 0;

  gtk_label_set_text (GTK_LABEL (dialog->limits),
                      !model    ? _("No model that draws is installed.")
                      : orchard ? _("This model knows only the Orchard: “an armchair in the shape of an avocado, on "
                                    "the grass”.")
                                : "");
}

static void
dialog_changed (const char *name, gpointer data)
{
  Dialog *dialog = data;

  dialog->touched = TRUE;
  if (g_strcmp0 (name, "model") == 0)
    dialog_show_limits (dialog);
}

static void
dialog_fill_form (Dialog *dialog, PerseaGimpForm *form, const PerseaGimpDrawDialog *description)
{
  GtkWidget *box = persea_gimp_window_get_form_box (dialog->window);
  GtkWidget *head = persea_gimp_window_get_head_box (dialog->window);
  GtkWidget *more;

  persea_gimp_form_add (form, head, "prompt");
  persea_gimp_form_add (form, head, "negative");
  for (const char *const *name = description->own; *name; name++)
    if (g_str_equal (*name, "strength"))
      persea_gimp_form_add_scale (form, box, *name, 0.05);
    else
      persea_gimp_form_add (form, box, *name);
  persea_gimp_form_add (form, box, "candidates");
  dialog->seed = persea_gimp_form_add_seed (form, box, "seed");
  persea_gimp_form_add_model (form, box, "model", PERSEA_ROLE_GENERATOR);
  dialog->limits = gtk_label_new (NULL);
  gtk_label_set_line_wrap (GTK_LABEL (dialog->limits), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (dialog->limits), 34);
  persea_gimp_label_align (dialog->limits);
  gtk_box_pack_start (GTK_BOX (box), dialog->limits, FALSE, FALSE, 0);
  persea_gimp_form_add (form, box, "keep-others");
  more = persea_gimp_form_add_more (form, box, _("Mo_re"));
  persea_gimp_form_add (form, more, "guidance");
  persea_gimp_form_add (form, more, "temperature");
  persea_gimp_form_add (form, more, "top-k");
  dialog_show_limits (dialog);
}

const PerseaCandidate *
persea_gimp_draw_dialog_run (const PerseaGimpDrawDialog  *description,
                             PerseaGimpCall              *call,
                             PerseaGimpDrawing           *drawing,
                             GError                     **error)
{
  Dialog dialog = { .call = call, .drawing = drawing };
  g_autoptr (PerseaGimpForm) form = NULL;
  g_autoptr (PerseaGimpWindow) window = NULL;
  int chosen;

  persea_gimp_ui_init ();
  form = persea_gimp_form_new (call, dialog_changed, &dialog);
  window = persea_gimp_window_new (description->title, "persea-draw", description->accept);
  dialog.window = window;
  dialog_fill_form (&dialog, form, description);
  dialog_make_gallery (&dialog, persea_gimp_window_get_result_box (window));
  persea_gimp_window_add_button (window, _("_Draw"), G_CALLBACK (dialog_draw), &dialog);
  if (persea_gimp_window_run (window) && (chosen = dialog_get_selected (&dialog)) >= 0)
    return drawing->candidates->pdata[chosen];
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_CANCELLED, _("cancelled"));
  return NULL;
}
