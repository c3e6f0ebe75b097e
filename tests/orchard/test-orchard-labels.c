/* test-orchard-labels.c - Orchard-CLIP says the same in every precision
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Drawings are labelled with the best of their captions, each in its own right the caption of one
 * of them.  In a coarser precision at least 99 of 100 labels must be those of f32, and the
 * embeddings must point where docs/NUMERICS.md says.
 */
#include "config.h"

#include "orchard.h"
#include "persea-engine.h"
#include "persea-preprocess.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>

#define N_DRAWINGS 200
#define MAX_CHANGED (N_DRAWINGS / 100)
#define LEAST_COSINE 0.999

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  NULL,
};

/* what a model makes of the drawings and captions, at unit length */
typedef struct
{
  size_t dim;
  float *pictures; /* [N_DRAWINGS, dim] */
  float *texts;    /* [N_DRAWINGS, dim] */
} Answers;

static void
answers_clear (Answers *answers)
{
  g_free (answers->pictures);
  g_free (answers->texts);
}

static float *
draw_all (PerseaClip *clip)
{
  const PerseaPreprocess *preprocess = persea_clip_get_preprocess (clip);
  int size = persea_clip_get_image_size (clip);
  size_t n_pixels = 3 * (size_t) size * size;
  float *pixels = g_new (float, N_DRAWINGS * n_pixels);
  g_autofree uint8_t *drawing = g_malloc (n_pixels);
  g_autofree uint8_t *square = g_malloc (n_pixels);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < N_DRAWINGS; i++)
    {
      OrchardScene scene;

      orchard_scene_init (&scene, ORCHARD_SPLIT_TEST, i);
      orchard_draw (&scene, size, drawing);
      persea_preprocess_square (preprocess, drawing, size, size, square, &error);
      g_assert_no_error (error);
      persea_preprocess_normalize (preprocess, square, pixels + i * n_pixels);
    }
  return pixels;
}

/* FALSE without a device */
static gboolean
answers_find (Answers *answers, PerseaPrecision precision)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "models", "orchard-clip", NULL);
  g_autoptr (GPtrArray) captions = g_ptr_array_new_with_free_func (g_free);
  g_autofree float *pixels = NULL;
  g_autoptr (GError) error = NULL;
  const PerseaEngineOptions options = { .drivers = drivers, .precision = precision, .no_weight_cache = TRUE };
  g_autoptr (PerseaEngine) engine = persea_engine_new (&options, &error);
  g_autoptr (PerseaClip) clip = NULL;

  if (!engine)
    return FALSE;
  clip = persea_engine_load_clip (engine, path, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < N_DRAWINGS; i++)
    {
      OrchardScene scene;

      orchard_scene_init (&scene, ORCHARD_SPLIT_TEST, i);
      g_auto (GStrv) quiz = orchard_quiz (&scene, 2, 0);
      g_ptr_array_add (captions, g_strdup (quiz[0]));
    }
  pixels = draw_all (clip);
  answers->dim = persea_clip_get_embed_dim (clip);
  answers->pictures = g_new (float, N_DRAWINGS * answers->dim);
  answers->texts = g_new (float, N_DRAWINGS * answers->dim);
  persea_clip_encode_images (clip, pixels, N_DRAWINGS, answers->pictures, NULL, &error);
  g_assert_no_error (error);
  persea_clip_encode_texts (clip, (const char *const *) captions->pdata, N_DRAWINGS, answers->texts, NULL, &error);
  g_assert_no_error (error);
  persea_clip_normalize (answers->pictures, N_DRAWINGS, answers->dim);
  persea_clip_normalize (answers->texts, N_DRAWINGS, answers->dim);
  return TRUE;
}

static double
dot (const float *a, const float *b, size_t dim)
{
  double sum = 0;

  for (size_t i = 0; i < dim; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

static int
answers_get_label (const Answers *answers, int drawing)
{
  double best_score = -INFINITY;
  int best = -1;

  for (int i = 0; i < N_DRAWINGS; i++)
    {
      double score = dot (answers->pictures + drawing * answers->dim, answers->texts + i * answers->dim,
                          answers->dim);

      if (score > best_score)
        {
          best_score = score;
          best = i;
        }
    }
  return best;
}

static void
test_precision (gconstpointer data)
{
  PerseaPrecision precision = GPOINTER_TO_INT (data);
  Answers exact = { 0 }, coarse = { 0 };
  int n_changed = 0;
  double least = 1;

  if (!answers_find (&exact, PERSEA_PRECISION_F32))
    {
      g_test_skip ("no OpenCL device");
      return;
    }
  g_assert_true (answers_find (&coarse, precision));
  for (int i = 0; i < N_DRAWINGS; i++)
    {
      n_changed += answers_get_label (&exact, i) != answers_get_label (&coarse, i);
      least = MIN (least, dot (exact.pictures + i * exact.dim, coarse.pictures + i * exact.dim, exact.dim));
      least = MIN (least, dot (exact.texts + i * exact.dim, coarse.texts + i * exact.dim, exact.dim));
    }
  g_test_message ("%d of %d labels changed, least cosine 1 - %.1e", n_changed, N_DRAWINGS, 1 - least);
  g_assert_cmpint (n_changed, <=, MAX_CHANGED);
  g_assert_cmpfloat (least, >=, LEAST_COSINE);
  answers_clear (&exact);
  answers_clear (&coarse);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/orchard-labels/bf16", GINT_TO_POINTER (PERSEA_PRECISION_BF16), test_precision);
  g_test_add_data_func ("/orchard-labels/f16", GINT_TO_POINTER (PERSEA_PRECISION_F16), test_precision);
  return g_test_run ();
}
