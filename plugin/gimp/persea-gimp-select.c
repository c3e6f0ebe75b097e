/* persea-gimp-select.c - Select by Text: what a few words name becomes a selection
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-gimp-finding.h"
#include "persea-gimp-insert.h"
#include "persea-gimp-pixels.h"
#include "persea-gimp-procedures.h"
#include "persea-gimp-window.h"
#include "persea-gimp.h"

#define PREVIEW 380     /* pixels of the longer side */
#define TYPING_PAUSE 700 /* ms after the last letter */

static const char *const operations[] = {
  N_("add to the current selection"), N_("subtract from the current selection"),
  N_("replace the current selection"), N_("intersect with the current selection"), NULL
};

static const PerseaGimpParameter select_parameters[] = {
  { "prompt", PERSEA_GIMP_TEXT, N_("_Text:"), N_("What to select; several names for it are separated by commas") },
  { "minus", PERSEA_GIMP_TEXT, N_("_But not:"), N_("What is not meant, likewise; may be empty") },
  { "threshold", PERSEA_GIMP_NUMBER, N_("T_hreshold:"), N_("How sure it must be: less selects more"), 0, 1, 0.5 },
  { "softness", PERSEA_GIMP_NUMBER, N_("So_ftness:"),
    N_("0 for a border along the picture's edges, 1 for a soft likelihood"), 0, 1, 0 },
  { "operation", PERSEA_GIMP_INTEGER, N_("_Mode:"),
    N_("Whether it is added to the selection (0), taken from it (1), replaces it (2), or intersected with it (3)"),
    PERSEA_GIMP_SELECT_ADD, PERSEA_GIMP_SELECT_INTERSECT, PERSEA_GIMP_SELECT_REPLACE, operations },
  { "model", PERSEA_GIMP_TEXT, N_("M_odel:"),
    N_("Name or folder of the model that looks; empty for the usual one") },
  { NULL }
};

static const PerseaGimpParameter select_results[] = {
  { "share", PERSEA_GIMP_NUMBER, N_("Share"), N_("How much of the image was found: 0 nothing, 1 all of it") },
  { NULL }
};

typedef struct
{
  PerseaGimpCall    *call;
  PerseaGimpFinding *finding;
  PerseaGimpWindow  *window;
  GtkWidget         *preview;
  GdkPixbuf         *picture; /* of the preview, without anything selected */
  guint              timer;   /* 0: nobody is typing */
} Dialog;

/* The preview: what is not selected is dimmed, bluish, as under a quick mask of another colour */

static void
dialog_dim (uint8_t *pixel, uint8_t selected)
{
  static const uint8_t veil[3] = { 40, 50, 120 };

  for (int c = 0; c < 3; c++)
    {
      unsigned dimmed = (pixel[c] + 2u * veil[c]) / 3;

      pixel[c] = (uint8_t) ((pixel[c] * selected + dimmed * (255u - selected)) / 255);
    }
}

static void
dialog_show_preview (Dialog *dialog)
{
  PerseaGimpFinding *finding = dialog->finding;
  double threshold = persea_gimp_call_get_number (dialog->call, "threshold");
  g_autoptr (GdkPixbuf) shown = gdk_pixbuf_copy (dialog->picture);
  uint8_t *pixels = gdk_pixbuf_get_pixels (shown);
  int width = gdk_pixbuf_get_width (shown), height = gdk_pixbuf_get_height (shown);

  for (int y = 0; finding->values && y < height; y++)
    for (int x = 0; x < width; x++)
      {
        size_t row = (size_t) y * finding->image->height / height;
        size_t column = (size_t) x * finding->image->width / width;
        float value = finding->values[row * finding->image->width + column];

        dialog_dim (pixels + (size_t) y * gdk_pixbuf_get_rowstride (shown) + x * 3,
                    persea_gimp_finding_judge (finding, value, threshold));
      }
  gtk_image_set_from_pixbuf (GTK_IMAGE (dialog->preview), shown);
}

/* Finding */

static gboolean
dialog_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  return persea_gimp_finding_work (task, ((Dialog *) data)->finding, error);
}

static void
dialog_ended (const GError *error, gpointer data)
{
  Dialog *dialog = data;

  dialog_show_preview (dialog);
  persea_gimp_window_set_acceptable (dialog->window, !error);
}

static gboolean
dialog_find_now (gpointer data)
{
  Dialog *dialog = data;
  g_autoptr (GError) error = NULL;

  /* what is being worked on must not change; afterwards it is tried again */
  if (persea_gimp_window_is_busy (dialog->window))
    {
      persea_gimp_window_stop (dialog->window);
      return G_SOURCE_CONTINUE;
    }
  dialog->timer = 0;
  persea_gimp_window_set_acceptable (dialog->window, FALSE);
  if (persea_gimp_finding_prepare (dialog->finding, dialog->call, &error))
    persea_gimp_window_start (dialog->window, dialog_work, dialog_ended, dialog);
  else
    persea_gimp_window_say (dialog->window, error->message);
  return G_SOURCE_REMOVE;
}

static void
dialog_find_soon (Dialog *dialog)
{
  g_clear_handle_id (&dialog->timer, g_source_remove);
  persea_gimp_window_set_acceptable (dialog->window, FALSE);
  dialog->timer = g_timeout_add (TYPING_PAUSE, dialog_find_now, dialog);
}

static void
dialog_find (Dialog *dialog)
{
  if (!persea_gimp_window_is_busy (dialog->window))
    {
      g_clear_handle_id (&dialog->timer, g_source_remove);
      dialog_find_now (dialog);
    }
}

static void
dialog_changed (const char *name, gpointer data)
{
  Dialog *dialog = data;

  if (strcmp (name, "threshold") == 0)
    dialog_show_preview (dialog);
  else if (strcmp (name, "operation") != 0)
    dialog_find_soon (dialog);
}

static void
dialog_fill (Dialog *dialog, PerseaGimpForm *form)
{
  GtkWidget *box = persea_gimp_window_get_form_box (dialog->window);
  GtkWidget *head = persea_gimp_window_get_head_box (dialog->window);
  GtkWidget *frame = gtk_frame_new (NULL);

  persea_gimp_form_add (form, head, "prompt");
  persea_gimp_form_add (form, head, "minus");
  persea_gimp_form_add_scale (form, box, "threshold", 0.01);
  persea_gimp_form_add_scale (form, box, "softness", 0.05);
  persea_gimp_form_add (form, box, "operation");
  persea_gimp_form_add_model (form, box, "model", PERSEA_ROLE_CLIP);
  dialog->preview = gtk_image_new ();
  dialog->picture = persea_gimp_pixels_make_pixbuf (dialog->finding->image, PREVIEW);
  gtk_widget_set_size_request (dialog->preview, PREVIEW, PREVIEW);
  gtk_frame_set_shadow_type (GTK_FRAME (frame), GTK_SHADOW_IN);
  gtk_container_add (GTK_CONTAINER (frame), dialog->preview);
  gtk_box_pack_start (GTK_BOX (persea_gimp_window_get_result_box (dialog->window)), frame, TRUE, TRUE, 0);
  gtk_widget_set_tooltip_text (dialog->preview, _("What is not selected is dimmed"));
  dialog_show_preview (dialog);
}

static gboolean
select_ask (PerseaGimpCall *call, PerseaGimpFinding *finding)
{
  Dialog dialog = { .call = call, .finding = finding };
  g_autoptr (PerseaGimpForm) form = NULL;
  g_autoptr (PerseaGimpWindow) window = NULL;
  GtkWidget *look;
  gboolean accepted;

  persea_gimp_ui_init ();
  form = persea_gimp_form_new (call, dialog_changed, &dialog);
  window = persea_gimp_window_new (_("Select by Text"), "persea-select", _("_Select"));
  dialog.window = window;
  dialog_fill (&dialog, form);
  look = persea_gimp_window_add_button (window, _("Loo_k"), G_CALLBACK (dialog_find), &dialog);
  /* GIMP 3 takes the keyboard away from who presses Return in the text */
  g_object_set (look, "focus-on-click", FALSE, NULL);
  if (*persea_gimp_call_get_text (call, "prompt"))
    dialog_find_soon (&dialog);
  accepted = persea_gimp_window_run (window);
  g_clear_handle_id (&dialog.timer, g_source_remove);
  g_clear_object (&dialog.picture);
  return accepted && finding->values;
}

static gboolean
select_run (PerseaGimpCall *call, GError **error)
{
  g_autoptr (PerseaGimpFinding) finding = NULL;

  if (!persea_gimp_insert_check (call, error))
    return FALSE;
  finding = persea_gimp_finding_new (call);
  if (persea_gimp_call_is_interactive (call))
    {
      if (!select_ask (call, finding))
        {
          g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_CANCELLED, _("cancelled"));
          return FALSE;
        }
    }
  else if (!persea_gimp_finding_prepare (finding, call, error)
           || !persea_gimp_task_run (persea_gimp_finding_work, finding, error))
    {
      return FALSE;
    }
  if (!persea_gimp_insert_check_again (call, finding->width, finding->height, error))
    return FALSE;
  persea_gimp_finding_select (finding, call);
  return TRUE;
}

const PerseaGimpProcedure persea_gimp_procedure_select = {
  .name = "plug-in-persea-select",
  .label = N_("_Select by Text…"),
  .menu = PERSEA_GIMP_MENU,
  .summary = N_("Selects what a few words name"),
  .help = N_("Looks where in a layer the words are, and makes a selection of it, along the picture's edges."),
  .needs_layer = TRUE,
  .parameters = select_parameters,
  .results = select_results,
  .run = select_run,
};
