/* persea-live.h - how an operation stays out of its host's way
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * GEGL asks an operation for pixels again at every keystroke, and a picture takes seconds.  So an
 * operation asks for a rendering here, and gets it at once if there is one; if not, either it
 * waits for it, or it goes without, and the host is told to ask again when the rendering is there.
 *
 * Which of the two: somebody has to be there to be told, and ask again.  With
 * %PERSEA_WAIT_AUTO the operation goes without only if
 *
 *   - some handler is connected to the node's signal "notify::score", as GIMP's filter dialogs
 *     connect to each property of an operation: notifying it is how they are told; or the node is
 *     a filter in an image that can be told in another way (persea-live-image.h); and
 *   - the caller is a source of the default main context with a priority below
 *     G_PRIORITY_DEFAULT, as previews are drawn when there is nothing else to do.  What a person
 *     did (pressed OK, exported, picked a colour) is dispatched at G_PRIORITY_DEFAULT or above.
 *
 * Everybody else waits: scripts, exports, the gegl tool, and whoever pressed OK.
 *
 * Who goes without starts nothing until properties have been left alone for
 * PERSEA_LIVE_PAUSE; a change in between gives up what was begun.  GEGL's caches downstream, and
 * the image, are told to forget what was shown meanwhile, so that it cannot be taken for the result.
 *
 * Threads: any.  The host is told in the default main context.
 */
#pragma once

#include <gegl.h>
#include <gegl-plugin.h>

#include "persea-shared-engine.h"

G_BEGIN_DECLS

#define PERSEA_LIVE_PAUSE 400 /* ms */

typedef enum
{
  PERSEA_WAIT_AUTO,
  PERSEA_WAIT_ALWAYS,
  PERSEA_WAIT_NEVER,
} PerseaWait;

/* for the property "wait" */
GType persea_wait_get_type (void);

typedef struct _PerseaLive PerseaLive;

/**
 * PerseaLiveShow:
 * @score: of the rendering that is shown; -1 for none
 * @status: translated: what is being done or what went wrong; empty if the rendering is shown
 *
 * Sets the operation's properties of these names, without notifying anybody.
 */
typedef void (*PerseaLiveShow) (GeglOperation *operation, double score, const char *status);

/* @operation: has the properties "score" and "status" */
PerseaLive *persea_live_new (GeglOperation *operation, PerseaLiveShow show);

/* when the operation is finalized: gives up what is under way */
void persea_live_free (PerseaLive *live);

/* to be called in the operation's prepare () */
void persea_live_prepare (PerseaLive *live);

/* to be called in the operation's notify () */
void persea_live_changed (PerseaLive *live, GParamSpec *property);

/**
 * persea_live_get_content:
 * @input: what is on the operation's input pad
 * @with_alpha: see persea_pixels_sum()
 *
 * Returns: what tells the input from others, computed only if it may have changed; for very large
 *   inputs another number each time that it may have changed
 */
uint64_t persea_live_get_content (PerseaLive *live, GeglBuffer *input, gboolean with_alpha);

/**
 * persea_live_render:
 * @order: (inout): what is wanted; emptied
 *
 * Returns: (transfer full) (nullable): the rendering; or, meanwhile, the last one of the same
 *   input; %NULL if there is none, or it cannot be made, in which case the host has been told why
 */
PerseaRendering *persea_live_render (PerseaLive *live, PerseaWait wait, PerseaTaskOrder *order);

/* Says what is wrong with what the operation was given, once for the same message. */
void persea_live_fail (PerseaLive *live, const char *message);

G_END_DECLS
