/* persea-gimp-about.c - About This Model: what is used, and what it knows
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-gimp-procedures.h"
#include "persea-gimp-studio.h"
#include "persea-gimp-window.h"
#include "persea-gimp.h"
#include "persea-model-store.h"

#define TEXT_WIDTH 560
#define TEXT_HEIGHT 400
#define MAX_README 65536 /* bytes */

static const PerseaGimpParameter about_parameters[] = {
  { NULL }
};

static const PerseaGimpParameter about_results[] = {
  { "text", PERSEA_GIMP_TEXT, N_("Text"), N_("What is used, and what it knows") },
  { NULL }
};

/* what READMEs of models are made of, as far as it is words: no emphasis, no code */
static void
about_add_line (GString *text, const char *line)
{
  if (text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c (text, ' ');
  for (; *line; line++)
    if (*line != '*' && *line != '`')
      g_string_append_c (text, *line);
}

/* (transfer full): what comes before the first section, each paragraph a line */
static char *
about_take_beginning (const char *markdown)
{
  g_auto (GStrv) lines = g_strsplit (markdown, "\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  char **line = lines;

  /* the table of facts that some begin with */
  if (g_strcmp0 (*line, "---") == 0)
    for (line++; *line && strcmp (*line, "---") != 0; line++)
      continue;
  for (; *line && !g_str_has_prefix (*line, "## "); line++)
    if (*g_strchug (*line) == '\0' && text->len > 0 && !g_str_has_suffix (text->str, "\n\n"))
      g_string_append (text, "\n\n");
    else if (**line != '\0' && **line != '#' && strcmp (*line, "---") != 0)
      about_add_line (text, *line);
  return g_strstrip (g_string_free (g_steal_pointer (&text), FALSE));
}

/* (transfer full) (nullable): what those who made the model say of it */
static char *
about_read (const PerseaModel *model)
{
  g_autofree char *path = g_build_filename (model->folder, "README.md", NULL);
  g_autofree char *content = NULL;
  g_autofree char *valid = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &content, &length, NULL))
    return NULL;
  valid = g_utf8_make_valid (content, (gssize) MIN (length, MAX_README));
  return about_take_beginning (valid);
}

static void
about_add_model (GString *text, PerseaModelRole role, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) model = persea_model_store_find_for (NULL, role, &error);
  g_autofree char *folder = NULL;
  g_autofree char *readme = NULL;

  if (!model)
    {
      g_string_append_printf (text, "%s\n\n%s\n\n", what, error->message);
      return;
    }
  folder = g_filename_display_name (model->path);
  readme = about_read (model);
  /* TRANSLATORS: what a model is for, its name, its folder */
  g_string_append_printf (text, _("%s: %s\n(in %s)\n\n"), what, model->name, folder);
  if (readme && *readme)
    /* TRANSLATORS: the file is the one that models come with, in their folder */
    g_string_append_printf (text, _("%s\n\nMore of it is in README.md there.\n\n"), readme);
}

static char *
about_make_text (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, _("Persea %s.  Nothing leaves this computer.\n\n"), PERSEA_VERSION);
  about_add_model (text, PERSEA_ROLE_GENERATOR, _("Draws"));
  about_add_model (text, PERSEA_ROLE_CLIP, _("Looks at pictures"));
  return g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
}

static void
about_show (const char *text)
{
  g_autoptr (PerseaGimpWindow) window = NULL;
  GtkWidget *scroller;
  GtkWidget *view;

  persea_gimp_ui_init ();
  window = persea_gimp_window_new (_("About This Model"), "persea-about", NULL);
  scroller = gtk_scrolled_window_new (NULL, NULL);
  view = gtk_text_view_new ();
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), text, -1);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_cursor_visible (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 6);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scroller), GTK_SHADOW_IN);
  gtk_widget_set_size_request (scroller, TEXT_WIDTH, TEXT_HEIGHT);
  gtk_container_add (GTK_CONTAINER (scroller), view);
  gtk_box_pack_start (GTK_BOX (persea_gimp_window_get_result_box (window)), scroller, TRUE, TRUE, 0);
  persea_gimp_window_run (window);
}

static gboolean
about_run (PerseaGimpCall *call, GError **error)
{
  g_autofree char *text = about_make_text ();

  if (persea_gimp_call_is_interactive (call))
    about_show (text);
  persea_gimp_call_set_text (call, "text", text);
  return TRUE;
}

const PerseaGimpProcedure persea_gimp_procedure_about = {
  .name = "plug-in-persea-about",
  .label = N_("_About This Model"),
  .menu = PERSEA_GIMP_MENU,
  .summary = N_("Tells which models are used, and what they know"),
  .help = N_("Tells which models draw and look at pictures, where they are, and what those who made them say."),
  .needs_layer = FALSE,
  .parameters = about_parameters,
  .results = about_results,
  .run = about_run,
};
