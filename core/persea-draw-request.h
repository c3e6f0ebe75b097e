/* persea-draw-request.h - what is to be drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A prompt and everything that decides which pictures come of it, as people give it: what is left
 * to the model says so.  Drawn by persea-artist.h.
 *
 * Threads: pure functions.
 */
#pragma once

#include "persea-draw-canvas.h"
#include "persea-sampler.h"

G_BEGIN_DECLS

#define PERSEA_DRAW_MAX_CANDIDATES 1024
#define PERSEA_DRAW_MAX_PROMPT_BYTES 65536
#define PERSEA_DRAW_MAX_SIZE 4096 /* pixels of each side */

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
 * persea_artist_draw() does so, too; for those who want to know before a model is loaded.
 */
gboolean persea_draw_request_check (const PerseaDrawRequest *request, GError **error);

G_END_DECLS
