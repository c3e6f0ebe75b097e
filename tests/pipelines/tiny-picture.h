/* tiny-picture.h - pictures by the thousand
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes an uncompressed TIFF file: noise from @rand, or if that is %NULL all grey. */
void tiny_picture_write (const char *path,
                         GRand      *rand);

G_END_DECLS
