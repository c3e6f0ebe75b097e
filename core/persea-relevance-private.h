/* persea-relevance-private.h - the steps between a network and a map
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Arithmetic on small pictures, without a network; persea-relevance.h says what it is for.
 */
#pragma once

#include "persea-relevance.h"

G_BEGIN_DECLS

static inline float
persea_relevance_clamp (float value)
{
  return value > 0 ? MIN (value, 1.0f) : 0.0f; /* 0 for what is no number, too */
}

/**
 * persea_relevance_segment:
 * @rgb: [height, width, 3], 0 to 1
 * @likely: [height, width]: logits of the words' being there, by the network alone
 * @inside: (out caller-allocates): [height, width], 0 to 1, nearly always one of both
 * @cancellable: (nullable)
 *
 * Returns: %FALSE if it was cancelled
 */
gboolean persea_relevance_segment (const float   *rgb,
                                   const float   *likely,
                                   int            width,
                                   int            height,
                                   float         *inside,
                                   GCancellable  *cancellable,
                                   GError       **error);

/**
 * persea_relevance_map_new:
 * @rgb: [height, width, 3]: a small copy of a picture
 * @values: [height, width]: what the map is to be there
 *
 * Returns: (transfer full)
 */
PerseaRelevanceMap *persea_relevance_map_new (const float *rgb,
                                              const float *values,
                                              int          width,
                                              int          height);

G_END_DECLS
