/* test-filters.c - Persea's operations as filters that stay editable, in the real GIMP 3
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "gimp-support.h"

#include <string.h>

/* name, its arguments in Script-Fu, and whether the layer has a hole */
static const struct
{
  const char *name, *operation, *arguments;
  gboolean    holed;
} filters[] = {
  { "relevance", "persea:relevance", "\"text\" \"a boat\" \"softness\" 0.3", FALSE },
  { "vary", "persea:vary", "\"prompt\" \"a boat\" \"strength\" 0.3 \"seed\" 5 \"candidates\" 1", FALSE },
  { "complete", "persea:complete", "\"prompt\" \"a boat\" \"temperature\" 0.7 \"seed\" 6 \"candidates\" 1", TRUE },
  { "generate", "persea:generate", "\"prompt\" \"a gold cup\" \"seed\" 7 \"candidates\" 1", FALSE },
};

/* what both scripts know: (picture image path) saves what is seen */
static const char picture[] =
  "(define (picture image path)\n"
  "  (let* ((copy (car (gimp-image-duplicate image))))\n"
  "    (gimp-image-merge-visible-layers copy 1)\n"
  "    (save copy (active copy) path)\n"
  "    (gimp-image-delete copy)))\n";

static void
assert_same (const char *one, const char *other, gboolean expected)
{
  g_autofree char *first = support_path (one);
  g_autofree char *second = support_path (other);
  g_autoptr (GdkPixbuf) before = support_open_picture (first);
  g_autoptr (GdkPixbuf) after = support_open_picture (second);
  g_autoptr (GBytes) old = gdk_pixbuf_read_pixel_bytes (before);
  g_autoptr (GBytes) new = gdk_pixbuf_read_pixel_bytes (after);

  g_assert_cmpint (gdk_pixbuf_get_width (before), ==, gdk_pixbuf_get_width (after));
  if (g_bytes_equal (old, new) != expected)
    g_error ("%s and %s: expected %s pictures", one, other, expected ? "the same" : "other");
}

/* Put on layers, saved, seen; then opened by another GIMP, and seen again */
static void
test_saved (void)
{
  g_autofree char *source = support_source ("samples/boat-wood.png");
  g_autofree char *plain = support_path ("plain.png");
  g_autoptr (GString) first = g_string_new (picture);
  g_autoptr (GString) second = g_string_new (picture);
  g_autofree char *said = NULL;
  g_autofree char *said_again = NULL;

  g_string_append_printf (first, "(picture (load \"%s\") \"%s\")\n", source, plain);
  for (size_t i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *base = support_path (filters[i].name);

      g_string_append_printf (first,
        "(let* ((image (load \"%s\")) (layer (active image)))\n"
        "  (gimp-layer-add-alpha layer)\n"
        "  (when %s\n"
        "    (gimp-image-select-rectangle image 2 96 96 64 64)\n"
        "    (gimp-drawable-edit-clear layer)\n"
        "    (gimp-selection-none image))\n"
        "  (gimp-drawable-append-new-filter layer \"%s\" \"\" LAYER-MODE-REPLACE 1.0 %s)\n"
        "  (gimp-file-save 1 image \"%s.xcf\")\n"
        "  (picture image \"%s-before.png\"))\n",
        source, filters[i].holed ? "#t" : "#f", filters[i].operation, filters[i].arguments, base, base);
      g_string_append_printf (second,
        "(let* ((image (load \"%s.xcf\"))\n"
        "       (filters (car (gimp-drawable-get-filters (active image)))))\n"
        "  (tell-number \"%s-filters\" (vector-length filters))\n"
        "  (tell \"%s\" (car (gimp-drawable-filter-get-operation-name (vector-ref filters 0))))\n"
        "  (picture image \"%s-after.png\"))\n",
        base, filters[i].name, filters[i].name, base);
    }
  said = support_run (first->str);
  g_test_message ("%s", said);
  said_again = support_run (second->str);
  g_test_message ("%s", said_again);
  for (size_t i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *n_filters = g_strconcat (filters[i].name, "-filters", NULL);
      g_autofree char *before = g_strconcat (filters[i].name, "-before.png", NULL);
      g_autofree char *after = g_strconcat (filters[i].name, "-after.png", NULL);
      g_autofree char *operation = support_find_told (said_again, filters[i].name);

      g_assert_cmpint ((int) support_find_number (said_again, n_filters), ==, 1);
      g_assert_cmpstr (operation, ==, filters[i].operation);
      assert_same (before, after, TRUE);
      assert_same (before, "plain.png", FALSE);
    }
}

/* A window opens with what is below the filter, and is drawn anew when the picture is there: nobody waits. */
static void
test_opened (void)
{
  g_autofree char *source = support_source ("samples/boat-wood.png");
  g_autofree char *xcf = support_path ("opened.xcf");
  g_autofree char *script = g_strdup_printf (
    "(let* ((image (load \"%s\")))\n"
    "  (gimp-drawable-append-new-filter (active image) \"persea:vary\" \"\" LAYER-MODE-REPLACE 1.0\n"
    "                                   \"prompt\" \"a boat\" \"seed\" 9 \"candidates\" 1)\n"
    "  (gimp-file-save 1 image \"%s\"))\n",
    source, xcf);
  g_autofree char *made = support_run (script);
  g_autofree char *said = support_run_window (xcf, "the image is drawn anew");

  g_test_message ("%s%s", made, said);
  g_assert_nonnull (strstr (said, ": goes without"));
  g_assert_nonnull (strstr (said, "begins: draw"));
  g_assert_nonnull (strstr (said, "the image is drawn anew"));
  g_assert_null (strstr (said, ": waits"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gimp/filters/saved", test_saved);
  g_test_add_func ("/gimp/filters/opened", test_opened);
  return support_run_tests ();
}
