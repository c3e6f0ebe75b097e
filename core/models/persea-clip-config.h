/* persea-clip-config.h - what a CLIP is made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The sizes and choices in which CLIP models differ, whoever published them; filled from the
 * shapes of the weights and from the configuration files beside them by
 * persea_clip_weights_open().  The letters are those of the shapes everywhere: W width of the
 * image tower, T width of the text tower, E width of the embeddings.
 */
#pragma once

#include "persea-ops.h"
#include "persea-preprocess.h"

G_BEGIN_DECLS

/**
 * PerseaClipTransformer:
 * @width: of the residual stream
 * @n_layers: residual attention blocks
 * @n_heads: @n_heads · @head_dim = @width
 * @head_dim: 64 in OpenAI's models, elsewhere also 24, 80, 88, 104, …; the scale of the scores
 *   is its -1/2th power
 * @mlp_width: inner width of the perceptron
 * @eps: of all layer norms of the tower
 * @activation: of the perceptron
 * @layer_scale: each branch is multiplied by ls_1.gamma and ls_2.gamma [width] before it is added
 */
typedef struct
{
  unsigned         width;
  unsigned         n_layers;
  unsigned         n_heads;
  unsigned         head_dim;
  unsigned         mlp_width;
  float            eps;
  PerseaActivation activation;
  gboolean         layer_scale;
} PerseaClipTransformer;

typedef enum
{
  PERSEA_CLIP_TOWER_VIT,    /* vision transformer */
  PERSEA_CLIP_TOWER_RESNET, /* "modified ResNet" with attention pooling */
} PerseaClipTower;

typedef enum
{
  PERSEA_CLIP_POOL_CLASS,   /* the class token */
  PERSEA_CLIP_POOL_AVERAGE, /* the mean of all others */
} PerseaClipPool;

typedef enum
{
  PERSEA_CLIP_END_LARGEST, /* the first position that holds the largest id of the row */
  PERSEA_CLIP_END_TOKEN,   /* the first position that holds end_token; position 0 if none does */
} PerseaClipEnd;

typedef enum
{
  PERSEA_CLIP_LAYOUT_OPENAI,       /* OpenAI's own file, or weights in its names alone */
  PERSEA_CLIP_LAYOUT_HUGGING_FACE, /* CLIPModel of transformers, with config.json */
  PERSEA_CLIP_LAYOUT_OPEN_CLIP,    /* OpenAI's names, with open_clip_config.json */
} PerseaClipLayout;

/**
 * PerseaClipConfig:
 * @layout: who wrote it, for people
 * @embed_dim: E
 * @image_tower: which of the two following groups holds
 * @image_size: pixels of both sides; may be more than @grid · @patch_size: what is left over at
 *   the right and below belongs to no patch and is not looked at
 * @grid: cells on each side: patches of the ViT, cells of the ResNet before pooling
 * @vision: ViT: its blocks; the ResNet has none
 * @patch_size: ViT: pixels of both sides of a patch, which is also the stride
 * @pre_norm: ViT: there is a layer norm ln_pre before the blocks
 * @pool: ViT: what becomes the embedding
 * @norm_after_pool: ViT: ln_post comes after the pool, not before (tells only if averaged)
 * @resnet_layers: ResNet: bottleneck blocks in each of the four stages
 * @resnet_width: ResNet: w, channels behind the stem; the stages have 4w, 8w, 16w, 32w
 * @resnet_heads: ResNet: heads of the attention pool, of 32w / @resnet_heads dimensions each
 * @text: the text tower, causal
 * @context_length: positions of the text tower
 * @vocab_size: rows of the token embedding
 * @end: which position becomes the embedding
 * @end_token: for %PERSEA_CLIP_END_TOKEN
 * @text_projection_bias: the text projection has a bias [E], text_projection.bias
 * @activation_assumed: nothing beside the weights named the activation, so it is a guess
 * @preprocess: how pictures are made ready
 */
typedef struct
{
  PerseaClipLayout      layout;
  unsigned              embed_dim;

  PerseaClipTower       image_tower;
  unsigned              image_size;
  unsigned              grid;
  PerseaClipTransformer vision;
  unsigned              patch_size;
  gboolean              pre_norm;
  PerseaClipPool        pool;
  gboolean              norm_after_pool;
  unsigned              resnet_layers[4];
  unsigned              resnet_width;
  unsigned              resnet_heads;

  PerseaClipTransformer text;
  unsigned              context_length;
  unsigned              vocab_size;
  PerseaClipEnd         end;
  int32_t               end_token;
  gboolean              text_projection_bias;

  gboolean              activation_assumed;
  PerseaPreprocess      preprocess;
} PerseaClipConfig;

/**
 * PerseaClipTensor:
 * @name: (transfer none): its name in OpenAI's naming
 * @n_dims: 0 to 4
 * @shape: outermost first
 * @n_elements: product of @shape
 */
typedef struct
{
  char    *name;
  unsigned n_dims;
  size_t   shape[4];
  size_t   n_elements;
} PerseaClipTensor;

/**
 * persea_clip_list_tensors:
 *
 * All tensors that a model of @config has, with the names of OpenAI's checkpoints (clip/model.py)
 * and their shapes there, except that two matrices are listed as linear weights [out, in]:
 * visual.proj [E, W] and text_projection [E, T].  Batch norms are listed with weight, bias,
 * running_mean and running_var.
 *
 * Returns: (transfer full) (element-type PerseaClipTensor): freed with g_ptr_array_unref()
 */
GPtrArray *persea_clip_list_tensors (const PerseaClipConfig *config);

/**
 * persea_clip_count_parameters:
 * @vision: (out) (optional): trained numbers of the image tower, without running statistics
 * @text: (out) (optional): of the text tower, without the logit scale
 *
 * Returns: trained numbers of the whole model, as published for the well-known ones
 */
size_t persea_clip_count_parameters (const PerseaClipConfig *config, size_t *vision, size_t *text);

/* (transfer none): "OpenAI", "Hugging Face", "OpenCLIP" */
const char *persea_clip_layout_name (PerseaClipLayout layout);

G_END_DECLS
