/* test-operations.c - persea:generate, persea:complete and persea:vary in GEGL's graphs
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * With the Orchard models.  What is drawn is judged elsewhere; here it counts that whatever part is
 * asked for, in whatever order, format and thread, is a part of the same picture.
 */
#include "config.h"

#include "gegl-support.h"

#include <gegl-plugin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const GeglRectangle whole = { 0, 0, SIDE, SIDE };

static void
assert_same (const uint8_t *a, const uint8_t *b, const GeglRectangle *roi)
{
  g_assert_cmpmem (a, (size_t) roi->width * roi->height * 4, b, (size_t) roi->width * roi->height * 4);
}

static unsigned
count_different (const uint8_t *a, const uint8_t *b, const GeglRectangle *part)
{
  unsigned n = 0;

  for (int y = part->y; y < part->y + part->height; y++)
    for (int x = part->x; x < part->x + part->width; x++)
      n += memcmp (a + ((size_t) y * SIDE + x) * 4, b + ((size_t) y * SIDE + x) * 4, 4) != 0;
  return n;
}

static GeglNode *
complete (GeglBuffer *input, GeglNode **last)
{
  return support_make_graph (input, last, "persea:complete", "prompt", "a glass teapot", "candidates", 1,
                             "seed", 5, NULL);
}

/* before anything is drawn */
static void
test_registered (void)
{
  g_autofree char *maps = NULL;
  static const char *const names[] = { "persea:generate", "persea:complete", "persea:vary" };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      unsigned n = 0;
      g_autofree GParamSpec **properties = NULL;

      g_assert_true (gegl_has_operation (names[i]));
      g_assert_cmpstr (gegl_operation_get_key (names[i], "gimp:menu-path"), ==, "<Image>/Filters/Persea");
      g_assert_nonnull (gegl_operation_get_key (names[i], "gimp:menu-label"));
      g_assert_nonnull (gegl_operation_get_key (names[i], "description"));
      properties = gegl_operation_list_properties (names[i], &n);
      g_assert_cmpuint (n, >, 8);
      for (unsigned j = 0; j < n; j++)
        g_assert_nonnull (g_param_spec_get_blurb (properties[j]));
    }
  /* no driver, no model has been looked for */
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  g_assert_null (strstr (maps, "libpocl"));
  g_assert_null (strstr (maps, "libLLVM"));
  g_assert_null (strstr (maps, ".safetensors"));
}

static void
test_generate (void)
{
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (NULL, &node, "persea:generate", "prompt", "a red cup",
                                                   "candidates", 2, "seed", 7, NULL);
  GeglNode *other = NULL;
  g_autoptr (GeglNode) second = support_make_graph (NULL, &other, "persea:generate", "prompt", "a red cup",
                                                    "candidates", 2, "seed", 7, NULL);
  int before = support_count_tasks ();
  g_autofree uint8_t *pixels = support_render (node, &whole);
  g_autofree uint8_t *again = support_render (node, &whole);
  g_autofree uint8_t *same = support_render (other, &whole);
  double score = -1;
  g_autofree char *status = NULL;

  gegl_node_get (node, "score", &score, "status", &status, NULL);
  g_assert_cmpstr (status, ==, "");
  g_assert_cmpfloat (score, >, 0);
  assert_same (pixels, again, &whole);
  assert_same (pixels, same, &whole);
  g_assert_cmpint (support_count_tasks () - before, ==, 1);
  gegl_node_set (other, "seed", 8, NULL);
  g_autofree uint8_t *different = support_render (other, &whole);
  g_assert_cmpuint (count_different (pixels, different, &whole), >, SIDE * SIDE / 2);
}

/* the square in the middle of the area; transparent around */
static void
test_generate_area (void)
{
  const GeglRectangle area = { 0, 0, 200, 120 };
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (NULL, &node, "persea:generate", "prompt", "a red cup", "candidates",
                                                   1, "seed", 7, "width", 200, "height", 120, NULL);
  GeglRectangle box = gegl_node_get_bounding_box (node);
  g_autofree uint8_t *pixels = support_render (node, &area);

  g_assert_true (gegl_rectangle_equal (&box, &area));
  for (int y = 0; y < 120; y++)
    for (int x = 0; x < 200; x++)
      g_assert_cmpint (pixels[(y * 200 + x) * 4 + 3], ==, x >= 40 && x < 160 ? 255 : 0);
  gegl_node_set (node, "size", 64, NULL);
  box = gegl_node_get_bounding_box (node);
  g_assert_cmpint (box.width, ==, 64);
  g_assert_cmpint (box.height, ==, 64);
}

static void
test_blank (void)
{
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (NULL, &node, "persea:generate", "prompt", " \n", NULL);
  int before = support_count_tasks ();
  g_autofree uint8_t *pixels = support_render (node, &whole);
  g_autofree char *status = NULL;

  for (size_t i = 0; i < SIDE * SIDE; i++)
    g_assert_cmpint (pixels[i * 4 + 3], ==, 0);
  gegl_node_get (node, "status", &status, NULL);
  g_assert_cmpstr (status, !=, "");
  g_assert_cmpint (support_count_tasks (), ==, before);
}

/* Everything that was opaque stays; everything that was not is drawn. */
static void
test_complete (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  g_autofree uint8_t *after = support_render (node, &whole);

  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      {
        size_t at = ((size_t) y * SIDE + x) * 4;

        g_assert_cmpint (after[at + 3], ==, 255);
        if (before[at + 3] == 255)
          g_assert_cmpmem (before + at, 4, after + at, 4);
      }
  g_assert_cmpuint (count_different (before, after, &hole), ==, hole.width * hole.height);
}

static void
render_piece (GeglNode *node, const GeglRectangle *piece, uint8_t *pixels)
{
  g_autofree uint8_t *part = support_render (node, piece);

  for (int y = 0; y < piece->height; y++)
    memcpy (pixels + ((size_t) (piece->y + y) * SIDE + piece->x) * 4, part + (size_t) y * piece->width * 4,
            (size_t) piece->width * 4);
}

/* in uneven tiles, the last ones first; GEGL's own caches start empty */
static uint8_t *
render_tiles (GeglNode *node)
{
  uint8_t *pixels = g_malloc0_n (SIDE * SIDE, 4);

  for (int y = 200; y > -50; y -= 50)
    for (int x = 234; x > -39; x -= 39)
      {
        GeglRectangle piece = { x, y, 39, 56 };

        gegl_rectangle_intersect (&piece, &piece, &whole);
        render_piece (node, &piece, pixels);
      }
  return pixels;
}

static void
check_pieces (GeglNode *graph, GeglNode *node, const uint8_t *expected)
{
  const GeglRectangle crop = { 61, 77, 120, 101 };
  g_autofree uint8_t *tiles = render_tiles (node);
  GeglNode *cropped = gegl_node_new_child (graph, "operation", "gegl:crop", "x", (double) crop.x, "y", (double) crop.y,
                                           "width", (double) crop.width, "height", (double) crop.height, NULL);

  assert_same (tiles, expected, &whole);
  gegl_node_link (node, cropped);
  g_autofree uint8_t *part = support_render (cropped, &crop);
  for (int y = 0; y < crop.height; y++)
    g_assert_cmpmem (part + (size_t) y * crop.width * 4, crop.width * 4,
                     expected + ((size_t) (crop.y + y) * SIDE + crop.x) * 4, crop.width * 4);
}

static void
test_pieces (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  GeglNode *node = NULL;
  GeglNode *fresh = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);
  g_autoptr (GeglNode) second = complete (input, &fresh);
  g_autofree uint8_t *expected = support_render (node, &whole);

  check_pieces (second, fresh, expected);
  g_clear_object (&graph);
  g_clear_object (&second);
  graph = support_make_graph (input, &node, "persea:vary", "candidates", 1, "strength", 0.3, NULL);
  second = support_make_graph (input, &fresh, "persea:vary", "candidates", 1, "strength", 0.3, NULL);
  g_clear_pointer (&expected, g_free);
  expected = support_render (node, &whole);
  check_pieces (second, fresh, expected);
  g_clear_object (&graph);
  g_clear_object (&second);
  graph = support_make_graph (NULL, &node, "persea:generate", "prompt", "a red cup", "candidates", 1, NULL);
  second = support_make_graph (NULL, &fresh, "persea:generate", "prompt", "a red cup", "candidates", 1, NULL);
  g_clear_pointer (&expected, g_free);
  expected = support_render (node, &whole);
  check_pieces (second, fresh, expected);
}

/* A scaled view is a view of the same picture. */
static void
test_scaled (void)
{
  const GeglRectangle half = { 0, 0, SIDE / 2, SIDE / 2 };
  const GeglRectangle part = { 40, 50, 60, 50 };
  g_autoptr (GeglBuffer) input = support_load_holed ();
  GeglNode *node = NULL;
  GeglNode *other = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);
  g_autofree uint8_t *pixels = support_render (node, &whole);
  g_autoptr (GeglBuffer) buffer = gegl_buffer_new (&whole, babl_format ("R'G'B'A u8"));
  g_autofree uint8_t *expected = g_malloc0_n (half.width * half.height, 4);
  g_autofree uint8_t *scaled = g_malloc0_n (part.width * part.height, 4);

  gegl_buffer_set (buffer, &whole, 0, babl_format ("R'G'B'A u8"), pixels, GEGL_AUTO_ROWSTRIDE);
  g_autoptr (GeglNode) plain = support_make_graph (buffer, &other, "gegl:nop", NULL);
  gegl_node_blit (other, 0.5, &half, babl_format ("R'G'B'A u8"), expected, GEGL_AUTO_ROWSTRIDE, GEGL_BLIT_DEFAULT);
  gegl_node_blit (node, 0.5, &part, babl_format ("R'G'B'A u8"), scaled, GEGL_AUTO_ROWSTRIDE, GEGL_BLIT_DEFAULT);
  for (int y = 0; y < part.height; y++)
    for (int i = 0; i < part.width * 4; i++)
      g_assert_cmpint (abs (scaled[y * part.width * 4 + i]
                            - expected[((part.y + y) * half.width + part.x) * 4 + i]), <=, 1);
}

static gpointer
render_in_thread (gpointer input)
{
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);

  return render_tiles (node);
}

/* Several graphs at once: one task, the same picture. */
static void
test_threads (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  GThread *threads[4];
  GeglNode *node = NULL;
  int before;

  /* a task of its own */
  g_autoptr (GeglBuffer) moved = support_convert (input, babl_format ("R'G'B'A u8"), 0, 0);
  gegl_buffer_set (moved, GEGL_RECTANGLE (0, 0, 1, 1), 0, babl_format ("R'G'B'A u8"), "\1\2\3\377", GEGL_AUTO_ROWSTRIDE);
  before = support_count_tasks ();
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("renders", render_in_thread, moved);
  g_autofree uint8_t *first = g_thread_join (threads[0]);
  for (unsigned i = 1; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree uint8_t *pixels = g_thread_join (threads[i]);

      assert_same (pixels, first, &whole);
    }
  g_assert_cmpint (support_count_tasks () - before, ==, 1);
  g_autoptr (GeglNode) graph = complete (moved, &node);
  g_autofree uint8_t *expected = support_render (node, &whole);
  assert_same (expected, first, &whole);
}

static const Babl *
make_format (unsigned i)
{
  switch (i)
    {
    case 0: return babl_format ("RGBA float");
    case 1: return babl_format ("RaGaBaA float");
    case 2: return babl_format ("R'G'B'A u16");
    case 3: return babl_format ("Y'A u8");
    case 4: return babl_format ("cmykA u8");
    case 5: return babl_format ("CMYKA float");
    case 6: return babl_format_with_space ("R'G'B'A u8", babl_space ("ProPhoto"));
    default: return babl_format ("R'G'B'A half");
    }
}

#define N_FORMATS 8

/* In every format, what was opaque stays to the bit, at any place, and the rest becomes opaque. */
static void
test_formats (void)
{
  g_autoptr (GeglBuffer) original = support_load_holed ();

  for (unsigned i = 0; i < N_FORMATS; i++)
    {
      const Babl *format = make_format (i);
      const GeglRectangle place = { -1000 + 37 * (int) i, 77, SIDE, SIDE };
      g_autoptr (GeglBuffer) input = support_convert (original, format, place.x, place.y);
      g_autoptr (GeglBuffer) output = gegl_buffer_new (&place, format);
      GeglNode *node = NULL;
      g_autoptr (GeglNode) graph = complete (input, &node);
      GeglNode *sink = gegl_node_new_child (graph, "operation", "gegl:write-buffer", "buffer", output, NULL);
      size_t size = babl_format_get_bytes_per_pixel (format);
      g_autofree uint8_t *before = NULL;
      g_autofree uint8_t *after = NULL;
      g_autofree uint8_t *opaque = support_get (original, &whole, babl_format ("R'G'B'A u8"), NULL);
      g_autofree uint8_t *now = NULL;

      g_test_message ("%s", babl_get_name (format));
      gegl_node_link (node, sink);
      gegl_node_process (sink);
      before = support_get (input, &place, format, NULL);
      after = support_get (output, &place, format, NULL);
      now = support_get (output, &place, babl_format ("R'G'B'A u8"), NULL);
      for (size_t at = 0; at < SIDE * SIDE; at++)
        {
          if (opaque[at * 4 + 3] == 255)
            g_assert_cmpmem (before + at * size, size, after + at * size, size);
          g_assert_cmpint (now[at * 4 + 3], ==, 255);
        }
    }
}

/* 8 bits, 16 bits and float hold the same picture: the same is drawn. */
static void
test_formats_agree (void)
{
  g_autoptr (GeglBuffer) original = support_load_holed ();
  g_autoptr (GeglBuffer) linear = support_convert (original, babl_format ("RGBA float"), 0, 0);
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = complete (original, &node);
  g_autofree uint8_t *expected = support_render (node, &whole);
  int before = support_count_tasks ();
  g_autoptr (GeglNode) second = complete (linear, &node);
  g_autofree uint8_t *pixels = support_render (node, &whole);

  g_assert_cmpint (support_count_tasks (), ==, before);
  for (size_t i = 0; i < SIDE * SIDE * 4; i++)
    g_assert_cmpint (abs (pixels[i] - expected[i]), <=, 1);
}

static void
test_palette (void)
{
  const Babl *palette = NULL;
  const Babl *with_alpha = NULL;
  g_autoptr (GeglBuffer) original = support_load_holed ();
  GeglNode *node = NULL;

  palette = babl_new_palette ("persea-test", &palette, &with_alpha);
  babl_palette_set_palette (with_alpha, babl_format ("R'G'B' u8"), (void *) "\0\0\0\377\377\377\200\40\40\40\40\200", 4);
  g_autoptr (GeglBuffer) input = support_convert (original, with_alpha, 0, 0);
  g_autoptr (GeglNode) graph = support_make_graph (input, &node, "persea:vary", "candidates", 1, "prompt", "a cup", NULL);
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  g_autofree uint8_t *after = support_render (node, &whole);
  GHashTable *colours = g_hash_table_new (NULL, NULL);

  for (size_t i = 0; i < SIDE * SIDE; i++)
    {
      g_hash_table_add (colours, GUINT_TO_POINTER (after[i * 4] << 16 | after[i * 4 + 1] << 8 | after[i * 4 + 2]));
      g_assert_cmpint (before[i * 4 + 3], ==, after[i * 4 + 3]);
    }
  g_assert_cmpuint (g_hash_table_size (colours), >, 100);
  g_hash_table_unref (colours);
}

/* Strength 0 keeps all codes; the picture is its decoded copy, and as opaque as it was. */
static void
test_vary (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (input, &node, "persea:vary", "candidates", 1, "strength", 0.0, NULL);
  g_autofree uint8_t *none = support_render (node, &whole);
  double sum = 0;

  for (size_t i = 0; i < SIDE * SIDE * 4; i++)
    sum += i % 4 == 3 ? 0 : abs (none[i] - before[i]);
  g_assert_cmpfloat (sum / (SIDE * SIDE * 3), <, 16);
  gegl_node_set (node, "strength", 1.0, NULL);
  g_autofree uint8_t *all = support_render (node, &whole);
  g_assert_cmpuint (count_different (all, none, &whole), >, SIDE * SIDE / 2);
  for (size_t i = 0; i < SIDE * SIDE; i++)
    g_assert_cmpint (all[i * 4 + 3], ==, before[i * 4 + 3]);
}

static void
test_changed_input (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);
  g_autofree uint8_t *before = support_render (node, &whole);
  g_autofree uint8_t *white = g_malloc (SIDE * 60 * 4);
  const GeglRectangle stripe = { 0, 0, SIDE, 60 };
  int n_tasks = support_count_tasks ();

  memset (white, 255, SIDE * 60 * 4);
  gegl_buffer_set (input, &stripe, 0, babl_format ("R'G'B'A u8"), white, GEGL_AUTO_ROWSTRIDE);
  g_autofree uint8_t *after = support_render (node, &whole);
  g_assert_cmpmem (after, SIDE * 60 * 4, white, SIDE * 60 * 4);
  g_assert_cmpint (support_count_tasks (), ==, n_tasks + 1);
}

static void
check_fails (GeglNode *node, GeglBuffer *input, const char *message)
{
  g_autofree uint8_t *before = input ? support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL)
                                     : g_malloc0_n (SIDE * SIDE, 4);
  g_autofree uint8_t *after = NULL;
  g_autofree char *status = NULL;

  g_test_expect_message ("GEGL", G_LOG_LEVEL_MESSAGE, message);
  after = support_render (node, &whole);
  g_test_assert_expected_messages ();
  assert_same (before, after, &whole);
  gegl_node_get (node, "status", &status, NULL);
  g_assert_cmpstr (status, !=, "");
}

static void
test_no_model (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);
  GeglNode *source = NULL;
  g_autoptr (GeglNode) second = support_make_graph (NULL, &source, "persea:generate", "prompt", "a cup", "model",
                                                    "no-such-model", NULL);

  gegl_node_set (node, "model", "no-such-model", NULL);
  check_fails (node, input, "persea:complete: *no-such-model*");
  check_fails (source, NULL, "persea:generate: *no-such-model*");
  /* and works again */
  gegl_node_set (node, "model", "", NULL);
  g_autofree uint8_t *pixels = support_render (node, &whole);
  g_assert_cmpint (pixels[((size_t) (hole.y + 20) * SIDE + hole.x + 20) * 4 + 3], ==, 255);
}

static void
test_nothing_transparent (void)
{
  g_autoptr (GeglBuffer) input = support_load ();
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = complete (input, &node);

  check_fails (node, input, "persea:complete: *");
}

static void
test_infinite (void)
{
  g_autoptr (GeglNode) graph = gegl_node_new ();
  GeglNode *color = gegl_node_new_child (graph, "operation", "gegl:color", NULL);
  GeglNode *vary = gegl_node_new_child (graph, "operation", "persea:vary", "candidates", 1, NULL);

  gegl_node_link (color, vary);
  g_test_expect_message ("GEGL", G_LOG_LEVEL_MESSAGE, "persea:vary: *gegl:crop*");
  g_autofree uint8_t *pixels = support_render (vary, &whole);
  g_test_assert_expected_messages ();
  g_assert_cmpint (pixels[3], ==, 255);
  /* cropped, it has an end */
  GeglNode *crop = gegl_node_new_child (graph, "operation", "gegl:crop", "width", (double) SIDE, "height", (double) SIDE,
                                        NULL);
  gegl_node_link_many (color, crop, vary, NULL);
  g_autofree uint8_t *varied = support_render (vary, &whole);
  g_assert_cmpint (varied[3], ==, 255);
}

int
main (int argc, char **argv)
{
  int status;

  support_init (&argc, &argv);
  g_test_add_func ("/operations/registered", test_registered);
  g_test_add_func ("/operations/blank", test_blank);
  g_test_add_func ("/operations/generate", test_generate);
  g_test_add_func ("/operations/generate-area", test_generate_area);
  g_test_add_func ("/operations/complete", test_complete);
  g_test_add_func ("/operations/vary", test_vary);
  g_test_add_func ("/operations/pieces", test_pieces);
  g_test_add_func ("/operations/scaled", test_scaled);
  g_test_add_func ("/operations/threads", test_threads);
  g_test_add_func ("/operations/formats", test_formats);
  g_test_add_func ("/operations/formats-agree", test_formats_agree);
  g_test_add_func ("/operations/palette", test_palette);
  g_test_add_func ("/operations/changed-input", test_changed_input);
  g_test_add_func ("/operations/no-model", test_no_model);
  g_test_add_func ("/operations/nothing-transparent", test_nothing_transparent);
  g_test_add_func ("/operations/infinite", test_infinite);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
