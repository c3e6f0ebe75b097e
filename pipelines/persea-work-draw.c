/* persea-work-draw.c - the work of the methods Generate, Complete and Vary
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-work-draw.h"

#include "persea-error.h"
#include "persea-image-writer.h"
#include "persea-picture-writer.h"
#include "persea-request-private.h"

#include <math.h>

#include <glib/gi18n.h>

/* pictures that a preview shows side by side */
#define DRAW_PREVIEW_PICTURES 4

typedef struct
{
  PerseaWork          work;
  char               *prompt;
  PerseaPromptOptions options;
  gboolean            unranked;
  gboolean            preview;
  char               *folder; /* (nullable) */
  PerseaWorkCanvas   *canvas; /* (nullable) */

  /* while it runs */
  PerseaRequest *request;
  PerseaLoader  *loader;
  unsigned       n_phases;
  unsigned       phase;
  double         fraction; /* of the phase */
} DrawWork;

static void
draw_free (PerseaWork *work)
{
  DrawWork *draw = (DrawWork *) work;

  persea_work_canvas_free (draw->canvas);
  persea_prompt_options_clear (&draw->options);
  g_free (draw->prompt);
  g_free (draw->folder);
  g_free (draw);
}

/* a PerseaProgressFunc: each phase (a window of the canvas, the painting) goes from 0 to 1 */
static void
draw_progress (const char *what, double fraction, gpointer data)
{
  DrawWork *draw = data;

  if (fraction < draw->fraction && draw->phase + 1 < draw->n_phases)
    draw->phase++;
  draw->fraction = fraction;
  persea_request_tell_progress (draw->request, (draw->phase + fraction) / draw->n_phases);
  persea_loader_make_way (what, fraction, draw->loader);
}

/* a PerseaDrawPreviewFunc */
static void
draw_preview (const PerseaImage *image, gpointer data)
{
  DrawWork *draw = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) picture = persea_image_encode (image, "preview" PERSEA_PICTURE_SUFFIX, NULL, &error);

  if (picture != NULL)
    persea_request_tell_preview (draw->request, picture);
  else
    g_debug ("%s", error->message);
}

static PerseaDrawRequest
draw_make_request (const char *prompt, const PerseaPromptOptions *options)
{
  return (PerseaDrawRequest) {
    .prompt = prompt,
    .negative = options->negative,
    .seed = options->seed,
    .n_candidates = options->candidates,
    .n_pictures = options->count,
    .guidance = options->guidance,
    .temperature = options->temperature,
    .top_k = options->top_k,
    .top_p = options->top_p,
    .size = options->size,
  };
}

/* Results */

static GVariant *
draw_describe (DrawWork *draw, const PerseaDrawnPicture *picture, const char *path)
{
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *uri = path != NULL ? g_filename_to_uri (path, NULL, NULL) : NULL;
  int width = picture->image->width, height = picture->image->height;

  if (draw->canvas != NULL)
    persea_work_canvas_get_size (draw->canvas, &width, &height);
  g_variant_dict_insert (&values, "model", "s", picture->provenance->model);
  g_variant_dict_insert (&values, "seed", "t", picture->provenance->seed);
  g_variant_dict_insert (&values, "candidate", "t", (uint64_t) picture->candidate);
  if (isfinite (picture->score))
    g_variant_dict_insert (&values, "score", "d", (double) picture->score);
  g_variant_dict_insert (&values, "width", "u", width);
  g_variant_dict_insert (&values, "height", "u", height);
  if (uri != NULL)
    g_variant_dict_insert (&values, "uri", "s", uri);
  return g_variant_dict_end (&values);
}

/* (transfer full) (nullable): the file */
static GBytes *
draw_encode (DrawWork *draw, const PerseaDrawnPicture *picture, GError **error)
{
  if (draw->canvas != NULL)
    return persea_work_canvas_encode (draw->canvas, picture,
                                      persea_request_get_cancellable (draw->request), error);
  return persea_picture_writer_encode (picture->image, picture->provenance,
                                       "picture" PERSEA_PICTURE_SUFFIX, error);
}

/* (transfer full) (nullable): where the picture was written */
static char *
draw_save (DrawWork *draw, const PerseaDrawnPicture *picture, GBytes *bytes, GError **error)
{
  g_autofree char *name = persea_picture_writer_make_name (picture->provenance, PERSEA_PICTURE_SUFFIX);
  g_autofree char *path = g_build_filename (draw->folder, name, NULL);

  return persea_picture_writer_save_new_bytes (path, bytes, NULL, error);
}

static void
draw_deliver (DrawWork *draw, unsigned index, const PerseaDrawnPicture *picture)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  bytes = draw_encode (draw, picture, &error);
  if (bytes != NULL && draw->folder != NULL)
    path = draw_save (draw, picture, bytes, &error);
  persea_request_add_item (draw->request, index, error == NULL ? draw_describe (draw, picture, path) : NULL,
                           error == NULL && draw->folder == NULL ? bytes : NULL, error);
}

/* Work */

static gboolean
draw_all (DrawWork *draw, const PerseaDrawJobOptions *options, GError **error)
{
  g_autoptr (PerseaDrawJob) job = persea_draw_job_new (options);
  GCancellable *cancellable = persea_request_get_cancellable (draw->request);
  PerseaDrawRequest request = draw_make_request (draw->prompt, &draw->options);
  g_autofree char *name = draw->canvas ? persea_work_canvas_get_source (draw->canvas) : NULL;
  g_autofree char *details = draw->canvas ? persea_work_canvas_describe (draw->canvas) : NULL;
  const PerseaDrawSource source = { .name = name, .details = details };
  g_autoptr (GPtrArray) pictures = NULL;

  draw->n_phases = 2;
  draw->phase = 0;
  draw->fraction = 0;
  if (draw->canvas != NULL)
    {
      request.canvas = persea_work_canvas_load (draw->canvas, options->generator, options->codebook,
                                                cancellable, error);
      if (request.canvas == NULL)
        return FALSE;
      draw->n_phases = 1 + persea_draw_canvas_get_plan (request.canvas)->n_windows;
      persea_draw_job_set_source (job, &source);
    }
  pictures = persea_draw_job_run (job, &request, cancellable, error);
  if (pictures == NULL)
    return FALSE;
  for (unsigned i = 0; i < pictures->len; i++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      draw_deliver (draw, i, g_ptr_array_index (pictures, i));
    }
  if (persea_draw_job_was_truncated (job))
    persea_request_set_details (draw->request, g_variant_new_parsed ("{'prompt-truncated': <true>}"));
  return TRUE;
}

static gboolean
draw_run (PerseaWork     *work,
          PerseaRequest  *request,
          PerseaLoader   *loader,
          gboolean       *more,
          GError        **error)
{
  DrawWork *draw = (DrawWork *) work;
  PerseaDrawJobOptions options = { NULL };

  draw->request = request;
  draw->loader = loader;
  if (draw->folder != NULL && !g_file_test (draw->folder, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: there is no such folder"),
                   draw->folder);
      return FALSE;
    }
  if (!persea_loader_get_artist (loader, draw->options.model, &options,
                                 persea_request_get_cancellable (request), error))
    return FALSE;
  if (draw->unranked || draw->prompt[0] == '\0')
    options.clip = NULL;
  options.progress = draw_progress;
  options.progress_data = draw;
  if (draw->preview)
    {
      options.preview = draw_preview;
      options.preview_data = draw;
      options.n_preview = MIN (draw->options.count, DRAW_PREVIEW_PICTURES);
    }
  persea_request_tell_running (request, persea_generator_get_name (options.generator));
  return draw_all (draw, &options, error);
}

#define DRAW_KIND(name) { .role = name, .draws = TRUE, .run = draw_run, .free = draw_free }

static const PerseaWorkKind draw_kinds[PERSEA_N_MADE] = {
  [PERSEA_MADE_DRAWN] = DRAW_KIND ("generate"),
  [PERSEA_MADE_COMPLETED] = DRAW_KIND ("complete"),
  [PERSEA_MADE_VARIED] = DRAW_KIND ("vary"),
};

#undef DRAW_KIND

gboolean
persea_work_draw_check (const PerseaWorkDrawOptions *options, GError **error)
{
  PerseaDrawRequest request = draw_make_request (options->prompt, options->options);

  /* a variation can do without words, which the request does not know without its canvas */
  if (options->made == PERSEA_MADE_VARIED && options->prompt[0] == '\0')
    request.prompt = "-";
  return persea_prompt_options_check (options->options, error)
         && persea_draw_request_check (&request, error);
}

PerseaWork *
persea_work_draw_new (const PerseaWorkDrawOptions *options)
{
  DrawWork *work = g_new0 (DrawWork, 1);

  work->work.kind = &draw_kinds[options->made];
  work->work.n_items = options->options->count;
  work->prompt = g_strdup (options->prompt);
  persea_prompt_options_copy (&work->options, options->options);
  if (!work->options.has_seed)
    work->options.seed = persea_draw_request_choose_seed ();
  if (work->prompt[0] == '\0' && work->options.guidance < 0)
    work->options.guidance = 1; /* no words to be guided by; takes half the time */
  work->unranked = options->unranked;
  work->preview = options->preview;
  work->folder = g_strdup (options->folder);
  work->canvas = options->canvas;
  return &work->work;
}
