/* persea-draw-job.c - from a prompt to pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-job.h"

struct _PerseaDrawJob
{
  PerseaArtist    *artist;
  PerseaGenerator *generator;
  PerseaCodebook  *codebook;
  PerseaClip      *clip;        /* (nullable) */
  char            *device_name; /* (nullable) */
  const PerseaDrawSource *source; /* (nullable) */
};

PerseaDrawJob *
persea_draw_job_new (const PerseaDrawJobOptions *options)
{
  PerseaDrawJob *job = g_new0 (PerseaDrawJob, 1);

  job->artist = persea_artist_new (&(PerseaArtistOptions) {
    .generator = options->generator,
    .codebook = options->codebook,
    .clip = options->clip,
    .progress = options->progress,
    .progress_data = options->progress_data,
    .preview = options->preview,
    .preview_data = options->preview_data,
    .n_preview = options->n_preview,
  });
  job->generator = persea_generator_ref (options->generator);
  job->codebook = persea_codebook_ref (options->codebook);
  job->clip = options->clip ? persea_clip_ref (options->clip) : NULL;
  job->device_name = g_strdup (options->device_name);
  return job;
}

void
persea_draw_job_free (PerseaDrawJob *job)
{
  if (!job)
    return;

  persea_artist_free (job->artist);
  g_clear_pointer (&job->generator, persea_generator_unref);
  g_clear_pointer (&job->codebook, persea_codebook_unref);
  g_clear_pointer (&job->clip, persea_clip_unref);
  g_free (job->device_name);
  g_free (job);
}

void
persea_draw_job_set_source (PerseaDrawJob *job, const PerseaDrawSource *source)
{
  job->source = source;
}

gboolean
persea_draw_job_was_truncated (PerseaDrawJob *job)
{
  return persea_artist_was_truncated (job->artist);
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
job_note_models (PerseaDrawJob *job, PerseaProvenance *provenance)
{
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
}

static PerseaProvenance *
job_make_provenance (PerseaDrawJob *job, const PerseaDrawRequest *request, const PerseaCandidate *candidate)
{
  const PerseaDrawOptions options = persea_artist_get_draw_options (job->artist, request);
  PerseaProvenance *provenance = persea_provenance_new ();

  provenance->prompt = g_strdup (request->prompt);
  provenance->negative = g_strdup (request->negative);
  provenance->seed = request->seed;
  provenance->candidate = candidate->number;
  provenance->n_candidates = options.n_candidates;
  provenance->guidance = options.guidance;
  provenance->temperature = options.sampling.temperature;
  provenance->top_k = options.sampling.top_k;
  provenance->top_p = options.sampling.top_p;
  provenance->size = request->size;
  provenance->score = candidate->score;
  job_note_models (job, provenance);
  if (request->canvas)
    provenance->made = persea_draw_canvas_is_variation (request->canvas) ? PERSEA_MADE_VARIED
                                                                         : PERSEA_MADE_COMPLETED;
  if (request->canvas && job->source)
    {
      provenance->source = g_strdup (job->source->name);
      provenance->source_identity = g_strdup (job->source->identity);
      provenance->details = g_strdup (job->source->details);
      provenance->mask_identity = g_strdup (job->source->mask_identity);
    }
  return provenance;
}

GPtrArray *
persea_draw_job_run (PerseaDrawJob           *job,
                     const PerseaDrawRequest *request,
                     GCancellable            *cancellable,
                     GError                 **error)
{
  g_autoptr (GPtrArray) candidates = persea_artist_draw (job->artist, request, cancellable, error);
  GPtrArray *pictures;

  if (!candidates)
    return NULL;
  pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_drawn_picture_free);
  for (unsigned i = 0; i < candidates->len; i++)
    {
      PerseaCandidate *candidate = candidates->pdata[i];
      PerseaDrawnPicture *picture = g_new0 (PerseaDrawnPicture, 1);

      picture->image = g_steal_pointer (&candidate->image);
      picture->candidate = candidate->number;
      picture->score = candidate->score;
      picture->provenance = job_make_provenance (job, request, candidate);
      g_ptr_array_add (pictures, picture);
    }
  return pictures;
}
