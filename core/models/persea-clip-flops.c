/* persea-clip-flops.c - how much arithmetic the towers of a CLIP ask for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two operations for each multiply-accumulate of the reference's forward pass, products and
 * attention counted, norms and activations not: the way open_clip counts in docs/model_profile.csv.
 * What Persea leaves out (rows that nobody reads) is counted all the same, so that rates can be
 * compared with other programs'.
 */
#include "config.h"

#include "persea-clip-private.h"

static double
transformer_flops (const PerseaClipTransformer *config, double tokens)
{
  double width = config->width, mlp = config->mlp_width;
  double per_token = 4 * width * width + 2 * width * mlp + 2 * width * tokens;

  return 2 * tokens * per_token * config->n_layers;
}

static double
vision_flops (const PerseaClipConfig *config)
{
  double cells = (double) config->grid * config->grid, width = config->vision.width;
  double patch = config->patch_size;

  return 2 * cells * width * 3 * patch * patch + transformer_flops (&config->vision, cells + 1)
         + 2 * width * config->embed_dim;
}

/* a convolution on size × size outputs */
static double
conv_flops (double size, double kernel, double in_channels, double out_channels)
{
  return 2 * size * size * kernel * kernel * in_channels * out_channels;
}

static double
resnet_flops (const PerseaClipConfig *config)
{
  double width = config->resnet_width, size = config->image_size / 2;
  double flops = conv_flops (size, 3, 3, width / 2) + conv_flops (size, 3, width / 2, width / 2)
                 + conv_flops (size, 3, width / 2, width);

  size /= 2;
  double in_channels = width;
  for (unsigned stage = 0; stage < 4; stage++)
    for (unsigned i = 0; i < config->resnet_layers[stage]; i++)
      {
        gboolean halves = stage > 0 && i == 0;
        double planes = width * (1 << stage), out_size = halves ? size / 2 : size;

        flops += conv_flops (size, 1, in_channels, planes) + conv_flops (size, 3, planes, planes)
                 + conv_flops (out_size, 1, planes, 4 * planes);
        if (halves || in_channels != 4 * planes)
          flops += conv_flops (out_size, 1, in_channels, 4 * planes);
        in_channels = 4 * planes;
        size = out_size;
      }

  double tokens = (double) config->grid * config->grid + 1, channels = 32 * width;
  return flops + 2 * tokens * (2 * channels * channels + 2 * channels)
         + 2 * channels * (channels + config->embed_dim);
}

double
persea_clip_get_image_flops (PerseaClip *clip)
{
  return clip->config.image_tower == PERSEA_CLIP_TOWER_VIT ? vision_flops (&clip->config)
                                                           : resnet_flops (&clip->config);
}

double
persea_clip_get_text_flops (PerseaClip *clip, unsigned n_tokens)
{
  return transformer_flops (&clip->config.text, n_tokens)
         + 2.0 * clip->config.text.width * clip->config.embed_dim;
}
