/* test-rendering.c - the store of renderings keeps what was used last, within its bound
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <stdint.h>

#include <gegl.h>

#include "persea-rendering.h"

/* bytes: SIDE² · 4 */
#define SIDE 16
#define SIZE (SIDE * SIDE * 4)

static PerseaRendering *
make (int side, double score)
{
  return persea_rendering_new (GEGL_RECTANGLE (3, -4, side, side), babl_format ("R'G'B'A u8"), score);
}

static void
put (PerseaRenderingStore *store, const char *key, int side, double score)
{
  g_autoptr (PerseaRendering) rendering = make (side, score);

  persea_rendering_store_put (store, key, rendering);
}

/* -1 if it is not there */
static double
find (PerseaRenderingStore *store, const char *key)
{
  g_autoptr (PerseaRendering) rendering = persea_rendering_store_find (store, key);

  return rendering ? rendering->score : -1;
}

static void
test_bound (void)
{
  g_autoptr (PerseaRenderingStore) store = persea_rendering_store_new (3 * SIZE);

  g_assert_true (persea_rendering_store_is_empty (store));
  put (store, "a", SIDE, 1);
  put (store, "b", SIDE, 2);
  put (store, "c", SIDE, 3);
  g_assert_cmpfloat (find (store, "a"), ==, 1);
  put (store, "d", SIDE, 4); /* "b" was used longest ago */
  g_assert_cmpfloat (find (store, "a"), ==, 1);
  g_assert_cmpfloat (find (store, "b"), ==, -1);
  g_assert_cmpfloat (find (store, "c"), ==, 3);
  g_assert_cmpfloat (find (store, "d"), ==, 4);
  put (store, "c", SIDE, 5); /* in its own place */
  g_assert_cmpfloat (find (store, "a"), ==, 1);
  g_assert_cmpfloat (find (store, "c"), ==, 5);
  put (store, "large", 2 * SIDE, 6); /* four times as many bytes: not kept, and nothing goes for it */
  g_assert_cmpfloat (find (store, "large"), ==, -1);
  g_assert_cmpfloat (find (store, "a"), ==, 1);
  persea_rendering_store_clear (store);
  g_assert_true (persea_rendering_store_is_empty (store));
  g_assert_cmpfloat (find (store, "a"), ==, -1);
  put (store, "a", SIDE, 7);
  g_assert_cmpfloat (find (store, "a"), ==, 7);
}

/* Pixels live as long as somebody looks at them. */
static void
test_open (void)
{
  PerseaRendering *rendering = make (SIDE, 0);
  uint8_t pixel[4];

  ((uint8_t *) rendering->pixels)[0] = 77;
  g_autoptr (GeglBuffer) buffer = persea_rendering_open (rendering);
  persea_rendering_unref (rendering);
  g_assert_true (gegl_rectangle_equal (gegl_buffer_get_extent (buffer), GEGL_RECTANGLE (3, -4, SIDE, SIDE)));
  gegl_buffer_sample (buffer, 3, -4, NULL, pixel, babl_format ("R'G'B'A u8"), GEGL_SAMPLER_NEAREST, GEGL_ABYSS_NONE);
  g_assert_cmpint (pixel[0], ==, 77);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gegl_init (NULL, NULL);
  g_test_add_func ("/rendering/bound", test_bound);
  g_test_add_func ("/rendering/open", test_open);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
