/* orchard-world.c - the names of the Orchard, and the pairs that training never sees
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The order of the tables is the numbering used everywhere.
 */
#include "config.h"

#include "orchard-world.h"

#include <string.h>

static const char *const thing_names[ORCHARD_N_THINGS] = {
  [THING_ARMCHAIR] = "armchair", [THING_CUP] = "cup",
  [THING_LAMP] = "lamp",         [THING_BALL] = "ball",
  [THING_HOUSE] = "house",       [THING_CAR] = "car",
  [THING_FISH] = "fish",         [THING_STAR] = "star",
  [THING_CLOCK] = "clock",       [THING_BOAT] = "boat",
  [THING_TREE] = "tree",         [THING_BOOT] = "boot",
  [THING_TEAPOT] = "teapot",     [THING_HAT] = "hat",
  [THING_KEY] = "key",           [THING_HEART] = "heart",
  [THING_UMBRELLA] = "umbrella", [THING_ROCKET] = "rocket",
  [THING_GUITAR] = "guitar",     [THING_MUSHROOM] = "mushroom",
};

static const char *const look_names[ORCHARD_N_LOOKS] = {
  [LOOK_AVOCADO] = "avocado",           [LOOK_STRAWBERRY] = "strawberry",
  [LOOK_WATERMELON] = "watermelon",     [LOOK_BRICK] = "brick",
  [LOOK_WOOD] = "wood",                 [LOOK_GOLD] = "gold",
  [LOOK_ZEBRA] = "zebra",               [LOOK_GLASS] = "glass",
  [LOOK_SNOW] = "snow",                 [LOOK_LAVA] = "lava",
  [LOOK_CHECKERBOARD] = "checkerboard", [LOOK_DOTS] = "polka dots",
  [LOOK_RAINBOW] = "rainbow",           [LOOK_WOOL] = "wool",
};

static const char *const ground_names[ORCHARD_N_GROUNDS] = {
  [GROUND_SKY] = "sky",     [GROUND_GRASS] = "grass", [GROUND_SAND] = "sand",
  [GROUND_NIGHT] = "night", [GROUND_PLAIN] = "plain", [GROUND_TABLE] = "table",
  [GROUND_SEA] = "sea",
};

static const char *const size_names[ORCHARD_N_SIZES] = { "small", "large" };
static const char *const place_names[ORCHARD_N_PLACES] = { "left", "middle", "right" };
static const char *const split_names[ORCHARD_N_SPLITS] = { "train", "test", "heldout" };

/* At most two for each thing and each look, so that training sees every thing with at least
 * twelve looks and every look on at least eighteen things.
 */
static const struct
{
  int thing, look;
} held_out[ORCHARD_N_HELD_OUT] = {
  { THING_ARMCHAIR, LOOK_AVOCADO },     { THING_TEAPOT, LOOK_AVOCADO },
  { THING_LAMP, LOOK_STRAWBERRY },      { THING_UMBRELLA, LOOK_STRAWBERRY },
  { THING_BOAT, LOOK_WATERMELON },      { THING_CAR, LOOK_WATERMELON },
  { THING_BOOT, LOOK_BRICK },           { THING_STAR, LOOK_BRICK },
  { THING_BALL, LOOK_WOOD },            { THING_FISH, LOOK_WOOD },
  { THING_TREE, LOOK_GOLD },            { THING_MUSHROOM, LOOK_GOLD },
  { THING_HEART, LOOK_ZEBRA },          { THING_ROCKET, LOOK_ZEBRA },
  { THING_HOUSE, LOOK_GLASS },          { THING_GUITAR, LOOK_GLASS },
  { THING_CLOCK, LOOK_SNOW },           { THING_KEY, LOOK_LAVA },
  { THING_HAT, LOOK_LAVA },             { THING_CUP, LOOK_CHECKERBOARD },
  { THING_BOAT, LOOK_DOTS },            { THING_FISH, LOOK_RAINBOW },
  { THING_STAR, LOOK_WOOL },            { THING_CUP, LOOK_WOOL },
};

const char *
orchard_thing_name (int thing)
{
  g_return_val_if_fail (thing >= 0 && thing < ORCHARD_N_THINGS, NULL);

  return thing_names[thing];
}

const char *
orchard_look_name (int look)
{
  g_return_val_if_fail (look >= 0 && look < ORCHARD_N_LOOKS, NULL);

  return look_names[look];
}

const char *
orchard_ground_name (int ground)
{
  g_return_val_if_fail (ground >= 0 && ground < ORCHARD_N_GROUNDS, NULL);

  return ground_names[ground];
}

const char *
orchard_size_name (int size)
{
  g_return_val_if_fail (size >= 0 && size < ORCHARD_N_SIZES, NULL);

  return size_names[size];
}

const char *
orchard_place_name (int place)
{
  g_return_val_if_fail (place >= 0 && place < ORCHARD_N_PLACES, NULL);

  return place_names[place];
}

const char *
orchard_split_name (OrchardSplit split)
{
  g_return_val_if_fail (split < ORCHARD_N_SPLITS, NULL);

  return split_names[split];
}

static int
find_name (const char *const *names, int n_names, const char *name)
{
  for (int i = 0; i < n_names; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

int
orchard_find_thing (const char *name)
{
  return find_name (thing_names, ORCHARD_N_THINGS, name);
}

int
orchard_find_look (const char *name)
{
  return find_name (look_names, ORCHARD_N_LOOKS, name);
}

int
orchard_find_ground (const char *name)
{
  return find_name (ground_names, ORCHARD_N_GROUNDS, name);
}

gboolean
orchard_is_held_out (int thing, int look)
{
  for (int i = 0; i < ORCHARD_N_HELD_OUT; i++)
    if (held_out[i].thing == thing && held_out[i].look == look)
      return TRUE;
  return FALSE;
}

void
orchard_held_out_pair (int number, int *thing, int *look)
{
  g_return_if_fail (number >= 0 && number < ORCHARD_N_HELD_OUT);

  *thing = held_out[number].thing;
  *look = held_out[number].look;
}
