/* bench-ops.c - how fast a device's operations are, one by one and as whole towers
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * usage: bench-ops [--device D] [--precision f32|bf16|f16] [--runs N] [--profile] [WHAT...]
 *
 * WHAT is the beginning of names in the tables below ("matmul", "attention/", "tower/B-32"); without
 * any, everything runs.  Weights and inputs are arbitrary, shapes are those of public models.  For
 * each the median and the best of N runs are printed, and the best as a rate; and the best rate by
 * the processor's time instead of the clock's (CPU devices: of one core), which other work on the
 * machine hardly touches.  Not a test: nobody is asked to be fast.
 */
#include "config.h"

#include "bench-data.h"
#include "persea-opencl.h"

#include <math.h>
#include <string.h>

static const PerseaDriver *const drivers[] = { &persea_opencl_driver, &persea_cpu_driver, NULL };

typedef enum
{
  BENCH_MATMUL,
  BENCH_CONV,
  BENCH_ATTENTION,
  BENCH_NORM,
  BENCH_TOWER,
} BenchKind;

/* matmul: rows, k, n; conv: batch, size² pixels, k channels, n outputs, kernel; attention and tower:
 * batch, tokens, heads of head_dim; tower: layers, patch (0: texts) */
typedef struct
{
  const char      *name;
  BenchKind        kind;
  unsigned         rows, k, n;
  PerseaActivation activation;
  gboolean         residual;
  unsigned         batch, size, kernel, stride;
  unsigned         tokens, heads, head_dim, layers, patch;
} BenchCase;

#define MATMUL(label, m, depth, outputs, ...) \
  { .name = "matmul/" label, .kind = BENCH_MATMUL, .rows = m, .k = depth, .n = outputs, __VA_ARGS__ }
#define CONV_OF(n_pictures, label, pixels, channels, outputs, window, ...) \
  { .name = "conv/" label, .kind = BENCH_CONV, .batch = n_pictures, .size = pixels, .k = channels, \
    .n = outputs, .kernel = window, __VA_ARGS__ }
#define CONV(...) CONV_OF (16, __VA_ARGS__)
#define VQGAN(label, ...) CONV_OF (1, "vqgan-" label, __VA_ARGS__, .stride = 1)
#define GELU .activation = PERSEA_ACTIVATION_QUICK_GELU
#define TOWER(label, ...) { .name = "tower/" label, .kind = BENCH_TOWER, __VA_ARGS__ }
#define B32 .tokens = 50, .heads = 12, .head_dim = 64, .layers = 12, .patch = 32
#define B16 .tokens = 197, .heads = 12, .head_dim = 64, .layers = 12, .patch = 16
#define L14 .tokens = 257, .heads = 16, .head_dim = 64, .layers = 24, .patch = 14

static const BenchCase cases[] = {
  MATMUL ("1-row-768-768", 1, 768, 768),
  MATMUL ("4-rows-2048-8192", 4, 2048, 8192),
  MATMUL ("2-rows-1024-1024", 2, 1024, 1024),
  MATMUL ("2-rows-1024-131072", 2, 1024, 131072),
  MATMUL ("18-rows-1024-1024", 18, 1024, 1024),
  MATMUL ("18-rows-1024-4096", 18, 1024, 4096),
  MATMUL ("50-qkv", 50, 768, 2304),
  MATMUL ("50-out", 50, 768, 768, .residual = TRUE),
  MATMUL ("50-up", 50, 768, 3072, GELU),
  MATMUL ("50-down", 50, 3072, 768, .residual = TRUE),
  MATMUL ("800-qkv", 800, 768, 2304),
  MATMUL ("800-out", 800, 768, 768, .residual = TRUE),
  MATMUL ("800-up", 800, 768, 3072, GELU),
  MATMUL ("800-up-erf", 800, 768, 3072, .activation = PERSEA_ACTIVATION_GELU_ERF),
  MATMUL ("800-down", 800, 3072, 768, .residual = TRUE),
  MATMUL ("4112-qkv", 4112, 1024, 3072),
  MATMUL ("4112-up", 4112, 1024, 4096, GELU),
  MATMUL ("4112-down", 4112, 4096, 1024, .residual = TRUE),
  CONV ("rn50-stem-1", 224, 3, 32, 3, .stride = 2),
  CONV ("rn50-stem-2", 112, 32, 32, 3, .stride = 1),
  CONV ("rn50-stem-3", 112, 32, 64, 3, .stride = 1),
  CONV ("rn50-1-3x3", 56, 64, 64, 3, .stride = 1),
  CONV ("rn50-1-up", 56, 64, 256, 1, .stride = 1),
  CONV ("rn50-2-3x3", 28, 128, 128, 3, .stride = 1),
  CONV ("rn50-3-3x3", 14, 256, 256, 3, .stride = 1),
  CONV ("rn50-4-3x3", 7, 512, 512, 3, .stride = 1),
  VQGAN ("16", 16, 512, 512, 3),
  VQGAN ("32", 32, 256, 256, 3),
  VQGAN ("64", 64, 256, 256, 3),
  VQGAN ("128", 128, 128, 128, 3),
  VQGAN ("256", 256, 128, 128, 3),
  VQGAN ("rgb", 256, 128, 3, 3),
  { .name = "attention/B-32", .kind = BENCH_ATTENTION, .batch = 16, B32 },
  { .name = "attention/B-16", .kind = BENCH_ATTENTION, .batch = 16, B16 },
  { .name = "attention/L-14", .kind = BENCH_ATTENTION, .batch = 16, L14 },
  { .name = "attention/L-14-336", .kind = BENCH_ATTENTION, .batch = 4, .tokens = 577, .heads = 16,
    .head_dim = 64 },
  { .name = "attention/H-14", .kind = BENCH_ATTENTION, .batch = 4, .tokens = 257, .heads = 16,
    .head_dim = 80 },
  { .name = "attention/text-10", .kind = BENCH_ATTENTION, .batch = 512, .tokens = 10, .heads = 8,
    .head_dim = 64, .layers = 1 },
  { .name = "norm/2-1024", .kind = BENCH_NORM, .rows = 2, .k = 1024 },
  { .name = "norm/800-768", .kind = BENCH_NORM, .rows = 800, .k = 768 },
  { .name = "norm/4112-1024", .kind = BENCH_NORM, .rows = 4112, .k = 1024 },
  TOWER ("B-32-1", .batch = 1, B32),
  TOWER ("B-32-16", .batch = 16, B32),
  TOWER ("B-16-16", .batch = 16, B16),
  TOWER ("L-14-16", .batch = 16, L14),
  TOWER ("text-10-512", .batch = 512, .tokens = 10, .heads = 8, .head_dim = 64, .layers = 12),
};

typedef struct
{
  PerseaMatrix *qkv, *out, *up, *down;
} Layer;

typedef struct
{
  const BenchCase *c;
  PerseaTensor    *x, *y, *bias, *weight, *residual, *offsets;
  PerseaMatrix    *w;
  Layer           *layers;
  PerseaTensor    *pixels, *first, *positions;
  double           flops;
} Work;

static void
work_prepare_tower (Bench *bench, Work *work)
{
  const BenchCase *c = work->c;
  size_t width = c->heads * c->head_dim, grid = sqrt (c->tokens - 1);

  work->layers = g_new0 (Layer, c->layers);
  for (unsigned i = 0; i < c->layers; i++)
    work->layers[i] = (Layer) {
      bench_matrix (bench, 3 * width, width), bench_matrix (bench, width, width),
      bench_matrix (bench, 4 * width, width), bench_matrix (bench, width, 4 * width),
    };
  work->bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (4 * width));
  work->weight = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (width));
  work->offsets = bench_offsets (bench, c->batch, c->tokens);
  work->positions = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->tokens, width));
  work->x = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->batch, c->tokens, width));
  if (c->patch)
    {
      work->pixels = bench_tensor (bench, PERSEA_DTYPE_F32,
                                  DIMS (c->batch, 3, grid * c->patch, grid * c->patch));
      work->w = bench_matrix (bench, width, 3 * c->patch * c->patch);
    }
  work->flops = (double) c->batch * c->tokens * c->layers
                  * (24.0 * width * width + 4.0 * c->tokens * width)
                + (c->patch ? 6.0 * c->batch * grid * grid * width * c->patch * c->patch : 0);
}

static void
work_prepare (Bench *bench, Work *work)
{
  const BenchCase *c = work->c;
  size_t width = c->heads * c->head_dim;
  size_t out = c->stride ? c->size / c->stride : 0;

  switch (c->kind)
    {
    case BENCH_MATMUL:
      work->x = bench_tensor (bench, bench->input, DIMS (c->rows, c->k));
      work->y = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->n));
      work->bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->n));
      work->w = bench_matrix (bench, c->n, c->k);
      work->flops = 2.0 * c->rows * c->n * c->k;
      break;
    case BENCH_CONV:
      work->x = bench_tensor (bench, bench->input, DIMS (c->batch, c->size, c->size, c->k));
      work->y = bench_tensor (bench, bench->input, DIMS (c->batch, out, out, c->n));
      work->bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->n));
      work->w = bench_matrix (bench, c->n, c->kernel * c->kernel * c->k);
      work->flops = 2.0 * c->batch * out * out * c->n * c->kernel * c->kernel * c->k;
      break;
    case BENCH_ATTENTION:
      work->x = bench_tensor (bench, bench->input, DIMS (c->batch * c->tokens, 3 * width));
      work->y = bench_tensor (bench, bench->input, DIMS (c->batch * c->tokens, width));
      work->offsets = bench_offsets (bench, c->batch, c->tokens);
      work->flops = 4.0 * c->batch * c->tokens * c->tokens * width;
      break;
    case BENCH_NORM:
      work->x = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->rows, c->k));
      work->y = bench_tensor (bench, bench->input, DIMS (c->rows, c->k));
      work->weight = work->bias = bench_tensor (bench, PERSEA_DTYPE_F32, DIMS (c->k));
      work->flops = 8.0 * c->rows * c->k;
      break;
    case BENCH_TOWER:
      work_prepare_tower (bench, work);
      break;
    }
}

static void
run_attention (Bench *bench, const BenchCase *c, PerseaTensor *y, PerseaTensor *qkv,
               PerseaTensor *offsets)
{
  size_t width = c->heads * c->head_dim;
  PerseaAttention attention = {
    .n_heads = c->heads, .head_dim = c->head_dim, .scale = 1 / sqrtf (c->head_dim),
    .causal = c->patch == 0 && c->layers > 0, .q_stride = 3 * width, .k_stride = 3 * width,
    .v_stride = 3 * width, .q_offsets = offsets, .k_offsets = offsets, .max_queries = c->tokens,
    .max_keys = c->tokens,
  };

  persea_attention (bench->pass, y, persea_pass_view (bench->pass, qkv, 0, width),
                    persea_pass_view (bench->pass, qkv, width, width),
                    persea_pass_view (bench->pass, qkv, 2 * width, width), &attention);
}

static void
run_layer (Bench *bench, const Work *work, const Layer *layer, PerseaTensor *x)
{
  const BenchCase *c = work->c;
  size_t width = c->heads * c->head_dim, rows = c->batch * c->tokens;
  PerseaPass *pass = bench->pass;
  PerseaTensor *h = persea_pass_tensor (pass, bench->input, rows, width);
  PerseaTensor *qkv = persea_pass_tensor (pass, bench->input, rows, 3 * width);
  PerseaTensor *up = persea_pass_tensor (pass, bench->input, rows, 4 * width);
  PerseaTensor *bias_3 = persea_pass_view (pass, work->bias, 0, 3 * width);
  PerseaTensor *bias_1 = persea_pass_view (pass, work->bias, 0, width);

  persea_layer_norm (pass, h, x, work->weight, bias_1, 1e-5f);
  persea_matmul (pass, qkv, h, &(PerseaMatmul) { .w = layer->qkv, .bias = bias_3 });
  run_attention (bench, c, h, qkv, work->offsets);
  persea_matmul (pass, x, h, &(PerseaMatmul) { .w = layer->out, .bias = bias_1, .residual = x });
  persea_layer_norm (pass, h, x, work->weight, bias_1, 1e-5f);
  persea_matmul (pass, up, h, &(PerseaMatmul) { .w = layer->up, .bias = work->bias, GELU });
  persea_matmul (pass, x, up, &(PerseaMatmul) { .w = layer->down, .bias = bias_1, .residual = x });
  persea_pass_release (pass, up);
  persea_pass_release (pass, qkv);
  persea_pass_release (pass, h);
}

static void
run_tower (Bench *bench, const Work *work)
{
  const BenchCase *c = work->c;
  size_t width = c->heads * c->head_dim, cells = c->tokens - 1;
  PerseaPass *pass = bench->pass;
  PerseaTensor *x = persea_pass_view (pass, work->x, 0, c->batch, c->tokens, width);

  if (c->patch)
    {
      PerseaTensor *patches = persea_pass_tensor (pass, bench->input, c->batch * cells,
                                                  3 * c->patch * c->patch);
      PerseaTensor *embedded = persea_pass_tensor (pass, PERSEA_DTYPE_F32, c->batch, cells, width);
      persea_patchify (pass, patches, work->pixels, c->patch);
      persea_matmul (pass, embedded, patches, &(PerseaMatmul) { .w = work->w });
      persea_prepend_token (pass, x, embedded, work->weight, work->positions);
    }
  for (unsigned i = 0; i < c->layers; i++)
    run_layer (bench, work, &work->layers[i], x);
}

static void
work_run (Bench *bench, const Work *work)
{
  const BenchCase *c = work->c;
  PerseaPass *pass = bench->pass;
  PerseaMatmul matmul = { .w = work->w, .bias = work->bias, .activation = c->activation,
                          .residual = c->residual ? work->y : NULL };
  PerseaConv2d conv = { .w = work->w, .bias = work->bias, .kernel = c->kernel, .stride = c->stride,
                        .padding = c->kernel / 2, .upsample = 1,
                        .activation = PERSEA_ACTIVATION_RELU };

  switch (c->kind)
    {
    case BENCH_MATMUL:
      persea_matmul (pass, work->y, work->x, &matmul);
      break;
    case BENCH_CONV:
      persea_conv2d (pass, work->y, work->x, &conv);
      break;
    case BENCH_ATTENTION:
      run_attention (bench, c, work->y, work->x, work->offsets);
      break;
    case BENCH_NORM:
      persea_layer_norm (pass, work->y, work->x, work->weight, work->bias, 1e-5f);
      break;
    case BENCH_TOWER:
      run_tower (bench, work);
      break;
    }
}

/* seconds for one, of @n in a pass; @cpu_seconds: of the processor */
static double
time_pass (Bench *bench, const Work *work, unsigned n, double *cpu_seconds)
{
  GError *error = NULL;
  double start = bench_clock (CLOCK_MONOTONIC);
  double cpu_start = bench_clock (CLOCK_PROCESS_CPUTIME_ID);

  bench->pass = persea_pass_begin (bench->device, NULL);
  for (unsigned i = 0; i < n; i++)
    work_run (bench, work);
  persea_pass_end (bench->pass, &error);
  bench_check (error);
  *cpu_seconds = (bench_clock (CLOCK_PROCESS_CPUTIME_ID) - cpu_start) / n;
  return (bench_clock (CLOCK_MONOTONIC) - start) / n;
}

static void
bench_case (Bench *bench, const BenchCase *c, unsigned n_runs)
{
  Work work = { .c = c };
  g_autofree double *seconds = g_new (double, n_runs);

  g_ptr_array_set_size (bench->kept, 0);
  work_prepare (bench, &work);
  double cpu_seconds, best_cpu_seconds = INFINITY;
  time_pass (bench, &work, 1, &cpu_seconds);
  double first = time_pass (bench, &work, 1, &cpu_seconds);
  unsigned n = CLAMP (0.03 / first, 1, 100);
  for (unsigned i = 0; i < n_runs; i++)
    {
      seconds[i] = time_pass (bench, &work, n, &cpu_seconds);
      best_cpu_seconds = MIN (best_cpu_seconds, cpu_seconds);
    }
  bench_sort (seconds, n_runs);

  g_print ("%-26s median %9.3f ms  best %9.3f ms  %7.1f GFLOP/s  %7.1f by CPU",
           c->name, seconds[n_runs / 2] * 1e3, seconds[0] * 1e3, work.flops / seconds[0] * 1e-9,
           work.flops / best_cpu_seconds * 1e-9);
  if (c->kind == BENCH_TOWER)
    g_print ("  %8.2f ms each (median)", seconds[n_runs / 2] * 1e3 / c->batch);
  g_print ("\n");
}

static gboolean
case_is_wanted (const BenchCase *c, char **wanted)
{
  if (!wanted || !wanted[0])
    return TRUE;
  for (; *wanted; wanted++)
    if (g_str_has_prefix (c->name, *wanted))
      return TRUE;
  return FALSE;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  g_autofree char *device = NULL, *precision = NULL;
  int n_runs = 7;
  gboolean profile = FALSE;
  const GOptionEntry entries[] = {
    { "device", 0, 0, G_OPTION_ARG_STRING, &device, "which device", "D" },
    { "precision", 0, 0, G_OPTION_ARG_STRING, &precision, "f32, bf16 or f16", "P" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs, "how often each is measured", "N" },
    { "profile", 0, 0, G_OPTION_ARG_NONE, &profile, "what each kernel costs", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[WHAT...]");
  Bench bench = { .precision = PERSEA_PRECISION_F32 };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_parse (context, &argc, &argv, &error);
  bench_check (error);
  if (precision)
    persea_precision_parse (precision, &bench.precision, &error);
  bench_check (error);
  bench.device = persea_device_open (drivers, device,
                                     &(PerseaDeviceOptions) { .profile = profile }, &error);
  bench_check (error);
  bench.precision = persea_device_resolve_precision (bench.device, bench.precision);
  bench.input = persea_device_get_input_dtype (bench.device, bench.precision);
  bench.kept = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_tensor_unref);

  double gflops, gbytes;
  persea_device_measure (bench.device, bench.precision, &gflops, &gbytes, &error);
  bench_check (error);
  g_print ("ceilings: %.1f GFLOP/s, %.1f GB/s\n", gflops, gbytes);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    if (case_is_wanted (&cases[i], argv + 1))
      bench_case (&bench, &cases[i], MAX (n_runs, 1));
  if (profile)
    bench_print_profile (bench.device);
  g_ptr_array_unref (bench.kept);
  return 0;
}
