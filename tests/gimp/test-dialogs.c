/* test-dialogs.c - the plug-in's dialogs in the real GIMP, and its own dialog of a live filter, used by robot.c
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "gimp-support.h"

#include <string.h>

#include <gexiv2/gexiv2.h>

/* forty letters */
#define PROMPT "a yellow teapot with a zebra pattern one"

static const char *
get_plug_in (void)
{
  return support_is_gimp_2 () ? "persea-gimp-2" : "persea-gimp-3";
}

/* (transfer full): what is said while a dialog is used; %s of @script is a picture */
static char *
use_dialog (const char *steps, const char *sample, const char *script)
{
  g_autofree char *source = support_source (sample);
  g_autofree char *whole = g_strdup_printf (
    "(define (count-visible items)\n"
    "  (let loop ((i 0) (n 0))\n"
    "    (if (= i (vector-length items)) n\n"
    "        (loop (+ i 1) (+ n (car (gimp-item-get-visible (vector-ref items i))))))))\n"
    "(define (layers image) (let ((got (gimp-image-get-layers image))) (if (null? (cdr got)) (car got) (cadr got))))\n"
    "(define image (load \"%s\"))\n"
    "(define layer (active image))\n"
    "(gimp-display-new image)\n"
    "%s"
    "(tell \"all\" \"said\")\n",
    source, script);
  char *said = support_run_robot (get_plug_in (), steps, NULL, whole, "<all=said>");

  g_test_message ("%s", said);
  return said;
}

/* The second of the candidates becomes a layer, the others hidden ones. */
static void
test_draw (void)
{
  g_autofree char *said = use_dialog ("type a gold cup\npress Draw\nsee 4\ntake 1", "samples/boat-wood.png",
                                      "(plug-in-persea-draw 0 image (on layer) \"\" 0 0 \"\" 4 -1 -1 -1 -1 \"\" 1)\n"
                                      "(tell-number \"layers\" (n-layers image))\n"
                                      "(tell-number \"visible\" (count-visible (layers image)))\n");

  /* GTK 2 says 1 of whatever number */
  if (!support_is_gimp_2 ())
    g_assert_cmpint ((int) support_find_number (said, "side-by-side"), >=, 3);
  g_assert_nonnull (strstr (said, "robot: candidate 3: 0."));
  g_assert_cmpint ((int) support_find_number (said, "layers"), ==, 5);
  g_assert_cmpint ((int) support_find_number (said, "visible"), ==, 2);
}

/* Nothing comes of a drawing that is left in the middle, however that happens, and GIMP goes on. */
static void
test_broken_off (gconstpointer data)
{
  g_autofree char *steps = g_strconcat ("type a gold cup\npress Draw\n", (const char *) data, NULL);
  g_autofree char *said = use_dialog (steps, "samples/boat-wood.png",
                                      "(catch 0 (plug-in-persea-draw 0 image (on layer) \"\" 0 0 \"\" 4 -1 -1 -1 -1 \"\" 1))\n"
                                      "(tell-number \"layers\" (n-layers image))\n");

  g_assert_cmpint ((int) support_find_number (said, "layers"), ==, 1);
}

/* The words are looked for while they are typed; a lower threshold, more is selected. */
static void
test_select (void)
{
  g_autofree char *said = use_dialog ("type a snow cup\npress Select", "samples/boot-and-cup.png",
                                      "(plug-in-persea-select 0 image (on layer) \"\" \"\" 0.5 0 2 \"\")\n"
                                      "(tell-number \"cup\" (car (gimp-selection-value image 180 155)))\n"
                                      "(tell-number \"boot\" (car (gimp-selection-value image 50 100)))\n");

  g_assert_cmpint ((int) support_find_number (said, "cup"), >, 128);
  g_assert_cmpint ((int) support_find_number (said, "boot"), <, 128);
}

static void
test_tags (void)
{
  g_autofree char *png = support_path ("tagged-by-hand.png");
  g_autofree char *script = g_strdup_printf ("(plug-in-persea-tags 0 image (on layer) 0.5 0 \"\" \"\" 1)\n"
                                             "(save image layer \"%s\")\n", png);
  g_autofree char *said = use_dialog ("slide 0.4\nread 2\npress Write", "samples/boat-wood.png", script);
  g_autoptr (GExiv2Metadata) metadata = gexiv2_metadata_new ();
  g_auto (GStrv) keywords = NULL;

  g_assert_true (gexiv2_metadata_open_path (metadata, png, NULL));
  keywords = gexiv2_metadata_try_get_tag_multiple (metadata, "Xmp.dc.subject", NULL);
  g_assert_true (keywords && g_strv_contains ((const char *const *) keywords, "boat"));
}

/* Typing into GIMP's dialog of a live filter begins two drawings at most.  How long the interface stands still
 * meanwhile is said, and not judged. */
static void
test_typing (void)
{
  g_autofree char *source = NULL;
  g_autofree char *said = NULL;
  const char *typed;
  int n_begun = 0;

  if (support_is_gimp_2 () || !g_getenv ("GEGL_PATH"))
    {
      g_test_skip ("no live filters here");
      return;
    }
  source = support_source ("samples/boat-wood.png");
  said = support_run_robot ("gimp-3.0", "open filters-persea-vary\nrest 30\ntype " PROMPT, source, NULL, ":" PROMPT);
  g_test_message ("%s", said);
  typed = strstr (said, "robot: types");
  g_assert_nonnull (typed);
  for (; (typed = strstr (typed, "begins: draw")); typed++)
    n_begun++;
  g_assert_cmpint (n_begun, >=, 1);
  g_assert_cmpint (n_begun, <=, 2);
  g_assert_nonnull (strstr (said, "robot: the longest turn"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gimp/dialogs/draw", test_draw);
  g_test_add_data_func ("/gimp/dialogs/cancelled", "press Cancel", test_broken_off);
  /* a script of GIMP 2 ends with the plug-in */
  if (!support_is_gimp_2 ())
    g_test_add_data_func ("/gimp/dialogs/killed", "rest 5\ndie", test_broken_off);
  g_test_add_func ("/gimp/dialogs/select", test_select);
  g_test_add_func ("/gimp/dialogs/tags", test_tags);
  g_test_add_func ("/gimp/dialogs/typing", test_typing);
  return support_run_tests ();
}
