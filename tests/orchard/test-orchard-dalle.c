/* test-orchard-dalle.c - Orchard-DALL·E: drawings through its codes, and drawings of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The whole way is Persea's own: the shipped files, the default device.  Orchard-CLIP tells what
 * can be seen in a picture: it must find the right wish among others that differ from it, as a
 * person would.  It also chooses among the candidates, so here it is no independent judge; such a
 * one is data/orchard/judge.py, whose verdict is in data/models/orchard-dalle/README.md.
 * PERSEA_ORCHARD_COUNT sets the number of drawings that go through the codes (24).
 */
#include "config.h"

#include "orchard.h"
#include "persea-codebook.h"
#include "persea-engine.h"
#include "persea-generator.h"
#include "persea-preprocess.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>
#include <stdlib.h>

#define N_WISHES 40
#define N_CANDIDATES 4

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  NULL,
};

static PerseaEngine *engine;
static PerseaClip *clip;
static PerseaGenerator *generator;
static PerseaCodebook *codebook;

static unsigned
picture_size (void)
{
  return persea_codebook_get_size (codebook);
}

/* planes 0 … 1 of a drawing, as a codebook takes them */
static float *
draw_planes (const OrchardScene *scene)
{
  size_t area = (size_t) picture_size () * picture_size ();
  g_autofree uint8_t *drawing = g_malloc (3 * area);
  float *planes = g_new (float, 3 * area);

  orchard_draw (scene, picture_size (), drawing);
  for (size_t i = 0; i < 3 * area; i++)
    planes[i % 3 * area + i / 3] = drawing[i] / 255.0f;
  return planes;
}

/* @embedding: of planes 0 … 1 */
static void
look_at (const float *planes, float *embedding)
{
  const PerseaPreprocess *preprocess = persea_clip_get_preprocess (clip);
  size_t area = (size_t) picture_size () * picture_size ();
  size_t size = persea_clip_get_image_size (clip);
  g_autofree uint8_t *picture = g_malloc (3 * area);
  g_autofree uint8_t *square = g_malloc (3 * size * size);
  g_autofree float *pixels = g_new (float, 3 * size * size);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < 3 * area; i++)
    picture[i] = lrintf (255 * planes[i % 3 * area + i / 3]);
  persea_preprocess_square (preprocess, picture, picture_size (), picture_size (), square, &error);
  g_assert_no_error (error);
  persea_preprocess_normalize (preprocess, square, pixels);
  persea_clip_encode_images (clip, pixels, 1, embedding, NULL, &error);
  g_assert_no_error (error);
  persea_clip_normalize (embedding, 1, persea_clip_get_embed_dim (clip));
}

/* [n] cosines of a picture with each of the texts */
static void
compare (const float *planes, const char *const *texts, size_t n, float *scores)
{
  size_t dim = persea_clip_get_embed_dim (clip);
  g_autofree float *picture = g_new (float, dim);
  g_autofree float *embeddings = g_new (float, n * dim);
  g_autoptr (GError) error = NULL;

  look_at (planes, picture);
  persea_clip_encode_texts (clip, texts, n, embeddings, NULL, &error);
  g_assert_no_error (error);
  persea_clip_normalize (embeddings, n, dim);
  for (size_t i = 0; i < n; i++)
    {
      scores[i] = 0;
      for (size_t c = 0; c < dim; c++)
        scores[i] += picture[c] * embeddings[i * dim + c];
    }
}

static gboolean
first_is_best (const float *scores, size_t n)
{
  for (size_t i = 1; i < n; i++)
    if (scores[i] >= scores[0])
      return FALSE;
  return TRUE;
}

/* drawings that training never saw, to codes and back */
static void
test_codes (gconstpointer data)
{
  OrchardSplit split = GPOINTER_TO_INT (data);
  const char *count = g_getenv ("PERSEA_ORCHARD_COUNT");
  int n = count ? atoi (count) : 24;
  unsigned grid = persea_generator_get_grid (generator), size = picture_size ();
  g_autofree int32_t *codes = g_new (int32_t, grid * grid);
  g_autofree float *back = g_new (float, 3 * size * size);
  double difference = 0;
  int n_right = 0, n_asked = 0;

  for (int i = 0; n_asked < n; i++)
    {
      g_autoptr (GError) error = NULL;
      OrchardScene scene;

      orchard_scene_init (&scene, split, 5000 + i);
      if (scene.n_items > 1)
        continue;
      n_asked++;
      g_autofree float *planes = draw_planes (&scene);
      persea_codebook_encode (codebook, planes, 1, size, size, codes, NULL, &error);
      g_assert_no_error (error);
      persea_codebook_decode (codebook, codes, 1, grid, grid, back, NULL, &error);
      g_assert_no_error (error);
      for (size_t p = 0; p < 3 * (size_t) size * size; p++)
        difference += fabs (planes[p] - back[p]) / (3.0 * size * size);

      g_auto (GStrv) captions = orchard_quiz (&scene, N_WISHES, N_WISHES / 3);
      float scores[N_WISHES];
      compare (back, (const char *const *) captions, N_WISHES, scores);
      n_right += first_is_best (scores, N_WISHES);
    }
  g_test_message ("%d of %d recognised; pixels differ by %.2f of 255 on average", n_right, n,
                  255 * difference / n);
  g_assert_cmpfloat ((double) n_right / n, >=, 0.95);
  g_assert_cmpfloat (255 * difference / n, <, 9);
}

/* the best of a few candidates mostly shows what was wished, not what differs in a word */
static void
test_drawings (void)
{
  static const char *const wishes[] = {
    "an armchair in the shape of an avocado",
    "an armchair in the shape of a strawberry",
    "a lamp in the shape of an avocado",
    "an armchair in the shape of an avocado at night",
    "a large wooden boat in the sea",
    "a large wooden boat on the grass",
    "a large golden boat in the sea",
    "a large wooden guitar in the sea",
    "a red brick house under the stars",
    "a large heart with polka dots on the grass",
    "a large star with polka dots on the grass",
    "a large heart with polka dots on the sand",
  };
  static const int asked[] = { 0, 1, 4, 6, 8, 9 };
  unsigned grid, n_codes;
  int n_right = 0;

  grid = persea_generator_get_grid (generator);
  n_codes = grid * grid;
  g_autofree int32_t *codes = g_new (int32_t, N_CANDIDATES * n_codes);
  size_t picture = 3 * (size_t) picture_size () * picture_size ();
  g_autofree float *planes = g_new (float, N_CANDIDATES * picture);
  for (unsigned i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      const PerseaDrawOptions options = {
        .prompt = wishes[asked[i]], .seed = i, .n_candidates = N_CANDIDATES,
        .guidance = persea_generator_get_guidance (generator),
        .sampling = persea_generator_get_sampling (generator),
      };
      const char *texts[G_N_ELEMENTS (wishes)];
      g_autoptr (GError) error = NULL;
      float scores[G_N_ELEMENTS (wishes)], best = -INFINITY;
      gboolean right = FALSE;

      texts[0] = wishes[asked[i]];
      for (unsigned t = 0, n = 1; t < G_N_ELEMENTS (wishes); t++)
        if (t != (unsigned) asked[i])
          texts[n++] = wishes[t];
      persea_generator_draw (generator, &options, codes, NULL, &error);
      g_assert_no_error (error);
      persea_codebook_decode (codebook, codes, N_CANDIDATES, grid, grid, planes, NULL, &error);
      g_assert_no_error (error);
      for (unsigned c = 0; c < N_CANDIDATES; c++)
        {
          compare (planes + c * picture, texts, G_N_ELEMENTS (texts), scores);
          if (scores[0] > best)
            {
              best = scores[0];
              right = first_is_best (scores, G_N_ELEMENTS (texts));
            }
        }
      g_test_message ("%s: %s", wishes[asked[i]], right ? "recognised" : "not recognised");
      n_right += right;
    }
  /* by chance it would be half a wish; the model's training was short, see its README */
  g_assert_cmpint (n_right, >=, 5);
}

static void
test_no_device (void)
{
  g_test_skip ("no OpenCL device");
}

static void
open_models (void)
{
  g_autofree char *clip_path = g_test_build_filename (G_TEST_DIST, "models", "orchard-clip", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "models", "orchard-dalle", NULL);
  g_autoptr (GError) error = NULL;

  engine = persea_engine_new (&(PerseaEngineOptions) { .drivers = drivers, .no_weight_cache = TRUE },
                              &error);
  if (!engine)
    return;
  clip = persea_engine_load_clip (engine, clip_path, NULL, &error);
  g_assert_no_error (error);
  persea_engine_load_artist (engine, path, NULL, &generator, &codebook, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  open_models ();
  if (engine)
    {
      g_test_add_data_func ("/orchard-dalle/codes/seen", GINT_TO_POINTER (ORCHARD_SPLIT_TEST),
                            test_codes);
      g_test_add_data_func ("/orchard-dalle/codes/held-out",
                            GINT_TO_POINTER (ORCHARD_SPLIT_HELD_OUT), test_codes);
      g_test_add_func ("/orchard-dalle/drawings", test_drawings);
    }
  else
    g_test_add_func ("/orchard-dalle/none", test_no_device);
  int status = g_test_run ();
  g_clear_pointer (&generator, persea_generator_unref);
  g_clear_pointer (&codebook, persea_codebook_unref);
  persea_clip_unref (clip);
  persea_engine_unref (engine);
  return status;
}
