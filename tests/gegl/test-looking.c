/* test-looking.c - persea:relevance and persea:score in GEGL's graphs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * With Orchard-CLIP.  Where words are is judged by tests/orchard; here it counts that any part of it,
 * in any format and thread, is a part of the same picture, and is not looked for twice.
 */
#include "config.h"

#include "gegl-support.h"

#include <stdlib.h>
#include <string.h>

static const GeglRectangle whole = { 0, 0, SIDE, SIDE };

static GeglNode *
relevance (GeglBuffer *input, GeglNode **last)
{
  return support_make_graph (input, last, "persea:relevance", "text", "a glass teapot", NULL);
}

static void
test_mask (void)
{
  g_autoptr (GeglBuffer) input = support_load ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = relevance (input, &node);
  int before = support_count_tasks (), n_inside = 0;
  g_autofree uint8_t *pixels = support_render (node, &whole);
  g_autofree uint8_t *again = support_render (node, &whole);
  g_autofree char *status = NULL;

  for (size_t i = 0; i < SIDE * SIDE; i++)
    {
      g_assert_cmpint (pixels[i * 4], ==, pixels[i * 4 + 1]);
      g_assert_cmpint (pixels[i * 4], ==, pixels[i * 4 + 2]);
      g_assert_cmpint (pixels[i * 4 + 3], ==, 255);
      n_inside += pixels[i * 4] >= 128;
    }
  g_assert_cmpint (n_inside, >, SIDE * SIDE / 50);
  g_assert_cmpint (n_inside, <, SIDE * SIDE * 3 / 4);
  g_assert_cmpmem (pixels, SIDE * SIDE * 4, again, SIDE * SIDE * 4);
  gegl_node_get (node, "status", &status, NULL);
  g_assert_cmpstr (status, ==, "");
  g_assert_cmpint (support_count_tasks () - before, ==, 1);
}

/* uneven tiles, the last ones first */
static gpointer
render_tiles (gpointer input)
{
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = relevance (input, &node);
  uint8_t *pixels = g_malloc0_n (SIDE * SIDE, 4);

  for (int y = 200; y > -50; y -= 50)
    for (int x = 234; x > -39; x -= 39)
      {
        GeglRectangle piece = { x, y, 39, 56 };

        gegl_rectangle_intersect (&piece, &piece, &whole);
        g_autofree uint8_t *part = support_render (node, &piece);
        for (int row = 0; row < piece.height; row++)
          memcpy (pixels + ((size_t) (piece.y + row) * SIDE + piece.x) * 4, part + (size_t) row * piece.width * 4,
                  (size_t) piece.width * 4);
      }
  return pixels;
}

static void
test_pieces_in_threads (void)
{
  g_autoptr (GeglBuffer) input = support_load ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = relevance (input, &node);
  g_autofree uint8_t *expected = support_render (node, &whole);
  int before = support_count_tasks ();
  GThread *threads[3];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("renders", render_tiles, input);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree uint8_t *pixels = g_thread_join (threads[i]);

      g_assert_cmpmem (pixels, SIDE * SIDE * 4, expected, SIDE * SIDE * 4);
    }
  g_assert_cmpint (support_count_tasks (), ==, before);
}

/* Transparency takes away and never adds; colours stay; a picture without transparency gets some. */
static void
test_alpha (void)
{
  g_autoptr (GeglBuffer) original = support_load ();
  g_autoptr (GeglBuffer) input = support_convert (original, babl_format ("R'G'B' u8"), 0, 0);
  g_autofree uint8_t *before = support_get (original, &whole, babl_format ("R'G'B'A u8"), NULL);
  GeglNode *node = NULL, *mask = NULL;
  g_autoptr (GeglNode) graph = relevance (input, &node);
  g_autoptr (GeglNode) second = relevance (input, &mask);

  gegl_node_set (node, "show", 2, NULL);
  g_autofree uint8_t *after = support_render (node, &whole);
  g_autofree uint8_t *values = support_render (mask, &whole);
  for (size_t i = 0; i < SIDE * SIDE; i++)
    {
      g_assert_cmpint (abs (after[i * 4 + 3] - values[i * 4]), <=, 1);
      for (int c = 0; c < 3 && after[i * 4 + 3] > 0; c++)
        g_assert_cmpint (abs (after[i * 4 + c] - before[i * 4 + c]), <=, 1);
    }
}

/* In any format, at any place, it is the same map; what is only shown otherwise is not looked for again. */
static void
test_formats (void)
{
  static const char *const names[] = { "R'G'B' u8", "RGBA float", "R'G'B'A u16", "cmykA u8", "RaGaBaA float" };
  g_autoptr (GeglBuffer) original = support_load ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = relevance (original, &node);
  g_autofree uint8_t *expected = support_render (node, &whole);

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const GeglRectangle place = { -1000 + 37 * (int) i, 77, SIDE, SIDE };
      g_autoptr (GeglBuffer) input = support_convert (original, babl_format (names[i]), place.x, place.y);
      GeglNode *other = NULL;
      g_autoptr (GeglNode) second = relevance (input, &other);
      g_autofree uint8_t *pixels = support_render (other, &place);
      int n_other = 0;

      for (size_t p = 0; p < SIDE * SIDE; p++)
        n_other += (pixels[p * 4] >= 128) != (expected[p * 4] >= 128);
      g_test_message ("%s: %d pixels differ", names[i], n_other);
      g_assert_cmpint (n_other, <=, SIDE * SIDE / 200);
    }

  int before = support_count_tasks ();
  gegl_node_set (node, "show", 1, NULL);
  g_autofree uint8_t *heat = support_render (node, &whole);
  g_assert_cmpint (memcmp (heat, expected, SIDE * SIDE * 4), !=, 0);
  g_assert_cmpint (support_count_tasks (), ==, before);
}

/* Without words, or a model, the input passes through. */
static void
test_nothing (void)
{
  g_autoptr (GeglBuffer) input = support_load ();
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (input, &node, "persea:relevance", "text", " \n ", NULL);
  g_autofree uint8_t *blank = support_render (node, &whole);
  g_autofree char *status = NULL;

  g_assert_cmpmem (blank, SIDE * SIDE * 4, before, SIDE * SIDE * 4);
  gegl_node_get (node, "status", &status, NULL);
  g_assert_cmpstr (status, !=, "");
  gegl_node_set (node, "text", "a cup", "clip", "no-such-model", NULL);
  g_test_expect_message ("GEGL", G_LOG_LEVEL_MESSAGE, "persea:relevance: *no-such-model*");
  g_autofree uint8_t *failed = support_render (node, &whole);
  g_test_assert_expected_messages ();
  g_assert_cmpmem (failed, SIDE * SIDE * 4, before, SIDE * SIDE * 4);
}

static void
test_score (void)
{
  g_autoptr (GeglBuffer) input = support_load ();
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (input, &node, "persea:score", "texts",
                                                   "a wooden car\n\n a glass teapot \na gold key", NULL);
  g_autofree uint8_t *after = support_render (node, &whole);
  g_autofree char *scores = NULL, *best = NULL, *status = NULL;
  double score = -1;

  g_assert_cmpmem (after, SIDE * SIDE * 4, before, SIDE * SIDE * 4);
  gegl_node_get (node, "scores", &scores, "best", &best, "score", &score, "status", &status, NULL);
  g_assert_cmpstr (status, ==, "");
  g_assert_cmpstr (best, ==, "a glass teapot");
  g_auto (GStrv) lines = g_strsplit (scores, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_true (g_str_has_suffix (lines[0], "\ta wooden car"));
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (lines[1], NULL), score, 1e-5);
  g_assert_cmpfloat (g_ascii_strtod (lines[0], NULL), <, score);
}

int
main (int argc, char **argv)
{
  int status;

  support_init (&argc, &argv);
  g_test_add_func ("/looking/mask", test_mask);
  g_test_add_func ("/looking/pieces-in-threads", test_pieces_in_threads);
  g_test_add_func ("/looking/alpha", test_alpha);
  g_test_add_func ("/looking/formats", test_formats);
  g_test_add_func ("/looking/nothing", test_nothing);
  g_test_add_func ("/looking/score", test_score);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
