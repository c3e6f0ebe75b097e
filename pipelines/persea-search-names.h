/* persea-search-names.h - pictures by their tags and names
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What can be found without a model: quick, and never wrong.
 */
#pragma once

#include "persea-library.h"

G_BEGIN_DECLS

#define PERSEA_SEARCH_NAMES_MAX_TERMS 16

/**
 * persea_search_names_find:
 * @terms: (array zero-terminated=1): parts of tags, or of the file's name; all must be there.
 *   Capitals do not matter where they are ASCII
 * @top: at most so many
 * @paths: (out) (element-type filename): pictures that are there, the last seen first; none if there
 *   are no terms, or too many
 */
gboolean persea_search_names_find (PerseaLibrary      *library,
                                   const char *const  *terms,
                                   unsigned            top,
                                   GPtrArray         **paths,
                                   GError            **error);

/* (transfer full): the tags of a picture, as a line for people; "" if there are none */
char *persea_search_names_describe (PerseaLibrary *library, const char *path);

G_END_DECLS
