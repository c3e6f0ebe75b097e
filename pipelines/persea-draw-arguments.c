/* persea-draw-arguments.c - the options that all commands that draw have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-draw-arguments.h"

#include <inttypes.h>
#include <math.h>

#include <glib/gi18n.h>

void
persea_draw_arguments_init (PerseaDrawArguments *arguments)
{
  *arguments = (PerseaDrawArguments) {
    .n_pictures = 1,
    .top_k = -1,
    .temperature = NAN,
    .top_p = NAN,
    .guidance = NAN,
  };
}

void
persea_draw_arguments_clear (PerseaDrawArguments *arguments)
{
  g_free (arguments->output_name);
  g_free (arguments->clip_name);
  g_free (arguments->seed);
  g_free (arguments->negative);
}

GArray *
persea_draw_arguments_get_entries (PerseaDrawArguments *arguments, const GOptionEntry *own)
{
  const GOptionEntry common[] = {
    { "negative", 0, 0, G_OPTION_ARG_STRING, &arguments->negative,
      N_("What the pictures are to move away from"), N_("TEXT") },
    { "pictures", 'n', 0, G_OPTION_ARG_INT, &arguments->n_pictures, N_("Keep the best N pictures (1)"), N_("N") },
    { "candidates", 0, 0, G_OPTION_ARG_INT, &arguments->n_candidates,
      N_("Draw K to choose from (four for each that is kept, 16 at most)"), N_("K") },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &arguments->seed,
      N_("Of the random numbers; the same seed gives the same pictures"), N_("SEED") },
    { "temperature", 0, 0, G_OPTION_ARG_DOUBLE, &arguments->temperature,
      N_("Boldness: 1 as the model has learned, 0 always the likeliest"), N_("T") },
    { "top-k", 0, 0, G_OPTION_ARG_INT, &arguments->top_k,
      N_("Choose among the K likeliest codes; 0: all"), N_("K") },
    { "top-p", 0, 0, G_OPTION_ARG_DOUBLE, &arguments->top_p,
      N_("Choose among the likeliest codes with this share of the probability"), N_("P") },
    { "guidance", 0, 0, G_OPTION_ARG_DOUBLE, &arguments->guidance,
      N_("How strongly to follow the prompt; 1 takes half the time"), N_("G") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments->output_name,
      N_("Write into a folder, or to a file, whose suffix says its format; -: standard output"),
      N_("FOLDER|FILE") },
    { "clip", 0, 0, G_OPTION_ARG_FILENAME, &arguments->clip_name,
      N_("The CLIP that ranks: a name from 'persea models list', or a path"), N_("NAME|PATH") },
    { "no-rank", 0, 0, G_OPTION_ARG_NONE, &arguments->no_rank, N_("Do not rank, keep the first ones"), NULL },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
  };
  GArray *entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (; own->long_name; own++)
    g_array_append_val (entries, *own);
  return g_array_append_vals (entries, common, G_N_ELEMENTS (common));
}

static gboolean
arguments_take_number (PerseaCommand *command, const char *option, double value, float *number)
{
  if (isnan (value))
    return TRUE;
  if (value < 0)
    {
      persea_command_usage_error (command, _("%s cannot be negative"), option);
      return FALSE;
    }
  *number = (float) value;
  return TRUE;
}

static gboolean
arguments_take_seed (const PerseaDrawArguments *arguments, PerseaCommand *command, uint64_t *seed)
{
  guint64 value = 0;

  if (!arguments->seed)
    value = persea_draw_request_choose_seed ();
  else if (!g_ascii_string_to_unsigned (arguments->seed, 10, 0, G_MAXUINT64, &value, NULL))
    {
      persea_command_usage_error (command, _("--seed: expected a number from 0 to %" PRIu64 ", found '%s'"),
                                  UINT64_MAX, arguments->seed);
      return FALSE;
    }
  *seed = value;
  return TRUE;
}

gboolean
persea_draw_arguments_apply (const PerseaDrawArguments *arguments,
                             PerseaCommand             *command,
                             PerseaDrawRequest         *request)
{
  if (arguments->n_pictures < 1)
    persea_command_usage_error (command, _("%s must be at least 1"), "-n");
  else if (arguments->n_candidates < 0)
    persea_command_usage_error (command, _("%s must be at least 1"), "--candidates");
  else if (arguments->top_k < -1)
    persea_command_usage_error (command, _("%s cannot be negative"), "--top-k");
  else if (arguments->no_rank && arguments->clip_name)
    persea_command_usage_error (command, _("--no-rank and --clip cannot go together"));
  else
    {
      request->negative = arguments->negative;
      request->n_pictures = arguments->n_pictures;
      request->n_candidates = arguments->n_candidates;
      request->top_k = arguments->top_k;
      return arguments_take_seed (arguments, command, &request->seed)
             && arguments_take_number (command, "--temperature", arguments->temperature, &request->temperature)
             && arguments_take_number (command, "--top-p", arguments->top_p, &request->top_p)
             && arguments_take_number (command, "--guidance", arguments->guidance, &request->guidance);
    }
  return FALSE;
}

gboolean
persea_draw_arguments_were_given (const PerseaDrawArguments *arguments)
{
  return arguments->seed || arguments->negative || arguments->clip_name || arguments->no_rank
         || !isnan (arguments->temperature) || !isnan (arguments->top_p) || !isnan (arguments->guidance)
         || arguments->top_k != -1 || arguments->n_candidates || arguments->n_pictures != 1;
}
