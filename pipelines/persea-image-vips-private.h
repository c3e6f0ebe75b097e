/* persea-image-vips-private.h - libvips, as the files persea-image-*.c see it
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Nobody else includes it: pictures go in and out through persea-image-file.h,
 * persea-image-writer.h and persea-image-text.h.
 */
#pragma once

#include <vips/vips.h>

#include "persea-image-source.h"

G_BEGIN_DECLS

/* libvips brings these itself from 8.16 on. */
#if VIPS_MAJOR_VERSION == 8 && VIPS_MINOR_VERSION < 16
static inline void
image_unref_area (VipsArrayDouble *array)
{
  vips_area_unref (VIPS_AREA (array));
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VipsImage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VipsSource, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VipsRegion, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VipsArrayDouble, image_unref_area)
#endif

/* starts libvips, once in a process, with settings that suit untrusted files */
gboolean persea_image_ensure_vips (GError **error);

/* Replaces *@image by *@made, what an operation with this status has made of it. */
gboolean persea_image_step (VipsImage **image, VipsImage **made, int status);

/* (transfer full) (nullable): the picture as it is stored, with all that its file says of it; no
 * pixel has been read */
VipsImage *persea_image_open_header (const PerseaImageSource *source, GError **error);

/**
 * persea_image_open_upright:
 *
 * Returns: (transfer full) (nullable): the picture with everything that its file says, upright, in
 *   memory
 */
VipsImage *persea_image_open_upright (const PerseaImageSource *source,
                                      GCancellable            *cancellable,
                                      GError                 **error);

/* @image's computing ends early when @cancellable (nullable) is cancelled */
void persea_image_set_cancellable (VipsImage *image, GCancellable *cancellable);

/**
 * persea_image_encode_vips:
 * @image: changed: gets the packet
 * @name: as for persea_image_encode()
 * @xmp: (nullable): a packet to put into it instead of the one that it has
 */
GBytes *persea_image_encode_vips (VipsImage    *image,
                                  const char   *name,
                                  GBytes       *xmp,
                                  GCancellable *cancellable,
                                  GError      **error);

/**
 * persea_image_normalize:
 * @source: for messages
 * @image: (inout): any picture; becomes RGB with 8 bits, in sRGB, opaque
 * @profile: (out) (optional): an RGB picture's profile is stored here instead of being applied,
 *   for after the resampling; to apply it takes longer than all the rest together
 */
gboolean persea_image_normalize (const PerseaImageSource *source,
                                 VipsImage              **image,
                                 GBytes                 **profile,
                                 GError                 **error);

/**
 * persea_image_apply_rgb_profile:
 * @pixels: RGB, 8 bits; may be none
 *
 * Makes pixels of a profile sRGB, if the profile changes any colour by more than rounding.  Most
 * are sRGB, in one of a dozen versions; to leave those alone is faster and gives the bytes that
 * programs without colour management see.
 *
 * Returns: whether the profile matters; %FALSE, too, if it is of no use
 */
gboolean persea_image_apply_rgb_profile (uint8_t    *pixels,
                                         size_t      n_pixels,
                                         const void *profile,
                                         size_t      profile_size);

G_END_DECLS
