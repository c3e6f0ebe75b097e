/* attention.cl - scaled dot-product attention that never stores its scores, on any device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * y = softmax (q kᵀ · scale) v for each head of each sequence of a ragged batch; shapes and offsets
 * as in PerseaAttention (core/persea-ops.h).  Keys come in blocks of 64; the running maximum and
 * sum follow Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).
 * q, k, v in X_TYPE (F32, BF16); y F32 or BF16; arithmetic in f32.
 *
 * A work-group of 64 makes one query of one head: global size [64 · max_queries, heads, sequences].
 * -DHEAD_PARTS=ceil (head_dim / 64), at least 2: with arrays of one element PoCL 3.1 gives zeros.
 */
#include "common.clh"

#ifndef X_TYPE
#define X_TYPE F32
#endif

#ifndef HEAD_PARTS
#define HEAD_PARTS 2
#endif

#define SIZE 64
#define MAX_HEAD_DIM (SIZE * HEAD_PARTS)

static inline float
group_reduce (float value, int maximum, local float *scratch)
{
  int id = get_local_id (0);

  scratch[id] = value;
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int half_size = SIZE / 2; half_size > 0; half_size /= 2)
    {
      if (id < half_size)
        scratch[id] = maximum ? fmax (scratch[id], scratch[id + half_size])
                              : scratch[id] + scratch[id + half_size];
      barrier (CLK_LOCAL_MEM_FENCE);
    }
  float result = scratch[0];
  barrier (CLK_LOCAL_MEM_FENCE);
  return result;
}

__attribute__ ((reqd_work_group_size (SIZE, 1, 1))) kernel void
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
  local float scratch[SIZE];
  local float query[MAX_HEAD_DIM];
  local float p[SIZE];
  int id = get_local_id (0);
  int i = get_group_id (0);
  int head = get_group_id (1);
  int sequence = get_group_id (2);
  int first_query = q_offsets[q_offsets_offset + sequence];
  int n_queries = q_offsets[q_offsets_offset + sequence + 1] - first_query;
  int first_key = k_offsets[k_offsets_offset + sequence];
  int n_keys = k_lengths ? k_lengths[k_lengths_offset + sequence]
                         : k_offsets[k_offsets_offset + sequence + 1] - first_key;

  if (i >= n_queries)
    return;
  if (causal)
    n_keys = min (n_keys, i + (n_keys - n_queries) + 1);

  ulong q_row = q_offset + (ulong) (first_query + i) * q_stride + head * head_dim;
  for (int d = id; d < head_dim; d += SIZE)
    query[d] = read_element (q, q_row + d, X_TYPE) * scale;
  barrier (CLK_LOCAL_MEM_FENCE);

  float maximum = -INFINITY;
  float sum = 0.0f;
  float out[MAX_HEAD_DIM / SIZE] = { 0.0f };

  for (int key0 = 0; key0 < n_keys; key0 += SIZE)
    {
      int n = min (SIZE, n_keys - key0);
      float score = -INFINITY;
      if (id < n)
        {
          ulong k_row = k_offset + (ulong) (first_key + key0 + id) * k_stride
                        + (ulong) head * k_head_stride;
          score = 0.0f;
          for (int d = 0; d < head_dim; d++)
            score = fma (query[d], read_element (k, k_row + d, X_TYPE), score);
        }

      float new_maximum = fmax (maximum, group_reduce (score, 1, scratch));
      float correction = exp (maximum - new_maximum);
      p[id] = id < n ? exp (score - new_maximum) : 0.0f;
      sum = sum * correction + group_reduce (p[id], 0, scratch);
      maximum = new_maximum;

      for (int part = 0; part < MAX_HEAD_DIM / SIZE; part++)
        {
          int d = part * SIZE + id;
          float total = out[part] * correction;
          for (int j = 0; d < head_dim && j < n; j++)
            {
              ulong v_row = v_offset + (ulong) (first_key + key0 + j) * v_stride
                            + (ulong) head * v_head_stride;
              total = fma (p[j], read_element (v, v_row + d, X_TYPE), total);
            }
          out[part] = total;
        }
      barrier (CLK_LOCAL_MEM_FENCE);
    }

  ulong width = (ulong) get_num_groups (1) * head_dim;
  ulong y_row = y_offset + (first_query + i) * width + head * head_dim;
  for (int part = 0; part < MAX_HEAD_DIM / SIZE; part++)
    if (part * SIZE + id < head_dim)
      write_element (y, y_row + part * SIZE + id, y_type, sum > 0.0f ? out[part] / sum : 0.0f);
}
