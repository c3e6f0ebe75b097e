/* persea-relevance-private.h - from where words are likely to a border along the picture's edges
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Arithmetic on small pictures, without a network; persea-relevance.h says what it is for.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

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

G_END_DECLS
