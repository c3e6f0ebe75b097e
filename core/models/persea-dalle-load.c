/* persea-dalle-load.c - from the files of a DALL·E mini to a generator on a device
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Matrices that see the same input become one while packing: query, key and value; both halves of
 * a gated linear unit.  One tensor after the other is read, so that a checkpoint need never be in
 * memory as a whole.
 */
#include "config.h"

#include "persea-dalle-load.h"

#include "persea-dalle-private.h"
#include "persea-dalle-weights.h"
#include "persea-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* rows [n, k] of several matrices, one below the other */
static void
loader_stack (PerseaWeightLoader *loader, const char *prefix, const char *const *parts, size_t n,
              size_t k, PerseaLinear *linear)
{
  size_t n_parts = g_strv_length ((char **) parts);
  g_autofree char *name = g_strconcat (prefix, parts[0], "+", NULL);

  if (!persea_weight_loader_go_on (loader))
    return;
  if (!persea_weight_loader_is_packing (loader))
    {
      persea_weight_loader_bind_linear (loader, name, NULL, n_parts * n, k, linear);
      return;
    }

  g_autofree float *rows = g_new (float, n_parts * n * k);
  for (size_t i = 0; i < n_parts; i++)
    {
      g_autofree char *part = g_strconcat (prefix, parts[i], ".weight", NULL);
      g_autofree float *values = persea_weight_loader_read (loader, part, n * k);

      if (!values)
        return;
      memcpy (rows + i * n * k, values, n * k * sizeof *rows);
    }
  persea_weight_loader_put_matrix (loader, name, rows, n_parts * n, k);
}

static void
loader_linear (PerseaWeightLoader *loader, const char *prefix, const char *name, size_t n, size_t k,
               PerseaLinear *linear)
{
  g_autofree char *weight = g_strconcat (prefix, name, ".weight", NULL);

  persea_weight_loader_linear (loader, weight, NULL, NULL, n, k, linear);
}

static void
loader_layer (PerseaWeightLoader *loader, const char *prefix, size_t width, size_t inner,
              gboolean is_decoder, DalleLayer *layer)
{
  static const char *const self_qkv[] = { "self_attn.q_proj", "self_attn.k_proj",
                                          "self_attn.v_proj", NULL };
  static const char *const cross_kv[] = { "encoder_attn.k_proj", "encoder_attn.v_proj", NULL };
  static const char *const glu_in[] = { "glu.fc0", "glu.fc1", NULL };

  persea_weight_loader_norm (loader, prefix, "pre_self_attn_layer_norm", width,
                             &layer->pre_self_norm);
  loader_stack (loader, prefix, self_qkv, width, width, &layer->self_qkv);
  loader_linear (loader, prefix, "self_attn.out_proj", width, width, &layer->self_out);
  persea_weight_loader_norm (loader, prefix, "self_attn_layer_norm", width, &layer->self_norm);
  if (is_decoder)
    {
      persea_weight_loader_norm (loader, prefix, "pre_encoder_attn_layer_norm", width,
                                 &layer->pre_cross_norm);
      loader_linear (loader, prefix, "encoder_attn.q_proj", width, width, &layer->cross_q);
      loader_stack (loader, prefix, cross_kv, width, width, &layer->cross_kv);
      loader_linear (loader, prefix, "encoder_attn.out_proj", width, width, &layer->cross_out);
      persea_weight_loader_norm (loader, prefix, "encoder_attn_layer_norm", width,
                                 &layer->cross_norm);
    }
  persea_weight_loader_norm (loader, prefix, "glu.ln0", width, &layer->glu_norm);
  loader_stack (loader, prefix, glu_in, inner, width, &layer->glu_in);
  persea_weight_loader_norm (loader, prefix, "glu.ln1", inner, &layer->glu_inner_norm);
  loader_linear (loader, prefix, "glu.fc2", width, inner, &layer->glu_out);
}

static void
loader_table (PerseaWeightLoader *loader, const char *tower, const char *name, PerseaDtype dtype,
              size_t n_rows, size_t width, PerseaTensor **table)
{
  g_autofree char *weight = g_strconcat (tower, name, ".weight", NULL);

  persea_weight_loader_tensor (loader, weight, dtype, n_rows, width, table);
}

static void
loader_tower (PerseaWeightLoader *loader, PerseaDalle *dalle, gboolean is_decoder)
{
  const PerseaDalleConfig *config = &dalle->config;
  const PerseaDalleTower *sizes = is_decoder ? &config->decoder : &config->encoder;
  DalleTower *tower = is_decoder ? &dalle->decoder : &dalle->encoder;
  const char *name = is_decoder ? "decoder." : "encoder.";

  loader_table (loader, name, "embed_tokens", dalle->table_dtype,
                is_decoder ? config->vocab_size : config->text_vocab_size, config->width,
                &tower->tokens);
  loader_table (loader, name, "embed_positions", PERSEA_DTYPE_F32,
                is_decoder ? config->grid * config->grid : config->context_length, config->width,
                &tower->positions);
  persea_weight_loader_norm (loader, name, "layernorm_embedding", config->width,
                             &tower->embedding_norm);
  if (!tower->layers)
    tower->layers = g_new0 (DalleLayer, sizes->n_layers);
  for (unsigned i = 0; i < sizes->n_layers; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%slayers.%u.", name, i);

      loader_layer (loader, prefix, config->width, sizes->inner_width, is_decoder,
                    &tower->layers[i]);
    }
  persea_weight_loader_norm (loader, name, "final_ln", config->width, &tower->final_norm);
}

static void
dalle_walk (PerseaWeightLoader *loader, gpointer model)
{
  PerseaDalle *dalle = model;

  loader_tower (loader, dalle, FALSE);
  loader_tower (loader, dalle, TRUE);
  loader_linear (loader, "decoder.", "lm_head", dalle->config.vocab_size, dalle->config.width,
                 &dalle->lm_head);
}

static void
layer_clear (DalleLayer *layer)
{
  persea_norm_clear (&layer->pre_self_norm);
  persea_linear_clear (&layer->self_qkv);
  persea_linear_clear (&layer->self_out);
  persea_norm_clear (&layer->self_norm);
  persea_norm_clear (&layer->pre_cross_norm);
  persea_linear_clear (&layer->cross_q);
  persea_linear_clear (&layer->cross_kv);
  persea_linear_clear (&layer->cross_out);
  persea_norm_clear (&layer->cross_norm);
  persea_norm_clear (&layer->glu_norm);
  persea_linear_clear (&layer->glu_in);
  persea_norm_clear (&layer->glu_inner_norm);
  persea_linear_clear (&layer->glu_out);
}

static void
tower_clear (DalleTower *tower, unsigned n_layers)
{
  g_clear_pointer (&tower->tokens, persea_tensor_unref);
  g_clear_pointer (&tower->positions, persea_tensor_unref);
  persea_norm_clear (&tower->embedding_norm);
  for (unsigned i = 0; tower->layers && i < n_layers; i++)
    layer_clear (&tower->layers[i]);
  g_clear_pointer (&tower->layers, g_free);
  persea_norm_clear (&tower->final_norm);
}

void
dalle_clear_towers (gpointer data)
{
  PerseaDalle *dalle = data;

  tower_clear (&dalle->encoder, dalle->config.encoder.n_layers);
  tower_clear (&dalle->decoder, dalle->config.decoder.n_layers);
  persea_linear_clear (&dalle->lm_head);
}

static PerseaDalleTokenizer *
dalle_load_tokenizer (const PerseaDalleConfig *config, const PerseaModelFiles *files,
                      GError **error)
{
  if (!files->vocabulary || !files->merges)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                   _("%s: no vocab.json and merges.txt beside the weights"), files->folder);
      return NULL;
    }
  return persea_dalle_tokenizer_load (files->vocabulary, files->merges,
                                      &(PerseaDalleTokenizerOptions) {
                                        .vocab_size = config->text_vocab_size,
                                        .like_bart = config->layout
                                                     == PERSEA_DALLE_LAYOUT_DALLE_MINI,
                                        .normalize = config->normalize_text,
                                        .words_path = files->words,
                                      },
                                      error);
}

static gboolean
dalle_load_weights (PerseaDalle *dalle, PerseaDalleWeights *weights, const PerseaModelLoad *load,
                    GError **error)
{
  PerseaDevice *device = dalle->base.device;
  PerseaPrecision precision = dalle->base.precision;
  PerseaMatrixFormat format = persea_device_get_matrix_format (device, precision);
  g_autofree char *pack_path = persea_model_load_get_pack_path (load, device, precision);

  dalle->input_dtype = persea_device_get_input_dtype (device, precision);
  dalle->table_dtype = precision == PERSEA_PRECISION_F16   ? PERSEA_DTYPE_F16
                       : precision == PERSEA_PRECISION_F32 ? PERSEA_DTYPE_F32
                                                           : PERSEA_DTYPE_BF16;
  return persea_weight_loader_run (device, &format,
                                   &(PerseaWeightLoad) {
                                     .read = persea_dalle_weights_read,
                                     .weights = weights,
                                     .name = load->files->name,
                                     .n_parameters = persea_dalle_weights_count_parameters (weights),
                                     .pack_path = pack_path,
                                     .pack = &dalle->pack,
                                     .progress = load->progress,
                                     .progress_data = load->progress_data,
                                     .cancellable = load->cancellable,
                                   },
                                   dalle_walk, dalle_clear_towers, dalle, error);
}

PerseaGenerator *
persea_dalle_load (PerseaDevice           *device,
                   PerseaPrecision         precision,
                   const PerseaModelLoad  *load,
                   GError                **error)
{
  g_autoptr (PerseaDalleWeights) weights = persea_dalle_weights_open (load->files, NULL, error);
  if (!weights)
    return NULL;
  const PerseaDalleConfig *config = persea_dalle_weights_get_config (weights);
  PerseaDalleTokenizer *tokenizer = dalle_load_tokenizer (config, load->files, error);
  if (!tokenizer)
    return NULL;

  PerseaDalle *dalle = g_new0 (PerseaDalle, 1);
  g_autoptr (PerseaGenerator) generator = &dalle->base;

  persea_generator_init (generator, &dalle_class, device,
                         persea_device_resolve_reading_precision (device, precision),
                         load->files->name, load->identity);
  dalle->config = *config;
  dalle->tokenizer = tokenizer;
  generator->n_entries = config->n_entries;
  generator->grid = config->grid;
  generator->context_length = config->context_length;
  generator->vocab_size = config->vocab_size;
  generator->guidance = config->guidance;
  generator->sampling = config->sampling;
  return dalle_load_weights (dalle, weights, load, error) ? g_steal_pointer (&generator) : NULL;
}

static gboolean
dalle_describe (const PerseaModelFiles *files, PerseaModelFacts *facts, GPtrArray *problems,
                GError **error)
{
  g_autoptr (PerseaDalleWeights) weights = persea_dalle_weights_open (files, problems, error);
  if (!weights)
    return FALSE;

  const PerseaDalleConfig *config = persea_dalle_weights_get_config (weights);
  *facts = (PerseaModelFacts) {
    .layout = config->layout == PERSEA_DALLE_LAYOUT_MIN_DALLE ? "min-dalle" : "dalle-mini",
    .n_tensors = persea_dalle_weights_count_tensors (weights),
    .n_parameters = persea_dalle_weights_count_parameters (weights),
    .n_entries = config->n_entries,
    .grid = config->grid,
    .context_length = config->context_length,
    .vocab_size = config->text_vocab_size,
    .width = config->width,
    .inner_width = config->decoder.inner_width,
    .n_heads = config->decoder.n_heads,
    .n_encoder_layers = config->encoder.n_layers,
    .n_decoder_layers = config->decoder.n_layers,
  };
  return TRUE;
}

const PerseaGeneratorFamily persea_family_dalle = {
  .family = {
    .name = "DALL·E mini",
    .role = PERSEA_ROLE_GENERATOR,
    .recognize = persea_dalle_weights_recognize,
    .describe = dalle_describe,
  },
  .load = persea_dalle_load,
};
