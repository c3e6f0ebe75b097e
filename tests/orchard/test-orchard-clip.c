/* test-orchard-clip.c - Orchard-CLIP on drawings that it never saw
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The right caption among a hundred, for pairs that were seen in training and pairs that were held
 * out, with and without near misses (captions with one attribute changed) among the others.  The
 * whole way is Persea's own: the shipped files, preprocessing, tokenizer, the default device.
 * A quarter of the drawings show two things, and have a mark of their own: only they tell whether
 * what is said of one is known from what is said of the other.
 * PERSEA_ORCHARD_COUNT sets the number of drawings for each question (120).
 */
#include "config.h"

#include "orchard.h"
#include "persea-engine.h"
#include "persea-preprocess.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>
#include <stdlib.h>

#define N_CAPTIONS 100
#define N_NEAR 33

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  NULL,
};

typedef struct
{
  const char  *path;
  OrchardSplit split;
  int          n_near;
  double       least[ORCHARD_MAX_ITEMS]; /* share of right answers, for one thing and for two */
} Question;

static const Question questions[] = {
  { "/orchard-clip/seen", ORCHARD_SPLIT_TEST, 0, { 0.97, 0.97 } },
  { "/orchard-clip/held-out", ORCHARD_SPLIT_HELD_OUT, 0, { 0.95, 0.95 } },
  { "/orchard-clip/seen-near-misses", ORCHARD_SPLIT_TEST, N_NEAR, { 0.97, 0.8 } },
  { "/orchard-clip/held-out-near-misses", ORCHARD_SPLIT_HELD_OUT, N_NEAR, { 0.95, 0.7 } },
};

static PerseaEngine *engine;
static PerseaClip *clip;

static void
encode_drawing (const OrchardScene *scene, float *embedding)
{
  const PerseaPreprocess *preprocess = persea_clip_get_preprocess (clip);
  int size = persea_clip_get_image_size (clip);
  g_autofree uint8_t *drawing = g_malloc (3 * size * size);
  g_autofree uint8_t *square = g_malloc (3 * size * size);
  g_autofree float *pixels = g_new (float, 3 * size * size);
  g_autoptr (GError) error = NULL;

  orchard_draw (scene, size, drawing);
  persea_preprocess_square (preprocess, drawing, size, size, square, &error);
  g_assert_no_error (error);
  persea_preprocess_normalize (preprocess, square, pixels);
  persea_clip_encode_images (clip, pixels, 1, embedding, NULL, &error);
  g_assert_no_error (error);
}

/* which of the captions fits best */
static int
answer (const OrchardScene *scene, char **captions)
{
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *picture = g_new (float, dim);
  g_autofree float *texts = g_new (float, N_CAPTIONS * dim);
  g_autoptr (GError) error = NULL;
  double best_score = -INFINITY;
  int best = -1;

  encode_drawing (scene, picture);
  persea_clip_encode_texts (clip, (const char *const *) captions, N_CAPTIONS, texts, NULL, &error);
  g_assert_no_error (error);
  persea_clip_normalize (texts, N_CAPTIONS, dim);
  for (int i = 0; i < N_CAPTIONS; i++)
    {
      double score = 0;

      for (size_t c = 0; c < dim; c++)
        score += picture[c] * texts[i * dim + c];
      if (score > best_score)
        {
          best_score = score;
          best = i;
        }
    }
  return best;
}

static void
test_question (gconstpointer data)
{
  const Question *question = data;
  const char *count = g_getenv ("PERSEA_ORCHARD_COUNT");
  int n = count ? atoi (count) : 120;
  int n_asked[ORCHARD_MAX_ITEMS] = { 0 }, n_right[ORCHARD_MAX_ITEMS] = { 0 };

  if (!clip)
    {
      g_test_skip ("no OpenCL device");
      return;
    }
  for (int i = 0; i < n; i++)
    {
      OrchardScene scene;

      orchard_scene_init (&scene, question->split, i);
      g_auto (GStrv) captions = orchard_quiz (&scene, N_CAPTIONS, question->n_near);
      n_asked[scene.n_items - 1]++;
      n_right[scene.n_items - 1] += answer (&scene, captions) == 0;
    }
  for (int i = 0; i < ORCHARD_MAX_ITEMS; i++)
    {
      g_test_message ("%d of %d right with %d thing(s)", n_right[i], n_asked[i], i + 1);
      g_assert_cmpfloat ((double) n_right[i] / n_asked[i], >=, question->least[i]);
    }
}

static void
open_model (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "models", "orchard-clip", NULL);
  g_autoptr (GError) error = NULL;

  engine = persea_engine_new (&(PerseaEngineOptions) { .drivers = drivers, .no_weight_cache = TRUE },
                              &error);
  if (!engine)
    return;
  clip = persea_engine_load_clip (engine, path, NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  open_model ();
  for (unsigned i = 0; i < G_N_ELEMENTS (questions); i++)
    g_test_add_data_func (questions[i].path, &questions[i], test_question);
  int status = g_test_run ();
  persea_clip_unref (clip);
  persea_engine_unref (engine);
  return status;
}
