/* persea-draw-canvas.h - a picture of which a part is drawn anew
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a drawing job (persea-draw-job.h) draws into, if not into the void: its codes are kept,
 * some of them (persea-completion.h).
 */
#pragma once

#include "persea-codebook.h"
#include "persea-completion.h"
#include "persea-generator.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

/**
 * PerseaDrawCanvas:
 * @completion: what is kept and what is drawn, with the generator's grid and the codebook's factor
 * @pixels: from persea_completion_read()
 * @made: %PERSEA_MADE_COMPLETED, or %PERSEA_MADE_VARIED for a share of the codes chosen by chance
 * @strength: that share is 1 - @strength
 * @source: (nullable): the picture's name, to be noted
 * @details: (nullable): what else is to be noted
 */
typedef struct
{
  const PerseaCompletion *completion;
  const float            *pixels;
  PerseaMade              made;
  double                  strength;
  const char             *source;
  const char             *details;
} PerseaDrawCanvas;

/**
 * persea_draw_canvas_draw:
 * @options: as for persea_generator_draw(), without kept codes
 * @codes: (out caller-allocates): [n_candidates, rows, columns] of the completion's plan
 * @error: return location; also %PERSEA_ERROR_UNSUPPORTED if the codebook cannot encode
 */
gboolean persea_draw_canvas_draw (const PerseaDrawCanvas   *canvas,
                                  PerseaGenerator          *generator,
                                  PerseaCodebook           *codebook,
                                  const PerseaDrawOptions  *options,
                                  int32_t                  *codes,
                                  GCancellable             *cancellable,
                                  GError                  **error);

G_END_DECLS
