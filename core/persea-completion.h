/* persea-completion.h - which codes of a picture to draw anew, and how their pixels come back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A generator knows pictures of one size, as a square grid of codes; people have pictures of any
 * size, of which a part is to be drawn, to the pixel.  This is the arithmetic in between, for
 * whoever completes or varies pictures.  No device and no network is used here:
 *
 *     completion = persea_completion_new (&options, &error);
 *     plan = persea_completion_get_plan (completion);
 *     input = persea_completion_read (completion, pixels, stride);
 *     persea_codebook_encode (codebook, input, 1, plan->canvas_height, plan->canvas_width, encoded, …);
 *     for each candidate:
 *       persea_completion_begin (completion, encoded, codes);      or _begin_variation ()
 *       for each window:
 *         persea_completion_get_window (completion, window, codes, kept);
 *         persea_generator_draw (generator, … kept …, drawn, …);
 *         persea_completion_put_window (completion, window, drawn, codes);
 *       persea_codebook_decode (codebook, codes, 1, plan->rows, plan->columns, decoded, …);
 *       persea_completion_write (completion, decoded, pixels, stride);
 *
 * The region: a square around the mask with half of the mask's length more as context (two thirds
 * of that above and on the left, since a generator sees what is above and before the code that it
 * draws, never what comes after), at least as many pixels as the codebook's own size.  It is
 * inside the picture, so the whole of a square picture up to that size is taken.  The region is
 * brought to the codebook's size, the canvas; cells of the canvas that the mask touches are drawn.
 *
 * A mask that is longer than the picture's short side does not fit into a square.  The region is
 * as long as it has to be then, and the canvas is drawn in several windows, from the left or from
 * the top, each a half of the canvas' short side further, so that each sees what was drawn before.
 * A large square mask does not have several windows; it is drawn small and made large: windows
 * would each get a scene of their own.
 *
 * Kept pixels (mask below 128) are never touched.  The others become what was drawn, plus, near
 * the border, the difference between the picture and its decoded copy, continued smoothly from the
 * kept side: so there is no seam, and nothing of what was there before shines through.
 *
 * Pixels are sRGB, 8 bits, interleaved.  Threads: one at a time may use a completion.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "persea-resample.h"

G_BEGIN_DECLS

/* mask values from here on mean: to be drawn */
#define PERSEA_COMPLETION_DRAW 128
#define PERSEA_COMPLETION_MAX_WINDOWS 16

typedef struct _PerseaCompletion PerseaCompletion;

/**
 * PerseaCompletionOptions:
 * @width: of the picture
 * @height: of the picture
 * @mask: (nullable): [height, width] without gaps: what to draw; %NULL: everything may change
 *   (to vary a picture)
 * @grid: codes on each side of what the generator draws
 * @factor: pixels on each side of a code
 */
typedef struct
{
  int            width, height;
  const uint8_t *mask;
  unsigned       grid;
  unsigned       factor;
} PerseaCompletionOptions;

/**
 * PerseaCompletionPlan:
 * @region: the part of the picture that is looked at, pixels
 * @canvas_width: of the region as the codebook gets it, pixels
 * @canvas_height: likewise
 * @columns: codes of the canvas
 * @rows: likewise
 * @asked: what is to be drawn, pixels of the picture: the smallest rectangle around
 * @aligned: the smallest rectangle around the cells that are drawn, pixels of the picture, rounded
 *   outwards
 * @cell_width: of a cell, in pixels of the picture
 * @cell_height: likewise
 * @n_pixels: how many pixels change
 * @n_drawn: how many codes are drawn, of columns · rows
 * @n_windows: how often the generator draws for each candidate
 */
typedef struct
{
  PerseaRectangle region;
  unsigned        canvas_width, canvas_height;
  unsigned        columns, rows;
  PerseaRectangle asked;
  PerseaRectangle aligned;
  double          cell_width, cell_height;
  uint64_t        n_pixels;
  unsigned        n_drawn;
  unsigned        n_windows;
} PerseaCompletionPlan;

/**
 * persea_completion_new:
 * @options: copied, the mask as far as it is needed
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if there is nothing to draw, or nothing
 *   to keep, in pixels or in whole codes; %PERSEA_ERROR_UNSUPPORTED for a mask so long and narrow
 *   that it takes more than %PERSEA_COMPLETION_MAX_WINDOWS
 *
 * Returns: (transfer full) (nullable): a plan and what belongs to it
 */
PerseaCompletion *persea_completion_new (const PerseaCompletionOptions  *options,
                                         GError                        **error);

void persea_completion_free (PerseaCompletion *completion);

/* (transfer none) */
const PerseaCompletionPlan *persea_completion_get_plan (const PerseaCompletion *completion);

/**
 * persea_completion_read:
 * @pixels: [region.height, region.width, 3]: the region of the picture
 * @stride: bytes from one row to the next
 *
 * Makes the canvas.  Pixels that are to be drawn are not looked at: they are made up from those
 * around them, so that the codes of kept cells beside them are what they would be without.
 *
 * Returns: (transfer none): [3, canvas_height, canvas_width], 0 to 1: what is to be encoded
 */
const float *persea_completion_read (PerseaCompletion *completion,
                                     const uint8_t    *pixels,
                                     size_t            stride);

/**
 * persea_completion_begin:
 * @encoded: [rows, columns]: the codes of the canvas
 * @codes: (out caller-allocates): [rows, columns]: the codes to keep, -1 for those to draw
 */
void persea_completion_begin (const PerseaCompletion *completion,
                              const int32_t          *encoded,
                              int32_t                *codes);

/**
 * persea_completion_begin_variation:
 * @strength: 0 keeps all codes, 1 none
 * @seed: of the random numbers
 * @candidate: each keeps other codes
 *
 * The same for variations: a share 1 - @strength of the codes, rounded, is kept, those with the
 * largest random numbers (persea_random_uniform() of stream @candidate, positions 2^32 + index).
 */
void persea_completion_begin_variation (const PerseaCompletion *completion,
                                        double                  strength,
                                        uint64_t                seed,
                                        uint64_t                candidate,
                                        const int32_t          *encoded,
                                        int32_t                *codes);

/**
 * persea_completion_get_window:
 * @window: below plan->n_windows; to be drawn in this order
 * @codes: [rows, columns]: of one candidate
 * @kept: (out caller-allocates): [grid, grid]: the window's part of them
 *
 * Returns: whether there is anything to draw in it
 */
gboolean persea_completion_get_window (const PerseaCompletion *completion,
                                       unsigned                window,
                                       const int32_t          *codes,
                                       int32_t                *kept);

/* puts what was drawn, [grid, grid], in its place */
void persea_completion_put_window (const PerseaCompletion *completion,
                                   unsigned                window,
                                   const int32_t          *drawn,
                                   int32_t                *codes);

/**
 * persea_completion_write:
 * @decoded: [3, canvas_height, canvas_width], 0 to 1: the canvas, drawn
 * @pixels: (inout): [region.height, region.width, 3]: the region of the picture, as it was given
 *   to persea_completion_read()
 * @stride: bytes from one row to the next
 *
 * Changes the pixels of the mask and no others.
 */
void persea_completion_write (const PerseaCompletion *completion,
                              const float            *decoded,
                              uint8_t                *pixels,
                              size_t                  stride);

/**
 * persea_completion_get_drawn:
 *
 * Returns: (transfer none): [region.height, region.width]: 0 for kept pixels, others for drawn
 *   ones, 255 where they are far from the border
 */
const uint8_t *persea_completion_get_drawn (const PerseaCompletion *completion);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaCompletion, persea_completion_free)

G_END_DECLS
