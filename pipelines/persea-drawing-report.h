/* persea-drawing-report.h - a model that draws, or a codebook, described
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What 'persea models' says about generators and codebooks; persea-model-report.h is for CLIP.
 */
#pragma once

#include "persea-json-line.h"
#include "persea-model-parts.h"
#include "persea-model-store.h"

G_BEGIN_DECLS

typedef struct _PerseaDrawingReport PerseaDrawingReport;

/**
 * persea_drawing_report_new:
 * @parts: (transfer full): with a generator or a codebook
 *
 * Looks at the tensors of all parts, but reads no weights.
 *
 * Returns: (transfer full): the report
 */
PerseaDrawingReport *persea_drawing_report_new (const PerseaModel *model, PerseaModelParts *parts);

void persea_drawing_report_free (PerseaDrawingReport *report);

/* (transfer none) (element-type utf8): all that keeps the model from being used, one sentence each */
GPtrArray *persea_drawing_report_get_problems (PerseaDrawingReport *report);

/* adds the names of the roles that the model itself has to the array that is open in @line */
void persea_drawing_report_add_roles (PerseaDrawingReport *report, PerseaJsonLine *line);

/* Returns: (transfer full): one line for a model without problems, translated */
char *persea_drawing_report_line (PerseaDrawingReport *report);

/* Returns: (transfer full): some lines for people, translated */
char *persea_drawing_report_words (PerseaDrawingReport *report);

/* adds the members of the description to @line */
void persea_drawing_report_json (PerseaDrawingReport *report, PerseaJsonLine *line);

/**
 * PerseaDrawingSums:
 * @n_tensors: of all parts
 * @n_parameters: likewise
 * @sum: of all of them
 * @identity: (owned): of the content of all files
 */
typedef struct
{
  size_t   n_tensors;
  uint64_t n_parameters;
  double   sum;
  char    *identity;
} PerseaDrawingSums;

/**
 * persea_drawing_report_check:
 * @progress: told how far the reading is
 * @sums: (out caller-allocates)
 *
 * Reads every number of the model's own parts.
 */
gboolean persea_drawing_report_check (PerseaDrawingReport *report,
                                      PerseaProgressFunc   progress,
                                      gpointer             progress_data,
                                      GCancellable        *cancellable,
                                      PerseaDrawingSums   *sums,
                                      GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaDrawingReport, persea_drawing_report_free)

G_END_DECLS
