/* persea-model-report.h - a model, described
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What 'persea models show' prints.
 */
#pragma once

#include "models/persea-clip-weights.h"
#include "persea-json-line.h"
#include "persea-model-store.h"

G_BEGIN_DECLS

/* Returns: (transfer full): some lines for people, translated */
char *persea_model_report_words (const PerseaModel *model, PerseaClipWeights *weights);

/* adds the members of the description to @line */
void persea_model_report_json (const PerseaModel *model,
                               PerseaClipWeights *weights,
                               PerseaJsonLine    *line);

G_END_DECLS
