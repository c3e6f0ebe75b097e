/* persea-clip-layouts.c - what the files beside the weights of a CLIP say
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Hugging Face's layout, and what is shared; OpenCLIP's is in persea-clip-open-clip.c.
 * References: transformers, models/clip/configuration_clip.py and image_processing_clip.py.
 */
#include "config.h"

#include "persea-clip-layouts.h"

#include <string.h>

#include "persea-error.h"
#include "persea-json.h"

static const struct
{
  const char      *name;
  PerseaActivation activation;
} clip_activations[] = {
  { "quick_gelu", PERSEA_ACTIVATION_QUICK_GELU },
  { "gelu", PERSEA_ACTIVATION_GELU_ERF },
  { "gelu_pytorch_tanh", PERSEA_ACTIVATION_GELU_TANH },
  { "gelu_new", PERSEA_ACTIVATION_GELU_TANH },
};

gboolean
persea_clip_set_heads (PerseaClipTransformer *transformer, unsigned n_heads, GError **error)
{
  if (n_heads == 0 || transformer->width % n_heads != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected a number of heads that divides the width %u, found %u",
                   transformer->width, n_heads);
      return FALSE;
    }
  transformer->n_heads = n_heads;
  transformer->head_dim = transformer->width / n_heads;
  return TRUE;
}

gboolean
persea_clip_agree (const char *what, unsigned said, unsigned found, GError **error)
{
  if (said == found)
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
               "\"%s\": expected %u as in the weights, found %u", what, found, said);
  return FALSE;
}

gboolean
persea_clip_check_std (const float std[3], GError **error)
{
  for (int i = 0; i < 3; i++)
    if (!(std[i] > 0 && std[i] <= 1000))
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                     "expected standard deviations above 0, found %g", std[i]);
        return FALSE;
      }
  return TRUE;
}

/* A convolution without padding drops what does not fill a patch, so a ViT's pictures may be larger
 * than its patches together. */
gboolean
persea_clip_set_image_size (PerseaClipConfig *config, unsigned said, GError **error)
{
  unsigned patch_size = config->image_tower == PERSEA_CLIP_TOWER_VIT ? config->patch_size : 32;

  if (said == 0 || said > 4096 || said / patch_size != config->grid)
    return persea_clip_agree ("image_size", said, config->image_size, error);
  config->image_size = said;
  config->preprocess.image_size = (int) said;
  return TRUE;
}

static gboolean
clip_parse_activation (const char *name, PerseaActivation *activation, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (clip_activations); i++)
    if (strcmp (name, clip_activations[i].name) == 0)
      {
        *activation = clip_activations[i].activation;
        return TRUE;
      }
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "activation \"%s\" is not supported", name);
  return FALSE;
}

/* Reads an integer if it is there and compares it with what the shapes say */
static gboolean
hf_agree (JsonObject *section, const char *name, unsigned found, GError **error)
{
  unsigned said = found;

  return persea_json_get_uint (section, name, 0, G_MAXINT, &said, error)
         && persea_clip_agree (name, said, found, error);
}

static gboolean
hf_apply_tower (PerseaClipTransformer *tower,
                JsonObject            *section,
                unsigned               n_heads,
                GError               **error)
{
  const char *activation = "quick_gelu";
  double eps = 1e-5;

  if (!hf_agree (section, "hidden_size", tower->width, error)
      || !hf_agree (section, "intermediate_size", tower->mlp_width, error)
      || !hf_agree (section, "num_hidden_layers", tower->n_layers, error)
      || !persea_json_get_uint (section, "num_attention_heads", 1, G_MAXINT, &n_heads, error)
      || !persea_json_get_string (section, "hidden_act", &activation, error)
      || !persea_json_get_double (section, "layer_norm_eps", &eps, error))
    return FALSE;

  if (!(eps >= 0 && eps < 1))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "\"layer_norm_eps\": expected a number from 0 to 1, found %g", eps);
      return FALSE;
    }
  tower->eps = (float) eps;
  return persea_clip_set_heads (tower, n_heads, error)
         && clip_parse_activation (activation, &tower->activation, error);
}

/* "text_config" or "vision_config"; where a legacy "…_config_dict" exists, transformers lets it
 * and the defaults override everything else */
static gboolean
hf_get_section (JsonObject *root, const char *name, JsonObject **section, GError **error)
{
  g_autofree char *legacy = g_strconcat (name, "_dict", NULL);

  *section = NULL;
  return persea_json_get_object (root, name, section, error)
         && persea_json_get_object (root, legacy, section, error);
}

static gboolean
hf_apply_config (PerseaClipConfig *config, JsonObject *root, GError **error)
{
  const char *type = "clip";
  JsonObject *text, *vision;
  unsigned end_token = 49407;
  unsigned image_size = config->image_size;

  if (!persea_json_get_string (root, "model_type", &type, error)
      || !hf_get_section (root, "text_config", &text, error)
      || !hf_get_section (root, "vision_config", &vision, error))
    return FALSE;
  if (strcmp (type, "clip") != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "a model of type \"%s\"; expected \"clip\"", type);
      return FALSE;
    }

  if (!hf_agree (root, "projection_dim", config->embed_dim, error)
      || !persea_json_get_uint (vision, "image_size", 1, 4096, &image_size, error)
      || !persea_clip_set_image_size (config, image_size, error)
      || !hf_agree (vision, "patch_size", config->patch_size, error)
      || !hf_agree (text, "vocab_size", config->vocab_size, error)
      || !hf_agree (text, "max_position_embeddings", config->context_length, error)
      || !hf_apply_tower (&config->text, text, 8, error)
      || !hf_apply_tower (&config->vision, vision, 12, error)
      || !persea_json_get_uint (text, "eos_token_id", 0, G_MAXINT, &end_token, error))
    return FALSE;

  /* All original configurations say 2, which no text ever holds; modeling_clip.py takes that as
   * a request for OpenAI's rule. */
  if (end_token != 2)
    {
      config->end = PERSEA_CLIP_END_TOKEN;
      config->end_token = (int32_t) end_token;
    }
  return TRUE;
}

/* A size is a number, {"shortest_edge": n} or {"height": n, "width": n} */
static gboolean
hf_get_size (JsonObject *root, const char *name, int *size, gboolean *squash, GError **error)
{
  JsonNode *node = json_object_get_member (root, name);
  unsigned edge = 0;
  unsigned height = 0;
  unsigned width = 0;
  JsonObject *sides;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      if (!persea_json_get_uint (root, name, 1, 4096, &edge, error))
        return FALSE;
      if (edge > 0)
        *size = (int) edge;
      return TRUE;
    }

  sides = json_node_get_object (node);
  if (!persea_json_get_uint (sides, "shortest_edge", 1, 4096, &edge, error)
      || !persea_json_get_uint (sides, "height", 1, 4096, &height, error)
      || !persea_json_get_uint (sides, "width", 1, 4096, &width, error))
    return FALSE;
  if (edge == 0 && (height == 0 || height != width))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "\"%s\": expected one side or a square, found %u × %u", name, width, height);
      return FALSE;
    }
  *squash = edge == 0;
  *size = (int) (edge > 0 ? edge : height);
  return TRUE;
}

static gboolean
hf_get_interpolation (JsonObject *root, PerseaInterpolation *interpolation, GError **error)
{
  /* PIL's numbers */
  static const PerseaInterpolation filters[] = {
    PERSEA_INTERPOLATION_NEAREST, PERSEA_INTERPOLATION_LANCZOS, PERSEA_INTERPOLATION_BILINEAR,
    PERSEA_INTERPOLATION_BICUBIC, PERSEA_INTERPOLATION_BOX,
  };
  unsigned number = 3;

  if (!persea_json_get_uint (root, "resample", 0, G_N_ELEMENTS (filters) - 1, &number, error))
    return FALSE;
  *interpolation = filters[number];
  return TRUE;
}

static gboolean
hf_apply_preprocessor (PerseaPreprocess *preprocess, JsonObject *root, GError **error)
{
  gboolean resize = TRUE, crop = TRUE, rescale = TRUE, normalize = TRUE;
  gboolean squash = FALSE, crop_square = FALSE;
  int crop_size = preprocess->image_size;
  double factor = 1.0 / 255;

  if (!hf_get_size (root, "size", &preprocess->resize_size, &squash, error)
      || !hf_get_size (root, "crop_size", &crop_size, &crop_square, error)
      || !hf_get_interpolation (root, &preprocess->interpolation, error)
      || !persea_json_get_boolean (root, "do_resize", &resize, error)
      || !persea_json_get_boolean (root, "do_center_crop", &crop, error)
      || !persea_json_get_boolean (root, "do_rescale", &rescale, error)
      || !persea_json_get_boolean (root, "do_normalize", &normalize, error)
      || !persea_json_get_double (root, "rescale_factor", &factor, error)
      || !persea_json_get_floats (root, "image_mean", preprocess->mean, 3, error)
      || !persea_json_get_floats (root, "image_std", preprocess->std, 3, error)
      || !persea_clip_check_std (preprocess->std, error))
    return FALSE;

  if (!resize || !rescale || factor < 0.9999 / 255 || factor > 1.0001 / 255 || (!crop && !squash))
    {
      g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                           "expected pictures to be resized, cropped and divided by 255");
      return FALSE;
    }
  if (crop && !persea_clip_agree ("crop_size", (unsigned) crop_size,
                                  (unsigned) preprocess->image_size, error))
    return FALSE;
  if (squash)
    preprocess->resize_mode = PERSEA_RESIZE_SQUASH;
  if (!normalize)
    for (int i = 0; i < 3; i++)
      {
        preprocess->mean[i] = 0;
        preprocess->std[i] = 1;
      }
  return TRUE;
}

gboolean
persea_clip_apply_hugging_face (PerseaClipConfig           *config,
                                const PerseaModelDirectory *directory,
                                GError                    **error)
{
  g_autofree char *path = g_build_filename (directory->folder, "config.json", NULL);
  g_autofree char *preprocessor = NULL;
  g_autoptr (JsonObject) root = NULL;
  g_autoptr (JsonObject) preprocessor_root = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                   "%s: no such file, but weights in the layout of Hugging Face need it", path);
      return FALSE;
    }
  root = persea_json_load (path, error);
  if (root == NULL)
    return FALSE;
  if (!hf_apply_config (config, root, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  config->layout = PERSEA_CLIP_LAYOUT_HUGGING_FACE;
  config->activation_assumed = FALSE;
  config->preprocess.crop_rule = PERSEA_CROP_FLOOR;

  preprocessor = persea_model_directory_find (directory, "preprocessor_config.json");
  if (preprocessor == NULL)
    return TRUE;
  preprocessor_root = persea_json_load (preprocessor, error);
  if (preprocessor_root == NULL)
    return FALSE;
  if (hf_apply_preprocessor (&config->preprocess, preprocessor_root, error))
    return TRUE;
  g_prefix_error (error, "%s: ", preprocessor);
  return FALSE;
}

gboolean
persea_clip_apply_persea (PerseaClipConfig           *config,
                          const PerseaModelDirectory *directory,
                          GError                    **error)
{
  g_autofree char *path = persea_model_directory_find (directory, "persea.json");
  g_autoptr (JsonObject) root = NULL;
  const char *activation = NULL;
  PerseaActivation parsed;

  if (path == NULL)
    return TRUE;
  root = persea_json_load (path, error);
  if (root == NULL)
    return FALSE;
  if (!persea_json_get_string (root, "activation", &activation, error)
      || (activation != NULL && !clip_parse_activation (activation, &parsed, error)))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (activation != NULL)
    {
      config->vision.activation = parsed;
      config->text.activation = parsed;
      config->activation_assumed = FALSE;
    }
  return TRUE;
}
