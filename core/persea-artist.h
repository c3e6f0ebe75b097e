/* persea-artist.h - from a prompt to pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one way that all front ends share: candidates are drawn, their codes become pixels one by
 * one, CLIP compares each with the prompt, the best are kept.
 *
 *     PerseaDrawRequest request = PERSEA_DRAW_REQUEST_INIT;
 *     g_autoptr (PerseaArtist) artist = persea_artist_new (&options);
 *     g_autoptr (GPtrArray) candidates = NULL;
 *
 *     request.prompt = "an armchair in the shape of an avocado";
 *     request.n_pictures = 9;
 *     request.seed = persea_draw_request_choose_seed ();
 *     candidates = persea_artist_draw (artist, &request, cancellable, &error);
 *
 * The same request gives the same pictures, on one device and precision, whatever else was drawn
 * with them: a candidate alone is the one that it was among many.
 *
 * Threads: one at a time may use an artist; the callbacks run on the thread that called
 * persea_artist_draw().
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-draw-preview.h"
#include "persea-draw-request.h"

G_BEGIN_DECLS

typedef struct _PerseaArtist PerseaArtist;

/**
 * PerseaCandidate:
 * @image: its pixels
 * @number: which it is of its seed
 * @score: cosine of prompt and picture; NAN without a CLIP
 */
typedef struct
{
  PerseaImage *image;
  size_t       number;
  float        score;
} PerseaCandidate;

void persea_candidate_free (PerseaCandidate *candidate);

/**
 * PerseaArtistOptions:
 * @generator: draws codes
 * @codebook: makes pixels of them; the one that @generator was made for
 * @clip: (nullable): ranks; %NULL: the first ones are kept
 * @progress: (nullable): told what is being done
 * @preview: (nullable): gets pictures while they are being drawn, unless into a canvas
 * @n_preview: so many of them at most, 1 if 0
 */
typedef struct
{
  PerseaGenerator       *generator;
  PerseaCodebook        *codebook;
  PerseaClip            *clip;
  PerseaProgressFunc     progress;
  gpointer               progress_data;
  PerseaDrawPreviewFunc  preview;
  gpointer               preview_data;
  unsigned               n_preview;
} PerseaArtistOptions;

/* takes references to the models */
PerseaArtist *persea_artist_new (const PerseaArtistOptions *options);
void          persea_artist_free (PerseaArtist *artist);

/**
 * persea_artist_draw:
 * @cancellable: (nullable): looked at after each token and each picture
 * @error: return location; that of persea_draw_request_check(), %PERSEA_ERROR_OUT_OF_MEMORY if
 *   not even one candidate fits, failures of the device, %PERSEA_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type PerseaCandidate) (nullable): the pictures, best first
 */
GPtrArray *persea_artist_draw (PerseaArtist            *artist,
                               const PerseaDrawRequest *request,
                               GCancellable            *cancellable,
                               GError                 **error);

/* what a request comes to with these models: nothing is left to them; without progress */
PerseaDrawOptions persea_artist_get_draw_options (PerseaArtist            *artist,
                                                  const PerseaDrawRequest *request);

/* whether the prompt of the last drawing was longer than the model reads: the rest was left out */
gboolean persea_artist_was_truncated (PerseaArtist *artist);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaArtist, persea_artist_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaCandidate, persea_candidate_free)

G_END_DECLS
