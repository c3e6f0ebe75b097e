/* test-persead-pictures.c - jobs that draw, on a bus of their own
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persead-fixture.h"
#include "tiny-artist.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <vips/vips.h>

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "../pipelines", NULL);
  g_autofree char *artist = NULL;
  g_autofree char *line = NULL;

  fixture_set_up (fixture, data);
  artist = g_build_filename (fixture->folder, "artist", NULL);
  tiny_artist_make (source, artist, TRUE);
  line = g_strdup_printf ("drawing-model=%s", artist);
  fixture_write_settings (fixture, line);
  fixture_start (fixture);
}

/* @arguments: in text form, with "URI" for the picture's and "FOLDER" */
static char *
begin (Fixture *fixture, const char *method, const char *type, const char *arguments, GError **error)
{
  g_autoptr (GString) text = g_string_new (arguments);
  g_autofree char *folder = g_filename_to_uri (fixture->folder, NULL, NULL);
  g_autoptr (GVariant) parsed = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) parse_error = NULL;
  char *path = NULL;

  g_string_replace (text, "URI", fixture->uri, 0);
  g_string_replace (text, "FOLDER", folder, 0);
  parsed = g_variant_parse (G_VARIANT_TYPE (type), text->str, NULL, NULL, &parse_error);
  g_assert_no_error (parse_error);
  reply = fixture_call (fixture->connection, PATH, NAME, method, parsed, error);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

/* Does it, and waits for its end. */
static char *
draw (Fixture *fixture, const char *method, const char *type, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  unsigned before = fixture->n_finished;
  char *path;

  g_ptr_array_set_size (fixture->items, 0);
  path = begin (fixture, method, type, arguments, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == before + 1);
  if (fixture->code == 2)
    {
      g_autofree char *details = g_variant_print (fixture->details, FALSE);

      g_test_message ("%s", details);
    }
  g_assert_cmpuint (fixture->code, ==, 0);
  return path;
}

/* The bytes behind the descriptor that a method returns, which nobody can change. */
static GBytes *
fetch (Fixture *fixture, const char *job, const char *method, GVariant *arguments)
{
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  struct stat status;
  int file;

  reply = g_dbus_connection_call_with_unix_fd_list_sync (fixture->connection, NAME, job, JOB_INTERFACE,
                                                         method, arguments, G_VARIANT_TYPE ("(h)"),
                                                         G_DBUS_CALL_FLAGS_NONE, -1, NULL, &list, NULL,
                                                         &error);
  g_assert_no_error (error);
  file = g_unix_fd_list_get (list, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fstat (file, &status), ==, 0);
  data = g_malloc (status.st_size);
  g_assert_cmpint (read (file, data, status.st_size), ==, status.st_size);
  g_assert_cmpint (memcmp (data, "\x89PNG", 4), ==, 0);
  g_assert_cmpint (ftruncate (file, 0), ==, -1);
  g_assert_cmpint (pwrite (file, "x", 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, EPERM);
  close (file);
  return g_bytes_new_take (g_steal_pointer (&data), status.st_size);
}

static GBytes *
fetch_picture (Fixture *fixture, const char *job, unsigned index)
{
  return fetch (fixture, job, "OpenPicture", g_variant_new ("(u)", index));
}

static GVariant *
lookup (Fixture *fixture, unsigned i, const char *key, const char *type)
{
  g_autoptr (GVariant) values
    = g_variant_get_child_value (g_ptr_array_index (fixture->items, i), 1);

  return g_variant_lookup_value (values, key, G_VARIANT_TYPE (type));
}

/* The pictures are ranked, say how they were made, and come again for the same seed. */
static void
test_generate (Fixture *fixture, gconstpointer data)
{
  static const char call[] = "('a red cup', {'count': <@u 2>, 'candidates': <@u 3>, 'seed': <@t 7>})";
  g_autofree char *first = draw (fixture, "Generate", "(sa{sv})", call);
  g_autoptr (GBytes) picture = NULL;
  g_autoptr (GBytes) other = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GVariant) seed = NULL;
  g_autofree char *second = NULL;
  double score[2];

  g_assert_cmpuint (fixture->items->len, ==, 2);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) value = lookup (fixture, i, "score", "d");

      score[i] = g_variant_get_double (value);
    }
  g_assert_cmpfloat (score[0], >=, score[1]);
  seed = lookup (fixture, 0, "seed", "t");
  g_assert_cmpuint (g_variant_get_uint64 (seed), ==, 7);
  picture = fetch_picture (fixture, first, 0);
  other = fetch_picture (fixture, first, 1);
  g_assert_false (g_bytes_equal (picture, other));
  second = draw (fixture, "Generate", "(sa{sv})", call);
  again = fetch_picture (fixture, second, 0);
  /* but for the date that they carry */
  g_assert_cmpuint (g_bytes_get_size (picture), ==, g_bytes_get_size (again));
}

static void
test_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) uri = NULL;
  g_autoptr (GVariant) score = NULL;
  g_autofree char *path = NULL;
  g_autofree char *job = draw (fixture, "Generate", "(sa{sv})",
                               "('a red cup', {'folder': <'FOLDER'>, 'rank': <false>})");

  uri = lookup (fixture, 0, "uri", "s");
  g_assert_nonnull (uri);
  score = lookup (fixture, 0, "score", "d");
  g_assert_null (score);
  path = g_filename_from_uri (g_variant_get_string (uri, NULL), NULL, NULL);
  g_assert_true (g_str_has_prefix (path, fixture->folder));
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
}

static void
test_preview (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) picture = NULL;
  g_autoptr (GVariant) cancelled = NULL;
  g_autofree char *job = begin (fixture, "Generate", "(sa{sv})",
                                "('a red cup', {'count': <@u 64>, 'candidates': <@u 512>,"
                                " 'preview': <true>})",
                                &error);

  g_assert_no_error (error);
  spin_until (fixture->n_previews > 0);
  picture = fetch (fixture, job, "OpenPreview", NULL);
  cancelled = fixture_call (fixture->connection, job, JOB_INTERFACE, "Cancel", NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 1);
  g_assert_null (fixture_call (fixture->connection, job, JOB_INTERFACE, "OpenPreview", NULL, &error));
  g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "NotFound: "));
}

static void
check_size (Fixture *fixture)
{
  g_autoptr (GVariant) width = lookup (fixture, 0, "width", "u");
  g_autoptr (GVariant) height = lookup (fixture, 0, "height", "u");

  g_assert_cmpuint (g_variant_get_uint32 (width), ==, 64);
  g_assert_cmpuint (g_variant_get_uint32 (height), ==, 48);
}

/* Whole pictures come back, in the size of what was given. */
static void
test_complete (Fixture *fixture, gconstpointer data)
{
  static const char *const masks[] = { "'keep': <'left'>", "'keep-rows': <'50%'>" };

  for (size_t i = 0; i < G_N_ELEMENTS (masks); i++)
    {
      g_autofree char *call = g_strdup_printf ("('URI', 'a red cup', {%s, 'candidates': <@u 1>})", masks[i]);
      g_autofree char *job = draw (fixture, "Complete", "(ssa{sv})", call);
      g_autoptr (GBytes) picture = fetch_picture (fixture, job, 0);

      check_size (fixture);
    }
}

#define HALF 32

/* Noise of 16 bits, 64 × 48, whose right half is transparent, instead of the fixture's picture. */
static VipsImage *
make_half (Fixture *fixture)
{
  g_autofree uint16_t *pixels = g_new (uint16_t, 2 * HALF * 48 * 4);
  g_autoptr (GRand) generator = g_rand_new_with_seed (3);
  VipsImage *image;

  for (int i = 0; i < 2 * HALF * 48; i++)
    {
      for (int band = 0; band < 3; band++)
        pixels[4 * i + band] = (uint16_t) g_rand_int_range (generator, 0, 65536);
      pixels[4 * i + 3] = i % (2 * HALF) < HALF ? 65535 : 0;
    }
  image = vips_image_new_from_memory_copy (pixels, 2 * HALF * 48 * 4 * sizeof *pixels, 2 * HALF, 48, 4,
                                           VIPS_FORMAT_USHORT);
  image->Type = VIPS_INTERPRETATION_RGB16;
  g_assert_cmpint (vips_image_write_to_file (image, fixture->picture, NULL), ==, 0);
  return image;
}

/* What is transparent is drawn; the rest comes back to the bit, in its own depth. */
static void
test_transparent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GObject) original = G_OBJECT (make_half (fixture));
  g_autofree char *job = draw (fixture, "Complete", "(ssa{sv})", "('URI', 'a red cup', {'candidates': <@u 1>})");
  g_autoptr (GBytes) picture = fetch_picture (fixture, job, 0);
  g_autoptr (GObject) decoded = G_OBJECT (vips_image_new_from_buffer (g_bytes_get_data (picture, NULL),
                                                                      g_bytes_get_size (picture), "", NULL));
  g_autoptr (GObject) memory = G_OBJECT (vips_image_copy_memory ((VipsImage *) decoded));
  VipsImage *before = (VipsImage *) original;
  VipsImage *after = (VipsImage *) memory;

  check_size (fixture);
  g_assert_cmpint (after->Bands, ==, 4);
  g_assert_cmpint (after->BandFmt, ==, VIPS_FORMAT_USHORT);
  for (int y = 0; y < 48; y++)
    {
      g_assert_cmpmem (VIPS_IMAGE_ADDR (after, 0, y), HALF * 8, VIPS_IMAGE_ADDR (before, 0, y), HALF * 8);
      for (int x = HALF; x < 2 * HALF; x++)
        g_assert_cmpuint (((const uint16_t *) VIPS_IMAGE_ADDR (after, x, y))[3], ==, 65535);
    }
}

static void
test_vary (Fixture *fixture, gconstpointer data)
{
  g_autofree char *job = draw (fixture, "Vary", "(sa{sv})",
                               "('URI', {'strength': <0.5>, 'candidates': <@u 1>})");
  g_autoptr (GBytes) picture = fetch_picture (fixture, job, 0);
  g_autoptr (GVariant) uri = lookup (fixture, 0, "uri", "s");

  check_size (fixture);
  g_assert_null (uri); /* that of the picture it was made from is nothing that came of it */
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  int file = open (fixture->picture, O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (g_unix_fd_list_append (list, file, &error), ==, 0);
  close (file);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
    fixture->connection, NAME, PATH, NAME, "Vary",
    g_variant_new ("(s@a{sv})", "", g_variant_new_parsed ("{'file': <@h 0>}")), NULL,
    G_DBUS_CALL_FLAGS_NONE, -1, list, NULL, NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 0);
  check_size (fixture);
}

static void
test_failed (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *method, *type, *arguments, *name;
  } calls[] = {
    { "Vary", "(sa{sv})", "('file:///nowhere.png', @a{sv} {})", "NotFound" },
    { "Vary", "(sa{sv})", "('http://a/b.png', @a{sv} {})", "Unsupported" },
    { "Complete", "(ssa{sv})", "('URI', 'a cup', @a{sv} {})", "InvalidArgument" }, /* not transparent */
    { "Complete", "(ssa{sv})", "('URI', 'a cup', {'mask': <'file:///nowhere.png'>})", "NotFound" },
    { "Generate", "(sa{sv})", "('a cup', {'model': <'/nowhere'>})", "NotFound" },
    { "Generate", "(sa{sv})", "('a cup', {'folder': <'file:///nowhere'>})", "NotFound" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *job = begin (fixture, calls[i].method, calls[i].type, calls[i].arguments, &error);
      const char *name = NULL;

      g_assert_no_error (error);
      spin_until (fixture->n_finished == i + 1);
      g_assert_cmpuint (fixture->code, ==, 2);
      g_assert_true (g_variant_lookup (fixture->details, "error-name", "&s", &name));
      g_test_message ("%s: %s", calls[i].arguments, name);
      g_assert_true (g_str_has_suffix (name, calls[i].name));
    }
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *method, *type, *arguments, *word;
  } calls[] = {
    { "Generate", "(sa{sv})", "('', @a{sv} {})", "prompt" },
    { "Generate", "(sa{sv})", "('a', {'strength': <0.5>})", "strength" },
    { "Generate", "(sa{sv})", "('a', {'count': <@u 0>})", "count" },
    { "Generate", "(sa{sv})", "('a', {'count': <@u 65>})", "count" },
    { "Generate", "(sa{sv})", "('a', {'count': <@u 4>, 'candidates': <@u 2>})", "candidates" },
    { "Generate", "(sa{sv})", "('a', {'seed': <7>})", "seed" },
    { "Generate", "(sa{sv})", "('a', {'top-p': <1.5>})", "top-p" },
    { "Generate", "(sa{sv})", "('a', {'folder': <'http://a/'>})", "folder" },
    { "Generate", "(sa{sv})", "('a', {'folder': <'relative'>})", "folder" },
    { "Complete", "(ssa{sv})", "('URI', '', @a{sv} {})", "prompt" },
    { "Complete", "(ssa{sv})", "('URI', 'a', {'keep': <'middle'>})", "keep" },
    { "Complete", "(ssa{sv})", "('URI', 'a', {'keep': <'left'>, 'keep-rows': <'5'>})", "keep-rows" },
    { "Complete", "(ssa{sv})", "('URI', 'a', {'mask-file': <@h 0>})", "mask-file" },
    { "Vary", "(sa{sv})", "('URI', {'strength': <2.0>})", "strength" },
    { "Vary", "(sa{sv})", "('URI', {'size': <@u 64>})", "size" },
    { "Vary", "(sa{sv})", "('', {'file': <@h 0>})", "file" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *job = begin (fixture, calls[i].method, calls[i].type, calls[i].arguments, &error);

      g_test_message ("%s: %s", calls[i].arguments, error != NULL ? error->message : job);
      g_assert_null (job);
      g_assert_true (g_str_has_prefix (error->message, ERROR_PREFIX "InvalidArgument: "));
      g_assert_nonnull (strstr (error->message, calls[i].word));
    }
}

/* A tag job is done in the middle of a drawing, a second drawing after it. */
static void
test_turns (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *drawing = begin (fixture, "Generate", "(sa{sv})",
                                    "('a red cup', {'candidates': <@u 1000>, 'preview': <true>})", &error);
  g_autofree char *second = begin (fixture, "Generate", "(sa{sv})", "('a dog', @a{sv} {})", &error);
  g_autofree char *tags = NULL;
  g_autoptr (GVariant) cancelled = NULL;

  g_assert_no_error (error);
  spin_until (fixture->n_previews > 0);
  tags = fixture_tag (fixture, 1, "{'tags': <'cat,dog'>}");
  spin_until (fixture->n_finished == 1);
  g_assert_cmpuint (fixture->code, ==, 0);
  g_assert_cmpuint (fixture->items->len, ==, 1);
  cancelled = fixture_call (fixture->connection, drawing, JOB_INTERFACE, "Cancel", NULL, &error);
  g_assert_no_error (error);
  spin_until (fixture->n_finished == 3);
  g_assert_cmpuint (fixture->code, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (VIPS_INIT (argv[0]) != 0)
    return 1;
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, fixture_tear_down)
  ADD ("/persead-pictures/generate", test_generate);
  ADD ("/persead-pictures/folder", test_folder);
  ADD ("/persead-pictures/preview", test_preview);
  ADD ("/persead-pictures/complete", test_complete);
  ADD ("/persead-pictures/transparent", test_transparent);
  ADD ("/persead-pictures/vary", test_vary);
  ADD ("/persead-pictures/descriptor", test_descriptor);
  ADD ("/persead-pictures/failed", test_failed);
  ADD ("/persead-pictures/refused", test_refused);
  ADD ("/persead-pictures/turns", test_turns);
#undef ADD
  return g_test_run ();
}
