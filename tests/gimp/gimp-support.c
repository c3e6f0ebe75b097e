/* gimp-support.c - the real GIMP, with a home of its own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "gimp-support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#define PATIENCE "800" /* seconds: for what hangs; the first drawing builds kernels, on a busy machine for minutes */

/* What differs between scripts for GIMP 2 and GIMP 3 */
static const char prelude_2[] =
  "(define (on layer) layer)\n"
  "(define (load path) (car (gimp-file-load 1 path path)))\n"
  "(define (save image layer path) (gimp-file-save 1 image layer path path))\n"
  "(define (active image) (car (gimp-image-get-active-layer image)))\n"
  "(define (n-layers image) (car (gimp-image-get-layers image)))\n";
static const char prelude_3[] =
  "(define (on layer) (vector layer))\n"
  "(define (load path) (car (gimp-file-load 1 path)))\n"
  "(define (save image layer path)\n"
  "  (let ((end (substring path (- (string-length path) 3) (string-length path))))\n"
  "    (cond ((string=? end \"png\") (file-png-export #:run-mode 1 #:image image #:file path #:include-xmp TRUE))\n"
  "          ((string=? end \"jpg\") (file-jpeg-export #:run-mode 1 #:image image #:file path #:include-xmp TRUE))\n"
  "          (else (gimp-file-save 1 image path)))))\n"
  "(define (active image) (vector-ref (car (gimp-image-get-selected-layers image)) 0))\n"
  "(define (n-layers image) (vector-length (car (gimp-image-get-layers image))))\n";

static const char common[] =
  "(define (exists? name) (defined? (string->symbol name)))\n"
  "(gimp-message-set-handler 1)\n"
  "(define (tell what value) (gimp-message (string-append \"<\" what \"=\" value \">\")))\n"
  "(define (tell-number what value) (tell what (number->string value)))\n";

/* One home for all tests; GIMP starts for each, since a failed one shall not spoil the next */
static char *home;
static GStrv surroundings;

gboolean
support_is_gimp_2 (void)
{
  return strcmp (g_getenv ("PERSEA_GIMP_API"), "2.0") == 0;
}

char *
support_path (const char *name)
{
  return g_build_filename (home, name, NULL);
}

char *
support_source (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "..", "data", name, NULL);
}

static void
home_set (const char *variable, const char *folder)
{
  g_autofree char *path = support_path (folder);

  g_mkdir_with_parents (path, 0700);
  surroundings = g_environ_setenv (surroundings, variable, path, TRUE);
}

static void
home_link (const char *target, const char *name)
{
  g_autofree char *path = support_path (name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_make_symbolic_link (file, target, NULL, &error);
  g_assert_no_error (error);
}

/* The plug-ins of the system that scripts need */
static void
home_link_plug_in (const char *name)
{
  static const char *const places[] = { "/usr/lib/gimp", "/usr/lib/" MULTIARCH "/gimp" };

  for (size_t i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *target = g_build_filename (places[i], g_getenv ("PERSEA_GIMP_API"), "plug-ins", name, NULL);
      g_autofree char *link = g_build_filename ("plug-ins", name, NULL);

      if (g_file_test (target, G_FILE_TEST_IS_DIR))
        {
          home_link (target, link);
          return;
        }
    }
}

static void
home_make (void)
{
  static const char *const needed[] = { "script-fu", "file-png", "file-jpeg" };
  g_autofree char *program = g_path_get_basename (g_getenv ("PERSEA_PLUG_IN"));
  g_autofree char *place = g_build_filename ("plug-ins", program, program, NULL);
  g_autofree char *models = support_source ("models");
  g_autofree char *vocabularies = support_source ("vocabularies");
  g_autofree char *plug_ins = NULL;
  g_autofree char *settings = NULL;
  g_autofree char *gimprc = NULL;
  g_autoptr (GError) error = NULL;

  home = g_dir_make_tmp ("persea-gimp-XXXXXX", &error);
  g_assert_no_error (error);
  surroundings = g_get_environ ();
  home_set ("HOME", "");
  home_set ("XDG_CONFIG_HOME", "config");
  home_set ("XDG_DATA_HOME", "data");
  /* kernels that were built before need not be built again */
  surroundings = g_environ_setenv (surroundings, "XDG_CACHE_HOME", g_get_user_cache_dir (), TRUE);
  home_set (support_is_gimp_2 () ? "GIMP2_DIRECTORY" : "GIMP3_DIRECTORY", "gimp");
  surroundings = g_environ_setenv (surroundings, "PERSEA_MODEL_PATH", models, TRUE);
  surroundings = g_environ_setenv (surroundings, "PERSEA_VOCABULARY_PATH", vocabularies, TRUE);
  surroundings = g_environ_setenv (surroundings, "LC_ALL", "C.UTF-8", TRUE);
  surroundings = g_environ_unsetenv (surroundings, "DISPLAY");

  home_link (g_getenv ("PERSEA_PLUG_IN"), place);
  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++)
    home_link_plug_in (needed[i]);
  plug_ins = support_path ("plug-ins");
  settings = support_path ("gimp/gimprc");
  gimprc = g_strdup_printf ("(plug-in-path \"%s\")\n(check-updates no)\n", plug_ins);
  g_file_set_contents (settings, gimprc, -1, &error);
  g_assert_no_error (error);
}

/* (transfer full): the command that runs it */
static char *
write_script (const char *script)
{
  g_autofree char *path = support_path ("script.scm");
  g_autofree char *whole = g_strconcat (support_is_gimp_2 () ? prelude_2 : prelude_3, common, script, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, whole, -1, &error);
  g_assert_no_error (error);
  return g_strdup_printf ("(load \"%s\")", path);
}

char *
support_run (const char *script)
{
  const char *argv[12] = { "timeout", PATIENCE, g_getenv ("PERSEA_GIMP"), "-n", "-i" };
  g_autofree char *load = write_script (script);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autoptr (GError) error = NULL;
  char *said;
  int n = 5;

  if (!support_is_gimp_2 ())
    {
      argv[n++] = "--quit";
      argv[n++] = "--batch-interpreter=plug-in-script-fu-eval";
    }
  argv[n++] = "-b";
  argv[n++] = load;
  argv[n++] = "-b";
  argv[n++] = "(gimp-quit 1)";
  g_spawn_sync (NULL, (char **) argv, surroundings, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, NULL, &error);
  g_assert_no_error (error);
  said = g_strconcat (out, err, NULL);
  if (strstr (said, "Calling error for procedure 'gimp-"))
    g_error ("GIMP was called wrongly: %s", said);
  return said;
}

static void
lead_group (gpointer unused)
{
  setpgid (0, 0);
}

static void
home_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      if (g_file_test (inner, G_FILE_TEST_IS_DIR) && !g_file_test (inner, G_FILE_TEST_IS_SYMLINK))
        home_remove (inner);
      else
        g_unlink (inner);
    }
  g_rmdir (path);
}

/* GIMP with windows, on a screen of its own, until it or a plug-in says @last: (transfer full) all that was said */
static char *
run_on_screen (const char *const *arguments, char **environment, const char *last)
{
  g_autofree char *folder = g_path_get_dirname (g_getenv ("PERSEA_GIMP"));
  g_autofree char *gimp = g_build_filename (folder, support_is_gimp_2 () ? "gimp-2.10" : "gimp-3.0", NULL);
  const char *argv[16] = { "sh", "-c", "exec timeout " PATIENCE " xvfb-run -a \"$0\" -n -s \"$@\" 2>&1", gimp };
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  char *line = NULL;
  size_t size = 0;
  g_autofree char *salvaged = support_path ("gimp/backups");
  FILE *lines;
  GPid pid;
  int out;

  /* of a GIMP that was ended: this one would ask what to do with it */
  home_remove (salvaged);
  for (size_t i = 0; arguments[i]; i++)
    argv[4 + i] = arguments[i];
  g_spawn_async_with_pipes (NULL, (char **) argv, environment, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                            lead_group, NULL, &pid, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  lines = fdopen (out, "r");
  while (!strstr (said->str, last) && getline (&line, &size, lines) > 0)
    g_string_append (said, line);
  kill (-pid, SIGTERM);
  waitpid (pid, NULL, 0);
  fclose (lines);
  free (line);
  return g_strdup (said->str);
}

/* (transfer full) */
static GStrv
surroundings_on_screen (void)
{
  GStrv environment = g_environ_setenv (g_strdupv (surroundings), "G_MESSAGES_DEBUG", "persea-gegl", TRUE);

  return g_environ_setenv (environment, "TMPDIR", home, TRUE);
}

char *
support_run_window (const char *path, const char *last)
{
  g_auto (GStrv) environment = surroundings_on_screen ();

  return run_on_screen ((const char *[]) { path, NULL }, environment, last);
}

char *
support_run_robot (const char *program, const char *steps, const char *path, const char *script, const char *last)
{
  g_auto (GStrv) environment = surroundings_on_screen ();
  g_autofree char *load = script ? write_script (script) : NULL;
  const char *const to_open[] = { path, NULL };
  const char *const to_run[] = { "-b", load, support_is_gimp_2 () ? NULL : "--batch-interpreter=plug-in-script-fu-eval",
                                 NULL };

  environment = g_environ_setenv (environment, "GTK_MODULES", g_getenv ("PERSEA_ROBOT_MODULE"), TRUE);
  environment = g_environ_setenv (environment, "PERSEA_ROBOT_PROGRAM", program, TRUE);
  environment = g_environ_setenv (environment, "PERSEA_ROBOT", steps, TRUE);
  return run_on_screen (script ? to_run : to_open, environment, last);
}

char *
support_find_told (const char *said, const char *what)
{
  g_autofree char *begin = g_strdup_printf ("<%s=", what);
  const char *at = strstr (said, begin);
  const char *end = at ? strchr (at, '>') : NULL;

  if (!end)
    {
      g_test_message ("%s", said);
      g_error ("the script did not tell “%s”", what);
    }
  at += strlen (begin);
  return g_strndup (at, end - at);
}

double
support_find_number (const char *said, const char *what)
{
  g_autofree char *told = support_find_told (said, what);

  return g_ascii_strtod (told, NULL);
}

GdkPixbuf *
support_open_picture (const char *path)
{
  g_autoptr (GError) error = NULL;
  GdkPixbuf *picture = gdk_pixbuf_new_from_file (path, &error);

  g_assert_no_error (error);
  return picture;
}

int
support_run_tests (void)
{
  int status;

  if (!g_file_test (g_getenv ("PERSEA_GIMP"), G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP GIMP with the interface %s, or what is needed to build for it, is not installed\n",
               g_getenv ("PERSEA_GIMP_API"));
      return EXIT_SUCCESS;
    }
  home_make ();
  status = g_test_run ();
  home_remove (home);
  return status;
}
