/* test-golden-pixels.c - preprocessing against the originals, to the bit
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pictures and what openai/CLIP, open_clip and transformers made of them, through Pillow, are
 * in tests/golden/pixels; see tests/golden/README.md.
 */
#include "config.h"

#include "persea-npy.h"
#include "persea-preprocess.h"

#include <json-glib/json-glib.h>
#include <string.h>

static char *
golden_path (const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);

  return g_test_build_filename (G_TEST_DIST, "..", "golden", "pixels", file, NULL);
}

static PerseaNpy *
golden_load (const char *name, const char *suffix)
{
  g_autofree char *path = golden_path (name, suffix);
  g_autoptr (GError) error = NULL;
  PerseaNpy *npy = persea_npy_load (path, &error);

  g_assert_no_error (error);
  return npy;
}

static PerseaInterpolation
interpolation_from_name (const char *name)
{
  for (int i = 0; i < PERSEA_N_INTERPOLATIONS; i++)
    if (strcmp (name, persea_interpolation_name (i)) == 0)
      return i;
  g_assert_not_reached ();
}

static PerseaPreprocess
preprocess_from_case (JsonObject *object)
{
  PerseaPreprocess preprocess
    = PERSEA_PREPROCESS_CLIP (json_object_get_int_member (object, "size"));
  const char *mode = json_object_get_string_member (object, "mode");
  const char *crop = json_object_get_string_member (object, "crop");

  preprocess.resize_size = json_object_get_int_member (object, "resize");
  preprocess.interpolation
    = interpolation_from_name (json_object_get_string_member (object, "interpolation"));
  preprocess.resize_mode = strcmp (mode, "shortest") == 0  ? PERSEA_RESIZE_SHORTEST
                           : strcmp (mode, "longest") == 0 ? PERSEA_RESIZE_LONGEST
                                                           : PERSEA_RESIZE_SQUASH;
  preprocess.crop_rule = strcmp (crop, "floor") == 0 ? PERSEA_CROP_FLOOR : PERSEA_CROP_HALF_EVEN;
  preprocess.fill = json_object_get_int_member (object, "fill");
  return preprocess;
}

static void
check_case (JsonObject *object)
{
  PerseaPreprocess preprocess = preprocess_from_case (object);
  g_autoptr (PerseaNpy) source
    = golden_load (json_object_get_string_member (object, "source"), ".npy");
  g_autoptr (PerseaNpy) results
    = golden_load (json_object_get_string_member (object, "result"), "");
  size_t index = json_object_get_int_member (object, "index");
  size_t n = (size_t) preprocess.image_size * preprocess.image_size * 3;
  g_autofree uint8_t *square = g_malloc (n);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (source->dtype, ==, PERSEA_DTYPE_U8);
  g_assert_cmpint (results->dtype, ==, PERSEA_DTYPE_U8);
  g_assert_cmpint (index, <, results->shape[0]);
  g_assert_cmpint (results->n_elements, ==, results->shape[0] * n);
  g_assert_true (persea_preprocess_square (&preprocess, source->data, source->shape[1],
                                           source->shape[0], square, &error));
  g_assert_no_error (error);
  if (memcmp (square, (const uint8_t *) results->data + index * n, n) != 0)
    {
      g_test_message ("%s of %s differs", json_object_get_string_member (object, "result"),
                      json_object_get_string_member (object, "source"));
      g_test_fail ();
    }
}

static void
test_squares (void)
{
  g_autofree char *path = golden_path ("cases", ".json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonArray *cases;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  cases = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpint (json_array_get_length (cases), >, 200);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    check_case (json_array_get_object_element (cases, i));
}

static void
test_normalized (void)
{
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (32);
  g_autoptr (PerseaNpy) source = golden_load ("stripes-64x48", ".npy");
  g_autoptr (PerseaNpy) expected = golden_load ("normalized-32", ".npy");
  uint8_t square[32 * 32 * 3];
  float found[3 * 32 * 32];

  g_assert_cmpint (expected->n_elements, ==, G_N_ELEMENTS (found));
  g_assert_true (persea_preprocess_square (&preprocess, source->data, 64, 48, square, NULL));
  persea_preprocess_normalize (&preprocess, square, found);
  /* the same operations in the same order in single precision: the same bits */
  g_assert_cmpmem (found, sizeof found, expected->data, sizeof found);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/golden-pixels/squares", test_squares);
  g_test_add_func ("/golden-pixels/normalized", test_normalized);
  return g_test_run ();
}
