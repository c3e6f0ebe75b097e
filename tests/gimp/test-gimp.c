/* test-gimp.c - the plug-in in the real GIMP, called by scripts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * $PERSEA_GIMP is a GIMP without windows, $PERSEA_PLUG_IN the program that is built for it,
 * $PERSEA_GIMP_API "2.0" or "3.0".  GIMP gets a home of its own, with this plug-in and those that it
 * needs for scripts and files, so that it starts soon.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gexiv2/gexiv2.h>
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
  "  (if (string=? \"png\" (substring path (- (string-length path) 3) (string-length path)))\n"
  "      (file-png-export #:run-mode 1 #:image image #:file path #:include-xmp TRUE)\n"
  "      (gimp-file-save 1 image path)))\n"
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

static gboolean
is_gimp_2 (void)
{
  return strcmp (g_getenv ("PERSEA_GIMP_API"), "2.0") == 0;
}

static char *
home_path (const char *name)
{
  return g_build_filename (home, name, NULL);
}

static char *
source_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "..", "data", name, NULL);
}

static void
home_set (const char *variable, const char *folder)
{
  g_autofree char *path = home_path (folder);

  g_mkdir_with_parents (path, 0700);
  surroundings = g_environ_setenv (surroundings, variable, path, TRUE);
}

static void
home_link (const char *target, const char *name)
{
  g_autofree char *path = home_path (name);
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
  static const char *const needed[] = { "script-fu", "file-png" };
  g_autofree char *program = g_path_get_basename (g_getenv ("PERSEA_PLUG_IN"));
  g_autofree char *place = g_build_filename ("plug-ins", program, program, NULL);
  g_autofree char *models = source_path ("models");
  g_autofree char *vocabularies = source_path ("vocabularies");
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
  home_set (is_gimp_2 () ? "GIMP2_DIRECTORY" : "GIMP3_DIRECTORY", "gimp");
  surroundings = g_environ_setenv (surroundings, "PERSEA_MODEL_PATH", models, TRUE);
  surroundings = g_environ_setenv (surroundings, "PERSEA_VOCABULARY_PATH", vocabularies, TRUE);
  surroundings = g_environ_setenv (surroundings, "LC_ALL", "C.UTF-8", TRUE);
  surroundings = g_environ_unsetenv (surroundings, "DISPLAY");

  home_link (g_getenv ("PERSEA_PLUG_IN"), place);
  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++)
    home_link_plug_in (needed[i]);
  plug_ins = home_path ("plug-ins");
  settings = home_path ("gimp/gimprc");
  gimprc = g_strdup_printf ("(plug-in-path \"%s\")\n(check-updates no)\n", plug_ins);
  g_file_set_contents (settings, gimprc, -1, &error);
  g_assert_no_error (error);
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

/* (transfer full): what GIMP says while it runs the script, and the end of it */
static char *
run_script (const char *script)
{
  const char *argv[12] = { "timeout", PATIENCE, g_getenv ("PERSEA_GIMP"), "-n", "-i" };
  g_autofree char *path = home_path ("script.scm");
  g_autofree char *whole = g_strconcat (is_gimp_2 () ? prelude_2 : prelude_3, common, script, NULL);
  g_autofree char *load = g_strdup_printf ("(load \"%s\")", path);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autoptr (GError) error = NULL;
  int n = 5;

  g_file_set_contents (path, whole, -1, &error);
  g_assert_no_error (error);
  if (!is_gimp_2 ())
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
  return g_strconcat (out, err, NULL);
}

/* (transfer full): the value that a script told */
static char *
find_told (const char *said, const char *what)
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

static double
find_number (const char *said, const char *what)
{
  g_autofree char *told = find_told (said, what);

  return g_ascii_strtod (told, NULL);
}

static GdkPixbuf *
open_picture (const char *path)
{
  g_autoptr (GError) error = NULL;
  GdkPixbuf *picture = gdk_pixbuf_new_from_file (path, &error);

  g_assert_no_error (error);
  return picture;
}

/* The tests */

static void
test_registered (void)
{
  static const char *const names[] = {
    "plug-in-persea-about", "plug-in-persea-complete", "plug-in-persea-draw", "plug-in-persea-draw-image",
    "plug-in-persea-select", "plug-in-persea-tags", "plug-in-persea-vary",
  };
  g_autoptr (GString) script = g_string_new (NULL);
  g_autofree char *said = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_string_append_printf (script, "(tell-number \"%s\" (if (exists? \"%s\") 1 0))\n", names[i], names[i]);
  said = run_script (script->str);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpint ((int) find_number (said, names[i]), ==, 1);
}

/* Drawn, varied, saved with all layers, opened again */
static void
test_draw (void)
{
  g_autofree char *xcf = home_path ("drawn.xcf");
  g_autofree char *png = home_path ("drawn.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((drawn (plug-in-persea-draw-image 1 \"a wooden boat\" 0 \"\" 2 7 -1 -1 -1 \"\" 1))\n"
    "       (image (car drawn)) (layer (cadr drawn)))\n"
    "  (tell-number \"seed\" (caddr drawn))\n"
    "  (tell-number \"layers\" (n-layers image))\n"
    "  (let ((varied (plug-in-persea-vary 1 image (on layer) \"\" 0.3 \"\" 1 8 -1 -1 -1 \"\" 0)))\n"
    "    (tell-number \"seed-varied\" (cadr varied)))\n"
    "  (save image layer \"%s\"))\n"
    "(let ((image (load \"%s\")))\n"
    "  (tell-number \"layers-again\" (n-layers image))\n"
    "  (save image (active image) \"%s\"))\n",
    xcf, xcf, png);
  g_autofree char *said = run_script (script);
  g_autoptr (GdkPixbuf) picture = NULL;

  g_assert_cmpint ((int) find_number (said, "seed"), ==, 7);
  g_assert_cmpint ((int) find_number (said, "layers"), ==, 2);
  g_assert_cmpint ((int) find_number (said, "seed-varied"), ==, 8);
  g_assert_cmpint ((int) find_number (said, "layers-again"), ==, 3);
  picture = open_picture (png);
  g_assert_cmpint (gdk_pixbuf_get_width (picture), >=, 64);
}

/* 0 for outside of the square of 64 pixels at 96, 96 */
static gboolean
is_in_hole (int x, int y)
{
  return x >= 96 && x < 160 && y >= 96 && y < 160;
}

static void
test_complete (void)
{
  g_autofree char *source = source_path ("samples/boat-wood.png");
  g_autofree char *png = home_path ("completed.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (gimp-layer-add-alpha layer)\n"
    "  (gimp-image-select-rectangle image 2 96 96 64 64)\n"
    "  (gimp-drawable-edit-clear layer)\n"
    "  (gimp-selection-none image)\n"
    "  (let ((done (plug-in-persea-complete 1 image (on layer) \"a wooden boat\" \"\" 1 3 -1 -1 -1 \"\" 0)))\n"
    "    (tell-number \"seed\" (car done)))\n"
    "  (save image layer \"%s\"))\n",
    source, png);
  g_autofree char *said = run_script (script);
  g_autoptr (GdkPixbuf) before = open_picture (source);
  g_autoptr (GdkPixbuf) after = NULL;
  unsigned n_changed = 0;

  g_assert_cmpint ((int) find_number (said, "seed"), ==, 3);
  after = open_picture (png);
  g_assert_cmpint (gdk_pixbuf_get_n_channels (after), ==, 4);
  for (int y = 0; y < gdk_pixbuf_get_height (before); y++)
    for (int x = 0; x < gdk_pixbuf_get_width (before); x++)
      {
        const guchar *old = gdk_pixbuf_get_pixels (before) + y * gdk_pixbuf_get_rowstride (before)
                            + x * gdk_pixbuf_get_n_channels (before);
        const guchar *new = gdk_pixbuf_get_pixels (after) + y * gdk_pixbuf_get_rowstride (after) + x * 4;
        gboolean same = memcmp (old, new, 3) == 0;

        g_assert_cmpint (new[3], ==, 255);
        n_changed += !same;
        if (!is_in_hole (x, y))
          g_assert_true (same);
      }
  g_assert_cmpint (n_changed, >, 64 * 64 / 4);
}

static void
test_select (void)
{
  g_autofree char *source = source_path ("samples/boot-and-cup.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (tell-number \"share\" (car (plug-in-persea-select 1 image (on layer) \"a snow cup\" \"\" 0.5 0 2 \"\")))\n"
    "  (tell-number \"cup\" (car (gimp-selection-value image 180 155)))\n"
    "  (tell-number \"boot\" (car (gimp-selection-value image 50 100))))\n",
    source);
  g_autofree char *said = run_script (script);

  g_assert_cmpfloat (find_number (said, "share"), >, 0.02);
  g_assert_cmpfloat (find_number (said, "share"), <, 0.5);
  g_assert_cmpint ((int) find_number (said, "cup"), >, 128);
  g_assert_cmpint ((int) find_number (said, "boot"), <, 128);
}

/* A keyword of a person stays, and the file that is saved has all */
static void
test_tags (void)
{
  g_autofree char *source = source_path ("samples/boat-wood.png");
  g_autofree char *original = home_path ("with-keyword.png");
  g_autofree char *png = home_path ("tagged.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (tell \"tags\" (car (plug-in-persea-tags 1 image (on layer) 0.5 0 \"\" \"\" 1)))\n"
    "  (save image layer \"%s\"))\n",
    original, png);
  const char *const mine[] = { "Holiday", "BOAT", NULL };
  g_autofree char *said = NULL;
  g_autoptr (GExiv2Metadata) metadata = gexiv2_metadata_new ();
  g_auto (GStrv) keywords = NULL;
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &content, &length, NULL));
  g_assert_true (g_file_set_contents (original, content, length, NULL));
  g_assert_true (gexiv2_metadata_open_path (metadata, original, NULL));
  g_assert_true (gexiv2_metadata_try_set_tag_multiple (metadata, "Xmp.dc.subject", (const char **) mine, NULL));
  g_assert_true (gexiv2_metadata_save_file (metadata, original, NULL));

  said = run_script (script);
  g_assert_nonnull (strstr (said, "boat"));
  g_assert_true (gexiv2_metadata_open_path (metadata, png, NULL));
  keywords = gexiv2_metadata_try_get_tag_multiple (metadata, "Xmp.dc.subject", NULL);
  g_assert_true (g_strv_contains ((const char *const *) keywords, "Holiday"));
  g_assert_true (g_strv_contains ((const char *const *) keywords, "BOAT"));
  g_assert_false (g_strv_contains ((const char *const *) keywords, "boat"));
  g_assert_true (g_strv_contains ((const char *const *) keywords, "wood"));
}

/* What cannot be done is said, and GIMP goes on */
static void
test_errors (void)
{
  g_autofree char *source = source_path ("samples/boat-wood.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (tell-number \"began\" 1)\n"
    "  (plug-in-persea-complete 1 image (on layer) \"a boat\" \"\" 1 3 -1 -1 -1 \"\" 0))\n",
    source);
  g_autofree char *said = run_script (script);
  g_autofree char *missing = NULL;

  g_assert_cmpint ((int) find_number (said, "began"), ==, 1);
  g_assert_nonnull (strstr (said, "Nothing of this layer is transparent"));
  missing = run_script ("(plug-in-persea-draw-image 1 \"a boat\" 0 \"\" 1 1 -1 -1 -1 \"no-such-model\" 0)\n");
  g_assert_nonnull (strstr (missing, "no-such-model"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (!g_file_test (g_getenv ("PERSEA_GIMP"), G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP this GIMP is not installed\n");
      return EXIT_SUCCESS;
    }
  home_make ();
  g_test_add_func ("/gimp/registered", test_registered);
  g_test_add_func ("/gimp/draw", test_draw);
  g_test_add_func ("/gimp/complete", test_complete);
  g_test_add_func ("/gimp/select", test_select);
  g_test_add_func ("/gimp/tags", test_tags);
  g_test_add_func ("/gimp/errors", test_errors);
  status = g_test_run ();
  home_remove (home);
  return status;
}
