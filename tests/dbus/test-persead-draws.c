/* test-persead-draws.c - requests while the daemon draws, on a bus of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "tiny-artist.h"

#define NAME "org.persea.Persea1"
#define PATH "/org/persea/Persea1"
#define PATIENCE (100 * G_USEC_PER_SEC)

typedef struct
{
  char            *folder;  /* everything is below it */
  char            *prompts; /* the watched one */
  GTestDBus       *bus;
  GDBusConnection *connection;
  GSubprocess     *daemon;
  GPtrArray       *finished; /* of the paths of jobs, in the order of their ends */
  unsigned         code;     /* of the last Finished */
} Fixture;

static void
on_finished (GDBusConnection *connection,
             const char      *sender,
             const char      *path,
             const char      *interface,
             const char      *name,
             GVariant        *parameters,
             gpointer         user_data)
{
  Fixture *fixture = user_data;

  g_variant_get (parameters, "(ua{sv})", &fixture->code, NULL);
  g_ptr_array_add (fixture->finished, g_strdup (path));
}

/* The daemon does not outlive the test, however it ends. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start (Fixture *fixture)
{
  static const char *const folders[][2] = {
    { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" },
  };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, folders[i][1], NULL);

      g_subprocess_launcher_setenv (launcher, folders[i][0], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS",
                                g_test_dbus_get_bus_address (fixture->bus), TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  fixture->daemon = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("PERSEAD"), NULL);
  g_assert_no_error (error);
}

static void
write_settings (Fixture *fixture)
{
  g_autofree char *clip = g_test_build_filename (G_TEST_DIST, "../golden/clip/hf-quick", NULL);
  g_autofree char *config = g_build_filename (fixture->folder, "config", "persea", NULL);
  g_autofree char *path = g_build_filename (config, "persea.conf", NULL);
  g_autofree char *text = g_strdup_printf ("[persea]\nmodel=%s\ndrawing-model=%s/artist\ndevice=reference\n"
                                           "[watch p]\nfolder=%s\nmode=generate\ncandidates=400\n",
                                           clip, fixture->folder, fixture->prompts);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (config, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "../pipelines", NULL);
  g_autofree char *artist = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-dbus-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->finished = g_ptr_array_new_with_free_func (g_free);
  fixture->prompts = g_build_filename (fixture->folder, "prompts", NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->prompts, 0700), ==, 0);
  artist = g_build_filename (fixture->folder, "artist", NULL);
  tiny_artist_make (source, artist, TRUE);
  write_settings (fixture);
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  fixture->connection = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (fixture->bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_signal_subscribe (fixture->connection, NAME, NAME ".Job", "Finished", NULL, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, on_finished, fixture, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  /* in the middle of a drawing, too, it leaves in time and in order */
  g_subprocess_send_signal (fixture->daemon, SIGTERM);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (fixture->daemon));
  g_assert_cmpint (g_subprocess_get_exit_status (fixture->daemon), ==, 0);
  g_object_unref (fixture->daemon);
  g_dbus_connection_close_sync (fixture->connection, NULL, NULL);
  g_object_unref (fixture->connection);
  g_test_dbus_down (fixture->bus);
  g_object_unref (fixture->bus);
  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
  g_ptr_array_unref (fixture->finished);
  g_free (fixture->prompts);
  g_free (fixture->folder);
}

static gboolean
has_pictures (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->prompts, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".png"))
      return TRUE;
  return FALSE;
}

/* Two models are loaded: the one that draws, and the one that ranks. */
static gboolean
is_drawing (Fixture *fixture)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) models = NULL;

  reply = g_dbus_connection_call_sync (fixture->connection, NAME, PATH, "org.freedesktop.DBus.Properties",
                                       "Get", g_variant_new ("(ss)", NAME, "Models"), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (reply == NULL)
    return FALSE; /* not on the bus yet */
  g_variant_get (reply, "(v)", &models);
  return g_variant_n_children (models) == 2;
}

static void
wait_until_drawing (Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (!is_drawing (fixture))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (10000);
    }
}

static void
wait_until_finished (Fixture *fixture, unsigned n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (fixture->finished->len < n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (5000);
    }
}

/* (transfer full): the job */
static char *
call (Fixture *fixture, const char *method, GVariant *arguments)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  char *job = NULL;

  reply = g_dbus_connection_call_sync (fixture->connection, NAME, PATH, NAME, method, arguments,
                                       G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(o)", &job);
  return job;
}

/* (transfer full): the job */
static char *
tag (Fixture *fixture)
{
  g_autofree char *picture = g_test_build_filename (G_TEST_DIST, "../golden/pixels/stripes-64x48.png", NULL);
  g_autofree char *absolute = g_canonicalize_filename (picture, NULL);
  g_autofree char *uri = g_filename_to_uri (absolute, NULL, NULL);
  const char *const uris[] = { uri, NULL };

  return call (fixture, "Tag", g_variant_new ("(^as@a{sv})", uris,
                                              g_variant_new_parsed ("{'tags': <'cat,dog'>}")));
}

/* (transfer full): a job in the background that takes longer than others */
static char *
draw_slowly (Fixture *fixture)
{
  return call (fixture, "Generate",
               g_variant_new ("(s@a{sv})", "a red cup",
                              g_variant_new_parsed ("{'priority': <'background'>,"
                                                    " 'candidates': <uint32 12>, 'seed': <uint64 1>}")));
}

static char *
get_state (Fixture *fixture, const char *job)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GError) error = NULL;

  reply = g_dbus_connection_call_sync (fixture->connection, NAME, job, "org.freedesktop.DBus.Properties",
                                       "Get", g_variant_new ("(ss)", NAME ".Job", "State"), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(v)", &state);
  return g_variant_dup_string (state, NULL);
}

/* A request is served in the middle of a drawing that takes much longer. */
static void
test_makes_way (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->prompts, "a.txt", NULL);
  g_autofree char *job = NULL;
  g_autoptr (GError) error = NULL;

  g_file_set_contents (file, "a red cup", -1, &error);
  g_assert_no_error (error);
  start (fixture);
  wait_until_drawing (fixture);
  job = tag (fixture);
  wait_until_finished (fixture, 1);
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_false (has_pictures (fixture));
}

static void
wait_until_there (Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;
  gboolean there = FALSE;

  while (!there)
    {
      g_autoptr (GVariant) reply = NULL;

      reply = g_dbus_connection_call_sync (fixture->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                           "org.freedesktop.DBus", "NameHasOwner", g_variant_new ("(s)", NAME),
                                           G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
      g_assert_nonnull (reply);
      g_variant_get (reply, "(b)", &there);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (10000);
    }
}

/* The same for a drawing in the background that a program asked for; and one that somebody waits for
 * is drawn before, too. */
static void
test_background_makes_way (Fixture *fixture, gconstpointer data)
{
  g_autofree char *slow = NULL;
  g_autofree char *tagging = NULL;
  g_autofree char *drawing = NULL;
  g_autofree char *state = NULL;

  start (fixture);
  wait_until_there (fixture);
  slow = draw_slowly (fixture);
  wait_until_drawing (fixture);
  tagging = tag (fixture);
  wait_until_finished (fixture, 1);
  g_assert_cmpstr (fixture->finished->pdata[0], ==, tagging);
  g_assert_cmpuint (fixture->code, ==, 0);
  state = get_state (fixture, slow);
  g_assert_cmpstr (state, ==, "running");

  drawing = call (fixture, "Generate",
                  g_variant_new ("(s@a{sv})", "a blue cup",
                                 g_variant_new_parsed ("{'candidates': <uint32 1>}")));
  wait_until_finished (fixture, 2);
  g_assert_cmpstr (fixture->finished->pdata[1], ==, drawing);
  g_assert_cmpuint (fixture->code, ==, 0);

  wait_until_finished (fixture, 3);
  g_assert_cmpstr (fixture->finished->pdata[2], ==, slow);
  g_assert_cmpuint (fixture->code, ==, 0);
}

/* A job that was put off can be cancelled as any other. */
static void
test_put_off_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autofree char *slow = NULL;
  g_autofree char *drawing = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  start (fixture);
  wait_until_there (fixture);
  slow = draw_slowly (fixture);
  wait_until_drawing (fixture);
  drawing = call (fixture, "Generate",
                  g_variant_new ("(s@a{sv})", "a blue cup", g_variant_new_parsed ("{'count': <uint32 1>}")));
  reply = g_dbus_connection_call_sync (fixture->connection, NAME, slow, NAME ".Job", "Cancel", NULL, NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  wait_until_finished (fixture, 2);
  g_assert_cmpstr (fixture->finished->pdata[0], ==, slow);
  g_assert_cmpstr (fixture->finished->pdata[1], ==, drawing);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/persead-draws/makes-way", Fixture, NULL, set_up, test_makes_way, tear_down);
  g_test_add ("/persead-draws/background-makes-way", Fixture, NULL, set_up, test_background_makes_way, tear_down);
  g_test_add ("/persead-draws/put-off-cancelled", Fixture, NULL, set_up, test_put_off_cancelled, tear_down);
  return g_test_run ();
}
