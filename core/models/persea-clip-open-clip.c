/* persea-clip-open-clip.c - what OpenCLIP says about a CLIP
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * open_clip_config.json: the structure in "model_cfg", the preprocessing in "preprocess_cfg".
 * References: open_clip, src/open_clip/model.py (CLIPVisionCfg, CLIPTextCfg) and transform.py
 * (PreprocessCfg).
 */
#include "config.h"

#include "persea-clip-layouts.h"

#include <string.h>

#include "persea-error.h"
#include "persea-json.h"

typedef struct
{
  const char *key;
  const char *what;
} OpenClipFeature;

/* Structures that we do not compute: true or non-empty is a refusal */
static const OpenClipFeature open_clip_model_features[] = {
  { "multimodal_cfg", "a text decoder (CoCa)" },
  { "audio_cfg", "an audio tower" },
};

static const OpenClipFeature open_clip_vision_features[] = {
  { "timm_model_name", "an image tower from timm" },
  { "attentional_pool", "attentional pooling (CoCa)" },
  { "input_patchnorm", "a norm of the patches" },
};

static const OpenClipFeature open_clip_text_features[] = {
  { "hf_model_name", "a text tower from transformers" },
  { "embed_cls", "a class token in the text tower (CoCa)" },
  { "no_causal_mask", "a text tower without a causal mask" },
};

static const OpenClipFeature open_clip_block_features[] = {
  { "qk_norm", "norms of queries and keys" },
  { "scaled_cosine_attn", "scaled cosine attention" },
  { "scale_heads", "scaled heads" },
  { "scale_attn_inner", "a norm inside the attention" },
  { "scale_attn", "a norm behind the attention" },
  { "scale_fc", "a norm inside the perceptron" },
};

static gboolean
open_clip_refuse (JsonObject *section, const OpenClipFeature *features, size_t n, GError **error)
{
  for (size_t i = 0; i < n; i++)
    if (persea_json_has (section, features[i].key))
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                     "\"%s\": a model with %s; that is not supported", features[i].key,
                     features[i].what);
        return FALSE;
      }
  return TRUE;
}

/* A number, or two equal ones */
static gboolean
open_clip_get_size (JsonObject *section, const char *name, unsigned *said, GError **error)
{
  JsonNode *node = section != NULL ? json_object_get_member (section, name) : NULL;
  float sides[2];

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return persea_json_get_uint (section, name, 0, G_MAXINT, said, error);

  if (!persea_json_get_floats (section, name, sides, 2, error))
    return FALSE;
  if (sides[0] != sides[1])
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "\"%s\": expected a square, found %g × %g", name, (double) sides[0],
                   (double) sides[1]);
      return FALSE;
    }
  *said = (unsigned) CLAMP (sides[0], 0, 1e6f);
  return TRUE;
}

static gboolean
open_clip_agree (JsonObject *section, const char *name, unsigned found, GError **error)
{
  unsigned said = found;

  return open_clip_get_size (section, name, &said, error)
         && persea_clip_agree (name, said, found, error);
}

static gboolean
open_clip_apply_blocks (PerseaClipTransformer *tower,
                        JsonObject            *section,
                        gboolean               quick_gelu,
                        GError               **error)
{
  JsonObject *norm = NULL, *act = NULL;
  const char *approximate = "none";
  const char *block_type = "default";
  double eps = 1e-5;

  if (!open_clip_refuse (section, open_clip_block_features,
                         G_N_ELEMENTS (open_clip_block_features), error)
      || !open_clip_agree (section, "width", tower->width, error)
      || !open_clip_agree (section, "layers", tower->n_layers, error)
      || !persea_json_get_string (section, "block_type", &block_type, error)
      || !persea_json_get_object (section, "norm_kwargs", &norm, error)
      || !persea_json_get_double (norm, "eps", &eps, error)
      || !persea_json_get_object (section, "act_kwargs", &act, error)
      || !persea_json_get_string (act, "approximate", &approximate, error))
    return FALSE;
  if (strcmp (block_type, "default") != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "\"block_type\": \"%s\" is not supported", block_type);
      return FALSE;
    }

  tower->eps = (float) eps;
  if (quick_gelu)
    tower->activation = PERSEA_ACTIVATION_QUICK_GELU;
  else if (strcmp (approximate, "tanh") == 0)
    tower->activation = PERSEA_ACTIVATION_GELU_TANH;
  else
    tower->activation = PERSEA_ACTIVATION_GELU_ERF;
  return TRUE;
}

static gboolean
open_clip_apply_vit (PerseaClipConfig *config,
                     JsonObject       *section,
                     unsigned          head_width,
                     gboolean          quick_gelu,
                     GError          **error)
{
  const char *pool = persea_json_has (section, "global_average_pool") ? "avg" : "tok";

  if (!open_clip_apply_blocks (&config->vision, section, quick_gelu, error)
      || !open_clip_agree (section, "patch_size", config->patch_size, error)
      || !persea_json_get_string (section, "pool_type", &pool, error)
      || !persea_json_get_boolean (section, "final_ln_after_pool", &config->norm_after_pool, error)
      || !persea_clip_set_heads (&config->vision, config->vision.width / head_width, error))
    return FALSE;

  if (strcmp (pool, "avg") == 0)
    config->pool = PERSEA_CLIP_POOL_AVERAGE;
  else if (strcmp (pool, "tok") != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "\"pool_type\": \"%s\" of the image tower is not supported", pool);
      return FALSE;
    }
  return TRUE;
}

static gboolean
open_clip_apply_vision (PerseaClipConfig *config,
                        JsonObject       *section,
                        gboolean          quick_gelu,
                        GError          **error)
{
  JsonNode *layers = section != NULL ? json_object_get_member (section, "layers") : NULL;
  gboolean resnet = layers != NULL && JSON_NODE_HOLDS_ARRAY (layers);
  unsigned head_width = 64;
  unsigned image_size = config->image_size;

  if (!open_clip_refuse (section, open_clip_vision_features,
                         G_N_ELEMENTS (open_clip_vision_features), error)
      || !open_clip_get_size (section, "image_size", &image_size, error)
      || !persea_clip_set_image_size (config, image_size, error)
      || !persea_json_get_uint (section, "head_width", 1, 65536, &head_width, error))
    return FALSE;
  if (resnet != (config->image_tower == PERSEA_CLIP_TOWER_RESNET))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "\"layers\": expected %s as in the weights",
                   resnet ? "one number for a ViT" : "four numbers for a ResNet");
      return FALSE;
    }
  if (!resnet)
    return open_clip_apply_vit (config, section, head_width, quick_gelu, error);

  config->resnet_heads = config->resnet_width * 32 / head_width;
  if (config->resnet_heads == 0 || config->resnet_width * 32 % config->resnet_heads != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "\"head_width\": expected a divisor of %u, found %u",
                   config->resnet_width * 32, head_width);
      return FALSE;
    }
  return open_clip_agree (section, "width", config->resnet_width, error);
}

static gboolean
open_clip_apply_text (PerseaClipConfig *config,
                      JsonObject       *section,
                      gboolean          quick_gelu,
                      GError          **error)
{
  const char *pool = "argmax";
  const char *architecture = "clip";
  const char *projection = "linear";
  unsigned n_heads = 8;
  unsigned end_token = 0;

  if (!open_clip_refuse (section, open_clip_text_features,
                         G_N_ELEMENTS (open_clip_text_features), error)
      || !persea_json_get_string (section, "text_arch", &architecture, error)
      || !persea_json_get_string (section, "proj_type", &projection, error)
      || !persea_json_get_string (section, "pool_type", &pool, error)
      || !persea_json_get_uint (section, "heads", 1, 65536, &n_heads, error)
      || !persea_json_get_uint (section, "eos_id", 0, G_MAXINT, &end_token, error)
      || !open_clip_agree (section, "context_length", config->context_length, error)
      || !open_clip_agree (section, "vocab_size", config->vocab_size, error)
      || !open_clip_apply_blocks (&config->text, section, quick_gelu, error)
      || !persea_clip_set_heads (&config->text, n_heads, error))
    return FALSE;

  if (strcmp (architecture, "clip") != 0 || strcmp (projection, "linear") != 0
      || (strcmp (pool, "argmax") != 0 && strcmp (pool, "eos") != 0))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "a text tower \"%s\" with \"%s\" pooling and \"%s\" projection is not "
                   "supported", architecture, pool, projection);
      return FALSE;
    }
  if (strcmp (pool, "eos") == 0)
    {
      config->end = PERSEA_CLIP_END_TOKEN;
      config->end_token = (int32_t) end_token;
    }
  return TRUE;
}

static gboolean
open_clip_apply_model (PerseaClipConfig *config, JsonObject *model, GError **error)
{
  JsonObject *vision = NULL, *text = NULL;
  gboolean quick_gelu = FALSE;

  return open_clip_refuse (model, open_clip_model_features,
                           G_N_ELEMENTS (open_clip_model_features), error)
         && persea_json_get_boolean (model, "quick_gelu", &quick_gelu, error)
         && persea_json_get_object (model, "vision_cfg", &vision, error)
         && persea_json_get_object (model, "text_cfg", &text, error)
         && open_clip_agree (model, "embed_dim", config->embed_dim, error)
         && open_clip_apply_vision (config, vision, quick_gelu, error)
         && open_clip_apply_text (config, text, quick_gelu, error);
}

static gboolean
open_clip_apply_preprocess (PerseaPreprocess *preprocess, JsonObject *section, GError **error)
{
  static const char *const modes[] = {
    [PERSEA_RESIZE_SHORTEST] = "shortest",
    [PERSEA_RESIZE_LONGEST] = "longest",
    [PERSEA_RESIZE_SQUASH] = "squash",
  };
  const char *interpolation = "bicubic";
  const char *mode = "shortest";
  unsigned fill = 0;

  if (!open_clip_agree (section, "size", (unsigned) preprocess->image_size, error)
      || !persea_json_get_floats (section, "mean", preprocess->mean, 3, error)
      || !persea_json_get_floats (section, "std", preprocess->std, 3, error)
      || !persea_clip_check_std (preprocess->std, error)
      || !persea_json_get_string (section, "interpolation", &interpolation, error)
      || !persea_json_get_string (section, "resize_mode", &mode, error)
      || !persea_json_get_uint (section, "fill_color", 0, 255, &fill, error))
    return FALSE;

  preprocess->fill = (uint8_t) fill;
  preprocess->interpolation = strcmp (interpolation, "bilinear") == 0
                                ? PERSEA_INTERPOLATION_BILINEAR
                                : PERSEA_INTERPOLATION_BICUBIC;
  for (size_t i = 0; i < G_N_ELEMENTS (modes); i++)
    if (strcmp (mode, modes[i]) == 0)
      {
        preprocess->resize_mode = (PerseaResizeMode) i;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "\"resize_mode\": expected shortest, longest or squash, found \"%s\"", mode);
  return FALSE;
}

gboolean
persea_clip_apply_open_clip (PerseaClipConfig           *config,
                             const PerseaModelDirectory *directory,
                             gboolean                   *found,
                             GError                    **error)
{
  g_autofree char *path = persea_model_directory_find (directory, "open_clip_config.json");
  g_autoptr (JsonObject) root = NULL;
  JsonObject *model, *preprocess = NULL;

  *found = path != NULL;
  if (path == NULL)
    return TRUE;
  root = persea_json_load (path, error);
  if (root == NULL)
    return FALSE;

  model = root; /* a configuration of open_clip's own collection is the inner part alone */
  if (!persea_json_get_object (root, "model_cfg", &model, error)
      || !persea_json_get_object (root, "preprocess_cfg", &preprocess, error)
      || !open_clip_apply_model (config, model, error)
      || !open_clip_apply_preprocess (&config->preprocess, preprocess, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  config->layout = PERSEA_CLIP_LAYOUT_OPEN_CLIP;
  config->activation_assumed = FALSE;
  return TRUE;
}
