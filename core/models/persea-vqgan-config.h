/* persea-vqgan-config.h - what a VQGAN is made of, and what its tensors are called
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Three layouts have the same network in them: that of taming-transformers (perhaps with the loss of
 * its training beside it), min-dalle's decoder alone (detoker.pt), and the Flax tree of vqgan-jax.
 * All sizes are told by the shapes; a config.json must agree with them.
 */
#pragma once

#include "persea-model-files.h"
#include "persea-weights.h"

G_BEGIN_DECLS

#define PERSEA_VQGAN_MAX_LEVELS 8

/* of the group norms of all published models; the reference's eps */
#define PERSEA_VQGAN_GROUPS 32
#define PERSEA_VQGAN_EPS 1e-6f

typedef enum
{
  PERSEA_VQGAN_TAMING,    /* "quantize.embedding.weight", "decoder.up.4.block.0.conv1.weight" */
  PERSEA_VQGAN_MIN_DALLE, /* the same, but for "embedding.weight" */
  PERSEA_VQGAN_FLAX,      /* "quantize.embedding.embedding", "decoder.up_4.block_0.conv1.kernel" */
} PerseaVqganLayout;

/**
 * PerseaVqganConfig:
 * @n_levels: resolutions; level 0 is that of the pixels, each next one half of it
 * @channels: of each level
 * @attention: whether the decoder's blocks of that level are followed by attention
 * @encoder_attention: the encoder's
 * @n_res_blocks: of the encoder in each level; the decoder has one more
 * @stem_channels: behind the encoder's first convolution
 * @z_channels: between the two halves of the network, E columns of the codebook
 * @embed_dim: E
 * @n_embed: entries of the codebook
 * @n_groups: of all group norms
 * @size: pixels on both sides of the pictures it was trained on
 * @has_encoder: whether it is there
 * @low: the number that black is for the network
 * @high: the number that white is: 0 and 1 for DALL·E mini's, -1 and 1 for taming's own
 */
typedef struct
{
  PerseaVqganLayout layout;
  unsigned          n_levels;
  unsigned          channels[PERSEA_VQGAN_MAX_LEVELS];
  gboolean          attention[PERSEA_VQGAN_MAX_LEVELS];
  gboolean          encoder_attention[PERSEA_VQGAN_MAX_LEVELS];
  unsigned          n_res_blocks;
  unsigned          stem_channels;
  unsigned          z_channels;
  unsigned          embed_dim;
  unsigned          n_embed;
  unsigned          n_groups;
  unsigned          size;
  gboolean          has_encoder;
  float             low;
  float             high;
} PerseaVqganConfig;

/**
 * persea_vqgan_recognize:
 *
 * Returns: whether the names are those of a VQGAN
 */
gboolean persea_vqgan_recognize (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints);

/**
 * persea_vqgan_weights_open:
 * @config: (out caller-allocates)
 * @problems: (nullable) (element-type utf8): all that is wrong with the tensors
 * @error: return location; %PERSEA_ERROR_INVALID_DATA, %PERSEA_ERROR_UNSUPPORTED for structures
 *   that we do not compute
 *
 * Returns: (transfer full) (nullable): the weights, checked, by taming's names
 */
PerseaWeights *persea_vqgan_weights_open (const PerseaModelFiles *files,
                                          PerseaVqganConfig      *config,
                                          GPtrArray              *problems,
                                          GError                **error);

typedef enum
{
  PERSEA_VQGAN_LAYER_CONV,
  PERSEA_VQGAN_LAYER_NORM,
  PERSEA_VQGAN_LAYER_ATTENTION, /* scores and sums alone: no weights */
} PerseaVqganLayerKind;

/**
 * PerseaVqganLayer:
 * @name: in front of ".weight" and ".bias"
 * @in: channels
 * @out: channels
 * @kernel: height and width of the window
 * @level: resolution of the output
 */
typedef struct
{
  PerseaVqganLayerKind kind;
  const char          *name;
  unsigned             in;
  unsigned             out;
  unsigned             kernel;
  unsigned             level;
} PerseaVqganLayer;

typedef void (*PerseaVqganVisit) (const PerseaVqganLayer *layer, gpointer user_data);

/* all layers, in the order of the forward pass */
void persea_vqgan_visit_decoder (const PerseaVqganConfig *config,
                                 PerseaVqganVisit         visit,
                                 gpointer                 user_data);
void persea_vqgan_visit_encoder (const PerseaVqganConfig *config,
                                 PerseaVqganVisit         visit,
                                 gpointer                 user_data);

G_END_DECLS
