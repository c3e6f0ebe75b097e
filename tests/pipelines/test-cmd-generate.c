/* test-cmd-generate.c - persea generate, show and inspect, from outside
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A toy drawing model on the reference device: what it draws shows nothing, but always the same.
 */
#include "config.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "checkpoint-builder.h"
#include "persea-image-file.h"
#include "persea-npy.h"
#include "tiny-artist.h"

#define SIDE 16 /* pixels of what the toy draws */
#define PROMPT "an armchair in the shape of an avocado"
#define NAME "an-armchair-in-the-shape-of-an-avocado"

typedef struct
{
  char   *folder;
  int     status;
  GBytes *output;
  char   *text;   /* the same, terminated */
  char   *errors;
} Fixture;

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *model = NULL;

  fixture->folder = test_folder_new ();
  model = in_folder (fixture, "models/toy");
  tiny_artist_make (g_test_get_dir (G_TEST_DIST), model, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_folder_remove (fixture->folder);
  g_clear_pointer (&fixture->output, g_bytes_unref);
  g_free (fixture->text);
  g_free (fixture->errors);
}

static GSubprocess *
start (Fixture *fixture, GSubprocessFlags flags, const char *const *words)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_autofree char *own = in_folder (fixture, "models");
  g_autofree char *golden = g_test_build_filename (G_TEST_DIST, "..", "golden", "clip", NULL);
  g_autofree char *path = g_strconcat (own, ":", golden, NULL);
  g_autofree char *home = in_folder (fixture, ".home");
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_cwd (launcher, fixture->folder);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CACHE_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "PERSEA_MODEL_PATH", path, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "PERSEA_MODEL");
  g_subprocess_launcher_unsetenv (launcher, "PERSEA_DRAWING_MODEL");
  process = g_subprocess_launcher_spawnv (launcher, words, &error);
  g_assert_no_error (error);
  return process;
}

static void
add_word (GPtrArray *words, const char *word)
{
  if (strcmp (word, "%") == 0) /* the toy, on the reference device */
    {
      g_ptr_array_add (words, g_strdup ("--model=toy"));
      add_word (words, "@");
    }
  else if (strcmp (word, "@") == 0)
    {
      g_ptr_array_add (words, g_strdup ("--device=reference"));
      g_ptr_array_add (words, g_strdup ("--precision=f32"));
    }
  else if (*word)
    g_ptr_array_add (words, g_strdup (strcmp (word, "PROMPT") == 0 ? PROMPT
                                      : strcmp (word, "EMPTY") == 0 ? ""
                                                                    : word));
}

static char *
bytes_to_text (GBytes *bytes)
{
  return g_bytes_get_size (bytes) > 0 ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                                      : g_strdup ("");
}

static void
run_with_input (Fixture *fixture, const char *input, const char *line)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (line, " ", -1);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GBytes) bytes = input ? g_bytes_new (input, strlen (input)) : NULL;
  g_autoptr (GBytes) errors = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (words, g_strdup (g_getenv ("PERSEA")));
  for (char **part = parts; *part; part++)
    add_word (words, *part);
  g_ptr_array_add (words, NULL);
  process = start (fixture,
                   G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE
                     | (input ? G_SUBPROCESS_FLAGS_STDIN_PIPE : 0),
                   (const char *const *) words->pdata);
  g_clear_pointer (&fixture->output, g_bytes_unref);
  g_subprocess_communicate (process, bytes, NULL, &fixture->output, &errors, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  fixture->status = g_subprocess_get_exit_status (process);
  g_free (fixture->text);
  g_free (fixture->errors);
  fixture->text = bytes_to_text (fixture->output);
  fixture->errors = bytes_to_text (errors);
  g_test_message ("persea %s: %d\n%s", line, fixture->status, fixture->errors);
}

static void
run (Fixture *fixture, const char *line)
{
  run_with_input (fixture, NULL, line);
}

static void
assert_ok (Fixture *fixture)
{
  if (fixture->status != 0)
    g_error ("status %d: %s", fixture->status, fixture->errors);
}

static void
assert_says (Fixture *fixture, int status, const char *word)
{
  g_assert_cmpint (fixture->status, ==, status);
  if (!strstr (fixture->errors, word))
    g_error ("expected \"%s\", found: %s", word, fixture->errors);
}

/* (element-type JsonNode) */
static GPtrArray *
parse_lines (Fixture *fixture)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_auto (GStrv) lines = g_strsplit (fixture->text, "\n", -1);

  for (char **line = lines; *line; line++)
    if (**line)
      {
        g_autoptr (GError) error = NULL;
        JsonNode *node = json_from_string (*line, &error);

        g_assert_no_error (error);
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

static PerseaImage *
load (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autoptr (GError) error = NULL;
  PerseaImage *image = persea_image_load (&(PerseaImageSource) { .path = path }, NULL, &error);

  g_assert_no_error (error);
  return image;
}

static gboolean
is_same_picture (Fixture *fixture, const char *name, const char *other_name)
{
  g_autoptr (PerseaImage) image = load (fixture, name);
  g_autoptr (PerseaImage) other = load (fixture, other_name);

  return image->width == other->width && image->height == other->height
         && memcmp (image->pixels, other->pixels, (size_t) image->width * image->height * 3) == 0;
}

static unsigned
count_files (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  unsigned n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  return n;
}

static void
test_usage (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = {
    "generate", "generate EMPTY", "generate two prompts", "generate PROMPT -n 0", "generate PROMPT -n 1025",
    "generate PROMPT -n 3 --candidates=2", "generate PROMPT --candidates=-1", "generate PROMPT --seed=x",
    "generate PROMPT --seed=-1", "generate PROMPT --temperature=-1", "generate PROMPT --top-k=-2",
    "generate PROMPT --top-p=0", "generate PROMPT --top-p=2", "generate PROMPT --guidance=-3", "generate PROMPT --size=99999",
    "generate PROMPT --size=4096 -n 100",
    "generate PROMPT -o - -n 2", "generate PROMPT -o a.bmp", "generate PROMPT --sheet=a.doc", "generate PROMPT --preview=a",
    "generate PROMPT --no-rank --clip=x", "generate PROMPT --again=a.png", "generate --again=a.png --seed=3", "show",
    "inspect logits PROMPT", "inspect decode a.npy", "generate \x01",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      run (fixture, wrong[i]);
      assert_says (fixture, 2, "--help'");
      g_assert_cmpstr (fixture->text, ==, "");
    }
  run_with_input (fixture, "\xff\xfe", "generate -");
  assert_says (fixture, 2, "UTF-8");
  run_with_input (fixture, " \n", "generate -");
  assert_says (fixture, 2, "empty");
  run (fixture, "generate PROMPT --model=nothing --device=reference");
  assert_says (fixture, 3, "nothing");
}

static void
test_best (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) best = NULL;
  g_autoptr (GPtrArray) all = NULL;
  double before = INFINITY;

  run (fixture, "generate PROMPT % --clip=hf-quick -n 5 --candidates=5 --seed=7 --json -o all");
  assert_ok (fixture);
  all = parse_lines (fixture);
  g_assert_cmpuint (all->len, ==, 5);
  for (unsigned i = 0; i < 5; i++)
    {
      JsonObject *object = get_object (all, i);
      g_autofree char *name = g_strdup_printf ("all/" NAME "-7-%" G_GINT64_FORMAT ".png",
                                               json_object_get_int_member (object, "candidate"));

      g_assert_cmpstr (json_object_get_string_member (object, "file"), ==, name);
      g_assert_cmpint (json_object_get_int_member (object, "seed"), ==, 7);
      g_assert_cmpint (json_object_get_int_member (object, "rank"), ==, i + 1);
      g_assert_cmpstr (json_object_get_string_member (object, "model"), ==, "toy");
      g_assert_cmpfloat (json_object_get_double_member (object, "score"), <=, before);
      before = json_object_get_double_member (object, "score");
    }

  /* the best of the same, and they are the same */
  run (fixture, "generate PROMPT % --clip=hf-quick -n 2 --candidates=5 --seed=7 --json -o best");
  assert_ok (fixture);
  best = parse_lines (fixture);
  g_assert_cmpuint (best->len, ==, 2);
  for (unsigned i = 0; i < 2; i++)
    g_assert_true (is_same_picture (fixture, json_object_get_string_member (get_object (best, i), "file"),
                                    json_object_get_string_member (get_object (all, i), "file")));
  g_assert_cmpuint (count_files (fixture, "best"), ==, 2);
}

static void
test_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;

  /* nobody ranks: the first ones, in their order, and without a score */
  run (fixture, "generate PROMPT % --no-rank -n 3 --seed=7 --json");
  assert_ok (fixture);
  lines = parse_lines (fixture);
  g_assert_cmpuint (lines->len, ==, 3);
  g_assert_cmpint (json_object_get_int_member (get_object (lines, 2), "candidate"), ==, 2);
  g_assert_true (json_object_get_null_member (get_object (lines, 2), "score"));
  g_assert_false (is_same_picture (fixture, NAME "-7-0.png", NAME "-7-1.png"));

  /* each is the same alone */
  run (fixture, "generate @ --again=" NAME "-7-2.png -o again.png");
  assert_ok (fixture);
  g_assert_true (is_same_picture (fixture, "again.png", NAME "-7-2.png"));
  run (fixture, "show --json again.png");
  assert_ok (fixture);
  g_assert_nonnull (strstr (fixture->text, "\"candidate\":2,"));

  /* a file of that name is left alone */
  run (fixture, "generate PROMPT % --no-rank --seed=7");
  assert_ok (fixture);
  g_assert_cmpstr (fixture->text, ==, NAME "-7-0-2.png\n");
}

static void
test_options (Fixture *fixture, gconstpointer data)
{
  static const char *const others[] = {
    "--temperature=3", "--top-k=2", "--top-p=0.1", "--guidance=1", "--negative=cups",
  };

  run (fixture, "generate PROMPT % --no-rank --seed=7 --top-k=0 -o usual.png");
  assert_ok (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *line = g_strdup_printf ("generate PROMPT %% --no-rank --seed=7 --top-k=0 %s -o other.png", others[i]);

      run (fixture, line);
      assert_ok (fixture);
      g_assert_false (is_same_picture (fixture, "usual.png", "other.png"));
      run (fixture, "generate @ --again=other.png -o again.png");
      assert_ok (fixture);
      g_assert_true (is_same_picture (fixture, "other.png", "again.png"));
    }
}

static void
test_formats (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) large = NULL;

  run (fixture, "generate PROMPT % --no-rank --seed=7 --size=40 -o a.webp");
  assert_ok (fixture);
  large = load (fixture, "a.webp");
  g_assert_cmpint (large->width, ==, 40);
  g_assert_cmpint (large->height, ==, 40);
  run (fixture, "generate @ --again=a.webp -o b.png");
  assert_ok (fixture);
  g_assert_true (is_same_picture (fixture, "a.webp", "b.png"));

  run_with_input (fixture, PROMPT "\n", "generate - % --no-rank --seed=7 -o -");
  assert_ok (fixture);
  g_assert_cmpuint (g_bytes_get_size (fixture->output), >, 100);
  g_assert_cmpmem (g_bytes_get_data (fixture->output, NULL), 4, "\211PNG", 4);
}

static void
test_show (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;
  JsonObject *object;

  run (fixture, "generate PROMPT % --clip=hf-quick --candidates=2 --seed=18446744073709551615 --negative=cups -o a.jpg");
  assert_ok (fixture);
  run (fixture, "show --json a.jpg");
  assert_ok (fixture);
  lines = parse_lines (fixture);
  object = get_object (lines, 0);
  g_assert_cmpstr (json_object_get_string_member (object, "prompt"), ==, PROMPT);
  g_assert_cmpstr (json_object_get_string_member (object, "negative"), ==, "cups");
  g_assert_cmpstr (json_object_get_string_member (object, "model"), ==, "toy");
  g_assert_cmpstr (json_object_get_string_member (object, "clip"), ==, "hf-quick");
  g_assert_cmpstr (json_object_get_string_member (object, "precision"), ==, "f32");
  g_assert_cmpint (json_object_get_int_member (object, "candidates"), ==, 2);
  g_assert_nonnull (strstr (fixture->text, "\"seed\":18446744073709551615"));
  g_assert_cmpstr (json_object_get_string_member (object, "model_identity"), !=, "");
  g_assert_cmpstr (json_object_get_string_member (object, "codebook_identity"), !=, "");
  run (fixture, "show a.jpg");
  assert_ok (fixture);
  g_assert_nonnull (strstr (fixture->text, PROMPT));
  run (fixture, "show models/toy/config.json nothing.png");
  g_assert_cmpint (fixture->status, ==, 1);
}

static void
test_other_model (Fixture *fixture, gconstpointer data)
{
  g_autofree char *config = in_folder (fixture, "models/toy/vqgan/config.json");

  run (fixture, "generate PROMPT % --no-rank --seed=7 -o a.png");
  assert_ok (fixture);
  /* of another content, but with the same meaning */
  g_assert_true (g_file_set_contents (config, "{\"resolution\":  16}", -1, NULL));
  run (fixture, "generate @ --again=a.png -o b.png");
  assert_says (fixture, 3, "is not the model that made the picture");
  run (fixture, "generate % --again=a.png -o b.png");
  g_assert_cmpint (fixture->status, ==, 0);
  assert_says (fixture, 0, "is not the model that made the picture");
}

static void
test_sheet (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) sheet = NULL;

  run (fixture, "generate PROMPT % --clip=hf-quick -n 2 --candidates=4 --seed=7 --sheet -o out");
  assert_ok (fixture);
  sheet = load (fixture, "out/" NAME "-7-sheet.png");
  g_assert_cmpint (sheet->width, ==, 2 * 36 + 2 * 276 - 20);
  g_assert_cmpuint (count_files (fixture, "out"), ==, 3);
  run (fixture, "generate @ --again=out/" NAME "-7-sheet.png");
  assert_says (fixture, 1, "contact sheet");

  /* all candidates on the sheet, the same two pictures beside it */
  run (fixture, "generate PROMPT % --clip=hf-quick -n 2 --candidates=5 --seed=7 --sheet=all.png --sheet-all -o more");
  assert_ok (fixture);
  persea_image_free (sheet);
  sheet = load (fixture, "all.png");
  g_assert_cmpint (sheet->width, ==, 2 * 36 + 3 * 276 - 20);
  g_assert_cmpuint (count_files (fixture, "more"), ==, 2);
}

static void
test_words (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) prompt = g_string_new ("cup");
  g_autofree char *seed = NULL;
  const char *at;

  for (int i = 0; i < 200; i++)
    g_string_append (prompt, " and cup");
  run_with_input (fixture, prompt->str, "generate - % --no-rank");
  assert_says (fixture, 0, "the rest was left out");
  /* the seed that was chosen is said, and right */
  at = strstr (fixture->errors, "seed ");
  g_assert_nonnull (at);
  seed = g_strdup_printf ("-%" G_GUINT64_FORMAT "-0.png", g_ascii_strtoull (at + strlen ("seed "), NULL, 10));
  g_assert_nonnull (strstr (fixture->text, seed));
  run (fixture, "generate PROMPT % --no-rank --quiet");
  assert_ok (fixture);
  g_assert_cmpstr (fixture->errors, ==, "");
}

static void
test_preview (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) preview = NULL;

  run (fixture, "generate PROMPT % --no-rank --seed=7 -n 3 --preview=now.png -o out");
  assert_ok (fixture);
  preview = load (fixture, "now.png");
  g_assert_cmpint (preview->width, ==, 2 * SIDE);
  g_assert_cmpint (preview->height, ==, 2 * SIDE);
}

static void
test_interrupt (Fixture *fixture, gconstpointer data)
{
  const char *words[] = { g_getenv ("PERSEA"), "generate", PROMPT, "--model=toy", "--device=reference", "--no-rank",
                          "-n", "1000", "-o", "out", NULL };
  g_autoptr (GSubprocess) process = start (fixture, G_SUBPROCESS_FLAGS_STDERR_PIPE, words);
  g_autoptr (GDataInputStream) errors = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  g_autofree char *line = NULL;
  gint64 begin;

  /* what is said when the drawing begins */
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (errors, NULL, NULL, NULL);
    }
  while (line && !strstr (line, "seed "));
  g_assert_nonnull (line);
  g_usleep (G_USEC_PER_SEC / 5);
  begin = g_get_monotonic_time ();
  g_subprocess_send_signal (process, SIGINT);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 3 * G_USEC_PER_SEC); /* a second, on an idle machine */
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
  g_assert_cmpuint (count_files (fixture, "out"), ==, 0);
}

/* Who reads only the first line of what is said has all the pictures all the same. */
static void
test_closed_pipe (Fixture *fixture, gconstpointer data)
{
  g_autofree char *script = g_strdup_printf (
    "{ %s generate '" PROMPT "' --model=toy --device=reference --precision=f32 --no-rank -n 3 --seed=7 --sheet -o out; "
    "echo status $? >&2; } | true", g_getenv ("PERSEA"));
  const char *words[] = { "sh", "-c", script, NULL };
  g_autoptr (GSubprocess) process = start (fixture, G_SUBPROCESS_FLAGS_STDERR_PIPE, words);
  g_autofree char *errors = NULL;

  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &errors, NULL));
  g_assert_cmpstr (errors, ==, "status 0\n");
  g_assert_cmpuint (count_files (fixture, "out"), ==, 4);
}

/* a file system in which some of the pictures have room */
static void
test_disk_full (Fixture *fixture, gconstpointer data)
{
  g_autofree char *script = g_strdup_printf (
    "mkdir out && mount -t tmpfs -o size=40k none out || exit 77\n"
    "%s generate '" PROMPT "' --model=toy --device=reference --precision=f32 --no-rank -n 9 --seed=7 -o out\n"
    "echo status $?; ls -A out", g_getenv ("PERSEA"));
  const char *words[] = { "unshare", "--mount", "--map-root-user", "sh", "-c", script, NULL };
  g_autofree char *unshare = g_find_program_in_path ("unshare");
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  g_auto (GStrv) lines = NULL;
  unsigned n_listed = 0, n_said = 0;

  if (unshare)
    {
      process = start (fixture, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, words);
      g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, &errors, NULL));
    }
  if (!unshare || !strstr (output, "status"))
    {
      g_test_skip ("no small file system can be made here");
      return;
    }
  g_test_message ("%s%s", output, errors);
  g_assert_nonnull (strstr (output, "status 1\n"));
  g_assert_nonnull (strstr (errors, " of 9 pictures are written: "));
  lines = g_strsplit (output, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      n_said += g_str_has_prefix (*line, "out/");
      n_listed += g_str_has_prefix (*line, NAME);
      g_assert_false (g_str_has_prefix (*line, ".persea"));
    }
  g_assert_cmpuint (n_said, >, 0);
  g_assert_cmpuint (n_said, <, 9);
  g_assert_cmpuint (n_listed, ==, n_said);
}

static void
test_inspect (Fixture *fixture, gconstpointer data)
{
  g_autofree char *codes_path = in_folder (fixture, "codes.npy");
  g_autofree char *logits_path = in_folder (fixture, "logits.npy");
  g_autofree char *pixels_path = in_folder (fixture, "pixels.npy");
  g_autoptr (PerseaNpy) codes = NULL;
  g_autoptr (PerseaNpy) logits = NULL;
  g_autoptr (PerseaNpy) pixels = NULL;
  g_autoptr (PerseaImage) decoded = NULL;

  run (fixture, "generate PROMPT % --no-rank --seed=7 -o a.png");
  run (fixture, "inspect codes a.png % -o codes.npy");
  assert_ok (fixture);
  codes = persea_npy_load (codes_path, NULL);
  g_assert_nonnull (codes);
  g_assert_cmpint (codes->dtype, ==, PERSEA_DTYPE_I32);
  g_assert_cmpint (codes->n_dims, ==, 3);
  g_assert_cmpuint (codes->shape[0], ==, 1);
  g_assert_cmpuint (codes->shape[2], ==, 8);

  run (fixture, "inspect decode codes.npy % -o pixels.npy");
  assert_ok (fixture);
  pixels = persea_npy_load (pixels_path, NULL);
  g_assert_nonnull (pixels);
  g_assert_cmpint (pixels->n_dims, ==, 4);
  g_assert_cmpuint (pixels->shape[1], ==, 3);
  g_assert_cmpuint (pixels->shape[3], ==, SIDE);
  run (fixture, "inspect decode codes.npy % -o b.png");
  assert_ok (fixture);
  decoded = load (fixture, "b.png");
  for (size_t i = 0; i < SIDE * SIDE; i++)
    g_assert_cmpfloat (fabsf (((const float *) pixels->data)[i] * 255 - decoded->pixels[i * 3]), <=, 0.501f);

  run (fixture, "inspect logits PROMPT % --codes=codes.npy -o logits.npy");
  assert_ok (fixture);
  logits = persea_npy_load (logits_path, NULL);
  g_assert_nonnull (logits);
  g_assert_cmpint (logits->n_dims, ==, 3);
  g_assert_cmpuint (logits->shape[0], ==, 2);
  g_assert_cmpuint (logits->shape[1], ==, 64);
  run (fixture, "inspect logits PROMPT % --codes=codes.npy");
  assert_ok (fixture);
  g_assert_nonnull (strstr (fixture->text, "63: code "));
  run (fixture, "inspect prompt cup % --json");
  assert_ok (fixture);
  g_assert_nonnull (strstr (fixture->text, "\"tokens\":["));

  run (fixture, "inspect decode logits.npy % -o b.png");
  assert_says (fixture, 1, "expected codes");
  run (fixture, "inspect codes nothing.png % -o c.npy");
  g_assert_cmpint (fixture->status, ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/cmd-generate/usage", test_usage },
    { "/cmd-generate/best", test_best },
    { "/cmd-generate/alone", test_alone },
    { "/cmd-generate/options", test_options },
    { "/cmd-generate/formats", test_formats },
    { "/cmd-generate/show", test_show },
    { "/cmd-generate/other-model", test_other_model },
    { "/cmd-generate/sheet", test_sheet },
    { "/cmd-generate/words", test_words },
    { "/cmd-generate/preview", test_preview },
    { "/cmd-generate/interrupt", test_interrupt },
    { "/cmd-generate/closed-pipe", test_closed_pipe },
    { "/cmd-generate/disk-full", test_disk_full },
    { "/cmd-generate/inspect", test_inspect },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
