/* test-debug.c - topics of debug messages
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-debug.h"

static void
test_wants (void)
{
  static const struct
  {
    const char *topics;
    const char *domain;
    const char *file;
    gboolean    wanted;
  } cases[] = {
    { "bus", "persead", "../pipelines/persea-bus-job.c", TRUE },
    { "bus", "persead", "../pipelines/persea-worker.c", FALSE },
    { "queue, worker", "persead", "../pipelines/persea-worker.c", TRUE },
    { "queue,models", "persea-core", NULL, TRUE },
    { "models", "persea-opencl", NULL, FALSE },
    { "opencl", "persea-opencl", NULL, TRUE },
    { "manners", "persea", "persea-power.c", TRUE },
    { "all", "persea-core", NULL, TRUE },
    { "all", "GLib-GIO", NULL, FALSE },
    { "all", NULL, NULL, FALSE },
    { "", "persead", "persea-bus.c", FALSE },
    { "nothing", "persead", "persea-bus.c", FALSE },
    { "bus", NULL, NULL, FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s: %s", cases[i].topics, cases[i].file);
      g_assert_cmpint (persea_debug_wants (cases[i].domain, cases[i].file, cases[i].topics), ==,
                       cases[i].wanted);
    }
}

static void
test_unknown (void)
{
  g_autofree char *unknown = persea_debug_find_unknown ("bus, quene,all");

  g_assert_cmpstr (unknown, ==, "quene");
  g_assert_null (persea_debug_find_unknown ("bus,all,,help"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/debug/wants", test_wants);
  g_test_add_func ("/debug/unknown", test_unknown);
  return g_test_run ();
}
