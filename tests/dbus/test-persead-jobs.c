/* test-persead-jobs.c - jobs other than tagging, and how they share the worker
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persead-fixture.h"

#include <math.h>
#include <string.h>

/* Calls a method that returns a job.  @arguments: in text form, with "URI" for the picture's */
static char *
begin (Fixture *fixture, const char *method, const char *type, const char *arguments, GError **error)
{
  g_autoptr (GString) text = g_string_new (arguments);
  g_autoptr (GVariant) parsed = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) parse_error = NULL;
  char *path = NULL;

  g_string_replace (text, "URI", fixture->uri, 0);
  parsed = g_variant_parse (G_VARIANT_TYPE (type), text->str, NULL, NULL, &parse_error);
  g_assert_no_error (parse_error);
  reply = fixture_call (fixture->connection, PATH, NAME, method, parsed, error);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

static GVariant *
lookup (Fixture *fixture, unsigned i, const char *key, const char *type)
{
  g_autoptr (GVariant) values
    = g_variant_get_child_value (g_ptr_array_index (fixture->items, i), 1);
  GVariant *value = g_variant_lookup_value (values, key, G_VARIANT_TYPE (type));

  g_assert_nonnull (value);
  return value;
}

static void
test_rank (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GVariant) ranking = NULL;
  g_autoptr (GVariant) role = NULL;
  double score, last = INFINITY, sum = 0;
  const char *text;

  fixture_start (fixture);
  path = begin (fixture, "Rank", "(asasa{sv})",
                "(['URI', 'http://a/b.png'], ['a cat', 'a dog', 'a car'], {'top': <@u 0>})", &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_cmpuint (fixture->items->len, ==, 2);
  role = fixture_get_property (fixture, path, JOB_INTERFACE, "Role");
  g_assert_cmpstr (g_variant_get_string (role, NULL), ==, "rank");
  for (unsigned i = 0; i < 2; i++)
    if (fixture_item_error (fixture, i) == NULL)
      ranking = lookup (fixture, i, "ranking", "a(sdd)");
  g_assert_nonnull (ranking);
  g_assert_cmpuint (g_variant_n_children (ranking), ==, 3);
  for (unsigned i = 0; i < 3; i++)
    {
      g_variant_get_child (ranking, i, "(&sdd)", &text, &score, NULL);
      g_assert_cmpfloat (score, <=, last);
      last = score;
      sum += score;
    }
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-4);
}

static void
get_embedding (Fixture *fixture, unsigned number, double *norm)
{
  for (unsigned i = 0; i < fixture->items->len; i++)
    {
      g_autoptr (GVariant) embedding = NULL;
      const double *values;
      guint32 index;
      size_t n;

      g_variant_get_child (g_ptr_array_index (fixture->items, i), 0, "u", &index);
      if (index != number)
        continue;
      embedding = lookup (fixture, i, "embedding", "ad");
      values = g_variant_get_fixed_array (embedding, &n, sizeof *values);
      *norm = 0;
      for (size_t j = 0; j < n; j++)
        *norm += values[j] * values[j];
      return;
    }
  g_assert_not_reached ();
}

/* Texts come after the pictures, and alone, too. */
static void
test_embed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *texts = NULL;
  double norm = 0;

  fixture_start (fixture);
  path = begin (fixture, "Embed", "(asa{sv})", "(['URI'], {'texts': <['a cat', 'a dog']>})", &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->items->len, ==, 3);
  for (unsigned i = 0; i < 3; i++)
    {
      get_embedding (fixture, i, &norm);
      g_assert_cmpfloat_with_epsilon (norm, 1, 1e-4);
    }
  texts = begin (fixture, "Embed", "(asa{sv})", "(@as [], {'texts': <['a cat']>, 'raw': <true>})",
                 &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 2);
  g_assert_cmpuint (fixture->items->len, ==, 4);
  g_ptr_array_remove_range (fixture->items, 0, 3);
  get_embedding (fixture, 0, &norm);
  g_assert_cmpfloat (fabs (norm - 1), >, 1e-3);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *method, *type, *arguments, *word;
  } calls[] = {
    { "Rank", "(asasa{sv})", "(['URI'], @as [], @a{sv} {})", "texts" },
    { "Rank", "(asasa{sv})", "(@as [], ['a'], @a{sv} {})", "uris" },
    { "Rank", "(asasa{sv})", "(['URI'], ['a'], {'topp': <@u 1>})", "topp" },
    { "Rank", "(asasa{sv})", "(['URI'], ['a'], {'top': <1.0>})", "top" },
    { "Rank", "(asasa{sv})", "(['URI'], ['a'], {'model': <'../a'>})", "model" },
    { "Embed", "(asa{sv})", "(@as [], @a{sv} {})", "uris" },
    { "Embed", "(asa{sv})", "(@as [], {'texts': <@as []>})", "uris" },
    { "Embed", "(asa{sv})", "(['URI'], {'texts': <'a'>})", "texts" },
    { "Embed", "(asa{sv})", "(['URI'], {'threshold': <0.5>})", "threshold" },
    { "Embed", "(asa{sv})", "(['URI'], {'files': <[@h 3]>})", "files" },
  };

  fixture_start (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path
        = begin (fixture, calls[i].method, calls[i].type, calls[i].arguments, &error);

      g_test_message ("%s: %s", calls[i].arguments, error != NULL ? error->message : path);
      g_assert_null (path);
      g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
      g_assert_nonnull (strstr (error->message, calls[i].word));
    }
}

/* For those who do not listen: Wait and GetItems. */
static void
test_wait (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDBusConnection) other = fixture_connect (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GVariant) end = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) items = NULL;
  g_autoptr (GVariant) left = NULL;
  guint32 code = 9;

  fixture_start (fixture);
  path = fixture_tag_on (other, fixture->uri, 3, "{'tags': <'cat,dog'>}", &error);
  g_assert_no_error (error);
  end = fixture_call (other, path, JOB_INTERFACE, "Wait", NULL, &error);
  g_assert_no_error (error);
  g_variant_get (end, "(ua{sv})", &code, NULL);
  g_assert_cmpuint (code, ==, 0);
  again = fixture_call (other, path, JOB_INTERFACE, "Wait", NULL, &error);
  g_assert_true (g_variant_equal (end, again));
  reply = fixture_call (other, path, JOB_INTERFACE, "GetItems", g_variant_new ("(u)", 1), &error);
  g_assert_no_error (error);
  items = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (items), ==, 2);
  left = fixture_get_property (fixture, path, JOB_INTERFACE, "TimeLeft");
  g_assert_cmpint (g_variant_get_int64 (left), ==, 0);
  g_assert_null (fixture_call (other, path, JOB_INTERFACE, "OpenPicture", g_variant_new ("(u)", 0),
                               &error));
  g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "NotFound: "));
}

static gboolean
is_running (Fixture *fixture, const char *path)
{
  g_autoptr (GVariant) state = fixture_get_property (fixture, path, JOB_INTERFACE, "State");

  return strcmp (g_variant_get_string (state, NULL), "running") == 0;
}

/* Looks at the picture 10000 times, for embeddings that come out of the library make it no work. */
static char *
embed_on (GDBusConnection *connection, const char *uri, const char *priority)
{
  g_autofree const char **uris = g_new0 (const char *, 10001);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder options;
  char *path = NULL;

  for (unsigned i = 0; i < 10000; i++)
    uris[i] = uri;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "priority", g_variant_new_string (priority));
  reply = fixture_call (connection, PATH, NAME, "Embed", g_variant_new ("(^asa{sv})", uris, &options),
                        &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(o)", &path);
  return path;
}

/* A short job does not wait for the end of a long one, of the same or of a lower priority, and does
 * not end it. */
static void
test_turns (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDBusConnection) other = fixture_connect (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *background = NULL;
  g_autofree char *long_one = NULL;
  g_autofree char *short_one = NULL;
  g_autoptr (GVariant) end = NULL;
  g_autoptr (GVariant) done = NULL;

  fixture_start (fixture);
  background = embed_on (other, fixture->uri, "background");
  while (!is_running (fixture, background))
    ;
  long_one = embed_on (other, fixture->uri, "interactive");
  while (!is_running (fixture, long_one))
    ;
  short_one = fixture_tag_on (other, fixture->uri, 1, "{'tags': <'cow'>}", &error);
  g_assert_no_error (error);
  end = fixture_call (other, short_one, JOB_INTERFACE, "Wait", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (is_running (fixture, long_one));
  g_assert_true (is_running (fixture, background));
  done = fixture_get_property (fixture, long_one, JOB_INTERFACE, "ItemsDone");
  g_assert_cmpuint (g_variant_get_uint32 (done), <, 10000);
  g_dbus_connection_close_sync (other, NULL, NULL);
}

/* A job that gave way goes on where it was: each picture once, all in one run. */
static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree gboolean *seen = g_new0 (gboolean, 400);
  g_autoptr (GVariant) reply = NULL;
  unsigned given = 0;

  fixture_start (fixture);
  first = fixture_tag (fixture, 400, "{'tags': <'cat,dog'>, 'write': <'none'>}");
  second = fixture_tag (fixture, 400, "{'tags': <'cow,car'>}");
  spin_until (fixture->n_finished == 2);
  g_assert_cmpuint (fixture->items->len, ==, 800);
  do
    {
      g_autoptr (GVariant) items = NULL;

      g_clear_pointer (&reply, g_variant_unref);
      reply = fixture_call (fixture->connection, second, JOB_INTERFACE, "GetItems",
                            g_variant_new ("(u)", given), &error);
      g_assert_no_error (error);
      items = g_variant_get_child_value (reply, 0);
      if (g_variant_n_children (items) == 0)
        break;
      for (size_t i = 0; i < g_variant_n_children (items); i++)
        {
          guint32 index;

          g_variant_get_child (items, i, "(ua{sv})", &index, NULL);
          g_assert_cmpuint (index, <, 400);
          g_assert_false (seen[index]);
          seen[index] = TRUE;
        }
      given += g_variant_n_children (items);
    }
  while (TRUE);
  g_assert_cmpuint (given, ==, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("/persead-jobs/rank", test_rank);
  ADD ("/persead-jobs/embed", test_embed);
  ADD ("/persead-jobs/refused", test_refused);
  ADD ("/persead-jobs/wait", test_wait);
  ADD ("/persead-jobs/turns", test_turns);
  ADD ("/persead-jobs/whole", test_whole);
#undef ADD
  return g_test_run ();
}
