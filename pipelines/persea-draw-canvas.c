/* persea-draw-canvas.c - a picture of which a part is drawn anew
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-canvas.h"

/* so that the second window does not have the random numbers of the first */
#define CANVAS_NEXT_SEED UINT64_C (0x9e3779b97f4a7c15)

static void
canvas_begin (const PerseaDrawCanvas  *canvas,
              const PerseaDrawOptions *options,
              const int32_t           *encoded,
              int32_t                 *codes)
{
  const PerseaCompletionPlan *plan = persea_completion_get_plan (canvas->completion);
  size_t n_codes = (size_t) plan->rows * plan->columns;

  for (size_t i = 0; i < options->n_candidates; i++)
    if (canvas->made == PERSEA_MADE_VARIED)
      persea_completion_begin_variation (canvas->completion, canvas->strength, options->seed,
                                         options->first_candidate + i, encoded, codes + i * n_codes);
    else
      persea_completion_begin (canvas->completion, encoded, codes + i * n_codes);
}

static gboolean
canvas_draw_window (const PerseaDrawCanvas  *canvas,
                    PerseaGenerator         *generator,
                    const PerseaDrawOptions *common,
                    unsigned                 window,
                    int32_t                 *codes,
                    GCancellable            *cancellable,
                    GError                 **error)
{
  const PerseaCompletionPlan *plan = persea_completion_get_plan (canvas->completion);
  size_t n_codes = (size_t) plan->rows * plan->columns;
  size_t n = persea_generator_get_n_codes (generator);
  g_autofree int32_t *kept = g_new (int32_t, common->n_candidates * n);
  g_autofree int32_t *drawn = g_new (int32_t, common->n_candidates * n);
  PerseaDrawOptions options = *common;
  gboolean any = FALSE;

  for (size_t i = 0; i < common->n_candidates; i++)
    any |= persea_completion_get_window (canvas->completion, window, codes + i * n_codes, kept + i * n);
  if (!any)
    return TRUE;
  options.kept = kept;
  options.seed += window * CANVAS_NEXT_SEED;
  if (!persea_generator_draw (generator, &options, drawn, cancellable, error))
    return FALSE;
  for (size_t i = 0; i < common->n_candidates; i++)
    persea_completion_put_window (canvas->completion, window, drawn + i * n, codes + i * n_codes);
  return TRUE;
}

gboolean
persea_draw_canvas_draw (const PerseaDrawCanvas   *canvas,
                         PerseaGenerator          *generator,
                         PerseaCodebook           *codebook,
                         const PerseaDrawOptions  *options,
                         int32_t                  *codes,
                         GCancellable             *cancellable,
                         GError                  **error)
{
  const PerseaCompletionPlan *plan = persea_completion_get_plan (canvas->completion);
  g_autofree int32_t *encoded = g_new (int32_t, (size_t) plan->rows * plan->columns);

  if (!persea_codebook_encode (codebook, canvas->pixels, 1, plan->canvas_height, plan->canvas_width,
                               encoded, cancellable, error))
    return FALSE;
  canvas_begin (canvas, options, encoded, codes);
  for (unsigned window = 0; window < plan->n_windows; window++)
    if (!canvas_draw_window (canvas, generator, options, window, codes, cancellable, error))
      return FALSE;
  return TRUE;
}
