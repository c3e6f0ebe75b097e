/* test-image-file.c - pictures of all kinds, and things that are none
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pictures are made by libvips itself.
 */
#include "config.h"

#include "persea-decoder-pool.h"
#include "persea-error.h"
#include "persea-image-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

#define WIDTH 120
#define HEIGHT 90

/* smooth, so that lossy formats keep it, and different in every corner */
static VipsImage *
make_picture (int width, int height)
{
  g_autofree uint8_t *pixels = g_malloc ((size_t) width * height * 3);
  VipsImage *image;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        uint8_t *pixel = pixels + ((size_t) y * width + x) * 3;

        pixel[0] = 30 + 200 * x / width;
        pixel[1] = 220 - 180 * y / height;
        pixel[2] = 60 + 100 * (x + y) / (width + height);
      }
  image = vips_image_new_from_memory_copy (pixels, (size_t) width * height * 3, width, height, 3,
                                           VIPS_FORMAT_UCHAR);
  image->Type = VIPS_INTERPRETATION_sRGB;
  return image;
}

static GBytes *
encode (VipsImage *image, const char *suffix)
{
  void *buffer;
  size_t size;

  if (vips_image_write_to_buffer (image, suffix, &buffer, &size, NULL) != 0)
    {
      g_test_message ("%s: %s", suffix, vips_error_buffer ());
      vips_error_clear ();
      return NULL;
    }
  return g_bytes_new_take (buffer, size);
}

static PerseaImage *
load_bytes (GBytes *bytes)
{
  PerseaImageSource source = { .bytes = bytes };
  g_autoptr (GError) error = NULL;
  PerseaImage *image = persea_image_load (&source, NULL, &error);

  g_assert_no_error (error);
  return image;
}

static double
mean_difference (const uint8_t *a, const uint8_t *b, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += ABS (a[i] - b[i]);
  return sum / n;
}

/* @image must be what persea_image_load() makes of @bytes, but for @tolerance per value */
static void
assert_loads_as (GBytes *bytes, VipsImage *image, double tolerance)
{
  g_autoptr (PerseaImage) found = load_bytes (bytes);
  size_t size;
  g_autofree uint8_t *expected = vips_image_write_to_memory (image, &size);

  g_assert_cmpint (found->width, ==, image->Xsize);
  g_assert_cmpint (found->height, ==, image->Ysize);
  g_assert_cmpuint (size, ==, (size_t) found->width * found->height * 3);
  g_assert_cmpfloat (mean_difference (found->pixels, expected, size), <=, tolerance);
}

static void
test_formats (void)
{
  static const struct
  {
    const char *suffix;
    double      tolerance;
    gboolean    optional; /* libvips may have been built without it */
  } formats[] = {
    { ".png", 0, FALSE },
    { ".png[interlace]", 0, FALSE },
    { ".png[palette]", 6, TRUE },
    { ".jpg[Q=95]", 1.5, FALSE },
    { ".jpg[Q=95,interlace]", 1.5, FALSE },
    { ".webp[lossless]", 0, FALSE },
    { ".tif", 0, FALSE },
    { ".tif[compression=lzw,tile]", 0, FALSE },
    { ".gif", 6, TRUE },
    { ".avif[Q=90]", 3, TRUE },
    { ".heic[Q=90]", 3, TRUE },
  };
  g_autoptr (GObject) image = G_OBJECT (make_picture (WIDTH, HEIGHT));

  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (GBytes) bytes = encode ((VipsImage *) image, formats[i].suffix);

      g_assert_true (bytes || formats[i].optional);
      if (bytes)
        assert_loads_as (bytes, (VipsImage *) image, formats[i].tolerance);
    }
}

static void
test_orientations (void)
{
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (32);

  for (int orientation = 1; orientation <= 8; orientation++)
    {
      g_autoptr (GObject) image = G_OBJECT (make_picture (WIDTH, HEIGHT));
      VipsImage *upright;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GBytes) upright_bytes = NULL;
      uint8_t expected[32 * 32 * 3], found[32 * 32 * 3];

      vips_image_set_int ((VipsImage *) image, VIPS_META_ORIENTATION, orientation);
      bytes = encode ((VipsImage *) image, ".tif");
      g_assert_cmpint (vips_autorot ((VipsImage *) image, &upright, NULL), ==, 0);
      assert_loads_as (bytes, upright, 0);

      upright_bytes = encode (upright, ".png");
      g_assert_true (persea_image_preprocess (&(PerseaImageSource) { .bytes = bytes }, &preprocess,
                                              PERSEA_IMAGE_EXACT, found, NULL, NULL));
      g_assert_true (persea_image_preprocess (&(PerseaImageSource) { .bytes = upright_bytes },
                                              &preprocess, PERSEA_IMAGE_EXACT, expected, NULL,
                                              NULL));
      g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
      g_object_unref (upright);
    }
}

/* all the ways to say "this colour" */
static void
assert_color (VipsImage *image, const char *suffix, int red, int green, int blue, int tolerance)
{
  g_autoptr (GBytes) bytes = encode (image, suffix);
  g_autoptr (PerseaImage) found = load_bytes (bytes);
  const uint8_t *middle
    = found->pixels + ((size_t) found->height / 2 * found->width + found->width / 2) * 3;

  g_assert_cmpint (ABS (middle[0] - red), <=, tolerance);
  g_assert_cmpint (ABS (middle[1] - green), <=, tolerance);
  g_assert_cmpint (ABS (middle[2] - blue), <=, tolerance);
}

static VipsImage *
make_flat (const double *values, int n, VipsBandFormat format, VipsInterpretation interpretation)
{
  g_autoptr (GObject) black = NULL;
  VipsImage *made, *flat;
  double zeros[5] = { 0 };

  g_assert_cmpint (vips_black (&made, 16, 16, "bands", n, NULL), ==, 0);
  black = G_OBJECT (made);
  g_assert_cmpint (vips_linear ((VipsImage *) black, &made, zeros, (double *) values, n, NULL), ==, 0);
  g_assert_cmpint (vips_cast (made, &flat, format, NULL), ==, 0);
  g_object_unref (made);
  g_assert_cmpint (vips_copy (flat, &made, "interpretation", interpretation, NULL), ==, 0);
  g_object_unref (flat);
  return made;
}

static void
test_colors (void)
{
  static const struct
  {
    double             values[5];
    int                n;
    VipsBandFormat     format;
    VipsInterpretation interpretation;
    const char        *suffix;
    int                red, green, blue, tolerance;
  } colors[] = {
    { { 200, 100, 50 }, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".png", 200, 100, 50, 0 },
    { { 90 }, 1, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, ".png", 90, 90, 90, 0 },
    { { 90 }, 1, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, ".jpg", 90, 90, 90, 1 },
    { { 255 }, 1, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, ".png[bitdepth=1]", 255, 255, 255, 0 },
    { { 90 * 257 }, 1, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_GREY16, ".png", 90, 90, 90, 1 },
    { { 51400, 25700, 12850 }, 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, ".png",
      200, 100, 50, 1 },
    { { 51400, 25700, 12850 }, 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, ".tif",
      200, 100, 50, 1 },
    /* over white: half of it, nothing, all */
    { { 200, 100, 50, 128 }, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".png",
      227, 177, 152, 1 },
    { { 200, 100, 50, 0 }, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".webp[lossless]",
      255, 255, 255, 0 },
    { { 200, 100, 50, 255 }, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".tif",
      200, 100, 50, 0 },
    { { 90, 128 }, 2, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, ".png", 172, 172, 172, 1 },
    { { 51400, 25700, 12850, 32896 }, 4, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, ".png",
      227, 177, 152, 1 },
    { { 53.4, 55, 45 }, 3, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_LAB, ".tif", 218, 84, 53, 6 },
    { { 0, 0, 0, 0 }, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_CMYK, ".tif", 255, 255, 255, 3 },
    { { 0, 255, 255, 0 }, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_CMYK, ".jpg[Q=100]",
      230, 30, 35, 30 },
    { { 70, 80, 90, 1, 2 }, 5, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_MULTIBAND, ".tif",
      70, 80, 90, 1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (colors); i++)
    {
      g_autoptr (GObject) flat = G_OBJECT (make_flat (colors[i].values, colors[i].n,
                                                      colors[i].format, colors[i].interpretation));

      g_test_message ("%d bands, interpretation %d, %s", colors[i].n, colors[i].interpretation,
                      colors[i].suffix);
      assert_color ((VipsImage *) flat, colors[i].suffix, colors[i].red, colors[i].green,
                    colors[i].blue, colors[i].tolerance);
    }
}

static void
attach_profile (VipsImage *image, const char *name)
{
  VipsBlob *profile;
  const void *data;
  size_t size;

  g_assert_cmpint (vips_profile_load (name, &profile, NULL), ==, 0);
  data = vips_blob_get (profile, &size);
  vips_image_set_blob_copy (image, VIPS_META_ICC_NAME, data, size);
  vips_area_unref (VIPS_AREA (profile));
}

static void
test_profiles (void)
{
  const double values[] = { 200, 100, 50 };
  g_autoptr (GObject) flat = G_OBJECT (make_flat (values, 3, VIPS_FORMAT_UCHAR,
                                                  VIPS_INTERPRETATION_sRGB));
  VipsImage *image = (VipsImage *) flat;

  attach_profile (image, "srgb");
  assert_color (image, ".png", 200, 100, 50, 0);

  /* Display P3 is wider, so the same numbers are a stronger colour */
  attach_profile (image, "p3");
  assert_color (image, ".png", 216, 95, 30, 4);
  assert_color (image, ".jpg[Q=100]", 216, 95, 30, 6);

  /* one that is none is left out */
  vips_image_set_blob_copy (image, VIPS_META_ICC_NAME, "nonsense", 8);
  assert_color (image, ".tif", 200, 100, 50, 0);
}

/* of several pages, the first */
static void
test_animations (void)
{
  static const char *const suffixes[] = { ".gif", ".webp[lossless]", ".tif" };
  const double first[] = { 200, 100, 50 }, second[] = { 0, 0, 255 };
  g_autoptr (GObject) a = G_OBJECT (make_flat (first, 3, VIPS_FORMAT_UCHAR,
                                               VIPS_INTERPRETATION_sRGB));
  g_autoptr (GObject) b = G_OBJECT (make_flat (second, 3, VIPS_FORMAT_UCHAR,
                                               VIPS_INTERPRETATION_sRGB));
  g_autoptr (GObject) both = NULL;
  VipsImage *pages[] = { (VipsImage *) a, (VipsImage *) b }, *joined;

  g_assert_cmpint (vips_arrayjoin (pages, &joined, 2, "across", 1, NULL), ==, 0);
  both = G_OBJECT (joined);
  vips_image_set_int (joined, VIPS_META_PAGE_HEIGHT, 16);
  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autoptr (GBytes) bytes = encode (joined, suffixes[i]);
      g_autoptr (PerseaImage) found = NULL;

      if (!bytes)
        continue;
      found = load_bytes (bytes);
      g_assert_cmpint (found->height, ==, 16);
      g_assert_cmpint (ABS (found->pixels[0] - 200), <=, 4);
    }
}

static void
test_fast (void)
{
  static const struct
  {
    int         width, height, orientation;
    const char *suffix, *profile;
  } cases[] = {
    { 1600, 1200, 1, ".jpg" },
    { 1600, 1200, 1, ".jpg", "p3" },
    { 1600, 1200, 8, ".png", "p3" },
    { 1201, 1603, 1, ".jpg" },
    { 1600, 1200, 6, ".jpg" },
    { 3000, 500, 1, ".jpg" },
    { 100, 80, 1, ".jpg" },
    { 1600, 1200, 1, ".png" },
  };
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (64);
  uint8_t exact[64 * 64 * 3], fast[64 * 64 * 3];

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GObject) image = G_OBJECT (make_picture (cases[i].width, cases[i].height));
      g_autoptr (GBytes) bytes = NULL;
      PerseaImageSource source = { 0 };

      vips_image_set_int ((VipsImage *) image, VIPS_META_ORIENTATION, cases[i].orientation);
      if (cases[i].profile)
        attach_profile ((VipsImage *) image, cases[i].profile);
      bytes = encode ((VipsImage *) image, cases[i].suffix);
      source.bytes = bytes;
      g_assert_true (persea_image_preprocess (&source, &preprocess, PERSEA_IMAGE_EXACT, exact,
                                              NULL, NULL));
      g_assert_true (persea_image_preprocess (&source, &preprocess, PERSEA_IMAGE_FAST, fast,
                                              NULL, NULL));
      g_assert_cmpfloat (mean_difference (exact, fast, sizeof exact), <=, 1.0);
    }
}

static void
assert_fails (const PerseaImageSource *source, int code)
{
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (32);
  uint8_t square[32 * 32 * 3];
  g_autoptr (GError) error = NULL;

  g_assert_null (persea_image_load (source, NULL, &error));
  g_assert_error (error, PERSEA_ERROR, code);
  if (source->path)
    g_assert_true (g_str_has_prefix (error->message, source->path));
  g_assert_null (strchr (error->message, '\n'));
  g_clear_error (&error);
  g_assert_false (persea_image_preprocess (source, &preprocess, PERSEA_IMAGE_FAST, square, NULL,
                                           &error));
  g_assert_error (error, PERSEA_ERROR, code);
}

static void
assert_contents_fail (const void *data, gsize size, int code)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  assert_fails (&(PerseaImageSource) { .bytes = bytes }, code);
}

static void
test_no_pictures (void)
{
  g_autofree char *folder = g_dir_make_tmp ("persea-test-XXXXXX", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.jpg", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty.png", NULL);
  g_autofree char *pipe_path = g_build_filename (folder, "pipe.jpg", NULL);
  const char *svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>";

  assert_fails (&(PerseaImageSource) { .path = missing }, PERSEA_ERROR_NOT_FOUND);
  assert_fails (&(PerseaImageSource) { .path = folder }, PERSEA_ERROR_INVALID_ARGUMENT);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  assert_fails (&(PerseaImageSource) { .path = empty }, PERSEA_ERROR_INVALID_DATA);
  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
  assert_fails (&(PerseaImageSource) { .path = pipe_path }, PERSEA_ERROR_INVALID_ARGUMENT);
  if (g_chmod (empty, 0) == 0 && access (empty, R_OK) != 0)
    assert_fails (&(PerseaImageSource) { .path = empty }, PERSEA_ERROR_FAILED);

  assert_contents_fail ("", 0, PERSEA_ERROR_INVALID_DATA);
  assert_contents_fail ("Dear Sir,\n", 10, PERSEA_ERROR_UNSUPPORTED);
  assert_contents_fail ("2 2\n1 2\n3 4\n", 12, PERSEA_ERROR_UNSUPPORTED); /* a matrix */
  assert_contents_fail ("P3 1 1 255 1 2 3\n", 17, PERSEA_ERROR_UNSUPPORTED);
  assert_contents_fail (svg, strlen (svg), PERSEA_ERROR_UNSUPPORTED);
  /* gzip that ends after its header: libvips 8.14 would look for an SVG in it for ever */
  assert_contents_fail ("\037\213\10\0\0\0\0\0\0\3", 10, PERSEA_ERROR_UNSUPPORTED);
  assert_contents_fail ("\377\330\377", 3, PERSEA_ERROR_INVALID_DATA);

  g_unlink (empty);
  g_unlink (pipe_path);
  g_rmdir (folder);
}

static void
test_large_pictures (void)
{
  /* IHDR says 100000 × 100000, 8 bits, RGB; then an empty IDAT and IEND */
  static const uint8_t lie[] = "\211PNG\r\n\032\n\0\0\0\rIHDR\0\1\206\240\0\1\206\240\10\2\0\0\0"
                               "\47\60\234\237\0\0\0\0IDAT\65\257\6\36\0\0\0\0IEND\256B`\202";
  g_autoptr (GObject) image = G_OBJECT (make_picture (WIDTH, HEIGHT));
  g_autoptr (GBytes) bytes = encode ((VipsImage *) image, ".png");
  g_autoptr (GBytes) lying = g_bytes_new_static (lie, sizeof lie - 1);
  g_autoptr (GError) error = NULL;

  assert_fails (&(PerseaImageSource) { .bytes = bytes, .max_pixels = WIDTH * HEIGHT - 1 },
                PERSEA_ERROR_UNSUPPORTED);
  g_assert_null (persea_image_load (&(PerseaImageSource) { .bytes = lying, .name = "lie.png" },
                                    NULL, &error));
  g_assert_true (g_error_matches (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED));
  g_assert_true (g_str_has_prefix (error->message, "lie.png: "));
}

/* cut off anywhere: an error; with bytes changed: a picture or an error */
static void
test_broken_pictures (void)
{
  static const char *const suffixes[]
    = { ".png", ".jpg", ".jpg[interlace]", ".webp", ".tif", ".gif", ".avif" };
  g_autoptr (GObject) image = G_OBJECT (make_picture (WIDTH, HEIGHT));
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autoptr (GBytes) bytes = encode ((VipsImage *) image, suffixes[i]);
      gsize size, step;
      const uint8_t *data;
      g_autofree uint8_t *changed = NULL;

      if (!bytes)
        continue;
      data = g_bytes_get_data (bytes, &size);
      step = MAX (size / 12, 1);
      for (gsize cut = 1; cut < size * 9 / 10; cut += step)
        {
          g_autoptr (GBytes) part = g_bytes_new (data, cut);
          g_autoptr (GError) error = NULL;

          g_assert_null (persea_image_load (&(PerseaImageSource) { .bytes = part }, NULL, &error));
          g_assert_nonnull (error);
        }

      changed = g_memdup2 (data, size);
      for (int round = 0; round < 20; round++)
        {
          g_autoptr (GBytes) damaged = NULL;
          g_autoptr (PerseaImage) found = NULL;
          g_autoptr (GError) error = NULL;

          changed[g_rand_int_range (rand, 0, size)] ^= g_rand_int_range (rand, 1, 256);
          damaged = g_bytes_new (changed, size);
          found = persea_image_load (&(PerseaImageSource) { .bytes = damaged }, NULL, &error);
          g_assert_true ((found != NULL) == (error == NULL));
        }
    }
}

static void
test_descriptor (void)
{
  g_autoptr (GObject) image = G_OBJECT (make_picture (WIDTH, HEIGHT));
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("persea-test-XXXXXX.txt", &path, NULL);
  g_autoptr (GBytes) bytes = encode ((VipsImage *) image, ".png");
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autoptr (PerseaImage) from_path = NULL;
  g_autoptr (PerseaImage) from_fd = NULL;
  g_autoptr (GError) error = NULL;

  /* the wrong suffix does not matter */
  g_assert_true (g_file_set_contents (path, data, size, NULL));
  close (fd);
  fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  from_path = persea_image_load (&(PerseaImageSource) { .path = path }, NULL, &error);
  g_assert_no_error (error);
  from_fd = persea_image_load (&(PerseaImageSource) { .fd = fd, .name = "x" }, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (from_path->pixels, WIDTH * HEIGHT * 3, from_fd->pixels, WIDTH * HEIGHT * 3);
  g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0);
  close (fd);
  g_unlink (path);
}

static void
test_cancelled (void)
{
  g_autoptr (GObject) image = G_OBJECT (make_picture (WIDTH, HEIGHT));
  g_autoptr (GBytes) bytes = encode ((VipsImage *) image, ".png");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (persea_image_load (&(PerseaImageSource) { .bytes = bytes }, cancellable, &error));
  g_assert_true (persea_error_is_cancelled (error));
}

static gpointer
decode_often (gpointer data)
{
  PerseaPreprocess preprocess = PERSEA_PREPROCESS_CLIP (32);
  uint8_t *square = g_malloc (32 * 32 * 3);

  for (int i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) broken = g_bytes_new_from_bytes (data, 0, g_bytes_get_size (data) / 2);

      g_assert_true (persea_image_preprocess (&(PerseaImageSource) { .bytes = data }, &preprocess,
                                              PERSEA_IMAGE_FAST, square, NULL, &error));
      g_assert_no_error (error);
      g_assert_null (persea_image_load (&(PerseaImageSource) { .bytes = broken }, NULL, &error));
    }
  return square;
}

static void
test_threads (void)
{
  g_autoptr (GObject) image = G_OBJECT (make_picture (640, 480));
  g_autoptr (GBytes) bytes = encode ((VipsImage *) image, ".jpg");
  GThread *threads[4];
  g_autofree uint8_t *first = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("decode", decode_often, bytes);
  first = g_thread_join (threads[0]);
  for (size_t i = 1; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree uint8_t *other = g_thread_join (threads[i]);

      g_assert_cmpmem (first, 32 * 32 * 3, other, 32 * 32 * 3);
    }
}

static void
test_untrusted (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("P6 1 1 255\n\001\002\003", 14);
  g_autoptr (GBytes) text = g_bytes_new_static ("There is nothing to see here.", 29);
  g_autoptr (PerseaImage) found = NULL;

  persea_image_allow_untrusted (TRUE);
  found = load_bytes (bytes);
  g_assert_cmpint (found->pixels[2], ==, 3);
  assert_fails (&(PerseaImageSource) { .bytes = text }, PERSEA_ERROR_INVALID_DATA);
  persea_image_allow_untrusted (FALSE);
  assert_fails (&(PerseaImageSource) { .bytes = bytes }, PERSEA_ERROR_UNSUPPORTED);
}

static void
assert_date (VipsImage *image, const char *suffix, gboolean expected)
{
  g_autoptr (GBytes) bytes = encode (image, suffix);
  const PerseaImageSource source = { .bytes = bytes, .name = "picture" };
  g_autoptr (GError) error = NULL;
  gboolean has_date = !expected;
  int64_t date = 0;

  if (bytes == NULL)
    return;
  g_assert_true (persea_image_read_date (&source, &has_date, &date, &error));
  g_assert_no_error (error);
  g_assert_true (has_date == expected);
  if (expected)
    g_assert_cmpint (date, ==, 1625336400);
}

/* in Exif, in XMP as an element and as an attribute; and no date */
static void
test_dates (void)
{
#define PACKET(attribute, element)                                                                  \
  "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"   \
  " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about=''"          \
  " xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'" \
  attribute ">" element "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
  static const struct
  {
    const char *packet;
    gboolean    dated;
  } packets[] = {
    { PACKET ("", "<exif:DateTimeOriginal>2021-07-03T18:20:00</exif:DateTimeOriginal>"), TRUE },
    { PACKET (" exif:DateTimeOriginal='2021-07-03T18:20:00+02:00'", ""), TRUE },
    { PACKET (" photoshop:DateCreated='1999-01-01'",
              "<exif:DateTimeOriginal>2021-07-03T18:20:00</exif:DateTimeOriginal>"), TRUE },
    { PACKET (" exif:DateTimeOriginal='2021-07-03T18:20'",
              "<photoshop:DateCreated>1999-01-01</photoshop:DateCreated>"), TRUE },
    { PACKET ("", "<photoshop:DateCreated>2021-07-03T18:20:00</photoshop:DateCreated>"), TRUE },
    { PACKET ("", "<exif:DateTimeOriginal>long ago</exif:DateTimeOriginal>"), FALSE },
    { "no packet at all", FALSE },
  };
  g_autoptr (GObject) picture = G_OBJECT (make_picture (64, 48));
  VipsImage *image = (VipsImage *) picture;

  assert_date (image, ".jpg", FALSE);
  for (size_t i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      g_test_message ("%s", packets[i].packet);
      vips_image_set_blob_copy (image, VIPS_META_XMP_NAME, packets[i].packet, strlen (packets[i].packet));
      assert_date (image, ".jpg", packets[i].dated);
      assert_date (image, ".png", packets[i].dated);
      assert_date (image, ".tif", packets[i].dated);
    }
  vips_image_set_string (image, "exif-ifd2-DateTimeOriginal", "2021:07:03 18:20:00");
  assert_date (image, ".jpg", TRUE);
  assert_date (image, ".webp", TRUE);
}

int
main (int argc, char **argv)
{
  const PerseaDecoderPoolOptions options = { .program = g_getenv ("PERSEA_TEST_DECODERS") };
  g_autoptr (PerseaDecoderPool) decoders = NULL;

  g_test_init (&argc, &argv, NULL);
  /* once more, in other processes */
  if (options.program != NULL)
    {
      decoders = persea_decoder_pool_new (&options);
      persea_image_set_decoders (decoders);
    }
  if (VIPS_INIT (argv[0]) != 0)
    return 1;
  vips_cache_set_max (0); /* pictures are changed in place and encoded again */
  /* libvips warns of what is wrong with a picture; the tests mean to see what comes of it */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_test_add_func ("/image-file/formats", test_formats);
  g_test_add_func ("/image-file/orientations", test_orientations);
  g_test_add_func ("/image-file/colors", test_colors);
  g_test_add_func ("/image-file/profiles", test_profiles);
  g_test_add_func ("/image-file/animations", test_animations);
  g_test_add_func ("/image-file/fast", test_fast);
  g_test_add_func ("/image-file/no-pictures", test_no_pictures);
  g_test_add_func ("/image-file/large-pictures", test_large_pictures);
  g_test_add_func ("/image-file/broken-pictures", test_broken_pictures);
  g_test_add_func ("/image-file/descriptor", test_descriptor);
  g_test_add_func ("/image-file/dates", test_dates);
  g_test_add_func ("/image-file/cancelled", test_cancelled);
  g_test_add_func ("/image-file/threads", test_threads);
  if (decoders == NULL) /* which never use loaders that are not trusted */
    g_test_add_func ("/image-file/untrusted", test_untrusted);
  return g_test_run ();
}
