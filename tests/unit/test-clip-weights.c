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

/* A folder with @config in OpenAI's naming as @file_name, and perhaps one tensor more */
static char *
make_openai (const PerseaClipConfig *config,
             const char             *file_name,
             PerseaDtype             dtype,
             gboolean                custom_text,
             const char             *extra)
{
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  char *folder = test_folder_new ();

  checkpoint_builder_add_openai (builder, config, dtype, custom_text);
  checkpoint_builder_add (builder, "input_resolution", PERSEA_DTYPE_I64, 0, NULL, NULL);
  if (extra != NULL)
    checkpoint_builder_add (builder, extra, PERSEA_DTYPE_F32, 1, (const size_t[]){ 1 }, NULL);
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, file_name, bytes);
  return folder;
}

static void
test_openai (void)
{
  g_autofree PerseaClipConfig *vit = clip_config_new_small_vit ();
  g_autofree PerseaClipConfig *resnet = clip_config_new_small_resnet ();
  PerseaClipConfig *configs[] = { vit, resnet };

  for (int i = 0; i < 2; i++)
    {
      char *folder = make_openai (configs[i], "some.safetensors", PERSEA_DTYPE_F16, FALSE, NULL);
      g_autoptr (PerseaClipWeights) weights = NULL;
      g_autoptr (GError) error = NULL;

      weights = persea_clip_weights_open (folder, &error);
      g_assert_no_error (error);
      /* OpenAI's rules: one head per 64, at least one; quick_gelu */
      configs[i]->text.n_heads = 1;
      configs[i]->text.head_dim = configs[i]->text.width;
      configs[i]->text.activation = PERSEA_ACTIVATION_QUICK_GELU;
      if (i == 0)
        {
          vit->vision.n_heads = 1;
          vit->vision.head_dim = vit->vision.width;
          vit->vision.activation = PERSEA_ACTIVATION_QUICK_GELU;
        }
      assert_same_config (persea_clip_weights_get_config (weights), configs[i]);
      g_assert_false (persea_clip_weights_get_config (weights)->activation_assumed);
      assert_values (weights);
      test_folder_remove (folder);
    }
}

#define OPEN_CLIP_CONFIG                                                                      \
  "{\"model_cfg\": {\"embed_dim\": 20, \"custom_text\": true,"                                 \
  "  \"vision_cfg\": {\"image_size\": [24, 24], \"layers\": 2, \"width\": 24, \"head_width\": 8," \
  "    \"patch_size\": 8, \"ls_init_value\": 0.1},"                                           \
  "  \"text_cfg\": {\"context_length\": 11, \"vocab_size\": 30, \"width\": 16, \"heads\": 2,"   \
  "    \"layers\": 3}},"                                                                      \
  " \"preprocess_cfg\": {\"mean\": [0.5, 0.25, 0.75], \"std\": [1, 2, 3],"                     \
  "    \"interpolation\": \"bilinear\", \"resize_mode\": \"longest\", \"fill_color\": 7}}"

static void
test_open_clip (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (PerseaClipWeights) weights = NULL;
  const PerseaPreprocess *preprocess;
  g_autoptr (GError) error = NULL;
  char *folder;

  config->vision.layer_scale = TRUE;
  config->pre_norm = FALSE;
  folder = make_openai (config, "open_clip_model.safetensors", PERSEA_DTYPE_BF16, TRUE, NULL);
  test_folder_write (folder, "open_clip_config.json", OPEN_CLIP_CONFIG, -1);
  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  assert_same_config (persea_clip_weights_get_config (weights), config);
  assert_values (weights);

  preprocess = &persea_clip_weights_get_config (weights)->preprocess;
  g_assert_cmpint (preprocess->image_size, ==, 24);
  g_assert_cmpfloat (preprocess->mean[2], ==, 0.75f);
  g_assert_cmpfloat (preprocess->std[1], ==, 2);
  g_assert_cmpint (preprocess->interpolation, ==, PERSEA_INTERPOLATION_BILINEAR);
  g_assert_cmpint (preprocess->resize_mode, ==, PERSEA_RESIZE_LONGEST);
  g_assert_cmpint (preprocess->crop_rule, ==, PERSEA_CROP_HALF_EVEN);
  g_assert_cmpint (preprocess->fill, ==, 7);
  test_folder_remove (folder);
}

/* Weights without a configuration: OpenCLIP's file name speaks for gelu, persea.json decides */
static void
test_bare (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (PerseaClipWeights) weights = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = test_folder_new ();

  checkpoint_builder_add_openai (builder, config, PERSEA_DTYPE_F32, FALSE);
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "open_clip_model.safetensors", bytes);
  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  g_assert_true (persea_clip_weights_get_config (weights)->activation_assumed);
  g_assert_cmpint (persea_clip_weights_get_config (weights)->text.activation, ==,
                   PERSEA_ACTIVATION_GELU_ERF);

  g_clear_pointer (&weights, persea_clip_weights_unref);
  test_folder_write (folder, "persea.json", "{\"activation\": \"quick_gelu\"}", -1);
  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  g_assert_false (persea_clip_weights_get_config (weights)->activation_assumed);
  g_assert_cmpint (persea_clip_weights_get_config (weights)->vision.activation, ==,
                   PERSEA_ACTIVATION_QUICK_GELU);
  test_folder_remove (folder);
}

/* Configurations beside good weights of Hugging Face, and a word of the sentence they get */
static const struct
{
  const char *config;
  const char *word;
} hf_wrong[] = {
  { "{\"model_type\": \"siglip\"}", "type \"siglip\"" },
  { "{\"projection_dim\": 21}", "\"projection_dim\": expected 20 as in the weights, found 21" },
  { "{\"projection_dim\": \"20\"}", "a number" },
  { "{\"text_config\": {\"num_hidden_layers\": 12}}", "num_hidden_layers" },
  { "{\"text_config\": {\"num_attention_heads\": 3}}", "divides the width 16" },
  { "{\"text_config\": {\"num_attention_heads\": 0}}", "from 1 to" },
  { "{\"text_config\": {\"hidden_act\": \"swish\"}}", "\"swish\" is not supported" },
  { "{\"text_config\": {\"layer_norm_eps\": -1}}", "\"layer_norm_eps\": expected a number from 0" },
  { "{\"text_config\": []}", "an object" },
  { "{\"vision_config\": {\"image_size\": 32}}", "image_size" },
  { "{\"vision_config\": {\"patch_size\": 8.5}}", "patch_size" },
  { "[1]", "an object" },
  { "{", "no complete" },
  { "", "no complete" },
};

static void
test_wrong_configurations (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  char *folder = test_folder_new ();

  checkpoint_builder_add_hugging_face (builder, config);
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "model.safetensors", bytes);
  for (size_t i = 0; i < G_N_ELEMENTS (hf_wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      test_folder_write (folder, "config.json", hf_wrong[i].config, -1);
      g_assert_null (persea_clip_weights_open (folder, &error));
      g_assert_nonnull (strstr (error->message, "config.json"));
      if (strstr (error->message, hf_wrong[i].word) == NULL)
        g_error ("%s: expected a sentence with %s, found: %s", hf_wrong[i].config,
                 hf_wrong[i].word, error->message);
    }
  test_folder_remove (folder);
}

/* Where a legacy text_config_dict is, text_config counts for nothing; what no file says has the
 * defaults of transformers */
static void
test_legacy_configuration (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (PerseaClipWeights) weights = NULL;
  const PerseaClipConfig *read;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = test_folder_new ();

  checkpoint_builder_add_hugging_face (builder, config);
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "model.safetensors", bytes);
  test_folder_write (folder, "config.json",
                     "{\"text_config\": {\"hidden_act\": \"gelu\", \"eos_token_id\": 2},"
                     " \"text_config_dict\": {\"num_attention_heads\": 4, \"layer_norm_eps\": 0.5},"
                     " \"vision_config\": null}", -1);
  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  read = persea_clip_weights_get_config (weights);
  g_assert_cmpuint (read->text.n_heads, ==, 4);
  g_assert_cmpfloat (read->text.eps, ==, 0.5f);
  g_assert_cmpint (read->text.activation, ==, PERSEA_ACTIVATION_QUICK_GELU);
  g_assert_cmpint (read->end, ==, PERSEA_CLIP_END_TOKEN);
  g_assert_cmpint (read->end_token, ==, 49407);
  g_assert_cmpuint (read->vision.n_heads, ==, 12);
  test_folder_remove (folder);
}

/* Features of OpenCLIP that are refused by name */
static void
test_open_clip_refused (void)
{
  static const char *const configs[][2] = {
    { "{\"vision_cfg\": {\"timm_model_name\": \"vit\"}}", "timm" },
    { "{\"vision_cfg\": {\"attentional_pool\": true}}", "CoCa" },
    { "{\"vision_cfg\": {\"head_width\": 8, \"pool_type\": \"none\"}}", "pool_type" },
    { "{\"vision_cfg\": {\"layers\": [1, 1, 1, 1]}}", "ViT" },
    { "{\"vision_cfg\": {\"image_size\": [24, 32]}}", "square" },
    { "{\"vision_cfg\": {\"head_width\": 64}}", "heads" },
    { "{\"vision_cfg\": {\"head_width\": 8, \"qk_norm\": true}}", "qk_norm" },
    { "{\"multimodal_cfg\": {}}", "CoCa" },
    { "{\"vision_cfg\": {\"head_width\": 8}, \"text_cfg\": {\"hf_model_name\": \"r\"}}", "transformers" },
    { "{\"vision_cfg\": {\"head_width\": 8}, \"text_cfg\": {\"heads\": 2, \"pool_type\": \"last\"}}",
      "\"last\" pooling" },
    { "{\"vision_cfg\": {\"head_width\": 8}, \"text_cfg\": {\"no_causal_mask\": true}}", "causal" },
  };
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  char *folder = make_openai (config, "open_clip_model.safetensors", PERSEA_DTYPE_F32, FALSE, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (configs); i++)
    {
      g_autoptr (GError) error = NULL;

      test_folder_write (folder, "open_clip_config.json", configs[i][0], -1);
      g_assert_null (persea_clip_weights_open (folder, &error));
      g_assert_nonnull (strstr (error->message, "open_clip_config.json"));
      if (strstr (error->message, configs[i][1]) == NULL)
        g_error ("%s: expected a sentence with %s, found: %s", configs[i][0], configs[i][1],
                 error->message);
    }
  test_folder_remove (folder);
}

/* Other families are told by one of their tensors */
static void
test_strangers (void)
{
  static const char *const strangers[][2] = {
    { "logit_bias", "SigLIP" },
    { "visual.trunk.pos_embed", "timm" },
    { "text_decoder.ln_final.weight", "CoCa" },
    { "visual.attn_pool.query", "CoCa" },
    { "text.transformer.embeddings.word_embeddings.weight", "transformers" },
    { "visual.extra.weight", "tensor visual.extra.weight: no part of a CLIP" },
  };
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();

  for (size_t i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      char *folder = make_openai (config, "x.safetensors", PERSEA_DTYPE_F32, FALSE, strangers[i][0]);
      g_autoptr (GError) error = NULL;

      g_assert_null (persea_clip_weights_open (folder, &error));
      g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, strangers[i][1]));
      test_folder_remove (folder);
    }
}

/* Writes the small ViT with the shape or the values of one tensor spoilt; returns the sentence
 * that it gets */
static char *
spoil (const char *spoilt, gboolean leave_out, PerseaDtype dtype, size_t rows, GPtrArray *problems)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (GPtrArray) tensors = persea_clip_list_tensors (config);
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = test_folder_new ();

  for (guint i = 0; i < tensors->len; i++)
    {
      PerseaClipTensor *tensor = g_ptr_array_index (tensors, i);
      gboolean here = strcmp (tensor->name, spoilt) == 0;
      gboolean projection = g_str_has_suffix (tensor->name, "proj")
                            || g_str_has_suffix (tensor->name, "text_projection");
      size_t first = tensor->shape[0];

      if (projection)
        {
          tensor->shape[0] = tensor->shape[1];
          tensor->shape[1] = first;
        }
      if (here && rows > 0)
        tensor->shape[0] = rows;
      if (!here || !leave_out)
        checkpoint_builder_add (builder, tensor->name, here ? dtype : PERSEA_DTYPE_F32,
                                tensor->n_dims, tensor->shape, NULL);
    }
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "m.safetensors", bytes);
  g_assert_null (persea_clip_weights_open_collecting (folder, problems, &error));
  test_folder_remove (folder);
  return g_strdup (error->message);
}

static void
test_spoilt (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *missing = NULL;
  g_autofree char *rows = NULL;
  g_autofree char *type = NULL;
  g_autofree char *many = NULL;

  missing = spoil ("visual.ln_post.bias", TRUE, PERSEA_DTYPE_F32, 0, NULL);
  g_assert_nonnull (
    strstr (missing, "m.safetensors: tensor visual.ln_post.bias: expected [24], but not there"));
  rows = spoil ("visual.proj", FALSE, PERSEA_DTYPE_F32, 23, NULL);
  g_assert_nonnull (strstr (rows, "tensor visual.proj: expected [24, 20], found [23, 20]"));
  type = spoil ("ln_final.bias", FALSE, PERSEA_DTYPE_I64, 0, NULL);
  g_assert_nonnull (strstr (type, "ln_final.bias: expected floating point elements, found i64"));
  /* the width of the text tower is taken from its positions: then all else is wrong */
  many = spoil ("transformer.resblocks.1.ln_1.weight", TRUE, PERSEA_DTYPE_F32, 0, problems);
  g_assert_cmpuint (problems->len, >, 10);
  g_assert_nonnull (strstr (many, "more)"));
}

static void
test_not_finite (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (GPtrArray) tensors = persea_clip_list_tensors (config);
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (PerseaClipWeights) weights = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  const float nan_value = NAN;
  char *folder = test_folder_new ();

  for (guint i = 0; i < tensors->len; i++)
    {
      PerseaClipTensor *tensor = g_ptr_array_index (tensors, i);
      gboolean scale = strcmp (tensor->name, "logit_scale") == 0;
      size_t shape[4] = { tensor->shape[0], tensor->shape[1], tensor->shape[2], tensor->shape[3] };

      if (g_str_has_suffix (tensor->name, "proj") || strcmp (tensor->name, "text_projection") == 0)
        {
          shape[0] = tensor->shape[1];
          shape[1] = tensor->shape[0];
        }
      checkpoint_builder_add (builder, tensor->name, PERSEA_DTYPE_F32, tensor->n_dims, shape,
                              scale ? &nan_value : NULL);
    }
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "m.safetensors", bytes);
  weights = persea_clip_weights_open (folder, &error);
  g_assert_no_error (error);
  g_assert_false (persea_clip_weights_check_finite (weights, NULL, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "tensor logit_scale: expected finite numbers"));
  test_folder_remove (folder);
}

/* A width that the inferred heads do not share evenly: to be said when the model opens. */
static void
test_uneven_heads (void)
{
  g_autofree PerseaClipConfig *config = clip_config_new_small_vit ();
  g_autoptr (CheckpointBuilder) builder = checkpoint_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = test_folder_new ();

  config->text.width = 191;
  checkpoint_builder_add_openai (builder, config, PERSEA_DTYPE_F32, FALSE);
  bytes = checkpoint_builder_finish (builder);
  test_folder_write_bytes (folder, "m.safetensors", bytes);
  g_assert_null (persea_clip_weights_open (folder, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "text tower: expected heads of equal width"));
  test_folder_remove (folder);
}

static void
test_no_model (void)
{
  char *folder = test_folder_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_clip_weights_open ("/no/such/place", &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (persea_clip_weights_open (folder, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  test_folder_write (folder, "a.pt", "x", -1);
  test_folder_write (folder, "b.pt", "x", -1);
  g_assert_null (persea_clip_weights_open (folder, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
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
  g_test_add_func ("/clip-weights/openai", test_openai);
  g_test_add_func ("/clip-weights/open-clip", test_open_clip);
  g_test_add_func ("/clip-weights/bare", test_bare);
  g_test_add_func ("/clip-weights/wrong-configurations", test_wrong_configurations);
  g_test_add_func ("/clip-weights/legacy-configuration", test_legacy_configuration);
  g_test_add_func ("/clip-weights/open-clip-refused", test_open_clip_refused);
  g_test_add_func ("/clip-weights/strangers", test_strangers);
  g_test_add_func ("/clip-weights/spoilt", test_spoilt);
  g_test_add_func ("/clip-weights/not-finite", test_not_finite);
  g_test_add_func ("/clip-weights/uneven-heads", test_uneven_heads);
  g_test_add_func ("/clip-weights/no-model", test_no_model);
  add_goldens (folders);
  return g_test_run ();
}
