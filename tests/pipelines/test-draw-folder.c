/* test-draw-folder.c - a watched folder whose prompts are drawn
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The program named by PERSEAD, with a tiny model of random numbers on the reference device.
 */
#include "config.h"

#include "persea-queue.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include <glib/gstdio.h>

#include "persea-picture-writer.h"
#include "tiny-artist.h"

#define PATIENCE (150 * G_USEC_PER_SEC) /* the worker is nice */

typedef struct
{
  char        *folder;  /* everything is below it */
  char        *prompts; /* the watched one */
  GSubprocess *daemon;
  GRand       *rand;
} Fixture;

static char *
in_prompts (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->prompts, name, NULL);
}

static void
write_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = in_prompts (fixture, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static char *
read_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_prompts (fixture, name);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
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
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    g_test_verbose () ? G_SUBPROCESS_FLAGS_NONE : G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, folders[i][1], NULL);

      g_subprocess_launcher_setenv (launcher, folders[i][0], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere", TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  fixture->daemon = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("PERSEAD"), NULL);
  g_assert_no_error (error);
}

static void
stop (Fixture *fixture, int signal)
{
  g_subprocess_send_signal (fixture->daemon, signal);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_clear_object (&fixture->daemon);
}

/* @model: of the folder "artist", if not another */
static void
write_settings (Fixture *fixture, const char *model, const char *more)
{
  g_autofree char *clip = g_test_build_filename (G_TEST_DIST, "../golden/clip/hf-quick", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "config", "persea", "persea.conf", NULL);
  g_autofree char *config = g_path_get_dirname (path);
  g_autofree char *text = g_strdup_printf ("[persea]\nmodel=%s\ndrawing-model=%s\ndevice=reference\n"
                                           "[watch p]\nfolder=%s\nmode=generate\ncount=2\ncandidates=4\n%s\n",
                                           clip, model, fixture->prompts, more);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (config, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *model = NULL;

  fixture->folder = g_dir_make_tmp ("persea-draw-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->rand = g_rand_new_with_seed (g_test_rand_int ());
  fixture->prompts = g_build_filename (fixture->folder, "prompts", NULL);
  model = g_build_filename (fixture->folder, "artist", NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->prompts, 0700), ==, 0);
  tiny_artist_make (g_test_get_dir (G_TEST_DIST), model, TRUE);
  write_settings (fixture, model, "");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  if (fixture->daemon)
    stop (fixture, SIGTERM);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_rand_free (fixture->rand);
  g_free (fixture->prompts);
  g_free (fixture->folder);
}

static PerseaQueueCounts
count_jobs (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "data/persea/library.db", NULL);
  g_autoptr (PerseaLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  PerseaQueueCounts counts = { 0 };

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return counts;
  library = persea_library_open (path, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_no_error (error);
  persea_queue_count (library, &counts, &error);
  g_assert_no_error (error);
  return counts;
}

static unsigned
count_files (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->prompts, 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* as long as there is something new from time to time */
static void
wait_for_jobs (Fixture *fixture, unsigned done, unsigned failed)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;
  unsigned n_files = count_files (fixture);

  for (;;)
    {
      PerseaQueueCounts counts = count_jobs (fixture);
      unsigned n = count_files (fixture);

      if (n != n_files)
        end = g_get_monotonic_time () + PATIENCE;
      n_files = n;
      if (counts.done == done && counts.failed == failed && counts.queued + counts.running == 0)
        return;
      if (g_get_monotonic_time () > end)
        g_error ("%u queued, %u running, %u done, %u failed", counts.queued, counts.running, counts.done,
                 counts.failed);
      g_usleep (50000);
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of the pictures whose names begin with @prefix, sorted */
static GPtrArray *
list_pictures (Fixture *fixture, const char *prefix)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (fixture->prompts, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_assert_false (g_str_has_prefix (name, ".")); /* nothing half-written */
      if (g_str_has_suffix (name, ".png") && g_str_has_prefix (name, prefix))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
assert_pictures (Fixture *fixture, const char *prefix, unsigned n)
{
  g_autoptr (GPtrArray) names = list_pictures (fixture, prefix);

  g_assert_cmpuint (names->len, ==, n);
}

static gint64
get_mtime (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_prompts (fixture, name);
  PerseaFileStamp stamp;

  g_assert_true (persea_file_stamp_read (path, &stamp, NULL));
  return stamp.mtime_ns;
}

/* A text file, changed afterwards; what is done is not done again. */
static void
test_lines (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) cups = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (PerseaProvenance) provenance = NULL;
  gint64 mtime;

  write_file (fixture, "a.txt", "# mine\na red cup\n\na blue hat\n");
  start (fixture);
  wait_for_jobs (fixture, 1, 0);
  cups = list_pictures (fixture, "a-red-cup-");
  g_assert_cmpuint (cups->len, ==, 2);
  assert_pictures (fixture, "a-blue-hat-", 2);
  assert_pictures (fixture, "", 4);
  text = read_file (fixture, "a.txt");
  g_assert_cmpstr (text, ==, "# mine\na red cup\n\na blue hat\n");
  path = in_prompts (fixture, cups->pdata[0]);
  provenance = persea_picture_writer_read_provenance (path, NULL);
  g_assert_cmpstr (provenance->prompt, ==, "a red cup");
  g_assert_cmpuint (provenance->n_candidates, ==, 4);

  /* one picture is deleted, and stays so; a line comes, lines change places */
  mtime = get_mtime (fixture, cups->pdata[1]);
  g_assert_cmpint (g_unlink (path), ==, 0);
  write_file (fixture, "a.txt", "a blue hat\na green tree\na red cup\n");
  g_usleep (3 * G_USEC_PER_SEC);
  wait_for_jobs (fixture, 1, 0);
  assert_pictures (fixture, "a-green-tree-", 2);
  assert_pictures (fixture, "a-red-cup-", 1);
  assert_pictures (fixture, "", 5);
  g_assert_cmpint (get_mtime (fixture, cups->pdata[1]), ==, mtime);
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *report = NULL;
  g_autofree char *gone = NULL;

  write_file (fixture, "a.persea", "[one]\nprompt=a red cup\ncount=1\nseed=7\n[two]\nprompt=a hat\ncolour=red\n"
                                   "[three]\nprompt=a tree\nmodel=nothing-of-this-name\n");
  start (fixture);
  wait_for_jobs (fixture, 0, 1);
  assert_pictures (fixture, "a-red-cup-7-", 1);
  assert_pictures (fixture, "", 1);
  report = read_file (fixture, "a.persea.error.txt");
  g_assert_nonnull (report);
  g_test_message ("%s", report);
  g_assert_nonnull (strstr (report, "5: colour"));
  g_assert_nonnull (strstr (report, "8: "));
  g_assert_nonnull (strstr (report, "nothing-of-this-name"));

  /* put right: the report goes */
  write_file (fixture, "a.persea", "[one]\nprompt=a red cup\ncount=1\nseed=7\n[two]\nprompt=a hat\ncount=1\n");
  g_usleep (3 * G_USEC_PER_SEC);
  wait_for_jobs (fixture, 1, 0);
  assert_pictures (fixture, "a-hat-", 1);
  assert_pictures (fixture, "", 2);
  gone = read_file (fixture, "a.persea.error.txt");
  g_assert_null (gone);
}

/* A model that cannot be loaded is said, and is no reason to forget the prompt. */
static void
test_no_model (Fixture *fixture, gconstpointer data)
{
  g_autofree char *report = NULL;
  g_autofree char *model = g_build_filename (fixture->folder, "artist", NULL);
  gint64 end = g_get_monotonic_time () + PATIENCE;

  write_settings (fixture, "/nowhere/at/all", "");
  write_file (fixture, "a.txt", "a red cup\n");
  start (fixture);
  while ((report = read_file (fixture, "a.txt.error.txt")) == NULL)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (50000);
    }
  g_assert_nonnull (strstr (report, "/nowhere/at/all"));
  g_assert_nonnull (strstr (report, "tried again"));
  g_assert_cmpuint (count_jobs (fixture).failed, ==, 0);
  write_settings (fixture, model, "");
  wait_for_jobs (fixture, 1, 0);
  assert_pictures (fixture, "a-red-cup-", 2);
  g_assert_null (read_file (fixture, "a.txt.error.txt"));
}

/* A file that has moved is known; a copy finds its pictures there. */
static void
test_moved (Fixture *fixture, gconstpointer data)
{
  g_autofree char *from = in_prompts (fixture, "a.txt");
  g_autofree char *to = in_prompts (fixture, "b.txt");
  g_autoptr (GPtrArray) names = NULL;
  gint64 mtime;

  write_file (fixture, "a.txt", "a red cup\n");
  start (fixture);
  wait_for_jobs (fixture, 1, 0);
  names = list_pictures (fixture, "");
  g_assert_cmpuint (names->len, ==, 2);
  mtime = get_mtime (fixture, names->pdata[0]);
  g_assert_cmpint (g_rename (from, to), ==, 0);
  g_usleep (3 * G_USEC_PER_SEC);
  wait_for_jobs (fixture, 1, 0);
  write_file (fixture, "c.txt", "a red cup\n");
  g_usleep (3 * G_USEC_PER_SEC);
  wait_for_jobs (fixture, 2, 0);
  assert_pictures (fixture, "", 2);
  g_assert_cmpint (get_mtime (fixture, names->pdata[0]), ==, mtime);
}

#define N_PROMPTS 24
#define N_KILLS 5

/* @mtimes: (owned) name → when it was written; those that are known must not have changed */
static void
note_pictures (Fixture *fixture, GHashTable *mtimes)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->prompts, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, ".png"))
      {
        const gint64 *known = g_hash_table_lookup (mtimes, name);
        gint64 mtime = get_mtime (fixture, name);

        if (known)
          g_assert_cmpint (*known, ==, mtime);
        else
          g_hash_table_insert (mtimes, g_strdup (name), g_memdup2 (&mtime, sizeof mtime));
      }
}

/* until there is a picture that was not there before */
static void
wait_for_another (Fixture *fixture, GHashTable *mtimes)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  for (;;)
    {
      g_autoptr (GDir) dir = g_dir_open (fixture->prompts, 0, NULL);
      const char *name;

      while ((name = g_dir_read_name (dir)) != NULL)
        if (name[0] != '.' && g_str_has_suffix (name, ".png") && !g_hash_table_contains (mtimes, name))
          return;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (20000);
    }
}

/* Killed again and again: at the end each prompt has its two pictures, none of them written twice. */
static void
test_kill (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GHashTable) mtimes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (unsigned i = 0; i < N_PROMPTS; i++)
    g_string_append_printf (text, "thing number %u\n", i);
  write_file (fixture, "a.txt", text->str);
  for (unsigned kill = 0; kill <= N_KILLS; kill++)
    {
      start (fixture);
      if (kill == N_KILLS)
        wait_for_jobs (fixture, 1, 0);
      else
        {
          /* a file that never gets on is given up, and slow machines load slowly */
          if (kill % 2 == 0)
            wait_for_another (fixture, mtimes);
          g_usleep (g_rand_int_range (fixture->rand, 0, 2000) * 1000);
        }
      stop (fixture, kill < N_KILLS ? SIGKILL : SIGTERM);
      note_pictures (fixture, mtimes);
      g_test_message ("%u pictures", g_hash_table_size (mtimes));
    }
  g_assert_cmpuint (g_hash_table_size (mtimes), ==, 2 * N_PROMPTS);
  for (unsigned i = 0; i < N_PROMPTS; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("thing-number-%u-", i);
      GHashTableIter iter;
      gpointer name;
      unsigned n = 0;

      g_hash_table_iter_init (&iter, mtimes);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        n += g_str_has_prefix (name, prefix);
      g_assert_cmpuint (n, ==, 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/draw-folder/lines", Fixture, NULL, set_up, test_lines, tear_down);
  g_test_add ("/draw-folder/errors", Fixture, NULL, set_up, test_errors, tear_down);
  g_test_add ("/draw-folder/no-model", Fixture, NULL, set_up, test_no_model, tear_down);
  g_test_add ("/draw-folder/moved", Fixture, NULL, set_up, test_moved, tear_down);
  g_test_add ("/draw-folder/kill", Fixture, NULL, set_up, test_kill, tear_down);
  return g_test_run ();
}
