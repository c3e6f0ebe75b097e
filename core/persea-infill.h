/* persea-infill.h - values where none are known, from those around
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Smooth, without inventing anything: near the known values it is like them, further away like
 * their mean.  The method is "push-pull" (Gortler et al., "The Lumigraph", 1996, section 3.4): a
 * pyramid of weighted means, read from the coarsest level to the finest.
 *
 * Threads: a pure function.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_INFILL_CHANNELS 3

/**
 * persea_infill:
 * @values: [height, width, 3]: those with a weight of 1 stay to the bit, the others are changed
 * @weights: [height, width]: how well each is known, 0 to 1; values of weight 0 are not looked at
 * @width: at least 1
 * @height: at least 1
 *
 * If nothing is known, everything becomes 0.
 */
void persea_infill (float *values, const float *weights, size_t width, size_t height);

G_END_DECLS
