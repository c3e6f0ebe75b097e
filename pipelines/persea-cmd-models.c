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

static void
models_print_list_entry (PerseaCommand *command, const PerseaModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaClipWeights) weights = persea_clip_weights_open (model->path, &error);
  g_autofree char *words = NULL;

  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_string (line, "name", model->name);
      persea_json_line_add_string (line, "path", model->path);
      persea_json_line_add_boolean (line, "own", model->is_own);
      persea_json_line_add_boolean (line, "usable", weights != NULL);
      if (weights == NULL)
        persea_json_line_add_string (line, "problem", error->message);
      persea_command_print (command, persea_json_line_finish (line));
      return;
    }

  if (weights != NULL)
    {
      const PerseaClipConfig *config = persea_clip_weights_get_config (weights);

      /* TRANSLATORS: name of a model, millions of parameters, pixels of its pictures, its layout */
      words = g_strdup_printf (_("%-24s %6.1f M parameters, %u pixels, %s\n"), model->name,
                               (double) persea_clip_count_parameters (config, NULL, NULL) / 1e6,
                               config->image_size, persea_clip_layout_name (config->layout));
    }
  else
    {
      words = g_strdup_printf (_("%-24s not usable: %s\n"), model->name, error->message);
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

static int
models_show_one (PerseaCommand *command, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) model = persea_model_store_find (name, &error);
  g_autoptr (PerseaClipWeights) weights = NULL;

  if (model != NULL)
    weights = persea_clip_weights_open (model->path, &error);
  if (weights == NULL)
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);

  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_model_report_json (model, weights, line);
      persea_command_print (command, persea_json_line_finish (line));
    }
  else
    {
      g_autofree char *words = persea_model_report_words (model, weights);

      persea_command_print (command, words);
    }
  return PERSEA_EXIT_OK;
}

static void
models_print_checked (PerseaCommand     *command,
                      const PerseaModel *model,
                      PerseaClipWeights *weights,
                      double             sum,
                      const char        *digest)
{
  const PerseaClipConfig *config = persea_clip_weights_get_config (weights);
  guint n_tensors = persea_clip_weights_get_tensors (weights)->len;
  size_t n_parameters = persea_clip_count_parameters (config, NULL, NULL);

  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_string (line, "name", model->name);
      persea_json_line_add_boolean (line, "ok", TRUE);
      persea_json_line_add_integer (line, "tensors", n_tensors);
      persea_json_line_add_integer (line, "parameters", (int64_t) n_parameters);
      persea_json_line_add_number (line, "sum", sum, 6);
      persea_json_line_add_string (line, "identity", digest);
      persea_command_print (command, persea_json_line_finish (line));
    }
  else
    {
      g_autofree char *words = NULL;

      words = g_strdup_printf (_("%s: whole; %u tensors, %'zu parameters, all finite, sum %.6g\n"
                                 "  content: %s\n"),
                               model->name, n_tensors, n_parameters, sum, digest);
      persea_command_print (command, words);
    }
}

/* All that is wrong with the tensors, a line each */
static int
models_print_problems (PerseaCommand     *command,
                       const PerseaModel *model,
                       GPtrArray         *problems,
                       const GError      *error)
{
  if (problems->len < 2)
    return models_fail (command, model->name, error, PERSEA_EXIT_SOME_FAILED);

  for (guint i = 0; i < problems->len; i++)
    persea_command_error (command, "%s", (const char *) g_ptr_array_index (problems, i));
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
  return PERSEA_EXIT_SOME_FAILED;
}

static int
models_check_one (PerseaCommand *command, const char *name)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaModel) model = persea_model_store_find (name, &error);
  g_autoptr (PerseaClipWeights) weights = NULL;
  g_autofree char *digest = NULL;
  const char *const *files;
  double sum = 0;

  if (model == NULL)
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);
  weights = persea_clip_weights_open_collecting (model->path, problems, &error);
  if (weights == NULL)
    return models_print_problems (command, model, problems, error);

  files = persea_checkpoint_get_files (persea_clip_weights_get_checkpoint (weights));
  persea_progress_set (command->progress, _("Reading the weights"), -1);
  if (!persea_clip_weights_check_finite (weights, &sum, command->cancellable, &error)
      || !(digest = persea_model_identity (files, persea_command_show_progress, command,
                                           command->cancellable, &error)))
    return models_fail (command, name, error, PERSEA_EXIT_SOME_FAILED);

  persea_progress_clear (command->progress);
  models_print_checked (command, model, weights, sum, digest);
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
  return models_show_one (command, model->name);
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
          "  add PATH      install a model: a folder as it is published by OpenAI, Hugging Face\n"
          "                or OpenCLIP, or a checkpoint file\n"
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
