/* persea-zip.h - where the entries of a zip archive lie
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Checkpoints in zip archives are stored without compression so that they can be mapped, but
 * libraries for zip hand out copies only.  This reads the directory of an archive in memory and
 * says where each entry's bytes are.  Zip64 is understood; encryption, several disks and two
 * entries of one name are refused.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

#define PERSEA_ZIP_MAX_ENTRIES 200000

typedef struct _PerseaZip PerseaZip;

/**
 * PerseaZipEntry:
 * @name: as in the archive, without zeros
 * @size: bytes of the content
 * @stored_size: bytes in the archive
 * @method: 0: stored; 8: deflated
 * @offset: of the local header; use persea_zip_locate()
 */
typedef struct
{
  const char *name;
  uint64_t    size;
  uint64_t    stored_size;
  unsigned    method;
  uint64_t    offset;
} PerseaZipEntry;

/**
 * persea_zip_open:
 * @data: (array length=size): the archive; must stay as long as the result lives
 * @error: return location for %PERSEA_ERROR_INVALID_DATA or %PERSEA_ERROR_UNSUPPORTED
 *
 * Returns: (transfer full) (nullable): the directory
 */
PerseaZip *persea_zip_open (const uint8_t *data, size_t size, GError **error);

void persea_zip_free (PerseaZip *zip);

/* (transfer none) (array length=n): in the order of the directory */
const PerseaZipEntry *persea_zip_get_entries (PerseaZip *zip, size_t *n);

/* (transfer none) (nullable) */
const PerseaZipEntry *persea_zip_find (PerseaZip *zip, const char *name);

/**
 * persea_zip_locate:
 *
 * Returns: (transfer none) (nullable): the @stored_size bytes of @entry in the archive
 */
const uint8_t *persea_zip_locate (PerseaZip *zip, const PerseaZipEntry *entry, GError **error);

/**
 * persea_zip_extract:
 * @limit: most bytes that are wanted
 *
 * Returns: (transfer full) (nullable): the content of @entry, inflated if need be; without a
 *   copy if not
 */
GBytes *persea_zip_extract (PerseaZip            *zip,
                            const PerseaZipEntry *entry,
                            size_t                limit,
                            GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PerseaZip, persea_zip_free)

G_END_DECLS
