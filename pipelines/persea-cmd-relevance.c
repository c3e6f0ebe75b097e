/* persea-cmd-relevance.c - persea relevance: where in a picture the words are
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-draw-output.h"
#include "persea-error.h"
#include "persea-image-file.h"
#include "persea-image-writer.h"
#include "persea-json-line.h"
#include "persea-picture-writer.h"
#include "persea-relevance.h"

typedef enum
{
  SHOW_MASK,
  SHOW_HEAT,
  SHOW_ALPHA,
} Show;

static const struct
{
  const char *name;
  int         n_bands;
} shows[] = {
  [SHOW_MASK] = { "mask", 1 },
  [SHOW_HEAT] = { "heat", 3 },
  [SHOW_ALPHA] = { "alpha", 4 },
};

typedef struct
{
  PerseaCommand    *command;
  char            **texts;
  char            **minus;
  double            softness;
  char             *show_name;
  Show              show;
  char             *output_name;
  char            **inputs;
  PerseaDrawOutput *output;
  PerseaImage      *image;
  uint8_t          *bytes;  /* what is shown, [height, width, n_bands] */
  size_t            n_inside;
} RelevanceCommand;

static gboolean
relevance_parse (RelevanceCommand *relevance, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "text", 't', 0, G_OPTION_ARG_STRING_ARRAY, &relevance->texts,
      N_("What to look for; several mean the same"), N_("TEXT") },
    { "minus", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &relevance->minus,
      N_("What is not meant; may be given several times"), N_("TEXT") },
    { "softness", 0, 0, G_OPTION_ARG_DOUBLE, &relevance->softness,
      N_("0: a sharp border (default); 1: how likely the words are, without one"), N_("SHARE") },
    { "show", 0, 0, G_OPTION_ARG_STRING, &relevance->show_name,
      N_("mask: white where the words are (default); heat: colours over the picture; alpha: the "
         "picture, transparent elsewhere"), N_("HOW") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &relevance->output_name,
      N_("Write to this file or folder; -: standard output"), N_("FILE|FOLDER") },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &relevance->inputs, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (relevance->command, argc, argv, entries, _("PICTURE"),
                               _("Shows where in a picture the words are."),
                               _("The words are always somewhere: where the picture fits them best. The picture "
                                 "itself is never replaced."));
}

static gboolean
is_jpeg (const char *name)
{
  const char *suffix = persea_image_find_suffix (name);

  return suffix && (strcmp (suffix, ".jpg") == 0 || strcmp (suffix, ".jpeg") == 0);
}

static gboolean
relevance_check (RelevanceCommand *relevance)
{
  PerseaCommand *command = relevance->command;
  g_autoptr (GError) error = NULL;
  size_t show = 0;

  while (relevance->show_name && show < G_N_ELEMENTS (shows)
         && strcmp (relevance->show_name, shows[show].name) != 0)
    show++;
  relevance->show = show;
  if (!relevance->texts)
    persea_command_usage_error (command, _("--text is needed: what is to be found?"));
  else if (!relevance->inputs || relevance->inputs[1])
    persea_command_usage_error (command, _("name one picture"));
  else if (!(relevance->softness >= 0 && relevance->softness <= 1))
    persea_command_usage_error (command, _("--softness: expected a number from 0 to 1"));
  else if (show == G_N_ELEMENTS (shows))
    persea_command_usage_error (command, _("--show: expected mask, heat or alpha, found '%s'"),
                                relevance->show_name);
  else if (show == SHOW_ALPHA && relevance->output_name && is_jpeg (relevance->output_name))
    persea_command_usage_error (command, _("--show=alpha: JPEG pictures cannot be transparent"));
  else if (!persea_draw_output_check_picture (relevance->output_name, relevance->inputs[0], &error)
           || !(relevance->output = persea_draw_output_new (relevance->output_name, 1, &error)))
    persea_command_usage_error (command, "%s", error->message);
  else
    return TRUE;
  return FALSE;
}

static gboolean
relevance_load_picture (RelevanceCommand *relevance, GError **error)
{
  GCancellable *cancellable = relevance->command->cancellable;
  const char *path = relevance->inputs[0];
  g_autoptr (GBytes) bytes = NULL;

  if (strcmp (path, "-") == 0 && !(bytes = persea_image_source_read_stdin (cancellable, error)))
    return FALSE;
  relevance->image = persea_image_load (&(PerseaImageSource) { .path = bytes ? NULL : path,
                                                               .bytes = bytes,
                                                               .name = bytes ? "-" : NULL },
                                        cancellable, error);
  return relevance->image != NULL;
}

static void
widen (const uint8_t *bytes, size_t n, float *values)
{
  for (size_t i = 0; i < n; i++)
    values[i] = bytes[i] / 255.0f;
}

static void
show_progress (const char *what, double fraction, gpointer user_data)
{
  PerseaCommand *command = user_data;

  persea_progress_set (command->progress, _("looking at the picture"), fraction);
}

/* as much of the picture as the network can use */
static PerseaRelevance *
relevance_look (RelevanceCommand *relevance, PerseaClip *clip, GError **error)
{
  const PerseaImage *image = relevance->image;
  double scale = MIN (1.0, (double) PERSEA_RELEVANCE_USEFUL_SIDE / MAX (image->width, image->height));
  int width = MAX (1, (int) lround (image->width * scale));
  int height = MAX (1, (int) lround (image->height * scale));
  size_t n = (size_t) width * height * 3;
  g_autofree uint8_t *bytes = g_malloc (n);
  g_autofree float *rgb = g_new (float, n);
  const PerseaResampleOptions options = {
    .width = image->width,
    .height = image->height,
    .out_width = width,
    .out_height = height,
    .crop = { 0, 0, width, height },
    .interpolation = PERSEA_INTERPOLATION_BICUBIC,
  };

  if (!persea_resample (&options, image->pixels, bytes, error))
    return NULL;
  widen (bytes, n, rgb);
  return persea_relevance_new (clip, &(PerseaRelevancePicture) { width, height, rgb },
                               relevance->command->cancellable, show_progress, relevance->command,
                               error);
}

static uint8_t
narrow (float value)
{
  return (uint8_t) lrintf (CLAMP (value, 0, 1) * 255);
}

static void
relevance_show_pixel (Show show, const float rgb[3], float value, uint8_t *out)
{
  float heat[3];

  if (show == SHOW_MASK)
    *out = narrow (value);
  else
    {
      if (show == SHOW_HEAT)
        persea_relevance_heat (rgb, value, heat);
      for (int c = 0; c < 3; c++)
        out[c] = narrow (show == SHOW_HEAT ? heat[c] : rgb[c]);
      if (show == SHOW_ALPHA)
        out[3] = narrow (value);
    }
}

static void
relevance_paint (RelevanceCommand *relevance, const PerseaRelevanceMap *map)
{
  const PerseaImage *image = relevance->image;
  size_t width = image->width, n_bands = shows[relevance->show].n_bands;
  g_autofree float *rgb = g_new (float, width * 3);
  g_autofree float *values = g_new (float, width);

  relevance->bytes = g_malloc (width * image->height * n_bands);
  for (int y = 0; y < image->height; y++)
    {
      uint8_t *row = relevance->bytes + y * width * n_bands;

      widen (image->pixels + y * width * 3, width * 3, rgb);
      persea_relevance_map_paint (map, image->width, image->height,
                                  &(PerseaRectangle) { 0, y, image->width, 1 }, rgb, width * 3, values);
      for (size_t x = 0; x < width; x++)
        {
          relevance_show_pixel (relevance->show, rgb + x * 3, values[x], row + x * n_bands);
          relevance->n_inside += values[x] >= 0.5f;
        }
    }
}

/* "holiday-relevance.png": (transfer full) */
static char *
relevance_make_name (const char *path)
{
  g_autofree char *base = strcmp (path, "-") == 0 ? g_strdup ("picture") : g_path_get_basename (path);
  char *point = strrchr (base, '.');

  if (point && point != base)
    *point = '\0';
  return g_strconcat (base, "-relevance" PERSEA_PICTURE_SUFFIX, NULL);
}

static gboolean
relevance_write (RelevanceCommand *relevance, PerseaClip *clip, GError **error)
{
  PerseaCommand *command = relevance->command;
  const PerseaImage *image = relevance->image;
  double share = (double) relevance->n_inside / ((double) image->width * image->height);
  g_autofree char *own_name = relevance_make_name (relevance->inputs[0]);
  g_autoptr (GBytes) bytes = persea_image_encode_bands (
    relevance->bytes, image->width, image->height, shows[relevance->show].n_bands,
    persea_draw_output_choose_name (relevance->output, own_name), NULL, error);
  g_autofree char *file = bytes ? persea_draw_output_write_bytes (relevance->output, bytes, own_name, 0,
                                                                  command->interrupt, error)
                                : NULL;

  if (!file || persea_draw_output_is_stdout (relevance->output))
    return file != NULL;
  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_file (line, relevance->inputs[0]);
      persea_json_line_add_string (line, "model", persea_clip_get_name (clip));
      persea_json_line_add_string (line, "map", file);
      persea_json_line_add_number (line, "share", share, 6);
      persea_command_print (command, persea_json_line_finish (line));
    }
  else
    {
      g_autofree char *name = persea_command_display_name (file);
      g_autofree char *text = g_strdup_printf ("%s  %.1f%%\n", name, share * 100);

      persea_command_print (command, text);
    }
  return TRUE;
}

static gboolean
relevance_find (RelevanceCommand *relevance, PerseaClip *clip, GError **error)
{
  const PerseaRelevanceQuery query = {
    .texts = (const char *const *) relevance->texts,
    .minus = (const char *const *) relevance->minus,
    .softness = (float) relevance->softness,
  };

  if (!relevance_load_picture (relevance, error))
    return FALSE;
  g_autoptr (PerseaRelevance) looked = relevance_look (relevance, clip, error);
  g_autoptr (PerseaRelevanceMap) map
    = looked ? persea_relevance_find (looked, &query, relevance->command->cancellable, error) : NULL;

  if (!map)
    return FALSE;
  relevance_paint (relevance, map);
  persea_progress_clear (relevance->command->progress);
  return relevance_write (relevance, clip, error);
}

static int
relevance_run (RelevanceCommand *relevance)
{
  PerseaCommand *command = relevance->command;
  g_autoptr (PerseaEngine) engine = persea_command_open_engine (command);
  g_autoptr (PerseaClip) clip = engine ? persea_command_load_clip (command, engine) : NULL;
  g_autoptr (GError) error = NULL;

  if (!clip)
    return persea_command_get_load_status (command);
  if (!relevance_find (relevance, clip, &error))
    {
      persea_progress_clear (command->progress);
      if (!persea_error_is_cancelled (error))
        persea_command_fail_input (command, relevance->inputs[0], error);
      return PERSEA_EXIT_SOME_FAILED;
    }
  persea_command_show_profile (command, engine);
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_relevance (PerseaCommand *command, int argc, char **argv)
{
  RelevanceCommand relevance = { .command = command };
  int status = PERSEA_EXIT_USAGE;

  if (relevance_parse (&relevance, &argc, &argv) && relevance_check (&relevance))
    status = relevance_run (&relevance);

  g_clear_pointer (&relevance.output, persea_draw_output_free);
  g_clear_pointer (&relevance.image, persea_image_free);
  g_strfreev (relevance.texts);
  g_strfreev (relevance.minus);
  g_strfreev (relevance.inputs);
  g_free (relevance.show_name);
  g_free (relevance.output_name);
  g_free (relevance.bytes);
  return status;
}
