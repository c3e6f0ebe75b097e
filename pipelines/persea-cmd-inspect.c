/* persea-cmd-inspect.c - persea inspect: what the networks get to see and say
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-image-file.h"
#include "persea-inspect.h"
#include "persea-json-line.h"
#include "persea-npy.h"

gboolean
persea_inspection_save (PerseaInspection *inspection, PerseaDtype dtype, const size_t *shape, int n_dims, const void *data)
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

void
persea_inspection_print_tokens (PerseaInspection *inspection, const char *text, const int32_t *ids, size_t n, gboolean truncated)
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

gboolean
persea_inspection_preprocess (PerseaInspection       *inspection,
                              const char             *path,
                              const PerseaPreprocess *preprocess,
                              uint8_t                *square,
                              GError                **error)
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
  return persea_image_preprocess (&source, preprocess,
                                  inspection->fast ? PERSEA_IMAGE_FAST : PERSEA_IMAGE_EXACT,
                                  square, command->cancellable, error);
}

int
persea_inspection_finish (PerseaInspection *inspection)
{
  return inspection->n_failed || !persea_command_flush (inspection->command) ? PERSEA_EXIT_SOME_FAILED
                                                                               : PERSEA_EXIT_OK;
}

static const struct
{
  const char        *name;
  PerseaInspectFunc  run;
} inspections[] = {
  { "tokens", persea_inspect_tokens },
  { "pixels", persea_inspect_pixels },
  { "prompt", persea_inspect_prompt },
  { "logits", persea_inspect_logits },
  { "codes", persea_inspect_codes },
  { "decode", persea_inspect_decode },
};

static gboolean
inspect_parse (PerseaInspection *inspection, int *argc, char ***argv, char **output, char **codes)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, output,
      N_("Write the result to a NumPy file; decode: or to a picture; - is standard output"), N_("FILE") },
    { "codes", 0, 0, G_OPTION_ARG_FILENAME, codes,
      N_("logits: the codes of a picture, from its first on, as a NumPy file"), N_("FILE") },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { "fast", 0, 0, G_OPTION_ARG_NONE, &inspection->fast,
      N_("pixels: let the decoder shrink large pictures, as tagging does"), NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (
    inspection->command, argc, argv, entries,
    _("tokens TEXT… | pixels PICTURE… | prompt TEXT… | logits TEXT --codes FILE | codes PICTURE… | decode FILE"),
    _("Shows what the networks get to see of texts and pictures, and what they say."),
    /* TRANSLATORS: keep the words and shapes in brackets as they are */
    _("CLIP:\n"
      "  tokens  the numbers of the pieces of each text, from the start to the end mark;\n"
      "          i32 [texts, context]\n"
      "  pixels  the preprocessed picture; f32 [pictures, 3, size, size]\n"
      "Drawing models:\n"
      "  prompt  as tokens, by the drawing model; i32 [texts, context]\n"
      "  logits  what the decoder says of each of the codes, having seen the text and the codes\n"
      "          before; f32 [2, positions, vocabulary]: under the empty text, under TEXT\n"
      "  codes   a picture, scaled and cropped to the native size; i32 [pictures, grid, grid]\n"
      "  decode  the picture of codes, i32 [grid, grid], [pictures, grid, grid] or [positions];\n"
      "          f32 [pictures, 3, height, width], 0 to 1\n"
      "A - is standard input."));
}

int
persea_cmd_inspect (PerseaCommand *command, int argc, char **argv)
{
  g_autofree char *output = NULL;
  g_autofree char *codes = NULL;
  PerseaInspection inspection = { .command = command };

  if (!inspect_parse (&inspection, &argc, &argv, &output, &codes))
    return PERSEA_EXIT_USAGE;
  if (argc < 3)
    return persea_command_usage_error (command, _("expected what to inspect, and at least one input"));

  inspection.output = output;
  inspection.codes = codes;
  for (size_t i = 0; i < G_N_ELEMENTS (inspections); i++)
    if (strcmp (argv[1], inspections[i].name) == 0)
      return inspections[i].run (&inspection, argv + 2);
  return persea_command_usage_error (command, _("'%s' cannot be inspected"), argv[1]);
}
