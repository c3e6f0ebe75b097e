/* persea-cmd-bench.c - persea bench: how fast the device is, and how much of it a model uses
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every workload is reported as a share of what the same device reaches in the same run on a
 * large product (its ceiling), or, where weights are read for little work, on a large read, so that
 * results of different machines, and of a busy machine, can be compared.  Times are medians.
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "persea-codebook.h"
#include "persea-generator.h"
#include "persea-json-line.h"

/* Tokens of a text, those of its frame included: a short caption. */
#define TEXT_TOKENS 10

#define PROMPT "an armchair in the shape of an avocado"

typedef struct
{
  int    batch; /* 0: the workload's own */
  int    runs;
  char **workloads;
} BenchOptions;

/**
 * Bench:
 * @clip: (nullable): for the workloads of CLIP
 * @codebook: (nullable): for those of a codebook, and with
 * @generator: (nullable): for those of a drawing model
 * @model: the name of the one at work, and
 * @precision: its precision
 * @ceiling_gflops: what the device reaches in that precision, and
 * @ceiling_gbytes: a second, reading
 */
typedef struct
{
  PerseaCommand      *command;
  const BenchOptions *options;
  PerseaEngine       *engine;
  PerseaClip         *clip;
  PerseaCodebook     *codebook;
  PerseaGenerator    *generator;
  const char         *model;
  PerseaPrecision     precision;
  double              ceiling_gflops;
  double              ceiling_gbytes;
  GRand              *random;
} Bench;

/* what a workload needs; only those of CLIP are run if none is named */
typedef enum
{
  BENCH_CLIP,
  BENCH_CODEBOOK,
  BENCH_ARTIST, /* a generator and its codebook */
  N_BENCH_ROLES,
} BenchRole;

typedef struct
{
  const char *name;
  const char *summary;
  int         batch;
  BenchRole   role;
  gboolean (*run) (Bench *bench, const char *workload, int batch, GError **error);
} BenchWorkload;

static int
double_compare (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

static double
median (double *values, int n)
{
  qsort (values, n, sizeof *values, double_compare);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void
bench_report_ceilings (Bench *bench)
{
  const PerseaDeviceInfo *info = persea_device_get_info (persea_engine_get_device (bench->engine));
  const char *precision = persea_precision_name (bench->precision);

  if (bench->command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_string (line, "workload", "ceilings");
      persea_json_line_add_string (line, "device", info->name);
      persea_json_line_add_string (line, "precision", precision);
      persea_json_line_add_number (line, "ceiling_gflops", bench->ceiling_gflops, 1);
      persea_json_line_add_number (line, "ceiling_gbytes_per_second", bench->ceiling_gbytes, 1);
      persea_command_print (bench->command, persea_json_line_finish (line));
      return;
    }

  g_autofree char *text = g_strdup_printf (
    /* TRANSLATORS: device, precision, two rates */
    _("%s, %s: at most %.0f GFLOP/s and %.1f GB/s\n"), info->name, precision,
    bench->ceiling_gflops, bench->ceiling_gbytes);
  persea_command_print (bench->command, text);
}

static PerseaJsonLine *
bench_begin_line (Bench *bench, const char *workload, int batch)
{
  const PerseaDeviceInfo *info = persea_device_get_info (persea_engine_get_device (bench->engine));
  PerseaJsonLine *line = persea_json_line_new ();

  persea_json_line_add_string (line, "workload", workload);
  persea_json_line_add_string (line, "model", bench->model);
  persea_json_line_add_string (line, "device", info->name);
  persea_json_line_add_string (line, "precision", persea_precision_name (bench->precision));
  persea_json_line_add_integer (line, "batch", batch);
  persea_json_line_add_integer (line, "runs", bench->options->runs);
  return line;
}

static void
bench_report (Bench *bench, const char *workload, int batch, double ms_per_item, double flops)
{
  double gflops = flops / ms_per_item / 1e6;

  if (bench->command->json)
    {
      g_autoptr (PerseaJsonLine) line = bench_begin_line (bench, workload, batch);

      persea_json_line_add_number (line, "ms_per_item", ms_per_item, 4);
      persea_json_line_add_number (line, "gflops", gflops, 1);
      persea_json_line_add_number (line, "ceiling_gflops", bench->ceiling_gflops, 1);
      persea_json_line_add_number (line, "share", gflops / bench->ceiling_gflops, 3);
      persea_command_print (bench->command, persea_json_line_finish (line));
      return;
    }

  g_autofree char *text = g_strdup_printf (
    /* TRANSLATORS: workload, model, size of the batch; time, rate, share of the ceiling */
    _("%-7s %s, batch %d: %.2f ms each, %.0f GFLOP/s, %.0f %% of the ceiling\n"), workload,
    bench->model, batch, ms_per_item, gflops, 100 * gflops / bench->ceiling_gflops);
  persea_command_print (bench->command, text);
}

/* what is bound by reading its weights, once a step */
static void
bench_report_steps (Bench *bench, const char *workload, int batch, double ms_per_step, double bytes)
{
  double gbytes = bytes / ms_per_step / 1e6;

  if (bench->command->json)
    {
      g_autoptr (PerseaJsonLine) line = bench_begin_line (bench, workload, batch);

      persea_json_line_add_number (line, "ms_per_step", ms_per_step, 4);
      persea_json_line_add_number (line, "gbytes_per_second", gbytes, 1);
      persea_json_line_add_number (line, "ceiling_gbytes_per_second", bench->ceiling_gbytes, 1);
      persea_json_line_add_number (line, "share", gbytes / bench->ceiling_gbytes, 3);
      persea_command_print (bench->command, persea_json_line_finish (line));
      return;
    }

  g_autofree char *text = g_strdup_printf (
    /* TRANSLATORS: workload, model, size of the batch; time, rate, share of the ceiling */
    _("%-7s %s, batch %d: %.2f ms a step, %.1f GB/s, %.0f %% of the ceiling\n"), workload,
    bench->model, batch, ms_per_step, gbytes, 100 * gbytes / bench->ceiling_gbytes);
  persea_command_print (bench->command, text);
}

static gboolean
bench_images_run (Bench *bench, const char *workload, int batch, GError **error)
{
  size_t size = persea_clip_get_image_size (bench->clip), n_values = batch * 3 * size * size;
  g_autofree float *pixels = g_new (float, n_values);
  g_autofree float *embeddings = g_new (float, batch * persea_clip_get_embed_dim (bench->clip));
  g_autofree double *times = g_new (double, bench->options->runs);

  for (size_t i = 0; i < n_values; i++)
    pixels[i] = g_rand_double_range (bench->random, -2, 2);
  for (int run = -1; run < bench->options->runs; run++) /* the first one warms up */
    {
      int64_t start = g_get_monotonic_time ();

      if (!persea_clip_encode_images (bench->clip, pixels, batch, embeddings,
                                      bench->command->cancellable, error))
        return FALSE;
      if (run >= 0)
        times[run] = (g_get_monotonic_time () - start) / 1e3;
    }
  bench_report (bench, workload, batch, median (times, bench->options->runs) / batch,
                persea_clip_get_image_flops (bench->clip));
  return TRUE;
}

static gboolean
bench_texts_run (Bench *bench, const char *workload, int batch, GError **error)
{
  size_t length = persea_clip_get_context_length (bench->clip);
  unsigned vocab_size = persea_clip_get_vocab_size (bench->clip);
  unsigned n_tokens = MIN (TEXT_TOKENS, length);
  g_autofree int32_t *tokens = g_new0 (int32_t, batch * length);
  g_autofree float *embeddings = g_new (float, batch * persea_clip_get_embed_dim (bench->clip));
  g_autofree double *times = g_new (double, bench->options->runs);

  for (size_t i = 0; i < (size_t) batch; i++)
    {
      for (unsigned t = 0; t + 1 < n_tokens; t++)
        tokens[i * length + t] = g_rand_int_range (bench->random, 1, vocab_size - 1);
      tokens[i * length + n_tokens - 1] = vocab_size - 1; /* the end token */
    }
  for (int run = -1; run < bench->options->runs; run++)
    {
      int64_t start = g_get_monotonic_time ();

      if (!persea_clip_encode_tokens (bench->clip, tokens, batch, embeddings,
                                      bench->command->cancellable, error))
        return FALSE;
      if (run >= 0)
        times[run] = (g_get_monotonic_time () - start) / 1e3;
    }
  bench_report (bench, workload, batch, median (times, bench->options->runs) / batch,
                persea_clip_get_text_flops (bench->clip, n_tokens));
  return TRUE;
}

/* codes to pictures, or pictures to codes if @encode */
static gboolean
bench_codebook_run (Bench *bench, const char *workload, int batch, gboolean encode, GError **error)
{
  PerseaCodebook *codebook = bench->codebook;
  size_t size = persea_codebook_get_size (codebook);
  size_t grid = size / persea_codebook_get_factor (codebook);
  size_t n_codes = batch * grid * grid, n_values = batch * 3 * size * size;
  g_autofree int32_t *codes = g_new (int32_t, n_codes);
  g_autofree float *pixels = g_new (float, n_values);
  g_autofree double *times = g_new (double, bench->options->runs);
  GCancellable *cancellable = bench->command->cancellable;

  for (size_t i = 0; i < n_codes; i++)
    codes[i] = g_rand_int_range (bench->random, 0, persea_codebook_get_n_entries (codebook));
  for (size_t i = 0; i < n_values; i++)
    pixels[i] = g_rand_double (bench->random);
  for (int run = -1; run < bench->options->runs; run++)
    {
      int64_t start = g_get_monotonic_time ();
      gboolean ok = encode ? persea_codebook_encode (codebook, pixels, batch, size, size, codes,
                                                     cancellable, error)
                           : persea_codebook_decode (codebook, codes, batch, grid, grid, pixels,
                                                     cancellable, error);

      if (!ok)
        return FALSE;
      if (run >= 0)
        times[run] = (g_get_monotonic_time () - start) / 1e3;
    }
  bench_report (bench, workload, batch, median (times, bench->options->runs) / batch,
                encode ? persea_codebook_get_encode_flops (codebook, grid, grid)
                       : persea_codebook_get_decode_flops (codebook, grid, grid));
  return TRUE;
}

static gboolean
bench_decode_run (Bench *bench, const char *workload, int batch, GError **error)
{
  return bench_codebook_run (bench, workload, batch, FALSE, error);
}

static gboolean
bench_encode_run (Bench *bench, const char *workload, int batch, GError **error)
{
  return bench_codebook_run (bench, workload, batch, TRUE, error);
}

/* when each code of a drawing was there */
typedef struct
{
  int64_t *times; /* microseconds */
  size_t   n;
} BenchClock;

static void
bench_clock_tick (size_t done, size_t total, const int32_t *codes, gpointer user_data)
{
  BenchClock *clock = user_data;

  clock->times[clock->n++] = g_get_monotonic_time ();
}

/* Draws @batch candidates @runs times, and, if @steps is %NULL, makes pictures of them.  @steps:
 * the median time from one code to the next; of a whole run otherwise; in milliseconds. */
static gboolean
bench_draw (Bench *bench, int batch, gboolean steps, double *ms, GError **error)
{
  size_t grid = persea_generator_get_grid (bench->generator), n_codes = grid * grid;
  size_t size = grid * persea_codebook_get_factor (bench->codebook);
  GCancellable *cancellable = bench->command->cancellable;
  int runs = bench->options->runs;
  g_autofree int32_t *codes = g_new (int32_t, batch * n_codes);
  g_autofree float *pixels = g_new (float, batch * 3 * size * size);
  g_autofree double *times = g_new (double, runs * n_codes);
  g_autofree int64_t *ticks = g_new (int64_t, batch * n_codes);
  int n_times = 0;

  for (int run = -1; run < runs; run++)
    {
      BenchClock clock = { ticks, 0 };
      const PerseaDrawOptions options = {
        .prompt = PROMPT, .seed = run + 1, .n_candidates = batch,
        .guidance = PERSEA_DEFAULT_GUIDANCE, .sampling = PERSEA_SAMPLING_DEFAULT,
        .progress = bench_clock_tick, .progress_data = &clock,
      };
      int64_t start = g_get_monotonic_time ();

      if (!persea_generator_draw (bench->generator, &options, codes, cancellable, error)
          || (!steps && !persea_codebook_decode (bench->codebook, codes, batch, grid, grid, pixels,
                                                 cancellable, error)))
        return FALSE;
      for (size_t i = 1; steps && run >= 0 && i < n_codes; i++)
        times[n_times++] = (ticks[i] - ticks[i - 1]) / 1e3;
      if (!steps && run >= 0)
        times[n_times++] = (g_get_monotonic_time () - start) / 1e3;
    }
  *ms = median (times, n_times);
  return TRUE;
}

static gboolean
bench_draw_run (Bench *bench, const char *workload, int batch, GError **error)
{
  size_t grid = persea_generator_get_grid (bench->generator);
  double ms;

  if (!bench_draw (bench, batch, FALSE, &ms, error))
    return FALSE;
  bench_report (bench, workload, batch, ms / batch,
                persea_generator_get_flops (bench->generator, TEXT_TOKENS, batch,
                                            PERSEA_DEFAULT_GUIDANCE) / batch
                  + persea_codebook_get_decode_flops (bench->codebook, grid, grid));
  return TRUE;
}

static gboolean
bench_codes_run (Bench *bench, const char *workload, int batch, GError **error)
{
  double ms;

  if (!bench_draw (bench, batch, TRUE, &ms, error))
    return FALSE;
  bench_report_steps (bench, workload, batch, ms, persea_generator_get_step_bytes (bench->generator));
  return TRUE;
}

static const BenchWorkload workloads[] = {
  { "clip", N_("pictures through the image tower"), 16, BENCH_CLIP, bench_images_run },
  { "texts", N_("captions of ten tokens through the text tower"), 512, BENCH_CLIP,
    bench_texts_run },
  { "draw", N_("a text to pictures, the whole way"), 1, BENCH_ARTIST, bench_draw_run },
  { "codes", N_("one code of each picture after the other, a step for each"), 1, BENCH_ARTIST,
    bench_codes_run },
  { "decode", N_("codes of a drawing model's codebook to pictures"), 1, BENCH_CODEBOOK,
    bench_decode_run },
  { "encode", N_("pictures to such codes"), 1, BENCH_CODEBOOK, bench_encode_run },
};

static gboolean
bench_wants (const BenchOptions *options, const BenchWorkload *workload)
{
  if (!options->workloads)
    return workload->role == BENCH_CLIP;
  return g_strv_contains ((const char *const *) options->workloads, workload->name);
}

/* whether any workload that is wanted needs it; for the ceilings alone, CLIP does */
static gboolean
bench_wants_role (const BenchOptions *options, BenchRole role)
{
  gboolean any = FALSE;

  for (unsigned i = 0; i < G_N_ELEMENTS (workloads); i++)
    {
      if (!bench_wants (options, &workloads[i]))
        continue;
      if (workloads[i].role == role)
        return TRUE;
      any = TRUE;
    }
  return !any && role == BENCH_CLIP;
}

static const char *
bench_find_unknown (const BenchOptions *options)
{
  for (char **word = options->workloads; word && *word; word++)
    {
      gboolean known = strcmp (*word, "ceilings") == 0;

      for (unsigned i = 0; i < G_N_ELEMENTS (workloads); i++)
        known |= strcmp (*word, workloads[i].name) == 0;
      if (!known)
        return *word;
    }
  return NULL;
}

static char *
bench_description (void)
{
  GString *text = g_string_new (_("Workloads (the first three, if none is named):\n"));

  g_string_append_printf (text, "  %-9s %s\n", "ceilings", _("what the device can do at best"));
  for (unsigned i = 0; i < G_N_ELEMENTS (workloads); i++)
    g_string_append_printf (text, "  %-9s %s\n", workloads[i].name, _(workloads[i].summary));
  return g_string_free (text, FALSE);
}

/* what each kernel took, with --verbose */
static void
bench_print_profile (Bench *bench)
{
  g_autoptr (GPtrArray) rows = persea_device_get_profile (persea_engine_get_device (bench->engine));

  for (unsigned i = 0; i < rows->len; i++)
    {
      const PerseaProfileRow *row = rows->pdata[i];

      g_printerr ("%-28s %6u × %9.3f ms %8.1f GFLOP/s %7.1f GB/s\n", row->name, row->n_calls,
                  row->seconds * 1e3 / MAX (row->n_calls, 1), row->flops / row->seconds / 1e9,
                  row->bytes / row->seconds / 1e9);
    }
}

/* Loads what a role needs, and names what is at work. */
static gboolean
bench_load (Bench *bench, BenchRole role)
{
  PerseaCommand *command = bench->command;

  switch (role)
    {
    case BENCH_CLIP:
      bench->clip = persea_command_load_clip (command, bench->engine);
      if (!bench->clip)
        return FALSE;
      bench->model = persea_clip_get_name (bench->clip);
      bench->precision = persea_clip_get_precision (bench->clip);
      return TRUE;
    case BENCH_CODEBOOK:
      bench->codebook = persea_command_load_codebook (command, bench->engine);
      if (!bench->codebook)
        return FALSE;
      bench->model = persea_codebook_get_name (bench->codebook);
      bench->precision = persea_codebook_get_precision (bench->codebook);
      return TRUE;
    default:
      if (!persea_command_load_artist (command, bench->engine, &bench->generator, &bench->codebook))
        return FALSE;
      bench->model = persea_generator_get_name (bench->generator);
      bench->precision = persea_generator_get_precision (bench->generator);
      return TRUE;
    }
}

static void
bench_unload (Bench *bench)
{
  g_clear_pointer (&bench->clip, persea_clip_unref);
  g_clear_pointer (&bench->codebook, persea_codebook_unref);
  g_clear_pointer (&bench->generator, persea_generator_unref);
}

/* the ceilings in the precision of the model, and what is wanted of it */
static gboolean
bench_run_role (Bench *bench, BenchRole role, GError **error)
{
  const BenchOptions *options = bench->options;

  if (!persea_device_measure (persea_engine_get_device (bench->engine), bench->precision,
                              &bench->ceiling_gflops, &bench->ceiling_gbytes, error))
    return FALSE;
  bench_report_ceilings (bench);
  for (unsigned i = 0; i < G_N_ELEMENTS (workloads); i++)
    {
      const BenchWorkload *workload = &workloads[i];

      if (workload->role != role || !bench_wants (options, workload))
        continue;
      if (bench->clip)
        persea_clip_let_go (bench->clip);
      if (!workload->run (bench, workload->name, options->batch ? options->batch : workload->batch, error))
        return FALSE;
    }
  return TRUE;
}

static int
bench_run (Bench *bench)
{
  for (BenchRole role = 0; role < N_BENCH_ROLES; role++)
    {
      g_autoptr (GError) error = NULL;

      if (!bench_wants_role (bench->options, role))
        continue;
      if (!bench_load (bench, role))
        return persea_command_get_load_status (bench->command);
      gboolean ok = bench_run_role (bench, role, &error);
      bench_unload (bench);
      if (!ok)
        {
          persea_command_error (bench->command, "%s", error->message);
          return PERSEA_EXIT_SOME_FAILED;
        }
    }
  if (bench->command->verbose)
    bench_print_profile (bench);
  return persea_command_flush (bench->command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_bench (PerseaCommand *command, int argc, char **argv)
{
  BenchOptions options = { .runs = 5 };
  const GOptionEntry entries[] = {
    { "batch", 'b', 0, G_OPTION_ARG_INT, &options.batch,
      N_("items worked on together (clip: 16, texts: 512, others: 1)"), N_("N") },
    { "runs", 0, 0, G_OPTION_ARG_INT, &options.runs,
      N_("how often to measure; the median is shown (5)"), N_("N") },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *description = bench_description ();

  if (!persea_command_parse (command, &argc, &argv, entries, _("[WORKLOAD…]"),
                             _("Measures how fast a model runs, as a share of what the device "
                               "reaches at best."),
                             description))
    return PERSEA_EXIT_USAGE;
  options.workloads = argc > 1 ? argv + 1 : NULL;
  if (options.batch < 0 || options.batch > 65536 || options.runs < 1 || options.runs > 10000)
    return persea_command_usage_error (command, _("--batch takes 1 to 65536, --runs 1 to 10000"));
  if (bench_find_unknown (&options))
    return persea_command_usage_error (command, _("'%s' is no workload"),
                                       bench_find_unknown (&options));

  g_autoptr (PerseaEngine) engine = persea_command_open_engine (command);
  if (!engine)
    return persea_command_get_load_status (command);

  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  Bench bench = { .command = command, .options = &options, .engine = engine, .random = random };
  return bench_run (&bench);
}
