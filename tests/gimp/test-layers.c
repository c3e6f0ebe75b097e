/* test-layers.c - the plug-in on layers of every kind, in the real GIMP 2.10
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "gimp-support.h"

#include <string.h>

/* What each kind begins with: a picture with alpha; then a hole of 64 × 64 at 100, 100 of the layer is
 * completed, the cup is selected, and the layer varied.  All that may not change is looked at. */
static const char common[] =
  "(define (mean layer channel) (car (gimp-drawable-histogram layer channel 0 1)))\n"
  "(define (opaque layer)\n"
  "  (if (= 1 (car (gimp-drawable-is-indexed layer)))\n" /* whose histogram knows no alpha */
  "      (if (= 255 (vector-ref (cadr (gimp-drawable-get-pixel layer 130 130)) 1)) 1 0)\n"
  "      (list-ref (gimp-drawable-histogram layer 4 0.99 1) 5)))\n"
  "(define (select-hole image layer)\n"
  "  (let ((at (gimp-drawable-offsets layer)))\n"
  "    (gimp-image-select-rectangle image 2 (+ 100 (car at)) (+ 100 (cadr at)) 64 64)))\n"
  "(define (mean-outside image layer)\n"
  "  (select-hole image layer)\n"
  "  (gimp-selection-invert image)\n"
  "  (let ((value (mean layer 0)))\n"
  "    (gimp-selection-none image)\n"
  "    value))\n"
  "(define (try prepare)\n"
  "  (let* ((image (load source)) (layer (active image)) (before 0) (layers 0))\n"
  "    (gimp-layer-add-alpha layer)\n"
  "    (prepare image layer)\n"
  "    (gimp-image-set-active-layer image layer)\n"
  "    (select-hole image layer)\n"
  "    (gimp-edit-clear layer)\n"
  "    (gimp-selection-none image)\n"
  "    (set! before (mean-outside image layer))\n"
  "    (set! layers (n-layers image))\n"
  "    (plug-in-persea-complete 1 image layer \"a cup\" \"\" 1 3 -1 -1 -1 \"\" 0)\n"
  "    (tell-number \"opaque\" (opaque layer))\n"
  "    (tell-number \"moved\" (abs (- before (mean-outside image layer))))\n"
  "    (tell-number \"more\" (- (n-layers image) layers))\n"
  "    (tell-number \"share\" (car (plug-in-persea-select 1 image layer \"a snow cup\" \"\" 0.5 0 2 \"\")))\n"
  "    (tell-number \"left\" (- (cadr (gimp-selection-bounds image)) (car (gimp-drawable-offsets layer))))\n"
  "    (tell-number \"channels\" (car (gimp-image-get-channels image)))\n"
  "    (tell-number \"same\" (if (= layer (active image)) 1 0))\n"
  "    (gimp-selection-none image)\n"
  "    (let ((varied (car (plug-in-persea-vary 1 image layer \"a cup\" 0.4 \"\" 1 5 -1 -1 -1 \"\" 0))))\n"
  "      (tell-number \"x\" (- (car (gimp-drawable-offsets varied)) (car (gimp-drawable-offsets layer))))\n"
  "      (tell-number \"y\" (- (cadr (gimp-drawable-offsets varied)) (cadr (gimp-drawable-offsets layer))))\n"
  "      (tell-number \"width\" (- (car (gimp-drawable-width varied)) (car (gimp-drawable-width layer))))\n"
  "      (tell-number \"parent\" (- (car (gimp-item-get-parent varied)) (car (gimp-item-get-parent layer))))\n"
  "      (tell-number \"type\" (- (car (gimp-drawable-type varied)) (car (gimp-drawable-type layer)))))\n"
  "    (tell \"tags\" (car (plug-in-persea-tags 1 image layer 0.5 0 \"\" \"\" 1)))))\n";

typedef struct
{
  const char *name;
  const char *prepare; /* of image and layer, in Script-Fu */
  double      opaque;  /* after completion: the share of the layer */
} Kind;

static const Kind kinds[] = {
  { "grey", "(gimp-image-convert-grayscale image)", 1 },
  { "indexed", "(gimp-image-convert-indexed image 0 0 64 FALSE FALSE \"\")", 1 },
  { "linear-float", "(gimp-image-convert-precision image 600)", 1 },
  { "16-bit", "(gimp-image-convert-precision image 250)", 1 },
  { "offset", "(gimp-layer-set-offsets layer 40 -30)", 1 },
  { "smaller-than-image", "(gimp-image-resize image 500 400 100 70)", 1 },
  { "larger-than-image", "(gimp-image-resize image 200 200 -20 -20)", 1 },
  { "in-a-group",
    "(let ((group (car (gimp-layer-group-new image))))"
    "  (gimp-image-insert-layer image group 0 0) (gimp-image-reorder-item image layer group 0))", 1 },
  { "with-a-mask",
    "(let ((mask (car (gimp-layer-create-mask layer 0))))"
    "  (gimp-layer-add-mask layer mask) (gimp-layer-set-edit-mask layer FALSE))", 1 },
};

static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;
  g_autofree char *source = support_source ("samples/boot-and-cup.png");
  g_autofree char *script = g_strdup_printf ("(define source \"%s\")\n%s(try (lambda (image layer) %s))\n", source,
                                             common, kind->prepare);
  g_autofree char *said = support_run (script);
  g_autofree char *tags = support_find_told (said, "tags");
  static const char *const zeros[] = { "more", "channels", "x", "y", "width", "parent", "type" };

  g_assert_cmpfloat (support_find_number (said, "opaque"), ==, kind->opaque);
  g_assert_cmpfloat (support_find_number (said, "moved"), ==, 0);
  g_assert_cmpfloat (support_find_number (said, "same"), ==, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (zeros); i++)
    if (support_find_number (said, zeros[i]) != 0)
      g_error ("%s: %s", zeros[i], said);
  g_assert_cmpfloat (support_find_number (said, "share"), >, 0.02);
  g_assert_cmpfloat (support_find_number (said, "share"), <, 0.5);
  /* the cup is in the right half of the layer */
  g_assert_cmpfloat (support_find_number (said, "left"), >, 100);
  g_assert_cmpstr (tags, !=, "");
}

/* Only what is selected, too, is completed, and the selection stays. */
static void
test_selection (void)
{
  g_autofree char *source = support_source ("samples/boot-and-cup.png");
  g_autofree char *script = g_strdup_printf (
    "(define source \"%s\")\n%s"
    "(let* ((image (load source)) (layer (active image)))\n"
    "  (gimp-layer-add-alpha layer)\n"
    "  (select-hole image layer)\n"
    "  (gimp-edit-clear layer)\n"
    "  (gimp-image-select-rectangle image 2 100 100 32 64)\n"
    "  (plug-in-persea-complete 1 image layer \"a cup\" \"\" 1 3 -1 -1 -1 \"\" 0)\n"
    "  (tell-number \"right\" (list-ref (gimp-selection-bounds image) 3))\n"
    "  (tell-number \"selected\" (opaque layer))\n"
    "  (gimp-image-select-rectangle image 2 132 100 32 64)\n"
    "  (tell-number \"others\" (opaque layer)))\n",
    source, common);
  g_autofree char *said = support_run (script);

  g_assert_cmpfloat (support_find_number (said, "right"), ==, 132);
  g_assert_cmpfloat (support_find_number (said, "selected"), ==, 1);
  g_assert_cmpfloat (support_find_number (said, "others"), ==, 0);
}

/* What cannot be worked on is said in words. */
static void
test_refused (void)
{
  static const struct
  {
    const char *call, *words;
  } refused[] = {
    { "(let ((group (car (gimp-layer-group-new image))))\n"
      "  (gimp-image-insert-layer image group 0 0)\n"
      "  (plug-in-persea-complete 1 image group \"a cup\" \"\" 1 3 -1 -1 -1 \"\" 0))", "A layer group has no pixels" },
    { "(gimp-item-set-lock-content layer TRUE)\n"
      "(plug-in-persea-complete 1 image layer \"a cup\" \"\" 1 3 -1 -1 -1 \"\" 0)", "are locked" },
    { "(let ((mask (car (gimp-layer-create-mask layer 0))))\n"
      "  (gimp-layer-add-mask layer mask)\n"
      "  (plug-in-persea-vary 1 image mask \"a cup\" 0.4 \"\" 1 5 -1 -1 -1 \"\" 0))", "choose one, rather than a mask" },
    { "(plug-in-persea-select 1 image layer \" , \" \"\" 0.5 0 2 \"\")", "Say what is to be selected" },
    { "(plug-in-persea-draw 1 image layer \"\" 0 0 \"\" 1 5 -1 -1 -1 \"\" 0)", "prompt" },
  };
  g_autofree char *source = support_source ("samples/boot-and-cup.png");

  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *script = g_strdup_printf ("(let* ((image (load \"%s\")) (layer (active image)))\n%s)\n", source,
                                                 refused[i].call);
      g_autofree char *said = support_run (script);

      if (!strstr (said, refused[i].words))
        g_error ("“%s” was not said: %s", refused[i].words, said);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/gimp-layers/", kinds[i].name, NULL);

      g_test_add_data_func (path, &kinds[i], test_kind);
    }
  g_test_add_func ("/gimp-layers/selection", test_selection);
  g_test_add_func ("/gimp-layers/refused", test_refused);
  return support_run_tests ();
}
