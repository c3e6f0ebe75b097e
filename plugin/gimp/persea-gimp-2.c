/* persea-gimp-2.c - GIMP 2.10
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The other half of this is persea-gimp-3.c.
 */
#include "config.h"

#include "persea-gimp.h"

#include <string.h>

#include <gexiv2/gexiv2.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "persea-gimp-pixels.h"

/* Images */

int
persea_gimp_image_new (int width, int height)
{
  return gimp_image_new (width, height, GIMP_RGB);
}

void
persea_gimp_image_delete (int image)
{
  gimp_image_delete (image);
}

void
persea_gimp_image_show (int image)
{
  gimp_display_new (image);
}

void
persea_gimp_image_refresh (void)
{
  gimp_displays_flush ();
}

gboolean
persea_gimp_image_is_valid (int image)
{
  return gimp_image_is_valid (image);
}

void
persea_gimp_image_get_size (int image, int *width, int *height)
{
  *width = gimp_image_width (image);
  *height = gimp_image_height (image);
}

char *
persea_gimp_image_get_name (int image)
{
  return gimp_image_get_name (image);
}

void
persea_gimp_image_begin_undo (int image)
{
  gimp_image_undo_group_start (image);
}

void
persea_gimp_image_end_undo (int image)
{
  gimp_image_undo_group_end (image);
}

gboolean
persea_gimp_display_is_closed (void)
{
  int display = gimp_default_display ();

  return display > 0 && !gimp_display_is_valid (display);
}

/* Layers */

static GimpImageType
image_get_layer_type (int image)
{
  switch (gimp_image_base_type (image))
    {
    case GIMP_GRAY:
      return GIMP_GRAYA_IMAGE;
    case GIMP_INDEXED:
      return GIMP_INDEXEDA_IMAGE;
    default:
      return GIMP_RGBA_IMAGE;
    }
}

int
persea_gimp_layer_add (int image, int above, const PerseaGimpLayer *layer)
{
  int id = gimp_layer_new (image, layer->name, layer->width, layer->height, image_get_layer_type (image), 100,
                           gimp_image_get_default_new_layer_mode (image));
  g_autoptr (GeglBuffer) buffer = NULL;
  gboolean inserted;

  if (id < 0)
    return -1;
  buffer = gimp_drawable_get_buffer (id);
  persea_gimp_pixels_fill (buffer, babl_format ("R'G'B'A u8"), layer->rows, layer->data);
  gimp_layer_set_offsets (id, layer->x, layer->y);
  gimp_item_set_visible (id, layer->visible);
  if (above >= 0 && persea_gimp_layer_is_valid (above))
    inserted = gimp_image_insert_layer (image, id, gimp_item_get_parent (above),
                                        gimp_image_get_item_position (image, above));
  else
    inserted = gimp_image_insert_layer (image, id, -1, 0);
  return inserted ? id : -1;
}

void
persea_gimp_layer_choose (int image, int layer)
{
  gimp_image_set_active_layer (image, layer);
}

gboolean
persea_gimp_layer_is_valid (int layer)
{
  return gimp_item_is_valid (layer) && gimp_item_is_layer (layer);
}

gboolean
persea_gimp_layer_is_group (int layer)
{
  return gimp_item_is_group (layer);
}

gboolean
persea_gimp_layer_is_locked (int layer)
{
  return gimp_item_get_lock_content (layer) || gimp_layer_get_lock_alpha (layer);
}

gboolean
persea_gimp_layer_has_alpha (int layer)
{
  return gimp_drawable_has_alpha (layer);
}

void
persea_gimp_layer_get_place (int layer, int *x, int *y, int *width, int *height)
{
  gimp_drawable_offsets (layer, x, y);
  *width = gimp_drawable_width (layer);
  *height = gimp_drawable_height (layer);
}

GeglBuffer *
persea_gimp_layer_get_buffer (int layer)
{
  return gimp_drawable_get_buffer (layer);
}

GeglBuffer *
persea_gimp_layer_get_shadow (int layer)
{
  return gimp_drawable_get_shadow_buffer (layer);
}

void
persea_gimp_layer_commit (int layer, const GeglRectangle *changed)
{
  gimp_drawable_merge_shadow (layer, TRUE);
  gimp_drawable_update (layer, changed->x, changed->y, changed->width, changed->height);
}

void
persea_gimp_layer_set_note (int layer, const char *name, const char *text)
{
  GimpParasite *parasite = gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE,
                                              strlen (text) + 1, text);

  gimp_item_attach_parasite (layer, parasite);
  gimp_parasite_free (parasite);
}

char *
persea_gimp_layer_get_note (int layer, const char *name)
{
  GimpParasite *parasite = gimp_item_get_parasite (layer, name);
  char *text = parasite ? g_strndup (gimp_parasite_data (parasite), gimp_parasite_data_size (parasite)) : NULL;

  g_clear_pointer (&parasite, gimp_parasite_free);
  return text;
}

/* Selections */

gboolean
persea_gimp_selection_is_empty (int image)
{
  return gimp_selection_is_empty (image);
}

GeglBuffer *
persea_gimp_selection_get_buffer (int image)
{
  return gimp_drawable_get_buffer (gimp_image_get_selection (image));
}

void
persea_gimp_selection_set (int image, PerseaGimpSelect how, PerseaGimpRowsFunc rows, gpointer data)
{
  const GimpRGB black = { 0, 0, 0, 1 };
  int width = gimp_image_width (image);
  int height = gimp_image_height (image);
  int channel = gimp_channel_new (image, "Persea", width, height, 100, &black);
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (channel);

  persea_gimp_pixels_fill (buffer, babl_format ("Y u8"), rows, data);
  gimp_image_insert_channel (image, channel, -1, 0);
  gimp_image_select_item (image, (GimpChannelOps) how, channel);
  gimp_image_remove_channel (image, channel);
}

/* Metadata */

GStrv
persea_gimp_metadata_get_list (int image, const char *tag)
{
  GimpMetadata *metadata = gimp_image_get_metadata (image);
  GStrv values = metadata ? gexiv2_metadata_try_get_tag_multiple (GEXIV2_METADATA (metadata), tag, NULL) : NULL;

  g_clear_object (&metadata);
  return values;
}

gboolean
persea_gimp_metadata_set_list (int image, const char *tag, const char *const *values)
{
  GimpMetadata *metadata = gimp_image_get_metadata (image);
  gboolean done;

  if (!metadata)
    metadata = gimp_metadata_new ();
  done = gexiv2_metadata_try_set_tag_multiple (GEXIV2_METADATA (metadata), tag, (const char **) values, NULL)
         && gimp_image_set_metadata (image, metadata);
  g_object_unref (metadata);
  return done;
}

gboolean
persea_gimp_metadata_set_text (int image, const char *tag, const char *value)
{
  GimpMetadata *metadata = gimp_image_get_metadata (image);
  gboolean done;

  if (!metadata)
    metadata = gimp_metadata_new ();
  done = gexiv2_metadata_try_set_tag_string (GEXIV2_METADATA (metadata), tag, value, NULL)
         && gimp_image_set_metadata (image, metadata);
  g_object_unref (metadata);
  return done;
}

/* Dialogs */

void
persea_gimp_ui_init (void)
{
  gimp_ui_init ("persea-gimp", FALSE);
}

GtkWidget *
persea_gimp_dialog_new (const char *title, const char *role)
{
  GtkWidget *dialog = gimp_dialog_new (title, role, NULL, 0, NULL, NULL, NULL, NULL);

  gimp_window_set_transient (GTK_WINDOW (dialog));
  return dialog;
}

GtkWidget *
persea_gimp_box_new (GtkOrientation orientation, int spacing)
{
  return orientation == GTK_ORIENTATION_HORIZONTAL ? gtk_hbox_new (FALSE, spacing) : gtk_vbox_new (FALSE, spacing);
}

GtkWidget *
persea_gimp_scale_new (double minimum, double maximum, double step)
{
  return gtk_hscale_new_with_range (minimum, maximum, step);
}

GtkWidget *
persea_gimp_bar_new (void)
{
  return gtk_progress_bar_new ();
}

void
persea_gimp_icons_set_width (GtkIconView *icons, int width)
{
  /* with any width the words below ask for twice of it, and stand at the left */
  gtk_icon_view_set_item_width (icons, -1);
}

void
persea_gimp_label_align (GtkWidget *label)
{
  gtk_misc_set_alignment (GTK_MISC (label), 0, 0.5);
}
