/* test-tool.c - compositions in the gegl tool, whole and in pieces
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every piece is a process of its own, so nothing but the pictures can agree.
 */
#include "config.h"

#include "gegl-support.h"

#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

static const GeglRectangle whole = { 0, 0, SIDE, SIDE };

typedef struct
{
  char *folder;
  char *sample;
  char *output;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp ("persea-gegl-XXXXXX", NULL);
  fixture->sample = g_test_build_filename (G_TEST_DIST, "samples", "teapot-glass.png", NULL);
  fixture->output = g_build_filename (fixture->folder, "out.png", NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer unused)
{
  g_unlink (fixture->output);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->sample);
  g_free (fixture->output);
}

/* (transfer full): what the tool writes for @chain, as a shell splits it; @errors: (out) (optional) */
static GeglBuffer *
run_tool (Fixture *fixture, const char *threads, char **errors, const char *chain)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autofree char *line = g_strdup_printf ("gegl '%s' -o '%s' -- %s", fixture->sample, fixture->output, chain);
  g_autoptr (GSubprocess) tool = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  GeglBuffer *written = NULL;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  g_subprocess_launcher_setenv (launcher, "GEGL_THREADS", threads, TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  tool = g_subprocess_launcher_spawnv (launcher, (const char *const *) words, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (tool, NULL, NULL, NULL, &text, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (tool), ==, 0);
  if (errors)
    *errors = g_steal_pointer (&text);
  written = support_load_file (fixture->output);
  g_unlink (fixture->output);
  return written;
}

static void
assert_alike (GeglBuffer *buffer, GeglBuffer *expected, const GeglRectangle *place)
{
  const GeglRectangle here = { 0, 0, place->width, place->height };
  g_autofree uint8_t *a = support_get (buffer, &here, babl_format ("R'G'B'A u8"), NULL);
  g_autofree uint8_t *b = support_get (expected, place, babl_format ("R'G'B'A u8"), NULL);

  g_assert_cmpint (gegl_buffer_get_extent (buffer)->width, ==, place->width);
  g_assert_cmpint (gegl_buffer_get_extent (buffer)->height, ==, place->height);
  /* the blur that follows rounds in tiles of its own */
  for (size_t i = 0; i < (size_t) place->width * place->height * 4; i++)
    g_assert_cmpint (abs (a[i] - b[i]), <=, 1);
}

static void
check_pieces (Fixture *fixture, const char *chain)
{
  static const GeglRectangle pieces[] = { { 0, 0, 256, 90 }, { 37, 61, 101, 150 }, { 200, 190, 56, 66 } };
  g_autoptr (GeglBuffer) expected = run_tool (fixture, "1", NULL, chain);
  g_autoptr (GeglBuffer) threaded = run_tool (fixture, "4", NULL, chain);

  assert_alike (threaded, expected, &whole);
  for (unsigned i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      const GeglRectangle *piece = &pieces[i];
      g_autofree char *cropped = g_strdup_printf ("%s gegl:crop x=%d y=%d width=%d height=%d", chain, piece->x, piece->y,
                                                  piece->width, piece->height);
      g_autoptr (GeglBuffer) part = run_tool (fixture, i % 2 ? "1" : "4", NULL, cropped);

      assert_alike (part, expected, piece);
    }
}

static void
test_vary (Fixture *fixture, gconstpointer unused)
{
  check_pieces (fixture, "persea:vary prompt='a wooden teapot' candidates=1 strength=0.7 "
                         "gegl:gaussian-blur std-dev-x=3 std-dev-y=3");
}

/* a picture over a picture, and its hole filled: two operations, one engine */
static void
test_composition (Fixture *fixture, gconstpointer unused)
{
  check_pieces (fixture, "gegl:over aux=[ persea:generate prompt='a red cup' candidates=1 size=96 "
                         "gegl:translate x=150 y=20 ] "
                         "persea:vary candidates=1 strength=0.2 gegl:gaussian-blur std-dev-x=2 std-dev-y=2");
}

/* What cannot be done is said, and the picture comes out as it went in. */
static void
test_failure (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *errors = NULL;
  g_autoptr (GeglBuffer) written = run_tool (fixture, "1", &errors, "persea:vary prompt=cup model=no-such-model");
  g_autoptr (GeglBuffer) sample = support_load ();

  g_assert_nonnull (strstr (errors, "persea:vary: "));
  g_assert_nonnull (strstr (errors, "no-such-model"));
  g_assert_null (strstr (errors, "leaked"));
  assert_alike (written, sample, &whole);
}

int
main (int argc, char **argv)
{
  g_autofree char *tool = g_find_program_in_path ("gegl");
  int status;

  support_init (&argc, &argv);
  if (!tool)
    {
      g_print ("1..0 # SKIP the gegl tool is not here\n");
      return 0;
    }
  g_test_add ("/tool/vary", Fixture, NULL, fixture_set_up, test_vary, fixture_tear_down);
  g_test_add ("/tool/composition", Fixture, NULL, fixture_set_up, test_composition, fixture_tear_down);
  g_test_add ("/tool/failure", Fixture, NULL, fixture_set_up, test_failure, fixture_tear_down);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
