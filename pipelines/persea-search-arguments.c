/* persea-search-arguments.c - the command line of persea search
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-search-arguments.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"

void
persea_search_arguments_init (PerseaSearchArguments *arguments)
{
  *arguments = (PerseaSearchArguments) {
    .options = persea_search_default_options,
    .top = (int) persea_search_default_options.top,
    .threshold = NAN,
  };
}

void
persea_search_arguments_clear (PerseaSearchArguments *arguments)
{
  g_clear_pointer (&arguments->words, g_strfreev);
  g_clear_pointer (&arguments->pictures, g_strfreev);
  g_clear_pointer (&arguments->minus, g_strfreev);
  g_clear_pointer (&arguments->inputs, g_strfreev);
  g_clear_pointer (&arguments->tags, g_strfreev);
  g_clear_pointer (&arguments->sheet, g_free);
  g_clear_pointer (&arguments->folder, g_free);
  g_clear_pointer (&arguments->since, g_free);
  g_clear_pointer (&arguments->until, g_free);
  g_clear_pointer (&arguments->except, g_free);
}

gboolean
persea_search_arguments_parse (PerseaSearchArguments *arguments, PerseaCommand *command, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "minus", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->minus,
      N_("Not what these words say; may be given several times"), N_("WORDS") },
    { "top", 0, 0, G_OPTION_ARG_INT, &arguments->top, N_("At most so many pictures, or groups (20)"), N_("N") },
    { "threshold", 0, 0, G_OPTION_ARG_DOUBLE, &arguments->threshold,
      N_("Score that a picture must reach, -1 to 1 (--duplicates: 0.95)"), N_("T") },
    { "folder", 0, 0, G_OPTION_ARG_FILENAME, &arguments->folder,
      N_("Only pictures in this folder and the folders in it"), N_("FOLDER") },
    { "since", 0, 0, G_OPTION_ARG_STRING, &arguments->since,
      N_("Only pictures taken in or after this year, month or day"), N_("DATE") },
    { "until", 0, 0, G_OPTION_ARG_STRING, &arguments->until,
      N_("Only pictures taken in or before it"), N_("DATE") },
    { "tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments->tags,
      N_("Only pictures that were tagged so; may be given several times"), N_("TAG") },
    { "duplicates", 0, 0, G_OPTION_ARG_NONE, &arguments->duplicates,
      N_("Groups of pictures that are the same, or nearly"), NULL },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &arguments->sheet,
      N_("Also a page with what was found, as a picture"), N_("FILE") },
    { "no-daemon", 0, 0, G_OPTION_ARG_NONE, &arguments->no_daemon,
      N_("Look in this process, even if persead runs and could answer sooner"), NULL },
    { "allow-untrusted", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
      persea_command_allow_untrusted,
      N_("Read kinds, too, whose decoders libvips does not trust: JPEG XL, SVG, PDF …"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->inputs, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  return persea_command_parse (command, argc, argv, entries, _("WORDS|PICTURE…"),
                               _("Finds pictures that 'persea index' or tagging has put into the library."),
                               _("What is the name of a file is a picture, everything else is words.  Together "
                                 "they describe what is looked for."));
}

gboolean
persea_search_parse_date (const char *text, gboolean after, int64_t *seconds)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) start = NULL;
  g_autoptr (GDateTime) end = NULL;
  int year = 0, month = 1, day = 1;
  int length = 0;
  int n = sscanf (text, "%4d%n-%2d%n-%2d%n", &year, &length, &month, &length, &day, &length);

  if (n >= 1 && text[length] == '\0')
    start = g_date_time_new (zone, year, month, day, 0, 0, 0);
  else
    {
      start = g_date_time_new_from_iso8601 (text, zone);
      n = 4;
    }
  if (!start)
    return FALSE;
  end = n == 1 ? g_date_time_add_years (start, 1)
        : n == 2 ? g_date_time_add_months (start, 1)
        : n == 3 ? g_date_time_add_days (start, 1)
                 : g_date_time_add_seconds (start, 1);
  *seconds = g_date_time_to_unix (after ? end : start);
  return TRUE;
}

static gboolean
arguments_set_date (const char *name, const char *text, gboolean after, int64_t *seconds, GError **error)
{
  if (!text || persea_search_parse_date (text, after, seconds))
    return TRUE;
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
               _("%s: expected a date such as 2025, 2025-06 or 2025-06-30, found '%s'"), name, text);
  return FALSE;
}

static void
arguments_sort_inputs (PerseaSearchArguments *arguments)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) pictures = g_strv_builder_new ();

  for (char **input = arguments->inputs; input && *input; input++)
    {
      gboolean is_picture = strcmp (*input, "-") == 0 || g_file_test (*input, G_FILE_TEST_IS_REGULAR);

      g_strv_builder_add (is_picture ? pictures : words, *input);
    }
  arguments->words = g_strv_builder_end (words);
  arguments->pictures = g_strv_builder_end (pictures);
  if (arguments->pictures[0] && !arguments->pictures[1])
    arguments->except = g_canonicalize_filename (arguments->pictures[0], NULL);
}

static gboolean
arguments_check_inputs (PerseaSearchArguments *arguments, GError **error)
{
  for (char **words = arguments->words; *words; words++)
    if (!g_utf8_validate (*words, -1, NULL))
      {
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT, _("%s: no file, and no UTF-8"), *words);
        return FALSE;
      }
    else if (strchr (*words, '/') && !strchr (*words, ' '))
      {
        /* it was meant to be one */
        g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND, _("%s: no such file"), *words);
        return FALSE;
      }
  if (arguments->duplicates && (arguments->inputs || arguments->minus))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("--duplicates looks at all pictures, not for something"));
      return FALSE;
    }
  if (!arguments->duplicates && !arguments->inputs)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("say in words what to look for, or name a picture"));
      return FALSE;
    }
  return TRUE;
}

gboolean
persea_search_arguments_check (PerseaSearchArguments *arguments, GError **error)
{
  PerseaSearchOptions *options = &arguments->options;
  double threshold = isnan (arguments->threshold) && arguments->duplicates ? PERSEA_SEARCH_DUPLICATE
                                                                            : arguments->threshold;

  arguments_sort_inputs (arguments);
  if (!arguments_check_inputs (arguments, error)
      || !arguments_set_date ("--since", arguments->since, FALSE, &options->since, error)
      || !arguments_set_date ("--until", arguments->until, TRUE, &options->until, error))
    return FALSE;
  if (arguments->top < 1 || arguments->top > PERSEA_SEARCH_MAX_TOP)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("--top: expected 1 to %d, found %d"), PERSEA_SEARCH_MAX_TOP, arguments->top);
      return FALSE;
    }
  if (threshold < -1 || threshold > 1)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT,
                   _("--threshold: expected -1 to 1, found %g"), threshold);
      return FALSE;
    }
  if (arguments->folder)
    {
      g_autofree char *folder = g_steal_pointer (&arguments->folder);

      arguments->folder = g_canonicalize_filename (folder, NULL);
    }
  options->top = (unsigned) arguments->top;
  options->least = isnan (threshold) ? -1 : threshold;
  options->folder = arguments->folder;
  options->tags = (const char *const *) arguments->tags;
  options->except = arguments->except;
  return TRUE;
}

char *
persea_search_arguments_describe (const PerseaSearchArguments *arguments)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (arguments->duplicates)
    return g_strdup (_("Pictures that are the same, or nearly"));
  for (char **words = arguments->words; *words; words++)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " + " : "", *words);
  for (char **picture = arguments->pictures; *picture; picture++)
    {
      g_autofree char *name = g_filename_display_basename (*picture);

      g_string_append_printf (text, "%s%s", text->len > 0 ? " + " : "", name);
    }
  for (char **words = arguments->minus; words && *words; words++)
    g_string_append_printf (text, " − %s", *words);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
