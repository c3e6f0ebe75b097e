/* persea-search-sheet.c - what was found, on one page
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-sheet.h"

#include "persea-contact-sheet.h"
#include "persea-error.h"
#include "persea-search.h"

#include <glib/gi18n.h>

static const PerseaPreprocess sheet_preprocess = PERSEA_PREPROCESS_CLIP (PERSEA_CONTACT_SHEET_CELL);

/* (transfer full) (nullable): as large as its place on the page */
static PerseaImage *
sheet_load (const char *path, GCancellable *cancellable)
{
  g_autoptr (PerseaImage) image = persea_image_new (PERSEA_CONTACT_SHEET_CELL, PERSEA_CONTACT_SHEET_CELL);
  const PerseaImageSource source = { .path = path, .name = path };
  g_autoptr (GError) error = NULL;

  if (persea_image_preprocess (&source, &sheet_preprocess, PERSEA_IMAGE_FAST, image->pixels, cancellable, &error))
    return g_steal_pointer (&image);
  g_debug ("%s", error->message);
  return NULL;
}

PerseaImage *
persea_search_sheet_draw (GPtrArray     *hits,
                          const char    *heading,
                          const char    *model,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_image_free);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) cells = g_array_new (FALSE, FALSE, sizeof (PerseaContactSheetCell));
  g_autofree char *footer = NULL;

  for (unsigned i = 0; i < MIN (hits->len, PERSEA_SEARCH_SHEET_MAX); i++)
    {
      const PerseaSearchHit *hit = hits->pdata[i];
      PerseaImage *image = sheet_load (hit->path, cancellable);
      PerseaContactSheetCell cell = { .image = image, .score = hit->score };

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        {
          persea_image_free (image);
          return NULL;
        }
      if (!image)
        continue;
      g_ptr_array_add (images, image);
      cell.note = g_filename_display_basename (hit->path);
      g_ptr_array_add (notes, (char *) cell.note);
      g_array_append_val (cells, cell);
    }
  if (cells->len == 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("there are no pictures for a sheet"));
      return NULL;
    }
  /* TRANSLATORS: below a contact sheet of what was found: model, program */
  footer = g_strdup_printf (_("found by %s · %s"), model, "persea " PERSEA_VERSION);
  return persea_contact_sheet_draw_cells (&(PerseaContactSheet) {
                                            heading, footer, (const PerseaContactSheetCell *) cells->data, cells->len },
                                          error);
}
