/* test-persead-hostile.c - callers that are many, clumsy or malicious
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whatever happens, the daemon is there afterwards and does what it is asked for: tear_down() sees
 * to it that it leaves in order.  PERSEA_TEST_JOBS says how many jobs the memory test does.
 */
#include "config.h"

#include "persead-fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>

#define CLIENTS 100
#define FLOOD 10000
#define FLOOD_AT_ONCE 100 /* the bus allows 128 calls without an answer */
#define JOBS 10000
#define JOBS_WARM 2000 /* until everything is allocated that is kept */
#define JOBS_AT_ONCE 40
#define MAX_GROWTH 4096 /* KiB from then on */

typedef struct
{
  unsigned n_ok;
  unsigned n_busy;
  unsigned n_other;
  unsigned n_waited;
} Count;

/* KiB */
static unsigned
get_memory (Fixture *fixture)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (fixture->daemon));
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  line = strstr (text, "VmRSS:");
  g_assert_nonnull (line);
  return atoi (line + strlen ("VmRSS:"));
}

static unsigned
count_files (Fixture *fixture)
{
  g_autofree char *path
    = g_strdup_printf ("/proc/%s/fd", g_subprocess_get_identifier (fixture->daemon));
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  unsigned n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Count *count = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) end
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 code = 9;

  count->n_waited++;
  if (end != NULL)
    g_variant_get (end, "(ua{sv})", &code, NULL);
  if (code == 0)
    count->n_ok++;
  else
    count->n_other++;
}

static void
test_hundred_clients (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *clients[CLIENTS];
  Count count = { 0 };

  fixture_start (fixture);
  for (unsigned i = 0; i < CLIENTS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = NULL;

      clients[i] = fixture_connect (fixture);
      path = fixture_tag_on (clients[i], fixture->uri, 2, "{'tags': <'cat,dog'>}", &error);
      g_assert_no_error (error);
      g_dbus_connection_call (clients[i], NAME, path, JOB_INTERFACE, "Wait", NULL, NULL,
                              G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, on_waited, &count);
    }
  spin_until (count.n_waited == CLIENTS);
  g_assert_cmpuint (count.n_ok, ==, CLIENTS);
  for (unsigned i = 0; i < CLIENTS; i++)
    {
      g_dbus_connection_close_sync (clients[i], NULL, NULL);
      g_object_unref (clients[i]);
    }
  fixture_check_alive (fixture);
}

static gboolean
has_jobs (Fixture *fixture)
{
  g_autoptr (GVariant) jobs = fixture_get_property (fixture, PATH, NAME, "Jobs");

  return g_variant_n_children (jobs) > 0;
}

/* Clients that die without a word, in the middle of what they asked for. */
static void
test_dying (Fixture *fixture, gconstpointer data)
{
  fixture_start (fixture);
  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr (GDBusConnection) client = fixture_connect (fixture);
      g_autoptr (GError) error = NULL;
      g_autofree char *path = NULL;

      path = fixture_tag_on (client, fixture->uri, 10000, "{'tags': <'cat,dog'>}", &error);
      g_assert_no_error (error);
      g_dbus_connection_call (client, NAME, path, JOB_INTERFACE, "Wait", NULL, NULL,
                              G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, NULL, NULL);
      g_usleep (i * 1000);
      g_io_stream_close (g_dbus_connection_get_stream (client), NULL, NULL);
    }
  while (has_jobs (fixture))
    g_usleep (10000);
  fixture_check_alive (fixture);
}

/* Calls that the interface does not have, or not so. */
static void
test_malformed (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *interface, *method, *arguments;
  } calls[] = {
    { NAME, "Tag", "(1,)" },
    { NAME, "Tag", "('a', 'b')" },
    { NAME, "Tag", "(['a'], {1: <2>})" },
    { NAME, "Tag", "()" },
    { NAME, "Rank", "(['a'], ['b'])" },
    { NAME, "Generate", "(@ay [], @a{sv} {})" },
    { NAME, "NoSuchMethod", "()" },
    { NAME ".Nothing", "Tag", "(@as [], @a{sv} {})" },
    { JOB_INTERFACE, "Cancel", "()" },
    { "org.freedesktop.DBus.Properties", "Set", "('" NAME "', 'Version', <'9'>)" },
    { "org.freedesktop.DBus.Properties", "Get", "('" NAME "', 'Nothing')" },
  };

  fixture_start (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) arguments = g_variant_new_parsed (calls[i].arguments);

      g_assert_null (fixture_call (fixture->connection, PATH, calls[i].interface, calls[i].method,
                                   g_steal_pointer (&arguments), &error));
      g_test_message ("%s %s: %s", calls[i].method, calls[i].arguments, error->message);
      g_assert_true (g_dbus_error_is_remote_error (error));
    }
  fixture_check_alive (fixture);
}

static void
refuse (Fixture *fixture, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_call (fixture->connection, PATH, NAME, "Tag", arguments, &error));
  g_test_message ("%.200s", error->message);
  g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
  /* nothing is sent back that is as long as what came */
  g_assert_cmpuint (strlen (error->message), <, 1000);
}

static GVariant *
options_with (const char *key, GVariant *value)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", key, value);
  return g_variant_builder_end (&options);
}

/* Much too much of everything. */
static void
test_huge (Fixture *fixture, gconstpointer data)
{
  const size_t huge = 20 << 20;
  g_autofree char *text = g_malloc (huge + 1);
  g_autofree const char **uris = g_new0 (const char *, 200001);
  const char *const one[] = { fixture->uri, NULL };
  GVariant *nested = g_variant_new_int32 (0);
  g_autoptr (GError) error = NULL;

  fixture_start (fixture);
  memset (text, 'x', huge);
  text[huge] = '\0';
  for (unsigned i = 0; i < 200000; i++)
    uris[i] = fixture->uri;
  refuse (fixture, g_variant_new ("(^as@a{sv})", uris, options_with ("lasting", g_variant_new_boolean (FALSE))));
  refuse (fixture, g_variant_new ("(^as@a{sv})", one, options_with (text, g_variant_new_int32 (1))));
  refuse (fixture, g_variant_new ("(^as@a{sv})", one, options_with ("token", g_variant_new_string (text))));
  /* variants in variants, as deep as a message may have them */
  for (unsigned i = 0; i < 50; i++)
    nested = g_variant_new_variant (nested);
  refuse (fixture, g_variant_new ("(^as@a{sv})", one, options_with ("tags", nested)));
  /* a message that names what came */
  g_assert_null (fixture_call (fixture->connection, PATH, NAME ".Library", "Search",
                               g_variant_new ("(s@a{sv})", "a cat", options_with ("model", g_variant_new_string (text))),
                               &error));
  g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "NotFound: "));
  g_assert_cmpuint (strlen (error->message), <, 1000);
  fixture_check_alive (fixture);
}

/* Descriptors of everything but pictures, some of which cannot even be read; and none at all. */
static void
test_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autofree char *empty = g_build_filename (fixture->folder, "empty", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder handles;
  GVariant *options;
  int files[] = {
    open ("/dev/zero", O_RDONLY | O_CLOEXEC),
    open ("/", O_RDONLY | O_CLOEXEC),
    open (empty, O_RDWR | O_CREAT | O_CLOEXEC, 0600),
    open (fixture->picture, O_PATH | O_CLOEXEC),
    open (fixture->picture, O_WRONLY | O_CLOEXEC),
    socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
    open ("/proc/self/mem", O_RDWR | O_CLOEXEC),
  };

  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_assert_cmpint (files[i], >=, 0);
      g_variant_builder_add (&handles, "h", g_unix_fd_list_append (list, files[i], &error));
      g_assert_no_error (error);
      close (files[i]);
    }
  options = g_variant_new_parsed ("{'tags': <'cat,dog'>, 'files': <%*>}",
                                  g_variant_builder_end (&handles));
  fixture_start (fixture);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
    fixture->connection, NAME, PATH, NAME, "Tag",
    g_variant_new ("(as@a{sv})", NULL, options), NULL, G_DBUS_CALL_FLAGS_NONE, -1, list, NULL, NULL,
    &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->items->len, ==, G_N_ELEMENTS (files));
  for (unsigned i = 0; i < fixture->items->len; i++)
    g_assert_nonnull (fixture_item_error (fixture, i));
  refuse (fixture, g_variant_new ("(as@a{sv})", NULL,
                                  g_variant_new_parsed ("{'files': <[@h 0, @h 1000000, @h -1]>}")));
  fixture_check_alive (fixture);
}

#define FILES_OF_ONE 16 /* more in a message are not what every bus allows */
#define FILES_CALLS 60
#define FILES_CLIENTS 5

/* @n times the picture as a descriptor, when nothing else is to be done.  Returns: whether it was taken */
static gboolean
pass_files (Fixture *fixture, GDBusConnection *client, unsigned n)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder handles;
  int file = open (fixture->picture, O_RDONLY | O_CLOEXEC);

  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  for (unsigned i = 0; i < n; i++)
    g_variant_builder_add (&handles, "h", g_unix_fd_list_append (list, file, NULL));
  close (file);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
    client, NAME, PATH, NAME, "Tag",
    g_variant_new ("(as@a{sv})", NULL,
                   g_variant_new_parsed ("{'tags': <'cat,dog'>, 'priority': <'background'>,"
                                         " 'files': <%*>}",
                                         g_variant_builder_end (&handles))),
    NULL, G_DBUS_CALL_FLAGS_NONE, -1, list, NULL, NULL, &error);
  if (reply == NULL)
    g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "Busy: "));
  return reply != NULL;
}

/* More descriptors than a process has at first, in jobs that wait behind a long one: they are held
 * within bounds, and go with their caller. */
static void
test_many_descriptors (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *clients[FILES_CLIENTS];
  g_autofree const char **uris = g_new0 (const char *, 10001);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  unsigned n_taken = 0, before;

  for (unsigned i = 0; i < 10000; i++)
    uris[i] = fixture->uri;
  fixture_start (fixture);
  fixture_check_alive (fixture);
  before = count_files (fixture);
  for (unsigned i = 0; i < FILES_CLIENTS; i++)
    clients[i] = fixture_connect (fixture);
  reply = fixture_call (clients[0], PATH, NAME, "Embed",
                        g_variant_new ("(^as@a{sv})", uris, g_variant_new_parsed ("@a{sv} {}")), &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < FILES_CALLS * FILES_CLIENTS; i++)
    n_taken += pass_files (fixture, clients[i / FILES_CALLS], FILES_OF_ONE);
  g_test_message ("%u files open, %u jobs of %u taken", count_files (fixture), n_taken,
                  FILES_CALLS * FILES_CLIENTS);
  g_assert_cmpuint (n_taken, >, 1024 / FILES_OF_ONE);
  g_assert_cmpuint (n_taken, <, FILES_CALLS * FILES_CLIENTS);
  for (unsigned i = 0; i < FILES_CLIENTS; i++)
    {
      g_dbus_connection_close_sync (clients[i], NULL, NULL);
      g_object_unref (clients[i]);
    }
  while (has_jobs (fixture))
    g_usleep (10000);
  fixture_check_alive (fixture);
  /* a job's files are closed when its work lets go of it, a moment after its end */
  for (unsigned i = 0; i < 1000 && count_files (fixture) > before + 10; i++)
    g_usleep (10000);
  g_assert_cmpuint (count_files (fixture), <=, before + 10);
}

/* Names of files that are none, or would never end: the job fails. */
static void
test_paths (Fixture *fixture, gconstpointer data)
{
  static const char *const options[] = {
    "{'vocabulary': <'/dev/zero'>}",         "{'vocabulary': <'/'>}",
    "{'vocabulary': <'/proc/self/mem'>}",    "{'model': <'/dev/zero'>}",
    "{'model': <'/proc'>}",                  "{'vocabulary': <'FIFO'>}",
    "{'model': <'FIFO'>}",                   "{'vocabulary': <'/nowhere'>}",
  };
  g_autofree char *fifo = g_build_filename (fixture->folder, "fifo", NULL);

  fixture_start (fixture);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (GString) text = g_string_new (options[i]);
      g_autofree char *path = NULL;

      g_string_replace (text, "FIFO", fifo, 0);
      path = fixture_tag (fixture, 1, text->str);
      g_test_message ("%s", text->str);
      spin_until (fixture->n_finished == i + 1);
      g_assert_cmpuint (fixture->code, ==, 2);
    }
  fixture_check_alive (fixture);
}

static void
on_flooded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Count *count = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    count->n_ok++;
  else if (g_str_has_prefix (error->message, ERROR_PREFIX "Busy: "))
    count->n_busy++;
  else
    count->n_other++;
}

/* Ten thousand jobs, without waiting for one: some are taken, the others are refused. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  const char *const uris[] = { fixture->uri, NULL };
  Count count = { 0 };

  fixture_start (fixture);
  for (unsigned i = 0; i < FLOOD; i++)
    {
      spin_until (i - (count.n_ok + count.n_busy + count.n_other) < FLOOD_AT_ONCE);
      g_dbus_connection_call (fixture->connection, NAME, PATH, NAME, "Tag",
                              g_variant_new ("(^as@a{sv})", uris,
                                             g_variant_new_parsed ("{'tags': <'cat,dog'>}")),
                              NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, on_flooded, &count);
    }
  spin_until (count.n_ok + count.n_busy + count.n_other == FLOOD);
  g_test_message ("%u taken, %u busy", count.n_ok, count.n_busy);
  g_assert_cmpuint (count.n_other, ==, 0);
  g_assert_cmpuint (count.n_busy, >, 0);
  spin_until (fixture->n_finished == count.n_ok);
  fixture_check_alive (fixture);
}

/* Jobs come and go, whatever comes of them, and nothing stays. */
static void
test_memory (Fixture *fixture, gconstpointer data)
{
  static const char *const uris[] = { "http://a/b.png", NULL };
  const char *wanted = g_getenv ("PERSEA_TEST_JOBS");
  unsigned n_jobs = wanted != NULL ? atoi (wanted) : JOBS;
  unsigned done = 0, memory = 0, files = 0;

  fixture_start (fixture);
  while (done < n_jobs)
    {
      Count count = { 0 };

      for (unsigned i = 0; i < JOBS_AT_ONCE; i++)
        g_dbus_connection_call (fixture->connection, NAME, PATH, NAME, "Tag",
                                g_variant_new ("(^as@a{sv})", uris,
                                               g_variant_new_parsed ("{'tags': <'cat,dog'>}")),
                                NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, on_flooded, &count);
      spin_until (count.n_ok + count.n_busy + count.n_other == JOBS_AT_ONCE);
      g_assert_cmpuint (count.n_ok, ==, JOBS_AT_ONCE);
      done += JOBS_AT_ONCE;
      spin_until (fixture->n_finished == done);
      g_ptr_array_set_size (fixture->items, 0);
      if (memory == 0 && done >= MIN (JOBS_WARM, n_jobs / 2))
        {
          memory = get_memory (fixture);
          files = count_files (fixture);
        }
    }
  g_test_message ("%u KiB after the first jobs, %u after %u", memory, get_memory (fixture), done);
  g_assert_cmpuint (get_memory (fixture), <, memory + MAX_GROWTH);
  g_assert_cmpuint (count_files (fixture), <=, files + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("/persead-hostile/hundred-clients", test_hundred_clients);
  ADD ("/persead-hostile/dying", test_dying);
  ADD ("/persead-hostile/malformed", test_malformed);
  ADD ("/persead-hostile/huge", test_huge);
  ADD ("/persead-hostile/descriptors", test_descriptors);
  ADD ("/persead-hostile/many-descriptors", test_many_descriptors);
  ADD ("/persead-hostile/paths", test_paths);
  ADD ("/persead-hostile/flood", test_flood);
  ADD ("/persead-hostile/memory", test_memory);
#undef ADD
  return g_test_run ();
}
