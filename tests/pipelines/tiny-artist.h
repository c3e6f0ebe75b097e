/* tiny-artist.h - a drawing model for tests: random, whole, and quick
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The generator is the golden one, of 8 × 8 codes out of 64.  To it comes a VQGAN with 2 × 2 pixels
 * for each code, made of random numbers, always the same.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The folder of the golden data is beside that of the test, whose sources are @source_dir. */
void tiny_artist_make (const char *source_dir, const char *folder, gboolean with_encoder);

G_END_DECLS
