/* persea-live-image.h - an editor's image, when a filter in it has something new to show
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A filter of GIMP 3 that stays editable belongs to a layer, and has no dialog that would listen
 * to its properties.  GIMP is told of each of them, but looks only whether the layer has
 * another size then.  To draw it again GIMP sends itself signals, which anybody in the process
 * can send: "update" of the layer, "flush" of its image.  The layer is who says
 * "filters-changed" when a property of the filter is notified.
 *
 * No symbol of GIMP is used.  Where one of these signals is missing, or is not what it was in
 * GIMP 3.0, there is no such image.
 *
 * Threads: the one of the default main context, unless said otherwise.
 */
#pragma once

#include <gegl.h>
#include <gegl-plugin.h>

G_BEGIN_DECLS

/* Whether @node is a filter in an image that can be told.  From any thread. */
gboolean persea_live_image_has (GeglNode *node);

/* Notifies @property of @operation, and has what its layer shows drawn again, soon. */
void persea_live_image_redraw (GeglOperation *operation, const char *property);

/* What the image shows is not to be taken for the result by who copies from it: who asks for it is to have
 * it drawn anew.  By itself nothing is drawn.  Notifies @property, too. */
void persea_live_image_expire (GeglOperation *operation, const char *property);

G_END_DECLS
