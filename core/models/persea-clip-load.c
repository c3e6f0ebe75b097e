/* persea-clip-load.c - from a checkpoint to the towers of a CLIP on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One walk over the model serves two purposes: the first time it reads the checkpoint and writes
 * the pack; then, and every later time, it binds the pack's entries to the members of the towers.
 * What is folded (batch norms into convolutions, layer scale into the projections) is folded
 * while packing.
 */
#include "config.h"

#include "persea-clip-private.h"

#include "persea-error.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* torch.nn.BatchNorm2d's default, which all published models use */
#define BATCH_NORM_EPS 1e-5f

typedef struct
{
  PerseaClip           *clip;
  const PerseaClipLoad *load;
  PerseaMatrixFormat    format;
  PerseaDtype           table_dtype; /* of the token embedding */
  PerseaPackWriter     *writer;      /* while packing, or */
  PerseaPack           *pack;        /* while binding */
  size_t                n_done;      /* parameters */
  size_t                n_total;
  GError               *error; /* the first */
} ClipLoader;

static gboolean
loader_go_on (ClipLoader *loader)
{
  return !loader->error
         && !g_cancellable_set_error_if_cancelled (loader->load->cancellable, &loader->error);
}

/* One NaN makes every embedding NaN: better to say so than to give nonsense. */
static gboolean
loader_check_finite (ClipLoader *loader, const char *name, const float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite (values[i]))
      {
        g_set_error (&loader->error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                     "%s: tensor %s: expected finite numbers, found %f at element %zu",
                     loader->clip->name, name, values[i], i);
        return FALSE;
      }
  return TRUE;
}

static float *
loader_read (ClipLoader *loader, const char *name, size_t n)
{
  g_autofree float *values = g_try_new (float, n);

  if (!values)
    {
      g_set_error (&loader->error, PERSEA_ERROR, PERSEA_ERROR_OUT_OF_MEMORY,
                   "%s: no memory for %zu elements", name, n);
      return NULL;
    }
  if (!persea_clip_weights_read (loader->load->weights, name, values, n, &loader->error)
      || !loader_check_finite (loader, name, values, n))
    return NULL;

  loader->n_done += n;
  if (loader->load->progress)
    loader->load->progress (_("Packing weights"), (double) loader->n_done / MAX (loader->n_total, 1),
                            loader->load->progress_data);
  return g_steal_pointer (&values);
}

static void
loader_put_tensor (ClipLoader *loader, const char *name, PerseaDtype dtype, const float *values,
                   size_t n)
{
  if (!loader->error)
    persea_pack_writer_add_tensor (loader->writer, name, dtype, values, n, &loader->error);
}

static void
loader_put_matrix (ClipLoader *loader, const char *name, const float *rows, size_t n, size_t k)
{
  if (!loader->error)
    persea_pack_writer_add_matrix (loader->writer, name, &loader->format, rows, n, k,
                                   &loader->error);
}

/* n_rows 0: a vector */
static void
loader_tensor (ClipLoader *loader, const char *name, PerseaDtype dtype, size_t n_rows,
               size_t n_columns, PerseaTensor **tensor)
{
  size_t n = MAX (n_rows, 1) * n_columns;

  if (!loader_go_on (loader))
    return;
  if (loader->writer)
    {
      g_autofree float *values = loader_read (loader, name, n);

      loader_put_tensor (loader, name, dtype, values, n);
    }
  else
    {
      *tensor = persea_pack_get_tensor (loader->pack, loader->clip->device, name, dtype, n_rows,
                                        n_columns, &loader->error);
    }
}

static void
loader_bind_linear (ClipLoader *loader, const char *weight, const char *bias, size_t n, size_t k,
                    ClipLinear *linear)
{
  if (!loader->error)
    linear->w = persea_pack_get_matrix (loader->pack, loader->clip->device, weight, &loader->format,
                                        n, k, &loader->error);
  if (!loader->error && bias)
    linear->bias = persea_pack_get_tensor (loader->pack, loader->clip->device, bias,
                                           PERSEA_DTYPE_F32, 0, n, &loader->error);
}

/* scale: NULL, or the name of a factor for each output (layer scale) */
static void
loader_pack_linear (ClipLoader *loader, const char *weight, const char *bias, const char *scale,
                    size_t n, size_t k)
{
  g_autofree float *rows = loader_read (loader, weight, n * k);
  g_autofree float *offsets = bias && !loader->error ? loader_read (loader, bias, n) : NULL;
  g_autofree float *factors = scale && !loader->error ? loader_read (loader, scale, n) : NULL;

  if (loader->error)
    return;
  for (size_t i = 0; factors && i < n * k; i++)
    rows[i] *= factors[i / k];
  for (size_t i = 0; factors && offsets && i < n; i++)
    offsets[i] *= factors[i];
  loader_put_matrix (loader, weight, rows, n, k);
  if (offsets)
    loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, n);
}

static void
loader_linear (ClipLoader *loader, const char *weight, const char *bias, const char *scale,
               size_t n, size_t k, ClipLinear *linear)
{
  if (!loader_go_on (loader))
    return;
  if (loader->writer)
    loader_pack_linear (loader, weight, bias, scale, n, k);
  else
    loader_bind_linear (loader, weight, bias, n, k, linear);
}

static void
loader_norm (ClipLoader *loader, const char *prefix, const char *name, size_t width,
             ClipNorm *norm)
{
  g_autofree char *weight = g_strdup_printf ("%s%s.weight", prefix, name);
  g_autofree char *bias = g_strdup_printf ("%s%s.bias", prefix, name);

  loader_tensor (loader, weight, PERSEA_DTYPE_F32, 0, width, &norm->weight);
  loader_tensor (loader, bias, PERSEA_DTYPE_F32, 0, width, &norm->bias);
}

/* a linear layer of a block */
static void
loader_block_linear (ClipLoader *loader, const char *prefix, const char *weight_name,
                     const char *bias_name, const char *scale_name, size_t n, size_t k,
                     ClipLinear *linear)
{
  g_autofree char *weight = g_strconcat (prefix, weight_name, NULL);
  g_autofree char *bias = g_strconcat (prefix, bias_name, NULL);
  g_autofree char *scale = scale_name ? g_strconcat (prefix, scale_name, NULL) : NULL;

  loader_linear (loader, weight, bias, scale, n, k, linear);
}

static void
loader_blocks (ClipLoader *loader, const char *tower, const PerseaClipTransformer *config,
               ClipBlock **blocks)
{
  size_t width = config->width;

  if (!*blocks)
    *blocks = g_new0 (ClipBlock, config->n_layers);
  for (unsigned i = 0; i < config->n_layers; i++)
    {
      ClipBlock *block = &(*blocks)[i];
      g_autofree char *prefix = g_strdup_printf ("%stransformer.resblocks.%u.", tower, i);

      loader_norm (loader, prefix, "ln_1", width, &block->ln_1);
      loader_block_linear (loader, prefix, "attn.in_proj_weight", "attn.in_proj_bias", NULL,
                           3 * width, width, &block->in_proj);
      loader_block_linear (loader, prefix, "attn.out_proj.weight", "attn.out_proj.bias",
                           config->layer_scale ? "ls_1.gamma" : NULL, width, width,
                           &block->out_proj);
      loader_norm (loader, prefix, "ln_2", width, &block->ln_2);
      loader_block_linear (loader, prefix, "mlp.c_fc.weight", "mlp.c_fc.bias", NULL,
                           config->mlp_width, width, &block->c_fc);
      loader_block_linear (loader, prefix, "mlp.c_proj.weight", "mlp.c_proj.bias",
                           config->layer_scale ? "ls_2.gamma" : NULL, width, config->mlp_width,
                           &block->c_proj);
    }
}

static void
loader_vision (ClipLoader *loader, const PerseaClipConfig *config, ClipVision *vision)
{
  size_t width = config->vision.width;
  size_t patch = config->patch_size;

  loader_linear (loader, "visual.conv1.weight", NULL, NULL, width, 3 * patch * patch,
                 &vision->conv1);
  loader_tensor (loader, "visual.class_embedding", PERSEA_DTYPE_F32, 0, width,
                 &vision->class_embedding);
  loader_tensor (loader, "visual.positional_embedding", PERSEA_DTYPE_F32,
                 1 + (size_t) config->grid * config->grid, width, &vision->positions);
  if (config->pre_norm)
    loader_norm (loader, "visual.", "ln_pre", width, &vision->ln_pre);
  loader_blocks (loader, "visual.", &config->vision, &vision->blocks);
  loader_norm (loader, "visual.", "ln_post", width, &vision->ln_post);
  loader_linear (loader, "visual.proj", NULL, NULL, config->embed_dim, width, &vision->proj);
}

/* Reads a convolution [n, channels, kernel, kernel], folds its batch norm in, and leaves it as a
 * matrix ordered [kernel_y, kernel_x, channel], with a bias. */
static void
loader_pack_conv (ClipLoader *loader, const char *conv, const char *norm, size_t n,
                  size_t channels, size_t kernel)
{
  static const char *const parts[] = { "weight", "bias", "running_mean", "running_var" };
  size_t n_taps = kernel * kernel, k = channels * n_taps;
  g_autofree char *weight = g_strconcat (conv, ".weight", NULL);
  g_autofree char *bias = g_strconcat (conv, ".bias", NULL);
  g_autofree float *values = loader_read (loader, weight, n * k);
  g_autofree float *rows = g_new (float, n * k);
  float *stats[4] = { NULL };

  for (unsigned i = 0; i < G_N_ELEMENTS (parts) && !loader->error; i++)
    {
      g_autofree char *name = g_strconcat (norm, ".", parts[i], NULL);

      stats[i] = loader_read (loader, name, n);
    }
  for (size_t out = 0; !loader->error && out < n; out++)
    {
      float gain = stats[0][out] / sqrtf (stats[3][out] + BATCH_NORM_EPS);

      for (size_t i = 0; i < k; i++)
        rows[out * k + i % n_taps * channels + i / n_taps] = gain * values[out * k + i];
      stats[1][out] -= gain * stats[2][out];
    }
  loader_put_matrix (loader, weight, rows, n, k);
  loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, stats[1], n);
  for (unsigned i = 0; i < G_N_ELEMENTS (stats); i++)
    g_free (stats[i]);
}

static void
loader_conv (ClipLoader *loader, const char *prefix, const char *conv_name, const char *norm_name,
             size_t n, size_t channels, size_t kernel, ClipLinear *linear)
{
  g_autofree char *conv = g_strconcat (prefix, conv_name, NULL);
  g_autofree char *norm = g_strconcat (prefix, norm_name, NULL);
  g_autofree char *weight = g_strconcat (conv, ".weight", NULL);
  g_autofree char *bias = g_strconcat (conv, ".bias", NULL);

  if (!loader_go_on (loader))
    return;
  if (loader->writer)
    loader_pack_conv (loader, conv, norm, n, channels, kernel);
  else
    loader_bind_linear (loader, weight, bias, n, channels * kernel * kernel, linear);
}

static void
loader_bottleneck (ClipLoader *loader, unsigned stage, unsigned index, size_t in_channels,
                   size_t planes, ClipBottleneck *block)
{
  g_autofree char *prefix = g_strdup_printf ("visual.layer%u.%u.", stage + 1, index);

  block->stride = stage > 0 && index == 0 ? 2 : 1;
  loader_conv (loader, prefix, "conv1", "bn1", planes, in_channels, 1, &block->conv[0]);
  loader_conv (loader, prefix, "conv2", "bn2", planes, planes, 3, &block->conv[1]);
  loader_conv (loader, prefix, "conv3", "bn3", 4 * planes, planes, 1, &block->conv[2]);
  if (block->stride > 1 || in_channels != 4 * planes)
    loader_conv (loader, prefix, "downsample.0", "downsample.1", 4 * planes, in_channels, 1,
                 &block->downsample);
}

/* key and value as one matrix */
static void
loader_pool_kv (ClipLoader *loader, size_t channels, ClipLinear *kv_proj)
{
  static const char *const weight = "visual.attnpool.kv_proj.weight";
  static const char *const bias = "visual.attnpool.kv_proj.bias";
  size_t n = channels * channels;

  if (!loader_go_on (loader))
    return;
  if (!loader->writer)
    {
      loader_bind_linear (loader, weight, bias, 2 * channels, channels, kv_proj);
      return;
    }

  g_autofree float *rows = g_new (float, 2 * n);
  g_autofree float *offsets = g_new (float, 2 * channels);

  for (unsigned i = 0; i < 2 && !loader->error; i++)
    {
      const char *names[2][2] = { { "visual.attnpool.k_proj.weight", "visual.attnpool.k_proj.bias" },
                                  { "visual.attnpool.v_proj.weight", "visual.attnpool.v_proj.bias" } };
      g_autofree float *half = loader_read (loader, names[i][0], n);
      g_autofree float *half_offsets = half ? loader_read (loader, names[i][1], channels) : NULL;

      if (!half_offsets)
        return;
      memcpy (rows + i * n, half, n * sizeof *rows);
      memcpy (offsets + i * channels, half_offsets, channels * sizeof *offsets);
    }
  loader_put_matrix (loader, weight, rows, 2 * channels, channels);
  loader_put_tensor (loader, bias, PERSEA_DTYPE_F32, offsets, 2 * channels);
}

static void
loader_resnet (ClipLoader *loader, const PerseaClipConfig *config, ClipResnet *resnet)
{
  size_t width = config->resnet_width, channels = 32 * width;
  const unsigned *layers = config->resnet_layers;
  unsigned n = 0;

  loader_conv (loader, "visual.", "conv1", "bn1", width / 2, 3, 3, &resnet->stem[0]);
  loader_conv (loader, "visual.", "conv2", "bn2", width / 2, width / 2, 3, &resnet->stem[1]);
  loader_conv (loader, "visual.", "conv3", "bn3", width, width / 2, 3, &resnet->stem[2]);

  resnet->n_blocks = layers[0] + layers[1] + layers[2] + layers[3];
  if (!resnet->blocks)
    resnet->blocks = g_new0 (ClipBottleneck, resnet->n_blocks);
  for (unsigned stage = 0; stage < 4; stage++)
    for (unsigned i = 0; i < layers[stage]; i++)
      {
        size_t planes = width << stage;
        size_t in_channels = i > 0 ? 4 * planes : stage > 0 ? 2 * planes : width;

        loader_bottleneck (loader, stage, i, in_channels, planes, &resnet->blocks[n++]);
      }

  loader_tensor (loader, "visual.attnpool.positional_embedding", PERSEA_DTYPE_F32,
                 1 + (size_t) config->grid * config->grid, channels, &resnet->positions);
  loader_linear (loader, "visual.attnpool.q_proj.weight", "visual.attnpool.q_proj.bias", NULL,
                 channels, channels, &resnet->q_proj);
  loader_pool_kv (loader, channels, &resnet->kv_proj);
  loader_linear (loader, "visual.attnpool.c_proj.weight", "visual.attnpool.c_proj.bias", NULL,
                 config->embed_dim, channels, &resnet->c_proj);
}

static void
loader_text (ClipLoader *loader, const PerseaClipConfig *config, ClipText *text)
{
  size_t width = config->text.width;

  loader_tensor (loader, "token_embedding.weight", loader->table_dtype, config->vocab_size, width,
                 &text->token_embedding);
  loader_tensor (loader, "positional_embedding", PERSEA_DTYPE_F32, config->context_length, width,
                 &text->positions);
  loader_blocks (loader, "", &config->text, &text->blocks);
  loader_norm (loader, "", "ln_final", width, &text->ln_final);
  loader_linear (loader, "text_projection",
                 config->text_projection_bias ? "text_projection.bias" : NULL, NULL,
                 config->embed_dim, width, &text->proj);
}

static gboolean
loader_walk (ClipLoader *loader, GError **error)
{
  PerseaClip *clip = loader->clip;

  if (clip->config.image_tower == PERSEA_CLIP_TOWER_VIT)
    loader_vision (loader, &clip->config, &clip->vision);
  else
    loader_resnet (loader, &clip->config, &clip->resnet);
  loader_text (loader, &clip->config, &clip->text);

  if (!loader->error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&loader->error));
  return FALSE;
}

static gboolean
loader_pack (ClipLoader *loader, GError **error)
{
  g_autoptr (PerseaPackWriter) writer = persea_pack_writer_new (loader->load->pack_path, error);

  if (!writer)
    return FALSE;
  loader->writer = writer;
  gboolean ok = loader_walk (loader, error);
  loader->writer = NULL;
  if (ok)
    loader->pack = persea_pack_writer_finish (writer, error);
  return loader->pack != NULL;
}

/* Packs, in memory if the file cannot be written: a full disk or a home without write permission
 * must not keep anybody from using the model. */
static gboolean
loader_pack_somewhere (ClipLoader *loader, PerseaClipLoad *load, GError **error)
{
  g_autoptr (GError) file_error = NULL;

  if (loader_pack (loader, &file_error))
    return TRUE;
  if (!load->pack_path || file_error->domain != G_FILE_ERROR)
    {
      g_propagate_error (error, g_steal_pointer (&file_error));
      return FALSE;
    }
  g_debug ("%s; keeping the packed weights in memory", file_error->message);
  load->pack_path = NULL;
  loader->n_done = 0;
  return loader_pack (loader, error);
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

gboolean
clip_load (PerseaClip *clip, const PerseaClipLoad *given, GError **error)
{
  PerseaClipLoad load = *given;
  ClipLoader loader = {
    .clip = clip,
    .load = &load,
    .format = clip_choose_format (clip),
    .n_total = persea_clip_count_parameters (&clip->config, NULL, NULL),
  };
  float logit_scale;

  loader.table_dtype = clip->precision == PERSEA_PRECISION_F16   ? PERSEA_DTYPE_F16
                       : clip->precision == PERSEA_PRECISION_F32 ? PERSEA_DTYPE_F32
                                                                 : PERSEA_DTYPE_BF16;
  if (!persea_clip_weights_read (load.weights, "logit_scale", &logit_scale, 1, error))
    return FALSE;
  clip->logit_scale = expf (logit_scale);
  if (!isfinite (clip->logit_scale) || clip->logit_scale <= 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: tensor logit_scale: expected a number near 4.6, found %f", clip->name,
                   logit_scale);
      return FALSE;
    }
  clip->input_dtype = loader.format.dot ? loader.format.dtype : PERSEA_DTYPE_F32;

  if (load.pack_path)
    loader.pack = persea_pack_open (load.pack_path, NULL);
  gboolean ok = loader.pack && loader_walk (&loader, NULL);
  if (!ok) /* no pack, or one of another making */
    {
      clip_clear_towers (clip);
      g_clear_pointer (&loader.pack, persea_pack_unref);
      ok = !g_cancellable_set_error_if_cancelled (load.cancellable, error)
           && loader_pack_somewhere (&loader, &load, error) && loader_walk (&loader, error);
    }
  persea_pack_unref (loader.pack);
  return ok;
}

static void
clip_norm_clear (ClipNorm *norm)
{
  g_clear_pointer (&norm->weight, persea_tensor_unref);
  g_clear_pointer (&norm->bias, persea_tensor_unref);
}

static void
clip_linear_clear (ClipLinear *linear)
{
  g_clear_pointer (&linear->w, persea_matrix_free);
  g_clear_pointer (&linear->bias, persea_tensor_unref);
}

static void
clip_blocks_free (ClipBlock *blocks, unsigned n_blocks)
{
  for (unsigned i = 0; blocks && i < n_blocks; i++)
    {
      clip_norm_clear (&blocks[i].ln_1);
      clip_norm_clear (&blocks[i].ln_2);
      clip_linear_clear (&blocks[i].in_proj);
      clip_linear_clear (&blocks[i].out_proj);
      clip_linear_clear (&blocks[i].c_fc);
      clip_linear_clear (&blocks[i].c_proj);
    }
  g_free (blocks);
}

static void
clip_resnet_clear (ClipResnet *resnet)
{
  for (unsigned i = 0; i < 3; i++)
    clip_linear_clear (&resnet->stem[i]);
  for (unsigned b = 0; resnet->blocks && b < resnet->n_blocks; b++)
    {
      for (unsigned i = 0; i < 3; i++)
        clip_linear_clear (&resnet->blocks[b].conv[i]);
      clip_linear_clear (&resnet->blocks[b].downsample);
    }
  g_free (resnet->blocks);
  g_clear_pointer (&resnet->positions, persea_tensor_unref);
  clip_linear_clear (&resnet->q_proj);
  clip_linear_clear (&resnet->kv_proj);
  clip_linear_clear (&resnet->c_proj);
}

void
clip_clear_towers (PerseaClip *clip)
{
  ClipVision *vision = &clip->vision;
  ClipText *text = &clip->text;

  clip_linear_clear (&vision->conv1);
  g_clear_pointer (&vision->class_embedding, persea_tensor_unref);
  g_clear_pointer (&vision->positions, persea_tensor_unref);
  clip_norm_clear (&vision->ln_pre);
  clip_blocks_free (vision->blocks, clip->config.vision.n_layers);
  clip_norm_clear (&vision->ln_post);
  clip_linear_clear (&vision->proj);

  clip_resnet_clear (&clip->resnet);

  g_clear_pointer (&text->token_embedding, persea_tensor_unref);
  g_clear_pointer (&text->positions, persea_tensor_unref);
  clip_blocks_free (text->blocks, clip->config.text.n_layers);
  clip_norm_clear (&text->ln_final);
  clip_linear_clear (&text->proj);

  memset (vision, 0, sizeof *vision);
  memset (&clip->resnet, 0, sizeof clip->resnet);
  memset (text, 0, sizeof *text);
}
