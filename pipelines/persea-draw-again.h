/* persea-draw-again.h - a picture drawn once more, as it says itself
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What all ways of making pictures have in common when they repeat one.
 */
#pragma once

#include "persea-command.h"
#include "persea-draw-job.h"

G_BEGIN_DECLS

/* the request of the picture that @again was found in, and points into it */
PerseaDrawRequest persea_draw_again_get_request (const PerseaProvenance *again);

/**
 * persea_draw_again_choose_model:
 * @again: (nullable): none is repeated
 *
 * Before the device is opened: the picture's precision, if @command has none of its own.
 *
 * Returns: (transfer none) (nullable): the model of @command, or of the picture
 */
const char *persea_draw_again_choose_model (PerseaCommand          *command,
                                            const PerseaProvenance *again);

/**
 * persea_draw_again_check:
 *
 * Whether the models are those that made the picture.  Who names a model by hand is only told, as
 * everybody is of another device or precision.
 *
 * Returns: %FALSE after saying what is wrong
 */
gboolean persea_draw_again_check (PerseaCommand          *command,
                                  const PerseaProvenance *again,
                                  PerseaEngine           *engine,
                                  PerseaGenerator        *generator,
                                  PerseaCodebook         *codebook);

/* Nobody looks at a picture that is drawn again; what was thought of it is known. */
void persea_draw_again_copy_ranking (const PerseaProvenance *again,
                                     PerseaProvenance       *provenance);

G_END_DECLS
