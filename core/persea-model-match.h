/* persea-model-match.h - the codebook that a generator was made for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A generator and a codebook know nothing of each other.  Whether they fit, that is, know as many
 * codes, is told from their files before anything is loaded: weights take seconds, a mistake should
 * not.
 */
#pragma once

#include "persea-model-parts.h"

G_BEGIN_DECLS

/**
 * persea_model_match:
 * @parts: of a model with a generator; if it has no codebook, it gets the only installed one that
 *   fits and was made for as many codes in a picture
 * @facts: (out) (optional) (array length=PERSEA_N_ROLES): what is told about both
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is no codebook, or several that would
 *   do, %PERSEA_ERROR_INVALID_DATA if the model's own does not fit, and what describing them gives
 */
gboolean persea_model_match (PerseaModelParts *parts, PerseaModelFacts *facts, GError **error);

G_END_DECLS
