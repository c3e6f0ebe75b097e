/* persea-draw-job.h - from a prompt to pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An artist (persea-artist.h) whose pictures know how they came about, with all that is needed to
 * draw them again.  Nothing is written here: persea-picture-writer.h does that.
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

#include "persea-artist.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

typedef struct _PerseaDrawJob PerseaDrawJob;

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
 * @error: return location; that of persea_artist_draw()
 *
 * Returns: (transfer full) (element-type PerseaDrawnPicture) (nullable): the pictures, best first
 */
GPtrArray *persea_draw_job_run (PerseaDrawJob           *job,
                                const PerseaDrawRequest *request,
                                GCancellable            *cancellable,
                                GError                 **error);

/**
 * PerseaDrawSource:
 * @name: of the picture that a canvas is of, without folders
 * @identity: (nullable): SHA-256 of its file
 * @details: what of it is drawn
 * @mask_identity: (nullable): SHA-256 of the mask's file
 *
 * As in PerseaProvenance.
 */
typedef struct
{
  const char *name;
  const char *identity;
  const char *details;
  const char *mask_identity;
} PerseaDrawSource;

/* noted in the pictures of all runs that follow; it must stay until then */
void persea_draw_job_set_source (PerseaDrawJob *job, const PerseaDrawSource *source);

/* whether the prompt of the last run was longer than the model reads: the rest was left out */
gboolean persea_draw_job_was_truncated (PerseaDrawJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawJob, persea_draw_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawnPicture, persea_drawn_picture_free)

G_END_DECLS
