/* persea-dalle-private.h - the parts of a DALL·E mini on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Shared by persea-dalle-load.c, which fills it, and persea-dalle.c, which computes with it.
 * Letters: W width, F inner width of a gated linear unit.
 */
#pragma once

#include "persea-dalle-config.h"
#include "persea-dalle-tokenizer.h"
#include "persea-generator-impl.h"
#include "persea-weight-loader.h"

G_BEGIN_DECLS

/* in the order of computing */
typedef struct
{
  PerseaNorm   pre_self_norm;
  PerseaLinear self_qkv; /* [3W, W]: query, key, value */
  PerseaLinear self_out; /* [W, W] */
  PerseaNorm   self_norm;

  PerseaNorm   pre_cross_norm; /* the decoder's: attention to the text */
  PerseaLinear cross_q;        /* [W, W] */
  PerseaLinear cross_kv;       /* [2W, W]: key, value */
  PerseaLinear cross_out;      /* [W, W] */
  PerseaNorm   cross_norm;

  PerseaNorm   glu_norm;
  PerseaLinear glu_in; /* [2F, W]: what is activated, and what it is multiplied with */
  PerseaNorm   glu_inner_norm;
  PerseaLinear glu_out; /* [W, F] */
} DalleLayer;

typedef struct
{
  PerseaTensor *tokens;    /* [vocabulary, W] */
  PerseaTensor *positions; /* [positions, W] */
  PerseaNorm    embedding_norm;
  DalleLayer   *layers;
  PerseaNorm    final_norm;
} DalleTower;

typedef struct
{
  PerseaGenerator       base;
  PerseaDalleConfig     config;
  PerseaDtype           input_dtype; /* what products take, and caches hold */
  PerseaDtype           table_dtype; /* of embeddings */
  PerseaDalleTokenizer *tokenizer;
  PerseaPack           *pack; /* where the weights lie */

  DalleTower   encoder;
  DalleTower   decoder;
  PerseaLinear lm_head; /* [vocabulary, W] */
} PerseaDalle;

extern const PerseaGeneratorClass dalle_class;

/* frees the towers, however far they were filled */
void dalle_clear_towers (gpointer dalle);

G_END_DECLS
