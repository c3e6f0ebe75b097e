/* persea-contact-sheet.h - pictures on one page
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A heading on top, the pictures in a grid, best first, each with its rank, a word and its score
 * below, a line at the bottom; for the pictures of a prompt these say how they were made.  Without any
 * font the words are left out and the numbers stay.
 */
#pragma once

#include "persea-image-file.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

#define PERSEA_CONTACT_SHEET_DETAILS "contact sheet" /* begins the details of a sheet's provenance */

/**
 * PerseaContactSheetCell:
 * @image: the picture, of any size
 * @note: (nullable): a short word about it; cut off where there is no room
 * @score: shown unless it is not a number
 */
typedef struct
{
  const PerseaImage *image;
  const char        *note;
  double             score;
} PerseaContactSheetCell;

/**
 * PerseaContactSheet:
 * @heading: on top
 * @footer: at the bottom
 * @cells: (array length=n_cells): best first
 * @n_cells: at least 1
 */
typedef struct
{
  const char                   *heading;
  const char                   *footer;
  const PerseaContactSheetCell *cells;
  size_t                        n_cells;
} PerseaContactSheet;

/**
 * persea_contact_sheet_draw_cells:
 *
 * Returns: (transfer full) (nullable): the page
 */
PerseaImage *persea_contact_sheet_draw_cells (const PerseaContactSheet *sheet,
                                              GError                  **error);

/* pixels of each side of a picture on the page: more of them are not needed */
#define PERSEA_CONTACT_SHEET_CELL 256

/**
 * PerseaContactSheetEntry:
 * @image: the picture, of any size
 * @provenance: how it was made
 */
typedef struct
{
  const PerseaImage      *image;
  const PerseaProvenance *provenance;
} PerseaContactSheetEntry;

/**
 * persea_contact_sheet_draw:
 * @entries: (array length=n_entries): best first, all of one prompt
 * @n_entries: at least 1
 *
 * Returns: (transfer full) (nullable): the page
 */
PerseaImage *persea_contact_sheet_draw (const PerseaContactSheetEntry *entries,
                                        size_t                         n_entries,
                                        GError                       **error);

/* (transfer full): how the page was made, to be written into it */
PerseaProvenance *persea_contact_sheet_make_provenance (const PerseaContactSheetEntry *entries,
                                                        size_t                         n_entries);

/* whether a picture with this provenance is such a page */
gboolean persea_contact_sheet_is (const PerseaProvenance *provenance);

G_END_DECLS
