/* persea-draw-job.c - from a prompt to pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Codes are drawn together, as many as fit; pixels are made and looked at one picture at a time,
 * so that what a picture looks like cannot depend on its neighbours, however a device rounds.
 */
#include "config.h"

#include "persea-draw-job.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-draw-preview.h"
#include "persea-error.h"
#include "persea-preprocess.h"

struct _PerseaDrawJob
{
  PerseaGenerator       *generator;
  PerseaCodebook        *codebook;
  PerseaClip            *clip; /* (nullable) */
  char                  *device_name;
  PerseaProgressFunc     progress;
  gpointer               progress_data;
  PerseaDrawPreviewFunc  preview;
  gpointer               preview_data;
  unsigned               n_preview;
  gboolean               truncated;
};

/* one call of persea_draw_job_run() */
typedef struct
{
  PerseaDrawJob           *job;
  const PerseaDrawRequest *request;
  GCancellable            *cancellable;
  PerseaDrawOptions        options;
  PerseaDrawPreview       *preview;  /* (nullable) */
  size_t                   rows, columns; /* of codes */
  int32_t                 *codes;    /* [n_candidates, rows, columns] */
  float                   *words;    /* (nullable) [E], the prompt's embedding, unit length */
  GPtrArray               *pictures; /* best first, as many as are to be kept */
} DrawRun;

PerseaDrawJob *
persea_draw_job_new (const PerseaDrawJobOptions *options)
{
  PerseaDrawJob *job = g_new0 (PerseaDrawJob, 1);

  job->generator = persea_generator_ref (options->generator);
  job->codebook = persea_codebook_ref (options->codebook);
  job->clip = options->clip ? persea_clip_ref (options->clip) : NULL;
  job->device_name = g_strdup (options->device_name);
  job->progress = options->progress;
  job->progress_data = options->progress_data;
  job->preview = options->preview;
  job->preview_data = options->preview_data;
  job->n_preview = MAX (options->n_preview, 1);
  return job;
}

void
persea_draw_job_free (PerseaDrawJob *job)
{
  if (!job)
    return;

  g_clear_pointer (&job->generator, persea_generator_unref);
  g_clear_pointer (&job->codebook, persea_codebook_unref);
  g_clear_pointer (&job->clip, persea_clip_unref);
  g_free (job->device_name);
  g_free (job);
}

gboolean
persea_draw_job_was_truncated (PerseaDrawJob *job)
{
  return job->truncated;
}

void
persea_drawn_picture_free (PerseaDrawnPicture *picture)
{
  if (!picture)
    return;

  persea_image_free (picture->image);
  persea_provenance_free (picture->provenance);
  g_free (picture);
}

static void
run_show_progress (DrawRun *run, const char *what, double fraction)
{
  if (run->job->progress)
    run->job->progress (what, fraction, run->job->progress_data);
}

/* a PerseaDrawProgress */
static void
run_codes_drawn (size_t done, size_t total, const int32_t *codes, gpointer user_data)
{
  DrawRun *run = user_data;
  g_autofree char *what = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "drawing %zu picture",
                                                        "drawing %zu pictures", run->options.n_candidates),
                                           run->options.n_candidates);

  run_show_progress (run, what, (double) done / total);
  if (run->preview)
    persea_draw_preview_update (run->preview, codes, run->cancellable);
}

/* [3, height, width] in 0 … 1 to [height, width, 3] */
static void
run_convert_pixels (const float *planes, PerseaImage *image)
{
  size_t n = (size_t) image->width * image->height;

  for (size_t i = 0; i < n; i++)
    for (int color = 0; color < 3; color++)
      {
        float value = planes[color * n + i];

        /* what is no number is black */
        image->pixels[i * 3 + color] = value > 0 ? (uint8_t) (MIN (value, 1.0f) * 255 + 0.5f) : 0;
      }
}

static PerseaImage *
run_resize (PerseaImage *image, unsigned size, GError **error)
{
  g_autoptr (PerseaImage) original = image;
  g_autoptr (PerseaImage) resized = NULL;
  const PerseaResampleOptions options = {
    .width = image->width,
    .height = image->height,
    .out_width = size,
    .out_height = size,
    .crop = { 0, 0, size, size },
    .interpolation = PERSEA_INTERPOLATION_LANCZOS,
  };

  if (size == 0 || (int) size == image->width)
    return g_steal_pointer (&original);
  resized = persea_image_new (size, size);
  return persea_resample (&options, original->pixels, resized->pixels, error) ? g_steal_pointer (&resized) : NULL;
}

PerseaImage *
persea_draw_decode (PerseaCodebook  *codebook,
                    const int32_t   *codes,
                    size_t           grid_height,
                    size_t           grid_width,
                    GCancellable    *cancellable,
                    GError         **error)
{
  size_t factor = persea_codebook_get_factor (codebook);
  g_autoptr (PerseaImage) image = persea_image_new (grid_width * factor, grid_height * factor);
  g_autofree float *planes = g_new (float, (size_t) 3 * image->width * image->height);

  if (!persea_codebook_decode (codebook, codes, 1, grid_height, grid_width, planes, cancellable, error))
    return NULL;
  run_convert_pixels (planes, image);
  return g_steal_pointer (&image);
}

/* cosine of the picture and the prompt; NAN if nobody is there to look */
static gboolean
run_look (DrawRun *run, const PerseaImage *image, float *score, GError **error)
{
  PerseaClip *clip = run->job->clip;
  const PerseaPreprocess *preprocess;
  g_autofree uint8_t *square = NULL;
  g_autofree float *pixels = NULL;
  g_autofree float *embedding = NULL;
  size_t n, dim;
  double sum = 0;

  *score = NAN;
  if (!clip)
    return TRUE;
  preprocess = persea_clip_get_preprocess (clip);
  dim = persea_clip_get_embed_dim (clip);
  n = (size_t) preprocess->image_size * preprocess->image_size * 3;
  square = g_malloc (n);
  pixels = g_new (float, n);
  embedding = g_new (float, dim);
  if (!persea_preprocess_square (preprocess, image->pixels, image->width, image->height, square, error))
    return FALSE;
  persea_preprocess_normalize (preprocess, square, pixels);
  if (!persea_clip_encode_images (clip, pixels, 1, embedding, run->cancellable, error))
    return FALSE;
  persea_clip_normalize (embedding, 1, dim);
  for (size_t i = 0; i < dim; i++)
    sum += (double) embedding[i] * run->words[i];
  *score = (float) sum;
  return TRUE;
}

static PerseaProvenance *
run_make_provenance (DrawRun *run, const PerseaDrawnPicture *picture)
{
  PerseaDrawJob *job = run->job;
  PerseaProvenance *provenance = persea_provenance_new ();

  provenance->prompt = g_strdup (run->request->prompt);
  provenance->negative = g_strdup (run->request->negative);
  provenance->seed = run->request->seed;
  provenance->candidate = picture->candidate;
  provenance->n_candidates = run->options.n_candidates;
  provenance->guidance = run->options.guidance;
  provenance->temperature = run->options.sampling.temperature;
  provenance->top_k = run->options.sampling.top_k;
  provenance->top_p = run->options.sampling.top_p;
  provenance->size = run->request->size;
  provenance->score = picture->score;
  provenance->model = g_strdup (persea_generator_get_name (job->generator));
  provenance->model_identity = g_strdup (persea_generator_get_identity (job->generator));
  provenance->codebook = g_strdup (persea_codebook_get_name (job->codebook));
  provenance->codebook_identity = g_strdup (persea_codebook_get_identity (job->codebook));
  if (job->clip)
    {
      provenance->clip = g_strdup (persea_clip_get_name (job->clip));
      provenance->clip_identity = g_strdup (persea_clip_get_identity (job->clip));
    }
  provenance->precision = g_strdup (persea_precision_name (persea_generator_get_precision (job->generator)));
  provenance->device = g_strdup (job->device_name);
  if (run->request->canvas)
    {
      provenance->made = run->request->canvas->made;
      provenance->source = g_strdup (run->request->canvas->source);
      provenance->details = g_strdup (run->request->canvas->details);
    }
  return provenance;
}

/* Puts a picture among the best, if it is one of them.  Of equal ones the first stays first. */
static void
run_keep (DrawRun *run, PerseaDrawnPicture *picture)
{
  unsigned at = run->pictures->len;

  while (at > 0 && ((PerseaDrawnPicture *) run->pictures->pdata[at - 1])->score < picture->score)
    at--;
  g_ptr_array_insert (run->pictures, at, picture);
  if (run->pictures->len > run->request->n_pictures)
    g_ptr_array_set_size (run->pictures, run->request->n_pictures);
}

static gboolean
run_finish_picture (DrawRun *run, size_t index, GError **error)
{
  PerseaDrawJob *job = run->job;
  g_autoptr (PerseaDrawnPicture) picture = g_new0 (PerseaDrawnPicture, 1);

  picture->candidate = run->options.first_candidate + index;
  picture->image = persea_draw_decode (job->codebook, run->codes + index * run->rows * run->columns,
                                       run->rows, run->columns, run->cancellable, error);
  if (!picture->image || !run_look (run, picture->image, &picture->score, error))
    return FALSE;
  picture->image = run_resize (picture->image, run->request->size, error);
  if (!picture->image)
    return FALSE;
  picture->provenance = run_make_provenance (run, picture);
  run_keep (run, g_steal_pointer (&picture));
  return TRUE;
}

/* Before anything is drawn: what does not work out is known early. */
static gboolean
run_read_words (DrawRun *run, GError **error)
{
  PerseaDrawJob *job = run->job;
  g_autofree int32_t *ids = g_new (int32_t, persea_generator_get_context_length (job->generator));
  size_t n_ids;

  if (persea_generator_get_n_entries (job->generator) != persea_codebook_get_n_entries (job->codebook))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s draws %u different codes, but the codebook %s has %u"),
                   persea_generator_get_name (job->generator), persea_generator_get_n_entries (job->generator),
                   persea_codebook_get_name (job->codebook), persea_codebook_get_n_entries (job->codebook));
      return FALSE;
    }
  if (!persea_generator_tokenize (job->generator, run->request->prompt, ids, &n_ids, &job->truncated, error))
    return FALSE;
  if (!job->clip)
    return TRUE;
  run->words = g_new (float, persea_clip_get_embed_dim (job->clip));
  if (!persea_clip_encode_texts (job->clip, &run->request->prompt, 1, run->words, run->cancellable, error))
    return FALSE;
  persea_clip_normalize (run->words, 1, persea_clip_get_embed_dim (job->clip));
  return TRUE;
}

static void
run_set_grid (DrawRun *run)
{
  const PerseaDrawCanvas *canvas = run->request->canvas;
  const PerseaCompletionPlan *plan = canvas ? persea_completion_get_plan (canvas->completion) : NULL;

  run->rows = plan ? plan->rows : persea_generator_get_grid (run->job->generator);
  run->columns = plan ? plan->columns : run->rows;
}

static gboolean
run_draw (DrawRun *run, GError **error)
{
  PerseaDrawJob *job = run->job;

  return run->request->canvas
           ? persea_draw_canvas_draw (run->request->canvas, job->generator, job->codebook, &run->options,
                                      run->codes, run->cancellable, error)
           : persea_generator_draw (job->generator, &run->options, run->codes, run->cancellable, error);
}

static gboolean
run_all (DrawRun *run, GError **error)
{
  PerseaDrawJob *job = run->job;
  size_t n = run->options.n_candidates;

  if (!run_read_words (run, error))
    return FALSE;
  run_set_grid (run);
  run->codes = g_new (int32_t, n * run->rows * run->columns);
  if (job->preview && !run->request->canvas)
    run->preview = persea_draw_preview_new (job->generator, job->codebook, MIN (n, job->n_preview),
                                            job->preview, job->preview_data);
  if (!run_draw (run, error))
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      run_show_progress (run, job->clip ? _("painting and ranking") : _("painting"), (double) i / n);
      if (g_cancellable_set_error_if_cancelled (run->cancellable, error)
          || !run_finish_picture (run, i, error))
        return FALSE;
    }
  return TRUE;
}

GPtrArray *
persea_draw_job_run (PerseaDrawJob           *job,
                     const PerseaDrawRequest *request,
                     GCancellable            *cancellable,
                     GError                 **error)
{
  const PerseaSampling usual = persea_generator_get_sampling (job->generator);
  DrawRun run = { .job = job, .request = request, .cancellable = cancellable };
  gboolean done;

  if (!persea_draw_request_check (request, error))
    return NULL;
  run.options = (PerseaDrawOptions) {
    .prompt = request->prompt,
    .negative = request->negative,
    .seed = request->seed,
    .first_candidate = request->first_candidate,
    .n_candidates = persea_draw_request_get_n_candidates (request, job->clip != NULL),
    .guidance = request->guidance < 0 ? persea_generator_get_guidance (job->generator)
                                      : request->guidance,
    .sampling = persea_draw_request_get_sampling (request, &usual),
    .progress = run_codes_drawn,
    .progress_data = &run,
  };
  run.pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_drawn_picture_free);
  done = run_all (&run, error);

  g_clear_pointer (&run.preview, persea_draw_preview_free);
  g_free (run.codes);
  g_free (run.words);
  if (!done)
    g_clear_pointer (&run.pictures, g_ptr_array_unref);
  return run.pictures;
}
