/* persea-dvae-config.h - what a discrete VAE is made of, and what its tensors are called
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Two files, encoder.pkl and decoder.pkl; the second alone will do for decoding.  Names here begin
 * with "encoder." or "decoder.", the rest is that of the files.  All sizes are told by the shapes.
 */
#pragma once

#include "persea-model-files.h"
#include "persea-weights.h"

G_BEGIN_DECLS

#define PERSEA_DVAE_MAX_GROUPS 6

/**
 * PerseaDvaeHalf:
 * @channels: of each group, in the order of the forward pass
 * @first: channels behind the first convolution
 */
typedef struct
{
  unsigned channels[PERSEA_DVAE_MAX_GROUPS];
  unsigned first;
} PerseaDvaeHalf;

/**
 * PerseaDvaeConfig:
 * @n_groups: of blocks; between them resolution is halved (encoder) or doubled (decoder)
 * @n_blocks: in each group
 * @n_entries: codes
 */
typedef struct
{
  unsigned       n_groups;
  unsigned       n_blocks;
  unsigned       n_entries;
  gboolean       has_encoder;
  PerseaDvaeHalf encoder;
  PerseaDvaeHalf decoder;
} PerseaDvaeConfig;

gboolean persea_dvae_recognize (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints);

/**
 * persea_dvae_weights_open:
 * @config: (out caller-allocates)
 * @problems: (nullable) (element-type utf8): all that is wrong with the tensors
 *
 * Returns: (transfer full) (nullable): the weights, checked
 */
PerseaWeights *persea_dvae_weights_open (const PerseaModelFiles *files,
                                         PerseaDvaeConfig       *config,
                                         GPtrArray              *problems,
                                         GError                **error);

/**
 * PerseaDvaeLayer:
 * @name: in front of ".w" and ".b"
 * @in: channels
 * @out: channels
 * @kernel: height and width of the window
 * @level: 0: the resolution of the pixels; each next one half of it
 */
typedef struct
{
  const char *name;
  unsigned    in;
  unsigned    out;
  unsigned    kernel;
  unsigned    level;
} PerseaDvaeLayer;

typedef void (*PerseaDvaeVisit) (const PerseaDvaeLayer *layer, gpointer user_data);

/* all convolutions; @of_encoder: of which half */
void persea_dvae_visit (const PerseaDvaeConfig *config,
                        gboolean                of_encoder,
                        PerseaDvaeVisit         visit,
                        gpointer                user_data);

/* kernel of convolution 1 … 4 of a block: wide ones first in the encoder, last in the decoder */
unsigned persea_dvae_get_kernel (gboolean of_encoder, unsigned conv);

/* hidden channels of a block with @channels outputs */
unsigned persea_dvae_get_hidden (unsigned channels);

G_END_DECLS
