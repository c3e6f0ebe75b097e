/* persea-work-draw.h - the work of the methods Generate, Complete and Vary
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-prompt-options.h"
#include "persea-work-canvas.h"
#include "persea-work.h"

G_BEGIN_DECLS

/**
 * PerseaWorkDrawOptions:
 * @made: which of the three
 * @prompt: what the pictures are to show
 * @options: how they are drawn; with a seed; copied
 * @unranked: no CLIP chooses the best
 * @preview: what is drawn so far is told, too
 * @folder: (nullable) (type filename): where pictures are written; %NULL: they stay in memory
 * @canvas: (transfer full) (nullable): what is drawn into
 */
typedef struct
{
  PerseaMade                 made;
  const char                *prompt;
  const PerseaPromptOptions *options;
  gboolean                   unranked;
  gboolean                   preview;
  const char                *folder;
  PerseaWorkCanvas          *canvas;
} PerseaWorkDrawOptions;

/**
 * persea_work_draw_new:
 * @options: copied
 *
 * Its items are pictures, best first, with `model` (s), `seed` (t), `candidate` (t), `score` (d) if
 * they are ranked, `width` (u) and `height` (u), and `uri` (s) if they were written to a folder.
 *
 * Returns: (transfer full)
 */
PerseaWork *persea_work_draw_new (const PerseaWorkDrawOptions *options);

/* What can be known to be wrong before a model is loaded: %PERSEA_ERROR_INVALID_ARGUMENT */
gboolean persea_work_draw_check (const PerseaWorkDrawOptions *options, GError **error);

G_END_DECLS
