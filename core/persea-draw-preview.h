/* persea-draw-preview.h - what pictures look like while they are being drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The first candidates side by side; of each, the rows of codes that are there.  To make pixels
 * of codes takes its time, so previews come less often than rows where they would take more than
 * a third of all.
 *
 * Threads: one at a time.
 */
#pragma once

#include "persea-codebook.h"
#include "persea-generator.h"
#include "persea-image.h"

G_BEGIN_DECLS

typedef struct _PerseaDrawPreview PerseaDrawPreview;

/**
 * PerseaDrawPreviewFunc:
 * @image: the first candidates side by side, as far as they are drawn; the rest is grey
 *
 * Called about once a row of codes, less often where that would slow down the drawing much.
 */
typedef void (*PerseaDrawPreviewFunc) (const PerseaImage *image, gpointer user_data);

/**
 * persea_draw_preview_new:
 * @generator: outlives the preview, as does @codebook
 * @n_pictures: how many are shown
 * @show: gets the preview
 */
PerseaDrawPreview *persea_draw_preview_new (PerseaGenerator       *generator,
                                            PerseaCodebook        *codebook,
                                            size_t                 n_pictures,
                                            PerseaDrawPreviewFunc  show,
                                            gpointer               user_data);

void persea_draw_preview_free (PerseaDrawPreview *preview);

/**
 * persea_draw_preview_update:
 * @codes: [at least n_pictures, n_codes], -1 where there is none yet
 *
 * Shows what is new.  A failure ends the previews and nothing else.
 */
void persea_draw_preview_update (PerseaDrawPreview *preview,
                                 const int32_t     *codes,
                                 GCancellable      *cancellable);

/**
 * persea_draw_decode:
 * @codes: [grid_height, grid_width]
 *
 * Returns: (transfer full) (nullable): the picture of these codes
 */
PerseaImage *persea_draw_decode (PerseaCodebook  *codebook,
                                 const int32_t   *codes,
                                 size_t           grid_height,
                                 size_t           grid_width,
                                 GCancellable    *cancellable,
                                 GError         **error);

G_END_DECLS
