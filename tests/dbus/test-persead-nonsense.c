/* test-persead-nonsense.c - calls of every method with whatever fits its types
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the daemon says it has is called with strings, numbers, options and descriptors that mean
 * nothing, little, or harm.  Each call must be answered, with an error that has a name where it is one;
 * afterwards the daemon works, and has nothing left open.  PERSEA_TEST_CALLS says how many; --seed
 * repeats a run.
 */
#include "config.h"

#include "persead-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>

#define CALLS 1500
#define CALLS_AT_ONCE 40
#define CALL_SHOWN 300 /* bytes */
#define MAX_OPTIONS 4
#define SHRUNK_SIZE (1 << 20)

/* all that options are called, in any method */
static const char *const option_keys[] = {
  "token", "lasting", "priority", "model", "files", "vocabulary", "tags", "top", "threshold", "write",
  "sidecar", "root-tag", "language", "exact", "raw", "texts", "negative", "count", "candidates", "seed",
  "guidance", "temperature", "top-k", "top-p", "rank", "preview", "size", "file", "mask",
  "mask-file", "keep", "keep-rows", "prompt", "strength", "since", "until", "picture", "minus", "name",
  "recursive", "mode", "nothing", "",
};
static const char *const option_types[] = {
  "s", "as", "u", "i", "x", "t", "d", "b", "h", "ah", "v", "ay", "a{sv}", "(su)", "o", "g", "aas", "y",
};
/* FOLDER is the test's own; none is a folder that would take long to look through */
static const char *const strings[] = {
  "", "a cat", "PICTURE", "URI", "FIFO", "file:///nowhere/at/all.png", "file:///proc/self/mem", "file:///dev/zero",
  "file:///dev/null", "file:///proc/self/fd/0", "file:///proc/1/environ", "LINK", "LOOP", "FOLDER", "http://a.example/b.png",
  "file://elsewhere/a.png", "file:///%00", "file:///a%ff%fe", "file:", "://", "../../../etc/passwd", "/etc/shadow",
  "/dev/tty", "interactive", "background", "sidecar", "embed", "xattr", "none", "left", "top", "1-3", "-1",
  "99999999999999999999", "\xe2\x80\xae\xe2\x80\x8b", "\xf0\x9f\xa5\x91\xf0\x9f\xa5\x91", "%s%n%x", "a\nb\n[watch c]\nfolder=/",
  "'; DROP TABLE file; --", "{\"json\": [", "orchard-clip", "token_1",
};

typedef struct
{
  Fixture            *fixture;
  GDBusNodeInfo      *node;
  GPtrArray          *methods; /* of GDBusMethodInfo; the interface is at the same place in @interfaces */
  GPtrArray          *interfaces;
  GUnixFDList        *list; /* of the call that is being made */
  GHashTable         *asked; /* of (owned) Call: without an answer */
  unsigned            n_ok;
} Nonsense;

typedef struct
{
  Nonsense *nonsense;
  char     *text;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_free (call->text);
  g_free (call);
}

static const char *
make_string (Nonsense *nonsense, char **owned)
{
  const char *string = strings[g_test_rand_int_range (0, G_N_ELEMENTS (strings))];
  const char *folder = nonsense->fixture->folder;

  if (g_test_rand_int_range (0, 60) == 0)
    return *owned = g_strnfill (g_test_rand_int_range (1, 1 << 20), 'x');
  if (strcmp (string, "PICTURE") == 0)
    return nonsense->fixture->picture;
  if (strcmp (string, "URI") == 0)
    return nonsense->fixture->uri;
  if (strcmp (string, "FOLDER") == 0)
    return folder;
  if (strcmp (string, "FIFO") == 0 || strcmp (string, "LINK") == 0 || strcmp (string, "LOOP") == 0)
    return *owned = g_strdup_printf ("file://%s/%s", folder, string);
  return string;
}

/* A picture that its owner cuts off while it may be looked at. */
static int
open_shrinking (Nonsense *nonsense)
{
  g_autofree char *contents = NULL;
  size_t size = 0;
  int file = memfd_create ("nonsense", MFD_CLOEXEC);

  g_assert_true (g_file_get_contents (nonsense->fixture->picture, &contents, &size, NULL));
  g_assert_cmpint (write (file, contents, size), ==, size);
  g_assert_cmpint (ftruncate (file, SHRUNK_SIZE), ==, 0);
  return file;
}

static int
open_something (Nonsense *nonsense)
{
  g_autofree char *fifo = g_build_filename (nonsense->fixture->folder, "FIFO", NULL);

  switch (g_test_rand_int_range (0, 7))
    {
    case 0: return open (nonsense->fixture->picture, O_RDONLY | O_CLOEXEC);
    case 1: return open (fifo, O_RDWR | O_CLOEXEC);
    case 2: return open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case 3: return open ("/dev/zero", O_RDWR | O_CLOEXEC);
    case 4: return open ("/proc/self/mem", O_RDWR | O_CLOEXEC);
    case 5: return open (nonsense->fixture->picture, O_PATH | O_CLOEXEC);
    default: return open_shrinking (nonsense);
    }
}

static GVariant *make_value (Nonsense *nonsense, const GVariantType *type, unsigned depth);

static GVariant *
make_handle (Nonsense *nonsense)
{
  int file, index;

  if (g_unix_fd_list_get_length (nonsense->list) >= 8 || g_test_rand_int_range (0, 4) == 0)
    return g_variant_new_handle ((int) g_test_rand_int ());
  file = open_something (nonsense);
  g_assert_cmpint (file, >=, 0);
  index = g_unix_fd_list_append (nonsense->list, file, NULL);
  /* the other end sees it */
  if (g_test_rand_bit () && ftruncate (file, 7) != 0)
    g_assert_cmpint (errno, !=, EIO); /* not every file can be cut off */
  close (file);
  return g_variant_new_handle (index);
}

static GVariant *
make_options (Nonsense *nonsense)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (int i = g_test_rand_int_range (0, MAX_OPTIONS); i > 0; i--)
    {
      const char *key = option_keys[g_test_rand_int_range (0, G_N_ELEMENTS (option_keys))];
      const char *type = option_types[g_test_rand_int_range (0, G_N_ELEMENTS (option_types))];

      g_variant_builder_add (&builder, "{sv}", key, make_value (nonsense, G_VARIANT_TYPE (type), 1));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
make_array (Nonsense *nonsense, const GVariantType *type, unsigned depth)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, type);
  for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
    g_variant_builder_add_value (&builder, make_value (nonsense, g_variant_type_element (type), depth + 1));
  return g_variant_builder_end (&builder);
}

static GVariant *
make_number (const GVariantType *type)
{
  static const double doubles[] = { 0, -1, 0.5, 1, 1e300, -1e300, G_MINDOUBLE };
  gint64 number = (gint64) ((guint64) (gint64) g_test_rand_int () << g_test_rand_int_range (0, 33));

  if (g_test_rand_bit ())
    number = g_test_rand_int_range (-2, 5);
  switch (g_variant_type_peek_string (type)[0])
    {
    case 'b': return g_variant_new_boolean (g_test_rand_bit ());
    case 'y': return g_variant_new_byte (number);
    case 'u': return g_variant_new_uint32 (number);
    case 'i': return g_variant_new_int32 (number);
    case 'x': return g_variant_new_int64 (number);
    case 't': return g_variant_new_uint64 (number);
    default:
      return g_variant_new_double (g_test_rand_int_range (0, 8) == 0 ? (g_test_rand_bit () ? (double) NAN : -INFINITY)
                                   : doubles[g_test_rand_int_range (0, G_N_ELEMENTS (doubles))]);
    }
}

static GVariant *
make_value (Nonsense *nonsense, const GVariantType *type, unsigned depth)
{
  g_autofree char *owned = NULL;

  switch (g_variant_type_peek_string (type)[0])
    {
    case 's': return g_variant_new_string (make_string (nonsense, &owned));
    case 'o': return g_variant_new_object_path (PATH "/job/1_1/token");
    case 'g': return g_variant_new_signature ("a{sv}");
    case 'h': return make_handle (nonsense);
    case 'v': return g_variant_new_variant (make_value (nonsense, depth > 3 ? G_VARIANT_TYPE_STRING : G_VARIANT_TYPE ("as"),
                                                        depth + 1));
    case '(': return g_variant_new ("(su)", "a", 1);
    case 'a':
      return g_variant_type_equal (type, G_VARIANT_TYPE_VARDICT) ? make_options (nonsense)
                                                                 : make_array (nonsense, type, depth);
    default: return make_number (type);
    }
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  Nonsense *nonsense = call->nonsense;
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) files = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *name = NULL;

  reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &files, result, &error);
  nonsense->n_ok += reply != NULL;
  g_hash_table_remove (nonsense->asked, call);
  if (reply != NULL)
    return;
  name = g_dbus_error_get_remote_error (error);
  g_assert_nonnull (name);
  if (!g_str_has_prefix (name, NAME ".Error.") && !g_str_has_prefix (name, "org.freedesktop.DBus.Error."))
    g_error ("an error without a name of its own: %s", error->message);
  /* the bus says that nobody is there if the daemon died */
  g_assert_cmpstr (name, !=, "org.freedesktop.DBus.Error.NoReply");
  g_assert_cmpstr (name, !=, "org.freedesktop.DBus.Error.ServiceUnknown");
  g_assert_cmpuint (strlen (error->message), <, 2000);
}

static char *
make_description (const GDBusMethodInfo *method, GVariant *arguments)
{
  g_autofree char *text = g_variant_print (arguments, FALSE);

  return g_strdup_printf ("%s %.*s", method->name, CALL_SHOWN, text);
}

static void
call_something (Nonsense *nonsense)
{
  unsigned which = g_test_rand_int_range (0, nonsense->methods->len);
  const GDBusMethodInfo *method = nonsense->methods->pdata[which];
  const char *interface = nonsense->interfaces->pdata[which];
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  GVariantBuilder builder;
  GVariant *arguments;
  Call *call = g_new (Call, 1);

  nonsense->list = list;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  for (unsigned i = 0; method->in_args != NULL && method->in_args[i] != NULL; i++)
    g_variant_builder_add_value (&builder, make_value (nonsense, G_VARIANT_TYPE (method->in_args[i]->signature), 0));
  arguments = g_variant_builder_end (&builder);
  *call = (Call) { nonsense, make_description (method, arguments) };
  g_hash_table_add (nonsense->asked, call);
  g_dbus_connection_call_with_unix_fd_list (nonsense->fixture->connection, NAME, PATH, interface, method->name,
                                            arguments, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, list, NULL,
                                            on_answer, call);
}

/* What the daemon says that it has.  Not what other things would be asked by: they are GLib's. */
static void
find_methods (Nonsense *nonsense)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = fixture_call (nonsense->fixture->connection, PATH, "org.freedesktop.DBus.Introspectable",
                                             "Introspect", NULL, &error);
  const char *xml;

  g_assert_no_error (error);
  g_variant_get (reply, "(&s)", &xml);
  nonsense->node = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  for (GDBusInterfaceInfo **interface = nonsense->node->interfaces; *interface != NULL; interface++)
    for (GDBusMethodInfo **method = (*interface)->methods;
         method != NULL && *method != NULL && g_str_has_prefix ((*interface)->name, NAME); method++)
      {
        g_ptr_array_add (nonsense->methods, *method);
        g_ptr_array_add (nonsense->interfaces, (*interface)->name);
      }
  g_assert_cmpuint (nonsense->methods->len, >, 12);
}

static void
make_odd_files (Fixture *fixture)
{
  g_autofree char *fifo = g_build_filename (fixture->folder, "FIFO", NULL);
  g_autofree char *to_picture = g_build_filename (fixture->folder, "LINK", NULL);
  g_autofree char *loop = g_build_filename (fixture->folder, "LOOP", NULL);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink (fixture->picture, to_picture), ==, 0);
  g_assert_cmpint (symlink (loop, loop), ==, 0);
}

static unsigned
count_files (Fixture *fixture)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/fd", g_subprocess_get_identifier (fixture->daemon));
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  unsigned n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static gboolean
has_jobs (Fixture *fixture)
{
  g_autoptr (GVariant) jobs = fixture_get_property (fixture, PATH, NAME, "Jobs");

  return g_variant_n_children (jobs) > 0;
}

static gboolean
on_no_answer (gpointer user_data)
{
  Nonsense *nonsense = user_data;
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, nonsense->asked);
  while (g_hash_table_iter_next (&iter, &call, NULL))
    g_test_message ("no answer: %s", ((Call *) call)->text);
  g_error ("%u calls are not answered", g_hash_table_size (nonsense->asked));
  return G_SOURCE_REMOVE;
}

/* Waits until @n calls at most are without an answer. */
static void
wait_for_answers (Nonsense *nonsense, unsigned n)
{
  unsigned patience = g_timeout_add (PERSEAD_PATIENCE, on_no_answer, nonsense);

  while (g_hash_table_size (nonsense->asked) > n)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
}

/* Jobs in the background wait for that. */
static void
end_pauses (Fixture *fixture, unsigned n)
{
  for (unsigned cookie = 1; cookie <= n; cookie++)
    {
      g_autoptr (GVariant) reply = fixture_call (fixture->connection, PATH, NAME, "Resume",
                                                 g_variant_new ("(u)", cookie), NULL);
    }
}

/* Whether it still works. */
static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  const char *wanted = g_getenv ("PERSEA_TEST_CALLS");
  unsigned n_calls = wanted != NULL ? atoi (wanted) : CALLS;
  g_autoptr (GPtrArray) methods = g_ptr_array_new ();
  g_autoptr (GPtrArray) interfaces = g_ptr_array_new ();
  Nonsense nonsense = { .fixture = fixture, .methods = methods, .interfaces = interfaces };
  unsigned before;

  nonsense.asked = g_hash_table_new_full (NULL, NULL, call_free, NULL);
  make_odd_files (fixture);
  fixture_start (fixture);
  fixture_check_alive (fixture);
  before = count_files (fixture);
  find_methods (&nonsense);
  for (unsigned i = 0; i < n_calls; i++)
    {
      wait_for_answers (&nonsense, CALLS_AT_ONCE - 1);
      call_something (&nonsense);
    }
  wait_for_answers (&nonsense, 0);
  end_pauses (fixture, n_calls);
  while (has_jobs (fixture))
    g_usleep (10000);
  g_test_message ("%u of %u calls meant something", nonsense.n_ok, n_calls);
  g_assert_cmpuint (nonsense.n_ok, >, 0);
  fixture_check_alive (fixture);
  /* those of decoders, and of folders that are watched now */
  g_assert_cmpuint (count_files (fixture), <=, before + 16);
  g_dbus_node_info_unref (nonsense.node);
  g_hash_table_unref (nonsense.asked);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/persead-nonsense/calls", Fixture, NULL, fixture_set_up, test_nonsense, fixture_tear_down);
  return g_test_run ();
}
