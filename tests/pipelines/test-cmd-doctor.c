/* test-cmd-doctor.c - persea doctor, in surroundings that are made up
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

/* A home with a folder of models, one of modules, and one of programs */
typedef struct
{
  char    *home;
  GStrv    environ;
  char    *out;
  int      status;
} Home;

static char *
home_make_path (Home *home, const char *name)
{
  return g_build_filename (home->home, name, NULL);
}

static void
home_set (Home *home, const char *variable, const char *folder)
{
  g_autofree char *path = home_make_path (home, folder);

  home->environ = g_environ_setenv (home->environ, variable, path, TRUE);
}

static void
home_write (Home *home, const char *name, const char *content, int mode)
{
  g_autofree char *path = home_make_path (home, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
  g_chmod (path, mode);
}

static void
home_set_up (Home *home, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *models = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "models", NULL);

  home->home = g_dir_make_tmp ("persea-doctor-XXXXXX", &error);
  g_assert_no_error (error);
  home->environ = g_get_environ ();
  home_set (home, "HOME", "");
  home_set (home, "XDG_CONFIG_HOME", "config");
  home_set (home, "XDG_DATA_HOME", "data");
  home_set (home, "XDG_CACHE_HOME", "cache");
  home_set (home, "GEGL_PATH", "modules");
  home_set (home, "PATH", "programs");
  home->environ = g_environ_setenv (home->environ, "PERSEA_MODEL_PATH", models, TRUE);
  home->environ = g_environ_setenv (home->environ, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  home->environ = g_environ_setenv (home->environ, "LC_ALL", "C.UTF-8", TRUE);
  home_write (home, "modules/note", "", 0600);
  home_write (home, "programs/note", "", 0600);
}

static void
home_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      if (g_file_test (inner, G_FILE_TEST_IS_DIR))
        home_remove (inner);
      else
        g_unlink (inner);
    }
  g_rmdir (path);
}

static void
home_tear_down (Home *home, gconstpointer data)
{
  home_remove (home->home);
  g_free (home->home);
  g_strfreev (home->environ);
  g_free (home->out);
}

static void
home_ask (Home *home, const char *option)
{
  const char *argv[] = { g_getenv ("PERSEA"), "doctor", option, NULL };
  g_autoptr (GError) error = NULL;
  int wait_status;

  g_clear_pointer (&home->out, g_free);
  g_spawn_sync (NULL, (char **) argv, home->environ, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &home->out, NULL,
                &wait_status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (wait_status, &error);
  home->status = error ? error->code : 0;
}

/* a line of --json that has all of these words */
static void
assert_line (Home *home, const char *state, const char *about, const char *words)
{
  g_auto (GStrv) lines = g_strsplit (home->out, "\n", -1);
  g_autofree char *member = g_strdup_printf ("\"state\":\"%s\"", state);

  for (char **line = lines; *line; line++)
    if (strstr (*line, member) && strstr (*line, about) && strstr (*line, words))
      return;
  g_test_message ("%s", home->out);
  g_error ("expected a line with %s, “%s” and “%s”", member, about, words);
}

static void
test_models (Home *home, gconstpointer data)
{
  home_ask (home, "--json");
  assert_line (home, "ok", "orchard-clip", "looks at pictures");
  assert_line (home, "ok", "orchard-dalle", "draws");
  home_set (home, "PERSEA_MODEL_PATH", "nowhere");
  home->environ = g_environ_setenv (home->environ, "PERSEA_MODEL", "no-such-model", TRUE);
  home_ask (home, "--json");
  assert_line (home, "problem", "looking at pictures", "no-such-model");
  g_assert_cmpint (home->status, ==, 1);
}

static void
test_damaged_model (Home *home, gconstpointer data)
{
  home_set (home, "PERSEA_MODEL_PATH", "models");
  home_write (home, "models/broken/open_clip_model.safetensors", "no weights", 0600);
  home_ask (home, "--json");
  assert_line (home, "problem", "broken", "open_clip_model.safetensors");
}

static void
test_settings (Home *home, gconstpointer data)
{
  home_write (home, "config/persea/persea.conf", "[watch holiday]\nfolder=/nonexistent/holiday\nfolder=again\n",
              0600);
  home_ask (home, "--json");
  assert_line (home, "problem", "persea.conf", "twice");
  home_write (home, "config/persea/persea.conf", "[watch holiday]\nfolder=/nonexistent/holiday\n", 0600);
  home_ask (home, "--json");
  assert_line (home, "ok", "persea.conf", "no mistakes");
  assert_line (home, "problem", "/nonexistent/holiday", "is not there");
}

/* A folder of somebody else's; root may do everything, so that there is nothing to see then */
static void
test_folder (Home *home, gconstpointer data)
{
  home_write (home, "cache", "a file, no folder", 0600);
  home_ask (home, "--json");
  assert_line (home, "problem", "cache/persea", "is no folder");
}

static void
test_module (Home *home, gconstpointer data)
{
  home_write (home, "modules/persea-gegl.so", "no module", 0700);
  home_ask (home, "--json");
  if (strstr (home->out, "there are no operations"))
    {
      g_test_skip ("GEGL is not installed");
      return;
    }
  assert_line (home, "problem", "modules/persea-gegl.so", "does not load");
}

static void
test_gimp (Home *home, gconstpointer data)
{
  home_write (home, "programs/gimp", "#!/bin/sh\necho 'GNU Image Manipulation Program version 2.10.99'\n", 0700);
  home_ask (home, "--json");
  assert_line (home, "problem", "GIMP 2.10.99", "persea-gimp-2");

  home_write (home, "config/GIMP/2.10/plug-ins/persea-gimp-2/persea-gimp-2", "#!/bin/sh\nexit 1\n", 0600);
  home_ask (home, "--json");
  assert_line (home, "problem", "persea-gimp-2", "no program");

  home_write (home, "config/GIMP/2.10/plug-ins/persea-gimp-2/persea-gimp-2",
              "#!/bin/sh\necho 'libgimp is missing'\nexit 127\n", 0700);
  home_ask (home, "--json");
  assert_line (home, "problem", "persea-gimp-2", "libgimp is missing");

  home_write (home, "config/GIMP/2.10/plug-ins/persea-gimp-2/persea-gimp-2", "#!/bin/sh\nexit 1\n", 0700);
  home_ask (home, "--json");
  assert_line (home, "ok", "persea-gimp-2", "next start");
  assert_line (home, "ok", "GIMP 2.10.99", "Filters");
}

/* What a person reads */
static void
test_words (Home *home, gconstpointer data)
{
  home_ask (home, NULL);
  g_assert_nonnull (strstr (home->out, "Devices\n"));
  g_assert_nonnull (strstr (home->out, "\nGEGL and GIMP\n"));
  g_assert_nonnull (strstr (home->out, "+  orchard-clip: "));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (Home *home, gconstpointer data);
  } tests[] = {
    { "/cmd-doctor/models", test_models },
    { "/cmd-doctor/damaged-model", test_damaged_model },
    { "/cmd-doctor/settings", test_settings },
    { "/cmd-doctor/folder", test_folder },
    { "/cmd-doctor/module", test_module },
    { "/cmd-doctor/gimp", test_gimp },
    { "/cmd-doctor/words", test_words },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Home, NULL, home_set_up, tests[i].run, home_tear_down);
  return g_test_run ();
}
