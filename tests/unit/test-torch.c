/* test-torch.c - the files of PyTorch
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What golden/make-torch.py saved, whole and damaged, and the heads that others have published.
 */
#include "config.h"

#include "persea-checkpoint.h"

#include <math.h>
#include <string.h>

#include "persea-error.h"

static char *
golden_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "golden", "torch", name, NULL);
}

static PerseaCheckpoint *
open_golden (const char *name)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  PerseaCheckpoint *checkpoint = persea_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

/* @shape ends at the first 0 or after two sizes, unless @n_dims says otherwise */
static const struct
{
  const char *name;
  PerseaDtype dtype;
  unsigned    n_dims;
  size_t      shape[2];
  gboolean    contiguous;
  float       values[6];
} saved[] = {
  { "a", PERSEA_DTYPE_F32, 2, { 2, 3 }, TRUE, { 0, 1, 2, 3, 4, 5 } },
  { "transposed", PERSEA_DTYPE_F32, 2, { 3, 2 }, FALSE, { 0, 3, 1, 4, 2, 5 } },
  { "part", PERSEA_DTYPE_F32, 2, { 1, 2 }, TRUE, { 4, 5 } },
  { "parameter", PERSEA_DTYPE_F32, 2, { 2, 3 }, TRUE, { 0, 2, 4, 6, 8, 10 } },
  { "half", PERSEA_DTYPE_F16, 1, { 2 }, TRUE, { 1.5f, -2.25f } },
  { "bfloat", PERSEA_DTYPE_BF16, 1, { 2 }, TRUE, { 1.5f, -2.25f } },
  { "double", PERSEA_DTYPE_F64, 1, { 2 }, TRUE, { 0.1f, INFINITY } },
  { "long", PERSEA_DTYPE_I64, 2, { 1, 2 }, TRUE, { -1, 0x1p40f } },
  { "int", PERSEA_DTYPE_I32, 1, { 1 }, TRUE, { -7 } },
  { "short", PERSEA_DTYPE_I16, 1, { 1 }, TRUE, { -300 } },
  { "char", PERSEA_DTYPE_I8, 1, { 1 }, TRUE, { -3 } },
  { "byte", PERSEA_DTYPE_U8, 1, { 1 }, TRUE, { 200 } },
  { "bool", PERSEA_DTYPE_BOOL, 1, { 2 }, TRUE, { 1, 0 } },
  { "scalar", PERSEA_DTYPE_F32, 0, { 0 }, TRUE, { 4.5f } },
  { "empty", PERSEA_DTYPE_F32, 2, { 0, 3 }, TRUE, { 0 } },
};

static void
test_tensors (gconstpointer data)
{
  g_autoptr (PerseaCheckpoint) checkpoint = open_golden (data);
  size_t n;

  persea_checkpoint_get_tensors (checkpoint, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (saved));
  for (size_t i = 0; i < n; i++)
    {
      const PerseaCheckpointTensor *tensor = persea_checkpoint_find (checkpoint, saved[i].name);
      g_autoptr (GError) error = NULL;
      float values[6];

      g_assert_nonnull (tensor);
      g_assert_cmpint (tensor->dtype, ==, saved[i].dtype);
      g_assert_cmpuint (tensor->n_dims, ==, saved[i].n_dims);
      for (unsigned j = 0; j < tensor->n_dims; j++)
        g_assert_cmpuint (tensor->shape[j], ==, saved[i].shape[j]);
      g_assert_cmpint (tensor->contiguous, ==, saved[i].contiguous);
      g_assert_cmpuint (tensor->n_elements, <=, 6);
      persea_checkpoint_read_f32 (checkpoint, tensor, values, &error);
      g_assert_no_error (error);
      for (size_t j = 0; j < tensor->n_elements; j++)
        g_assert_cmpfloat (values[j], ==, saved[i].values[j]);
    }
}

/* The same module as a training program's state, pickled whole, and as TorchScript */
static void
test_module (gconstpointer data)
{
  static const char *const names[] = {
    "blocks.0.weight", "blocks.0.count", "blocks.2.weight", "blocks.2.count",
    "model.weight",    "model.count",    "scale",
  };
  g_autoptr (PerseaCheckpoint) checkpoint = open_golden (data);
  g_autoptr (GError) error = NULL;
  float values[4];
  size_t n;

  persea_checkpoint_get_tensors (checkpoint, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (names));
  for (size_t i = 0; i < n; i++)
    g_assert_nonnull (persea_checkpoint_find (checkpoint, names[i]));
  persea_checkpoint_read_f32 (checkpoint, persea_checkpoint_find (checkpoint, "model.weight"),
                              values, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (values[3], ==, 3);
  g_assert_cmpint (persea_checkpoint_get_kind (checkpoint), ==,
                   strcmp (data, "script.pt") == 0 ? PERSEA_CHECKPOINT_TORCH_SCRIPT
                                                   : PERSEA_CHECKPOINT_TORCH_ZIP);
}

static int
compare_names (const void *first, const void *second)
{
  return strcmp (((const PerseaCheckpointTensor *) first)->name,
                 ((const PerseaCheckpointTensor *) second)->name);
}

/* OpenAI's discrete VAE, whose classes nobody here knows: element i of tensor n is n + i / 64 */
static void
test_dvae (gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "golden", "dvae", data, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (path, &error);
  const PerseaCheckpointTensor *tensors;
  g_autofree PerseaCheckpointTensor *sorted = NULL;
  size_t n;

  g_assert_no_error (error);
  g_assert_cmpint (persea_checkpoint_get_kind (checkpoint), ==,
                   strstr (data, "legacy") ? PERSEA_CHECKPOINT_TORCH_LEGACY
                                           : PERSEA_CHECKPOINT_TORCH_ZIP);
  tensors = persea_checkpoint_get_tensors (checkpoint, &n);
  g_assert_cmpuint (n, ==, strstr (data, "decoder") ? 76 : 74);
  g_assert_nonnull (persea_checkpoint_find (checkpoint, "blocks.input.w"));
  g_assert_nonnull (persea_checkpoint_find (checkpoint, "blocks.group_1.block_1.res_path.conv_1.w"));
  g_assert_nonnull (persea_checkpoint_find (checkpoint, "blocks.group_2.block_1.id_path.b"));
  g_assert_nonnull (persea_checkpoint_find (checkpoint, "blocks.output.conv.b"));

  sorted = g_memdup2 (tensors, n * sizeof *tensors);
  qsort (sorted, n, sizeof *sorted, compare_names);
  for (size_t i = 0; i < n; i++)
    {
      g_autofree float *values = g_new (float, sorted[i].n_elements);

      g_assert_true (persea_checkpoint_read_f32 (checkpoint, &sorted[i], values, NULL));
      for (size_t j = 0; j < sorted[i].n_elements; j++)
        g_assert_cmpfloat (values[j], ==, i + j / 64.0f);
    }
}

/* Every part of an array whose elements do not follow each other */
static void
test_part (void)
{
  g_autoptr (PerseaCheckpoint) checkpoint = open_golden ("zip.pt");
  const PerseaCheckpointTensor *tensor = persea_checkpoint_find (checkpoint, "transposed");
  float all[6], part[6];

  g_assert_false (tensor->contiguous);
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, all, NULL));
  for (size_t first = 0; first <= 6; first++)
    for (size_t n = 0; n <= 6 - first; n++)
      {
        g_assert_true (persea_checkpoint_read_f32_part (checkpoint, tensor, first, n, part, NULL));
        g_assert_cmpmem (part, n * sizeof *part, all + first, n * sizeof *part);
      }
}

static void
test_refused (void)
{
  g_autofree char *sparse = golden_path ("sparse.pt");
  g_autofree char *expanded = golden_path ("expanded.pt");
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_checkpoint_open (sparse, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "tensor sparse: made by _rebuild_sparse_tensor"));
  g_clear_error (&error);
  g_assert_null (persea_checkpoint_open (expanded, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "tensor expanded:"));
}

static void
read_all (PerseaCheckpoint *checkpoint)
{
  size_t n;
  const PerseaCheckpointTensor *tensors = persea_checkpoint_get_tensors (checkpoint, &n);

  for (size_t i = 0; i < n; i++)
    {
      g_autofree float *values = g_new (float, tensors[i].n_elements + 1);

      g_assert_true (persea_checkpoint_read_f32 (checkpoint, &tensors[i], values, NULL));
    }
}

/* Cut off after any byte, a file gives an error.  The copy has exactly the size, so that a
 * sanitizer sees whoever reads beyond. */
static void
test_truncated (gconstpointer data)
{
  g_autofree char *path = golden_path (data);
  g_autofree char *content = NULL;
  size_t length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (size_t n = 1; n < length; n++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (content, n);
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_checkpoint_new_from_bytes ("cut", bytes, &error));
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "cut: "));
    }
}

/* With any byte changed, it opens or does not, and that is all that happens */
static void
test_changed (gconstpointer data)
{
  static const uint8_t masks[] = { 0x01, 0x20, 0x80, 0xff };
  g_autofree char *path = golden_path (data);
  g_autofree char *content = NULL;
  size_t length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (size_t i = 0; i < length * G_N_ELEMENTS (masks); i++)
    {
      char *byte = content + i / G_N_ELEMENTS (masks);
      char before = *byte;
      g_autoptr (PerseaCheckpoint) checkpoint = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      *byte ^= masks[i % G_N_ELEMENTS (masks)];
      bytes = g_bytes_new (content, length);
      *byte = before;
      checkpoint = persea_checkpoint_new_from_bytes ("changed", bytes, &error);
      g_assert_true ((checkpoint == NULL) == (error != NULL));
      if (checkpoint != NULL)
        read_all (checkpoint);
    }
}

static char *
shared_path (const char *name)
{
  const char *shared = g_getenv ("PERSEA_TEST_SHARED");

  if (shared != NULL)
    return g_build_filename (shared, "data", "heads", name, NULL);
  return g_test_build_filename (G_TEST_DIST, "..", "..", "..", "shared", "data", "heads", name,
                                NULL);
}

/* Published by LAION: first weights and bias as printed by PyTorch */
static void
test_heads (void)
{
  g_autofree char *small = shared_path ("sa_0_4_vit_b_32_linear.pth");
  g_autofree char *large = shared_path ("sac+logos+ava1-l14-linearMSE.pth");
  g_autoptr (PerseaCheckpoint) checkpoint = NULL;
  const PerseaCheckpointTensor *tensor;
  g_autofree float *values = g_new (float, 1024 * 768);

  if (!g_file_test (small, G_FILE_TEST_EXISTS) || !g_file_test (large, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the published heads are not here; set PERSEA_TEST_SHARED");
      return;
    }

  checkpoint = persea_checkpoint_open (small, NULL);
  g_assert_nonnull (checkpoint);
  tensor = persea_checkpoint_find (checkpoint, "weight");
  g_assert_cmpuint (tensor->n_elements, ==, 512);
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, NULL));
  g_assert_cmpfloat_with_epsilon (values[0], 1.2080796, 1e-7);
  g_assert_cmpfloat_with_epsilon (values[3], -1.4107079, 1e-7);
  tensor = persea_checkpoint_find (checkpoint, "bias");
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, NULL));
  g_assert_cmpfloat_with_epsilon (values[0], 3.4214709, 1e-6);

  g_clear_pointer (&checkpoint, persea_checkpoint_unref);
  checkpoint = persea_checkpoint_open (large, NULL);
  g_assert_nonnull (checkpoint);
  tensor = persea_checkpoint_find (checkpoint, "layers.0.weight");
  g_assert_cmpuint (tensor->shape[0], ==, 1024);
  g_assert_cmpuint (tensor->shape[1], ==, 768);
  g_assert_true (persea_checkpoint_read_f32 (checkpoint, tensor, values, NULL));
  g_assert_cmpfloat_with_epsilon (values[0], -0.1262552, 1e-7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/torch/tensors/zip", "zip.pt", test_tensors);
  g_test_add_data_func ("/torch/tensors/protocol4", "protocol4.pt", test_tensors);
  g_test_add_data_func ("/torch/tensors/legacy", "legacy.pt", test_tensors);
  g_test_add_data_func ("/torch/module/training", "training.pt", test_module);
  g_test_add_data_func ("/torch/module/pickled", "module.pt", test_module);
  g_test_add_data_func ("/torch/module/script", "script.pt", test_module);
  g_test_add_data_func ("/torch/dvae/encoder", "encoder.pkl", test_dvae);
  g_test_add_data_func ("/torch/dvae/decoder", "decoder.pkl", test_dvae);
  g_test_add_data_func ("/torch/dvae/legacy", "encoder-legacy.pkl", test_dvae);
  g_test_add_func ("/torch/part", test_part);
  g_test_add_func ("/torch/refused", test_refused);
  g_test_add_data_func ("/torch/truncated/zip", "zip.pt", test_truncated);
  g_test_add_data_func ("/torch/truncated/legacy", "legacy.pt", test_truncated);
  g_test_add_data_func ("/torch/truncated/script", "script.pt", test_truncated);
  g_test_add_data_func ("/torch/changed/zip", "zip.pt", test_changed);
  g_test_add_data_func ("/torch/changed/legacy", "legacy.pt", test_changed);
  g_test_add_data_func ("/torch/changed/script", "script.pt", test_changed);
  g_test_add_func ("/torch/heads", test_heads);
  return g_test_run ();
}
