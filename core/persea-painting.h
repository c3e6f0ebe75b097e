/* persea-painting.h - what was drawn on a canvas, for the pixels of a picture in any size
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A canvas has some hundred pixels on each side, a picture may have a hundred million: so pixels
 * are made when somebody wants them, some rows at a time, on all processors.
 *
 * Threads: immutable once made, may be used from any thread.
 */
#pragma once

#include "persea-completion.h"

G_BEGIN_DECLS

typedef struct _PerseaPainting PerseaPainting;

/**
 * persea_painting_new:
 * @completion: has been read; is to be there as long as the painting
 * @decoded: [3, canvas_height, canvas_width], 0 to 1: the canvas, drawn
 * @width: of the region, as it is to be painted; the plan's, or another size
 * @height: likewise
 *
 * Returns: (transfer full)
 */
PerseaPainting *persea_painting_new (const PerseaCompletion *completion,
                                     const float            *decoded,
                                     int                     width,
                                     int                     height);

void persea_painting_free (PerseaPainting *painting);

/**
 * persea_painting_paint:
 * @y: the first row
 * @n_rows: how many
 * @pixels: (inout): [n_rows, width, 3]: these rows of the region, as it was
 * @stride: bytes from one row to the next
 *
 * Changes the pixels of the mask and no others.  Each depends on its place only.
 */
void persea_painting_paint (const PerseaPainting *painting,
                            int                   y,
                            int                   n_rows,
                            uint8_t              *pixels,
                            size_t                stride);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPainting, persea_painting_free)

G_END_DECLS
