/* persea-search-sheet.h - what was found, on one page
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "persea-image-file.h"

G_BEGIN_DECLS

#define PERSEA_SEARCH_SHEET_MAX 400

/**
 * persea_search_sheet_draw:
 * @hits: (element-type PerseaSearchHit): best first; pictures that cannot be read are left out, and
 *   so are those behind the first %PERSEA_SEARCH_SHEET_MAX
 * @heading: what was looked for
 * @model: the name of the model
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is nothing to show
 *
 * Returns: (transfer full) (nullable): the page
 */
PerseaImage *persea_search_sheet_draw (GPtrArray     *hits,
                                       const char    *heading,
                                       const char    *model,
                                       GCancellable  *cancellable,
                                       GError       **error);

G_END_DECLS
