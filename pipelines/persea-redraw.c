/* persea-redraw.c - draws a part of a picture anew, for persea complete and persea vary
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-redraw.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-draw-again.h"
#include "persea-draw-output.h"
#include "persea-error.h"
#include "persea-file-stamp.h"
#include "persea-image-patch.h"
#include "persea-json-line.h"
#include "persea-picture-writer.h"

typedef struct
{
  const PerseaRedraw *redraw;
  PerseaCommand      *command;
  PerseaImageSource   source;
  GBytes             *bytes;    /* (nullable): of standard input */
  char               *source_name;
  char               *source_identity;
  char               *mask_identity; /* (nullable) */
  PerseaDrawSource    noted;    /* these, for the pictures */
  PerseaDrawOutput   *output;
  PerseaDrawRequest   request;
  char               *prompt;
  PerseaImage        *image;    /* (nullable): the picture, let go when the canvas is there */
  uint8_t            *mask;     /* (nullable) */
  PerseaEngine       *engine;
  PerseaGenerator    *generator;
  PerseaCodebook     *codebook;
  PerseaClip         *clip;     /* (nullable) */
  PerseaDrawCanvas   *canvas;
} Run;

/* Shows why nothing can be done for the picture. */
static int
run_fail (Run *run, const GError *error)
{
  if (persea_error_is_cancelled (error))
    return PERSEA_EXIT_CANCELLED;
  persea_command_fail_input (run->command, run->redraw->options->picture, error);
  return PERSEA_EXIT_SOME_FAILED;
}

/* Before anything is loaded */

static gboolean
run_open_picture (Run *run, GError **error)
{
  const char *picture = run->redraw->options->picture;

  run->source.path = picture;
  if (strcmp (picture, "-") == 0)
    {
      run->bytes = persea_image_source_read_stdin (run->command->cancellable, error);
      if (!run->bytes)
        return FALSE;
      run->source = (PerseaImageSource) { .bytes = run->bytes, .name = _("standard input") };
    }
  run->image = persea_image_load (&run->source, run->command->cancellable, error);
  return run->image != NULL;
}

static gboolean
run_load_mask (Run *run, GError **error)
{
  if (run->redraw->mask)
    run->mask = persea_redraw_mask_load (run->redraw->mask, &run->source, run->image, run->command->cancellable, error);
  return run->mask || !run->redraw->mask;
}

/* what says in the pictures from which files they were made */
static gboolean
run_note_source (Run *run, GError **error)
{
  GCancellable *cancellable = run->command->cancellable;
  const PerseaRedrawMask *mask = run->redraw->mask;
  g_autofree char *name = g_path_get_basename (run->redraw->options->picture);

  run->source_name = g_filename_display_name (name);
  run->source_identity = run->bytes ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, run->bytes)
                                    : persea_file_stamp_sum_content (run->source.path, cancellable, error);
  if (mask && mask->file && run->source_identity)
    run->mask_identity = persea_file_stamp_sum_content (mask->file, cancellable, error);
  run->noted = (PerseaDrawSource) {
    .name = run->source_name,
    .identity = run->source_identity,
    .details = run->redraw->details,
    .mask_identity = run->mask_identity,
  };
  return run->source_identity && (run->mask_identity || !mask || !mask->file);
}

/* What a variation is about, if nobody says it: what the picture was drawn for. */
static void
run_choose_prompt (Run *run)
{
  const char *given = run->redraw->options->prompt;
  g_autoptr (PerseaProvenance) provenance = NULL;

  if (!given && run->redraw->made == PERSEA_MADE_VARIED && !run->bytes)
    provenance = persea_picture_writer_read_provenance (run->redraw->options->picture, NULL);
  run->prompt = g_strdup (given ? given : provenance ? provenance->prompt : "");
  if (provenance)
    persea_command_remark (run->command, _("prompt: %s"), run->prompt);
  run->request.prompt = run->prompt;
  if (run->prompt[0] == '\0' && run->request.guidance < 0)
    run->request.guidance = 1; /* no words to be guided by; takes half the time */
}

/* Models */

static gboolean
run_load_models (Run *run, GError **error)
{
  PerseaCommand *command = run->command;
  const PerseaRedrawOptions *options = run->redraw->options;
  const char *model = persea_draw_again_choose_model (command, run->redraw->again);

  if (!persea_engine_load_artist (run->engine, model, command->cancellable, &run->generator, &run->codebook, error)
      || !persea_draw_canvas_check (run->codebook, error))
    return FALSE;
  if (options->arguments.no_rank || run->prompt[0] == '\0')
    return TRUE;
  run->clip = persea_engine_load_clip (run->engine, options->arguments.clip_name, command->cancellable, error);
  return run->clip != NULL;
}

static gboolean
run_load (Run *run)
{
  PerseaCommand *command = run->command;
  g_autoptr (GError) error = NULL;
  gboolean done;

  persea_draw_again_choose_model (command, run->redraw->again);
  run->engine = persea_command_open_engine (command);
  if (!run->engine)
    return FALSE;
  done = run_load_models (run, &error);
  persea_progress_clear (command->progress);
  if (!done && !persea_error_is_cancelled (error))
    persea_command_error (command, "%s", error->message);
  if (done && command->verbose)
    persea_command_remark (command, _("model: %s, codebook: %s, ranked by: %s"),
                           persea_generator_get_name (run->generator),
                           persea_codebook_get_name (run->codebook),
                           run->clip ? persea_clip_get_name (run->clip) : "-");
  return done
         && (!run->redraw->again
             || persea_draw_again_check (command, run->redraw->again, run->engine, run->generator, run->codebook));
}

/* The region */

static gboolean
run_plan (Run *run, GError **error)
{
  const PerseaDrawCanvasOptions options = {
    .image = run->image,
    .mask = run->mask,
    .vary = run->redraw->made == PERSEA_MADE_VARIED,
    .strength = run->redraw->strength,
  };

  run->canvas = persea_draw_canvas_new (&options, run->generator, run->codebook, error);
  g_clear_pointer (&run->mask, g_free);
  return run->canvas != NULL;
}

static void
run_tell_plan (Run *run)
{
  const PerseaCompletionPlan *plan = persea_draw_canvas_get_plan (run->canvas);
  const PerseaRectangle *region = &plan->region;

  if (region->width != run->image->width || region->height != run->image->height)
    persea_command_remark (run->command, _("working on the %d × %d pixels at %d, %d of the picture's %d × %d"),
                           region->width, region->height, region->x, region->y, run->image->width,
                           run->image->height);
  if (region->width != (int) plan->canvas_width || region->height != (int) plan->canvas_height)
    persea_command_remark (run->command, _("seen by the model as %u × %u pixels"), plan->canvas_width,
                           plan->canvas_height);
  if (run->redraw->made == PERSEA_MADE_COMPLETED)
    persea_command_remark (run->command,
                           _("to be drawn: %d × %d pixels at %d, %d; aligned to codes of %.4g × %.4g pixels: "
                             "%d × %d at %d, %d, %u of %u codes"),
                           plan->asked.width, plan->asked.height, plan->asked.x, plan->asked.y,
                           plan->cell_width, plan->cell_height, plan->aligned.width, plan->aligned.height,
                           plan->aligned.x, plan->aligned.y, plan->n_drawn, plan->rows * plan->columns);
  if (plan->n_windows > 1)
    persea_command_remark (run->command, _("in %u windows, one after the other"), plan->n_windows);
}

static GPtrArray *
run_draw (Run *run, GError **error)
{
  const PerseaRedraw *redraw = run->redraw;
  const PerseaDrawJobOptions options = {
    .generator = run->generator,
    .codebook = run->codebook,
    .clip = run->clip,
    .device_name = persea_device_get_info (persea_engine_get_device (run->engine))->name,
    .progress = persea_command_show_progress,
    .progress_data = run->command,
  };
  g_autoptr (PerseaDrawJob) job = persea_draw_job_new (&options);
  g_autofree char *seed = g_strdup_printf ("%" PRIu64, run->request.seed);
  GPtrArray *pictures;

  run->request.canvas = run->canvas;
  persea_draw_job_set_source (job, &run->noted);
  if (!redraw->options->arguments.seed && !redraw->again)
    persea_command_remark (run->command, _("seed %s"), seed);
  pictures = persea_draw_job_run (job, &run->request, run->command->cancellable, error);
  persea_progress_clear (run->command->progress);
  if (pictures && persea_draw_job_was_truncated (job))
    persea_command_remark (run->command, _("the prompt is longer than the %u tokens that %s reads; the rest was "
                                           "left out"),
                           persea_generator_get_context_length (run->generator),
                           persea_generator_get_name (run->generator));
  return pictures;
}

/* Results */

static void
run_add_rectangle (PerseaJsonLine *line, const char *name, const PerseaRectangle *rectangle)
{
  persea_json_line_begin_array (line, name);
  persea_json_line_add_integer (line, NULL, rectangle->x);
  persea_json_line_add_integer (line, NULL, rectangle->y);
  persea_json_line_add_integer (line, NULL, rectangle->width);
  persea_json_line_add_integer (line, NULL, rectangle->height);
  persea_json_line_end (line);
}

static void
run_show (Run *run, const PerseaDrawnPicture *picture, const char *path, size_t rank)
{
  const PerseaCompletionPlan *plan = persea_draw_canvas_get_plan (run->canvas);
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (persea_draw_output_is_stdout (run->output))
    return;
  if (run->command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();
      g_autofree char *seed = g_strdup_printf ("%" PRIu64, picture->provenance->seed);

      persea_json_line_add_file (line, path);
      persea_json_line_add_literal (line, "seed", seed);
      persea_json_line_add_integer (line, "candidate", picture->candidate);
      persea_json_line_add_number (line, "score", picture->provenance->score, 6);
      persea_json_line_add_integer (line, "rank", rank);
      persea_json_line_add_string (line, "prompt", run->prompt);
      persea_json_line_add_string (line, "model", picture->provenance->model);
      run_add_rectangle (line, "region", &plan->region);
      run_add_rectangle (line, "asked", &plan->asked);
      run_add_rectangle (line, "aligned", &plan->aligned);
      persea_command_print (run->command, persea_json_line_finish (line));
      return;
    }
  name = persea_command_display_name (path);
  text = isfinite (picture->provenance->score) ? g_strdup_printf ("%.3f  %s\n", picture->provenance->score, name)
                                               : g_strdup_printf ("%s\n", name);
  persea_command_print (run->command, text);
}

/* "cup-1234-7.png", in the format of the picture if nothing is lost in it */
static char *
run_make_name (Run *run, const PerseaDrawnPicture *picture)
{
  static const char *const lossless[] = { ".png", ".tif", ".tiff", NULL };
  g_autofree char *base = run->bytes ? g_strdup ("picture") : g_path_get_basename (run->redraw->options->picture);
  char *dot = strrchr (base, '.');
  g_autofree char *suffix = dot ? g_ascii_strdown (dot, -1) : NULL;
  gboolean keep = suffix && g_strv_contains (lossless, suffix);

  if (dot && dot != base)
    *dot = '\0';
  return g_strdup_printf ("%s-%" PRIu64 "-%zu%s", base, picture->provenance->seed, picture->candidate,
                          keep ? suffix : PERSEA_PICTURE_SUFFIX);
}

static char *
run_write_picture (Run *run, const PerseaDrawnPicture *picture, size_t index, GError **error)
{
  g_autoptr (PerseaImage) painted = persea_draw_canvas_paint (run->canvas, picture->image);
  g_autofree char *own_name = run_make_name (run, picture);
  g_autoptr (GBytes) bytes = NULL;
  const PerseaImagePatch patch = {
    .place = persea_draw_canvas_get_plan (run->canvas)->region,
    .pixels = painted->pixels,
    .painted = persea_draw_canvas_get_painted (run->canvas),
  };

  bytes = persea_picture_writer_encode_patched (&run->source, &patch, picture->provenance,
                                                persea_draw_output_choose_name (run->output, own_name),
                                                run->command->cancellable, error);
  return bytes ? persea_draw_output_write_bytes (run->output, bytes, own_name, index, run->command->interrupt,
                                                 error)
               : NULL;
}

static gboolean
run_write (Run *run, GPtrArray *pictures, GError **error)
{
  for (unsigned i = 0; i < pictures->len; i++)
    {
      const PerseaDrawnPicture *picture = pictures->pdata[i];
      g_autofree char *path = NULL;

      if (g_cancellable_set_error_if_cancelled (run->command->cancellable, error))
        return FALSE;
      if (run->redraw->again)
        persea_draw_again_copy_ranking (run->redraw->again, picture->provenance);
      path = run_write_picture (run, picture, i, error);
      if (!path)
        {
          if (pictures->len > 1)
            g_prefix_error (error, _("%u of %u pictures are written: "), i, pictures->len);
          return FALSE;
        }
      run_show (run, picture, path, i + 1);
    }
  return TRUE;
}

static gboolean
run_draw_and_write (Run *run, GError **error)
{
  g_autoptr (GPtrArray) pictures = NULL;

  if (!run_plan (run, error))
    return FALSE;
  run_tell_plan (run);
  g_clear_pointer (&run->image, persea_image_free);
  pictures = run_draw (run, error);
  return pictures && run_write (run, pictures, error);
}

static int
run_all (Run *run)
{
  const PerseaRedraw *redraw = run->redraw;
  g_autoptr (GError) error = NULL;

  run->output = persea_draw_output_new (redraw->options->arguments.output_name, redraw->options->request.n_pictures,
                                        &error);
  if (!run->output
      || !persea_draw_output_check_picture (redraw->options->arguments.output_name,
                                            redraw->options->picture, &error))
    return persea_command_usage_error (run->command, "%s", error->message);
  if (!run_open_picture (run, &error) || !run_load_mask (run, &error) || !run_note_source (run, &error))
    return run_fail (run, error);
  run_choose_prompt (run);
  if (redraw->made == PERSEA_MADE_COMPLETED && !persea_draw_request_check (&run->request, &error))
    return persea_command_usage_error (run->command, "%s", error->message);
  if (!run_load (run))
    return persea_command_get_load_status (run->command);
  if (!run_draw_and_write (run, &error))
    return run_fail (run, error);
  persea_command_show_profile (run->command, run->engine);
  return persea_command_flush (run->command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_redraw_run (const PerseaRedraw *redraw)
{
  Run run = { .redraw = redraw, .command = redraw->command, .request = redraw->options->request };
  int status = run_all (&run);

  g_clear_pointer (&run.canvas, persea_draw_canvas_free);
  g_clear_pointer (&run.clip, persea_clip_unref);
  g_clear_pointer (&run.codebook, persea_codebook_unref);
  g_clear_pointer (&run.generator, persea_generator_unref);
  g_clear_pointer (&run.engine, persea_engine_unref);
  g_clear_pointer (&run.image, persea_image_free);
  g_clear_pointer (&run.output, persea_draw_output_free);
  g_clear_pointer (&run.bytes, g_bytes_unref);
  g_free (run.source_name);
  g_free (run.source_identity);
  g_free (run.mask_identity);
  g_free (run.mask);
  g_free (run.prompt);
  return status;
}
