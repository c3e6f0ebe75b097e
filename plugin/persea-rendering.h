/* persea-rendering.h - what came of a task: pixels at their place
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * And a store of them, the last used first, with an upper bound in bytes.
 *
 * Threads: renderings are immutable once made and may be shared; a store is used by one thread at
 * a time.
 */
#pragma once

#include <gegl.h>

G_BEGIN_DECLS

/**
 * PerseaRendering:
 * @place: where it lies in the picture
 * @format: of its pixels
 * @pixels: [place.height, place.width] without gaps.  Not a buffer of GEGL's: those must be gone
 *   when a program leaves GEGL, and a store is still there then.
 * @score: cosine of the words and the picture, -1 if nobody looked
 */
typedef struct
{
  GeglRectangle  place;
  const Babl    *format;
  void          *pixels;
  double         score;
} PerseaRendering;

/* (transfer full): with undefined pixels */
PerseaRendering *persea_rendering_new (const GeglRectangle *place, const Babl *format, double score);
PerseaRendering *persea_rendering_ref (PerseaRendering *rendering);
void             persea_rendering_unref (PerseaRendering *rendering);

/* bytes of its pixels */
size_t persea_rendering_get_size (const PerseaRendering *rendering);

/* (transfer full): its pixels, not copied, at their place; not to be written to */
GeglBuffer *persea_rendering_open (PerseaRendering *rendering);

typedef struct _PerseaRenderingStore PerseaRenderingStore;

/* @max_size: bytes of all renderings; a larger one is not kept at all */
PerseaRenderingStore *persea_rendering_store_new (size_t max_size);
void                  persea_rendering_store_free (PerseaRenderingStore *store);

/* (transfer full) (nullable) */
PerseaRendering *persea_rendering_store_find (PerseaRenderingStore *store, const char *key);

void     persea_rendering_store_put (PerseaRenderingStore *store,
                                     const char           *key,
                                     PerseaRendering      *rendering);
void     persea_rendering_store_clear (PerseaRenderingStore *store);
gboolean persea_rendering_store_is_empty (const PerseaRenderingStore *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaRendering, persea_rendering_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaRenderingStore, persea_rendering_store_free)

G_END_DECLS
