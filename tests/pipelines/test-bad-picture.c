/* test-bad-picture.c - persead, and a picture whose decoder does not come back
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Runs the program that PERSEAD names on a watched folder.  No picture is known that its decoder
 * hangs on, so the decoder is stopped from here.
 */
#include "config.h"

#include "persea-queue.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include <glib/gstdio.h>

#define PATIENCE 60 /* s */

typedef struct
{
  char          *folder;
  char          *photos;
  PerseaLibrary *library;
  GSubprocess   *daemon;
} Fixture;

/* A golden picture, with a byte behind its end so that its content is its own. */
static void
put_picture (Fixture *fixture, const char *name, char mark)
{
  g_autofree char *golden = g_test_build_filename (G_TEST_DIST, "../golden/pixels/stripes-64x48.png", NULL);
  g_autofree char *path = g_build_filename (fixture->photos, name, NULL);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  size_t size = 0;

  g_file_get_contents (golden, &contents, &size, &error);
  g_assert_no_error (error);
  contents = g_realloc (contents, size + 1);
  contents[size] = mark;
  g_file_set_contents (path, contents, size + 1, &error);
  g_assert_no_error (error);
}

static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
spawn (Fixture *fixture)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *config = g_build_filename (fixture->folder, "persea.conf", NULL);
  g_autoptr (GError) error = NULL;
  GSubprocess *daemon;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", fixture->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", fixture->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  g_subprocess_launcher_setenv (launcher, "DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  daemon = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("PERSEAD"), "--config", config, NULL);
  g_assert_no_error (error);
  return daemon;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *golden = g_test_build_filename (G_TEST_DIST, "../golden/clip/hf-quick", NULL);
  g_autofree char *model = g_canonicalize_filename (golden, NULL);
  g_autofree char *config = NULL;
  g_autofree char *settings = NULL;
  g_autofree char *library = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("persea-bad-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->photos = g_build_filename (fixture->folder, "photos", NULL);
  g_assert_cmpint (g_mkdir (fixture->photos, 0700), ==, 0);
  config = g_build_filename (fixture->folder, "persea.conf", NULL);
  settings = g_strdup_printf ("[persea]\nmodel=%s\ndevice=reference\npicture-seconds=2\n"
                              "[watch photos]\nfolder=%s\ntags=cat,dog\n", model, fixture->photos);
  g_file_set_contents (config, settings, -1, &error);
  g_assert_no_error (error);
  fixture->daemon = spawn (fixture);
  library = g_build_filename (fixture->folder, "persea/library.db", NULL);
  while (!g_file_test (library, G_FILE_TEST_EXISTS))
    g_usleep (10000);
  fixture->library = persea_library_open (library, PERSEA_LIBRARY_NONE, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  g_subprocess_send_signal (fixture->daemon, SIGTERM);
  g_subprocess_wait (fixture->daemon, NULL, NULL);
  g_object_unref (fixture->daemon);
  persea_library_unref (fixture->library);
  g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
  g_free (fixture->photos);
  g_free (fixture->folder);
}

/* Signals all decoders of the daemon; returns their number. */
static unsigned
signal_decoders (Fixture *fixture, int number)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  int daemon = (int) g_ascii_strtoll (g_subprocess_get_identifier (fixture->daemon), NULL, 10);
  unsigned n = 0;
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%s/stat", name);
      g_autofree char *stat = NULL;
      int pid = 0, parent = 0;

      if (g_ascii_isdigit (name[0]) && g_file_get_contents (path, &stat, NULL, NULL)
          && sscanf (stat, "%d (persea-decoder) %*c %d", &pid, &parent) == 2 && parent == daemon
          && kill (pid, number) == 0)
        n++;
    }
  return n;
}

static void
wait_for (Fixture *fixture, unsigned done, unsigned failed)
{
  for (unsigned i = 0; i < PATIENCE * 20; i++)
    {
      PerseaQueueCounts counts = { 0 };
      g_autoptr (GError) error = NULL;

      persea_queue_count (fixture->library, &counts, &error);
      g_assert_no_error (error);
      if (counts.done == done && counts.failed == failed)
        return;
      g_usleep (50000);
    }
  g_error ("%u done and %u failed pictures do not come", done, failed);
}

static void
test_stopped (Fixture *fixture, gconstpointer data)
{
  gint64 before;

  put_picture (fixture, "good.png", 'g');
  wait_for (fixture, 1, 0);
  g_assert_cmpuint (signal_decoders (fixture, SIGSTOP), >, 0);
  put_picture (fixture, "bad.png", 'b');
  wait_for (fixture, 1, 1);
  signal_decoders (fixture, SIGCONT);

  /* its copy is known, wherever it comes from; others are not concerned */
  before = g_get_monotonic_time ();
  put_picture (fixture, "copy.png", 'b');
  wait_for (fixture, 1, 2);
  g_test_message ("the copy: %.1f s", (g_get_monotonic_time () - before) * 1e-6);
  put_picture (fixture, "other.png", 'o');
  wait_for (fixture, 2, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/bad-picture/stopped", Fixture, NULL, set_up, test_stopped, tear_down);
  return g_test_run ();
}
