/* test-clip-config.c - the published models, by their sizes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The lists of tensors add up to the numbers of parameters that are published: ViT-B/32 in
 * openai/CLIP, notebooks/Interacting_with_CLIP.ipynb; all in open_clip, docs/model_profile.csv.
 */
#include "config.h"

#include "models/persea-clip-config.h"

#include <string.h>

#include "checkpoint-builder.h"

typedef struct
{
  const char *name;
  unsigned    image_size, patch, width, layers, mlp; /* patch 0: ResNet */
  unsigned    blocks[4];
  unsigned    embed, text_width, text_layers;
  size_t      vision, text, total; /* vision and text 0: not published */
} Published;

static const Published published[] = {
  { "ViT-B/32", 224, 32, 768, 12, 3072, { 0 }, 512, 512, 12, 87849216, 63428096, 151277313 },
  { "ViT-B/16", 224, 16, 768, 12, 3072, { 0 }, 512, 512, 12, 86192640, 63428096, 149620737 },
  { "ViT-L/14", 224, 14, 1024, 24, 4096, { 0 }, 768, 768, 12, 303966208, 123650304, 427616513 },
  { "ViT-L/14@336px", 336, 14, 1024, 24, 4096, { 0 }, 768, 768, 12, 304293888, 123650304,
    427944193 },
  { "RN50", 224, 0, 64, 0, 0, { 3, 4, 6, 3 }, 1024, 512, 12, 38316896, 63690240, 102007137 },
  { "RN101", 224, 0, 64, 0, 0, { 3, 4, 23, 3 }, 512, 512, 12, 56259936, 63428096, 119688033 },
  { "RN50x4", 288, 0, 80, 0, 0, { 4, 6, 10, 6 }, 640, 640, 12, 87137080, 91163520, 178300601 },
  { "RN50x16", 384, 0, 96, 0, 0, { 6, 8, 18, 8 }, 768, 768, 12, 167328912, 123650304, 290979217 },
  { "RN50x64", 448, 0, 128, 0, 0, { 3, 15, 36, 10 }, 1024, 1024, 12, 420380352, 202877952,
    623258305 },
  { "ViT-H-14", 224, 14, 1280, 32, 5120, { 0 }, 1024, 1024, 24, 0, 0, 986109441 },
  { "ViT-g-14", 224, 14, 1408, 40, 6144, { 0 }, 1024, 1024, 24, 0, 0, 1366678273 },
  { "ViT-bigG-14", 224, 14, 1664, 48, 8192, { 0 }, 1280, 1280, 32, 0, 0, 2539567105 },
};

static PerseaClipConfig
make_config (const Published *model)
{
  PerseaClipConfig config = {
    .image_tower = model->patch > 0 ? PERSEA_CLIP_TOWER_VIT : PERSEA_CLIP_TOWER_RESNET,
    .embed_dim = model->embed,
    .image_size = model->image_size,
    .grid = model->image_size / (model->patch > 0 ? model->patch : 32),
    .patch_size = model->patch,
    .pre_norm = TRUE,
    .vision = { .width = model->width, .n_layers = model->layers, .mlp_width = model->mlp },
    .resnet_width = model->width,
    .text = { .width = model->text_width, .n_layers = model->text_layers,
              .mlp_width = 4 * model->text_width },
    .context_length = 77,
    .vocab_size = 49408,
  };

  memcpy (config.resnet_layers, model->blocks, sizeof config.resnet_layers);
  return config;
}

static void
test_published (gconstpointer data)
{
  const Published *model = data;
  PerseaClipConfig config = make_config (model);
  size_t vision, text;

  g_assert_cmpuint (persea_clip_count_parameters (&config, &vision, &text), ==, model->total);
  g_assert_cmpuint (vision + text + 1, ==, model->total);
  if (model->vision > 0)
    {
      g_assert_cmpuint (vision, ==, model->vision);
      g_assert_cmpuint (text, ==, model->text);
    }
}

static const PerseaClipTensor *
find (GPtrArray *tensors, const char *name)
{
  for (guint i = 0; i < tensors->len; i++)
    if (strcmp (((PerseaClipTensor *) g_ptr_array_index (tensors, i))->name, name) == 0)
      return g_ptr_array_index (tensors, i);
  return NULL;
}

static void
assert_shape (GPtrArray *tensors, const char *name, unsigned n_dims, const size_t *shape)
{
  const PerseaClipTensor *tensor = find (tensors, name);

  g_assert_nonnull (tensor);
  g_assert_cmpuint (tensor->n_dims, ==, n_dims);
  for (unsigned i = 0; i < n_dims; i++)
    g_assert_cmpuint (tensor->shape[i], ==, shape[i]);
}

/* A few of the names and shapes of clip/model.py, written down by hand */
static void
test_names (void)
{
  PerseaClipConfig vit = make_config (&published[0]);
  PerseaClipConfig resnet = make_config (&published[4]);
  g_autoptr (GPtrArray) b32 = persea_clip_list_tensors (&vit);
  g_autoptr (GPtrArray) rn50 = persea_clip_list_tensors (&resnet);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (b32->len, ==, 302);
  for (guint i = 0; i < b32->len; i++)
    g_assert_true (
      g_hash_table_add (names, ((PerseaClipTensor *) g_ptr_array_index (b32, i))->name));
  assert_shape (b32, "visual.conv1.weight", 4, (const size_t[]){ 768, 3, 32, 32 });
  assert_shape (b32, "visual.positional_embedding", 2, (const size_t[]){ 50, 768 });
  assert_shape (b32, "visual.transformer.resblocks.11.attn.in_proj_weight", 2,
                (const size_t[]){ 2304, 768 });
  assert_shape (b32, "visual.proj", 2, (const size_t[]){ 512, 768 });
  assert_shape (b32, "transformer.resblocks.0.mlp.c_proj.weight", 2, (const size_t[]){ 512, 2048 });
  assert_shape (b32, "text_projection", 2, (const size_t[]){ 512, 512 });
  assert_shape (b32, "logit_scale", 0, NULL);

  assert_shape (rn50, "visual.conv2.weight", 4, (const size_t[]){ 32, 32, 3, 3 });
  assert_shape (rn50, "visual.layer1.0.downsample.0.weight", 4, (const size_t[]){ 256, 64, 1, 1 });
  assert_shape (rn50, "visual.layer2.0.conv1.weight", 4, (const size_t[]){ 128, 256, 1, 1 });
  assert_shape (rn50, "visual.layer4.0.downsample.0.weight", 4,
                (const size_t[]){ 2048, 1024, 1, 1 });
  assert_shape (rn50, "visual.layer4.2.bn3.running_var", 1, (const size_t[]){ 2048 });
  assert_shape (rn50, "visual.attnpool.positional_embedding", 2, (const size_t[]){ 50, 2048 });
  assert_shape (rn50, "visual.attnpool.c_proj.weight", 2, (const size_t[]){ 1024, 2048 });
  g_assert_null (find (rn50, "visual.layer1.1.downsample.0.weight"));
  g_assert_null (find (rn50, "visual.layer1.3.conv1.weight"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (published); i++)
    {
      g_autofree char *path = g_strconcat ("/clip-config/published/", published[i].name, NULL);

      g_strdelimit (path + strlen ("/clip-config/published/"), "/", '-');
      g_test_add_data_func (path, &published[i], test_published);
    }
  g_test_add_func ("/clip-config/names", test_names);
  return g_test_run ();
}
