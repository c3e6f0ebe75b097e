/* persea-redraw-again.c - repeats what persea complete and persea vary have made
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-redraw-again.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-draw-again.h"
#include "persea-error.h"
#include "persea-file-stamp.h"
#include "persea-redraw.h"

#define STRENGTH "strength="

/* Looks beside @picture, then in the current folder, for a file with these contents.  The name comes
 * from a picture, and so from anywhere: it leads out of no folder.  (transfer full) (nullable) */
static char *
again_find_file (const char *picture, const char *name, const char *identity, GCancellable *cancellable,
                 GError **error)
{
  g_autofree char *beside = g_path_get_dirname (picture);
  g_autofree char *base = g_path_get_basename (name);
  const char *const folders[] = { beside, "." };
  gboolean found = FALSE;

  for (size_t i = 0; strcmp (base, name) == 0 && i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folders[i], name, NULL);
      g_autofree char *sum = persea_file_stamp_sum_content (path, cancellable, NULL);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      if (g_strcmp0 (sum, identity) == 0)
        return g_steal_pointer (&path);
      found |= sum != NULL;
    }
  if (found)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                 _("it was made from %s, which has changed since"), name);
  else
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("it was made from %s, which is neither beside it nor in the current folder"), name);
  return NULL;
}

/* what of the source was drawn; %FALSE with the error set */
static gboolean
again_read_details (const char *picture, const PerseaProvenance *again, PerseaRedrawMask *mask, double *strength,
                    GCancellable *cancellable, GError **error)
{
  const char *details = again->details ? again->details : "";
  char *end = NULL;

  if (again->made == PERSEA_MADE_VARIED && g_str_has_prefix (details, STRENGTH))
    *strength = g_ascii_strtod (details + strlen (STRENGTH), &end);
  if (!again->source || !again->source_identity
      || (again->made == PERSEA_MADE_VARIED && (!end || *end || !(*strength >= 0 && *strength <= 1)))
      || (again->made == PERSEA_MADE_COMPLETED
          && !persea_redraw_mask_parse (details, again->mask_identity != NULL, mask)))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   _("it does not say from which picture, and from what of it, 'persea %s' has made it"),
                   persea_made_name (again->made));
      return FALSE;
    }
  if (!mask->file)
    return TRUE;

  g_autofree char *name = g_steal_pointer (&mask->file);
  mask->file = again_find_file (picture, name, again->mask_identity, cancellable, error);
  return mask->file != NULL;
}

int
persea_redraw_again (PerseaCommand *command, const char *picture, const PerseaProvenance *again,
                     const char *output_name)
{
  PerseaRedrawOptions options = {
    .prompt = again->prompt,
    .arguments = { .output_name = (char *) output_name, .no_rank = TRUE },
    .request = persea_draw_again_get_request (again),
  };
  PerseaRedrawMask mask = { NULL };
  PerseaRedraw redraw = {
    .command = command,
    .options = &options,
    .made = again->made,
    .details = again->details,
    .mask = again->made == PERSEA_MADE_COMPLETED ? &mask : NULL,
    .again = again,
  };
  g_autofree char *source = NULL;
  g_autoptr (GError) error = NULL;
  int status = PERSEA_EXIT_SOME_FAILED;

  if (again_read_details (picture, again, &mask, &redraw.strength, command->cancellable, &error))
    source = again_find_file (picture, again->source, again->source_identity, command->cancellable, &error);
  options.picture = source;
  if (source)
    status = persea_redraw_run (&redraw);
  else if (persea_error_is_cancelled (error))
    status = PERSEA_EXIT_CANCELLED;
  else
    persea_command_fail_input (command, picture, error);
  persea_redraw_mask_clear (&mask);
  return status;
}
