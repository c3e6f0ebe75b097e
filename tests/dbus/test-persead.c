/* test-persead.c - the daemon on a bus of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persead-fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

static void
test_properties (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) version = NULL;
  g_autoptr (GVariant) devices = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GDBusNodeInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  const char *xml;
  GDBusInterfaceInfo *interface;

  fixture_start (fixture);
  version = fixture_get_property (fixture, PATH, NAME, "Version");
  g_assert_cmpstr (g_variant_get_string (version, NULL), ==, PERSEA_VERSION);
  devices = fixture_get_property (fixture, PATH, NAME, "Devices");
  g_assert_cmpuint (g_variant_n_children (devices), ==, 0);

  reply = fixture_call (fixture->connection, PATH, "org.freedesktop.DBus.Introspectable", "Introspect", NULL,
                &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(&s)", &xml);
  info = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  interface = g_dbus_node_info_lookup_interface (info, NAME);
  g_assert_nonnull (interface);
  g_assert_nonnull (g_dbus_interface_info_lookup_method (interface, "Tag"));
}

static void
test_tag (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *sender = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) models = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (GVariant) tags = NULL;
  const char *uri = NULL;
  const char *model = NULL;
  guint32 index = 99;

  fixture_start (fixture);
  path = fixture_tag (fixture, 1, "{'token': <'t_1'>, 'tags': <['cat', 'dog', 'car']>,"
                          " 'top': <@u 2>, 'threshold': <0.0>}");
  sender = g_strdelimit (g_strdup (g_dbus_connection_get_unique_name (fixture->connection) + 1), ".",
                         '_');
  expected = g_strconcat (PATH "/job/", sender, "/t_1", NULL);
  g_assert_cmpstr (path, ==, expected);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 0);

  g_assert_cmpuint (fixture->items->len, ==, 1);
  g_variant_get (g_ptr_array_index (fixture->items, 0), "(u@a{sv})", &index, &values);
  g_assert_cmpuint (index, ==, 0);
  g_assert_true (g_variant_lookup (values, "uri", "&s", &uri));
  g_assert_cmpstr (uri, ==, fixture->uri);
  g_assert_true (g_variant_lookup (values, "model", "&s", &model));
  g_assert_cmpstr (model, ==, "hf-quick");
  tags = g_variant_lookup_value (values, "tags", G_VARIANT_TYPE ("a(sd)"));
  g_assert_nonnull (tags);
  g_assert_cmpuint (g_variant_n_children (tags), ==, 2);

  state = fixture_get_property (fixture, path, JOB_INTERFACE, "State");
  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "done");
  models = fixture_get_property (fixture, PATH, NAME, "Models");
  g_assert_cmpuint (g_variant_n_children (models), ==, 1);
}

/* Good ones beside bad ones; and a name can be used again. */
static void
test_items (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *damaged = g_build_filename (fixture->folder, "damaged.png", NULL);
  g_autofree char *damaged_uri = g_filename_to_uri (damaged, NULL, NULL);
  const char *const uris[] = { "http://example.org/a.jpg", fixture->uri, "file:///nowhere/a.jpg",
                               damaged_uri, "not a uri", NULL };
  const char *const errors[] = { "Unsupported", NULL, "NotFound", "", "Unsupported" };
  guint32 n_failed = 0;

  g_assert_true (g_file_set_contents (damaged, "\x89PNG\r\n\x1a\nno more", -1, NULL));
  fixture_start (fixture);
  for (unsigned round = 0; round < 2; round++)
    {
      g_autoptr (GVariant) reply = NULL;
      GVariantBuilder options;

      g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&options, "{sv}", "token", g_variant_new_string ("again"));
      g_variant_builder_add (&options, "{sv}", "tags", g_variant_new_string ("cat,dog"));
      reply = fixture_call (fixture->connection, PATH, NAME, "Tag",
                    g_variant_new ("(^asa{sv})", uris, &options), &error);
      g_assert_no_error (error);
      spin_until (fixture->n_finished == round + 1);
    }
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_true (g_variant_lookup (fixture->details, "items-failed", "u", &n_failed));
  g_assert_cmpuint (n_failed, ==, 4);
  g_assert_cmpuint (fixture->items->len, ==, 10);
  for (unsigned i = 0; i < 10; i++)
    {
      guint32 index = 99;
      const char *name = fixture_item_error (fixture, i);

      g_variant_get_child (g_ptr_array_index (fixture->items, i), 0, "u", &index);
      g_assert_cmpuint (index, <, 5);
      g_assert_true ((name == NULL) == (errors[index] == NULL));
      if (name != NULL)
        g_assert_true (g_str_has_suffix (name, errors[index]));
    }
}

static void
test_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariant *options;
  int file = open (fixture->picture, O_RDONLY | O_CLOEXEC);
  int ends[2];

  g_assert_cmpint (file, >=, 0);
  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (g_unix_fd_list_append (list, file, &error), ==, 0);
  g_assert_cmpint (g_unix_fd_list_append (list, ends[0], &error), ==, 1);
  close (file);
  close (ends[0]);
  fixture_start (fixture);
  options = g_variant_new_parsed ("{'files': <[@h 0, @h 1]>, 'tags': <'cat,dog'>}");
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
    fixture->connection, NAME, PATH, NAME, "Tag", g_variant_new ("(as@a{sv})", NULL, options), NULL,
    G_DBUS_CALL_FLAGS_NONE, PERSEAD_PATIENCE, list, NULL, NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  close (ends[1]);
  g_assert_cmpuint (fixture->items->len, ==, 2);
  /* the pipe is refused before anything is read */
  g_assert_true (g_str_has_suffix (fixture_item_error (fixture, 0), "Unsupported"));
  g_assert_null (fixture_item_error (fixture, 1));
}

static void
test_write (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *sidecar = g_strconcat (fixture->picture, ".xmp", NULL);
  g_autofree char *text = NULL;
  const char *run = NULL;

  fixture_start (fixture);
  path = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>, 'top': <@u 1>, 'threshold': <0.0>,"
                          " 'write': <'sidecar'>, 'root-tag': <'auto'>}");
  spin_until (fixture->n_finished == 1);
  g_assert_true (g_variant_lookup (fixture->details, "run", "&s", &run));
  g_assert_true (g_file_get_contents (sidecar, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, run));
  g_assert_nonnull (strstr (text, "auto|"));
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  /* the option that the message must name */
  static const char *const calls[][2] = {
    { "{'treshold': <0.5>}", "treshold" }, { "{'threshold': <'0.5'>}", "threshold" },
    { "{'threshold': <2.0>}", "threshold" }, { "{'top': <2>}", "top" },
    { "{'top': <@u 4000000000>}", "top" }, { "{'write': <'everywhere'>}", "write" },
    { "{'write': <1>}", "write" }, { "{'tags': <['a,b']>}", "tags" }, { "{'tags': <7>}", "tags" },
    { "{'root-tag': <'a;b'>}", "root-tag" }, { "{'token': <''>}", "token" },
    { "{'priority': <'high'>}", "priority" }, { "{'priority': <@u 1>}", "priority" },
    { "{'token': <'a/b'>}", "token" }, { "{'token': <'a-b'>}", "token" },
    { "{'lasting': <'yes'>}", "lasting" }, { "{'model': <1>}", "model" },
    { "{'model': <'../secret'>}", "model" }, { "{'vocabulary': <'../secret'>}", "vocabulary" },
    { "{'files': <[@h 0]>}", "files" }, { "{'files': <'a'>}", "files" },
    { "{'top': <@u 1>, 'top': <@u 2>}", "top" },
  };

  fixture_start (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = fixture_tag_on (fixture->connection, fixture->uri, 1, calls[i][0], &error);

      g_test_message ("%s: %s", calls[i][0], error != NULL ? error->message : path);
      g_assert_null (path);
      g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
      g_assert_nonnull (strstr (error->message, calls[i][1]));
    }
  for (unsigned n = 0; n <= 10001; n += 10001)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (fixture_tag_on (fixture->connection, fixture->uri, n, "{}", &error));
      g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
    }
}

static void
test_no_model (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  const char *name = NULL;

  fixture_start (fixture);
  path = fixture_tag (fixture, 1, "{'model': <'/nowhere/at/all'>}");
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 2);
  g_assert_true (g_variant_lookup (fixture->details, "error-name", "&s", &name));
  g_assert_cmpstr (name, ==, "org.persea.Persea1.Error.NotFound");
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *long_one = NULL;
  g_autofree char *queued = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;
  gint64 begin;

  fixture_start (fixture);
  long_one = fixture_tag (fixture, 5000, "{'tags': <'cat,dog'>}");
  queued = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>, 'priority': <'background'>}");
  spin_until (fixture->items->len > 0);
  /* the queued one goes while the other runs */
  first = fixture_call (fixture->connection, queued, JOB_INTERFACE, "Cancel", NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 1);
  state = fixture_get_property (fixture, long_one, JOB_INTERFACE, "State");
  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "running");

  begin = g_get_monotonic_time ();
  second = fixture_call (fixture->connection, long_one, JOB_INTERFACE, "Cancel", NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 2);
  g_assert_cmpuint (fixture->code, ==, 1);
  g_assert_cmpuint (fixture->items->len, <, 5000);
  g_test_message ("cancelled after %d ms", (int) (g_get_monotonic_time () - begin) / 1000);
  g_clear_pointer (&first, g_variant_unref);
  /* once more does nothing */
  first = fixture_call (fixture->connection, long_one, JOB_INTERFACE, "Cancel", NULL, &error);
  g_assert_no_error (error);
}

static gboolean
is_loading (Fixture *fixture, const char *job)
{
  g_autoptr (GVariant) state = fixture_get_property (fixture, job, JOB_INTERFACE, "State");

  return g_str_equal (g_variant_get_string (state, NULL), "loading");
}

/* In something that cannot be stopped, as a driver that compiles may be: a file that somebody is still to
 * write.  The job ends all the same, and the next one goes on from there. */
static void
test_cancel_stuck (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "data", "persea", "vocabularies", NULL);
  g_autofree char *pipe = g_build_filename (folder, "background.txt", NULL);
  g_autofree char *stuck = NULL;
  g_autofree char *next = NULL;
  g_autoptr (GVariant) cancelled = NULL;
  g_autoptr (GError) error = NULL;
  int file;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  fixture_start (fixture);
  stuck = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (is_loading (fixture, stuck));
  cancelled = fixture_call (fixture->connection, stuck, JOB_INTERFACE, "Cancel", NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 1);

  next = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  file = open (pipe, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (file, >=, 0);
  g_assert_cmpint (g_unlink (pipe), ==, 0);
  close (file);
  spin_until (fixture->n_finished == 2);
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_cmpuint (fixture->items->len, ==, 1);
}

static gboolean
has_jobs (Fixture *fixture)
{
  g_autoptr (GVariant) jobs = fixture_get_property (fixture, PATH, NAME, "Jobs");

  g_usleep (20000);
  return g_variant_n_children (jobs) > 0;
}

static void
test_client_leaves (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDBusConnection) other = fixture_connect (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *mortal = NULL;
  g_autofree char *lasting = NULL;

  fixture_start (fixture);
  mortal = fixture_tag_on (other, fixture->uri, 5000, "{'tags': <'cat,dog'>}", &error);
  g_assert_no_error (error);
  lasting = fixture_tag_on (other, fixture->uri, 3, "{'tags': <'cat,dog'>, 'lasting': <true>}", &error);
  g_assert_no_error (error);
  g_assert_true (has_jobs (fixture));
  g_dbus_connection_close_sync (other, NULL, NULL);
  /* the signals of a lasting job are for everybody, the others' are not */
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_cmpuint (fixture->items->len, ==, 3);
  while (has_jobs (fixture))
    ;
  g_assert_cmpuint (fixture->n_finished, ==, 1);
}

static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) twice = NULL;
  g_autofree char *path = NULL;
  unsigned n = 0;

  fixture_start (fixture);
  path = fixture_tag (fixture, 2000, "{'tags': <'cat,dog'>, 'token': <'mine'>}");
  g_assert_null (fixture_tag_on (fixture->connection, fixture->uri, 1, "{'token': <'mine'>}", &twice));
  g_assert_true (g_str_has_prefix (twice->message, ERROR_PREFIX "InvalidArgument: token"));
  for (;; n++)
    {
      g_autofree char *more = fixture_tag_on (fixture->connection, fixture->uri, 1,
                                              "{'priority': <'background'>}", &error);

      if (more == NULL)
        break;
      g_assert_cmpuint (n, <, 100);
    }
  g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "Busy: "));
  g_assert_cmpuint (n, ==, 63);
}

static void
on_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  ((Fixture *) user_data)->vanished = TRUE;
}

/* Started by the bus, it leaves by itself. */
static void
test_activation (Fixture *fixture, gconstpointer data)
{
  g_autofree char *services = g_build_filename (fixture->folder, "services", NULL);
  g_autofree char *file = g_build_filename (services, NAME ".service", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GVariant) version = NULL;

  fixture_write_settings (fixture, "leave-after=1");
  text = g_strdup_printf ("[D-BUS Service]\nName=" NAME "\n"
                          "Exec=/usr/bin/env XDG_CONFIG_HOME=%s/config XDG_DATA_HOME=%s/data"
                          " XDG_CACHE_HOME=%s/cache %s\n",
                          fixture->folder, fixture->folder, fixture->folder, g_getenv ("PERSEAD"));
  g_mkdir (services, 0700);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_dbus_connection_close_sync (fixture->connection, NULL, NULL);
  g_object_unref (fixture->connection);
  g_test_dbus_down (fixture->bus);
  g_object_unref (fixture->bus);
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_add_service_dir (fixture->bus, services);
  g_test_dbus_up (fixture->bus);
  fixture->connection = fixture_connect (fixture);

  version = fixture_get_property (fixture, PATH, NAME, "Version");
  g_assert_cmpstr (g_variant_get_string (version, NULL), ==, PERSEA_VERSION);
  g_bus_watch_name_on_connection (fixture->connection, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                  on_vanished, fixture, NULL);
  spin_until (fixture->vanished);
}

static void
test_only_one (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) second = NULL;
  g_autoptr (GError) error = NULL;

  fixture_start (fixture);
  second = fixture_spawn (fixture);
  g_subprocess_wait (second, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (second), ==, 1);
}

/* A folder is watched as soon as the settings say so; and no work is done twice. */
static void
test_watch (Fixture *fixture, gconstpointer data)
{
  g_autofree char *photos = g_build_filename (fixture->folder, "photos", NULL);
  g_autofree char *watch = g_strdup_printf ("[watch a]\nfolder=%s\ntags=cat,dog\ntop=1\n"
                                            "threshold=0",
                                            photos);
  g_autofree char *sidecar = g_build_filename (photos, "new.png.xmp", NULL);
  g_autofree char *path = NULL;

  g_mkdir (photos, 0700);
  fixture_start (fixture);
  fixture_write_settings (fixture, watch);
  path = fixture_copy_picture (fixture, "photos/new.png");
  spin_until (g_file_test (sidecar, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("/persead/properties", test_properties);
  ADD ("/persead/tag", test_tag);
  ADD ("/persead/items", test_items);
  ADD ("/persead/descriptors", test_descriptors);
  ADD ("/persead/write", test_write);
  ADD ("/persead/refused", test_refused);
  ADD ("/persead/no-model", test_no_model);
  ADD ("/persead/cancel", test_cancel);
  ADD ("/persead/cancel-stuck", test_cancel_stuck);
  ADD ("/persead/client-leaves", test_client_leaves);
  ADD ("/persead/limits", test_limits);
  ADD ("/persead/activation", test_activation);
  ADD ("/persead/only-one", test_only_one);
  ADD ("/persead/watch", test_watch);
#undef ADD
  return g_test_run ();
}
