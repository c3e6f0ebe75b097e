/* persea-cmd-complete.c - persea complete: draws what is missing in a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds out what is to be drawn; persea-redraw.h does the rest.
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-mask.h"
#include "persea-redraw.h"

typedef struct
{
  PerseaCommand       *command;
  PerseaRedrawOptions  options;
  char                *mask;
  char                *keep_rows;
  char                *keep;
  PerseaSide           side;
} CompleteCommand;

/* a PerseaRedrawMaskFunc */
static gboolean
complete_make_mask (const PerseaImageSource  *source,
                    const PerseaImage        *image,
                    uint8_t                 **mask,
                    gpointer                  user_data,
                    GError                  **error)
{
  CompleteCommand *complete = user_data;
  GCancellable *cancellable = complete->command->cancellable;
  int rows = 0;

  if (complete->mask)
    *mask = persea_mask_load (complete->mask, image->width, image->height, cancellable, error);
  else if (complete->keep)
    *mask = persea_mask_keep_side (image->width, image->height, complete->side);
  else if (!complete->keep_rows)
    *mask = persea_mask_load_transparency (source, cancellable, error);
  else if (persea_mask_parse_rows (complete->keep_rows, image->height, &rows, error))
    *mask = persea_mask_keep_rows (image->width, image->height, rows);
  else
    g_prefix_error (error, "--keep-rows: ");
  return *mask != NULL;
}

static gboolean
complete_parse (CompleteCommand *complete, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "mask", 'm', 0, G_OPTION_ARG_FILENAME, &complete->mask,
      N_("A picture of the same size: what is white in it is drawn"), N_("FILE") },
    { "keep-rows", 0, 0, G_OPTION_ARG_STRING, &complete->keep_rows,
      N_("Keep so many rows of pixels from the top, or hundredths of the height (50%)"), N_("ROWS") },
    { "keep", 0, 0, G_OPTION_ARG_STRING, &complete->keep,
      N_("Keep half of the picture: left, top, right or bottom"), N_("SIDE") },
    G_OPTION_ENTRY_NULL
  };

  return persea_redraw_options_parse (&complete->options, complete->command, argc, argv, entries,
                                      _("Draws a part of a picture under a prompt, and keeps the rest."),
                                      _("Without --mask, --keep-rows and --keep, the transparent part is drawn. "
                                        "What is kept comes back as it was. "
                                        "The picture itself is never replaced."));
}

static gboolean
complete_check (CompleteCommand *complete)
{
  PerseaCommand *command = complete->command;
  g_autoptr (GError) error = NULL;

  if (!!complete->mask + !!complete->keep_rows + !!complete->keep > 1)
    persea_command_usage_error (command, _("only one of --mask, --keep-rows and --keep can be given"));
  else if (!complete->options.prompt)
    persea_command_usage_error (command, _("--prompt is needed: what is the picture to show?"));
  else if (complete->keep && !persea_side_parse (complete->keep, &complete->side, &error))
    persea_command_usage_error (command, "--keep: %s", error->message);
  else
    return TRUE;
  return FALSE;
}

/* "keep=left": (transfer full) */
static char *
complete_describe (const CompleteCommand *complete)
{
  g_autofree char *base = complete->mask ? g_path_get_basename (complete->mask) : NULL;
  g_autofree char *name = base ? g_filename_display_name (base) : NULL;

  if (name)
    return g_strconcat ("mask=", name, NULL);
  if (complete->keep_rows)
    return g_strconcat ("keep-rows=", complete->keep_rows, NULL);
  return complete->keep ? g_strconcat ("keep=", complete->keep, NULL) : g_strdup ("mask=transparency");
}

int
persea_cmd_complete (PerseaCommand *command, int argc, char **argv)
{
  CompleteCommand complete = { .command = command };
  g_autofree char *details = NULL;
  PerseaRedraw redraw = {
    .command = command,
    .options = &complete.options,
    .made = PERSEA_MADE_COMPLETED,
    .make_mask = complete_make_mask,
    .user_data = &complete,
  };
  int status = PERSEA_EXIT_USAGE;

  if (complete_parse (&complete, argc, argv) && complete_check (&complete))
    {
      redraw.details = details = complete_describe (&complete);
      status = persea_redraw_run (&redraw);
    }
  persea_redraw_options_clear (&complete.options);
  g_free (complete.mask);
  g_free (complete.keep_rows);
  g_free (complete.keep);
  return status;
}
