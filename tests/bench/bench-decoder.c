/* bench-decoder.c - how fast a decoder draws: one token after another, few rows at a time
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-decoder [--device D] [--precision f32|bf16|f16] [--rows N] [--keys N] [--runs N]
 *                      [--profile]
 *
 * The step of DALL·E mini's decoder (12 layers of width 1024, vocabulary 16385) for N rows that have
 * drawn --keys tokens already, on arbitrary weights: from token ids to logits on the host.  Printed
 * are the times of a token, the weights' bytes over these times, and what share that is of the
 * device's own rate of reading, in 5 rounds of N tokens.  Not a test: nobody is asked to be fast.
 */
#include "config.h"

#include "bench-data.h"
#include "persea-opencl.h"

#include <math.h>

#define N_LAYERS 12
#define N_HEADS 16
#define HEAD_DIM 64
#define WIDTH (N_HEADS * HEAD_DIM)
#define INNER 2730
#define VOCABULARY 16385
#define N_CODES 256
#define N_TEXT 64

#define N_ROUNDS 5

static const PerseaDriver *const drivers[] = { &persea_opencl_driver, &persea_cpu_driver, NULL };

typedef struct
{
  PerseaMatrix *qkv, *out, *cross_q, *cross_out, *up, *down;
  PerseaTensor *cache; /* [rows, N_HEADS, N_CODES, 2 · HEAD_DIM]: keys, values */
  PerseaTensor *cross; /* [2 · N_TEXT, 2 · WIDTH] */
} Layer;

typedef struct
{
  Bench         bench;
  unsigned      rows, keys;
  Layer         layers[N_LAYERS];
  PerseaMatrix *head;
  PerseaTensor *table, *positions;
  PerseaTensor *norm;                             /* scale and shift of all norms */
  PerseaTensor *ids, *position_ids, *index;       /* [rows] */
  PerseaTensor *offsets, *starts, *lengths;       /* of queries and caches */
  PerseaTensor *cross_starts, *cross_lengths;
  PerseaTensor *logits;
  double        weight_bytes;
} Decoder;

static PerseaTensor *
decoder_numbers (Decoder *d, unsigned n, int first, int step)
{
  GError *error = NULL;
  g_autofree int32_t *values = g_new (int32_t, n);
  PerseaTensor *tensor = persea_tensor_new (d->bench.device, PERSEA_DTYPE_I32, DIMS (n), &error);
  bench_check (error);

  for (unsigned i = 0; i < n; i++)
    values[i] = first + step * (int) i;
  persea_tensor_upload (tensor, values, &error);
  bench_check (error);
  g_ptr_array_add (d->bench.kept, tensor);
  return tensor;
}

static PerseaMatrix *
decoder_matrix (Decoder *d, size_t n, size_t k)
{
  PerseaMatrix *matrix = bench_matrix (&d->bench, n, k);

  d->weight_bytes += (double) n * k * persea_dtype_size (matrix->format.dtype);
  return matrix;
}

static void
decoder_prepare (Decoder *d)
{
  Bench *bench = &d->bench;

  for (unsigned i = 0; i < N_LAYERS; i++)
    d->layers[i] = (Layer) {
      .qkv = decoder_matrix (d, 3 * WIDTH, WIDTH),
      .out = decoder_matrix (d, WIDTH, WIDTH),
      .cross_q = decoder_matrix (d, WIDTH, WIDTH),
      .cross_out = decoder_matrix (d, WIDTH, WIDTH),
      .up = decoder_matrix (d, 2 * INNER, WIDTH),
      .down = decoder_matrix (d, WIDTH, INNER),
      .cache = bench_tensor (bench, bench->input, DIMS (d->rows, N_HEADS, N_CODES, 2 * HEAD_DIM)),
      .cross = bench_tensor (bench, bench->input, DIMS (2 * N_TEXT, 2 * WIDTH)),
    };
  d->head = decoder_matrix (d, VOCABULARY, WIDTH);
  d->table = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (VOCABULARY, WIDTH));
  d->positions = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (N_CODES, WIDTH));
  d->norm = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (INNER));
  d->ids = decoder_numbers (d, d->rows, 1, 1);
  d->position_ids = decoder_numbers (d, d->rows, d->keys, 0);
  d->index = decoder_numbers (d, d->rows, d->keys, N_CODES);
  d->offsets = decoder_numbers (d, d->rows + 1, 0, 1);
  d->starts = decoder_numbers (d, d->rows, 0, N_HEADS * N_CODES);
  d->lengths = decoder_numbers (d, d->rows, d->keys + 1, 0);
  d->cross_starts = decoder_numbers (d, d->rows, 0, 0);
  d->cross_lengths = decoder_numbers (d, d->rows, N_TEXT, 0);
  d->logits = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (d->rows, VOCABULARY));
}

/* of the codes drawn so far, whose keys and values lie by heads */
static void
decoder_attend_codes (Decoder *d, const Layer *layer, PerseaTensor *y, PerseaTensor *qkv)
{
  PerseaPass *pass = d->bench.pass;

  persea_attention (pass, y, qkv, layer->cache,
                    persea_pass_view (pass, layer->cache, HEAD_DIM, HEAD_DIM), &(PerseaAttention) {
    .n_heads = N_HEADS, .head_dim = HEAD_DIM, .scale = 1 / sqrtf (HEAD_DIM), .q_stride = 3 * WIDTH,
    .k_stride = 2 * HEAD_DIM, .v_stride = 2 * HEAD_DIM, .k_head_stride = N_CODES * 2 * HEAD_DIM,
    .v_head_stride = N_CODES * 2 * HEAD_DIM, .q_offsets = d->offsets, .k_offsets = d->starts,
    .k_lengths = d->lengths, .max_queries = 1, .max_keys = d->keys + 1,
  });
}

static void
decoder_attend_text (Decoder *d, const Layer *layer, PerseaTensor *y, PerseaTensor *q)
{
  PerseaPass *pass = d->bench.pass;

  persea_attention (pass, y, q, layer->cross, persea_pass_view (pass, layer->cross, WIDTH, WIDTH),
                    &(PerseaAttention) {
    .n_heads = N_HEADS, .head_dim = HEAD_DIM, .scale = 1 / sqrtf (HEAD_DIM), .q_stride = WIDTH,
    .k_stride = 2 * WIDTH, .v_stride = 2 * WIDTH, .q_offsets = d->offsets,
    .k_offsets = d->cross_starts, .k_lengths = d->cross_lengths, .max_queries = 1,
    .max_keys = N_TEXT,
  });
}

static void
decoder_layer (Decoder *d, const Layer *layer, PerseaTensor *x)
{
  PerseaPass *pass = d->bench.pass;
  PerseaDtype type = d->bench.input;
  size_t rows = d->rows;
  PerseaTensor *h = persea_pass_tensor (pass, type, rows, WIDTH);
  PerseaTensor *qkv = persea_pass_tensor (pass, type, rows, 3 * WIDTH);
  PerseaTensor *q = persea_pass_view (pass, qkv, 0, rows, WIDTH);
  PerseaTensor *out = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, WIDTH);
  PerseaTensor *up = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, 2 * INNER);
  PerseaTensor *gated = persea_pass_tensor (pass, PERSEA_DTYPE_F32, rows, INNER);
  PerseaTensor *inner = persea_pass_tensor (pass, type, rows, INNER);
  PerseaTensor *shift = persea_pass_view (pass, d->norm, 0, WIDTH);
  const PerseaLayerNorm norm = { shift, shift, 1e-5f };

  persea_layer_norm (pass, h, x, shift, shift, 1e-5f);
  persea_matmul (pass, qkv, h, &(PerseaMatmul) { .w = layer->qkv });
  persea_store_keys (pass, layer->cache, persea_pass_view (pass, qkv, WIDTH, 2 * WIDTH), 3 * WIDTH,
                     d->index);
  decoder_attend_codes (d, layer, h, qkv);
  persea_matmul (pass, out, h, &(PerseaMatmul) { .w = layer->out });
  persea_residual_norm (pass, h, x, out, &norm, &norm);
  persea_matmul (pass, q, h, &(PerseaMatmul) { .w = layer->cross_q });
  decoder_attend_text (d, layer, h, q);
  persea_matmul (pass, out, h, &(PerseaMatmul) { .w = layer->cross_out });
  persea_residual_norm (pass, h, x, out, &norm, &norm);
  persea_matmul (pass, up, h, &(PerseaMatmul) { .w = layer->up });
  persea_glu (pass, gated, up, PERSEA_ACTIVATION_GELU_ERF);
  persea_layer_norm (pass, inner, gated, d->norm, d->norm, 1e-5f);
  persea_matmul (pass, x, inner, &(PerseaMatmul) { .w = layer->down, .residual = x });
  persea_pass_release (pass, inner);
  persea_pass_release (pass, gated);
  persea_pass_release (pass, up);
  persea_pass_release (pass, out);
  persea_pass_release (pass, qkv);
  persea_pass_release (pass, h);
}

/* seconds of one token; @cpu_seconds: of the processor, all threads */
static double
decoder_step (Decoder *d, float *logits, double *cpu_seconds)
{
  GError *error = NULL;
  double start = bench_clock (CLOCK_MONOTONIC);
  double cpu_start = bench_clock (CLOCK_PROCESS_CPUTIME_ID);
  PerseaPass *pass = persea_pass_begin (d->bench.device, NULL);
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, d->rows, WIDTH);
  PerseaTensor *h = persea_pass_tensor (pass, d->bench.input, d->rows, WIDTH);
  PerseaTensor *shift = persea_pass_view (pass, d->norm, 0, WIDTH);

  d->bench.pass = pass;
  persea_embed_tokens (pass, x, d->table, d->ids, d->positions, d->position_ids);
  persea_layer_norm (pass, x, x, shift, shift, 1e-5f);
  for (unsigned i = 0; i < N_LAYERS; i++)
    decoder_layer (d, &d->layers[i], x);
  persea_layer_norm (pass, h, x, shift, shift, 1e-5f);
  persea_matmul (pass, d->logits, h, &(PerseaMatmul) { .w = d->head });
  persea_pass_download (pass, d->logits, logits);
  persea_pass_end (pass, &error);
  bench_check (error);
  *cpu_seconds = bench_clock (CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  return bench_clock (CLOCK_MONOTONIC) - start;
}

/* bytes a second */
static double
decoder_read_rate (Decoder *d)
{
  GError *error = NULL;
  double gflops, gbytes;

  persea_device_measure (d->bench.device, d->bench.precision, &gflops, &gbytes, &error);
  bench_check (error);
  return gbytes * 1e9;
}

/* Memory is shared with whatever else runs on the machine, and its rate changes from one second to the
 * next: so it is measured again and again between the tokens. */
static void
decoder_measure (Decoder *d, unsigned n_runs)
{
  g_autofree float *logits = g_new (float, (size_t) d->rows * VOCABULARY);
  g_autofree double *seconds = g_new (double, N_ROUNDS * n_runs);
  g_autofree double *cpu_seconds = g_new (double, N_ROUNDS * n_runs);
  double shares[N_ROUNDS], before, after;

  decoder_step (d, logits, cpu_seconds);
  before = decoder_read_rate (d);
  for (unsigned round = 0; round < N_ROUNDS; round++, before = after)
    {
      double *own = seconds + round * n_runs;

      for (unsigned i = 0; i < n_runs; i++)
        own[i] = decoder_step (d, logits, &cpu_seconds[round * n_runs + i]);
      bench_sort (own, n_runs);
      after = decoder_read_rate (d);
      shares[round] = d->weight_bytes / own[n_runs / 2] / ((before + after) / 2);
      g_print ("  %.2f ms, %.1f of %.1f GB/s\n", own[n_runs / 2] * 1e3,
               d->weight_bytes / own[n_runs / 2] * 1e-9, (before + after) / 2 * 1e-9);
    }
  bench_sort (seconds, N_ROUNDS * n_runs);
  bench_sort (cpu_seconds, N_ROUNDS * n_runs);
  bench_sort (shares, N_ROUNDS);
  g_print ("%u rows, %u keys: median %.2f ms, best %.2f ms, %.2f ms of the processor; "
           "%.0f MB of weights at %.0f%% (%.0f to %.0f%%) of the device's rate of reading\n",
           d->rows, d->keys, seconds[N_ROUNDS * n_runs / 2] * 1e3, seconds[0] * 1e3,
           cpu_seconds[N_ROUNDS * n_runs / 2] * 1e3, d->weight_bytes * 1e-6,
           100 * shares[N_ROUNDS / 2], 100 * shares[0], 100 * shares[N_ROUNDS - 1]);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  g_autofree char *device = NULL, *precision = NULL;
  int n_runs = 20, rows = 2, keys = 128;
  gboolean profile = FALSE;
  const GOptionEntry entries[] = {
    { "device", 0, 0, G_OPTION_ARG_STRING, &device, "which device", "D" },
    { "precision", 0, 0, G_OPTION_ARG_STRING, &precision, "f32, bf16 or f16", "P" },
    { "rows", 0, 0, G_OPTION_ARG_INT, &rows, "how many are drawn together", "N" },
    { "keys", 0, 0, G_OPTION_ARG_INT, &keys, "tokens drawn so far, below 256", "N" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs, "how many tokens are measured in a round", "N" },
    { "profile", 0, 0, G_OPTION_ARG_NONE, &profile, "what each kernel costs", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  Decoder d = { .bench.precision = PERSEA_PRECISION_AUTO };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_parse (context, &argc, &argv, &error);
  bench_check (error);
  d.rows = CLAMP (rows, 1, 1024);
  d.keys = CLAMP (keys, 0, N_CODES - 1);
  if (precision)
    persea_precision_parse (precision, &d.bench.precision, &error);
  bench_check (error);
  d.bench.device = persea_device_open (drivers, device,
                                       &(PerseaDeviceOptions) { .profile = profile }, &error);
  bench_check (error);
  d.bench.precision = persea_device_resolve_precision (d.bench.device, d.bench.precision);
  d.bench.input = persea_device_get_input_dtype (d.bench.device, d.bench.precision);
  d.bench.kept = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tensor_unref);
  decoder_prepare (&d);
  decoder_measure (&d, MAX (n_runs, 1));
  if (profile)
    bench_print_profile (d.bench.device);
  g_ptr_array_unref (d.bench.kept);
  return 0;
}
