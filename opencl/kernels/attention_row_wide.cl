/* attention_row_wide.cl - attention of a query or two, as fast as keys and values are read, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formula, shapes and types are those of attention.cl.  A work-item makes the queries of one head
 * of one sequence, one after another.  Keys come in blocks of 16: their products with the query are
 * kept apart by lane, and 16 such vectors are added across into one of 16 scores.  Where a block
 * raises the maximum, what was summed before is brought to it.
 *
 * -DHEAD_VECTORS=ceil (head_dim / 16).  Global size [heads, sequences].
 */
#include "pack_wide.clh"

#ifndef HEAD_VECTORS
#define HEAD_VECTORS 4
#endif

#define KEYS 16 /* in a block */

typedef struct
{
  global const void *data;
  ulong start; /* of the first key's part of this head */
  int stride;
  int head_stride;
  int n;
} Rows;

typedef struct
{
  float16 out[HEAD_VECTORS];
  float16 sum;
  float maximum;
} State;

/* lanes of a and b in turns, each added to the one 8 further on: half the way across */
static inline float16
add_across (float16 a, float16 b)
{
  return interleave_low (a, b) + interleave_high (a, b);
}

/* vector @part of row @i, or of the last one; the same of the next head is asked for */
static inline float16
rows_read (const Rows *rows, int i, int part, int head_dim)
{
  ulong row = rows->start + (ulong) min (i, rows->n - 1) * rows->stride;

  prefetch_line (rows->data, (row + rows->head_stride + 16 * part)
                               * (X_TYPE == F32 ? 4 : 2));
  return read_rest (rows->data, row, 16 * part, head_dim);
}

static inline float16
multiply_key (const float16 *query, const Rows *keys, int i, int head_dim)
{
  float16 sum = query[0] * rows_read (keys, i, 0, head_dim);

#pragma unroll
  for (int part = 1; part < HEAD_VECTORS; part++)
    sum = fma (query[part], rows_read (keys, i, part, head_dim), sum);
  return sum;
}

/* of the keys from @key0 on; -infinity behind the last one */
static inline float16
score_keys (const float16 *query, const Rows *keys, int key0, int head_dim)
{
  const int16 lane = (int16) (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  float16 s[KEYS / 2];

#pragma unroll
  for (int i = 0; i < 8; i++)
    s[i] = add_across (multiply_key (query, keys, key0 + i, head_dim),
                       multiply_key (query, keys, key0 + i + 8, head_dim));
#pragma unroll
  for (int i = 0; i < 4; i++)
    s[i] = add_across (s[i], s[i + 4]);
  s[0] = add_across (s[0], s[2]);
  s[1] = add_across (s[1], s[3]);
  return select ((float16) (-INFINITY), add_across (s[0], s[1]), lane < keys->n - key0);
}

static inline void
state_add (State *state, float16 scores, const Rows *values, int key0, int head_dim)
{
  float p[KEYS];
  float maximum = highest16 (scores);
  int n = min (KEYS, values->n - key0);

  if (maximum > state->maximum)
    {
      float16 correction = exp16_unchecked ((float16) (state->maximum - maximum));

      state->maximum = maximum;
      state->sum *= correction;
#pragma unroll
      for (int part = 0; part < HEAD_VECTORS; part++)
        state->out[part] *= correction;
    }

  float16 weights = exp16_unchecked (scores - state->maximum);
  state->sum += weights;
  vstore16 (weights, 0, p);
  for (int i = 0; i < n; i++)
#pragma unroll
    for (int part = 0; part < HEAD_VECTORS; part++)
      state->out[part] = fma ((float16) (p[i]), rows_read (values, key0 + i, part, head_dim),
                              state->out[part]);
}

static inline void
state_write (const State *state, global void *y, ulong start, int y_type, int head_dim)
{
  float total = total16 (state->sum);
  float scale = total > 0.0f ? 1.0f / total : 0.0f;

#pragma unroll
  for (int part = 0; part < HEAD_VECTORS; part++)
    {
      float16 value = state->out[part] * scale;
      float values[16];

      if (16 * part + 16 <= head_dim)
        {
          write16 (y, start + 16 * part, y_type, value);
          continue;
        }
      vstore16 (value, 0, values);
      for (int i = 0; 16 * part + i < head_dim; i++)
        write_element (y, start + 16 * part + i, y_type, values[i]);
    }
}

__attribute__ ((reqd_work_group_size (1, 1, 1))) kernel void
attention (global void *y, ulong y_offset, int y_type,
           global const void *q, ulong q_offset,
           global const void *k, ulong k_offset,
           global const void *v, ulong v_offset,
           global const int *q_offsets, ulong q_offsets_offset,
           global const int *k_offsets, ulong k_offsets_offset,
           global const int *k_lengths, ulong k_lengths_offset,
           int q_stride, int k_stride, int v_stride, int k_head_stride, int v_head_stride,
           int head_dim, float scale, int causal)
{
  ulong head = get_global_id (0);
  ulong column = head * head_dim;
  int sequence = get_global_id (1);
  int first_query = q_offsets[q_offsets_offset + sequence];
  int n_queries = q_offsets[q_offsets_offset + sequence + 1] - first_query;
  ulong first_key = k_offsets[k_offsets_offset + sequence];
  int n_keys = k_lengths ? k_lengths[k_lengths_offset + sequence]
                         : k_offsets[k_offsets_offset + sequence + 1] - (int) first_key;
  ulong width = (ulong) get_global_size (0) * head_dim;

  for (int i = 0; i < n_queries; i++)
    {
      ulong row = first_query + i;
      int n = causal ? min (n_keys, n_keys - n_queries + i + 1) : n_keys;
      Rows keys = { k, k_offset + first_key * k_stride + head * k_head_stride, k_stride,
                    k_head_stride, n };
      Rows values = { v, v_offset + first_key * v_stride + head * v_head_stride, v_stride,
                      v_head_stride, n };
      State state = { .sum = (float16) (0.0f), .maximum = -INFINITY };
      float16 query[HEAD_VECTORS];

#pragma unroll
      for (int part = 0; part < HEAD_VECTORS; part++)
        {
          query[part] = read_rest (q, q_offset + row * q_stride + column, 16 * part, head_dim)
                        * scale;
          state.out[part] = (float16) (0.0f);
        }
      for (int key0 = 0; key0 < n; key0 += KEYS)
        state_add (&state, score_keys (query, &keys, key0, head_dim), &values, key0, head_dim);
      state_write (&state, y, y_offset + row * width + column, y_type, head_dim);
    }
}
