/* persea-image-file.h - pictures from files
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The way in for pictures, by libvips, which the files persea-image-*.c alone know.  Whatever the
 * file holds, what comes out is RGB with 8 bits, in sRGB, upright: 16 bits become 8, grey and CMYK
 * become RGB, an embedded colour profile is applied, transparency is laid over white, of
 * animations and documents the first picture is taken, and the orientation that cameras write
 * down is obeyed.
 *
 * Files are untrusted.  What they are is decided by their contents, not by their names.  Loaders
 * that libvips does not call safe are blocked, which leaves JPEG, PNG, WebP, GIF, TIFF, HEIF and
 * AVIF.  A picture that is cut off or damaged is an error, not half a picture.
 *
 * Errors, always one sentence that begins with the name of the picture:
 * %PERSEA_ERROR_NOT_FOUND (no such file), %PERSEA_ERROR_INVALID_ARGUMENT (a folder, or no file at
 * all), %PERSEA_ERROR_INVALID_DATA (empty, damaged, cut off), %PERSEA_ERROR_UNSUPPORTED (of no
 * kind that is read, too large), %PERSEA_ERROR_FAILED (cannot be opened or read), and
 * %G_IO_ERROR_CANCELLED.
 *
 * Threads: all functions may be called from any thread, at the same time for several pictures;
 * each decodes in the calling thread, or in another process (persea_image_set_decoders()).
 */
#pragma once

#include <gio/gio.h>

#include "persea-image-source.h"
#include "persea-image.h"
#include "persea-preprocess.h"

G_BEGIN_DECLS

typedef enum
{
  PERSEA_IMAGE_EXACT, /* every pixel is decoded, so the result is that of the reference */
  PERSEA_IMAGE_FAST,  /* large JPEG pictures are decoded at an eighth to a half of their size, never
                       * below twice what is needed; colour profiles are applied at the end */
} PerseaImageQuality;

/**
 * persea_image_allow_untrusted:
 *
 * Lets libvips use all its loaders: JPEG XL, JPEG 2000, PPM, SVG, PDF, BMP by ImageMagick and so
 * on.  For those who know where their pictures come from; for the whole process.
 */
void     persea_image_allow_untrusted (gboolean allow);
gboolean persea_image_is_untrusted_allowed (void);

/**
 * persea_image_load_libraries:
 *
 * Starts libvips with everything that it would load later, when it needs it: for those who are
 * about to lose access to files.
 *
 * Returns: %FALSE if libvips does not start
 */
gboolean persea_image_load_libraries (void);

typedef struct _PerseaDecoderPool PerseaDecoderPool;

/**
 * persea_image_set_decoders:
 * @decoders: (nullable): must stay until it is taken back by %NULL
 *
 * From here on the functions below and those of persea-image-patch.h that read pictures have it
 * done by other processes (persea-decoder-pool.h), with the same results; for the whole process,
 * so that none can be forgotten.  To be called while nobody else uses them.
 */
void persea_image_set_decoders (PerseaDecoderPool *decoders);

/**
 * persea_image_load:
 *
 * Returns: (transfer full) (nullable): the whole picture in memory
 */
PerseaImage *persea_image_load (const PerseaImageSource *source,
                                GCancellable            *cancellable,
                                GError                 **error);

/**
 * persea_image_preprocess:
 * @preprocess: what the network wants
 * @square: [image_size, image_size, 3], to be written; see persea_preprocess_normalize()
 *
 * The picture as a network takes it.  Unless it has to be turned by 90 degrees, it is never in
 * memory as a whole.
 */
gboolean persea_image_preprocess (const PerseaImageSource *source,
                                  const PerseaPreprocess  *preprocess,
                                  PerseaImageQuality       quality,
                                  uint8_t                 *square,
                                  GCancellable            *cancellable,
                                  GError                 **error);

/**
 * persea_image_read_xmp:
 * @xmp: (out) (transfer full) (nullable): the XMP packet in the file, %NULL if there is none
 *
 * Reads no more than the header.
 */
gboolean persea_image_read_xmp (const PerseaImageSource  *source,
                                GBytes                  **xmp,
                                GError                  **error);

/**
 * persea_image_read_date:
 * @has_date: (out): whether the picture says when it was taken
 * @date: (out): if so, when; see persea-picture-date.h
 *
 * Exif's DateTimeOriginal, or what the XMP in the file has for it.  Reads no more than the header.
 */
gboolean persea_image_read_date (const PerseaImageSource  *source,
                                 gboolean                 *has_date,
                                 int64_t                  *date,
                                 GError                  **error);

G_END_DECLS
