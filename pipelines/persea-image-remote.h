/* persea-image-remote.h - pictures that are decoded by other processes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What persea-image-file.h, persea-image-patch.h and persea-picture-writer.h do, by way of a decoder;
 * each function has its documentation there.  Whatever a decoder says about sizes is checked before it is used.
 *
 * Threads: any.
 */
#pragma once

#include "persea-decoder-pool.h"
#include "persea-image-patch.h"

G_BEGIN_DECLS

/* (transfer none) (nullable): what persea_image_set_decoders() was told */
PerseaDecoderPool *persea_image_remote_get_decoders (void);

gboolean persea_image_remote_preprocess (PerseaDecoderPool        *decoders,
                                         const PerseaImageSource  *source,
                                         const PerseaPreprocess   *preprocess,
                                         PerseaImageQuality        quality,
                                         uint8_t                  *square,
                                         GCancellable             *cancellable,
                                         GError                  **error);

PerseaImage *persea_image_remote_load (PerseaDecoderPool        *decoders,
                                       const PerseaImageSource  *source,
                                       GCancellable             *cancellable,
                                       GError                  **error);

/* @operation: %PERSEA_DECODER_ALPHA or %PERSEA_DECODER_GREY */
uint8_t *persea_image_remote_load_plane (PerseaDecoderPool        *decoders,
                                         PerseaDecoderOperation    operation,
                                         const PerseaImageSource  *source,
                                         int                      *width,
                                         int                      *height,
                                         GCancellable             *cancellable,
                                         GError                  **error);

gboolean persea_image_remote_read_xmp (PerseaDecoderPool        *decoders,
                                       const PerseaImageSource  *source,
                                       GBytes                  **xmp,
                                       GError                  **error);

gboolean persea_image_remote_read_date (PerseaDecoderPool        *decoders,
                                        const PerseaImageSource  *source,
                                        gboolean                 *has_date,
                                        int64_t                  *date,
                                        GError                  **error);

GBytes *persea_image_remote_encode_patched (PerseaDecoderPool        *decoders,
                                            const PerseaImageSource  *source,
                                            const PerseaImagePatch   *patch,
                                            const char               *name,
                                            GBytes                   *xmp,
                                            GCancellable             *cancellable,
                                            GError                  **error);

/* as persea_picture_writer_encode_patched() */
GBytes *persea_image_remote_encode_made (PerseaDecoderPool        *decoders,
                                         const PerseaImageSource  *source,
                                         const PerseaImagePatch   *patch,
                                         const PerseaProvenance   *provenance,
                                         const char               *name,
                                         GCancellable             *cancellable,
                                         GError                  **error);

/* as persea_picture_writer_find_provenance() */
PerseaProvenance *persea_image_remote_find_provenance (PerseaDecoderPool        *decoders,
                                                       const PerseaImageSource  *source,
                                                       GError                  **error);

/* (transfer full) (nullable): what persea_sandbox_probe() finds inside of a decoder, for tests and
 * for those who wonder */
char *persea_image_remote_probe (PerseaDecoderPool *decoders, GError **error);

G_END_DECLS
