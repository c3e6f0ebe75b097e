/* persea-dvae.c - OpenAI's discrete VAE: the forward passes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Ramesh et al., "Zero-Shot Text-to-Image Generation", 2021, as in openai/DALL-E, dall_e/encoder.py,
 * decoder.py and utils.py.  Loading is in persea-dvae-load.c.
 *
 * The stream x is f32 [n, height, width, channels].  A function that makes the next x releases the
 * one it was given.  Where the original doubles a picture and begins a block on it, the block's 1 × 1
 * convolutions come first here, since they do not look at neighbours, and doubling joins the 3 × 3
 * convolution behind.
 */
#include "config.h"

#include "persea-dvae.h"

#include "persea-dvae-private.h"

#include <math.h>

/* utils.py, logit_laplace_eps */
#define LAPLACE_EPS 0.1f

/* what the published models were trained on */
#define USUAL_SIZE 256

static PerseaTensor *
tensor_like (PerseaPass *pass, PerseaDtype dtype, const PerseaTensor *x, size_t channels)
{
  return persea_pass_tensor (pass, dtype, x->shape[0], x->shape[1], x->shape[2], channels);
}

/* a convolution that keeps height and width */
static PerseaTensor *
dvae_conv (PerseaPass *pass, PerseaDtype dtype, const PerseaTensor *x, const PerseaLinear *conv,
           unsigned kernel, PerseaActivation activation, const PerseaTensor *residual)
{
  PerseaTensor *y = tensor_like (pass, dtype, x, conv->w->n);

  persea_conv2d (pass, y, x, &(PerseaConv2d) { .w = conv->w, .bias = conv->bias, .kernel = kernel,
                                               .stride = 1, .padding = kernel / 2, .upsample = 1,
                                               .activation = activation, .residual = residual });
  return y;
}

static PerseaTensor *
dvae_upsample (PerseaPass *pass, PerseaTensor *x)
{
  PerseaTensor *y = persea_pass_tensor (pass, x->dtype, x->shape[0], 2 * x->shape[1],
                                        2 * x->shape[2], x->shape[3]);

  persea_upsample (pass, y, x);
  persea_pass_release (pass, x);
  return y;
}

/* conv_2 of a block, on a picture that is doubled on the way */
static PerseaTensor *
dvae_upsample_conv (PerseaPass *pass, const PerseaTensor *x, const DvaeBlock *block)
{
  const PerseaLinear *conv = &block->conv[1];
  gboolean folded = block->phases.w[0] != NULL;
  PerseaTensor *y = persea_pass_tensor (pass, x->dtype, x->shape[0], 2 * x->shape[1],
                                        2 * x->shape[2], x->shape[3]);

  persea_conv2d (pass, y, x, &(PerseaConv2d) { .w = conv->w,
                                               .phases = folded ? block->phases.w : NULL,
                                               .bias = folded ? block->phases.bias : conv->bias,
                                               .kernel = 3, .stride = 1, .padding = 1,
                                               .upsample = 2,
                                               .activation = PERSEA_ACTIVATION_RELU });
  return y;
}

/* what is added to the residual path; may be x itself */
static PerseaTensor *
dvae_identity (PerseaPass *pass, PerseaDtype dtype, PerseaTensor *x, const DvaeBlock *block)
{
  PerseaTensor *input = x, *y = x;

  if (block->identity.w)
    {
      if (x->dtype != dtype)
        {
          input = tensor_like (pass, dtype, x, x->shape[3]);
          persea_convert (pass, input, x);
        }
      y = dvae_conv (pass, PERSEA_DTYPE_F32, input, &block->identity, 1, PERSEA_ACTIVATION_NONE,
                     NULL);
      if (input != x)
        persea_pass_release (pass, input);
      persea_pass_release (pass, x);
    }
  return block->doubles ? dvae_upsample (pass, y) : y;
}

/* EncoderBlock.forward, DecoderBlock.forward */
static PerseaTensor *
dvae_block (PerseaPass *pass, PerseaDtype dtype, PerseaTensor *x, const DvaeBlock *block,
            gboolean of_encoder)
{
  PerseaTensor *h = tensor_like (pass, dtype, x, x->shape[3]);

  persea_activate (pass, h, x, PERSEA_ACTIVATION_RELU);
  x = dvae_identity (pass, dtype, x, block);
  for (unsigned i = 0; i < 3; i++)
    {
      unsigned kernel = persea_dvae_get_kernel (of_encoder, i + 1);
      PerseaTensor *next = i == 1 && block->doubles
                             ? dvae_upsample_conv (pass, h, block)
                             : dvae_conv (pass, dtype, h, &block->conv[i], kernel,
                                          PERSEA_ACTIVATION_RELU, NULL);

      persea_pass_release (pass, h);
      h = next;
    }

  PerseaTensor *y = dvae_conv (pass, PERSEA_DTYPE_F32, h, &block->conv[3],
                               persea_dvae_get_kernel (of_encoder, 4), PERSEA_ACTIVATION_NONE, x);
  persea_pass_release (pass, h);
  persea_pass_release (pass, x);
  return y;
}

/* the relu and 1 × 1 convolution behind the blocks */
static void
dvae_output (PerseaPass *pass, PerseaTensor *y, PerseaTensor *x, const DvaeHalf *half)
{
  PerseaTensor *h = tensor_like (pass, half->dtype, x, x->shape[3]);

  persea_activate (pass, h, x, PERSEA_ACTIVATION_RELU);
  persea_pass_release (pass, x);
  persea_matmul (pass, y, h, &(PerseaMatmul) { .w = half->output.w, .bias = half->output.bias });
  persea_pass_release (pass, h);
}

/* Decoder.forward: codes [n · cells] -> logits [n, height, width, 3] */
static void
dvae_decode (PerseaCodebook *codebook, PerseaPass *pass, PerseaTensor *pixels,
             const PerseaTensor *codes, size_t grid_height, size_t grid_width)
{
  Dvae *dvae = (Dvae *) codebook;
  unsigned n_blocks = dvae->config.n_groups * dvae->config.n_blocks;
  PerseaTensor *x = persea_pass_tensor (pass, PERSEA_DTYPE_F32, pixels->shape[0], grid_height,
                                        grid_width, dvae->config.decoder.first);

  persea_gather_rows (pass, x, dvae->table, codes);
  for (unsigned i = 0; i < n_blocks; i++)
    x = dvae_block (pass, dvae->decoder.dtype, x, &dvae->decoder.blocks[i], FALSE);
  dvae_output (pass, pixels, x, &dvae->decoder);
}

/* Encoder.forward, argmax: pixels [n, 3, height, width] -> codes [n · cells] */
static void
dvae_encode (PerseaCodebook *codebook, PerseaPass *pass, PerseaTensor *codes,
             const PerseaTensor *pixels)
{
  Dvae *dvae = (Dvae *) codebook;
  const DvaeHalf *encoder = &dvae->encoder;
  PerseaTensor *picture = persea_pass_tensor (pass, PERSEA_DTYPE_F32, pixels->shape[0],
                                              pixels->shape[2], pixels->shape[3], 3);

  persea_channels_last (pass, picture, pixels);
  PerseaTensor *x = dvae_conv (pass, PERSEA_DTYPE_F32, picture, &encoder->input, 7,
                               PERSEA_ACTIVATION_NONE, NULL);
  persea_pass_release (pass, picture);
  for (unsigned i = 0; i < dvae->config.n_groups * dvae->config.n_blocks; i++)
    {
      if (i > 0 && i % dvae->config.n_blocks == 0)
        {
          PerseaTensor *pooled = persea_pass_tensor (pass, PERSEA_DTYPE_F32, x->shape[0],
                                                     x->shape[1] / 2, x->shape[2] / 2, x->shape[3]);

          persea_max_pool (pass, pooled, x, 2);
          persea_pass_release (pass, x);
          x = pooled;
        }
      x = dvae_block (pass, encoder->dtype, x, &encoder->blocks[i], TRUE);
    }

  PerseaTensor *logits = tensor_like (pass, PERSEA_DTYPE_F32, x, dvae->config.n_entries);
  dvae_output (pass, logits, x, encoder);
  persea_arg_max (pass, codes, logits);
}

/* what is counted, and where: pixels of level 0 */
typedef struct
{
  double n_pixels;
  double flops;
} Count;

static void
count_layer (const PerseaDvaeLayer *layer, gpointer user_data)
{
  Count *count = user_data;

  count->flops += 2 * ldexp (count->n_pixels, -2 * (int) layer->level) * layer->in * layer->out
                  * layer->kernel * layer->kernel;
}

static double
dvae_count (PerseaCodebook *codebook, gboolean of_encoder, size_t grid_height, size_t grid_width)
{
  Count count = { (double) grid_height * grid_width * codebook->factor * codebook->factor, 0 };

  persea_dvae_visit (&((Dvae *) codebook)->config, of_encoder, count_layer, &count);
  return count.flops;
}

static double
dvae_decode_flops (PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  return dvae_count (codebook, FALSE, grid_height, grid_width);
}

static double
dvae_encode_flops (PerseaCodebook *codebook, size_t grid_height, size_t grid_width)
{
  return dvae_count (codebook, TRUE, grid_height, grid_width);
}

static void
dvae_free (PerseaCodebook *codebook)
{
  dvae_clear (codebook);
  persea_codebook_clear (codebook);
  g_free (codebook);
}

static const PerseaCodebookClass dvae_class = {
  .free = dvae_free,
  .encode = dvae_encode,
  .decode = dvae_decode,
  .decode_flops = dvae_decode_flops,
  .encode_flops = dvae_encode_flops,
};

static PerseaCodebook *
dvae_new (PerseaDevice *device, PerseaPrecision precision, const PerseaModelLoad *load,
          GError **error)
{
  PerseaDvaeConfig config;
  g_autoptr (PerseaWeights) weights = persea_dvae_weights_open (load->files, &config, NULL, error);
  if (!weights)
    return NULL;

  Dvae *dvae = g_new0 (Dvae, 1);
  g_autoptr (PerseaCodebook) codebook = &dvae->base;
  unsigned last = config.n_groups - 1;

  persea_codebook_init (codebook, &dvae_class, device,
                        persea_device_resolve_precision (device, precision), load->files->name,
                        load->identity);
  dvae->config = config;
  codebook->n_entries = config.n_entries;
  codebook->factor = 1 << last;
  codebook->size = USUAL_SIZE;
  codebook->has_encoder = config.has_encoder;
  codebook->low = LAPLACE_EPS;
  codebook->high = 1 - LAPLACE_EPS;
  codebook->logits = TRUE;
  for (unsigned i = 0; i <= last; i++)
    {
      size_t in_encoder = ((size_t) config.encoder.channels[i] * sizeof (float)) << 2 * (last - i);
      size_t in_decoder = ((size_t) config.decoder.channels[i] * sizeof (float)) << 2 * i;

      codebook->cell_bytes = MAX (codebook->cell_bytes, MAX (in_encoder, in_decoder));
    }
  return dvae_load (dvae, weights, load, error) ? g_steal_pointer (&codebook) : NULL;
}

static gboolean
dvae_describe (const PerseaModelFiles *files, PerseaModelFacts *facts, GPtrArray *problems,
               GError **error)
{
  PerseaDvaeConfig config;
  g_autoptr (PerseaWeights) weights = persea_dvae_weights_open (files, &config, problems, error);
  if (!weights)
    return FALSE;

  *facts = (PerseaModelFacts) {
    .layout = "OpenAI",
    .n_tensors = persea_weights_count_tensors (weights),
    .n_parameters = persea_weights_count_elements (weights),
    .n_entries = config.n_entries,
    .grid = USUAL_SIZE >> (config.n_groups - 1),
    .size = USUAL_SIZE,
    .has_encoder = config.has_encoder,
  };
  return TRUE;
}

const PerseaCodebookFamily persea_family_dvae = {
  .family = {
    .name = "dVAE",
    .role = PERSEA_ROLE_CODEBOOK,
    .recognize = persea_dvae_recognize,
    .describe = dvae_describe,
  },
  .load = dvae_new,
};
