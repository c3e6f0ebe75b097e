/* persea-gimp-tags.c - Suggest Tags: words for an image, kept in its metadata
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is ticked goes to XMP's dc:subject, which GIMP keeps in its own files and writes into those
 * that it exports.  Keywords that are there already stay as they are.
 */
#include "config.h"

#include <string.h>

#include <glib/gi18n.h>

#include "models/persea-clip.h"
#include "persea-error.h"
#include "persea-gimp-insert.h"
#include "persea-gimp-pixels.h"
#include "persea-gimp-procedures.h"
#include "persea-gimp-studio.h"
#include "persea-gimp-window.h"
#include "persea-gimp.h"
#include "persea-preprocess.h"
#include "persea-tagger.h"
#include "persea-vocabulary-files.h"

#define SUBJECT "Xmp.dc.subject"
#define LOOKED_AT 1024  /* pixels of the longer side */
#define SHOWN_SCORE 0.1 /* tags less likely than that are not worth a tick */
#define LIST_WIDTH 340
#define LIST_HEIGHT 320

static const PerseaGimpParameter tags_parameters[] = {
  { "threshold", PERSEA_GIMP_NUMBER, N_("_Threshold:"),
    N_("How likely a tag must be: 0.5 is as likely as not"), 0, 1, PERSEA_TAGGER_THRESHOLD },
  { "maximum", PERSEA_GIMP_INTEGER, N_("At _most:"), N_("So many tags at most; 0 for any number"), 0, 1000, 0 },
  { "vocabulary", PERSEA_GIMP_TEXT, N_("_Vocabulary:"),
    N_("Name or file of the words to choose from; empty for those that suit the model") },
  { "model", PERSEA_GIMP_TEXT, N_("M_odel:"),
    N_("Name or folder of the model that looks; empty for the usual one") },
  { "write", PERSEA_GIMP_SWITCH, N_("_Write"), N_("Whether the tags are written into the image, or only returned"),
    0, 1, 1 },
  { NULL }
};

static const PerseaGimpParameter tags_results[] = {
  { "tags", PERSEA_GIMP_TEXT, N_("Tags"), N_("The tags, the likeliest first, one a line") },
  { NULL }
};

/* The work, and what comes of it */
typedef struct
{
  PerseaGimpStudio *studio;
  PerseaImage      *image;
  char             *model;
  char             *vocabulary;
  PerseaTagger     *tagger;
  GArray           *scores; /* (element-type PerseaTagScore): the likeliest first */
} Tagging;

static Tagging *
tagging_new (PerseaGimpCall *call)
{
  Tagging *tagging = g_new0 (Tagging, 1);
  int layer = persea_gimp_call_get_layer (call);
  g_autoptr (GeglBuffer) buffer = persea_gimp_layer_get_buffer (layer);
  GeglRectangle place = { 0 };
  int x, y;

  persea_gimp_layer_get_place (layer, &x, &y, &place.width, &place.height);
  tagging->image = persea_gimp_pixels_read_small (
    buffer, &place, MIN (1.0, (double) LOOKED_AT / MAX (place.width, place.height)), TRUE);
  tagging->studio = persea_gimp_studio_new ();
  return tagging;
}

static void
tagging_free (Tagging *tagging)
{
  persea_gimp_studio_free (tagging->studio);
  persea_image_free (tagging->image);
  g_clear_pointer (&tagging->tagger, persea_tagger_unref);
  g_clear_pointer (&tagging->scores, g_array_unref);
  g_free (tagging->model);
  g_free (tagging->vocabulary);
  g_free (tagging);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tagging, tagging_free)

static void
tagging_prepare (Tagging *tagging, PerseaGimpCall *call)
{
  g_free (tagging->model);
  g_free (tagging->vocabulary);
  tagging->model = g_strdup (persea_gimp_call_get_text (call, "model"));
  tagging->vocabulary = g_strdup (persea_gimp_call_get_text (call, "vocabulary"));
}

static gboolean
tagging_load (Tagging *tagging, PerseaGimpTask *task, GError **error)
{
  const PerseaTextTableOptions options = { .progress = persea_gimp_task_report, .progress_data = task };
  g_autoptr (PerseaVocabulary) vocabulary = NULL;
  g_auto (GStrv) background = NULL;
  PerseaClip *clip;

  g_clear_pointer (&tagging->tagger, persea_tagger_unref);
  if (!persea_gimp_studio_load_clip (tagging->studio, tagging->model, task, error))
    return FALSE;
  clip = tagging->studio->clip;
  vocabulary = persea_vocabulary_files_load (*tagging->vocabulary ? tagging->vocabulary : NULL,
                                             persea_clip_get_name (clip), error);
  if (!vocabulary)
    return FALSE;
  background = persea_vocabulary_files_load_background ();
  tagging->tagger = persea_tagger_new (clip, vocabulary, (const char *const *) background, &options,
                                       persea_gimp_task_get_cancellable (task), error);
  return tagging->tagger != NULL;
}

/* (transfer full) (nullable): [E], unit length */
static float *
tagging_look (Tagging *tagging, PerseaGimpTask *task, GError **error)
{
  PerseaClip *clip = tagging->studio->clip;
  const PerseaPreprocess *preprocess = persea_clip_get_preprocess (clip);
  size_t n = (size_t) preprocess->image_size * preprocess->image_size * 3;
  g_autofree uint8_t *square = g_malloc (n);
  g_autofree float *pixels = g_new (float, n);
  g_autofree float *embedding = g_new (float, persea_clip_get_embed_dim (clip));

  if (!persea_preprocess_square (preprocess, tagging->image->pixels, tagging->image->width, tagging->image->height,
                                 square, error))
    return NULL;
  persea_preprocess_normalize (preprocess, square, pixels);
  if (!persea_clip_encode_images (clip, pixels, 1, embedding, persea_gimp_task_get_cancellable (task), error))
    return NULL;
  persea_clip_normalize (embedding, 1, persea_clip_get_embed_dim (clip));
  return g_steal_pointer (&embedding);
}

/* a PerseaGimpWorkFunc */
static gboolean
tagging_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  Tagging *tagging = data;
  const PerseaTagChoice choice = { .threshold = SHOWN_SCORE };
  g_autofree PerseaTagScore *scores = NULL;
  g_autofree float *embedding = NULL;

  g_clear_pointer (&tagging->scores, g_array_unref);
  if (!tagging_load (tagging, task, error))
    return FALSE;
  embedding = tagging_look (tagging, task, error);
  if (!embedding)
    return FALSE;
  scores = g_new (PerseaTagScore, persea_vocabulary_get_n_tags (persea_tagger_get_vocabulary (tagging->tagger)));
  persea_tagger_score (tagging->tagger, embedding, scores);
  tagging->scores = persea_tagger_choose (tagging->tagger, scores, &choice);
  return TRUE;
}

static unsigned
tagging_get_n (Tagging *tagging)
{
  return tagging->scores ? tagging->scores->len : 0;
}

static const PerseaTagScore *
tagging_get (Tagging *tagging, unsigned index)
{
  return &g_array_index (tagging->scores, PerseaTagScore, index);
}

/* (transfer none): in the language of the person */
static const char *
tagging_get_name (Tagging *tagging, unsigned index)
{
  return persea_vocabulary_get_translated_name (persea_tagger_get_vocabulary (tagging->tagger),
                                                tagging_get (tagging, index)->tag, g_get_language_names ()[0]);
}

/* whether a call without a person takes it */
static gboolean
tagging_is_wanted (Tagging *tagging, PerseaGimpCall *call, unsigned index)
{
  int maximum = persea_gimp_call_get_integer (call, "maximum");

  return tagging_get (tagging, index)->score >= persea_gimp_call_get_number (call, "threshold")
         && (maximum == 0 || (int) index < maximum);
}

/* Keywords */

/* the same word, whatever its letters look like */
static gboolean
keywords_have (GPtrArray *words, const char *word)
{
  g_autofree char *folded = g_utf8_casefold (word, -1);

  for (unsigned i = 0; i < words->len; i++)
    {
      g_autofree char *other = g_utf8_casefold (words->pdata[i], -1);

      if (strcmp (folded, other) == 0)
        return TRUE;
    }
  return FALSE;
}

static GPtrArray *
keywords_read (int image)
{
  g_auto (GStrv) present = persea_gimp_metadata_get_list (image, SUBJECT);
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  for (char **word = present; word && *word; word++)
    if (**word)
      g_ptr_array_add (words, g_strdup (*word));
  return words;
}

/* @tags behind those that are there */
static gboolean
keywords_add (int image, GPtrArray *tags, GError **error)
{
  g_autoptr (GPtrArray) words = keywords_read (image);
  unsigned n_before = words->len;

  for (unsigned i = 0; i < tags->len; i++)
    if (!keywords_have (words, tags->pdata[i]))
      g_ptr_array_add (words, g_strdup (tags->pdata[i]));
  if (words->len == n_before)
    return TRUE;
  g_ptr_array_add (words, NULL);
  if (persea_gimp_metadata_set_list (image, SUBJECT, (const char *const *) words->pdata))
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_FAILED, _("GIMP did not take the keywords."));
  return FALSE;
}

/* The dialog */

enum
{
  COLUMN_TICK,
  COLUMN_NAME,
  COLUMN_SCORE,
  N_COLUMNS,
};

typedef struct
{
  PerseaGimpCall   *call;
  Tagging          *tagging;
  PerseaGimpWindow *window;
  GtkListStore     *store;
} Dialog;

static void
dialog_show_tags (Dialog *dialog)
{
  g_autoptr (GPtrArray) present = keywords_read (persea_gimp_call_get_image (dialog->call));

  gtk_list_store_clear (dialog->store);
  for (unsigned i = 0; i < tagging_get_n (dialog->tagging); i++)
    {
      const char *name = tagging_get_name (dialog->tagging, i);
      gboolean there = keywords_have (present, name);
      g_autofree char *score = g_strdup_printf ("%.0f%%", tagging_get (dialog->tagging, i)->score * 100);

      if (!there)
        gtk_list_store_insert_with_values (dialog->store, NULL, -1,
                                           COLUMN_TICK, tagging_is_wanted (dialog->tagging, dialog->call, i),
                                           COLUMN_NAME, name, COLUMN_SCORE, score, -1);
    }
}

static void
dialog_ended (const GError *error, gpointer data)
{
  Dialog *dialog = data;

  dialog_show_tags (dialog);
  persea_gimp_window_set_acceptable (dialog->window, !error && tagging_get_n (dialog->tagging) > 0);
  if (!error && tagging_get_n (dialog->tagging) == 0)
    persea_gimp_window_say (dialog->window, _("No word of the vocabulary fits."));
}

static gboolean
dialog_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  return tagging_work (task, ((Dialog *) data)->tagging, error);
}

static void
dialog_look (Dialog *dialog)
{
  if (persea_gimp_window_is_busy (dialog->window))
    return;
  tagging_prepare (dialog->tagging, dialog->call);
  persea_gimp_window_start (dialog->window, dialog_work, dialog_ended, dialog);
}

static void
dialog_changed (const char *name, gpointer data)
{
  Dialog *dialog = data;

  if (strcmp (name, "threshold") == 0)
    dialog_show_tags (dialog);
  else if (strcmp (name, "model") == 0)
    dialog_look (dialog);
}

static void
dialog_toggled (GtkCellRendererToggle *cell, char *path, Dialog *dialog)
{
  GtkTreeIter iter;
  gboolean ticked;

  if (!gtk_tree_model_get_iter_from_string (GTK_TREE_MODEL (dialog->store), &iter, path))
    return;
  gtk_tree_model_get (GTK_TREE_MODEL (dialog->store), &iter, COLUMN_TICK, &ticked, -1);
  gtk_list_store_set (dialog->store, &iter, COLUMN_TICK, !ticked, -1);
}

static void
dialog_make_list (Dialog *dialog, GtkWidget *box)
{
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);
  GtkCellRenderer *tick = gtk_cell_renderer_toggle_new ();
  GtkWidget *view;

  dialog->store = gtk_list_store_new (N_COLUMNS, G_TYPE_BOOLEAN, G_TYPE_STRING, G_TYPE_STRING);
  view = gtk_tree_view_new_with_model (GTK_TREE_MODEL (dialog->store));
  gtk_tree_view_insert_column_with_attributes (GTK_TREE_VIEW (view), -1, "", tick, "active", COLUMN_TICK, NULL);
  gtk_tree_view_insert_column_with_attributes (GTK_TREE_VIEW (view), -1, _("Tag"), gtk_cell_renderer_text_new (),
                                               "text", COLUMN_NAME, NULL);
  gtk_tree_view_insert_column_with_attributes (GTK_TREE_VIEW (view), -1, _("How likely"),
                                               gtk_cell_renderer_text_new (), "text", COLUMN_SCORE, NULL);
  gtk_tree_view_column_set_expand (gtk_tree_view_get_column (GTK_TREE_VIEW (view), 1), TRUE);
  gtk_tree_view_set_search_column (GTK_TREE_VIEW (view), COLUMN_NAME);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scroller), GTK_SHADOW_IN);
  gtk_widget_set_size_request (scroller, LIST_WIDTH, LIST_HEIGHT);
  gtk_container_add (GTK_CONTAINER (scroller), view);
  gtk_box_pack_start (GTK_BOX (box), scroller, TRUE, TRUE, 0);
  g_signal_connect (tick, "toggled", G_CALLBACK (dialog_toggled), dialog);
  g_object_unref (dialog->store);
}

static void
dialog_show_present (Dialog *dialog, GtkWidget *box)
{
  g_autoptr (GPtrArray) present = keywords_read (persea_gimp_call_get_image (dialog->call));
  g_autofree char *list = NULL;
  g_autofree char *words = NULL;
  GtkWidget *label;

  if (present->len == 0)
    return;
  g_ptr_array_add (present, NULL);
  list = g_strjoinv (", ", (char **) present->pdata);
  /* TRANSLATORS: a list of keywords */
  words = g_strdup_printf (_("There already, and stays: %s"), list);
  label = gtk_label_new (words);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), 34);
  persea_gimp_label_align (label);
  gtk_box_pack_start (GTK_BOX (box), label, FALSE, FALSE, 0);
}

/* (transfer full) (element-type utf8): what is ticked */
static GPtrArray *
dialog_get_ticked (Dialog *dialog)
{
  GtkTreeModel *model = GTK_TREE_MODEL (dialog->store);
  GPtrArray *tags = g_ptr_array_new_with_free_func (g_free);
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more; more = gtk_tree_model_iter_next (model, &iter))
    {
      gboolean ticked;
      char *name;

      gtk_tree_model_get (model, &iter, COLUMN_TICK, &ticked, COLUMN_NAME, &name, -1);
      if (ticked)
        g_ptr_array_add (tags, name);
      else
        g_free (name);
    }
  return tags;
}

/* (transfer full) (nullable): %NULL: nothing is to be written */
static GPtrArray *
tags_ask (PerseaGimpCall *call, Tagging *tagging)
{
  Dialog dialog = { .call = call, .tagging = tagging };
  g_autoptr (PerseaGimpForm) form = NULL;
  g_autoptr (PerseaGimpWindow) window = NULL;
  GtkWidget *box;

  persea_gimp_ui_init ();
  form = persea_gimp_form_new (call, dialog_changed, &dialog);
  window = persea_gimp_window_new (_("Suggest Tags"), "persea-tags", _("_Write"));
  box = persea_gimp_window_get_form_box (window);
  dialog.window = window;
  persea_gimp_form_add_scale (form, box, "threshold", 0.05);
  persea_gimp_form_add_model (form, box, "model", PERSEA_ROLE_CLIP);
  persea_gimp_form_add (form, box, "vocabulary");
  dialog_show_present (&dialog, box);
  dialog_make_list (&dialog, persea_gimp_window_get_result_box (window));
  persea_gimp_window_add_button (window, _("Look A_gain"), G_CALLBACK (dialog_look), &dialog);
  dialog_look (&dialog);
  return persea_gimp_window_run (window) ? dialog_get_ticked (&dialog) : NULL;
}

/* The procedure */

/* (transfer full) (nullable): without a person */
static GPtrArray *
tags_choose (PerseaGimpCall *call, Tagging *tagging, GError **error)
{
  GPtrArray *tags;

  tagging_prepare (tagging, call);
  if (!persea_gimp_task_run (tagging_work, tagging, error))
    return NULL;
  tags = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < tagging_get_n (tagging); i++)
    if (tagging_is_wanted (tagging, call, i))
      g_ptr_array_add (tags, g_strdup (tagging_get_name (tagging, i)));
  return tags;
}

static gboolean
tags_run (PerseaGimpCall *call, GError **error)
{
  gboolean interactive = persea_gimp_call_is_interactive (call);
  g_autoptr (Tagging) tagging = NULL;
  g_autoptr (GPtrArray) tags = NULL;
  g_autofree char *list = NULL;

  if (!persea_gimp_insert_check (call, error))
    return FALSE;
  tagging = tagging_new (call);
  tags = interactive ? tags_ask (call, tagging) : tags_choose (call, tagging, error);
  if (!tags && interactive)
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_CANCELLED, _("cancelled"));
  if (!tags
      || !persea_gimp_insert_check_image (call, error)
      || ((interactive || persea_gimp_call_get_integer (call, "write"))
          && !keywords_add (persea_gimp_call_get_image (call), tags, error)))
    return FALSE;
  g_ptr_array_add (tags, NULL);
  list = g_strjoinv ("\n", (char **) tags->pdata);
  persea_gimp_call_set_text (call, "tags", list);
  return TRUE;
}

const PerseaGimpProcedure persea_gimp_procedure_tags = {
  .name = "plug-in-persea-tags",
  .label = N_("Suggest _Tags…"),
  .menu = PERSEA_GIMP_MENU,
  .summary = N_("Suggests keywords for an image"),
  .help = N_("Looks at a layer, suggests words of a vocabulary for it, and writes them into the image's metadata "
             "(XMP, dc:subject), where they are saved with it.  Keywords that are there stay."),
  .needs_layer = TRUE,
  .parameters = tags_parameters,
  .results = tags_results,
  .run = tags_run,
};
