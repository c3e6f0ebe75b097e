/* persea-clip-layouts.h - what the files beside the weights of a CLIP say
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The shapes of the weights tell nearly everything; the number of heads, the activation, the
 * epsilons, the end rule and the preprocessing they do not.  Those are in config.json and
 * preprocessor_config.json (Hugging Face), in open_clip_config.json (OpenCLIP), or nowhere
 * (OpenAI, whose rules are known).
 */
#pragma once

#include "persea-clip-config.h"
#include "persea-model-directory.h"

G_BEGIN_DECLS

/* All three change @config, which holds what the shapes tell and OpenAI's rules for the rest;
 * what a file says about a size must agree with the shape.  %PERSEA_ERROR_UNSUPPORTED for
 * structures that we do not compute, %PERSEA_ERROR_INVALID_DATA for what contradicts the
 * weights; messages begin with the path. */

gboolean persea_clip_apply_hugging_face (PerseaClipConfig           *config,
                                         const PerseaModelDirectory *directory,
                                         GError                    **error);

/* without an open_clip_config.json, nothing is changed and @found is %FALSE */
gboolean persea_clip_apply_open_clip (PerseaClipConfig           *config,
                                      const PerseaModelDirectory *directory,
                                      gboolean                   *found,
                                      GError                    **error);

/* persea.json: {"activation": "gelu"}, for weights that came without a configuration */
gboolean persea_clip_apply_persea (PerseaClipConfig           *config,
                                   const PerseaModelDirectory *directory,
                                   GError                    **error);

/* the shared parts */
gboolean persea_clip_set_heads (PerseaClipTransformer *transformer,
                                unsigned               n_heads,
                                GError               **error);
gboolean persea_clip_set_image_size (PerseaClipConfig *config, unsigned said, GError **error);
gboolean persea_clip_agree (const char *what, unsigned said, unsigned found, GError **error);
/* pictures are divided by them */
gboolean persea_clip_check_std (const float std[3], GError **error);

G_END_DECLS
