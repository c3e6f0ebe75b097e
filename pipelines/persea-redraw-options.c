/* persea-redraw-options.c - what persea complete and persea vary are asked for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-redraw-options.h"

#include <math.h>

#include <glib/gi18n.h>

static gboolean
options_read (PerseaRedrawOptions *options,
              PerseaCommand       *command,
              int                 *argc,
              char              ***argv,
              const GOptionEntry  *own,
              const char          *summary,
              const char          *description)
{
  const GOptionEntry common[] = {
    { "prompt", 'p', 0, G_OPTION_ARG_STRING, &options->prompt, N_("What the picture is to show"), N_("TEXT") },
    { "negative", 0, 0, G_OPTION_ARG_STRING, &options->negative,
      N_("What the pictures are to move away from"), N_("TEXT") },
    { "pictures", 'n', 0, G_OPTION_ARG_INT, &options->n_pictures, N_("Keep the best N pictures (1)"), N_("N") },
    { "candidates", 0, 0, G_OPTION_ARG_INT, &options->n_candidates,
      N_("Draw K to choose from (four for each that is kept, 16 at most)"), N_("K") },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &options->seed,
      N_("Of the random numbers; the same seed gives the same pictures"), N_("SEED") },
    { "temperature", 0, 0, G_OPTION_ARG_DOUBLE, &options->temperature,
      N_("Boldness: 1 as the model has learned, 0 always the likeliest"), N_("T") },
    { "top-k", 0, 0, G_OPTION_ARG_INT, &options->top_k,
      N_("Choose among the K likeliest codes; 0: all"), N_("K") },
    { "top-p", 0, 0, G_OPTION_ARG_DOUBLE, &options->top_p,
      N_("Choose among the likeliest codes with this share of the probability"), N_("P") },
    { "guidance", 0, 0, G_OPTION_ARG_DOUBLE, &options->guidance,
      N_("How strongly to follow the prompt; 1 takes half the time"), N_("G") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output_name,
      N_("Write into a folder, or to a file, whose suffix says its format; -: standard output"),
      N_("FOLDER|FILE") },
    { "clip", 0, 0, G_OPTION_ARG_FILENAME, &options->clip_name,
      N_("The CLIP that ranks: a name from 'persea models list', or a path"), N_("NAME|PATH") },
    { "no-rank", 0, 0, G_OPTION_ARG_NONE, &options->no_rank, N_("Do not rank, keep the first ones"), NULL },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->names, NULL, NULL },
  };
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (; own->long_name; own++)
    g_array_append_val (entries, *own);
  g_array_append_vals (entries, common, G_N_ELEMENTS (common));
  return persea_command_parse (command, argc, argv, (const GOptionEntry *) entries->data, _("PICTURE"), summary,
                               description);
}

static gboolean
options_check (PerseaRedrawOptions *options, PerseaCommand *command)
{
  if (!options->names || options->names[1])
    persea_command_usage_error (command, options->names ? _("expected one picture") : _("a picture is missing"));
  else if (options->n_pictures < 1)
    persea_command_usage_error (command, _("%s must be at least 1"), "-n");
  else if (options->n_candidates < 0)
    persea_command_usage_error (command, _("%s must be at least 1"), "--candidates");
  else if (options->top_k < -1)
    persea_command_usage_error (command, _("%s cannot be negative"), "--top-k");
  else if (options->temperature < 0 || options->top_p < 0 || options->guidance < 0)
    persea_command_usage_error (command, _("%s cannot be negative"),
                                options->temperature < 0 ? "--temperature"
                                : options->top_p < 0     ? "--top-p"
                                                         : "--guidance");
  else if (options->no_rank && options->clip_name)
    persea_command_usage_error (command, _("--no-rank and --clip cannot go together"));
  else
    return TRUE;
  return FALSE;
}

static gboolean
options_take_seed (PerseaRedrawOptions *options, PerseaCommand *command)
{
  guint64 seed = 0;

  if (!options->seed)
    seed = persea_draw_request_choose_seed ();
  else if (!g_ascii_string_to_unsigned (options->seed, 10, 0, G_MAXUINT64, &seed, NULL))
    {
      persea_command_usage_error (command, _("--seed: expected a number from 0 to 18446744073709551615, found '%s'"),
                                  options->seed);
      return FALSE;
    }
  options->request.seed = seed;
  return TRUE;
}

gboolean
persea_redraw_options_parse (PerseaRedrawOptions  *options,
                             PerseaCommand        *command,
                             int                   argc,
                             char                **argv,
                             const GOptionEntry   *own,
                             const char           *summary,
                             const char           *description)
{
  *options = (PerseaRedrawOptions) {
    .request = PERSEA_DRAW_REQUEST_INIT,
    .n_pictures = 1,
    .top_k = -1,
    .temperature = NAN,
    .top_p = NAN,
    .guidance = NAN,
  };
  if (!options_read (options, command, &argc, &argv, own, summary, description)
      || !options_check (options, command) || !options_take_seed (options, command))
    return FALSE;
  options->picture = options->names[0];
  options->request.negative = options->negative;
  options->request.n_pictures = options->n_pictures;
  options->request.n_candidates = options->n_candidates;
  options->request.top_k = options->top_k;
  if (!isnan (options->temperature))
    options->request.temperature = (float) options->temperature;
  if (!isnan (options->top_p))
    options->request.top_p = (float) options->top_p;
  if (!isnan (options->guidance))
    options->request.guidance = (float) options->guidance;
  return TRUE;
}

void
persea_redraw_options_clear (PerseaRedrawOptions *options)
{
  g_strfreev (options->names);
  g_free (options->prompt);
  g_free (options->negative);
  g_free (options->output_name);
  g_free (options->clip_name);
  g_free (options->seed);
}
