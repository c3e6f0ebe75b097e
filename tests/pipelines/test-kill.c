/* test-kill.c - persead is killed again and again while it works
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * At the end every picture must have been tagged once: a sidecar that can be read, no keyword twice,
 * no keyword of the user's lost, one run per picture in the library.  Meanwhile new pictures arrive,
 * others are renamed, the user adds keywords to sidecars, and now and then the power fails, too: what
 * the library has not synced is lost.
 *
 * With more pictures it takes longer and is done by hand:
 *
 *     PERSEA_TEST_KILL_PICTURES=10000 meson test -C build kill --timeout-multiplier 0 --verbose
 */
#include "config.h"

#include "persea-queue.h"
#include "tiny-picture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define N_PICTURES 120 /* if nobody says otherwise */
#define N_PORTIONS 6   /* in which they arrive */
/* how long a daemon lives that has begun to work, ms */
#define MIN_LIFE 100
#define MAX_LIFE 1500
#define MAX_LIFE_BY_HAND 6000
/* without any progress, s; other tests may run at the same time, and by hand anything */
#define PATIENCE 60
#define PATIENCE_BY_HAND 1800

typedef struct
{
  char   *folder;
  char   *photos;
  GRand  *rand;
  unsigned n_pictures; /* in the end */
  unsigned n_made;
  unsigned n_moved; /* of those that are to be renamed, up to this one */
  GHashTable *noted; /* numbers of the pictures whose sidecars the user has changed */
  unsigned n_kills;
  unsigned n_cuts;  /* of the power */
  unsigned max_life;
  unsigned patience;
} Fixture;

/* What a sidecar says. */
typedef struct
{
  gboolean    in_subject;
  GHashTable *subjects; /* (owned) keyword → how often */
} Sidecar;

static void
write_file (const char *path, const void *contents, size_t size)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, contents, size, &error);
  g_assert_no_error (error);
}

static gboolean
is_moved (Fixture *fixture, unsigned i)
{
  return i % 25 == 7 && i < fixture->n_moved;
}

static char *
picture_path (Fixture *fixture, unsigned i)
{
  return g_strdup_printf ("%s/%s%s%05u.tif", fixture->photos, i % 3 == 0 ? "below/" : "",
                          is_moved (fixture, i) ? "moved-" : "", i);
}

static gboolean
has_user_sidecar (unsigned i)
{
  return i % 10 == 1;
}

/* Noise, so that no picture is another one's twin; every twentieth is one. */
static void
make_picture (Fixture *fixture, unsigned i)
{
  static const char user_sidecar[] =
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF"
    " xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\""
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:subject><rdf:Seq><rdf:li>Holiday 2021</rdf:li>"
    "</rdf:Seq></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>";
  g_autofree char *path = picture_path (fixture, i);
  g_autofree char *sidecar = g_strconcat (path, ".xmp", NULL);

  if (has_user_sidecar (i))
    write_file (sidecar, user_sidecar, sizeof user_sidecar - 1);
  tiny_picture_write (path, i % 20 == 19 ? NULL : fixture->rand);
}

/* The daemon does not outlive the test, however it ends. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
start (Fixture *fixture)
{
  static const char *const folders[][2] = {
    { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" },
  };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    g_test_verbose () ? G_SUBPROCESS_FLAGS_NONE : G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  GSubprocess *daemon;

  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, folders[i][1], NULL);

      g_subprocess_launcher_setenv (launcher, folders[i][0], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere", TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  daemon = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("PERSEAD"), NULL);
  g_assert_no_error (error);
  return daemon;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *relative = g_test_build_filename (G_TEST_DIST, "../golden/clip/hf-quick", NULL);
  g_autofree char *model = g_canonicalize_filename (relative, NULL);
  g_autofree char *config = NULL;
  g_autofree char *path = NULL;
  g_autofree char *below = NULL;
  g_autofree char *text = NULL;

  fixture->folder = g_dir_make_tmp ("persea-kill-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->rand = g_rand_new_with_seed (g_test_rand_int ());
  fixture->noted = g_hash_table_new (NULL, NULL);
  fixture->n_pictures = N_PICTURES;
  fixture->max_life = MAX_LIFE;
  fixture->patience = PATIENCE;
  if (g_getenv ("PERSEA_TEST_KILL_PICTURES") != NULL)
    {
      fixture->n_pictures = MAX (1, atoi (g_getenv ("PERSEA_TEST_KILL_PICTURES")));
      fixture->max_life = MAX_LIFE_BY_HAND;
      fixture->patience = PATIENCE_BY_HAND;
    }
  fixture->photos = g_build_filename (fixture->folder, "photos", NULL);
  below = g_build_filename (fixture->photos, "below", NULL);
  config = g_build_filename (fixture->folder, "config", "persea", NULL);
  path = g_build_filename (config, "persea.conf", NULL);
  g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (config, 0700), ==, 0);
  text = g_strdup_printf ("[persea]\nmodel=%s\ndevice=reference\n[watch a]\nfolder=%s\n"
                          "tags=cat,dog,car\ntop=2\nthreshold=0\n",
                          model, fixture->photos);
  write_file (path, text, strlen (text));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_hash_table_unref (fixture->noted);
  g_rand_free (fixture->rand);
  g_free (fixture->photos);
  g_free (fixture->folder);
}

static PerseaLibrary *
open_library (Fixture *fixture, PerseaLibraryFlags flags)
{
  g_autofree char *path = g_build_filename (fixture->folder, "data/persea/library.db", NULL);
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;
  PerseaLibrary *library = persea_library_open (path, flags, &set_aside, &error);

  g_assert_no_error (error);
  g_assert_null (set_aside);
  return library;
}

/* The library's own check at its start leaves out that indices fit their tables. */
static void
assert_sound (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "data/persea/library.db", NULL);
  sqlite3_stmt *statement = NULL;
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open (path, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (database, "PRAGMA integrity_check", -1, &statement, NULL), ==,
                   SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  g_assert_cmpstr ((const char *) sqlite3_column_text (statement, 0), ==, "ok");
  sqlite3_finalize (statement);
  sqlite3_close (database);
}

static PerseaQueueCounts
count_jobs (PerseaLibrary *library)
{
  g_autoptr (GError) error = NULL;
  PerseaQueueCounts counts;

  persea_queue_count (library, &counts, &error);
  g_assert_no_error (error);
  return counts;
}

static void
on_start (GMarkupParseContext *context,
          const char          *element,
          const char         **names,
          const char         **values,
          gpointer             user_data,
          GError             **error)
{
  Sidecar *sidecar = user_data;

  if (strcmp (element, "dc:subject") == 0)
    sidecar->in_subject = TRUE;
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer user_data, GError **error)
{
  Sidecar *sidecar = user_data;

  if (strcmp (element, "dc:subject") == 0)
    sidecar->in_subject = FALSE;
}

static void
on_text (GMarkupParseContext *context,
         const char          *text,
         size_t               length,
         gpointer             user_data,
         GError             **error)
{
  Sidecar *sidecar = user_data;
  g_autofree char *word = g_strstrip (g_strndup (text, length));
  int n;

  if (!sidecar->in_subject || word[0] == '\0')
    return;
  n = GPOINTER_TO_INT (g_hash_table_lookup (sidecar->subjects, word));
  g_hash_table_replace (sidecar->subjects, g_steal_pointer (&word), GINT_TO_POINTER (n + 1));
}

static void
check_sidecar (Fixture *fixture, unsigned i)
{
  static const GMarkupParser parser = { on_start, on_end, on_text, NULL, NULL };
  g_autofree char *picture = picture_path (fixture, i);
  g_autofree char *path = g_strconcat (picture, ".xmp", NULL);
  g_autoptr (GHashTable) subjects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Sidecar sidecar = { .subjects = subjects };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &sidecar, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  size_t length = 0;
  gboolean noted;
  GHashTableIter iter;
  gpointer n;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  if (!g_markup_parse_context_parse (context, text, length, &error)
      || !g_markup_parse_context_end_parse (context, &error))
    g_error ("%s: %s", path, error->message);

  /* two of ours, and the user's */
  noted = g_hash_table_contains (fixture->noted, GUINT_TO_POINTER (i));
  g_assert_cmpuint (g_hash_table_size (subjects), ==, 2 + has_user_sidecar (i) + noted);
  g_assert_true (g_hash_table_contains (subjects, "Seen by me") == noted);
  g_assert_true (g_hash_table_contains (subjects, "Holiday 2021") == has_user_sidecar (i));
  g_hash_table_iter_init (&iter, subjects);
  while (g_hash_table_iter_next (&iter, NULL, &n))
    g_assert_cmpint (GPOINTER_TO_INT (n), ==, 1);
}

static void
check_library (Fixture *fixture)
{
  g_autoptr (PerseaLibrary) library = open_library (fixture, PERSEA_LIBRARY_CHECK);
  PerseaQueueCounts counts = count_jobs (library);

  g_assert_cmpuint (counts.done, ==, fixture->n_pictures);
  g_assert_cmpuint (counts.queued + counts.running + counts.failed, ==, 0);
  for (unsigned i = 0; i < fixture->n_pictures; i++)
    {
      g_autofree char *picture = picture_path (fixture, i);
      g_autoptr (GPtrArray) tags = NULL;
      g_autoptr (GError) error = NULL;
      int64_t id = 0;

      g_assert_true (persea_library_find_file (library, picture, &id, NULL, &error));
      g_assert_cmpint (id, !=, 0);
      g_assert_true (persea_library_get_tags (library, 0, id, &tags, &error));
      g_assert_cmpuint (tags->len, ==, 2);
      for (unsigned k = 0; k < tags->len; k++)
        g_assert_true (((PerseaTagRecord *) g_ptr_array_index (tags, k))->written);
    }
}

/* Waits until @n pictures are done. */
static void
wait_until_done (Fixture *fixture, unsigned n)
{
  g_autoptr (PerseaLibrary) library = open_library (fixture, PERSEA_LIBRARY_NONE);
  gint64 since = g_get_monotonic_time ();
  unsigned before = 0;

  for (;;)
    {
      unsigned done = count_jobs (library).done;

      if (done >= n)
        return;
      if (done != before)
        since = g_get_monotonic_time ();
      if (g_get_monotonic_time () - since > fixture->patience * G_USEC_PER_SEC)
        g_error ("only %u of %u pictures are done", done, n);
      before = done;
      g_usleep (20000);
    }
}

/* Waits until there has been nothing to do for a while.  What was renamed while no daemon was there
 * counts as done, under its old name, until the first scan. */
static void
wait_until_quiet (Fixture *fixture)
{
  g_autoptr (PerseaLibrary) library = open_library (fixture, PERSEA_LIBRARY_NONE);
  unsigned n_looks = 0;

  while (n_looks < 30)
    {
      PerseaQueueCounts counts = count_jobs (library);

      n_looks = counts.queued + counts.running == 0 ? n_looks + 1 : 0;
      g_usleep (100000);
    }
}

/* The user adds a keyword to some of the sidecars that are there. */
static void
note_keywords (Fixture *fixture)
{
  for (unsigned i = 3; i < fixture->n_made; i += 10)
    {
      g_autofree char *picture = picture_path (fixture, i);
      g_autofree char *path = g_strconcat (picture, ".xmp", NULL);
      g_autoptr (GString) text = NULL;
      g_autofree char *old = NULL;
      char *bag;

      if (g_hash_table_contains (fixture->noted, GUINT_TO_POINTER (i))
          || !g_file_get_contents (path, &old, NULL, NULL))
        continue;
      bag = strstr (old, "<dc:subject>");
      bag = bag != NULL ? strstr (bag, "<rdf:Bag>") : NULL;
      g_assert_nonnull (bag);
      text = g_string_new (old);
      g_string_insert (text, bag + strlen ("<rdf:Bag>") - old, "<rdf:li>Seen by me</rdf:li>");
      write_file (path, text->str, text->len);
      g_hash_table_add (fixture->noted, GUINT_TO_POINTER (i));
    }
}

/* Another portion arrives, and some of those that came before are renamed; their sidecars stay. */
static void
let_arrive (Fixture *fixture)
{
  unsigned end = MIN (fixture->n_pictures,
                      fixture->n_made + fixture->n_pictures / N_PORTIONS + 1);
  unsigned n_moved = fixture->n_made;

  for (unsigned i = fixture->n_moved; i < n_moved; i++)
    {
      g_autofree char *from = picture_path (fixture, i);
      g_autofree char *to = NULL;

      fixture->n_moved = i + 1;
      to = picture_path (fixture, i);
      if (strcmp (from, to) != 0)
        g_assert_cmpint (g_rename (from, to), ==, 0);
    }
  note_keywords (fixture);
  while (fixture->n_made < end)
    make_picture (fixture, fixture->n_made++);
}

/* What was written since the last checkpoint need not have been synced: some of it is lost.  One that
 * was begun has synced what it was going to copy. */
static void
cut_power (Fixture *fixture)
{
  g_autofree char *log = g_build_filename (fixture->folder, "data/persea/library.db-wal", NULL);
  g_autofree char *index = g_build_filename (fixture->folder, "data/persea/library.db-shm", NULL);
  g_autofree char *shared = NULL;
  g_autofree char *head = NULL;
  size_t shared_size = 0;
  size_t size = 0;
  uint32_t page = 0;
  uint32_t n_attempted = 0;
  size_t synced;

  if (!g_file_get_contents (log, &head, &size, NULL) || size < 32
      || !g_file_get_contents (index, &shared, &shared_size, NULL) || shared_size < 132)
    return;
  /* https://sqlite.org/walformat.html: the size of a page; nBackfillAttempted */
  memcpy (&page, head + 8, sizeof page);
  memcpy (&n_attempted, shared + 128, sizeof n_attempted);
  synced = 32 + (size_t) n_attempted * (GUINT32_FROM_BE (page) + 24);
  if (synced >= size)
    return;
  g_assert_cmpint (truncate (log, g_rand_int_range (fixture->rand, synced, size)), ==, 0);
  g_assert_cmpint (g_unlink (index), ==, 0);
  fixture->n_cuts++;
}

/* One life of the daemon: it has begun to work, if there is anything to do, and is killed. */
static void
live_and_die (Fixture *fixture, unsigned *done)
{
  g_autoptr (GSubprocess) daemon = start (fixture);
  g_autoptr (PerseaLibrary) library = NULL;
  PerseaQueueCounts counts;

  wait_until_done (fixture, MIN (*done + 1, fixture->n_made));
  g_usleep (g_rand_int_range (fixture->rand, MIN_LIFE, fixture->max_life) * 1000);
  g_subprocess_force_exit (daemon);
  g_subprocess_wait (daemon, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (daemon));
  if (fixture->n_kills++ % 3 == 2)
    cut_power (fixture);
  assert_sound (fixture);
  library = open_library (fixture, PERSEA_LIBRARY_CHECK);
  counts = count_jobs (library);
  *done = counts.done;
  g_test_message ("killed: %u of %u there, %u queued, %u running, %u done, %u failed",
                  fixture->n_made, fixture->n_pictures, counts.queued, counts.running, counts.done,
                  counts.failed);
}

static void
test_kill (Fixture *fixture, gconstpointer data)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GSubprocess) last = NULL;
  g_autoptr (GError) error = NULL;
  unsigned done = 0;

  while (fixture->n_made < fixture->n_pictures || done < fixture->n_pictures * 9 / 10)
    {
      let_arrive (fixture);
      live_and_die (fixture, &done);
    }
  last = start (fixture);
  wait_until_done (fixture, fixture->n_pictures);
  wait_until_quiet (fixture);
  g_subprocess_send_signal (last, SIGTERM);
  g_subprocess_wait (last, NULL, &error);
  g_assert_no_error (error);
  /* nothing may have been left to do, and so the signal may come before persead minds it */
  g_assert_true (g_subprocess_get_if_signaled (last)
                   ? g_subprocess_get_term_sig (last) == SIGTERM
                   : g_subprocess_get_exit_status (last) == 0);
  check_library (fixture);
  for (unsigned i = 0; i < fixture->n_pictures; i++)
    check_sidecar (fixture, i);
  g_test_message ("%u pictures, %u sidecars changed meanwhile, killed %u times, %u of them with a"
                  " power cut, in %u s",
                  fixture->n_pictures, g_hash_table_size (fixture->noted), fixture->n_kills,
                  fixture->n_cuts,
                  (unsigned) ((g_get_monotonic_time () - begin) / G_USEC_PER_SEC));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/persead/kill", Fixture, NULL, set_up, test_kill, tear_down);
  return g_test_run ();
}
