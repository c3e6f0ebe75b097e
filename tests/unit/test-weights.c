/* test-weights.c - what a model asks for, and what a checkpoint has
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-weights.h"

#include <math.h>
#include <string.h>

#include "checkpoint-builder.h"
#include "persea-error.h"

static PerseaCheckpoint *
checkpoint_of (CheckpointBuilder *builder, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = checkpoint_builder_finish (builder);
  PerseaCheckpoint *checkpoint = persea_checkpoint_new_from_bytes (name, bytes, &error);

  g_assert_no_error (error);
  return checkpoint;
}

/* "left" has a [2, 3] and, stored the other way round, b [3, 2]; "right" has conv [1, 2, 2, 1] */
static PerseaWeights *
weights_new (void)
{
  g_autoptr (CheckpointBuilder) left = checkpoint_builder_new ();
  g_autoptr (CheckpointBuilder) right = checkpoint_builder_new ();
  const float six[] = { 1, 2, 3, 4, 5, 6 };

  checkpoint_builder_add (left, "a", PERSEA_DTYPE_F32, 2, (size_t[]) { 2, 3 }, six);
  checkpoint_builder_add (left, "b.kernel", PERSEA_DTYPE_F32, 2, (size_t[]) { 2, 3 }, six);
  checkpoint_builder_add (right, "conv.kernel", PERSEA_DTYPE_F32, 4, (size_t[]) { 1, 2, 2, 1 },
                          six);
  checkpoint_builder_add (right, "loss.a", PERSEA_DTYPE_F32, 1, (size_t[]) { 1 }, six);

  PerseaWeights *weights = persea_weights_new ("toy");
  g_autoptr (PerseaCheckpoint) first = checkpoint_of (left, "left");
  g_autoptr (PerseaCheckpoint) second = checkpoint_of (right, "right");
  persea_weights_add_checkpoint (weights, first, "");
  persea_weights_add_checkpoint (weights, second, "second.");
  persea_weights_ignore (weights, "second.loss.");
  return weights;
}

static void
want_all (PerseaWeights *weights)
{
  persea_weights_want (weights, &(PerseaWeight) { .name = "a", .n_dims = 2, .shape = { 2, 3 } });
  persea_weights_want (weights, &(PerseaWeight) { .name = "b.weight", .stored = "b.kernel",
                                                  .order = PERSEA_WEIGHT_REVERSED, .n_dims = 2,
                                                  .shape = { 3, 2 } });
  persea_weights_want (weights, &(PerseaWeight) { .name = "conv", .stored = "second.conv.kernel",
                                                  .order = PERSEA_WEIGHT_REVERSED, .n_dims = 4,
                                                  .shape = { 1, 2, 1, 2 } });
}

static void
assert_reads (PerseaWeights *weights, const char *name, const float *expected, size_t n)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *found = g_new0 (float, n);

  persea_weights_read (weights, name, found, n, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat (found[i], ==, expected[i]);
}

static void
test_orders (void)
{
  g_autoptr (PerseaWeights) weights = weights_new ();
  g_autoptr (GError) error = NULL;

  want_all (weights);
  persea_weights_check (weights, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (persea_weights_count_elements (weights), ==, 16);
  assert_reads (weights, "a", (float[]) { 1, 2, 3, 4, 5, 6 }, 6);
  assert_reads (weights, "b.weight", (float[]) { 1, 4, 2, 5, 3, 6 }, 6);
  assert_reads (weights, "conv", (float[]) { 1, 3, 2, 4 }, 4);
  g_assert_true (persea_weights_check_finite (weights, NULL, NULL));

  float one;
  g_assert_false (persea_weights_read (weights, "c", &one, 1, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (persea_weights_read (weights, "a", &one, 1, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
}

/* all that is wrong is told, in the names and shapes of the files */
static void
test_problems (void)
{
  g_autoptr (PerseaWeights) weights = weights_new ();
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  persea_weights_want (weights, &(PerseaWeight) { .name = "b.weight", .stored = "b.kernel",
                                                  .order = PERSEA_WEIGHT_REVERSED, .n_dims = 2,
                                                  .shape = { 3, 7 } });
  persea_weights_want (weights, &(PerseaWeight) { .name = "gone", .stored = "second.gone",
                                                  .n_dims = 1, .shape = { 5 } });
  persea_weights_want (weights, &(PerseaWeight) { .name = "conv", .stored = "second.conv.kernel",
                                                  .order = PERSEA_WEIGHT_REVERSED, .n_dims = 4,
                                                  .shape = { 1, 2, 1, 2 } });
  g_assert_false (persea_weights_check (weights, problems, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "(and 2 more)"));
  g_assert_cmpuint (problems->len, ==, 3);
  g_assert_cmpstr (problems->pdata[0], ==, "left: tensor b.kernel: expected [7, 3], found [2, 3]");
  g_assert_cmpstr (problems->pdata[1], ==, "right: tensor second.gone: expected [5], but not there");
  g_assert_cmpstr (problems->pdata[2], ==, "left: tensor a: no part of a toy of this structure");
}

static void
test_strangers (void)
{
  g_autoptr (PerseaWeights) weights = weights_new ();
  g_autoptr (GError) error = NULL;
  size_t shape[4];

  persea_weights_want (weights, &(PerseaWeight) { .name = "a", .n_dims = 2, .shape = { 2, 3 } });
  g_assert_false (persea_weights_check (weights, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_clear_error (&error);

  g_assert_true (persea_weights_get_shape (weights, "second.conv.kernel", 4, shape, &error));
  g_assert_cmpuint (shape[1], ==, 2);
  g_assert_false (persea_weights_get_shape (weights, "a", 4, shape, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "left: tensor a: found the shape [2, 3]"));
}

static void
test_not_finite (void)
{
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (PerseaWeights) weights = persea_weights_new ("toy");
  g_autoptr (GError) error = NULL;

  checkpoint_builder_add (builder, "a", PERSEA_DTYPE_F32, 1, (size_t[]) { 2 },
                          (float[]) { 1, NAN });
  g_autoptr (PerseaCheckpoint) checkpoint = checkpoint_of (builder, "file");
  persea_weights_add_checkpoint (weights, checkpoint, "");
  persea_weights_want (weights, &(PerseaWeight) { .name = "a", .n_dims = 1, .shape = { 2 } });
  persea_weights_check (weights, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (persea_weights_check_finite (weights, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "file: tensor a: expected finite numbers, found nan at "
                                            "element 1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/orders", test_orders);
  g_test_add_func ("/weights/problems", test_problems);
  g_test_add_func ("/weights/strangers", test_strangers);
  g_test_add_func ("/weights/not-finite", test_not_finite);
  return g_test_run ();
}
