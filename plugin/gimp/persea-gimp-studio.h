/* persea-gimp-studio.h - the models that a procedure works with
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An engine and what is loaded on it, for as long as a procedure runs: its process ends then, and
 * gives everything back.  Threads: one at a time, any.
 */
#pragma once

#include "persea-codebook.h"
#include "persea-engine.h"
#include "persea-gimp-task.h"
#include "persea-generator.h"

G_BEGIN_DECLS

/**
 * PerseaGimpStudio:
 * @engine: the device; %NULL before the first model is loaded
 * @generator: of a drawing model
 * @codebook: likewise
 * @clip: what compares pictures with words
 */
typedef struct
{
  PerseaEngine    *engine;
  PerseaGenerator *generator;
  PerseaCodebook  *codebook;
  PerseaClip      *clip;

  /*< private >*/
  char            *artist;
  char            *eye;
  PerseaGimpTask  *task;
} PerseaGimpStudio;

PerseaGimpStudio *persea_gimp_studio_new (void);
void              persea_gimp_studio_free (PerseaGimpStudio *studio);

/**
 * persea_gimp_studio_load_artist:
 * @model: a drawing model; "" for the default
 * @task: told about progress, and may be cancelled
 *
 * Loads @generator and @codebook, and a @clip to rank with if one is installed.
 */
gboolean persea_gimp_studio_load_artist (PerseaGimpStudio  *studio,
                                         const char        *model,
                                         PerseaGimpTask    *task,
                                         GError           **error);

/* likewise @clip alone, which is a must */
gboolean persea_gimp_studio_load_clip (PerseaGimpStudio  *studio,
                                       const char        *model,
                                       PerseaGimpTask    *task,
                                       GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaGimpStudio, persea_gimp_studio_free)

G_END_DECLS
