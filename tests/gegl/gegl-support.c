/* gegl-support.c - what the tests of GEGL's operations have in common
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "gegl-support.h"

#include <stdarg.h>
#include <string.h>

const GeglRectangle hole = { 96, 112, 80, 96 };

static int n_tasks, n_rests;

static void
count_message (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  if (g_str_has_prefix (message, "begins: "))
    g_atomic_int_inc (&n_tasks);
  else
    g_atomic_int_add (&n_rests, g_str_has_suffix (message, "memory is given back"));
  g_test_message ("%s", message);
}

int
support_count_tasks (void)
{
  return g_atomic_int_get (&n_tasks);
}

int
support_count_rests (void)
{
  return g_atomic_int_get (&n_rests);
}

void
support_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_log_set_handler ("persea-gegl", G_LOG_LEVEL_DEBUG, count_message, NULL);
  g_object_set (gegl_config (), "application-license", "GPL3", NULL);
  gegl_init (NULL, NULL);
}

GeglBuffer *
support_convert (GeglBuffer *buffer, const Babl *format, int x, int y)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  const GeglRectangle place = { x, y, extent->width, extent->height };
  GeglBuffer *copy = gegl_buffer_new (&place, format);

  gegl_buffer_copy (buffer, extent, GEGL_ABYSS_NONE, copy, &place);
  return copy;
}

GeglBuffer *
support_load_file (const char *path)
{
  g_autoptr (GeglNode) graph = gegl_node_new ();
  GeglNode *load = gegl_node_new_child (graph, "operation", "gegl:load", "path", path, NULL);
  GeglNode *sink = gegl_node_new_child (graph, "operation", "gegl:buffer-sink", NULL);
  g_autoptr (GeglBuffer) loaded = NULL;

  gegl_node_set (sink, "buffer", &loaded, NULL);
  gegl_node_link (load, sink);
  gegl_node_process (sink);
  g_assert_nonnull (loaded);
  return support_convert (loaded, babl_format ("R'G'B'A u8"), 0, 0);
}

GeglBuffer *
support_load (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "samples", "teapot-glass.png", NULL);
  GeglBuffer *buffer = support_load_file (path);

  g_assert_cmpint (gegl_buffer_get_extent (buffer)->width, ==, SIDE);
  return buffer;
}

GeglBuffer *
support_load_holed (void)
{
  GeglBuffer *buffer = support_load ();
  g_autofree uint8_t *pixels = support_get (buffer, &hole, babl_format ("R'G'B'A u8"), NULL);

  for (int y = 0; y < hole.height; y++)
    for (int x = 0; x < hole.width; x++)
      {
        gboolean border = x == 0 || y == 0 || x == hole.width - 1 || y == hole.height - 1;

        pixels[((size_t) y * hole.width + x) * 4 + 3] = border ? 128 : 0;
      }
  gegl_buffer_set (buffer, &hole, 0, babl_format ("R'G'B'A u8"), pixels, GEGL_AUTO_ROWSTRIDE);
  return buffer;
}

GeglNode *
support_make_graph (GeglBuffer *input, GeglNode **last, const char *operation, ...)
{
  GeglNode *graph = gegl_node_new ();
  const char *name;
  va_list arguments;

  *last = gegl_node_new_child (graph, "operation", operation, NULL);
  va_start (arguments, operation);
  name = va_arg (arguments, const char *);
  if (name)
    gegl_node_set_valist (*last, name, arguments);
  va_end (arguments);
  if (input)
    gegl_node_link (gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer", input, NULL), *last);
  return graph;
}

uint8_t *
support_render (GeglNode *node, const GeglRectangle *roi)
{
  uint8_t *pixels = g_malloc0_n ((size_t) roi->width * roi->height, 4);

  gegl_node_blit (node, 1.0, roi, babl_format ("R'G'B'A u8"), pixels, GEGL_AUTO_ROWSTRIDE, GEGL_BLIT_DEFAULT);
  return pixels;
}

uint8_t *
support_get (GeglBuffer *buffer, const GeglRectangle *roi, const Babl *format, size_t *size)
{
  size_t n = (size_t) roi->width * roi->height * babl_format_get_bytes_per_pixel (format);
  uint8_t *pixels = g_malloc (n);

  gegl_buffer_get (buffer, roi, 1.0, format, pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  if (size)
    *size = n;
  return pixels;
}
