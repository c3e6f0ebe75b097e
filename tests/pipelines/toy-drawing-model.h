/* toy-drawing-model.h - a drawing model for tests, small enough for the reference device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The generator is the golden one (tests/golden/dalle/orchard: 8 × 8 of 64 codes), the codebook a
 * VQGAN of two resolutions with made-up weights: pictures have 16 × 16 pixels and show nothing.
 */
#pragma once

#include <glib.h>

#define TOY_SIDE 16

/* Makes the model in @folder, which need not exist.  @golden: the folder tests/golden */
void toy_drawing_model_make (const char *folder, const char *golden);
