/* persea-work-canvas.h - a picture that is completed or varied for a program
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reads the picture and its mask, and puts what was drawn back into it.
 *
 * Threads: made on one thread, then the worker's alone.
 */
#pragma once

#include "persea-draw-canvas.h"
#include "persea-draw-job.h"
#include "persea-image-file.h"
#include "persea-mask.h"
#include "persea-pictures.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

/**
 * PerseaWorkMask:
 * @PERSEA_WORK_MASK_TRANSPARENCY: what is transparent is drawn
 * @PERSEA_WORK_MASK_PICTURE: what is bright in another picture
 * @PERSEA_WORK_MASK_SIDE: what is not on a side
 * @PERSEA_WORK_MASK_ROWS: what is below some rows
 * @PERSEA_WORK_MASK_NONE: everything may change: for variations
 */
typedef enum
{
  PERSEA_WORK_MASK_TRANSPARENCY,
  PERSEA_WORK_MASK_PICTURE,
  PERSEA_WORK_MASK_SIDE,
  PERSEA_WORK_MASK_ROWS,
  PERSEA_WORK_MASK_NONE,
} PerseaWorkMask;

/**
 * PerseaWorkCanvasOptions:
 * @pictures: the picture, and the one that is its mask; kept, not copied
 * @mask: what is drawn
 * @side: that is kept
 * @rows: (nullable): that are kept: see persea_mask_parse_rows()
 * @strength: of a variation, 0 to 1
 */
typedef struct
{
  PerseaPictures *pictures;
  PerseaWorkMask  mask;
  PerseaSide      side;
  const char     *rows;
  double          strength;
} PerseaWorkCanvasOptions;

typedef struct _PerseaWorkCanvas PerseaWorkCanvas;

PerseaWorkCanvas *persea_work_canvas_new (const PerseaWorkCanvasOptions *options);
void              persea_work_canvas_free (PerseaWorkCanvas *canvas);

/**
 * persea_work_canvas_load:
 * @error: return location; that of persea_image_load() and persea_draw_canvas_new()
 *
 * Reads everything.
 *
 * Returns: (transfer none) (nullable): what to draw into
 */
const PerseaDrawCanvas *persea_work_canvas_load (PerseaWorkCanvas  *canvas,
                                                 PerseaGenerator   *generator,
                                                 PerseaCodebook    *codebook,
                                                 GCancellable      *cancellable,
                                                 GError           **error);

/**
 * persea_work_canvas_encode:
 * @picture: drawn into it, after loading
 *
 * Returns: (transfer full) (nullable): a file, PNG: the picture with what was drawn in its place; the
 *   rest is to the bit what it was, with its depth, colours and transparency
 */
GBytes *persea_work_canvas_encode (PerseaWorkCanvas          *canvas,
                                   const PerseaDrawnPicture  *picture,
                                   GCancellable              *cancellable,
                                   GError                   **error);

/* of the picture, after loading */
void persea_work_canvas_get_size (PerseaWorkCanvas *canvas, int *width, int *height);

/* (transfer full): what pictures note about how they were completed: "keep=left" */
char *persea_work_canvas_describe (PerseaWorkCanvas *canvas);

/* (transfer full) (nullable): the name of the picture, without folders */
char *persea_work_canvas_get_source (PerseaWorkCanvas *canvas);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaWorkCanvas, persea_work_canvas_free)

G_END_DECLS
