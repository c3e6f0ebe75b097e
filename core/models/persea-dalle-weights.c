/* persea-dalle-weights.c - the weights of a DALL·E mini, whoever published it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * References: dalle-mini, src/dalle_mini/model/modeling.py; min-dalle-flax,
 * min_dalle_flax/load_params.py, which turns one into the other.
 */
#include "config.h"

#include "persea-dalle-weights.h"

#include "persea-error.h"

#include <string.h>

/* above any published depth */
#define MAX_LAYERS 1000

typedef enum
{
  DALLE_NORM,       /* [W]; the scale may be missing */
  DALLE_INNER_NORM, /* [inner]; likewise */
  DALLE_FULL_NORM,  /* [W], scale and bias */
  DALLE_SQUARE,     /* [W, W] */
  DALLE_UP,         /* [inner, W] */
  DALLE_DOWN,       /* [W, inner] */
} DalleKind;

/* what a layer has: in min-dalle, and in Flax, which numbers modules in the order in which they are
 * made */
typedef struct
{
  const char *torch;
  const char *flax;
  DalleKind   kind;
} DalleLeaf;

static const DalleLeaf dalle_encoder_leaves[] = {
  { "pre_self_attn_layer_norm", "LayerNorm_0", DALLE_NORM },
  { "self_attn.q_proj", "FlaxBartAttention_0.q_proj", DALLE_SQUARE },
  { "self_attn.k_proj", "FlaxBartAttention_0.k_proj", DALLE_SQUARE },
  { "self_attn.v_proj", "FlaxBartAttention_0.v_proj", DALLE_SQUARE },
  { "self_attn.out_proj", "FlaxBartAttention_0.out_proj", DALLE_SQUARE },
  { "self_attn_layer_norm", "LayerNorm_1", DALLE_FULL_NORM },
  { "glu.ln0", "GLU_0.LayerNorm_0", DALLE_NORM },
  { "glu.fc0", "GLU_0.Dense_0", DALLE_UP },
  { "glu.fc1", "GLU_0.Dense_1", DALLE_UP },
  { "glu.ln1", "GLU_0.LayerNorm_1", DALLE_INNER_NORM },
  { "glu.fc2", "GLU_0.Dense_2", DALLE_DOWN },
};

/* what a decoder's layer has beside */
static const DalleLeaf dalle_decoder_leaves[] = {
  { "pre_encoder_attn_layer_norm", "LayerNorm_2", DALLE_NORM },
  { "encoder_attn.q_proj", "FlaxBartAttention_1.q_proj", DALLE_SQUARE },
  { "encoder_attn.k_proj", "FlaxBartAttention_1.k_proj", DALLE_SQUARE },
  { "encoder_attn.v_proj", "FlaxBartAttention_1.v_proj", DALLE_SQUARE },
  { "encoder_attn.out_proj", "FlaxBartAttention_1.out_proj", DALLE_SQUARE },
  { "encoder_attn_layer_norm", "LayerNorm_3", DALLE_FULL_NORM },
};

struct _PerseaDalleWeights
{
  PerseaWeights    *weights;
  PerseaDalleConfig config;
  GHashTable       *missing; /* names of scales that are ones */
  size_t            n_tensors;
};

/* the two towers, while their weights are listed */
typedef struct
{
  const char             *name;    /* "encoder" */
  const char             *modules; /* Flax: "FlaxBartEncoderLayer" */
  const PerseaDalleTower *sizes;
  gboolean                stacked; /* Flax: all layers in one tensor */
} DalleTowerNames;

gboolean
persea_dalle_weights_recognize (PerseaCheckpoint *const *checkpoints, size_t n_checkpoints)
{
  if (n_checkpoints == 1)
    return persea_checkpoint_find (checkpoints[0], "lm_head.kernel")
           && persea_checkpoint_find (checkpoints[0], "model.encoder.embed_tokens.embedding");
  return n_checkpoints == 2
         && persea_checkpoint_find (checkpoints[0], "layers.0.pre_self_attn_layer_norm.bias")
         && persea_checkpoint_find (checkpoints[1], "layers.0.pre_self_attn_layer_norm.bias")
         && persea_checkpoint_find (checkpoints[1], "lm_head.weight");
}

static gboolean
dalle_is_flax (const PerseaDalleWeights *weights)
{
  return weights->config.layout == PERSEA_DALLE_LAYOUT_DALLE_MINI;
}

/* "weight" and "bias" of a module that is no layer's; (transfer full) */
static char *
dalle_store_name (const PerseaDalleWeights *weights, const char *tower, const char *module,
                  const char *torch_leaf, const char *flax_leaf)
{
  return dalle_is_flax (weights) ? g_strdup_printf ("model.%s.%s.%s", tower, module, flax_leaf)
                                 : g_strdup_printf ("%s.%s.%s", tower, module, torch_leaf);
}

/* wants it, or notes that it is ones */
static void
dalle_want_scale (PerseaDalleWeights *weights, const PerseaWeight *weight, gboolean optional)
{
  if (optional && !persea_weights_find (weights->weights, weight->stored))
    g_hash_table_add (weights->missing, g_strdup (weight->name));
  else
    persea_weights_want (weights->weights, weight);
}

static void
dalle_want_leaf (PerseaDalleWeights *weights, const DalleTowerNames *tower, unsigned layer,
                 const DalleLeaf *leaf)
{
  size_t width = weights->config.width, inner = tower->sizes->inner_width;
  gboolean is_norm = leaf->kind <= DALLE_FULL_NORM;
  const char *flax_weight = is_norm ? "scale" : "kernel";
  g_autofree char *module = g_strdup_printf ("%s.layers.%u.%s", tower->name, layer, leaf->torch);
  g_autofree char *flax = tower->stacked
                            ? g_strdup_printf ("model.%s.layers.%ss.%s", tower->name,
                                               tower->modules, leaf->flax)
                            : g_strdup_printf ("model.%s.layers.%s_%u.%s", tower->name,
                                               tower->modules, layer, leaf->flax);
  const char *stored_module = dalle_is_flax (weights) ? flax : module;
  g_autofree char *name = g_strconcat (module, ".weight", NULL);
  g_autofree char *bias = g_strconcat (module, ".bias", NULL);
  g_autofree char *stored = g_strconcat (stored_module, ".",
                                         dalle_is_flax (weights) ? flax_weight : "weight", NULL);
  g_autofree char *stored_bias = g_strconcat (stored_module, ".bias", NULL);
  PerseaWeight weight = {
    .name = name,
    .stored = stored,
    .n_stacked = tower->stacked ? tower->sizes->n_layers : 0,
    .layer = tower->stacked ? layer : 0,
    .n_dims = 1,
    .shape = { leaf->kind == DALLE_INNER_NORM || leaf->kind == DALLE_UP ? inner : width,
               leaf->kind == DALLE_DOWN ? inner : width },
  };

  if (!is_norm)
    {
      weight.n_dims = 2;
      weight.order = dalle_is_flax (weights) ? PERSEA_WEIGHT_REVERSED : PERSEA_WEIGHT_AS_LISTED;
      persea_weights_want (weights->weights, &weight);
      return;
    }
  dalle_want_scale (weights, &weight, leaf->kind != DALLE_FULL_NORM);
  weight.name = bias;
  weight.stored = stored_bias;
  persea_weights_want (weights->weights, &weight);
}

static void
dalle_want_norm (PerseaDalleWeights *weights, const char *tower, const char *module,
                 gboolean optional)
{
  static const char *const leaves[2][2] = { { "weight", "scale" }, { "bias", "bias" } };

  for (unsigned i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.%s.%s", tower, module, leaves[i][0]);
      g_autofree char *stored = dalle_store_name (weights, tower, module, leaves[i][0],
                                                  leaves[i][1]);

      dalle_want_scale (weights,
                        &(PerseaWeight) { .name = name, .stored = stored, .n_dims = 1,
                                          .shape = { weights->config.width } },
                        optional && i == 0);
    }
}

static void
dalle_want_table (PerseaDalleWeights *weights, const char *tower, const char *module, size_t rows)
{
  g_autofree char *name = g_strdup_printf ("%s.%s.weight", tower, module);
  g_autofree char *stored = dalle_store_name (weights, tower, module, "weight", "embedding");

  persea_weights_want (weights->weights,
                       &(PerseaWeight) { .name = name, .stored = stored, .n_dims = 2,
                                         .shape = { rows, weights->config.width } });
}

static void
dalle_want_tower (PerseaDalleWeights *weights, const DalleTowerNames *tower, size_t n_tokens,
                  size_t n_positions)
{
  dalle_want_table (weights, tower->name, "embed_tokens", n_tokens);
  dalle_want_table (weights, tower->name, "embed_positions", n_positions);
  dalle_want_norm (weights, tower->name, "layernorm_embedding", FALSE);
  for (unsigned layer = 0; layer < tower->sizes->n_layers; layer++)
    {
      for (size_t i = 0; i < G_N_ELEMENTS (dalle_encoder_leaves); i++)
        dalle_want_leaf (weights, tower, layer, &dalle_encoder_leaves[i]);
      for (size_t i = 0; strcmp (tower->name, "decoder") == 0
                         && i < G_N_ELEMENTS (dalle_decoder_leaves); i++)
        dalle_want_leaf (weights, tower, layer, &dalle_decoder_leaves[i]);
    }
  dalle_want_norm (weights, tower->name, "final_ln", TRUE);
}

/* layers in a tower, from the names; 0 if there are none.  @inner: of the first */
static unsigned
dalle_measure_tower (const PerseaDalleWeights *weights, DalleTowerNames *tower,
                     PerseaDalleTower *sizes, GError **error)
{
  PerseaWeights *all = weights->weights;
  g_autofree char *stacked = g_strdup_printf ("model.%s.layers.%ss.GLU_0.Dense_0.kernel",
                                              tower->name, tower->modules);
  g_autofree char *first = dalle_is_flax (weights)
                             ? g_strdup_printf ("model.%s.layers.%s_0.GLU_0.Dense_0.kernel",
                                                tower->name, tower->modules)
                             : g_strdup_printf ("%s.layers.0.glu.fc0.weight", tower->name);
  size_t shape[4];

  tower->stacked = dalle_is_flax (weights) && persea_weights_find (all, stacked);
  if (tower->stacked)
    {
      if (!persea_weights_get_shape (all, stacked, 3, shape, error))
        return FALSE;
      sizes->n_layers = MIN (shape[0], MAX_LAYERS);
      sizes->inner_width = shape[2];
      return TRUE;
    }

  if (!persea_weights_get_shape (all, first, 2, shape, error))
    return FALSE;
  sizes->inner_width = shape[dalle_is_flax (weights) ? 1 : 0];
  for (sizes->n_layers = 1; sizes->n_layers < MAX_LAYERS; sizes->n_layers++)
    {
      g_autofree char *next = dalle_is_flax (weights)
                                ? g_strdup_printf ("model.%s.layers.%s_%u.GLU_0.Dense_0.kernel",
                                                   tower->name, tower->modules, sizes->n_layers)
                                : g_strdup_printf ("%s.layers.%u.glu.fc0.weight", tower->name,
                                                   sizes->n_layers);

      if (!persea_weights_find (all, next))
        break;
    }
  return TRUE;
}

/* the sizes that are shapes */
static gboolean
dalle_measure (PerseaDalleWeights *weights, DalleTowerNames *encoder, DalleTowerNames *decoder,
               GError **error)
{
  PerseaDalleConfig *config = &weights->config;
  const struct
  {
    const char *tower;
    const char *module;
    unsigned   *rows;
  } tables[] = {
    { "encoder", "embed_positions", &config->context_length },
    { "decoder", "embed_positions", &config->grid },
    { "decoder", "embed_tokens", &config->vocab_size },
    { "encoder", "embed_tokens", &config->text_vocab_size },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *stored = dalle_store_name (weights, tables[i].tower, tables[i].module,
                                                  "weight", "embedding");
      size_t shape[4];

      if (!persea_weights_get_shape (weights->weights, stored, 2, shape, error))
        return FALSE;
      *tables[i].rows = shape[0];
      config->width = shape[1];
    }

  unsigned n_codes = config->grid;
  for (config->grid = 1; (config->grid + 1) * (config->grid + 1) <= n_codes;)
    config->grid++;
  if (config->grid * config->grid != n_codes || config->vocab_size < 2 || config->context_length < 2)
    {
      g_autofree char *stored = dalle_store_name (weights, "decoder", "embed_positions", "weight",
                                                  "embedding");

      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: embed_positions, embed_tokens: expected a square number of codes, 2 tokens "
                   "of text or more and 2 rows of codes or more, found %u, %u and %u",
                   persea_weights_get_file (weights->weights,
                                            persea_weights_find (weights->weights, stored)),
                   n_codes, config->context_length, config->vocab_size);
      return FALSE;
    }
  return dalle_measure_tower (weights, encoder, &config->encoder, error)
         && dalle_measure_tower (weights, decoder, &config->decoder, error);
}

static gboolean
dalle_open_checkpoints (PerseaDalleWeights *weights, const PerseaModelFiles *files, GError **error)
{
  unsigned n_files = g_strv_length (files->weights);

  weights->config.layout = n_files > 1 ? PERSEA_DALLE_LAYOUT_MIN_DALLE
                                       : PERSEA_DALLE_LAYOUT_DALLE_MINI;
  for (unsigned i = 0; i < n_files; i++)
    {
      g_autoptr (PerseaCheckpoint) checkpoint = persea_checkpoint_open (files->weights[i], error);
      size_t n;

      if (!checkpoint)
        return FALSE;
      persea_checkpoint_get_tensors (checkpoint, &n);
      weights->n_tensors += n;
      persea_weights_add_checkpoint (weights->weights, checkpoint,
                                     n_files == 1 ? "" : i == 0 ? "encoder." : "decoder.");
    }
  return TRUE;
}

PerseaDalleWeights *
persea_dalle_weights_open (const PerseaModelFiles *files, GPtrArray *problems, GError **error)
{
  g_autoptr (PerseaDalleWeights) weights = g_new0 (PerseaDalleWeights, 1);
  PerseaDalleConfig *config = &weights->config;
  DalleTowerNames encoder = { "encoder", "FlaxBartEncoderLayer", &config->encoder };
  DalleTowerNames decoder = { "decoder", "FlaxBartDecoderLayer", &config->decoder };

  weights->weights = persea_weights_new ("DALL·E mini");
  weights->missing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!dalle_open_checkpoints (weights, files, error)
      || !dalle_measure (weights, &encoder, &decoder, error)
      || !persea_dalle_config_apply (config, files->config, error))
    return NULL;

  dalle_want_tower (weights, &encoder, config->text_vocab_size, config->context_length);
  dalle_want_tower (weights, &decoder, config->vocab_size, config->grid * config->grid);
  persea_weights_want (weights->weights,
                       &(PerseaWeight) {
                         .name = "decoder.lm_head.weight",
                         .stored = dalle_is_flax (weights) ? "lm_head.kernel" : NULL,
                         .order = dalle_is_flax (weights) ? PERSEA_WEIGHT_REVERSED
                                                          : PERSEA_WEIGHT_AS_LISTED,
                         .n_dims = 2,
                         .shape = { config->vocab_size, config->width },
                       });
  return persea_weights_check (weights->weights, problems, error) ? g_steal_pointer (&weights) : NULL;
}

void
persea_dalle_weights_free (PerseaDalleWeights *weights)
{
  if (!weights)
    return;
  persea_weights_unref (weights->weights);
  g_hash_table_unref (weights->missing);
  g_free (weights);
}

const PerseaDalleConfig *
persea_dalle_weights_get_config (const PerseaDalleWeights *weights)
{
  return &weights->config;
}

size_t
persea_dalle_weights_count_parameters (const PerseaDalleWeights *weights)
{
  return persea_weights_count_elements (weights->weights);
}

size_t
persea_dalle_weights_count_tensors (const PerseaDalleWeights *weights)
{
  return weights->n_tensors;
}

gboolean
persea_dalle_weights_read (gpointer data, const char *name, float *out, size_t n, GError **error)
{
  PerseaDalleWeights *weights = data;

  if (!g_hash_table_contains (weights->missing, name))
    return persea_weights_read (weights->weights, name, out, n, error);
  for (size_t i = 0; i < n; i++)
    out[i] = 1;
  return TRUE;
}
