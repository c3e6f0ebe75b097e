/* persea-engine-private.h - what an engine holds
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For persea-engine.c, which knows CLIP, and persea-engine-artist.c, which knows drawing models.
 */
#pragma once

#include "persea-engine.h"

G_BEGIN_DECLS

struct _PerseaEngine
{
  PerseaDevice      *device;
  PerseaPrecision    precision;
  gboolean           no_weight_cache;
  PerseaProgressFunc progress;
  gpointer           progress_data;

  GMutex             lock;       /* of the tables, held while a model loads */
  GHashTable        *clips;      /* path -> PerseaClip */
  GHashTable        *generators; /* path of the first checkpoint -> PerseaGenerator */
  GHashTable        *codebooks;  /* likewise -> PerseaCodebook */
};

/* (transfer full) (nullable): where packed weights are kept, if they are */
char *persea_engine_get_cache_folder (PerseaEngine *engine);

G_END_DECLS
