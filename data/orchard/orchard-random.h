/* orchard-random.h - random numbers that are the same everywhere
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * SplitMix64 (Steele, Lea, Flood 2014: Fast Splittable Pseudorandom Number Generators).  A
 * generator is made for one use from up to three numbers, so that what one part of a picture
 * draws never moves another part.
 */
#pragma once

#include <stdint.h>

typedef struct
{
  uint64_t state;
} OrchardRandom;

static inline uint64_t
orchard_mix (uint64_t value)
{
  value = (value ^ (value >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C (0x94d049bb133111eb);
  return value ^ (value >> 31);
}

static inline OrchardRandom
orchard_random (uint64_t use, uint64_t a, uint64_t b)
{
  uint64_t state = orchard_mix (use + UINT64_C (0x9e3779b97f4a7c15));

  state = orchard_mix (state ^ (a + UINT64_C (0x632be59bd9b4e019)));
  state = orchard_mix (state ^ (b + UINT64_C (0xd1342543de82ef95)));
  return (OrchardRandom) { state };
}

static inline uint64_t
orchard_random_next (OrchardRandom *random)
{
  random->state += UINT64_C (0x9e3779b97f4a7c15);
  return orchard_mix (random->state);
}

/* 0 … n - 1; n is small, so the bias of at most n / 2^32 does not matter */
static inline int
orchard_random_below (OrchardRandom *random, int n)
{
  return (int) (((orchard_random_next (random) >> 32) * (uint64_t) n) >> 32);
}

static inline double
orchard_random_between (OrchardRandom *random, double low, double high)
{
  return low + (high - low) * (double) (orchard_random_next (random) >> 11) * 0x1p-53;
}

static inline int
orchard_random_chance (OrchardRandom *random, double probability)
{
  return orchard_random_between (random, 0, 1) < probability;
}
