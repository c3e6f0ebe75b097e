/* persea-tag-view.c - tags, as a person or a program wants to see them
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * On a terminal: a bar and a percentage for each tag, colours where the terminal has them.
 * Elsewhere: the same without colours.  With --json: one line for each picture.
 */
#include "config.h"

#include "persea-tag-view.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "persea-json-line.h"

#define BAR_WIDTH 10

struct _PerseaTagView
{
  PerseaTagViewOptions  options;
  PerseaTagger         *tagger;
  PerseaVocabulary     *vocabulary;
  const char           *bold; /* escape sequences, or nothing */
  const char           *dim;
  const char           *green;
  const char           *reset;
};

PerseaTagView *
persea_tag_view_new (const PerseaTagViewOptions *options, PerseaTagger *tagger)
{
  PerseaTagView *view = g_new0 (PerseaTagView, 1);
  /* https://no-color.org */
  gboolean colours = isatty (STDOUT_FILENO) && !g_getenv ("NO_COLOR")
                     && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;

  view->options = *options;
  view->tagger = persea_tagger_ref (tagger);
  view->vocabulary = persea_tagger_get_vocabulary (tagger);
  view->bold = colours ? "\033[1m" : "";
  view->dim = colours ? "\033[2m" : "";
  view->green = colours ? "\033[32m" : "";
  view->reset = colours ? "\033[0m" : "";
  return view;
}

void
persea_tag_view_free (PerseaTagView *view)
{
  if (!view)
    return;

  persea_tagger_unref (view->tagger);
  g_free (view);
}

/* columns on a terminal */
static unsigned
text_width (const char *text)
{
  unsigned width = 0;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

static void
append_padded (GString *text, const char *word, unsigned width)
{
  unsigned own = text_width (word);

  g_string_append (text, word);
  for (; own < width; own++)
    g_string_append_c (text, ' ');
}

static void
append_bar (GString *text, PerseaTagView *view, float score)
{
  int filled = (int) (CLAMP (score, 0, 1) * BAR_WIDTH + 0.5f);

  g_string_append (text, view->green);
  for (int i = 0; i < BAR_WIDTH; i++)
    {
      if (i == filled)
        g_string_append_printf (text, "%s%s", view->reset, view->dim);
      g_string_append (text, i < filled ? "■" : "·");
    }
  g_string_append (text, view->reset);
}

static const char *
view_get_name (PerseaTagView *view, unsigned tag)
{
  return persea_vocabulary_get_translated_name (view->vocabulary, tag, view->options.tag->language);
}

/* "animal › mammal", the levels above */
static char *
view_get_levels (PerseaTagView *view, unsigned tag)
{
  int parent = persea_vocabulary_get_tag (view->vocabulary, tag)->parent;
  g_autofree char *path = NULL;
  g_auto (GStrv) levels = NULL;

  if (parent < 0)
    return g_strdup ("");
  path = persea_vocabulary_get_translated_path (view->vocabulary, parent, view->options.tag->language);
  levels = g_strsplit (path, "|", -1);
  return g_strjoinv (" › ", levels);
}

static void
append_explanation (GString *text, PerseaTagView *view, const PerseaTagResult *result, unsigned tag)
{
  PerseaTagExplanation explanation;

  persea_tagger_explain (view->tagger, result->embedding, result->scores, tag, &explanation);
  g_string_append (text, view->dim);
  /* TRANSLATORS: why a tag was chosen: its prompt, the cosine, how many spreads it lies above what
   * is usual, its rank among the background words */
  g_string_append_printf (text, _("        “%s”: similarity %.3f, %.1f spreads above the usual, rank %u of %u\n"),
                          explanation.prompt, result->scores[tag].similarity, result->scores[tag].deviation,
                          explanation.rank, explanation.n_background + 1);
  if (explanation.runner_up >= 0)
    /* TRANSLATORS: the tag that fits next best, and by how much its cosine is less */
    g_string_append_printf (text, _("        runner-up: %s, %.3f behind\n"),
                            view_get_name (view, explanation.runner_up), explanation.margin);
  g_string_append (text, view->reset);
  persea_tag_explanation_clear (&explanation);
}

static void
append_tag (GString *text, PerseaTagView *view, const PerseaTagResult *result, unsigned index, unsigned width)
{
  const PerseaTagScore *score = &g_array_index (result->chosen, PerseaTagScore, index);
  const PerseaTagRecord *record = result->tags->pdata[index];
  g_autofree char *levels = view_get_levels (view, score->tag);

  g_string_append (text, "  ");
  append_bar (text, view, score->score);
  g_string_append_printf (text, " %3d%%  ", (int) (score->score * 100 + 0.5f));
  append_padded (text, view_get_name (view, score->tag), width);
  g_string_append_printf (text, "  %s%s%s", view->dim, levels, view->reset);
  if (g_ptr_array_find_with_equal_func (result->written->added, record->name, g_str_equal, NULL))
    g_string_append_printf (text, "  %s+%s", view->green, view->reset);
  g_string_append_c (text, '\n');
  if (view->options.explain)
    append_explanation (text, view, result, score->tag);
}

/* @removed: tags of the picture that the file held before */
static void
append_removed (GString *text, PerseaTagView *view, GPtrArray *removed)
{
  g_autofree char *names = NULL;

  if (removed->len == 0)
    return;
  g_ptr_array_add (removed, NULL);
  names = g_strjoinv (", ", (char **) removed->pdata);
  g_ptr_array_set_size (removed, (int) removed->len - 1);
  g_string_append_printf (text, view->options.dry_run ? _("  would take away tags of what the file held before: %s\n")
                                                      : _("  took away tags of what the file held before: %s\n"),
                          names);
}

static void
view_show_words (PerseaTagView *view, const PerseaTagResult *result)
{
  g_autofree char *name = persea_command_display_name (result->path);
  g_autoptr (GString) text = g_string_new (NULL);
  unsigned width = 0;

  for (unsigned i = 0; i < result->chosen->len; i++)
    width = MAX (width, text_width (view_get_name (view, g_array_index (result->chosen, PerseaTagScore, i).tag)));
  g_string_append_printf (text, "%s%s%s\n", view->bold, name, view->reset);
  for (unsigned i = 0; i < result->chosen->len; i++)
    append_tag (text, view, result, i, width);
  if (result->chosen->len == 0)
    g_string_append_printf (text, "  %s%s%s\n", view->dim, _("no tag is likely enough"), view->reset);
  append_removed (text, view, result->written->removed);
  for (unsigned i = 0; i < result->written->paths->len; i++)
    {
      g_autofree char *path = persea_command_display_name (result->written->paths->pdata[i]);

      g_string_append_printf (text, view->options.dry_run ? _("  would write %s\n") : _("  wrote %s\n"), path);
    }
  persea_command_print (view->options.command, text->str);
}

static void
json_add_explanation (PerseaJsonLine *line, PerseaTagView *view, const PerseaTagResult *result, unsigned tag)
{
  PerseaTagExplanation explanation;

  persea_tagger_explain (view->tagger, result->embedding, result->scores, tag, &explanation);
  persea_json_line_begin_object (line, "explain");
  persea_json_line_add_string (line, "prompt", explanation.prompt);
  persea_json_line_add_number (line, "similarity", result->scores[tag].similarity, 4);
  persea_json_line_add_number (line, "deviation", result->scores[tag].deviation, 3);
  if (explanation.runner_up >= 0)
    {
      persea_json_line_add_string (line, "runner_up", view_get_name (view, explanation.runner_up));
      persea_json_line_add_number (line, "margin", explanation.margin, 4);
    }
  persea_json_line_add_integer (line, "rank", explanation.rank);
  persea_json_line_add_integer (line, "background", explanation.n_background);
  if (explanation.nearest)
    {
      persea_json_line_add_string (line, "nearest_background", explanation.nearest);
      persea_json_line_add_number (line, "nearest_similarity", explanation.nearest_similarity, 4);
    }
  persea_json_line_end (line);
  persea_tag_explanation_clear (&explanation);
}

static void
json_add_tag (PerseaJsonLine *line, PerseaTagView *view, const PerseaTagResult *result, unsigned index)
{
  const PerseaTagScore *score = &g_array_index (result->chosen, PerseaTagScore, index);
  const PerseaTagRecord *record = result->tags->pdata[index];

  persea_json_line_begin_object (line, NULL);
  persea_json_line_add_string (line, "name", view_get_name (view, score->tag));
  persea_json_line_add_number (line, "score", score->score, 4);
  persea_json_line_add_string (line, "path", record->name);
  if (view->options.tag->write != PERSEA_WRITE_NONE)
    persea_json_line_add_boolean (line, "added",
                                  g_ptr_array_find_with_equal_func (result->written->added, record->name,
                                                                    g_str_equal, NULL));
  if (view->options.explain)
    json_add_explanation (line, view, result, score->tag);
  persea_json_line_end (line);
}

static void
view_show_json (PerseaTagView *view, const PerseaTagResult *result)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_file (line, result->path);
  persea_json_line_add_string (line, "model", view->options.model);
  persea_json_line_begin_array (line, "tags");
  for (unsigned i = 0; i < result->chosen->len; i++)
    json_add_tag (line, view, result, i);
  persea_json_line_end (line);
  if (view->options.tag->write != PERSEA_WRITE_NONE)
    {
      persea_json_line_begin_array (line, view->options.dry_run ? "would_write" : "written");
      for (unsigned i = 0; i < result->written->paths->len; i++)
        persea_json_line_add_string (line, NULL, result->written->paths->pdata[i]);
      persea_json_line_end (line);
      persea_json_line_begin_array (line, view->options.dry_run ? "would_remove" : "removed");
      for (unsigned i = 0; i < result->written->removed->len; i++)
        persea_json_line_add_string (line, NULL, result->written->removed->pdata[i]);
      persea_json_line_end (line);
    }
  persea_command_print (view->options.command, persea_json_line_finish (line));
}

void
persea_tag_view_show (PerseaTagView *view, const PerseaTagResult *result)
{
  if (view->options.command->json)
    view_show_json (view, result);
  else
    view_show_words (view, result);
}
