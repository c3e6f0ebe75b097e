/* test-tagger.c - from similarities to tags
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A made-up space: every word has a random direction, all lean towards a common one (as CLIP's
 * texts do), and pictures lie elsewhere, a little towards the words that fit.
 */
#include "config.h"

#include "persea-tagger.h"

#include <math.h>
#include <string.h>

#define DIM 256
#define N_BACKGROUND 200

static const char words_text[] =
  "animal\n"
  "animal|cat\n"
  "animal|dog = hound, puppy\n"
  "thing ; heading\n"
  "thing|hub\n"
  "thing|cup ; cut: 0.999999\n"
  "light ; heading ; exclusive\n"
  "light|day\n"
  "light|night\n"
  "place ; heading ; choose: 2\n"
  "place|land\n"
  "place|sea\n"
  "place|sky\n";

/* rows of the table, in the vocabulary's order */
enum { ANIMAL, CAT, DOG, HOUND, PUPPY, HUB, CUP, DAY, NIGHT, LAND, SEA, SKY, N_WORDS };
/* indices in the vocabulary */
enum
{
  TAG_ANIMAL, TAG_CAT, TAG_DOG, TAG_THING, TAG_HUB, TAG_CUP, TAG_LIGHT, TAG_DAY, TAG_NIGHT,
  TAG_PLACE, TAG_LAND, TAG_SEA, TAG_SKY, N_TAGS
};

typedef struct
{
  PerseaTagger *tagger;
  float        *rows; /* [N_WORDS + N_BACKGROUND, DIM], unit length */
  float         common[DIM];
} Space;

static void
add_scaled (float *sum, const float *row, float factor)
{
  for (int i = 0; i < DIM; i++)
    sum[i] += factor * row[i];
}

static void
random_unit (GRand *generator, float *row)
{
  for (int i = 0; i < DIM; i++)
    {
      double sum = -6;

      for (int j = 0; j < 12; j++)
        sum += g_rand_double (generator);
      row[i] = (float) sum;
    }
  persea_clip_normalize (row, 1, DIM);
}

static void
space_set_up (Space *space, gconstpointer data)
{
  g_autoptr (GRand) generator = g_rand_new_with_seed (7);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaVocabulary) vocabulary = persea_vocabulary_parse (words_text, strlen (words_text), "v", &error);
  g_autoptr (PerseaTextTable) table = NULL;
  g_autoptr (GStrvBuilder) background = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;

  g_assert_no_error (error);
  space->rows = g_new0 (float, (N_WORDS + N_BACKGROUND) * DIM);
  random_unit (generator, space->common);
  for (int row = 0; row < N_WORDS + N_BACKGROUND; row++)
    {
      /* how much of a hub a word is varies; one is far more than the others */
      float lean = row == HUB ? 1.6f : 0.7f + 0.2f * (float) g_rand_double (generator);

      random_unit (generator, space->rows + row * DIM);
      add_scaled (space->rows + row * DIM, space->common, lean);
    }
  persea_clip_normalize (space->rows, N_WORDS + N_BACKGROUND, DIM);
  table = persea_text_table_new (space->rows, N_WORDS + N_BACKGROUND, DIM);
  for (int i = 0; i < N_BACKGROUND; i++)
    {
      g_autofree char *word = g_strdup_printf ("background %d", i);

      g_strv_builder_add (background, word);
    }
  words = g_strv_builder_end (background);
  space->tagger = persea_tagger_new_from_table (table, vocabulary, (const char *const *) words, 100);
}

static void
space_tear_down (Space *space, gconstpointer data)
{
  persea_tagger_unref (space->tagger);
  g_free (space->rows);
}

/* a picture in its own part of the space, showing up to three things */
static void
make_image (Space *space, uint32_t seed, float strength, const int *shown, int n_shown, float *image)
{
  g_autoptr (GRand) generator = g_rand_new_with_seed (seed);

  random_unit (generator, image);
  for (int i = 0; i < DIM; i++)
    image[i] *= 0.35f; /* cosines of what does not fit: spread by about 0.02 */
  add_scaled (image, space->common, 0.25f);
  for (int i = 0; i < n_shown; i++)
    {
      float own[DIM];
      float lean = 0;

      /* the word's own direction, without what all have in common */
      memcpy (own, space->rows + shown[i] * DIM, sizeof own);
      for (int k = 0; k < DIM; k++)
        lean += own[k] * space->common[k];
      add_scaled (own, space->common, -lean);
      persea_clip_normalize (own, 1, DIM);
      add_scaled (image, own, strength);
    }
  persea_clip_normalize (image, 1, DIM);
}

static void
test_fitting (Space *space, gconstpointer data)
{
  static const int shown[] = { CAT };

  for (uint32_t seed = 0; seed < 50; seed++)
    {
      float image[DIM];
      PerseaTagScore scores[N_TAGS];

      make_image (space, seed, 0.12f, shown, 1, image);
      persea_tagger_score (space->tagger, image, scores);
      g_assert_cmpfloat (scores[TAG_CAT].score, >, 0.5);
      g_assert_cmpfloat (scores[TAG_CAT].score, <=, 1);
      g_assert_cmpfloat (scores[TAG_THING].score, ==, -1);
      g_assert_cmpfloat (scores[TAG_LIGHT].score, ==, -1);
    }
}

/* A picture of nothing in particular gets no tags, above all not the hub. */
static void
test_nothing (Space *space, gconstpointer data)
{
  unsigned n = 0;

  for (uint32_t seed = 100; seed < 300; seed++)
    {
      float image[DIM];
      PerseaTagScore scores[N_TAGS];

      make_image (space, seed, 0, NULL, 0, image);
      persea_tagger_score (space->tagger, image, scores);
      for (int i = 0; i < N_TAGS; i++)
        n += i < TAG_PLACE && scores[i].score >= 0.5;
    }
  /* 1,600 chances: with a prior of a quarter for each tag, some are taken by mistake */
  g_assert_cmpuint (n, <, 60);
}

/* The hub is nearer to every picture than any word that fits; its score does not show it. */
static void
test_hub (Space *space, gconstpointer data)
{
  static const int shown[] = { DOG };
  unsigned hub_taken = 0;

  for (uint32_t seed = 0; seed < 50; seed++)
    {
      float image[DIM];
      PerseaTagScore scores[N_TAGS];

      make_image (space, seed, 0.12f, shown, 1, image);
      persea_tagger_score (space->tagger, image, scores);
      g_assert_cmpfloat (scores[TAG_DOG].score, >, scores[TAG_HUB].score);
      hub_taken += scores[TAG_HUB].score >= 0.5;
    }
  g_assert_cmpuint (hub_taken, <=, 5);
}

static void
test_synonyms (Space *space, gconstpointer data)
{
  static const int shown[] = { PUPPY };
  float image[DIM];
  PerseaTagScore scores[N_TAGS];
  PerseaTagExplanation explanation;

  make_image (space, 1, 0.15f, shown, 1, image);
  persea_tagger_score (space->tagger, image, scores);
  g_assert_cmpuint (scores[TAG_DOG].word, ==, 2);
  g_assert_cmpfloat (scores[TAG_DOG].score, >, 0.5);

  persea_tagger_explain (space->tagger, image, scores, TAG_DOG, &explanation);
  g_assert_cmpstr (explanation.prompt, ==, "a photo of puppy");
  g_assert_cmpuint (explanation.rank, ==, 1);
  g_assert_cmpuint (explanation.n_background, ==, N_BACKGROUND);
  g_assert_cmpint (explanation.runner_up, !=, TAG_ANIMAL);
  g_assert_cmpint (explanation.runner_up, !=, TAG_DOG);
  persea_tag_explanation_clear (&explanation);
}

static void
test_exclusive (Space *space, gconstpointer data)
{
  static const int shown[] = { DAY, NIGHT };
  float image[DIM];
  PerseaTagScore scores[N_TAGS];

  make_image (space, 3, 0.12f, shown, 2, image);
  persea_tagger_score (space->tagger, image, scores);
  g_assert_cmpfloat (scores[TAG_DAY].score + scores[TAG_NIGHT].score, <=, 1.0001);
  g_assert_cmpfloat (scores[TAG_DAY].score + scores[TAG_NIGHT].score, >, 0.5);
}

/* A closed set: two that are equally right are taken. */
static void
test_closed_set (Space *space, gconstpointer data)
{
  float image[DIM] = { 0 };
  PerseaTagScore scores[N_TAGS];
  double total = 0;

  add_scaled (image, space->rows + LAND * DIM, 1);
  add_scaled (image, space->rows + SEA * DIM, 1);
  persea_clip_normalize (image, 1, DIM);
  persea_tagger_score (space->tagger, image, scores);
  g_assert_cmpfloat (scores[TAG_LAND].score, >, 0.5);
  g_assert_cmpfloat (scores[TAG_SEA].score, >, 0.5);
  g_assert_cmpfloat (scores[TAG_SKY].score, <, 0.5);
  for (int i = TAG_LAND; i <= TAG_SKY; i++)
    total += scores[i].score / (3 - 2 * scores[i].score); /* the shares: s = p / (m - (m - 1) p) */
  g_assert_cmpfloat_with_epsilon (total, 1, 1e-4);
}

static void
test_choose (Space *space, gconstpointer data)
{
  static const int shown[] = { ANIMAL, CAT, CUP };
  const PerseaTagChoice all = { .threshold = 0.5f };
  const PerseaTagChoice one = { .threshold = 0.5f, .top = 1 };
  float image[DIM];
  PerseaTagScore scores[N_TAGS];
  g_autoptr (GArray) chosen = NULL;
  g_autoptr (GArray) best = NULL;

  make_image (space, 5, 0.12f, shown, 3, image);
  persea_tagger_score (space->tagger, image, scores);
  g_assert_cmpfloat (scores[TAG_ANIMAL].score, >, 0.5);
  g_assert_cmpfloat (scores[TAG_CUP].score, >, 0.5);

  /* "animal" goes without saying, "cup" has a cut of its own */
  chosen = persea_tagger_choose (space->tagger, scores, &all);
  for (unsigned i = 0; i < chosen->len; i++)
    {
      const PerseaTagScore *score = &g_array_index (chosen, PerseaTagScore, i);

      g_assert_cmpuint (score->tag, !=, TAG_ANIMAL);
      if (score->tag == TAG_CUP)
        g_assert_cmpfloat (score->score, >=, 0.999999f);
      if (i > 0)
        g_assert_cmpfloat (score->score, <=, g_array_index (chosen, PerseaTagScore, i - 1).score);
    }
  g_assert_cmpuint (chosen->len, >=, 1);
  best = persea_tagger_choose (space->tagger, scores, &one);
  g_assert_cmpuint (best->len, ==, 1);
}

#define ADD(name, function) \
  g_test_add ("/tagger/" name, Space, NULL, space_set_up, function, space_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("fitting", test_fitting);
  ADD ("nothing", test_nothing);
  ADD ("hub", test_hub);
  ADD ("synonyms", test_synonyms);
  ADD ("exclusive", test_exclusive);
  ADD ("closed-set", test_closed_set);
  ADD ("choose", test_choose);
  return g_test_run ();
}
