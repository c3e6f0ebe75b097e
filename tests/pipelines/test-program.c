/* test-program.c - the program persea, from outside
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Exit statuses, JSON lines, sidecars, and what bad input gets.  The model is a toy with random
 * weights on the reference device: which tags come out is chance, but always the same.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

typedef struct
{
  char *folder;
  char *picture;
  int   status;
  char *output;
  char *errors;
} Fixture;

/* the smallest grey PNG: 1 × 1 */
static const uint8_t png[] = {
  0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1,
  8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0x60, 0, 0,
  0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82
};

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
make_picture (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, (const char *) png, sizeof png, NULL));
}

static void
make_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = in_folder (fixture, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("persea-program-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  make_picture (fixture, "a.png");
  fixture->picture = in_folder (fixture, "a.png");
}

static void
remove_all (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      GDir *dir = g_dir_open (path, 0, NULL);
      const char *name;

      while (dir && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_all (child);
        }
      g_clear_pointer (&dir, g_dir_close);
    }
  g_remove (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_all (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->picture);
  g_free (fixture->output);
  g_free (fixture->errors);
}

static GSubprocessLauncher *
make_launcher (Fixture *fixture, GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);
  g_autofree char *vocabularies = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "vocabularies", NULL);
  g_autofree char *models = g_test_build_filename (G_TEST_DIST, "..", "golden", "clip", NULL);
  g_autofree char *home = in_folder (fixture, ".home");

  g_subprocess_launcher_set_cwd (launcher, fixture->folder);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "PERSEA_VOCABULARY_PATH", vocabularies, TRUE);
  g_subprocess_launcher_setenv (launcher, "PERSEA_MODEL_PATH", models, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "PERSEA_MODEL");
  return launcher;
}

/* @line: words separated by blanks; "%" stands for the toy model on the reference device */
static char **
make_arguments (const char *line)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  g_strv_builder_add (builder, g_getenv ("PERSEA_PROGRAM"));
  for (char **word = words; *word; word++)
    if (strcmp (*word, "%") == 0)
      g_strv_builder_add_many (builder, "--model=hf-quick", "--device=reference", "--precision=f32", NULL);
    else if (**word)
      g_strv_builder_add (builder, *word);
  return g_strv_builder_end (builder);
}

static char *
bytes_to_text (GBytes *bytes)
{
  return g_bytes_get_size (bytes) > 0 ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                                      : g_strdup ("");
}

static void
run_with_input (Fixture *fixture, const char *line, GBytes *input)
{
  GSubprocessFlags flags = G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE
                           | (input ? G_SUBPROCESS_FLAGS_STDIN_PIPE : 0);
  g_autoptr (GSubprocessLauncher) launcher = make_launcher (fixture, flags);
  g_auto (GStrv) arguments = make_arguments (line);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
    g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, &error);
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GBytes) errors = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate (process, input, NULL, &output, &errors, &error);
  g_assert_no_error (error);
  g_free (fixture->output);
  g_free (fixture->errors);
  fixture->output = bytes_to_text (output);
  fixture->errors = bytes_to_text (errors);
  g_assert_true (g_subprocess_get_if_exited (process));
  fixture->status = g_subprocess_get_exit_status (process);
  g_test_message ("persea %s: %d\n%s%s", line, fixture->status, fixture->output, fixture->errors);
}

static void
run (Fixture *fixture, const char *line)
{
  run_with_input (fixture, line, NULL);
}

/* (element-type JsonNode): every line of the output */
static GPtrArray *
parse_lines (Fixture *fixture)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_auto (GStrv) lines = g_strsplit (fixture->output, "\n", -1);

  for (char **line = lines; *line; line++)
    {
      g_autoptr (GError) error = NULL;
      JsonNode *node;

      if (!**line)
        continue;
      node = json_from_string (*line, &error);
      g_assert_no_error (error);
      g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
      g_ptr_array_add (nodes, node);
    }
  return nodes;
}

static JsonObject *
get_object (GPtrArray *nodes, unsigned index)
{
  g_assert_cmpuint (index, <, nodes->len);
  return json_node_get_object (nodes->pdata[index]);
}

static void
test_usage (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = {
    "", "nonsense", "--nonsense", "tag", "tag --nonsense a.png", "tag --top=x a.png", "tag --threshold=2 a.png",
    "tag --write=nowhere a.png", "tag --vocabulary=x --tags=a a.png", "tag --exact --fast a.png",
    "rank a.png", "rank --text=a", "rank --text=a --top=-1 a.png", "embed", "embed --format=csv a.png",
    "embed --output=x a.png", "undo", "devices more", "tag --precision=f7 a.png", "relevance a.png",
    "relevance --text=a", "relevance --text=a a.png b.png", "relevance --text=a --softness=2 a.png",
    "relevance --text=a --show=x a.png", "relevance --text=a -o a.png a.png", "relevance --text=a -o a.txt a.png",
    "relevance --text=a --show=alpha -o b.jpg a.png",
  };
  static const char *const right[] = {
    "--help", "--version", "tag --help", "rank --help", "embed --help", "undo --help", "devices --help",
    "relevance --help",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      run (fixture, wrong[i]);
      g_assert_cmpint (fixture->status, ==, 2);
      g_assert_cmpstr (fixture->output, ==, "");
      g_assert_nonnull (strstr (fixture->errors, "--help'"));
    }
  for (size_t i = 0; i < G_N_ELEMENTS (right); i++)
    {
      run (fixture, right[i]);
      g_assert_cmpint (fixture->status, ==, 0);
      g_assert_cmpstr (fixture->output, !=, "");
      g_assert_cmpstr (fixture->errors, ==, "");
    }
}

static void
test_no_model (Fixture *fixture, gconstpointer data)
{
  run (fixture, "tag --model=nothing --device=reference a.png");
  g_assert_cmpint (fixture->status, ==, 3);
  g_assert_nonnull (strstr (fixture->errors, "nothing"));
  run (fixture, "tag --model=hf-quick --device=abacus a.png");
  g_assert_cmpint (fixture->status, ==, 3);
  g_assert_nonnull (strstr (fixture->errors, "abacus"));
}

/* Bad inputs are named, the others are done. */
static void
test_inputs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  JsonObject *error;

  make_file (fixture, "empty.png", "");
  make_file (fixture, "text.png", "this is no picture");
  make_picture (fixture, "folder/b.png");
  run (fixture, "tag % --json --tags=cat,dog,tree missing.png a.png empty.png text.png folder");
  g_assert_cmpint (fixture->status, ==, 1);
  lines = parse_lines (fixture);
  g_assert_cmpuint (lines->len, ==, 5);
  /* the folder is refused before anything is done, the rest comes in order */
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 0), "file"), ==, "folder");
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 1), "file"), ==, "missing.png");
  error = json_object_get_object_member (get_object (lines, 1), "error");
  g_assert_cmpstr (json_object_get_string_member (error, "code"), ==, "not-found");
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 2), "file"), ==, "a.png");
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 2), "model"), ==, "hf-quick");
  g_assert_true (json_object_has_member (get_object (lines, 2), "tags"));
  g_assert_true (json_object_has_member (get_object (lines, 3), "error"));
  g_assert_true (json_object_has_member (get_object (lines, 4), "error"));
  g_assert_nonnull (strstr (fixture->errors, "persea tag: folder: "));
  g_assert_nonnull (strstr (fixture->errors, "empty.png"));
  g_assert_nonnull (strstr (fixture->errors, "text.png"));
}

static void
test_recursive (Fixture *fixture, gconstpointer data)
{
  g_autofree char *loop = in_folder (fixture, "folder/loop");
  g_autofree char *outside = in_folder (fixture, "folder/outside");
  g_autoptr (GPtrArray) lines = NULL;

  make_picture (fixture, "folder/b.png");
  make_picture (fixture, "folder/deep/c.png");
  make_picture (fixture, "folder/.hidden/d.png");
  make_picture (fixture, "folder/.hidden.png");
  make_picture (fixture, "folder/private/e.png");
  make_picture (fixture, "elsewhere/f.png");
  make_file (fixture, "folder/private/.nomedia", "");
  make_file (fixture, "folder/notes.txt", "no picture");
  make_file (fixture, "folder/b.png.xmp", "no picture");
  g_assert_cmpint (symlink ("..", loop), ==, 0);
  g_assert_cmpint (symlink ("../elsewhere", outside), ==, 0);
  run (fixture, "tag % --json --tags=cat -r folder");
  g_assert_cmpint (fixture->status, ==, 0);
  lines = parse_lines (fixture);
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 0), "file"), ==, "folder/b.png");
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 1), "file"), ==, "folder/deep/c.png");
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  const char *uri;

  make_picture (fixture, "folder/b\xff\"\n.png");
  run (fixture, "tag % --json --tags=cat -r folder");
  g_assert_cmpint (fixture->status, ==, 0);
  lines = parse_lines (fixture);
  g_assert_cmpuint (lines->len, ==, 1);
  uri = json_object_get_string_member (get_object (lines, 0), "uri");
  g_assert_true (g_str_has_suffix (uri, "b%FF%22%0A.png"));

  /* nothing that could command a terminal */
  run (fixture, "tag % --tags=cat -r folder");
  g_assert_null (strstr (fixture->output, "b\xff"));
  g_assert_nonnull (strstr (fixture->output, "\\012.png"));
}

static void
test_vocabulary (Fixture *fixture, gconstpointer data)
{
  make_file (fixture, "v.txt", "cat\ndog ; cut: much\n");
  run (fixture, "tag % --vocabulary=v.txt a.png");
  g_assert_cmpint (fixture->status, ==, 2);
  g_assert_nonnull (strstr (fixture->errors, "v.txt:2:"));
  g_assert_nonnull (strstr (fixture->errors, "much"));
  run (fixture, "tag % --vocabulary=nothing a.png");
  g_assert_cmpint (fixture->status, ==, 2);
  g_assert_nonnull (strstr (fixture->errors, "nothing"));
}

static void
test_rank (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GBytes) texts = g_bytes_new_static ("a cat\n\n a dog \r\nsomething\n", 26);
  JsonArray *ranking;
  double total = 0;
  double last = 2;

  run_with_input (fixture, "rank % --json --texts=- --top=0 a.png", texts);
  g_assert_cmpint (fixture->status, ==, 0);
  lines = parse_lines (fixture);
  g_assert_cmpuint (lines->len, ==, 1);
  ranking = json_object_get_array_member (get_object (lines, 0), "ranking");
  g_assert_cmpuint (json_array_get_length (ranking), ==, 3);
  for (unsigned i = 0; i < 3; i++)
    {
      JsonObject *entry = json_array_get_object_element (ranking, i);
      double score = json_object_get_double_member (entry, "score");

      g_assert_cmpfloat (score, <=, last);
      g_assert_cmpfloat (fabs (json_object_get_double_member (entry, "similarity")), <=, 1);
      g_assert_cmpint (json_object_get_string_member (entry, "text")[0], !=, ' ');
      last = score;
      total += score;
    }
  g_assert_cmpfloat_with_epsilon (total, 1, 1e-4);
}

static void
assert_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);

  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
}

static void
test_relevance (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;

  run (fixture, "relevance % --json --text=cat --minus=dog a.png");
  g_assert_cmpint (fixture->status, ==, 0);
  lines = parse_lines (fixture);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 0), "file"), ==, "a.png");
  g_assert_cmpstr (json_object_get_string_member (get_object (lines, 0), "map"), ==, "a-relevance.png");
  g_assert_cmpfloat (json_object_get_double_member (get_object (lines, 0), "share"), <=, 1);
  assert_file (fixture, "a-relevance.png");

  run (fixture, "relevance % --text=cat a.png");
  g_assert_nonnull (strstr (fixture->output, "a-relevance-2.png"));
  assert_file (fixture, "a-relevance-2.png");
  run (fixture, "relevance % --text=cat --show=heat -o heat.jpg a.png");
  assert_file (fixture, "heat.jpg");
  run (fixture, "relevance % --text=cat --show=alpha --softness=0.4 -o alpha.png a.png");
  assert_file (fixture, "alpha.png");
  run (fixture, "relevance % --text=cat missing.png");
  g_assert_cmpint (fixture->status, ==, 1);
  g_assert_nonnull (strstr (fixture->errors, "missing.png"));
}

static void
test_embed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *npy = in_folder (fixture, "e.npy");
  g_autofree char *contents = NULL;
  gsize size;
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GBytes) picture = g_bytes_new_static (png, sizeof png);
  JsonArray *embedding;
  double sum = 0;

  run (fixture, "embed % --text=cat --format=npy -o e.npy a.png");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_true (g_file_get_contents (npy, &contents, &size, NULL));
  /* the header's text begins behind ten bytes of magic, version and length */
  g_assert_cmpuint (size, >, 10);
  g_assert_nonnull (g_strstr_len (contents + 10, size - 10, "'shape': (2, "));

  /* a picture on standard input; unit length unless --raw */
  run_with_input (fixture, "embed % --json -", picture);
  g_assert_cmpint (fixture->status, ==, 0);
  lines = parse_lines (fixture);
  embedding = json_object_get_array_member (get_object (lines, 0), "embedding");
  for (unsigned i = 0; i < json_array_get_length (embedding); i++)
    sum += json_array_get_double_element (embedding, i) * json_array_get_double_element (embedding, i);
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-4);
}

static void
test_write_and_undo (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sidecar = in_folder (fixture, "a.png.xmp");
  g_autofree char *run_name = NULL;
  g_autofree char *undo = NULL;
  const char *name;

  run (fixture, "tag % --tags=cat --threshold=0 --write=sidecar -n a.png");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_false (g_file_test (sidecar, G_FILE_TEST_EXISTS));
  g_assert_nonnull (strstr (fixture->output, "a.png.xmp"));

  run (fixture, "tag % --tags=cat --threshold=0 --write=sidecar a.png");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_true (g_file_test (sidecar, G_FILE_TEST_EXISTS));
  name = strstr (fixture->errors, "persea undo ");
  g_assert_nonnull (name);
  run_name = g_strchomp (g_strdup (name + strlen ("persea undo ")));

  undo = g_strconcat ("undo ", run_name, NULL);
  run (fixture, undo);
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_false (g_file_test (sidecar, G_FILE_TEST_EXISTS));

  run (fixture, "undo no-such-run");
  g_assert_cmpint (fixture->status, ==, 1);
  g_assert_nonnull (strstr (fixture->errors, "no-such-run"));
}

static void
test_cache (Fixture *fixture, gconstpointer data)
{
  run (fixture, "tag % --tags=cat --write=none a.png");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "cache list --json");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_nonnull (strstr (fixture->output, "\"weights\""));
  g_assert_nonnull (strstr (fixture->output, "\"vocabularies\""));
  run (fixture, "cache list");
  g_assert_nonnull (strstr (fixture->output, "packed weights: 1 file,"));

  run (fixture, "cache clear weights");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "cache list --json");
  g_assert_null (strstr (fixture->output, "\"weights\""));
  g_assert_nonnull (strstr (fixture->output, "\"vocabularies\""));
  run (fixture, "cache clear sandwiches");
  g_assert_cmpint (fixture->status, ==, 2);
  run (fixture, "cache");
  g_assert_cmpint (fixture->status, ==, 2);
  run (fixture, "cache clear");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "cache list --json");
  g_assert_cmpstr (fixture->output, ==, "");
}

static void
test_full_output (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher = make_launcher (fixture, G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_auto (GStrv) arguments = make_arguments ("devices");
  g_autoptr (GSubprocess) process = NULL;

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no /dev/full");
      return;
    }
  g_subprocess_launcher_set_stdout_file_path (launcher, "/dev/full");
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, NULL);
  g_assert_nonnull (process);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 1);
}

/* Until the program has its own idea of Ctrl-C; before that it dies of it, which is right, too. */
static void
wait_for_handler (GSubprocess *process)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (process));

  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *status = NULL;
      const char *caught;

      if (!g_file_get_contents (path, &status, NULL, NULL))
        return;
      caught = strstr (status, "SigCgt:");
      if (caught == NULL || g_ascii_strtoull (caught + strlen ("SigCgt:"), NULL, 16) >> (SIGINT - 1) & 1)
        return;
      g_usleep (10000);
    }
}

/* Ctrl-C within a second, even while waiting for standard input. */
static void
test_interrupt (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher =
    make_launcher (fixture, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                            | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_auto (GStrv) arguments = make_arguments ("embed % -");
  g_autoptr (GSubprocess) process =
    g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, NULL);
  int64_t start;

  g_assert_nonnull (process);
  wait_for_handler (process);
  g_usleep (G_USEC_PER_SEC / 2);
  start = g_get_monotonic_time ();
  g_subprocess_send_signal (process, SIGINT);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
  /* a second is promised; the machine may be busy */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
}

#define ADD(name, function) g_test_add ("/program/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!g_getenv ("PERSEA_PROGRAM"))
    {
      g_printerr ("PERSEA_PROGRAM must name the program\n");
      return 1;
    }
  ADD ("usage", test_usage);
  ADD ("no-model", test_no_model);
  ADD ("inputs", test_inputs);
  ADD ("recursive", test_recursive);
  ADD ("names", test_names);
  ADD ("vocabulary", test_vocabulary);
  ADD ("rank", test_rank);
  ADD ("relevance", test_relevance);
  ADD ("embed", test_embed);
  ADD ("write-and-undo", test_write_and_undo);
  ADD ("cache", test_cache);
  ADD ("full-output", test_full_output);
  ADD ("interrupt", test_interrupt);
  return g_test_run ();
}
