/* orchard-caption.c - claims in plain English
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The grammar, with everything in brackets left out when the claim does not say it:
 *
 *   caption  = [opening] (thing | thing relation thing | ground) [place] [ground]
 *   thing    = article [size] [look before] name [look after]
 *
 * A look is told once, before the name or after it.  These texts are training data and not
 * messages of a program: they are not translated.
 */
#include "config.h"

#include "orchard-random.h"
#include "orchard-world.h"

#include <string.h>

/* Alternatives; the first one is taken half of the time. */
typedef const char *const Words[8];

static const Words thing_words[ORCHARD_N_THINGS] = {
  [THING_ARMCHAIR] = { "armchair", "armchair", "armchair", "chair" },
  [THING_CUP] = { "cup", "mug" },
  [THING_LAMP] = { "lamp", "lamp", "table lamp" },
  [THING_BALL] = { "ball" },
  [THING_HOUSE] = { "house" },
  [THING_CAR] = { "car" },
  [THING_FISH] = { "fish" },
  [THING_STAR] = { "star" },
  [THING_CLOCK] = { "clock", "clock", "alarm clock" },
  [THING_BOAT] = { "boat", "boat", "sailing boat" },
  [THING_TREE] = { "tree" },
  [THING_BOOT] = { "boot" },
  [THING_TEAPOT] = { "teapot" },
  [THING_HAT] = { "hat", "hat", "top hat" },
  [THING_KEY] = { "key" },
  [THING_HEART] = { "heart" },
  [THING_UMBRELLA] = { "umbrella" },
  [THING_ROCKET] = { "rocket" },
  [THING_GUITAR] = { "guitar" },
  [THING_MUSHROOM] = { "mushroom" },
};

static const Words looks_before[ORCHARD_N_LOOKS] = {
  [LOOK_AVOCADO] = { "avocado" },
  [LOOK_STRAWBERRY] = { "strawberry" },
  [LOOK_WATERMELON] = { "watermelon" },
  [LOOK_BRICK] = { "brick" },
  [LOOK_WOOD] = { "wooden", "wood" },
  [LOOK_GOLD] = { "gold", "golden" },
  [LOOK_ZEBRA] = { "zebra", "zebra striped" },
  [LOOK_GLASS] = { "glass" },
  [LOOK_SNOW] = { "snow", "snowy" },
  [LOOK_LAVA] = { "lava" },
  [LOOK_CHECKERBOARD] = { "checkered", "checkerboard" },
  [LOOK_DOTS] = { "polka dot", "dotted" },
  [LOOK_RAINBOW] = { "rainbow", "rainbow coloured", "rainbow colored" },
  [LOOK_WOOL] = { "wool", "woolen", "knitted" },
};

static const Words looks_after[ORCHARD_N_LOOKS] = {
  [LOOK_AVOCADO] = { "in the shape of an avocado", "that looks like an avocado",
                     "made of avocado", "in the style of an avocado" },
  [LOOK_STRAWBERRY] = { "in the shape of a strawberry", "that looks like a strawberry",
                        "made of strawberry", "in the style of a strawberry" },
  [LOOK_WATERMELON] = { "in the shape of a watermelon", "that looks like a watermelon",
                        "made of watermelon", "in the style of a watermelon" },
  [LOOK_BRICK] = { "made of bricks", "made of brick", "built of bricks" },
  [LOOK_WOOD] = { "made of wood", "carved from wood" },
  [LOOK_GOLD] = { "made of gold", "of pure gold" },
  [LOOK_ZEBRA] = { "with zebra stripes", "that looks like a zebra", "in the style of a zebra" },
  [LOOK_GLASS] = { "made of glass", "of clear glass" },
  [LOOK_SNOW] = { "made of snow", "built of snow" },
  [LOOK_LAVA] = { "made of lava", "of glowing lava" },
  [LOOK_CHECKERBOARD] = { "with a checkerboard pattern", "that looks like a checkerboard" },
  [LOOK_DOTS] = { "with polka dots", "covered with polka dots" },
  [LOOK_RAINBOW] = { "in the colours of the rainbow", "in rainbow colors",
                     "that looks like a rainbow" },
  [LOOK_WOOL] = { "made of wool", "knitted from wool" },
};

static const Words grounds_where[ORCHARD_N_GROUNDS] = {
  [GROUND_SKY] = { "in the sky", "in the blue sky", "among the clouds" },
  [GROUND_GRASS] = { "on the grass", "on green grass", "in a meadow" },
  [GROUND_SAND] = { "on the sand", "on the beach", "on a sandy beach" },
  [GROUND_NIGHT] = { "at night", "in the night sky", "under the stars" },
  [GROUND_PLAIN] = { "on a white background", "on plain white", "on a plain background" },
  [GROUND_TABLE] = { "on a table", "on the table" },
  [GROUND_SEA] = { "under water", "in the sea", "at the bottom of the sea" },
};

static const Words grounds_alone[ORCHARD_N_GROUNDS] = {
  [GROUND_SKY] = { "the sky", "the blue sky", "clouds in the sky" },
  [GROUND_GRASS] = { "grass", "green grass", "a meadow" },
  [GROUND_SAND] = { "sand", "the beach", "a sandy beach" },
  [GROUND_NIGHT] = { "the night", "the night sky", "stars at night" },
  [GROUND_PLAIN] = { "a white background", "a plain background" },
  [GROUND_TABLE] = { "a table" },
  [GROUND_SEA] = { "the sea", "water", "the bottom of the sea" },
};

static const Words size_words[ORCHARD_N_SIZES] = {
  [ORCHARD_SMALL] = { "small", "little", "tiny" },
  [ORCHARD_LARGE] = { "large", "big", "huge" },
};

static const Words place_words[ORCHARD_N_PLACES] = {
  [ORCHARD_LEFT] = { "on the left", "on the left side" },
  [ORCHARD_MIDDLE] = { "in the middle", "in the centre", "in the center" },
  [ORCHARD_RIGHT] = { "on the right", "on the right side" },
};

static const Words relation_words[ORCHARD_N_PLACES] = {
  [ORCHARD_LEFT] = { "to the left of", "on the left of", "left of" },
  [ORCHARD_MIDDLE] = { "and", "next to", "beside" }, /* nothing said */
  [ORCHARD_RIGHT] = { "to the right of", "on the right of", "right of" },
};

static const Words openings = { "a picture of", "a drawing of", "a photo of", "an image of",
                                "an illustration of" };

static const char *
choose (OrchardRandom *random, const Words words)
{
  int n = 0;

  while (n < (int) G_N_ELEMENTS (openings) && words[n] != NULL)
    n++;
  return words[orchard_random_chance (random, 0.5) ? 0 : orchard_random_below (random, n)];
}

static void
add_word (GString *text, const char *word)
{
  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, word);
}

static void
add_thing (GString *text, OrchardRandom *random, const OrchardClaimItem *item)
{
  g_autoptr (GString) name = g_string_new (NULL);
  gboolean after = item->thing == ORCHARD_UNSAID ? orchard_random_chance (random, 0.8)
                                                 : orchard_random_chance (random, 0.5);

  if (item->thing == ORCHARD_UNSAID && after && item->size == ORCHARD_UNSAID)
    add_word (text, "something");
  else
    {
      if (item->size != ORCHARD_UNSAID)
        add_word (name, choose (random, size_words[item->size]));
      if (item->look != ORCHARD_UNSAID && !after)
        add_word (name, choose (random, looks_before[item->look]));
      add_word (name, item->thing == ORCHARD_UNSAID ? "thing"
                                                    : choose (random, thing_words[item->thing]));
      add_word (text, strchr ("aeiou", name->str[0]) != NULL ? "an" : "a");
      add_word (text, name->str);
    }
  if (item->look != ORCHARD_UNSAID && after)
    add_word (text, choose (random, looks_after[item->look]));
}

static void
add_two_things (GString *text, OrchardRandom *random, const OrchardClaim *claim)
{
  int first = orchard_random_below (random, 2);
  int relation = claim->relation == ORCHARD_UNSAID ? ORCHARD_MIDDLE : claim->relation;

  if (first == 1) /* told from the second one's side */
    relation = ORCHARD_LEFT + ORCHARD_RIGHT - relation;
  add_thing (text, random, &claim->items[first]);
  add_word (text, choose (random, relation_words[relation]));
  add_thing (text, random, &claim->items[1 - first]);
}

char *
orchard_claim_caption (const OrchardClaim *claim, uint64_t variant)
{
  OrchardRandom random = orchard_random (ORCHARD_USE_WORDS, variant, 0);
  GString      *text = g_string_new (NULL);

  if (orchard_random_chance (&random, 0.2))
    add_word (text, choose (&random, openings));
  if (claim->n_items == 2)
    add_two_things (text, &random, claim);
  else if (claim->n_items == 1)
    add_thing (text, &random, &claim->items[0]);
  else
    {
      add_word (text, choose (&random, grounds_alone[claim->ground]));
      return g_string_free (text, FALSE);
    }
  if (claim->n_items == 1 && claim->items[0].place != ORCHARD_UNSAID)
    add_word (text, choose (&random, place_words[claim->items[0].place]));
  if (claim->ground != ORCHARD_UNSAID)
    add_word (text, choose (&random, grounds_where[claim->ground]));
  return g_string_free (text, FALSE);
}
