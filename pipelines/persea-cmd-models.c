/* persea-cmd-models.c - persea models: which models there are, and whether they are whole
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>

#include "models/persea-clip-weights.h"
#include "persea-drawing-report.h"
#include "persea-error.h"
#include "persea-json-line.h"
#include "persea-model-identity.h"
#include "persea-model-report.h"
#include "persea-model-store-add.h"

static int
models_fail (PerseaCommand *command, const char *name, const GError *error, int status)
{
  persea_progress_clear (command->progress);
  if (persea_error_is_cancelled (error))
    return PERSEA_EXIT_CANCELLED;
  persea_command_fail_input (command, name, error);
  return status;
}

/* A model that draws, or a codebook.  NULL without an error for everything else: CLIP, and what is
 * of no family that we know, which those who look for a CLIP describe best. */
static PerseaDrawingReport *
models_find_drawing (const PerseaModel *model, GError **error)
{
  g_autoptr (GError) unknown = NULL;
  g_autoptr (PerseaModelParts) parts = persea_model_parts_find (model->path, &unknown);

  if (parts != NULL && parts->files[PERSEA_ROLE_CLIP] == NULL)
    return persea_drawing_report_new (model, g_steal_pointer (&parts));
  if (unknown != NULL && !g_error_matches (unknown, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED))
    g_propagate_error (error, g_steal_pointer (&unknown));
  return NULL;
}

/* One of @drawing and @clip, or @error */
static gboolean
models_open (const PerseaModel    *model,
             PerseaDrawingReport **drawing,
             PerseaClipWeights   **clip,
             GPtrArray            *problems,
             GError              **error)
{
  g_autoptr (GError) wrong = NULL;

  *drawing = models_find_drawing (model, &wrong);
  if (*drawing == NULL && wrong == NULL)
    *clip = persea_clip_weights_open_collecting (model->path, problems, &wrong);
  if (wrong != NULL)
    g_propagate_error (error, g_steal_pointer (&wrong));
  return *drawing != NULL || *clip != NULL;
}

static void
models_print_list_json (PerseaCommand       *command,
                        const PerseaModel   *model,
                        PerseaDrawingReport *drawing,
                        const char          *problem)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_string (line, "name", model->name);
  persea_json_line_add_string (line, "path", model->path);
  persea_json_line_add_boolean (line, "own", model->is_own);
  persea_json_line_add_boolean (line, "usable", problem == NULL);
  if (problem != NULL)
    persea_json_line_add_string (line, "problem", problem);
  persea_json_line_begin_array (line, "roles");
  if (drawing != NULL)
    persea_drawing_report_add_roles (drawing, line);
  else if (problem == NULL)
    persea_json_line_add_string (line, NULL, persea_model_role_name (PERSEA_ROLE_CLIP));
  persea_json_line_end (line);
  persea_command_print (command, persea_json_line_finish (line));
}

static void
models_print_list_entry (PerseaCommand *command, const PerseaModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDrawingReport) drawing = NULL;
  g_autoptr (PerseaClipWeights) clip = NULL;
  g_autofree char *words = NULL;
  const char *problem = NULL;

  if (!models_open (model, &drawing, &clip, NULL, &error))
    problem = error->message;
  else if (drawing != NULL && persea_drawing_report_get_problems (drawing)->len > 0)
    problem = g_ptr_array_index (persea_drawing_report_get_problems (drawing), 0);

  if (command->json)
    {
      models_print_list_json (command, model, drawing, problem);
      return;
    }
  if (problem != NULL)
    {
      words = g_strdup_printf (_("%-24s not usable: %s\n"), model->name, problem);
    }
  else if (drawing != NULL)
    {
      words = persea_drawing_report_line (drawing);
    }
  else
    {
      const PerseaClipConfig *config = persea_clip_weights_get_config (clip);

      /* TRANSLATORS: name of a model, millions of parameters, pixels of its pictures, its layout */
      words = g_strdup_printf (_("%-24s %6.1f M parameters, %u pixels, %s\n"), model->name,
                               (double) persea_clip_count_parameters (config, NULL, NULL) / 1e6,
                               config->image_size, persea_clip_layout_name (config->layout));
    }
  persea_command_print (command, words);
}

static int
models_list (PerseaCommand *command, int argc, char **argv)
{
  g_autoptr (GPtrArray) models = persea_model_store_list ();

  for (guint i = 0; i < models->len; i++)
    models_print_list_entry (command, g_ptr_array_index (models, i));
  if (models->len == 0)
    persea_command_remark (command, _("no model is installed; 'persea models add PATH' adds one"));
  return PERSEA_EXIT_OK;
}

/* All that is wrong with a model, a line each */
static int
models_print_problems (PerseaCommand *command, GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    persea_command_error (command, "%s", (const char *) g_ptr_array_index (problems, i));
  return problems->len > 0 ? PERSEA_EXIT_SOME_FAILED : PERSEA_EXIT_OK;
}

static int
models_show_one (PerseaCommand *command, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) model = persea_model_store_find (name, &error);
  g_autoptr (PerseaDrawingReport) drawing = NULL;
  g_autoptr (PerseaClipWeights) clip = NULL;

  if (model == NULL || !models_open (model, &drawing, &clip, NULL, &error))
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);

  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      if (drawing != NULL)
        persea_drawing_report_json (drawing, line);
      else
        persea_model_report_json (model, clip, line);
      persea_command_print (command, persea_json_line_finish (line));
    }
  else
    {
      g_autofree char *words = drawing != NULL ? persea_drawing_report_words (drawing)
                                               : persea_model_report_words (model, clip);

      persea_command_print (command, words);
    }
  return drawing != NULL
           ? models_print_problems (command, persea_drawing_report_get_problems (drawing))
           : PERSEA_EXIT_OK;
}

static void
models_print_checked (PerseaCommand           *command,
                      const PerseaModel       *model,
                      const PerseaDrawingSums *sums)
{
  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_string (line, "name", model->name);
      persea_json_line_add_boolean (line, "ok", TRUE);
      persea_json_line_add_integer (line, "tensors", (int64_t) sums->n_tensors);
      persea_json_line_add_integer (line, "parameters", (int64_t) sums->n_parameters);
      persea_json_line_add_number (line, "sum", sums->sum, 6);
      persea_json_line_add_string (line, "identity", sums->identity);
      persea_command_print (command, persea_json_line_finish (line));
    }
  else
    {
      g_autofree char *words = NULL;

      words = g_strdup_printf (_("%s: whole; %u tensors, %'zu parameters, all finite, sum %.6g\n"
                                 "  content: %s\n"),
                               model->name, (unsigned) sums->n_tensors,
                               (size_t) sums->n_parameters, sums->sum, sums->identity);
      persea_command_print (command, words);
    }
}

/* What keeps a model from being used, all of it */
static int
models_print_unusable (PerseaCommand     *command,
                       const PerseaModel *model,
                       GPtrArray         *problems)
{
  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_string (line, "name", model->name);
      persea_json_line_add_boolean (line, "ok", FALSE);
      persea_json_line_begin_array (line, "problems");
      for (guint i = 0; i < problems->len; i++)
        persea_json_line_add_string (line, NULL, g_ptr_array_index (problems, i));
      persea_json_line_end (line);
      persea_command_print (command, persea_json_line_finish (line));
    }
  return models_print_problems (command, problems);
}

static gboolean
models_sum_clip (PerseaCommand     *command,
                 PerseaClipWeights *clip,
                 PerseaDrawingSums *sums,
                 GError           **error)
{
  const char *const *files
    = persea_checkpoint_get_files (persea_clip_weights_get_checkpoint (clip));

  sums->n_tensors = persea_clip_weights_get_tensors (clip)->len;
  sums->n_parameters
    = persea_clip_count_parameters (persea_clip_weights_get_config (clip), NULL, NULL);
  if (!persea_clip_weights_check_finite (clip, &sums->sum, command->cancellable, error))
    return FALSE;
  sums->identity = persea_model_identity (files, persea_command_show_progress, command,
                                          command->cancellable, error);
  return sums->identity != NULL;
}

static int
models_check_one (PerseaCommand *command, const char *name)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) model = persea_model_store_find (name, &error);
  g_autoptr (PerseaDrawingReport) drawing = NULL;
  g_autoptr (PerseaClipWeights) clip = NULL;
  PerseaDrawingSums sums = { 0 };

  if (model == NULL)
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);
  if (!models_open (model, &drawing, &clip, problems, &error))
    return problems->len > 1 ? models_print_unusable (command, model, problems)
                             : models_fail (command, model->name, error, PERSEA_EXIT_SOME_FAILED);
  if (drawing != NULL && persea_drawing_report_get_problems (drawing)->len > 0)
    return models_print_unusable (command, model, persea_drawing_report_get_problems (drawing));

  persea_progress_set (command->progress, _("Reading the weights"), -1);
  if (drawing != NULL ? !persea_drawing_report_check (drawing, persea_command_show_progress, command,
                                                      command->cancellable, &sums, &error)
                      : !models_sum_clip (command, clip, &sums, &error))
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);

  persea_progress_clear (command->progress);
  models_print_checked (command, model, &sums);
  g_free (sums.identity);
  return PERSEA_EXIT_OK;
}

static int
models_remove_one (PerseaCommand *command, const char *name)
{
  g_autoptr (GError) error = NULL;

  if (!persea_model_store_remove (name, &error))
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);
  return PERSEA_EXIT_OK;
}

/* Does one thing for each of the names; goes on after a failure, but not after Ctrl-C */
static int
models_for_each (PerseaCommand *command,
                 char         **names,
                 int          (*function) (PerseaCommand *command, const char *name))
{
  int status = PERSEA_EXIT_OK;

  for (size_t i = 0; names[i] != NULL && status != PERSEA_EXIT_CANCELLED; i++)
    {
      int one = function (command, names[i]);

      if (one != PERSEA_EXIT_OK)
        status = one;
    }
  return status;
}

static int
models_show (PerseaCommand *command, int argc, char **argv)
{
  if (argc < 2)
    return persea_command_usage_error (command, _("the name or path of a model is missing"));
  return models_for_each (command, argv + 1, models_show_one);
}

static int
models_check (PerseaCommand *command, int argc, char **argv)
{
  g_autoptr (GPtrArray) models = NULL;
  int status = PERSEA_EXIT_OK;

  if (argc >= 2)
    return models_for_each (command, argv + 1, models_check_one);

  models = persea_model_store_list ();
  for (guint i = 0; i < models->len && status != PERSEA_EXIT_CANCELLED; i++)
    {
      const PerseaModel *model = g_ptr_array_index (models, i);
      int one = models_check_one (command, model->name);

      if (one != PERSEA_EXIT_OK)
        status = one;
    }
  return status;
}

static int
models_remove (PerseaCommand *command, int argc, char **argv)
{
  if (argc < 2)
    return persea_command_usage_error (command, _("the name of a model is missing"));
  return models_for_each (command, argv + 1, models_remove_one);
}

static int
models_add (PerseaCommand *command, PerseaModelAddOptions *options, int argc, char **argv)
{
  g_autoptr (PerseaModel) model = NULL;
  g_autoptr (GError) error = NULL;

  if (argc < 2)
    return persea_command_usage_error (command, _("the path of a model is missing"));
  if (argc > 2)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[2]);

  options->progress = persea_command_show_progress;
  options->progress_data = command;
  model = persea_model_store_add (argv[1], options, command->cancellable, &error);
  if (model == NULL)
    return models_fail (command, argv[1], error, PERSEA_EXIT_SOME_FAILED);
  persea_progress_clear (command->progress);
  models_show_one (command, model->name); /* what it still lacks is said, and may come next */
  return PERSEA_EXIT_OK;
}

static const struct
{
  const char       *name;
  PerseaCommandFunc run;
} models_verbs[] = {
  { "list", models_list },
  { "show", models_show },
  { "check", models_check },
  { "remove", models_remove },
};

static int
models_run (PerseaCommand *command, PerseaModelAddOptions *options, int argc, char **argv)
{
  if (argc < 2)
    return persea_command_usage_error (command,
                                       _("expected one of list, show, add, check, remove"));
  if (strcmp (argv[1], "add") == 0)
    return models_add (command, options, argc - 1, argv + 1);
  if (options->name != NULL || options->link)
    return persea_command_usage_error (command, _("--name and --link are for 'add' only"));
  for (size_t i = 0; i < G_N_ELEMENTS (models_verbs); i++)
    if (strcmp (argv[1], models_verbs[i].name) == 0)
      return models_verbs[i].run (command, argc - 1, argv + 1);
  return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[1]);
}

int
persea_cmd_models (PerseaCommand *command, int argc, char **argv)
{
  g_autofree char *name = NULL;
  gboolean link = FALSE;
  const GOptionEntry entries[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &name,
      N_("add: what to call the model"), N_("NAME") },
    { "link", 0, 0, G_OPTION_ARG_NONE, &link,
      N_("add: link to the files instead of copying them"), NULL },
    G_OPTION_ENTRY_NULL
  };
  PerseaModelAddOptions options = { 0 };
  int status;

  if (!persea_command_parse (
        command, &argc, &argv, entries, _("list|show|add|check|remove [NAME|PATH…]"),
        _("Manages the models that are installed."),
        _("  list          all models, with their sizes\n"
          "  show MODEL…   what a model is made of\n"
          "  add PATH      install a model: a folder as it is published by OpenAI, Hugging Face,\n"
          "                OpenCLIP, dalle-mini or min-dalle, or a checkpoint file\n"
          "  check [MODEL…]  read every number and say all that is missing or wrong\n"
          "  remove NAME…  remove a model of your own\n")))
    return PERSEA_EXIT_USAGE;

  options.name = name;
  options.link = link;
  status = models_run (command, &options, argc, argv);
  if (!persea_command_flush (command) && status == PERSEA_EXIT_OK)
    status = PERSEA_EXIT_SOME_FAILED;
  return status;
}
