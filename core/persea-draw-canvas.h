/* persea-draw-canvas.h - a picture of which a part is drawn anew
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What an artist (persea-artist.h) draws into, if not into the void: the codes of a picture are
 * kept, some of them.  Which, and how the pixels come back, is in persea-completion.h; this is
 * that arithmetic together with the models.
 *
 *     canvas = persea_draw_canvas_new (&options, generator, codebook, &error);
 *     request.canvas = canvas;
 *     candidates = persea_artist_draw (artist, &request, cancellable, &error);
 *     region = persea_draw_canvas_paint (canvas, candidate->image);
 *
 * Threads: one at a time may use a canvas.
 */
#pragma once

#include "persea-codebook.h"
#include "persea-completion.h"
#include "persea-generator.h"
#include "persea-image.h"
#include "persea-painting.h"

G_BEGIN_DECLS

typedef struct _PerseaDrawCanvas PerseaDrawCanvas;

/**
 * PerseaDrawCanvasOptions:
 * @image: the picture; what is needed of it is copied
 * @mask: (nullable): [height, width]: what of it is drawn, as in persea-completion.h; %NULL:
 *   everything may change
 * @vary: besides, a share of the codes is kept that is chosen by chance
 * @strength: of a variation: that share is 1 - @strength
 */
typedef struct
{
  const PerseaImage *image;
  const uint8_t     *mask;
  gboolean           vary;
  double             strength;
} PerseaDrawCanvasOptions;

/* whether @codebook can see pictures: %PERSEA_ERROR_UNSUPPORTED if it has only a decoder */
gboolean persea_draw_canvas_check (PerseaCodebook *codebook, GError **error);

/**
 * persea_draw_canvas_new:
 * @error: return location; those of persea_draw_canvas_check() and persea_completion_new()
 *
 * Returns: (transfer full) (nullable): a canvas for these models
 */
PerseaDrawCanvas *persea_draw_canvas_new (const PerseaDrawCanvasOptions  *options,
                                          PerseaGenerator                *generator,
                                          PerseaCodebook                 *codebook,
                                          GError                        **error);

void persea_draw_canvas_free (PerseaDrawCanvas *canvas);

/* (transfer none) */
const PerseaCompletionPlan *persea_draw_canvas_get_plan (const PerseaDrawCanvas *canvas);

gboolean persea_draw_canvas_is_variation (const PerseaDrawCanvas *canvas);

/* (transfer none): [region.height, region.width]: 0 for the pixels that stay, as
 * persea_completion_get_drawn() */
const uint8_t *persea_draw_canvas_get_painted (const PerseaDrawCanvas *canvas);

/**
 * persea_draw_canvas_paint:
 * @drawn: the canvas, drawn, in the codebook's own resolution
 *
 * Returns: (transfer full): the plan's region of the picture, with what was drawn in its place
 */
PerseaImage *persea_draw_canvas_paint (const PerseaDrawCanvas *canvas, const PerseaImage *drawn);

/**
 * persea_draw_canvas_paint_small:
 * @side: pixels: no side gets longer
 *
 * Returns: (transfer full): the same, as somebody sees it from afar
 */
PerseaImage *persea_draw_canvas_paint_small (const PerseaDrawCanvas *canvas, const PerseaImage *drawn, int side);

/**
 * persea_draw_canvas_make_painting:
 * @width: of the region, as it is to be painted; the plan's, or another size
 * @height: likewise
 *
 * Returns: (transfer full): the same row by row, over what its caller knows of the region; the canvas is
 *   to be there as long as it
 */
PerseaPainting *persea_draw_canvas_make_painting (const PerseaDrawCanvas *canvas,
                                                  const PerseaImage      *drawn,
                                                  int                     width,
                                                  int                     height);

/**
 * persea_draw_canvas_draw:
 * @generator: that the canvas was made for, as @codebook
 * @options: as for persea_generator_draw(), without kept codes
 * @codes: (out caller-allocates): [n_candidates, rows, columns] of the plan
 */
gboolean persea_draw_canvas_draw (const PerseaDrawCanvas   *canvas,
                                  PerseaGenerator          *generator,
                                  PerseaCodebook           *codebook,
                                  const PerseaDrawOptions  *options,
                                  int32_t                  *codes,
                                  GCancellable             *cancellable,
                                  GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawCanvas, persea_draw_canvas_free)

G_END_DECLS
