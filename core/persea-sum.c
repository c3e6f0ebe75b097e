/* persea-sum.c - a quick sum over memory
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-sum.h"

#include <string.h>

/* Four sums side by side, so that the loop does not wait for its multiplications. */
uint64_t
persea_sum_add (uint64_t sum, const void *data, size_t size)
{
  const uint8_t *bytes = data;
  uint64_t sums[4] = { sum + 1, sum + 2, sum + 3, sum + 4 };
  size_t i = 0;

  for (; i + 32 <= size; i += 32)
    for (size_t lane = 0; lane < 4; lane++)
      {
        uint64_t word;

        memcpy (&word, bytes + i + 8 * lane, 8);
        sums[lane] = (sums[lane] ^ word) * 0x9e3779b97f4a7c15u;
        sums[lane] ^= sums[lane] >> 32;
      }
  for (; i < size; i++)
    sums[0] = (sums[0] ^ bytes[i]) * 0x100000001b3u;
  return sums[0] ^ (sums[1] << 1) ^ (sums[2] << 2) ^ (sums[3] << 3);
}
