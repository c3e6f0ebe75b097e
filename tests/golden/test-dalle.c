/* test-dalle.c - DALL·E mini against the original implementations on the same weights
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every folder of tests/golden/dalle holds a small model with random weights, saved by the
 * implementation that it comes from, and what that implementation made of it (README.md there).
 * Each is run on the reference device and, in f32, bf16 and f16, on every OpenCL device.  The limits
 * are those of the design: cosine 0.99999 in f32, 0.999 in bf16 and f16.
 */
#include "config.h"

#include "models/persea-dalle-load.h"
#include "persea-device-impl.h"
#include "persea-error.h"
#include "persea-npy.h"
#ifdef HAVE_OPENCL
#include "persea-opencl.h"
#endif

#include <math.h>
#include <string.h>

static const PerseaDriver *const drivers[] = {
#ifdef HAVE_OPENCL
  &persea_opencl_driver,
#endif
  &persea_cpu_driver,
  NULL,
};

/* as in make-dalle.py */
static const char *const prompts[] = {
  "an armchair in the shape of an avocado",
  "",
  "two red cups and a blue fish on a table of wood in the garden of a house by the sea",
};
static const PerseaDrawOptions golden_options = {
  .prompt = "an armchair in the shape of an avocado",
  .seed = 7,
  .first_candidate = 3,
  .n_candidates = 2,
  .guidance = 3,
  .sampling = { .temperature = 0.9f, .top_k = 20, .top_p = 0.95f },
};

typedef struct
{
  char           *folder;
  char           *device; /* its number */
  PerseaPrecision precision;
} Case;

static PerseaNpy *
load_array (const Case *test, const char *name)
{
  g_autofree char *path = g_build_filename (test->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  PerseaNpy *array = persea_npy_load (path, &error);

  g_assert_no_error (error);
  return array;
}

static char **
find_weights (const char *folder)
{
  static const char *const names[] = { "encoder.pt", "decoder.pt", "encoder.safetensors",
                                       "decoder.safetensors", "flax_model.msgpack" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        g_strv_builder_add (builder, path);
    }
  return g_strv_builder_end (builder);
}

/* opens the model as the engine would, its weights packed in memory */
static PerseaGenerator *
open_generator (const Case *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaDevice) device = persea_device_open (drivers, test->device, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) weights = find_weights (test->folder);
  g_autofree char *config = g_build_filename (test->folder, "config.json", NULL);
  g_autofree char *vocabulary = g_test_build_filename (G_TEST_DIST, "tokens", "dalle", "vocab.json",
                                                       NULL);
  g_autofree char *merges = g_test_build_filename (G_TEST_DIST, "tokens", "dalle", "merges.txt",
                                                   NULL);
  const PerseaModelFiles files = {
    .family = &persea_family_dalle.family, .name = "golden", .folder = test->folder,
    .weights = weights, .config = config, .vocabulary = vocabulary, .merges = merges,
  };
  PerseaGenerator *generator = persea_dalle_load (device, test->precision,
                                                  &(PerseaModelLoad) { .files = &files,
                                                                       .identity = "golden" },
                                                  &error);

  g_assert_no_error (error);
  return generator;
}

/* [2, n_codes, vocab_size] */
static float *
compute_logits (PerseaGenerator *generator, const char *prompt, const int32_t *codes,
                size_t n_codes)
{
  g_autoptr (GError) error = NULL;
  float *logits = g_new (float, 2 * n_codes * persea_generator_get_vocab_size (generator));

  persea_generator_logits (generator, prompt, NULL, codes, n_codes, logits, NULL, &error);
  g_assert_no_error (error);
  return logits;
}

static int32_t *
draw (PerseaGenerator *generator, const PerseaDrawOptions *options)
{
  g_autoptr (GError) error = NULL;
  int32_t *codes = g_new (int32_t, options->n_candidates * persea_generator_get_n_codes (generator));

  persea_generator_draw (generator, options, codes, NULL, &error);
  g_assert_no_error (error);
  return codes;
}

/* 1 - cosine of [n] */
static double
find_angle (const float *left, const float *right, size_t n)
{
  double product = 0, left_square = 0, right_square = 0;

  for (size_t i = 0; i < n; i++)
    {
      product += (double) left[i] * right[i];
      left_square += (double) left[i] * left[i];
      right_square += (double) right[i] * right[i];
    }
  return 1 - product / sqrt (left_square * right_square);
}

/* In bf16 all logits of a text are looked at together: in these small networks single positions
 * are ill-conditioned (docs/NUMERICS.md). */
static void
test_logits (gconstpointer data)
{
  const Case *test = data;
  gboolean by_position = test->precision != PERSEA_PRECISION_BF16;
  double most = test->precision == PERSEA_PRECISION_F32 ? 1e-5 : 1e-3;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  g_autoptr (PerseaNpy) codes = load_array (test, "codes.npy");

  for (unsigned i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      g_autofree char *name = g_strdup_printf ("logits-%u.npy", i);
      g_autoptr (PerseaNpy) expected = load_array (test, name);
      size_t n_codes = expected->shape[1], vocab_size = expected->shape[2];
      g_autofree float *found = compute_logits (generator, prompts[i], codes->data, n_codes);
      const float *rows = expected->data;
      size_t n = by_position ? vocab_size : n_codes * vocab_size;
      double worst = 0;

      g_assert_cmpuint (vocab_size, ==, persea_generator_get_vocab_size (generator));
      for (size_t first = 0; first < expected->n_elements; first += n)
        worst = MAX (worst, find_angle (rows + first, found + first, n));
      g_test_message ("%u: 1 - cosine %.2g", i, worst);
      g_assert_cmpfloat (worst, <=, most);
    }
}

/* What is drawn is what make-dalle.py drew with another sampler, from the original's logits.  No
 * choice there is nearer than 3e-5 to another one. */
static void
test_drawn (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  g_autoptr (PerseaNpy) greedy = load_array (test, "greedy.npy");
  g_autoptr (PerseaNpy) drawn = load_array (test, "drawn.npy");
  PerseaDrawOptions options = golden_options;

  g_autofree int32_t *codes = draw (generator, &options);
  g_assert_cmpmem (codes, 2 * persea_generator_get_n_codes (generator) * sizeof *codes, drawn->data,
                   drawn->n_elements * sizeof *codes);

  options.sampling.temperature = 0;
  options.n_candidates = 1;
  g_autofree int32_t *best = draw (generator, &options);
  g_assert_cmpmem (best, persea_generator_get_n_codes (generator) * sizeof *best, greedy->data,
                   greedy->n_elements * sizeof *best);
}

/* Many candidates together, where it takes no time more than one batch of them, and some alone */
static void
test_batches (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  size_t n_codes = persea_generator_get_n_codes (generator);
  PerseaDrawOptions options = golden_options;
  unsigned n = n_codes > 64 ? 5 : persea_generator_get_batch_size (generator, options.guidance) + 1;

  options.n_candidates = n;
  g_autofree int32_t *together = draw (generator, &options);
  options.n_candidates = 1;
  for (unsigned i = 0; i < n; i += n / 4)
    {
      options.first_candidate = golden_options.first_candidate + i;
      g_autofree int32_t *alone = draw (generator, &options);
      g_assert_cmpmem (alone, n_codes * sizeof *alone, together + i * n_codes,
                       n_codes * sizeof *alone);
      if (i > 0)
        g_assert_cmpint (memcmp (alone, together, n_codes * sizeof *alone), !=, 0);
    }
}

/* Held codes are seen many at once, and in two of three cases shared by all candidates; what is
 * drawn after them is the same as when they were drawn themselves. */
static void
test_kept (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  size_t grid = persea_generator_get_grid (generator), n_codes = grid * grid;
  PerseaDrawOptions options = golden_options;
  g_autofree int32_t *drawn = draw (generator, &options);
  g_autofree int32_t *kept = g_new (int32_t, 2 * n_codes);

  /* the left half; the upper half and a bit; all but the last; and the first's upper half for both */
  for (unsigned which = 0; which < 4; which++)
    {
      for (size_t i = 0; i < 2 * n_codes; i++)
        {
          size_t position = i % n_codes;
          gboolean keep = which == 0   ? position % grid < grid / 2
                          : which == 2 ? position + 1 < n_codes
                                       : position < n_codes / 2 + 3;

          kept[i] = !keep ? -1 : which == 3 ? drawn[position] : drawn[i];
        }
      options.kept = kept;
      g_autofree int32_t *codes = draw (generator, &options);
      g_assert_cmpmem (codes, n_codes * sizeof *codes, drawn, n_codes * sizeof *codes);
      if (which < 3)
        g_assert_cmpmem (codes + n_codes, n_codes * sizeof *codes, drawn + n_codes,
                         n_codes * sizeof *codes);
      else
        g_assert_cmpmem (codes + n_codes, (n_codes / 2 + 3) * sizeof *codes, drawn,
                         (n_codes / 2 + 3) * sizeof *codes);
    }
  options.kept = drawn; /* nothing to draw */
  g_autofree int32_t *codes = draw (generator, &options);
  g_assert_cmpmem (codes, 2 * n_codes * sizeof *codes, drawn, 2 * n_codes * sizeof *codes);
}

/* Without guidance the prompt alone is looked at; the negative text takes the place of the empty
 * one.  What is drawn code by code with caches is what all codes at once say. */
static void
test_guidance (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  size_t n_codes = persea_generator_get_n_codes (generator);
  size_t n = persea_generator_get_n_entries (generator);
  size_t vocab_size = persea_generator_get_vocab_size (generator);
  PerseaDrawOptions options = golden_options;

  options.n_candidates = 1;
  options.sampling.temperature = 0;
  for (int guidance = 0; guidance < 2; guidance++)
    {
      options.guidance = guidance;
      options.negative = prompts[2];
      g_autofree int32_t *codes = draw (generator, &options);
      g_autofree float *logits = compute_logits (generator, guidance ? prompts[0] : prompts[2],
                                                 codes, n_codes);

      for (size_t i = 0; i < n_codes; i++)
        {
          const float *row = logits + (n_codes + i) * vocab_size;
          float most = -INFINITY;

          for (size_t c = 0; c < n; c++)
            most = MAX (most, row[c]);
          g_assert_cmpfloat_with_epsilon (row[codes[i]], most, 1e-4 * fabsf (most) + 1e-4);
        }
    }
}

typedef struct
{
  GCancellable *cancellable;
  size_t        n_calls;
  size_t        done;
} Watch;

static void
watch (size_t done, size_t total, const int32_t *codes, gpointer data)
{
  Watch *seen = data;

  g_assert_cmpuint (done, >, seen->done);
  g_assert_cmpuint (done, <=, total);
  g_assert_cmpint (codes[done / 2 - 1], >=, 0);
  if (done < total)
    g_assert_cmpint (codes[done / 2], ==, -1);
  seen->done = done;
  if (++seen->n_calls == 5)
    g_cancellable_cancel (seen->cancellable);
}

static void
test_cancelled (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  g_autofree int32_t *codes = g_new (int32_t, 2 * persea_generator_get_n_codes (generator));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Watch seen = { cancellable, 0, 0 };
  PerseaDrawOptions options = golden_options;
  g_autoptr (GError) error = NULL;

  options.progress = watch;
  options.progress_data = &seen;
  g_assert_false (persea_generator_draw (generator, &options, codes, cancellable, &error));
  g_assert_true (persea_error_is_cancelled (error));
  g_assert_cmpuint (seen.n_calls, ==, 5);
}

static void
assert_refused (PerseaGenerator *generator, const PerseaDrawOptions *options, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autofree int32_t *codes = g_new (int32_t, 2 * persea_generator_get_n_codes (generator));

  g_assert_false (persea_generator_draw (generator, options, codes, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("expected \"%s\", found \"%s\"", pattern, error->message);
}

static void
test_refused (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (PerseaGenerator) generator = open_generator (test);
  size_t n_codes = persea_generator_get_n_codes (generator);
  g_autofree int32_t *kept = g_new0 (int32_t, 2 * n_codes);
  g_autofree float *logits = g_new (float, 1);
  g_autoptr (GError) error = NULL;
  PerseaDrawOptions options;

  options = golden_options;
  options.n_candidates = 0;
  assert_refused (generator, &options, "candidates: *0");
  options = golden_options;
  options.guidance = NAN;
  assert_refused (generator, &options, "guidance: *nan");
  options = golden_options;
  options.sampling.top_p = 0;
  assert_refused (generator, &options, "top-p: *0");
  options = golden_options;
  options.prompt = "\xff";
  assert_refused (generator, &options, "*UTF-8*");
  options = golden_options;
  options.kept = kept;
  kept[2 * n_codes - 1] = persea_generator_get_n_entries (generator);
  assert_refused (generator, &options, "golden: code *: expected -1 to *, found *");

  g_assert_false (persea_generator_logits (generator, "", NULL, kept, n_codes + 1, logits, NULL,
                                           &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

static void
case_free (gpointer data)
{
  Case *test = data;

  g_free (test->folder);
  g_free (test->device);
  g_free (test);
}

static void
add_case (const char *what, const char *folder, const char *name, unsigned device,
          const char *driver, PerseaPrecision precision, GTestDataFunc function)
{
  g_autofree char *path = g_strdup_printf ("/dalle/%s/%s-%u/%s/%s", name, driver, device,
                                           persea_precision_name (precision), what);
  Case *test = g_new0 (Case, 1);

  test->folder = g_build_filename (folder, name, NULL);
  test->device = g_strdup_printf ("%u", device);
  test->precision = precision;
  g_test_add_data_func_full (path, test, function, case_free);
}

static void
add_cases (const char *folder, const char *name)
{
  static const PerseaPrecision precisions[] = { PERSEA_PRECISION_F32, PERSEA_PRECISION_BF16,
                                                PERSEA_PRECISION_F16 };
  static const struct
  {
    const char   *name;
    GTestDataFunc function;
    gboolean      exact; /* makes sense in f32 only, and takes its time on the reference device */
  } tests[] = {
    { "logits", test_logits, FALSE },   { "drawn", test_drawn, TRUE },
    { "batches", test_batches, FALSE }, { "kept", test_kept, FALSE },
    { "guidance", test_guidance, TRUE }, { "cancelled", test_cancelled, FALSE },
    { "refused", test_refused, TRUE },
  };
  g_autoptr (GPtrArray) devices = persea_devices_list (drivers, NULL);

  for (unsigned d = 0; d < devices->len; d++)
    for (unsigned p = 0; p < G_N_ELEMENTS (precisions); p++)
      for (unsigned t = 0; t < G_N_ELEMENTS (tests); t++)
        {
          const PerseaDeviceInfo *info = devices->pdata[d];
          gboolean reference = info->kind == PERSEA_DEVICE_KIND_REFERENCE;

          if (!info->unusable && !(reference && p > 0) && !(tests[t].exact && p > 0))
            add_case (tests[t].name, folder, name, d, info->driver->name, precisions[p],
                      tests[t].function);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "dalle", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) models = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  for (const char *name; (name = g_dir_read_name (models));)
    add_cases (folder, name);
  return g_test_run ();
}
