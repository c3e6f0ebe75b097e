/* persea-pack.c - the weights of a model, packed for one device and precision, in one mapped file
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "config.h"

#include "persea-pack.h"

#include "persea-cache.h"
#include "persea-error.h"
#include "persea-sum.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACK_MAGIC "PerseaPk"
#define PACK_VERSION 2
#define PACK_ALIGNMENT 64
#define PACK_MAX_INDEX (64u << 20) /* bytes */

#define PACK_CHUNK (1u << 20)      /* bytes that are summed at once */

/* name, type, dot, panel, group, rows, columns, offset, size in bytes, sum */
#define PACK_ENTRY_TYPE "(subuuttttt)"

typedef struct
{
  char     magic[8];
  uint64_t version;
  uint64_t index_offset;
  uint64_t index_size;
  uint64_t file_size;
  uint8_t  index_digest[24];
} PackHeader;

G_STATIC_ASSERT (sizeof (PackHeader) == PACK_ALIGNMENT);

typedef struct
{
  PerseaMatrixFormat format;
  uint64_t           n_rows;
  uint64_t           n_columns;
  uint64_t           offset;
  uint64_t           size;
  uint64_t           sum;
} PackEntry;

struct _PerseaPack
{
  GMappedFile *file;
  GHashTable  *entries; /* name -> PackEntry */
};

struct _PerseaPackWriter
{
  char           *path;      /* NULL: memory only */
  char           *temporary; /* (nullable): the file's name until it is complete, if it needs one */
  int             fd;
  uint64_t        position;
  GVariantBuilder index;
};

static void
index_digest (const void *data, size_t size, uint8_t digest[24])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  uint8_t whole[32];
  size_t length = sizeof whole;

  g_checksum_update (checksum, data, size);
  g_checksum_get_digest (checksum, whole, &length);
  memcpy (digest, whole, 24);
}

static void
pack_clear (gpointer data)
{
  PerseaPack *pack = data;

  g_clear_pointer (&pack->entries, g_hash_table_unref);
  g_clear_pointer (&pack->file, g_mapped_file_unref);
}

PerseaPack *
persea_pack_ref (PerseaPack *pack)
{
  return g_atomic_rc_box_acquire (pack);
}

void
persea_pack_unref (PerseaPack *pack)
{
  if (pack)
    g_atomic_rc_box_release_full (pack, pack_clear);
}

void
persea_pack_let_go (PerseaPack *pack)
{
  madvise (g_mapped_file_get_contents (pack->file), g_mapped_file_get_length (pack->file), MADV_DONTNEED);
}

/* as entry_is_undamaged() sees it, in pieces */
static uint64_t
data_sum (const void *data, uint64_t size)
{
  const char *bytes = data;
  uint64_t sum = 0;

  for (uint64_t done = 0; done < size; done += PACK_CHUNK)
    sum = persea_sum_add (sum, bytes + done, MIN (PACK_CHUNK, size - done));
  return sum;
}

static gboolean
pack_entry_is_sound (const PackEntry *entry, uint64_t end)
{
  return entry->format.dtype < PERSEA_N_DTYPES && entry->format.panel >= 1
         && entry->format.panel <= 4096 && entry->format.group >= 1 && entry->format.group <= 64
         && entry->offset % PACK_ALIGNMENT == 0 && entry->offset <= end
         && entry->size <= end - entry->offset;
}

static gboolean
pack_read_index (PerseaPack *pack, const PackHeader *header, const char *contents)
{
  g_autoptr (GBytes) bytes = g_bytes_new (contents + header->index_offset, header->index_size);
  g_autoptr (GVariant) index = g_variant_new_from_bytes (G_VARIANT_TYPE ("a" PACK_ENTRY_TYPE),
                                                         bytes, FALSE);
  g_variant_ref_sink (index);
  size_t n_entries = g_variant_n_children (index);

  for (size_t i = 0; i < n_entries; i++)
    {
      g_autofree char *name = NULL;
      g_autofree PackEntry *entry = g_new0 (PackEntry, 1);
      uint32_t dtype, panel, group;

      g_variant_get_child (index, i, PACK_ENTRY_TYPE, &name, &dtype, &entry->format.dot, &panel,
                           &group, &entry->n_rows, &entry->n_columns, &entry->offset, &entry->size,
                           &entry->sum);
      entry->format.dtype = dtype;
      entry->format.panel = panel;
      entry->format.group = group;
      if (!pack_entry_is_sound (entry, header->index_offset))
        return FALSE;
      g_hash_table_insert (pack->entries, g_steal_pointer (&name), g_steal_pointer (&entry));
    }
  return TRUE;
}

static gboolean
pack_read (PerseaPack *pack)
{
  const char *contents = g_mapped_file_get_contents (pack->file);
  size_t size = g_mapped_file_get_length (pack->file);
  uint8_t digest[24];
  PackHeader header;

  if (size < sizeof header)
    return FALSE;
  memcpy (&header, contents, sizeof header);
  if (memcmp (header.magic, PACK_MAGIC, sizeof header.magic) != 0
      || header.version != PACK_VERSION || header.file_size != size
      || header.index_offset > size || header.index_size > PACK_MAX_INDEX
      || header.index_size != size - header.index_offset)
    return FALSE;
  index_digest (contents + header.index_offset, header.index_size, digest);
  return memcmp (digest, header.index_digest, sizeof digest) == 0
         && pack_read_index (pack, &header, contents);
}

static PerseaPack *
pack_new (GMappedFile *file, const char *path, GError **error)
{
  g_autoptr (PerseaPack) pack = g_atomic_rc_box_new0 (PerseaPack);

  pack->file = file;
  pack->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!pack_read (pack))
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: not a complete pack of weights of version %d", path, PACK_VERSION);
      return NULL;
    }
  return g_steal_pointer (&pack);
}

/* Read, not looked at through the mapping: pages that nobody needs would stay in memory. */
static gboolean
entry_is_undamaged (const PackEntry *entry, int fd, void *chunk)
{
  uint64_t sum = 0;

  for (uint64_t done = 0; done < entry->size; done += PACK_CHUNK)
    {
      size_t size = MIN (PACK_CHUNK, entry->size - done);

      if (pread (fd, chunk, size, entry->offset + done) != (ssize_t) size)
        return FALSE;
      sum = persea_sum_add (sum, chunk, size);
    }
  return sum == entry->sum;
}

static gboolean
pack_is_undamaged (PerseaPack *pack, const char *path)
{
  g_autofree void *chunk = g_malloc (PACK_CHUNK);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0;
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, pack->entries);
  while (ok && g_hash_table_iter_next (&iter, NULL, &entry))
    ok = entry_is_undamaged (entry, fd, chunk);
  if (fd >= 0)
    close (fd);
  return ok;
}

PerseaPack *
persea_pack_open (const char *path, GError **error)
{
  GMappedFile *file = g_mapped_file_new (path, FALSE, error);
  g_autoptr (PerseaPack) pack = file ? pack_new (file, path, error) : NULL;

  if (pack && !persea_cache_is_fresh (path))
    {
      if (!pack_is_undamaged (pack, path))
        {
          g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                       "%s: packed weights are damaged: a sum is wrong", path);
          return NULL;
        }
      persea_cache_mark (path);
    }
  return g_steal_pointer (&pack);
}

/* the entry's data, or NULL with the error set */
static const void *
pack_find (PerseaPack *pack, const char *name, const PackEntry *expected, GError **error)
{
  const PackEntry *entry = g_hash_table_lookup (pack->entries, name);

  if (!entry || entry->format.dtype != expected->format.dtype
      || !entry->format.dot != !expected->format.dot
      || entry->format.panel != expected->format.panel
      || entry->format.group != expected->format.group || entry->n_rows != expected->n_rows
      || entry->n_columns != expected->n_columns || entry->size != expected->size)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: expected %" G_GUINT64_FORMAT " bytes of packed weights, found %s", name,
                   expected->size, entry ? "something else" : "none");
      return NULL;
    }
  return g_mapped_file_get_contents (pack->file) + entry->offset;
}

static void
pack_owner_free (gpointer pack)
{
  persea_pack_unref (pack);
}

PerseaMatrix *
persea_pack_get_matrix (PerseaPack                *pack,
                        PerseaDevice              *device,
                        const char                *name,
                        const PerseaMatrixFormat  *format,
                        size_t                     n,
                        size_t                     k,
                        GError                   **error)
{
  size_t n_elements = persea_matrix_format_n_elements (format, n, k);
  PackEntry expected = { .format = *format, .n_rows = n, .n_columns = k,
                         .size = n_elements * persea_dtype_size (format->dtype) };
  const void *data = pack_find (pack, name, &expected, error);
  if (!data)
    return NULL;

  PerseaTensor *tensor = persea_tensor_new_mapped (device, format->dtype, 1, &n_elements, data,
                                                   persea_pack_ref (pack), pack_owner_free, error);
  return tensor ? persea_matrix_new_packed (tensor, format, n, k) : NULL;
}

PerseaTensor *
persea_pack_get_tensor (PerseaPack    *pack,
                        PerseaDevice  *device,
                        const char    *name,
                        PerseaDtype    dtype,
                        size_t         n_rows,
                        size_t         n_columns,
                        GError       **error)
{
  size_t n_elements = MAX (n_rows, 1) * n_columns;
  PackEntry expected = { .format = { dtype, FALSE, 1, 1 }, .n_rows = 1, .n_columns = n_elements,
                         .size = n_elements * persea_dtype_size (dtype) };
  const void *data = pack_find (pack, name, &expected, error);
  const size_t shape[] = { n_rows, n_columns };

  if (!data)
    return NULL;
  return persea_tensor_new_mapped (device, dtype, n_rows ? 2 : 1, n_rows ? shape : shape + 1, data,
                                   persea_pack_ref (pack), pack_owner_free, error);
}

/* A file that has no name yet is gone with the process, however that ends. */
static int
writer_open_file (PerseaPackWriter *writer)
{
  g_autofree char *folder = g_path_get_dirname (writer->path);
  int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0) /* not every file system can do that */
    {
      writer->temporary = g_strdup_printf ("%s.XXXXXX", writer->path);
      fd = g_mkstemp_full (writer->temporary, O_RDWR | O_CLOEXEC, 0600);
    }
  return fd;
}

/* Names replace nothing but by renaming. */
static gboolean
writer_name_file (PerseaPackWriter *writer)
{
  if (!writer->temporary)
    {
      g_autofree char *open_file = g_strdup_printf ("/proc/self/fd/%d", writer->fd);

      writer->temporary = g_strdup_printf ("%s.%06x", writer->path, g_random_int () >> 8);
      if (linkat (AT_FDCWD, open_file, AT_FDCWD, writer->temporary, AT_SYMLINK_FOLLOW) < 0)
        return FALSE;
    }
  return g_rename (writer->temporary, writer->path) == 0;
}

PerseaPackWriter *
persea_pack_writer_new (const char *path, GError **error)
{
  g_autoptr (PerseaPackWriter) writer = g_new0 (PerseaPackWriter, 1);

  g_variant_builder_init (&writer->index, G_VARIANT_TYPE ("a" PACK_ENTRY_TYPE));
  writer->path = g_strdup (path);
  writer->position = sizeof (PackHeader);
  writer->fd = path ? writer_open_file (writer) : memfd_create ("persea-weights", MFD_CLOEXEC);
  if (writer->fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s",
                   path ? path : "packed weights in memory", g_strerror (errno));
      g_clear_pointer (&writer->temporary, g_free);
      return NULL;
    }
  return g_steal_pointer (&writer);
}

static gboolean
writer_put (PerseaPackWriter *writer, uint64_t offset, const void *data, size_t size,
            GError **error)
{
  const char *bytes = data;

  while (size > 0)
    {
      ssize_t written = pwrite (writer->fd, bytes, size, offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        {
          g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                       "%s: cannot write packed weights: %s",
                       writer->path ? writer->path : "memory", g_strerror (errno));
          return FALSE;
        }
      bytes += written;
      offset += written;
      size -= written;
    }
  return TRUE;
}

static gboolean
writer_add (PerseaPackWriter *writer, const char *name, const PackEntry *entry, const void *data,
            GError **error)
{
  if (!writer_put (writer, writer->position, data, entry->size, error))
    return FALSE;

  g_variant_builder_add (&writer->index, PACK_ENTRY_TYPE, name, (uint32_t) entry->format.dtype,
                         entry->format.dot, (uint32_t) entry->format.panel,
                         (uint32_t) entry->format.group, entry->n_rows, entry->n_columns,
                         writer->position, entry->size, data_sum (data, entry->size));
  writer->position += (entry->size + PACK_ALIGNMENT - 1) / PACK_ALIGNMENT * PACK_ALIGNMENT;
  return TRUE;
}

gboolean
persea_pack_writer_add_matrix (PerseaPackWriter          *writer,
                               const char                *name,
                               const PerseaMatrixFormat  *format,
                               const float               *rows,
                               size_t                     n,
                               size_t                     k,
                               GError                   **error)
{
  size_t n_elements = persea_matrix_format_n_elements (format, n, k);
  PackEntry entry = { .format = *format, .n_rows = n, .n_columns = k,
                      .size = n_elements * persea_dtype_size (format->dtype) };
  g_autofree void *packed = g_malloc (entry.size);

  persea_matrix_format_pack (format, rows, n, k, packed);
  return writer_add (writer, name, &entry, packed, error);
}

gboolean
persea_pack_writer_add_tensor (PerseaPackWriter  *writer,
                               const char        *name,
                               PerseaDtype        dtype,
                               const float       *values,
                               size_t             n_elements,
                               GError           **error)
{
  PackEntry entry = { .format = { dtype, FALSE, 1, 1 }, .n_rows = 1, .n_columns = n_elements,
                      .size = n_elements * persea_dtype_size (dtype) };
  g_autofree void *converted = g_malloc (entry.size);

  persea_dtype_from_f32 (dtype, values, converted, n_elements);
  return writer_add (writer, name, &entry, converted, error);
}

static gboolean
writer_complete (PerseaPackWriter *writer, GError **error)
{
  g_autoptr (GVariant) index = g_variant_ref_sink (g_variant_builder_end (&writer->index));
  PackHeader header = { .magic = PACK_MAGIC, .version = PACK_VERSION };

  g_variant_builder_init (&writer->index, G_VARIANT_TYPE ("a" PACK_ENTRY_TYPE));
  header.index_offset = writer->position;
  header.index_size = g_variant_get_size (index);
  header.file_size = header.index_offset + header.index_size;
  index_digest (g_variant_get_data (index), header.index_size, header.index_digest);
  if (!writer_put (writer, header.index_offset, g_variant_get_data (index), header.index_size, error)
      || !writer_put (writer, 0, &header, sizeof header, error))
    return FALSE;
  if (!writer->path)
    return TRUE;
  if (fsync (writer->fd) < 0 || !writer_name_file (writer))
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", writer->path,
                   g_strerror (errno));
      return FALSE;
    }
  g_clear_pointer (&writer->temporary, g_free);
  return TRUE;
}

PerseaPack *
persea_pack_writer_finish (PerseaPackWriter *writer, GError **error)
{
  if (!writer_complete (writer, error))
    return NULL;

  GMappedFile *file = g_mapped_file_new_from_fd (writer->fd, FALSE, error);
  return file ? pack_new (file, writer->path ? writer->path : "packed weights", error) : NULL;
}

void
persea_pack_writer_free (PerseaPackWriter *writer)
{
  if (!writer)
    return;
  if (writer->temporary)
    g_unlink (writer->temporary);
  if (writer->fd >= 0)
    close (writer->fd);
  g_variant_builder_clear (&writer->index);
  g_free (writer->temporary);
  g_free (writer->path);
  g_free (writer);
}
