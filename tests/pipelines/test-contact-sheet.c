/* test-contact-sheet.c - pages of pictures, with letters and without
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * With PERSEA_TEST_KEEP=FOLDER the pages are left there, to be looked at.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "persea-canvas.h"
#include "persea-contact-sheet.h"
#include "persea-picture-writer.h"

#define SIDE 256

/* the sample drawings, over and over */
static PerseaImage *
load_sample (unsigned index)
{
  static const char *const names[] = {
    "armchair-avocado.png", "cup-strawberry.png", "fish-rainbow.png", "star-gold.png", "hat-zebra.png",
  };
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "samples",
                                                 names[index % G_N_ELEMENTS (names)], NULL);
  g_autoptr (GError) error = NULL;
  PerseaImage *image = persea_image_load (&(PerseaImageSource) { .path = path }, NULL, &error);

  g_assert_no_error (error);
  return image;
}

static PerseaImage *
draw_sheet (unsigned n, const char *prompt, gboolean ranked)
{
  g_autofree PerseaContactSheetEntry *entries = g_new0 (PerseaContactSheetEntry, n);
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_image_free);
  g_autoptr (GPtrArray) provenances = g_ptr_array_new_with_free_func ((GDestroyNotify) persea_provenance_free);
  g_autoptr (GError) error = NULL;
  PerseaImage *sheet;

  for (unsigned i = 0; i < n; i++)
    {
      PerseaProvenance *provenance = persea_provenance_new ();

      provenance->prompt = g_strdup (prompt);
      provenance->model = g_strdup ("orchard-dalle");
      provenance->clip = ranked ? g_strdup ("orchard-clip") : NULL;
      provenance->seed = 4211970723;
      provenance->candidate = i * 7 % 16;
      provenance->score = ranked ? 0.347f - 0.013f * (float) i : NAN;
      g_ptr_array_add (provenances, provenance);
      g_ptr_array_add (images, load_sample (i));
      entries[i] = (PerseaContactSheetEntry) { images->pdata[i], provenance };
    }
  sheet = persea_contact_sheet_draw (entries, n, &error);
  g_assert_no_error (error);
  return sheet;
}

static void
keep (const char *name, const PerseaImage *sheet)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_getenv ("PERSEA_TEST_KEEP"))
    return;
  path = g_build_filename (g_getenv ("PERSEA_TEST_KEEP"), name, NULL);
  persea_picture_writer_save (path, sheet, NULL, NULL, &error);
  g_assert_no_error (error);
}

static unsigned
count_ink (const PerseaImage *sheet, int top, int bottom)
{
  unsigned n = 0;

  for (int y = top; y < bottom; y++)
    for (int x = 0; x < sheet->width; x++)
      n += sheet->pixels[((size_t) y * sheet->width + x) * 3] < 100;
  return n;
}

static void
test_sheets (void)
{
  static const struct
  {
    unsigned    n;
    const char *prompt;
    gboolean    ranked;
    int         columns, lines;
  } cases[] = {
    { 1, "a cup", TRUE, 1, 1 },
    { 2, "two <b>cups</b> & a \"spoon\"", FALSE, 2, 1 },
    { 9, "an armchair in the shape of an avocado", TRUE, 3, 3 },
    { 16, "アボカドの形の椅子", TRUE, 4, 4 },
    { 5, "a very long prompt that goes on and on, with many words about many things, none of which "
         "matters, so that it needs more than a line, and more than two, and in the end is cut off since "
         "nobody wants to read a heading that is longer than the pictures below it are high, really", TRUE, 3, 2 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PerseaImage) sheet = draw_sheet (cases[i].n, cases[i].prompt, cases[i].ranked);
      g_autofree char *name = g_strdup_printf ("sheet-%u.png", cases[i].n);

      g_assert_cmpint (sheet->width, ==, 2 * 36 + cases[i].columns * 276 - 20);
      g_assert_cmpint (sheet->height, >=, 2 * 36 + cases[i].lines * 320 - 20);
      g_assert_cmpint (sheet->height, <, 2 * 36 + cases[i].lines * 320 + 300);
      keep (name, sheet);
    }
}

static void
test_no_font (void)
{
  g_autofree char *folder = NULL;
  g_autofree char *file = NULL;

  if (g_test_subprocess ())
    {
      g_autoptr (PerseaImage) sheet = draw_sheet (4, "a cup", TRUE);

      /* no heading, but numbers below the pictures */
      g_assert_cmpint (sheet->height, ==, 2 * 36 + 2 * 320 - 20);
      g_assert_cmpuint (count_ink (sheet, 36 + 256 + 4, 36 + 256 + 40), >, 20);
      keep ("sheet-no-font.png", sheet);
      return;
    }
  folder = g_dir_make_tmp ("persea-sheet-XXXXXX", NULL);
  file = g_build_filename (folder, "fonts.conf", NULL);
  g_assert_true (g_file_set_contents (file, "<?xml version=\"1.0\"?><fontconfig></fontconfig>", -1, NULL));
  g_setenv ("FONTCONFIG_FILE", file, TRUE);
  g_test_trap_subprocess (NULL, 0, 0);
  g_unsetenv ("FONTCONFIG_FILE");
  g_remove (file);
  g_rmdir (folder);
  g_test_trap_assert_passed ();
}

static void
test_digits (void)
{
  g_autoptr (PerseaTextMask) eight = persea_canvas_render_digits ("8", 15);
  g_autoptr (PerseaTextMask) one = persea_canvas_render_digits ("1", 15);
  g_autoptr (PerseaTextMask) nothing = persea_canvas_render_digits ("", 15);
  unsigned n_eight = 0, n_one = 0;

  g_assert_nonnull (nothing);
  for (int i = 0; i < eight->width * eight->height; i++)
    {
      n_eight += eight->coverage[i] > 0;
      n_one += one->coverage[i] > 0;
      g_assert_true (eight->coverage[i] >= one->coverage[i]);
    }
  g_assert_cmpuint (n_eight, >, n_one);
  g_assert_cmpuint (n_one, >, 0);
}

static void
test_edges (void)
{
  g_autoptr (PerseaImage) canvas = persea_image_new (20, 10);

  persea_canvas_fill (canvas, 0x102030);
  g_assert_cmpint (canvas->pixels[0], ==, 0x10);
  g_assert_cmpint (canvas->pixels[2], ==, 0x30);
  /* what lies outside is cut off */
  persea_canvas_draw_card (canvas, -5, -5, 40, 40, 3, 0xffffff);
  persea_canvas_draw_card (canvas, 15, 5, 100, 100, 4, 0x000000);
  g_assert_cmpint (canvas->pixels[0], ==, 0xff);
  g_assert_cmpint (canvas->pixels[(9 * 20 + 19) * 3], ==, 0);
  /* a corner is round */
  g_assert_cmpint (canvas->pixels[(5 * 20 + 15) * 3], >, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* first: libvips starts threads, after which the environment is to be left alone */
  g_test_add_func ("/contact-sheet/no-font", test_no_font);
  g_test_add_func ("/contact-sheet/sheets", test_sheets);
  g_test_add_func ("/contact-sheet/digits", test_digits);
  g_test_add_func ("/contact-sheet/edges", test_edges);
  return g_test_run ();
}
