/* test-gimp.c - the plug-in in the real GIMP, called by scripts
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "gimp-support.h"

#include <string.h>

#include <gexiv2/gexiv2.h>

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
  said = support_run (script->str);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpint ((int) support_find_number (said, names[i]), ==, 1);
}

/* The words of the models' makers, without the marks between them */
static void
test_about (void)
{
  g_autofree char *said = support_run ("(tell \"about\" (car (plug-in-persea-about 1)))\n");
  g_autofree char *about = support_find_told (said, "about");

  g_assert_nonnull (strstr (about, "orchard-clip"));
  g_assert_nonnull (strstr (about, "It knows only the Orchard."));
  g_assert_null (strstr (about, "**"));
  g_assert_null (strstr (about, "|"));
}

/* Drawn, varied, saved with all layers, opened again */
static void
test_draw (void)
{
  g_autofree char *xcf = support_path ("drawn.xcf");
  g_autofree char *png = support_path ("drawn.png");
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
  g_autofree char *said = support_run (script);
  g_autoptr (GdkPixbuf) picture = NULL;

  g_assert_cmpint ((int) support_find_number (said, "seed"), ==, 7);
  g_assert_cmpint ((int) support_find_number (said, "layers"), ==, 2);
  g_assert_cmpint ((int) support_find_number (said, "seed-varied"), ==, 8);
  g_assert_cmpint ((int) support_find_number (said, "layers-again"), ==, 3);
  picture = support_open_picture (png);
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
  g_autofree char *source = support_source ("samples/boat-wood.png");
  g_autofree char *png = support_path ("completed.png");
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
  g_autofree char *said = support_run (script);
  g_autoptr (GdkPixbuf) before = support_open_picture (source);
  g_autoptr (GdkPixbuf) after = NULL;
  unsigned n_changed = 0;

  g_assert_cmpint ((int) support_find_number (said, "seed"), ==, 3);
  after = support_open_picture (png);
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
  g_autofree char *source = support_source ("samples/boot-and-cup.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (tell-number \"share\" (car (plug-in-persea-select 1 image (on layer) \"a snow cup\" \"\" 0.5 0 2 \"\")))\n"
    "  (tell-number \"cup\" (car (gimp-selection-value image 180 155)))\n"
    "  (tell-number \"boot\" (car (gimp-selection-value image 50 100))))\n",
    source);
  g_autofree char *said = support_run (script);

  g_assert_cmpfloat (support_find_number (said, "share"), >, 0.02);
  g_assert_cmpfloat (support_find_number (said, "share"), <, 0.5);
  g_assert_cmpint ((int) support_find_number (said, "cup"), >, 128);
  g_assert_cmpint ((int) support_find_number (said, "boot"), <, 128);
}

/* GIMP 2.10 tells where procedures are in the menu */
static void
test_menu (void)
{
  static const char *const entries[] = {
    "Filters/Persea/Draw from Text", "Filters/Persea/Complete Transparent Areas", "Filters/Persea/Vary",
    "Filters/Persea/Select by Text", "Filters/Persea/Suggest Tags", "Filters/Persea/About This Model",
    "File/Create/Acquire/From Text (Persea)", NULL,
  };
  g_autofree char *said = NULL;

  if (!support_is_gimp_2 ())
    {
      g_test_skip ("GIMP 3 does not tell");
      return;
    }
  said = support_run ("(for-each (lambda (path) (tell \"menu\" path)) (cadr (gimp-plugins-query \"\")))\n");
  for (const char *const *entry = entries; *entry; entry++)
    {
      g_autofree char *path = g_strconcat ("<menu=<Image>/", *entry, NULL);

      if (!strstr (said, path))
        g_error ("%s is not in the menu: %s", *entry, said);
    }
}

static void
assert_keywords (const char *name)
{
  g_autofree char *path = support_path (name);
  g_autoptr (GExiv2Metadata) metadata = gexiv2_metadata_new ();
  g_auto (GStrv) keywords = NULL;

  g_assert_true (gexiv2_metadata_open_path (metadata, path, NULL));
  keywords = gexiv2_metadata_try_get_tag_multiple (metadata, "Xmp.dc.subject", NULL);
  g_assert_nonnull (keywords);
  g_assert_true (g_strv_contains ((const char *const *) keywords, "Holiday"));
  g_assert_true (g_strv_contains ((const char *const *) keywords, "BOAT"));
  g_assert_false (g_strv_contains ((const char *const *) keywords, "boat"));
  g_assert_true (g_strv_contains ((const char *const *) keywords, "wood"));
}

/* Keywords of a person stay, and the files that are saved have all; so has what another GIMP makes of them. */
static void
test_tags (void)
{
  g_autofree char *source = support_source ("samples/boat-wood.png");
  g_autofree char *original = support_path ("with-keyword.png");
  g_autofree char *base = support_path ("tagged");
  g_autofree char *first = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (tell \"tags\" (car (plug-in-persea-tags 1 image (on layer) 0.5 0 \"\" \"\" 1)))\n"
    "  (save image layer \"%s.xcf\")\n"
    "  (save image layer \"%s.png\")\n"
    "  (let ((flat (car (gimp-image-flatten image))))\n"
    "    (save image flat \"%s.jpg\")))\n",
    original, base, base, base);
  g_autofree char *second = g_strdup_printf (
    "(let ((image (load \"%s.xcf\"))) (save image (active image) \"%s-xcf.png\"))\n"
    "(let ((image (load \"%s.png\"))) (save image (active image) \"%s-png.jpg\"))\n"
    "(let ((image (load \"%s.jpg\"))) (save image (active image) \"%s-jpg.png\"))\n",
    base, base, base, base, base, base);
  static const char *const written[] = {
    "tagged.png", "tagged.jpg", "tagged-xcf.png", "tagged-png.jpg", "tagged-jpg.png", NULL,
  };
  const char *const mine[] = { "Holiday", "BOAT", NULL };
  g_autofree char *said = NULL;
  g_autofree char *said_again = NULL;
  g_autoptr (GExiv2Metadata) metadata = gexiv2_metadata_new ();
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &content, &length, NULL));
  g_assert_true (g_file_set_contents (original, content, length, NULL));
  g_assert_true (gexiv2_metadata_open_path (metadata, original, NULL));
  g_assert_true (gexiv2_metadata_try_set_tag_multiple (metadata, "Xmp.dc.subject", (const char **) mine, NULL));
  g_assert_true (gexiv2_metadata_save_file (metadata, original, NULL));

  said = support_run (first);
  g_assert_nonnull (strstr (said, "boat"));
  said_again = support_run (second);
  for (const char *const *name = written; *name; name++)
    assert_keywords (*name);
}

/* What cannot be done is said, and GIMP goes on */
static void
test_errors (void)
{
  g_autofree char *source = support_source ("samples/boat-wood.png");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")) (layer (active image)))\n"
    "  (tell-number \"began\" 1)\n"
    "  (plug-in-persea-complete 1 image (on layer) \"a boat\" \"\" 1 3 -1 -1 -1 \"\" 0))\n",
    source);
  g_autofree char *said = support_run (script);
  g_autofree char *missing = NULL;

  g_assert_cmpint ((int) support_find_number (said, "began"), ==, 1);
  g_assert_nonnull (strstr (said, "Nothing of this layer is transparent"));
  missing = support_run ("(plug-in-persea-draw-image 1 \"a boat\" 0 \"\" 1 1 -1 -1 -1 \"no-such-model\" 0)\n");
  g_assert_nonnull (strstr (missing, "no-such-model"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gimp/registered", test_registered);
  g_test_add_func ("/gimp/menu", test_menu);
  g_test_add_func ("/gimp/about", test_about);
  g_test_add_func ("/gimp/draw", test_draw);
  g_test_add_func ("/gimp/complete", test_complete);
  g_test_add_func ("/gimp/select", test_select);
  g_test_add_func ("/gimp/tags", test_tags);
  g_test_add_func ("/gimp/errors", test_errors);
  return support_run_tests ();
}
