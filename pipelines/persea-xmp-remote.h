/* persea-xmp-remote.h - XMP that another process reads and writes
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What persea-xmp.h does with sidecars and pictures from anywhere, by way of a decoder: exiv2 works
 * on a copy in memory there, and the copy comes back.  A thing of this kind is what was read, and
 * what is to be changed.
 */
#pragma once

#include "persea-xmp.h"

G_BEGIN_DECLS

typedef struct _PerseaXmpRemote PerseaXmpRemote;

/* (transfer none) (nullable): what persea_xmp_set_decoders() was told */
PerseaDecoderPool *persea_xmp_remote_get_decoders (void);

/**
 * persea_xmp_remote_read_sidecar:
 * persea_xmp_remote_read_picture:
 * @error: return location; as for persea_xmp_parse() and persea_xmp_open_picture()
 */
PerseaXmpRemote *persea_xmp_remote_read_sidecar (PerseaDecoderPool  *decoders,
                                                 GBytes             *bytes,
                                                 GError            **error);
PerseaXmpRemote *persea_xmp_remote_read_picture (PerseaDecoderPool  *decoders,
                                                 const char         *path,
                                                 GError            **error);

void persea_xmp_remote_free (PerseaXmpRemote *remote);

/* (transfer full): as they were read */
PerseaKeywords *persea_xmp_remote_get_keywords (PerseaXmpRemote *remote);

/* From now on to be written. */
void persea_xmp_remote_set_keywords (PerseaXmpRemote *remote, const PerseaKeywords *keywords);

/* persea_xmp_is_ours_alone() of the sidecar with its changes; %FALSE if that cannot be said */
gboolean persea_xmp_remote_is_ours_alone (PerseaXmpRemote *remote);

/**
 * persea_xmp_remote_save:
 * @path: (type filename): replaced in place; of a picture, a copy of what was read
 *
 * As persea_xmp_save_sidecar() or persea_xmp_save_picture().
 */
gboolean persea_xmp_remote_save (PerseaXmpRemote *remote, const char *path, GError **error);

/**
 * persea_xmp_remote_answer:
 * @path: (type filename): the file, read and perhaps written
 * @is_picture: or a sidecar
 * @is_written: whether it is to be written
 * @changes: (nullable): from persea_xmp_remote_set_keywords(), on the other side
 *
 * The decoder's side of all of the above.
 *
 * Returns: (transfer full) (nullable): what is in the file after the changes
 */
GBytes *persea_xmp_remote_answer (const char  *path,
                                  gboolean     is_picture,
                                  gboolean     is_written,
                                  GBytes      *changes,
                                  GError     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaXmpRemote, persea_xmp_remote_free)

G_END_DECLS
