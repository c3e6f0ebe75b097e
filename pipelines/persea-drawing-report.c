/* persea-drawing-report.c - a model that draws, or a codebook, described
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-drawing-report.h"

#include <glib/gi18n.h>

#include "models/persea-registry.h"
#include "persea-checkpoint.h"
#include "persea-model-identity.h"
#include "persea-model-match.h"

struct _PerseaDrawingReport
{
  char             *name;
  char             *path;
  PerseaModelParts *parts;
  PerseaModelFacts  facts[PERSEA_N_ROLES]; /* of parts with a family; all 0 if they are damaged */
  GPtrArray        *problems;
  gboolean          foreign; /* the codebook is another model's */
};

/* what is there at all */
static const PerseaModelRole report_roles[] = { PERSEA_ROLE_GENERATOR, PERSEA_ROLE_CODEBOOK };

static void
report_add_problem (PerseaDrawingReport *report, GError *error)
{
  g_ptr_array_add (report->problems, g_strdup (error->message));
  g_error_free (error);
}

static void
report_describe (PerseaDrawingReport *report)
{
  for (size_t i = 0; i < G_N_ELEMENTS (report_roles); i++)
    {
      const PerseaModelFiles *files = report->parts->files[report_roles[i]];
      guint n_problems = report->problems->len;
      GError *error = NULL;

      if (files == NULL
          || files->family->describe (files, &report->facts[report_roles[i]], report->problems,
                                      &error))
        continue;
      if (report->problems->len == n_problems)
        report_add_problem (report, g_steal_pointer (&error));
      g_clear_error (&error);
    }
}

static void
report_match (PerseaDrawingReport *report)
{
  const PerseaModelFiles *generator = report->parts->files[PERSEA_ROLE_GENERATOR];
  GError *error = NULL;

  report->foreign = report->parts->files[PERSEA_ROLE_CODEBOOK] == NULL;
  if (!persea_model_match (report->parts, report->facts, &error))
    report_add_problem (report, error);
  if (generator->vocabulary == NULL || generator->merges == NULL)
    g_ptr_array_add (report->problems,
                     g_strdup_printf (_("%s: expected vocab.json and merges.txt of the model, "
                                        "without which it cannot read"),
                                      generator->folder));
}

PerseaDrawingReport *
persea_drawing_report_new (const PerseaModel *model, PerseaModelParts *parts)
{
  PerseaDrawingReport *report = g_new0 (PerseaDrawingReport, 1);

  report->name = g_strdup (model->name);
  report->path = g_strdup (model->path);
  report->parts = parts;
  report->problems = g_ptr_array_new_with_free_func (g_free);
  for (int role = 0; role < PERSEA_N_ROLES; role++)
    if (parts->files[role] != NULL)
      {
        g_free (parts->files[role]->name);
        parts->files[role]->name = g_strdup (model->name);
      }
  report_describe (report);
  if (parts->files[PERSEA_ROLE_GENERATOR] != NULL && report->problems->len == 0)
    report_match (report);
  return report;
}

void
persea_drawing_report_free (PerseaDrawingReport *report)
{
  if (report == NULL)
    return;
  persea_model_parts_free (report->parts);
  g_ptr_array_unref (report->problems);
  g_free (report->name);
  g_free (report->path);
  g_free (report);
}

GPtrArray *
persea_drawing_report_get_problems (PerseaDrawingReport *report)
{
  return report->problems;
}

void
persea_drawing_report_add_roles (PerseaDrawingReport *report, PerseaJsonLine *line)
{
  for (size_t i = 0; i < G_N_ELEMENTS (report_roles); i++)
    if (report->parts->files[report_roles[i]] != NULL
        && !(report->foreign && report_roles[i] == PERSEA_ROLE_CODEBOOK))
      persea_json_line_add_string (line, NULL, persea_model_role_name (report_roles[i]));
}

char *
persea_drawing_report_line (PerseaDrawingReport *report)
{
  const PerseaModelFacts *generator = &report->facts[PERSEA_ROLE_GENERATOR];
  const PerseaModelFacts *codebook = &report->facts[PERSEA_ROLE_CODEBOOK];
  double n_parameters = generator->n_parameters + (report->foreign ? 0 : codebook->n_parameters);

  if (report->parts->files[PERSEA_ROLE_GENERATOR] != NULL)
    /* TRANSLATORS: name of a model, millions of parameters, pixels of its pictures, its layout */
    return g_strdup_printf (_("%-24s %6.1f M parameters, draws %u pixels, %s\n"), report->name,
                            n_parameters / 1e6, codebook->size, generator->layout);
  /* TRANSLATORS: name of a codebook, millions of parameters, pixels of its pictures, its layout */
  return g_strdup_printf (_("%-24s %6.1f M parameters, codes for %u pixels, %s\n"), report->name,
                          n_parameters / 1e6, codebook->size, codebook->layout);
}

static const char *
report_container (const PerseaModelFiles *files)
{
  g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (files->weights[0], NULL);

  return checkpoint != NULL ? persea_checkpoint_kind_name (persea_checkpoint_get_kind (checkpoint))
                            : "?";
}

static void
report_add_file (GString *text, const char *format, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  g_string_append_printf (text, format, name);
}

static void
report_add_files (GString *text, const PerseaModelFiles *files)
{
  for (size_t i = 0; files->weights[i] != NULL; i++)
    report_add_file (text, _("  weights:    %s\n"), files->weights[i]);
  if (files->vocabulary != NULL)
    report_add_file (text, _("  vocabulary: %s\n"), files->vocabulary);
}

static void
report_add_generator (GString *text, const PerseaModelFiles *files, const PerseaModelFacts *facts)
{
  g_string_append_printf (text, _("  generator:  %s, as published by %s (%s)\n"),
                          files->family->name, facts->layout, report_container (files));
  report_add_files (text, files);
  g_string_append_printf (text, _("  texts:      %u tokens out of %u\n"), facts->context_length,
                          facts->vocab_size);
  g_string_append_printf (text,
                          _("  layers:     %u + %u of %u heads, width %u, inner width %u\n"),
                          facts->n_encoder_layers, facts->n_decoder_layers, facts->n_heads,
                          facts->width, facts->inner_width);
  g_string_append_printf (text, _("  draws:      %u × %u codes out of %u\n"), facts->grid,
                          facts->grid, facts->n_entries);
  g_string_append_printf (text, _("  parameters: %'zu\n"), (size_t) facts->n_parameters);
}

static void
report_add_codebook (GString *text, const PerseaModelFiles *files, const PerseaModelFacts *facts,
                     gboolean foreign)
{
  g_string_append_printf (text, _("  codebook:   %s, as published by %s (%s)\n"),
                          files->family->name, facts->layout, report_container (files));
  if (foreign)
    g_string_append_printf (text, _("  It is that of the installed model %s.\n"), files->name);
  report_add_files (text, files);
  g_string_append_printf (text, _("  pictures:   %u pixels, %u × %u codes out of %u\n"), facts->size,
                          facts->grid, facts->grid, facts->n_entries);
  g_string_append_printf (text, _("  parameters: %'zu\n"), (size_t) facts->n_parameters);
  if (!facts->has_encoder)
    g_string_append (text, _("  Only the decoder is there: pictures can be drawn, but not "
                             "completed or varied.\n"));
}

char *
persea_drawing_report_words (PerseaDrawingReport *report)
{
  const PerseaModelFiles *generator = report->parts->files[PERSEA_ROLE_GENERATOR];
  const PerseaModelFiles *codebook = report->parts->files[PERSEA_ROLE_CODEBOOK];
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s\n", report->name);
  if (generator != NULL && report->facts[PERSEA_ROLE_GENERATOR].n_parameters > 0)
    report_add_generator (text, generator, &report->facts[PERSEA_ROLE_GENERATOR]);
  if (codebook != NULL && report->facts[PERSEA_ROLE_CODEBOOK].n_parameters > 0)
    report_add_codebook (text, codebook, &report->facts[PERSEA_ROLE_CODEBOOK], report->foreign);
  return g_string_free (text, FALSE);
}

static void
report_add_files_json (PerseaJsonLine *line, const PerseaModelFiles *files,
                       const PerseaModelFacts *facts)
{
  persea_json_line_add_string (line, "family", files->family->name);
  persea_json_line_add_string (line, "layout", facts->layout);
  persea_json_line_add_string (line, "container", report_container (files));
  persea_json_line_begin_array (line, "weights");
  for (size_t i = 0; files->weights[i] != NULL; i++)
    persea_json_line_add_string (line, NULL, files->weights[i]);
  persea_json_line_end (line);
  persea_json_line_add_integer (line, "parameters", (int64_t) facts->n_parameters);
  persea_json_line_add_integer (line, "codes", facts->n_entries);
  persea_json_line_add_integer (line, "grid", facts->grid);
}

static void
report_add_generator_json (PerseaJsonLine *line, const PerseaModelFiles *files,
                           const PerseaModelFacts *facts)
{
  persea_json_line_begin_object (line, "generator");
  report_add_files_json (line, files, facts);
  if (files->vocabulary != NULL)
    persea_json_line_add_string (line, "vocabulary", files->vocabulary);
  persea_json_line_add_integer (line, "context_length", facts->context_length);
  persea_json_line_add_integer (line, "vocab_size", facts->vocab_size);
  persea_json_line_add_integer (line, "width", facts->width);
  persea_json_line_add_integer (line, "inner_width", facts->inner_width);
  persea_json_line_add_integer (line, "heads", facts->n_heads);
  persea_json_line_add_integer (line, "encoder_layers", facts->n_encoder_layers);
  persea_json_line_add_integer (line, "decoder_layers", facts->n_decoder_layers);
  persea_json_line_end (line);
}

void
persea_drawing_report_json (PerseaDrawingReport *report, PerseaJsonLine *line)
{
  const PerseaModelFiles *generator = report->parts->files[PERSEA_ROLE_GENERATOR];
  const PerseaModelFiles *codebook = report->parts->files[PERSEA_ROLE_CODEBOOK];
  const PerseaModelFacts *facts = &report->facts[PERSEA_ROLE_CODEBOOK];

  persea_json_line_add_string (line, "name", report->name);
  persea_json_line_add_string (line, "path", report->path);
  persea_json_line_begin_array (line, "roles");
  persea_drawing_report_add_roles (report, line);
  persea_json_line_end (line);
  if (generator != NULL && report->facts[PERSEA_ROLE_GENERATOR].n_parameters > 0)
    report_add_generator_json (line, generator, &report->facts[PERSEA_ROLE_GENERATOR]);
  if (codebook != NULL && facts->n_parameters > 0)
    {
      persea_json_line_begin_object (line, "codebook");
      report_add_files_json (line, codebook, facts);
      persea_json_line_add_string (line, "model", codebook->name);
      persea_json_line_add_integer (line, "size", facts->size);
      persea_json_line_add_boolean (line, "encoder", facts->has_encoder);
      persea_json_line_end (line);
    }
  persea_json_line_begin_array (line, "problems");
  for (guint i = 0; i < report->problems->len; i++)
    persea_json_line_add_string (line, NULL, g_ptr_array_index (report->problems, i));
  persea_json_line_end (line);
}

gboolean
persea_drawing_report_check (PerseaDrawingReport *report, PerseaProgressFunc progress,
                             gpointer progress_data, GCancellable *cancellable,
                             PerseaDrawingSums *sums, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  PerseaDrawingSums found = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS (report_roles); i++)
    {
      const PerseaModelFiles *files = report->parts->files[report_roles[i]];
      double sum = 0;

      if (files == NULL || (report_roles[i] == PERSEA_ROLE_CODEBOOK && report->foreign))
        continue;
      g_auto (GStrv) paths = persea_model_files_list (files, error);
      if (paths == NULL || !persea_model_files_check_finite (files, &sum, cancellable, error))
        return FALSE;
      g_strv_builder_addv (builder, (const char **) paths);
      found.n_tensors += report->facts[report_roles[i]].n_tensors;
      found.n_parameters += report->facts[report_roles[i]].n_parameters;
      found.sum += sum;
    }
  g_auto (GStrv) all = g_strv_builder_end (builder);
  found.identity = persea_model_identity ((const char *const *) all, progress, progress_data,
                                          cancellable, error);
  if (found.identity == NULL)
    return FALSE;
  *sums = found;
  return TRUE;
}
