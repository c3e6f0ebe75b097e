/* persea-cmd-watch.c - persea watch: which folders persead looks after
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Works on persea.conf and on the library, so it needs no daemon; one that runs notices by itself.
 * How a folder is doing at the moment only the daemon knows: it is asked, and not started.
 */
#include "config.h"

#include "persea-cmd.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "persea-error.h"
#include "persea-json-line.h"
#include "persea-queue.h"
#include "persea-service.h"
#include "persea-settings-edit.h"

#define WATCH_INTERFACE PERSEA_SERVICE_NAME ".Watch"
#define WATCH_PATIENCE 2000 /* ms */

typedef struct
{
  PerseaCommand   *command;
  char            *path; /* of persea.conf */
  char            *name; /* --name */
  gboolean         failed; /* --failed */
  char           **arguments;
  GVariant        *daemon; /* (nullable): its properties, if one runs */
} WatchCommand;

/* How one folder is doing. */
typedef struct
{
  char             *state;
  char             *reason; /* (nullable) */
  PerseaQueueCounts counts;
} Condition;

static void
condition_clear (Condition *condition)
{
  g_free (condition->state);
  g_free (condition->reason);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Condition, condition_clear)

/* The daemon, if it runs */

/* (transfer full) (nullable): the properties of the daemon */
static GVariant *
watch_find_daemon (void)
{
  g_autoptr (GVariant) reply = NULL;

  reply = persea_service_call ("org.freedesktop.DBus.Properties", "GetAll",
                               g_variant_new ("(s)", PERSEA_SERVICE_NAME),
                               G_VARIANT_TYPE ("(a{sv})"), PERSEA_SERVICE_ASK, NULL, NULL);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/* (transfer full) (nullable): the properties of the watch @path */
static GVariant *
watch_get_properties (GDBusConnection *bus, const char *path)
{
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_sync (bus, PERSEA_SERVICE_NAME, path,
                                       "org.freedesktop.DBus.Properties", "GetAll",
                                       g_variant_new ("(s)", WATCH_INTERFACE),
                                       G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                       WATCH_PATIENCE, NULL, NULL);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/* (transfer full) (element-type utf8 GVariant): what the daemon says, by the names of watches */
static GHashTable *
watch_ask_daemon (WatchCommand *watch)
{
  GHashTable *answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify) g_variant_unref);
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autofree const char **paths = NULL;

  if (bus == NULL || watch->daemon == NULL
      || !g_variant_lookup (watch->daemon, "Watches", "^a&o", &paths))
    return answers;
  for (const char **path = paths; *path != NULL; path++)
    {
      g_autoptr (GVariant) properties = watch_get_properties (bus, *path);
      const char *name = NULL;

      if (properties != NULL && g_variant_lookup (properties, "Name", "&s", &name))
        g_hash_table_replace (answers, g_strdup (name), g_steal_pointer (&properties));
    }
  return answers;
}

static void
condition_read_answer (Condition *condition, GVariant *answer)
{
  g_autofree char *reason = NULL;

  g_variant_lookup (answer, "State", "s", &condition->state);
  g_variant_lookup (answer, "Done", "u", &condition->counts.done);
  g_variant_lookup (answer, "Waiting", "u", &condition->counts.queued);
  g_variant_lookup (answer, "Failed", "u", &condition->counts.failed);
  if (g_variant_lookup (answer, "Reason", "s", &reason) && reason[0] != '\0')
    condition->reason = g_steal_pointer (&reason);
}

/* Listing */

/* (transfer full) (nullable): the library, if there is one already */
static PerseaLibrary *
watch_open_library (WatchCommand *watch)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "persea", "library.db", NULL);
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;
  PerseaLibrary *library;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  library = persea_library_open (NULL, PERSEA_LIBRARY_NONE, &set_aside, &error);
  if (library == NULL)
    persea_command_error (watch->command, "%s", error->message);
  return library;
}

static void
watch_print_json (WatchCommand              *watch,
                  const PerseaWatchSettings *settings,
                  const Condition           *condition)
{
  g_autoptr (PerseaJsonLine) line = persea_json_line_new ();

  persea_json_line_add_string (line, "name", settings->name);
  if (settings->folder != NULL)
    persea_json_line_add_file (line, settings->folder);
  persea_json_line_add_string (line, "mode", persea_watch_mode_get_name (settings->mode));
  persea_json_line_add_boolean (line, "recursive", settings->recursive);
  persea_json_line_add_string (line, "state", condition->state);
  if (condition->reason != NULL)
    persea_json_line_add_string (line, "reason", condition->reason);
  persea_json_line_add_integer (line, "done", condition->counts.done);
  persea_json_line_add_integer (line, "waiting", condition->counts.queued);
  persea_json_line_add_integer (line, "failed", condition->counts.failed);
  persea_command_print (watch->command, persea_json_line_finish (line));
}

static const char *
watch_get_state_words (const char *state)
{
  static const struct
  {
    const char *state;
    const char *words;
  } table[] = {
    { "watching", N_("watched") },
    { "absent", N_("not there; waited for") },
    { "limited", N_("looked through now and then") },
    { "paused", N_("paused") },
    { "broken", N_("left out: its settings are wrong") },
    { "new", N_("not taken up yet") },
    { "off", N_("persead does not run") },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (state, table[i].state) == 0)
      return _(table[i].words);
  return state;
}

static void
watch_print_words (WatchCommand              *watch,
                   const PerseaWatchSettings *settings,
                   const Condition           *condition)
{
  g_autofree char *folder = settings->folder != NULL ? persea_command_display_name (settings->folder)
                                                     : g_strdup ("?");
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%s  %s\n", settings->name, folder);
  /* TRANSLATORS: how a folder is doing, and how many of its files are done, wait and have failed */
  g_string_append_printf (text, _("   %s; %u done, %u waiting, %u failed\n"),
                          watch_get_state_words (condition->state), condition->counts.done,
                          condition->counts.queued, condition->counts.failed);
  if (condition->reason != NULL)
    g_string_append_printf (text, "   %s\n", condition->reason);
  persea_command_print (watch->command, text->str);
}

static void
watch_print_failed (WatchCommand *watch, const char *name, PerseaLibrary *library)
{
  g_autoptr (GPtrArray) failures = NULL;
  g_autoptr (GError) error = NULL;

  if (!persea_queue_list_failed (library, name, G_MAXINT, &failures, &error))
    {
      persea_command_error (watch->command, "%s", error->message);
      return;
    }
  for (unsigned i = 0; i < failures->len; i++)
    {
      const PerseaQueueFailure *failure = g_ptr_array_index (failures, i);
      g_autofree char *shown = persea_command_display_name (failure->path);
      g_autoptr (PerseaJsonLine) line = persea_json_line_new ();
      /* most reasons begin with the file */
      g_autofree char *text = g_str_has_prefix (failure->message, shown)
                                ? g_strdup_printf ("   %s\n", failure->message)
                                : g_strdup_printf ("   %s: %s\n", shown, failure->message);

      persea_json_line_add_file (line, failure->path);
      persea_json_line_begin_object (line, "error");
      persea_json_line_add_string (line, "code", failure->code);
      persea_json_line_add_string (line, "message", failure->message);
      persea_json_line_end (line);
      persea_command_print (watch->command,
                            watch->command->json ? persea_json_line_finish (line) : text);
    }
}

static void
watch_print (WatchCommand              *watch,
             const PerseaWatchSettings *settings,
             gboolean                   broken,
             GVariant                  *answer,
             PerseaLibrary             *library)
{
  g_auto (Condition) condition = { NULL };

  if (answer != NULL)
    condition_read_answer (&condition, answer);
  else if (library != NULL)
    persea_queue_count_watch (library, settings->name, &condition.counts, NULL);
  if (answer == NULL)
    condition.counts.queued += condition.counts.running;
  if (condition.state == NULL)
    condition.state = g_strdup (broken ? "broken" : settings->paused ? "paused"
                                : watch->daemon != NULL ? "new" : "off");
  if (condition.reason == NULL)
    condition.reason = g_strdup (settings->error);
  if (watch->command->json)
    watch_print_json (watch, settings, &condition);
  else
    watch_print_words (watch, settings, &condition);
  if (watch->failed && library != NULL)
    watch_print_failed (watch, settings->name, library);
}

static int
watch_list (WatchCommand *watch)
{
  g_autoptr (PerseaSettings) settings = persea_settings_load (watch->path);
  g_autoptr (GHashTable) answers = watch_ask_daemon (watch);
  g_autoptr (PerseaLibrary) library = watch_open_library (watch);
  GPtrArray *const lists[] = { settings->watches, settings->broken };

  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    for (unsigned j = 0; j < lists[i]->len; j++)
      {
        const PerseaWatchSettings *one = g_ptr_array_index (lists[i], j);

        watch_print (watch, one, lists[i] == settings->broken,
                     g_hash_table_lookup (answers, one->name), library);
      }
  if (settings->watches->len + settings->broken->len == 0)
    persea_command_remark (watch->command, _("no folder is watched; 'persea watch add FOLDER' adds one"));
  for (unsigned i = 0; i < settings->errors->len; i++)
    persea_command_error (watch->command, "%s", (const char *) g_ptr_array_index (settings->errors, i));
  return persea_command_flush (watch->command) && settings->errors->len == 0
           ? PERSEA_EXIT_OK : PERSEA_EXIT_SOME_FAILED;
}

/* Changing */

static int
watch_finish (WatchCommand *watch, gboolean done, const GError *error)
{
  if (!done)
    {
      persea_command_error (watch->command, "%s", error->message);
      return PERSEA_EXIT_SOME_FAILED;
    }
  if (watch->daemon == NULL)
    persea_command_remark (watch->command,
                           _("persead does not run; 'systemctl --user enable --now persead' starts it"));
  return PERSEA_EXIT_OK;
}

static int
watch_add (WatchCommand *watch)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *name = NULL;
  gboolean done;

  if (watch->arguments[1] == NULL)
    return persea_command_usage_error (watch->command, _("name a folder"));
  folder = g_canonicalize_filename (watch->arguments[1], NULL);
  if (g_file_test (folder, G_FILE_TEST_EXISTS) && !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return persea_command_usage_error (watch->command, _("%s: not a folder"), watch->arguments[1]);
  done = persea_settings_edit_add (watch->path, watch->name, folder,
                                   (const char *const *) watch->arguments + 2, &name, &error);
  if (done)
    {
      shown = persea_command_display_name (folder);
      /* TRANSLATORS: a folder, and the name under which it is watched */
      persea_command_remark (watch->command, _("%s is watched as “%s”"), shown, name);
      if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
        persea_command_remark (watch->command, _("the folder is not there yet; it is waited for"));
    }
  return watch_finish (watch, done, error);
}

/* (transfer full) (nullable): the name of the watch that @word means, a name or a folder */
static char *
watch_find_name (WatchCommand *watch, const char *word, GError **error)
{
  g_autoptr (PerseaSettings) settings = persea_settings_load (watch->path);
  g_autofree char *folder = g_canonicalize_filename (word, NULL);
  GPtrArray *const lists[] = { settings->watches, settings->broken };
  const char *found = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    for (unsigned j = 0; j < lists[i]->len; j++)
      {
        const PerseaWatchSettings *one = g_ptr_array_index (lists[i], j);

        if (strcmp (one->name, word) == 0)
          return g_strdup (word);
        if (found == NULL && g_strcmp0 (one->folder, folder) == 0)
          found = one->name;
      }
  if (found == NULL)
    g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_NOT_FOUND,
                 _("%s: neither the name of a watched folder nor a watched folder"), word);
  return g_strdup (found);
}

static gboolean
watch_change_one (WatchCommand *watch, const char *word, GError **error)
{
  const char *what = watch->arguments[0];
  g_autofree char *name = watch_find_name (watch, word, error);

  if (name == NULL)
    return FALSE;
  if (strcmp (what, "remove") == 0)
    return persea_settings_edit_remove (watch->path, name, error);
  return persea_settings_edit_set (watch->path, name, "paused",
                                   strcmp (what, "pause") == 0 ? "true" : NULL, error);
}

static int
watch_change (WatchCommand *watch)
{
  if (watch->arguments[1] == NULL)
    return persea_command_usage_error (watch->command, _("name a watched folder"));
  for (char **word = watch->arguments + 1; *word != NULL; word++)
    {
      g_autoptr (GError) error = NULL;

      if (!watch_change_one (watch, *word, &error))
        return watch_finish (watch, FALSE, error);
    }
  return watch_finish (watch, TRUE, NULL);
}

static int
watch_run (WatchCommand *watch)
{
  const char *what = watch->arguments != NULL ? watch->arguments[0] : "list";

  if (watch->name != NULL && strcmp (what, "add") != 0)
    return persea_command_usage_error (watch->command, _("--name is only for add"));
  if (strcmp (what, "add") == 0)
    return watch_add (watch);
  if (strcmp (what, "remove") == 0 || strcmp (what, "pause") == 0 || strcmp (what, "resume") == 0)
    return watch_change (watch);
  if (strcmp (what, "list") != 0)
    return persea_command_usage_error (watch->command, _("unexpected argument '%s'"), what);
  if (watch->arguments != NULL && watch->arguments[1] != NULL)
    return persea_command_usage_error (watch->command, _("unexpected argument '%s'"),
                                       watch->arguments[1]);
  return watch_list (watch);
}

int
persea_cmd_watch (PerseaCommand *command, int argc, char **argv)
{
  WatchCommand watch = { .command = command };
  const GOptionEntry entries[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &watch.name,
      N_("What to call a folder that is added"), N_("NAME") },
    { "failed", 0, 0, G_OPTION_ARG_NONE, &watch.failed,
      N_("Show which files have failed, and why"), NULL },
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &watch.path,
      N_("Read and change FILE instead of the user's persea.conf"), N_("FILE") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &watch.arguments, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };
  int status = PERSEA_EXIT_USAGE;

  if (persea_command_parse (
        command, &argc, &argv, entries, _("list|add|remove|pause|resume [FOLDER|NAME] [KEY=VALUE…]"),
        _("Says which folders persead watches: lists, adds and removes them."),
        _("  list                       what is watched, and how it is doing\n"
          "  add FOLDER [KEY=VALUE…]    watch a folder; keys are those of persea.conf(5)\n"
          "  remove FOLDER|NAME…        watch it no longer; what was written stays\n"
          "  pause FOLDER|NAME…         do nothing for it until it is resumed\n"
          "  resume FOLDER|NAME…        go on\n")))
    {
      if (watch.path == NULL)
        watch.path = persea_settings_default_path ();
      watch.daemon = watch_find_daemon ();
      status = watch_run (&watch);
    }
  g_clear_pointer (&watch.daemon, g_variant_unref);
  g_strfreev (watch.arguments);
  g_free (watch.path);
  g_free (watch.name);
  return status;
}
