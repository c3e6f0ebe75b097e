/* persea-picture-filter.h - filters that look at a picture as a whole
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What persea:complete, persea:vary and others have in common: whatever part of them is asked for,
 * they want all of their input; its format is theirs; and where nothing can be shown, the input is.
 *
 * Threads: to be called in GEGL's callbacks of the same names.
 */
#pragma once

#include "persea-live.h"
#include "persea-pixels.h"

G_BEGIN_DECLS

#define PERSEA_FILTER_MAX_PIXELS 200000000 /* width × height, as for files */

void persea_filter_class_init (GeglOperationClass *operation_class);

void persea_filter_prepare (GeglOperation *operation);

/**
 * persea_filter_get_picture:
 *
 * Returns: (transfer full) (nullable): all of the input; %NULL if it has no end, no pixels or too
 *   many, after saying so
 */
GeglBuffer *persea_filter_get_picture (GeglOperation        *operation,
                                       GeglOperationContext *context,
                                       PerseaLive           *live);

/* @rendering: (nullable): what is shown over the input */
void persea_filter_show (GeglOperationContext *context,
                         PerseaRendering      *rendering,
                         PerseaPixelsPlace     place,
                         const GeglRectangle  *roi);

G_END_DECLS
