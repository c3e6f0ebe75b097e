/* persea-zip.c - where the entries of a zip archive lie
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reference: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.
 */
#include "config.h"

#include "persea-zip.h"

#include <string.h>

#include <gio/gio.h>

#include "persea-error.h"

#define ZIP_LOCAL          0x04034b50
#define ZIP_CENTRAL        0x02014b50
#define ZIP_END            0x06054b50
#define ZIP_END64          0x06064b50
#define ZIP_LOCATOR64      0x07064b50
#define ZIP_LOCAL_SIZE     30
#define ZIP_CENTRAL_SIZE   46
#define ZIP_END_SIZE       22
#define ZIP_END64_SIZE     56
#define ZIP_LOCATOR64_SIZE 20
#define ZIP_MAX_COMMENT    65535

struct _PerseaZip
{
  const uint8_t *data;
  size_t         size;
  GArray        *entries; /* of PerseaZipEntry */
  GHashTable    *by_name; /* name -> index in entries + 1 */
  GStringChunk  *names;
};

static uint64_t
zip_number (const uint8_t *bytes, size_t n)
{
  uint64_t number = 0;

  for (size_t i = 0; i < n; i++)
    number |= (uint64_t) bytes[i] << (8 * i);
  return number;
}

static gboolean
zip_fail (GError **error, const char *message)
{
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA, "zip archive: %s", message);
  return FALSE;
}

/* Returns the offset of the end record, or the archive's size if there is none.  It ends with a
 * comment of its own length, so the right one is the last that fits. */
static size_t
zip_find_end (PerseaZip *zip)
{
  size_t lowest = 0;

  if (zip->size < ZIP_END_SIZE)
    return zip->size;
  if (zip->size > ZIP_END_SIZE + ZIP_MAX_COMMENT)
    lowest = zip->size - ZIP_END_SIZE - ZIP_MAX_COMMENT;
  for (size_t i = zip->size - ZIP_END_SIZE + 1; i-- > lowest;)
    if (zip_number (zip->data + i, 4) == ZIP_END
        && i + ZIP_END_SIZE + zip_number (zip->data + i + 20, 2) == zip->size)
      return i;
  return zip->size;
}

typedef struct
{
  uint64_t n_entries;
  uint64_t size;
  uint64_t offset;
} ZipDirectory;

/* Replaces what does not fit into the end record by what its larger brother says */
static gboolean
zip_read_end64 (PerseaZip *zip, size_t end, ZipDirectory *directory, GError **error)
{
  const uint8_t *locator, *end64;
  uint64_t offset;

  if (end < ZIP_LOCATOR64_SIZE)
    return TRUE;
  locator = zip->data + end - ZIP_LOCATOR64_SIZE;
  if (zip_number (locator, 4) != ZIP_LOCATOR64)
    return TRUE;

  offset = zip_number (locator + 8, 8);
  if (zip->size < ZIP_END64_SIZE || offset > zip->size - ZIP_END64_SIZE)
    return zip_fail (error, "its zip64 record lies outside of the file");
  end64 = zip->data + offset;
  if (zip_number (end64, 4) != ZIP_END64)
    return zip_fail (error, "its zip64 record is not where it should be");
  directory->n_entries = zip_number (end64 + 32, 8);
  directory->size = zip_number (end64 + 40, 8);
  directory->offset = zip_number (end64 + 48, 8);
  return TRUE;
}

/* Takes the next field of the zip64 extra if the short one is full */
static gboolean
zip_widen (const uint8_t **extra, size_t *size, uint64_t *field, GError **error)
{
  if (*field != 0xffffffff)
    return TRUE;
  if (*size < 8)
    return zip_fail (error, "an entry without the sizes it promises");
  *field = zip_number (*extra, 8);
  *extra += 8;
  *size -= 8;
  return TRUE;
}

static gboolean
zip_apply_extra (PerseaZipEntry *entry, const uint8_t *extra, size_t size, GError **error)
{
  const uint8_t *wide = extra;
  size_t wide_size = 0;

  while (size >= 4)
    {
      size_t id = zip_number (extra, 2);
      size_t length = zip_number (extra + 2, 2);

      extra += 4;
      size -= 4;
      if (length > size)
        break; /* PyTorch pads with less than a whole field; others stop here, too */
      if (id == 1)
        {
          wide = extra;
          wide_size = length;
          break;
        }
      extra += length;
      size -= length;
    }
  return zip_widen (&wide, &wide_size, &entry->size, error)
         && zip_widen (&wide, &wide_size, &entry->stored_size, error)
         && zip_widen (&wide, &wide_size, &entry->offset, error);
}

/* Reads the entry at @record of the directory, of which @left bytes are left; returns its length
 * there, or 0 */
static size_t
zip_read_entry (PerseaZip *zip, const uint8_t *record, size_t left, GError **error)
{
  PerseaZipEntry entry = { 0 };
  size_t name_length, extra_length, length;

  if (left < ZIP_CENTRAL_SIZE || zip_number (record, 4) != ZIP_CENTRAL)
    return zip_fail (error, "its directory is damaged");
  name_length = zip_number (record + 28, 2);
  extra_length = zip_number (record + 30, 2);
  length = ZIP_CENTRAL_SIZE + name_length + extra_length + zip_number (record + 32, 2);
  if (length > left)
    return zip_fail (error, "its directory is damaged");
  if (zip_number (record + 8, 2) & 1)
    return zip_fail (error, "an encrypted entry");
  if (memchr (record + ZIP_CENTRAL_SIZE, '\0', name_length) != NULL)
    return zip_fail (error, "a name with a zero in it");

  entry.method = (unsigned) zip_number (record + 10, 2);
  entry.stored_size = zip_number (record + 20, 4);
  entry.size = zip_number (record + 24, 4);
  entry.offset = zip_number (record + 42, 4);
  if (!zip_apply_extra (&entry, record + ZIP_CENTRAL_SIZE + name_length, extra_length, error))
    return 0;
  if (entry.method == 0 && entry.size != entry.stored_size)
    return zip_fail (error, "a stored entry of two sizes");

  entry.name = g_string_chunk_insert_len (zip->names, (const char *) record + ZIP_CENTRAL_SIZE,
                                          (gssize) name_length);
  g_array_append_val (zip->entries, entry);
  if (!g_hash_table_insert (zip->by_name, (gpointer) entry.name,
                            GSIZE_TO_POINTER (zip->entries->len)))
    return zip_fail (error, "two entries of the same name");
  return length;
}

static gboolean
zip_read_directory (PerseaZip *zip, GError **error)
{
  size_t end = zip_find_end (zip);
  ZipDirectory directory;
  const uint8_t *record;

  if (end == zip->size)
    return zip_fail (error, "its end is missing; the file is not complete");
  directory.n_entries = zip_number (zip->data + end + 10, 2);
  directory.size = zip_number (zip->data + end + 12, 4);
  directory.offset = zip_number (zip->data + end + 16, 4);
  if (zip_number (zip->data + end + 4, 2) != 0 && zip_number (zip->data + end + 4, 2) != 0xffff)
    return zip_fail (error, "one of several disks");
  if (!zip_read_end64 (zip, end, &directory, error))
    return FALSE;
  if (directory.offset > end || directory.size > end - directory.offset)
    return zip_fail (error, "its directory lies outside of the file");
  if (directory.n_entries > PERSEA_ZIP_MAX_ENTRIES)
    return zip_fail (error, "too many entries");

  record = zip->data + directory.offset;
  for (uint64_t i = 0; i < directory.n_entries; i++)
    {
      size_t length = zip_read_entry (zip, record, directory.size, error);

      if (length == 0)
        return FALSE;
      record += length;
      directory.size -= length;
    }
  return TRUE;
}

PerseaZip *
persea_zip_open (const uint8_t *data, size_t size, GError **error)
{
  g_autoptr (PerseaZip) zip = g_new0 (PerseaZip, 1);

  zip->data = data;
  zip->size = size;
  zip->entries = g_array_new (FALSE, FALSE, sizeof (PerseaZipEntry));
  zip->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  zip->names = g_string_chunk_new (4096);
  return zip_read_directory (zip, error) ? g_steal_pointer (&zip) : NULL;
}

void
persea_zip_free (PerseaZip *zip)
{
  if (zip == NULL)
    return;
  g_array_unref (zip->entries);
  g_hash_table_unref (zip->by_name);
  g_string_chunk_free (zip->names);
  g_free (zip);
}

const PerseaZipEntry *
persea_zip_get_entries (PerseaZip *zip, size_t *n)
{
  *n = zip->entries->len;
  return (const PerseaZipEntry *) (void *) zip->entries->data;
}

const PerseaZipEntry *
persea_zip_find (PerseaZip *zip, const char *name)
{
  size_t found = GPOINTER_TO_SIZE (g_hash_table_lookup (zip->by_name, name));

  return found > 0 ? &g_array_index (zip->entries, PerseaZipEntry, found - 1) : NULL;
}

const uint8_t *
persea_zip_locate (PerseaZip *zip, const PerseaZipEntry *entry, GError **error)
{
  const uint8_t *local;
  size_t begin;

  if (zip->size < ZIP_LOCAL_SIZE || entry->offset > zip->size - ZIP_LOCAL_SIZE)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "zip archive: entry %s lies outside of the file", entry->name);
      return NULL;
    }
  local = zip->data + entry->offset;
  /* The lengths here are not those of the directory: PyTorch pads the extra field so that the
   * content begins at a multiple of 64. */
  begin = entry->offset + ZIP_LOCAL_SIZE + zip_number (local + 26, 2) + zip_number (local + 28, 2);
  if (zip_number (local, 4) != ZIP_LOCAL || begin > zip->size
      || entry->stored_size > zip->size - begin)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "zip archive: entry %s: expected %" G_GUINT64_FORMAT
                   " bytes, but the file ends before or its header is damaged",
                   entry->name, entry->stored_size);
      return NULL;
    }
  return zip->data + begin;
}

static GBytes *
zip_inflate (const PerseaZipEntry *entry, const uint8_t *stored, GError **error)
{
  g_autoptr (GZlibDecompressor) inflate = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW);
  g_autofree uint8_t *content = g_malloc (entry->size + 1); /* one more, to see the end */
  GConverterResult result = G_CONVERTER_CONVERTED;
  size_t taken = 0, made = 0;

  while (result != G_CONVERTER_FINISHED && made <= entry->size)
    {
      size_t n_read, n_written;

      result = g_converter_convert (G_CONVERTER (inflate), stored + taken,
                                    entry->stored_size - taken, content + made,
                                    entry->size + 1 - made, G_CONVERTER_INPUT_AT_END, &n_read,
                                    &n_written, error);
      if (result == G_CONVERTER_ERROR)
        {
          g_prefix_error (error, "zip archive: entry %s: ", entry->name);
          return NULL;
        }
      taken += n_read;
      made += n_written;
    }
  if (result != G_CONVERTER_FINISHED || made != entry->size)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "zip archive: entry %s: expected %" G_GUINT64_FORMAT " bytes, found other",
                   entry->name, entry->size);
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&content), made);
}

GBytes *
persea_zip_extract (PerseaZip *zip, const PerseaZipEntry *entry, size_t limit, GError **error)
{
  const uint8_t *stored = persea_zip_locate (zip, entry, error);

  if (stored == NULL)
    return NULL;
  if (entry->size > limit)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "zip archive: entry %s: expected at most %" G_GSIZE_FORMAT
                   " bytes, found %" G_GUINT64_FORMAT,
                   entry->name, limit, entry->size);
      return NULL;
    }
  if (entry->method == 0)
    return g_bytes_new_static (stored, entry->size);
  if (entry->method == 8)
    return zip_inflate (entry, stored, error);
  g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
               "zip archive: entry %s: compression method %u is not supported", entry->name,
               entry->method);
  return NULL;
}
