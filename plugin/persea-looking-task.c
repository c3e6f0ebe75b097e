/* persea-looking-task.c - what the operations that look at pictures ask the engine for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-looking-task.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "persea-preprocess.h"

typedef struct
{
  char      **texts;
  char      **minus;
  float       softness;
  char       *clip; /* (nullable) */
  GeglBuffer *input;
} Looking;

static void
looking_free (gpointer data)
{
  Looking *looking = data;

  g_strfreev (looking->texts);
  g_strfreev (looking->minus);
  g_free (looking->clip);
  g_clear_object (&looking->input);
  g_free (looking);
}

char **
persea_looking_split_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (char **line = lines; *line; line++)
    if (*g_strstrip (*line))
      g_strv_builder_add (builder, *line);
  return g_strv_builder_end (builder);
}

void
persea_looking_flatten (const float *rgba, size_t n, float *rgb)
{
  for (size_t i = 0; i < n; i++)
    for (int c = 0; c < 3; c++)
      rgb[i * 3 + c] = 1 + CLAMP (rgba[i * 4 + 3], 0, 1) * (rgba[i * 4 + c] - 1);
}

/* A copy of the input, [height, width, 3], its longer side @side at most: (transfer full).  The input is
 * let go of: nothing else needs it. */
static float *
looking_read (Looking *looking, int side, int *width, int *height)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (looking->input);
  double scale = MIN (1.0, (double) side / MAX (extent->width, extent->height));
  const GeglRectangle place = {
    (int) floor (extent->x * scale), (int) floor (extent->y * scale),
    MAX (1, (int) (extent->width * scale)), MAX (1, (int) (extent->height * scale)),
  };
  size_t n = (size_t) place.width * place.height;
  g_autofree float *rgba = g_new (float, n * 4);
  float *rgb = g_new (float, n * 3);

  gegl_buffer_get (looking->input, &place, scale, babl_format ("R'G'B'A float"), rgba, GEGL_AUTO_ROWSTRIDE,
                   GEGL_ABYSS_CLAMP);
  g_clear_object (&looking->input);
  persea_looking_flatten (rgba, n, rgb);
  *width = place.width;
  *height = place.height;
  return rgb;
}

static PerseaRendering *
store_map (const PerseaRelevanceMap *map)
{
  int width, height;
  const float *lines = persea_relevance_map_get_lines (map, &width, &height);
  PerseaRendering *rendering = persea_rendering_new (GEGL_RECTANGLE (0, 0, width, height),
                                                     babl_format ("RGBA float"), 0);

  memcpy (rendering->pixels, lines, persea_rendering_get_size (rendering));
  return rendering;
}

PerseaRelevanceMap *
persea_relevance_open_map (const PerseaRendering *rendering)
{
  return persea_relevance_map_new_from_lines (rendering->pixels, rendering->place.width,
                                              rendering->place.height);
}

/* a PerseaTaskFunc */
static PerseaRendering *
relevance_run (gpointer            data,
               PerseaEngine       *engine,
               PerseaProgressFunc  progress,
               gpointer            progress_data,
               GCancellable       *cancellable,
               GError            **error)
{
  Looking *looking = data;
  g_autoptr (PerseaClip) clip = persea_engine_load_clip (engine, looking->clip, cancellable, error);
  g_autoptr (PerseaRelevance) relevance = NULL;
  g_autoptr (PerseaRelevanceMap) map = NULL;

  if (!clip)
    return NULL;
  PerseaRelevancePicture picture;
  g_autofree float *rgb = looking_read (looking, PERSEA_RELEVANCE_USEFUL_SIDE, &picture.width,
                                        &picture.height);

  picture.rgb = rgb;
  relevance = persea_relevance_new (clip, &picture, cancellable, progress, progress_data, error);
  if (relevance)
    map = persea_relevance_find (relevance, &(PerseaRelevanceQuery) {
                                   .texts = (const char *const *) looking->texts,
                                   .minus = (const char *const *) looking->minus,
                                   .softness = looking->softness,
                                 }, cancellable, error);
  return map ? store_map (map) : NULL;
}

/* [E], unit length: (transfer full) */
static float *
embed_input (Looking *looking, PerseaClip *clip, GCancellable *cancellable, GError **error)
{
  const PerseaPreprocess *preprocess = persea_clip_get_preprocess (clip);
  size_t size = persea_clip_get_image_size (clip), dim = persea_clip_get_embed_dim (clip);
  int width, height;
  g_autofree float *rgb = looking_read (looking, 4 * (int) size, &width, &height);
  size_t n = (size_t) width * height * 3;
  g_autofree uint8_t *bytes = g_malloc (n);
  g_autofree uint8_t *square = g_malloc (size * size * 3);
  g_autofree float *pixels = g_new (float, size * size * 3);
  g_autofree float *embedding = g_new (float, dim);

  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t) lrintf (CLAMP (rgb[i], 0, 1) * 255);
  if (!persea_preprocess_square (preprocess, bytes, width, height, square, error))
    return NULL;
  persea_preprocess_normalize (preprocess, square, pixels);
  if (!persea_clip_encode_images (clip, pixels, 1, embedding, cancellable, error))
    return NULL;
  persea_clip_normalize (embedding, 1, dim);
  return g_steal_pointer (&embedding);
}

/* a PerseaTaskFunc */
static PerseaRendering *
score_run (gpointer            data,
           PerseaEngine       *engine,
           PerseaProgressFunc  progress,
           gpointer            progress_data,
           GCancellable       *cancellable,
           GError            **error)
{
  Looking *looking = data;
  size_t n = g_strv_length (looking->texts);
  g_autoptr (PerseaClip) clip = persea_engine_load_clip (engine, looking->clip, cancellable, error);
  g_autofree float *picture = clip ? embed_input (looking, clip, cancellable, error) : NULL;

  if (!picture)
    return NULL;
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *texts = g_new (float, n * dim);

  if (!persea_clip_encode_texts (clip, (const char *const *) looking->texts, n, texts, cancellable, error))
    return NULL;
  persea_clip_normalize (texts, n, dim);

  PerseaRendering *rendering = persea_rendering_new (GEGL_RECTANGLE (0, 0, (int) n, 1), babl_format ("Y float"),
                                                     -1);
  float *scores = rendering->pixels;
  for (size_t i = 0; i < n; i++)
    {
      double product = 0;

      for (size_t c = 0; c < dim; c++)
        product += (double) picture[c] * texts[i * dim + c];
      scores[i] = (float) product;
      rendering->score = MAX (rendering->score, product);
    }
  return rendering;
}

/* Texts come with their length, so that no two sets of options read the same. */
static void
key_add_texts (GString *key, char *const *texts)
{
  for (; *texts; texts++)
    g_string_append_printf (key, "%zu:%s ", strlen (*texts), *texts);
  g_string_append_c (key, '|');
}

static void
order_init (PerseaTaskOrder *order, const char *kind, PerseaTaskFunc run, const PerseaLookingOptions *options,
            GeglBuffer *input, uint64_t content)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (input);
  Looking *looking = g_new0 (Looking, 1);
  GString *key = g_string_new (kind);
  char softness[G_ASCII_DTOSTR_BUF_SIZE];

  looking->texts = persea_looking_split_lines (options->text);
  looking->minus = persea_looking_split_lines (options->minus);
  looking->softness = (float) options->softness;
  looking->clip = options->clip && *options->clip ? g_strdup (options->clip) : NULL;
  looking->input = gegl_buffer_dup (input);
  g_string_append_printf (key, " %d×%d %016" PRIx64 " %s ", extent->width, extent->height, content,
                          g_ascii_dtostr (softness, sizeof softness, looking->softness));
  key_add_texts (key, looking->texts);
  key_add_texts (key, looking->minus);
  g_string_append (key, looking->clip ? looking->clip : "");
  *order = (PerseaTaskOrder) {
    .key = g_string_free (key, FALSE),
    .run = run,
    .data = looking,
    .free_data = looking_free,
  };
}

void
persea_relevance_order_init (PerseaTaskOrder            *order,
                             const PerseaLookingOptions *options,
                             GeglBuffer                 *input,
                             uint64_t                    content)
{
  order_init (order, "relevance", relevance_run, options, input, content);
}

void
persea_score_order_init (PerseaTaskOrder            *order,
                         const PerseaLookingOptions *options,
                         GeglBuffer                 *input,
                         uint64_t                    content)
{
  order_init (order, "score", score_run, options, input, content);
}
