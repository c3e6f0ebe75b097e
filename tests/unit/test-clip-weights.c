/* test-clip-weights.c - CLIP checkpoints in their layouts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * All layouts of one model must read as the same numbers.
 */
#include "config.h"

#include "models/persea-clip-weights.h"

#include <math.h>
#include <string.h>

#include "checkpoint-builder.h"
#include "persea-error.h"
#include "persea-json.h"

#define HF_CONFIG                                                                             \
  "{\"model_type\": \"clip\", \"projection_dim\": 20,"                                        \
  " \"text_config\": {\"hidden_size\": 16, \"num_attention_heads\": 2, \"num_hidden_layers\": 3," \
  "   \"intermediate_size\": 48, \"hidden_act\": \"gelu\", \"eos_token_id\": 2,"              \
  "   \"max_position_embeddings\": 11, \"vocab_size\": 30},"                                  \
  " \"vision_config\": {\"hidden_size\": 24, \"num_attention_heads\": 3, \"patch_size\": 8,"  \
  "   \"num_hidden_layers\": 2, \"intermediate_size\": 40, \"image_size\": 24,"               \
  "   \"hidden_act\": \"gelu\"}}"

static void
assert_same_transformer (const PerseaClipTransformer *a, const PerseaClipTransformer *b)
{
  g_assert_cmpuint (a->width, ==, b->width);
  g_assert_cmpuint (a->n_layers, ==, b->n_layers);
  g_assert_cmpuint (a->n_heads, ==, b->n_heads);
  g_assert_cmpuint (a->head_dim, ==, b->head_dim);
  g_assert_cmpuint (a->mlp_width, ==, b->mlp_width);
  g_assert_cmpfloat (a->eps, ==, b->eps);
  g_assert_cmpint (a->activation, ==, b->activation);
  g_assert_cmpint (a->layer_scale, ==, b->layer_scale);
}

static void
assert_same_config (const PerseaClipConfig *a, const PerseaClipConfig *b)
{
  g_assert_cmpuint (a->embed_dim, ==, b->embed_dim);
  g_assert_cmpint (a->image_tower, ==, b->image_tower);
  g_assert_cmpuint (a->image_size, ==, b->image_size);
  g_assert_cmpuint (a->grid, ==, b->grid);
  g_assert_cmpuint (a->patch_size, ==, b->patch_size);
  g_assert_cmpint (a->pre_norm, ==, b->pre_norm);
  assert_same_transformer (&a->vision, &b->vision);
  assert_same_transformer (&a->text, &b->text);
  for (int i = 0; i < 4; i++)
    g_assert_cmpuint (a->resnet_layers[i], ==, b->resnet_layers[i]);
  g_assert_cmpuint (a->resnet_width, ==, b->resnet_width);
  g_assert_cmpuint (a->context_length, ==, b->context_length);
  g_assert_cmpuint (a->vocab_size, ==, b->vocab_size);
}

/* Reads every tensor and compares it with what the builder wrote */
static void
assert_values (PerseaClipWeights *weights)
{
  GPtrArray *tensors = persea_clip_weights_get_tensors (weights);

  for (guint i = 0; i < tensors->len; i++)
    {
      const PerseaClipTensor *tensor = g_ptr_array_index (tensors, i);
      g_autofree float *values = g_new (float, tensor->n_elements);
      g_autoptr (GError) error = NULL;

      persea_clip_weights_read (weights, tensor->name, values, tensor->n_elements, &error);
      g_assert_no_error (error);
      for (size_t j = 0; j < tensor->n_elements; j++)
        g_assert_cmpfloat (values[j], ==, clip_test_value (tensor->name, j));
    }
}

static void
test_hugging_face (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (PerseaClipWeights) weights = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = test_folder_new ();
  const size_t one = 1;

  checkpoint_builder_add_hugging_face (builder, config);
  checkpoint_builder_add (builder, "text_model.embeddings.position_ids", PERSEA_DTYPE_I64, 1,
                          &one, NULL);
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "model.safetensors", bytes);
  test_folder_write (folder, "config.json", HF_CONFIG, -1);

  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  assert_same_config (persea_clip_weights_get_config (weights), config);
  g_assert_cmpint (persea_clip_weights_get_config (weights)->end, ==, PERSEA_CLIP_END_LARGEST);
  g_assert_cmpint (persea_clip_weights_get_config (weights)->preprocess.crop_rule, ==,
                   PERSEA_CROP_FLOOR);
  assert_values (weights);
  test_folder_remove (folder);
}

/* What the original implementations saved; the numbers beside it are theirs, too */
static void
test_golden (gconstpointer data)
{
  const char *folder = data;
  g_autofree char *expected_path = g_build_filename (folder, "expected.json", NULL);
  g_autoptr (JsonObject) expected = NULL;
  g_autoptr (PerseaClipWeights) weights = NULL;
  const PerseaClipConfig *config;
  g_autoptr (GError) error = NULL;
  float logit_scale;

  expected = persea_json_load (expected_path, &error);
  g_assert_no_error (error);
  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  config = persea_clip_weights_get_config (weights);
  g_assert_cmpuint (config->image_size, ==, json_object_get_int_member (expected, "image_size"));
  g_assert_cmpuint (config->embed_dim, ==, json_object_get_int_member (expected, "embed_dim"));
  g_assert_cmpuint (config->context_length, ==,
                    json_object_get_int_member (expected, "context_length"));

  persea_clip_weights_read (weights, "logit_scale", &logit_scale, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (
    expf (logit_scale), json_object_get_double_member (expected, "logit_scale"), 1e-4);
  persea_clip_weights_check_finite (weights, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
add_goldens (GPtrArray *folders)
{
  g_autofree char *top = g_test_build_filename (G_TEST_DIST, "..", "golden", "clip", NULL);
  g_autoptr (GDir) dir = g_dir_open (top, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strconcat ("/clip-weights/golden/", name, NULL);
      char *folder = g_build_filename (top, name, NULL);

      g_ptr_array_add (folders, folder);
      g_test_add_data_func (test, folder, test_golden);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clip-weights/hugging-face", test_hugging_face);
  add_goldens (folders);
  return g_test_run ();
}
