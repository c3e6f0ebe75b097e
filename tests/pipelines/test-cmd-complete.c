/* test-cmd-complete.c - persea complete and vary, from outside
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The model's weights are random numbers, so that pictures are noise; which pixels they have is
 * what counts.
 */
#include "config.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <vips/vips.h>

#include "persea-image-patch.h"
#include "persea-picture-writer.h"
#include "tiny-artist.h"

typedef struct
{
  char *folder; /* where the test may write; the program's working directory */
  int   status; /* of the last run */
  char *out;
  char *err;
} Fixture;

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *model = NULL;

  fixture->folder = g_dir_make_tmp ("persea-test-XXXXXX", &error);
  g_assert_no_error (error);
  model = in_folder (fixture, "artist");
  tiny_artist_make (g_test_get_dir (G_TEST_DIST), model, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->folder);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->folder);
  g_free (fixture->out);
  g_free (fixture->err);
}

/* colours that tell where they are */
static PerseaImage *
make_image (int width, int height)
{
  PerseaImage *image = persea_image_new (width, height);

  for (int i = 0; i < width * height; i++)
    {
      image->pixels[i * 3] = i % width * 255 / width;
      image->pixels[i * 3 + 1] = i / width * 255 / height;
      image->pixels[i * 3 + 2] = i % 7 * 36;
    }
  return image;
}

static void
save_image (Fixture *fixture, const char *name, const PerseaImage *image)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autoptr (GError) error = NULL;

  persea_picture_writer_save (path, image, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
save_picture (Fixture *fixture, const char *name, int width, int height)
{
  g_autoptr (PerseaImage) image = make_image (width, height);

  save_image (fixture, name, image);
}

/* white in the rectangle */
static void
save_mask (Fixture *fixture, const char *name, int width, int height, PerseaRectangle white)
{
  g_autoptr (PerseaImage) image = persea_image_new (width, height);

  memset (image->pixels, 0, (size_t) width * height * 3);
  for (int y = white.y; y < white.y + white.height; y++)
    memset (image->pixels + (y * width + white.x) * 3, 255, (size_t) white.width * 3);
  save_image (fixture, name, image);
}

static void
remove_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static PerseaImage *
load_image (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);
  const PerseaImageSource source = { .path = path };
  g_autoptr (GError) error = NULL;
  PerseaImage *image = persea_image_load (&source, NULL, &error);

  g_assert_no_error (error);
  return image;
}

static PerseaProvenance *
load_provenance (Fixture *fixture, const char *name)
{
  g_autofree char *path = in_folder (fixture, name);
  g_autoptr (GError) error = NULL;
  PerseaProvenance *provenance = persea_picture_writer_read_provenance (path, &error);

  g_assert_no_error (error);
  return provenance;
}

/* Runs "persea LINE --model=artist --device=reference"; words are separated by blanks, "_" is one. */
static void
run (Fixture *fixture, const char *line)
{
  g_autofree char *whole = g_strdup_printf ("%s %s --device=reference%s", g_getenv ("PERSEA"), line,
                                            strstr (line, "--model") ? "" : " --model=./artist");
  g_auto (GStrv) words = g_strsplit (whole, " ", -1);
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (GError) error = NULL;
  g_autofree char *cache = in_folder (fixture, "cache");
  g_autofree char *data = in_folder (fixture, "data");

  for (char **word = words; *word; word++)
    g_strdelimit (*word, "_", ' ');
  environment = g_environ_setenv (environment, "XDG_CACHE_HOME", cache, TRUE);
  environment = g_environ_setenv (environment, "XDG_DATA_HOME", data, TRUE);
  environment = g_environ_setenv (environment, "LC_ALL", "C.UTF-8", TRUE);
  g_clear_pointer (&fixture->out, g_free);
  g_clear_pointer (&fixture->err, g_free);
  g_spawn_sync (fixture->folder, words, environment, G_SPAWN_DEFAULT, NULL, NULL, &fixture->out, &fixture->err,
                &fixture->status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (fixture->status));
  fixture->status = WEXITSTATUS (fixture->status);
  g_test_message ("%s\n%s%s", line, fixture->out, fixture->err);
}

static void
assert_fails (Fixture *fixture, int status, const char *words)
{
  g_assert_cmpint (fixture->status, ==, status);
  g_assert_nonnull (strstr (fixture->err, words));
}

/* which pixels of the two differ, outside of the rectangle */
static unsigned
count_changed (const PerseaImage *a, const PerseaImage *b, PerseaRectangle but)
{
  unsigned n = 0;

  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  for (int y = 0; y < a->height; y++)
    for (int x = 0; x < a->width; x++)
      if (x < but.x || x >= but.x + but.width || y < but.y || y >= but.y + but.height)
        n += memcmp (a->pixels + (y * a->width + x) * 3, b->pixels + (y * a->width + x) * 3, 3) != 0;
  return n;
}

static JsonObject *
parse_line (const char *line, JsonParser *parser)
{
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_keep (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_auto (GStrv) lines = NULL;
  g_autoptr (PerseaImage) before = NULL;
  JsonObject *object;

  save_picture (fixture, "cup.png", 16, 16);
  before = load_image (fixture, "cup.png");
  run (fixture, "complete cup.png --keep=top --prompt=a_cup -n 2 --no-rank --seed=5 --json");
  g_assert_cmpint (fixture->status, ==, 0);
  lines = g_strsplit (fixture->out, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (PerseaImage) after = NULL;
      g_autoptr (PerseaProvenance) provenance = NULL;
      const char *file;

      object = parse_line (lines[i], parser);
      file = json_object_get_string_member (object, "file");
      g_assert_cmpint (json_object_get_int_member (object, "seed"), ==, 5);
      g_assert_cmpint (json_object_get_int_member (object, "candidate"), ==, i);
      g_assert_true (json_object_get_null_member (object, "score"));
      g_assert_cmpint (json_array_get_int_element (json_object_get_array_member (object, "aligned"), 3), ==, 8);
      after = load_image (fixture, file);
      g_assert_cmpuint (count_changed (before, after, (PerseaRectangle) { 0, 8, 16, 8 }), ==, 0);
      g_assert_cmpuint (count_changed (before, after, (PerseaRectangle) { 0, 0, 16, 8 }), >, 100);
      provenance = load_provenance (fixture, file);
      g_assert_cmpint (provenance->made, ==, PERSEA_MADE_COMPLETED);
      g_assert_cmpstr (provenance->prompt, ==, "a cup");
      g_assert_cmpstr (provenance->source, ==, "cup.png");
      g_assert_cmpstr (provenance->details, ==, "keep=top");
    }
  {
    g_autoptr (PerseaImage) original = load_image (fixture, "cup.png");

    g_assert_cmpuint (count_changed (before, original, (PerseaRectangle) { 0, 0, 0, 0 }), ==, 0);
  }
}

/* A hole in the middle of a picture that is neither square nor small, and what is said of it */
static void
test_mask (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) before = NULL;
  g_autoptr (PerseaImage) after = NULL;
  const PerseaRectangle hole = { 21, 33, 5, 7 };

  save_picture (fixture, "cup.png", 61, 83);
  save_mask (fixture, "mask.png", 61, 83, hole);
  before = load_image (fixture, "cup.png");
  run (fixture, "complete cup.png --mask=mask.png --prompt=a_cup --no-rank -o new.png");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_cmpstr (fixture->out, ==, "new.png\n");
  g_assert_nonnull (strstr (fixture->err, "seed "));
  g_assert_nonnull (strstr (fixture->err, "16 × 16 pixels at "));
  g_assert_nonnull (strstr (fixture->err, "5 × 7 pixels at 21, 33; aligned to codes of 2 × 2 pixels: 6 × 8 at 21, 33"));
  after = load_image (fixture, "new.png");
  g_assert_cmpuint (count_changed (before, after, hole), ==, 0);
  g_assert_cmpuint (count_changed (before, after, (PerseaRectangle) { 0, 0, 0, 0 }), >, 20);
}

/* several windows, one after the other */
static void
test_rows_of_long_picture (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) before = NULL;
  g_autoptr (PerseaImage) after = NULL;

  save_picture (fixture, "wide.png", 48, 16);
  before = load_image (fixture, "wide.png");
  run (fixture, "complete wide.png --keep-rows=50% --prompt=a_cup --no-rank -o new.png");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_nonnull (strstr (fixture->err, "in 5 windows"));
  after = load_image (fixture, "new.png");
  g_assert_cmpuint (count_changed (before, after, (PerseaRectangle) { 0, 8, 48, 8 }), ==, 0);
  g_assert_cmpuint (count_changed (before, after, (PerseaRectangle) { 0, 0, 48, 8 }), >, 300);
}

static void
save_transparent (const char *path, const PerseaImage *image, PerseaRectangle hole)
{
  size_t n = (size_t) image->width * image->height;
  g_autofree uint8_t *pixels = g_malloc (n * 4);
  g_autoptr (GObject) picture = NULL;

  for (size_t i = 0; i < n; i++)
    {
      int x = i % image->width, y = i / image->width;
      gboolean inside = x >= hole.x && x < hole.x + hole.width && y >= hole.y && y < hole.y + hole.height;

      memcpy (pixels + i * 4, image->pixels + i * 3, 3);
      pixels[i * 4 + 3] = inside ? 0 : 255;
    }
  picture = G_OBJECT (vips_image_new_from_memory (pixels, n * 4, image->width, image->height, 4, VIPS_FORMAT_UCHAR));
  ((VipsImage *) picture)->Type = VIPS_INTERPRETATION_sRGB;
  g_assert_cmpint (vips_image_write_to_file ((VipsImage *) picture, path, NULL), ==, 0);
}

static void
test_transparency (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = in_folder (fixture, "hole.png");
  g_autofree uint8_t *alpha = NULL;
  g_autoptr (PerseaImage) before = NULL;
  g_autoptr (PerseaImage) after = NULL;
  g_autofree char *new_path = in_folder (fixture, "new.png");
  const PerseaImageSource source = { .path = new_path };
  const PerseaRectangle hole = { 4, 6, 5, 5 };
  int width, height;

  save_picture (fixture, "cup.png", 16, 16);
  run (fixture, "complete cup.png --prompt=a_cup --no-rank");
  assert_fails (fixture, 1, "transparent");

  before = make_image (16, 16);
  save_transparent (path, before, hole);
  run (fixture, "complete hole.png --prompt=a_cup --no-rank -o new.png");
  g_assert_cmpint (fixture->status, ==, 0);
  after = load_image (fixture, "new.png");
  g_assert_cmpuint (count_changed (before, after, hole), ==, 0);
  alpha = persea_image_load_alpha (&source, &width, &height, NULL, NULL);
  for (int i = 0; i < 256; i++)
    g_assert_cmpint (alpha[i], ==, 255);
}

static void
test_same_seed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) alone = NULL;
  g_autoptr (PerseaImage) among = NULL;
  g_autoptr (PerseaImage) other = NULL;

  save_picture (fixture, "cup.png", 16, 16);
  run (fixture, "complete cup.png --keep=left --prompt=a_cup --no-rank --seed=5 -o a.png");
  run (fixture, "complete cup.png --keep=left --prompt=a_cup --no-rank --seed=5 -n 3 -o b.png");
  run (fixture, "complete cup.png --keep=left --prompt=a_cup --no-rank --seed=6 -o c.png");
  alone = load_image (fixture, "a.png");
  among = load_image (fixture, "b-1.png");
  other = load_image (fixture, "c.png");
  g_assert_cmpuint (count_changed (alone, among, (PerseaRectangle) { 0, 0, 0, 0 }), ==, 0);
  g_assert_cmpuint (count_changed (alone, other, (PerseaRectangle) { 0, 0, 0, 0 }), >, 0);
}

static void
test_ranked (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *clip = g_test_build_filename (G_TEST_DIST, "..", "golden", "clip", "hf-quick", NULL);
  g_autofree char *line = g_strdup_printf (
    "complete cup.png --keep=top --prompt=a_cup -n 2 --candidates=4 --seed=5 --json --clip=%s", clip);
  g_auto (GStrv) lines = NULL;
  double first;

  save_picture (fixture, "cup.png", 16, 16);
  run (fixture, line);
  g_assert_cmpint (fixture->status, ==, 0);
  lines = g_strsplit (fixture->out, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  first = json_object_get_double_member (parse_line (lines[0], parser), "score");
  g_assert_cmpfloat (first, >=, json_object_get_double_member (parse_line (lines[1], parser), "score"));
}

static void
test_vary (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) nothing = NULL;
  g_autoptr (PerseaImage) little = NULL;
  g_autoptr (PerseaImage) much = NULL;
  g_autoptr (PerseaProvenance) provenance = NULL;
  const PerseaRectangle none = { 0, 0, 0, 0 };

  save_picture (fixture, "cup.png", 16, 16);
  run (fixture, "vary cup.png --strength=0 --seed=3 -o nothing.png");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "vary cup.png --strength=0.1 --seed=3 -o little.png");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "vary cup.png --strength=1 --seed=3 --prompt=a_cup --no-rank -o much.png");
  g_assert_cmpint (fixture->status, ==, 0);
  nothing = load_image (fixture, "nothing.png");
  little = load_image (fixture, "little.png");
  much = load_image (fixture, "much.png");
  g_assert_cmpuint (count_changed (nothing, little, none), >, 0);
  g_assert_cmpuint (count_changed (nothing, much, none), >, 200);
  provenance = load_provenance (fixture, "much.png");
  g_assert_cmpint (provenance->made, ==, PERSEA_MADE_VARIED);
  g_assert_cmpstr (provenance->details, ==, "strength=1");

  /* a picture of ours is varied under its own prompt */
  run (fixture, "vary much.png --no-rank");
  g_assert_cmpint (fixture->status, ==, 0);
  g_assert_nonnull (strstr (fixture->err, "prompt: a cup"));
  run (fixture, "vary cup.png --strength=1.1");
  assert_fails (fixture, 2, "--strength");
}

/* Each way to say what is drawn is noted in the picture, and understood. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  static const char *const lines[] = {
    "complete cup.png --keep=right --prompt=a_cup --no-rank --seed=5 -n 2",
    "complete cup.png --keep-rows=50% --prompt=a_cup --guidance=3 --no-rank --seed=5 -n 2",
    "complete cup.png --mask=hole.png --prompt=a_cup --negative=tea --no-rank --seed=5 -n 2",
    "complete cup.png --prompt=a_cup --no-rank --seed=5 -n 2",
    "vary cup.png --strength=0.7 --seed=5 -n 2",
    "vary cup.png --prompt=a_cup --no-rank --seed=5 -n 2",
  };

  g_autofree char *path = in_folder (fixture, "cup.png");
  g_autoptr (PerseaImage) image = make_image (16, 16);

  save_transparent (path, image, (PerseaRectangle) { 4, 6, 5, 5 });
  save_mask (fixture, "hole.png", 16, 16, (PerseaRectangle) { 4, 4, 7, 6 });
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *line = g_strconcat (lines[i], " -o first.png", NULL);
      g_autoptr (PerseaImage) first = NULL;
      g_autoptr (PerseaImage) second = NULL;

      run (fixture, line);
      g_assert_cmpint (fixture->status, ==, 0);
      run (fixture, "generate --again=first-2.png -o second.png");
      g_assert_cmpint (fixture->status, ==, 0);
      first = load_image (fixture, "first-2.png");
      second = load_image (fixture, "second.png");
      g_assert_cmpuint (count_changed (first, second, (PerseaRectangle) { 0, 0, 0, 0 }), ==, 0);
      remove_file (fixture, "first-1.png");
      remove_file (fixture, "first-2.png");
    }
  run (fixture, "generate --again=second.png -o third.png"); /* it says the same of itself */
  g_assert_cmpint (fixture->status, ==, 0);
}

/* what it was made from must be there, and the same */
static void
test_again_without_source (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = in_folder (fixture, "folder");

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  save_picture (fixture, "cup.png", 16, 16);
  save_mask (fixture, "hole.png", 16, 16, (PerseaRectangle) { 4, 4, 7, 6 });
  run (fixture, "complete cup.png --mask=hole.png --prompt=a_cup --no-rank -o folder/new.png");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "generate --again=folder/new.png --preview=p.png -o b.png");
  assert_fails (fixture, 2, "no previews");
  save_mask (fixture, "hole.png", 16, 16, (PerseaRectangle) { 4, 4, 7, 7 });
  run (fixture, "generate --again=folder/new.png -o b.png");
  assert_fails (fixture, 1, "it was made from hole.png, which has changed since");
  save_mask (fixture, "hole.png", 16, 16, (PerseaRectangle) { 4, 4, 7, 6 });
  remove_file (fixture, "cup.png");
  run (fixture, "generate --again=folder/new.png -o b.png");
  assert_fails (fixture, 1, "it was made from cup.png, which is neither beside it");
  save_picture (fixture, "folder/cup.png", 16, 16);
  run (fixture, "generate --again=folder/new.png -o b.png");
  g_assert_cmpint (fixture->status, ==, 0);
}

/* A picture that is made of one of ours says nothing that was true of that one only. */
static void
test_made_of_ours (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaProvenance) provenance = NULL;

  save_picture (fixture, "cup.png", 16, 16);
  save_mask (fixture, "hole.png", 16, 16, (PerseaRectangle) { 4, 4, 7, 6 });
  run (fixture, "complete cup.png --mask=hole.png --prompt=a_cup --negative=tea --no-rank -o a.png");
  run (fixture, "complete a.png --keep=top --prompt=a_cup --no-rank -o b.png");
  g_assert_cmpint (fixture->status, ==, 0);
  provenance = load_provenance (fixture, "b.png");
  g_assert_cmpstr (provenance->details, ==, "keep=top");
  g_assert_null (provenance->negative);
  g_assert_null (provenance->mask_identity);
}

static void
test_one_pixel (Fixture *fixture, gconstpointer data)
{
  save_picture (fixture, "dot.png", 1, 1);
  run (fixture, "vary dot.png -o new.png");
  g_assert_cmpint (fixture->status, ==, 0);
  run (fixture, "complete dot.png --keep=top --prompt=a_cup --no-rank");
  assert_fails (fixture, 1, "nothing to keep");
}

static void
test_mistakes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PerseaImage) before = NULL;
  g_autoptr (PerseaImage) after = NULL;

  save_picture (fixture, "cup.png", 16, 16);
  before = load_image (fixture, "cup.png");
  save_mask (fixture, "other.png", 17, 12, (PerseaRectangle) { 0, 0, 2, 2 });
  save_mask (fixture, "none.png", 16, 16, (PerseaRectangle) { 0, 0, 0, 0 });
  save_mask (fixture, "all.png", 16, 16, (PerseaRectangle) { 0, 0, 16, 16 });
  run (fixture, "complete cup.png --mask=other.png --prompt=a_cup");
  assert_fails (fixture, 1, "the mask has 17 × 12 pixels, the picture 16 × 16");
  run (fixture, "complete cup.png --mask=missing.png --prompt=a_cup");
  assert_fails (fixture, 1, "missing.png");
  run (fixture, "complete cup.png --mask=none.png --prompt=a_cup --no-rank");
  assert_fails (fixture, 1, "nothing to draw");
  run (fixture, "complete cup.png --mask=all.png --prompt=a_cup --no-rank");
  assert_fails (fixture, 1, "nothing to keep");
  run (fixture, "complete cup.png --keep-rows=1 --prompt=a_cup --no-rank");
  assert_fails (fixture, 1, "nothing to keep: pictures are drawn in cells");
  run (fixture, "complete cup.png --keep-rows=16 --prompt=a_cup");
  assert_fails (fixture, 1, "--keep-rows");
  run (fixture, "complete missing.png --keep=top --prompt=a_cup");
  assert_fails (fixture, 1, "missing.png");
  run (fixture, "complete cup.png --keep=top");
  assert_fails (fixture, 2, "--prompt");
  run (fixture, "complete cup.png --keep=middle --prompt=a_cup");
  assert_fails (fixture, 2, "middle");
  run (fixture, "complete cup.png --keep=top --keep-rows=8 --prompt=a_cup");
  assert_fails (fixture, 2, "only one");
  run (fixture, "complete cup.png --keep=top --prompt=a_cup -o cup.png");
  assert_fails (fixture, 2, "never replaced");
  run (fixture, "complete cup.png --keep=top --prompt=a_cup --model=./nowhere");
  g_assert_cmpint (fixture->status, ==, 3);
  after = load_image (fixture, "cup.png");
  g_assert_cmpuint (count_changed (before, after, (PerseaRectangle) { 0, 0, 0, 0 }), ==, 0);
}

static void
test_no_encoder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *model = in_folder (fixture, "half");

  tiny_artist_make (g_test_get_dir (G_TEST_DIST), model, FALSE);
  save_picture (fixture, "cup.png", 16, 16);
  run (fixture, "complete cup.png --keep=top --prompt=a_cup --model=./half");
  assert_fails (fixture, 3, "encoder");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (VIPS_INIT (argv[0]) != 0)
    return 1;
  g_test_add ("/complete/keep", Fixture, NULL, set_up, test_keep, tear_down);
  g_test_add ("/complete/mask", Fixture, NULL, set_up, test_mask, tear_down);
  g_test_add ("/complete/rows-of-long-picture", Fixture, NULL, set_up, test_rows_of_long_picture, tear_down);
  g_test_add ("/complete/transparency", Fixture, NULL, set_up, test_transparency, tear_down);
  g_test_add ("/complete/same-seed", Fixture, NULL, set_up, test_same_seed, tear_down);
  g_test_add ("/complete/ranked", Fixture, NULL, set_up, test_ranked, tear_down);
  g_test_add ("/complete/vary", Fixture, NULL, set_up, test_vary, tear_down);
  g_test_add ("/complete/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/complete/again-without-source", Fixture, NULL, set_up, test_again_without_source, tear_down);
  g_test_add ("/complete/made-of-ours", Fixture, NULL, set_up, test_made_of_ours, tear_down);
  g_test_add ("/complete/one-pixel", Fixture, NULL, set_up, test_one_pixel, tear_down);
  g_test_add ("/complete/mistakes", Fixture, NULL, set_up, test_mistakes, tear_down);
  g_test_add ("/complete/no-encoder", Fixture, NULL, set_up, test_no_encoder, tear_down);
  return g_test_run ();
}
