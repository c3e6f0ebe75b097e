/* persea-dalle-config.h - what a DALL·E mini is made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The sizes in which the models of the family differ: mini, mega, and Orchard-DALL·E.  Most are
 * shapes of weights; config.json, whose members are those of dalle-mini's DalleBartConfig, says the
 * rest, must agree with the shapes, and may lack any member, or be lacking.
 *
 * Of the many structures that DalleBartConfig can describe, those that were published have one in
 * common, and it is the only one we compute: layer norms as in the NormFormer, gated linear
 * units, no biases.  Everything else is refused by the name of its member.
 */
#pragma once

#include "persea-ops.h"
#include "persea-sampler.h"
#include "persea-weights.h"

G_BEGIN_DECLS

typedef enum
{
  PERSEA_DALLE_LAYOUT_MIN_DALLE,  /* torch: encoder.pt and decoder.pt */
  PERSEA_DALLE_LAYOUT_DALLE_MINI, /* Flax: flax_model.msgpack */
} PerseaDalleLayout;

/**
 * PerseaDalleTower:
 * @n_layers: blocks
 * @n_heads: of each attention
 * @inner_width: of the gated linear units
 */
typedef struct
{
  unsigned n_layers;
  unsigned n_heads;
  unsigned inner_width;
} PerseaDalleTower;

/**
 * PerseaDalleConfig:
 * @layout: who wrote it
 * @width: of both towers, W
 * @encoder: reads the text
 * @decoder: draws the codes
 * @text_vocab_size: rows of the encoder's embedding
 * @context_length: tokens of a text
 * @vocab_size: rows of the decoder's embedding and of the logits: codes, the start token, and some
 *   that are never drawn
 * @n_entries: of the codebook; codes are 0 … n_entries - 1
 * @grid: codes on each side; grid² positions
 * @start_token: what the decoder sees before the first code
 * @activation: of the gated linear units
 * @normalize_text: texts are normalised before they are cut into tokens
 * @guidance: to draw with if nobody asks for another one (guidance_scale), and
 * @sampling: likewise (temperature, top_k, top_p)
 */
typedef struct
{
  PerseaDalleLayout layout;
  unsigned          width;
  PerseaDalleTower  encoder;
  PerseaDalleTower  decoder;
  unsigned          text_vocab_size;
  unsigned          context_length;
  unsigned          vocab_size;
  unsigned          n_entries;
  unsigned          grid;
  int32_t           start_token;
  PerseaActivation  activation;
  gboolean          normalize_text;
  float             guidance;
  PerseaSampling    sampling;
} PerseaDalleConfig;

/**
 * persea_dalle_config_apply:
 * @config: filled from the shapes of the weights; heads, entries, start token, activation and
 *   normalisation, and how to draw, are set here
 * @path: (nullable): config.json
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED for structures that we do not compute,
 *   %PERSEA_ERROR_INVALID_DATA for what contradicts the weights; the message begins with the path
 *
 * Without a word about them: heads of 64 dimensions; the start token is the first row behind the
 * codes (the implementations disagree: 16384, 16415, 16383); codes are all rows but the last, or,
 * if these are no power of two, those before the first special token, or the power of two below.
 */
gboolean persea_dalle_config_apply (PerseaDalleConfig *config, const char *path, GError **error);

G_END_DECLS
