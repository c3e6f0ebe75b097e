/* checkpoint-builder.c - checkpoints for tests, made on the spot
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "checkpoint-builder.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

struct _CheckpointBuilder
{
  GString    *header;
  GByteArray *data;
};

CheckpointBuilder *
checkpoint_builder_new (void)
{
  CheckpointBuilder *builder = g_new0 (CheckpointBuilder, 1);

  builder->header = g_string_new ("{\"__metadata__\":{\"format\":\"pt\"}");
  builder->data = g_byte_array_new ();
  return builder;
}

void
checkpoint_builder_free (CheckpointBuilder *builder)
{
  g_string_free (builder->header, TRUE);
  g_byte_array_unref (builder->data);
  g_free (builder);
}

static const char *
safetensors_name (PerseaDtype dtype)
{
  switch (dtype)
    {
    case PERSEA_DTYPE_F16:
      return "F16";
    case PERSEA_DTYPE_BF16:
      return "BF16";
    case PERSEA_DTYPE_I64:
      return "I64";
    default:
      g_assert (dtype == PERSEA_DTYPE_F32);
      return "F32";
    }
}

void
checkpoint_builder_add (CheckpointBuilder *builder,
                        const char        *name,
                        PerseaDtype        dtype,
                        unsigned           n_dims,
                        const size_t      *shape,
                        const void        *data)
{
  size_t size = persea_dtype_size (dtype);
  guint begin = builder->data->len;

  g_string_append_printf (builder->header, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", name,
                          safetensors_name (dtype));
  for (unsigned i = 0; i < n_dims; i++)
    {
      g_string_append_printf (builder->header, "%s%zu", i > 0 ? "," : "", shape[i]);
      size *= shape[i];
    }
  g_string_append_printf (builder->header, "],\"data_offsets\":[%u,%zu]}", begin, begin + size);
  g_byte_array_set_size (builder->data, begin + (guint) size);
  if (data != NULL)
    memcpy (builder->data->data + begin, data, size);
  else
    memset (builder->data->data + begin, 0, size);
}

GBytes *
checkpoint_builder_finish (CheckpointBuilder *builder)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  uint64_t length;

  g_string_append_c (builder->header, '}');
  while (builder->header->len % 8 != 0)
    g_string_append_c (builder->header, ' ');
  length = GUINT64_TO_LE ((uint64_t) builder->header->len);
  g_byte_array_append (file, (const guint8 *) &length, sizeof length);
  g_byte_array_append (file, (const guint8 *) builder->header->str, builder->header->len);
  g_byte_array_append (file, builder->data->data, builder->data->len);
  return g_byte_array_free_to_bytes (g_steal_pointer (&file));
}

PerseaClipConfig *
clip_config_new_small_vit (void)
{
  PerseaClipConfig *config = g_new0 (PerseaClipConfig, 1);

  config->embed_dim = 20;
  config->image_tower = PERSEA_CLIP_TOWER_VIT;
  config->image_size = 24;
  config->grid = 3;
  config->patch_size = 8;
  config->pre_norm = TRUE;
  config->vision = (PerseaClipTransformer){
    .width = 24, .n_layers = 2, .n_heads = 3, .head_dim = 8, .mlp_width = 40, .eps = 1e-5f,
    .activation = PERSEA_ACTIVATION_GELU_ERF,
  };
  config->text = (PerseaClipTransformer){
    .width = 16, .n_layers = 3, .n_heads = 2, .head_dim = 8, .mlp_width = 48, .eps = 1e-5f,
    .activation = PERSEA_ACTIVATION_GELU_ERF,
  };
  config->context_length = 11;
  config->vocab_size = 30;
  return config;
}

PerseaClipConfig *
clip_config_new_small_resnet (void)
{
  PerseaClipConfig *config = clip_config_new_small_vit ();

  memset (&config->vision, 0, sizeof config->vision);
  config->image_tower = PERSEA_CLIP_TOWER_RESNET;
  config->image_size = 64;
  config->grid = 2;
  config->patch_size = 0;
  config->pre_norm = FALSE;
  config->resnet_width = 4;
  config->resnet_heads = 2;
  for (int i = 0; i < 4; i++)
    config->resnet_layers[i] = i == 2 ? 2 : 1;
  return config;
}

float
clip_test_value (const char *name, size_t i)
{
  uint32_t bits = (g_str_hash (name) + (uint32_t) i) * 2654435761u;

  bits ^= bits >> 15;
  return (float) (int) (bits % 255) / 256.0f - 0.5f; /* exact in all floating point types */
}

static float *
clip_test_values (const char *name, size_t n)
{
  float *values = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    values[i] = clip_test_value (name, i);
  return values;
}

static float *
transpose (const float *values, size_t n_rows, size_t n_columns)
{
  float *transposed = g_new (float, n_rows * n_columns);

  for (size_t r = 0; r < n_rows; r++)
    for (size_t c = 0; c < n_columns; c++)
      transposed[c * n_rows + r] = values[r * n_columns + c];
  return transposed;
}

void
checkpoint_builder_add_openai (CheckpointBuilder      *builder,
                               const PerseaClipConfig *config,
                               PerseaDtype             dtype,
                               gboolean                custom_text)
{
  g_autoptr (GPtrArray) tensors = persea_clip_list_tensors (config);

  for (guint i = 0; i < tensors->len; i++)
    {
      const PerseaClipTensor *tensor = g_ptr_array_index (tensors, i);
      g_autofree float *values = clip_test_values (tensor->name, tensor->n_elements);
      gboolean text = !g_str_has_prefix (tensor->name, "visual.")
                      && strcmp (tensor->name, "logit_scale") != 0;
      g_autofree char *name = g_strconcat (text && custom_text ? "text." : "", tensor->name, NULL);
      g_autofree void *stored = g_malloc (tensor->n_elements * 4);
      size_t shape[4];

      memcpy (shape, tensor->shape, sizeof shape);
      if (g_str_has_suffix (tensor->name, "visual.proj")
          || g_str_has_suffix (tensor->name, "text_projection"))
        {
          float *transposed = transpose (values, shape[0], shape[1]);

          g_free (values);
          values = transposed;
          shape[0] = tensor->shape[1];
          shape[1] = tensor->shape[0];
        }
      persea_dtype_from_f32 (dtype, values, stored, tensor->n_elements);
      checkpoint_builder_add (builder, name, dtype, tensor->n_dims, shape, stored);
    }
}

static const char *const hf_names[][2] = {
  { "visual.transformer.resblocks.", "vision_model.encoder.layers." },
  { "visual.class_embedding", "vision_model.embeddings.class_embedding" },
  { "visual.positional_embedding", "vision_model.embeddings.position_embedding.weight" },
  { "visual.conv1.", "vision_model.embeddings.patch_embedding." },
  { "visual.ln_pre.", "vision_model.pre_layrnorm." },
  { "visual.ln_post.", "vision_model.post_layernorm." },
  { "visual.proj", "visual_projection.weight" },
  { "transformer.resblocks.", "text_model.encoder.layers." },
  { "token_embedding.", "text_model.embeddings.token_embedding." },
  { "positional_embedding", "text_model.embeddings.position_embedding.weight" },
  { "ln_final.", "text_model.final_layer_norm." },
  { "text_projection", "text_projection.weight" },
  { ".ln_1.", ".layer_norm1." },
  { ".ln_2.", ".layer_norm2." },
  { ".attn.out_proj.", ".self_attn.out_proj." },
  { ".mlp.c_fc.", ".mlp.fc1." },
  { ".mlp.c_proj.", ".mlp.fc2." },
  { ".attn.in_proj_", ".self_attn.#_proj." },
};

void
checkpoint_builder_add_hugging_face (CheckpointBuilder *builder, const PerseaClipConfig *config)
{
  g_autoptr (GPtrArray) tensors = persea_clip_list_tensors (config);

  for (guint i = 0; i < tensors->len; i++)
    {
      const PerseaClipTensor *tensor = g_ptr_array_index (tensors, i);
      g_autofree float *values = clip_test_values (tensor->name, tensor->n_elements);
      g_autoptr (GString) name = g_string_new (tensor->name);
      size_t shape[4];
      char *letter;

      memcpy (shape, tensor->shape, sizeof shape);
      for (size_t j = 0; j < G_N_ELEMENTS (hf_names); j++)
        if (hf_names[j][0][0] == '.' || g_str_has_prefix (name->str, hf_names[j][0]))
          g_string_replace (name, hf_names[j][0], hf_names[j][1], 1);
      letter = strchr (name->str, '#');
      if (letter == NULL)
        {
          checkpoint_builder_add (builder, name->str, PERSEA_DTYPE_F32, tensor->n_dims, shape,
                                  values);
          continue;
        }
      shape[0] /= 3;
      for (int part = 0; part < 3; part++)
        {
          *letter = "qkv"[part];
          checkpoint_builder_add (builder, name->str, PERSEA_DTYPE_F32, tensor->n_dims, shape,
                                  values + part * tensor->n_elements / 3);
        }
    }
}

char *
test_folder_new (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("persea-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

static void
test_folder_empty (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        test_folder_empty (path);
      g_remove (path);
    }
}

void
test_folder_remove (char *folder)
{
  test_folder_empty (folder);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (folder);
}

void
test_folder_write (const char *folder, const char *name, const void *data, gssize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, length, &error);
  g_assert_no_error (error);
}

void
test_folder_write_bytes (const char *folder, const char *name, GBytes *bytes)
{
  test_folder_write (folder, name, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
}
