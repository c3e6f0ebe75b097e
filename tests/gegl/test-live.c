/* test-live.c - operations in a program that must not stand still
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The host here does what GIMP's filter dialogs do: it listens to the operation's properties,
 * renders previews in idle time, and when a person presses OK, at once.  Time is that of the
 * host's thread, which does not count what else the machine is doing.
 */
#include "config.h"

#include "gegl-support.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#define PROMPT "a yellow teapot with a zebra pattern on" /* and a letter that changes: 40 */
#define TYPING 110      /* ms from key to key */
#define MAX_BLOCKED 0.1 /* s */
#define PATIENCE 300    /* s */

static const GeglRectangle whole = { 0, 0, SIDE, SIDE };

typedef struct
{
  GMainLoop *loop;
  GeglNode  *graph;
  GeglNode  *node;   /* the operation */
  GeglNode  *last;   /* what is shown */
  guint      idle;
  uint8_t   *shown;  /* the last preview */
  unsigned   n_told; /* how often the operation said that there is something new */
  unsigned   n_typed;
  double     blocked; /* s, the longest time */
} Host;

static double
thread_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static gboolean
host_preview (gpointer data)
{
  Host *host = data;
  double start = thread_seconds ();

  host->idle = 0;
  g_free (host->shown);
  host->shown = support_render (host->last, &whole);
  host->blocked = MAX (host->blocked, thread_seconds () - start);
  return G_SOURCE_REMOVE;
}

static void
host_update (Host *host)
{
  if (!host->idle)
    host->idle = g_idle_add (host_preview, host);
}

static void
host_told (GeglNode *node, GParamSpec *property, gpointer data)
{
  Host *host = data;

  host->n_told++;
  host_update (host);
}

static void
host_init (Host *host, GeglBuffer *input, const char *operation)
{
  *host = (Host) { .loop = g_main_loop_new (NULL, FALSE) };
  host->graph = support_make_graph (input, &host->node, operation, "candidates", 1, NULL);
  host->last = gegl_node_new_child (host->graph, "operation", "gegl:cache", NULL);
  gegl_node_link (host->node, host->last);
  g_signal_connect (host->node, "notify::score", G_CALLBACK (host_told), host);
}

static void
host_clear (Host *host)
{
  if (host->idle)
    g_source_remove (host->idle);
  g_clear_object (&host->graph);
  g_main_loop_unref (host->loop);
  g_free (host->shown);
}

static void
host_set_prompt (Host *host, const char *prompt)
{
  double start = thread_seconds ();

  gegl_node_set (host->node, "prompt", prompt, NULL);
  host_update (host);
  host->blocked = MAX (host->blocked, thread_seconds () - start);
}

static gboolean
give_up (gpointer unused)
{
  g_error ("nothing came within %d s", PATIENCE);
  return G_SOURCE_REMOVE;
}

/* until the operation has told @n times that there is something new, and that is shown */
static void
host_run_until_told (Host *host, unsigned n)
{
  guint patience = g_timeout_add_seconds (PATIENCE, give_up, NULL);

  while (host->n_told < n || host->idle)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
}

static void
host_run_for (guint milliseconds)
{
  gboolean over = FALSE;
  int64_t end = g_get_monotonic_time () + milliseconds * G_TIME_SPAN_MILLISECOND;

  while (!over)
    {
      g_main_context_iteration (NULL, FALSE);
      over = g_get_monotonic_time () >= end;
      g_usleep (1000);
    }
}

/* what a script would get */
static uint8_t *
render_truly (GeglBuffer *input, const char *operation, const char *prompt)
{
  GeglNode *node = NULL;
  g_autoptr (GeglNode) graph = support_make_graph (input, &node, operation, "candidates", 1, "prompt", prompt, NULL);

  return support_render (node, &whole);
}

static void
assert_shows (const uint8_t *shown, GeglBuffer *input, const char *operation, const char *prompt)
{
  g_autofree uint8_t *expected = render_truly (input, operation, prompt);

  g_assert_cmpmem (shown, SIDE * SIDE * 4, expected, SIDE * SIDE * 4);
}

static gboolean
host_type (gpointer data)
{
  Host *host = data;
  g_autofree char *text = g_strndup (PROMPT "e", ++host->n_typed);

  host_set_prompt (host, text);
  if (host->n_typed < strlen (PROMPT "e"))
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (host->loop);
  return G_SOURCE_REMOVE;
}

/* One preview and its result: babl times its ways from format to format once, when they are first used. */
static void
warm_up (GeglBuffer *input)
{
  Host host;

  host_init (&host, input, "persea:complete");
  host_set_prompt (&host, "a cup");
  host_run_until_told (&host, 1);
  host_run_for (500);
  host_clear (&host);
}

/* A prompt of 40 letters is typed. */
static void
test_typing (void)
{
  g_autoptr (GeglBuffer) input = support_load_holed ();
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  Host host;
  int n_tasks;

  warm_up (input);
  n_tasks = support_count_tasks ();
  host_init (&host, input, "persea:complete");
  host_update (&host);
  g_timeout_add (TYPING, host_type, &host);
  g_main_loop_run (host.loop);
  host_run_for (20);
  /* meanwhile the input, if no pause was long enough */
  if (support_count_tasks () == n_tasks)
    g_assert_cmpmem (host.shown, SIDE * SIDE * 4, before, SIDE * SIDE * 4);
  host_run_until_told (&host, 1);
  host_run_for (500);
  g_test_message ("blocked for %.1f ms at most", host.blocked * 1000);
  g_assert_cmpint (support_count_tasks () - n_tasks, <=, 2);
  g_assert_cmpfloat (host.blocked, <, MAX_BLOCKED);
  assert_shows (host.shown, input, "persea:complete", PROMPT "e");
  host_clear (&host);
}

typedef struct
{
  Host    *host;
  uint8_t *pixels;
} Pressing;

static gboolean
press_ok (gpointer data)
{
  Pressing *pressing = data;

  pressing->pixels = support_render (pressing->host->last, &whole);
  g_main_loop_quit (pressing->host->loop);
  return G_SOURCE_REMOVE;
}

static void
test_ok (void)
{
  static const guint after[] = { 1, 60, 900 }; /* ms: before the preview, during the pause, while it is drawn */
  g_autoptr (GeglBuffer) input = support_load_holed ();

  for (unsigned i = 0; i < G_N_ELEMENTS (after); i++)
    {
      g_autofree char *prompt = g_strdup_printf ("a blue teapot %u", i);
      Host host;
      Pressing pressing = { .host = &host };

      host_init (&host, input, "persea:complete");
      host_set_prompt (&host, prompt);
      g_timeout_add (after[i], press_ok, &pressing);
      g_main_loop_run (host.loop);
      assert_shows (pressing.pixels, input, "persea:complete", prompt);
      g_free (pressing.pixels);
      host_clear (&host);
    }
}

/* A drawing under way is given up when it is not wanted any more. */
static void
test_changed (void)
{
  int n_tasks = support_count_tasks ();
  Host host;

  host_init (&host, NULL, "persea:generate");
  gegl_node_set (host.node, "candidates", 16, NULL);
  host_set_prompt (&host, "a green chair that nobody will see");
  while (support_count_tasks () == n_tasks)
    g_main_context_iteration (NULL, TRUE);
  gegl_node_set (host.node, "candidates", 1, NULL);
  host_set_prompt (&host, "a green chair");
  host_run_until_told (&host, 1);
  g_assert_cmpint (support_count_tasks () - n_tasks, ==, 2);
  assert_shows (host.shown, NULL, "persea:generate", "a green chair");
  host_clear (&host);
}

/* There, the last picture stays until the next one is there; going back costs nothing. */
static void
test_last (void)
{
  Host host;
  int n_tasks;

  host_init (&host, NULL, "persea:generate");
  host_set_prompt (&host, "a gold cup");
  host_run_until_told (&host, 1);
  host_set_prompt (&host, "a gold key");
  host_run_for (100);
  assert_shows (host.shown, NULL, "persea:generate", "a gold cup");
  host_run_until_told (&host, 2);
  assert_shows (host.shown, NULL, "persea:generate", "a gold key");
  n_tasks = support_count_tasks ();
  host_set_prompt (&host, "a gold cup");
  host_run_for (100);
  assert_shows (host.shown, NULL, "persea:generate", "a gold cup");
  g_assert_cmpint (support_count_tasks (), ==, n_tasks);
  host_clear (&host);
}

/* Nobody listens: who would ask again? */
static void
test_nobody_listens (void)
{
  Host host;

  host_init (&host, NULL, "persea:generate");
  g_signal_handlers_disconnect_by_func (host.node, host_told, &host);
  host_set_prompt (&host, "a wooden boat");
  while (host.idle)
    g_main_context_iteration (NULL, TRUE);
  assert_shows (host.shown, NULL, "persea:generate", "a wooden boat");
  host_clear (&host);
}

static void
test_failure (void)
{
  Host host;
  g_autofree char *status = NULL;

  host_init (&host, NULL, "persea:generate");
  gegl_node_set (host.node, "model", "no-such-model", NULL);
  host_set_prompt (&host, "a cup");
  g_test_expect_message ("GEGL", G_LOG_LEVEL_MESSAGE, "persea:generate: *no-such-model*");
  host_run_until_told (&host, 1);
  host_run_for (200);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (host.n_told, ==, 1);
  gegl_node_get (host.node, "status", &status, NULL);
  g_assert_cmpstr (status, !=, "");
  host_clear (&host);
}

/* The layer, or the image, is closed while something is drawn for it. */
static void
test_gone (void)
{
  for (unsigned i = 0; i < 3; i++)
    {
      int n_tasks = support_count_tasks ();
      g_autofree char *prompt = g_strdup_printf ("a lamp %u", i);
      Host host;

      host_init (&host, NULL, "persea:generate");
      gegl_node_set (host.node, "candidates", 8, NULL);
      host_set_prompt (&host, prompt);
      if (i == 0)
        host_run_for (100);
      else
        while (support_count_tasks () == n_tasks)
          g_main_context_iteration (NULL, TRUE);
      if (i == 2)
        host_run_for (300);
      host_clear (&host);
      host_run_for (50);
    }
}

/* Two operations that want the same share it. */
static void
test_shared (void)
{
  g_autoptr (GeglNode) graph = gegl_node_new ();
  GeglNode *over = gegl_node_new_child (graph, "operation", "gegl:over", NULL);
  int n_tasks = support_count_tasks ();

  for (unsigned i = 0; i < 2; i++)
    {
      GeglNode *node = gegl_node_new_child (graph, "operation", "persea:generate", "candidates", 1, "prompt",
                                            "a pair of boots", NULL);

      /* gegl_node_connect (), which newer GEGLs recommend, is not in 0.4.42 */
      G_GNUC_BEGIN_IGNORE_DEPRECATIONS
      gegl_node_connect_to (node, "output", over, i == 0 ? "input" : "aux");
      G_GNUC_END_IGNORE_DEPRECATIONS
    }
  g_autofree uint8_t *pixels = support_render (over, &whole);
  g_assert_cmpint (support_count_tasks () - n_tasks, ==, 1);
  assert_shows (pixels, NULL, "persea:generate", "a pair of boots");
}

/* The program ends while something is drawn. */
static void
test_exit (void)
{
  GeglNode *node = NULL;
  GeglNode *graph;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  graph = support_make_graph (NULL, &node, "persea:generate", "candidates", 16, "prompt", "a house", "wait", 2, NULL);
  g_free (support_render (node, &whole));
  while (support_count_tasks () == 0)
    g_main_context_iteration (NULL, TRUE);
  host_run_for (300);
  g_object_unref (graph);
  exit (0);
}

static void
test_no_device (void)
{
  GeglNode *node = NULL;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  g_setenv ("OCL_ICD_VENDORS", "/nonexistent", TRUE);
  g_autoptr (GeglBuffer) input = support_load_holed ();
  g_autofree uint8_t *before = support_get (input, &whole, babl_format ("R'G'B'A u8"), NULL);
  g_autoptr (GeglNode) graph = support_make_graph (input, &node, "persea:vary", "prompt", "a cup", NULL);
  g_test_expect_message ("GEGL", G_LOG_LEVEL_MESSAGE, "persea:vary: *");
  g_autofree uint8_t *after = support_render (node, &whole);
  g_test_assert_expected_messages ();
  g_assert_cmpmem (after, SIDE * SIDE * 4, before, SIDE * SIDE * 4);
}

static void
copy_folder (const char *from, const char *to)
{
  g_autoptr (GDir) folder = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (folder);
  g_assert_cmpint (g_mkdir_with_parents (to, 0700), ==, 0);
  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);

      if (g_file_test (source, G_FILE_TEST_IS_DIR))
        copy_folder (source, target);
      else
        g_assert_cmpint (symlink (source, target), ==, 0);
    }
}

static void
remove_folder (const char *path)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", path);

  g_assert_cmpint (system (command), ==, 0);
}

/* A model that is taken away is used as long as it is in memory; what is shown stays. */
static void
test_model_removed (void)
{
  g_autofree char *own = g_dir_make_tmp ("persea-gegl-XXXXXX", NULL);
  g_autofree char *model = g_build_filename (own, "orchard-dalle", NULL);
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "models", "orchard-dalle", NULL);
  GeglNode *node = NULL;

  copy_folder (source, model);
  g_autoptr (GeglNode) graph = support_make_graph (NULL, &node, "persea:generate", "prompt", "a cup", "candidates", 1,
                                                   "model", model, NULL);
  g_autofree uint8_t *before = support_render (node, &whole);
  g_assert_cmpint (before[3], ==, 255);
  remove_folder (own);
  g_autofree uint8_t *after = support_render (node, &whole);
  g_assert_cmpmem (after, SIDE * SIDE * 4, before, SIDE * SIDE * 4);
  gegl_node_set (node, "seed", 99, NULL);
  g_test_expect_message ("GEGL", G_LOG_LEVEL_MESSAGE, "persea:generate: *orchard-dalle*");
  g_autofree uint8_t *gone = support_render (node, &whole);
  g_test_assert_expected_messages ();
  g_assert_cmpint (gone[3], ==, 0);
}

static size_t
read_resident (void)
{
  g_autofree char *text = NULL;
  unsigned long total = 0, resident = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &total, &resident), ==, 2);
  return resident * sysconf (_SC_PAGESIZE);
}

/* Within a minute after the last use everything is given back. */
static void
test_memory (void)
{
  g_autofree uint8_t *first = render_truly (NULL, "persea:generate", "a snow tree");
  size_t used = read_resident ();
  int64_t start = g_get_monotonic_time ();
  int n_rests = support_count_rests ();

  while (support_count_rests () == n_rests && g_get_monotonic_time () < start + 60 * G_TIME_SPAN_SECOND)
    g_usleep (G_USEC_PER_SEC / 2);
  g_usleep (G_USEC_PER_SEC);
  g_test_message ("%zu MiB resident when drawn, %zu MiB after %.0f s", used >> 20, read_resident () >> 20,
                  (g_get_monotonic_time () - start) / 1e6);
  g_assert_cmpint (support_count_rests (), >, n_rests);
  g_assert_cmpuint (read_resident (), <, used);
  /* and it works again */
  assert_shows (first, NULL, "persea:generate", "a snow tree");
}

int
main (int argc, char **argv)
{
  int status;

  support_init (&argc, &argv);
  g_test_add_func ("/live/typing", test_typing);
  g_test_add_func ("/live/ok", test_ok);
  g_test_add_func ("/live/changed", test_changed);
  g_test_add_func ("/live/last", test_last);
  g_test_add_func ("/live/nobody-listens", test_nobody_listens);
  g_test_add_func ("/live/failure", test_failure);
  g_test_add_func ("/live/gone", test_gone);
  g_test_add_func ("/live/shared", test_shared);
  g_test_add_func ("/live/exit", test_exit);
  g_test_add_func ("/live/no-device", test_no_device);
  g_test_add_func ("/live/model-removed", test_model_removed);
  g_test_add_func ("/live/memory", test_memory);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
