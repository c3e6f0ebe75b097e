/* persea-bad-pictures.h - pictures that no decoder survived
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A table of the library (persea-library.h), by content: a copy of such a picture is one, too.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

/**
 * persea_bad_pictures_add:
 * @content: sum of its bytes
 * @size: their number
 * @program: whatever must change before it is tried again
 * @reason: a word
 *
 * What other programs could not read is forgotten after a month.
 */
gboolean persea_bad_pictures_add (PerseaLibrary  *library,
                                  const char     *content,
                                  int64_t         size,
                                  const char     *program,
                                  const char     *reason,
                                  GError        **error);

/**
 * persea_bad_pictures_has_size:
 * @has: (out): whether one of them is that large
 */
gboolean persea_bad_pictures_has_size (PerseaLibrary  *library,
                                       int64_t         size,
                                       gboolean       *has,
                                       GError        **error);

/**
 * persea_bad_pictures_find:
 * @reason: (out) (transfer full) (nullable): why it is bad; %NULL if it is not, or was for another
 *   @program
 */
gboolean persea_bad_pictures_find (PerseaLibrary  *library,
                                   const char     *content,
                                   const char     *program,
                                   char          **reason,
                                   GError        **error);

G_END_DECLS
