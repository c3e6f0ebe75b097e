/* persea-artist.c - from a prompt to pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Codes are drawn together, as many as fit; pixels are made and looked at one picture at a time,
 * so that what a picture looks like cannot depend on its neighbours, however a device rounds.
 */
#include "config.h"

#include "persea-artist.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "persea-error.h"
#include "persea-preprocess.h"

struct _PerseaArtist
{
  PerseaGenerator       *generator;
  PerseaCodebook        *codebook;
  PerseaClip            *clip; /* (nullable) */
  PerseaProgressFunc     progress;
  gpointer               progress_data;
  PerseaDrawPreviewFunc  preview;
  gpointer               preview_data;
  unsigned               n_preview;
  gboolean               truncated;
};

/* one call of persea_artist_draw() */
typedef struct
{
  PerseaArtist            *artist;
  const PerseaDrawRequest *request;
  GCancellable            *cancellable;
  PerseaDrawOptions        options;
  PerseaDrawPreview       *preview;    /* (nullable) */
  size_t                   rows, columns; /* of codes */
  int32_t                 *codes;      /* [n_candidates, rows, columns] */
  float                   *words;      /* (nullable) [E], the prompt's embedding, unit length */
  GPtrArray               *candidates; /* best first, as many as are to be kept */
} DrawRun;

PerseaArtist *
persea_artist_new (const PerseaArtistOptions *options)
{
  PerseaArtist *artist = g_new0 (PerseaArtist, 1);

  artist->generator = persea_generator_ref (options->generator);
  artist->codebook = persea_codebook_ref (options->codebook);
  artist->clip = options->clip ? persea_clip_ref (options->clip) : NULL;
  artist->progress = options->progress;
  artist->progress_data = options->progress_data;
  artist->preview = options->preview;
  artist->preview_data = options->preview_data;
  artist->n_preview = MAX (options->n_preview, 1);
  return artist;
}

void
persea_artist_free (PerseaArtist *artist)
{
  if (!artist)
    return;

  g_clear_pointer (&artist->generator, persea_generator_unref);
  g_clear_pointer (&artist->codebook, persea_codebook_unref);
  g_clear_pointer (&artist->clip, persea_clip_unref);
  g_free (artist);
}

gboolean
persea_artist_was_truncated (PerseaArtist *artist)
{
  return artist->truncated;
}

void
persea_candidate_free (PerseaCandidate *candidate)
{
  if (!candidate)
    return;

  persea_image_free (candidate->image);
  g_free (candidate);
}

static void
run_show_progress (DrawRun *run, const char *what, double fraction)
{
  if (run->artist->progress)
    run->artist->progress (what, fraction, run->artist->progress_data);
}

static void
run_show_drawing (DrawRun *run, double fraction)
{
  g_autofree char *what = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "drawing %zu picture",
                                                        "drawing %zu pictures", run->options.n_candidates),
                                           run->options.n_candidates);

  run_show_progress (run, what, fraction);
}

/* a PerseaDrawProgress */
static void
run_codes_drawn (size_t done, size_t total, const int32_t *codes, gpointer user_data)
{
  DrawRun *run = user_data;

  run_show_drawing (run, (double) done / total);
  if (run->preview)
    persea_draw_preview_update (run->preview, codes, run->cancellable);
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

/* cosine of the picture and the prompt; NAN if nobody is there to look */
static gboolean
run_look (DrawRun *run, const PerseaImage *image, float *score, GError **error)
{
  PerseaClip *clip = run->artist->clip;
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

/* Puts a picture among the best, if it is one of them.  Of equal ones the first stays first. */
static void
run_keep (DrawRun *run, PerseaCandidate *picture)
{
  unsigned at = run->candidates->len;

  while (at > 0 && ((PerseaCandidate *) run->candidates->pdata[at - 1])->score < picture->score)
    at--;
  g_ptr_array_insert (run->candidates, at, picture);
  if (run->candidates->len > run->request->n_pictures)
    g_ptr_array_set_size (run->candidates, run->request->n_pictures);
}

static gboolean
run_finish_picture (DrawRun *run, size_t index, GError **error)
{
  PerseaArtist *artist = run->artist;
  g_autoptr (PerseaCandidate) picture = g_new0 (PerseaCandidate, 1);

  picture->number = run->options.first_candidate + index;
  picture->image = persea_draw_decode (artist->codebook, run->codes + index * run->rows * run->columns,
                                       run->rows, run->columns, run->cancellable, error);
  if (!picture->image || !run_look (run, picture->image, &picture->score, error))
    return FALSE;
  picture->image = run_resize (picture->image, run->request->size, error);
  if (!picture->image)
    return FALSE;
  run_keep (run, g_steal_pointer (&picture));
  return TRUE;
}

/* Before anything is drawn: what does not work out is known early. */
static gboolean
run_read_words (DrawRun *run, GError **error)
{
  PerseaArtist *artist = run->artist;
  g_autofree int32_t *ids = g_new (int32_t, persea_generator_get_context_length (artist->generator));
  size_t n_ids;

  if (persea_generator_get_n_entries (artist->generator) != persea_codebook_get_n_entries (artist->codebook))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("%s draws %u different codes, but the codebook %s has %u"),
                   persea_generator_get_name (artist->generator), persea_generator_get_n_entries (artist->generator),
                   persea_codebook_get_name (artist->codebook), persea_codebook_get_n_entries (artist->codebook));
      return FALSE;
    }
  if (!persea_generator_tokenize (artist->generator, run->request->prompt, ids, &n_ids, &artist->truncated, error))
    return FALSE;
  if (!artist->clip)
    return TRUE;
  run->words = g_new (float, persea_clip_get_embed_dim (artist->clip));
  if (!persea_clip_encode_texts (artist->clip, &run->request->prompt, 1, run->words, run->cancellable, error))
    return FALSE;
  persea_clip_normalize (run->words, 1, persea_clip_get_embed_dim (artist->clip));
  persea_clip_let_go (artist->clip); /* until there are pictures to look at */
  return TRUE;
}

static void
run_set_grid (DrawRun *run)
{
  const PerseaDrawCanvas *canvas = run->request->canvas;
  const PerseaCompletionPlan *plan = canvas ? persea_draw_canvas_get_plan (canvas) : NULL;

  run->rows = plan ? plan->rows : persea_generator_get_grid (run->artist->generator);
  run->columns = plan ? plan->columns : run->rows;
}

static gboolean
run_draw (DrawRun *run, GError **error)
{
  PerseaArtist *artist = run->artist;

  return run->request->canvas
           ? persea_draw_canvas_draw (run->request->canvas, artist->generator, artist->codebook, &run->options,
                                      run->codes, run->cancellable, error)
           : persea_generator_draw (artist->generator, &run->options, run->codes, run->cancellable, error);
}

static gboolean
run_all (DrawRun *run, GError **error)
{
  PerseaArtist *artist = run->artist;
  size_t n = run->options.n_candidates;

  if (!run_read_words (run, error))
    return FALSE;
  run_set_grid (run);
  run->codes = g_new (int32_t, n * run->rows * run->columns);
  if (artist->preview && !run->request->canvas)
    run->preview = persea_draw_preview_new (artist->generator, artist->codebook, MIN (n, artist->n_preview),
                                            artist->preview, artist->preview_data);
  /* the first code takes longest: the device sees kernels for the first time */
  run_show_drawing (run, 0);
  if (!run_draw (run, error))
    return FALSE;
  for (size_t i = 0; i < n; i++)
    {
      run_show_progress (run, artist->clip ? _("painting and ranking") : _("painting"), (double) i / n);
      if (g_cancellable_set_error_if_cancelled (run->cancellable, error)
          || !run_finish_picture (run, i, error))
        return FALSE;
    }
  return TRUE;
}

PerseaDrawOptions
persea_artist_get_draw_options (PerseaArtist *artist, const PerseaDrawRequest *request)
{
  const PerseaSampling usual = persea_generator_get_sampling (artist->generator);

  return (PerseaDrawOptions) {
    .prompt = request->prompt,
    .negative = request->negative,
    .seed = request->seed,
    .first_candidate = request->first_candidate,
    .n_candidates = persea_draw_request_get_n_candidates (request, artist->clip != NULL),
    .guidance = request->guidance < 0 ? persea_generator_get_guidance (artist->generator)
                                      : request->guidance,
    .sampling = persea_draw_request_get_sampling (request, &usual),
  };
}

GPtrArray *
persea_artist_draw (PerseaArtist            *artist,
                    const PerseaDrawRequest *request,
                    GCancellable            *cancellable,
                    GError                 **error)
{
  DrawRun run = { .artist = artist, .request = request, .cancellable = cancellable };
  gboolean done;

  if (!persea_draw_request_check (request, error))
    return NULL;
  run.options = persea_artist_get_draw_options (artist, request);
  run.options.progress = run_codes_drawn;
  run.options.progress_data = &run;
  run.candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_candidate_free);
  done = run_all (&run, error);

  g_clear_pointer (&run.preview, persea_draw_preview_free);
  g_free (run.codes);
  g_free (run.words);
  if (!done)
    g_clear_pointer (&run.candidates, g_ptr_array_unref);
  return run.candidates;
}
