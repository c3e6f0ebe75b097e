/* persea-looking-task.h - what the operations that look at pictures ask the engine for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From the properties of persea:relevance and persea:score to an order for persea-shared-engine.h,
 * and the work itself, which runs in the engine's thread.  What comes of it are no pixels of a
 * picture, but is kept like them.
 *
 * Texts come one a line.
 */
#pragma once

#include "persea-relevance.h"
#include "persea-shared-engine.h"

G_BEGIN_DECLS

/**
 * PerseaLookingOptions:
 * @text: what is looked for, or the texts that are compared
 * @minus: what is not meant; empty for nothing
 * @softness: of the border, 0 to 1
 * @clip: name or path; empty for the default
 */
typedef struct
{
  const char *text;
  const char *minus;
  double      softness;
  const char *clip;
} PerseaLookingOptions;

/* (transfer full): the lines of @text, without blank ones and blanks around them */
char **persea_looking_split_lines (const char *text);

/**
 * persea_relevance_order_init:
 * @order: (out caller-allocates)
 * @input: the picture, as it is now
 * @content: what tells the input from others (persea-pixels.h)
 *
 * The rendering is read with persea_relevance_open_map().
 */
void persea_relevance_order_init (PerseaTaskOrder            *order,
                                  const PerseaLookingOptions *options,
                                  GeglBuffer                 *input,
                                  uint64_t                    content);

/* (transfer full) */
PerseaRelevanceMap *persea_relevance_open_map (const PerseaRendering *rendering);

/**
 * persea_score_order_init:
 *
 * The rendering is one row: the cosine of each text, in the order of
 * persea_looking_split_lines(); its score is the best of them.
 */
void persea_score_order_init (PerseaTaskOrder            *order,
                              const PerseaLookingOptions *options,
                              GeglBuffer                 *input,
                              uint64_t                    content);

/* pixels [n, 4] of "R'G'B'A float" over white: [n, 3] */
void persea_looking_flatten (const float *rgba, size_t n, float *rgb);

G_END_DECLS
