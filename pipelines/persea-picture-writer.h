/* persea-picture-writer.h - writes machine-made pictures, and reads how they were made
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The suffix decides about the format: PNG, JPEG, WebP, TIFF, AVIF, HEIF, JPEG XL, as far as libvips
 * was built with them.  Each picture carries its provenance (persea-provenance.h).  A picture is
 * there as a whole or not at all: temporary name, sync, rename.
 *
 * Threads: one at a time in a process (persea-xmp.h).
 */
#pragma once

#include "persea-image-patch.h"
#include "persea-interrupt.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

#define PERSEA_PICTURE_SUFFIX ".png" /* where nobody says another */

/* whether the name ends in a suffix of a format that can be written */
gboolean persea_picture_writer_knows_suffix (const char *path);

/* the same, with %PERSEA_ERROR_UNSUPPORTED that names those which can */
gboolean persea_picture_writer_check_suffix (const char  *path,
                                             GError     **error);

/**
 * persea_picture_writer_make_name:
 * @suffix: with its point
 *
 * Prompt, seed and candidate, in characters that are safe everywhere:
 * "an-armchair-in-the-shape-of-an-avocado-1234-7.png"
 *
 * Returns: (transfer full) (type filename): a name without folder
 */
char *persea_picture_writer_make_name (const PerseaProvenance *provenance,
                                       const char             *suffix);

/**
 * persea_picture_writer_encode:
 * @provenance: (nullable): what is put into the picture
 * @name: (type filename): whose suffix decides about the format; for messages, too
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED for a suffix that is not known
 *
 * Returns: (transfer full) (nullable): the bytes of the file
 */
GBytes *persea_picture_writer_encode (const PerseaImage       *image,
                                      const PerseaProvenance  *provenance,
                                      const char              *name,
                                      GError                 **error);

/**
 * persea_picture_writer_encode_patched:
 * @source: a picture
 * @patch: what is painted over it
 * @provenance: how; the rest of what the picture says of itself stays
 * @name: as for persea_picture_writer_encode()
 *
 * Returns: (transfer full) (nullable): the bytes of the file
 */
GBytes *persea_picture_writer_encode_patched (const PerseaImageSource *source,
                                              const PerseaImagePatch  *patch,
                                              const PerseaProvenance  *provenance,
                                              const char              *name,
                                              GCancellable            *cancellable,
                                              GError                 **error);

/* the same as the next two for bytes that are encoded already */
gboolean persea_picture_writer_save_bytes (const char       *path,
                                           GBytes           *bytes,
                                           PerseaInterrupt  *interrupt,
                                           GError          **error);
char    *persea_picture_writer_save_new_bytes (const char       *path,
                                               GBytes           *bytes,
                                               PerseaInterrupt  *interrupt,
                                               GError          **error);

/**
 * persea_picture_writer_save:
 * @path: (type filename): replaced if it exists
 * @interrupt: (nullable): held while the file gets its name
 */
gboolean persea_picture_writer_save (const char              *path,
                                     const PerseaImage       *image,
                                     const PerseaProvenance  *provenance,
                                     PerseaInterrupt         *interrupt,
                                     GError                 **error);

/**
 * persea_picture_writer_save_new:
 * @path: (type filename): the name that is wanted; if it is taken, "-2", "-3", … is put before
 *   the suffix
 *
 * Never replaces a file.
 *
 * Returns: (transfer full) (type filename) (nullable): the file that was written
 */
char *persea_picture_writer_save_new (const char              *path,
                                      const PerseaImage       *image,
                                      const PerseaProvenance  *provenance,
                                      PerseaInterrupt         *interrupt,
                                      GError                 **error);

/**
 * persea_picture_writer_read_provenance:
 * @path: (type filename): a picture
 * @error: return location; %PERSEA_ERROR_NOT_FOUND if there is no such file,
 *   %PERSEA_ERROR_INVALID_DATA if it is no picture, %PERSEA_ERROR_UNSUPPORTED if it does not say
 *   how it was made
 *
 * From the XMP if it is ours, otherwise from the PNG chunk "parameters".
 *
 * Returns: (transfer full) (nullable): how it was made
 */
PerseaProvenance *persea_picture_writer_read_provenance (const char  *path,
                                                         GError     **error);

/* the same for a picture from anywhere */
PerseaProvenance *persea_picture_writer_find_provenance (const PerseaImageSource  *source,
                                                         GError                  **error);

G_END_DECLS
