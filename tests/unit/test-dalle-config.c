/* test-dalle-config.c - tests of models/persea-dalle-config.c
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "models/persea-dalle-config.h"
#include "persea-error.h"

#include <glib/gstdio.h>

/* what the shapes of a published checkpoint say */
static const PerseaDalleConfig mini = {
  .width = 1024, .encoder = { .n_layers = 12, .inner_width = 2730 },
  .decoder = { .n_layers = 12, .inner_width = 2730 }, .text_vocab_size = 50264,
  .context_length = 64, .vocab_size = 16385, .grid = 16,
};
static const PerseaDalleConfig mega = {
  .width = 2048, .encoder = { .n_layers = 24, .inner_width = 4096 },
  .decoder = { .n_layers = 24, .inner_width = 4096 }, .text_vocab_size = 50272,
  .context_length = 64, .vocab_size = 16416, .grid = 16,
};

/* @json: (nullable) */
static gboolean
apply (PerseaDalleConfig *config, const char *json, GError **error)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "persea-dalle-config-XXXXXX", NULL);
  gboolean ok;

  if (!json)
    return persea_dalle_config_apply (config, NULL, error);
  g_close (g_mkstemp (path), NULL);
  g_assert_true (g_file_set_contents (path, json, -1, NULL));
  ok = persea_dalle_config_apply (config, path, error);
  if (!ok)
    g_assert_true (g_str_has_prefix ((*error)->message, path));
  g_unlink (path);
  return ok;
}

static void
test_tokens (void)
{
  static const struct
  {
    const PerseaDalleConfig *shapes;
    const char              *json;
    unsigned                 n_heads;
    unsigned                 n_entries;
    int                      start_token;
  } cases[] = {
    { &mini, NULL, 16, 16384, 16384 },
    { &mega, NULL, 32, 16384, 16384 },
    { &mini, "{}", 16, 16384, 16384 },
    { &mini, "{\"decoder_start_token_id\": 16383}", 16, 16384, 16383 },
    { &mini, "{\"image_vocab_size\": 16384, \"decoder_attention_heads\": 8}", 8, 16384, 16384 },
    { &mega, "{\"image_vocab_size\": 16415, \"decoder_start_token_id\": 16384, \"eos_token_id\": 16385}",
      32, 16384, 16384 },
    { &mega, "{\"image_vocab_size\": 16415}", 32, 16415, 16415 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      PerseaDalleConfig config = *cases[i].shapes;

      apply (&config, cases[i].json, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (config.decoder.n_heads, ==, cases[i].n_heads);
      g_assert_cmpuint (config.n_entries, ==, cases[i].n_entries);
      g_assert_cmpint (config.start_token, ==, cases[i].start_token);
      g_assert_cmpint (config.activation, ==, PERSEA_ACTIVATION_GELU_ERF);
      g_assert_false (config.normalize_text);
    }
}

static void
test_members (void)
{
  g_autoptr (GError) error = NULL;
  PerseaDalleConfig config = mini;

  apply (&config, "{\"normalize_text\": true, \"activation_function\": \"gelu_new\","
                  " \"use_bias\": false, \"use_scan\": true, \"ln_positions\": \"normformer\","
                  " \"encoder_attention_heads\": 32, \"force_ln_scale\": true}", &error);
  g_assert_no_error (error);
  g_assert_true (config.normalize_text);
  g_assert_cmpint (config.activation, ==, PERSEA_ACTIVATION_GELU_TANH);
  g_assert_cmpuint (config.encoder.n_heads, ==, 32);
  g_assert_cmpuint (config.decoder.n_heads, ==, 16);
}

static void
test_sampling (void)
{
  g_autoptr (GError) error = NULL;
  PerseaDalleConfig config = mini;

  apply (&config, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (config.guidance, ==, 10);
  g_assert_cmpuint (config.sampling.top_k, ==, 256);

  apply (&config, "{\"guidance_scale\": 2.5, \"temperature\": 0.5, \"top_k\": 64, \"top_p\": 0.75}",
         &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (config.guidance, ==, 2.5f);
  g_assert_cmpfloat (config.sampling.temperature, ==, 0.5f);
  g_assert_cmpuint (config.sampling.top_k, ==, 64);
  g_assert_cmpfloat (config.sampling.top_p, ==, 0.75f);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *json;
    int         code;
    const char *message;
  } cases[] = {
    { "{\"use_bias\": true}", PERSEA_ERROR_UNSUPPORTED, "*: use_bias: *false*true*" },
    { "{\"use_glu\": false}", PERSEA_ERROR_UNSUPPORTED, "*: use_glu: *" },
    { "{\"scale_embedding\": true}", PERSEA_ERROR_UNSUPPORTED, "*: scale_embedding: *" },
    { "{\"tie_word_embeddings\": true}", PERSEA_ERROR_UNSUPPORTED, "*: tie_word_embeddings: *" },
    { "{\"use_head_scale\": true}", PERSEA_ERROR_UNSUPPORTED, "*: use_head_scale: *" },
    { "{\"use_cosine_attention\": true}", PERSEA_ERROR_UNSUPPORTED, "*: use_cosine_attention: *" },
    { "{\"use_final_ln_decoder\": false}", PERSEA_ERROR_UNSUPPORTED, "*: use_final_ln_decoder: *" },
    { "{\"ln_type\": \"rmsnorm\"}", PERSEA_ERROR_UNSUPPORTED, "*: ln_type: *layernorm*rmsnorm*" },
    { "{\"ln_positions\": \"swinv2\"}", PERSEA_ERROR_UNSUPPORTED, "*: ln_positions: *swinv2*" },
    { "{\"sinkhorn_iters\": 3}", PERSEA_ERROR_UNSUPPORTED, "*: sinkhorn_iters: *" },
    { "{\"activation_function\": \"mish\"}", PERSEA_ERROR_UNSUPPORTED, "*: activation_function: *mish*" },
    { "{\"decoder_attention_heads\": 3}", PERSEA_ERROR_UNSUPPORTED, "*: decoder_attention_heads: *1024*3*" },
    { "{\"encoder_attention_heads\": 1}", PERSEA_ERROR_UNSUPPORTED, "*: encoder_attention_heads: *" },
    { "{\"d_model\": 2048}", PERSEA_ERROR_INVALID_DATA, "*: d_model: *2048*1024*" },
    { "{\"decoder_layers\": 24}", PERSEA_ERROR_INVALID_DATA, "*: decoder_layers: *24*12*" },
    { "{\"image_vocab_size\": 16415}", PERSEA_ERROR_INVALID_DATA, "*: image_vocab_size: *16415*16384*" },
    { "{\"image_length\": 255}", PERSEA_ERROR_INVALID_DATA, "*: image_length: *255*256*" },
    { "{\"decoder_start_token_id\": 16385}", PERSEA_ERROR_INVALID_DATA, "*decoder_start_token_id*" },
    { "{\"guidance_scale\": -1}", PERSEA_ERROR_INVALID_DATA, "*: guidance_scale: *0 to 100*-1*" },
    { "{\"top_p\": 2}", PERSEA_ERROR_INVALID_ARGUMENT, "*top-p*" },
    { "{\"use_bias\": \"no\"}", PERSEA_ERROR_INVALID_DATA, "*use_bias*" },
    { "{", PERSEA_ERROR_INVALID_DATA, "*" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      PerseaDalleConfig config = mini;

      g_assert_false (apply (&config, cases[i].json, &error));
      g_assert_error (error, PERSEA_ERROR, cases[i].code);
      if (!g_pattern_match_simple (cases[i].message, error->message))
        g_error ("%s: expected \"%s\", found \"%s\"", cases[i].json, cases[i].message,
                 error->message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dalle-config/sampling", test_sampling);
  g_test_add_func ("/dalle-config/tokens", test_tokens);
  g_test_add_func ("/dalle-config/members", test_members);
  g_test_add_func ("/dalle-config/refused", test_refused);
  return g_test_run ();
}
