/* persea-gimp-drawing.c - candidates for a picture, or for a part of one
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-gimp-drawing.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-gimp-pixels.h"

#define NAME_LENGTH 48 /* letters of a prompt in a layer's name */
#define GROUP "drawing"

PerseaGimpDrawing *
persea_gimp_drawing_new (void)
{
  PerseaGimpDrawing *drawing = g_new0 (PerseaGimpDrawing, 1);

  drawing->studio = persea_gimp_studio_new ();
  return drawing;
}

static void
drawing_forget (PerseaGimpDrawing *drawing)
{
  g_clear_pointer (&drawing->candidates, g_ptr_array_unref);
  g_clear_pointer (&drawing->thumbnails, g_ptr_array_unref);
  g_clear_pointer (&drawing->canvas, persea_draw_canvas_free);
  g_clear_pointer (&drawing->remark, g_free);
}

void
persea_gimp_drawing_free (PerseaGimpDrawing *drawing)
{
  if (!drawing)
    return;

  drawing_forget (drawing);
  g_clear_pointer (&drawing->studio, persea_gimp_studio_free);
  g_clear_pointer (&drawing->image, persea_image_free);
  g_free (drawing->mask);
  g_free (drawing->prompt);
  g_free (drawing->negative);
  g_free (drawing->model);
  g_free (drawing);
}

static void
drawing_take (char **to, PerseaGimpCall *call, const char *name)
{
  g_free (*to);
  *to = g_strstrip (g_strdup (persea_gimp_call_get_text (call, name)));
}

gboolean
persea_gimp_drawing_prepare (PerseaGimpDrawing *drawing, PerseaGimpCall *call, GError **error)
{
  int seed = persea_gimp_call_get_integer (call, "seed");
  int n = persea_gimp_call_get_integer (call, "candidates");

  drawing_take (&drawing->prompt, call, "prompt");
  drawing_take (&drawing->negative, call, "negative");
  drawing_take (&drawing->model, call, "model");
  drawing->seed = seed < 0 ? persea_draw_request_choose_seed () & G_MAXINT32 : (uint64_t) seed;
  drawing->strength = drawing->vary ? persea_gimp_call_get_number (call, "strength") : 0;
  drawing->request = (PerseaDrawRequest) {
    .prompt = drawing->prompt,
    .negative = *drawing->negative ? drawing->negative : NULL,
    .seed = drawing->seed,
    .n_candidates = n,
    .n_pictures = n,
    .guidance = persea_gimp_call_get_number (call, "guidance"),
    .temperature = persea_gimp_call_get_number (call, "temperature"),
    .top_k = persea_gimp_call_get_integer (call, "top-k"),
    .top_p = -1,
    .size = persea_gimp_call_has (call, "size") ? persea_gimp_call_get_integer (call, "size") : 0,
  };
  /* variations need no words, and whether there will be any is known to the canvas only */
  return (drawing->vary && !*drawing->prompt) || persea_draw_request_check (&drawing->request, error);
}

static PerseaDrawCanvas *
drawing_make_canvas (PerseaGimpDrawing *drawing, GError **error)
{
  const PerseaDrawCanvasOptions options = {
    .image = drawing->image,
    .mask = drawing->mask,
    .vary = drawing->vary,
    .strength = drawing->strength,
  };

  return persea_draw_canvas_new (&options, drawing->studio->generator, drawing->studio->codebook, error);
}

void
persea_gimp_drawing_get_place (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate, PerseaRectangle *place)
{
  if (!drawing->canvas)
    {
      *place = (PerseaRectangle) { 0, 0, candidate->image->width, candidate->image->height };
      return;
    }
  /* a variation is all of its picture */
  *place = drawing->vary ? (PerseaRectangle) { 0, 0, drawing->width, drawing->height }
                         : persea_draw_canvas_get_plan (drawing->canvas)->region;
  place->x += drawing->x;
  place->y += drawing->y;
}

PerseaPainting *
persea_gimp_drawing_paint (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate)
{
  PerseaRectangle place;

  persea_gimp_drawing_get_place (drawing, candidate, &place);
  return persea_draw_canvas_make_painting (drawing->canvas, candidate->image, place.width, place.height);
}

static void
drawing_make_thumbnails (PerseaGimpDrawing *drawing)
{
  drawing->thumbnails = g_ptr_array_new_with_free_func (g_object_unref);
  for (unsigned i = 0; i < drawing->candidates->len; i++)
    {
      const PerseaCandidate *candidate = drawing->candidates->pdata[i];
      g_autoptr (PerseaImage) painted = NULL;

      if (drawing->canvas)
        painted = persea_draw_canvas_paint_small (drawing->canvas, candidate->image, 2 * PERSEA_GIMP_THUMBNAIL);
      g_ptr_array_add (drawing->thumbnails, persea_gimp_pixels_make_pixbuf (painted ? painted : candidate->image,
                                                                            PERSEA_GIMP_THUMBNAIL));
    }
}

static void
drawing_remark (PerseaGimpDrawing *drawing, PerseaArtist *artist)
{
  if (persea_artist_was_truncated (artist))
    drawing->remark = g_strdup_printf (_("The text is longer than the %u tokens that %s reads; the rest was left out."),
                                       persea_generator_get_context_length (drawing->studio->generator),
                                       persea_generator_get_name (drawing->studio->generator));
  else if (!drawing->studio->clip)
    drawing->remark = g_strdup (_("No CLIP is installed, so nothing tells which picture fits best."));
}

gboolean
persea_gimp_drawing_work (PerseaGimpTask *task, gpointer data, GError **error)
{
  PerseaGimpDrawing *drawing = data;
  PerseaGimpStudio *studio = drawing->studio;
  g_autoptr (PerseaArtist) artist = NULL;

  drawing_forget (drawing);
  if (!persea_gimp_studio_load_artist (studio, drawing->model, task, error))
    return FALSE;
  if (drawing->image && !(drawing->canvas = drawing_make_canvas (drawing, error)))
    return FALSE;
  artist = persea_artist_new (&(PerseaArtistOptions) {
    .generator = studio->generator,
    .codebook = studio->codebook,
    .clip = studio->clip,
    .progress = persea_gimp_task_report,
    .progress_data = task,
  });
  drawing->request.canvas = drawing->canvas;
  drawing->candidates = persea_artist_draw (artist, &drawing->request, persea_gimp_task_get_cancellable (task), error);
  drawing->request.canvas = NULL;
  if (!drawing->candidates)
    return FALSE;
  drawing_make_thumbnails (drawing);
  drawing_remark (drawing, artist);
  return TRUE;
}

char *
persea_gimp_drawing_make_name (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate)
{
  g_autofree char *words = NULL;

  if (!*drawing->prompt)
    /* TRANSLATORS: name of a layer: seed and number of a variation */
    return g_strdup_printf (_("Variation (%" PRIu64 "-%zu)"), drawing->seed, candidate->number);
  words = g_utf8_strlen (drawing->prompt, -1) > NAME_LENGTH ? g_utf8_substring (drawing->prompt, 0, NAME_LENGTH)
                                                             : g_strdup (drawing->prompt);
  return g_strdup_printf ("%s (%" PRIu64 "-%zu)", words, drawing->seed, candidate->number);
}

char *
persea_gimp_drawing_make_note (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  PerseaGimpStudio *studio = drawing->studio;

  g_key_file_set_string (file, GROUP, "prompt", drawing->prompt);
  g_key_file_set_string (file, GROUP, "negative", drawing->negative);
  g_key_file_set_uint64 (file, GROUP, "seed", drawing->seed);
  g_key_file_set_uint64 (file, GROUP, "candidate", candidate->number);
  g_key_file_set_double (file, GROUP, "guidance", drawing->request.guidance);
  g_key_file_set_double (file, GROUP, "temperature", drawing->request.temperature);
  g_key_file_set_integer (file, GROUP, "top-k", drawing->request.top_k);
  if (drawing->vary)
    g_key_file_set_double (file, GROUP, "strength", drawing->strength);
  if (isfinite (candidate->score))
    g_key_file_set_double (file, GROUP, "score", candidate->score);
  g_key_file_set_string (file, GROUP, "model", persea_generator_get_name (studio->generator));
  g_key_file_set_string (file, GROUP, "model-identity", persea_generator_get_identity (studio->generator));
  g_key_file_set_string (file, GROUP, "precision",
                         persea_precision_name (persea_generator_get_precision (studio->generator)));
  g_key_file_set_string (file, GROUP, "software", "persea " PERSEA_VERSION);
  return g_key_file_to_data (file, NULL, NULL);
}

void
persea_gimp_drawing_set_results (PerseaGimpDrawing *drawing, const PerseaCandidate *candidate, PerseaGimpCall *call)
{
  persea_gimp_call_set_number (call, "seed-used", (double) drawing->seed);
  persea_gimp_call_set_number (call, "score", isfinite (candidate->score) ? candidate->score : -1);
}
