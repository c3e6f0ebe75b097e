/* test-queue.c - the daemon's queue: each state and what happens when the program dies in it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-queue.h"

#include "persea-drawings.h"
#include "persea-error.h"

#include <glib/gstdio.h>

typedef struct
{
  char          *folder;
  char          *path;
  PerseaLibrary *library;
  int64_t        run;
} Fixture;

static const PerseaFileStamp stamp_1 = { 1, 2, 3, 4 };
static const PerseaFileStamp stamp_2 = { 1, 2, 3, 5 };

static void
reopen (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->library, persea_library_unref);
  fixture->library = persea_library_open (fixture->path, PERSEA_LIBRARY_CHECK, NULL, &error);
  g_assert_no_error (error);
  persea_queue_recover (fixture->library, &error);
  g_assert_no_error (error);
}

static int64_t
add_run (Fixture *fixture, const char *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = persea_library_new_run_name ();
  PerseaRun run = { name, "test", "tiny", "abc", "default", "def", options };
  int64_t id = 0;

  persea_library_add_run (fixture->library, &run, &id, &error);
  g_assert_no_error (error);
  return id;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-queue-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "library.db", NULL);
  reopen (fixture);
  fixture->run = add_run (fixture, "{}");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  persea_library_unref (fixture->library);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->path);
  g_free (fixture->folder);
}

static gboolean
offer (Fixture *fixture, const char *path, const PerseaFileStamp *stamp)
{
  g_autoptr (GError) error = NULL;
  gboolean queued = FALSE;

  persea_queue_offer (fixture->library, path, stamp, "photos", &queued, &error);
  g_assert_no_error (error);
  return queued;
}

static GPtrArray *
claim (Fixture *fixture, unsigned max)
{
  g_autoptr (PerseaQueueJob) like = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *jobs = NULL;

  persea_queue_peek (fixture->library, NULL, &like, &error);
  g_assert_no_error (error);
  g_assert_nonnull (like);
  persea_queue_claim (fixture->library, like, fixture->run, max, &jobs, &error);
  g_assert_no_error (error);
  return jobs;
}

static void
finish (Fixture *fixture, const PerseaQueueJob *job, const char *content)
{
  g_autoptr (GError) error = NULL;

  persea_queue_finish (fixture->library, job, &job->stamp, content, &error);
  g_assert_no_error (error);
}

static void
assert_counts (Fixture *fixture, unsigned queued, unsigned running, unsigned done, unsigned failed)
{
  g_autoptr (GError) error = NULL;
  PerseaQueueCounts counts;

  persea_queue_count (fixture->library, &counts, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (counts.queued, ==, queued);
  g_assert_cmpuint (counts.running, ==, running);
  g_assert_cmpuint (counts.done, ==, done);
  g_assert_cmpuint (counts.failed, ==, failed);
}

/* a watch that cannot be worked for does not hide the others' jobs */
static void
test_pass_over (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) broken = g_ptr_array_new ();
  g_autoptr (PerseaQueueJob) next = NULL;
  g_autoptr (PerseaQueueJob) none = NULL;
  g_autoptr (GError) error = NULL;
  gboolean queued;

  g_assert_true (offer (fixture, "/p/a", &stamp_1));
  persea_queue_offer (fixture->library, "/q/b", &stamp_1, "other", &queued, &error);
  g_assert_no_error (error);

  g_ptr_array_add (broken, (char *) "photos");
  g_assert_true (persea_queue_peek (fixture->library, broken, &next, &error));
  g_assert_cmpstr (next->path, ==, "/q/b");
  g_ptr_array_add (broken, (char *) "other");
  g_assert_true (persea_queue_peek (fixture->library, broken, &none, &error));
  g_assert_null (none);
}

static void
test_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaQueueJob) none = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  PerseaQueueJob *job;

  g_assert_true (offer (fixture, "/p/a", &stamp_1));
  g_assert_false (offer (fixture, "/p/a", &stamp_1));
  g_assert_true (offer (fixture, "/p/b", &stamp_1));
  assert_counts (fixture, 2, 0, 0, 0);

  jobs = claim (fixture, 10);
  g_assert_cmpuint (jobs->len, ==, 2);
  job = g_ptr_array_index (jobs, 0);
  g_assert_cmpstr (job->path, ==, "/p/a");
  g_assert_cmpint (job->run, ==, fixture->run);
  g_assert_cmpuint (job->attempts, ==, 1);
  assert_counts (fixture, 0, 2, 0, 0);
  finish (fixture, job, "sum");
  finish (fixture, g_ptr_array_index (jobs, 1), "other");
  assert_counts (fixture, 0, 0, 2, 0);

  g_assert_true (persea_queue_peek (fixture->library, NULL, &none, &error));
  g_assert_null (none);
  reopen (fixture);
  g_assert_false (offer (fixture, "/p/a", &stamp_1));
  assert_counts (fixture, 0, 0, 2, 0);
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) again = NULL;
  const PerseaQueueJob *job;

  offer (fixture, "/p/a", &stamp_1);
  jobs = claim (fixture, 1);
  /* while it is being worked on */
  g_assert_true (offer (fixture, "/p/a", &stamp_2));
  finish (fixture, g_ptr_array_index (jobs, 0), "sum");
  assert_counts (fixture, 1, 0, 0, 0);
  again = claim (fixture, 1);
  job = g_ptr_array_index (again, 0);
  g_assert_cmpint (job->stamp.mtime_ns, ==, stamp_2.mtime_ns);
  g_assert_null (job->content);
  finish (fixture, job, "sum");
  /* and after: what was done is remembered */
  g_assert_true (offer (fixture, "/p/a", &stamp_1));
  g_clear_pointer (&again, g_ptr_array_unref);
  again = claim (fixture, 1);
  job = g_ptr_array_index (again, 0);
  g_assert_cmpstr (job->content, ==, "sum");
}

static void
test_death (Fixture *fixture, gconstpointer data)
{
  offer (fixture, "/p/a", &stamp_1);
  offer (fixture, "/p/b", &stamp_1);
  offer (fixture, "/p/c", &stamp_1);
  g_ptr_array_unref (claim (fixture, 2));
  reopen (fixture);
  assert_counts (fixture, 3, 0, 0, 0);

  /* what nobody died with comes first, the others alone and in their old run */
  fixture->run = add_run (fixture, "{}");
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) jobs = claim (fixture, 10);
      const PerseaQueueJob *job = g_ptr_array_index (jobs, 0);

      g_assert_cmpuint (jobs->len, ==, 1);
      g_assert_cmpstr (job->path, ==, i == 0 ? "/p/c" : "/p/a");
      g_assert_cmpint (job->run, ==, fixture->run - (i == 0 ? 0 : 1));
      if (i == 0)
        finish (fixture, job, "sum");
    }
  for (unsigned i = 0; i < 3; i++)
    {
      reopen (fixture);
      assert_counts (fixture, 2, 0, 1, 0);
      g_ptr_array_unref (claim (fixture, 10));
      g_ptr_array_unref (claim (fixture, 10));
    }
  /* /p/a has killed the program five times, /p/b four times */
  reopen (fixture);
  assert_counts (fixture, 1, 0, 1, 1);
  g_assert_false (offer (fixture, "/p/a", &stamp_1));
  reopen (fixture);
  assert_counts (fixture, 1, 0, 1, 1);
}

static void
test_failed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) damaged = g_error_new (PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "damaged");
  g_autoptr (GError) denied = g_error_new (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "denied");
  g_autoptr (GError) error = NULL;

  offer (fixture, "/p/a", &stamp_1);
  offer (fixture, "/p/b", &stamp_1);
  offer (fixture, "/p/c", &stamp_1);
  jobs = claim (fixture, 3);
  g_assert_true (persea_queue_fail (fixture->library, jobs->pdata[0], damaged, &error));
  g_assert_true (persea_queue_fail (fixture->library, jobs->pdata[1], denied, &error));
  g_assert_true (persea_queue_release (fixture->library, jobs->pdata[2], &error));
  assert_counts (fixture, 1, 0, 0, 2);
  g_assert_false (offer (fixture, "/p/a", &stamp_1));
  /* permissions may have changed, the damaged picture has not */
  reopen (fixture);
  assert_counts (fixture, 2, 0, 0, 1);
  g_assert_true (offer (fixture, "/p/a", &stamp_2));
  assert_counts (fixture, 3, 0, 0, 0);
}

static void
test_vanished (Fixture *fixture, gconstpointer data)
{
  static const char *const watches[] = { "others", NULL };
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;

  offer (fixture, "/p/a", &stamp_1);
  offer (fixture, "/p/b", &stamp_1);
  jobs = claim (fixture, 1);
  g_assert_true (persea_queue_withdraw (fixture->library, "/p/a", &error));
  finish (fixture, g_ptr_array_index (jobs, 0), "sum");
  assert_counts (fixture, 1, 0, 0, 0);
  g_assert_true (persea_queue_keep_watches (fixture->library, watches, &error));
  assert_counts (fixture, 0, 0, 0, 0);
  g_assert_true (offer (fixture, "/p/a", &stamp_1));
}

/* What is gone counts nowhere, and is known when it comes back. */
static void
test_gone (Fixture *fixture, gconstpointer data)
{
  static const PerseaFileStamp remounted = { 9, 77, 3, 4 };
  static const PerseaFileStamp replaced = { 1, 77, 3, 4 };
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) error = NULL;
  PerseaQueueCounts counts;

  offer (fixture, "/p/x/a", &stamp_1);
  offer (fixture, "/p/x/y/b", &stamp_1);
  offer (fixture, "/p/x.jpg", &stamp_1);
  jobs = claim (fixture, 1);
  finish (fixture, g_ptr_array_index (jobs, 0), "sum");
  assert_counts (fixture, 2, 0, 1, 0);
  g_assert_true (persea_library_list_files (fixture->library, FALSE, "/p/x", NULL, 9, &files, &error));
  g_assert_cmpuint (files->len, ==, 2);

  g_assert_true (persea_library_mark_gone (fixture->library, "/p/x", &error));
  assert_counts (fixture, 1, 0, 0, 0);
  g_clear_pointer (&files, g_ptr_array_unref);
  g_assert_true (persea_library_list_files (fixture->library, FALSE, "/p/x", NULL, 9, &files, &error));
  g_assert_cmpuint (files->len, ==, 0);
  g_clear_pointer (&files, g_ptr_array_unref);
  g_assert_true (persea_library_list_files (fixture->library, TRUE, "/p/x", NULL, 9, &files, &error));
  g_assert_cmpuint (files->len, ==, 2);
  /* nothing is forgotten yet, and not what is not gone */
  g_assert_true (persea_library_forget_gone (fixture->library, 1000, &error));
  g_assert_false (offer (fixture, "/p/x/a", &stamp_1));
  assert_counts (fixture, 1, 0, 1, 0);
  /* this one was still to be done */
  g_assert_true (offer (fixture, "/p/x/y/b", &stamp_1));

  /* the file system has another number since the machine was started; that is no change */
  g_assert_false (offer (fixture, "/p/x/a", &remounted));
  g_assert_true (offer (fixture, "/p/x/y/b", &replaced));
  g_assert_true (persea_queue_count_watch (fixture->library, "photos", &counts, &error));
  g_assert_cmpuint (counts.done, ==, 1);
  g_assert_true (persea_queue_count_watch (fixture->library, "others", &counts, &error));
  g_assert_cmpuint (counts.done + counts.queued, ==, 0);

  g_assert_true (persea_library_mark_gone (fixture->library, "/p/x/a", &error));
  g_assert_true (persea_library_forget_gone (fixture->library, -10, &error));
  assert_counts (fixture, 2, 0, 0, 0);
  g_assert_true (offer (fixture, "/p/x/a", &remounted));
}

/* A watch of another name takes over what was done. */
static void
test_renamed_watch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  gboolean queued = TRUE;
  PerseaQueueCounts counts;

  offer (fixture, "/p/a", &stamp_1);
  offer (fixture, "/p/ab", &stamp_1);
  jobs = claim (fixture, 1);
  finish (fixture, g_ptr_array_index (jobs, 0), "sum");
  g_assert_true (persea_queue_offer (fixture->library, "/p/a", &stamp_1, "others", &queued, &error));
  g_assert_false (queued);
  g_assert_true (persea_queue_count_watch (fixture->library, "others", &counts, &error));
  g_assert_cmpuint (counts.done, ==, 1);
  g_assert_true (persea_queue_withdraw_folder (fixture->library, "/p/a", &error));
  assert_counts (fixture, 1, 0, 1, 0);
  g_assert_true (persea_queue_withdraw_folder (fixture->library, "/p", &error));
  assert_counts (fixture, 0, 0, 1, 0);
}

static int64_t
find_twin (Fixture *fixture, const PerseaQueueJob *job, const char *content)
{
  g_autoptr (GError) error = NULL;
  int64_t twin = -1;
  int64_t run = -1;

  persea_queue_find_twin (fixture->library, job, content, &twin, &run, &error);
  g_assert_no_error (error);
  return twin;
}

static void
test_twins (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) moved = NULL;
  g_autoptr (GPtrArray) others = NULL;
  const PerseaQueueJob *first;

  offer (fixture, "/p/a", &stamp_1);
  jobs = claim (fixture, 1);
  first = g_ptr_array_index (jobs, 0);
  finish (fixture, first, "sum");

  offer (fixture, "/p/b", &stamp_1);
  fixture->run = add_run (fixture, "{}");
  moved = claim (fixture, 1);
  g_assert_cmpint (find_twin (fixture, moved->pdata[0], "sum"), ==, first->file);
  g_assert_cmpint (find_twin (fixture, moved->pdata[0], "other"), ==, 0);

  offer (fixture, "/p/c", &stamp_1);
  fixture->run = add_run (fixture, "{\"top\":3}");
  others = claim (fixture, 1);
  g_assert_cmpint (find_twin (fixture, others->pdata[0], "sum"), ==, 0);
}

static void
test_moved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) moved = NULL;
  g_autoptr (GHashTable) rejected = NULL;
  g_autoptr (GError) error = NULL;
  PerseaQueueJob *first;
  PerseaQueueJob *job;
  int64_t run = fixture->run;

  offer (fixture, "/p/old", &stamp_1);
  jobs = claim (fixture, 1);
  first = g_ptr_array_index (jobs, 0);
  finish (fixture, first, "sum");
  g_assert_true (persea_library_reject (fixture->library, first->file, "cat", &error));

  offer (fixture, "/p/new", &stamp_1);
  fixture->run = add_run (fixture, "{}");
  moved = claim (fixture, 1);
  job = g_ptr_array_index (moved, 0);
  g_assert_true (persea_queue_adopt (fixture->library, job, first->file, run, &stamp_2, &error));
  g_assert_cmpint (job->file, ==, first->file);
  g_assert_cmpint (job->run, ==, run);
  assert_counts (fixture, 0, 1, 0, 0);
  g_assert_true (persea_library_get_rejected (fixture->library, job->file, &rejected, &error));
  g_assert_true (g_hash_table_contains (rejected, "cat"));

  /* dies before the end: done again, in the old run, and not taken for unchanged */
  reopen (fixture);
  g_clear_pointer (&moved, g_ptr_array_unref);
  moved = claim (fixture, 1);
  job = g_ptr_array_index (moved, 0);
  g_assert_cmpstr (job->path, ==, "/p/new");
  g_assert_cmpint (job->run, ==, run);
  g_assert_null (job->content);
  finish (fixture, job, "sum");
  assert_counts (fixture, 0, 0, 1, 0);
}

static void
test_other_options (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  int64_t old = fixture->run;

  offer (fixture, "/p/a", &stamp_1);
  g_ptr_array_unref (claim (fixture, 1));
  reopen (fixture);
  g_assert_true (persea_queue_leave_run (fixture->library, old, &error));
  fixture->run = add_run (fixture, "{\"top\":3}");
  jobs = claim (fixture, 1);
  g_assert_cmpint (((PerseaQueueJob *) jobs->pdata[0])->run, ==, fixture->run);
}

/* a folder that draws: no run, claimed and put back until it is done */
static GPtrArray *
claim_prompts (Fixture *fixture)
{
  g_autoptr (PerseaQueueJob) like = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *jobs = NULL;

  persea_queue_peek (fixture->library, NULL, &like, &error);
  g_assert_no_error (error);
  g_assert_nonnull (like);
  g_assert_cmpint (like->run, ==, 0);
  persea_queue_claim (fixture->library, like, 0, 1, &jobs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (jobs->len, ==, 1);
  return jobs;
}

static void
test_put_back (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  offer (fixture, "/prompts.txt", &stamp_1);
  /* each death is followed by some progress: it is never given up */
  for (unsigned i = 0; i < 12; i++)
    {
      g_autoptr (GPtrArray) dying = claim_prompts (fixture);

      g_assert_cmpint (((PerseaQueueJob *) dying->pdata[0])->attempts, ==, 1);
      reopen (fixture);
      assert_counts (fixture, 1, 0, 0, 0);
      {
        g_autoptr (GPtrArray) jobs = claim_prompts (fixture);

        g_assert_cmpint (((PerseaQueueJob *) jobs->pdata[0])->attempts, ==, 2);
        persea_queue_put_back (fixture->library, jobs->pdata[0], &error);
        g_assert_no_error (error);
      }
    }
  {
    g_autoptr (GPtrArray) jobs = claim_prompts (fixture);

    finish (fixture, jobs->pdata[0], "sum");
  }
  assert_counts (fixture, 0, 0, 1, 0);
}

static void
test_find_drawn (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) tagged = NULL;
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_autoptr (GArray) twins = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  PerseaQueueJob *job;
  int64_t twin;

  offer (fixture, "/picture.png", &stamp_1);
  tagged = claim (fixture, 1);
  finish (fixture, tagged->pdata[0], "sum"); /* has a run: none of ours */
  offer (fixture, "/a.txt", &stamp_1);
  first = claim_prompts (fixture);
  twin = ((PerseaQueueJob *) first->pdata[0])->file;
  finish (fixture, first->pdata[0], "sum");

  offer (fixture, "/b.txt", &stamp_1);
  second = claim_prompts (fixture);
  job = second->pdata[0];
  persea_queue_find_drawn (fixture->library, job, "other", &twins, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (twins->len, ==, 0);
  g_clear_pointer (&twins, g_array_unref);
  persea_queue_find_drawn (fixture->library, job, "sum", &twins, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (twins->len, ==, 1);
  g_assert_cmpint (g_array_index (twins, int64_t, 0), ==, twin);

  /* it has moved: what was drawn for it stays known */
  persea_drawings_set (fixture->library, twin, "key", 3, NULL, &error);
  persea_queue_adopt (fixture->library, job, twin, 0, &stamp_1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->file, ==, twin);
  finish (fixture, job, "sum");
  path = persea_library_get_file_path (fixture->library, twin, &error);
  g_assert_cmpstr (path, ==, "/b.txt");
  assert_counts (fixture, 0, 0, 2, 0);
}

static void
test_drawings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *none = NULL;
  g_autofree char *some = NULL;
  g_autofree char *forgotten = NULL;
  int64_t file = 0;
  unsigned n = 7;

  persea_library_ensure_file (fixture->library, "/a.txt", &stamp_1, NULL, &file, &error);
  g_assert_true (persea_drawings_find (fixture->library, file, "key", &n, &none, &error));
  g_assert_cmpuint (n, ==, 0);
  g_assert_null (none);
  g_assert_true (persea_drawings_set (fixture->library, file, "key", 1, NULL, &error));
  g_assert_true (persea_drawings_set (fixture->library, file, "key", 2, "too dark", &error));
  reopen (fixture);
  g_assert_true (persea_drawings_find (fixture->library, file, "key", &n, &some, &error));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (some, ==, "too dark");
  g_assert_true (persea_drawings_forget_errors (fixture->library, file, &error));
  g_assert_true (persea_drawings_find (fixture->library, file, "key", &n, &forgotten, &error));
  g_assert_cmpuint (n, ==, 2);
  g_assert_null (forgotten);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/queue/once", test_once);
  ADD ("/queue/pass-over", test_pass_over);
  ADD ("/queue/changed", test_changed);
  ADD ("/queue/death", test_death);
  ADD ("/queue/failed", test_failed);
  ADD ("/queue/vanished", test_vanished);
  ADD ("/queue/gone", test_gone);
  ADD ("/queue/renamed-watch", test_renamed_watch);
  ADD ("/queue/twins", test_twins);
  ADD ("/queue/moved", test_moved);
  ADD ("/queue/other-options", test_other_options);
#undef ADD
  g_test_add ("/queue/put-back", Fixture, NULL, set_up, test_put_back, tear_down);
  g_test_add ("/queue/find-drawn", Fixture, NULL, set_up, test_find_drawn, tear_down);
  g_test_add ("/queue/drawings", Fixture, NULL, set_up, test_drawings, tear_down);
  return g_test_run ();
}
