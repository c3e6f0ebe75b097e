/* orchard-forms.c - where each thing begins, where it stands, where its stone is
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "orchard-pen.h"
#include "orchard-world.h"

static const OrchardForm forms[ORCHARD_N_THINGS] = {
  /* sketch, top, bottom, reach, stone x, y, radius */
  [THING_ARMCHAIR] = { orchard_sketch_armchair, -0.92, 1.00, 0.98, 0.00, -0.38, 0.27 },
  [THING_CUP] = { orchard_sketch_cup, -0.86, 0.92, 0.95, -0.15, 0.12, 0.31 },
  [THING_LAMP] = { orchard_sketch_lamp, -0.98, 0.98, 0.78, 0.00, -0.36, 0.26 },
  [THING_BALL] = { orchard_sketch_ball, -0.90, 0.90, 0.90, 0.00, 0.00, 0.36 },
  [THING_HOUSE] = { orchard_sketch_house, -0.98, 0.98, 0.98, 0.00, -0.40, 0.22 },
  [THING_CAR] = { orchard_sketch_car, -0.62, 0.66, 0.99, 0.00, 0.16, 0.17 },
  [THING_FISH] = { orchard_sketch_fish, -0.72, 0.66, 0.99, 0.02, 0.06, 0.26 },
  [THING_STAR] = { orchard_sketch_star, -0.95, 0.82, 0.95, 0.00, 0.05, 0.27 },
  [THING_CLOCK] = { orchard_sketch_clock, -0.95, 0.98, 0.82, 0.00, 0.12, 0.24 },
  [THING_BOAT] = { orchard_sketch_boat, -0.98, 0.94, 0.95, 0.33, 0.04, 0.17 },
  [THING_TREE] = { orchard_sketch_tree, -0.98, 0.98, 0.86, 0.00, -0.32, 0.28 },
  [THING_BOOT] = { orchard_sketch_boot, -0.95, 0.92, 0.86, -0.20, 0.22, 0.22 },
  [THING_TEAPOT] = { orchard_sketch_teapot, -0.80, 0.84, 0.99, -0.03, 0.20, 0.27 },
  [THING_HAT] = { orchard_sketch_hat, -0.86, 0.82, 0.98, 0.00, -0.20, 0.25 },
  [THING_KEY] = { orchard_sketch_key, -0.52, 0.52, 0.98, -0.30, 0.00, 0.16 },
  [THING_HEART] = { orchard_sketch_heart, -0.80, 0.92, 0.95, 0.00, -0.04, 0.31 },
  [THING_UMBRELLA] = { orchard_sketch_umbrella, -0.98, 0.98, 0.97, 0.00, -0.45, 0.22 },
  [THING_ROCKET] = { orchard_sketch_rocket, -0.99, 0.94, 0.72, 0.00, 0.25, 0.20 },
  [THING_GUITAR] = { orchard_sketch_guitar, -0.99, 0.98, 0.56, 0.00, 0.66, 0.19 },
  [THING_MUSHROOM] = { orchard_sketch_mushroom, -0.84, 0.92, 0.95, 0.00, -0.32, 0.27 },
};

const OrchardForm *
orchard_form (int thing)
{
  g_return_val_if_fail (thing >= 0 && thing < ORCHARD_N_THINGS, &forms[0]);

  return &forms[thing];
}
