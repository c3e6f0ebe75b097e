/* persead-fixture.c - a bus of its own, with a persead and a client
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persead-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <glib/gstdio.h>

char *
fixture_golden (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "../golden", name, NULL);
}

void
fixture_write_settings (Fixture *fixture, const char *more)
{
  g_autofree char *golden = fixture_golden ("clip/hf-quick");
  g_autofree char *model = g_canonicalize_filename (golden, NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "config/persea/persea.conf", NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text =
    g_strdup_printf ("[persea]\nmodel=%s\ndevice=reference\n%s\n", model, more);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

char *
fixture_copy_picture (Fixture *fixture, const char *name)
{
  g_autofree char *source = fixture_golden ("pixels/stripes-64x48.png");
  g_autoptr (GFile) from = g_file_new_for_path (source);
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GFile) to = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;

  g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return path;
}

void
fixture_set_environment (Fixture *fixture, GSubprocessLauncher *launcher)
{
  static const char *const folders[][2] = {
    { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, folders[i][1], NULL);

      g_subprocess_launcher_setenv (launcher, folders[i][0], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS",
                                g_test_dbus_get_bus_address (fixture->bus), TRUE);
  /* the battery of this machine is none of the test's business */
  g_subprocess_launcher_setenv (launcher, "DBUS_SYSTEM_BUS_ADDRESS",
                                g_test_dbus_get_bus_address (fixture->bus), TRUE);
}

static void
die_with_parent (gpointer user_data)
{
  struct rlimit limit;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  /* what a desktop gives its programs */
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = MIN (limit.rlim_max, 1024);
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

GSubprocess *
fixture_spawn (Fixture *fixture)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  GSubprocess *daemon;

  fixture_set_environment (fixture, launcher);
  g_subprocess_launcher_set_child_setup (launcher,
                                         fixture->setup != NULL ? fixture->setup : die_with_parent,
                                         NULL, NULL);
  daemon = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("PERSEAD"), NULL);
  g_assert_no_error (error);
  return daemon;
}

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

gboolean
fixture_on_timeout (gpointer user_data)
{
  g_error ("%s: nothing happens", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

void
fixture_start (Fixture *fixture)
{
  gboolean there = FALSE;
  unsigned watch;

  fixture->daemon = fixture_spawn (fixture);
  watch = g_bus_watch_name_on_connection (fixture->connection, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                          on_appeared, NULL, &there, NULL);
  spin_until (there);
  g_bus_unwatch_name (watch);
}

static void
on_signal (GDBusConnection *connection,
           const char      *sender,
           const char      *path,
           const char      *interface,
           const char      *name,
           GVariant        *parameters,
           gpointer         user_data)
{
  Fixture *fixture = user_data;

  if (strcmp (name, "Items") == 0)
    {
      g_autoptr (GVariant) items = g_variant_get_child_value (parameters, 0);

      for (size_t i = 0; i < g_variant_n_children (items); i++)
        g_ptr_array_add (fixture->items, g_variant_get_child_value (items, i));
    }
  else if (strcmp (name, "Finished") == 0)
    {
      g_clear_pointer (&fixture->details, g_variant_unref);
      g_variant_get (parameters, "(u@a{sv})", &fixture->code, &fixture->details);
      fixture->n_finished++;
    }
  else if (strcmp (name, "Preview") == 0)
    fixture->n_previews++;
}

GDBusConnection *
fixture_connect (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection;

  connection = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (fixture->bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-dbus-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->picture = fixture_copy_picture (fixture, "picture.png");
  fixture->uri = g_filename_to_uri (fixture->picture, NULL, NULL);
  fixture->items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  fixture->connection = fixture_connect (fixture);
  g_dbus_connection_signal_subscribe (fixture->connection, NAME, JOB_INTERFACE, NULL, NULL, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, on_signal, fixture, NULL);
  fixture_write_settings (fixture, "");
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);
  g_autoptr (GError) error = NULL;

  if (fixture->daemon != NULL)
    {
      g_subprocess_send_signal (fixture->daemon, SIGTERM);
      g_subprocess_wait (fixture->daemon, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_subprocess_get_if_exited (fixture->daemon));
      g_assert_cmpint (g_subprocess_get_exit_status (fixture->daemon), ==, 0);
      g_object_unref (fixture->daemon);
    }
  g_dbus_connection_close_sync (fixture->connection, NULL, NULL);
  g_object_unref (fixture->connection);
  g_test_dbus_down (fixture->bus);
  g_object_unref (fixture->bus);
  g_ptr_array_unref (fixture->items);
  g_clear_pointer (&fixture->details, g_variant_unref);
  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
  g_free (fixture->uri);
  g_free (fixture->picture);
  g_free (fixture->folder);
}

GVariant *
fixture_call (GDBusConnection *connection,
              const char      *path,
              const char      *interface,
              const char      *method,
              GVariant        *arguments,
              GError         **error)
{
  return g_dbus_connection_call_sync (connection, NAME, path, interface, method, arguments, NULL,
                                      G_DBUS_CALL_FLAGS_NONE, PERSEAD_PATIENCE, NULL, error);
}

GVariant *
fixture_get_property (Fixture *fixture, const char *path, const char *interface, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariant *value = NULL;

  reply = fixture_call (fixture->connection, path, "org.freedesktop.DBus.Properties", "Get",
                        g_variant_new ("(ss)", interface, name), &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(v)", &value);
  return value;
}

char *
fixture_tag_on (GDBusConnection *connection,
                const char      *uri,
                unsigned         n,
                const char      *options,
                GError         **error)
{
  g_autoptr (GVariant) parsed = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) parse_error = NULL;
  GVariantBuilder uris;
  char *path = NULL;

  parsed = g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, &parse_error);
  g_assert_no_error (parse_error);
  g_variant_builder_init (&uris, G_VARIANT_TYPE_STRING_ARRAY);
  for (unsigned i = 0; i < n; i++)
    g_variant_builder_add (&uris, "s", uri);
  reply = fixture_call (connection, PATH, NAME, "Tag", g_variant_new ("(as@a{sv})", &uris, parsed),
                        error);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

char *
fixture_tag (Fixture *fixture, unsigned n, const char *options)
{
  g_autoptr (GError) error = NULL;
  char *path = fixture_tag_on (fixture->connection, fixture->uri, n, options, &error);

  g_assert_no_error (error);
  return path;
}

void
fixture_check_alive (Fixture *fixture)
{
  unsigned before = fixture->n_finished;
  g_autofree char *path = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) end = NULL;
  guint32 code = 2;

  /* others of this client may end meanwhile, and otherwise */
  end = fixture_call (fixture->connection, path, JOB_INTERFACE, "Wait", NULL, &error);
  g_assert_no_error (error);
  g_variant_get (end, "(u@a{sv})", &code, NULL);
  g_assert_cmpuint (code, ==, 0);
  spin_until (fixture->n_finished > before);
}

const char *
fixture_item_error (Fixture *fixture, unsigned i)
{
  GVariant *item = g_ptr_array_index (fixture->items, i);
  g_autoptr (GVariant) values = g_variant_get_child_value (item, 1);
  const char *name = NULL;

  g_variant_lookup (values, "error-name", "&s", &name);
  return name;
}
