/* persea-pictures.h - the pictures that somebody asked about
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A numbered list of paths.  Pictures come as URIs or as open descriptors; a descriptor is read by
 * its name below /proc/self/fd, so that nobody depends on where its owner has read to.  One that
 * cannot be looked at at all keeps its number, and the reason.
 *
 * Threads: filled by one; then any may read.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _PerseaPictures PerseaPictures;

PerseaPictures *persea_pictures_new (void);
PerseaPictures *persea_pictures_ref (PerseaPictures *pictures);
void            persea_pictures_unref (PerseaPictures *pictures);

/* A URI that is no local file becomes a picture in error. */
void persea_pictures_add_uri (PerseaPictures *pictures, const char *uri);

/* @file: (transfer full): a descriptor, closed with the last reference; if it is not that of a regular file (reading others may never
 * end), or not open for reading, it becomes a picture in error */
void persea_pictures_add_file (PerseaPictures *pictures, int file);

unsigned persea_pictures_get_length (PerseaPictures *pictures);

/* (transfer none) (type filename) (nullable): %NULL for a picture in error */
const char *persea_pictures_get_path (PerseaPictures *pictures, unsigned index);

/* (transfer none) (nullable): as it was given; %NULL for a descriptor */
const char *persea_pictures_get_uri (PerseaPictures *pictures, unsigned index);

/* (transfer none) (nullable): why there is no path */
const GError *persea_pictures_get_error (PerseaPictures *pictures, unsigned index);

/* how many descriptors are held */
unsigned persea_pictures_count_files (PerseaPictures *pictures);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaPictures, persea_pictures_unref)

G_END_DECLS
