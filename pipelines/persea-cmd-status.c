/* persea-cmd-status.c - persea status: what the daemon is doing
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-json-line.h"
#include "persea-service.h"
#include "persea-upkeep.h"

/* what GetInfo says, in words */
static const struct
{
  const char *word;
  const char *text;
} status_words[] = {
  { "idle", N_("idle") },
  { "working", N_("working") },
  /* TRANSLATORS: there is work, but it may not be done now */
  { "waiting", N_("waiting") },
  { "paused", N_("paused") },
  { "battery", N_("on battery") },
  { "battery-low", N_("the battery is low") },
  { "power-saver", N_("power-saver is on") },
  { "memory", N_("memory is short") },
};

/* words of a newer daemon as they are */
static const char *
status_translate (const char *word)
{
  for (size_t i = 0; i < G_N_ELEMENTS (status_words); i++)
    if (strcmp (status_words[i].word, word) == 0)
      return _(status_words[i].text);
  return word;
}

/* (transfer none): of @info; empty if it is not there */
static const char *
status_get_string (GVariant *info, const char *key)
{
  const char *value = "";

  g_variant_lookup (info, key, "&s", &value);
  return value;
}

static guint64
status_get_number (GVariant *info, const char *key)
{
  guint32 small = 0;
  guint64 value = 0;

  if (g_variant_lookup (info, key, "u", &small))
    return small;
  g_variant_lookup (info, key, "t", &value);
  return value;
}

/* (transfer full): never %NULL */
static GVariant *
status_get_list (GVariant *info, const char *key, const char *type)
{
  GVariant *list = g_variant_lookup_value (info, key, G_VARIANT_TYPE (type));

  return list != NULL ? list : g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE (type + 1),
                                                                        NULL, 0));
}

/* JSON */

static void
status_add_strings (PerseaJsonLine *line, GVariant *info, const char *key, const char *name)
{
  g_autoptr (GVariant) list = status_get_list (info, key, "as");

  persea_json_line_begin_array (line, name);
  for (size_t i = 0; i < g_variant_n_children (list); i++)
    {
      const char *text;

      g_variant_get_child (list, i, "&s", &text);
      persea_json_line_add_string (line, NULL, text);
    }
  persea_json_line_end (line);
}

static void
status_add_pauses (PerseaJsonLine *line, GVariant *info)
{
  g_autoptr (GVariant) list = status_get_list (info, "pauses", "a(us)");

  persea_json_line_begin_array (line, "pauses");
  for (size_t i = 0; i < g_variant_n_children (list); i++)
    {
      const char *reason;
      guint32 cookie;

      g_variant_get_child (list, i, "(u&s)", &cookie, &reason);
      persea_json_line_begin_object (line, NULL);
      persea_json_line_add_integer (line, "cookie", cookie);
      persea_json_line_add_string (line, "reason", reason);
      persea_json_line_end (line);
    }
  persea_json_line_end (line);
}

static void
status_add_models (PerseaJsonLine *line, GVariant *info)
{
  g_autoptr (GVariant) list = status_get_list (info, "models", "aa{sv}");

  persea_json_line_begin_array (line, "models");
  for (size_t i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) model = g_variant_get_child_value (list, i);

      persea_json_line_begin_object (line, NULL);
      persea_json_line_add_string (line, "name", status_get_string (model, "name"));
      persea_json_line_add_string (line, "precision", status_get_string (model, "precision"));
      persea_json_line_add_integer (line, "memory", (int64_t) status_get_number (model, "memory"));
      persea_json_line_end (line);
    }
  persea_json_line_end (line);
}

/* @info: (nullable): %NULL if the daemon does not run */
static void
status_print_json (PerseaCommand *command, GVariant *info)
{
  static const char *const words[] = { "version", "state", "pace" };
  static const char *const numbers[] = { "pid",     "jobs", "watches", "queued",
                                         "running", "done", "failed",  "embeddings", "memory",
                                         "resident" };
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_boolean (line, "active", info != NULL);
  if (info != NULL)
    {
      for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
        persea_json_line_add_string (line, words[i], status_get_string (info, words[i]));
      status_add_strings (line, info, "reasons", "reasons");
      status_add_pauses (line, info);
      for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
        persea_json_line_add_integer (line, numbers[i],
                                      (int64_t) status_get_number (info, numbers[i]));
      persea_json_line_add_integer (line, "embeddings_unheld",
                                    (int64_t) status_get_number (info, "embeddings-unheld"));
      if (status_get_string (info, "device")[0] != '\0')
        persea_json_line_add_string (line, "device", status_get_string (info, "device"));
      status_add_models (line, info);
      persea_json_line_add_string (line, "settings", status_get_string (info, "settings"));
      status_add_strings (line, info, "settings-errors", "settings_errors");
    }
  persea_command_print (command, persea_json_line_finish (line));
}

/* Words */

static void
status_write_reasons (GString *text, GVariant *info)
{
  g_autoptr (GVariant) reasons = status_get_list (info, "reasons", "as");
  g_autoptr (GVariant) pauses = status_get_list (info, "pauses", "a(us)");
  g_autoptr (GString) list = g_string_new (NULL);
  gboolean stopped = strcmp (status_get_string (info, "pace"), "stop") == 0;

  for (size_t i = 0; i < g_variant_n_children (reasons); i++)
    {
      const char *reason;

      g_variant_get_child (reasons, i, "&s", &reason);
      g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", status_translate (reason));
    }
  if (list->len > 0 && stopped)
    /* TRANSLATORS: work in watched folders is stopped, and why: "on battery, paused" */
    g_string_append_printf (text, _("Watched folders have to wait: %s\n"), list->str);
  else if (list->len > 0)
    g_string_append_printf (text, _("Watched folders are done slowly: %s\n"), list->str);
  for (size_t i = 0; i < g_variant_n_children (pauses); i++)
    {
      const char *reason;
      guint32 cookie;

      g_variant_get_child (pauses, i, "(u&s)", &cookie, &reason);
      /* TRANSLATORS: number and reason of a pause */
      g_string_append_printf (text, _("  pause %u: %s\n"), cookie, reason);
    }
}

static void
status_write_library (GString *text, GVariant *info)
{
  guint64 n = status_get_number (info, "embeddings");
  guint64 n_unheld = status_get_number (info, "embeddings-unheld");

  g_string_append_printf (text, ngettext ("The library knows how %u picture looks\n",
                                          "The library knows how %u pictures look\n", n),
                          (unsigned) n);
  if (n_unheld > 0)
    /* TRANSLATORS: the number of pictures that are in no file any more; 30 */
    g_string_append_printf (text, _("  of them gone, and forgotten %u days after that: %u\n"),
                            PERSEA_UPKEEP_DAYS, (unsigned) n_unheld);
}

static void
status_write_models (GString *text, GVariant *info)
{
  g_autoptr (GVariant) models = status_get_list (info, "models", "aa{sv}");
  g_autofree char *resident = g_format_size_full (status_get_number (info, "resident"),
                                                  G_FORMAT_SIZE_IEC_UNITS);

  for (size_t i = 0; i < g_variant_n_children (models); i++)
    {
      g_autoptr (GVariant) model = g_variant_get_child_value (models, i);
      g_autofree char *memory = g_format_size_full (status_get_number (model, "memory"),
                                                    G_FORMAT_SIZE_IEC_UNITS);

      /* TRANSLATORS: a model, its precision (f32), its memory, the device that it is on */
      g_string_append_printf (text, _("Loaded: %s (%s, %s) on %s\n"),
                              status_get_string (model, "name"),
                              status_get_string (model, "precision"), memory,
                              status_get_string (info, "device"));
    }
  if (g_variant_n_children (models) == 0)
    g_string_append (text, _("Loaded: nothing\n"));
  g_string_append_printf (text, _("Memory of the process: %s\n"), resident);
}

static void
status_write_settings (GString *text, GVariant *info)
{
  g_autoptr (GVariant) errors = status_get_list (info, "settings-errors", "as");

  if (g_variant_n_children (errors) == 0)
    return;
  g_string_append (text, _("Wrong in the settings:\n"));
  for (size_t i = 0; i < g_variant_n_children (errors); i++)
    {
      const char *message;

      g_variant_get_child (errors, i, "&s", &message);
      g_string_append_printf (text, "  %s\n", message);
    }
}

/* @info: (nullable): %NULL if the daemon does not run */
static void
status_print_words (PerseaCommand *command, GVariant *info)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 watches = info != NULL ? status_get_number (info, "watches") : 0;
  guint64 jobs = info != NULL ? status_get_number (info, "jobs") : 0;

  if (info == NULL)
    {
      persea_command_print (command, _("persead does not run\n"));
      return;
    }
  g_string_append_printf (text, "persead %s: %s\n", status_get_string (info, "version"),
                          status_translate (status_get_string (info, "state")));
  g_string_append_printf (text, ngettext ("%u job of programs\n", "%u jobs of programs\n", jobs),
                          (unsigned) jobs);
  g_string_append_printf (text, ngettext ("%u watched folder\n", "%u watched folders\n", watches),
                          (unsigned) watches);
  g_string_append_printf (text, _("  files: %u to do, %u being done, %u done, %u failed\n"),
                          (unsigned) status_get_number (info, "queued"),
                          (unsigned) status_get_number (info, "running"),
                          (unsigned) status_get_number (info, "done"),
                          (unsigned) status_get_number (info, "failed"));
  if (status_get_number (info, "failed") > 0)
    g_string_append (text, _("  'persea watch list --failed' says which have failed, and why\n"));
  status_write_reasons (text, info);
  status_write_library (text, info);
  status_write_models (text, info);
  status_write_settings (text, info);
  persea_command_print (command, text->str);
}

int
persea_cmd_status (PerseaCommand *command, int argc, char **argv)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) info = NULL;
  g_autoptr (GError) error = NULL;

  if (!persea_command_parse (command, &argc, &argv, NULL, NULL,
                             _("Shows what the daemon is doing.  It is not started for this."), NULL))
    return PERSEA_EXIT_USAGE;
  if (argc > 1)
    return persea_command_usage_error (command, _("unexpected argument '%s'"), argv[1]);

  reply = persea_service_call (PERSEA_SERVICE_NAME, "GetInfo", NULL, G_VARIANT_TYPE ("(a{sv})"),
                               PERSEA_SERVICE_ASK, command->cancellable, &error);
  if (reply != NULL)
    info = g_variant_get_child_value (reply, 0);
  else if (!persea_service_is_missing (error))
    {
      persea_command_error (command, "%s", error->message);
      return PERSEA_EXIT_SOME_FAILED;
    }
  if (command->json)
    status_print_json (command, info);
  else
    status_print_words (command, info);
  return persea_command_flush (command) ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}
