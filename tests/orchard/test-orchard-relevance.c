/* test-orchard-relevance.c - where words are in drawings with two things
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each drawing is asked for each of its things in turn, as somebody would who wants to select it;
 * what is 0.5 and more of the map is compared with what was drawn: intersection over union.  Scenes
 * are those that Orchard-CLIP never saw in training.
 * PERSEA_ORCHARD_COUNT sets the number of drawings for each question (12).
 */
#include "config.h"

#include "orchard.h"
#include "persea-engine.h"
#include "persea-relevance.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>
#include <stdlib.h>

#define LEAST_MEAN 0.6

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  NULL,
};

/* what is said of the thing that is looked for */
typedef enum
{
  SAY_THING = 1,
  SAY_LOOK = 2,
  SAY_BOTH = SAY_THING | SAY_LOOK,
} Words;

typedef struct
{
  const char  *path;
  OrchardSplit split;
  Words        words;
  int          size; /* of the drawing, pixels */
} Question;

static const Question questions[] = {
  { "/orchard-relevance/thing-and-look", ORCHARD_SPLIT_TEST, SAY_BOTH, 128 },
  { "/orchard-relevance/thing-and-look-large", ORCHARD_SPLIT_TEST, SAY_BOTH, 400 },
  { "/orchard-relevance/thing", ORCHARD_SPLIT_TEST, SAY_THING, 128 },
  { "/orchard-relevance/look", ORCHARD_SPLIT_TEST, SAY_LOOK, 128 },
  { "/orchard-relevance/held-out", ORCHARD_SPLIT_HELD_OUT, SAY_BOTH, 128 },
};

static PerseaEngine *engine;
static PerseaClip *clip;

/* [size, size, 3], 0 to 1 */
static float *
draw (const OrchardScene *scene, int size)
{
  size_t n = (size_t) size * size * 3;
  g_autofree uint8_t *bytes = g_malloc (n);
  float *rgb = g_new (float, n);

  orchard_draw (scene, size, bytes);
  for (size_t i = 0; i < n; i++)
    rgb[i] = bytes[i] / 255.0f;
  return rgb;
}

static char *
describe (const OrchardItem *item, Words words)
{
  const OrchardClaim claim = {
    .n_items = 1,
    .items = { { words & SAY_THING ? item->thing : ORCHARD_UNSAID,
                 words & SAY_LOOK ? item->look : ORCHARD_UNSAID, ORCHARD_UNSAID, ORCHARD_UNSAID } },
    .relation = ORCHARD_UNSAID,
    .ground = ORCHARD_UNSAID,
  };

  return orchard_claim_caption (&claim, item->thing);
}

static double
find_overlap (PerseaRelevance *relevance, const OrchardScene *scene, int number, const float *rgb,
              const Question *question)
{
  int size = question->size;
  size_t n = (size_t) size * size, both = 0, either = 0;
  g_autofree char *text = describe (&scene->items[number], question->words);
  g_autofree uint8_t *truth = g_malloc (n);
  g_autofree float *found = g_new (float, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaRelevanceMap) map = persea_relevance_find (
    relevance, &(PerseaRelevanceQuery) { .texts = (const char *[]) { text, NULL } }, NULL, &error);

  g_assert_no_error (error);
  orchard_draw_mask (scene, number, size, truth);
  persea_relevance_map_paint (map, size, size, &(PerseaRectangle) { 0, 0, size, size }, rgb,
                              (size_t) size * 3, found);
  for (size_t i = 0; i < n; i++)
    {
      both += truth[i] >= 128 && found[i] >= 0.5f;
      either += truth[i] >= 128 || found[i] >= 0.5f;
    }
  g_test_message ("scene %" G_GUINT64_FORMAT ", %s: %.2f", scene->index, text,
                  (double) both / either);
  return (double) both / either;
}

static void
test_question (gconstpointer data)
{
  const Question *question = data;
  const char *count = g_getenv ("PERSEA_ORCHARD_COUNT");
  int n = count ? atoi (count) : 12, n_asked = 0, n_bad = 0;
  double sum = 0;

  if (!clip)
    {
      g_test_skip ("no OpenCL device");
      return;
    }
  for (uint64_t index = 0; n > 0; index++)
    {
      OrchardScene scene;
      g_autoptr (GError) error = NULL;

      orchard_scene_init (&scene, question->split, index);
      if (scene.n_items < 2)
        continue;
      g_autofree float *rgb = draw (&scene, question->size);
      g_autoptr (PerseaRelevance) relevance = persea_relevance_new (
        clip, &(PerseaRelevancePicture) { question->size, question->size, rgb }, NULL, NULL, NULL,
        &error);
      g_assert_no_error (error);
      for (int i = 0; i < scene.n_items; i++, n_asked++)
        {
          double overlap = find_overlap (relevance, &scene, i, rgb, question);

          sum += overlap;
          n_bad += overlap < 0.5;
        }
      n--;
    }
  g_test_message ("%s: %.3f on average of %d, %d below 0.5", question->path, sum / n_asked, n_asked,
                  n_bad);
  g_assert_cmpfloat (sum / n_asked, >=, LEAST_MEAN);
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
