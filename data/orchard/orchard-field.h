/* orchard-field.h - distances and heights of a drawn shape
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All fields are width * height floats, row-major, in samples.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* For each sample the Euclidean distance to the nearest one that is not @inside.
 * Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions (2012), section 2.
 * Outside of the field counts as inside, so a shape that touches the border has no edge there.
 */
void orchard_field_distance (const uint8_t *inside, int width, int height, float *distance);

/* Turns distances into the height of a cushion whose edge rounds off over @radius. */
void orchard_field_inflate (float *field, int n, float radius);

/* Box blur over 2 @radius + 1 samples each way. */
void orchard_field_blur (float *field, int width, int height, int radius);

G_END_DECLS
