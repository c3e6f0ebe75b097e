/* persea-drawing-task.h - what the operations that draw ask the engine for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From the properties of persea:generate, persea:complete and persea:vary to an order for
 * persea-shared-engine.h, and the work itself, which runs in the engine's thread.
 */
#pragma once

#include "persea-shared-engine.h"

G_BEGIN_DECLS

typedef enum
{
  PERSEA_DRAWING_NEW,      /* a picture of words alone */
  PERSEA_DRAWING_COMPLETE, /* what is not opaque in the input */
  PERSEA_DRAWING_VARY,     /* a picture like the input */
} PerseaDrawingKind;

/**
 * PerseaDrawingOptions:
 * @kind: what is drawn
 * @prompt: may be empty to vary
 * @negative: what the picture is not to be; empty for nothing
 * @seed: of the random numbers
 * @candidates: how many are drawn; with more than one CLIP chooses the best
 * @guidance: below 0: what suits the model, as the two that follow
 * @temperature: of the sampling
 * @top_k: so many codes to choose from, 0 for all
 * @strength: of a variation, 0 to 1
 * @area: of a new picture: it becomes the largest square in the middle
 * @model: name or path; empty for the default, as @clip
 */
typedef struct
{
  PerseaDrawingKind kind;
  const char       *prompt;
  const char       *negative;
  uint64_t          seed;
  int               candidates;
  double            guidance;
  double            temperature;
  int               top_k;
  double            strength;
  GeglRectangle     area;
  const char       *model;
  const char       *clip;
} PerseaDrawingOptions;

/* (nullable): whether there are no words in it */
gboolean persea_drawing_is_blank (const char *prompt);

/**
 * persea_drawing_order_init:
 * @order: (out caller-allocates)
 * @input: (nullable): the picture, as it is now; what becomes of it later does not matter
 * @content: what tells the input from others (persea-pixels.h); 0 without
 */
void persea_drawing_order_init (PerseaTaskOrder            *order,
                                const PerseaDrawingOptions *options,
                                GeglBuffer                 *input,
                                uint64_t                    content);

G_END_DECLS
