/* test-watcher.c - a watched folder, with real inotify
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-watcher.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define STEADY 120    /* ms */
#define PATIENCE 30000 /* ms: when a test gives up; other tests may run at the same time */

typedef struct
{
  char          *top;
  char          *folder;
  PerseaWatcher *watcher;
  GPtrArray     *settled; /* of names relative to folder, in the order of arrival */
  GPtrArray     *vanished; /* likewise */
  GPtrArray     *problems;
  unsigned       n_ignored;
  unsigned       n_scans;
  unsigned       n_states;
  gboolean       timed_out;
} Fixture;

static void
on_settled (PerseaWatcher         *watcher,
            const char            *path,
            const PerseaFileStamp *stamp,
            gpointer               user_data)
{
  Fixture *fixture = user_data;
  struct stat status;

  g_assert_true (g_str_has_prefix (path, fixture->folder));
  if (lstat (path, &status) == 0)
    g_assert_cmpint (stamp->size, ==, status.st_size);
  g_ptr_array_add (fixture->settled, g_strdup (path + strlen (fixture->folder) + 1));
}

static void
on_state_changed (PerseaWatcher      *watcher,
                  PerseaWatcherState  state,
                  const char         *reason,
                  gpointer            user_data)
{
  Fixture *fixture = user_data;

  fixture->n_states++;
  g_assert_cmpint (state, ==, persea_watcher_get_state (watcher));
  g_assert_true ((reason == NULL) == (state == PERSEA_WATCHER_WATCHING));
}

static void
on_vanished (PerseaWatcher *watcher, const char *path, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (g_str_has_prefix (path, fixture->folder));
  g_ptr_array_add (fixture->vanished, g_strdup (path + strlen (fixture->folder) + 1));
}

static void
on_ignored (PerseaWatcher *watcher, const char *folder, gpointer user_data)
{
  ((Fixture *) user_data)->n_ignored++;
}

static void
on_problem (PerseaWatcher *watcher, const GError *error, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->problems, g_strdup (error->message));
}

static void
on_scanned (PerseaWatcher *watcher, unsigned n_pictures, gboolean whole, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_scans++;
}

static const PerseaWatcherEvents events = {
  .settled = on_settled,
  .state_changed = on_state_changed,
  .vanished = on_vanished,
  .ignored = on_ignored,
  .problem = on_problem,
  .scanned = on_scanned,
};

static gboolean
on_timeout (gpointer user_data)
{
  ((Fixture *) user_data)->timed_out = TRUE;
  return G_SOURCE_REMOVE;
}

/* Runs the main loop for @ms. */
static void
spin (Fixture *fixture, unsigned ms)
{
  fixture->timed_out = FALSE;
  g_timeout_add (ms, on_timeout, fixture);
  while (!fixture->timed_out)
    g_main_context_iteration (NULL, TRUE);
}

/* Runs the main loop until @condition holds. */
#define spin_until(fixture, condition) \
  G_STMT_START \
  { \
    unsigned timeout = g_timeout_add (PATIENCE, on_timeout, fixture); \
    (fixture)->timed_out = FALSE; \
    while (!(condition) && !(fixture)->timed_out) \
      g_main_context_iteration (NULL, TRUE); \
    if (!(condition)) \
      g_error ("%s: still not: %s", G_STRLOC, #condition); \
    g_source_remove (timeout); \
  } \
  G_STMT_END

static void
start (Fixture *fixture, unsigned max_watches)
{
  PerseaWatcherOptions options = persea_watcher_default_options;
  unsigned before = fixture->n_states;

  options.steady = STEADY;
  options.retry = 1000;
  options.limited_rescan = 1;
  options.max_watches = max_watches;
  fixture->watcher = persea_watcher_new (fixture->folder, &options, &events, fixture);
  spin_until (fixture, fixture->n_states > before);
  if (persea_watcher_get_state (fixture->watcher) != PERSEA_WATCHER_ABSENT)
    spin_until (fixture, fixture->n_scans > 0);
}

static char *
at (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
write_to (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = at (fixture, name);
  int file = open (path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);

  g_assert_cmpint (file, >=, 0);
  g_assert_cmpint (write (file, text, strlen (text)), ==, strlen (text));
  close (file);
}

static void
make_folder (Fixture *fixture, const char *name)
{
  g_autofree char *path = at (fixture, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

static void
move (Fixture *fixture, const char *from, const char *to)
{
  g_autofree char *old = at (fixture, from);
  g_autofree char *new = at (fixture, to);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

static void
erase (const char *path)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", path);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

static unsigned
count (Fixture *fixture, const char *name)
{
  unsigned n = 0;

  for (unsigned i = 0; i < fixture->settled->len; i++)
    n += strcmp (g_ptr_array_index (fixture->settled, i), name) == 0;
  return n;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->top = g_dir_make_tmp ("persea-watcher-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->folder = g_build_filename (fixture->top, "photos", NULL);
  fixture->settled = g_ptr_array_new_with_free_func (g_free);
  fixture->vanished = g_ptr_array_new_with_free_func (g_free);
  fixture->problems = g_ptr_array_new_with_free_func (g_free);
  make_folder (fixture, "");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  persea_watcher_free (fixture->watcher);
  erase (fixture->top);
  g_ptr_array_unref (fixture->settled);
  g_ptr_array_unref (fixture->vanished);
  g_ptr_array_unref (fixture->problems);
  g_free (fixture->folder);
  g_free (fixture->top);
}

static void
test_there_already (Fixture *fixture, gconstpointer data)
{
  write_to (fixture, "a.jpg", "a");
  make_folder (fixture, "x/y");
  write_to (fixture, "x/y/b.PNG", "b");
  start (fixture, 0);
  spin_until (fixture, fixture->settled->len == 2);
  g_assert_cmpuint (count (fixture, "a.jpg"), ==, 1);
  g_assert_cmpuint (count (fixture, "x/y/b.PNG"), ==, 1);
  g_assert_cmpuint (persea_watcher_count_folders (fixture->watcher), ==, 3);

  /* what is old is told of at once */
  spin (fixture, 2 * STEADY);
  persea_watcher_rescan (fixture->watcher);
  spin_until (fixture, fixture->n_scans == 2);
  g_assert_cmpuint (fixture->settled->len, ==, 4);
}

static void
test_arriving (Fixture *fixture, gconstpointer data)
{
  start (fixture, 0);
  write_to (fixture, "a.jpg", "a");
  write_to (fixture, "copy.tmp", "c");
  move (fixture, "copy.tmp", "renamed.jpg");
  spin_until (fixture, fixture->settled->len == 2);
  g_assert_cmpuint (count (fixture, "renamed.jpg"), ==, 1);

  /* changed, touched, moved */
  write_to (fixture, "a.jpg", "more");
  spin_until (fixture, count (fixture, "a.jpg") == 2);
  move (fixture, "a.jpg", "b.jpg");
  spin_until (fixture, count (fixture, "b.jpg") == 1);
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 4);
}

static void
test_from_elsewhere (Fixture *fixture, gconstpointer data)
{
  g_autofree char *linked = at (fixture, "linked.jpg");
  g_autofree char *outside = g_build_filename (fixture->top, "outside.jpg", NULL);

  write_to (fixture, "../moved.jpg", "m");
  write_to (fixture, "../outside.jpg", "o");
  start (fixture, 0);
  move (fixture, "../moved.jpg", "moved.jpg");
  g_assert_cmpint (link (outside, linked), ==, 0);
  spin_until (fixture, fixture->settled->len == 2);
  g_assert_cmpuint (count (fixture, "moved.jpg"), ==, 1);
  g_assert_cmpuint (count (fixture, "linked.jpg"), ==, 1);
}

static void
test_slow_writer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = at (fixture, "slow.jpg");
  int file;

  start (fixture, 0);
  file = open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  g_assert_cmpint (file, >=, 0);
  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_cmpint (write (file, "part", 4), ==, 4);
      /* longer than a file must be steady, but it is still open */
      spin (fixture, 3 * STEADY);
      g_assert_cmpuint (fixture->settled->len, ==, 0);
    }
  close (file);
  spin_until (fixture, fixture->settled->len == 1);
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 1);
}

static void
test_vanishing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = at (fixture, "a.jpg");

  start (fixture, 0);
  write_to (fixture, "a.jpg", "a");
  spin (fixture, STEADY / 4);
  g_unlink (path);
  write_to (fixture, "b.jpg", "b");
  spin_until (fixture, count (fixture, "b.jpg") == 1);
  g_assert_cmpuint (fixture->settled->len, ==, 1);
}

/* What goes away is told of by name; a folder stands for all that is in it. */
static void
test_vanished (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = at (fixture, "a.jpg");
  g_autofree char *folder = at (fixture, "x");

  write_to (fixture, "a.jpg", "a");
  write_to (fixture, "b.jpg", "b");
  write_to (fixture, "notes.txt", "n");
  make_folder (fixture, "x/y");
  write_to (fixture, "x/y/c.jpg", "c");
  start (fixture, 0);
  spin_until (fixture, fixture->settled->len == 3);
  g_unlink (path);
  move (fixture, "b.jpg", "d.jpg");
  move (fixture, "notes.txt", "other.txt");
  spin_until (fixture, fixture->vanished->len == 2);
  g_assert_cmpstr (g_ptr_array_index (fixture->vanished, 0), ==, "a.jpg");
  g_assert_cmpstr (g_ptr_array_index (fixture->vanished, 1), ==, "b.jpg");
  spin_until (fixture, count (fixture, "d.jpg") == 1);
  erase (folder);
  spin_until (fixture, fixture->vanished->len == 5);
  g_assert_cmpstr (g_ptr_array_index (fixture->vanished, 4), ==, "x");
  /* replaced in one step: nothing has vanished */
  write_to (fixture, ".new", "e");
  move (fixture, ".new", "d.jpg");
  spin_until (fixture, count (fixture, "d.jpg") == 2);
  g_assert_cmpuint (fixture->vanished->len, ==, 5);
}

static void
test_unwanted (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {
    ".hidden.jpg", "a.jpg~",   "a.jpg.part",  "a.jpg.crdownload", "a.jpg.xmp",
    "a.xmp",       "notes.txt", "no-suffix",  ".a.jpg.xmp.Q1W2E3", "film.mp4",
  };

  start (fixture, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    write_to (fixture, names[i], "x");
  make_folder (fixture, "folder.jpg");
  make_folder (fixture, ".thumbnails");
  write_to (fixture, ".thumbnails/t.jpg", "t");
  write_to (fixture, "not \xff utf-8.jpg", "x");
  spin_until (fixture, fixture->settled->len == 1);
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 1);
  g_assert_cmpuint (count (fixture, "not \xff utf-8.jpg"), ==, 1);
  persea_watcher_rescan (fixture->watcher);
  spin_until (fixture, fixture->n_scans >= 3);
  g_assert_cmpuint (fixture->settled->len, ==, count (fixture, "not \xff utf-8.jpg"));
}

static void
test_new_folders (Fixture *fixture, gconstpointer data)
{
  start (fixture, 0);
  /* faster than any watch can be added */
  make_folder (fixture, "1/2/3");
  write_to (fixture, "1/a.jpg", "a");
  write_to (fixture, "1/2/3/b.jpg", "b");
  spin_until (fixture, fixture->settled->len == 2);
  write_to (fixture, "1/2/3/c.jpg", "c");
  spin_until (fixture, count (fixture, "1/2/3/c.jpg") == 1);
  g_assert_cmpuint (count (fixture, "1/2/3/b.jpg"), ==, 1);
}

static void
test_moved_folders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gone = at (fixture, "new");

  make_folder (fixture, "old/deep");
  write_to (fixture, "old/deep/a.jpg", "a");
  make_folder (fixture, "../elsewhere");
  write_to (fixture, "../elsewhere/b.jpg", "b");
  start (fixture, 0);
  spin_until (fixture, fixture->settled->len == 1);
  move (fixture, "old", "new");
  spin_until (fixture, count (fixture, "new/deep/a.jpg") == 1);
  write_to (fixture, "new/deep/c.jpg", "c");
  spin_until (fixture, count (fixture, "new/deep/c.jpg") == 1);
  move (fixture, "../elsewhere", "here");
  spin_until (fixture, count (fixture, "here/b.jpg") == 1);
  g_assert_cmpuint (persea_watcher_count_folders (fixture->watcher), ==, 4);
  erase (gone);
  spin_until (fixture, persea_watcher_count_folders (fixture->watcher) == 2);
  move (fixture, "here", "../elsewhere");
  spin_until (fixture, persea_watcher_count_folders (fixture->watcher) == 1);
  write_to (fixture, "../elsewhere/d.jpg", "d");
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 4);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *loop = at (fixture, "loop");
  g_autofree char *out = at (fixture, "out");
  g_autofree char *file = at (fixture, "file.jpg");

  write_to (fixture, "../secret.jpg", "s");
  g_assert_cmpint (symlink (".", loop), ==, 0);
  g_assert_cmpint (symlink ("..", out), ==, 0);
  start (fixture, 0);
  g_assert_cmpint (symlink ("../secret.jpg", file), ==, 0);
  write_to (fixture, "real.jpg", "r");
  spin_until (fixture, fixture->settled->len == 1);
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 1);
  g_assert_cmpuint (persea_watcher_count_folders (fixture->watcher), ==, 1);
}

static void
test_linked_root (Fixture *fixture, gconstpointer data)
{
  char *real = fixture->folder;

  fixture->folder = g_build_filename (fixture->top, "link", NULL);
  g_assert_cmpint (symlink ("photos", fixture->folder), ==, 0);
  g_free (fixture->folder);
  fixture->folder = g_steal_pointer (&real);
  write_to (fixture, "a.jpg", "a");
  {
    PerseaWatcherOptions options = persea_watcher_default_options;
    g_autofree char *path = g_build_filename (fixture->top, "link", NULL);

    options.steady = STEADY;
    fixture->watcher = persea_watcher_new (path, &options, &events, fixture);
  }
  spin_until (fixture, fixture->settled->len == 1);
  g_assert_cmpuint (count (fixture, "a.jpg"), ==, 1);
}

static void
test_markers (Fixture *fixture, gconstpointer data)
{
  g_autofree char *marker = at (fixture, "app/.nomedia");

  make_folder (fixture, "app/cache");
  write_to (fixture, "app/.nomedia", "");
  write_to (fixture, "app/cache/a.jpg", "a");
  start (fixture, 0);
  write_to (fixture, "app/b.jpg", "b");
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 0);
  /* the marker goes */
  g_unlink (marker);
  spin_until (fixture, fixture->settled->len == 2);
  /* and comes again */
  write_to (fixture, "app/.trackerignore", "");
  spin (fixture, STEADY);
  write_to (fixture, "app/cache/c.jpg", "c");
  write_to (fixture, "app/d.jpg", "d");
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 2);
}

static void
test_ignore_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = at (fixture, ".perseaignore");

  write_to (fixture, ".perseaignore", "screenshots/\n*.png\n!keep.png\n");
  make_folder (fixture, "screenshots/deep");
  make_folder (fixture, "other");
  write_to (fixture, "screenshots/a.jpg", "a");
  write_to (fixture, "other/b.png", "b");
  write_to (fixture, "other/keep.png", "k");
  start (fixture, 0);
  write_to (fixture, "screenshots/deep/c.jpg", "c");
  write_to (fixture, "other/d.png", "d");
  write_to (fixture, "other/e.jpg", "e");
  spin_until (fixture, count (fixture, "other/e.jpg") == 1 && count (fixture, "other/keep.png") == 1);
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, 2);
  g_assert_cmpuint (fixture->n_ignored, ==, 0);
  /* without it, everything is wanted */
  g_unlink (file);
  spin_until (fixture, count (fixture, "other/b.png") > 0 && count (fixture, "other/d.png") > 0);
  spin_until (fixture, count (fixture, "screenshots/deep/c.jpg") > 0);
  g_assert_cmpuint (fixture->n_ignored, >, 0);
  g_assert_cmpuint (persea_watcher_count_folders (fixture->watcher), ==, 4);
}

static void
test_root_comes_and_goes (Fixture *fixture, gconstpointer data)
{
  erase (fixture->folder);
  start (fixture, 0);
  g_assert_cmpint (persea_watcher_get_state (fixture->watcher), ==, PERSEA_WATCHER_ABSENT);
  spin (fixture, STEADY);
  make_folder (fixture, "");
  write_to (fixture, "a.jpg", "a");
  spin_until (fixture, count (fixture, "a.jpg") == 1);
  g_assert_cmpint (persea_watcher_get_state (fixture->watcher), ==, PERSEA_WATCHER_WATCHING);

  erase (fixture->folder);
  spin_until (fixture,
              persea_watcher_get_state (fixture->watcher) == PERSEA_WATCHER_ABSENT);
  make_folder (fixture, "");
  spin_until (fixture,
              persea_watcher_get_state (fixture->watcher) == PERSEA_WATCHER_WATCHING);
  write_to (fixture, "b.jpg", "b");
  spin_until (fixture, count (fixture, "b.jpg") == 1);
  /* replaced at once: another folder of the same name */
  move (fixture, "", "../old");
  make_folder (fixture, "");
  write_to (fixture, "c.jpg", "c");
  spin_until (fixture, count (fixture, "c.jpg") == 1);
}

static void
test_watches_run_out (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = at (fixture, "1");
  g_autofree char *two = at (fixture, "2");

  make_folder (fixture, "1");
  make_folder (fixture, "2");
  make_folder (fixture, "3");
  start (fixture, 2);
  g_assert_cmpint (persea_watcher_get_state (fixture->watcher), ==, PERSEA_WATCHER_LIMITED);
  /* nobody tells of these, the scans find them */
  write_to (fixture, "1/a.jpg", "a");
  write_to (fixture, "2/b.jpg", "b");
  write_to (fixture, "3/c.jpg", "c");
  spin_until (fixture, count (fixture, "1/a.jpg") > 0 && count (fixture, "2/b.jpg") > 0
                         && count (fixture, "3/c.jpg") > 0);
  /* there is enough again */
  erase (one);
  erase (two);
  spin_until (fixture, persea_watcher_get_state (fixture->watcher) == PERSEA_WATCHER_WATCHING);
  g_assert_cmpuint (persea_watcher_count_folders (fixture->watcher), ==, 2);
}

static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = at (fixture, "closed");

  if (geteuid () == 0)
    {
      g_test_skip ("root can read everything");
      return;
    }
  make_folder (fixture, "closed");
  write_to (fixture, "closed/a.jpg", "a");
  g_assert_cmpint (chmod (path, 0), ==, 0);
  start (fixture, 0);
  g_assert_cmpuint (fixture->problems->len, >, 0);
  g_assert_cmpint (chmod (path, 0755), ==, 0);
  spin_until (fixture, count (fixture, "closed/a.jpg") == 1);
}

static void
test_burst (Fixture *fixture, gconstpointer data)
{
  enum { N = 2000 };

  start (fixture, 0);
  for (unsigned i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("%04u.jpg", i);

      write_to (fixture, name, "x");
    }
  spin_until (fixture, fixture->settled->len >= N);
  spin (fixture, 3 * STEADY);
  g_assert_cmpuint (fixture->settled->len, ==, N);
}

static void
test_overflow (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  guint64 limit = 0;
  unsigned n_scans;

  if (!g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL)
      || !g_ascii_string_to_unsigned (g_strstrip (text), 10, 1, 40000, &limit, NULL))
    {
      g_test_skip ("the kernel's queue is unknown or too long to fill");
      return;
    }
  start (fixture, 0);
  n_scans = fixture->n_scans;
  /* two events a round that the kernel cannot merge, and nobody reads them; then one that is lost */
  path = at (fixture, ".x");
  for (unsigned i = 0; i <= limit / 2; i++)
    {
      g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
      g_assert_cmpint (g_rmdir (path), ==, 0);
    }
  write_to (fixture, "lost.jpg", "l");
  spin_until (fixture, count (fixture, "lost.jpg") > 0);
  g_assert_cmpuint (fixture->n_scans, >, n_scans);
  g_assert_cmpuint (fixture->problems->len, ==, 1); /* and it was said */
  write_to (fixture, "later.jpg", "l");
  spin_until (fixture, count (fixture, "later.jpg") > 0);
}

/* A folder that was replaced while nobody could tell: the scan finds the new one, and watches it. */
static void
test_replaced_unseen (Fixture *fixture, gconstpointer data)
{
  make_folder (fixture, "x");
  start (fixture, 0);
  make_folder (fixture, "../new");
  move (fixture, "x", "../old");
  move (fixture, "../new", "x");
  persea_watcher_rescan (fixture->watcher);
  spin_until (fixture, fixture->n_scans >= 2);
  write_to (fixture, "x/a.jpg", "a");
  spin_until (fixture, count (fixture, "x/a.jpg") == 1);
  g_assert_cmpuint (persea_watcher_count_folders (fixture->watcher), ==, 2);
}

/* A volume comes below the folder, and goes; in a name space of its own, which only root can have. */
static void
test_mounts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *volume = at (fixture, "volume");

  if (unshare (CLONE_NEWNS) != 0)
    {
      g_test_skip ("nothing may be mounted");
      return;
    }
  make_folder (fixture, "volume");
  write_to (fixture, "volume/below.jpg", "b");
  mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
  start (fixture, 0);
  spin_until (fixture, count (fixture, "volume/below.jpg") == 1);
  if (mount ("persea-test", volume, "tmpfs", 0, NULL) != 0)
    {
      g_test_skip ("nothing may be mounted");
      return;
    }
  write_to (fixture, "volume/a.jpg", "a");
  spin_until (fixture, count (fixture, "volume/a.jpg") > 0);
  write_to (fixture, "volume/b.jpg", "b");
  spin_until (fixture, count (fixture, "volume/b.jpg") > 0);
  /* nothing that was on it is told to be deleted */
  g_assert_cmpint (umount (volume), ==, 0);
  spin_until (fixture, count (fixture, "volume/below.jpg") > 1);
  g_assert_cmpuint (fixture->vanished->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/watcher/there-already", test_there_already);
  ADD ("/watcher/arriving", test_arriving);
  ADD ("/watcher/from-elsewhere", test_from_elsewhere);
  ADD ("/watcher/slow-writer", test_slow_writer);
  ADD ("/watcher/vanishing", test_vanishing);
  ADD ("/watcher/vanished", test_vanished);
  ADD ("/watcher/unwanted", test_unwanted);
  ADD ("/watcher/new-folders", test_new_folders);
  ADD ("/watcher/moved-folders", test_moved_folders);
  ADD ("/watcher/links", test_links);
  ADD ("/watcher/linked-root", test_linked_root);
  ADD ("/watcher/markers", test_markers);
  ADD ("/watcher/ignore-file", test_ignore_file);
  ADD ("/watcher/root-comes-and-goes", test_root_comes_and_goes);
  ADD ("/watcher/watches-run-out", test_watches_run_out);
  ADD ("/watcher/unreadable", test_unreadable);
  ADD ("/watcher/burst", test_burst);
  ADD ("/watcher/overflow", test_overflow);
  ADD ("/watcher/replaced-unseen", test_replaced_unseen);
  ADD ("/watcher/mounts", test_mounts); /* the last: the name space is left to it */
#undef ADD
  return g_test_run ();
}
