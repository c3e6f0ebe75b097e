/* persea-clip-config.c - what a CLIP is made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of the tensors that a configuration asks for.  Names and shapes: openai/CLIP,
 * clip/model.py; LayerScale and the projection's bias: open_clip, src/open_clip/transformer.py.
 */
#include "config.h"

#include "persea-clip-config.h"

#include <string.h>

static void
clip_tensor_free (PerseaClipTensor *tensor)
{
  g_free (tensor->name);
  g_free (tensor);
}

/* Adds prefix + name; the shape ends at the first 0 or after four sizes */
static void
clip_add (GPtrArray *list, const char *prefix, const char *name, const size_t shape[4])
{
  PerseaClipTensor *tensor = g_new0 (PerseaClipTensor, 1);

  tensor->name = g_strconcat (prefix, name, NULL);
  tensor->n_elements = 1;
  while (tensor->n_dims < 4 && shape[tensor->n_dims] > 0)
    {
      tensor->shape[tensor->n_dims] = shape[tensor->n_dims];
      tensor->n_elements *= shape[tensor->n_dims++];
    }
  g_ptr_array_add (list, tensor);
}

#define SHAPE(...) ((const size_t[4]){ __VA_ARGS__ })

static void
clip_add_norm (GPtrArray *list, const char *prefix, const char *name, size_t width)
{
  g_autofree char *norm = g_strconcat (prefix, name, NULL);

  clip_add (list, norm, ".weight", SHAPE (width));
  clip_add (list, norm, ".bias", SHAPE (width));
}

static void
clip_add_linear (GPtrArray *list, const char *prefix, const char *name, size_t out, size_t in)
{
  g_autofree char *linear = g_strconcat (prefix, name, NULL);

  clip_add (list, linear, ".weight", SHAPE (out, in));
  clip_add (list, linear, ".bias", SHAPE (out));
}

static void
clip_add_blocks (GPtrArray *list, const char *tower, const PerseaClipTransformer *transformer)
{
  size_t width = transformer->width;
  size_t mlp = transformer->mlp_width;

  for (unsigned i = 0; i < transformer->n_layers; i++)
    {
      g_autofree char *block = g_strdup_printf ("%stransformer.resblocks.%u.", tower, i);

      clip_add_norm (list, block, "ln_1", width);
      clip_add (list, block, "attn.in_proj_weight", SHAPE (3 * width, width));
      clip_add (list, block, "attn.in_proj_bias", SHAPE (3 * width));
      clip_add_linear (list, block, "attn.out_proj", width, width);
      clip_add_norm (list, block, "ln_2", width);
      clip_add_linear (list, block, "mlp.c_fc", mlp, width);
      clip_add_linear (list, block, "mlp.c_proj", width, mlp);
      if (transformer->layer_scale)
        {
          clip_add (list, block, "ls_1.gamma", SHAPE (width));
          clip_add (list, block, "ls_2.gamma", SHAPE (width));
        }
    }
}

static void
clip_add_vit (GPtrArray *list, const PerseaClipConfig *config)
{
  size_t width = config->vision.width;
  size_t patch = config->patch_size;
  size_t n_tokens = (size_t) config->grid * config->grid + 1;

  clip_add (list, "visual.", "class_embedding", SHAPE (width));
  clip_add (list, "visual.", "positional_embedding", SHAPE (n_tokens, width));
  clip_add (list, "visual.", "conv1.weight", SHAPE (width, 3, patch, patch));
  if (config->pre_norm)
    clip_add_norm (list, "visual.", "ln_pre", width);
  clip_add_blocks (list, "visual.", &config->vision);
  clip_add_norm (list, "visual.", "ln_post", width);
  clip_add (list, "visual.", "proj", SHAPE (config->embed_dim, width));
}

/* A convolution without bias, and the batch norm behind it */
static void
clip_add_convolution (GPtrArray  *list,
                      const char *prefix,
                      const char *convolution,
                      const char *norm,
                      size_t      out,
                      size_t      in,
                      size_t      size)
{
  g_autofree char *weight = g_strconcat (convolution, ".weight", NULL);
  g_autofree char *mean = g_strconcat (norm, ".running_mean", NULL);
  g_autofree char *variance = g_strconcat (norm, ".running_var", NULL);

  clip_add (list, prefix, weight, SHAPE (out, in, size, size));
  clip_add_norm (list, prefix, norm, out);
  clip_add (list, prefix, mean, SHAPE (out));
  clip_add (list, prefix, variance, SHAPE (out));
}

static void
clip_add_bottleneck (GPtrArray *list, unsigned stage, unsigned index, size_t in, size_t planes)
{
  g_autofree char *block = g_strdup_printf ("visual.layer%u.%u.", stage + 1, index);

  clip_add_convolution (list, block, "conv1", "bn1", planes, in, 1);
  clip_add_convolution (list, block, "conv2", "bn2", planes, planes, 3);
  clip_add_convolution (list, block, "conv3", "bn3", 4 * planes, planes, 1);
  if (index == 0)
    clip_add_convolution (list, block, "downsample.0", "downsample.1", 4 * planes, in, 1);
}

static void
clip_add_resnet (GPtrArray *list, const PerseaClipConfig *config)
{
  size_t width = config->resnet_width;
  size_t channels = width; /* coming into the next block */
  size_t n_tokens = (size_t) config->grid * config->grid + 1;

  clip_add_convolution (list, "visual.", "conv1", "bn1", width / 2, 3, 3);
  clip_add_convolution (list, "visual.", "conv2", "bn2", width / 2, width / 2, 3);
  clip_add_convolution (list, "visual.", "conv3", "bn3", width, width / 2, 3);
  for (unsigned stage = 0; stage < 4; stage++)
    for (unsigned i = 0; i < config->resnet_layers[stage]; i++)
      {
        clip_add_bottleneck (list, stage, i, channels, width << stage);
        channels = 4 * (width << stage);
      }

  clip_add (list, "visual.attnpool.", "positional_embedding", SHAPE (n_tokens, channels));
  clip_add_linear (list, "visual.attnpool.", "k_proj", channels, channels);
  clip_add_linear (list, "visual.attnpool.", "q_proj", channels, channels);
  clip_add_linear (list, "visual.attnpool.", "v_proj", channels, channels);
  clip_add_linear (list, "visual.attnpool.", "c_proj", config->embed_dim, channels);
}

static void
clip_add_text (GPtrArray *list, const PerseaClipConfig *config)
{
  size_t width = config->text.width;

  clip_add (list, "", "token_embedding.weight", SHAPE (config->vocab_size, width));
  clip_add (list, "", "positional_embedding", SHAPE (config->context_length, width));
  clip_add_blocks (list, "", &config->text);
  clip_add_norm (list, "", "ln_final", width);
  clip_add (list, "", "text_projection", SHAPE (config->embed_dim, width));
  if (config->text_projection_bias)
    clip_add (list, "", "text_projection.bias", SHAPE (config->embed_dim));
}

GPtrArray *
persea_clip_list_tensors (const PerseaClipConfig *config)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) clip_tensor_free);

  if (config->image_tower == PERSEA_CLIP_TOWER_VIT)
    clip_add_vit (list, config);
  else
    clip_add_resnet (list, config);
  clip_add_text (list, config);
  clip_add (list, "", "logit_scale", SHAPE (0));
  return list;
}

size_t
persea_clip_count_parameters (const PerseaClipConfig *config, size_t *vision, size_t *text)
{
  g_autoptr (GPtrArray) list = persea_clip_list_tensors (config);
  size_t n_vision = 0;
  size_t n_all = 0;

  for (guint i = 0; i < list->len; i++)
    {
      const PerseaClipTensor *tensor = g_ptr_array_index (list, i);

      if (strstr (tensor->name, ".running_") != NULL)
        continue;
      n_all += tensor->n_elements;
      if (g_str_has_prefix (tensor->name, "visual."))
        n_vision += tensor->n_elements;
    }
  if (vision != NULL)
    *vision = n_vision;
  if (text != NULL)
    *text = n_all - n_vision - 1;
  return n_all;
}

const char *
persea_clip_layout_name (PerseaClipLayout layout)
{
  static const char *const names[] = {
    [PERSEA_CLIP_LAYOUT_OPENAI] = "OpenAI",
    [PERSEA_CLIP_LAYOUT_HUGGING_FACE] = "Hugging Face",
    [PERSEA_CLIP_LAYOUT_OPEN_CLIP] = "OpenCLIP",
  };

  g_return_val_if_fail ((size_t) layout < G_N_ELEMENTS (names), "?");

  return names[layout];
}
