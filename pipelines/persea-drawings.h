/* persea-drawings.h - which prompts of a prompt file are drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A table of the library (persea-library.h).  A row is a prompt of a file, by its key
 * (persea-prompt-file.h), so lines may come, go and change places in the file: what was drawn is not
 * drawn again, even if somebody has deleted the pictures since.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

/**
 * persea_drawings_find:
 * @file: number of a prompt file
 * @prompt: key of one of its prompts
 * @n_pictures: (out): how many of its pictures are there; 0 if nothing is known
 * @reason: (out) (transfer full) (nullable): why the others cannot be drawn
 */
gboolean persea_drawings_find (PerseaLibrary  *library,
                               int64_t         file,
                               const char     *prompt,
                               unsigned       *n_pictures,
                               char          **reason,
                               GError        **error);

/* from now on, @n_pictures are there, and @reason (nullable) is why there will be no more */
gboolean persea_drawings_set (PerseaLibrary  *library,
                              int64_t         file,
                              const char     *prompt,
                              unsigned        n_pictures,
                              const char     *reason,
                              GError        **error);

/* What could not be drawn for @file is tried again the next time. */
gboolean persea_drawings_forget_errors (PerseaLibrary *library, int64_t file, GError **error);

G_END_DECLS
