/* test-manners.c - what persead does when others come first
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The desktop is a stand-in on the test's own bus, which is session and system bus in one.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "desktop-stand-in.h"
#include "persead-fixture.h"

/* for one test of several in which nothing happens, µs */
#define A_WHILE (3 * G_USEC_PER_SEC)
#define BACKLOG 60

static GVariant *
get_info (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
    fixture_call (fixture->connection, PATH, NAME, "GetInfo", NULL, &error);

  g_assert_no_error (error);
  return g_variant_get_child_value (reply, 0);
}

static gboolean
info_is (Fixture *fixture, const char *key, const char *expected)
{
  g_autoptr (GVariant) info = get_info (fixture);
  const char *value = NULL;

  g_assert_true (g_variant_lookup (info, key, "&s", &value));
  g_usleep (20000);
  return strcmp (value, expected) == 0;
}

static guint64
info_number (Fixture *fixture, const char *key)
{
  g_autoptr (GVariant) info = get_info (fixture);
  guint64 value = 0;
  guint32 small = 0;

  if (g_variant_lookup (info, key, "u", &small))
    return small;
  g_assert_true (g_variant_lookup (info, key, "t", &value));
  return value;
}

static unsigned
count_models (Fixture *fixture)
{
  g_autoptr (GVariant) info = get_info (fixture);
  g_autoptr (GVariant) models = g_variant_lookup_value (info, "models", G_VARIANT_TYPE ("aa{sv}"));

  g_usleep (20000);
  return (unsigned) g_variant_n_children (models);
}

static void
assert_reasons (Fixture *fixture, const char *expected)
{
  g_autoptr (GVariant) info = get_info (fixture);
  g_autofree const char **reasons = NULL;
  g_autofree char *list = NULL;

  g_assert_true (g_variant_lookup (info, "reasons", "^a&s", &reasons));
  list = g_strjoinv (" ", (char **) reasons);
  g_assert_cmpstr (list, ==, expected);
}

/* Settings with @more and a watched folder, which is made. */
static void
watch_folder (Fixture *fixture, const char *more)
{
  g_autofree char *photos = g_build_filename (fixture->folder, "photos", NULL);
  g_autofree char *text = g_strdup_printf ("%s\n[watch a]\nfolder=%s\ntags=cat,dog\ntop=1\nthreshold=0",
                                           more, photos);

  g_mkdir (photos, 0700);
  fixture_write_settings (fixture, text);
}

/* Each picture has a content of its own: decoders do not mind what comes after the end. */
static void
add_pictures (Fixture *fixture, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("photos/%u.png", i);
      g_autofree char *path = fixture_copy_picture (fixture, name);
      int file = open (path, O_WRONLY | O_APPEND | O_CLOEXEC);

      g_assert_cmpint (file, >=, 0);
      g_assert_cmpint (write (file, &i, sizeof i), ==, sizeof i);
      close (file);
    }
}

static unsigned
pause_on (GDBusConnection *connection, const char *method, const char *reason, GError **error)
{
  g_autoptr (GVariant) reply =
    fixture_call (connection, PATH, NAME, method, g_variant_new ("(s)", reason), error);
  guint32 cookie = 0;

  if (reply != NULL)
    g_variant_get (reply, "(u)", &cookie);
  return cookie;
}

static gboolean
resume (Fixture *fixture, unsigned cookie, GError **error)
{
  g_autoptr (GVariant) reply = fixture_call (fixture->connection, PATH, NAME, "Resume",
                                             g_variant_new ("(u)", cookie), error);

  return reply != NULL;
}

/* What is loaded is told, with its memory, and goes after a while. */
static void
test_info (Fixture *fixture, gconstpointer data)
{
  g_autofree char *job = NULL;
  g_autoptr (GVariant) info = NULL;
  g_autoptr (GVariant) models = NULL;
  g_autoptr (GVariant) model = NULL;
  guint64 memory = 0;

  fixture_write_settings (fixture, "drop-after=2");
  fixture_start (fixture);
  g_assert_cmpuint (count_models (fixture), ==, 0);
  g_assert_cmpuint (info_number (fixture, "memory"), ==, 0);
  spin_until (info_is (fixture, "state", "idle"));

  job = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (fixture->n_finished == 1);
  info = get_info (fixture);
  models = g_variant_lookup_value (info, "models", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (models), ==, 1);
  model = g_variant_get_child_value (models, 0);
  g_assert_true (g_variant_lookup (model, "memory", "t", &memory));
  g_assert_cmpuint (memory, >, 1000);
  g_assert_cmpuint (info_number (fixture, "memory"), ==, memory);
  spin_until (count_models (fixture) == 0);
  g_assert_cmpuint (info_number (fixture, "memory"), ==, 0);
}

/* With nothing loaded: small, and asleep. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  g_autofree char *task = NULL;
  unsigned long switches[2] = { 0 };

  watch_folder (fixture, "");
  fixture_start (fixture);
  spin_until (info_is (fixture, "state", "idle"));
  task = g_strdup_printf ("/proc/%" G_GUINT64_FORMAT "/task", info_number (fixture, "pid"));
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
  g_assert_cmpuint (info_number (fixture, "resident"), <, 40 * 1024 * 1024);
#endif
  g_usleep (2 * G_USEC_PER_SEC); /* what it has just been asked, and its first look at the folder */
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (task, 0, NULL);
      const char *name;

      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (task, name, "status", NULL);
          g_autofree char *text = NULL;

          g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
          switches[i] += strtoul (strstr (text, "\nvoluntary_ctxt_switches:") + 25, NULL, 10);
        }
      if (i == 0)
        g_usleep (A_WHILE);
    }
  g_test_message ("%lu switches in %d s", switches[1] - switches[0], (int) (A_WHILE / G_USEC_PER_SEC));
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
  g_assert_cmpuint (switches[1] - switches[0], <=, 2);
#endif
}

/* Folders wait, programs do not. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  g_autofree char *job = NULL;
  g_autoptr (GError) error = NULL;
  unsigned first;
  unsigned second;

  watch_folder (fixture, "");
  fixture_start (fixture);
  first = pause_on (fixture->connection, "Pause", "a game", &error);
  g_assert_no_error (error);
  second = pause_on (fixture->connection, "Pause", "a film", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (first, !=, second);
  g_assert_true (info_is (fixture, "pace", "stop"));
  assert_reasons (fixture, "paused");

  add_pictures (fixture, 3);
  spin_until (info_number (fixture, "queued") == 3);
  spin_until (info_is (fixture, "state", "waiting"));
  job = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 0);

  g_assert_true (resume (fixture, first, &error));
  g_assert_false (resume (fixture, first, &error));
  g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "NotFound: "));
  g_clear_error (&error);
  spin_until (info_is (fixture, "state", "waiting"));
  g_assert_cmpuint (info_number (fixture, "done"), ==, 0);
  g_assert_true (resume (fixture, second, &error));
  spin_until (info_number (fixture, "done") == 3);
}

static void
test_pause_for_process (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDBusConnection) other = fixture_connect (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) empty = NULL;

  fixture_start (fixture);
  g_assert_cmpuint (pause_on (other, "PauseForProcess", "a test", &error), !=, 0);
  g_assert_no_error (error);
  g_assert_true (info_is (fixture, "pace", "stop"));
  g_dbus_connection_close_sync (other, NULL, NULL);
  spin_until (info_is (fixture, "pace", "full"));
  g_assert_cmpuint (pause_on (fixture->connection, "Pause", "", &empty), ==, 0);
  g_assert_true (g_str_has_prefix (empty->message, ERROR_PREFIX "InvalidArgument: reason"));
}

/* Who is killed does not go on when it is started again. */
static void
test_pause_lasts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  unsigned cookie;

  watch_folder (fixture, "");
  fixture_start (fixture);
  cookie = pause_on (fixture->connection, "Pause", "back \\ slash\nand \"more\"", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pause_on (fixture->connection, "PauseForProcess", "mine", &error), !=, 0);
  g_subprocess_force_exit (fixture->daemon);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_clear_object (&fixture->daemon);

  add_pictures (fixture, 1);
  fixture_start (fixture);
  spin_until (info_is (fixture, "state", "waiting"));
  assert_reasons (fixture, "paused");
  g_assert_true (resume (fixture, cookie, &error));
  spin_until (info_number (fixture, "done") == 1);
}

/* Battery: slower; low, or asked to save power: not at all. */
static void
test_power (Fixture *fixture, gconstpointer data)
{
  DesktopStandIn *desktop = desktop_stand_in_new (fixture->connection);

  desktop_stand_in_set_battery (desktop, TRUE, 3);
  watch_folder (fixture, "");
  add_pictures (fixture, 5);
  fixture_start (fixture);
  spin_until (info_is (fixture, "state", "waiting"));
  assert_reasons (fixture, "battery-low");
  g_usleep (A_WHILE);
  g_assert_cmpuint (info_number (fixture, "done"), ==, 0);

  desktop_stand_in_set_battery (desktop, TRUE, 1);
  spin_until (info_is (fixture, "pace", "slow"));
  assert_reasons (fixture, "battery");
  spin_until (info_number (fixture, "done") == 5);

  desktop_stand_in_set_profile (desktop, "power-saver");
  spin_until (info_is (fixture, "pace", "stop"));
  assert_reasons (fixture, "power-saver");
  desktop_stand_in_set_profile (desktop, "balanced");
  spin_until (info_is (fixture, "pace", "slow"));
  desktop_stand_in_set_battery (desktop, FALSE, 1);
  spin_until (info_is (fixture, "pace", "full"));
  desktop_stand_in_set_battery (desktop, TRUE, 4);
  spin_until (info_is (fixture, "pace", "stop"));
  desktop_stand_in_drop_upower (desktop);
  spin_until (info_is (fixture, "pace", "full"));
  desktop_stand_in_free (desktop);
}

/* The service manager says, by a fifo, that memory is short. */
static void
test_memory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "pressure", NULL);
  g_autofree char *job = NULL;
  int file;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  file = open (path, O_RDWR | O_CLOEXEC);
  g_setenv ("MEMORY_PRESSURE_WATCH", path, TRUE);
  fixture_start (fixture);
  g_setenv ("MEMORY_PRESSURE_WATCH", "/dev/null", TRUE);
  job = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (count_models (fixture), ==, 1);
  g_assert_cmpint (write (file, "!", 1), ==, 1);
  spin_until (count_models (fixture) == 0);
  assert_reasons (fixture, "memory");
  close (file);
}

/* A request in the middle of a backlog is done after some of it, not after all. */
static void
test_interactive (Fixture *fixture, gconstpointer data)
{
  g_autofree char *job = NULL;
  guint64 before;
  guint64 after;

  watch_folder (fixture, "");
  add_pictures (fixture, BACKLOG);
  fixture_start (fixture);
  while ((before = info_number (fixture, "done")) == 0)
    g_usleep (10000);
  job = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (fixture->n_finished == 1);
  after = info_number (fixture, "done");
  g_test_message ("%u done before, %u after", (unsigned) before, (unsigned) after);
  g_assert_cmpuint (after, <, BACKLOG);
  spin_until (info_number (fixture, "done") == BACKLOG);
  g_assert_cmpuint (info_number (fixture, "failed"), ==, 0);
}

static void
lose_priorities (gpointer user_data)
{
  prctl (PR_CAPBSET_DROP, CAP_SYS_NICE);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* As persead.service of systemd it makes itself idle for folders, and normal again for programs. */
static void
test_unit (Fixture *fixture, gconstpointer data)
{
  DesktopStandIn *desktop = desktop_stand_in_new (fixture->connection);
  g_autofree char *job = NULL;

  watch_folder (fixture, "");
  fixture->setup = lose_priorities;
  g_unsetenv ("PERSEA_PRIORITY");
  fixture_start (fixture);
  g_setenv ("PERSEA_PRIORITY", "normal", TRUE);
  add_pictures (fixture, 3);
  spin_until (info_number (fixture, "done") == 3);
  spin_until (desktop_stand_in_get_cpu_weight (desktop) == 100);
  g_assert_true (desktop_stand_in_was_idle (desktop));
  job = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (fixture->n_finished == 1);
  g_assert_cmpint (desktop_stand_in_get_cpu_weight (desktop), ==, 100);
  desktop_stand_in_free (desktop);
}

/* One when all is done, for those who want it. */
static void
test_notifications (Fixture *fixture, gconstpointer data)
{
  DesktopStandIn *desktop = desktop_stand_in_new (fixture->connection);
  gboolean wanted = data != NULL;

  watch_folder (fixture, wanted ? "notifications=true" : "");
  fixture_start (fixture);
  spin_until (info_is (fixture, "state", "idle"));
  add_pictures (fixture, 3);
  spin_until (info_number (fixture, "done") == 3);
  spin_until (info_is (fixture, "state", "idle"));
  if (wanted)
    spin_until (desktop_stand_in_count_notifications (desktop) == 1);
  for (unsigned i = 0; i < 50; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (10000);
    }
  g_assert_cmpuint (desktop_stand_in_count_notifications (desktop), ==, wanted ? 1 : 0);
  desktop_stand_in_free (desktop);
}

/* (transfer full): what "persea ARGUMENTS" prints on the bus of the test */
static char *
run_persea (Fixture *fixture, const char *arguments, int expected)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *command = g_strdup_printf ("exec \"$PERSEA\" %s", arguments);
  g_autoptr (GSubprocess) persea = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS",
                                g_test_dbus_get_bus_address (fixture->bus), TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  persea = g_subprocess_launcher_spawn (launcher, &error, "/bin/sh", "-c", command, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (persea, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (persea), ==, expected);
  return output;
}

static void
test_status (Fixture *fixture, gconstpointer data)
{
  g_autofree char *absent = run_persea (fixture, "status", 0);
  g_autofree char *absent_json = run_persea (fixture, "status --json", 0);
  g_autofree char *words = NULL;
  g_autofree char *json = NULL;
  g_autofree char *cookie = NULL;
  g_autofree char *none = NULL;

  g_assert_cmpstr (absent, ==, "persead does not run\n");
  g_assert_cmpstr (absent_json, ==, "{\"active\":false}\n");
  g_free (run_persea (fixture, "pause", 1));
  fixture_start (fixture);
  cookie = run_persea (fixture, "pause --json 'a \"game\"'", 0);
  g_assert_cmpstr (cookie, ==, "{\"cookie\":1}\n");
  words = run_persea (fixture, "status", 0);
  g_assert_nonnull (strstr (words, "pause 1: a \"game\"\n"));
  g_assert_nonnull (strstr (words, "Loaded: nothing\n"));
  json = run_persea (fixture, "status --json", 0);
  g_assert_true (g_str_has_prefix (json, "{\"active\":true,\"version\":\"" PERSEA_VERSION "\""));
  g_assert_nonnull (strstr (json, "\"pauses\":[{\"cookie\":1,\"reason\":\"a \\\"game\\\"\"}]"));
  g_free (run_persea (fixture, "resume 7", 1));
  g_free (run_persea (fixture, "resume", 0));
  none = run_persea (fixture, "status --json", 0);
  g_assert_nonnull (strstr (none, "\"pauses\":[]"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("/manners/info", test_info);
  ADD ("/manners/idle", test_idle);
  ADD ("/manners/pause", test_pause);
  ADD ("/manners/pause-for-process", test_pause_for_process);
  ADD ("/manners/pause-lasts", test_pause_lasts);
  ADD ("/manners/power", test_power);
  ADD ("/manners/memory", test_memory);
  ADD ("/manners/interactive", test_interactive);
  ADD ("/manners/unit", test_unit);
  ADD ("/manners/notifications/off", test_notifications);
  g_test_add ("/manners/notifications/on", Fixture, "wanted", fixture_set_up, test_notifications,
              fixture_tear_down);
  ADD ("/manners/status", test_status);
#undef ADD
  return g_test_run ();
}
