/* persea-cmd-pause.c - persea pause, persea resume: the daemon rests, and goes on
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-json-line.h"
#include "persea-service.h"

static int
pause_fail (PerseaCommand *command, const GError *error)
{
  if (persea_service_is_missing (error))
    persea_command_error (command, _("persead does not run"));
  else
    persea_command_error (command, "%s", error->message);
  return PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_pause (PerseaCommand *command, int argc, char **argv)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  guint32 cookie;

  if (!persea_command_parse (command, &argc, &argv, NULL, _("[REASON]"),
                             _("Stops the work in watched folders until 'persea resume'."),
                             _("What programs ask for is done all the same.")))
    return PERSEA_EXIT_USAGE;
  if (argc > 2)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[2]);

  reply = persea_service_call (PERSEA_SERVICE_NAME, "Pause",
                               g_variant_new ("(s)", argc > 1 ? argv[1] : "persea pause"),
                               G_VARIANT_TYPE ("(u)"), PERSEA_SERVICE_ASK, command->cancellable,
                               &error);
  if (reply == NULL)
    return pause_fail (command, error);
  g_variant_get (reply, "(u)", &cookie);
  if (command->json)
    {
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

      persea_json_line_add_integer (line, "cookie", cookie);
      persea_command_print (command, persea_json_line_finish (line));
    }
  else
    persea_command_remark (command, _("paused; 'persea resume %u' ends it"), cookie);
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

static gboolean
resume_one (PerseaCommand *command, guint32 cookie, GError **error)
{
  g_autoptr (GVariant) reply =
    persea_service_call (PERSEA_SERVICE_NAME, "Resume", g_variant_new ("(u)", cookie), NULL,
                         PERSEA_SERVICE_ASK, command->cancellable, error);

  return reply != NULL;
}

/* all pauses that there are */
static gboolean
resume_all (PerseaCommand *command, GError **error)
{
  g_autoptr (GVariant) reply =
    persea_service_call (PERSEA_SERVICE_NAME, "GetInfo", NULL, G_VARIANT_TYPE ("(a{sv})"),
                         PERSEA_SERVICE_ASK, command->cancellable, error);
  g_autoptr (GVariant) info = NULL;
  g_autoptr (GVariant) pauses = NULL;

  if (reply == NULL)
    return FALSE;
  info = g_variant_get_child_value (reply, 0);
  pauses = g_variant_lookup_value (info, "pauses", G_VARIANT_TYPE ("a(us)"));
  for (size_t i = 0; pauses != NULL && i < g_variant_n_children (pauses); i++)
    {
      guint32 cookie;

      g_variant_get_child (pauses, i, "(us)", &cookie, NULL);
      if (!resume_one (command, cookie, error))
        return FALSE;
    }
  return TRUE;
}

int
persea_cmd_resume (PerseaCommand *command, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  guint64 cookie = 0;
  gboolean done;

  if (!persea_command_parse (command, &argc, &argv, NULL, _("[NUMBER]"),
                             _("Ends a pause of the daemon, or all of them."),
                             _("'persea status' shows the pauses and their numbers.")))
    return PERSEA_EXIT_USAGE;
  if (argc > 2)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[2]);
  if (argc > 1 && !g_ascii_string_to_unsigned (argv[1], 10, 1, G_MAXUINT32, &cookie, NULL))
    return persea_command_usage_error (command, _("'%s' is not the number of a pause"), argv[1]);

  done = argc > 1 ? resume_one (command, (guint32) cookie, &error) : resume_all (command, &error);
  return done ? PERSEA_EXIT_OK : pause_fail (command, error);
}
