/* persea-backlog-draw.c - prompt files of watched folders
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A prompt at a time.  Its pictures are written first, that they are there is entered second: if the
 * program dies in between, they are drawn again, the same ones under the same names, and are found
 * there.
 */
#include "config.h"

#include "persea-backlog-private.h"

#include <string.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "persea-drawings.h"
#include "persea-error.h"
#include "persea-picture-writer.h"
#include "persea-prompt-file.h"

/* pictures that are drawn together, if there is nothing to choose from */
#define DRAW_CHUNK 16

typedef struct
{
  PerseaBacklog             *backlog;
  const PerseaWatchSettings *watch;
  PerseaQueueJob            *job;
  GPtrArray                 *prompts;
  GString                   *report; /* errors so far, for the .error.txt */
  unsigned                   n_failed;
  const PerseaPrompt        *next;   /* (nullable): that is to be drawn */
  unsigned                   n_there; /* of its pictures */
  gboolean                  *unusable;
} Drawing;

/* The file beside the prompt file */

/* Writes it if it says something else now, and takes it away if there is nothing to say. */
static void
drawing_write_report (Drawing *drawing)
{
  g_autofree char *path = persea_prompt_file_get_error_path (drawing->job->path);
  g_autofree char *old = NULL;
  g_autoptr (GError) error = NULL;

  if (drawing->report->len == 0)
    {
      g_unlink (path);
      return;
    }
  if (g_file_get_contents (path, &old, NULL, NULL) && strcmp (old, drawing->report->str) == 0)
    return;
  if (!g_file_set_contents (path, drawing->report->str, drawing->report->len, &error))
    g_warning ("%s", error->message);
}

static void
drawing_report (Drawing *drawing, unsigned line, const char *message)
{
  if (line > 0)
    g_string_append_printf (drawing->report, "%u: %s\n", line, message);
  else
    g_string_append_printf (drawing->report, "%s\n", message);
}

/* What stands in the way is not the prompt's fault, and will be tried again. */
static void
drawing_report_delay (Drawing *drawing, const char *message)
{
  g_autofree char *text = g_strdup_printf (_("%s (will be tried again)"), message);

  drawing_report (drawing, 0, text);
  drawing_write_report (drawing);
}

/* What there is to do */

/* The next prompt, and what is wrong with others. */
static gboolean
drawing_look (Drawing *drawing, GError **error)
{
  for (unsigned i = 0; i < drawing->prompts->len; i++)
    {
      const PerseaPrompt *prompt = g_ptr_array_index (drawing->prompts, i);
      g_autofree char *reason = NULL;
      unsigned n = 0;

      if (prompt->error != NULL)
        reason = g_strdup (prompt->error->message);
      else if (!persea_drawings_find (drawing->backlog->library, drawing->job->file, prompt->key, &n,
                                      &reason, error))
        return FALSE;
      if (reason != NULL)
        {
          drawing_report (drawing, prompt->line, reason);
          drawing->n_failed++;
        }
      else if (drawing->next == NULL && n < prompt->options.count)
        {
          drawing->next = prompt;
          drawing->n_there = n;
        }
    }
  return TRUE;
}

/* The end: all prompts are drawn, but for those that cannot be. */
static gboolean
drawing_finish (Drawing *drawing, GError **error)
{
  PerseaLibrary *library = drawing->backlog->library;
  g_autoptr (GError) reason = NULL;
  PerseaFileStamp stamp;

  if (!persea_file_stamp_read (drawing->job->path, &stamp, &reason))
    return persea_backlog_fail (drawing->backlog, drawing->job, reason, error);
  if (!persea_file_stamp_equal (&stamp, &drawing->job->stamp))
    return persea_queue_release (library, drawing->job, error);
  if (drawing->n_failed == 0)
    return persea_queue_finish (library, drawing->job, &stamp, drawing->job->content, error);
  reason = g_error_new (PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                        _("%s: %u of %u prompts cannot be drawn; why is in the file beside it"),
                        drawing->job->path, drawing->n_failed, drawing->prompts->len);
  return persea_drawings_forget_errors (library, drawing->job->file, error)
         && persea_backlog_fail (drawing->backlog, drawing->job, reason, error);
}

/* Whether a file of the same content was done that is not where it was: this is it then. */
static gboolean
drawing_find_moved (Drawing *drawing, gboolean *moved, GError **error)
{
  PerseaLibrary *library = drawing->backlog->library;
  g_autoptr (GArray) twins = NULL;

  if (!persea_queue_find_drawn (library, drawing->job, drawing->job->content, &twins, error))
    return FALSE;
  for (unsigned i = 0; i < twins->len && !*moved; i++)
    {
      int64_t twin = g_array_index (twins, int64_t, i);
      g_autofree char *content = g_strdup (drawing->job->content);
      g_autofree char *path = persea_library_get_file_path (library, twin, error);

      if (path == NULL)
        return FALSE;
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      if (!persea_queue_adopt (library, drawing->job, twin, 0, &drawing->job->stamp, error))
        return FALSE;
      drawing->job->content = g_steal_pointer (&content);
      *moved = TRUE;
    }
  return TRUE;
}

/* Pictures */

static gboolean
drawing_is_same (const char *path, const PerseaProvenance *wanted)
{
  g_autoptr (PerseaProvenance) there = persea_picture_writer_read_provenance (path, NULL);
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  if (there == NULL || there->candidate != wanted->candidate
      || g_strcmp0 (there->model_identity, wanted->model_identity) != 0
      || g_strcmp0 (there->codebook_identity, wanted->codebook_identity) != 0)
    return FALSE;
  /* and everything else, but when and of how many */
  g_free (there->date);
  there->date = g_strdup (wanted->date);
  there->score = wanted->score;
  there->n_candidates = wanted->n_candidates;
  a = persea_provenance_format_parameters (there);
  b = persea_provenance_format_parameters (wanted);
  return strcmp (a, b) == 0;
}

static gboolean
drawing_save (Drawing *drawing, const PerseaDrawnPicture *picture, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (drawing->job->path);
  g_autofree char *name = persea_picture_writer_make_name (picture->provenance,
                                                           PERSEA_PICTURE_SUFFIX);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *written = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS) && drawing_is_same (path, picture->provenance))
    {
      g_debug ("%s: is there already", path);
      return TRUE;
    }
  written = persea_picture_writer_save_new (path, picture->image, picture->provenance, NULL, error);
  if (written != NULL)
    g_info ("%s: drawn", written);
  return written != NULL;
}

static PerseaDrawRequest
drawing_make_request (const Drawing *drawing, gboolean ranked)
{
  const PerseaPromptOptions *options = &drawing->next->options;
  PerseaDrawRequest request = {
    .prompt = drawing->next->text,
    .negative = options->negative,
    .seed = drawing->next->seed,
    .n_candidates = options->candidates,
    .n_pictures = options->count,
    .guidance = options->guidance,
    .temperature = options->temperature,
    .top_k = options->top_k,
    .top_p = options->top_p,
    .size = options->size,
  };

  if (persea_draw_request_get_n_candidates (&request, ranked) == options->count)
    {
      /* nothing to choose: only what is missing, and not all of it at once */
      request.first_candidate = drawing->n_there;
      request.n_pictures = MIN (options->count - drawing->n_there, DRAW_CHUNK);
      request.n_candidates = request.n_pictures;
    }
  return request;
}

/* The prompt cannot be drawn, the others can. */
static gboolean
drawing_fail_prompt (Drawing *drawing, const GError *reason, GError **error)
{
  g_warning ("%s:%u: %s", drawing->job->path, drawing->next->line, reason->message);
  return persea_drawings_set (drawing->backlog->library, drawing->job->file, drawing->next->key,
                              drawing->n_there, reason->message, error)
         && persea_queue_put_back (drawing->backlog->library, drawing->job, error);
}

static gboolean
drawing_is_prompts_fault (const GError *error)
{
  return g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED)
         || g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
}

/* The model could not be loaded: the fault of the prompt that names one, or of the watch. */
static gboolean
drawing_fail_model (Drawing *drawing, const GError *reason, GError **error)
{
  const char *model = drawing->next->options.model;

  if (drawing_is_prompts_fault (reason)
      && g_strcmp0 (model, drawing->watch->prompt.model) != 0)
    return drawing_fail_prompt (drawing, reason, error);
  if (!persea_error_is_cancelled (reason))
    drawing_report_delay (drawing, reason->message);
  *drawing->unusable = TRUE;
  if (persea_queue_release (drawing->backlog->library, drawing->job, error))
    g_propagate_error (error, g_error_copy (reason));
  return FALSE;
}

/* @pictures: what was drawn */
static gboolean
drawing_enter (Drawing *drawing, GPtrArray *pictures, GError **error)
{
  PerseaBacklog *backlog = drawing->backlog;
  g_autoptr (GError) reason = NULL;
  unsigned n = drawing->n_there;

  for (unsigned i = 0; i < pictures->len; i++)
    if (!drawing_save (drawing, g_ptr_array_index (pictures, i), &reason))
      {
        drawing_report_delay (drawing, reason->message);
        return persea_backlog_fail (backlog, drawing->job, reason, error);
      }
  n = MIN (n + pictures->len, drawing->next->options.count);
  g_message (_("[watch %s]: %s:%u: drawn (%u of %u)"), drawing->watch->name, drawing->job->path,
             drawing->next->line, n, drawing->next->options.count);
  return persea_drawings_set (backlog->library, drawing->job->file, drawing->next->key, n, NULL,
                              error)
         && persea_queue_put_back (backlog->library, drawing->job, error);
}

static gboolean
drawing_draw (Drawing *drawing, GError **error)
{
  PerseaBacklog *backlog = drawing->backlog;
  g_autoptr (GError) reason = NULL;
  g_autoptr (GPtrArray) pictures = NULL;
  PerseaDrawRequest request;
  PerseaDrawJob *draw_job;
  gboolean ranked = FALSE;

  draw_job = persea_loader_get_draw_job (backlog->loader, drawing->next->options.model, &ranked,
                                         backlog->cancellable, &reason);
  if (draw_job == NULL)
    return drawing_fail_model (drawing, reason, error);
  request = drawing_make_request (drawing, ranked);
  pictures = persea_draw_job_run (draw_job, &request, backlog->cancellable, &reason);
  if (pictures != NULL)
    {
      if (persea_draw_job_was_truncated (draw_job))
        g_warning (_("%s:%u: the model reads the beginning of this prompt only"),
                   drawing->job->path, drawing->next->line);
      return drawing_enter (drawing, pictures, error);
    }
  if (drawing_is_prompts_fault (reason))
    return drawing_fail_prompt (drawing, reason, error);
  if (!persea_error_is_cancelled (reason))
    drawing_report_delay (drawing, reason->message);
  return persea_backlog_fail (backlog, drawing->job, reason, error);
}

/* @drawing: with the job's present stamp and content */
static gboolean
drawing_work (Drawing *drawing, GError **error)
{
  g_autoptr (GError) reason = NULL;

  drawing->prompts = persea_prompt_file_load (drawing->job->path, &drawing->watch->prompt, &reason);
  if (drawing->prompts == NULL)
    {
      drawing_report (drawing, 0, reason->message);
      drawing_write_report (drawing);
      g_prefix_error (&reason, "%s: ", drawing->job->path);
      return persea_backlog_fail (drawing->backlog, drawing->job, reason, error);
    }
  if (!drawing_look (drawing, error))
    return FALSE;
  drawing_write_report (drawing);
  return drawing->next != NULL ? drawing_draw (drawing, error) : drawing_finish (drawing, error);
}

gboolean
persea_backlog_draw (PerseaBacklog              *backlog,
                     const PerseaWatchSettings  *watch,
                     PerseaQueueJob             *job,
                     gboolean                   *unusable,
                     GError                    **error)
{
  g_autoptr (GString) report = g_string_new (NULL);
  Drawing drawing = {
    .backlog = backlog, .watch = watch, .job = job, .report = report, .unusable = unusable,
  };
  g_autoptr (GError) reason = NULL;
  g_autofree char *content = NULL;
  gboolean moved = FALSE;
  gboolean ok;

  if (persea_file_stamp_read (job->path, &job->stamp, &reason))
    content = persea_file_stamp_sum_content (job->path, backlog->cancellable, &reason);
  if (content == NULL)
    return persea_backlog_fail (backlog, job, reason, error);
  if (g_strcmp0 (content, job->content) == 0)
    return persea_queue_finish (backlog->library, job, &job->stamp, content, error);
  g_free (job->content);
  job->content = g_steal_pointer (&content);
  if (!drawing_find_moved (&drawing, &moved, error))
    return FALSE;
  if (moved)
    return persea_queue_finish (backlog->library, job, &job->stamp, job->content, error);
  ok = drawing_work (&drawing, error);
  g_clear_pointer (&drawing.prompts, g_ptr_array_unref);
  return ok;
}
