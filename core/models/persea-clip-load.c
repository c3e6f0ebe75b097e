/* persea-clip-load.c - from a checkpoint to the towers of a CLIP on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The walk over the model that persea-weight-loader.h asks for.  Batch norms are folded into
 * convolutions, layer scale into the projections.
 */
#include "config.h"

#include "persea-clip-private.h"

#include "persea-error.h"

#include <math.h>
#include <string.h>

/* torch.nn.BatchNorm2d's default, which all published models use */
#define BATCH_NORM_EPS 1e-5f

/* a linear layer of a block */
static void
load_block_linear (PerseaWeightLoader *loader, const char *prefix, const char *weight_name,
                   const char *bias_name, const char *scale_name, size_t n, size_t k,
                   PerseaLinear *linear)
{
  g_autofree char *weight = g_strconcat (prefix, weight_name, NULL);
  g_autofree char *bias = g_strconcat (prefix, bias_name, NULL);
  g_autofree char *scale = scale_name ? g_strconcat (prefix, scale_name, NULL) : NULL;

  persea_weight_loader_linear (loader, weight, bias, scale, n, k, linear);
}

static void
load_blocks (PerseaWeightLoader *loader, const char *tower, const PerseaClipTransformer *config,
             ClipBlock **blocks)
{
  size_t width = config->width;

  if (!*blocks)
    *blocks = g_new0 (ClipBlock, config->n_layers);
  for (unsigned i = 0; i < config->n_layers; i++)
    {
      ClipBlock *block = &(*blocks)[i];
      g_autofree char *prefix = g_strdup_printf ("%stransformer.resblocks.%u.", tower, i);

      persea_weight_loader_norm (loader, prefix, "ln_1", width, &block->ln_1);
      load_block_linear (loader, prefix, "attn.in_proj_weight", "attn.in_proj_bias", NULL,
                         3 * width, width, &block->in_proj);
      load_block_linear (loader, prefix, "attn.out_proj.weight", "attn.out_proj.bias",
                         config->layer_scale ? "ls_1.gamma" : NULL, width, width,
                         &block->out_proj);
      persea_weight_loader_norm (loader, prefix, "ln_2", width, &block->ln_2);
      load_block_linear (loader, prefix, "mlp.c_fc.weight", "mlp.c_fc.bias", NULL,
                         config->mlp_width, width, &block->c_fc);
      load_block_linear (loader, prefix, "mlp.c_proj.weight", "mlp.c_proj.bias",
                         config->layer_scale ? "ls_2.gamma" : NULL, width, config->mlp_width,
                         &block->c_proj);
    }
}

static void
load_vision (PerseaWeightLoader *loader, const PerseaClipConfig *config, ClipVision *vision)
{
  size_t width = config->vision.width;
  size_t patch = config->patch_size;

  persea_weight_loader_linear (loader, "visual.conv1.weight", NULL, NULL, width,
                               3 * patch * patch, &vision->conv1);
  persea_weight_loader_tensor (loader, "visual.class_embedding", PERSEA_DTYPE_F32, 0, width,
                               &vision->class_embedding);
  persea_weight_loader_tensor (loader, "visual.positional_embedding", PERSEA_DTYPE_F32,
                               1 + (size_t) config->grid * config->grid, width,
                               &vision->positions);
  if (config->pre_norm)
    persea_weight_loader_norm (loader, "visual.", "ln_pre", width, &vision->ln_pre);
  load_blocks (loader, "visual.", &config->vision, &vision->blocks);
  persea_weight_loader_norm (loader, "visual.", "ln_post", width, &vision->ln_post);
  persea_weight_loader_linear (loader, "visual.proj", NULL, NULL, config->embed_dim, width,
                               &vision->proj);
}

/* Reads a convolution [n, channels, kernel, kernel], folds its batch norm in, and leaves it as a
 * matrix ordered [kernel_y, kernel_x, channel], with a bias. */
static void
load_pack_conv (PerseaWeightLoader *loader, const char *conv, const char *norm, size_t n,
                size_t channels, size_t kernel)
{
  static const char *const parts[] = { "weight", "bias", "running_mean", "running_var" };
  size_t n_taps = kernel * kernel, k = channels * n_taps;
  g_autofree char *weight = g_strconcat (conv, ".weight", NULL);
  g_autofree char *bias = g_strconcat (conv, ".bias", NULL);
  g_autofree float *values = persea_weight_loader_read (loader, weight, n * k);
  g_autofree float *rows = g_new (float, n * k);
  float *stats[4] = { NULL };

  for (unsigned i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *name = g_strconcat (norm, ".", parts[i], NULL);

      stats[i] = persea_weight_loader_read (loader, name, n);
    }
  for (size_t out = 0; stats[3] && out < n; out++)
    {
      float gain = stats[0][out] / sqrtf (stats[3][out] + BATCH_NORM_EPS);

      for (size_t i = 0; i < k; i++)
        values[out * k + i] *= gain;
      stats[1][out] -= gain * stats[2][out];
    }
  if (stats[3])
    persea_weight_loader_turn_conv (rows, values, n, channels, n_taps);
  persea_weight_loader_put_matrix (loader, weight, rows, n, k);
  persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, stats[1], n);
  for (unsigned i = 0; i < G_N_ELEMENTS (stats); i++)
    g_free (stats[i]);
}

static void
load_conv (PerseaWeightLoader *loader, const char *prefix, const char *conv_name,
           const char *norm_name, size_t n, size_t channels, size_t kernel, PerseaLinear *linear)
{
  g_autofree char *conv = g_strconcat (prefix, conv_name, NULL);
  g_autofree char *norm = g_strconcat (prefix, norm_name, NULL);
  g_autofree char *weight = g_strconcat (conv, ".weight", NULL);
  g_autofree char *bias = g_strconcat (conv, ".bias", NULL);

  if (!persea_weight_loader_go_on (loader))
    return;
  if (persea_weight_loader_is_packing (loader))
    load_pack_conv (loader, conv, norm, n, channels, kernel);
  else
    persea_weight_loader_bind_linear (loader, weight, bias, n, channels * kernel * kernel, linear);
}

static void
load_bottleneck (PerseaWeightLoader *loader, unsigned stage, unsigned index, size_t in_channels,
                 size_t planes, ClipBottleneck *block)
{
  g_autofree char *prefix = g_strdup_printf ("visual.layer%u.%u.", stage + 1, index);

  block->stride = stage > 0 && index == 0 ? 2 : 1;
  load_conv (loader, prefix, "conv1", "bn1", planes, in_channels, 1, &block->conv[0]);
  load_conv (loader, prefix, "conv2", "bn2", planes, planes, 3, &block->conv[1]);
  load_conv (loader, prefix, "conv3", "bn3", 4 * planes, planes, 1, &block->conv[2]);
  if (block->stride > 1 || in_channels != 4 * planes)
    load_conv (loader, prefix, "downsample.0", "downsample.1", 4 * planes, in_channels, 1,
               &block->downsample);
}

/* key and value as one matrix */
static void
load_pool_kv (PerseaWeightLoader *loader, size_t channels, PerseaLinear *kv_proj)
{
  static const char *const weight = "visual.attnpool.kv_proj.weight";
  static const char *const bias = "visual.attnpool.kv_proj.bias";
  size_t n = channels * channels;

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!persea_weight_loader_is_packing (loader))
    {
      persea_weight_loader_bind_linear (loader, weight, bias, 2 * channels, channels, kv_proj);
      return;
    }

  g_autofree float *rows = g_new (float, 2 * n);
  g_autofree float *offsets = g_new (float, 2 * channels);

  for (unsigned i = 0; i < 2; i++)
    {
      const char *names[2][2] = { { "visual.attnpool.k_proj.weight", "visual.attnpool.k_proj.bias" },
                                  { "visual.attnpool.v_proj.weight", "visual.attnpool.v_proj.bias" } };
      g_autofree float *half = persea_weight_loader_read (loader, names[i][0], n);
      g_autofree float *half_offsets = persea_weight_loader_read (loader, names[i][1], channels);

      if (!half_offsets)
        return;
      memcpy (rows + i * n, half, n * sizeof *rows);
      memcpy (offsets + i * channels, half_offsets, channels * sizeof *offsets);
    }
  persea_weight_loader_put_matrix (loader, weight, rows, 2 * channels, channels);
  persea_weight_loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, 2 * channels);
}

static void
load_resnet (PerseaWeightLoader *loader, const PerseaClipConfig *config, ClipResnet *resnet)
{
  size_t width = config->resnet_width, channels = 32 * width;
  const unsigned *layers = config->resnet_layers;
  unsigned n = 0;

  load_conv (loader, "visual.", "conv1", "bn1", width / 2, 3, 3, &resnet->stem[0]);
  load_conv (loader, "visual.", "conv2", "bn2", width / 2, width / 2, 3, &resnet->stem[1]);
  load_conv (loader, "visual.", "conv3", "bn3", width, width / 2, 3, &resnet->stem[2]);

  resnet->n_blocks = layers[0] + layers[1] + layers[2] + layers[3];
  if (!resnet->blocks)
    resnet->blocks = g_new0 (ClipBottleneck, resnet->n_blocks);
  for (unsigned stage = 0; stage < 4; stage++)
    for (unsigned i = 0; i < layers[stage]; i++)
      {
        size_t planes = width << stage;
        size_t in_channels = i > 0 ? 4 * planes : stage > 0 ? 2 * planes : width;

        load_bottleneck (loader, stage, i, in_channels, planes, &resnet->blocks[n++]);
      }

  persea_weight_loader_tensor (loader, "visual.attnpool.positional_embedding", PERSEA_DTYPE_F32,
                               1 + (size_t) config->grid * config->grid, channels,
                               &resnet->positions);
  persea_weight_loader_linear (loader, "visual.attnpool.q_proj.weight",
                               "visual.attnpool.q_proj.bias", NULL, channels, channels,
                               &resnet->q_proj);
  load_pool_kv (loader, channels, &resnet->kv_proj);
  persea_weight_loader_linear (loader, "visual.attnpool.c_proj.weight",
                               "visual.attnpool.c_proj.bias", NULL, config->embed_dim, channels,
                               &resnet->c_proj);
}

static void
load_text (PerseaWeightLoader *loader, const PerseaClip *clip, ClipText *text)
{
  const PerseaClipConfig *config = &clip->config;
  size_t width = config->text.width;
  PerseaDtype table_dtype = clip->precision == PERSEA_PRECISION_F16   ? PERSEA_DTYPE_F16
                            : clip->precision == PERSEA_PRECISION_F32 ? PERSEA_DTYPE_F32
                                                                      : PERSEA_DTYPE_BF16;

  persea_weight_loader_tensor (loader, "token_embedding.weight", table_dtype, config->vocab_size,
                               width, &text->token_embedding);
  persea_weight_loader_tensor (loader, "positional_embedding", PERSEA_DTYPE_F32,
                               config->context_length, width, &text->positions);
  load_blocks (loader, "", &config->text, &text->blocks);
  persea_weight_loader_norm (loader, "", "ln_final", width, &text->ln_final);
  persea_weight_loader_linear (loader, "text_projection",
                               config->text_projection_bias ? "text_projection.bias" : NULL, NULL,
                               config->embed_dim, width, &text->proj);
}

static void
clip_walk (PerseaWeightLoader *loader, gpointer data)
{
  PerseaClip *clip = data;

  if (clip->config.image_tower == PERSEA_CLIP_TOWER_VIT)
    load_vision (loader, &clip->config, &clip->vision);
  else
    load_resnet (loader, &clip->config, &clip->resnet);
  load_text (loader, clip, &clip->text);
}

PerseaPrecision
persea_clip_choose_precision (PerseaDevice           *device,
                              const PerseaClipConfig *config,
                              PerseaPrecision         precision)
{
  if (precision == PERSEA_PRECISION_AUTO && config->image_tower == PERSEA_CLIP_TOWER_RESNET)
    return PERSEA_PRECISION_F32;
  return persea_device_resolve_precision (device, precision);
}

/* A ResNet's many thin layers amplify rounding: weights in bf16 alone can cost 0.003 of cosine, in
 * f16 a hundredth of that (docs/NUMERICS.md).  Where bf16 is asked for, its weights are kept in f16,
 * as they are published, which takes no more memory, and products are made in f32. */
static PerseaMatrixFormat
clip_choose_format (const PerseaClip *clip)
{
  gboolean resnet = clip->config.image_tower == PERSEA_CLIP_TOWER_RESNET;

  return persea_device_get_matrix_format (clip->device,
                                          resnet && clip->precision == PERSEA_PRECISION_BF16
                                            ? PERSEA_PRECISION_F16
                                            : clip->precision);
}

/* what the weights' own reader has, for the loader */
static gboolean
clip_read (gpointer weights, const char *name, float *out, size_t n, GError **error)
{
  return persea_clip_weights_read (weights, name, out, n, error);
}

static void
clip_clear (gpointer clip)
{
  clip_clear_towers (clip);
}

gboolean
clip_load (PerseaClip *clip, const PerseaClipLoad *load, GError **error)
{
  const PerseaMatrixFormat format = clip_choose_format (clip);
  float logit_scale;

  if (!persea_clip_weights_read (load->weights, "logit_scale", &logit_scale, 1, error))
    return FALSE;
  clip->logit_scale = expf (logit_scale);
  if (!isfinite (clip->logit_scale) || clip->logit_scale <= 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: tensor logit_scale: expected a number near 4.6, found %f", clip->name,
                   logit_scale);
      return FALSE;
    }
  clip->input_dtype = format.dot ? format.dtype : PERSEA_DTYPE_F32;

  const PerseaWeightLoad weights = {
    .read = clip_read,
    .weights = load->weights,
    .name = clip->name,
    .n_parameters = persea_clip_count_parameters (&clip->config, NULL, NULL),
    .pack_path = load->pack_path,
    .pack = &clip->pack,
    .progress = load->progress,
    .progress_data = load->progress_data,
    .cancellable = load->cancellable,
  };
  if (!persea_weight_loader_run (clip->device, &format, &weights, clip_walk, clip_clear, clip, error))
    return FALSE;
  persea_clip_let_go (clip); /* what a device has copied */
  return TRUE;
}

static void
clip_blocks_free (ClipBlock *blocks, unsigned n_blocks)
{
  for (unsigned i = 0; blocks && i < n_blocks; i++)
    {
      persea_norm_clear (&blocks[i].ln_1);
      persea_norm_clear (&blocks[i].ln_2);
      persea_linear_clear (&blocks[i].in_proj);
      persea_linear_clear (&blocks[i].out_proj);
      persea_linear_clear (&blocks[i].c_fc);
      persea_linear_clear (&blocks[i].c_proj);
    }
  g_free (blocks);
}

static void
clip_resnet_clear (ClipResnet *resnet)
{
  for (unsigned i = 0; i < 3; i++)
    persea_linear_clear (&resnet->stem[i]);
  for (unsigned b = 0; resnet->blocks && b < resnet->n_blocks; b++)
    {
      for (unsigned i = 0; i < 3; i++)
        persea_linear_clear (&resnet->blocks[b].conv[i]);
      persea_linear_clear (&resnet->blocks[b].downsample);
    }
  g_free (resnet->blocks);
  g_clear_pointer (&resnet->positions, persea_tensor_unref);
  persea_linear_clear (&resnet->q_proj);
  persea_linear_clear (&resnet->kv_proj);
  persea_linear_clear (&resnet->c_proj);
}

void
clip_clear_towers (PerseaClip *clip)
{
  ClipVision *vision = &clip->vision;
  ClipText *text = &clip->text;

  persea_linear_clear (&vision->conv1);
  g_clear_pointer (&vision->class_embedding, persea_tensor_unref);
  g_clear_pointer (&vision->positions, persea_tensor_unref);
  persea_norm_clear (&vision->ln_pre);
  clip_blocks_free (vision->blocks, clip->config.vision.n_layers);
  persea_norm_clear (&vision->ln_post);
  persea_linear_clear (&vision->proj);

  clip_resnet_clear (&clip->resnet);

  g_clear_pointer (&text->token_embedding, persea_tensor_unref);
  g_clear_pointer (&text->positions, persea_tensor_unref);
  clip_blocks_free (text->blocks, clip->config.text.n_layers);
  persea_norm_clear (&text->ln_final);
  persea_linear_clear (&text->proj);

  memset (vision, 0, sizeof *vision);
  memset (&clip->resnet, 0, sizeof clip->resnet);
  memset (text, 0, sizeof *text);
}
