/* persea-model-report.c - a model, described
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-model-report.h"

#include <math.h>

#include <glib/gi18n.h>

#include "persea-model-parts.h"

static const char *const report_activations[PERSEA_N_ACTIVATIONS] = {
  [PERSEA_ACTIVATION_NONE] = "none",
  [PERSEA_ACTIVATION_RELU] = "relu",
  [PERSEA_ACTIVATION_QUICK_GELU] = "quick_gelu",
  [PERSEA_ACTIVATION_GELU_ERF] = "gelu",
  [PERSEA_ACTIVATION_GELU_TANH] = "gelu_tanh",
  [PERSEA_ACTIVATION_SILU] = "silu",
};

static const char *const report_resize_modes[] = {
  [PERSEA_RESIZE_SHORTEST] = "shortest",
  [PERSEA_RESIZE_LONGEST] = "longest",
  [PERSEA_RESIZE_SQUASH] = "squash",
};

static const char *
report_container (PerseaClipWeights *weights)
{
  PerseaCheckpoint *checkpoint = persea_clip_weights_get_checkpoint (weights);

  return persea_checkpoint_kind_name (persea_checkpoint_get_kind (checkpoint));
}

static double
report_logit_scale (PerseaClipWeights *weights)
{
  float logit_scale = NAN;

  persea_clip_weights_read (weights, "logit_scale", &logit_scale, 1, NULL);
  return exp (logit_scale);
}

static void
report_add_transformer (GString *text, const PerseaClipTransformer *transformer)
{
  /* TRANSLATORS: the size of a neural network; the last word is the name of a function */
  g_string_append_printf (text, _("width %u, %u layers of %u heads, inner width %u, %s"),
                          transformer->width, transformer->n_layers, transformer->n_heads,
                          transformer->mlp_width, report_activations[transformer->activation]);
}

static void
report_add_image_tower (GString *text, const PerseaClipConfig *config)
{
  if (config->image_tower == PERSEA_CLIP_TOWER_VIT)
    {
      g_string_append_printf (text, _("ViT, %u pixels in patches of %u, "), config->image_size,
                              config->patch_size);
      report_add_transformer (text, &config->vision);
    }
  else
    {
      g_string_append_printf (text, _("ResNet, %u pixels, width %u, %u+%u+%u+%u blocks"),
                              config->image_size, config->resnet_width, config->resnet_layers[0],
                              config->resnet_layers[1], config->resnet_layers[2],
                              config->resnet_layers[3]);
    }
}

char *
persea_model_report_words (const PerseaModel *model, PerseaClipWeights *weights)
{
  const PerseaClipConfig *config = persea_clip_weights_get_config (weights);
  PerseaCheckpoint *checkpoint = persea_clip_weights_get_checkpoint (weights);
  const char *const *files = persea_checkpoint_get_files (checkpoint);
  GString *text = g_string_new (NULL);
  size_t n_vision, n_text;
  size_t n_all = persea_clip_count_parameters (config, &n_vision, &n_text);

  g_string_append_printf (text, "%s\n", model->name);
  g_string_append_printf (text, _("  layout:     %s (%s)\n"),
                          persea_clip_layout_name (config->layout), report_container (weights));
  for (size_t i = 0; files[i] != NULL; i++)
    {
      g_autofree char *name = g_filename_display_name (files[i]);

      g_string_append_printf (text, _("  weights:    %s\n"), name);
    }
  g_string_append (text, _("  pictures:   "));
  report_add_image_tower (text, config);
  g_string_append_printf (text, _("\n  texts:      %u tokens out of %u, "), config->context_length,
                          config->vocab_size);
  report_add_transformer (text, &config->text);
  g_string_append_printf (text, _("\n  embeddings: %u numbers, compared with a factor of %.2f\n"),
                          config->embed_dim, report_logit_scale (weights));
  g_string_append_printf (text, _("  parameters: %'zu (pictures %'zu, texts %'zu)\n"), n_all,
                          n_vision, n_text);
  if (config->activation_assumed)
    g_string_append_printf (text,
                            _("  No file beside the weights names the activation; %s is assumed. "
                              "If it is wrong, put {\"activation\": \"gelu\"} or "
                              "{\"activation\": \"quick_gelu\"} into a file persea.json beside "
                              "them.\n"),
                            report_activations[config->text.activation]);
  return g_string_free (text, FALSE);
}

static void
report_add_transformer_json (PerseaJsonLine *line, const PerseaClipTransformer *transformer)
{
  persea_json_line_add_integer (line, "width", transformer->width);
  persea_json_line_add_integer (line, "layers", transformer->n_layers);
  persea_json_line_add_integer (line, "heads", transformer->n_heads);
  persea_json_line_add_integer (line, "mlp_width", transformer->mlp_width);
  persea_json_line_add_number (line, "eps", transformer->eps, 8);
  persea_json_line_add_string (line, "activation", report_activations[transformer->activation]);
}

static void
report_add_floats_json (PerseaJsonLine *line, const char *name, const float values[3])
{
  persea_json_line_begin_array (line, name);
  for (int i = 0; i < 3; i++)
    persea_json_line_add_number (line, NULL, values[i], 8);
  persea_json_line_end (line);
}

static void
report_add_image_json (PerseaJsonLine *line, const PerseaClipConfig *config)
{
  const PerseaPreprocess *preprocess = &config->preprocess;

  persea_json_line_begin_object (line, "image");
  persea_json_line_add_string (line, "tower",
                               config->image_tower == PERSEA_CLIP_TOWER_VIT ? "vit" : "resnet");
  persea_json_line_add_integer (line, "size", config->image_size);
  if (config->image_tower == PERSEA_CLIP_TOWER_VIT)
    {
      persea_json_line_add_integer (line, "patch_size", config->patch_size);
      report_add_transformer_json (line, &config->vision);
    }
  else
    {
      persea_json_line_add_integer (line, "width", config->resnet_width);
      persea_json_line_begin_array (line, "layers");
      for (int i = 0; i < 4; i++)
        persea_json_line_add_integer (line, NULL, config->resnet_layers[i]);
      persea_json_line_end (line);
      persea_json_line_add_integer (line, "heads", config->resnet_heads);
    }
  report_add_floats_json (line, "mean", preprocess->mean);
  report_add_floats_json (line, "std", preprocess->std);
  persea_json_line_add_string (line, "interpolation",
                               persea_interpolation_name (preprocess->interpolation));
  persea_json_line_add_string (line, "resize_mode", report_resize_modes[preprocess->resize_mode]);
  persea_json_line_end (line);
}

void
persea_model_report_json (const PerseaModel *model, PerseaClipWeights *weights, PerseaJsonLine *line)
{
  const PerseaClipConfig *config = persea_clip_weights_get_config (weights);
  PerseaCheckpoint *checkpoint = persea_clip_weights_get_checkpoint (weights);
  const char *const *files = persea_checkpoint_get_files (checkpoint);
  size_t n_vision, n_text;
  size_t n_all = persea_clip_count_parameters (config, &n_vision, &n_text);

  persea_json_line_add_string (line, "name", model->name);
  persea_json_line_add_string (line, "path", model->path);
  persea_json_line_begin_array (line, "roles");
  persea_json_line_add_string (line, NULL, persea_model_role_name (PERSEA_ROLE_CLIP));
  persea_json_line_end (line);
  persea_json_line_add_string (line, "layout", persea_clip_layout_name (config->layout));
  persea_json_line_add_string (line, "container", report_container (weights));
  persea_json_line_begin_array (line, "weights");
  for (size_t i = 0; files[i] != NULL; i++)
    persea_json_line_add_string (line, NULL, files[i]);
  persea_json_line_end (line);
  report_add_image_json (line, config);
  persea_json_line_begin_object (line, "text");
  persea_json_line_add_integer (line, "context_length", config->context_length);
  persea_json_line_add_integer (line, "vocab_size", config->vocab_size);
  report_add_transformer_json (line, &config->text);
  persea_json_line_end (line);
  persea_json_line_add_integer (line, "embed_dim", config->embed_dim);
  persea_json_line_add_number (line, "logit_scale", report_logit_scale (weights), 4);
  persea_json_line_add_integer (line, "parameters", (int64_t) n_all);
  persea_json_line_add_integer (line, "image_parameters", (int64_t) n_vision);
  persea_json_line_add_integer (line, "text_parameters", (int64_t) n_text);
  persea_json_line_add_boolean (line, "activation_assumed", config->activation_assumed);
}
