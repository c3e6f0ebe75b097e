/* orchard-world.h - numbers of the things, looks and grounds, for the Orchard's own files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#pragma once

#include "orchard.h"

enum
{
  THING_ARMCHAIR,
  THING_CUP,
  THING_LAMP,
  THING_BALL,
  THING_HOUSE,
  THING_CAR,
  THING_FISH,
  THING_STAR,
  THING_CLOCK,
  THING_BOAT,
  THING_TREE,
  THING_BOOT,
  THING_TEAPOT,
  THING_HAT,
  THING_KEY,
  THING_HEART,
  THING_UMBRELLA,
  THING_ROCKET,
  THING_GUITAR,
  THING_MUSHROOM,
};

enum
{
  LOOK_AVOCADO,
  LOOK_STRAWBERRY,
  LOOK_WATERMELON,
  LOOK_BRICK,
  LOOK_WOOD,
  LOOK_GOLD,
  LOOK_ZEBRA,
  LOOK_GLASS,
  LOOK_SNOW,
  LOOK_LAVA,
  LOOK_CHECKERBOARD,
  LOOK_DOTS,
  LOOK_RAINBOW,
  LOOK_WOOL,
};

enum
{
  GROUND_SKY,
  GROUND_GRASS,
  GROUND_SAND,
  GROUND_NIGHT,
  GROUND_PLAIN,
  GROUND_TABLE,
  GROUND_SEA,
};

/* What a stream of random numbers is for; first argument of orchard_random() */
enum
{
  ORCHARD_USE_SCENE = 1, /* + split */
  ORCHARD_USE_CLAIM = 10,
  ORCHARD_USE_MISS,
  ORCHARD_USE_WORDS,
  ORCHARD_USE_QUIZ,
  ORCHARD_USE_GROUND,
  ORCHARD_USE_ORDER,
  ORCHARD_USE_ALIGN, /* + split */
  ORCHARD_USE_BACKDROP = ORCHARD_USE_ALIGN + ORCHARD_N_SPLITS,
};
