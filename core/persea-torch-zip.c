/* persea-torch-zip.c - the zip archives of PyTorch
 *
 * SPDX-FileCopyrightText: the Persea authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One folder at the top with data.pkl, which says what there is, and data/KEY, the elements.
 * Archives of TorchScript have code beside them, which is not looked at.
 * Reference: pytorch, torch/serialization.py and caffe2/serialize/inline_container.cc.
 */
#include "config.h"

#include "persea-checkpoint-private.h"

#include <string.h>

#include "persea-error.h"
#include "persea-pickle.h"
#include "persea-torch-pickle.h"
#include "persea-zip.h"

typedef struct
{
  PerseaZip *zip;
  char      *folder; /* "archive/", or "" */
} TorchArchive;

static gboolean
torch_archive_find (gpointer                  data,
                    const PerseaTorchStorage *storage,
                    const uint8_t           **bytes,
                    size_t                   *size,
                    GError                  **error)
{
  TorchArchive *archive = data;
  int length = (int) MIN (storage->key->length, PERSEA_CHECKPOINT_MAX_NAME);
  g_autofree char *name = g_strdup_printf ("%sdata/%.*s", archive->folder, length,
                                           storage->key->text);
  const PerseaZipEntry *entry = persea_zip_find (archive->zip, name);
  size_t needed;

  if (entry == NULL)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "expected its elements in %s, but there is no such entry", name);
      return FALSE;
    }
  if (entry->method != 0)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                   "%s is compressed; unpack the archive and pack it again without compression",
                   name);
      return FALSE;
    }
  if (!g_size_checked_mul (&needed, storage->n_elements, persea_dtype_size (storage->dtype))
      || needed > entry->size)
    {
      g_set_error (error, PERSEA_ERROR, PERSEA_ERROR_INVALID_DATA,
                   "%s: expected %" G_GUINT64_FORMAT " elements of %s, found %" G_GUINT64_FORMAT
                   " bytes", name, storage->n_elements, persea_dtype_name (storage->dtype),
                   entry->size);
      return FALSE;
    }
  *bytes = persea_zip_locate (archive->zip, entry, error);
  *size = needed;
  return *bytes != NULL;
}

/* The entry data.pkl that is highest up */
static const PerseaZipEntry *
torch_archive_find_pickle (TorchArchive *archive, GError **error)
{
  const PerseaZipEntry *found = NULL;
  size_t n;
  const PerseaZipEntry *entries = persea_zip_get_entries (archive->zip, &n);

  for (size_t i = 0; i < n; i++)
    if ((strcmp (entries[i].name, "data.pkl") == 0 || g_str_has_suffix (entries[i].name, "/data.pkl"))
        && (found == NULL || strlen (entries[i].name) < strlen (found->name)))
      found = &entries[i];
  if (found == NULL)
    g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                         "a zip archive without data.pkl: not a PyTorch file");
  else
    archive->folder = g_strndup (found->name, strlen (found->name) - strlen ("data.pkl"));
  return found;
}

static gboolean
torch_archive_has (TorchArchive *archive, const char *name)
{
  g_autofree char *path = g_strconcat (archive->folder, name, NULL);

  return persea_zip_find (archive->zip, path) != NULL;
}

static gboolean
torch_archive_is_little_endian (TorchArchive *archive, GError **error)
{
  g_autofree char *name = g_strconcat (archive->folder, "byteorder", NULL);
  const PerseaZipEntry *entry = persea_zip_find (archive->zip, name);
  g_autoptr (GBytes) order = NULL;
  const char *text;
  size_t size;

  if (entry == NULL)
    return TRUE;
  order = persea_zip_extract (archive->zip, entry, 16, error);
  if (order == NULL)
    return FALSE;
  text = g_bytes_get_data (order, &size);
  if (size == strlen ("little") && memcmp (text, "little", size) == 0)
    return TRUE;
  g_set_error_literal (error, PERSEA_ERROR, PERSEA_ERROR_UNSUPPORTED,
                       "saved on a machine with another byte order");
  return FALSE;
}

static gboolean
torch_archive_read (PerseaCheckpoint *checkpoint, TorchArchive *archive, GError **error)
{
  PerseaTorchContainer container = { .find = torch_archive_find, .data = archive };
  const PerseaZipEntry *entry = torch_archive_find_pickle (archive, error);
  g_autoptr (PerseaPickle) pickle = NULL;
  g_autoptr (GBytes) program = NULL;
  const uint8_t *bytes;
  size_t size;

  if (entry == NULL || !torch_archive_is_little_endian (archive, error))
    return FALSE;
  container.is_script = torch_archive_has (archive, "constants.pkl");
  persea_checkpoint_set_kind (checkpoint, container.is_script ? PERSEA_CHECKPOINT_TORCH_SCRIPT
                                                              : PERSEA_CHECKPOINT_TORCH_ZIP);

  program = persea_zip_extract (archive->zip, entry, PERSEA_PICKLE_MAX_SIZE, error);
  if (program == NULL)
    return FALSE;
  bytes = g_bytes_get_data (program, &size);
  pickle = persea_pickle_parse (bytes, size, NULL, error);
  if (pickle == NULL)
    {
      g_prefix_error (error, "%s: ", entry->name);
      return FALSE;
    }
  return persea_torch_collect (checkpoint, pickle, &container, error);
}

gboolean
persea_torch_zip_read (PerseaCheckpoint *checkpoint,
                       const uint8_t    *data,
                       size_t            size,
                       GError          **error)
{
  TorchArchive archive = { 0 };
  gboolean done;

  archive.zip = persea_zip_open (data, size, error);
  if (archive.zip == NULL)
    return FALSE;
  done = torch_archive_read (checkpoint, &archive, error);
  g_free (archive.folder);
  persea_zip_free (archive.zip);
  return done;
}
