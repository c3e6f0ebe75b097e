/* persea-guided-filter.h - values that follow a picture's edges
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * He et al., "Guided Image Filtering", 2010: in each window the values are taken for a linear
 * function of the colours.  What is fitted on a small copy of a picture is good for the picture
 * itself, with the lines between (He and Sun, "Fast Guided Filter", 2015).
 *
 * Threads: a pure function.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * persea_guided_filter_fit:
 * @rgb: [height, width, 3]
 * @values: [height, width]: what is to follow the edges
 * @radius: of the windows, in pixels
 * @eps: variances of colour below this count as none
 * @lines: (out caller-allocates): [height, width, 4]: three slopes and an offset: the filtered value
 *   of a pixel is slopes · rgb + offset
 *
 * Equations 19 to 21 of the paper, for a guide in colour.
 */
void persea_guided_filter_fit (const float *rgb,
                               const float *values,
                               int          width,
                               int          height,
                               int          radius,
                               float        eps,
                               float       *lines);

G_END_DECLS
