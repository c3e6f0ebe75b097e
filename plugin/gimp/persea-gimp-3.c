/* persea-gimp-3.c - GIMP 3
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The other half of this is persea-gimp-2.c.
 */
#include "config.h"

#include "persea-gimp.h"

#include <string.h>

#include <gexiv2/gexiv2.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "persea-gimp-pixels.h"

/* Images */

static GimpImage *
image_get (int image)
{
  return gimp_image_get_by_id (image);
}

int
persea_gimp_image_new (int width, int height)
{
  return gimp_image_get_id (gimp_image_new (width, height, GIMP_RGB));
}

void
persea_gimp_image_delete (int image)
{
  gimp_image_delete (image_get (image));
}

void
persea_gimp_image_show (int image)
{
  gimp_display_new (image_get (image));
}

void
persea_gimp_image_refresh (void)
{
  gimp_displays_flush ();
}

gboolean
persea_gimp_image_is_valid (int image)
{
  /* one that was closed still has its object here */
  return gimp_image_id_is_valid (image);
}

void
persea_gimp_image_get_size (int image, int *width, int *height)
{
  *width = gimp_image_get_width (image_get (image));
  *height = gimp_image_get_height (image_get (image));
}

char *
persea_gimp_image_get_name (int image)
{
  return gimp_image_get_name (image_get (image));
}

void
persea_gimp_image_begin_undo (int image)
{
  gimp_image_undo_group_start (image_get (image));
}

void
persea_gimp_image_end_undo (int image)
{
  gimp_image_undo_group_end (image_get (image));
}

gboolean
persea_gimp_display_is_closed (void)
{
  GimpDisplay *display = gimp_default_display ();

  return display && !gimp_display_is_valid (display);
}

/* Layers */

static GimpLayer *
layer_get (int layer)
{
  return gimp_layer_get_by_id (layer);
}

static GimpImageType
image_get_layer_type (GimpImage *image)
{
  switch (gimp_image_get_base_type (image))
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
  GimpImage *into = image_get (image);
  GimpItem *below = GIMP_ITEM (persea_gimp_layer_is_valid (above) ? layer_get (above) : NULL);
  GimpLayer *made = gimp_layer_new (into, layer->name, layer->width, layer->height, image_get_layer_type (into), 100,
                                    gimp_image_get_default_new_layer_mode (into));
  g_autoptr (GeglBuffer) buffer = NULL;
  gboolean inserted;

  if (!made)
    return -1;
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (made));
  persea_gimp_pixels_fill (buffer, babl_format ("R'G'B'A u8"), layer->rows, layer->data);
  gimp_layer_set_offsets (made, layer->x, layer->y);
  gimp_item_set_visible (GIMP_ITEM (made), layer->visible);
  if (below)
    inserted = gimp_image_insert_layer (into, made, GIMP_LAYER (gimp_item_get_parent (below)),
                                        gimp_image_get_item_position (into, below));
  else
    inserted = gimp_image_insert_layer (into, made, NULL, 0);
  return inserted ? gimp_item_get_id (GIMP_ITEM (made)) : -1;
}

void
persea_gimp_layer_choose (int image, int layer)
{
  GimpLayer *chosen[] = { layer_get (layer), NULL };

  gimp_image_set_selected_layers (image_get (image), (const GimpLayer **) chosen);
}

gboolean
persea_gimp_layer_is_valid (int layer)
{
  return gimp_item_id_is_layer (layer);
}

gboolean
persea_gimp_layer_is_group (int layer)
{
  return gimp_item_is_group (GIMP_ITEM (layer_get (layer)));
}

gboolean
persea_gimp_layer_is_locked (int layer)
{
  return gimp_item_get_lock_content (GIMP_ITEM (layer_get (layer))) || gimp_layer_get_lock_alpha (layer_get (layer));
}

gboolean
persea_gimp_layer_has_alpha (int layer)
{
  return gimp_drawable_has_alpha (GIMP_DRAWABLE (layer_get (layer)));
}

void
persea_gimp_layer_get_place (int layer, int *x, int *y, int *width, int *height)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer_get (layer));

  gimp_drawable_get_offsets (drawable, x, y);
  *width = gimp_drawable_get_width (drawable);
  *height = gimp_drawable_get_height (drawable);
}

GeglBuffer *
persea_gimp_layer_get_buffer (int layer)
{
  return gimp_drawable_get_buffer (GIMP_DRAWABLE (layer_get (layer)));
}

GeglBuffer *
persea_gimp_layer_get_shadow (int layer)
{
  return gimp_drawable_get_shadow_buffer (GIMP_DRAWABLE (layer_get (layer)));
}

void
persea_gimp_layer_commit (int layer, const GeglRectangle *changed)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer_get (layer));

  gimp_drawable_merge_shadow (drawable, TRUE);
  gimp_drawable_update (drawable, changed->x, changed->y, changed->width, changed->height);
}

void
persea_gimp_layer_set_note (int layer, const char *name, const char *text)
{
  GimpParasite *parasite = gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE,
                                              strlen (text) + 1, text);

  gimp_item_attach_parasite (GIMP_ITEM (layer_get (layer)), parasite);
  gimp_parasite_free (parasite);
}

char *
persea_gimp_layer_get_note (int layer, const char *name)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer_get (layer)), name);
  const char *data;
  guint32 size;
  char *text;

  if (!parasite)
    return NULL;
  data = gimp_parasite_get_data (parasite, &size);
  text = g_strndup (data, size);
  gimp_parasite_free (parasite);
  return text;
}

/* Selections */

gboolean
persea_gimp_selection_is_empty (int image)
{
  return gimp_selection_is_empty (image_get (image));
}

GeglBuffer *
persea_gimp_selection_get_buffer (int image)
{
  return gimp_drawable_get_buffer (GIMP_DRAWABLE (gimp_image_get_selection (image_get (image))));
}

void
persea_gimp_selection_set (int image, PerseaGimpSelect how, PerseaGimpRowsFunc rows, gpointer data)
{
  GimpImage *into = image_get (image);
  int width = gimp_image_get_width (into);
  int height = gimp_image_get_height (into);
  GeglColor *black = gegl_color_new ("black");
  GimpChannel *channel = gimp_channel_new (into, "Persea", width, height, 100, black);
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (channel));

  persea_gimp_pixels_fill (buffer, babl_format ("Y u8"), rows, data);
  gimp_image_insert_channel (into, channel, NULL, 0);
  gimp_image_select_item (into, (GimpChannelOps) how, GIMP_ITEM (channel));
  gimp_image_remove_channel (into, channel);
  g_object_unref (black);
}

/* Metadata */

GStrv
persea_gimp_metadata_get_list (int image, const char *tag)
{
  GimpMetadata *metadata = gimp_image_get_metadata (image_get (image));
  GStrv values = metadata ? gexiv2_metadata_try_get_tag_multiple (GEXIV2_METADATA (metadata), tag, NULL) : NULL;

  g_clear_object (&metadata);
  return values;
}

gboolean
persea_gimp_metadata_set_list (int image, const char *tag, const char *const *values)
{
  GimpMetadata *metadata = gimp_image_get_metadata (image_get (image));
  gboolean done;

  if (!metadata)
    metadata = gimp_metadata_new ();
  done = gexiv2_metadata_try_set_tag_multiple (GEXIV2_METADATA (metadata), tag, (const char **) values, NULL)
         && gimp_image_set_metadata (image_get (image), metadata);
  g_object_unref (metadata);
  return done;
}

gboolean
persea_gimp_metadata_set_text (int image, const char *tag, const char *value)
{
  GimpMetadata *metadata = gimp_image_get_metadata (image_get (image));
  gboolean done;

  if (!metadata)
    metadata = gimp_metadata_new ();
  done = gexiv2_metadata_try_set_tag_string (GEXIV2_METADATA (metadata), tag, value, NULL)
         && gimp_image_set_metadata (image_get (image), metadata);
  g_object_unref (metadata);
  return done;
}

/* Dialogs */

void
persea_gimp_ui_init (void)
{
  gimp_ui_init ("persea-gimp");
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
  return gtk_box_new (orientation, spacing);
}

GtkWidget *
persea_gimp_scale_new (double minimum, double maximum, double step)
{
  return gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, minimum, maximum, step);
}

GtkWidget *
persea_gimp_bar_new (void)
{
  GtkWidget *bar = gtk_progress_bar_new ();

  /* a thin line, which would lie at the bottom */
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  return bar;
}

void
persea_gimp_icons_set_width (GtkIconView *icons, int width)
{
  /* the words below ask for twice the width at which they are broken; without any, for all that there is */
  gtk_icon_view_set_item_width (icons, width / 2);
}

void
persea_gimp_label_align (GtkWidget *label)
{
  gtk_label_set_xalign (GTK_LABEL (label), 0);
}
