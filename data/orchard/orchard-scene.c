/* orchard-scene.c - which scene has which number
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Three of four scenes have one thing, the others have two side by side.  Two things of one
 * scene differ in kind and in look, so that a caption always tells them apart.
 */
#include "config.h"

#include "orchard-grounds.h"
#include "orchard-pen.h"
#include "orchard-world.h"

#include <math.h>

static const double two_things = 0.25; /* share of the scenes */

/* Things keep this far from the border (128ths), upright; a tilt takes some of it. */
static const double margin = 4;

/* side of what a code stands for */
enum { GRID = 8 };

static void
choose_pair (OrchardRandom *random, OrchardItem *item, gboolean held_out)
{
  if (held_out)
    {
      orchard_held_out_pair (orchard_random_below (random, ORCHARD_N_HELD_OUT), &item->thing,
                             &item->look);
      return;
    }
  do
    {
      item->thing = orchard_random_below (random, ORCHARD_N_THINGS);
      item->look = orchard_random_below (random, ORCHARD_N_LOOKS);
    }
  while (orchard_is_held_out (item->thing, item->look));
}

static double
choose_half (OrchardRandom *random, const OrchardScene *scene, const OrchardItem *item)
{
  if (scene->n_items == 2)
    return item->size == ORCHARD_LARGE ? orchard_random_between (random, 27.5, 30)
                                       : orchard_random_between (random, 16, 18);
  if (item->size == ORCHARD_SMALL)
    return orchard_random_between (random, 18, 22);
  return item->place == ORCHARD_MIDDLE ? orchard_random_between (random, 38, 46)
                                       : orchard_random_between (random, 36, 40);
}

static double
choose_x (OrchardRandom *random, const OrchardScene *scene, const OrchardItem *item)
{
  double shift = scene->n_items == 2 ? 31 : item->size == ORCHARD_LARGE ? 23 : 36;
  double jitter = orchard_random_between (random, -3, 3);

  return 64 + (item->place - ORCHARD_MIDDLE) * shift + jitter;
}

static double
choose_y (OrchardRandom *random, const OrchardScene *scene, const OrchardItem *item)
{
  const OrchardForm *form = orchard_form (item->thing);
  gboolean           large_alone = item->half > 32;
  double             y;

  if (orchard_ground (scene->ground)->has_floor)
    y = (large_alone ? orchard_random_between (random, 103, 114)
                     : orchard_random_between (random, 90, 108)) - form->bottom * item->half;
  else
    y = large_alone ? orchard_random_between (random, 58, 70)
                    : orchard_random_between (random, 42, 86);
  return CLAMP (y, margin - form->top * item->half, 128 - margin - form->bottom * item->half);
}

static void
place_item (OrchardRandom *random, const OrchardScene *scene, OrchardItem *item)
{
  const OrchardForm *form = orchard_form (item->thing);

  item->half = choose_half (random, scene, item);
  item->x = choose_x (random, scene, item);
  item->y = choose_y (random, scene, item);
  item->tilt = orchard_random_between (random, -0.05, 0.05);
  item->x = CLAMP (item->x, margin + form->reach * item->half, 128 - margin - form->reach * item->half);
}

void
orchard_scene_init (OrchardScene *scene, OrchardSplit split, uint64_t index)
{
  g_return_if_fail (split < ORCHARD_N_SPLITS);

  OrchardRandom random = orchard_random (ORCHARD_USE_SCENE, split, index);

  *scene = (OrchardScene) { .split = split, .index = index, .backdrop = -1 };
  scene->ground = orchard_random_below (&random, ORCHARD_N_GROUNDS);
  scene->n_items = orchard_random_chance (&random, two_things) ? 2 : 1;
  choose_pair (&random, &scene->items[0], split == ORCHARD_SPLIT_HELD_OUT);
  do
    choose_pair (&random, &scene->items[1], FALSE);
  while (scene->items[1].thing == scene->items[0].thing
         || scene->items[1].look == scene->items[0].look);

  if (scene->n_items == 2)
    {
      gboolean swapped = orchard_random_chance (&random, 0.5);

      scene->items[0].place = swapped ? ORCHARD_RIGHT : ORCHARD_LEFT;
      scene->items[1].place = swapped ? ORCHARD_LEFT : ORCHARD_RIGHT;
    }
  else
    scene->items[0].place = orchard_random_below (&random, ORCHARD_N_PLACES);
  for (int i = 0; i < scene->n_items; i++)
    {
      scene->items[i].size = orchard_random_below (&random, ORCHARD_N_SIZES);
      place_item (&random, scene, &scene->items[i]);
    }
}

/* Sizes and places are among those of place_item (), and the same for all things: then the same
 * outlines meet the grid of codes in the same way again and again. */
static void
align_item (OrchardRandom *random, const OrchardScene *scene, OrchardItem *item)
{
  const OrchardForm *form = orchard_form (item->thing);
  gboolean      large_alone = scene->n_items == 1 && item->size == ORCHARD_LARGE;
  int           sideways = item->place - ORCHARD_MIDDLE;
  double        floor;

  if (item->size == ORCHARD_SMALL)
    item->half = 20;
  else if (scene->n_items == 2)
    item->half = 28;
  else
    item->half = sideways == 0 ? 44 : 36;
  item->x = 64 + sideways * (large_alone ? 24 : 32);
  if (sideways == 0)
    item->x += GRID * (orchard_random_below (random, 3) - 1);
  floor = large_alone ? 112 : 104 - GRID * orchard_random_below (random, 2);
  item->y = floor - form->bottom * item->half;
  if (!orchard_ground (scene->ground)->has_floor)
    {
      item->y -= GRID * round ((item->y - 64) / GRID);
      if (!large_alone)
        item->y += GRID * (orchard_random_below (random, 4) - 2);
    }
  item->tilt = 0;
}

void
orchard_scene_align (OrchardScene *scene)
{
  OrchardRandom random = orchard_random (ORCHARD_USE_ALIGN + scene->split, scene->index, 0);

  for (int i = 0; i < scene->n_items; i++)
    align_item (&random, scene, &scene->items[i]);
  scene->backdrop = orchard_random_below (&random, ORCHARD_N_BACKDROPS);
}

void
orchard_scene_init_single (OrchardScene *scene,
                           int           thing,
                           int           look,
                           int           ground,
                           OrchardSize   size,
                           OrchardPlace  place,
                           uint64_t      variant)
{
  g_return_if_fail (thing >= 0 && thing < ORCHARD_N_THINGS);
  g_return_if_fail (look >= 0 && look < ORCHARD_N_LOOKS);
  g_return_if_fail (ground >= 0 && ground < ORCHARD_N_GROUNDS);

  OrchardRandom random = orchard_random (ORCHARD_USE_ORDER, variant, 0);

  *scene = (OrchardScene) {
    .split = orchard_is_held_out (thing, look) ? ORCHARD_SPLIT_HELD_OUT : ORCHARD_SPLIT_TEST,
    .index = orchard_random_next (&random),
    .backdrop = -1,
    .ground = ground,
    .n_items = 1,
    .items = { { .thing = thing, .look = look, .size = size, .place = place } },
  };
  place_item (&random, scene, &scene->items[0]);
}
