/* test-draw-output.c - where pictures go, by what -o says
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "persea-draw-output.h"
#include "persea-error.h"

typedef struct
{
  char             *folder;
  char             *before;
  PerseaImage      *image;
  PerseaProvenance *provenance;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->before = g_get_current_dir ();
  fixture->folder = g_dir_make_tmp ("persea-output-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (fixture->folder), ==, 0);
  fixture->image = persea_image_new (8, 8);
  memset (fixture->image->pixels, 77, 8 * 8 * 3);
  fixture->provenance = persea_provenance_new ();
  fixture->provenance->prompt = g_strdup ("A red cup");
  fixture->provenance->model = g_strdup ("toy");
  fixture->provenance->seed = 5;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  static const char *const left[] = {
    "a-red-cup-5-0.png", "a-red-cup-5-0-2.png", "a.jpg", "a-1.webp", "a-2.webp", "a-2-2.webp", "note.txt", "sheet.png",
    "a-red-cup-5-sheet.png", "out/deep/a-red-cup-5-0.png", "out/deep/a-red-cup-5-sheet.png", "out/deep", "out",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (left); i++)
    g_remove (left[i]);
  g_assert_cmpint (g_chdir (fixture->before), ==, 0);
  /* nothing else was written */
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->before);
  persea_image_free (fixture->image);
  persea_provenance_free (fixture->provenance);
}

static void
assert_written (Fixture *fixture, PerseaDrawOutput *output, size_t index, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = persea_draw_output_write (output, fixture->image, fixture->provenance, index, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, expected);
  g_assert_true (g_file_test (expected, G_FILE_TEST_IS_REGULAR));
}

static void
assert_sheet (Fixture *fixture, PerseaDrawOutput *output, const char *name, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = persea_draw_output_write_sheet (output, name, fixture->image, fixture->provenance, NULL,
                                                          &error);

  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, expected);
  g_assert_true (g_file_test (expected, G_FILE_TEST_IS_REGULAR));
}

static void
test_current_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaDrawOutput) output = persea_draw_output_new (NULL, 2, NULL);

  assert_written (fixture, output, 0, "a-red-cup-5-0.png");
  assert_written (fixture, output, 1, "a-red-cup-5-0-2.png");
  assert_sheet (fixture, output, NULL, "a-red-cup-5-sheet.png");
  assert_sheet (fixture, output, "sheet.png", "sheet.png");
}

static void
test_new_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaDrawOutput) output = persea_draw_output_new ("out/deep", 1, NULL);

  /* not before there is something to put into it */
  g_assert_false (g_file_test ("out", G_FILE_TEST_EXISTS));
  assert_written (fixture, output, 0, "out/deep/a-red-cup-5-0.png");
  assert_sheet (fixture, output, NULL, "out/deep/a-red-cup-5-sheet.png");
}

static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaDrawOutput) output = persea_draw_output_new ("a.jpg", 1, NULL);

  assert_written (fixture, output, 0, "a.jpg");
  assert_written (fixture, output, 0, "a.jpg");
}

static void
test_numbered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaDrawOutput) output = persea_draw_output_new ("a.webp", 2, NULL);

  assert_written (fixture, output, 0, "a-1.webp");
  assert_written (fixture, output, 1, "a-2.webp");
  assert_written (fixture, output, 1, "a-2-2.webp");
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    size_t      n;
    gboolean    is_usage;
  } cases[] = {
    { "-", 2, TRUE },
    { "drawing.bmp", 1, TRUE },
    { "note.txt", 1, TRUE },
    { "nowhere/a.png", 1, FALSE },
    { "note.txt/out", 1, FALSE },
    { "/dev/null/out", 3, FALSE },
  };

  g_assert_true (g_file_set_contents ("note.txt", "", 0, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PerseaDrawOutput) output = persea_draw_output_new (cases[i].name, cases[i].n, &error);

      g_assert_null (output);
      g_assert_true ((error->domain == PERSEA_ERROR) == cases[i].is_usage);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/draw-output/current-folder", Fixture, NULL, set_up, test_current_folder, tear_down);
  g_test_add ("/draw-output/new-folder", Fixture, NULL, set_up, test_new_folder, tear_down);
  g_test_add ("/draw-output/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/draw-output/numbered", Fixture, NULL, set_up, test_numbered, tear_down);
  g_test_add ("/draw-output/refused", Fixture, NULL, set_up, test_refused, tear_down);
  return g_test_run ();
}
