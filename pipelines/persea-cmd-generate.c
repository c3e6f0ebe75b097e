/* persea-cmd-generate.c - persea generate: draws what a prompt says
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Candidates are drawn and ranked by persea-draw-job.h; here models are loaded for it, and the
 * best are written and shown.
 */
#include "config.h"

#include "persea-cmd.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-contact-sheet.h"
#include "persea-draw-again.h"
#include "persea-draw-output.h"
#include "persea-error.h"
#include "persea-generate-options.h"
#include "persea-json-line.h"
#include "persea-model-store.h"
#include "persea-picture-writer.h"
#include "persea-redraw-again.h"

#define N_PREVIEW 4

typedef struct
{
  PerseaCommand         *command;
  PerseaGenerateOptions  options;
  PerseaDrawOutput      *output;
  PerseaEngine          *engine;
  PerseaGenerator       *generator;
  PerseaCodebook        *codebook;
  PerseaClip            *clip; /* (nullable) */
} GenerateCommand;

/* A model that has never seen what others draw chooses by chance. */
static void
generate_remark_clip (GenerateCommand *generate)
{
  if (!generate->options.arguments.clip_name && strcmp (persea_clip_get_name (generate->clip), PERSEA_MODEL_ORCHARD) == 0
      && !g_str_has_prefix (persea_generator_get_name (generate->generator), "orchard"))
    persea_command_remark (generate->command,
                           _("%s knows the drawings of the Orchard only and ranks what %s draws by chance; "
                             "'persea models add' installs another CLIP"),
                           persea_clip_get_name (generate->clip), persea_generator_get_name (generate->generator));
}

static gboolean
generate_load (GenerateCommand *generate)
{
  PerseaCommand *command = generate->command;
  const PerseaProvenance *again = generate->options.again;
  const char *model = persea_draw_again_choose_model (command, again);
  g_autoptr (GError) error = NULL;

  generate->engine = persea_command_open_engine (command);
  if (!generate->engine)
    return FALSE;
  if (persea_engine_load_artist (generate->engine, model, command->cancellable, &generate->generator,
                                 &generate->codebook, &error)
      && !generate->options.arguments.no_rank && !again)
    generate->clip = persea_engine_load_clip (generate->engine, generate->options.arguments.clip_name, command->cancellable, &error);
  persea_progress_clear (command->progress);
  if (error)
    {
      if (!persea_error_is_cancelled (error))
        persea_command_error (command, "%s", error->message);
      return FALSE;
    }
  if (command->verbose)
    persea_command_remark (command, _("model: %s, codebook: %s, ranked by: %s"),
                           persea_generator_get_name (generate->generator),
                           persea_codebook_get_name (generate->codebook),
                           generate->clip ? persea_clip_get_name (generate->clip) : "-");
  if (generate->clip)
    generate_remark_clip (generate);
  return !again || persea_draw_again_check (command, again, generate->engine, generate->generator, generate->codebook);
}

static void
generate_preview (const PerseaImage *image, gpointer data)
{
  GenerateCommand *generate = data;
  g_autoptr (GError) error = NULL;

  if (!generate->options.preview
      || persea_picture_writer_save (generate->options.preview, image, NULL, generate->command->interrupt, &error))
    return;
  persea_command_remark (generate->command, _("no more previews: %s"), error->message);
  g_clear_pointer (&generate->options.preview, g_free);
}

static GPtrArray *
generate_draw (GenerateCommand *generate, GError **error)
{
  const PerseaDrawJobOptions options = {
    .generator = generate->generator,
    .codebook = generate->codebook,
    .clip = generate->clip,
    .device_name = persea_device_get_info (persea_engine_get_device (generate->engine))->name,
    .progress = persea_command_show_progress,
    .progress_data = generate->command,
    .preview = generate->options.preview ? generate_preview : NULL,
    .preview_data = generate,
    .n_preview = N_PREVIEW,
  };
  g_autoptr (PerseaDrawJob) job = persea_draw_job_new (&options);
  PerseaDrawRequest request = generate->options.request;
  GPtrArray *pictures;

  if (generate->options.sheet_all)
    request.n_pictures = request.n_candidates = persea_draw_request_get_n_candidates (&request, generate->clip != NULL);
  if (!generate->options.arguments.seed && !generate->options.again)
    persea_command_remark (generate->command, _("seed %" PRIu64), request.seed);
  pictures = persea_draw_job_run (job, &request, generate->command->cancellable, error);
  persea_progress_clear (generate->command->progress);
  if (pictures && persea_draw_job_was_truncated (job))
    persea_command_remark (generate->command, _("the prompt is longer than the %u tokens that %s reads; the rest was "
                                                "left out"),
                           persea_generator_get_context_length (generate->generator),
                           persea_generator_get_name (generate->generator));
  return pictures;
}

static void
generate_show (GenerateCommand *generate, const PerseaDrawnPicture *picture, const char *path, size_t rank)
{
  PerseaCommand *command = generate->command;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (persea_draw_output_is_stdout (generate->output))
    return;
  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();
      g_autofree char *seed = g_strdup_printf ("%" PRIu64, picture->provenance->seed);

      persea_json_line_add_file (line, path);
      persea_json_line_add_literal (line, "seed", seed);
      persea_json_line_add_integer (line, "candidate", picture->candidate);
      persea_json_line_add_number (line, "score", picture->provenance->score, 6);
      persea_json_line_add_integer (line, "rank", rank);
      persea_json_line_add_string (line, "prompt", picture->provenance->prompt);
      persea_json_line_add_string (line, "model", picture->provenance->model);
      persea_command_print (command, persea_json_line_finish (line));
      return;
    }
  name = persea_command_display_name (path);
  text = isfinite (picture->provenance->score) ? g_strdup_printf ("%.3f  %s\n", picture->provenance->score, name)
                                               : g_strdup_printf ("%s\n", name);
  persea_command_print (command, text);
}

static gboolean
generate_write_sheet (GenerateCommand *generate, GPtrArray *pictures, GError **error)
{
  g_autofree PerseaContactSheetEntry *entries = g_new (PerseaContactSheetEntry, pictures->len);
  g_autoptr (PerseaProvenance) provenance = NULL;
  g_autoptr (PerseaImage) sheet = NULL;
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  for (unsigned i = 0; i < pictures->len; i++)
    {
      const PerseaDrawnPicture *picture = pictures->pdata[i];

      entries[i] = (PerseaContactSheetEntry) { picture->image, picture->provenance };
    }
  sheet = persea_contact_sheet_draw (entries, pictures->len, error);
  if (!sheet)
    return FALSE;
  provenance = persea_contact_sheet_make_provenance (entries, pictures->len);
  path = persea_draw_output_write_sheet (generate->output, generate->options.sheet_name, sheet, provenance,
                                         generate->command->interrupt, error);
  if (!path)
    return FALSE;
  if (persea_draw_output_is_stdout (generate->output))
    return TRUE;
  if (generate->command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_file (line, path);
      persea_json_line_add_boolean (line, "sheet", TRUE);
      persea_command_print (generate->command, persea_json_line_finish (line));
      return TRUE;
    }
  name = persea_command_display_name (path);
  text = g_strdup_printf (_("sheet  %s\n"), name);
  persea_command_print (generate->command, text);
  return TRUE;
}

/* The first that cannot be written is the last that is tried: where it failed, the others would. */
static gboolean
generate_write (GenerateCommand *generate, GPtrArray *pictures, GError **error)
{
  size_t n = MIN (pictures->len, generate->options.request.n_pictures);

  for (size_t i = 0; i < n; i++)
    {
      PerseaDrawnPicture *picture = pictures->pdata[i];
      g_autofree char *path = NULL;

      if (g_cancellable_set_error_if_cancelled (generate->command->cancellable, error))
        return FALSE;
      if (generate->options.again)
        persea_draw_again_copy_ranking (generate->options.again, picture->provenance);
      path = persea_draw_output_write (generate->output, picture->image, picture->provenance, i,
                                       generate->command->interrupt, error);
      if (!path)
        {
          if (n > 1)
            g_prefix_error (error, _("%zu of %zu pictures are written: "), i, n);
          return FALSE;
        }
      generate_show (generate, picture, path, i + 1);
    }
  return (!generate->options.with_sheet && !generate->options.sheet_all) || generate_write_sheet (generate, pictures, error);
}

static int
generate_run (GenerateCommand *generate)
{
  PerseaCommand *command = generate->command;
  g_autoptr (GPtrArray) pictures = NULL;
  g_autoptr (GError) error = NULL;

  generate->output = persea_draw_output_new (generate->options.arguments.output_name, generate->options.request.n_pictures, &error);
  if (!generate->output && error->domain == PERSEA_ERROR)
    return persea_command_usage_error (command, "%s", error->message);
  if (!generate->output)
    {
      persea_command_error (command, "%s", error->message);
      return PERSEA_EXIT_SOME_FAILED;
    }
  if (!generate_load (generate))
    return persea_command_get_load_status (command);
  pictures = generate_draw (generate, &error);
  if (!pictures || !generate_write (generate, pictures, &error))
    {
      if (persea_error_is_cancelled (error))
        return PERSEA_EXIT_CANCELLED;
      persea_command_error (command, "%s", error->message);
      return PERSEA_EXIT_SOME_FAILED;
    }
  persea_command_show_profile (command, generate->engine);
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_generate (PerseaCommand *command, int argc, char **argv)
{
  GenerateCommand generate = { .command = command };
  int status = persea_generate_options_parse (&generate.options, command, argc, argv);

  if (status == PERSEA_EXIT_OK)
    status = generate.options.again && generate.options.again->made != PERSEA_MADE_DRAWN
               ? persea_redraw_again (command, generate.options.again_path, generate.options.again,
                                      generate.options.arguments.output_name)
               : generate_run (&generate);

  g_clear_pointer (&generate.clip, persea_clip_unref);
  g_clear_pointer (&generate.codebook, persea_codebook_unref);
  g_clear_pointer (&generate.generator, persea_generator_unref);
  g_clear_pointer (&generate.engine, persea_engine_unref);
  g_clear_pointer (&generate.output, persea_draw_output_free);
  persea_generate_options_clear (&generate.options);
  return status;
}
