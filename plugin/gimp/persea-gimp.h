/* persea-gimp.h - GIMP, whatever its version
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All that this plug-in wants of libgimp.  What is the same in all versions is in
 * persea-gimp-progress.c; of the other files behind it there are two each, of which one is built: persea-gimp-2.c and persea-gimp-plug-in-2.c for GIMP 2.10 and GTK 2, persea-gimp-3.c and
 * persea-gimp-plug-in-3.c for GIMP 3 and GTK 3.  Nobody else knows GIMP's version.
 *
 * Images, layers and other things of GIMP's are ids, as in GIMP 2 and in what GIMP 3 has behind its
 * objects; -1 is none.  Threads: the main thread only.
 */
#pragma once

#include <gegl.h>
#include <gtk/gtk.h>

#include "persea-gimp-call.h"

G_BEGIN_DECLS

/**
 * persea_gimp_main:
 * @procedures: (array zero-terminated=1): what is registered
 *
 * Returns: the program's exit status
 */
int persea_gimp_main (const PerseaGimpProcedure *const *procedures, int argc, char **argv);

/* Images */

/* an RGB image of 8 bits, without layers, in sRGB */
int      persea_gimp_image_new (int width, int height);
void     persea_gimp_image_delete (int image);
void     persea_gimp_image_show (int image);   /* in a window, if there are windows */
void     persea_gimp_image_refresh (void);     /* shows what has changed */
gboolean persea_gimp_image_is_valid (int image);
void     persea_gimp_image_get_size (int image, int *width, int *height);
char    *persea_gimp_image_get_name (int image); /* (transfer full) */
void     persea_gimp_image_begin_undo (int image);
void     persea_gimp_image_end_undo (int image);
gboolean persea_gimp_display_is_closed (void); /* the window that the procedure was called from; there may be none */

/* Layers */

/**
 * PerseaGimpRowsFunc:
 * @y: the first row that is wanted; they are asked for from the top, each once
 * @n_rows: how many
 * @pixels: (out caller-allocates): [n_rows, width, …]
 */
typedef void (*PerseaGimpRowsFunc) (int y, int n_rows, uint8_t *pixels, gpointer data);

/**
 * PerseaGimpLayer:
 * @name: for people
 * @rows: makes its pixels: sRGB with alpha, 8 bits; converted to what the image has
 * @data: for @rows
 * @width: pixels
 * @height: likewise
 * @x: where it lies in the image
 * @y: likewise
 * @visible: whether it is shown
 */
typedef struct
{
  const char        *name;
  PerseaGimpRowsFunc rows;
  gpointer           data;
  int                width, height;
  int                x, y;
  gboolean           visible;
} PerseaGimpLayer;

/**
 * persea_gimp_layer_add:
 * @above: (a layer's id): it comes to lie directly above this one, in the same group; -1, or one that is
 *   no more: at the top
 *
 * Returns: the new layer, or -1 if GIMP does not take it
 */
int      persea_gimp_layer_add (int image, int above, const PerseaGimpLayer *layer);
void     persea_gimp_layer_choose (int image, int layer); /* the one that is worked on next */
gboolean persea_gimp_layer_is_valid (int layer);
gboolean persea_gimp_layer_is_group (int layer);
gboolean persea_gimp_layer_is_locked (int layer); /* its pixels, or its alpha */
gboolean persea_gimp_layer_has_alpha (int layer);
void     persea_gimp_layer_get_place (int layer, int *x, int *y, int *width, int *height);

/* (transfer full): its pixels, to be read */
GeglBuffer *persea_gimp_layer_get_buffer (int layer);

/* (transfer full): likewise, to be written; takes effect with persea_gimp_layer_commit(), as a step
 * of undo, where there is a selection inside of it only */
GeglBuffer *persea_gimp_layer_get_shadow (int layer);
void        persea_gimp_layer_commit (int layer, const GeglRectangle *changed);

/* a text that is saved with the image; (nullable) (transfer full) when there is none */
void  persea_gimp_layer_set_note (int layer, const char *name, const char *text);
char *persea_gimp_layer_get_note (int layer, const char *name);

/* Selections */

/* as GIMP numbers them */
typedef enum
{
  PERSEA_GIMP_SELECT_ADD = 0,
  PERSEA_GIMP_SELECT_SUBTRACT = 1,
  PERSEA_GIMP_SELECT_REPLACE = 2,
  PERSEA_GIMP_SELECT_INTERSECT = 3,
} PerseaGimpSelect;

gboolean    persea_gimp_selection_is_empty (int image);
GeglBuffer *persea_gimp_selection_get_buffer (int image); /* (transfer full): of the image's size, "Y u8" */

/* @rows: makes what is selected, 0 for nothing to 255, in the image's size */
void persea_gimp_selection_set (int                image,
                                PerseaGimpSelect   how,
                                PerseaGimpRowsFunc rows,
                                gpointer           data);

/* What the image says of itself, as GExiv2Metadata knows it */

/* (transfer full) (nullable): the values of a tag with several ("Xmp.dc.subject") */
GStrv persea_gimp_metadata_get_list (int image, const char *tag);

/* %FALSE if the metadata cannot hold it */
gboolean persea_gimp_metadata_set_list (int image, const char *tag, const char *const *values);
gboolean persea_gimp_metadata_set_text (int image, const char *tag, const char *value);

/* Progress of what runs without a dialog */
void persea_gimp_progress_begin (const char *text);
void persea_gimp_progress_update (const char *text, double fraction); /* below 0: unknown */
void persea_gimp_progress_end (void);

/* Dialogs: what GTK 2 and GTK 3 say in different words */

/* before any other window; makes a translated program of it */
void       persea_gimp_ui_init (void);
GtkWidget *persea_gimp_dialog_new (const char *title, const char *role);
GtkWidget *persea_gimp_box_new (GtkOrientation orientation, int spacing);
GtkWidget *persea_gimp_scale_new (double minimum, double maximum, double step);
GtkWidget *persea_gimp_bar_new (void); /* of progress, in a row */
/* as many side by side as there is room for; @width: of their pictures */
void       persea_gimp_icons_set_width (GtkIconView *icons, int width);
/* a label with a mnemonic, left of what follows */
void       persea_gimp_label_align (GtkWidget *label);

G_END_DECLS
