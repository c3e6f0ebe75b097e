/* persea-search-query.h - from words and pictures to one vector
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Everything that is looked for counts as much as everything else: the unit vectors are added, those
 * of what is not wanted subtracted.  So pictures are ranked by how much more they are like the one than
 * like the other.
 *
 * Threads: any.
 */
#pragma once

#include "models/persea-clip.h"
#include "persea-library.h"

G_BEGIN_DECLS

#define PERSEA_SEARCH_QUERY_MAX_PARTS 64

/**
 * PerseaSearchQuery:
 * @words: (nullable) (array zero-terminated=1): what is looked for
 * @pictures: (nullable) (array zero-terminated=1) (element-type filename): pictures that it is like;
 *   "-" for standard input
 * @minus: (nullable) (array zero-terminated=1): words for what is not looked for
 *
 * At least one of @words and @pictures, %PERSEA_SEARCH_QUERY_MAX_PARTS altogether at most.
 */
typedef struct
{
  const char *const *words;
  const char *const *pictures;
  const char *const *minus;
} PerseaSearchQuery;

/**
 * persea_search_query_encode:
 * @library: a picture that it knows is not encoded again
 * @unit: (out caller-allocates): [E], unit length
 * @error: return location; %PERSEA_ERROR_INVALID_ARGUMENT if there is nothing or too much to look
 *   for, or what is wrong with a picture
 */
gboolean persea_search_query_encode (const PerseaSearchQuery  *query,
                                     PerseaClip               *clip,
                                     PerseaLibrary            *library,
                                     float                    *unit,
                                     GCancellable             *cancellable,
                                     GError                  **error);

G_END_DECLS
