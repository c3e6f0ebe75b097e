/* test-persead-library.c - Index, Search, FindDuplicates, and persea search where persead runs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persead-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

#define LIBRARY_INTERFACE "org.persea.Persea1.Library"

/* (transfer full): a sample of the Orchard in the fixture's folder */
static char *
add_sample (Fixture *fixture, const char *sample, const char *name)
{
  g_autofree char *from = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "samples", sample, NULL);
  g_autofree char *folder = g_build_filename (fixture->folder, "pictures", NULL);
  char *to = g_build_filename (folder, name, NULL);
  g_autofree char *contents = NULL;
  gsize size;

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_get_contents (from, &contents, &size, NULL));
  g_assert_true (g_file_set_contents_full (to, contents, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  return to;
}

static char *
get_folder_uri (Fixture *fixture)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "pictures", NULL);

  return g_filename_to_uri (folder, NULL, NULL);
}

static void
index_pictures (Fixture *fixture)
{
  g_autofree char *uri = get_folder_uri (fixture);
  const char *const uris[] = { uri, "file:///nowhere/at/all.png", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  unsigned before = fixture->n_finished;

  reply = fixture_call (fixture->connection, PATH, NAME, "Index",
                        g_variant_new ("(^as@a{sv})", uris, g_variant_new_parsed ("@a{sv} {}")), &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == before + 1);
  g_assert_cmpuint (fixture->code, ==, 0);
}

/* Returns: a(sd), or %NULL with @error */
static GVariant *
search (Fixture *fixture, const char *words, const char *options, GError **error)
{
  g_autoptr (GVariant) dictionary = g_variant_ref_sink (g_variant_new_parsed (options));
  g_autoptr (GVariant) reply = fixture_call (fixture->connection, PATH, LIBRARY_INTERFACE, "Search",
                                             g_variant_new ("(s@a{sv})", words, dictionary), error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static unsigned
count_found (Fixture *fixture, const char *words, const char *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) found = search (fixture, words, options, &error);

  g_assert_no_error (error);
  g_test_message ("%s %s: %u", words, options, (unsigned) g_variant_n_children (found));
  return g_variant_n_children (found);
}

static void
make_collection (Fixture *fixture)
{
  g_free (add_sample (fixture, "armchair-avocado.png", "chair.png"));
  g_free (add_sample (fixture, "lamp-wool.png", "lamp.png"));
  g_free (add_sample (fixture, "lamp-wool.png", "lamp-again.png"));
}

static void
test_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *uri = get_folder_uri (fixture);
  g_autofree char *broken = g_build_filename (fixture->folder, "pictures", "broken.png", NULL);
  gboolean seen = FALSE;

  make_collection (fixture);
  g_assert_true (g_file_set_contents (broken, "no picture", -1, NULL));
  fixture_start (fixture);
  index_pictures (fixture);
  g_assert_cmpuint (fixture->items->len, ==, 2);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) values = NULL;
      const char *own = NULL;
      guint32 index, pictures = 0, failed = 0;

      g_variant_get (g_ptr_array_index (fixture->items, i), "(u@a{sv})", &index, &values);
      if (index == 1)
        {
          g_assert_true (g_str_has_suffix (fixture_item_error (fixture, i), "NotFound"));
          continue;
        }
      seen = TRUE;
      g_assert_true (g_variant_lookup (values, "uri", "&s", &own));
      g_assert_cmpstr (own, ==, uri);
      g_assert_true (g_variant_lookup (values, "pictures", "u", &pictures));
      g_assert_true (g_variant_lookup (values, "failed", "u", &failed));
      g_assert_cmpuint (pictures, ==, 3);
      g_assert_cmpuint (failed, ==, 1);
    }
  g_assert_true (seen);
}

static guint64
get_info_number (Fixture *fixture, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = fixture_call (fixture->connection, PATH, NAME, "GetInfo", NULL, &error);
  g_autoptr (GVariant) info = NULL;
  guint64 number = 0;

  g_assert_no_error (error);
  info = g_variant_get_child_value (reply, 0);
  g_assert_true (g_variant_lookup (info, key, "t", &number));
  return number;
}

/* What is kept for searches counts as memory. */
static void
test_memory (Fixture *fixture, gconstpointer data)
{
  guint64 memory;

  make_collection (fixture);
  fixture_start (fixture);
  index_pictures (fixture);
  g_assert_cmpuint (get_info_number (fixture, "search-memory"), ==, 0);
  memory = get_info_number (fixture, "memory");
  g_assert_cmpuint (memory, >, 0);
  g_assert_cmpuint (count_found (fixture, "a lamp", "@a{sv} {}"), ==, 3);
  spin_until (get_info_number (fixture, "search-memory") > 0);
  g_assert_cmpuint (get_info_number (fixture, "memory"), ==,
                    memory + get_info_number (fixture, "search-memory"));
}

static void
test_search (Fixture *fixture, gconstpointer data)
{
  g_autofree char *uri = get_folder_uri (fixture);
  g_autofree char *folder = g_strdup_printf ("{'folder': <'%s'>, 'top': <@u 1>}", uri);
  g_autofree char *picture = g_strdup_printf ("{'picture': <'%s/chair.png'>}", uri);
  g_autofree char *two = g_strdup_printf ("{'picture': <['%s/chair.png', '%s/lamp.png']>}", uri, uri);
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GError) error = NULL;
  const char *first;
  double score;

  make_collection (fixture);
  fixture_start (fixture);
  g_assert_cmpuint (count_found (fixture, "a lamp", "@a{sv} {}"), ==, 0);
  index_pictures (fixture);

  found = search (fixture, "a lamp", "@a{sv} {}", &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_is_of_type (found, G_VARIANT_TYPE ("a(sd)")));
  g_assert_cmpuint (g_variant_n_children (found), ==, 3);
  g_variant_get_child (found, 0, "(&sd)", &first, &score);
  g_assert_true (g_str_has_prefix (first, uri));
  g_assert_cmpfloat (score, <=, 1);

  g_assert_cmpuint (count_found (fixture, "a lamp", folder), ==, 1);
  g_assert_cmpuint (count_found (fixture, "a lamp", "{'folder': <'file:///nowhere'>}"), ==, 0);
  g_assert_cmpuint (count_found (fixture, "a lamp", "{'minus': <['wool']>}"), ==, 3);
  g_assert_cmpuint (count_found (fixture, "a lamp", "{'tags': <['nothing']>}"), ==, 0);
  g_assert_cmpuint (count_found (fixture, "a lamp", "{'until': <@x 1000>}"), ==, 0);
  g_assert_cmpuint (count_found (fixture, "", picture), ==, 2); /* not itself */
  g_assert_cmpuint (count_found (fixture, "", two), ==, 3);
  g_assert_cmpuint (count_found (fixture, "", "{'words': <['a lamp', 'wool']>}"), ==, 3);

  /* what others have tagged meanwhile */
  g_free (add_sample (fixture, "fish-rainbow.png", "fish.png"));
  index_pictures (fixture);
  g_assert_cmpuint (count_found (fixture, "a fish", "@a{sv} {}"), ==, 4);
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy = fixture_copy_picture (fixture, "other.png");
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GError) error = NULL;
  int file = open (copy, O_RDONLY | O_CLOEXEC);

  make_collection (fixture);
  fixture_start (fixture);
  index_pictures (fixture);
  g_assert_cmpint (g_unix_fd_list_append (list, file, &error), ==, 0);
  close (file);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
    fixture->connection, NAME, PATH, LIBRARY_INTERFACE, "Search",
    g_variant_new ("(s@a{sv})", "", g_variant_new_parsed ("{'picture': <@h 0>}")), NULL,
    G_DBUS_CALL_FLAGS_NONE, PERSEAD_PATIENCE, list, NULL, NULL, &error);
  g_assert_no_error (error);
  found = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (found), ==, 3);
}

static void
test_duplicates (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) pause = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) groups = NULL;
  g_autoptr (GVariant) group = NULL;
  g_autoptr (GError) error = NULL;

  make_collection (fixture);
  fixture_start (fixture);
  index_pictures (fixture);
  /* that folders and jobs have to wait is nothing to somebody who waits for an answer */
  pause = fixture_call (fixture->connection, PATH, NAME, "PauseForProcess", g_variant_new ("(s)", "a film"), &error);
  g_assert_no_error (error);
  reply = fixture_call (fixture->connection, PATH, LIBRARY_INTERFACE, "FindDuplicates",
                        g_variant_new ("(@a{sv})", g_variant_new_parsed ("{'threshold': <1.0>}")), &error);
  g_assert_no_error (error);
  groups = g_variant_get_child_value (reply, 0);
  g_assert_true (g_variant_is_of_type (groups, G_VARIANT_TYPE ("aa(sd)")));
  g_assert_cmpuint (g_variant_n_children (groups), ==, 1);
  group = g_variant_get_child_value (groups, 0);
  g_assert_cmpuint (g_variant_n_children (group), ==, 2);
}

/* The same as a job, and to its end, whatever becomes of other calls. */
static void
test_list_duplicates (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (GVariant) groups = NULL;
  g_autoptr (GVariant) role = NULL;
  g_autoptr (GVariant) percentage = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) unknown = NULL;
  unsigned before;
  const char *job;
  guint32 pictures = 0;

  make_collection (fixture);
  fixture_start (fixture);
  index_pictures (fixture);
  before = fixture->n_finished;
  g_ptr_array_set_size (fixture->items, 0);
  reply = fixture_call (fixture->connection, PATH, NAME, "ListDuplicates",
                        g_variant_new_parsed ("({'threshold': <1.0>, 'token': <'twice'>},)"), &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(&o)", &job);
  g_assert_true (g_str_has_suffix (job, "/twice"));
  spin_until (fixture->n_finished == before + 1);
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_cmpuint (fixture->items->len, ==, 1);
  g_variant_get (g_ptr_array_index (fixture->items, 0), "(u@a{sv})", NULL, &values);
  g_assert_true (g_variant_lookup (values, "pictures", "u", &pictures));
  g_assert_cmpuint (pictures, ==, 2); /* one of them twice */
  groups = g_variant_lookup_value (values, "groups", G_VARIANT_TYPE ("aa(sd)"));
  g_assert_nonnull (groups);
  g_assert_cmpuint (g_variant_n_children (groups), ==, 1);
  role = fixture_get_property (fixture, job, JOB_INTERFACE, "Role");
  g_assert_cmpstr (g_variant_get_string (role, NULL), ==, "duplicates");
  percentage = fixture_get_property (fixture, job, JOB_INTERFACE, "Percentage");
  g_assert_cmpuint (g_variant_get_uint32 (percentage), ==, 100);

  refused = fixture_call (fixture->connection, PATH, NAME, "ListDuplicates",
                          g_variant_new_parsed ("({'minus': <['wool']>},)"), &unknown);
  g_assert_null (refused);
  g_assert_true (g_str_has_prefix (unknown->message, ERROR_PREFIX "InvalidArgument: minus"));
}

/* (transfer full): what persea search writes; @line: its arguments, separated by blanks, where "_" is one
 * in an argument; *said: (out): what it says meanwhile */
static char *
run_search (Fixture *fixture, const char *line, char **said)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *golden = fixture_golden ("clip/hf-quick");
  g_autofree char *model = g_canonicalize_filename (golden, NULL);
  g_autofree char *whole = g_strdup_printf ("%s search --verbose --model=MODEL --device=reference %s",
                                            g_getenv ("PERSEA"), line);
  g_auto (GStrv) arguments = g_strsplit (whole, " ", -1);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  for (char **argument = arguments + 5; *argument != NULL; argument++)
    g_strdelimit (*argument, "_", ' ');
  g_free (arguments[3]);
  arguments[3] = g_strconcat ("--model=", model, NULL);
  fixture_set_environment (fixture, launcher);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_set_cwd (launcher, fixture->folder);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, said, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %s%s", line, output, *said);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  return output;
}

/* The same to the last digit, whoever answers. */
static void
test_command (Fixture *fixture, gconstpointer data)
{
  static const char *const lines[] = {
    "a_lamp --json", "a_lamp a_fish --minus=wool --json", "pictures/chair.png --json",
    "pictures/chair.png pictures/lamp.png a_fish --json", "a_lamp --top=1 --sheet=found.png",
    "--duplicates --json", "--duplicates --threshold=-1", "a_lamp --since=1999 --folder=pictures --json",
  };
  g_autofree char *sheet = g_build_filename (fixture->folder, "found.png", NULL);
  g_autofree char *nothing = NULL, *answer = NULL, *said = NULL, *remarks = NULL;

  make_collection (fixture);
  fixture_start (fixture);
  nothing = run_search (fixture, "a_lamp", &said);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_nonnull (strstr (said, "knows no picture"));
  index_pictures (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *by_hand = g_strconcat (lines[i], " --no-daemon", NULL);
      g_autofree char *other = NULL, *own = NULL, *said_other = NULL, *said_own = NULL;

      other = run_search (fixture, lines[i], &said_other);
      own = run_search (fixture, by_hand, &said_own);
      g_assert_nonnull (strstr (said_other, "answered by persead"));
      g_assert_null (strstr (said_own, "answered by persead"));
      g_assert_cmpstr (other, ==, own);
      g_assert_cmpstr (own, !=, "");
    }
  g_assert_true (g_file_test (sheet, G_FILE_TEST_EXISTS));

  /* it cannot help with these */
  answer = run_search (fixture, "a_lamp --precision=bf16", &remarks);
  g_assert_nonnull (strstr (remarks, "another device or precision"));
}

static GVariant *
ask_shell (Fixture *fixture, const char *method, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = fixture_call (fixture->connection, PATH "/SearchProvider",
                                             "org.gnome.Shell.SearchProvider2", method, arguments, &error);

  g_assert_no_error (error);
  return g_variant_n_children (reply) > 0 ? g_variant_get_child_value (reply, 0) : NULL;
}

/* KRunner sorts by itself, and shall come to the order that GNOME Shell is told, of @ids. */
static void
check_order (Fixture *fixture, GVariant *ids)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = fixture_call (fixture->connection, PATH "/Runner", "org.kde.krunner1", "Match",
                                             g_variant_new ("(s)", "lamp"), &error);
  g_autoptr (GVariant) matches = NULL;
  double last = 1;

  g_assert_no_error (error);
  matches = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (matches), ==, g_variant_n_children (ids));
  for (size_t i = 0; i < g_variant_n_children (matches); i++)
    {
      const char *id, *expected;
      double relevance;

      g_variant_get_child (ids, i, "&s", &expected);
      g_variant_get_child (matches, i, "(&sssid@a{sv})", &id, NULL, NULL, NULL, &relevance, NULL);
      g_assert_cmpstr (id, ==, expected);
      g_assert_cmpfloat (relevance, <, last);
      last = relevance;
    }
}

/* From what the library knows, by a daemon that has not loaded anything. */
static void
test_desktop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) all = NULL, one = NULL, none = NULL, sub = NULL, metas = NULL, meta = NULL;
  g_autoptr (GVariant) models = NULL, reply = NULL, matches = NULL;
  g_autoptr (GError) error = NULL;
  const char *id = NULL, *name = NULL, *text;

  make_collection (fixture);
  fixture_start (fixture);
  index_pictures (fixture);
  g_subprocess_send_signal (fixture->daemon, 15);
  g_assert_true (g_subprocess_wait (fixture->daemon, NULL, NULL));
  g_clear_object (&fixture->daemon);
  fixture_start (fixture);

  all = ask_shell (fixture, "GetInitialResultSet", g_variant_new_parsed ("(['LAMP'],)"));
  g_assert_cmpuint (g_variant_n_children (all), ==, 2);
  one = ask_shell (fixture, "GetInitialResultSet", g_variant_new_parsed ("(['lamp', 'again'],)"));
  g_assert_cmpuint (g_variant_n_children (one), ==, 1);
  none = ask_shell (fixture, "GetInitialResultSet", g_variant_new_parsed ("(['pictures'],)"));
  g_assert_cmpuint (g_variant_n_children (none), ==, 0); /* a folder's name */
  sub = ask_shell (fixture, "GetSubsearchResultSet", g_variant_new ("(@as@as)", all, g_variant_new_parsed ("['chair']")));
  g_assert_cmpuint (g_variant_n_children (sub), ==, 1);
  metas = ask_shell (fixture, "GetResultMetas", g_variant_new ("(@as)", one));
  g_assert_cmpuint (g_variant_n_children (metas), ==, 1);
  meta = g_variant_get_child_value (metas, 0);
  g_assert_true (g_variant_lookup (meta, "id", "&s", &id));
  g_assert_true (g_variant_lookup (meta, "name", "&s", &name));
  g_assert_cmpstr (name, ==, "lamp-again.png");
  /* there is no file manager here, and that does no harm */
  g_assert_null (ask_shell (fixture, "ActivateResult", g_variant_new_parsed ("(%s, ['lamp'], @u 0)", id)));
  g_assert_null (ask_shell (fixture, "LaunchSearch", g_variant_new_parsed ("(['lamp'], @u 0)")));

  reply = fixture_call (fixture->connection, PATH "/Runner", "org.kde.krunner1", "Match",
                        g_variant_new ("(s)", " chair png "), &error);
  g_assert_no_error (error);
  matches = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (matches), ==, 1);
  g_variant_get_child (matches, 0, "(&s&s&sid@a{sv})", NULL, &text, NULL, NULL, NULL, NULL);
  g_assert_cmpstr (text, ==, "chair.png");
  check_order (fixture, all);

  models = fixture_get_property (fixture, PATH, NAME, "Models");
  g_assert_cmpuint (g_variant_n_children (models), ==, 0);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  /* the option that the message must name */
  static const char *const calls[][2] = {
    { "{'top': <@u 0>}", "top" }, { "{'top': <1>}", "top" }, { "{'threshold': <2.0>}", "threshold" },
    { "{'threshold': <'much'>}", "threshold" }, { "{'folder': <'here'>}", "folder" },
    { "{'minus': <'wool'>}", "minus" }, { "{'tags': <@as []>, 'tags': <@as []>}", "tags" },
    { "{'picture': <@h 3>}", "picture" }, { "{'words': <'lamp'>}", "words" },
    { "{'picture': <[@h 3]>}", "picture" },
    { "{'token': <'mine'>}", "token" }, { "{'lasting': <true>}", "lasting" },
    { "{'model': <'../secret'>}", "model" }, { "{'since': <'yesterday'>}", "since" },
  };
  g_autofree char *endless = g_strnfill (5000, 'a');
  g_autoptr (GError) nothing = NULL;
  g_autoptr (GError) too_long = NULL;
  g_autoptr (GError) missing = NULL;

  fixture_start (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (search (fixture, "a lamp", calls[i][0], &error));
      g_test_message ("%s: %s", calls[i][0], error->message);
      g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
      g_assert_nonnull (strstr (error->message, calls[i][1]));
    }
  g_assert_null (search (fixture, "", "@a{sv} {}", &nothing));
  g_assert_true (g_str_has_prefix (nothing->message, ERROR_PREFIX "InvalidArgument: "));
  g_assert_null (search (fixture, endless, "@a{sv} {}", &too_long));
  g_assert_true (g_str_has_prefix (too_long->message, ERROR_PREFIX "InvalidArgument: words"));
  g_assert_null (search (fixture, "", "{'picture': <'file:///nowhere/a.png'>}", &missing));
  g_assert_true (g_str_has_prefix (missing->message, ERROR_PREFIX "NotFound: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/persead-library/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("index", test_index);
  ADD ("search", test_search);
  ADD ("memory", test_memory);
  ADD ("descriptor", test_descriptor);
  ADD ("duplicates", test_duplicates);
  ADD ("list-duplicates", test_list_duplicates);
  ADD ("command", test_command);
  ADD ("desktop", test_desktop);
  ADD ("refused", test_refused);
  return g_test_run ();
}
