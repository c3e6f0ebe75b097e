/* persea-drawing-task.c - what the operations that draw ask the engine for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-drawing-task.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "persea-artist.h"
#include "persea-pixels.h"

typedef struct
{
  PerseaDrawingOptions  options; /* texts are owned */
  GeglBuffer           *input;   /* (nullable) */
} Drawing;

/* what the engine's thread works with */
typedef struct
{
  const Drawing     *drawing;
  PerseaGenerator   *generator;
  PerseaCodebook    *codebook;
  PerseaClip        *clip;   /* (nullable) */
  PerseaDrawCanvas  *canvas; /* (nullable) */
  PerseaDrawRequest  request;
} Sitting;

static void
drawing_free (gpointer data)
{
  Drawing *drawing = data;

  g_free ((char *) drawing->options.prompt);
  g_free ((char *) drawing->options.negative);
  g_free ((char *) drawing->options.model);
  g_free ((char *) drawing->options.clip);
  g_clear_object (&drawing->input);
  g_free (drawing);
}

static const char *
or_null (const char *text)
{
  return text && *text ? text : NULL;
}

static gboolean
sitting_make_canvas (Sitting *sitting, GError **error)
{
  const Drawing *drawing = sitting->drawing;
  gboolean vary = drawing->options.kind == PERSEA_DRAWING_VARY;
  g_autofree uint8_t *mask = NULL;
  g_autoptr (PerseaImage) image = NULL;

  if (drawing->options.kind == PERSEA_DRAWING_NEW)
    return TRUE;
  if (!persea_draw_canvas_check (sitting->codebook, error))
    return FALSE;
  image = persea_pixels_load (drawing->input, vary ? NULL : &mask);
  sitting->canvas = persea_draw_canvas_new (&(PerseaDrawCanvasOptions) {
                                              .image = image,
                                              .mask = mask,
                                              .vary = vary,
                                              .strength = drawing->options.strength,
                                            },
                                            sitting->generator, sitting->codebook, error);
  return sitting->canvas != NULL;
}

static void
sitting_set_request (Sitting *sitting)
{
  const PerseaDrawingOptions *options = &sitting->drawing->options;

  sitting->request = (PerseaDrawRequest) {
    .prompt = options->prompt,
    .negative = or_null (options->negative),
    .seed = options->seed,
    .n_candidates = options->candidates,
    .n_pictures = 1,
    .guidance = options->guidance,
    .temperature = options->temperature,
    .top_k = options->top_k,
    .top_p = -1,
    .size = options->kind == PERSEA_DRAWING_NEW ? MIN (options->area.width, options->area.height) : 0,
    .canvas = sitting->canvas,
  };
  if (persea_drawing_is_blank (options->prompt) && options->guidance < 0)
    sitting->request.guidance = 1; /* no words to be guided by; takes half the time */
}

static PerseaRendering *
sitting_render (Sitting *sitting, const PerseaCandidate *candidate)
{
  const Drawing *drawing = sitting->drawing;
  const GeglRectangle *area = &drawing->options.area;
  double score = isfinite (candidate->score) ? candidate->score : -1;
  g_autoptr (PerseaImage) painted = NULL;
  const PerseaRectangle *region;
  const GeglRectangle *extent;

  if (!sitting->canvas)
    return persea_pixels_store (candidate->image, NULL,
                                area->x + (area->width - candidate->image->width) / 2,
                                area->y + (area->height - candidate->image->height) / 2, score);
  painted = persea_draw_canvas_paint (sitting->canvas, candidate->image);
  region = &persea_draw_canvas_get_plan (sitting->canvas)->region;
  extent = gegl_buffer_get_extent (drawing->input);
  return persea_pixels_store (painted, persea_draw_canvas_get_painted (sitting->canvas),
                              extent->x + region->x, extent->y + region->y, score);
}

static gboolean
sitting_load (Sitting *sitting, PerseaEngine *engine, GCancellable *cancellable, GError **error)
{
  const PerseaDrawingOptions *options = &sitting->drawing->options;

  if (!persea_engine_load_artist (engine, or_null (options->model), cancellable, &sitting->generator,
                                  &sitting->codebook, error)
      || !sitting_make_canvas (sitting, error))
    return FALSE;
  sitting_set_request (sitting);
  if (options->candidates == 1 || persea_drawing_is_blank (options->prompt))
    return TRUE;
  sitting->clip = persea_engine_load_clip (engine, or_null (options->clip), cancellable, error);
  return sitting->clip != NULL;
}

/* a PerseaTaskFunc */
static PerseaRendering *
drawing_run (gpointer            data,
             PerseaEngine       *engine,
             PerseaProgressFunc  progress,
             gpointer            progress_data,
             GCancellable       *cancellable,
             GError            **error)
{
  Sitting sitting = { .drawing = data };
  g_autoptr (GPtrArray) candidates = NULL;
  PerseaRendering *rendering = NULL;

  if (sitting_load (&sitting, engine, cancellable, error))
    {
      g_autoptr (PerseaArtist) artist = persea_artist_new (&(PerseaArtistOptions) {
        .generator = sitting.generator,
        .codebook = sitting.codebook,
        .clip = sitting.clip,
        .progress = progress,
        .progress_data = progress_data,
      });

      candidates = persea_artist_draw (artist, &sitting.request, cancellable, error);
    }
  if (candidates)
    rendering = sitting_render (&sitting, candidates->pdata[0]);
  g_clear_pointer (&sitting.canvas, persea_draw_canvas_free);
  g_clear_pointer (&sitting.clip, persea_clip_unref);
  g_clear_pointer (&sitting.codebook, persea_codebook_unref);
  g_clear_pointer (&sitting.generator, persea_generator_unref);
  return rendering;
}

static void
key_add_number (GString *key, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (key, "%s ", g_ascii_dtostr (text, sizeof text, number));
}

/* Texts come with their length, so that no two sets of options read the same. */
static void
key_add_text (GString *key, const char *text)
{
  g_string_append_printf (key, "%zu:%s ", text ? strlen (text) : 0, text ? text : "");
}

static char *
drawing_make_key (const PerseaDrawingOptions *options, const GeglRectangle *extent, uint64_t content)
{
  GString *key = g_string_new ("draw ");
  const GeglRectangle *area = extent ? extent : &options->area;

  g_string_append_printf (key, "%d %d,%d %d×%d %016" PRIx64 " %" PRIu64 " %d %d ", options->kind, area->x, area->y,
                          area->width, area->height, content, options->seed, options->candidates, options->top_k);
  key_add_number (key, options->guidance);
  key_add_number (key, options->temperature);
  key_add_number (key, options->kind == PERSEA_DRAWING_VARY ? options->strength : 0);
  key_add_text (key, options->prompt);
  key_add_text (key, options->negative);
  key_add_text (key, options->model);
  key_add_text (key, options->clip);
  return g_string_free (key, FALSE);
}

gboolean
persea_drawing_is_blank (const char *prompt)
{
  for (const char *p = prompt; p && *p; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* A number as GIMP's files give it back, which keep it in single precision: a filter in an image that is
 * opened draws what it drew before. */
static double
drawing_round (double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod (g_ascii_formatd (text, sizeof text, "%.7g", number), NULL);
}

void
persea_drawing_order_init (PerseaTaskOrder            *order,
                           const PerseaDrawingOptions *options,
                           GeglBuffer                 *input,
                           uint64_t                    content)
{
  Drawing *drawing = g_new0 (Drawing, 1);

  drawing->options = *options;
  drawing->options.guidance = drawing_round (options->guidance);
  drawing->options.temperature = drawing_round (options->temperature);
  drawing->options.strength = drawing_round (options->strength);
  drawing->options.prompt = g_strdup (options->prompt ? options->prompt : "");
  drawing->options.negative = g_strdup (options->negative);
  drawing->options.model = g_strdup (options->model);
  drawing->options.clip = g_strdup (options->clip);
  drawing->input = input ? gegl_buffer_dup (input) : NULL;
  *order = (PerseaTaskOrder) {
    .key = drawing_make_key (&drawing->options, input ? gegl_buffer_get_extent (input) : NULL, content),
    .run = drawing_run,
    .data = drawing,
    .free_data = drawing_free,
  };
}
