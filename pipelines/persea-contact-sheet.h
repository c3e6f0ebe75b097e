/* persea-contact-sheet.h - the pictures of one prompt on one page
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The prompt on top, the pictures in a grid, best first, each with its rank, number and score
 * below, at the bottom what made them.  Without any font the words are left out and the numbers
 * stay.
 */
#pragma once

#include "persea-image-file.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

#define PERSEA_CONTACT_SHEET_DETAILS "contact sheet" /* begins the details of a sheet's provenance */

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
