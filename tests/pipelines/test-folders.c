/* test-folders.c - a watched folder, from the files to the keywords, by the real daemon
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The watcher alone is tested in test-watcher.c, the queue in test-queue.c.
 */
#include "config.h"

#include "persea-queue.h"
#include "persea-xmp.h"
#include "tiny-picture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define N_PICTURES 8
#define WORDS "cat,dog,car,house,tree,ship,moon,bread,river,shoe,train,bird"
/* without what is waited for, µs; other tests may run at the same time */
#define PATIENCE (120 * G_USEC_PER_SEC)

typedef struct
{
  char        *folder;
  char        *photos;
  char        *database;
  char        *model;
  GRand       *rand;
  GSubprocess *daemon; /* (nullable) */
} Fixture;

#define wait_until(condition)                                                                       \
  G_STMT_START                                                                                      \
  {                                                                                                 \
    gint64 since_ = g_get_monotonic_time ();                                                        \
    while (!(condition))                                                                            \
      {                                                                                             \
        if (g_get_monotonic_time () - since_ > PATIENCE)                                            \
          g_error ("line %d: waited in vain for %s", __LINE__, #condition);                         \
        g_usleep (50000);                                                                           \
      }                                                                                             \
  }                                                                                                 \
  G_STMT_END

/* (transfer full) */
static char *
photo (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->photos, name, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *relative = g_test_build_filename (G_TEST_DIST, "../golden/clip/hf-quick", NULL);
  g_autofree char *config = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-folders-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->model = g_canonicalize_filename (relative, NULL);
  fixture->rand = g_rand_new_with_seed (17);
  fixture->photos = g_build_filename (fixture->folder, "photos", NULL);
  fixture->database = g_build_filename (fixture->folder, "data/persea/library.db", NULL);
  config = g_build_filename (fixture->folder, "config", "persea", NULL);
  path = g_build_filename (config, "persea.conf", NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->photos, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (config, 0700), ==, 0);
  text = g_strdup_printf ("[persea]\nmodel=%s\ndevice=reference\n[watch a]\nfolder=%s\n"
                          "tags=" WORDS "\ntop=2\nthreshold=0\n",
                          fixture->model, fixture->photos);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  for (unsigned i = 0; i < N_PICTURES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.tif", i);
      g_autofree char *picture = photo (fixture, name);

      tiny_picture_write (picture, fixture->rand);
    }
}

/* The daemon does not outlive the test, however it ends. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
spawn (Fixture *fixture, GSubprocessFlags flags, const char *const *arguments)
{
  static const char *const folders[][2] = {
    { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" },
  };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, folders[i][1], NULL);

      g_subprocess_launcher_setenv (launcher, folders[i][0], path, TRUE);
    }
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere", TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  process = g_subprocess_launcher_spawnv (launcher, arguments, &error);
  g_assert_no_error (error);
  return process;
}

static void
start (Fixture *fixture)
{
  const char *arguments[] = { g_getenv ("PERSEAD"), NULL };

  fixture->daemon = spawn (fixture, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, arguments);
}

static void
stop (Fixture *fixture)
{
  g_subprocess_send_signal (fixture->daemon, SIGTERM);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (fixture->daemon));
  g_assert_cmpint (g_subprocess_get_exit_status (fixture->daemon), ==, 0);
  g_clear_object (&fixture->daemon);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  if (fixture->daemon != NULL)
    stop (fixture);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_rand_free (fixture->rand);
  g_free (fixture->model);
  g_free (fixture->database);
  g_free (fixture->photos);
  g_free (fixture->folder);
}

/* Whether @n files are done, and nothing is to be done. */
static gboolean
is_done (Fixture *fixture, unsigned n)
{
  g_autoptr (PerseaLibrary) library = NULL;
  PerseaQueueCounts counts = { 0 };

  if (!g_file_test (fixture->database, G_FILE_TEST_EXISTS))
    return FALSE;
  library = persea_library_open (fixture->database, PERSEA_LIBRARY_NONE, NULL, NULL);
  return library != NULL && persea_queue_count (library, &counts, NULL) && counts.done == n
         && counts.queued + counts.running + counts.failed == 0;
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (transfer full): the flat keywords of @name's sidecar in the order of the alphabet, "a b c" */
static char *
read_words (Fixture *fixture, const char *name)
{
  g_autofree char *picture = photo (fixture, name);
  g_autofree char *sidecar = g_strconcat (picture, ".xmp", NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (PerseaXmp) xmp = NULL;
  g_autoptr (PerseaKeywords) keywords = NULL;
  g_autofree char *text = NULL;
  size_t size;

  if (!g_file_get_contents (sidecar, &text, &size, NULL))
    return g_strdup ("");
  bytes = g_bytes_new (text, size);
  xmp = persea_xmp_parse (bytes, NULL);
  if (xmp == NULL)
    return g_strdup ("?");
  keywords = persea_xmp_get_keywords (xmp);
  g_ptr_array_sort (keywords->flat, compare_words);
  g_ptr_array_add (keywords->flat, NULL);
  return g_strjoinv (" ", (char **) keywords->flat->pdata);
}

static gboolean
has_words (Fixture *fixture, const char *name, const char *words)
{
  g_autofree char *found = read_words (fixture, name);

  g_test_message ("%s: '%s', expected '%s'", name, found, words);
  return strcmp (found, words) == 0;
}

/* The user puts a keyword into a sidecar. */
static void
add_word (Fixture *fixture, const char *name, const char *word)
{
  g_autofree char *picture = photo (fixture, name);
  g_autofree char *sidecar = g_strconcat (picture, ".xmp", NULL);
  g_autofree char *item = g_strdup_printf ("<rdf:Bag><rdf:li>%s</rdf:li>", word);
  g_autoptr (GString) text = NULL;
  g_autofree char *old = NULL;
  char *bag;

  g_assert_true (g_file_get_contents (sidecar, &old, NULL, NULL));
  bag = strstr (old, "<dc:subject>");
  g_assert_nonnull (bag);
  bag = strstr (bag, "<rdf:Bag>");
  g_assert_nonnull (bag);
  text = g_string_new_len (old, bag - old);
  g_string_append (text, item);
  g_string_append (text, bag + strlen ("<rdf:Bag>"));
  g_assert_true (g_file_set_contents (sidecar, text->str, text->len, NULL));
}

/* @to becomes a copy of @from, at once, as programs do it. */
static void
replace (Fixture *fixture, const char *to, const char *from)
{
  g_autofree char *source = photo (fixture, from);
  g_autofree char *target = photo (fixture, to);
  g_autofree char *contents = NULL;
  size_t size;

  g_assert_true (g_file_get_contents (source, &contents, &size, NULL));
  g_assert_true (g_file_set_contents (target, contents, size, NULL));
}

/* (transfer full): a picture whose words have none in common with those of 0.tif */
static char *
find_other (Fixture *fixture)
{
  g_autofree char *first = read_words (fixture, "0.tif");
  g_auto (GStrv) words = g_strsplit (first, " ", -1);

  g_assert_cmpuint (g_strv_length (words), ==, 2);
  for (unsigned i = 1; i < N_PICTURES; i++)
    {
      char *name = g_strdup_printf ("%u.tif", i);
      g_autofree char *found = read_words (fixture, name);

      if (strstr (found, words[0]) == NULL && strstr (found, words[1]) == NULL)
        return name;
      g_free (name);
    }
  return NULL;
}

/* (transfer full): what persea tag says; @more: an option */
static char *
tag_by_hand (Fixture *fixture, const char *name, const char *words, const char *more)
{
  g_autofree char *picture = photo (fixture, name);
  const char *arguments[] = {
    g_getenv ("PERSEA"), "tag", "--model", fixture->model, "--device", "reference", "--tags", words,
    "--top", "1", "--threshold", "0", "--write", "sidecar", picture, more, NULL,
  };
  g_autoptr (GSubprocess) process = spawn (fixture, G_SUBPROCESS_FLAGS_STDOUT_PIPE, arguments);
  char *said = NULL;

  g_subprocess_communicate_utf8 (process, NULL, NULL, &said, NULL, NULL);
  g_assert_true (g_subprocess_get_successful (process));
  g_test_message ("%s", said);
  return said;
}

static void
test_replaced (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = NULL;
  g_autofree char *words = NULL;
  g_autofree char *with_mine = NULL;

  start (fixture);
  wait_until (is_done (fixture, N_PICTURES));
  other = find_other (fixture);
  g_assert_nonnull (other);
  words = read_words (fixture, other);
  with_mine = g_strconcat ("Mine ", words, NULL);

  /* another picture, by its name the old one: ours go, yours stay */
  add_word (fixture, "0.tif", "Mine");
  replace (fixture, "0.tif", other);
  wait_until (has_words (fixture, "0.tif", with_mine));
}

/* The picture has moved, its sidecar has not, and another picture comes in its place. */
static void
test_renamed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = photo (fixture, "0.tif");
  g_autofree char *moved = photo (fixture, "moved.tif");
  g_autofree char *other = NULL;
  g_autofree char *before = NULL;
  g_autofree char *words = NULL;
  g_autofree char *with_mine = NULL;

  start (fixture);
  wait_until (is_done (fixture, N_PICTURES));
  other = find_other (fixture);
  before = read_words (fixture, "0.tif");
  words = read_words (fixture, other);
  with_mine = g_strconcat ("Mine ", words, NULL);
  add_word (fixture, "0.tif", "Mine");
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  wait_until (has_words (fixture, "moved.tif", before));
  replace (fixture, "0.tif", other);
  wait_until (has_words (fixture, "0.tif", with_mine));
}

/* Metadata were written into the file, or somebody saved it anew. */
static void
test_same_picture (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = photo (fixture, "0.tif");
  g_autofree char *before = NULL;
  g_autofree char *contents = NULL;
  g_autofree char *longer = NULL;
  size_t size;

  start (fixture);
  wait_until (is_done (fixture, N_PICTURES));
  g_free (tag_by_hand (fixture, "0.tif", "zebra", NULL));
  before = read_words (fixture, "0.tif");
  g_assert_nonnull (strstr (before, "zebra"));
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  longer = g_malloc0 (size + 1);
  memcpy (longer, contents, size);
  g_assert_true (g_file_set_contents (path, longer, size + 1, NULL));
  g_usleep (3 * G_USEC_PER_SEC); /* until it has settled; later is no harm */
  wait_until (is_done (fixture, N_PICTURES));
  g_assert_true (has_words (fixture, "0.tif", before));
}

/* What was tagged by hand with other words is not done for the folder. */
static void
test_by_hand (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = NULL;
  g_autofree char *words = NULL;
  g_autofree char *with_zebra = NULL;
  g_autofree char *before = NULL;
  g_autofree char *planned = NULL;
  g_auto (GStrv) taken = NULL;
  const char *removed;

  start (fixture);
  wait_until (is_done (fixture, N_PICTURES));
  other = find_other (fixture);
  words = read_words (fixture, other);
  with_zebra = g_strconcat (words, " zebra", NULL);
  stop (fixture);

  before = read_words (fixture, "0.tif");
  taken = g_strsplit (before, " ", -1);
  replace (fixture, "0.tif", other);
  planned = tag_by_hand (fixture, "0.tif", "zebra", "--dry-run");
  removed = strstr (planned, "would take away");
  g_assert_nonnull (removed);
  g_assert_true (strstr (removed, taken[0]) != NULL && strstr (removed, taken[1]) != NULL);
  g_assert_true (has_words (fixture, "0.tif", before));
  g_free (tag_by_hand (fixture, "0.tif", "zebra", NULL));
  g_assert_true (has_words (fixture, "0.tif", "zebra"));
  start (fixture);
  wait_until (has_words (fixture, "0.tif", with_zebra));
}

typedef enum
{
  DAMAGE_EMPTIED,
  DAMAGE_CUT,
  DAMAGE_OVERWRITTEN,
  DAMAGE_NO_DATABASE,
  DAMAGE_DELETED,
} Damage;

static void
damage_library (Fixture *fixture, Damage damage)
{
  int file = open (fixture->database, O_WRONLY);
  char rubbish[4096];
  off_t size = lseek (file, 0, SEEK_END);

  g_assert_cmpint (file, >=, 0);
  memset (rubbish, 0xa5, sizeof rubbish);
  if (damage == DAMAGE_EMPTIED)
    g_assert_cmpint (ftruncate (file, 0), ==, 0);
  else if (damage == DAMAGE_CUT)
    g_assert_cmpint (ftruncate (file, 4096 * 2 + 100), ==, 0);
  else if (damage == DAMAGE_DELETED)
    g_assert_cmpint (g_unlink (fixture->database), ==, 0);
  else
    for (off_t at = damage == DAMAGE_OVERWRITTEN ? 4096 : 0; at < size; at += sizeof rubbish)
      g_assert_cmpint (pwrite (file, rubbish, sizeof rubbish, at), ==, sizeof rubbish);
  close (file);
}

/* The library is damaged while the daemon works: it goes on, and no keyword is lost or doubled. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *picture = photo (fixture, "new.tif");
  g_autofree char *words = NULL;
  g_autofree char *with_mine = NULL;

  start (fixture);
  wait_until (is_done (fixture, N_PICTURES));
  words = read_words (fixture, "0.tif");
  with_mine = g_strconcat ("Mine ", words, NULL);
  add_word (fixture, "0.tif", "Mine");

  damage_library (fixture, GPOINTER_TO_INT (data));
  tiny_picture_write (picture, fixture->rand);
  wait_until (is_done (fixture, N_PICTURES + 1));
  g_assert_true (has_words (fixture, "0.tif", with_mine));
  stop (fixture); /* it is the same process: it has not ended meanwhile */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (persea_xmp_init (NULL));
  /* opened by two at once, a damaged library is worth a warning */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
#define ADD(name, data, func) g_test_add ("/folders/" name, Fixture, GINT_TO_POINTER (data), set_up, func, tear_down)
  ADD ("replaced", 0, test_replaced);
  ADD ("renamed", 0, test_renamed);
  ADD ("same-picture", 0, test_same_picture);
  ADD ("by-hand", 0, test_by_hand);
  ADD ("damaged/emptied", DAMAGE_EMPTIED, test_damaged);
  ADD ("damaged/cut", DAMAGE_CUT, test_damaged);
  ADD ("damaged/overwritten", DAMAGE_OVERWRITTEN, test_damaged);
  ADD ("damaged/no-database", DAMAGE_NO_DATABASE, test_damaged);
  ADD ("damaged/deleted", DAMAGE_DELETED, test_damaged);
  return g_test_run ();
}
