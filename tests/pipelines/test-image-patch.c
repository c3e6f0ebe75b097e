/* test-image-patch.c - pictures of all kinds with a part painted over
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-decoder-pool.h"
#include "persea-error.h"
#include "persea-image-patch.h"

#include <string.h>
#include <vips/vips.h>

#define WIDTH 37
#define HEIGHT 23

static const PerseaRectangle place = { 5, 7, 20, 10 };

/* noise with @bands, of 8 or 16 bits */
static VipsImage *
make_picture (int bands, VipsBandFormat format, VipsInterpretation type)
{
  size_t size = (size_t) WIDTH * HEIGHT * bands * (format == VIPS_FORMAT_USHORT ? 2 : 1);
  g_autofree uint8_t *pixels = g_malloc (size);
  GRand *rand = g_rand_new_with_seed (3);
  VipsImage *image;

  for (size_t i = 0; i < size; i++)
    pixels[i] = g_rand_int_range (rand, 0, 256);
  g_rand_free (rand);
  image = vips_image_new_from_memory_copy (pixels, size, WIDTH, HEIGHT, bands, format);
  image->Type = type;
  return image;
}

static GBytes *
encode (VipsImage *image, const char *suffix)
{
  void *buffer;
  size_t size;

  g_assert_cmpint (vips_image_write_to_buffer (image, suffix, &buffer, &size, NULL), ==, 0);
  return g_bytes_new_take (buffer, size);
}

static VipsImage *
decode (GBytes *bytes)
{
  g_autoptr (GObject) image = (GObject *) vips_image_new_from_buffer (
    g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "", NULL);

  g_assert_nonnull (image);
  return vips_image_copy_memory ((VipsImage *) image);
}

static gboolean
is_painted (int x, int y)
{
  return x >= place.x && x < place.x + place.width && y >= place.y && y < place.y + place.height
         && (x + y) % 3 != 0;
}

/* paints orange; every third pixel stays */
static GBytes *
patch (GBytes *bytes, const char *name)
{
  const PerseaImageSource source = { .bytes = bytes, .name = "original" };
  uint8_t pixels[20 * 10 * 3];
  uint8_t painted[20 * 10];
  const PerseaImagePatch what = { place, pixels, painted };
  g_autoptr (GError) error = NULL;
  GBytes *result;

  for (int i = 0; i < 20 * 10; i++)
    {
      const uint8_t orange[] = { 240, 130, 20 };

      memcpy (pixels + i * 3, orange, 3);
      painted[i] = is_painted (place.x + i % 20, place.y + i / 20) ? 1 + i : 0; /* below 256 */
    }
  result = persea_image_encode_patched (&source, &what, name, NULL, NULL, &error);
  g_assert_no_error (error);
  return result;
}

/* What is not painted has the same bytes; what is painted is orange, or as bright. */
static void
check (VipsImage *image, GBytes *bytes, const char *name, int tolerance)
{
  g_autoptr (GObject) memory = G_OBJECT (vips_image_copy_memory (image));
  VipsImage *before = (VipsImage *) memory;
  g_autoptr (GBytes) patched = patch (bytes, name);
  g_autoptr (GObject) after = G_OBJECT (decode (patched));
  VipsImage *found = (VipsImage *) after;
  const PerseaImageSource source = { .bytes = patched };
  g_autoptr (PerseaImage) rgb = persea_image_load (&source, NULL, NULL);
  size_t pixel = VIPS_IMAGE_SIZEOF_PEL (before);

  g_assert_cmpint (found->Xsize, ==, before->Xsize);
  g_assert_cmpint (found->Ysize, ==, before->Ysize);
  g_assert_cmpint (found->Bands, ==, before->Bands);
  g_assert_cmpint (found->BandFmt, ==, before->BandFmt);
  for (int y = 0; y < found->Ysize; y++)
    for (int x = 0; x < found->Xsize; x++)
      {
        const uint8_t *old = (const uint8_t *) VIPS_IMAGE_ADDR (before, x, y);
        const uint8_t *new = (const uint8_t *) VIPS_IMAGE_ADDR (found, x, y);
        const uint8_t *color = rgb->pixels + (y * found->Xsize + x) * 3;

        if (!is_painted (x, y))
          g_assert_cmpmem (new, pixel, old, pixel);
        else if (before->Bands >= 3)
          {
            g_assert_cmpint (ABS (color[0] - 240), <=, tolerance);
            g_assert_cmpint (ABS (color[1] - 130), <=, tolerance);
            g_assert_cmpint (ABS (color[2] - 20), <=, tolerance);
          }
        else
          g_assert_cmpint (ABS (color[0] - 155), <, 25);
      }
}

static void
test_kinds (void)
{
  static const struct
  {
    int                bands;
    VipsBandFormat     format;
    VipsInterpretation type;
    const char        *suffix;
  } kinds[] = {
    { 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".png" },
    { 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".png" },
    { 1, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, ".png" },
    { 2, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W, ".png" },
    { 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, ".png" },
    { 4, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, ".png" },
    { 1, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_GREY16, ".png" },
    { 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".tif" },
    { 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16, ".tif" },
    { 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, ".webp[lossless]" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GObject) image
        = G_OBJECT (make_picture (kinds[i].bands, kinds[i].format, kinds[i].type));
      g_autoptr (GBytes) bytes = encode ((VipsImage *) image, kinds[i].suffix);
      g_autofree char *name = g_strdup_printf ("new%.*s", (int) strcspn (kinds[i].suffix, "["),
                                               kinds[i].suffix);

      g_test_message ("%d bands of kind %d, %s", kinds[i].bands, kinds[i].type, kinds[i].suffix);
      check ((VipsImage *) image, bytes, name, kinds[i].type == VIPS_INTERPRETATION_RGB16 ? 1 : 0);
    }
}

/* Orange is other numbers there, and the profile stays. */
static void
test_profile (void)
{
  g_autoptr (GObject) image
    = G_OBJECT (make_picture (3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB));
  g_autoptr (GObject) profiled = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) patched = NULL;
  g_autoptr (GObject) after = NULL;
  VipsImage *made = NULL;

  if (vips_icc_transform ((VipsImage *) image, &made, "p3", "input_profile", "srgb", NULL) != 0)
    {
      g_test_skip ("this libvips has no second RGB profile");
      vips_error_clear ();
      return;
    }
  profiled = G_OBJECT (made);
  bytes = encode (made, ".png");
  check (made, bytes, "new.png", 2);
  patched = patch (bytes, "new.png");
  after = G_OBJECT (decode (patched));
  g_assert_cmpint (vips_image_get_typeof ((VipsImage *) after, VIPS_META_ICC_NAME), !=, 0);
}

/* A picture that lies on its side in the file is patched, and written, upright. */
static void
test_turned (void)
{
  g_autoptr (GObject) upright
    = G_OBJECT (make_picture (3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB));
  g_autoptr (GObject) turned = NULL;
  g_autoptr (GBytes) bytes = NULL;
  VipsImage *made = NULL;

  g_assert_cmpint (vips_rot ((VipsImage *) upright, &made, VIPS_ANGLE_D270, NULL), ==, 0);
  turned = G_OBJECT (made);
  vips_image_set_int (made, VIPS_META_ORIENTATION, 6);
  bytes = encode (made, ".tif");
  check ((VipsImage *) upright, bytes, "new.png", 0);
}

static void
test_density (void)
{
  g_autoptr (GObject) image
    = G_OBJECT (make_picture (3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB));
  g_autoptr (GObject) dense = NULL;
  g_autoptr (GObject) after = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) patched = NULL;
  VipsImage *made = NULL;

  vips_copy ((VipsImage *) image, &made, "xres", 12.0, "yres", 12.0, NULL);
  dense = G_OBJECT (made);
  bytes = encode (made, ".png");
  patched = patch (bytes, "new.png");
  after = G_OBJECT (decode (patched));
  g_assert_cmpfloat_with_epsilon (((VipsImage *) after)->Xres, 12.0, 0.01);
}

static void
test_masks (void)
{
  uint8_t pixels[] = { 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 255, 10, 200, 30, 100 };
  g_autoptr (GObject) image = G_OBJECT (
    vips_image_new_from_memory (pixels, sizeof pixels, 4, 1, 4, VIPS_FORMAT_UCHAR));
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree uint8_t *alpha = NULL;
  g_autofree uint8_t *grey = NULL;
  PerseaImageSource source = { .name = "mask" };
  int width, height;

  ((VipsImage *) image)->Type = VIPS_INTERPRETATION_sRGB;
  bytes = encode ((VipsImage *) image, ".png");
  source.bytes = bytes;
  alpha = persea_image_load_alpha (&source, &width, &height, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (width, ==, 4);
  g_assert_cmpint (height, ==, 1);
  g_assert_cmpint (alpha[0], ==, 255);
  g_assert_cmpint (alpha[1], ==, 0);
  g_assert_cmpint (alpha[3], ==, 100);
  grey = persea_image_load_grey (&source, &width, &height, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (grey[0], ==, 255);
  g_assert_cmpint (grey[1], ==, 0);
  g_assert_cmpint (grey[2], ==, 0);
  g_assert_cmpint (grey[3], >, 20);
  g_assert_cmpint (grey[3], <, 128);
}

static void
test_refused (void)
{
  g_autoptr (GObject) image
    = G_OBJECT (make_picture (3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB));
  g_autoptr (GBytes) bytes = encode ((VipsImage *) image, ".png");
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) opaque = NULL;
  g_autoptr (GError) damaged = NULL;
  g_autoptr (GError) stopped = NULL;
  PerseaImageSource source = { .bytes = bytes, .name = "mask" };
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (bytes, 0, g_bytes_get_size (bytes) / 2);
  int width, height;

  g_assert_null (persea_image_load_alpha (&source, &width, &height, NULL, &opaque));
  g_assert_error (opaque, PERSEA_ERROR, PERSEA_ERROR_INVALID_ARGUMENT);
  g_cancellable_cancel (cancelled);
  g_assert_null (persea_image_load_grey (&source, &width, &height, cancelled, &stopped));
  g_assert_true (persea_error_is_cancelled (stopped));
  source.bytes = half;
  g_assert_null (persea_image_load_grey (&source, &width, &height, NULL, &damaged));
  g_assert_error (damaged, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA);
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
  g_test_add_func ("/image-patch/kinds", test_kinds);
  g_test_add_func ("/image-patch/profile", test_profile);
  g_test_add_func ("/image-patch/turned", test_turned);
  g_test_add_func ("/image-patch/density", test_density);
  g_test_add_func ("/image-patch/masks", test_masks);
  g_test_add_func ("/image-patch/refused", test_refused);
  return g_test_run ();
}
