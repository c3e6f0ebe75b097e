/* persea-cmd-doctor.c - persea doctor: what was found, what is missing, and how to mend it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <glib/gi18n.h>

#include "persea-doctor.h"
#include "persea-json-line.h"

static const struct
{
  const char *name; /* for JSON */
  const char *title;
} areas[PERSEA_N_DOCTOR_AREAS] = {
  [PERSEA_DOCTOR_DEVICES] = { "devices", N_("Devices") },
  [PERSEA_DOCTOR_MODELS] = { "models", N_("Models") },
  [PERSEA_DOCTOR_FOLDERS] = { "folders", N_("Folders") },
  [PERSEA_DOCTOR_SERVICE] = { "service", N_("Service") },
  [PERSEA_DOCTOR_EDITORS] = { "editors", N_("GEGL and GIMP") },
};

static const struct
{
  const char *name; /* for JSON */
  const char *mark;
} states[] = {
  [PERSEA_FINDING_WELL] = { "ok", "+ " },
  [PERSEA_FINDING_REMARK] = { "remark", "- " },
  [PERSEA_FINDING_PROBLEM] = { "problem", "!!" },
};

static void
doctor_print_json (PerseaCommand *command, const PerseaFinding *finding)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_string (line, "area", areas[finding->area].name);
  persea_json_line_add_string (line, "state", states[finding->state].name);
  persea_json_line_add_string (line, "about", finding->about);
  persea_json_line_add_string (line, "message", finding->text);
  if (finding->mend)
    persea_json_line_add_string (line, "mend", finding->mend);
  persea_command_print (command, persea_json_line_finish (line));
}

static void
doctor_print_words (PerseaCommand *command, const PerseaFinding *finding)
{
  /* TRANSLATORS: a thing, and how it is: "GIMP 2.10.34: has Persea in its menu Filters" */
  g_autofree char *words = g_strdup_printf (_("%s: %s"), finding->about, finding->text);
  g_autofree char *line = g_strdup_printf ("%s %s\n", states[finding->state].mark, words);

  persea_command_print (command, line);
  if (finding->mend)
    {
      g_autofree char *mend = g_strdup_printf ("      %s\n", finding->mend);

      persea_command_print (command, mend);
    }
}

static void
doctor_print_area (PerseaCommand *command, GPtrArray *findings, PerseaDoctorArea area)
{
  g_autofree char *title = g_strdup_printf ("%s%s\n", area > 0 ? "\n" : "", _(areas[area].title));

  if (!command->json)
    persea_command_print (command, title);
  for (unsigned i = 0; i < findings->len; i++)
    {
      const PerseaFinding *finding = findings->pdata[i];

      if (finding->area != area)
        continue;
      if (command->json)
        doctor_print_json (command, finding);
      else
        doctor_print_words (command, finding);
    }
}

static unsigned
doctor_count_problems (GPtrArray *findings)
{
  unsigned n = 0;

  for (unsigned i = 0; i < findings->len; i++)
    n += ((const PerseaFinding *) findings->pdata[i])->state == PERSEA_FINDING_PROBLEM;
  return n;
}

static void
doctor_print_sum (PerseaCommand *command, unsigned n_problems)
{
  g_autofree char *sum = n_problems == 0
                           ? g_strdup (_("Nothing needs to be mended."))
                           : g_strdup_printf (ngettext ("%u thing, marked with !!, needs to be mended.",
                                                        "%u things, marked with !!, need to be mended.", n_problems),
                                              n_problems);
  g_autofree char *line = g_strdup_printf ("\n%s\n", sum);

  if (!command->json)
    persea_command_print (command, line);
}

/* what the doctor asks of another process of its own */
static int
doctor_probe (PerseaCommand *command, const char *path)
{
  gboolean loads = FALSE;
  g_autofree char *words = persea_doctor_editors_probe (path, &loads);
  g_autofree char *line = g_strconcat (words, "\n", NULL);

  persea_command_print (command, line);
  return persea_command_flush (command) && loads ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

int
persea_cmd_doctor (PerseaCommand *command, int argc, char **argv)
{
  g_autofree char *module = NULL;
  const GOptionEntry entries[] = {
    { "probe-module", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &module, NULL, NULL },
    { NULL }
  };
  g_autoptr (GPtrArray) findings = persea_doctor_new ();
  unsigned n_problems;

  if (!persea_command_parse (command, &argc, &argv, entries, NULL,
                             _("Looks at devices, models, folders, the service, GEGL and GIMP, and tells what was "
                               "found and how to mend what is missing."),
                             _("Exit status: 1 if something needs to be mended.\n")))
    return PERSEA_EXIT_USAGE;
  if (argc > 1)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[1]);
  if (module)
    return doctor_probe (command, module);

  persea_doctor_devices_look (findings, command->drivers);
  persea_doctor_models_look (findings);
  persea_doctor_folders_look (findings);
  persea_doctor_service_look (findings);
  persea_doctor_editors_look (findings);
  n_problems = doctor_count_problems (findings);
  for (int area = 0; area < PERSEA_N_DOCTOR_AREAS; area++)
    doctor_print_area (command, findings, area);
  doctor_print_sum (command, n_problems);
  if (!persea_command_flush (command))
    return PERSEA_EXIT_SOME_FAILED;
  return n_problems == 0 ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}
