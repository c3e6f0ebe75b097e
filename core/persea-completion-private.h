/* persea-completion-private.h - what the two files of completion share
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-completion.h"

G_BEGIN_DECLS

/**
 * PerseaCompletion:
 * @everything: there is no mask
 * @grid: codes on each side of a window
 * @drawn: see persea_completion_get_drawn()
 * @cells: [rows, columns]: whether the code is drawn
 * @input: (nullable): [3, canvas_height, canvas_width]: the canvas, once it was read
 * @known: (nullable): [canvas_height, canvas_width]: which share of each of its pixels is kept
 */
struct _PerseaCompletion
{
  PerseaCompletionPlan plan;
  gboolean             everything;
  unsigned             grid;
  uint8_t             *drawn;
  uint8_t             *cells;
  float               *input;
  float               *known;
};

G_END_DECLS
