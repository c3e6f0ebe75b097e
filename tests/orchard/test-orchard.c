/* test-orchard.c - the world that Orchard-CLIP is trained and tested on
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-output.h"
#include "orchard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum
{
  SIZE = 128,
  N_SCENES = 20000,
};

static uint8_t *
draw (const OrchardScene *scene, int size)
{
  uint8_t *pixels = g_malloc ((size_t) size * size * 3);

  orchard_draw (scene, size, pixels);
  return pixels;
}

static void
test_held_out_table (void)
{
  int n_thing[ORCHARD_N_THINGS] = { 0 };
  int n_look[ORCHARD_N_LOOKS] = { 0 };
  int thing, look;

  for (int i = 0; i < ORCHARD_N_HELD_OUT; i++)
    {
      orchard_held_out_pair (i, &thing, &look);
      g_assert_true (orchard_is_held_out (thing, look));
      g_assert_cmpint (++n_thing[thing], <=, 2);
      g_assert_cmpint (++n_look[look], <=, 2);
    }
  orchard_held_out_pair (0, &thing, &look);
  g_assert_cmpstr (orchard_thing_name (thing), ==, "armchair");
  g_assert_cmpstr (orchard_look_name (look), ==, "avocado");
  g_assert_cmpint (orchard_find_thing ("armchair"), ==, thing);
  g_assert_cmpint (orchard_find_look ("avocado"), ==, look);
  g_assert_cmpint (orchard_find_ground ("swamp"), ==, -1);
}

static void
test_splits (void)
{
  for (uint64_t index = 0; index < N_SCENES; index++)
    {
      OrchardScene train, test, held_out;

      orchard_scene_init (&train, ORCHARD_SPLIT_TRAIN, index);
      orchard_scene_init (&test, ORCHARD_SPLIT_TEST, index);
      orchard_scene_init (&held_out, ORCHARD_SPLIT_HELD_OUT, index);
      for (int i = 0; i < train.n_items; i++)
        g_assert_false (orchard_is_held_out (train.items[i].thing, train.items[i].look));
      for (int i = 0; i < test.n_items; i++)
        g_assert_false (orchard_is_held_out (test.items[i].thing, test.items[i].look));
      g_assert_true (orchard_is_held_out (held_out.items[0].thing, held_out.items[0].look));
      if (held_out.n_items == 2)
        g_assert_false (orchard_is_held_out (held_out.items[1].thing, held_out.items[1].look));
    }
}

static void
test_same_index_same_pixels (void)
{
  for (uint64_t index = 0; index < 20; index++)
    {
      OrchardScene scene, again, next;

      orchard_scene_init (&scene, ORCHARD_SPLIT_TEST, index);
      orchard_scene_init (&again, ORCHARD_SPLIT_TEST, index);
      orchard_scene_init (&next, ORCHARD_SPLIT_TEST, index + 1);

      g_autofree uint8_t *a = draw (&scene, SIZE);
      g_autofree uint8_t *b = draw (&again, SIZE);
      g_autofree uint8_t *c = draw (&next, SIZE);
      g_assert_cmpmem (a, SIZE * SIZE * 3, b, SIZE * SIZE * 3);
      g_assert_cmpint (memcmp (a, c, SIZE * SIZE * 3), !=, 0);
    }
}

/* A drawing twice as large, averaged down, is the same picture. */
static void
test_any_size (void)
{
  static const int sizes[] = { ORCHARD_MIN_SIZE, 33, 500 };

  for (uint64_t index = 0; index < 10; index++)
    {
      OrchardScene scene;
      double       difference = 0;

      orchard_scene_init (&scene, ORCHARD_SPLIT_TEST, index);
      for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
        g_free (draw (&scene, sizes[i]));

      g_autofree uint8_t *small = draw (&scene, SIZE);
      g_autofree uint8_t *large = draw (&scene, 2 * SIZE);
      for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE * 3; x++)
          {
            const uint8_t *at = large + (size_t) 2 * y * 2 * SIZE * 3 + x / 3 * 6 + x % 3;
            int            sum = at[0] + at[3] + at[2 * SIZE * 3] + at[2 * SIZE * 3 + 3];

            difference += abs (small[y * SIZE * 3 + x] - sum / 4);
          }
      g_assert_cmpfloat (difference / (SIZE * SIZE * 3), <, 4);
    }
}

/* Compares the picture with its bare ground. */
static void
test_masks (void)
{
  int plain = orchard_find_ground ("plain");

  for (uint64_t index = 0; index < 400; index++)
    {
      OrchardScene scene, bare;
      uint8_t      mask[ORCHARD_MAX_ITEMS][SIZE * SIZE] = { { 0 } };
      int          n_inside = 0, n_changed = 0;

      orchard_scene_init (&scene, ORCHARD_SPLIT_HELD_OUT, index);
      if (scene.ground != plain) /* no shadow and no glow there */
        continue;
      bare = scene;
      bare.n_items = 0;

      g_autofree uint8_t *with = draw (&scene, SIZE);
      g_autofree uint8_t *without = draw (&bare, SIZE);
      for (int i = 0; i < scene.n_items; i++)
        orchard_draw_mask (&scene, i, SIZE, mask[i]);
      for (int p = 0; p < SIZE * SIZE; p++)
        {
          gboolean changed = memcmp (with + 3 * p, without + 3 * p, 3) != 0;

          g_assert_cmpint (mask[0][p] + mask[1][p], <=, 255);
          if (mask[0][p] + mask[1][p] == 0)
            g_assert_false (changed);
          n_inside += mask[0][p] + mask[1][p] == 255;
          n_changed += mask[0][p] + mask[1][p] == 255 && changed;
        }
      g_assert_cmpint (n_inside, >, 100);
      g_assert_cmpint (n_changed, >, n_inside * 8 / 10); /* white parts stay white */
    }
}

static void
test_nothing_is_cut_off (void)
{
  for (uint64_t index = 0; index < 300; index++)
    {
      OrchardScene scene;
      uint8_t      mask[SIZE * SIZE];

      orchard_scene_init (&scene, ORCHARD_SPLIT_TEST, index);
      for (int item = 0; item < scene.n_items; item++)
        {
          orchard_draw_mask (&scene, item, SIZE, mask);
          for (int i = 0; i < SIZE; i++)
            g_assert_cmpint (mask[i] + mask[(SIZE - 1) * SIZE + i] + mask[i * SIZE]
                             + mask[i * SIZE + SIZE - 1], ==, 0);
        }
    }
}

static void
assert_good_english (const char *caption)
{
  g_assert_cmpint (strlen (caption), <, ORCHARD_STREAM_TEXT);
  g_assert_false (g_regex_match_simple ("(^| )a [aeiou]|(^| )an [^aeiou]|  |^ | $", caption, 0, 0));
}

/* the same thing meets the grid of 16 of 256 pixels in few ways, and stays what captions say */
static void
test_aligned (void)
{
  for (uint64_t index = 0; index < N_SCENES; index++)
    {
      OrchardScene scene, aligned;

      orchard_scene_init (&scene, ORCHARD_SPLIT_TRAIN, index);
      aligned = scene;
      orchard_scene_align (&aligned);
      g_assert_cmpint (aligned.backdrop, >=, 0);
      g_assert_cmpint (aligned.backdrop, <, ORCHARD_N_BACKDROPS);
      for (int i = 0; i < aligned.n_items; i++)
        {
          OrchardItem *item = &aligned.items[i];
          OrchardScene other = aligned;

          g_assert_cmpfloat (fmod (item->x, 8), ==, 0);
          orchard_scene_init_single (&other, item->thing, item->look, scene.ground, item->size,
                                     ORCHARD_MIDDLE, index);
          orchard_scene_align (&other);
          if (item->half == other.items[0].half)
            g_assert_cmpfloat (fabs (remainder (item->y - other.items[0].y, 8)), <, 1e-9);
        }
      for (uint64_t variant = 0; variant < 3; variant++)
        {
          OrchardClaim claim;

          orchard_scene_claim (&scene, ORCHARD_CAPTION_WISH, variant, &claim);
          g_assert_true (orchard_claim_holds (&claim, &aligned));
        }
    }
}

static void
test_claims_and_near_misses (void)
{
  for (uint64_t index = 0; index < N_SCENES; index++)
    {
      OrchardScene scene;
      OrchardClaim claim, miss;

      orchard_scene_init (&scene, index % ORCHARD_N_SPLITS, index);
      orchard_scene_claim (&scene, index % 4 < 2 ? ORCHARD_CAPTION_SPARSE : index % 4 - 2, index,
                           &claim);
      g_assert_true (orchard_claim_holds (&claim, &scene));
      orchard_claim_near_miss (&claim, &scene, index, &miss);
      g_assert_false (orchard_claim_holds (&miss, &scene));
      g_assert_cmpint (orchard_claim_differences (&claim, &miss), ==, 1);
      if (scene.split == ORCHARD_SPLIT_TRAIN)
        for (int i = 0; i < miss.n_items; i++)
          g_assert_false (orchard_is_held_out (miss.items[i].thing, miss.items[i].look));

      g_autofree char *caption = orchard_claim_caption (&claim, index);
      g_autofree char *wrong = orchard_claim_caption (&miss, index);
      assert_good_english (caption);
      assert_good_english (wrong);
      g_assert_cmpstr (caption, !=, wrong);
    }
}

static void
test_paraphrases (void)
{
  const char *const expected[] = {
    "an armchair in the shape of an avocado",
    "an avocado armchair",
    "an armchair that looks like an avocado",
    "an armchair made of avocado",
    "a drawing of an avocado armchair",
  };
  OrchardClaim claim = {
    .n_items = 1,
    .items = { { 0, 0, ORCHARD_UNSAID, ORCHARD_UNSAID } },
    .relation = ORCHARD_UNSAID,
    .ground = ORCHARD_UNSAID,
  };
  g_autoptr (GHashTable) said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (uint64_t variant = 0; variant < 500; variant++)
    g_hash_table_add (said, orchard_claim_caption (&claim, variant));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_true (g_hash_table_contains (said, expected[i]));
}

/* Two things: what is said from one side is the same seen from the other. */
static void
test_relations (void)
{
  OrchardClaim claim = {
    .n_items = 2,
    .items = { { orchard_find_thing ("star"), orchard_find_look ("gold"), -1, -1 },
               { orchard_find_thing ("house"), orchard_find_look ("brick"), -1, -1 } },
    .relation = ORCHARD_LEFT,
    .ground = orchard_find_ground ("grass"),
  };
  g_autoptr (GHashTable) said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  OrchardScene scene = { .ground = claim.ground, .n_items = 2 };

  for (uint64_t variant = 0; variant < 2000; variant++)
    g_hash_table_add (said, orchard_claim_caption (&claim, variant));
  g_assert_true (g_hash_table_contains (said, "a gold star to the left of a brick house on the grass"));
  g_assert_true (g_hash_table_contains (said, "a brick house to the right of a gold star on the grass"));
  g_assert_false (g_hash_table_contains (said, "a gold star to the right of a brick house on the grass"));

  scene.items[0] = (OrchardItem) { .thing = claim.items[1].thing, .look = claim.items[1].look,
                                   .place = ORCHARD_RIGHT };
  scene.items[1] = (OrchardItem) { .thing = claim.items[0].thing, .look = claim.items[0].look,
                                   .place = ORCHARD_LEFT };
  g_assert_true (orchard_claim_holds (&claim, &scene));
  scene.items[0].place = ORCHARD_LEFT;
  scene.items[1].place = ORCHARD_RIGHT;
  g_assert_false (orchard_claim_holds (&claim, &scene));
}

static void
test_quiz (void)
{
  for (uint64_t index = 0; index < 60; index++)
    {
      OrchardScene scene;
      g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

      orchard_scene_init (&scene, index % 2 ? ORCHARD_SPLIT_TEST : ORCHARD_SPLIT_HELD_OUT, index);

      g_auto (GStrv) captions = orchard_quiz (&scene, 100, 33);
      g_auto (GStrv) again = orchard_quiz (&scene, 100, 33);
      g_assert_cmpint (g_strv_length (captions), ==, 100);
      g_assert_true (g_strv_equal ((const char *const *) captions, (const char *const *) again));
      for (char **caption = captions; *caption != NULL; caption++)
        g_assert_true (g_hash_table_add (seen, *caption));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/orchard/held-out-table", test_held_out_table);
  g_test_add_func ("/orchard/splits", test_splits);
  g_test_add_func ("/orchard/same-index-same-pixels", test_same_index_same_pixels);
  g_test_add_func ("/orchard/any-size", test_any_size);
  g_test_add_func ("/orchard/masks", test_masks);
  g_test_add_func ("/orchard/nothing-is-cut-off", test_nothing_is_cut_off);
  g_test_add_func ("/orchard/aligned", test_aligned);
  g_test_add_func ("/orchard/claims-and-near-misses", test_claims_and_near_misses);
  g_test_add_func ("/orchard/paraphrases", test_paraphrases);
  g_test_add_func ("/orchard/relations", test_relations);
  g_test_add_func ("/orchard/quiz", test_quiz);
  return g_test_run ();
}
