/* measure.cl - reading as fast as the memory gives
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each work-item sums @n vectors of 16 floats; the sums are written so that nothing can be left
 * out.  read_by_items: items read one behind the other, one run each (CPUs);
 * read_by_groups: the items of a group read side by side (GPUs).
 */

static inline float
sum16 (float16 x)
{
  float8 y = x.lo + x.hi;
  float4 z = y.lo + y.hi;

  return z.x + z.y + z.z + z.w;
}

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
read_by_items (global float *sums, ulong sums_offset,
               global const float *data, ulong data_offset, int n)
{
  size_t item = get_global_id (0);
  float16 total[4] = { (float16) (0.0f), (float16) (0.0f), (float16) (0.0f), (float16) (0.0f) };

  data += data_offset + item * n * 16;
  for (int i = 0; i < n; i += 4)
    for (int j = 0; j < 4; j++)
      total[j] += vload16 (i + j, data);
  sums[sums_offset + item] = sum16 (total[0] + total[1] + total[2] + total[3]);
}

__attribute__ ((reqd_work_group_size (64, 1, 1))) kernel void
read_by_groups (global float *sums, ulong sums_offset,
                global const float *data, ulong data_offset, int n)
{
  size_t group = get_group_id (0);
  float16 total = (float16) (0.0f);

  data += data_offset + group * n * 64 * 16;
  for (int i = 0; i < n; i++)
    for (int part = 0; part < 4; part++)
      {
        float4 x = vload4 ((size_t) (i * 4 + part) * 64 + get_local_id (0), data);
        total.lo.lo += x;
      }
  sums[sums_offset + get_global_id (0)] = sum16 (total);
}
