/* persea-draw-canvas.c - a picture of which a part is drawn anew
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-canvas.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "persea-error.h"

/* so that the second window does not have the random numbers of the first */
#define CANVAS_NEXT_SEED UINT64_C (0x9e3779b97f4a7c15)

struct _PerseaDrawCanvas
{
  PerseaCompletion *completion;
  PerseaImage      *region;   /* (nullable): of the picture, as it was, if something of it is kept */
  const float      *pixels;   /* the completion's: what is encoded */
  gboolean          vary;
  double            strength;
};

gboolean
persea_draw_canvas_check (PerseaCodebook *codebook, GError **error)
{
  if (persea_codebook_has_encoder (codebook))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               _("the codebook %s has only a decoder; to complete or vary a picture, the codebook's encoder "
                 "must be installed, too"), persea_codebook_get_name (codebook));
  return FALSE;
}

PerseaDrawCanvas *
persea_draw_canvas_new (const PerseaDrawCanvasOptions  *options,
                        PerseaGenerator                *generator,
                        PerseaCodebook                 *codebook,
                        GError                        **error)
{
  const PerseaCompletionOptions of_completion = {
    .width = options->image->width,
    .height = options->image->height,
    .mask = options->mask,
    .grid = persea_generator_get_grid (generator),
    .factor = persea_codebook_get_factor (codebook),
  };
  PerseaCompletion *completion = persea_draw_canvas_check (codebook, error)
                                   ? persea_completion_new (&of_completion, error) : NULL;
  const PerseaRectangle *region;
  PerseaDrawCanvas *canvas;

  if (!completion)
    return NULL;
  canvas = g_new0 (PerseaDrawCanvas, 1);
  canvas->completion = completion;
  region = &persea_completion_get_plan (completion)->region;
  if (options->mask)
    canvas->region = persea_image_cut (options->image, region);
  canvas->pixels = persea_completion_read (completion,
                                           options->image->pixels
                                             + ((size_t) region->y * options->image->width + region->x) * 3,
                                           (size_t) options->image->width * 3);
  canvas->vary = options->vary;
  canvas->strength = options->strength;
  return canvas;
}

void
persea_draw_canvas_free (PerseaDrawCanvas *canvas)
{
  if (!canvas)
    return;

  persea_completion_free (canvas->completion);
  persea_image_free (canvas->region);
  g_free (canvas);
}

const PerseaCompletionPlan *
persea_draw_canvas_get_plan (const PerseaDrawCanvas *canvas)
{
  return persea_completion_get_plan (canvas->completion);
}

gboolean
persea_draw_canvas_is_variation (const PerseaDrawCanvas *canvas)
{
  return canvas->vary;
}

const uint8_t *
persea_draw_canvas_get_painted (const PerseaDrawCanvas *canvas)
{
  return persea_completion_get_drawn (canvas->completion);
}

/* [height, width, 3] to [3, height, width] in 0 … 1 */
static float *
canvas_make_planes (const PerseaImage *image)
{
  size_t n = (size_t) image->width * image->height;
  float *planes = g_new (float, n * 3);

  for (size_t i = 0; i < n; i++)
    for (unsigned c = 0; c < 3; c++)
      planes[c * n + i] = image->pixels[i * 3 + c] / 255.0f;
  return planes;
}

PerseaPainting *
persea_draw_canvas_make_painting (const PerseaDrawCanvas *canvas, const PerseaImage *drawn, int width, int height)
{
  g_autofree float *planes = canvas_make_planes (drawn);

  return persea_painting_new (canvas->completion, planes, width, height);
}

PerseaImage *
persea_draw_canvas_paint (const PerseaDrawCanvas *canvas, const PerseaImage *drawn)
{
  const PerseaRectangle *region = &persea_draw_canvas_get_plan (canvas)->region;
  const PerseaRectangle whole = { 0, 0, region->width, region->height };
  g_autoptr (PerseaPainting) painting = persea_draw_canvas_make_painting (canvas, drawn, region->width, region->height);
  PerseaImage *painted = canvas->region ? persea_image_cut (canvas->region, &whole)
                                        : persea_image_new (region->width, region->height);

  persea_painting_paint (painting, 0, painted->height, painted->pixels, (size_t) painted->width * 3);
  return painted;
}

PerseaImage *
persea_draw_canvas_paint_small (const PerseaDrawCanvas *canvas, const PerseaImage *drawn, int side)
{
  const PerseaRectangle *region = &persea_draw_canvas_get_plan (canvas)->region;
  double scale = MIN (1, (double) side / MAX (region->width, region->height));
  PerseaImage *small = persea_image_new (MAX (1, (int) lrint (region->width * scale)),
                                         MAX (1, (int) lrint (region->height * scale)));
  g_autoptr (PerseaPainting) painting = persea_draw_canvas_make_painting (canvas, drawn, small->width, small->height);

  if (canvas->region)
    persea_image_scale (canvas->region, small);
  persea_painting_paint (painting, 0, small->height, small->pixels, (size_t) small->width * 3);
  return small;
}

static void
canvas_begin (const PerseaDrawCanvas  *canvas,
              const PerseaDrawOptions *options,
              const int32_t           *encoded,
              int32_t                 *codes)
{
  const PerseaCompletionPlan *plan = persea_completion_get_plan (canvas->completion);
  size_t n_codes = (size_t) plan->rows * plan->columns;

  for (size_t i = 0; i < options->n_candidates; i++)
    if (canvas->vary)
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
