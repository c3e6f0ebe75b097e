/* persea-cmd-inspect.c - persea inspect: what the networks get to see
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For comparing Persea with other implementations from outside.  No device is needed: only the
 * model's configuration and vocabulary are read.
 */
#include "config.h"

#include "persea-cmd.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "models/persea-clip-weights.h"
#include "persea-error.h"
#include "persea-image-file.h"
#include "persea-json-line.h"
#include "persea-model-store.h"
#include "persea-npy.h"
#include "persea-tokenizer.h"

typedef struct
{
  PerseaCommand           *command;
  PerseaModel             *model;
  PerseaClipWeights       *weights;
  const PerseaClipConfig  *config;
  const char              *output; /* nullable */
  gboolean                 fast;
  unsigned                 n_failed;
} Inspection;

typedef int (*InspectFunc) (Inspection *inspection, char **inputs);

static gboolean
inspect_save (Inspection *inspection, PerseaDtype dtype, const size_t *shape, int n_dims, const void *data)
{
  g_autoptr (GError) error = NULL;

  if (strcmp (inspection->output, "-") == 0)
    {
      g_autoptr (GBytes) bytes = persea_npy_serialize (dtype, shape, n_dims, data);
      gsize size;
      const void *contents = g_bytes_get_data (bytes, &size);

      fwrite (contents, 1, size, stdout);
      return persea_command_flush (inspection->command);
    }
  if (persea_npy_save (inspection->output, dtype, shape, n_dims, data, &error))
    return TRUE;
  persea_command_error (inspection->command, "%s", error->message);
  return FALSE;
}

static void
inspect_print_tokens (Inspection *inspection, const char *text, const int32_t *ids, size_t n, gboolean truncated)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (inspection->command->json)
    {
      g_autoptr (PerseaJsonLine) json = persea_json_line_new ();

      persea_json_line_add_string (json, "text", text);
      persea_json_line_begin_array (json, "tokens");
      for (size_t i = 0; i < n; i++)
        persea_json_line_add_integer (json, NULL, ids[i]);
      persea_json_line_end (json);
      persea_json_line_add_boolean (json, "truncated", truncated);
      persea_command_print (inspection->command, persea_json_line_finish (json));
      return;
    }
  for (size_t i = 0; i < n; i++)
    g_string_append_printf (line, i ? " %d" : "%d", ids[i]);
  g_string_append_c (line, '\n');
  persea_command_print (inspection->command, line->str);
  if (truncated)
    {
      g_autofree char *name = persea_command_display_name (text);

      persea_command_remark (inspection->command, _("the text was cut off: %s"), name);
    }
}

static int
inspect_tokens (Inspection *inspection, char **texts)
{
  size_t context = inspection->config->context_length;
  g_autoptr (GError) error = NULL;
  g_autoptr (PerseaTokenizer) tokenizer
    = persea_tokenizer_find_for_model (inspection->model->folder, inspection->config->vocab_size,
                                       &error);
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (int32_t) * context);

  if (!tokenizer)
    {
      persea_command_error (inspection->command, "%s", error->message);
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
          persea_command_fail_input (inspection->command, texts[i], text_error);
          g_array_set_size (rows, rows->len - 1);
          inspection->n_failed++;
        }
      else if (!inspection->output)
        inspect_print_tokens (inspection, texts[i], ids, n_used, truncated);
    }
  if (inspection->output
      && !inspect_save (inspection, PERSEA_DTYPE_I32, (size_t[]) { rows->len, context }, 2,
                        rows->data))
    return PERSEA_EXIT_SOME_FAILED;
  return inspection->n_failed || !persea_command_flush (inspection->command) ? PERSEA_EXIT_SOME_FAILED
                                                                               : PERSEA_EXIT_OK;
}

static gboolean
inspect_preprocess (Inspection *inspection, const char *path, uint8_t *square, GError **error)
{
  PerseaCommand *command = inspection->command;
  PerseaImageSource source = { .path = path };
  g_autoptr (GBytes) bytes = NULL;

  if (strcmp (path, "-") == 0)
    {
      bytes = persea_image_source_read_stdin (command->cancellable, error);
      if (!bytes)
        return FALSE;
      source = (PerseaImageSource) { .bytes = bytes, .name = path };
    }
  return persea_image_preprocess (&source, &inspection->config->preprocess,
                                  inspection->fast ? PERSEA_IMAGE_FAST : PERSEA_IMAGE_EXACT,
                                  square, command->cancellable, error);
}

static void
inspect_print_pixels (Inspection *inspection, const char *path, const float *pixels)
{
  size_t n = inspection->config->preprocess.image_size * inspection->config->preprocess.image_size;
  g_autofree char *name = persea_command_display_name (path);
  double sums[3] = { 0 };
  g_autofree char *text = NULL;

  for (int color = 0; color < 3; color++)
    for (size_t i = 0; i < n; i++)
      sums[color] += pixels[color * n + i];
  if (inspection->command->json)
    {
      g_autoptr (PerseaJsonLine) json = persea_json_line_new ();

      persea_json_line_add_file (json, path);
      persea_json_line_begin_array (json, "means");
      for (int color = 0; color < 3; color++)
        persea_json_line_add_number (json, NULL, sums[color] / n, 6);
      persea_json_line_end (json);
      persea_command_print (inspection->command, persea_json_line_finish (json));
      return;
    }
  /* TRANSLATORS: a file, and the means of its red, green and blue as a network sees them */
  text = g_strdup_printf (_("%s: means of red, green, blue: %.4f %.4f %.4f\n"), name,
                          sums[0] / n, sums[1] / n, sums[2] / n);
  persea_command_print (inspection->command, text);
}

static int
inspect_pixels (Inspection *inspection, char **paths)
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

      if (!inspect_preprocess (inspection, paths[i], square, &error))
        {
          if (persea_error_is_cancelled (error))
            return PERSEA_EXIT_CANCELLED;
          persea_command_fail_input (inspection->command, paths[i], error);
          inspection->n_failed++;
          continue;
        }
      if (!inspection->output)
        n_done = 0;
      g_array_set_size (all, (n_done + 1) * n);
      pixels = (float *) all->data + n_done * n;
      persea_preprocess_normalize (preprocess, square, pixels);
      n_done++;
      if (!inspection->output)
        inspect_print_pixels (inspection, paths[i], pixels);
    }
  if (inspection->output
      && !inspect_save (inspection, PERSEA_DTYPE_F32, (size_t[]) { n_done, 3, size, size }, 4,
                        all->data))
    return PERSEA_EXIT_SOME_FAILED;
  return inspection->n_failed || !persea_command_flush (inspection->command) ? PERSEA_EXIT_SOME_FAILED
                                                                               : PERSEA_EXIT_OK;
}

static const struct
{
  const char *name;
  InspectFunc run;
} inspections[] = {
  { "tokens", inspect_tokens },
  { "pixels", inspect_pixels },
};

static int
inspect_run (Inspection *inspection, InspectFunc run, char **inputs)
{
  g_autoptr (GError) error = NULL;
  int status = PERSEA_EXIT_NO_MODEL;

  inspection->model = persea_model_store_find (inspection->command->model, &error);
  if (inspection->model)
    inspection->weights = persea_clip_weights_open (inspection->model->path, &error);
  if (inspection->weights)
    {
      inspection->config = persea_clip_weights_get_config (inspection->weights);
      status = run (inspection, inputs);
      persea_clip_weights_unref (inspection->weights);
    }
  else
    persea_command_error (inspection->command, "%s", error->message);
  persea_model_free (inspection->model);
  return status;
}

int
persea_cmd_inspect (PerseaCommand *command, int argc, char **argv)
{
  g_autofree char *output = NULL;
  gboolean fast = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_("write a NumPy file: tokens i32 [texts, context], pixels f32 [pictures, 3, size, size]; "
         "- is standard output"), N_("FILE") },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { "fast", 0, 0, G_OPTION_ARG_NONE, &fast,
      N_("pixels: let the decoder shrink large pictures, as tagging does"), NULL },
    G_OPTION_ENTRY_NULL
  };
  Inspection inspection = { .command = command };

  if (!persea_command_parse (command, &argc, &argv, entries,
                             _("tokens TEXT… | pixels PICTURE…"),
                             _("Shows what the networks get to see of texts and pictures."),
                             _("tokens: the numbers of the pieces of each text, from the start to "
                               "the end mark.\npixels: the preprocessed picture; - is standard "
                               "input.")))
    return PERSEA_EXIT_USAGE;
  if (argc < 3)
    return persea_command_usage_error (command, _("expected what to inspect, and at least one input"));

  inspection.output = output;
  inspection.fast = fast;
  for (size_t i = 0; i < G_N_ELEMENTS (inspections); i++)
    if (strcmp (argv[1], inspections[i].name) == 0)
      return inspect_run (&inspection, inspections[i].run, argv + 2);
  return persea_command_usage_error (command, _("'%s' cannot be inspected"), argv[1]);
}
