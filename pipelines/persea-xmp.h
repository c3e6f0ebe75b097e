/* persea-xmp.h - keywords and provenance in XMP, in a sidecar or in a picture
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reads and changes dc:subject, lr:hierarchicalSubject, digiKam:TagsList (where it is there
 * already) and our own namespace; every other property stays.  What we record, in
 * http://persea.org/ns/1.0/ (prefix persea):
 *
 *     persea:Tags     Seq of structures: Keyword ("animal|cat"), Score ("0.912"), State ("added",
 *                     "present", "rejected"), Lists ("flat hierarchical digikam": where we added
 *                     it), Model, Run, Date
 *     persea:Created  the run that made this sidecar, if none was there before
 *
 * and, in pictures that Persea made, how (persea-provenance.h).
 *
 * Through gexiv2, which is not safe for several threads: one at a time in a process.
 */
#pragma once

#include <gio/gio.h>

#include "persea-image-file.h"
#include "persea-keywords.h"
#include "persea-provenance.h"

G_BEGIN_DECLS

#define PERSEA_XMP_NAMESPACE "http://persea.org/ns/1.0/"
#define PERSEA_XMP_MAX_BYTES (32 * 1024 * 1024)
#define PERSEA_XMP_MAX_DEPTH 64

typedef struct _PerseaXmp PerseaXmp;

/* Prepares gexiv2; to be called before the first of the functions below, and before threads. */
gboolean persea_xmp_init (GError **error);

/**
 * persea_xmp_set_decoders:
 * @decoders: (nullable): of the kind %PERSEA_DECODER_FILES; must stay until it is taken back by %NULL
 *
 * From here on what persea_xmp_parse() and persea_xmp_open_picture() open is read and written by
 * other processes, as far as keywords are concerned; such a one has no provenance and no packet.
 * For the whole process; to be called while nobody else uses these functions.
 */
void persea_xmp_set_decoders (PerseaDecoderPool *decoders);

PerseaXmp *persea_xmp_new (void);

/**
 * persea_xmp_parse:
 * @bytes: a whole sidecar
 * @error: return location; %PERSEA_ERROR_INVALID_DATA if it is not well-formed or no XMP,
 *   %PERSEA_ERROR_UNSUPPORTED if it is not UTF-8
 *
 * Returns: (transfer full) (nullable): its contents
 */
PerseaXmp *persea_xmp_parse (GBytes  *bytes,
                             GError **error);

/**
 * persea_xmp_open_picture:
 * @path: (type filename): a picture
 * @error: return location; %PERSEA_ERROR_UNSUPPORTED if its format takes no XMP
 *
 * Returns: (transfer full) (nullable): the XMP in it, perhaps empty
 */
PerseaXmp *persea_xmp_open_picture (const char  *path,
                                    GError     **error);

void persea_xmp_free (PerseaXmp *xmp);

/* (transfer full) */
PerseaKeywords *persea_xmp_get_keywords (PerseaXmp *xmp);

gboolean persea_xmp_set_keywords (PerseaXmp             *xmp,
                                  const PerseaKeywords  *keywords,
                                  GError               **error);

/* notes the run that makes a new sidecar */
gboolean persea_xmp_set_created (PerseaXmp   *xmp,
                                 const char  *run,
                                 GError     **error);

/* %TRUE: we made the sidecar and nothing but that note is in it */
gboolean persea_xmp_is_ours_alone (PerseaXmp *xmp);

/**
 * persea_xmp_set_provenance:
 *
 * Notes how the picture was made: in our words, and in those that every program knows
 * (Iptc4xmpExt:DigitalSourceType, dc:description, xmp:CreatorTool, xmp:CreateDate).
 */
gboolean persea_xmp_set_provenance (PerseaXmp               *xmp,
                                    const PerseaProvenance  *provenance,
                                    GError                 **error);

/* (transfer full) (nullable): how the picture was made; %NULL if it does not say so in our words */
PerseaProvenance *persea_xmp_get_provenance (PerseaXmp *xmp);

/* (transfer full) (nullable): the whole packet, for those who put it into a picture themselves */
GBytes *persea_xmp_serialize (PerseaXmp  *xmp,
                              GError    **error);

/* writes a sidecar to @path, replacing what is there in place: meant for a temporary file */
gboolean persea_xmp_save_sidecar (PerseaXmp   *xmp,
                                  const char  *path,
                                  GError     **error);

/* writes into the picture @path: meant for a temporary copy */
gboolean persea_xmp_save_picture (PerseaXmp   *xmp,
                                  const char  *path,
                                  GError     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaXmp, persea_xmp_free)

G_END_DECLS
