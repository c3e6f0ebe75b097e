/* orchard-claim.c - what can be said of a scene, and what would be wrong
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-random.h"
#include "orchard-world.h"

#include <string.h>

enum
{
  MEMBERS_PER_ITEM = 4,
  N_MEMBERS = ORCHARD_MAX_ITEMS * MEMBERS_PER_ITEM + 2,
};

static const OrchardClaimItem nothing
  = { ORCHARD_UNSAID, ORCHARD_UNSAID, ORCHARD_UNSAID, ORCHARD_UNSAID };

/* A claim's members by number, with the number of values that each can have; NULL for those of
 * items that the claim does not have.
 */
static int *
claim_member (OrchardClaim *claim, int number, int *n_values)
{
  static const int n_item_values[MEMBERS_PER_ITEM]
    = { ORCHARD_N_THINGS, ORCHARD_N_LOOKS, ORCHARD_N_SIZES, ORCHARD_N_PLACES };

  if (number == N_MEMBERS - 2)
    {
      *n_values = ORCHARD_N_GROUNDS;
      return &claim->ground;
    }
  if (number == N_MEMBERS - 1)
    {
      *n_values = ORCHARD_N_PLACES;
      return &claim->relation;
    }
  if (number / MEMBERS_PER_ITEM >= claim->n_items)
    return NULL;

  OrchardClaimItem *item = &claim->items[number / MEMBERS_PER_ITEM];
  int *const members[MEMBERS_PER_ITEM] = { &item->thing, &item->look, &item->size, &item->place };

  *n_values = n_item_values[number % MEMBERS_PER_ITEM];
  return members[number % MEMBERS_PER_ITEM];
}

static int
say (OrchardRandom *random, double probability, int value)
{
  return orchard_random_chance (random, probability) ? value : ORCHARD_UNSAID;
}

static void
claim_fully (const OrchardScene *scene, OrchardClaim *claim)
{
  claim->n_items = scene->n_items;
  claim->ground = scene->ground;
  for (int i = 0; i < scene->n_items; i++)
    {
      const OrchardItem *item = &scene->items[i];

      claim->items[i] = (OrchardClaimItem) { item->thing, item->look, item->size, item->place };
    }
  if (scene->n_items == 2)
    {
      claim->relation = scene->items[0].place;
      claim->items[0].place = claim->items[1].place = ORCHARD_UNSAID;
    }
}

static void
claim_usually (const OrchardScene *scene, OrchardRandom *random, OrchardClaim *claim)
{
  gboolean alone = scene->n_items == 1;

  claim_fully (scene, claim);
  claim->ground = say (random, 0.65, claim->ground);
  claim->relation = say (random, 0.75, claim->relation);
  for (int i = 0; i < claim->n_items; i++)
    {
      claim->items[i].size = say (random, alone ? 0.5 : 0.35, claim->items[i].size);
      claim->items[i].place = say (random, 0.5, claim->items[i].place);
    }
}

static void
claim_sparsely (const OrchardScene *scene, OrchardRandom *random, OrchardClaim *claim)
{
  const OrchardItem *item = &scene->items[orchard_random_below (random, scene->n_items)];
  int                kind = orchard_random_below (random, 10);

  claim->n_items = kind == 0 ? 0 : 1;
  claim->ground = say (random, kind == 0 ? 1 : 0.2, scene->ground);
  if (kind >= 4 || (kind >= 1 && kind <= 2))
    claim->items[0].thing = item->thing;
  if (kind >= 3)
    claim->items[0].look = item->look;
  if (kind == 2 || kind >= 8)
    {
      claim->items[0].size = say (random, 0.5, item->size);
      claim->items[0].place = say (random, 0.5, item->place);
    }
}

static void
claim_as_wish (const OrchardScene *scene, OrchardRandom *random, OrchardClaim *claim)
{
  claim_fully (scene, claim);
  claim->ground = say (random, scene->ground == GROUND_PLAIN ? 0.4 : 1, claim->ground);
  for (int i = 0; i < claim->n_items; i++)
    {
      OrchardClaimItem *item = &claim->items[i];

      item->look = say (random, 0.93, item->look);
      item->size = say (random, item->size == ORCHARD_LARGE ? 0.35 : 0.9, item->size);
      item->place = say (random, item->place == ORCHARD_MIDDLE ? 0.25 : 0.85, item->place);
    }
}

void
orchard_scene_claim (const OrchardScene *scene,
                     OrchardCaptionStyle style,
                     uint64_t            variant,
                     OrchardClaim       *claim)
{
  OrchardRandom random = orchard_random (ORCHARD_USE_CLAIM + 100 * scene->split, scene->index,
                                         variant);

  *claim = (OrchardClaim) {
    .items = { nothing, nothing },
    .relation = ORCHARD_UNSAID,
    .ground = ORCHARD_UNSAID,
  };
  switch (style)
    {
    case ORCHARD_CAPTION_FULL:
      claim_fully (scene, claim);
      break;
    case ORCHARD_CAPTION_USUAL:
      claim_usually (scene, &random, claim);
      break;
    case ORCHARD_CAPTION_SPARSE:
      claim_sparsely (scene, &random, claim);
      break;
    case ORCHARD_CAPTION_WISH:
      claim_as_wish (scene, &random, claim);
      break;
    }
}

static gboolean
agrees (int said, int value)
{
  return said == ORCHARD_UNSAID || said == value;
}

static gboolean
item_agrees (const OrchardClaimItem *said, const OrchardItem *item)
{
  return agrees (said->thing, item->thing) && agrees (said->look, item->look)
         && agrees (said->size, item->size) && agrees (said->place, item->place);
}

gboolean
orchard_claim_holds (const OrchardClaim *claim, const OrchardScene *scene)
{
  if (!agrees (claim->ground, scene->ground) || claim->n_items > scene->n_items)
    return FALSE;
  if (claim->n_items == 0)
    return TRUE;

  for (int first = 0; first < scene->n_items; first++)
    {
      const OrchardItem *item = &scene->items[first];

      if (!item_agrees (&claim->items[0], item))
        continue;
      if (claim->n_items == 1)
        return TRUE;
      if (item_agrees (&claim->items[1], &scene->items[1 - first])
          && agrees (claim->relation, item->place))
        return TRUE;
    }
  return FALSE;
}

static gboolean
names_held_out (const OrchardClaim *claim)
{
  for (int i = 0; i < claim->n_items; i++)
    if (orchard_is_held_out (claim->items[i].thing, claim->items[i].look))
      return TRUE;
  return FALSE;
}

/* Every claim says a thing, a look or a ground, and each of these has values that no member of
 * the scene has, so the search ends.
 */
void
orchard_claim_near_miss (const OrchardClaim *claim,
                         const OrchardScene *scene,
                         uint64_t            variant,
                         OrchardClaim       *miss)
{
  OrchardRandom random = orchard_random (ORCHARD_USE_MISS + 100 * scene->split, scene->index,
                                         variant);

  g_return_if_fail (orchard_claim_holds (claim, scene));

  do
    {
      int  number = orchard_random_below (&random, N_MEMBERS);
      int  n_values;
      int *member;

      *miss = *claim;
      member = claim_member (miss, number, &n_values);
      if (member == NULL || *member == ORCHARD_UNSAID)
        continue;
      if (member == &miss->relation)
        *member = ORCHARD_LEFT + ORCHARD_RIGHT - *member;
      else
        *member = (*member + 1 + orchard_random_below (&random, n_values - 1)) % n_values;
    }
  while (orchard_claim_holds (miss, scene)
         || (scene->split == ORCHARD_SPLIT_TRAIN && names_held_out (miss)));
}

int
orchard_claim_differences (const OrchardClaim *a, const OrchardClaim *b)
{
  OrchardClaim copy_a = *a;
  OrchardClaim copy_b = *b;
  int          n = a->n_items != b->n_items;

  for (int i = 0; i < N_MEMBERS; i++)
    {
      int  n_values;
      int *member_a = claim_member (&copy_a, i, &n_values);
      int *member_b = claim_member (&copy_b, i, &n_values);

      n += (member_a == NULL) != (member_b == NULL)
           || (member_a != NULL && *member_a != *member_b);
    }
  return n;
}

typedef struct
{
  GPtrArray  *captions;
  GHashTable *seen; /* owned by captions */
  GArray     *claims;
} Quiz;

/* Takes a caption unless the quiz has one that says the same, or in the same words. */
static void
quiz_add (Quiz *quiz, const OrchardClaim *claim, uint64_t variant)
{
  g_autofree char *caption = orchard_claim_caption (claim, variant);

  if (g_hash_table_contains (quiz->seen, caption))
    return;
  for (guint i = 0; i < quiz->claims->len; i++)
    if (orchard_claim_differences (&g_array_index (quiz->claims, OrchardClaim, i), claim) == 0)
      return;
  g_array_append_val (quiz->claims, *claim);
  g_hash_table_add (quiz->seen, caption);
  g_ptr_array_add (quiz->captions, g_steal_pointer (&caption));
}

char **
orchard_quiz (const OrchardScene *scene, int n, int n_near)
{
  g_return_val_if_fail (n >= 2 && n <= 1000, NULL);
  g_return_val_if_fail (n_near >= 0 && n_near < n, NULL);

  OrchardRandom random = orchard_random (ORCHARD_USE_QUIZ + 100 * scene->split, scene->index, n);
  OrchardClaim  truth;
  Quiz          quiz = {
    g_ptr_array_new (),
    g_hash_table_new (g_str_hash, g_str_equal),
    g_array_new (FALSE, FALSE, sizeof (OrchardClaim)),
  };

  orchard_scene_claim (scene, ORCHARD_CAPTION_USUAL, orchard_random_next (&random), &truth);
  quiz_add (&quiz, &truth, orchard_random_next (&random));
  for (int attempt = 0; attempt < 40 * n_near && (int) quiz.captions->len <= n_near; attempt++)
    {
      OrchardClaim miss;

      orchard_claim_near_miss (&truth, scene, orchard_random_next (&random), &miss);
      quiz_add (&quiz, &miss, orchard_random_next (&random));
    }
  while ((int) quiz.captions->len < n)
    {
      OrchardScene other;
      OrchardClaim claim;
      OrchardSplit split = orchard_random_chance (&random, 0.2) ? ORCHARD_SPLIT_HELD_OUT
                                                                : ORCHARD_SPLIT_TEST;

      orchard_scene_init (&other, split, orchard_random_next (&random));
      orchard_scene_claim (&other, ORCHARD_CAPTION_USUAL, 0, &claim);
      if (!orchard_claim_holds (&claim, scene))
        quiz_add (&quiz, &claim, orchard_random_next (&random));
    }
  g_ptr_array_add (quiz.captions, NULL);
  g_hash_table_unref (quiz.seen);
  g_array_unref (quiz.claims);
  return (char **) g_ptr_array_free (quiz.captions, FALSE);
}
