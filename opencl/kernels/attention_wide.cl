/* attention_wide.cl - attention with tiles in wide registers, for CPUs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The formula, shapes and types are those of attention.cl.  A work-item makes up to MAX_QUERIES
 * queries of one head of one sequence: it lays out its queries, then, for each block of KEYS keys,
 * transposes the keys and copies the values, and makes both products in tiles of 6 queries.
 * Only local memory is used for that, 2 · (KEYS + MAX_QUERIES) · 16 · HEAD_VECTORS floats and some;
 * scores exist for 6 queries at a time (Dao et al., "FlashAttention", 2022).
 *
 * -DHEAD_VECTORS=ceil (head_dim / 16).  Global size [blocks of queries, heads, sequences].
 */
#include "pack_wide.clh"

#ifndef HEAD_VECTORS
#define HEAD_VECTORS 4
#endif

#if HEAD_VECTORS <= 8
#define KEYS 64         /* in a block */
#define MAX_QUERIES 66  /* of a work-item; the host knows this number, too */
#else                   /* so that all stays in a cache of 256 KiB and more */
#define KEYS 32
#define MAX_QUERIES 24
#endif
#define HEIGHT 6        /* queries of a tile */
#define DIM (16 * HEAD_VECTORS)

/* c [HEIGHT][16 · vectors] += (or, if @fresh, =) a [HEIGHT][depth] · b [depth][16 · vectors] */
#define MULTIPLY(vectors) \
  static __attribute__ ((noinline)) void \
  multiply_##vectors (local float *c, int c_stride, int fresh, local const float *a, \
                      int a_stride, local const float *b, int b_stride, int depth) \
  { \
    float16 sums[HEIGHT][vectors]; \
    _Pragma ("unroll") for (int i = 0; i < HEIGHT; i++) \
      _Pragma ("unroll") for (int j = 0; j < vectors; j++) \
        sums[i][j] = fresh ? (float16) (0.0f) : vload16 (j, c + i * c_stride); \
    for (int k = 0; k < depth; k++) \
      { \
        float16 row[vectors]; \
        _Pragma ("unroll") for (int j = 0; j < vectors; j++) \
          row[j] = vload16 (j, b + k * b_stride); \
        _Pragma ("unroll") for (int i = 0; i < HEIGHT; i++) \
          _Pragma ("unroll") for (int j = 0; j < vectors; j++) \
            sums[i][j] = fma ((float16) (a[i * a_stride + k]), row[j], sums[i][j]); \
      } \
    _Pragma ("unroll") for (int i = 0; i < HEIGHT; i++) \
      _Pragma ("unroll") for (int j = 0; j < vectors; j++) \
        vstore16 (sums[i][j], j, c + i * c_stride); \
  }

MULTIPLY (1)
MULTIPLY (2)
MULTIPLY (3)
MULTIPLY (4)

static inline void
multiply (int vectors, local float *c, int c_stride, int fresh, local const float *a, int a_stride,
          local const float *b, int b_stride, int depth)
{
#if NARROW
  for (int j = 0; j < vectors; j++)
    multiply_1 (c + 16 * j, c_stride, fresh, a, a_stride, b + 16 * j, b_stride, depth);
#else
  switch (vectors)
    {
    case 1: multiply_1 (c, c_stride, fresh, a, a_stride, b, b_stride, depth); break;
    case 2: multiply_2 (c, c_stride, fresh, a, a_stride, b, b_stride, depth); break;
    case 3: multiply_3 (c, c_stride, fresh, a, a_stride, b, b_stride, depth); break;
    default: multiply_4 (c, c_stride, fresh, a, a_stride, b, b_stride, depth); break;
    }
#endif
}

/* keys [DIM][KEYS] = the @n keys at @start, transposed */
static inline void
pack_keys (local float *keys, global const void *k, ulong start, int stride, int head_dim, int n)
{
  for (int key = 0; key < n; key += 16)
    for (int d = 0; d < DIM; d += 16)
      {
        float16 rows[16];
        for (int i = 0; i < 16; i++)
          rows[i] = key + i < n
            ? read_part (k, start + (ulong) (key + i) * stride, d, head_dim)
            : (float16) (0.0f);
        transpose (rows);
        for (int i = 0; i < 16; i++)
          vstore16 (rows[i], 0, keys + (d + i) * KEYS + key);
      }
}

/* out [n][DIM] = rows at @start */
static inline void
pack_rows (local float *out, global const void *x, ulong start, int stride, int head_dim, int n,
           float scale)
{
  for (int i = 0; i < n; i++)
    for (int d = 0; d < DIM; d += 16)
      vstore16 (read_part (x, start + (ulong) i * stride, d, head_dim) * scale, 0,
                out + i * DIM + d);
}

/* scores of keys that a query of the tile does not see become -infinity; query i sees @n_seen + i of
 * them if causal, otherwise @n_seen */
static inline void
hide_keys (local float *scores, int vectors, int n_seen, int causal)
{
  const int16 lane = (int16) (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

  for (int i = 0; i < HEIGHT; i++)
    for (int j = 0; j < vectors; j++)
      {
        local float *part = scores + i * KEYS + 16 * j;
        int seen = n_seen + (causal ? i : 0) - 16 * j;
        vstore16 (select ((float16) (-INFINITY), vload16 (0, part), lane < seen), 0, part);
      }
}

/* The scores of a tile become weights; where a query has a new maximum, its row of out [DIM] and its
 * 16 partial sums are brought to it.  All queries go side by side, to keep the pipelines full. */
static inline void
soften (local float *scores, int vectors, local float *out, local float *maxima, local float *sums)
{
  float16 top[HEIGHT];
  float maximum[HEIGHT];

#pragma unroll
  for (int i = 0; i < HEIGHT; i++)
    top[i] = vload16 (0, scores + i * KEYS);
  for (int j = 1; j < vectors; j++)
#pragma unroll
    for (int i = 0; i < HEIGHT; i++)
      top[i] = higher16 (top[i], vload16 (j, scores + i * KEYS));
#pragma unroll
  for (int i = 0; i < HEIGHT; i++)
    maximum[i] = highest16 (top[i]);

  for (int i = 0; i < HEIGHT; i++)
    if (maximum[i] > maxima[i])
      {
        float16 correction = exp16_unchecked ((float16) (maxima[i] - maximum[i]));
        maxima[i] = maximum[i];
        vstore16 (vload16 (i, sums) * correction, i, sums);
        for (int d = 0; d < HEAD_VECTORS; d++)
          vstore16 (vload16 (d, out + i * DIM) * correction, d, out + i * DIM);
      }

#pragma unroll
  for (int i = 0; i < HEIGHT; i++)
    {
      float16 sum = vload16 (i, sums);
      for (int j = 0; j < vectors; j++)
        {
          float16 p = exp16_unchecked (vload16 (j, scores + i * KEYS) - maxima[i]);
          vstore16 (p, j, scores + i * KEYS);
          sum += p;
        }
      vstore16 (sum, i, sums);
    }
}

static inline void
write_query (global void *y, ulong start, int y_type, local const float *out, float sum,
             int head_dim)
{
  float scale = sum > 0.0f ? 1.0f / sum : 0.0f;

  for (int d = 0; d < head_dim; d += 16)
    if (d + 16 <= head_dim)
      write16 (y, start + d, y_type, vload16 (0, out + d) * scale);
    else
      for (int i = d; i < head_dim; i++)
        write_element (y, start + i, y_type, out[i] * scale);
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
           int head_dim, float scale, int causal, int block)
{
  local float queries[MAX_QUERIES * DIM], out[MAX_QUERIES * DIM];
  local float keys[DIM * KEYS], values[KEYS * DIM], scores[HEIGHT * KEYS];
  local float maxima[MAX_QUERIES], sums[MAX_QUERIES * 16];
  int head = get_global_id (1);
  int sequence = get_global_id (2);
  int first_query = q_offsets[q_offsets_offset + sequence];
  int n_queries = q_offsets[q_offsets_offset + sequence + 1] - first_query;
  int first_key = k_offsets[k_offsets_offset + sequence];
  int n_keys = k_lengths ? k_lengths[k_lengths_offset + sequence]
                         : k_offsets[k_offsets_offset + sequence + 1] - first_key;
  int query0 = get_global_id (0) * block;
  int n = min (block, n_queries - query0);

  if (n <= 0)
    return;

  int padded = (n + HEIGHT - 1) / HEIGHT * HEIGHT;
  int past = n_keys - n_queries; /* query i sees keys 0 … past + i if causal */
  pack_rows (queries, q, q_offset + (ulong) (first_query + query0) * q_stride + head * head_dim,
             q_stride, head_dim, n, scale);
  for (int i = n * DIM; i < padded * DIM; i++)
    queries[i] = 0.0f;
  for (int i = 0; i < padded * DIM; i += 16)
    vstore16 ((float16) (0.0f), 0, out + i);
  for (int i = 0; i < padded; i++)
    {
      maxima[i] = -INFINITY;
      vstore16 ((float16) (0.0f), i, sums);
    }

  int n_seen = causal ? min (n_keys, past + query0 + n) : n_keys;
  for (int key0 = 0; key0 < n_seen; key0 += KEYS)
    {
      int n_block = min (KEYS, n_seen - key0);
      int vectors = (n_block + 15) / 16;
      ulong row = first_key + key0;
      pack_keys (keys, k, k_offset + row * k_stride + (ulong) head * k_head_stride, k_stride,
                 head_dim, n_block);
      pack_rows (values, v, v_offset + row * v_stride + (ulong) head * v_head_stride, v_stride,
                 head_dim, n_block, 1.0f);

      for (int tile = 0; tile < n; tile += HEIGHT)
        {
          if (causal && key0 > past + query0 + min (tile + HEIGHT, n) - 1)
            continue;
          multiply (vectors, scores, KEYS, 1, queries + tile * DIM, DIM, keys, KEYS, head_dim);
          int sight = causal ? past + query0 + tile + 1 - key0 : n_block;
          if (sight < 16 * vectors)
            hide_keys (scores, vectors, sight, causal);
          soften (scores, vectors, out + tile * DIM, maxima + tile, sums + tile * 16);
          for (int part = 0; part < HEAD_VECTORS; part += 4)
            multiply (min (4, HEAD_VECTORS - part), out + tile * DIM + part * 16, DIM, 0, scores,
                      KEYS, values + part * 16, DIM, n_block);
        }
    }

  ulong width = (ulong) get_global_size (1) * head_dim;
  for (int i = 0; i < n; i++)
    write_query (y, y_offset + (first_query + query0 + i) * width + head * head_dim, y_type,
                 out + i * DIM, total16 (vload16 (i, sums)), head_dim);
}
