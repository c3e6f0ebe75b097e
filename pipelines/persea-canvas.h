/* persea-canvas.h - simple shapes on a picture in memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a contact sheet is made of.  Everything is cut off at the edges of the picture; edges that
 * are no rows or columns are smooth.  Colours are 0xRRGGBB.
 */
#pragma once

#include "persea-image-file.h"
#include "persea-image-text.h"

G_BEGIN_DECLS

void persea_canvas_fill (PerseaImage *canvas,
                         uint32_t     color);

/* a rectangle with round corners */
void persea_canvas_draw_card (PerseaImage *canvas,
                              int          x,
                              int          y,
                              int          width,
                              int          height,
                              int          radius,
                              uint32_t     color);

/**
 * persea_canvas_draw_picture:
 * @radius: of the upper corners, where the canvas stays as it is
 */
void persea_canvas_draw_picture (PerseaImage       *canvas,
                                 int                x,
                                 int                y,
                                 const PerseaImage *picture,
                                 int                radius);

void persea_canvas_draw_mask (PerseaImage          *canvas,
                              int                   x,
                              int                   y,
                              const PerseaTextMask *mask,
                              uint32_t              color);

/**
 * persea_canvas_render_digits:
 * @text: digits, "." and "-"; everything else becomes a blank
 * @height: pixels
 *
 * For where there is no font: numbers as a pocket calculator shows them.
 */
PerseaTextMask *persea_canvas_render_digits (const char *text,
                                             int         height);

G_END_DECLS
