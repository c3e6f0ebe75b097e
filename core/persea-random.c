/* persea-random.c - random numbers that are the same on every machine
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Constants and rounds from section 3.3 of the paper.
 */
#include "config.h"

#include "persea-random.h"

#define PHILOX_ROUNDS 10
#define PHILOX_M0 0xd2511f53u
#define PHILOX_M1 0xcd9e8d57u
#define PHILOX_W0 0x9e3779b9u /* golden ratio */
#define PHILOX_W1 0xbb67ae85u /* sqrt (3) - 1 */

void
persea_philox (const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];

  for (unsigned round = 0; round < PHILOX_ROUNDS; round++)
    {
      uint64_t p0 = (uint64_t) PHILOX_M0 * c0;
      uint64_t p1 = (uint64_t) PHILOX_M1 * c2;

      c0 = (uint32_t) (p1 >> 32) ^ c1 ^ k0;
      c1 = (uint32_t) p1;
      c2 = (uint32_t) (p0 >> 32) ^ c3 ^ k1;
      c3 = (uint32_t) p0;
      k0 += PHILOX_W0;
      k1 += PHILOX_W1;
    }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

double
persea_random_uniform (uint64_t seed, uint64_t stream, uint64_t position)
{
  const uint32_t key[2] = { (uint32_t) seed, (uint32_t) (seed >> 32) };
  const uint32_t counter[4] = { (uint32_t) position, (uint32_t) (position >> 32),
                                (uint32_t) stream, (uint32_t) (stream >> 32) };
  uint32_t word[4];

  persea_philox (counter, key, word);
  return ((word[0] >> 5) * 67108864.0 + (word[1] >> 6)) / 9007199254740992.0;
}
