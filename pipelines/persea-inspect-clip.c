/* persea-inspect-clip.c - what CLIP gets to see of texts and pictures
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * No device is needed: only the model's configuration and vocabulary are read.
 */
#include "config.h"

#include "persea-inspect.h"

#include <glib/gi18n.h>

#include "models/persea-clip-weights.h"
#include "persea-error.h"
#include "persea-json-line.h"
#include "persea-model-store.h"
#include "persea-tokenizer.h"

typedef struct
{
  PerseaInspection       *shared;
  PerseaModel            *model;
  PerseaClipWeights      *weights;
  const PerseaClipConfig *config;
} ClipInspection;

static int
inspect_tokens (ClipInspection *inspection, char **texts)
{
  size_t context = inspection->config->context_length;
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaTokenizer) tokenizer
    = persea_tokenizer_find_for_model (inspection->model->folder, inspection->config->vocab_size,
                                       &error);
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (int32_t) * context);

  if (!tokenizer)
    {
      persea_command_error (inspection->shared->command, "%s", error->message);
      return PERSEA_EXIT_NO_MODEL;
    }
  for (size_t i = 0; texts[i]; i++)
    {
      g_autoptr (GError) text_error = NULL;
      int32_t *ids;
      size_t n_used;
      gboolean truncated;

      g_array_set_size (rows, rows->len + 1);
      ids = (int32_t *) rows->data + (rows->len - 1) * context;
      if (!persea_tokenizer_encode (tokenizer, texts[i], context, ids, &n_used, &truncated,
                                    &text_error))
        {
          persea_command_fail_input (inspection->shared->command, texts[i], text_error);
          g_array_set_size (rows, rows->len - 1);
          inspection->shared->n_failed++;
        }
      else if (!inspection->shared->output)
        persea_inspection_print_tokens (inspection->shared, texts[i], ids, n_used, truncated);
    }
  if (inspection->shared->output
      && !persea_inspection_save (inspection->shared, PERSEA_DTYPE_I32, (size_t[]) { rows->len, context }, 2,
                        rows->data))
    return PERSEA_EXIT_SOME_FAILED;
  return persea_inspection_finish (inspection->shared);
}

static void
inspect_print_pixels (ClipInspection *inspection, const char *path, const float *pixels)
{
  size_t n = inspection->config->preprocess.image_size * inspection->config->preprocess.image_size;
  g_autofree char *name = persea_command_display_name (path);
  double sums[3] = { 0 };
  g_autofree char *text = NULL;

  for (int color = 0; color < 3; color++)
    for (size_t i = 0; i < n; i++)
      sums[color] += pixels[color * n + i];
  if (inspection->shared->command->json)
    {
      g_autoptr (PerseaJsonLine) json = persea_json_line_new ();

      persea_json_line_add_file (json, path);
      persea_json_line_begin_array (json, "means");
      for (int color = 0; color < 3; color++)
        persea_json_line_add_number (json, NULL, sums[color] / n, 6);
      persea_json_line_end (json);
      persea_command_print (inspection->shared->command, persea_json_line_finish (json));
      return;
    }
  /* TRANSLATORS: a file, and the means of its red, green and blue as a network sees them */
  text = g_strdup_printf (_("%s: means of red, green, blue: %.4f %.4f %.4f\n"), name,
                          sums[0] / n, sums[1] / n, sums[2] / n);
  persea_command_print (inspection->shared->command, text);
}

static int
inspect_pixels (ClipInspection *inspection, char **paths)
{
  const PerseaPreprocess *preprocess = &inspection->config->preprocess;
  size_t size = preprocess->image_size;
  size_t n = 3 * size * size, n_done = 0;
  g_autofree uint8_t *square = g_malloc (n);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (float));

  for (size_t i = 0; paths[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      float *pixels;

      if (!persea_inspection_preprocess (inspection->shared, paths[i], preprocess, square, &error))
        {
          if (persea_error_is_cancelled (error))
            return PERSEA_EXIT_CANCELLED;
          persea_command_fail_input (inspection->shared->command, paths[i], error);
          inspection->shared->n_failed++;
          continue;
        }
      if (!inspection->shared->output)
        n_done = 0;
      g_array_set_size (all, (n_done + 1) * n);
      pixels = (float *) all->data + n_done * n;
      persea_preprocess_normalize (preprocess, square, pixels);
      n_done++;
      if (!inspection->shared->output)
        inspect_print_pixels (inspection, paths[i], pixels);
    }
  if (inspection->shared->output
      && !persea_inspection_save (inspection->shared, PERSEA_DTYPE_F32, (size_t[]) { n_done, 3, size, size }, 4,
                        all->data))
    return PERSEA_EXIT_SOME_FAILED;
  return persea_inspection_finish (inspection->shared);
}

static int
inspect_clip (PerseaInspection *shared, int (*run) (ClipInspection *, char **), char **inputs)
{
  ClipInspection inspection = { .shared = shared };
  g_autoptr (GError) error = NULL;
  int status = PERSEA_EXIT_NO_MODEL;

  inspection.model = persea_model_store_find (shared->command->model, &error);
  if (inspection.model)
    inspection.weights = persea_clip_weights_open (inspection.model->path, &error);
  if (inspection.weights)
    {
      inspection.config = persea_clip_weights_get_config (inspection.weights);
      status = run (&inspection, inputs);
      persea_clip_weights_unref (inspection.weights);
    }
  else
    persea_command_error (shared->command, "%s", error->message);
  persea_model_free (inspection.model);
  return status;
}

int
persea_inspect_tokens (PerseaInspection *inspection, char **texts)
{
  return inspect_clip (inspection, inspect_tokens, texts);
}

int
persea_inspect_pixels (PerseaInspection *inspection, char **paths)
{
  return inspect_clip (inspection, inspect_pixels, paths);
}
