/* persea-draw-job.h - from a prompt to pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one way that `persea generate` and persead share: candidates are drawn, their codes become
 * pixels one by one, CLIP compares each with the prompt, the best are kept, with all that is
 * needed to draw them again.  Nothing is written here: persea-picture-writer.h does that.
 *
 *     PerseaDrawRequest request = PERSEA_DRAW_REQUEST_INIT;
 *     g_autoptr (PerseaDrawJob) job = persea_draw_job_new (&options);
 *     g_autoptr (GPtrArray) pictures = NULL;
 *
 *     request.prompt = "an armchair in the shape of an avocado";
 *     request.n_pictures = 9;
 *     request.seed = persea_draw_request_choose_seed ();
 *     pictures = persea_draw_job_run (job, &request, cancellable, &error);
 *     for (…)
 *       {
 *         name = persea_picture_writer_make_name (picture->provenance, PERSEA_PICTURE_SUFFIX);
 *         path = g_build_filename (folder, name, NULL);
 *         file = persea_picture_writer_save_new (path, picture->image, picture->provenance, …);
 *       }
 *
 * The same request gives the same pictures, on one device and precision, whatever else was drawn
 * with them: a candidate alone is the one that it was among many.
 *
 * Threads: one at a time may use a job; the callbacks run on the thread that called
 * persea_draw_job_run().
 */
#pragma once

#include <gio/gio.h>

#include "models/persea-clip.h"
#include "persea-codebook.h"
#include "persea-draw-canvas.h"
#include "persea-generator.h"
#include "persea-image-file.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

#define PERSEA_DRAW_MAX_CANDIDATES 1024
#define PERSEA_DRAW_MAX_PROMPT_BYTES 65536
#define PERSEA_DRAW_MAX_SIZE 4096 /* pixels of each side */

typedef struct _PerseaDrawJob PerseaDrawJob;

/**
 * PerseaDrawRequest:
 * @prompt: UTF-8
 * @negative: (nullable): what the pictures are not to be; %NULL for the empty text
 * @seed: of the random numbers
 * @first_candidate: the first candidate of the seed that is drawn
 * @n_candidates: how many are drawn; 0: as many as @n_pictures needs to choose from
 *   (persea_draw_request_get_n_candidates())
 * @n_pictures: how many of them are kept, at least 1
 * @guidance: strength of the prompt; below 0: what suits the model
 * @temperature: of the sampling; below 0: what suits the model
 * @top_k: so many codes at most to choose from, 0 for all; below 0: what suits the model
 * @top_p: 0…1, their share of the probability at least; below 0: what suits the model
 * @size: pixels of each side; 0: the codebook's own
 * @canvas: (nullable): what is drawn into; pictures are the canvas then, in the codebook's own
 *   resolution
 */
typedef struct
{
  const char *prompt;
  const char *negative;
  uint64_t    seed;
  size_t      first_candidate;
  size_t      n_candidates;
  size_t      n_pictures;
  float       guidance;
  float       temperature;
  int         top_k;
  float       top_p;
  unsigned    size;
  const PerseaDrawCanvas *canvas;
} PerseaDrawRequest;

#define PERSEA_DRAW_REQUEST_INIT \
  { .n_pictures = 1, .guidance = -1, .temperature = -1, .top_k = -1, .top_p = -1 }

/* a seed that nobody has used before, short enough to be typed */
uint64_t persea_draw_request_choose_seed (void);

/* how many candidates a request draws: four for each picture that is kept, 16 at most (or
 * as many as are kept), if it does not say and there is a CLIP to choose; otherwise what is kept */
size_t persea_draw_request_get_n_candidates (const PerseaDrawRequest *request,
                                             gboolean                 ranked);

/* how codes are chosen: as is @usual for the model where the request does not say */
PerseaSampling persea_draw_request_get_sampling (const PerseaDrawRequest *request,
                                                 const PerseaSampling    *usual);

/**
 * persea_draw_request_check:
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT names what is out of range: an empty
 *   prompt, text that is not UTF-8, numbers
 *
 * persea_draw_job_run() does so, too; for those who want to know before a model is loaded.
 */
gboolean persea_draw_request_check (const PerseaDrawRequest *request, GError **error);

/**
 * PerseaDrawnPicture:
 * @image: its pixels
 * @candidate: which it is of its seed
 * @score: cosine of prompt and picture; NAN without a CLIP
 * @provenance: how it was made
 */
typedef struct
{
  PerseaImage      *image;
  size_t            candidate;
  float             score;
  PerseaProvenance *provenance;
} PerseaDrawnPicture;

void persea_drawn_picture_free (PerseaDrawnPicture *picture);

/**
 * PerseaDrawPreviewFunc:
 * @image: the first candidates side by side, as far as they are drawn; the rest is grey
 *
 * Called about once a row of codes, less often where that would slow down the drawing much.
 */
typedef void (*PerseaDrawPreviewFunc) (const PerseaImage *image, gpointer user_data);

/**
 * PerseaDrawJobOptions:
 * @generator: draws codes
 * @codebook: makes pixels of them; the one that @generator was made for
 * @clip: (nullable): ranks; %NULL: the first ones are kept
 * @device_name: (nullable): noted in the pictures
 * @progress: (nullable): told what is being done
 * @preview: (nullable): gets pictures while they are being drawn
 * @n_preview: so many of them at most, 1 if 0
 */
typedef struct
{
  PerseaGenerator       *generator;
  PerseaCodebook        *codebook;
  PerseaClip            *clip;
  const char            *device_name;
  PerseaProgressFunc     progress;
  gpointer               progress_data;
  PerseaDrawPreviewFunc  preview;
  gpointer               preview_data;
  unsigned               n_preview;
} PerseaDrawJobOptions;

/* takes references to the models */
PerseaDrawJob *persea_draw_job_new (const PerseaDrawJobOptions *options);
void           persea_draw_job_free (PerseaDrawJob *job);

/**
 * persea_draw_job_run:
 * @cancellable: (nullable): looked at after each token and each picture
 * @error: return location; that of persea_draw_request_check(), %PERSEA_ERROR_OUT_OF_MEMORY if
 *   not even one candidate fits, failures of the device, %PERSEA_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type PerseaDrawnPicture) (nullable): the pictures, best first
 */
GPtrArray *persea_draw_job_run (PerseaDrawJob           *job,
                                const PerseaDrawRequest *request,
                                GCancellable            *cancellable,
                                GError                 **error);

/* whether the prompt of the last run was longer than the model reads: the rest was left out */
gboolean persea_draw_job_was_truncated (PerseaDrawJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawJob, persea_draw_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawnPicture, persea_drawn_picture_free)

G_END_DECLS
