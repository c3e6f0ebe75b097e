/* persea-dalle-config.c - what a DALL·E mini is made of
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reference: dalle-mini, src/dalle_mini/model/configuration.py.
 */
#include "config.h"

#include "persea-dalle-config.h"

#include "persea-error.h"
#include "persea-generator.h"
#include "persea-json.h"

#include <string.h>

#define MAX_GUIDANCE 100

/* rows of 16 × 16 tokens at the most that anybody would train; keeps sizes within 64 bits */
#define MAX_TOKEN (1 << 20)

/* Members that must have one value, which is also their default */
static const struct
{
  const char *name;
  gboolean    value;
} dalle_flags[] = {
  { "scale_embedding", FALSE },
  { "tie_word_embeddings", FALSE },
  { "use_bias", FALSE },
  { "use_head_scale", FALSE },
  { "use_cosine_attention", FALSE },
  { "use_absolute_position_embeddings", TRUE },
  { "use_swin_position_embeddings", FALSE },
  { "use_deepnet_scaling", FALSE },
  { "use_glu", TRUE },
  { "use_alibi", FALSE },
  { "use_final_ln_encoder", TRUE },
  { "use_final_ln_decoder", TRUE },
};

static const struct
{
  const char *name;
  const char *value;
} dalle_words[] = {
  { "ln_type", "layernorm" },
  { "ln_positions", "normformer" },
};

/* as in transformers, modeling_flax_utils.py */
static const struct
{
  const char      *name;
  PerseaActivation activation;
} dalle_activations[] = {
  { "gelu", PERSEA_ACTIVATION_GELU_ERF },     { "gelu_new", PERSEA_ACTIVATION_GELU_TANH },
  { "relu", PERSEA_ACTIVATION_RELU },         { "silu", PERSEA_ACTIVATION_SILU },
  { "swish", PERSEA_ACTIVATION_SILU },
};

static gboolean
dalle_refuse (const char *name, const char *expected, const char *found, GError **error)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "%s: expected %s, found %s; that structure is not supported", name, expected, found);
  return FALSE;
}

static gboolean
dalle_check_structure (JsonObject *json, GError **error)
{
  unsigned sinkhorn_iters = 1;

  for (size_t i = 0; i < G_N_ELEMENTS (dalle_flags); i++)
    {
      gboolean value = dalle_flags[i].value;

      if (!persea_json_get_boolean (json, dalle_flags[i].name, &value, error))
        return FALSE;
      if (value != dalle_flags[i].value)
        return dalle_refuse (dalle_flags[i].name, value ? "false" : "true",
                             value ? "true" : "false", error);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (dalle_words); i++)
    {
      const char *value = dalle_words[i].value;

      if (!persea_json_get_string (json, dalle_words[i].name, &value, error))
        return FALSE;
      if (strcmp (value, dalle_words[i].value) != 0)
        return dalle_refuse (dalle_words[i].name, dalle_words[i].value, value, error);
    }
  if (!persea_json_get_uint (json, "sinkhorn_iters", 0, MAX_TOKEN, &sinkhorn_iters, error))
    return FALSE;
  return sinkhorn_iters == 1 || dalle_refuse ("sinkhorn_iters", "1", "more or less", error);
}

static gboolean
dalle_read_activation (JsonObject *json, PerseaActivation *activation, GError **error)
{
  const char *name = "gelu";

  if (!persea_json_get_string (json, "activation_function", &name, error))
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (dalle_activations); i++)
    if (strcmp (name, dalle_activations[i].name) == 0)
      {
        *activation = dalle_activations[i].activation;
        return TRUE;
      }
  return dalle_refuse ("activation_function", "gelu, gelu_new, relu, silu or swish", name, error);
}

/* what config.json says of the shapes */
static gboolean
dalle_check_sizes (JsonObject *json, const PerseaDalleConfig *config, GError **error)
{
  const struct
  {
    const char *name;
    unsigned    found;
  } sizes[] = {
    { "d_model", config->width },
    { "encoder_layers", config->encoder.n_layers },
    { "decoder_layers", config->decoder.n_layers },
    { "encoder_ffn_dim", config->encoder.inner_width },
    { "decoder_ffn_dim", config->decoder.inner_width },
    { "encoder_vocab_size", config->text_vocab_size },
    { "max_text_length", config->context_length },
    { "image_length", config->grid * config->grid },
    { "image_vocab_size", config->vocab_size - 1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      unsigned said = sizes[i].found;

      if (!persea_json_get_uint (json, sizes[i].name, 1, MAX_TOKEN, &said, error))
        return FALSE;
      if (said != sizes[i].found)
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "%s: the configuration says %u, the weights have %u", sizes[i].name, said,
                       sizes[i].found);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
dalle_read_heads (JsonObject *json, const char *name, unsigned width, unsigned *n_heads,
                  GError **error)
{
  *n_heads = MAX (width / 64, 1);
  if (!persea_json_get_uint (json, name, 1, MAX_TOKEN, n_heads, error))
    return FALSE;
  if (width % *n_heads != 0 || width / *n_heads > PERSEA_MAX_HEAD_DIM)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s: expected a divisor of the width %u that leaves %d at the most, found %u",
                   name, width, PERSEA_MAX_HEAD_DIM, *n_heads);
      return FALSE;
    }
  return TRUE;
}

static unsigned
power_of_two_below (unsigned n)
{
  unsigned power = 1;

  while (power <= n / 2)
    power *= 2;
  return power;
}

/* which rows are codes, and which is the start token */
static gboolean
dalle_read_tokens (JsonObject *json, PerseaDalleConfig *config, GError **error)
{
  static const char *const specials[] = { "decoder_start_token_id", "bos_token_id", "eos_token_id",
                                          "pad_token_id" };
  unsigned n_rows = config->vocab_size - 1, lowest = config->vocab_size, start_token;
  gboolean whole = power_of_two_below (n_rows) == n_rows;

  if (persea_json_has (json, "image_vocab_size") && !persea_json_has (json, specials[0]))
    lowest = n_rows; /* DalleBartConfig's default for all of them */

  for (size_t i = 0; i < G_N_ELEMENTS (specials); i++)
    {
      unsigned token = config->vocab_size;

      if (!persea_json_get_uint (json, specials[i], 0, MAX_TOKEN, &token, error))
        return FALSE;
      if (token > 0)
        lowest = MIN (lowest, token);
    }
  if (whole || lowest == n_rows)
    config->n_entries = n_rows;
  else
    config->n_entries = lowest < n_rows ? lowest : power_of_two_below (n_rows);

  start_token = config->n_entries;
  if (!persea_json_get_uint (json, specials[0], 0, config->vocab_size - 1, &start_token, error))
    return FALSE;
  config->start_token = start_token;
  return TRUE;
}

/* how the model likes to draw: the names are those of generation configurations of Hugging Face */
static gboolean
dalle_read_sampling (JsonObject *json, PerseaDalleConfig *config, GError **error)
{
  PerseaSampling sampling = PERSEA_SAMPLING_DEFAULT;
  double guidance = PERSEA_DEFAULT_GUIDANCE, temperature = sampling.temperature;
  double top_p = sampling.top_p;

  if (!persea_json_get_double (json, "guidance_scale", &guidance, error)
      || !persea_json_get_double (json, "temperature", &temperature, error)
      || !persea_json_get_double (json, "top_p", &top_p, error)
      || !persea_json_get_uint (json, "top_k", 0, MAX_TOKEN, &sampling.top_k, error))
    return FALSE;
  if (!(guidance >= 0 && guidance <= MAX_GUIDANCE))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "guidance_scale: expected 0 to %d, found %g", MAX_GUIDANCE, guidance);
      return FALSE;
    }
  sampling.temperature = temperature;
  sampling.top_p = top_p;
  config->guidance = guidance;
  config->sampling = sampling;
  return persea_sampling_check (&sampling, error);
}

static gboolean
dalle_config_read (PerseaDalleConfig *config, JsonObject *json, GError **error)
{
  return dalle_check_structure (json, error)
         && dalle_check_sizes (json, config, error)
         && dalle_read_heads (json, "encoder_attention_heads", config->width,
                              &config->encoder.n_heads, error)
         && dalle_read_heads (json, "decoder_attention_heads", config->width,
                              &config->decoder.n_heads, error)
         && dalle_read_activation (json, &config->activation, error)
         && dalle_read_tokens (json, config, error)
         && dalle_read_sampling (json, config, error)
         && persea_json_get_boolean (json, "normalize_text", &config->normalize_text, error);
}

gboolean
persea_dalle_config_apply (PerseaDalleConfig *config, const char *path, GError **error)
{
  g_autoptr (JsonObject) json = NULL;

  config->normalize_text = FALSE;
  if (path)
    {
      json = persea_json_load (path, error);
      if (!json)
        return FALSE;
    }
  if (dalle_config_read (config, json, error))
    return TRUE;
  if (path)
    g_prefix_error (error, "%s: ", path);
  return FALSE;
}
