/* persea-redraw-options.c - what persea complete and persea vary are asked for
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-redraw-options.h"

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
  const GOptionEntry both[] = {
    { "prompt", 'p', 0, G_OPTION_ARG_STRING, &options->prompt, N_("What the picture is to show"), N_("TEXT") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->names, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GArray) first = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (; own->long_name; own++)
    g_array_append_val (first, *own);
  g_array_append_vals (first, both, G_N_ELEMENTS (both) - 1);

  g_autoptr (GArray) entries
    = persea_draw_arguments_get_entries (&options->arguments, (const GOptionEntry *) first->data);
  return persea_command_parse (command, argc, argv, (const GOptionEntry *) entries->data, _("PICTURE"), summary,
                               description);
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
  };
  persea_draw_arguments_init (&options->arguments);
  if (!options_read (options, command, &argc, &argv, own, summary, description))
    return FALSE;
  if (!options->names || options->names[1])
    {
      persea_command_usage_error (command, options->names ? _("expected one picture") : _("a picture is missing"));
      return FALSE;
    }
  options->picture = options->names[0];
  return persea_draw_arguments_apply (&options->arguments, command, &options->request);
}

void
persea_redraw_options_clear (PerseaRedrawOptions *options)
{
  g_strfreev (options->names);
  g_free (options->prompt);
  persea_draw_arguments_clear (&options->arguments);
}
