/* test-picture-writer.c - pictures with their provenance, written and read again
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "persea-decoder-pool.h"
#include "persea-error.h"
#include "persea-picture-writer.h"
#include "persea-png-text.h"

#define SIDE 48

typedef struct
{
  char             *folder;
  PerseaImage      *image;
  PerseaProvenance *provenance;
} Fixture;

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  PerseaProvenance *provenance = persea_provenance_new ();

  fixture->folder = g_dir_make_tmp ("persea-writer-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->image = persea_image_new (SIDE, SIDE);
  for (int i = 0; i < SIDE * SIDE * 3; i++)
    fixture->image->pixels[i] = (uint8_t) (i * 7 + i / SIDE);
  provenance->prompt = g_strdup ("an armchair, in the \"shape\" of\nan avocado 椅子");
  provenance->negative = g_strdup ("lang=de, <blurry> & dull");
  provenance->seed = G_MAXUINT64;
  provenance->candidate = 11;
  provenance->n_candidates = 16;
  provenance->guidance = 10;
  provenance->temperature = 0.9f;
  provenance->top_k = 256;
  provenance->top_p = 1.0f / 3;
  provenance->score = 0.3125f;
  provenance->model = g_strdup ("dalle, mini");
  provenance->model_identity = g_strdup ("0123abcd");
  provenance->codebook = g_strdup ("vqgan");
  provenance->codebook_identity = g_strdup ("feed");
  provenance->precision = g_strdup ("f32");
  provenance->device = g_strdup ("a \\ \"device\"");
  fixture->provenance = provenance;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = in_folder (fixture, name);

      g_remove (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  persea_image_free (fixture->image);
  persea_provenance_free (fixture->provenance);
}

static void
assert_same_provenance (const PerseaProvenance *a, const PerseaProvenance *b)
{
  g_autoptr (GPtrArray) of_a = persea_provenance_list_fields (a);
  g_autoptr (GPtrArray) of_b = persea_provenance_list_fields (b);

  g_assert_cmpuint (of_a->len, ==, of_b->len);
  for (unsigned i = 0; i < of_a->len; i++)
    {
      const PerseaProvenanceField *field = of_a->pdata[i];
      const PerseaProvenanceField *other = of_b->pdata[i];

      g_assert_cmpstr (field->name, ==, other->name);
      g_assert_cmpstr (field->value, ==, other->value);
    }
  g_assert_true (a->top_p == b->top_p && a->temperature == b->temperature);
}

/* every format that can be written says afterwards how the picture was made */
static void
test_formats (Fixture *fixture, gconstpointer data)
{
  static const char *const lossless[] = { "a.png", "a.webp", "a.tif", "A.PNG" };
  static const char *const lossy[] = { "a.jpg", "a.avif" };
  unsigned n_written = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (lossless) + G_N_ELEMENTS (lossy); i++)
    {
      gboolean is_lossless = i < G_N_ELEMENTS (lossless);
      const char *name = is_lossless ? lossless[i] : lossy[i - G_N_ELEMENTS (lossless)];
      g_autofree char *path = in_folder (fixture, name);
      g_autoptr (PerseaProvenance) read = NULL;
      g_autoptr (PerseaImage) image = NULL;
      g_autoptr (GError) error = NULL;

      if (!persea_picture_writer_knows_suffix (path))
        continue;
      persea_picture_writer_save (path, fixture->image, fixture->provenance, NULL, &error);
      g_assert_no_error (error);
      read = persea_picture_writer_read_provenance (path, &error);
      g_assert_no_error (error);
      assert_same_provenance (fixture->provenance, read);
      image = persea_image_load (&(PerseaImageSource) { .path = path }, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (image->width, ==, SIDE);
      if (is_lossless)
        g_assert_cmpmem (image->pixels, SIDE * SIDE * 3, fixture->image->pixels, SIDE * SIDE * 3);
      n_written++;
    }
  g_assert_cmpuint (n_written, >=, 2);
}

/* what is there for everybody else */
static void
test_public (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = in_folder (fixture, "a.png");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *contents = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize size;

  persea_picture_writer_save (path, fixture->image, fixture->provenance, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_nonnull (memmem (contents, size, "digitalsourcetype/trainedAlgorithmicMedia", 41));
  g_assert_nonnull (memmem (contents, size, "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", 43));
  g_assert_nonnull (memmem (contents, size, "x-default", 9));
  /* not Latin-1 */
  g_assert_nonnull (memmem (contents, size, "iTXtparameters", 14));
  bytes = g_bytes_new (contents, size);
  text = persea_png_text_find (bytes, "parameters");
  g_assert_true (g_str_has_prefix (text, "an armchair, in the \"shape\" of\nan avocado 椅子\n"
                                         "Negative prompt: lang=de, <blurry> & dull\n"
                                         "Seed: 18446744073709551615, CFG scale: 10, "
                                         "Model: \"dalle, mini\", Model hash: 0123abcd"));
}

static void
test_composite (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = in_folder (fixture, "a.png");
  g_autofree char *contents = NULL;
  g_autoptr (PerseaProvenance) read = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  fixture->provenance->made = PERSEA_MADE_COMPLETED;
  fixture->provenance->source = g_strdup ("photo.jpg");
  persea_picture_writer_save (path, fixture->image, fixture->provenance, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_nonnull (memmem (contents, size, "/compositeWithTrainedAlgorithmicMedia", 37));
  read = persea_picture_writer_read_provenance (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read->made, ==, PERSEA_MADE_COMPLETED);
  g_assert_cmpstr (read->source, ==, "photo.jpg");
}

/* the text alone, as after a program that drops XMP; and as others write it */
static void
test_parameters (void)
{
  g_autoptr (PerseaProvenance) foreign = persea_provenance_parse_parameters (
    "a cat, sitting\non a mat\nNegative prompt: dogs, rain\nSteps: 20, Sampler: \"DPM++, 2M\", CFG scale: 7.5, "
    "Seed: 42, Size: 512x512, Model hash: abc, Model: v1-5");
  static const char *const nothing[] = {
    "", "a cat", "a cat\nSeed: 1", "a cat\nwho: knows, what it is: thinking", "\xff\nSeed: 1, Model: a, CFG scale: 2",
    "Seed: 1, Model: a, CFG scale: 2",
  };

  g_assert_nonnull (foreign);
  g_assert_cmpstr (foreign->prompt, ==, "a cat, sitting\non a mat");
  g_assert_cmpstr (foreign->negative, ==, "dogs, rain");
  g_assert_cmpuint (foreign->seed, ==, 42);
  g_assert_cmpfloat (foreign->guidance, ==, 7.5f);
  g_assert_cmpstr (foreign->model, ==, "v1-5");
  g_assert_true (isnan (foreign->score));
  for (size_t i = 0; i < G_N_ELEMENTS (nothing); i++)
    g_assert_null (persea_provenance_parse_parameters (nothing[i]));
}

static void
test_parameters_round (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = persea_provenance_format_parameters (fixture->provenance);
  g_autoptr (PerseaProvenance) read = persea_provenance_parse_parameters (text);

  g_assert_nonnull (read);
  assert_same_provenance (fixture->provenance, read);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *prompt;
    const char *name;
  } cases[] = {
    { "An armchair in the shape of an avocado", "an-armchair-in-the-shape-of-an-avocado-7-2.png" },
    { "../../etc/passwd", "etc-passwd-7-2.png" },
    { "-rf *", "rf-7-2.png" },
    { "it's  a\n\ttest!", "its-a-test-7-2.png" },
    { "アボカドの形の椅子", "アボカドの形の椅子-7-2.png" },
    { "?!", "picture-7-2.png" },
    { "one two three four five six seven eight nine ten eleven twelve thirteen",
      "one-two-three-four-five-six-seven-eight-nine-ten-eleven-7-2.png" },
  };

  fixture->provenance->seed = 7;
  fixture->provenance->candidate = 2;
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = NULL;

      g_free (fixture->provenance->prompt);
      fixture->provenance->prompt = g_strdup (cases[i].prompt);
      name = persea_picture_writer_make_name (fixture->provenance, ".png");
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_not_overwritten (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = in_folder (fixture, "a.png");
  g_autofree char *link = in_folder (fixture, "a-2.png");
  g_autofree char *third = in_folder (fixture, "a-3.png");
  g_autofree char *contents = NULL;
  g_autofree char *written = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  written = persea_picture_writer_save_new (path, fixture->image, fixture->provenance, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (written, ==, third);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "mine");

  /* only who names a file means it */
  persea_picture_writer_save (path, fixture->image, fixture->provenance, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&contents, g_free);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, !=, "mine");
}

static void
test_failures (Fixture *fixture, gconstpointer data)
{
  g_autofree char *odd = in_folder (fixture, "a.doc");
  g_autofree char *nowhere = in_folder (fixture, "no/where/a.png");
  g_autofree char *plain = in_folder (fixture, "plain.png");
  g_autofree char *text = in_folder (fixture, "text.png");
  g_autoptr (GError) error = NULL;

  g_assert_false (persea_picture_writer_save (odd, fixture->image, fixture->provenance, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, ".png"));
  g_clear_error (&error);
  g_assert_null (persea_picture_writer_save_new (nowhere, fixture->image, fixture->provenance, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (persea_picture_writer_save (plain, fixture->image, NULL, NULL, &error));
  g_assert_null (persea_picture_writer_read_provenance (plain, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (text, "no picture", -1, NULL));
  g_assert_null (persea_picture_writer_read_provenance (text, &error));
  g_assert_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED);
  g_clear_error (&error);
}

/* a file may not grow beyond a limit, as on a full disk: nothing is left of it */
static void
test_disk_full (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = in_folder (fixture, "a.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  struct rlimit before, small = { 1000, 1000 };

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  small.rlim_max = before.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_null (persea_picture_writer_save_new (path, fixture->image, fixture->provenance, NULL, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, path));
  dir = g_dir_open (fixture->folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

static void
test_png_text (void)
{
  static const uint8_t header[33] = "\211PNG\r\n\032\n\0\0\0\rIHDR";
  g_autoptr (GBytes) png = g_bytes_new (header, sizeof header);
  const PerseaPngText texts[] = { { "Title", "café" }, { "Author", "山" } };
  g_autoptr (GBytes) written = persea_png_text_insert (png, texts, 2);
  gsize size;
  const uint8_t *data = g_bytes_get_data (written, &size);
  g_autofree char *title = persea_png_text_find (written, "Title");
  g_autofree char *author = persea_png_text_find (written, "Author");
  /* as zlib's crc32() says */
  static const uint8_t title_chunk[] = "\0\0\0\012tEXtTitle\0caf\351";

  g_assert_cmpstr (title, ==, "café");
  g_assert_cmpstr (author, ==, "山");
  g_assert_null (persea_png_text_find (written, "Titl"));
  g_assert_cmpmem (data + 33, sizeof title_chunk - 1, title_chunk, sizeof title_chunk - 1);
  /* cut off anywhere: no harm */
  for (gsize n = 0; n < size; n++)
    {
      g_autofree uint8_t *part = g_memdup2 (data, MAX (n, 1));
      g_autoptr (GBytes) bytes = g_bytes_new_static (part, n);
      g_autofree char *found = persea_png_text_find (bytes, "Author");

      g_assert_null (found);
    }
}

int
main (int argc, char **argv)
{
  const PerseaDecoderPoolOptions options = { .program = g_getenv ("PERSEA_TEST_DECODERS") };
  g_autoptr (PerseaDecoderPool) decoders = NULL;

  g_test_init (&argc, &argv, NULL);
  /* once more, what is read is read in other processes */
  if (options.program != NULL)
    {
      decoders = persea_decoder_pool_new (&options);
      persea_image_set_decoders (decoders);
    }
  g_test_add ("/picture-writer/formats", Fixture, NULL, set_up, test_formats, tear_down);
  g_test_add ("/picture-writer/public", Fixture, NULL, set_up, test_public, tear_down);
  g_test_add ("/picture-writer/composite", Fixture, NULL, set_up, test_composite, tear_down);
  g_test_add_func ("/picture-writer/parameters", test_parameters);
  g_test_add ("/picture-writer/parameters-round", Fixture, NULL, set_up, test_parameters_round, tear_down);
  g_test_add ("/picture-writer/names", Fixture, NULL, set_up, test_names, tear_down);
  g_test_add ("/picture-writer/not-overwritten", Fixture, NULL, set_up, test_not_overwritten, tear_down);
  g_test_add ("/picture-writer/failures", Fixture, NULL, set_up, test_failures, tear_down);
  g_test_add ("/picture-writer/disk-full", Fixture, NULL, set_up, test_disk_full, tear_down);
  g_test_add_func ("/picture-writer/png-text", test_png_text);
  return g_test_run ();
}
