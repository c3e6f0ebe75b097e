/* test-watches.c - watched folders: on the bus, by the command line, by editing persea.conf
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persead-fixture.h"

#include <signal.h>
#include <string.h>

#include <glib/gstdio.h>

#define WATCH_INTERFACE "org.persea.Persea1.Watch"

static char *
at (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static gboolean
exists (Fixture *fixture, const char *name)
{
  g_autofree char *path = at (fixture, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Every picture is another one: what follows the end of a PNG counts for nothing. */
static void
put_picture (Fixture *fixture, const char *name)
{
  g_autofree char *path = fixture_copy_picture (fixture, name);
  g_autofree char *contents = NULL;
  g_autofree char *bytes = NULL;
  size_t length = 0;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  bytes = g_malloc (length + strlen (name));
  memcpy (bytes, contents, length);
  memcpy (bytes + length, name, strlen (name));
  g_assert_true (g_file_set_contents (path, bytes, length + strlen (name), NULL));
}

static char *
read_settings (Fixture *fixture)
{
  g_autofree char *path = at (fixture, "config/persea/persea.conf");
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
write_settings (Fixture *fixture, const char *text)
{
  g_autofree char *path = at (fixture, "config/persea/persea.conf");

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
add_watch (Fixture *fixture, const char *folder, const char *options, GError **error)
{
  g_autoptr (GVariant) parsed = g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  char *path = NULL;

  g_assert_nonnull (parsed);
  reply = fixture_call (fixture->connection, PATH, NAME, "AddWatch",
                        g_variant_new ("(s@a{sv})", folder, parsed), error);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

static unsigned
get_count (Fixture *fixture, const char *watch, const char *name)
{
  g_autoptr (GVariant) value = fixture_get_property (fixture, watch, WATCH_INTERFACE, name);

  return g_variant_get_uint32 (value);
}

static char *
get_text (Fixture *fixture, const char *watch, const char *name)
{
  g_autoptr (GVariant) value = fixture_get_property (fixture, watch, WATCH_INTERFACE, name);

  return g_variant_dup_string (value, NULL);
}

static gboolean
has_state (Fixture *fixture, const char *watch, const char *state)
{
  g_autofree char *found = get_text (fixture, watch, "State");

  return strcmp (found, state) == 0;
}

static unsigned
count_watches (Fixture *fixture)
{
  g_autoptr (GVariant) value = fixture_get_property (fixture, PATH, NAME, "Watches");

  return g_variant_n_children (value);
}

static void
call_watch (Fixture *fixture, const char *watch, const char *method)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = fixture_call (fixture->connection, watch, WATCH_INTERFACE, method, NULL,
                                             &error);

  g_assert_no_error (error);
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  g_autofree char *photos = at (fixture, "my photos");
  g_autoptr (GError) error = NULL;
  g_autofree char *watch = NULL;
  g_autofree char *paused = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  fixture_write_settings (fixture, "# a comment");
  before = read_settings (fixture);
  g_mkdir (photos, 0700);
  put_picture (fixture, "my photos/a.png");
  fixture_start (fixture);
  g_assert_cmpuint (count_watches (fixture), ==, 0);
  watch = add_watch (fixture, photos,
                     "{'tags': <'cat,dog'>, 'top': <@u 1>, 'threshold': <0.0>, 'recursive': <false>}",
                     &error);
  g_assert_no_error (error);
  g_assert_cmpstr (watch, ==, PATH "/watch/my_20photos");
  g_assert_cmpuint (count_watches (fixture), ==, 1);
  spin_until (get_count (fixture, watch, "Done") == 1);
  g_assert_true (has_state (fixture, watch, "watching"));
  g_assert_true (exists (fixture, "my photos/a.png.xmp"));

  call_watch (fixture, watch, "Pause");
  g_assert_true (has_state (fixture, watch, "paused"));
  paused = read_settings (fixture);
  g_assert_nonnull (strstr (paused, "\npaused=true\n"));
  put_picture (fixture, "my photos/b.png");
  spin_until (get_count (fixture, watch, "Waiting") == 1);
  g_assert_false (exists (fixture, "my photos/b.png.xmp"));
  call_watch (fixture, watch, "Resume");
  spin_until (get_count (fixture, watch, "Done") == 2);

  call_watch (fixture, watch, "Remove");
  g_assert_cmpuint (count_watches (fixture), ==, 0);
  after = read_settings (fixture);
  g_assert_cmpstr (after, ==, before);
}

static void
test_failed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *photos = at (fixture, "photos");
  g_autofree char *damaged = at (fixture, "photos/damaged.png");
  g_autofree char *uri = g_filename_to_uri (damaged, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) files = NULL;
  g_autofree char *watch = NULL;
  const char *found = NULL;
  const char *name = NULL;

  g_mkdir (photos, 0700);
  g_assert_true (g_file_set_contents (damaged, "\x89PNG\r\n\x1a\nno more", -1, NULL));
  fixture_start (fixture);
  watch = add_watch (fixture, photos, "{'tags': <'cat,dog'>}", &error);
  g_assert_no_error (error);
  spin_until (get_count (fixture, watch, "Failed") == 1);
  reply = fixture_call (fixture->connection, watch, WATCH_INTERFACE, "GetFailed",
                        g_variant_new ("(u)", 10), &error);
  g_assert_no_error (error);
  files = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (files), ==, 1);
  g_variant_get_child (files, 0, "(&s&s&s)", &found, &name, NULL);
  g_assert_cmpstr (found, ==, uri);
  g_assert_true (g_str_has_prefix (name, "org.persea.Persea1.Error."));
  g_unlink (damaged);
  spin_until (get_count (fixture, watch, "Failed") == 0);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const char *const cases[][2] = {
    { "photos", "{}" },
    { "", "{}" },
    { "/", "{}" },
    { "/proc/self", "{}" },
    { "http://example.org/photos", "{}" },
    { "/photos\n[persea]", "{}" },
    { "/photos", "{'treshold': <0.5>}" },
    { "/photos", "{'threshold': <2.0>}" },
    { "/photos", "{'top': <3>}" },
    { "/photos", "{'tags': <['a', 'b']>}" },
    { "/photos", "{'folder': <'/x'>}" },
    { "/photos", "{'a=b\nc': <'/x'>}" },
    { "/photos", "{'tags': <'a\n[persea]'>}" },
    { "/photos", "{'vocabulary': <'../x'>}" },
    { "/photos", "{'name': <'x]\n[watch y'>}" },
    { "/photos", "{'mode': <'generate'>, 'tags': <'a'>}" },
  };
  g_autofree char *before = read_settings (fixture);
  g_autofree char *settings = at (fixture, "config/persea/persea.conf");
  g_autofree char *after = NULL;
  g_autoptr (GError) no_file = NULL;

  fixture_start (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *watch = add_watch (fixture, cases[i][0], cases[i][1], &error);

      g_test_message ("%s %s: %s", cases[i][0], cases[i][1], error != NULL ? error->message : watch);
      g_assert_null (watch);
      g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
    }
  after = read_settings (fixture);
  g_assert_cmpstr (after, ==, before);

  /* whatever it is, the error has a name of ours */
  g_assert_cmpint (g_unlink (settings), ==, 0);
  g_assert_cmpint (g_mkdir (settings, 0700), ==, 0);
  g_assert_null (add_watch (fixture, "/photos", "{}", &no_file));
  g_test_message ("%s", no_file->message);
  g_assert_true (g_str_has_prefix (no_file->message, ERROR_PREFIX));
}

/* What is wrong in the file is said, and what was right before goes on. */
static void
test_edited (Fixture *fixture, gconstpointer data)
{
  static const char watch[] = PATH "/watch/a";
  static const char other[] = PATH "/watch/b";
  g_autofree char *photos = at (fixture, "photos");
  g_autofree char *lines = g_strdup_printf ("[watch a]\nfolder=%s\ntags=cat,dog\ntop=1\nthreshold=0\n",
                                            photos);
  g_autofree char *reason = NULL;
  g_autofree char *sound = NULL;
  g_autofree char *broken = NULL;

  g_mkdir (photos, 0700);
  fixture_write_settings (fixture, lines);
  sound = read_settings (fixture);
  fixture_start (fixture);
  spin_until (has_state (fixture, watch, "watching"));
  broken = g_strconcat (sound, "root-tag=a;b\n[watch b]\nfolder=nowhere\n", NULL);
  write_settings (fixture, broken);
  spin_until (count_watches (fixture) == 2);
  g_assert_true (has_state (fixture, watch, "watching"));
  reason = get_text (fixture, watch, "Reason");
  g_assert_nonnull (strstr (reason, "persea.conf:"));
  g_assert_true (has_state (fixture, other, "broken"));
  put_picture (fixture, "photos/a.png");
  spin_until (get_count (fixture, watch, "Done") == 1);
  write_settings (fixture, sound);
  spin_until (count_watches (fixture) == 1);
  g_free (reason);
  reason = get_text (fixture, watch, "Reason");
  g_assert_cmpstr (reason, ==, "");
}

/* What is deleted does not count, whoever watches; what moves keeps its tags. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  static const char watch[] = PATH "/watch/a";
  g_autofree char *photos = at (fixture, "photos");
  g_autofree char *below = at (fixture, "photos/below");
  g_autofree char *elsewhere = at (fixture, "elsewhere");
  g_autofree char *first = at (fixture, "photos/a.png");
  g_autofree char *second = at (fixture, "photos/b.png");
  g_autofree char *renamed = at (fixture, "photos/c.png");
  g_autofree char *lines = g_strdup_printf ("[watch a]\nfolder=%s\ntags=cat,dog\ntop=1\nthreshold=0\n",
                                            photos);

  g_mkdir (photos, 0700);
  g_mkdir (below, 0700);
  put_picture (fixture, "photos/a.png");
  put_picture (fixture, "photos/b.png");
  put_picture (fixture, "photos/below/d.png");
  fixture_write_settings (fixture, lines);
  fixture_start (fixture);
  spin_until (get_count (fixture, watch, "Done") == 3);
  g_unlink (first);
  spin_until (get_count (fixture, watch, "Done") == 2);
  g_assert_cmpint (g_rename (below, elsewhere), ==, 0);
  spin_until (get_count (fixture, watch, "Done") == 1);

  g_subprocess_send_signal (fixture->daemon, SIGTERM);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_clear_object (&fixture->daemon);
  g_assert_cmpint (g_rename (second, renamed), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, below), ==, 0);
  fixture_start (fixture);
  spin_until (exists (fixture, "photos/c.png.xmp"));
  spin_until (get_count (fixture, watch, "Done") == 2 && get_count (fixture, watch, "Waiting") == 0);
}

/* persea watch with these words.  Returns: (transfer full): what it says */
static char *
command (Fixture *fixture, int expected, const char *first, const char *second, const char *third)
{
  const char *argv[] = { g_getenv ("PERSEA"), "watch", first, second, third, NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  fixture_set_environment (fixture, launcher);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &text, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", text);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, expected);
  return text;
}

static void
test_command (Fixture *fixture, gconstpointer data)
{
  g_autofree char *photos = at (fixture, "photos");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *none = NULL;
  g_autofree char *added = NULL;
  g_autofree char *again = NULL;
  g_autofree char *wrong = NULL;
  g_autofree char *absent = NULL;
  g_autofree char *paused = NULL;
  g_autofree char *off = NULL;
  g_autofree char *removed = NULL;
  g_autofree char *missing = NULL;

  fixture_write_settings (fixture, "# mine");
  before = read_settings (fixture);
  none = command (fixture, 0, "list", NULL, NULL);
  g_assert_nonnull (strstr (none, "persea watch add"));
  fixture_start (fixture);
  added = command (fixture, 0, "add", photos, "top=1");
  g_assert_null (strstr (added, "systemctl"));
  again = command (fixture, 1, "add", photos, NULL);
  wrong = command (fixture, 1, "add", "/nowhere", "top=many");
  g_assert_nonnull (strstr (wrong, "many"));
  spin_until (count_watches (fixture) == 1);
  absent = command (fixture, 0, "list", "--json", NULL);
  g_assert_nonnull (strstr (absent, "\"state\":\"absent\""));
  g_free (command (fixture, 0, "pause", photos, NULL));
  spin_until (has_state (fixture, PATH "/watch/photos", "paused"));
  paused = command (fixture, 0, "list", NULL, NULL);
  g_assert_nonnull (strstr (paused, "paused"));

  g_subprocess_send_signal (fixture->daemon, SIGTERM);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_clear_object (&fixture->daemon);
  g_free (command (fixture, 0, "resume", "photos", NULL));
  off = command (fixture, 0, "list", "--json", NULL);
  g_assert_nonnull (strstr (off, "\"state\":\"off\""));
  removed = command (fixture, 0, "remove", photos, NULL);
  g_assert_nonnull (strstr (removed, "systemctl"));
  missing = command (fixture, 1, "remove", photos, NULL);
  after = read_settings (fixture);
  g_assert_cmpstr (after, ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("/watches/life", test_life);
  ADD ("/watches/failed", test_failed);
  ADD ("/watches/refused", test_refused);
  ADD ("/watches/edited", test_edited);
  ADD ("/watches/gone", test_gone);
  ADD ("/watches/command", test_command);
#undef ADD
  return g_test_run ();
}
